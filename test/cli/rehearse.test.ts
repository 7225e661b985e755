import {existsSync, mkdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {lookAtRun} from '../../src/store/look.js';
import {Fieldbook, root} from './fieldbook.js';

const esxi = join(root, 'runbooks/vmware-host-clustering/esxi.md');

type Shown = {
	readonly status: string;
	readonly steps: ReadonlyArray<{
		readonly id: string;
		readonly host: string;
		readonly state: string;
		readonly attempts: number;
	}>;
};

let fieldbook: Fieldbook;
beforeAll(() => {
	fieldbook = new Fieldbook();
});
afterAll(() => fieldbook.remove());

async function shown(run: string): Promise<Shown> {
	return JSON.parse((await fieldbook.run('show', run, '--json')).out);
}

const runFile = (name: string) => join(fieldbook.folder, `${name}.fieldbook`);

describe('the main runbook in the lab, without a terminal', () => {
	test('runs to its end with 0; begun again in that world, it changes nothing', async () => {
		const first = await fieldbook.run('rehearse', esxi, '--run-file', runFile('first'));
		expect(first.err).toBe('');
		expect(first.status).toBe(0);
		const ran = await shown(runFile('first'));
		expect(ran.status).toBe('finished');
		expect(ran.steps.filter(({state}) => !['done', 'satisfied', 'skipped'].includes(state))).toEqual([]);
		expect(ran.steps.filter(({id, state}) => id === 'switches' && state === 'done')).toHaveLength(2);
		expect((await fieldbook.run('verify', runFile('first'))).status).toBe(0);

		const again = await fieldbook.run('rehearse', esxi, '--run-file', runFile('again'), '--world', runFile('first'));
		expect(again.status).toBe(0);
		expect(sent(runFile('first')).length).toBeGreaterThan(20);
		expect(sent(runFile('again'))).toEqual([]);
	});

	test('a host that the site file has behind a jump host is rehearsed without one', async () => {
		mkdirSync(join(fieldbook.folder, 'behind'));
		const book = fieldbook.write(
			'behind/book.md',
			'---\nfieldbook: 1\ntitle: Behind\nhosts:\n  esxi1: { platform: esxi }\n---\n\n# A\n<!-- on=esxi1 -->\n\nLook.\n\n```sh id=look readonly\nhostname\n```\n',
		);
		const site = fieldbook.write(
			'behind/site.yaml',
			'hosts:\n  esxi1: { address: 10.0.0.1, jump: gate }\n  gate: { address: 10.0.0.2 }\nssh_config: ./nobody-asks\n',
		);
		fieldbook.write('behind/lab.yaml', readFileSync(join(root, 'runbooks/vmware-host-clustering/lab.yaml'), 'utf8'));
		const {status, err} = await fieldbook.run(
			'rehearse',
			book,
			'--site',
			site,
			'--run-file',
			runFile('behind'),
			'--yes',
		);

		expect(err).toBe('');
		expect(status).toBe(0);
	});

	test('kill -9 while commands run: the same place, nothing run twice, the unknown steps told', async () => {
		const killed = fieldbook.start(['rehearse', esxi, '--run-file', runFile('killed'), '--speed', '3']);
		await killed.prints(/▶ switches esxi2/);
		killed.process.kill('SIGKILL');
		await killed.ended;
		const before = await shown(runFile('killed'));

		const {out, status} = await fieldbook.run('resume', runFile('killed'));
		expect(out).toMatch(/switches esxi1: unknown, fieldbook stopped while it ran/);
		expect(out).toMatch(/switches esxi2: unknown, fieldbook stopped while it ran/);
		expect(out).not.toMatch(/ntp-server/);
		// The commands go on in the lab after we are gone. Whether they had ended when the check looked is chance: if
		// not, the steps stay unknown, and nobody is here to decide.
		expect(status).toBe(/finished/.test(out) ? 0 : 3);
		expect(out).toMatch(/switches esxi1 .*(done: its check found it there|not there)|finished/);
		const after = await shown(runFile('killed'));
		for (const {id, host, state, attempts} of before.steps.filter(step => step.state === 'done')) {
			expect(after.steps).toContainEqual(expect.objectContaining({id, host, state, attempts}));
		}

		expect(sentTwice(runFile('killed'))).toEqual([]);
		expect(existsSync(`${runFile('killed')}-wal`)).toBe(false);
		expect((await fieldbook.run('verify', runFile('killed'))).status).toBe(0);
	});

	const faults: ReadonlyArray<readonly [string, number, RegExp]> = [
		['wrong-password', 4, /Could not log in to esxi\d/],
		['changed-host-key', 4, /SHA256:/],
	];
	test.for(faults)('--fault %s ends with %i and says which host', async ([fault, expected, words]) => {
		const {out, status} = await fieldbook.run(
			'rehearse',
			esxi,
			'--run-file',
			runFile(fault),
			'--fault',
			fault,
			'--seed',
			'3',
		);
		expect(out).toMatch(words);
		expect(out).toMatch(/fieldbook resume/);
		expect(status).toBe(expected);
		expect((await shown(runFile(fault))).steps.filter(({attempts}) => attempts > 0)).toEqual([]);
	});

	test('--fault refuse: it is said which host, and it is asked again when a step is due there', async () => {
		const name = runFile('refuse');
		const {out, status} = await fieldbook.run('rehearse', esxi, '--run-file', name, '--fault', 'refuse', '--seed', '3');

		expect(out).toMatch(/Could not reach esxi\d/);
		expect(status).toBe(0);
		const {events} = lookAtRun(name);
		expect(events.filter(({event}) => event.type === 'HostContactAsked')).toHaveLength(1);
	});

	test.for(['drop-mid-command', 'no-exit-status'])(
		'--fault %s: what changes a host is sent once, unless its check has said that it is not there',
		async fault => {
			await fieldbook.run('rehearse', esxi, '--run-file', runFile(fault), '--fault', fault, '--seed', '5');
			const {events} = lookAtRun(runFile(fault));
			expect(sentTwice(runFile(fault))).toEqual([]);
			expect(events.some(({event}) => event.type === 'PartEnded' && event.outcome.kind === 'lost')).toBe(true);
		},
	);

	test('an unknown fault and a missing lab are refused with 2', async () => {
		const unknown = await fieldbook.run('rehearse', esxi, '--fault', 'earthquake');
		expect(unknown.err).toMatch(/earthquake.*\n.*refuse/);
		expect(unknown.status).toBe(2);
		const alone = fieldbook.write('alone.md', '# A\n\n- do it\n');
		const {err, status} = await fieldbook.run('rehearse', alone);
		expect(err).toMatch(/no lab\.yaml/);
		expect(status).toBe(2);
	});
});

test('hands pull and plug cords, watchers see it, captures and conditions follow', async () => {
	const book = join(root, 'test/cli/power/power.md');
	const {out, err, status} = await fieldbook.run('rehearse', book, '--run-file', runFile('power'));
	expect(err).toBe('');
	expect(status).toBe(0);
	expect(out).toMatch(/power-off esxi1 +done: saw it go, silent since 09:00/);
	expect(out).toMatch(/power-on esxi1 +done: saw it come, heard since 09:0[3-9]/);
	const {steps} = await shown(runFile('power'));
	expect(steps.map(({id, host, state}) => `${id} ${host} ${state}`)).toEqual([
		'build esxi1 done',
		'build esxi2 done',
		'power-off esxi1 done',
		'still esxi2 done',
		'conf esxi2 done',
		'power-on esxi1 done',
		'back esxi1 done',
		'serial esxi2 done',
		'asked esxi2 done',
	]);
});

/** The steps, with their hosts, whose own script was sent and may change something; in order, each time it was sent. */
function sent(file: string): readonly string[] {
	return lookAtRun(file).events.flatMap(({event}) =>
		event.type === 'PartIntended' && event.part === 'run' && event.changes ? [`${event.step}@${event.host}`] : [],
	);
}

function sentTwice(file: string): readonly string[] {
	const all = sent(file);
	// Where the script was still on its way when its link died, its check finds nothing, and the run asks
	expect(all.length).toBeGreaterThan(4);
	return all.filter((key, index) => all.indexOf(key) !== index);
}
