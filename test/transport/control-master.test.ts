import {execFileSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, afterEach, beforeAll, describe, expect, test} from 'vitest';
import type {HostAccess, Transport} from '../../src/engine/ports.js';
import {EndMarker} from '../../src/transport/end-marker.js';
import type {TransportOptions} from '../../src/transport/transport.js';
import {haveSsh} from '../ssh.js';
import {haveSshd, makeKey, type Sshd, type SshdOptions, startSshd} from '../sshd.js';
import {describePosixHost} from './contract.js';
import {begin, command, execOn, hostOf, run, transportFor, until, vaultWith} from './parts.js';

/** A server, and the transport that reaches it through this machine's ssh, which reads no configuration of the tester's. */
async function start(options: SshdOptions = {}, changes: Partial<TransportOptions> = {}) {
	const sshd = await startSshd(options);
	const folder = join(sshd.folder, 'files');
	mkdirSync(folder, {mode: 0o777});
	const config = join(sshd.folder, 'ssh_config');
	writeFileSync(config, '');
	const another = (more: Partial<TransportOptions> = {}) =>
		transportFor(sshd, {systemSshConfig: config, ...changes, ...more});
	const transport = another();
	const stop = async () => {
		await transport.close();
		await sshd.stop();
	};
	return {sshd, transport, host: hostOf(sshd, {transport: 'system'}), folder, config, another, stop};
}

describe.skipIf(!haveSshd() || !haveSsh())('with `transport: system`', () => {
	const state = mkdtempSync(join(tmpdir(), 'fieldbook-state-'));
	afterAll(() => rmSync(state, {recursive: true}));
	describePosixHost('an sshd', () => start({config: [`SetEnv XDG_STATE_HOME=${state}`]}));

	let sshd: Sshd;
	let transport: Transport;
	let host: HostAccess;
	let config: string;
	let stop: () => Promise<void> = async () => {};
	const open = async (...what: Parameters<typeof start>) => {
		({sshd, transport, host, config, stop} = await start(...what));
	};
	let keys: string;
	let authority: string;
	beforeAll(() => {
		keys = mkdtempSync(join(tmpdir(), 'fieldbook-authority-'));
		authority = makeKey(keys, 'authority', 'ed25519');
	});
	afterAll(() => rmSync(keys, {recursive: true}));
	afterEach(async () => {
		await stop();
		stop = async () => {};
	});

	const echo = () => run(transport, host, command('echo in'));
	const byOurselves = async () => {
		const own = transportFor(sshd, {knownHosts: {files: [join(sshd.folder, 'own_known_hosts')], policy: 'accept-new'}});
		const contact = await own.contact({...host, transport: undefined}, undefined);
		await own.close();
		return contact;
	};

	test('a certificate lets us in where the server knows its authority only', async () => {
		await open({config: [`TrustedUserCAKeys ${authority}.pub`, 'AuthorizedKeysFile none']});
		execFileSync('ssh-keygen', ['-q', '-s', authority, '-I', 'engineer', '-n', sshd.user, `${sshd.userKey}.pub`]);

		expect((await echo()).out).toBe('in\n');
		expect(await byOurselves()).toMatchObject({
			kind: 'refused',
			refusal: 'auth',
			next: expect.stringContaining('`transport: system` for web-1'),
		});
	});

	test('a host certificate is taken on the word of its authority', async () => {
		const hostKey = makeKey(keys, 'host', 'ed25519');
		execFileSync('ssh-keygen', ['-q', '-s', authority, '-I', 'host', '-h', '-n', '127.0.0.1', `${hostKey}.pub`]);
		const knownHosts = join(keys, 'known_hosts');
		const [type, key] = execFileSync('cat', [`${authority}.pub`], {encoding: 'utf8'}).split(' ');
		writeFileSync(knownHosts, `@cert-authority *  ${type} ${key}\n`);
		await open(
			{config: [`HostKey ${hostKey}`, `HostCertificate ${hostKey}-cert.pub`]},
			{knownHosts: {files: [knownHosts], policy: 'strict'}},
		);

		expect(await transport.contact(host, undefined)).toMatchObject({
			kind: 'reached',
			facts: {keyType: expect.stringContaining('cert'), fingerprint: expect.stringMatching(/^SHA256:/)},
		});
	});

	test('a server that offers only post-quantum key exchange is reached, and offered where we cannot', async () => {
		await open({keyExchanges: ['sntrup761x25519-sha512@openssh.com']});

		expect((await echo()).out).toBe('in\n');
		expect(await byOurselves()).toMatchObject({
			kind: 'refused',
			next: expect.stringMatching(/sntrup761x25519.*`transport: system` for web-1/),
		});
	});

	test('a ProxyCommand of the ssh configuration is gone through', async () => {
		await open();
		const script = `const s=require('net').connect(${sshd.port},'127.0.0.1');process.stdin.pipe(s);s.pipe(process.stdout)`;
		writeFileSync(config, `Host hidden\n\tProxyCommand ${process.execPath} -e "${script}"\n`);

		expect((await run(transport, {...host, address: 'hidden'}, command('echo in'))).out).toBe('in\n');
		expect(await transport.answers({...host, address: 'hidden'})).toBe(true);
	});

	test('a host key that nobody confirmed, or another one than the known, refuses: nothing runs', async () => {
		await open({}, {knownHosts: {files: [join(keys, 'nobody')], policy: 'ask'}});
		const unknown = await echo();

		expect(unknown).toMatchObject({outcome: {kind: 'notStarted', refused: 'host-key-unknown'}, out: ''});
		await stop();
		const other = join(keys, 'other_known_hosts');
		await open({}, {knownHosts: {files: [other], policy: 'accept-new'}});
		const [, key] = execFileSync('cat', [`${authority}.pub`], {encoding: 'utf8'}).split(' ');
		writeFileSync(other, `[127.0.0.1]:${sshd.port} ssh-ed25519 ${key}\n`);
		expect((await echo()).outcome).toMatchObject({kind: 'notStarted', refused: 'host-key-changed'});
	});

	test('a key that the server does not take refuses, with the command to try', async () => {
		await open();
		host = {...host, key: authority};

		expect(await transport.contact(host, undefined)).toMatchObject({
			kind: 'refused',
			refusal: 'auth',
			next: expect.stringContaining('ssh-add'),
		});
		expect((await echo()).outcome).toMatchObject({kind: 'notStarted', refused: 'auth'});
	});

	test('where nothing listens, it is not reached and does not answer', async () => {
		await open();
		host = {...host, port: 1};

		expect(await transport.contact(host, undefined)).toMatchObject({kind: 'refused', refusal: 'unreachable'});
		expect(await transport.answers(host)).toBe(false);
	});

	test('a connection that is lost leaves the outcome open, and the next command makes another', async () => {
		await open();
		const running = begin(execOn(transport, host), command('echo begun; sleep 600'));
		await running.printed('begun');
		for (const pid of sshd.sessions()) {
			process.kill(pid, 'SIGKILL');
		}

		expect((await running.result).outcome).toMatchObject({kind: 'lost'});
		expect((await echo()).out).toBe('in\n');
	});

	test('as=root goes through sudo here as well', async () => {
		await open({sudoers: 'fieldbook-test ALL=(ALL) ALL\n'}, {secrets: vaultWith({sudo: 'correct horse'})});
		host = {...host, user: sshd.passwordUser?.name, sudo: true};

		expect(await run(transport, host, command('id -un; echo "$pin"', {as: 'root', secrets: {pin: '1234'}}))).toEqual({
			outcome: {kind: 'exited', code: 0},
			out: 'root\n1234\n',
			err: '',
		});
	});

	test('the way to its socket is ours alone, and is gone when we are', async () => {
		const folders = () => readdirSync(tmpdir()).filter(name => name.startsWith('fb-ssh-'));
		const before = folders();
		await open();
		await echo();
		const [made = ''] = folders().filter(name => !before.includes(name));

		expect(statSync(join(tmpdir(), made)).mode & 0o777).toBe(0o700);
		await transport.close();
		expect(folders()).not.toContain(made);
		await until(() => sshd.sessions().length === 0);
	});
});

test('however the stream is cut, the last word is taken out of it and nothing else', () => {
	const token = 'fieldbook:0123456789abcdef';
	const text = `fieldbook: no line end${token.slice(0, 9)}${token} end 255\nlater\n`;
	for (let size = 1; size <= text.length; size += 1) {
		const marker = new EndMarker(token);
		const chunks = text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
		const out = chunks.map(chunk => Buffer.from(marker.push(Buffer.from(chunk))).toString());

		expect([...out, Buffer.from(marker.rest()).toString()].join('')).toBe(
			'fieldbook: no line endfieldbooklater\n'.replace('fieldbooklater', `${token.slice(0, 9)}later`),
		);
		expect(marker.code).toBe(255);
	}
});
