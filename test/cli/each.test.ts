import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {lookAtRun} from '../../src/store/look.js';
import {Fieldbook, root} from './fieldbook.js';

const machines = join(root, 'test/cli/machines/machines.md');

let fieldbook: Fieldbook;
beforeAll(() => {
	fieldbook = new Fieldbook();
});
afterAll(() => fieldbook.remove());

const runFile = (name: string) => join(fieldbook.folder, `${name}.fieldbook`);

type Shown = {
	readonly steps: ReadonlyArray<{readonly id: string; readonly host: string; readonly state: string}>;
};

const states = [
	'mark[esxi1] esxi1 done',
	'read[esxi1] esxi1 done',
	'mark[esxi2] esxi2 done',
	'read[esxi2] esxi2 done',
	'describe[vm1] esxi1 done',
	'reread[vm1] esxi1 done',
	'serial[vm1] esxi1 done',
	'start[vm1] esxi1 done',
	'linux[vm1] esxi1 done',
	'place[vm1][esxi1] esxi1 skipped',
	'place[vm1][esxi2] esxi2 done',
	'describe[vm2] esxi1 done',
	'reread[vm2] esxi1 done',
	'serial[vm2] esxi1 done',
	'start[vm2] esxi1 done',
	'linux[vm2] esxi1 skipped',
	'place[vm2][esxi1] esxi1 skipped',
	'place[vm2][esxi2] esxi2 done',
	'all esxi2 done',
];

test('phases are repeated for rows and hosts; the run file alone knows them afterwards', async () => {
	const {out, err, status} = await fieldbook.run(
		'rehearse',
		machines,
		'--run-file',
		runFile('all'),
		'--plain',
		'--yes',
	);
	expect(err).toBe('');
	expect(status).toBe(0);
	expect(out).toMatch(/! mark\[esxi1\] .*Now esxi1 at 172\.31\.255\.2\./);
	expect(out).toMatch(/read\[esxi2\] esxi2 .*mark = esxi2 172\.31\.255\.3 esxi2 172\.31\.254\.3 4 datastore1/);
	expect(out).toMatch(/serial\[vm2\] esxi1 .*serial\[vm2\] = S-2/);

	const shown: Shown = JSON.parse((await fieldbook.run('show', runFile('all'), '--json')).out);
	expect(shown.steps.map(({id, host, state}) => `${id} ${host} ${state}`)).toEqual(states);
});

test('a run that was interrupted goes on in the row that it was in', async () => {
	const running = fieldbook.start([
		'rehearse',
		machines,
		'--run-file',
		runFile('killed'),
		'--plain',
		'--yes',
		'--speed',
		'5',
	]);
	await running.prints(/▶ describe\[vm1\]/);
	running.process.kill('SIGKILL');
	await running.ended;

	const {out, status} = await fieldbook.run('resume', runFile('killed'), '--plain', '--yes');
	expect(out).not.toMatch(/▶ mark\[esxi1\]/);
	// Whether the step had ended when we were killed is chance; if not, it is unknown, and nobody is here to decide.
	expect(out).toMatch(/describe\[vm1\] esxi1: unknown|▶ reread\[vm1\]/);
	expect(status).toBe(/finished/.test(out) ? 0 : 3);
	const shown: Shown = JSON.parse((await fieldbook.run('show', runFile('killed'), '--json')).out);
	expect(shown.steps.map(({id, host}) => `${id} ${host}`)).toEqual(states.map(line => line.replace(/ \w+$/, '')));
});

test('rows come from the command line too, and --only takes one of them', async () => {
	const {status, err} = await fieldbook.run(
		...['rehearse', machines, '--run-file', runFile('only'), '--plain', '--yes', '--only', 'describe[third]'],
		...['--set', 'vms[2].name=third', '--set', 'vms[2].vmx=/x', '--set', 'vms[2].os=linux', '--set', 'vms[2].disks=1'],
	);
	expect(err).toBe('');
	expect(status).toBe(0);
	const [first] = lookAtRun(runFile('only')).events;
	expect(first?.event).toMatchObject({
		tables: {vms: [{name: 'vm1'}, {name: 'vm2'}, {name: 'third', vmx: '/x', os: 'linux', disks: '1'}]},
	});
});

test('--only with the id of the document alone is told what it is called here', async () => {
	const {err, status} = await fieldbook.run('rehearse', machines, '--plain', '--yes', '--only', 'describe');
	expect(err).toMatch(/no step of that id\.\n.*Here it is describe\[vm1\], describe\[vm2\]\./);
	expect(status).toBe(2);
});

test('preview and completion know the rows', async () => {
	const {out} = await fieldbook.run('preview', machines, '--step', 'describe[vm2]');
	expect(out).toContain("echo '/vmfs/volumes/datastore1/vm2.vmx' > /tmp/'vm2'.txt");
	const completed = await fieldbook.run('complete', '--', 'rehearse', machines, '--only', 'describe');
	expect(completed.out).toMatch(/^describe\[vm1\]\tDescribe vm1$/m);
});

test('check counts the steps that a run would have with the rows of the sheet beside', async () => {
	const count = new Set(states.map(line => line.split(' ')[0])).size;
	expect((await fieldbook.run('check', machines)).out).toContain(`machines.md: no problems, ${count} steps\n`);
	const alone = fieldbook.write(
		'alone.md',
		'---\nfieldbook: 1\nparams:\n  vms: { type: table, columns: { name: name } }\n---\n\n# Each\n<!-- each="vm in vms" -->\n\n- [ ] Look at {{vm.name}}. <!-- id=look -->\n',
	);
	expect((await fieldbook.run('check', alone)).out).toContain('no problems, 1 step, more with rows of vms');
	fieldbook.write('site.yaml', 'tables:\n  vms: [ { name: a }, { name: b } ]\n');
	expect((await fieldbook.run('check', alone)).out).toContain('no problems, 2 steps\n');
});

test('graph repeats for the rows of the sheet; without rows the phase is there once', async () => {
	const withRows = await fieldbook.run('graph', machines, '--format', 'json');
	const steps: ReadonlyArray<{readonly id: string; readonly after: readonly string[]}> = JSON.parse(withRows.out).steps;
	expect([...new Set(steps.map(({id}) => id))]).toEqual([...new Set(states.map(line => line.split(' ')[0]))]);
	expect(steps.at(-1)).toEqual({
		id: 'all',
		kind: 'script',
		phase: 'end',
		hosts: ['esxi2'],
		after: ['place[vm1][esxi1]', 'place[vm1][esxi2]', 'place[vm2][esxi1]', 'place[vm2][esxi2]'],
		line: expect.any(Number),
		hash: expect.stringMatching(/^h1:/),
		title: 'Everything is there',
	});

	const empty = fieldbook.write('empty.yaml', 'values:\n  datastore: x\n');
	const {out, status} = await fieldbook.run('graph', machines, '--site', empty);
	expect(status).toBe(0);
	expect(out).toMatch(/describe\[vm\] +esxi1 +Describe \{\{vm\.name\}\}\n/);
	expect(out).not.toMatch(/vm1/);

	const wrong = fieldbook.write('wrong.yaml', 'tables:\n  vms:\n    - { name: vm1, vmx: here, os: linux, disks: 1 }\n');
	const refused = await fieldbook.run('graph', machines, '--site', wrong);
	expect(refused.status).toBe(2);
	expect(refused.err).toMatch(/wrong\.yaml:3:25 error\[bad-value\] "vmx" in row 1 of "vms" is no absolute path/);
});
