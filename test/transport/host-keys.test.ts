import {mkdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, beforeEach, describe, expect, test} from 'vitest';
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
			reason: expect.stringContaining('ecdsa-sha2-nistp256'),
		});
		expect(await contact('ask')).toMatchObject({kind: 'firstContact'});
	});

	test('a certificate authority is named as something that we cannot use', async () => {
		know(`@cert-authority * ${other}\n`);

		expect(await contact('accept-new')).toMatchObject({
			refusal: 'host-key-unknown',
			reason: expect.stringContaining('certificate authority'),
		});
	});

	test('no line of others is rewritten, and a last line without an end gets one', async () => {
		know('some.host ssh-ed25519 AAAA');
		await contact('accept-new');

		expect(readFileSync(file, 'utf8')).toBe(`some.host ssh-ed25519 AAAA\n${name} ${sshd.hostKeyLines[0]}\n`);
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
