import {cpSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {lookAtRun} from '../../src/store/look.js';
import {Fieldbook, root} from './fieldbook.js';

let fieldbook: Fieldbook;
beforeAll(() => {
	fieldbook = new Fieldbook();
});
afterAll(() => fieldbook.remove());

/** A copy of the runbook with the documents that it includes; the path of the outermost one. */
function copied(name: string): string {
	cpSync(join(root, 'test/cli/whole'), join(fieldbook.folder, name), {recursive: true});
	return join(fieldbook.folder, name, 'all.md');
}

function changed(file: string, from: string, to: string): void {
	writeFileSync(file, readFileSync(file, 'utf8').replace(from, to));
}

const steps = [
	'hosts/console',
	'hosts/word',
	'hosts/read',
	'hosts/parts/script',
	'hosts/parts/says',
	'both',
	'machines/note[vm1]',
	'machines/note[vm2]',
];

test('included runbooks run in the place of their links, and the run file keeps them all', async () => {
	const all = copied('kept');
	const runFile = join(fieldbook.folder, 'kept.fieldbook');
	const {out, err, status} = await fieldbook.run('rehearse', all, '--run-file', runFile, '--plain', '--yes');
	expect(err).toBe('');
	expect(status).toBe(0);
	expect(out).toMatch(/! hosts\/console .*Nobody works on the hosts now/);
	expect(out).toMatch(/hosts\/console .*by the lab: ESXi#1 is on/);
	expect([...lookAtRun(runFile).blobs.keys()].toSorted()).toEqual([
		'file:hosts.md',
		'file:machines.md',
		'file:parts/files/mark.sh',
		'file:parts/parts.md',
		'runbook.md',
		'world.json',
	]);

	rmSync(join(fieldbook.folder, 'kept'), {recursive: true});
	const shown = JSON.parse((await fieldbook.run('show', runFile, '--json')).out);
	expect([...new Set(shown.steps.map(({id}: {readonly id: string}) => id))]).toEqual(steps);
});

test('an interrupted run goes on from its file alone', async () => {
	const all = copied('gone');
	const runFile = join(fieldbook.folder, 'gone.fieldbook');
	const first = await fieldbook.run(
		...['rehearse', all, '--run-file', runFile, '--plain', '--yes', '--fault', 'wrong-password', '--seed', '3'],
	);
	expect(first.status).toBe(4);
	rmSync(join(fieldbook.folder, 'gone'), {recursive: true});

	const {out, status} = await fieldbook.run('resume', runFile, '--plain', '--yes');
	expect(out).toMatch(/resumed by/);
	expect(out).toMatch(/hosts\/parts\/says|Could not reach/);
	expect(status).toBe(/finished/.test(out) ? 0 : 1);
});

test('graph prints the steps of all of them; check counts them', async () => {
	const all = copied('graph');
	const {steps: printed} = JSON.parse((await fieldbook.run('graph', all, '--format', 'json')).out);
	expect(printed.map(({id}: {readonly id: string}) => id)).toEqual(steps);
	expect(Object.keys(printed[0]).toSorted()).toEqual(
		['after', 'hash', 'hosts', 'id', 'kind', 'line', 'phase', 'title'].toSorted(),
	);
	expect((await fieldbook.run('graph', all)).out).toMatch(
		/ {4}Hosts\n {6}manual {2}hosts\/console .*\n(?: {6}.*\n){4} {4}script {2}both /,
	);
	expect((await fieldbook.run('check', all)).out).toContain(`all.md: no problems, ${steps.length} steps`);
});

test('problems of several files are printed each with its own line, and once', async () => {
	const all = copied('wrong');
	const folder = join(fieldbook.folder, 'wrong');
	changed(join(folder, 'parts/parts.md'), 'on=esxi2 id=says', 'on=esxi3 id=says');
	changed(join(folder, 'machines.md'), 'label: "ESXi#2"', 'label: two');

	const {out, status} = await fieldbook.run('check', all, join(folder, 'hosts.md'), join(folder, 'parts/parts.md'));
	expect(status).toBe(2);
	expect(out.replaceAll(folder, '')).toMatchInlineSnapshot(`
		"/all.md:16:12 error[bad-include] hosts.md has an error.
		  16 | First come [the hosts](hosts.md). <!-- include -->
		     |            ^^^^^^^^^^^^^^^^^^^^^
		  Correct it first.
		/hosts.md:28:20 error[bad-include] parts/parts.md has an error.
		  28 | The rest stands in [another part](parts/parts.md). <!-- include -->
		     |                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
		  Correct it first.
		/parts/parts.md:15:10 error[unknown-host] No host, group or role is called "esxi3".
		  15 | \`\`\`sh on=esxi3 id=says readonly
		     |          ^^^^^
		  Did you mean "esxi1"?
		/machines.md:6:3 error[disagreement] The host "esxi2" is declared otherwise in /all.md:6: \`label\` is two here and ESXi#2 there.
		   6 |   esxi2: { group: esxi, platform: esxi, label: two }
		     |   ^^^^^
		  Declare it alike in both, or give one of them another name.
		/hosts.md: no other problems, 5 steps
		/parts/parts.md: no other problems, 2 steps
		"
	`);
	const json = JSON.parse((await fieldbook.run('check', all, '--json')).out);
	expect(
		json.map(({file, line, code}: Record<string, unknown>) => `${String(file).replace(folder, '')}:${line} ${code}`),
	).toEqual([
		'/all.md:16 bad-include',
		'/hosts.md:28 bad-include',
		'/parts/parts.md:15 unknown-host',
		'/machines.md:6 disagreement',
	]);

	const refused = await fieldbook.run('rehearse', all, '--plain', '--yes');
	expect(refused.status).toBe(2);
	expect(refused.err).toContain('```sh on=esxi3 id=says readonly');
});

test('what is wrong with an included document is told once, whoever found it', async () => {
	const all = copied('once');
	const folder = join(fieldbook.folder, 'once');
	rmSync(join(folder, 'parts/files/mark.sh'));

	const {out} = await fieldbook.run('check', all, join(folder, 'parts/parts.md'), '--json');
	expect(JSON.parse(out).map(({file, code}: Record<string, unknown>) => [file, code])).toEqual([
		[join(folder, 'parts/parts.md'), 'linked-file'],
	]);
});

test('a value that an included document asks for is told with that document’s line', async () => {
	const all = copied('sheet');
	const folder = join(fieldbook.folder, 'sheet');
	writeFileSync(
		join(folder, 'site.yaml'),
		'hosts:\n  esxi1: { address: 172.31.255.2 }\n  esxi2: { address: 172.31.255.3 }\n',
	);

	const {err, status} = await fieldbook.run('rehearse', all, '--plain', '--yes');
	expect(status).toBe(2);
	expect(err).toContain('hosts.md:8:3 error[no-value] "word" of esxi1 has no value.');
	expect(err).toContain('   8 |   word: { type: name, each: esxi }');
	expect(err).toContain('   8 |   vms: { type: table, columns: { name: name } }');
});

test('a link that leads out of the folder by a way that cannot be seen is refused', async () => {
	const all = copied('out');
	const folder = join(fieldbook.folder, 'out');
	rmSync(join(folder, 'machines.md'));
	symlinkSync(join(root, 'test/cli/whole/machines.md'), join(folder, 'machines.md'));

	expect((await fieldbook.run('check', all)).out).toMatch(/machines\.md is outside of the runbook's folder/);
});

test.each([
	[
		'a folder',
		(file: string) => cpSync(join(root, 'test/cli/power'), file, {recursive: true}),
		/is a directory|illegal operation/,
	],
	['no text', (file: string) => writeFileSync(file, Buffer.from([0x7f, 0, 1])), /machines\.md is no text in UTF-8/],
	['a plain document', (file: string) => writeFileSync(file, '# A\n\n- Do.\n'), /machines\.md is no runbook of ours/],
])('%s is not included', async (name, make, message) => {
	const all = copied(`not-${name.replaceAll(' ', '-')}`);
	const file = join(all, '../machines.md');
	rmSync(file);
	make(file);
	const {out, status} = await fieldbook.run('check', all);

	expect(out).toMatch(message);
	expect(out).toMatch(/all\.md:30:1 error\[bad-include\]/);
	expect(status).toBe(2);
});
