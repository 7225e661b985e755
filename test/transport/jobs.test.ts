import {
	chmodSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import type {HostAccess, JobRef, RemoteCommand, Transport} from '../../src/engine/ports.js';
import {runJob} from '../../src/transport/jobs.js';
import {laptop} from '../../src/transport/local.js';
import type {Place} from '../../src/transport/session.js';
import {defaultTiming} from '../../src/transport/timing.js';
import {haveSshd, type Sshd, type SshdOptions, startSshd} from '../sshd.js';
import {begin, command, hostOf, type Running, run, transportFor, until, type Vault, vaultWith} from './parts.js';

const isRoot = process.getuid?.() === 0;

describe('a job whose launch nobody heard of', () => {
	let state: string;
	beforeEach(() => {
		state = mkdtempSync(join(tmpdir(), 'fieldbook-state-'));
		vi.stubEnv('XDG_STATE_HOME', state);
	});
	afterEach(() => {
		vi.unstubAllEnvs();
		rmSync(state, {recursive: true});
	});

	/** This laptop, whose link drops before the first word comes back: the script has run meanwhile, and its folder is gone. */
	function deafAtFirst(trace: string): Place {
		let starts = 0;
		return {
			...laptop,
			start: async (line, listener, how) => {
				starts += 1;
				if (starts > 1) {
					return laptop.start(line, listener, how);
				}

				const started = await laptop.start(line, {output() {}, exit() {}, close() {}}, how);
				void until(() => existsSync(trace)).then(() => {
					rmSync(join(state, 'fieldbook'), {recursive: true});
					listener.close('the link was lost');
				});
				return started;
			},
		};
	}

	test('is not launched again where a boot may have taken its folder', async () => {
		const trace = join(state, 'ran');
		const outcome = await runJob(
			deafAtFirst(trace),
			{job: 'r1.step.local.1.run', as: undefined, boot: 'another-boot', epoch: 1},
			command(`echo ran >>${trace}`),
			() => {},
			new AbortController().signal,
			{
				timing: {...defaultTiming, rejoin: {pauses: [10], forMs: 5000}},
				keptOutput: 1024,
				closing: new AbortController().signal,
			},
		);
		expect(outcome).toMatchObject({kind: 'lost', evidence: expect.stringContaining('not there any more')});
		expect(readFileSync(trace, 'utf8')).toBe('ran\n');
	});
});

describe.skipIf(!haveSshd())('a job on a real host', () => {
	let state: string;
	let sshd: Sshd;
	let transport: Transport;
	let host: HostAccess;
	let boot: string | undefined;
	const open = async (options: SshdOptions = {}, changes: Partial<HostAccess> = {}, vault: Vault = vaultWith()) => {
		sshd = await startSshd({config: [`SetEnv XDG_STATE_HOME=${state}`], ...options});
		transport = transportFor(sshd, {secrets: vault, timing: {rejoin: {pauses: [50], forMs: 10_000}}});
		host = hostOf(sshd, changes);
		const contact = await transport.contact(host, undefined);
		boot = contact.kind === 'reached' ? (contact.facts.bootId ?? undefined) : undefined;
	};
	beforeEach(() => {
		state = mkdtempSync(join(tmpdir(), 'fieldbook-state-'));
	});
	afterEach(async () => {
		await transport.close();
		await sshd.stop();
		rmSync(state, {recursive: true});
	});

	const job = (changes: Partial<JobRef> = {}): JobRef => ({
		job: 'r1.step.web-1.1.run',
		as: undefined,
		boot,
		epoch: 1,
		...changes,
	});
	const start = (ref: JobRef, script: string, changes: Partial<RemoteCommand> = {}): Running =>
		begin((remote, sink, cancel) => transport.execJob(host, ref, remote, sink, cancel), command(script, changes));
	const runs = () => join(state, 'fieldbook', 'jobs');
	const folder = () => join(runs(), 'r1', 'job.step.web-1.1.run');
	const waiting = (go: string) => `echo one; until [ -e ${go} ]; do sleep 0.05; done; echo two`;

	test('a short loss of the link is bridged: nothing is missing, nothing comes twice, and no follower is left', async () => {
		await open();
		const go = join(state, 'go');
		const running = start(job(), waiting(go));
		await running.printed('one');
		const before = sshd.sessions();
		for (const session of before) {
			process.kill(session, 'SIGKILL');
		}

		await until(() => sshd.sessions().some(session => !before.includes(session)));
		await until(async () => (await followers()).length === 1);
		writeFileSync(go, '');
		expect(await running.result).toEqual({outcome: {kind: 'exited', code: 0}, out: 'one\ntwo\n', err: ''});
	});

	/** Processes that hand out the job's output, seen from this machine, where other tests have followers too. */
	async function followers(): Promise<readonly string[]> {
		const lines = readdirSync('/proc').filter(name => /^\d+$/.test(name));
		return lines.filter(pid => {
			try {
				const line = readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0');
				const isOurs = readFileSync(`/proc/${pid}/environ`, 'latin1').includes(state);
				return isOurs && line.includes('fieldbook') && line[2]?.includes('follow()') === true;
			} catch {
				return false; // It has ended meanwhile
			}
		});
	}

	test('what a boot ended is gone, and so is one whose number another process has now', async () => {
		await open();
		const running = start(job(), 'echo one; sleep 600');
		await running.printed('one');
		const pid = readFileSync(join(folder(), 'pid'), 'utf8');
		const [number, , group] = pid.trim().split(' ');
		writeFileSync(join(folder(), 'pid'), `${number} 1 ${group}\n`);
		expect(await transport.lookUpJob(host, job())).toEqual({kind: 'gone', because: 'vanished'});

		writeFileSync(join(folder(), 'boot'), '00000000-0000-4000-8000-000000000000\n');
		expect(await transport.lookUpJob(host, job())).toEqual({kind: 'gone', because: 'rebooted'});
		expect((await running.result).outcome).toMatchObject({
			kind: 'lost',
			evidence: expect.stringContaining('cannot say'),
		});
	});

	const waitFor = (ref: JobRef): Running =>
		begin((_, sink, cancel) => transport.followJob(host, ref, sink, cancel), command(''));

	test('who waits for a job to begin hears that its folder is gone', async () => {
		await open();
		mkdirSync(folder(), {recursive: true});
		const waits = waitFor(job());
		await until(async () => (await followers()).length === 1);
		rmSync(runs(), {recursive: true});

		expect((await waits.result).outcome).toMatchObject({
			kind: 'lost',
			evidence: expect.stringContaining('not there any more'),
		});
	});

	test('who waits for a job to begin ends with its connection', async () => {
		await open();
		mkdirSync(folder(), {recursive: true});
		const waits = waitFor(job());
		// Its first nap: it knows its parent by now
		await until(async () =>
			(await followers()).some(pid => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8') !== ''),
		);
		await transport.close();
		await waits.result;

		await until(async () => (await followers()).length === 0);
		expect(readdirSync(folder())).toEqual([]);
	});

	test('a claim whose launcher died before anything ran is vetoed by who looks, and stays so', async () => {
		await open();
		mkdirSync(folder(), {recursive: true});

		expect(await transport.lookUpJob(host, job())).toMatchObject({kind: 'notStarted'});
		expect((await start(job(), 'echo ran').result).outcome).toMatchObject({kind: 'notStarted'});
	});

	test('a run that was never there in this boot, in a folder that outlived it, proves that nothing ran', async () => {
		await open();
		await start(job({job: 'r1.other.web-1.1.run'}), 'true').result;
		const old = '00000000-0000-4000-8000-000000000000';
		expect(await transport.lookUpJob(host, job({boot: old}))).toEqual({kind: 'gone', because: 'folder-lost'});

		mkdirSync(join(runs(), 'r1', `boot.${old}`));
		expect(await transport.lookUpJob(host, job({boot: old}))).toMatchObject({kind: 'notStarted'});
	});

	test('what other runs left over a month ago goes with a job that is forgotten, and is not taken for never begun', async () => {
		await open();
		const old = job({job: 'r0.step.web-1.1.run'});
		await start(old, 'echo old').result;
		await start(job(), 'echo new').result;
		const used = join(runs(), 'r0', 'used');
		writeFileSync(used, `${Number(readFileSync(used, 'utf8')) - 31 * 24 * 3600}\n`);
		await transport.forgetJob(host, job());

		expect(readdirSync(join(runs(), 'r0')).toSorted()).toEqual(['cleaned', 'epoch.1']);
		expect(readdirSync(folder())).toEqual(['forgotten']);
		expect(await transport.lookUpJob(host, old)).toEqual({kind: 'gone', because: 'folder-lost'});
	});

	test('values that no line can carry are told before anything is sent', async () => {
		await open();
		const variables = {long: 'x'.repeat(200_000)};

		expect((await start(job(), 'true', {variables}).result).outcome).toMatchObject({kind: 'notStarted'});
		expect((await start(job(), 'echo "\0"').result).outcome).toMatchObject({kind: 'notStarted'});
	});

	/** A system where only these programs are, and that has this PATH. */
	const programs = (without: readonly string[]): string => {
		const folder = join(state, 'bin');
		mkdirSync(folder);
		for (const name of readdirSync('/usr/bin').filter(name => !without.includes(name))) {
			symlinkSync(`/usr/bin/${name}`, join(folder, name));
		}

		return folder;
	};

	test('a host without a tool for SHA-256 is left nothing, and says why', async () => {
		await open({config: [`SetEnv PATH=${programs(['sha256sum', 'shasum', 'openssl'])} XDG_STATE_HOME=${state}`]});

		expect((await start(job(), `touch ${state}/ran`).result).outcome).toMatchObject({
			kind: 'notStarted',
			reason: expect.stringContaining('no tool for SHA-256'),
		});
		expect(existsSync(join(state, 'ran'))).toBe(false);
	});

	test('a host without setsid keeps a job as well, and ends it when it is told to', async () => {
		await open({config: [`SetEnv PATH=${programs(['setsid'])} XDG_STATE_HOME=${state}`]});
		const running = start(job(), 'trap "" HUP; echo "begun $$"; sleep 600');
		await running.printed('begun');
		for (const session of sshd.sessions()) {
			process.kill(session, 'SIGKILL');
		}

		expect(await transport.lookUpJob(host, job())).toEqual({kind: 'running'});
		running.cancel();
		expect((await running.result).outcome).toMatchObject({kind: 'signaled'});
	});

	describe.skipIf(!isRoot)('of a user', () => {
		test('where there is no folder that he may write to, nothing is left, and he hears why', async () => {
			await open({config: [`SetEnv XDG_STATE_HOME=${state}`]}, {});
			const user = sshd.passwordUser?.name;
			chmodSync(state, 0o755);
			const other = {...host, user};
			const foreign = '/var/tmp/fieldbook-jobs-64999';
			rmSync(foreign, {recursive: true, force: true});
			mkdirSync(foreign, {mode: 0o777});
			chmodSync(foreign, 0o777);
			try {
				const ended = begin(
					(remote, sink, cancel) => transport.execJob(other, job(), remote, sink, cancel),
					command('echo ran'),
				);

				expect(await ended.result).toMatchObject({
					outcome: {kind: 'notStarted', reason: expect.stringContaining('no folder that we may write to')},
					out: '',
				});
			} finally {
				rmSync(foreign, {recursive: true});
			}
		});

		test.skipIf(!existsSync('/usr/bin/sudo'))(
			'as=root leaves it to root: in his folder, and only he finds it',
			async () => {
				const sudoers = `Defaults env_keep += XDG_STATE_HOME\nfieldbook-test ALL=(ALL) ALL\n`;
				chmodSync(state, 0o777);
				await open(
					{config: [`SetEnv XDG_STATE_HOME=${state}`], sudoers},
					{user: 'fieldbook-test', sudo: true},
					vaultWith({sudo: 'correct horse'}),
				);
				const ref = job({as: 'root'});
				const running = start(ref, 'id -un; echo "$pin"; sleep 600', {as: 'root', secrets: {pin: '12 34'}});
				expect(await running.printed('34')).toBe('root\n12 34\n');
				for (const session of sshd.sessions()) {
					process.kill(session, 'SIGKILL');
				}

				expect(await transport.lookUpJob(host, ref)).toEqual({kind: 'running'});
				expect(statSync(folder())).toMatchObject({uid: 0, mode: 0o40700});
				running.cancel();
				expect(await running.result).toMatchObject({outcome: {kind: 'signaled'}, out: 'root\n12 34\n'});
				const asHimself = await run(transport, host, command(`ls ${runs()} || echo refused`));
				expect(asHimself.out).toBe('refused\n');
			},
		);
	});
});
