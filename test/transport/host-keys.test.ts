import {execFileSync} from 'node:child_process';
import {mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, beforeEach, describe, expect, test} from 'vitest';
import {appendKnownHost} from '../../src/transport/known-hosts-file.js';
import {haveSshd, makeKey, type Sshd, startSshd} from '../sshd.js';
import {command, hostOf, run, transportFor} from './parts.js';

describe.skipIf(!haveSshd())('the key of a host', () => {
	let sshd: Sshd;
	let file: string;
	let name: string;
	let other: string;
	beforeAll(async () => {
		sshd = await startSshd({hostKeys: ['ed25519', 'rsa']});
		file = join(sshd.folder, 'ssh', 'known_hosts');
		name = `[127.0.0.1]:${sshd.port}`;
		other = readFileSync(`${makeKey(sshd.folder, 'other', 'ed25519')}.pub`, 'utf8')
			.split(' ')
			.slice(0, 2)
			.join(' ');
	});
	afterAll(() => sshd.stop());
	beforeEach(() => rmSync(join(sshd.folder, 'ssh'), {recursive: true, force: true}));

	test('strict: an unknown one is refused', async () => {
		expect(await contact('strict')).toMatchObject({
			kind: 'refused',
			refusal: 'host-key-unknown',
			reason: expect.stringContaining(sshd.hostKeyFingerprints[0] ?? ''),
		});
	});

	test('ask: an unknown one is first contact, and once confirmed it is written as ssh writes it', async () => {
		const fingerprint = sshd.hostKeyFingerprints[0] ?? '';

		expect(await contact('ask')).toEqual({kind: 'firstContact', keyType: 'ssh-ed25519', fingerprint});
		expect(await contact('ask', 'SHA256:somethingElse')).toMatchObject({kind: 'firstContact'});
		expect(await contact('ask', fingerprint)).toMatchObject({kind: 'reached', facts: {fingerprint}});
		expect(readFileSync(file, 'utf8')).toBe(`${name} ${sshd.hostKeyLines[0]}\n`);
		expect(statSync(file).mode & 0o777).toBe(0o600);
		expect(statSync(join(file, '..')).mode & 0o777).toBe(0o700);
		expect(await contact('strict')).toMatchObject({kind: 'reached'});
	});

	test('ask: one transport may be asked, told, and asked again', async () => {
		const transport = transportFor(sshd, {knownHosts: {files: [file], policy: 'ask'}});
		const host = hostOf(sshd);
		const first = await transport.contact(host, undefined);
		const {outcome} = await run(transport, host, command('true'));
		const second = await transport.contact(host, first.kind === 'firstContact' ? first.fingerprint : '');

		expect(outcome).toMatchObject({kind: 'notStarted', refused: 'host-key-unknown'});
		expect(second).toMatchObject({kind: 'reached'});
		expect((await run(transport, host, command('true'))).outcome).toEqual({kind: 'exited', code: 0});
		await transport.close();
	});

	test('where known_hosts cannot be read, nothing is sent', async () => {
		mkdirSync(file, {recursive: true}); // A folder of that name

		expect(await contact('accept-new')).toMatchObject({
			refusal: 'host-key-unknown',
			reason: expect.stringContaining('cannot be checked'),
		});
	});

	test('where known_hosts cannot be written, the confirmed key holds for this run', async () => {
		const transport = transportFor(sshd, {knownHosts: {files: ['/sys/fieldbook/known_hosts'], policy: 'ask'}});
		const first = await transport.contact(hostOf(sshd), sshd.hostKeyFingerprints[0]);
		const again = await transport.contact(hostOf(sshd, {name: 'the-same-host'}), undefined);
		await transport.close();

		expect([first.kind, again.kind]).toEqual(['reached', 'reached']);
	});

	test('accept-new: an unknown one is taken and written', async () => {
		expect(await contact('accept-new')).toMatchObject({kind: 'reached'});
		expect(await contact('strict')).toMatchObject({kind: 'reached'});
	});

	test.each(['strict', 'ask', 'accept-new'] as const)(
		'%s: a changed one is refused, and nothing is sent',
		async policy => {
			know(`# mine\n\n${name} ${other}\n`);
			const before = sshd.log().length;
			const refused = await contact(policy, sshd.hostKeyFingerprints[0]);

			expect(refused).toMatchObject({
				kind: 'refused',
				refusal: 'host-key-changed',
				reason: expect.stringMatching(
					/known_hosts \(line 3\)\. We expected SHA256:\S+ and got SHA256:\S+\. Nothing was sent\./,
				),
			});
			expect(refused.kind === 'refused' ? refused.reason : '').toContain(sshd.hostKeyFingerprints[0]);
			expect(sshd.log().slice(before)).not.toMatch(/user|publickey|password|Accepted|Failed/);
		},
	);

	test('a script on a host with a changed key was not started, and says why', async () => {
		know(`${name} ${other}\n`);
		const transport = transportFor(sshd, {knownHosts: {files: [file], policy: 'accept-new'}});

		expect((await run(transport, hostOf(sshd), command('true'))).outcome).toMatchObject({
			kind: 'notStarted',
			refused: 'host-key-changed',
		});
		await transport.close();
	});

	test('a revoked one is refused', async () => {
		know(`${name} ${sshd.hostKeyLines[0]}\n@revoked * ${sshd.hostKeyLines[0]}\n`);

		expect(await contact('accept-new')).toMatchObject({
			refusal: 'host-key-revoked',
			reason: expect.stringContaining('(line 2)'),
		});
	});

	test('a host that is known by its RSA key is asked for that one', async () => {
		know(`${name} ${sshd.hostKeyLines[1]}\n`);

		expect(await contact('strict')).toMatchObject({
			kind: 'reached',
			facts: {keyType: 'ssh-rsa', fingerprint: sshd.hostKeyFingerprints[1]},
		});
	});

	test('a host that shows a key of another type than the known one is not taken for new', async () => {
		know(`${name} ecdsa-sha2-nistp256 AAAA\n`);

		expect(await contact('accept-new')).toMatchObject({
			refusal: 'host-key-unknown',
			reason: expect.stringMatching(
				/is of another type than the known one: ssh-ed25519 .*known_hosts has a key of type ecdsa-sha2-nistp256 for it \(.*line 1\)/,
			),
			next: expect.stringContaining('another server'),
		});
		expect(await contact('ask')).toMatchObject({
			kind: 'firstContact',
			about: expect.stringContaining('a key of type ecdsa-sha2-nistp256'),
		});
	});

	test('a certificate authority is named as something that we cannot use', async () => {
		know(`@cert-authority * ${other}\n`);

		expect(await contact('accept-new')).toMatchObject({
			refusal: 'host-key-unknown',
			reason: expect.stringMatching(/certificate authority .* as ssh-keyscan prints it/),
		});
	});

	test('no line of others is rewritten, and a last line without an end gets one', async () => {
		know('some.host ssh-ed25519 AAAA');
		await contact('accept-new');

		expect(readFileSync(file, 'utf8')).toBe(`some.host ssh-ed25519 AAAA\n${name} ${sshd.hostKeyLines[0]}\n`);
	});

	test('several fieldbooks append at once: each key stands there once, in a line of its own', async () => {
		know('no.line.end ssh-ed25519 AAAA');
		const keys = Array.from({length: 20}, (_, index) => index % 10);
		await Promise.all(
			keys.map(index =>
				appendKnownHost(
					file,
					{address: `10.0.0.${index}`, port: 22},
					Buffer.from(other.split(' ')[1] ?? '', 'base64'),
					false,
				),
			),
		);
		const lines = readFileSync(file, 'utf8').trimEnd().split('\n');

		expect(lines.map(line => line.split(' ')[0]).toSorted()).toEqual([
			...Array.from({length: 10}, (_, index) => `10.0.0.${index}`),
			'no.line.end',
		]);
		expect(readdirSync(join(file, '..'))).toEqual(['known_hosts']);
	});

	test('a lock that somebody left behind holds nobody up', async () => {
		know('');
		const lock = `${file}.fieldbook-lock`;
		writeFileSync(lock, '');
		utimesSync(lock, 1, 1);

		expect(await contact('accept-new')).toMatchObject({kind: 'reached'});
		expect(readFileSync(file, 'utf8')).toContain(name);
	});

	describe('as the ssh configuration has it', () => {
		test('HostKeyAlias: it stands there under that name, without a port', async () => {
			expect(await configured('HostKeyAlias Gate', 'accept-new')).toMatchObject({kind: 'reached'});
			expect(readFileSync(file, 'utf8')).toBe(`gate ${sshd.hostKeyLines[0]}\n`);
			expect(await configured('HostKeyAlias gate', 'strict')).toMatchObject({kind: 'reached'});
			expect(await configured('HostKeyAlias gate2', 'strict')).toMatchObject({refusal: 'host-key-unknown'});
		});

		test('HashKnownHosts: its name is hashed, and ssh-keygen finds it', async () => {
			await configured('HashKnownHosts yes\nConnectTimeout 9', 'accept-new');

			expect(readFileSync(file, 'utf8')).toMatch(/^\|1\|\S+\|\S+ ssh-ed25519 /);
			expect(execFileSync('ssh-keygen', ['-F', name, '-f', file], {encoding: 'utf8'})).toContain('found');
			expect(await configured('', 'strict')).toMatchObject({kind: 'reached'});
		});

		test('the key may stand in any of its files, and new ones go into the first', async () => {
			const system = join(file, '..', 'system');
			know('');
			writeFileSync(system, `${name} ${sshd.hostKeyLines[0]}\n`);

			expect(await configured(`GlobalKnownHostsFile ${system}`, 'strict')).toMatchObject({kind: 'reached'});
			expect(readFileSync(file, 'utf8')).toBe('');
		});

		test.each([
			['yes', 'ask', 'refused'],
			['accept-new', 'ask', 'reached'],
			['no', 'ask', 'reached'],
			['ask', 'ask', 'firstContact'],
			['accept-new', 'strict', 'refused'],
			['yes', 'accept-new', 'reached'],
		] as const)('StrictHostKeyChecking %s where the run says %s: %s', async (word, policy, kind) => {
			expect(await configured(`StrictHostKeyChecking ${word}`, policy)).toMatchObject({kind});
		});

		test('StrictHostKeyChecking no lets no changed key through', async () => {
			know(`${name} ${other}\n`);

			expect(await configured('StrictHostKeyChecking no', 'ask')).toMatchObject({refusal: 'host-key-changed'});
		});

		async function configured(text: string, policy: 'strict' | 'ask' | 'accept-new') {
			const path = join(sshd.folder, 'config');
			writeFileSync(path, `${text}\nUserKnownHostsFile ${file}\n`);
			const transport = transportFor(sshd, {knownHosts: {policy}, sshConfig: {kind: 'file', path}});
			const result = await transport.contact(hostOf(sshd), undefined);
			await transport.close();
			return result;
		}
	});

	function know(text: string): void {
		mkdirSync(join(file, '..'), {recursive: true});
		writeFileSync(file, text);
	}

	async function contact(policy: 'strict' | 'ask' | 'accept-new', trusted?: string) {
		const transport = transportFor(sshd, {knownHosts: {files: [file], policy}});
		const result = await transport.contact(hostOf(sshd), trusted);
		await transport.close();
		return result;
	}
});
