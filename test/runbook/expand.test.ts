import fc from 'fast-check';
import {expect, test} from 'vitest';
import {expandRunbook} from '../../src/runbook/expand.js';
import {renderScript, variablesFor} from '../../src/runbook/render.js';
import type {Runbook, Step} from '../../src/runbook/runbook.js';
import type {Tables} from '../../src/runbook/site.js';
import {compile, frontMatter} from './compile.js';

const vms: Tables = {
	vms: [
		{name: 'vm1', vmx: "/vm1/it's.vmx"},
		{name: 'vm2', vmx: '/vm2/{{vm}}.vmx'},
	],
};

function expanded(body: string, tables: Tables = vms): Runbook {
	const {runbook, problems} = compile(frontMatter + body);
	expect(problems.filter(({severity}) => severity === 'error')).toEqual([]);
	return expandRunbook(runbook, tables);
}

function stepsOf(body: string, tables: Tables = vms): ReadonlyMap<string, Step> {
	return new Map(expanded(body, tables).steps.map(step => [step.id, step]));
}

const contextOn = (host: string, values = {}) => ({host, values, hosts: {ec1: {address: '10.0.0.1'}}});

function sent(step: Step | undefined, context = contextOn('esxi1')): string {
	const rendered =
		step !== undefined && 'script' in step.action ? renderScript(step.action.script, context) : undefined;
	return rendered?.ok === true ? rendered.text : `missing: ${rendered?.missing.join(', ')}`;
}

const machines = (inside: string) => `# M\n<!-- each="v in vms" on=esxi1 id=m -->\n\n${inside}`;

const script = (words: string, code: string, title = 'Do it.') => `${title}\n\n\`\`\`sh ${words}\n${code}\n\`\`\`\n\n`;

test('a runbook without each comes back as it is', () => {
	const {runbook} = compile(`${frontMatter}# A\n\n- [ ] Do.\n`);

	expect(expandRunbook(runbook, vms)).toBe(runbook);
});

test('rows and hosts follow one another, each with everything that stands in the phase', () => {
	const {steps, phases} = expanded(
		machines(`${script('id=a', 'a')}## Each host\n<!-- each="h in esxi" id=host -->\n\n${script('id=b on=h', 'b')}`),
	);

	expect(steps.map(({id, phase}) => `${id} in ${phase}`)).toEqual([
		'a[vm1] in m[vm1]',
		'b[vm1][esxi1] in host[vm1][esxi1]',
		'b[vm1][esxi2] in host[vm1][esxi2]',
		'a[vm2] in m[vm2]',
		'b[vm2][esxi1] in host[vm2][esxi1]',
		'b[vm2][esxi2] in host[vm2][esxi2]',
	]);
	expect(phases.map(({id, parent, each}) => [id, parent, each])).toEqual([
		['m[vm1]', undefined, undefined],
		['host[vm1][esxi1]', 'm[vm1]', undefined],
		['host[vm1][esxi2]', 'm[vm1]', undefined],
		['m[vm2]', undefined, undefined],
		['host[vm2][esxi1]', 'm[vm2]', undefined],
		['host[vm2][esxi2]', 'm[vm2]', undefined],
	]);
	expect(steps[1]?.on).toEqual({kind: 'host', host: 'esxi1'});
});

test('a table without rows leaves the phase as it is written, once', () => {
	const {steps} = expanded(machines(script('id=a', 'x {{v.name}}')), {});

	expect(steps.map(({id}) => id)).toEqual(['a[v]']);
	expect(sent(steps[0])).toBe('missing: v.name');
});

test('what stands in a row is quoted in a script, and is no placeholder wherever it is shown', () => {
	const steps = stepsOf(machines(`${script('id=a', 'x {{v.vmx}}')}- [ ] Look at {{v.vmx}}. <!-- id=look -->\n`));

	expect(sent(steps.get('a[vm1]'))).toBe(`x '/vm1/it'\\''s.vmx'`);
	expect(sent(steps.get('a[vm2]'))).toBe(`x '/vm2/{{vm}}.vmx'`);
	expect(steps.get('look[vm2]')).toMatchObject({
		title: 'Look at /vm2/\\{{vm}}.vmx',
		action: {instruction: {source: 'Look at /vm2/\\{{vm}}.vmx.'}},
	});
});

test('titles say for which row they are, unless they do so themselves or the host does', () => {
	const {phases, steps} = expanded(
		`# Machine {{v.name}}\n<!-- each="v in vms" -->\n\n${script('on=esxi1', 'a')}${script('on=esxi1', 'a', 'Stop {{v.name}}.')}
# Host\n<!-- each="h in ec" on=h -->\n\n${script('', 'a', 'Stop it.')}- [ ] Look. <!-- on=esxi1 -->\n`,
	);

	expect(phases.map(({title}) => title)).toEqual(['Machine vm1', 'Machine vm2', 'Host (ec1)', 'Host (ec2)']);
	expect(steps.map(({title}) => title)).toEqual([
		...['Do it (vm1)', 'Stop vm1', 'Do it (vm2)', 'Stop vm2'],
		...['Stop it', 'Look (ec1)', 'Stop it', 'Look (ec2)'],
	]);
});

test('after means the same row inside of the phase, and all rows from outside', () => {
	const steps = stepsOf(
		`${machines(
			`${script('id=a', 'a')}${script('id=b after=a', 'b')}## Each host\n<!-- each="h in esxi" -->\n\n${script('id=c after=a', 'c')}## Rest\n\n${script('id=d after=c', 'd')}`,
		)}# End\n\n- [ ] Tell. <!-- id=end after=c,b -->\n\n# Other\n<!-- each="w in vms" -->\n\n- [ ] Tell. <!-- id=other after=b -->\n`,
	);

	expect(steps.get('b[vm2]')?.after).toEqual(['a[vm2]']);
	expect(steps.get('c[vm2][esxi1]')?.after).toEqual(['a[vm2]']);
	expect(steps.get('d[vm1]')?.after).toEqual(['c[vm1][esxi1]', 'c[vm1][esxi2]']);
	expect(steps.get('end')?.after).toEqual([
		...['c[vm1][esxi1]', 'c[vm1][esxi2]', 'c[vm2][esxi1]', 'c[vm2][esxi2]'],
		...['b[vm1]', 'b[vm2]'],
	]);
	expect(steps.get('other[vm2]')?.after).toEqual(['b[vm1]', 'b[vm2]']);
});

test('a measure is one of its row, from a step of its row', () => {
	const steps = stepsOf(machines(`${script('id=a', 'a')}${script('wait id=b measure=up from=a.start max=1m', 'b')}`));

	expect(steps.get('b[vm2]')?.measure).toEqual({name: 'up[vm2]', from: 'a[vm2].start', maxMs: 60_000});
});

test('a value that is read in a row is that row’s own, under its name in the document', () => {
	const runbook = expanded(
		machines(
			`${script('id=a readonly capture=vmid type=number', 'a')}${script('id=b when="vmid > 1"', 'b {{vmid}}', 'Number {{vmid}}.')}`,
		),
	);
	const [a1, b1, , b2] = runbook.steps;
	const values = {'vmid[vm1]': {esxi1: '1'}, 'vmid[vm2]': {esxi1: '2'}};

	expect(a1?.captures?.name).toBe('vmid[vm1]');
	expect(b1?.title).toBe('Number {{vmid[vm1]}} (vm1)');
	expect(sent(b1, contextOn('esxi1', values))).toBe("b '1'");
	expect(variablesFor(runbook, values, 'esxi1', b2?.ofRow)).toEqual({vmid: '2'});
	expect(variablesFor(runbook, values, 'esxi1')).toEqual({});
});

test('a value that is read on the host of the phase is that host’s, for every step', () => {
	const body = `# H\n<!-- each="h in esxi" on=h -->\n\n${script('id=a readonly capture=vmhba', 'a')}# B\n\n${script('id=b on=esxi', 'b {{vmhba}}')}`;
	const steps = stepsOf(body);

	expect(steps.get('a[esxi2]')?.captures?.name).toBe('vmhba');
	expect(sent(steps.get('b'), contextOn('esxi2', {vmhba: {esxi1: 'x', esxi2: 'y'}}))).toBe("b 'y'");
});

test('a loop’s host has a name, an address and values, and is a target', () => {
	const body = `# H\n<!-- each="h in esxi" id=h -->\n\n${script('id=a on=local', 'a {{h.name}} {{iscsi_ip@h}}')}# E\n<!-- each="e in ec" -->\n\n${script('id=b on=e', 'b {{e.address}}')}Seen:\n\`\`\`sh verify on=e\nb\n\`\`\`\n`;
	const steps = stepsOf(body);

	expect(sent(steps.get('a[esxi2]'), contextOn('local', {iscsi_ip: {esxi1: '1', esxi2: '2'}}))).toBe("a 'esxi2' '2'");
	expect(sent(steps.get('b[ec1]'))).toBe("b '10.0.0.1'");
	expect(steps.get('b[ec2]')?.verify?.on).toEqual({kind: 'host', host: 'ec2'});
});

test('conditions are about the row, each column by its type', () => {
	const {steps} = expanded(machines(script('id=a when="v.name == \'vm2\'"', 'a')));

	expect(steps.map(({when}) => when?.rows?.['v']?.values?.['name'])).toEqual(['vm1', 'vm2']);
	expect(steps[0]?.when?.rows?.['v']?.types).toEqual({name: 'name', vmx: 'path'});
});

test('a row is called by its name column, else by its first one; what an id cannot hold becomes a dash', () => {
	const {runbook} = compile(
		`---\nfieldbook: 1\nhosts: { a: { platform: linux } }\nparams:\n  disks: { type: table, columns: { path: path, size: number } }\n---\n# D\n<!-- each="d in disks" on=a -->\n\n${script('id=f', 'f {{d.path}}')}`,
	);
	const rows = [
		{path: '/dev/my disk@1', size: '1'},
		{path: '/', size: '2'},
		{path: '/vol/仮想1', size: '3'},
	];

	expect(expandRunbook(runbook, {disks: rows}).steps.map(({id}) => id)).toEqual([
		'f[dev-my-disk-1]',
		'f[-]',
		'f[vol-仮想1]',
	]);
});

test('ten thousand rows are repeated without waiting', () => {
	const rows = Array.from({length: 10_000}, (_row, index) => ({name: `vm${index}`, vmx: '/x'}));
	const {steps} = expanded(machines(`${script('id=a', 'a {{v.name}}')}${script('id=b after=a', 'b')}`), {vms: rows});

	expect(steps).toHaveLength(20_000);
	expect(steps.at(-1)?.after).toEqual(['a[vm9999]']);
});

/** A heading of each depth from 1 on, repeated or not, with one step that comes after one of all steps above it. */
const outline = fc.array(
	fc.record({
		depth: fc.integer({min: 1, max: 4}),
		each: fc.constantFrom('', 'in vms', 'in ec', 'in esxi'),
		after: fc.option(fc.nat(), {nil: undefined}),
	}),
	{minLength: 1, maxLength: 8},
);

test('however phases stand in one another, ids stay apart, and what a step comes after is there and stands above it', () => {
	fc.assert(
		fc.property(outline, headings => {
			const body = headings.map(({depth, each, after}, index) => {
				const words = each === '' ? '' : `\n<!-- each="v${index} ${each}" -->`;
				const order = after === undefined || index === 0 ? '' : ` after=s${after % index}`;
				return `${'#'.repeat(depth)} H${index}${words}\n\n- [ ] Do. <!-- id=s${index}${order} -->\n`;
			});
			const {steps, phases} = expanded(body.join('\n'));
			const position = new Map(steps.map(({id}, index) => [id, index]));

			expect(position.size).toBe(steps.length);
			expect(new Set(phases.map(({id}) => id)).size).toBe(phases.length);
			expect(phases.every(({each}) => each === undefined)).toBe(true);
			for (const [index, {phase, after}] of steps.entries()) {
				expect(phases.some(({id}) => id === phase)).toBe(true);
				expect((after ?? []).every(id => (position.get(id) ?? steps.length) < index)).toBe(true);
			}
		}),
		{numRuns: 200},
	);
});
