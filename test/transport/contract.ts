import {createHash} from 'node:crypto';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import type {FileToPut, FileToRestore, HostAccess, Transport} from '../../src/engine/ports.js';
import {describeJobs} from './jobs-contract.js';
import {begin, command, type Exec, execOn, fileAt, type Result} from './parts.js';

/** A host to hold to the contract, with the transport that reaches it. */
export type Subject = {
	readonly transport: Transport;
	readonly host: HostAccess;
	/** On the host: an empty folder that the login user may write to. */
	readonly folder: string;
	/** Runs until it is ended, saying nothing. Where the world's time is not ours, `sleep` may be over at once. */
	readonly forever?: string;
	stop(): Promise<void>;
};

export type PosixSubject = Subject & {
	/** Another transport to the same host, as from another laptop; to be closed. */
	another(options?: {readonly keptOutput?: number}): Transport;
};

/** What every host with a POSIX shell does through our transport, be it a real one or the lab's. */
export function describePosixHost(title: string, start: () => Promise<PosixSubject>): void {
	describe(`${title} keeps the contract of a POSIX host`, () => {
		let subject: PosixSubject;
		beforeAll(async () => {
			subject = await start();
		});
		afterAll(() => subject.stop());

		describeExec(
			() => execOn(subject.transport, subject.host),
			() => subject.forever ?? 'sleep 600',
		);

		test('contact says what the host is', async () => {
			const contact = await subject.transport.contact(subject.host, undefined);

			expect(contact).toMatchObject({
				kind: 'reached',
				facts: {fingerprint: expect.stringMatching(/^SHA256:[^=]{43}$/)},
			});
			expect(contact.kind === 'reached' ? contact.facts.name : '').not.toBe('');
			expect(contact.kind === 'reached' ? contact.facts.version : '').not.toBe('');
		});

		test('it answers', async () => {
			expect(await subject.transport.answers(subject.host)).toBe(true);
		});

		test('who is to run it may be the login user himself, who needs no sudo', async () => {
			const exec = execOn(subject.transport, subject.host);
			const user = (await begin(exec, command('id -un')).result).out.trim();
			const secrets = {pin: '12 34'};

			expect(await begin(exec, command('id -un; echo "$pin"', {as: user, secrets})).result).toEqual({
				outcome: {kind: 'exited', code: 0},
				out: `${user}\n12 34\n`,
				err: '',
			});
		});

		test('for another user the sheet must allow sudo: else nothing runs, and the line to write is named', async () => {
			const {outcome, out} = await begin(execOn(subject.transport, subject.host), command('echo ran', {as: 'operator'}))
				.result;

			expect(outcome).toMatchObject({
				kind: 'notStarted',
				reason: expect.stringContaining(`"sudo: true" for ${subject.host.name}`),
			});
			expect(out).toBe('');
		});

		describe('jobs', () => {
			let boot: string | undefined;
			beforeAll(async () => {
				const contact = await subject.transport.contact(subject.host, undefined);
				boot = contact.kind === 'reached' ? (contact.facts.bootId ?? undefined) : undefined;
			});

			test('the host says which boot it is in', () => {
				expect(boot).toMatch(/^(since-\d+|[0-9a-f-]{36})$/);
			});

			describeJobs(() => ({...subject, forever: subject.forever ?? 'sleep 600', boot}));
		});

		describeFiles(() => {
			const {transport, host, folder} = subject;
			return {
				folder,
				stat: path => transport.statFile(host, path),
				put: file => transport.putFile(host, file, 'run.step.web-1.1.run'),
				read: path => transport.readFile(host, path),
				restore: file => transport.restoreFile(host, file, 'run.step.web-1.2.undo'),
				exec: execOn(transport, host),
			};
		});
	});
}

/** Files of one place, and how to run something beside them. */
type Files = {
	/** Empty, and may be written to. */
	readonly folder: string;
	readonly exec: Exec;
	stat(path: string): ReturnType<Transport['statFile']>;
	put(file: FileToPut): ReturnType<Transport['putFile']>;
	read(path: string): ReturnType<Transport['readFile']>;
	restore(file: FileToRestore): ReturnType<Transport['restoreFile']>;
};

/** What putting a file means, wherever it is put. */
export function describeFiles(files: () => Files): void {
	describe('files', () => {
		const bytes = Buffer.from([0, 255, 10, 13, 10, ...Buffer.from('設定 "$x"')]);
		const put = (path: string, changes: Partial<FileToPut> = {}) => files().put(fileAt(path, {bytes, ...changes}));
		const stat = (path: string) => files().stat(path);

		test('a file that is not there is null', async () => {
			expect(await stat(`${files().folder}/nobody`)).toBeNull();
		});

		test('a new file arrives whole, with its mode, and needs no backup', async () => {
			const path = `${files().folder}/new file`;

			expect(await put(path, {mode: '0640'})).toEqual({kind: 'exited', code: 0});
			expect(await stat(path)).toMatchObject({
				sha256: 'bdb5a60b71cb37dfdaf62e507c8707ef46208fa2a78633a42d2a73e60cc9232a',
				mode: '0640',
			});
			expect(await stat(`${path}.before`)).toBeNull();
		});

		test('an old file is replaced, its mode kept, its content kept as the backup', async () => {
			const path = `${files().folder}/old`;
			await put(path, {bytes: Buffer.from('old\n'), mode: '0600'});

			expect(await put(path)).toEqual({kind: 'exited', code: 0});
			expect(await stat(path)).toMatchObject({mode: '0600'});
			expect((await sh(`cat ${files().folder}/old.before`)).out).toBe('old\n');
		});

		test('a backup is never overwritten by a later one', async () => {
			const path = `${files().folder}/twice`;
			for (const text of ['first\n', 'second\n', 'third\n']) {
				await put(path, {bytes: Buffer.from(text)});
			}

			expect((await sh(`cat ${path} ${path}.before`)).out).toBe('third\nfirst\n');
		});

		test('where there is no folder, nothing is left behind and nothing has happened', async () => {
			expect(await put(`${files().folder}/no/such/file`)).toMatchObject({kind: 'notStarted'});
			expect((await sh(`ls -A ${files().folder}`)).out).not.toContain('fieldbook');
		});

		test('a file is read to its last byte, and one that is not there is null', async () => {
			const path = `${files().folder}/read`;
			await put(path);

			expect(Buffer.from((await files().read(path)) as Uint8Array)).toEqual(bytes);
			expect(await files().read(`${files().folder}/nobody`)).toBeNull();
		});

		test('a file that is too long to be looked into is not read', async () => {
			const path = `${files().folder}/long`;
			await put(path, {bytes: Buffer.alloc(256 * 1024 + 1, 'x')});

			expect(await files().read(path)).toMatchObject({kind: 'notStarted', reason: expect.stringContaining('262145')});
		});

		describe('restoring', () => {
			const old = Buffer.from('old\n');
			const sha256 = (of: Uint8Array) => createHash('sha256').update(of).digest('hex');
			const backUp = (path: string) => ({path: `${path}.before`, sha256: sha256(old)});
			const restore = (path: string, changes: Partial<FileToRestore> = {}) =>
				files().restore({path, sha256: sha256(bytes), old: backUp(path), as: undefined, ...changes});

			test('puts the old file back, mode and all, and doing it again changes nothing', async () => {
				const path = `${files().folder}/restored`;
				await put(path, {bytes: old, mode: '0640'});
				await put(path, {mode: '0600'});

				expect(await restore(path)).toEqual({kind: 'exited', code: 0});
				expect(await stat(path)).toMatchObject({sha256: sha256(old), mode: '0640'});
				expect(await stat(`${path}.before`)).toBeNull();
				expect(await restore(path)).toEqual({kind: 'exited', code: 0});
			});

			test('takes the new file away where there was none, and doing it again changes nothing', async () => {
				const path = `${files().folder}/taken away`;
				await put(path);

				expect(await restore(path, {old: undefined})).toEqual({kind: 'exited', code: 0});
				expect(await stat(path)).toBeNull();
				expect(await restore(path, {old: undefined})).toEqual({kind: 'exited', code: 0});
			});

			test('has nothing to do where somebody has put the old one back already', async () => {
				const path = `${files().folder}/by hand`;
				await put(path, {bytes: old});
				await put(path);
				await sh(`cat '${path}.before' >'${path}'`);

				expect(await restore(path)).toEqual({kind: 'exited', code: 0});
				expect(await stat(path)).toMatchObject({sha256: sha256(old)});
			});

			test('leaves alone what somebody has changed since', async () => {
				const path = `${files().folder}/changed`;
				await put(path, {bytes: old});
				await put(path);
				await sh(`echo more >>${path}`);

				expect(await restore(path)).toMatchObject({
					kind: 'notStarted',
					reason: expect.stringContaining('changed since'),
				});
				expect(await restore(path, {old: undefined})).toMatchObject({kind: 'notStarted'});
				expect((await sh(`cat ${path}`)).out).toContain('more');
			});

			test('changes nothing where the old file is gone, or is another one', async () => {
				const path = `${files().folder}/lost`;
				await put(path);

				expect(await restore(path)).toMatchObject({kind: 'notStarted', reason: expect.stringContaining('not in')});
				await put(`${path}.before`, {bytes: Buffer.from('another\n')});
				expect(await restore(path)).toMatchObject({kind: 'notStarted'});
				expect(await stat(path)).toMatchObject({sha256: sha256(bytes)});
			});
		});

		const sh = (script: string): Promise<Result> => begin(files().exec, command(script)).result;
	});
}

/** What running a script means, wherever it runs. */
export function describeExec(exec: () => Exec, forever: () => string = () => 'sleep 600'): void {
	const start = (...what: Parameters<typeof command>) => begin(exec(), command(...what));
	const run = (...what: Parameters<typeof command>) => start(...what).result;

	test.each([0, 1, 3, 127, 255])('exit status %i is passed on', async code => {
		expect((await run(`exit ${code}`)).outcome).toEqual({kind: 'exited', code});
	});

	test('both streams arrive apart, and nothing is added or lost', async () => {
		expect(await run("printf 'no line end'; printf 'to err\\n' >&2")).toEqual({
			outcome: {kind: 'exited', code: 0},
			out: 'no line end',
			err: 'to err\n',
		});
	});

	test('a script that prints nothing prints nothing', async () => {
		expect(await run(':')).toEqual({outcome: {kind: 'exited', code: 0}, out: '', err: ''});
	});

	test('quotes, dollars, backslashes, here-documents and Japanese come through as written', async () => {
		const script = [
			`echo 'it'"'"'s' "a \\"word\\"" \\$HOME`,
			'echo $((1 + 2)) `echo back`',
			"cat <<'END'",
			'#!/bin/sh -eux',
			"it's $HOME \\n 日本語",
			'END',
			'echo 終わり',
		].join('\n');

		expect((await run(script)).out).toBe(
			`it's a "word" $HOME\n3 back\n#!/bin/sh -eux\nit's $HOME \\n 日本語\n終わり\n`,
		);
	});

	test('variables are exported as they are', async () => {
		const variables = {plain: 'x', odd: `it's "q" $HOME \`id\` \\ 日本`, lines: 'one\ntwo\n', empty: ''};
		const script = `sh -c 'printf "%s|" "$plain" "$odd" "$lines" "$empty"'`;

		expect((await run(script, {variables})).out).toBe(`${Object.values(variables).join('|')}|`);
	});

	test('secrets are exported as they are, several lines and blanks included', async () => {
		const secrets = {pin: ' 12 34\\n ', key: '-----BEGIN-----\n\nabc\n-----END-----', empty: ''};
		const script = `sh -c 'printf "%s|" "$pin" "$key" "$empty"'`;

		expect((await run(script, {secrets})).out).toBe(`${Object.values(secrets).join('|')}|`);
	});

	test('a script reads nothing from us', async () => {
		expect(await run('cat; echo done', {secrets: {pin: '1234'}})).toMatchObject({out: 'done\n'});
	});

	test('the flags of the interpreter count', async () => {
		expect(await run('echo before; false; echo after')).toMatchObject({
			outcome: {kind: 'exited', code: 1},
			out: 'before\n',
		});
		expect(await run('echo before; false; echo after', {interpreter: ['/bin/sh']})).toMatchObject({
			outcome: {kind: 'exited', code: 0},
			out: 'before\nafter\n',
		});
	});

	test('a missing interpreter is told from a script that ends with 127', async () => {
		expect((await run('echo hi', {interpreter: ['no-such-shell']})).outcome).toMatchObject({
			kind: 'notStarted',
			reason: expect.stringContaining('no-such-shell'),
		});
		expect((await run('echo hi', {interpreter: ['/no/such/bash', '-eu']})).outcome).toMatchObject({
			kind: 'notStarted',
			reason: expect.stringContaining('/no/such/bash'),
		});
		expect((await run('no-such-command')).outcome).toEqual({kind: 'exited', code: 127});
	});

	test('a script over 100 KB runs, and leaves no file', async () => {
		const script = `: '${'x'.repeat(150_000)}'\necho "end: $word"\necho "$0"`;
		const {outcome, out} = await run(script, {variables: {word: 'ok'}, secrets: {pin: '1'}});
		const [, file] = /^end: ok\n(\/.+\/script)\n$/.exec(out) ?? [];

		expect(outcome).toEqual({kind: 'exited', code: 0});
		expect(file).toBeDefined();
		expect((await run(`[ -e "$(dirname ${file})" ] || echo gone`)).out).toBe('gone\n');
	});

	test('output arrives while the script runs, and cancelling ends it for good', async () => {
		const running = start(`echo "begun $$"; ${forever()}; echo never`);
		const [, processId] = /begun (\d+)/.exec(await running.printed('\n')) ?? [];
		running.cancel();

		expect(await running.result).toMatchObject({
			outcome: {kind: 'signaled', signal: expect.stringMatching(/^SIG(TERM|KILL)$/)},
			out: `begun ${processId}\n`,
		});
		expect((await run(`kill -0 ${processId}`)).outcome).not.toEqual({kind: 'exited', code: 0});
	});

	test('a script that takes too long is ended, and says so', async () => {
		expect((await run(`${forever()}`, {timeoutMs: 300})).outcome).toEqual({kind: 'timedOut', afterMs: 300});
	});

	test('what is cancelled before it began never began', async () => {
		const running = start('echo begun');
		running.cancel();
		const {outcome, out} = await running.result;

		expect([outcome.kind, out]).not.toEqual(['exited', '']);
		expect(['notStarted', 'exited', 'signaled']).toContain(outcome.kind);
	});

	test('more scripts at once than a host takes wait for their turn', async () => {
		const numbers = Array.from({length: 12}, (_, index) => index);
		const results = await Promise.all(numbers.map(number => run(`echo ${number}`)));

		expect(results.map(({out}) => out)).toEqual(numbers.map(number => `${number}\n`));
	});
}
