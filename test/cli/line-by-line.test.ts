import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {lookAtRun} from '../../src/store/look.js';
import {startInTerminal, type TerminalProgram} from '../terminal.js';
import {Fieldbook, root} from './fieldbook.js';

const power = join(root, 'test/cli/power/power.md');

let fieldbook: Fieldbook;
beforeAll(() => {
	fieldbook = new Fieldbook();
});
afterAll(() => fieldbook.remove());

/** In a terminal that can do nothing but print, or that a screen reader reads. */
function start(env: Readonly<Record<string, string>>, ...words: readonly string[]): TerminalProgram {
	return startInTerminal([process.execPath, join(root, 'bin/fieldbook.js'), ...words], {
		columns: 100,
		rows: 40,
		env: {...fieldbook.env, NO_COLOR: undefined, ...env},
		cwd: fieldbook.folder,
	});
}

/** Waits for each text in turn, behind the one before, and answers it. */
async function talk(
	program: TerminalProgram,
	turns: ReadonlyArray<readonly [heard: string | RegExp, ...keys: string[]]>,
) {
	let from = 0;
	for (const [heard, ...keys] of turns) {
		const at = () => {
			const text = program.received().slice(from);
			return typeof heard === 'string' ? text.indexOf(heard) : text.search(heard);
		};
		await program.waitFor(() => at() >= 0 && /(> |: )$/.test(program.received()));
		from = program.received().length;
		program.press(...keys);
	}
}

describe('where no screen can be drawn a person answers line by line', () => {
	test.each([
		['TERM=dumb', {TERM: 'dumb'}],
		['a screen reader', {INK_SCREEN_READER: 'true'}],
	])('%s: from preflight to the end, gates and values included', {timeout: 120_000}, async (_name, env) => {
		const run = join(fieldbook.folder, `${Object.keys(env)[0]}.fieldbook`);
		const program = start(env, 'rehearse', power, '--run-file', run, '--speed', '1000');
		await talk(program, [
			['Enter: begin', 'Enter'],
			[/vmware -v[\s\S]*Enter: run on both/, 'Enter'],
			['Power is cut', 'x', 'Enter'],
			['That is none of these', 'Enter'],
			['calls itself', 'esxi1', 'Enter'],
			[/Pull the cords[\s\S]*Enter: let the lab do it/, 'Enter'],
			['Enter: run on esxi2', 'Enter'],
			['/tmp/conf', 'Enter'],
			[/Switch ESXi#1 on[\s\S]*let the lab do it/, 'Enter'],
			[/It is back[\s\S]*Enter: run on esxi1/, 'Enter'],
			['serial number', 'd', 'Enter'],
			['serial: ', 'ABC123', 'Enter'],
			['Enter: run on esxi2', 'Enter'],
		]).catch(error => {
			throw new Error(`${error}\n${program.received()}`);
		});
		expect(await program.exited).toMatchObject({status: 0});
		expect(program.received()).not.toContain('\u001B');
		expect(lookAtRun(run).events.at(-1)?.event.type).toBe('RunFinished');
	});

	test('q pauses the run, and says how to go on', async () => {
		const program = start({TERM: 'dumb'}, 'rehearse', power, '--run-file', join(fieldbook.folder, 'left.fieldbook'));
		await talk(program, [
			['Enter: begin', 'Enter'],
			['Enter: run on both', 'q', 'Enter'],
		]);
		expect(await program.exited).toMatchObject({status: 1});
		expect(program.received()).toMatch(/fieldbook resume .*left\.fieldbook/);
	});

	test('a reason that is left empty skips nothing', async () => {
		const run = join(fieldbook.folder, 'reason.fieldbook');
		const program = start({TERM: 'dumb'}, 'rehearse', power, '--run-file', run);
		await talk(program, [
			['Enter: begin', 'Enter'],
			['s: skip', 's', 'Enter'],
		]);
		await program.waitFor('Reason: ');
		program.press('Enter');
		await program.waitFor(/Reason: \n> /);
		program.press('q', 'Enter');
		await program.exited;
		expect(lookAtRun(run).events.map(({event}) => event.type)).not.toContain('StepSkipped');
	});
});
