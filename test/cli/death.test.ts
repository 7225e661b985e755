import {existsSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {insist, startInTerminal, type TerminalProgram} from '../terminal.js';
import {Fieldbook, root} from './fieldbook.js';

/**
How the real program ends when something in it breaks. Faults come from outside: `death/inject.ts` stands at the door of one
function of the built program, and processes are killed.
*/

let fieldbook: Fieldbook;
let terminals: TerminalProgram[];
beforeEach(() => {
	fieldbook = new Fieldbook();
	terminals = [];
});
afterEach(async () => {
	writeFileSync(at('go'), '');
	await Promise.all(terminals.map(terminal => terminal.stop()));
	await fieldbook.remove();
});

const at = (name: string) => join(fieldbook.folder, name);
const runFile = () => at('night.fieldbook');

/** A step that waits for the test, between two that do not. */
const book = () =>
	fieldbook.write(
		'night.md',
		[
			'---\nfieldbook: 1\ntitle: Night shift\n---\n\n# Steps\n<!-- on=local -->\n',
			'One.\n\n```sh id=one\necho one\n```\n',
			`Two.\n\n\`\`\`sh id=two\nuntil [ -e '${at('go')}' ]; do sleep 0.05; done\necho two\n\`\`\`\n`,
			'Three.\n\n```sh id=three\necho three\n```\n',
		].join('\n'),
	);

function injecting(name: string): Record<string, string> {
	return {
		NODE_OPTIONS: `--import=${root}test/cli/death/inject.ts`,
		FAULT_FUNCTION: name,
		FAULT_TRIGGER: at('trigger'),
	};
}

const strike = (deed: string) => writeFileSync(at('trigger'), deed);
const letGo = () => writeFileSync(at('go'), '');

/** On the full screen, while the second step waits. */
async function atSecondStep(env: Record<string, string> = {}): Promise<TerminalProgram> {
	const terminal = startHere(['run', book(), '--run-file', runFile(), '--pace', 'auto'], env);
	await terminal.waitFor(/Night shift/);
	await insist(terminal, 'Enter', 'step 2/3');
	return terminal;
}

function startHere(words: readonly string[], env: Record<string, string> = {}): TerminalProgram {
	const terminal = startInTerminal([process.execPath, join(root, 'bin/fieldbook.js'), ...words], {
		columns: 100,
		rows: 30,
		env: {...fieldbook.env, ...env},
		cwd: fieldbook.folder,
	});
	terminals.push(terminal);
	return terminal;
}

const isRestored = {alternateScreen: false, cursorVisible: true, lineWrap: true, bracketedPaste: false};

/** One plain file, sound, in which the first step is done. What a thread that cannot do anything more has set aside stays beside it. */
async function expectKept({setAside = []}: {readonly setAside?: readonly string[]} = {}): Promise<void> {
	const files = readdirSync(fieldbook.folder).filter(name => name.startsWith('night.fieldbook'));
	expect(files).toEqual(['night.fieldbook', ...setAside]);
	expect((await fieldbook.run('verify', runFile())).status).toBe(0);
	const {steps} = JSON.parse((await fieldbook.run('show', runFile(), '--json')).out);
	expect(steps[0]).toMatchObject({id: 'one', state: 'done'});
}

const nextMove = /To go on: fieldbook resume \/\S+\/night\.fieldbook/;

describe('a mistake of ours on the full screen gives the terminal back, closes the run file and ends with 70', () => {
	test.for([
		['in what is drawn', 'frameOf', 'throw'],
		['in a timer of the thread that draws', 'frameOf', 'stray'],
		['in a promise of the thread that draws', 'frameOf', 'reject'],
		['in what follows a key', 'strokesOf', 'throw'],
		['in what follows a message', 'update', 'throw'],
		['in the engine', 'nextEffects', 'throw'],
		['in a timer of the engine', 'nextEffects', 'stray'],
		['in a promise of the engine', 'nextEffects', 'reject'],
	] as const)('%s', async ([, name, deed]) => {
		const terminal = await atSecondStep(injecting(name));
		strike(deed);
		terminal.press('j');
		letGo();
		expect(await terminal.exited).toEqual({status: 70, signal: 0});
		expect(terminal.modes()).toMatchObject(isRestored);
		expect(terminal.screen()).toMatch(/fieldbook broke.*\n[\s\S]*an injected fault/);
		expect(terminal.screen()).not.toContain('did not end by itself');
		expect(terminal.screen().replaceAll('\n', '')).toMatch(nextMove);
		await expectKept();
	});

	test('in the engine, which takes more memory than there is', async () => {
		const terminal = await atSecondStep(injecting('nextEffects'));
		strike('fill');
		letGo();
		expect(await terminal.exited).toEqual({status: 70, signal: 0});
		expect(terminal.modes()).toMatchObject(isRestored);
		expect(terminal.screen()).toMatch(/memory/);
		expect(terminal.screen().replaceAll('\n', '')).toMatch(nextMove);
		await expectKept({setAside: ['night.fieldbook-reserve']});
	});

	test('in the engine, which never comes back: the screen lives, and can be left', async () => {
		const terminal = await atSecondStep(injecting('nextEffects'));
		strike('hang');
		letGo();
		terminal.press('Ctrl-c');
		await terminal.waitFor('Stop?');
		terminal.press('Ctrl-c');
		expect(await terminal.exited).toEqual({status: 130, signal: 0});
		expect(terminal.modes()).toMatchObject(isRestored);
		expect(terminal.screen()).toMatch(/Go on with: fieldbook resume/);
		await expectKept({setAside: ['night.fieldbook-reserve']});
	});
});

test('the home screen can be left while what it lists is still being read', async () => {
	strike('hang');
	const terminal = startHere([], injecting('whatIsIn'));
	await terminal.waitFor('EXPRESSCLUSTER');
	await insist(terminal, 'q', screen => !screen.includes('EXPRESSCLUSTER'));
	expect(await terminal.exited).toEqual({status: 0, signal: 0});
	expect(terminal.modes()).toMatchObject(isRestored);
});

describe('a mistake of ours in plain mode closes the run file and ends with 70', () => {
	test.for([
		['where it is caught', 'throw'],
		['in a timer', 'stray'],
		['in a promise', 'reject'],
	] as const)('%s', async ([, deed]) => {
		Object.assign(fieldbook.env, injecting('nextEffects'));
		const running = fieldbook.start(['run', book(), '--run-file', runFile(), '--plain']);
		await running.prints(/▶ two/);
		strike(deed);
		letGo();
		const {status, err} = await running.ended;
		expect(err).toMatch(/fieldbook broke[\s\S]*an injected fault/);
		expect(err).toMatch(nextMove);
		expect(status).toBe(70);
		rmSync(at('trigger'));
		await expectKept();
	});
});

test('a command that holds nothing open ends with 70 too, whatever the mistake has left open', async () => {
	Object.assign(fieldbook.env, injecting('openRunbookFile'));
	strike('linger');
	const {status, err} = await fieldbook.run('check', book());
	expect(err).toMatch(/fieldbook broke[\s\S]*an injected fault/);
	expect(status).toBe(70);
});

describe('whoever reads goes away: the run is paused, the file closed, and it ends with 130', () => {
	test.for(['SIGTERM', 'SIGHUP', 'SIGINT'] as const)('plain, %s', async signal => {
		const running = fieldbook.start(['run', book(), '--run-file', runFile(), '--plain']);
		await running.prints(/▶ two/);
		running.process.kill(signal);
		await running.prints(/paused/);
		letGo();
		const {status, out} = await running.ended;
		expect(out).toMatch(nextMove);
		expect(status).toBe(130);
		await expectKept();
	});

	test('plain, into a pipe that nobody reads any more', async () => {
		const running = fieldbook.start(['run', book(), '--run-file', runFile(), '--plain']);
		await running.prints(/▶ two/);
		running.process.stdout?.destroy();
		letGo();
		const {status, err} = await running.ended;
		expect(err).toBe('');
		expect(status).toBe(130);
		await expectKept();
	});

	test.for(['SIGTERM', 'SIGHUP'] as const)('full screen, %s', async signal => {
		const terminal = await atSecondStep();
		terminal.signal(signal);
		expect(await terminal.exited).toEqual({status: 130, signal: 0});
		expect(terminal.modes()).toMatchObject(isRestored);
		expect(terminal.screen().replaceAll('\n', '')).toMatch(/Go on with: fieldbook resume \/\S+\/night\.fieldbook/);
		await expectKept();
	});

	test('full screen, whose window is closed', async () => {
		const terminal = await atSecondStep();
		terminal.hangUp();
		expect(await terminal.exited).toMatchObject({status: 130});
		await expectKept();
	});

	test('a list of which somebody wants the first line only is no mistake', async () => {
		const running = fieldbook.start(['man']);
		running.process.stdout?.destroy();
		const {status, err} = await running.ended;
		expect(err).toBe('');
		expect(status).toBe(0);
	});
});

describe.skipIf(!existsSync('/proc/self/cmdline'))(
	'a lab that is killed under its rehearsal: what to do is said',
	() => {
		const esxi = join(root, 'runbooks/vmware-host-clustering/esxi.md');
		const rehearsal = () => ['rehearse', esxi, '--run-file', runFile(), '--pace', 'auto', '--speed', '3'];

		/** The lab belongs to this test's state folder alone. */
		function killLab(): void {
			const labs = readdirSync('/proc').filter(pid => /^\d+$/.test(pid) && commandOf(pid).includes(at('home/labs')));
			expect(labs).toHaveLength(1);
			process.kill(Number(labs[0]), 'SIGKILL');
		}

		const said = /^The lab has ended: .*\s+Next: Go on with the run.*\s+\[lab-ended\]\s+To go on: fieldbook resume \S+/;

		test('plain, and the run goes on in the world as it was', async () => {
			const running = fieldbook.start(rehearsal());
			await running.prints(/▶ ntp-server/);
			killLab();
			const {status, err} = await running.ended;
			expect(err).toMatch(said);
			expect(status).toBe(1);
			expect((await fieldbook.run('verify', runFile())).status).toBe(0);
			const resumed = await fieldbook.run('resume', runFile(), '--plain');
			expect(resumed.err).toBe('');
			expect(resumed.out).not.toMatch(/▶ version/);
		});

		test('full screen', async () => {
			const terminal = startHere(rehearsal());
			await terminal.waitFor(/NTP server/);
			await insist(terminal, 'Enter', /step [4-9]\/35/);
			killLab();
			expect(await terminal.exited).toEqual({status: 1, signal: 0});
			expect(terminal.modes()).toMatchObject(isRestored);
			expect(terminal.screen()).toMatch(said);
		});
	},
);

function commandOf(pid: string): string {
	try {
		return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
	} catch {
		// It has ended meanwhile.
		return '';
	}
}

test('a run file that is removed under its run is written again, and says so', async () => {
	const running = fieldbook.start(['run', book(), '--run-file', runFile(), '--plain']);
	await running.prints(/▶ two/);
	rmSync(runFile());
	letGo();
	const {status, err} = await running.ended;
	expect(err).toMatch(
		/was removed, renamed or replaced[\s\S]*Go on with that: `fieldbook resume \S+`\. {2}\[run-file-gone\]/,
	);
	expect(err).not.toMatch(/broke/);
	expect(status).toBe(5);
	await expectKept();
});

describe('what is no run', () => {
	test.for([
		['nonsense', Buffer.from('nonsense\n'.repeat(500)), /is not a readable run file|is not a fieldbook run file/],
		['nothing', Buffer.alloc(0), /is not a fieldbook run file/],
		['a run cut in half', undefined, /is not a readable run file|damaged/],
	] as const)('%s is refused by name, with 5 and a next move', async ([, bytes, words]) => {
		let content = bytes;
		if (content === undefined) {
			letGo();
			await fieldbook.run('run', book(), '--run-file', runFile(), '--plain');
			const whole = readFileSync(runFile());
			content = whole.subarray(0, whole.length / 2);
			rmSync(runFile());
		}

		const file = fieldbook.write('garbage.fieldbook', content);
		for (const command of ['resume', 'show', 'verify']) {
			const {status, err} = await fieldbook.run(command, file);
			expect(err).toMatch(words);
			expect(err).toMatch(/Next: /);
			expect(err).not.toMatch(/\n\s+at /);
			expect(status).toBe(5);
		}
	});
});
