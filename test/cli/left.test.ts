import {copyFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {lookAtKeptOutput, lookAtRun} from '../../src/store/look.js';
import {insist, startInTerminal, type TerminalProgram} from '../terminal.js';
import {Fieldbook, root} from './fieldbook.js';

/** Steps that outlive their link, the boot of their host, or the network, by the real program in the lab. */

/** Each in a folder and a lab of its own: most of the time they wait. */
const it = test.extend<{fieldbook: Fieldbook}>({
	// biome-ignore lint/correctness/noEmptyPattern: Vitest reads the names out of the pattern.
	fieldbook: async ({}, use) => {
		const fieldbook = new Fieldbook();
		for (const file of ['long.md', 'late.md', 'restart.md', 'cut.md', 'lab.yaml', 'site.yaml']) {
			copyFileSync(join(root, 'test/cli/left', file), join(fieldbook.folder, file));
		}
		await use(fieldbook);
		await fieldbook.remove();
	},
});

async function atScreens<T>(
	fieldbook: Fieldbook,
	words: readonly string[],
	work: (program: TerminalProgram) => Promise<T>,
): Promise<T> {
	const program = startInTerminal([process.execPath, join(root, 'bin/fieldbook.js'), ...words], {
		...{columns: 100, rows: 30},
		env: fieldbook.env,
		cwd: fieldbook.folder,
	});
	try {
		return await work(program);
	} finally {
		await program.stop();
	}
}

function eventsOf(run: string) {
	return lookAtRun(run).events.map(({event}) => event);
}

function printed(run: string, step: string): string {
	const kept = lookAtKeptOutput(run, {step, host: 'ec1', attempt: 1, part: 'run'});
	return Buffer.concat(kept.map(({bytes}) => bytes)).toString();
}

const copied = Array.from({length: 9}, (_, piece) => `copied ${piece + 1} of 9\n`).join('');

/** The program dies in the middle of the long step. */
async function killedWhileItRuns(fieldbook: Fieldbook, run: string): Promise<void> {
	const words = ['rehearse', 'long.md', '--run-file', run, '--pace', 'auto', '--speed', '20'];
	await atScreens(fieldbook, words, async program => {
		await program.waitFor('Preflight in the lab');
		await insist(program, 'Enter', 'Linux');
		await insist(program, 'Enter', 'copied 2 of 9');
		program.signal('SIGKILL');
		await program.exited;
	});
}

describe.concurrent('a long step', () => {
	it('goes on when the program is killed: it ran once, and all of its output is there', async ({fieldbook}) => {
		const run = join(fieldbook.folder, 'long.fieldbook');
		await killedWhileItRuns(fieldbook, run);
		const {status, out} = await fieldbook.run('resume', run, '--plain', '--yes');
		expect(out).toMatch(/copy ec1 +looked up: it (is running|has ended) there/);
		expect(status).toBe(0);
		expect(printed(run, 'copy')).toBe(copied);
		expect(eventsOf(run).filter(({type}) => type === 'PartIntended')).toMatchObject([
			{step: 'copy', attempt: 1, detached: true},
			{step: 'once'},
		]);
		expect(await fieldbook.run('verify', run)).toMatchObject({status: 0});
	});

	it('is looked up by itself on the screen, and asks nobody', async ({fieldbook}) => {
		const run = join(fieldbook.folder, 'long.fieldbook');
		await killedWhileItRuns(fieldbook, run);
		await atScreens(fieldbook, ['resume', run], async program => {
			await program.waitFor(/ec1[\s\S]*go on/);
			await insist(program, 'Enter', 'All done');
			program.press('q');
			expect((await program.exited).status).toBe(0);
		});
		expect(eventsOf(run).some(({type}) => type === 'StepMarked' || type === 'RetryAsked')).toBe(false);
		expect(printed(run, 'copy')).toBe(copied);
	});
});

it.concurrent('a restart is done when the host is back with another boot, on Linux and on ESXi', async ({
	fieldbook,
}) => {
	const run = join(fieldbook.folder, 'restart.fieldbook');
	const {status, out} = await fieldbook.run('rehearse', 'restart.md', '--plain', '--yes', '--run-file', run);
	expect(out).toMatch(/✔ restart-node ec1 +done after \d+ s[\s\S]*✔ restart-host esxi1 +done after \d min/);
	expect(status).toBe(0);
	expect(eventsOf(run)).toContainEqual(
		expect.objectContaining({type: 'PartIntended', step: 'restart-host', reboots: true}),
	);
});

it.concurrent('a cut network is no unknown outcome: it is read when the network is back', {timeout: 180_000}, async ({
	fieldbook,
}) => {
	const run = join(fieldbook.folder, 'cut.fieldbook');
	const {status, out} = await fieldbook.run('rehearse', 'cut.md', '--plain', '--yes', '--run-file', run);
	expect(out).toMatch(/✔ cut-off ec1 +done/);
	expect(out).not.toContain('unknown');
	expect(status).toBe(0);
	expect(printed(run, 'cut-off')).toBe('going\nback\n');
});

it.concurrent('what ended while its link was lost is read whole, whatever its time limit', {timeout: 180_000}, async ({
	fieldbook,
}) => {
	const run = join(fieldbook.folder, 'late.fieldbook');
	const {status} = await fieldbook.run('rehearse', 'late.md', '--plain', '--yes', '--run-file', run);
	expect(status).toBe(0);
	expect(printed(run, 'late')).toBe('going\nback\n');
});

it.concurrent('with --detach always a direct step is left to its host too', async ({fieldbook}) => {
	const run = join(fieldbook.folder, 'always.fieldbook');
	fieldbook.write(
		'short.md',
		'---\nfieldbook: 1\ntitle: Short\nhosts:\n  ec1: { platform: linux }\n  esxi1: { platform: esxi }\n---\n# Short\n\nTouch it.\n\n```sh on=ec1 id=touch\ntouch /root/it\n```\n\nTouch it there.\n\n```sh on=esxi1 id=there\ntouch /tmp/it\n```\n',
	);
	const ended = await fieldbook.run(
		'rehearse',
		'short.md',
		'--plain',
		'--yes',
		'--run-file',
		run,
		'--detach',
		'always',
	);
	expect(ended.status).toBe(0);
	expect(eventsOf(run).filter(({type}) => type === 'PartIntended')).toMatchObject([
		{step: 'touch', detached: true},
		{step: 'there', detached: true},
	]);
});
