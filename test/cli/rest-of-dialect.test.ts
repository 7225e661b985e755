import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {lookAtRun} from '../../src/store/look.js';
import {openRunFile} from '../../src/store/run-file.js';
import {startInTerminal} from '../terminal.js';
import {Fieldbook, root} from './fieldbook.js';

let fieldbook: Fieldbook;
beforeAll(() => {
	fieldbook = new Fieldbook();
});
afterAll(() => fieldbook.remove());

test('roles, satellites elsewhere, lines, values and evidence, to the end of a rehearsal', async () => {
	const run = join(fieldbook.folder, 'roles.fieldbook');
	const {out, err, status} = await fieldbook.run('rehearse', join(root, 'test/cli/roles/roles.md'), '--run-file', run);
	expect(err).toBe('');
	expect(out).toMatch(/mark +runs on esxi2: esxi1 says esxi2/);
	expect(out).toMatch(/under +runs on esxi1: esxi1 says esxi2, which runs on esxi1/);
	expect(out).toMatch(/picture +photo: a rehearsal: nothing real to show/);
	expect(status).toBe(0);
	const {steps} = JSON.parse((await fieldbook.run('show', run, '--json')).out);
	expect(steps.map(({id, host, state}: Record<string, string>) => `${id} ${host} ${state}`)).toEqual([
		'place esxi1 done',
		'place esxi2 done',
		'mark esxi2 done',
		'under esxi1 done',
		'none esxi1 done',
		'waited esxi2 done',
		'list esxi2 done',
		'more esxi2 done',
		'count esxi2 done',
		'maybe esxi1 done',
		'maybe esxi2 done',
		'cables esxi1 done',
		'cables esxi2 done',
		'right esxi2 done',
		'wrong esxi2 skipped',
		'picture null done',
	]);
	const where = lookAtRun(run).events.flatMap(({event}) =>
		event.type === 'PartIntended' && event.on !== undefined ? [`${event.step} ${event.host}: ${event.on}`] : [],
	);
	expect(where).toEqual(['place esxi1: esxi1,esxi2', 'place esxi2: esxi1,esxi2']);
});

test('a role moves with the service when the host under it loses power, and a wait finds it again', async () => {
	const book = join(root, 'test/cli/failover/failover.md');
	const {out, err, status} = await fieldbook.run(
		'rehearse',
		book,
		'--run-file',
		join(fieldbook.folder, 'fo.fieldbook'),
	);
	expect(err).toBe('');
	expect(out).toMatch(/before +runs on ec1: ec1 says ec1/);
	expect(out).toMatch(/pull +runs on esxi1: ec1 says ec1, which runs on esxi1/);
	expect(out).toMatch(/pull esxi1 +done: saw it go/);
	expect(out).toMatch(/up +runs on ec2: ec2 says ec2/);
	expect(out).toMatch(/after ec2 +done/);
	expect(status).toBe(0);
});

const undo = join(root, 'test/cli/undo/undo.md');

/** In a terminal that can only print, with a person who answers line by line. */
function sitDown(...words: readonly string[]) {
	return startInTerminal([process.execPath, join(root, 'bin/fieldbook.js'), ...words], {
		columns: 100,
		rows: 40,
		env: {...fieldbook.env, NO_COLOR: undefined, TERM: 'dumb'},
		cwd: fieldbook.folder,
	});
}

const runsOf = (file: string, part: string) =>
	lookAtRun(file).events.flatMap(({event}) =>
		event.type === 'PartIntended' && event.part === part ? [`${event.step} ${event.host}`] : [],
	);

test('kill -9 in the middle of a look-up and of an undo: neither is lost, the undo is not sent again', {
	timeout: 120_000,
}, async () => {
	const run = join(fieldbook.folder, 'undo.fieldbook');
	const looking = fieldbook.start(['rehearse', undo, '--run-file', run, '--speed', '1']);
	await looking.prints(/issue esxi1 +done/);
	looking.process.kill('SIGKILL');
	await looking.ended;
	expect(lookAtRun(run).events.map(({event}) => event.type)).not.toContain('RoleFound');

	const undoing = sitDown('resume', run, '--pace', 'auto');
	await undoing.waitFor('Enter: begin');
	undoing.press('Enter');
	await undoing.waitFor(/look +runs on esxi1: esxi1 says esxi1[\s\S]*z: undo it/);
	undoing.press('z', 'Enter');
	await undoing.waitFor(/undoing: Leave a mark/);
	undoing.signal('SIGKILL');
	await undoing.exited;

	const after = sitDown('resume', run, '--pace', 'auto');
	await after.waitFor('Enter: begin');
	expect(after.received()).toMatch(/mark esxi1: unknown, fieldbook stopped while its undo ran/);
	after.press('Enter');
	await after.waitFor(/nobody saw how its undo ended[\s\S]*u: mark undone/);
	after.press('u', 'Enter');
	await after.waitFor('Reason: ');
	after.press('looked at it', 'Enter');
	await after.waitFor(/was undone[\s\S]*s: skip/);
	after.press('s', 'Enter');
	await after.waitFor('Reason: ');
	after.press('not today', 'Enter');
	expect(await after.exited).toMatchObject({status: 0});
	expect(runsOf(run, 'undo')).toEqual(['mark esxi1']);
	expect(runsOf(run, 'run')).toEqual(['issue esxi1', 'look esxi1', 'mark esxi1', 'end esxi1']);
	expect((await fieldbook.run('verify', run)).status).toBe(0);
});

test('a person gives a file as evidence, and the run file keeps it', async () => {
	fieldbook.write('lab.yaml', 'topology: vmware-host-clustering\nstart: esxi-ready\n');
	fieldbook.write('site.yaml', '');
	fieldbook.write('rack.jpg', 'hello');
	const book = fieldbook.write(
		'evidence.md',
		'---\nfieldbook: 1\n---\n\n# Proof\n\n- [ ] Take a picture. <!-- id=picture needs=photo -->\n',
	);
	const run = join(fieldbook.folder, 'evidence.fieldbook');
	const program = sitDown('rehearse', book, '--run-file', run);
	await program.waitFor('Enter: begin');
	program.press('Enter');
	await program.waitFor('A: evidence…');
	program.press('A', 'Enter');
	await program.waitFor('path of a file: ');
	program.press('the door was open', 'Enter');
	await program.waitFor(/text: the door was open[\s\S]*d: done/);
	program.press('d', 'Enter');
	await program.waitFor('Note: ');
	program.press('Enter');
	await program.waitFor('Enter: give the photo');
	program.press('Enter');
	await program.waitFor(/give the photo[\s\S]*path of a file: /);
	program.press('@nothing.jpg', 'Enter');
	await program.waitFor(/nothing\.jpg cannot be read.*\n>/);
	program.press('Enter');
	await program.waitFor(/nothing\.jpg cannot be read[\s\S]*path of a file: /);
	program.press('@rack.jpg', 'Enter');
	expect(await program.exited).toMatchObject({status: 0});
	// printf hello | sha256sum
	const sha256 = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';
	expect(program.received()).toMatch(/picture +photo: rack\.jpg \(5 bytes\)/);
	const file = openRunFile(run);
	expect(Buffer.from(file.blob(`evidence/${sha256}`) ?? []).toString()).toBe('hello');
	await file.close();
});
