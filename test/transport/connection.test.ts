import {writeFileSync} from 'node:fs';
import {connect} from 'node:net';
import {join} from 'node:path';
import {afterAll, afterEach, beforeAll, describe, expect, test, vi} from 'vitest';
import type {HostAccess, Transport} from '../../src/engine/ports.js';
import type {TransportOptions} from '../../src/transport/transport.js';
import {haveSshd, type Sshd, startSshd} from '../sshd.js';
import {begin, command, execOn, hostOf, run, transportFor, until} from './parts.js';
import {cableTo, type Listening, listen, sshServer} from './servers.js';

const {connectOptions} = vi.hoisted(() => ({connectOptions: [] as unknown[]}));

vi.mock('node:net', async original => {
	const net = await original<typeof import('node:net')>();
	return {
		...net,
		connect: (options: import('node:net').NetConnectOpts) => {
			connectOptions.push(options);
			return net.connect(options);
		},
	};
});

const cleanUp: Array<() => Promise<void>> = [];
afterEach(async () => {
	for (const undo of cleanUp.splice(0).reverse()) {
		await undo();
	}
});

describe.skipIf(!haveSshd())('a connection to OpenSSH', () => {
	let sshd: Sshd;
	beforeAll(async () => {
		sshd = await startSshd();
	});
	afterAll(() => sshd.stop());

	test('has no delay from its first packet on: otherwise each command costs 40 ms', async () => {
		const {transport, host} = through(sshd);
		connectOptions.length = 0;
		await run(transport, host, command('true'));

		expect(connectOptions).toEqual([expect.objectContaining({port: sshd.port, noDelay: true})]);
	});

	test('is made once, for all commands that want one', async () => {
		const {transport, host} = through(sshd);
		const before = logins(sshd);
		await Promise.all(Array.from({length: 8}, () => run(transport, host, command('true'))));
		await run(transport, host, command('true'));

		expect(logins(sshd) - before).toBe(1);
	});

	test.each(['close', 'reset'] as const)(
		'that is cut (%s) leaves the outcome open, and the next command gets a new one',
		async how => {
			const {transport, host, cable} = await throughCable(sshd);
			const running = begin(execOn(transport, host), command('echo begun; sleep 600'));
			await running.printed('begun');
			cable.cut(how);

			expect((await running.result).outcome).toMatchObject({
				kind: 'lost',
				evidence: expect.stringContaining('web-1 (127.0.0.1:'),
			});
			expect(await run(transport, host, command('echo again'))).toMatchObject({
				outcome: {kind: 'exited', code: 0},
				out: 'again\n',
			});
		},
	);

	test('whose server process is killed leaves the outcome open', async () => {
		const {transport, host} = through(sshd);
		const running = begin(execOn(transport, host), command('echo begun; sleep 600'));
		await running.printed('begun');
		for (const pid of sshd.sessions()) {
			process.kill(pid, 'SIGKILL');
		}

		expect((await running.result).outcome.kind).toBe('lost');
	});

	test('that is cut after the exit status came: the status stands', async () => {
		const {transport, host, cable} = await throughCable(sshd, {timing: {heldOpen: 60_000}});
		const running = begin(execOn(transport, host), command('sleep 600 & echo "begun $$"; exit 5'));
		const [, processId] = /begun (\d+)/.exec(await running.printed('\n')) ?? [];
		const {out} = await run(transport, host, command(`while kill -0 ${processId}; do :; done; echo later`));
		cable.cut('reset');

		expect(out).toBe('later\n');
		expect((await running.result).outcome).toEqual({kind: 'exited', code: 5});
	});

	test('that went silent is noticed by its missing signs of life', async () => {
		const {transport, host, cable} = await throughCable(sshd, {timing: {keepAlive: 50}});
		const running = begin(execOn(transport, host), command('echo begun; sleep 600'));
		await running.printed('begun');
		cable.freeze();

		expect((await running.result).outcome).toMatchObject({
			kind: 'lost',
			evidence: expect.stringContaining('Keepalive'),
		});
	});

	test('that died while nothing was asked of it is renewed before anything is sent', async () => {
		const {transport, host, cable} = await throughCable(sshd, {timing: {keepAlive: 300, channel: 100}});
		await run(transport, host, command('true'));
		cable.freeze();
		await new Promise(resolve => setTimeout(resolve, 400)); // Longer than a keep-alive: the connection is doubtful now

		expect((await run(transport, host, command('echo fresh'))).out).toBe('fresh\n');
	});

	test('is tried again where the server drops it at the door, as it does under load', async () => {
		let dropped = 0;
		const door = await listen(socket => {
			dropped += 1;
			if (dropped <= 2) {
				socket.destroy();
			} else {
				const inside = connect({host: '127.0.0.1', port: sshd.port});
				// The server may reset what is left when the test is over
				inside.on('error', () => socket.destroy());
				socket.pipe(inside).pipe(socket);
			}
		});
		cleanUp.push(door.stop);
		const {transport, host} = through({...sshd, port: door.port});

		expect((await run(transport, host, command('true'))).outcome).toEqual({kind: 'exited', code: 0});
		expect(dropped).toBe(3);
	});

	test('a cancelled wait for it leaves nothing behind on the host', async () => {
		const silent = await listen(() => {});
		cleanUp.push(silent.stop);
		const {transport, host} = through({...sshd, port: silent.port});
		const running = begin(execOn(transport, host), command('true'));
		await until(() => silent.connections() > 0);
		running.cancel();

		expect((await running.result).outcome).toMatchObject({
			kind: 'notStarted',
			reason: expect.stringContaining('cancelled'),
		});
	});
});

describe('a host that cannot be reached', () => {
	const user = {userKey: '/no/key', user: 'root', folder: '/nowhere'};

	test('where nothing listens: tried four times, then said, with the next move', async () => {
		const gone = await listen(() => {});
		await gone.stop();
		const {transport, host} = through({...user, port: gone.port});
		connectOptions.length = 0;

		expect(await transport.contact(host, undefined)).toMatchObject({
			kind: 'refused',
			refusal: 'unreachable',
			reason: expect.stringContaining('ECONNREFUSED'),
			next: expect.stringContaining('no SSH server'),
		});
		expect(connectOptions).toHaveLength(4);
		expect(await transport.answers(host)).toBe(false);
	});

	test('where something listens and says nothing', async () => {
		const silent = await listen(() => {});
		cleanUp.push(silent.stop);
		const {transport, host} = through({...user, port: silent.port}, {timing: {handshake: 50, answer: 50}});

		expect(await transport.contact(host, undefined)).toMatchObject({
			refusal: 'unreachable',
			reason: expect.stringContaining('did not answer'),
		});
		expect(silent.connections()).toBe(4);
		expect(await transport.answers(host)).toBe(false);
	});

	test('with a name that does not exist: not tried again', async () => {
		const {transport, host} = through({...user, port: 22});
		connectOptions.length = 0;

		expect(await transport.contact({...host, address: 'no-such-host.invalid'}, undefined)).toMatchObject({
			refusal: 'unreachable',
			next: expect.stringContaining('name'),
		});
		expect(connectOptions).toHaveLength(1);
	});

	test('without an address', async () => {
		const {transport, host} = through({...user, port: 22});

		expect(await transport.contact({...host, address: ''}, undefined)).toMatchObject({
			refusal: 'unreachable',
			reason: expect.stringContaining('no address'),
		});
		expect(await transport.answers({...host, address: ''})).toBe(false);
	});

	test('a script there was not started', async () => {
		const {transport, host} = through({...user, port: 22});

		expect((await run(transport, {...host, address: ''}, command('true'))).outcome).toMatchObject({kind: 'notStarted'});
	});
});

describe.skipIf(!haveSshd())('an OpenSSH server with settings of its own', () => {
	test.each([1, 2, 10])('MaxSessions %i: no refusal reaches the caller', async maxSessions => {
		const sshd = await startSshd({maxSessions});
		cleanUp.push(sshd.stop);
		const {transport, host} = through(sshd);
		const outcomes = [];
		for (let i = 0; i < 20; i += 1) {
			outcomes.push((await run(transport, host, command('true'))).outcome);
		}

		const atOnce = await Promise.all(Array.from({length: 20}, () => run(transport, host, command('true'))));
		expect(
			new Set([...outcomes, ...atOnce.map(({outcome}) => outcome)].map(outcome => JSON.stringify(outcome))),
		).toEqual(new Set(['{"kind":"exited","code":0}']));
	});

	test('sessions that background children hold open are given up when the host allows no more', async () => {
		const sshd = await startSshd({maxSessions: 2});
		cleanUp.push(sshd.stop);
		const {transport, host} = through(sshd, {timing: {heldOpen: 50}});
		for (let i = 0; i < 4; i += 1) {
			expect((await run(transport, host, command('sleep 600 & exit 3'))).outcome).toEqual({kind: 'exited', code: 3});
		}
	});

	test('group exchange is the last choice: it costs seconds', async () => {
		const sshd = await startSshd({
			keyExchanges: ['diffie-hellman-group-exchange-sha256', 'diffie-hellman-group14-sha256'],
			config: ['LogLevel DEBUG1'],
		});
		cleanUp.push(sshd.stop);
		const {transport, host} = through(sshd);

		expect(await transport.contact(host, undefined)).toMatchObject({kind: 'reached'});
		expect(sshd.log()).toContain('kex: algorithm: diffie-hellman-group14-sha256');
	});

	const old = [
		'KexAlgorithms diffie-hellman-group1-sha1',
		'HostKeyAlgorithms ssh-rsa',
		'Ciphers aes128-cbc',
		'MACs hmac-md5',
	];

	test('so old that it needs weak algorithms: refused, until the sheet says that it is old', async () => {
		const sshd = await startSshd({hostKeys: ['rsa'], config: old});
		cleanUp.push(sshd.stop);
		const {transport, host} = through(sshd);

		expect(await transport.contact(host, undefined)).toMatchObject({
			refusal: 'unreachable',
			reason: expect.stringContaining('It offers diffie-hellman-group1-sha1.'),
			next: expect.stringContaining('`legacy: true` for web-1'),
		});
		expect(await transport.contact({...host, legacy: true}, undefined)).toMatchObject({kind: 'reached'});
	});

	test.each(old)('weak algorithms that nobody asked for are not taken: %s', async line => {
		const sshd = await startSshd({hostKeys: ['rsa'], config: [line, 'Ciphers aes128-ctr']}); // GCM would need no MAC
		cleanUp.push(sshd.stop);
		const {transport, host} = through(sshd);

		expect(await transport.contact(host, undefined)).toMatchObject({refusal: 'unreachable'});
	});

	test('weak algorithms that the ssh configuration adds count as well', async () => {
		const sshd = await startSshd({hostKeys: ['rsa'], config: old});
		cleanUp.push(sshd.stop);
		const path = join(sshd.folder, 'config');
		const added = old.map(line => line.replace(' ', ' +'));
		writeFileSync(path, added.join('\n'));
		const {transport, host} = through(sshd, {sshConfig: {kind: 'file', path}});

		expect(await transport.contact(host, undefined)).toMatchObject({kind: 'reached'});
	});

	test('ConnectTimeout and ServerAlive of the ssh configuration hold', async () => {
		const silent = await listen(() => {});
		const sshd = await startSshd();
		cleanUp.push(silent.stop, sshd.stop);
		const path = join(sshd.folder, 'config');
		writeFileSync(path, 'ConnectTimeout 1\nServerAliveInterval 1\nServerAliveCountMax 1\n');
		const sshConfig = {kind: 'file', path} as const;
		const quick = through({...sshd, port: silent.port}, {sshConfig, timing: {connect: 100}});
		const {transport, host, cable} = await throughCable(sshd, {sshConfig});
		const running = begin(execOn(transport, host), command('echo begun; sleep 600'));
		await running.printed('begun');
		cable.freeze();

		expect(await quick.transport.contact(quick.host, undefined)).toMatchObject({refusal: 'unreachable'});
		expect((await running.result).outcome.kind).toBe('lost');
	});

	test('new keys in the middle of a stream do not disturb it', async () => {
		const sshd = await startSshd({config: ['RekeyLimit 1M']});
		cleanUp.push(sshd.stop);
		const {transport, host} = through(sshd);
		let bytes = 0;
		const count = (_: string, chunk: Uint8Array) => {
			bytes += chunk.length;
		};
		const remote = command('head -c 20000000 /dev/zero');

		expect(await transport.exec(host, remote, count, new AbortController().signal)).toEqual({kind: 'exited', code: 0});
		expect(bytes).toBe(20_000_000);
	});

	test('no algorithm in common: it is asked once more what it offers, and that is said', async () => {
		const sshd = await startSshd({keyExchanges: ['sntrup761x25519-sha512@openssh.com']});
		cleanUp.push(sshd.stop);
		const {transport, host} = through(sshd);

		expect(await transport.contact(host, undefined)).toMatchObject({
			refusal: 'unreachable',
			reason: expect.stringMatching(/no matching key exchange.* It offers sntrup761x25519-sha512@openssh\.com\./),
			next: expect.stringContaining('transport: system'),
		});
		expect(logins(sshd)).toBe(2);
	});
});

describe('a server that behaves oddly', () => {
	test('no exit status: the outcome is open, never success', async () => {
		const server = await sshServer(channel => {
			channel.write('done?\n');
			channel.close();
		});

		expect((await runOn(server)).outcome).toMatchObject({
			kind: 'lost',
			evidence: expect.stringContaining('without an exit status'),
		});
	});

	test('an exit status before anything of ours ran: the script was not started', async () => {
		const server = await sshServer(channel => {
			channel.stderr.write('This account is currently not available.\u001b[2J\n');
			channel.exit(1);
			channel.close();
		});

		expect((await runOn(server)).outcome).toEqual({
			kind: 'notStarted',
			reason: expect.stringMatching(
				/ended \(exit 1\) before the script began: This account is currently not available\.␛/,
			),
		});
	});

	test('a marker in crumbs, and output with it', async () => {
		const server = await sshServer((channel, line) => {
			const text = `Welcome${tokenIn(line)} 99\nhello\n`;
			const next = (at: number) => {
				if (at === text.length) {
					channel.exit(0);
					channel.close();
				} else {
					channel.write(text[at], () => setImmediate(next, at + 1));
				}
			};
			next(0);
		});

		expect(await runOn(server)).toMatchObject({outcome: {kind: 'exited', code: 0}, out: 'hello\n'});
	});

	test.each([
		['/bin/bash', 'printf'],
		['/bin/tcsh', 'exec sh -c'],
		['', 'exec sh -c'],
	])('a login shell "%s" gets lines that begin with %s', async (shell, beginning) => {
		const lines: string[] = [];
		const server = await sshServer((channel, line) => {
			lines.push(line);
			channel.write(`${tokenIn(line)} 99 ${shell}\n`);
			channel.exit(0);
			channel.close();
		});
		cleanUp.push(server.stop);
		const {transport, host} = throughNobody(server);
		await run(transport, host, command('true'));
		await run(transport, host, command('true'));

		expect(lines[0]).toMatch(/^exec sh -c /); // Nothing is known of it yet
		expect(lines[1]?.startsWith(beginning)).toBe(true);
	});

	test('a signal is a signal', async () => {
		const server = await sshServer((channel, line) => {
			channel.write(`${tokenIn(line)} 99\n`);
			channel.exit('KILL', false, '');
			channel.close();
		});

		expect((await runOn(server)).outcome).toEqual({kind: 'signaled', signal: 'SIGKILL'});
	});

	async function runOn(server: Listening) {
		cleanUp.push(server.stop);
		const {transport, host} = throughNobody(server);
		return run(transport, host, command('echo'));
	}

	function throughNobody({port}: Listening) {
		return through({port, userKey: '/no/key', user: 'root', folder: '/nowhere'});
	}

	function tokenIn(line: string): string {
		return /fieldbook:[0-9a-f]{16}/.exec(line)?.[0] ?? '';
	}
});

type Target = Pick<Sshd, 'port' | 'userKey' | 'user' | 'folder'>;

function through(target: Target, changes: Partial<TransportOptions> = {}): {transport: Transport; host: HostAccess} {
	const transport = transportFor(target, {
		knownHosts: {files: ['/sys/fieldbook/known_hosts'], policy: 'accept-new'},
		...changes,
	});
	cleanUp.push(() => transport.close());
	return {transport, host: hostOf(target)};
}

async function throughCable(sshd: Sshd, changes: Partial<TransportOptions> = {}) {
	const cable = await cableTo(sshd.port);
	cleanUp.push(cable.stop);
	return {...through({...sshd, port: cable.port}, changes), cable};
}

function logins(sshd: Sshd): number {
	return sshd.log().match(/Connection from/g)?.length ?? 0;
}
