import {copyFileSync, mkdirSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test, vi} from 'vitest';
import {lookAtRun} from '../../src/store/look.js';
import {expectGolden} from '../graph/golden.js';
import {startInTerminal, type TerminalProgram} from '../terminal.js';
import {Fieldbook, root} from './fieldbook.js';

let fieldbook: Fieldbook;
beforeAll(() => {
	fieldbook = new Fieldbook();
});
afterAll(() => fieldbook.remove());

type Stopped = {
	readonly run: string;
	readonly book: string;
	readonly edit: (changes: Readonly<Record<string, string>>) => void;
};

/** A rehearsal of the small runbook that stops at its third step, which fails for a slip of the pen. */
async function stopped(name: string): Promise<Stopped> {
	const folder = join(fieldbook.folder, name);
	mkdirSync(folder);
	for (const file of ['book.md', 'lab.yaml', 'site.yaml']) {
		copyFileSync(join(root, 'test/cli/drift', file), join(folder, file));
	}

	const book = join(folder, 'book.md');
	const run = join(folder, 'run.fieldbook');
	const {status, out} = await fieldbook.run('rehearse', book, '--run-file', run, '--pace', 'step');
	expect(out).toContain('/tmp/wrod');
	expect(status).toBe(1);
	const edit = (changes: Readonly<Record<string, string>>) => {
		const text = Object.entries(changes).reduce(
			(before, [from, to]) => {
				expect(before).toContain(from);
				return before.replace(from, to);
			},
			readFileSync(book, 'utf8'),
		);
		writeFileSync(book, text);
	};
	return {run, book, edit};
}

/** A done step, the failed one, a pending one, and a new one. */
const four = {
	'vmware -v\n': 'vmware -vl\n',
	'/tmp/wrod': '/tmp/word',
	'echo goodbye': 'echo farewell',
	'Leave a word': 'Make room.\n\n```sh on=esxi2 id=room\nmkdir -p /tmp/room\n```\n\nLeave a word',
};

function resume(
	size: {readonly columns: number; readonly rows: number},
	env: Readonly<Record<string, string>>,
	...words: readonly string[]
): TerminalProgram {
	return startInTerminal([process.execPath, join(root, 'bin/fieldbook.js'), 'resume', ...words], {
		...size,
		env: {...fieldbook.env, NO_COLOR: undefined, ...env},
		cwd: fieldbook.folder,
	});
}

function eventsOf(run: string) {
	return lookAtRun(run).events.map(({event}) => event);
}

/** Which steps were begun, in order. */
function begun(run: string): readonly string[] {
	return eventsOf(run).flatMap(event => (event.type === 'PartIntended' ? [`${event.step}@${event.host}`] : []));
}

describe('a runbook that was edited in the middle of its run', () => {
	test('line by line: the difference is shown, asked about once, and the run goes on with it', {
		timeout: 120_000,
	}, async () => {
		const {run, edit} = await stopped('lines');
		edit(four);
		const program = resume({columns: 100, rows: 40}, {TERM: 'dumb'}, run);
		await program.waitFor(() => /Enter: keep what the run has[\s\S]*> $/.test(program.received()));
		expect(program.received().replaceAll('\r', '')).toContain(
			[
				'! book.md is not what this run executes: 4 steps differ.',
				'    ~ Read the build of each host on esxi1, esxi2',
				'        changed: script · done: it is not run again',
				'    + Make room on esxi2',
				'        added · it stands before what was begun: it runs next',
				'    ~ Read the word again on esxi1',
				'        changed: script · failed: the next attempt is as it says now',
				'    ~ Say goodbye on esxi2',
				'        changed: script · not begun: it runs as it says now',
			].join('\n'),
		);
		program.press('a', 'Enter');
		for (const [heard, ...keys] of [
			['Enter: begin', 'Enter'],
			['mkdir -p /tmp/room', 'Enter'],
			['run again', 'r', 'Enter'],
			['cat /tmp/word', 'Enter'],
			['echo farewell', 'Enter'],
		] as const) {
			await program.waitFor(() => program.received().includes(heard) && program.received().endsWith('> '));
			program.press(...keys);
		}

		expect(await program.exited).toMatchObject({status: 0});
		expect(begun(run)).toEqual([
			'build@esxi1',
			'build@esxi2',
			'word@esxi1',
			'again@esxi1',
			'room@esxi2',
			'again@esxi1',
			'goodbye@esxi2',
		]);
		const shown = await fieldbook.run('show', run);
		expect(shown.out).toMatch(/Make room +esxi2 +done/);
		expect(shown.out).toMatch(/Read the build.*its text was changed since/);
		expect((await fieldbook.run('verify', run)).status).toBe(0);
	});

	test.for([
		[80, 24],
		[160, 45],
	] as const)(
		'%ix%i: the same on the screen, read to its end before it can be adopted',
		{timeout: 120_000},
		async ([columns, rows]) => {
			const {run, edit} = await stopped(`screen-${columns}`);
			edit(four);
			const program = resume({columns, rows}, {}, run);
			await program.waitFor('The runbook was edited');
			expectGolden(import.meta.url, `edited.${columns}x${rows}.txt`, `${program.screen()}\n`);
			await press(program, 'a', () => isDecided(program));
			await program.waitFor(/esxi2 .*VMware ESXi/);
			await press(program, 'Enter', () => program.screen().includes('mkdir -p /tmp/room'));
			program.signal('SIGTERM');
			await program.exited;
			expect(eventsOf(run).findLast(({type}) => type === 'RunbookAdopted')).toMatchObject({
				changed: ['build', 'again', 'goodbye'],
				added: ['room'],
			});
		},
	);

	test('what was adopted goes on from the run file alone', {timeout: 120_000}, async () => {
		const {run, book, edit} = await stopped('alone');
		edit(four);
		const program = resume({columns: 100, rows: 30}, {}, run);
		await program.waitFor('The runbook was edited');
		await press(program, 'a', () => isDecided(program));
		await program.waitFor(/esxi2 .*VMware ESXi/);
		program.signal('SIGTERM');
		await program.exited;
		renameSync(book, `${book}.away`);
		const {out, err} = await fieldbook.run('resume', run);
		expect(err).toBe('');
		expect(out).not.toContain('is not what this run executes');
		expect(begun(run).slice(4)).toEqual(['room@esxi2']);
		const {steps} = JSON.parse((await fieldbook.run('show', run, '--json')).out);
		expect(
			steps.map(({id, host, state}: {id: string; host: string; state: string}) => `${id} ${host} ${state}`),
		).toEqual([
			'build esxi1 done',
			'build esxi2 done',
			'room esxi2 done',
			'word esxi1 done',
			'again esxi1 failed',
			'goodbye esxi2 waiting',
		]);
	});

	test('documents that it includes and files that it links to count too', async () => {
		const {run, book, edit} = await stopped('more');
		edit({
			'Say goodbye.':
				'Put it there.\n\n[the file](conf) <!-- file=/tmp/conf on=esxi2 id=conf -->\n\n[more](more.md) <!-- include -->\n\nSay goodbye.',
		});
		const [more, conf] = ['more.md', 'conf'].map(name => book.replace('book.md', name));
		writeFileSync(
			more ?? '',
			'---\nfieldbook: 1\nhosts:\n  esxi1: { group: esxi, platform: esxi, label: "ESXi#1" }\n  esxi2: { group: esxi, platform: esxi, label: "ESXi#2" }\n---\n\n# More\n\nLook.\n\n```sh on=esxi2 id=look\necho look\n```\n',
		);
		writeFileSync(conf ?? '', 'one\n');
		const other = `${run}.2`;
		expect((await fieldbook.run('rehearse', book, '--run-file', other)).err).toBe('');
		expect((await fieldbook.run('resume', other)).out).not.toContain('is not what this run executes');
		writeFileSync(conf ?? '', 'two\n');
		expect((await fieldbook.run('resume', other)).out).toMatch(/1 step differs[\s\S]*changed: file · not begun/);
		writeFileSync(more ?? '', readFileSync(more ?? '', 'utf8').replace('echo look', 'echo see'));
		expect((await fieldbook.run('resume', other)).out).toMatch(/2 steps differ[\s\S]*~ Look on esxi2/);
	});

	test('Enter keeps what the run has, and the same text is not asked about again', {timeout: 120_000}, async () => {
		const {run, book, edit} = await stopped('kept');
		edit(four);
		const program = resume({columns: 100, rows: 30}, {}, run);
		await program.waitFor('The runbook was edited');
		await press(program, 'Enter', () => isDecided(program));
		await program.waitFor(/esxi2 .*VMware ESXi/);
		program.signal('SIGTERM');
		await program.exited;
		expect(eventsOf(run).map(({type}) => type)).toContain('RunbookKept');
		const again = await fieldbook.run('resume', run);
		expect(again.out).not.toContain('is not what this run executes');
		const named = await fieldbook.run('resume', run, '--runbook', book);
		expect(named.out).toContain('4 steps differ');
		edit({'echo farewell': 'echo so long'});
		expect((await fieldbook.run('resume', run)).out).toContain('is not what this run executes');
		expect(begun(run)).not.toContain('room@esxi2');
	});

	test('where nobody sits it is kept, and that is said', async () => {
		const {run, edit} = await stopped('nobody');
		edit(four);
		const {out, status} = await fieldbook.run('resume', run);
		expect(out).toContain('Nobody could be asked: the run keeps its own runbook.');
		expect(status).toBe(1);
		expect(eventsOf(run).map(({type}) => type)).not.toContain('RunbookKept');
	});

	test('other words alone are told and not asked about', async () => {
		const {run, edit} = await stopped('words');
		edit({'Say goodbye.': 'Say goodbye to the second one.'});
		const {out} = await fieldbook.run('resume', run);
		expect(out).toMatch(/1 step differs, in words only[\s\S]*Nothing that is executed was changed/);
	});

	test('where its file is not, as on another laptop, the run simply goes on', async () => {
		const {run, book, edit} = await stopped('elsewhere');
		edit(four);
		renameSync(book, `${book}.away`);
		const {out, err, status} = await fieldbook.run('resume', run);
		expect([out.includes('differ'), err, status]).toEqual([false, '', 1]);
	});

	test('with mistakes in it, it cannot be adopted', async () => {
		const {run, edit} = await stopped('mistakes');
		edit({'id=goodbye': 'id=goodbye tiemout=1m'});
		expect((await fieldbook.run('resume', run)).out).toContain('has 1 error now: the run keeps its own runbook');
	});

	test('a host and a value that the run does not have stand in the way, and are named', async () => {
		const {run, edit} = await stopped('hosts');
		edit({
			'  word:': '  color: { type: name }\n  word:',
			'  esxi2:': '  ec1: { platform: linux }\n  esxi2:',
			'echo goodbye': 'echo {{color}}',
		});
		const {out} = await fieldbook.run('resume', run);
		expect(out).toContain('The host ec1 is new, and this run does not know where it is.');
		expect(out).toContain('The value "color" is empty');
		const given = await fieldbook.run('resume', run, '--set', 'color=red');
		expect(given.out).not.toContain('The value "color"');
	});
});

function isDecided(program: TerminalProgram): boolean {
	return !program.screen().includes('The runbook was edited');
}

/** A question ignores what is typed in its first moments: press again. */
async function press(program: TerminalProgram, key: string, isAnswered: () => boolean): Promise<void> {
	await vi.waitUntil(
		() => {
			if (isAnswered()) {
				return true;
			}

			program.press(key);
			return false;
		},
		{timeout: 20_000, interval: 350},
	);
}
