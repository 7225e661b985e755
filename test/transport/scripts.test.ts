import {spawnSync} from 'node:child_process';
import {mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import type {HostAccess, Transport} from '../../src/engine/ports.js';
import {haveSshd, type Sshd, startSshd} from '../sshd.js';
import {begin, command, execOn, fileAt, hostOf, run, transportFor} from './parts.js';

const isRoot = process.getuid?.() === 0;
const has = (program: string) => spawnSync(program, ['--help']).error === undefined;

describe.skipIf(!haveSshd())('scripts on a real host', () => {
	let sshd: Sshd;
	let transport: Transport;
	let host: HostAccess;
	beforeAll(async () => {
		sshd = await startSshd();
		transport = transportFor(sshd, {timing: {heldOpen: 200}});
		host = hostOf(sshd);
	});
	afterAll(async () => {
		await transport.close();
		await sshd.stop();
	});

	type Interpreter = readonly [string, ...string[]];
	const shells: readonly Interpreter[] = [['dash'], ['bash'], ['/bin/sh'], ['busybox', 'sh']];
	const present = shells.filter(([program]) => has(program)).map(interpreter => ({interpreter}));
	test.each(present)('the flags of a shebang hold under $interpreter', async ({interpreter}) => {
		const script = 'echo one; false; echo two';
		const strict = await run(transport, host, command(script, {interpreter: [...interpreter, '-eux']}));
		const lenient = await run(transport, host, command(script, {interpreter}));

		expect(strict).toMatchObject({outcome: {kind: 'exited', code: 1}, out: 'one\n'});
		expect(strict.err).toContain('+ echo one');
		expect(lenient).toMatchObject({outcome: {kind: 'exited', code: 0}, out: 'one\ntwo\n', err: ''});
	});

	test('a shebang inside a here-document is text', async () => {
		expect((await run(transport, host, command('cat <<E\n#!/bin/false\nE'))).out).toBe('#!/bin/false\n');
	});

	test.each([
		['perl', ['perl', '-w'], 'print "n=$ENV{n} @ARGV\\n"; exit 4'],
		[
			'python3 through env',
			['/usr/bin/env', 'python3'],
			'import os, sys\nprint("n=" + os.environ["n"], "")\nsys.exit(4)',
		],
	] as const)('%s gets its script as a file', async (_, interpreter, script) => {
		expect(await run(transport, host, command(script, {interpreter, variables: {n: '日本'}}))).toMatchObject({
			outcome: {kind: 'exited', code: 4},
			out: 'n=日本 \n',
		});
	});

	test('env without its program is a missing interpreter', async () => {
		const remote = command('1', {interpreter: ['/usr/bin/env', 'no-such-python']});

		expect((await run(transport, host, remote)).outcome).toMatchObject({
			kind: 'notStarted',
			reason: expect.stringContaining('no-such-python'),
		});
	});

	test('bytes that are no text pass unchanged', async () => {
		const chunks: Uint8Array[] = [];
		const keep = (_: string, bytes: Uint8Array) => void chunks.push(Buffer.from(bytes));
		await transport.exec(host, command("printf '\\377\\000\\203\\n\\033'"), keep, new AbortController().signal);

		expect(Buffer.concat(chunks)).toEqual(Buffer.from([0xff, 0, 0x83, 0x0a, 0x1b]));
	});

	test('a flood on both streams arrives whole', async () => {
		const counts = {out: 0, err: 0};
		const count = (stream: 'out' | 'err', bytes: Uint8Array) => {
			counts[stream] += bytes.length;
		};
		const script = 'head -c 20000000 /dev/zero & head -c 20000000 /dev/zero >&2; wait';

		expect(await transport.exec(host, command(script), count, new AbortController().signal)).toEqual({
			kind: 'exited',
			code: 0,
		});
		expect(counts).toEqual({out: 20_000_000, err: 20_000_000});
	});

	test('secrets stand in no argument list while the script runs', async () => {
		const secret = 'n0b0dy-may-see-this';
		const running = begin(
			execOn(transport, host),
			command('printf "length %s\\n" "$' + '{#pin}"; sleep 600', {
				secrets: {pin: secret},
				variables: {shown: 'value-of-a-variable'},
			}),
		);
		await running.printed(`length ${secret.length}\n`);
		const lines = readdirSync('/proc')
			.filter(name => /^\d+$/.test(name))
			.map(commandLine)
			.join('\n');
		running.cancel();
		await running.result;

		expect(lines).toContain('pin'); // The script itself is there
		expect(lines).not.toContain(secret);
	});

	test('a child in the background holds nobody up, and lives on', async () => {
		const {outcome, out} = await run(transport, host, command('sleep 600 & echo "child $!"; exit 3'));
		const [, child] = /child (\d+)/.exec(out) ?? [];

		expect(outcome).toEqual({kind: 'exited', code: 3});
		expect((await run(transport, host, command(`kill ${child}`))).outcome).toEqual({kind: 'exited', code: 0});
	});

	test('a script killed from elsewhere reports the signal', async () => {
		expect((await run(transport, host, command('kill -KILL $$'))).outcome).toEqual({
			kind: 'signaled',
			signal: 'SIGKILL',
		});
	});

	test('cancelling ends the children as well', async () => {
		const running = begin(execOn(transport, host), command('sleep 600 | sleep 601 & echo "child $!"; sleep 602'));
		const [, child] = /child (\d+)/.exec(await running.printed('\n')) ?? [];
		running.cancel();
		await running.result;

		// A dead one that nobody has collected still answers to its number
		const alive = command(`kill -0 ${child} && ! grep -q '^State:.Z' /proc/${child}/status`);
		expect((await run(transport, host, alive)).outcome).toEqual({kind: 'exited', code: 1});
	});

	test('a script that catches the signal and ends with 0 was cancelled all the same', async () => {
		const running = begin(
			execOn(transport, host),
			command('trap "exit 0" TERM; echo begun; while :; do sleep 0.1; done'),
		);
		await running.printed('begun');
		running.cancel();

		expect((await running.result).outcome).toEqual({kind: 'signaled', signal: 'SIGTERM'});
	});

	test('a script that ignores the signal is killed', async () => {
		const running = begin(execOn(transport, host), command('trap "" TERM; echo begun; while :; do sleep 0.1; done'));
		await running.printed('begun');
		running.cancel();

		expect((await running.result).outcome).toEqual({kind: 'signaled', signal: 'SIGKILL'});
	});

	test('an exit status that came before the time was up stands', async () => {
		const remote = command('sleep 600 & exit 3', {timeoutMs: 100});

		expect((await run(transport, host, remote)).outcome).toEqual({kind: 'exited', code: 3});
	});

	test('what the sink throws is our error, not the connection’s', async () => {
		const full = () => {
			throw new Error('disk full');
		};

		await expect(transport.exec(host, command('echo a; echo b'), full, new AbortController().signal)).rejects.toThrow(
			'disk full',
		);
		expect((await run(transport, host, command('echo still'))).out).toBe('still\n');
	});

	test('a large file for a folder that is not there holds nobody up', async () => {
		const file = fileAt('/no/such/folder/file', {bytes: Buffer.alloc(4_000_000)});

		expect(await transport.putFile(host, file, 'job')).toMatchObject({
			kind: 'notStarted',
			reason: expect.stringContaining('/no/such/folder'),
		});
	});

	test('a large file arrives whole', async () => {
		const folder = join(sshd.folder, 'large');
		mkdirSync(folder);
		const bytes = Buffer.alloc(8_000_000, 'abc');
		const path = join(folder, 'file');

		expect(await transport.putFile(host, fileAt(path, {bytes}), 'job')).toEqual({
			kind: 'exited',
			code: 0,
		});
		expect(readFileSync(path).equals(bytes)).toBe(true);
		expect(readdirSync(folder)).toEqual(['file']);
	});

	test('a folder is no file', async () => {
		expect(await transport.statFile(host, '/tmp')).toMatchObject({kind: 'notStarted'});
	});

	test.each([
		['script', command('echo \0')],
		['value', command('echo', {variables: {captured: 'a\0b'}})],
		['secret', command('echo', {secrets: {pin: '\0'}})],
	])('a NUL in a %s is refused by name', async (_, remote) => {
		expect((await run(transport, host, remote)).outcome).toMatchObject({
			kind: 'notStarted',
			reason: expect.stringContaining('NUL'),
		});
		expect(await transport.statFile(host, '/tmp/\0')).toMatchObject({kind: 'notStarted'});
	});

	test('values too large for a command line are refused by name, not cut', async () => {
		const remote = command('echo', {variables: {large: 'x'.repeat(150_000)}});

		expect((await run(transport, host, remote)).outcome).toMatchObject({
			kind: 'notStarted',
			reason: expect.stringContaining('values'),
		});
	});
});

describe.skipIf(!haveSshd() || !isRoot)('scripts of somebody who is not root', () => {
	test('a login shell that refuses: the script was not started, in the words of the host', async () => {
		const sshd = await startSshd({loginShell: '/usr/sbin/nologin'});
		const transport = transportFor(sshd);
		const host = hostOf(sshd, {user: sshd.passwordUser?.name});
		const {outcome} = await run(transport, host, command('true'));
		const contact = await transport.contact(host, undefined);
		await transport.close();
		await sshd.stop();

		expect(outcome).toMatchObject({kind: 'notStarted', reason: expect.stringContaining('not available')});
		expect(contact).toMatchObject({kind: 'refused', refusal: 'unreachable'});
	});

	test('where no second channel can be had, cancelling falls back on the signals of the protocol', async () => {
		const sshd = await startSshd({maxSessions: 1});
		const transport = transportFor(sshd);
		const running = begin(
			execOn(transport, hostOf(sshd, {user: sshd.passwordUser?.name})),
			command('echo begun; sleep 600'),
		);
		await running.printed('begun');
		writeFileSync(join(sshd.folder, 'authorized_keys'), ''); // Nor a second connection
		running.cancel();
		const {outcome} = await running.result;
		await transport.close();
		await sshd.stop();

		expect(outcome).toEqual({kind: 'signaled', signal: 'SIGTERM'});
	});

	test('a file that may not be looked at is not taken for missing', async () => {
		const sshd = await startSshd();
		const transport = transportFor(sshd);
		const host = hostOf(sshd, {user: sshd.passwordUser?.name});
		const stat = await transport.statFile(host, '/root/.ssh/anything');
		const put = await transport.putFile(host, fileAt('/etc/hostname', {bytes: Buffer.from('x')}), 'job');
		await transport.close();
		await sshd.stop();

		expect(stat).toMatchObject({kind: 'notStarted', reason: expect.stringContaining('permission denied')});
		expect(put).toMatchObject({kind: 'notStarted', reason: expect.stringContaining('left as it was')});
	});
});

function commandLine(pid: string): string {
	try {
		return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
	} catch {
		return ''; // It has ended meanwhile
	}
}
