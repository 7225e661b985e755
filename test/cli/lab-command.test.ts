import {afterEach, beforeEach, expect, test} from 'vitest';
import {Fieldbook} from './fieldbook.js';

let fieldbook: Fieldbook;

beforeEach(() => {
	fieldbook = new Fieldbook();
});

afterEach(() => fieldbook.remove());

test('a topology that there is none of is answered with those that there are, and their states', async () => {
	const {status, err} = await fieldbook.run('lab', 'nonsense');

	expect(status).toBe(2);
	expect(err).toContain('There is no topology nonsense.');
	expect(err).toMatch(/vmware-host-clustering, which starts as bare, esxi-ready, iscsi-ready, configured\n/);
	expect(err).toContain('vsphere-ha, which starts as healthy');
});

test('and so is a state', async () => {
	const {status, err} = await fieldbook.run('lab', 'vmware-host-clustering', '--start', 'nonsense');

	expect(status).toBe(2);
	expect(err).toContain('vmware-host-clustering does not start as nonsense.');
	expect(err).toContain('It starts as bare, esxi-ready, iscsi-ready, configured.');
});

test('a deed needs a lab that lives, one lab, and words that it knows', async () => {
	const none = await fieldbook.run('lab', 'do', 'power', 'off', 'esxi1');

	expect(none).toMatchObject({status: 2, err: expect.stringContaining('No lab is running.')});

	const lab = fieldbook.start(['lab', 'vmware-host-clustering']);
	await lab.prints(/Ctrl-C ends it\./);
	const said = async (...words: readonly string[]) => {
		const {status, out, err} = await fieldbook.run('lab', 'do', ...words);
		return [status, `${out}${err}`.split('\n')[0]];
	};

	expect(await said('power', 'off', 'esxi1')).toEqual([0, 'ESXi#1 lost power']);
	expect(await said('look', 'esxi1')).toEqual([0, 'ESXi#1 is off']);
	expect(await said('set', 'sail', 'esxi1')).toEqual([2, expect.stringContaining('Nobody here can set sail')]);
	expect(await said('wait', '5')).toEqual([2, 'That is not how long to wait.']);
	expect(await said('wait', '10s')).toEqual([0, expect.stringMatching(/^It is \d\d:\d\d:\d\d UTC there\.$/)]);

	const other = fieldbook.start(['lab', 'vsphere-ha']);
	await other.prints(/Ctrl-C ends it\./);

	expect(await said('look', 'esxi1')).toEqual([2, expect.stringMatching(/^2 labs are running: /)]);

	for (const {process, ended} of [lab, other]) {
		process.kill('SIGINT');
		await ended;
	}
});

test('a topology starts in the state that was asked for, and says how to get to each of its hosts', async () => {
	const lab = fieldbook.start(['lab', 'vmware-host-clustering', '--start', 'configured']);
	await lab.prints(/Ctrl-C ends it\./);
	lab.process.kill('SIGINT');
	const {status, out} = await lab.ended;

	expect(out).toMatch(/, as configured\. World: /);
	expect(out).toContain('It also starts as bare, esxi-ready, iscsi-ready: --start bare');
	expect(out.match(/^ {2}(esxi1|esxi2|ec1|ec2): ssh -p \d+ -o UserKnownHostsFile=/gm)).toHaveLength(4);
	expect(status).toBe(0);
});

test('a lab file starts in the state that it names for all pages, or in the one asked for', async () => {
	const file = fieldbook.write(
		'lab.yaml',
		'topology: vmware-host-clustering\nstart: { tests.md: configured, "*": esxi-ready }\n',
	);
	for (const [words, state] of [
		[[], 'esxi-ready'],
		[['--start', 'iscsi-ready'], 'iscsi-ready'],
	] as const) {
		const lab = fieldbook.start(['lab', file, ...words]);
		await lab.prints(/Ctrl-C ends it\./);
		lab.process.kill('SIGINT');

		expect((await lab.ended).out).toContain(`, as ${state}. World: `);
	}
});
