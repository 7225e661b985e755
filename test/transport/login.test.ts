import {type ChildProcess, execFileSync, spawn} from 'node:child_process';
import {copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {haveSshd, makeKey, type Sshd, startSshd} from '../sshd.js';
import {command, hostOf, run, transportFor, until, vaultWith} from './parts.js';

const isRoot = process.getuid?.() === 0;

describe.skipIf(!haveSshd())('logging in with keys', () => {
	let sshd: Sshd;
	let keys: string;
	let encrypted: string;
	beforeAll(async () => {
		sshd = await startSshd();
		keys = join(sshd.folder, 'keys');
		mkdirSync(keys);
		encrypted = makeKey(keys, 'encrypted', 'ed25519', 'open sesame');
		allow(sshd, `${encrypted}.pub`);
	});
	afterAll(() => sshd.stop());

	test.each(['ed25519', 'ecdsa', 'rsa'] as const)('with an %s key that the sheet names', async type => {
		const key = makeKey(keys, `own_${type}`, type);
		allow(sshd, `${key}.pub`);

		expect(await login({key})).toMatchObject({kind: 'reached'});
	});

	test("with the user's own key where the sheet names none", async () => {
		const home = join(sshd.folder, 'somebody');
		mkdirSync(join(home, '.ssh'), {recursive: true});
		copyFileSync(sshd.userKey, join(home, '.ssh/id_ed25519'));
		const transport = transportFor(sshd, {home});

		expect(await transport.contact(hostOf(sshd, {key: undefined}), undefined)).toMatchObject({kind: 'reached'});
		await transport.close();
	});

	test('with a key under ~', async () => {
		const transport = transportFor(sshd, {home: sshd.folder});

		expect(await transport.contact(hostOf(sshd, {key: '~/user'}), undefined)).toMatchObject({kind: 'reached'});
		await transport.close();
	});

	test('with an encrypted key: its passphrase is asked for once for all hosts', async () => {
		const secrets = vaultWith({passphrase: 'open sesame'});
		const transport = transportFor(sshd, {secrets});
		for (const name of ['web-1', 'web-2', 'web-3']) {
			expect(await transport.contact(hostOf(sshd, {name, key: encrypted}), undefined)).toMatchObject({kind: 'reached'});
		}

		expect(secrets.asked).toEqual([
			{name: 'passphrase', host: 'web-1', text: `Passphrase for ${encrypted}`, echo: false},
		]);
		await transport.close();
	});

	test('nobody is asked for a passphrase of a key that the server does not take', async () => {
		const secrets = vaultWith({passphrase: 'open sesame'});
		const key = makeKey(keys, 'stranger', 'ed25519', 'open sesame');
		const transport = transportFor(sshd, {secrets});

		expect(await transport.contact(hostOf(sshd, {key}), undefined)).toMatchObject({kind: 'refused', refusal: 'auth'});
		expect(secrets.asked).toEqual([]);
		await transport.close();
	});

	test('a wrong passphrase is asked for three times, and forgotten each time', async () => {
		const secrets = vaultWith({passphrase: 'wrong'});
		const transport = transportFor(sshd, {secrets});

		expect(await transport.contact(hostOf(sshd, {key: encrypted}), undefined)).toMatchObject({
			kind: 'refused',
			refusal: 'auth',
			reason: expect.stringContaining('was wrong 3 times'),
		});
		expect(secrets.refusals).toHaveLength(3);
		await transport.close();
	});

	test('a refusal says what the server takes, what we offered, and what to do', async () => {
		const key = makeKey(keys, 'unknown', 'ed25519');
		const fingerprint = execFileSync('ssh-keygen', ['-lf', key], {encoding: 'utf8'}).split(' ')[1];

		expect(await login({key})).toEqual({
			kind: 'refused',
			refusal: 'auth',
			reason: `Could not log in to web-1 (127.0.0.1:${sshd.port}) as ${sshd.user}. The server accepts: publickey. We offered 1 key: ${fingerprint} (${key}).`,
			next: 'Load the right key into the agent, or set "key" for web-1 in the sheet.',
		});
	});

	test('a refused login is not tried again', async () => {
		const logins = () => sshd.log().match(/Connection from/g)?.length ?? 0;
		const before = logins();
		await login({key: makeKey(keys, 'once', 'ed25519')});

		expect(logins() - before).toBe(1);
	});

	test('a script on a host that refuses us was not started', async () => {
		const transport = transportFor(sshd);

		expect((await run(transport, hostOf(sshd, {key: '/no/such/key'}), command('true'))).outcome).toMatchObject({
			kind: 'notStarted',
			refused: 'auth',
			reason: expect.stringContaining('There is no key file /no/such/key.'),
		});
		await transport.close();
	});

	test('a key in a format that cannot be read names the command that converts it', async () => {
		const key = makeKey(keys, 'pkcs8', 'rsa');
		execFileSync('ssh-keygen', ['-q', '-p', '-m', 'PKCS8', '-N', '', '-f', key], {stdio: 'ignore'});
		const putty = join(keys, 'key.ppk');
		writeFileSync(putty, 'PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n');

		expect(await login({key})).toMatchObject({reason: expect.stringContaining(`ssh-keygen -p -f ${key}`)});
		expect(await login({key: putty})).toMatchObject({reason: expect.stringContaining(`puttygen ${putty}`)});
	});

	test('ESXi takes no ed25519 keys, and the refusal says so', async () => {
		const key = makeKey(keys, 'for_esxi', 'ed25519');

		expect(await login({key, platform: 'esxi'})).toMatchObject({next: expect.stringContaining('RSA')});
	});

	async function login(changes: Parameters<typeof hostOf>[1]) {
		const transport = transportFor(sshd);
		const contact = await transport.contact(hostOf(sshd, changes), undefined);
		await transport.close();
		return contact;
	}
});

describe.skipIf(!haveSshd())('logging in through an agent', () => {
	let sshd: Sshd;
	let agent: ChildProcess;
	let agentSocket: string;
	beforeAll(async () => {
		sshd = await startSshd();
		agentSocket = join(sshd.folder, 'agent');
		agent = spawn('ssh-agent', ['-D', '-a', agentSocket], {stdio: 'ignore'});
		await until(() => existsSync(agentSocket));
		for (const [name, type] of [
			['agent_rsa', 'rsa'],
			['agent_ed25519', 'ed25519'],
		] as const) {
			const key = makeKey(sshd.folder, name, type);
			execFileSync('ssh-add', ['-q', key], {env: {...process.env, SSH_AUTH_SOCK: agentSocket}, stdio: 'ignore'});
			renameSync(key, `${key}.moved`); // Only the agent has it now
		}
	});
	afterAll(async () => {
		agent.kill();
		await sshd.stop();
	});

	test.each(['agent_rsa', 'agent_ed25519'])('with %s', async name => {
		const authorized = readFileSync(join(sshd.folder, 'authorized_keys'), 'utf8');
		allow(sshd, join(sshd.folder, `${name}.pub`));
		const transport = transportFor(sshd, {agentSocket});

		expect(await transport.contact(hostOf(sshd, {auth: 'agent', key: undefined}), undefined)).toMatchObject({
			kind: 'reached',
		});
		await transport.close();
		writeFileSync(join(sshd.folder, 'authorized_keys'), authorized);
	});

	test('an agent that is gone is no obstacle: the key file is next', async () => {
		const transport = transportFor(sshd, {agentSocket: join(sshd.folder, 'no-agent')});

		expect(await transport.contact(hostOf(sshd), undefined)).toMatchObject({kind: 'reached'});
		await transport.close();
	});

	test('auth=agent tries nothing else', async () => {
		const transport = transportFor(sshd, {agentSocket: join(sshd.folder, 'no-agent')});

		expect(await transport.contact(hostOf(sshd, {auth: 'agent'}), undefined)).toMatchObject({
			kind: 'refused',
			refusal: 'auth',
			reason: expect.stringContaining('The SSH agent at'),
		});
		await transport.close();
	});
});

describe.skipIf(!haveSshd() || !isRoot)('logging in with a password', () => {
	let sshd: Sshd;
	beforeAll(async () => {
		sshd = await startSshd({passwords: 'password'});
	});
	afterAll(() => sshd.stop());

	test('it is asked for by name and host', async () => {
		const {contact, secrets} = await login(sshd, {password: sshd.passwordUser?.password ?? ''});

		expect(contact).toMatchObject({kind: 'reached'});
		expect(secrets.asked).toEqual([
			{name: 'password', host: 'web-1', text: `Password for ${sshd.passwordUser?.name}`, echo: false},
		]);
	});

	test('a wrong one is sent once, and forgotten', async () => {
		const {contact, secrets} = await login(sshd, {password: 'wrong'});

		expect(contact).toMatchObject({kind: 'refused', refusal: 'auth', reason: expect.stringContaining('password')});
		expect(secrets.refusals).toHaveLength(1);
		expect(sshd.log().match(/Failed password/g)).toHaveLength(1);
	});

	test('without anybody to ask, the refusal says so', async () => {
		const {contact} = await login(sshd, {});

		expect(contact).toMatchObject({refusal: 'auth', reason: expect.stringContaining('Nobody gave the password.')});
	});

	test('the host sends what it sends, and takes no password twice over', async () => {
		const {contact} = await login(sshd, {password: sshd.passwordUser?.password ?? ''}, {auth: 'keyboard-interactive'});

		expect(contact).toMatchObject({
			refusal: 'auth',
			next: expect.stringContaining('does not take "keyboard-interactive"'),
		});
	});
});

describe.skipIf(!haveSshd() || !isRoot)('logging in as ESXi wants it: keyboard-interactive, no passwords', () => {
	let sshd: Sshd;
	beforeAll(async () => {
		sshd = await startSshd({passwords: 'keyboard-interactive'});
	});
	afterAll(() => sshd.stop());

	test.each([undefined, 'keyboard-interactive'] as const)('auth %s: its prompt gets the password', async auth => {
		const {contact, secrets} = await login(sshd, {password: sshd.passwordUser?.password ?? ''}, {auth});

		expect(contact).toMatchObject({kind: 'reached'});
		expect(secrets.asked).toMatchObject([{name: 'password', host: 'web-1', echo: false}]);
	});

	test('auth=password fails, and the refusal names what works', async () => {
		const {contact} = await login(sshd, {password: sshd.passwordUser?.password ?? ''}, {auth: 'password'});

		expect(contact).toMatchObject({refusal: 'auth', next: expect.stringContaining('keyboard-interactive')});
	});

	test('a wrong password is sent once', async () => {
		const {contact, secrets} = await login(sshd, {password: 'wrong'});

		expect(contact).toMatchObject({refusal: 'auth'});
		expect(secrets.asked).toHaveLength(1);
		expect(secrets.refusals).toHaveLength(1);
	});
});

async function login(
	sshd: Sshd,
	answers: Readonly<Record<string, string>>,
	changes: Parameters<typeof hostOf>[1] = {},
) {
	const secrets = vaultWith(answers);
	const transport = transportFor(sshd, {secrets});
	const host = hostOf(sshd, {user: sshd.passwordUser?.name, key: undefined, ...changes});
	const contact = await transport.contact(host, undefined);
	await transport.close();
	return {contact, secrets};
}

function allow(sshd: Sshd, publicKey: string): void {
	writeFileSync(join(sshd.folder, 'authorized_keys'), readFileSync(publicKey), {flag: 'a'});
}
