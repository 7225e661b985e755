import {chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, describe, expect, test} from 'vitest';
import type {HostAccess, Transport} from '../../src/engine/ports.js';
import {haveSshd, type Sshd, type SshdOptions, startSshd} from '../sshd.js';
import {begin, command, execOn, fileAt, hostOf, run, transportFor, until, type Vault, vaultWith} from './parts.js';

const isRoot = process.getuid?.() === 0;
const isThere = haveSshd() && isRoot && existsSync('/usr/bin/sudo');
if (haveSshd() && isRoot && !isThere) {
	console.warn('Tests of sudo are skipped: there is no sudo. Install it to run them.');
}

const withPassword = 'fieldbook-test ALL=(ALL) ALL\n';
const withoutPassword = 'fieldbook-test ALL=(ALL) NOPASSWD: ALL\n';

describe.skipIf(!isThere)('as=root', () => {
	let sshd: Sshd;
	let transport: Transport;
	let host: HostAccess;
	let vault: Vault;

	async function start(sudoers: string, options: {readonly sshd?: SshdOptions; readonly vault?: Vault} = {}) {
		sshd = await startSshd({sudoers, ...options.sshd});
		vault = options.vault ?? vaultWith({sudo: sshd.passwordUser?.password ?? ''});
		transport = transportFor(sshd, {secrets: vault});
		host = hostOf(sshd, {user: sshd.passwordUser?.name, sudo: true});
	}

	afterEach(async () => {
		await transport.close();
		await sshd.stop();
	});

	const asRoot = (script: string, changes = {}) => run(transport, host, command(script, {as: 'root', ...changes}));

	test('runs as root with the password of the login, and nothing of the talk is output', async () => {
		await start(withPassword);

		expect(await asRoot('id -un; echo to err >&2; echo ~; exit 3')).toEqual({
			outcome: {kind: 'exited', code: 3},
			out: 'root\n/root\n',
			err: 'to err\n',
		});
		expect(vault.asked).toEqual([
			{name: 'sudo', host: 'web-1', text: 'Password for sudo, to become root', echo: false},
		]);
	});

	test('without a password none is asked for, and the script gets its values and nothing else', async () => {
		await start(withoutPassword);
		const values = {variables: {odd: `it's "q" $HOME \`id\` 日本`}, secrets: {pin: ' 12 34\\n ', key: 'a\n\nb'}};

		expect(await asRoot('printf "%s|" "$odd" "$pin" "$key"; cat', values)).toEqual({
			outcome: {kind: 'exited', code: 0},
			out: `${values.variables.odd}|${values.secrets.pin}|${values.secrets.key}|`,
			err: '',
		});
		expect(vault.asked).toEqual([]);
	});

	test('secrets reach the script behind the password', async () => {
		await start(withPassword);

		expect((await asRoot('echo "$pin"', {secrets: {pin: '1234'}})).out).toBe('1234\n');
	});

	test('a wrong password is sent once and forgotten, and nothing has run', async () => {
		await start(`Defaults logfile=/run/sudo.log\n${withPassword}`, {vault: vaultWith({sudo: 'wrong'})});
		const {outcome, out} = await asRoot('echo ran');

		expect(outcome).toMatchObject({kind: 'notStarted', reason: expect.stringContaining('did not take the password')});
		expect(out).toBe('');
		expect(vault.refusals).toEqual(vault.asked);
		expect(vault.asked).toHaveLength(1);
	});

	test('where nobody gives the password, nothing runs', async () => {
		await start(withPassword, {vault: vaultWith()});

		expect((await asRoot('echo ran')).outcome).toMatchObject({
			kind: 'notStarted',
			reason: expect.stringContaining('nobody gave it'),
		});
	});

	test('who may not use sudo hears it in its own words', async () => {
		await start('root ALL=(ALL) ALL\n');

		expect((await asRoot('echo ran')).outcome).toMatchObject({
			kind: 'notStarted',
			reason: expect.stringContaining('not in the sudoers file'),
		});
	});

	test('a sudo that wants a terminal is named, with the line that helps', async () => {
		await start(`Defaults requiretty\n${withoutPassword}`);

		expect((await asRoot('echo ran')).outcome).toMatchObject({
			kind: 'notStarted',
			reason: expect.stringMatching(/requiretty.*!requiretty/),
		});
	});

	test('a host without sudo says so', async () => {
		const programs = mkdtempSync(join(tmpdir(), 'fieldbook-programs-'));
		chmodSync(programs, 0o755);
		for (const program of ['sh', 'id']) {
			symlinkSync(join('/usr/bin', program), join(programs, program));
		}

		await start(withPassword, {sshd: {config: [`SetEnv PATH=${programs}`]}});
		const {outcome} = await asRoot('echo ran');
		rmSync(programs, {recursive: true});

		expect(outcome).toMatchObject({kind: 'notStarted', reason: expect.stringContaining('has no sudo')});
	});

	test('somebody who thinks for longer than sudo waits is not asked again', async () => {
		const answers = vaultWith({sudo: 'correct horse'});
		const sudos = () => run(transport, {...host, name: 'look'}, command('cat /proc/[0-9]*/comm | grep -c sudo || :'));
		const slow: Vault = {
			...answers,
			obtain: async prompt => {
				await until(async () => answers.asked.length > 0 || (await sudos()).out === '0\n');
				return answers.obtain(prompt);
			},
		};
		await start(`Defaults passwd_timeout=0.02\n${withPassword}`, {vault: slow});

		expect((await asRoot('echo ran')).out).toBe('ran\n');
		expect(answers.asked).toHaveLength(2);
		expect(answers.refusals).toEqual([]);
	});

	test.each([
		['with a password', withPassword],
		['without', withoutPassword],
	])('cancelling ends the whole group of processes, %s', async (_, sudoers) => {
		await start(sudoers);
		const script = `sh -c 'echo "begun $$"; sleep 600'; echo never`;
		const running = begin(execOn(transport, host), command(script, {as: 'root'}));
		const [, child] = /begun (\d+)/.exec(await running.printed('\n')) ?? [];
		running.cancel();

		expect((await running.result).outcome).toMatchObject({kind: 'signaled'});
		expect((await asRoot(`kill -0 ${child}`)).outcome).not.toEqual({kind: 'exited', code: 0});
	});

	test('a script that takes too long is ended, and the time for the password does not count', async () => {
		await start(withPassword);

		expect((await asRoot('sleep 600', {timeoutMs: 300})).outcome).toEqual({kind: 'timedOut', afterMs: 300});
	});

	test('a signal that ended the script is told', async () => {
		await start(withoutPassword);

		expect((await asRoot('kill -KILL $$')).outcome).toEqual({kind: 'signaled', signal: 'SIGKILL'});
	});

	test('a script over 100 KB runs as somebody who is not root either', async () => {
		await start(withoutPassword);
		const script = `: '${'x'.repeat(150_000)}'\nid -un`;

		expect(await asRoot(script, {as: 'daemon'})).toMatchObject({outcome: {kind: 'exited', code: 0}, out: 'daemon\n'});
	});

	test('a script of quotes, which double behind another shell, still fits or becomes a file', async () => {
		await start(withoutPassword);

		expect((await asRoot(`: "${"'".repeat(30_000)}"\necho done`)).out).toBe('done\n');
	});

	test('a file is put where the login may not write, with its owner and mode', async () => {
		await start(withPassword);
		await asRoot('mkdir -m 0700 /run/box; echo old >/run/box/motd; chmod 0640 /run/box/motd');
		const path = '/run/box/motd';
		const bytes = Buffer.from('new\n');

		expect(await transport.putFile(host, fileAt(path, {bytes, owner: 'daemon:bin', as: 'root'}), 'job')).toEqual({
			kind: 'exited',
			code: 0,
		});
		expect(await transport.statFile(host, path, 'root')).toEqual({
			sha256: '7aa7a5359173d05b63cfd682e3c38487f3cb4f7f1d60659fe59fab1505977d4c',
			mode: '0640',
			owner: 'daemon:bin',
		});
		expect((await asRoot(`cat ${path} ${path}.before`)).out).toBe('new\nold\n');
		expect(await transport.statFile(host, path)).toMatchObject({kind: 'notStarted'});
	});

	test('an owner that cannot be had leaves the file as it was', async () => {
		await start(withPassword);
		const path = join(sshd.folder, 'home/own');
		const put = (owner: string, as?: string) => transport.putFile(host, fileAt(path, {owner, as, mode: '4755'}), 'job');

		expect(await put('root')).toMatchObject({kind: 'notStarted', reason: expect.stringContaining('left as it was')});
		expect(existsSync(path)).toBe(false);
		expect(await put('daemon', 'root')).toEqual({kind: 'exited', code: 0});
		expect([statSync(path).uid, statSync(path).mode & 0o7777]).toEqual([1, 0o4755]);
	});

	test('the password stands in no argument list, no file and no log', async () => {
		await start(withPassword);
		const running = begin(execOn(transport, host), command('echo begun; sleep 600', {as: 'root'}));
		await running.printed('begun');
		const lines = await run(transport, host, command('cat /proc/[0-9]*/cmdline | tr "\\000" " "'));
		running.cancel();
		await running.result;

		expect(lines.out).toContain('sudo');
		expect(lines.out).not.toContain('correct horse');
		expect(readFileSync(join(sshd.folder, 'log'), 'utf8')).not.toContain('correct horse');
	});
});
