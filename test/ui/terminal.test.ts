import {afterEach, beforeAll, describe, expect, test} from 'vitest';
import {widthOf} from '../../src/text/width.js';
import {insist, startInTerminal, type TerminalProgram} from '../terminal.js';
import {foreignIn} from '../terminal-bytes.js';
import {bundleProgram} from './bundle.js';
import {mark} from './hostile.js';

/** The screens in a real terminal: what Ink writes, what a terminal makes of it, and how it is left. */

let program: string;
const started: TerminalProgram[] = [];

beforeAll(async () => {
	program = await bundleProgram();
});

afterEach(async () => {
	await Promise.all(started.splice(0).map(terminal => terminal.stop()));
});

type Size = {readonly columns: number; readonly rows: number};

function start(parameters: readonly string[], size: Size = {columns: 100, rows: 30}, env: Record<string, string> = {}) {
	const terminal = startInTerminal([process.execPath, program, ...parameters], {...size, env});
	started.push(terminal);
	return terminal;
}

/** A run that has begun and shows its first step. */
async function atRun(
	parameters: readonly string[] = [],
	size?: Size,
	env?: Record<string, string>,
): Promise<TerminalProgram> {
	const terminal = start(['--first', 'run', ...parameters], size, env);
	await terminal.waitFor('ESXi 7');
	await insist(terminal, 'Enter', /step \d/);
	return terminal;
}

const isRestored = {alternateScreen: false, cursorVisible: true, lineWrap: true, bracketedPaste: false};

describe('sizes', () => {
	test.for([
		[60, 15],
		[80, 24],
		[100, 30],
		[160, 45],
	] as const)('%ix%i is filled from edge to edge, no row more', async ([columns, rows]) => {
		const terminal = start([], {columns, rows});
		const screen = (await terminal.waitFor('? help')).split('\n');
		expect(screen[0]).toContain('fieldbook');
		expect(screen[1]).toBe('─'.repeat(columns));
		expect(screen[rows - 1]).toContain('? help');
	});

	test('40x10 gets one line that says so', async () => {
		const terminal = start([], {columns: 40, rows: 10});
		const screen = await terminal.waitFor('fieldbook needs 60x15');
		expect(screen.trim().split('\n')).toHaveLength(1);
	});

	test('a resize redraws everything once, in both directions', async () => {
		const terminal = await atRun();
		for (const [columns, rows] of [
			[80, 24],
			[40, 10],
			[160, 45],
			[61, 16],
		] as const) {
			terminal.resize(columns, rows);
			const screen = await terminal.waitFor(now =>
				rows < 15 ? now.includes('needs 60x15') : now.split('\n')[1]?.length === columns,
			);
			expect(screen.split('VMware host').length).toBeLessThanOrEqual(2);
		}
	});
});

describe('what is seen', () => {
	test('wide characters keep every column in its place', async () => {
		const terminal = await atRun(['--scene', 'japanese'], {columns: 120, rows: 32});
		const screen = await terminal.waitFor('基本設定');
		const dividers = new Set(
			screen
				.split('\n')
				.slice(2, 28)
				.map(row => widthOf(row.slice(0, row.search(/[│├]/)))),
		);
		expect(dividers.size).toBe(1);
	});

	test('ASCII on request, without colours on request', async () => {
		const terminal = await atRun(['--ascii', '--plain']);
		expect(terminal.screen()).toMatch(/^[\x20-\x7e\n]*$/);
		// biome-ignore lint/suspicious/noControlCharactersInRegex: the looks that the program asked for
		expect(terminal.received().match(/\x1b\[(3[0-7]|4[0-7]|9[0-7])m/)).toBeNull();
	});

	test('CI in the environment does not turn the screens off', async () => {
		await start([], undefined, {CI: 'true'}).waitFor('? help');
	});

	test('a rehearsal says so on every screen', async () => {
		const terminal = await atRun(['--mode', 'rehearsal']);
		expect(terminal.screen()).toContain(' REHEARSAL ');
	});

	test('the caret of the terminal stands where text is typed', async () => {
		const terminal = start(['--first', 'sheet']);
		await terminal.waitFor('iSCSI address');
		terminal.press('172.31.254.3');
		const screen = await terminal.waitFor(/172\.31\.254\.2 +172\.31\.254\.3/);
		const row = screen.split('\n').findIndex(line => line.includes('iSCSI address'));
		await terminal.waitFor(() => terminal.modes().cursor.row === row);
		expect(terminal.modes()).toMatchObject({
			cursorVisible: true,
			cursor: {row, column: (screen.split('\n')[row]?.indexOf('172.31.254.3') ?? 0) + '172.31.254.3'.length},
		});
	});
});

describe('keys', () => {
	test('several in one chunk are all heard', async () => {
		const terminal = start([]);
		await terminal.waitFor('▌ ? VMware');
		terminal.press('jj', 'Up', 'j');
		await terminal.waitFor(/▌ +Hyper-V/);
	});

	test('what is pasted into a danger is refused', async () => {
		const terminal = await atRun(['--mode', 'rehearsal']);
		for (const step of ['step 2/', 'step 3/', 'step 4/']) {
			await insist(terminal, 'Enter', step);
		}
		await terminal.waitFor('Warning');
		await insist(terminal, 'y', 'step 5/');
		await insist(terminal, 'Enter', 'Danger');
		terminal.paste('esxi1.example');
		await terminal.waitFor('This has to be typed by hand.');
		terminal.press('esxi1.example');
		await terminal.waitFor('esxi1.example');
		await insist(terminal, 'Enter', 'step 7/');
	});
});

test('a resize in a flood from two hosts draws one whole frame, whichever way it goes', async () => {
	const terminal = await atRun(['--scene', 'flood on both'], {columns: 160, rows: 45});
	await terminal.waitFor(/copying block.*copying block/);
	terminal.press('3');
	for (const [columns, rows] of [
		[100, 30],
		[60, 15],
		[130, 40],
		[80, 24],
		[160, 45],
	] as const) {
		terminal.resize(columns, rows);
		const screen = await terminal.waitFor(
			now => now.split('\n')[1]?.length === columns && /copying block/.test(now) && /\? help/.test(now),
		);
		const lines = screen.split('\n');
		expect(lines).toHaveLength(rows);
		expect(lines.filter(line => line.includes('? help'))).toHaveLength(1);
	}
});

test('Ctrl-Z gives the terminal to the shell, and fg takes it back', async () => {
	const terminal = startInTerminal(['/bin/sh', '-i'], {columns: 100, rows: 30, env: {PS1: 'shell> ', ENV: ''}});
	started.push(terminal);
	await terminal.waitFor('shell> ');
	terminal.press(`${process.execPath} ${program}\r`);
	await terminal.waitFor('? help');
	await terminal.waitFor(() => terminal.modes().bracketedPaste);
	terminal.press('Ctrl-z');
	await terminal.waitFor(/Stopped/);
	expect(terminal.modes()).toMatchObject(isRestored);
	terminal.press('fg\r');
	await terminal.waitFor('? help');
	expect(terminal.modes()).toMatchObject({alternateScreen: true, lineWrap: false});
	terminal.press('q');
	await terminal.waitFor('left: quit');
	expect(terminal.modes()).toMatchObject(isRestored);
});

describe('the terminal is given back', () => {
	test('when somebody quits', async () => {
		const terminal = start([]);
		await terminal.waitFor('? help');
		await terminal.waitFor(() => terminal.modes().bracketedPaste);
		expect(terminal.modes()).toMatchObject({alternateScreen: true, lineWrap: false});
		terminal.press('q');
		expect(await terminal.exited).toEqual({status: 0, signal: 0});
		expect(terminal.modes()).toMatchObject(isRestored);
		expect(terminal.screen()).toContain('left: quit, no run');
	});

	test('when Ctrl-C is pressed twice, while the remote command runs on', async () => {
		const terminal = await atRun(['--scene', 'running']);
		await terminal.waitFor('Mirror_vswitch');
		terminal.press('Ctrl-c');
		await terminal.waitFor('Stop?');
		terminal.press('Ctrl-c');
		expect(await terminal.exited).toEqual({status: 0, signal: 0});
		expect(terminal.modes()).toMatchObject(isRestored);
		expect(terminal.screen()).toContain('left: interrupted, running');
	});

	test.for(['SIGTERM', 'SIGHUP'] as const)('when %s comes', async signal => {
		const terminal = await atRun();
		terminal.signal(signal);
		expect(await terminal.exited).toEqual({status: 0, signal: 0});
		expect(terminal.modes()).toMatchObject(isRestored);
		expect(terminal.screen()).toContain('left: interrupted, running');
	});

	test('when what the command line asked for does not open', async () => {
		const terminal = start(['--first', 'sheet', '--file', '/tmp/missing.md']);
		expect((await terminal.exited).status).toBe(0);
		expect(terminal.modes()).toMatchObject(isRestored);
		expect(terminal.screen()).toContain('/tmp/missing.md is not there.');
	});

	test('when we made a mistake, with the mistake told on the normal screen', async () => {
		const terminal = start(['--first', 'run', '--scene', 'throwing']);
		expect((await terminal.exited).status).toBe(0);
		expect(terminal.modes()).toMatchObject(isRestored);
		expect(terminal.screen()).toContain('left: quit, no run, a mistake of ours');
	});
});

test('nothing that comes from outside reaches the terminal as a control sequence', async () => {
	const terminal = await atRun(['--scene', 'hostile']);
	await terminal.waitFor('never ends');
	terminal.press('3');
	await terminal.waitFor(screen => screen.includes(mark));
	expect(foreignIn(terminal.received(), [mark])).toEqual([]);
	expect(terminal.modes().alternateScreen).toBe(true);
});

test('a flood of output keeps the screen answering, and its newest line in view', async () => {
	const terminal = await atRun(['--scene', 'flood'], {columns: 160, rows: 45});
	await terminal.waitFor(/copying block/);
	terminal.press('?');
	await terminal.waitFor('─ Keys ─');
	terminal.press('Esc');
	await terminal.waitFor(screen => !screen.includes('─ Keys ─'));
	await terminal.waitFor(/before it not shown/);
});

test('a terminal that stops reading loses nothing once it reads again', async () => {
	const terminal = await atRun(['--scene', 'flood']);
	await terminal.waitFor('before it not shown');
	terminal.freeze();
	terminal.press('?');
	terminal.thaw();
	await terminal.waitFor('─ Keys ─');
});
