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

	test.each([
		['PKCS#8', () => pkcs8(''), 'ssh-keygen -p -f KEY'],
		['PKCS#8, encrypted', () => pkcs8('open sesame'), 'ssh-keygen -p -f KEY'],
		['PuTTY 3', () => written('PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n'), 'puttygen KEY'],
		['PuTTY 2, ed25519', () => written('PuTTY-User-Key-File-2: ssh-ed25519\nEncryption: none\n'), 'puttygen KEY'],
		['SSH2', () => written('---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nP2/56wAAA\n'), 'ssh-keygen -i -f KEY'],
		[
			'chacha20',
			() => makeKey(keys, 'chacha', 'ed25519', 'open sesame', ['-Z', 'chacha20-poly1305@openssh.com']),
			'ssh-keygen -p -Z aes256-ctr -f KEY',
		],
	])('a key in a format that cannot be read (%s) names the command that converts it', async (_, make, remedy) => {
		const key = make();

		expect(await login({key})).toMatchObject({reason: expect.stringContaining(remedy.replace('KEY', key))});
	});

	test.each(['aes256-ctr', 'aes256-gcm@openssh.com'])('a key encrypted with %s is read', async cipher => {
		const key = makeKey(keys, cipher, 'ed25519', 'open sesame', ['-Z', cipher]);
		allow(sshd, `${key}.pub`);
		const transport = transportFor(sshd, {secrets: vaultWith({passphrase: 'open sesame'})});

		expect(await transport.contact(hostOf(sshd, {key}), undefined)).toMatchObject({kind: 'reached'});
		await transport.close();
	});

	test('a key on a security token is nothing for us, and the system’s ssh is named', async () => {
		const type = 'sk-ssh-ed25519@openssh.com';
		const blob = Buffer.concat([lengthOf(type), Buffer.from(type), Buffer.alloc(64)]).toString('base64');
		const key = written('-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n');
		writeFileSync(`${key}.pub`, `${type} ${blob} token\n`);

		expect(await login({key})).toMatchObject({
			reason: expect.stringContaining(`there is a key on a security token (${key})`),
			next: expect.stringContaining('transport: system'),
		});
	});

	test('as the ssh configuration has it: several keys, in its order, and a person’s time does not count', async () => {
		const [first, second] = [makeKey(keys, 'first', 'ed25519'), makeKey(keys, 'second', 'ed25519', 'open sesame')];
		allow(sshd, `${second}.pub`);
		const secrets = vaultWith();
		const transport = transportFor(sshd, {
			sshConfig: config(`IdentityFile ${first}\nIdentityFile ${second}`),
			timing: {login: 200},
			secrets: {
				...secrets,
				obtain: async () => {
					await new Promise(resolve => setTimeout(resolve, 400)); // Longer than we would wait for the server
					return 'open sesame';
				},
			},
		});
		const before = sshd.log().length;

		expect(await transport.contact(hostOf(sshd, {key: undefined}), undefined)).toMatchObject({kind: 'reached'});
		expect(sshd.log().slice(before)).toMatch(/Failed publickey[\s\S]*Accepted publickey/);
		await transport.close();
	});

	test('ESXi takes no ed25519 keys, and the refusal says so', async () => {
		const key = makeKey(keys, 'for_esxi', 'ed25519');

		expect(await login({key, platform: 'esxi'})).toMatchObject({next: expect.stringContaining('RSA')});
	});

	function pkcs8(passphrase: string): string {
		const key = makeKey(keys, `pkcs8_${passphrase.length}`, 'rsa');
		const words = ['-q', '-p', '-m', 'PKCS8', '-N', passphrase, '-f', key];
		execFileSync('ssh-keygen', words, {stdio: 'ignore'});
		return key;
	}

	function written(text: string): string {
		const file = join(keys, `written_${text.length}`);
		writeFileSync(file, text);
		return file;
	}

	function config(text: string): {readonly kind: 'file'; readonly path: string} {
		const path = join(keys, 'config');
		writeFileSync(path, text);
		return {kind: 'file', path};
	}

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

	test('IdentitiesOnly: of the agent’s keys only those that the configuration names, by their public halves', async () => {
		const refused = await loginAs(
			`IdentitiesOnly yes\nIdentityFile ${join(sshd.folder, 'agent_ed25519')}`,
			agentSocket,
		);
		const [, offered] = /We offered (.*)\.$/.exec(refused.kind === 'refused' ? refused.reason : '') ?? [];

		expect(offered).toMatch(/^1 key: SHA256:\S+ \(the agent\)/);
	});

	test('IdentityAgent: another agent, or none', async () => {
		const all = await loginAs(`IdentityAgent ${agentSocket}`, undefined);
		const none = await loginAs('IdentityAgent none', agentSocket);

		expect(all).toMatchObject({reason: expect.stringContaining('We offered 2 keys')});
		expect(none).toMatchObject({reason: expect.stringContaining('We offered no key')});
	});

	test('a certificate is nothing for us, be it in a file or in the agent: the system’s ssh is named', async () => {
		const key = makeKey(sshd.folder, 'certified', 'ed25519');
		const authority = makeKey(sshd.folder, 'authority', 'ed25519');
		execFileSync('ssh-keygen', ['-q', '-s', authority, '-I', 'me', '-n', sshd.user, `${key}.pub`], {stdio: 'ignore'});
		const inFile = await loginAs(`IdentityFile ${key}`, undefined);
		execFileSync('ssh-add', ['-q', key], {env: {...process.env, SSH_AUTH_SOCK: agentSocket}, stdio: 'ignore'});
		const inAgent = await loginAs('', agentSocket);

		expect(inFile).toMatchObject({
			reason: expect.stringContaining(`For ssh itself there is a certificate (${key}-cert.pub)`),
			next: expect.stringContaining('transport: system'),
		});
		expect(inAgent).toMatchObject({reason: expect.stringContaining('there is a certificate (in the agent)')});
	});

	test('a key that is named comes before the agent’s others, of which there may be more than a server lets us try', async () => {
		for (let number = 1; number <= 5; number += 1) {
			const key = makeKey(sshd.folder, `more_${number}`, 'ed25519');
			execFileSync('ssh-add', ['-q', key], {env: {...process.env, SSH_AUTH_SOCK: agentSocket}, stdio: 'ignore'});
		}

		expect(await loginAs(`IdentityFile ${sshd.userKey}`, agentSocket)).toMatchObject({kind: 'reached'});
	});

	async function loginAs(config: string, agentSocket: string | undefined) {
		const path = join(sshd.folder, 'config');
		writeFileSync(path, config);
		const transport = transportFor(sshd, {agentSocket, sshConfig: {kind: 'file', path}});
		const contact = await transport.contact(hostOf(sshd, {key: undefined}), undefined);
		await transport.close();
		return contact;
	}

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

function lengthOf(text: string): Buffer {
	const length = Buffer.alloc(4);
	length.writeUInt32BE(text.length);
	return length;
}

function allow(sshd: Sshd, publicKey: string): void {
	writeFileSync(join(sshd.folder, 'authorized_keys'), readFileSync(publicKey), {flag: 'a'});
}
