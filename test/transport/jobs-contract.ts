import {afterAll, beforeAll, expect, test} from 'vitest';
import type {HostAccess, JobRef, RemoteCommand, Transport} from '../../src/engine/ports.js';
import {begin, command, type Exec, type Running} from './parts.js';

/** A host that jobs are left to, with the transport that reaches it; undefined: this laptop. */
export type JobSubject = {
	readonly transport: Transport;
	readonly host: HostAccess | undefined;
	/** On the host: a folder that the login user may write to. */
	readonly folder: string;
	/** Runs until it is ended, saying nothing. */
	readonly forever: string;
	/** The same host, met by another laptop; to be closed. */
	another(options?: {readonly keptOutput?: number}): Transport;
	/** What the host says of its boot; undefined: nothing. */
	readonly boot: string | undefined;
};

const vetoed = {kind: 'notStarted', reason: expect.any(String)};

/** What a job means, wherever it is left. */
export function describeJobs(subject: () => JobSubject): void {
	let jobs = 0;
	/** Another run for every test: a host remembers the jobs that it was asked about. */
	const newJob = (changes: Partial<JobRef> = {}): JobRef => {
		jobs += 1;
		return {job: `r${process.pid}x${jobs}.step.web-1.1.run`, as: undefined, boot: subject().boot, epoch: 1, ...changes};
	};
	const execOf =
		(job: JobRef, {transport, host}: Pick<JobSubject, 'transport' | 'host'> = subject()): Exec =>
		(remote, sink, cancel) =>
			transport.execJob(host, job, remote, sink, cancel);
	const start = (job: JobRef, script: string, changes?: Partial<RemoteCommand>): Running =>
		begin(execOf(job), command(script, changes));
	const run = (script: string, changes?: Partial<RemoteCommand>) => start(newJob(), script, changes).result;
	const lookUp = (job: JobRef) => subject().transport.lookUpJob(subject().host, job);
	const follow = (job: JobRef, transport = subject().transport): Running =>
		begin((_, sink, cancel) => transport.followJob(subject().host, job, sink, cancel), command(''));
	/** Some hosts allow one session: beside a job only another connection reaches them. */
	let beside: Transport;
	beforeAll(() => {
		beside = subject().another();
	});
	afterAll(() => beside.close());
	/** What a plain script says of the host. */
	const ask = async (script: string) => {
		const {host} = subject();
		const transport = beside;
		const exec: Exec = (remote, sink, cancel) =>
			host === undefined ? transport.execLocal(remote, sink, cancel) : transport.exec(host, remote, sink, cancel);
		return (await begin(exec, command(script)).result).out;
	};

	/** A command that prints where its host keeps it. */
	const folderOf = ({job}: JobRef): string => {
		const [run = '', ...rest] = job.split('.');
		const folder = `${run}/job.${rest.join('.')}`;
		return `for f in "\${XDG_STATE_HOME:-$HOME/.local/state}/fieldbook/jobs/${folder}" /tmp/fieldbook/jobs/${folder} /scratch/fieldbook/jobs/${folder}; do
			[ ! -d "$f" ] || echo "$f"; done`;
	};

	test('its exit status and both of its streams arrive as they are', async () => {
		expect(await run("printf 'no line end'; printf '日本語\\n' >&2; exit 3")).toEqual({
			outcome: {kind: 'exited', code: 3},
			out: 'no line end',
			err: '日本語\n',
		});
		expect(await run(':')).toEqual({outcome: {kind: 'exited', code: 0}, out: '', err: ''});
	});

	test('variables and secrets are exported as they are, whatever they are called', async () => {
		const variables = {id: `it's "q" $HOME \`id\` \\ 日本`, run: 'one\ntwo\n', base: ''};
		const secrets = {d: ' 12 34\\n ', token: '-----BEGIN-----\n\nabc\n-----END-----'};
		const script = `sh -c 'printf "%s|" "$id" "$run" "$base" "$d" "$token"'`;

		expect((await run(script, {variables, secrets})).out).toBe(
			`${[...Object.values(variables), ...Object.values(secrets)].join('|')}|`,
		);
	});

	test('a secret stands in no file that its host keeps', async () => {
		const job = newJob();
		await start(job, `echo "\${#pin}"`, {secrets: {pin: 'canary-4711-canary'}}).result;

		const kept = await ask(`cat "$(${folderOf(job)})"/*`);
		expect(kept).toContain('18\n');
		expect(kept).not.toContain('canary-4711');
	});

	test('a script of any length arrives whole, and reads nothing from us', async () => {
		const script = `cat; echo '${'x'.repeat(150_000)}' | wc -c; echo "end: $word"`;

		expect(await run(script, {variables: {word: 'ok'}, secrets: {pin: '1'}})).toMatchObject({
			outcome: {kind: 'exited', code: 0},
			out: expect.stringMatching(/^ *150001\nend: ok\n$/),
		});
	});

	test('the flags of the interpreter count, and a missing one is told', async () => {
		expect(await run('echo before; false; echo after')).toMatchObject({
			outcome: {kind: 'exited', code: 1},
			out: 'before\n',
		});
		expect((await run('echo hi', {interpreter: ['no-such-shell']})).outcome).toMatchObject({
			kind: 'notStarted',
			reason: expect.stringContaining('no-such-shell'),
		});
	});

	test('it runs where and as a plain script runs: folder, user and mask of new files', async () => {
		const script = 'pwd; id -un; umask';

		expect((await run(script)).out).toBe(await ask(script));
	});

	test('what opens its own standard error appends to it, as in a terminal', async () => {
		expect(await run('echo one >&2; echo two >/dev/stderr; echo three >&2')).toMatchObject({err: 'one\ntwo\nthree\n'});
	});

	test('output arrives while it runs, and cancelling ends it for good', async () => {
		const job = newJob();
		const running = start(job, `echo "begun $$"; ${subject().forever}; echo never`);
		const [, processId] = /begun (\d+)/.exec(await running.printed('\n')) ?? [];
		expect(await lookUp(job)).toEqual({kind: 'running'});
		running.cancel();

		expect(await running.result).toMatchObject({
			outcome: {kind: 'signaled', signal: expect.stringMatching(/^SIG(TERM|KILL)$/)},
			out: `begun ${processId}\n`,
		});
		expect(await ask(`kill -0 ${processId} 2>/dev/null || echo gone`)).toBe('gone\n');
		expect((await lookUp(job)).kind).not.toBe('running');
	});

	test('one that takes too long is ended, and says so', async () => {
		expect((await run(subject().forever, {timeoutMs: 1000})).outcome).toEqual({kind: 'timedOut', afterMs: 1000});
	});

	test('it is over when its script is, whatever a child in the background still holds open', async () => {
		const running = start(newJob(), `${subject().forever} & echo "child $!"; exit 4`);
		const {outcome, out} = await running.result;

		expect(outcome).toEqual({kind: 'exited', code: 4});
		await ask(`kill ${/child (\d+)/.exec(out)?.[1]}`);
	});

	test('one that was there is never started again: it is followed, and its output comes from the first byte', async () => {
		const {folder} = subject();
		const job = newJob();
		const script = `echo ran >>${folder}/count; cat ${folder}/count`;
		const first = await start(job, script).result;

		expect(first.out).toBe('ran\n');
		expect(await start(job, script).result).toEqual(first);
		expect(await lookUp(job)).toEqual({kind: 'finished', code: 0});
		expect(await follow(job).result).toEqual(first);
		expect(await ask(`cat ${folder}/count`)).toBe('ran\n');
	});

	test('of several that launch it at once, one does', async () => {
		const {folder} = subject();
		const job = newJob();
		const results = await Promise.all(Array.from({length: 4}, () => start(job, `echo x >>${folder}/once`).result));

		expect(results.map(({outcome}) => outcome)).toEqual(Array.from({length: 4}, () => ({kind: 'exited', code: 0})));
		expect(await ask(`cat ${folder}/once`)).toBe('x\n');
	});

	test('it goes on when whoever began it is gone, and another laptop gets all of it', async () => {
		const {folder, another} = subject();
		const job = newJob();
		const left = another();
		const running = begin(
			execOf(job, {...subject(), transport: left}),
			command(`echo one; until [ -e ${folder}/go ]; do sleep 0.1; done; echo two >&2; exit 7`),
		);
		await running.printed('one');
		await left.close();
		expect((await running.result).outcome).toMatchObject({kind: 'lost'});
		expect(await lookUp(job)).toEqual({kind: 'running'});
		const following = follow(job);
		await following.printed('one');
		await ask(`: >${folder}/go`);

		expect(await following.result).toEqual({outcome: {kind: 'exited', code: 7}, out: 'one\n', err: 'two\n'});
	});

	test('cancelling who follows ends it too', async () => {
		const {another, forever} = subject();
		const job = newJob();
		const left = another();
		const running = begin(execOf(job, {...subject(), transport: left}), command(`echo one; ${forever}`));
		await running.printed('one');
		await left.close();
		await running.result;
		const following = follow(job);
		await following.printed('one');
		following.cancel();

		expect((await following.result).outcome).toMatchObject({kind: 'signaled'});
	});

	test('one that was over before it could be cancelled is read whole', async () => {
		const job = newJob();
		const first = await start(job, 'echo one; echo two >&2; exit 3').result;
		const following = follow(job);
		following.cancel();

		expect(await following.result).toEqual(first);
		expect(first).toEqual({outcome: {kind: 'exited', code: 3}, out: 'one\n', err: 'two\n'});
	});

	test('one that never came to its host is found so, and can never begin after that', async () => {
		const {folder} = subject();
		const job = newJob();

		expect(await lookUp(job)).toEqual(vetoed);
		expect((await start(job, `echo ran >>${folder}/vetoed`).result).outcome).toEqual(vetoed);
		expect(await lookUp(job)).toEqual(vetoed);
		expect(await ask(`cat ${folder}/vetoed 2>/dev/null || echo none`)).toBe('none\n');
	});

	test('where the host may have lost it in a boot, nobody claims that it never ran', async () => {
		const gone = {kind: 'gone', because: 'folder-lost'};

		expect(await lookUp(newJob({boot: '00000000-0000-4000-8000-000000000000'}))).toEqual(gone);
		expect(await lookUp(newJob({boot: undefined}))).toEqual(gone);
	});

	test('one whose processes were killed is gone, and nobody knows what it did', async () => {
		const job = newJob();
		const running = start(job, `echo "$$"; ${subject().forever}`);
		await running.printed('\n');
		await ask(`read -r pid born group <"$(${folderOf(job)})/pid"; kill -KILL -"$group"`);

		expect((await running.result).outcome).toMatchObject({kind: 'lost'});
		expect(await lookUp(job)).toEqual({kind: 'gone', because: 'vanished'});
	});

	test('a host that has seen a higher epoch of the run starts, ends and tells nothing more', async () => {
		const job = newJob();
		const old = subject().another();
		const running = begin(execOf(job, {...subject(), transport: old}), command(`echo one; ${subject().forever}`));
		await running.printed('one');
		expect(await lookUp({...job, epoch: 3})).toEqual({kind: 'running'});

		expect(await lookUp(job)).toEqual({kind: 'superseded', epoch: 3});
		const next = {...job, job: job.job.replace('.1.run', '.2.run')};
		expect((await start(next, 'echo ran').result).outcome).toMatchObject({
			kind: 'notStarted',
			reason: expect.stringContaining('epoch 3'),
		});
		running.cancel();
		expect((await running.result).outcome).toMatchObject({
			kind: 'lost',
			evidence: expect.stringContaining('colleague'),
		});
		await old.close();
		const following = follow({...job, epoch: 3});
		await following.printed('one');
		following.cancel();
		expect((await following.result).outcome).toMatchObject({kind: 'signaled'});
	});

	test('one that is forgotten leaves its claim behind, and nothing else', async () => {
		const {transport, host, folder} = subject();
		const job = newJob();
		await start(job, `echo ran >>${folder}/forgotten`).result;
		await transport.forgetJob(host, job);

		expect(await lookUp(job)).toEqual({kind: 'gone', because: 'folder-lost'});
		expect((await start(job, `echo ran >>${folder}/forgotten`).result).outcome).toMatchObject({kind: 'lost'});
		expect(await ask(`cat ${folder}/forgotten`)).toBe('ran\n');
	});

	test('what it prints over the limit is not kept, it goes on undisturbed, and we are told', async () => {
		const transport = subject().another({keptOutput: 4096});
		const script = 'n=0; while [ "$n" -lt 600 ]; do echo "line $n of many"; n=$((n + 1)); done; echo end >&2; exit 5';
		const {outcome, out, err} = await begin(execOf(newJob(), {...subject(), transport}), command(script)).result;
		await transport.close();

		expect(outcome).toEqual({kind: 'exited', code: 5});
		expect(err).toBe('end\n');
		const [, kept = '', bytes] =
			/^([\s\S]*)\nfieldbook: .+ kept ([\d,]+) bytes of this output; there was more.\n$/.exec(out) ?? [];
		expect(kept.length).toBe(Number(bytes?.replace(',', '')));
		expect(kept.length).toBeGreaterThanOrEqual(4096);
		expect(kept).toMatch(/^line 0 of many\n(line \d+ of many\n)+/);
	});
}
