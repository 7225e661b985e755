import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import {lookAtRun} from '../../src/store/look.js';
import {haveSshd, type Sshd, startSshd} from '../sshd.js';
import {startInTerminal, type TerminalProgram} from '../terminal.js';
import {Fieldbook, root} from './fieldbook.js';

/** A document that knows nothing of fieldbook; what its script does leaves a mark in the folder. */
const document = (folder: string) => `# Name the server

1. Write the name down:

   \`\`\`sh
   echo %%NAME%% > ${folder}/name
   \`\`\`

- Read it out loud. Spell
  every letter.

\`\`\`
$ cat ${folder}/name
10.0.0.1 a name
\`\`\`
`;

describe.skipIf(!haveSshd())('a document without front matter of ours', () => {
	let fieldbook: Fieldbook;
	let sshd: Sshd;
	beforeEach(async () => {
		fieldbook = new Fieldbook();
		sshd = await startSshd();
	});
	afterEach(async () => {
		await sshd.stop();
		await fieldbook.remove();
	});

	function files() {
		const host = (address: string) =>
			`{ address: ${address}, port: ${sshd.port}, user: ${sshd.user}, auth: key, key: ${sshd.userKey} }`;
		fieldbook.write('known_hosts', `[127.0.0.1]:${sshd.port},[localhost]:${sshd.port} ${sshd.hostKeyLines[0]}\n`);
		return {
			book: fieldbook.write('book.md', document(fieldbook.folder)),
			site: fieldbook.write(
				'sheet.yaml',
				`hosts:\n  one: ${host('127.0.0.1')}\n  two: ${host('localhost')}\nknown_hosts: ./known_hosts\n`,
			),
			run: join(fieldbook.folder, 'book.fieldbook'),
		};
	}

	test('without a terminal stops at its first question, with a status and clear words', async () => {
		const {book, site, run} = files();
		const {status, out, err} = await fieldbook.run('run', book, '--site', site, '--run-file', run);
		expect(err).toBe('');
		expect(out).toContain('! Where does this run? Write the name down');
		expect(out).toContain('%%NAME%% looks as if something was to be filled in');
		expect(out).toContain('You can: choose a host, none: I do this by hand, skip');
		expect(out).toContain(`To go on: fieldbook resume ${run}`);
		expect(status).toBe(1);

		const next = await fieldbook.run('run', book, '--start-at', 'name-the-server.2', '--plain');
		expect(next.out).toContain('! Read it out loud\n    Read it out loud. Spell every letter.\n    You can: done,');
		const without = await fieldbook.run('run', book);
		expect(without.out).toContain('No site file names a host where it could run');
		expect(without.out).toContain('You can: none: I do this by hand, skip');
		expect(without.status).toBe(1);
	});

	test('asks for the host of each script, offers the last one, and runs nothing by itself', async () => {
		const {book, site, run} = files();
		const words = ['run', book, '--site', site, '--run-file', run, '--pace', 'auto'];
		const program = startInTerminal([process.execPath, join(root, 'bin/fieldbook.js'), ...words], {
			columns: 100,
			rows: 40,
			env: {...fieldbook.env, NO_COLOR: '1'},
			cwd: fieldbook.folder,
		});
		await answer(program, 'Enter', /book|begin/, /↵ begin/);
		await answer(program, 'Enter', /↵ begin/, /▌ one {2}127/);
		await answer(program, 'Down', /▌ one {2}127/, /▌ two {2}localhost/);
		await answer(program, 'Enter', /▌ two/, /↵ run on two/);

		// The wrong one: another is chosen, and the word to go is asked for anew
		await answer(program, 'o', /↵ run on two/, /▌ two {2}localhost/);
		await answer(program, 'Up', /▌ two/, /▌ one {2}127/);
		await answer(program, 'Enter', /▌ one/, /↵ run on one/);
		await answer(program, 'Enter', /↵ run on one/, /Read it out[\s\S]*↵ done/);
		await answer(program, 'Enter', /↵ done/, /▌ one {2}127[\s\S]*none/);
		await answer(program, 'Down', /▌ one {2}127/, /▌ two/);
		await answer(program, 'Down', /▌ two/, /▌ none/);
		await answer(program, 'Enter', /▌ none/, /↵ done/);
		await answer(program, 'Enter', /↵ done/, /3 steps/);
		program.press('q');
		expect((await program.exited).status).toBe(0);

		const events = lookAtRun(run).events.map(({event}) => event);
		expect(events.flatMap(event => (event.type === 'HostChosen' ? [event.host] : []))).toEqual(['two', 'one', 'none']);
		expect(events.flatMap(event => (event.type === 'PartIntended' ? [event.host] : []))).toEqual(['one']);
		expect(readFileSync(join(fieldbook.folder, 'name'), 'utf8')).toBe('%%NAME%%\n');
	});
});

/** A question ignores what is typed in its first moments: pressed again until the screen has changed. */
async function answer(program: TerminalProgram, key: string, before: RegExp, after: RegExp): Promise<void> {
	await program.waitFor(before);
	await vi.waitUntil(
		() => {
			if (after.test(program.screen())) {
				return true;
			}

			if (before.test(program.screen())) {
				program.press(key);
			}

			return false;
		},
		{timeout: 20_000, interval: 350},
	);
}
