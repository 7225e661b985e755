import {createHash} from 'node:crypto';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import type {FileToPut, RemoteCommand} from '../../src/engine/ports.js';
import {withoutClixml} from '../../src/text/clixml.js';
import type {Subject} from './contract.js';
import {begin, command, type Exec, execOn, type Result} from './parts.js';

const interpreter = ['powershell', '-NoProfile', '-NonInteractive', '-ExecutionPolicy', 'Bypass'] as const;

/** What every Windows host with OpenSSH does through our transport. `forever` is PowerShell. */
export function describeWindowsHost(title: string, start: () => Promise<Subject>): void {
	describe(`${title} keeps the contract of a Windows host`, () => {
		let subject: Subject;
		beforeAll(async () => {
			subject = await start();
		});
		afterAll(() => subject.stop());

		const begun = (script: string, changes: Partial<RemoteCommand> = {}) =>
			begin(execOn(subject.transport, subject.host), command(script, {interpreter, ...changes}), subject.host.encoding);
		const run = async (script: string, changes: Partial<RemoteCommand> = {}): Promise<Result> => {
			const {outcome, out, err} = await begun(script, changes).result;
			return {outcome, out, err: withoutClixml(err)};
		};

		test('contact says what the host is, and the time is in order', async () => {
			const contact = await subject.transport.contact(subject.host, undefined);

			expect(contact).toMatchObject({
				kind: 'reached',
				facts: {
					fingerprint: expect.stringMatching(/^SHA256:[^=]{43}$/),
					version: expect.stringMatching(/^Windows .*\d+\.\d+\.\d+$/),
				},
			});
			expect(contact.kind === 'reached' ? contact.facts.name : '').not.toBe('');
			expect(contact.kind === 'reached' ? contact.facts.uptimeSeconds : 0).toBeGreaterThan(0);
			expect(contact.kind === 'reached' ? contact.facts.clockSkewMs : null).not.toBeNull();
		});

		test('a job runs attached, and a look-up knows only whether the host has booted since', async () => {
			const {transport, host} = subject;
			const contact = await transport.contact(host, undefined);
			const boot = contact.kind === 'reached' ? (contact.facts.bootId ?? undefined) : undefined;
			const job = {job: 'r1.step.hv1.1.run', as: undefined, boot, epoch: 1};
			const exec: Exec = (remote, sink, cancel) => transport.execJob(host, job, remote, sink, cancel);

			expect(boot).toMatch(/^since-\d+$/);
			expect((await begin(exec, command('exit 3', {interpreter})).result).outcome).toEqual({kind: 'exited', code: 3});
			expect(await transport.lookUpJob(host, job)).toEqual({kind: 'gone', because: 'attached'});
			const before = {...job, boot: 'since-1000000000'};
			expect(await transport.lookUpJob(host, before)).toEqual({kind: 'gone', because: 'rebooted'});
			expect(
				(await begin((_, sink, cancel) => transport.followJob(host, job, sink, cancel), command('')).result).outcome,
			).toMatchObject({kind: 'lost'});
		});

		test('it answers', async () => {
			expect(await subject.transport.answers(subject.host)).toBe(true);
		});

		test.each([0, 1, 3, 255, 3010])('exit code %i is passed on', async code => {
			expect((await run(`exit ${code}`)).outcome).toEqual({kind: 'exited', code});
		});

		test('both streams arrive apart, and nothing is added or lost', async () => {
			expect(await run("'to out'; [Console]::Error.WriteLine('to err')")).toEqual({
				outcome: {kind: 'exited', code: 0},
				out: 'to out\r\n',
				err: 'to err\r\n',
			});
		});

		test('a script that prints nothing prints nothing', async () => {
			expect(await run('$x = 1')).toEqual({outcome: {kind: 'exited', code: 0}, out: '', err: ''});
		});

		test('quotes, dollars, backticks, here-strings and Japanese come through as written', async () => {
			const script = [
				`"it's" + ' "q" $x \`n ' + "\`$y"`,
				"@'",
				'a \'quoted\' "line" $z %OS% & | < > ^',
				'日本語 ’curly’',
				"'@",
				'# the end',
			].join('\n');

			expect((await run(script)).out).toBe(
				[`it's "q" $x \`n $y`, 'a \'quoted\' "line" $z %OS% & | < > ^', '日本語 ’curly’', ''].join('\r\n'),
			);
		});

		test('an error ends the script with 1, and says where it was in the script', async () => {
			const {outcome, out, err} = await run("'before'\nGet-Item C:\\no-such-thing\n'after'");

			expect({outcome, out}).toEqual({outcome: {kind: 'exited', code: 1}, out: 'before\r\n'});
			expect(err).toMatch(/^Get-Item : .*C:\\no-such-thing.*\r?\n.*:2 /);
		});

		test('throw ends it with 1, and what is caught does not', async () => {
			expect((await run("throw 'boom'")).outcome).toEqual({kind: 'exited', code: 1});
			expect(await run("try { Get-Item C:\\no-such-thing } catch { 'caught' }")).toMatchObject({
				outcome: {kind: 'exited', code: 0},
				out: 'caught\r\n',
			});
		});

		test('the exit code of the last program is the script’s, whatever came after it', async () => {
			expect((await run('cmd /c exit 5')).outcome).toEqual({kind: 'exited', code: 5});
			expect((await run("cmd /c exit 5; 'after'")).outcome).toEqual({kind: 'exited', code: 5});
			expect((await run('cmd /c exit 5; cmd /c exit 0')).outcome).toEqual({kind: 'exited', code: 0});
			expect((await run('cmd /c exit 5; exit 0')).outcome).toEqual({kind: 'exited', code: 0});
		});

		test('a command that nobody knows ends it with 1', async () => {
			const {outcome, err} = await run('Get-NoSuchThing');

			expect(outcome).toEqual({kind: 'exited', code: 1});
			expect(err).toContain('Get-NoSuchThing');
		});

		test('what PowerShell cannot read never runs', async () => {
			const {outcome, out} = await run("'ran'\nif (");

			expect({outcome, out}).toEqual({outcome: {kind: 'exited', code: 1}, out: ''});
		});

		test('variables are there as they are; an empty one reads as empty', async () => {
			const variables = {plain: 'x', odd: `it's "q" $HOME \`n ’ \\ 日本`, lines: 'one\ntwo', empty: ''};
			const script = '[string]::Join("|", @($env:plain, $env:odd, $env:lines, "$env:empty"))';

			expect((await run(script, {variables})).out).toBe(
				`${Object.values(variables).join('|').replace('\n', '\r\n')}\r\n`,
			);
		});

		test('secrets are there as they are, and stand in no command line', async () => {
			const secrets = {pin: ' 12 34` ', key: '-----BEGIN-----\n\nabc\n-----END-----', kana: 'ひみつ', empty: ''};
			const script = '[string]::Join("|", @($env:pin, $env:key, $env:kana, "$env:empty"))';

			expect((await run(script, {secrets})).out).toBe(
				`${Object.values(secrets).join('|').replaceAll('\n', '\r\n')}\r\n`,
			);
		});

		test('a script reads nothing from us', async () => {
			expect(await run('$null -eq [Console]::In.ReadLine()', {secrets: {pin: '1234'}})).toMatchObject({
				out: 'True\r\n',
			});
		});

		test('a script of 40,000 characters runs, values and secrets too', async () => {
			const script = `# ${'x'.repeat(40_000)}\n"end: $env:word $env:pin 日本"`;

			expect(await run(script, {variables: {word: 'ok'}, secrets: {pin: '1'}})).toEqual({
				outcome: {kind: 'exited', code: 0},
				out: 'end: ok 1 日本\r\n',
				err: '',
			});
		});

		test('output arrives while the script runs, and cancelling ends it and its children for good', async () => {
			const running = begun(`"begun $PID"; powershell -Command "${subject.forever}"; 'never'`);
			const [, processId] = /begun (\d+)/.exec(await running.printed('\n')) ?? [];
			running.cancel();

			expect(await running.result).toMatchObject({
				outcome: {kind: 'signaled', signal: 'SIGKILL'},
				out: `begun ${processId}\r\n`,
			});
			expect((await run(`Get-Process -Id ${processId}`)).outcome).toEqual({kind: 'exited', code: 1});
		});

		test('a script that takes too long is ended, and says so', async () => {
			expect((await run(`${subject.forever}`, {timeoutMs: 300})).outcome).toEqual({kind: 'timedOut', afterMs: 300});
		});

		test('more scripts at once than a host takes wait for their turn', async () => {
			const numbers = Array.from({length: 6}, (_, index) => index);
			const results = await Promise.all(numbers.map(number => run(`${number}`)));

			expect(results.map(({out}) => out)).toEqual(numbers.map(number => `${number}\r\n`));
		});

		test.each([
			['sudo', {as: 'root'}, 'as=root'],
			['another shell', {interpreter: ['sh', '-eu'] as const}, 'PowerShell'],
			['a NUL', {variables: {x: 'a\0b'}}, 'NUL'],
		])('%s is refused by name, and nothing is sent', async (_, changes, word) => {
			expect((await run('1', changes)).outcome).toMatchObject({
				kind: 'notStarted',
				reason: expect.stringContaining(word),
			});
		});

		describe('files', () => {
			const bytes = Buffer.from([0, 255, 10, 13, 10, ...Buffer.from('設定 "$x"')]);
			const hash = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');
			const at = (name: string) => `${subject.folder}/${name}`;
			const put = (path: string, changes: Partial<FileToPut> = {}) =>
				subject.transport.putFile(
					subject.host,
					{path, bytes, mode: undefined, owner: undefined, as: undefined, backup: `${path}.before`, ...changes},
					'run.step.hv1.1.run',
				);
			const stat = (path: string) => subject.transport.statFile(subject.host, path);
			const read = async (path: string) => {
				const found = await subject.transport.readFile(subject.host, path);
				return found instanceof Uint8Array ? Buffer.from(found) : found;
			};

			test('a file that is not there is null', async () => {
				expect(await stat(at('nobody'))).toBeNull();
				expect(await read(at('nobody'))).toBeNull();
			});

			test('a new file arrives whole and needs no backup', async () => {
				expect(await put(at('new file'))).toEqual({kind: 'exited', code: 0});
				expect(await stat(at('new file'))).toMatchObject({sha256: hash(bytes)});
				expect(await read(at('new file'))).toEqual(bytes);
				expect(await stat(at('new file.before'))).toBeNull();
			});

			test('an old file is replaced and kept as the backup, which a later one never overwrites', async () => {
				for (const text of ['first\n', 'second\n', 'third\n']) {
					expect(await put(at('twice'), {bytes: Buffer.from(text)})).toEqual({kind: 'exited', code: 0});
				}

				expect(await read(at('twice'))).toEqual(Buffer.from('third\n'));
				expect(await read(at('twice.before'))).toEqual(Buffer.from('first\n'));
			});

			test('a large file arrives whole', async () => {
				const large = Buffer.alloc(1_000_000, 'abc\n');

				expect(await put(at('large'), {bytes: large})).toEqual({kind: 'exited', code: 0});
				expect(await stat(at('large'))).toMatchObject({sha256: hash(large)});
				expect(await read(at('large'))).toMatchObject({kind: 'notStarted', reason: expect.stringContaining('longer')});
			});

			test('where there is no folder, nothing is left behind and nothing has happened', async () => {
				expect(await put(at('no/such/file'))).toMatchObject({
					kind: 'notStarted',
					reason: expect.stringContaining('there is no folder'),
				});
				expect((await run(`(Get-ChildItem '${subject.folder}').Name -like '*fieldbook*'`)).out).toBe('');
			});

			test('a folder is no file', async () => {
				expect(await stat(subject.folder)).toMatchObject({kind: 'notStarted'});
				expect(await put(subject.folder)).toMatchObject({kind: 'notStarted'});
			});

			test('a mode and an owner mean nothing there, and are refused', async () => {
				expect(await put(at('x'), {mode: '0644'})).toMatchObject({
					kind: 'notStarted',
					reason: expect.stringContaining('mode=0644'),
				});
				expect(await put(at('x'), {owner: 'root'})).toMatchObject({kind: 'notStarted'});
			});

			test('an old file takes its name back, once; a changed one stays', async () => {
				const path = at('undone');
				const [old, wanted] = [Buffer.from('old\n'), Buffer.from('new\n')];
				const restore = () =>
					subject.transport.restoreFile(
						subject.host,
						{path, sha256: hash(wanted), old: {path: `${path}.before`, sha256: hash(old)}, as: undefined},
						'job',
					);
				await put(path, {bytes: old});
				await put(path, {bytes: wanted});

				expect(await restore()).toEqual({kind: 'exited', code: 0});
				expect(await read(path)).toEqual(old);
				expect(await restore()).toEqual({kind: 'exited', code: 0});
				await put(path, {bytes: wanted});
				await put(path, {bytes: Buffer.from('somebody else\n')});
				expect(await restore()).toMatchObject({kind: 'notStarted', reason: expect.stringContaining('changed since')});
			});

			test('where there was none, undoing takes the new one away', async () => {
				const path = at('fresh');
				const file = {path, sha256: hash(bytes), old: undefined, as: undefined};
				await put(path);

				expect(await subject.transport.restoreFile(subject.host, file, 'job')).toEqual({kind: 'exited', code: 0});
				expect(await stat(path)).toBeNull();
			});
		});
	});
}
