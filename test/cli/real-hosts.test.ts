import {execFileSync} from 'node:child_process';
import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import {haveSshd, type Sshd, startSshd} from '../sshd.js';
import {Fieldbook} from './fieldbook.js';

/** Two hosts that are one real OpenSSH server: what runs there leaves marks in its folder. */
const runbook = (folder: string) =>
	`---
fieldbook: 1
title: Two real hosts
hosts:
  one: { group: both, platform: linux }
  two: { group: both, platform: linux }
params:
  word: { type: name, default: mark }
---

# Marks
<!-- on=both -->

Leave a mark on each host.

\`\`\`sh id=mark
echo "{{host.name}}" >> ${folder}/{{word}}
\`\`\`
Already there if:
\`\`\`sh check
grep -qx {{host.name}} ${folder}/{{word}}
\`\`\`

Say who you are.

\`\`\`sh id=who readonly on=one
echo someone
\`\`\`
`.replaceAll('"{{host.name}}"', '{{host.name}}');

describe.skipIf(!haveSshd())('a run on a real OpenSSH server', () => {
	let fieldbook: Fieldbook;
	let sshd: Sshd;
	beforeEach(async () => {
		fieldbook = new Fieldbook();
	});
	afterEach(async () => {
		await sshd.stop();
		await fieldbook.remove();
	});

	/** `login` is the part of a site file's host line that says how to log in. */
	function files(login: string, hostKeyLine = sshd.hostKeyLines[0]) {
		const known = fieldbook.write('known_hosts', `[127.0.0.1]:${sshd.port},[localhost]:${sshd.port} ${hostKeyLine}\n`);
		const host = (address: string) => `{ address: ${address}, port: ${sshd.port}, ${login} }`;
		return {
			known,
			book: fieldbook.write('book.md', runbook(fieldbook.folder)),
			site: fieldbook.write(
				'site.yaml',
				`hosts:\n  one: ${host('127.0.0.1')}\n  two: ${host('localhost')}\nknown_hosts: ./known_hosts\n`,
			),
			run: join(fieldbook.folder, 'real.fieldbook'),
		};
	}

	const marks = () => readFileSync(join(fieldbook.folder, 'mark'), 'utf8').split('\n').filter(Boolean).toSorted();

	test('with a key: ends with 0, and a second run finds everything there', async () => {
		sshd = await startSshd({});
		const {book, site, run} = files(`user: ${sshd.user}, auth: key, key: ${sshd.userKey}`);
		const {status, out, err} = await fieldbook.run('run', book, '--site', site, '--run-file', run, '--plain');
		expect(err).toBe('');
		expect(out).toMatch(/mark/);
		expect(status).toBe(0);
		expect(marks()).toEqual(['one', 'two']);

		const again = await fieldbook.run('run', book, '--site', site, '--run-file', `${run}.2.fieldbook`, '--plain');
		expect(again.status).toBe(0);
		expect(marks()).toEqual(['one', 'two']);
		const shown = JSON.parse((await fieldbook.run('show', `${run}.2.fieldbook`, '--json')).out);
		expect(shown.steps.filter((step: {id: string}) => step.id === 'mark')).toMatchObject([
			{state: 'satisfied'},
			{state: 'satisfied'},
		]);
		expect((await fieldbook.run('verify', run)).status).toBe(0);
	});

	test.skipIf(process.getuid?.() !== 0)(
		'with a password from the environment, which stands nowhere afterwards',
		async () => {
			sshd = await startSshd({passwords: 'password'});
			const {name = '', password = ''} = sshd.passwordUser ?? {};
			const {book, site, run} = files(`user: ${name}, auth: password, password: "env:THE_PASSWORD"`);
			fieldbook.env['THE_PASSWORD'] = password;
			const {status, out, err} = await fieldbook.run(
				'run',
				book,
				'--site',
				site,
				'--run-file',
				run,
				'--plain',
				'--only',
				'who',
			);
			expect(err).toBe('');
			expect(status).toBe(0);
			expect(out).not.toContain(password);
			expect(readFileSync(run).includes(password)).toBe(false);
		},
	);

	test('a changed host key ends with 4, and nothing was sent', async () => {
		sshd = await startSshd({hostKeys: ['ed25519']});
		const other = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl';
		const {book, site, run, known} = files(`user: ${sshd.user}, auth: key, key: ${sshd.userKey}`, other);
		const before = readFileSync(known, 'utf8');
		const {status, out, err} = await fieldbook.run('run', book, '--site', site, '--run-file', run, '--plain');
		expect(out + err).toMatch(/known_hosts/);
		expect(out + err).toContain(sshd.hostKeyFingerprints[0]);
		expect(status).toBe(4);
		expect(existsSync(join(fieldbook.folder, 'mark'))).toBe(false);
		expect(readFileSync(known, 'utf8')).toBe(before);
		expect(sshd.log()).not.toMatch(/Accepted|session opened/i);
	});

	test('a key that the server does not take ends with 4 and names what was offered', async () => {
		sshd = await startSshd({});
		const stranger = join(fieldbook.folder, 'stranger');
		execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', stranger]);
		const {book, site, run} = files(`user: ${sshd.user}, auth: key, key: ${stranger}`);
		const {status, out, err} = await fieldbook.run('run', book, '--site', site, '--run-file', run, '--plain');
		expect(out + err).toMatch(/SHA256:/);
		expect(out + err).toMatch(/publickey/);
		expect(status).toBe(4);
	});

	test('an unknown host key is refused without a person, and taken with --host-keys accept-new', async () => {
		sshd = await startSshd({});
		const {book, site, run, known} = files(`user: ${sshd.user}, auth: key, key: ${sshd.userKey}`);
		fieldbook.write('known_hosts', '');
		const refused = await fieldbook.run('run', book, '--site', site, '--run-file', run, '--plain');
		expect(refused.status).toBe(4);
		const taken = await fieldbook.run(
			'run',
			book,
			'--site',
			site,
			'--run-file',
			`${run}.2.fieldbook`,
			'--plain',
			'--host-keys',
			'accept-new',
		);
		expect(taken.status).toBe(0);
		expect(readFileSync(known, 'utf8')).toContain(`[127.0.0.1]:${sshd.port} ssh-`);
	});

	test('kill -9 in the middle of a command: finished steps stay, the step in flight is unknown and its check is asked', async () => {
		sshd = await startSshd({});
		const {site, run} = files(`user: ${sshd.user}, auth: key, key: ${sshd.userKey}`);
		const folder = fieldbook.folder;
		const book = fieldbook.write(
			'slow.md',
			`---\nfieldbook: 1\ntitle: Slow\nhosts:\n  one: { platform: linux }\n---\n\n# A\n<!-- on=one -->\n\nFirst.\n\n\`\`\`sh id=first\necho first >> ${folder}/log\n\`\`\`\n\nSlow.\n\n\`\`\`sh id=slow\necho begun >> ${folder}/log\necho begun\nwhile [ ! -e ${folder}/go ]; do sleep 0.1; done\necho ended >> ${folder}/log\n\`\`\`\n\nLast.\n\n\`\`\`sh id=last\necho last >> ${folder}/log\n\`\`\`\n`,
		);
		const running = fieldbook.start(['run', book, '--site', site, '--run-file', run, '--plain']);
		await untilFileHas(join(folder, 'log'), 'begun');
		running.process.kill('SIGKILL');
		await running.ended;

		const resumed = await fieldbook.run('resume', run, '--plain');
		expect(resumed.status).toBe(3);
		expect(resumed.out).toMatch(/slow/);
		expect(resumed.out).toMatch(/unknown/);
		fieldbook.write('go', '');
		await untilFileHas(join(folder, 'log'), 'ended');
		const lines = readFileSync(join(folder, 'log'), 'utf8').trim().split('\n');
		expect(lines).toEqual(['first', 'begun', 'ended']);
		const shown = JSON.parse((await fieldbook.run('show', run, '--json')).out);
		expect(shown.steps).toMatchObject([
			{id: 'first', state: 'done', attempts: 1},
			{id: 'slow', state: 'unknown', attempts: 1},
			{id: 'last', state: 'waiting', attempts: 0},
		]);
		expect((await fieldbook.run('verify', run)).status).toBe(0);
	});

	test('a second process on the same run file is told who it is and ends with 5', async () => {
		sshd = await startSshd({});
		const {site, run} = files(`user: ${sshd.user}, auth: key, key: ${sshd.userKey}`);
		const book = fieldbook.write(
			'wait.md',
			`---\nfieldbook: 1\ntitle: Wait\nhosts:\n  one: { platform: linux }\n---\n\n# A\n<!-- on=one -->\n\nWait.\n\n\`\`\`sh id=wait\necho begun >> ${fieldbook.folder}/log\nwhile [ ! -e ${fieldbook.folder}/go ]; do sleep 0.1; done\n\`\`\`\n`,
		);
		const running = fieldbook.start(['run', book, '--site', site, '--run-file', run, '--plain']);
		await untilFileHas(join(fieldbook.folder, 'log'), 'begun');
		for (const words of [
			['resume', run, '--plain'],
			['verify', run],
		]) {
			const second = await fieldbook.run(...words);
			expect(second.err).toMatch(new RegExp(`is open by .*, process ${running.process.pid}`));
			expect(second.status).toBe(5);
		}

		expect((await fieldbook.run('show', run)).out).toMatch(/Wait +one +running/);
		fieldbook.write('go', '');
		expect((await running.ended).status).toBe(0);
	});
});

async function untilFileHas(file: string, text: string): Promise<void> {
	await vi.waitUntil(() => existsSync(file) && readFileSync(file, 'utf8').includes(text), {
		timeout: 30_000,
		interval: 20,
	});
}
