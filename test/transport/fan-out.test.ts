import {connect, type Socket} from 'node:net';
import {describe, expect, test} from 'vitest';
import {haveSshd, startSshd} from '../sshd.js';
import {command, hostOf, run, transportFor, until} from './parts.js';
import {listen} from './servers.js';

describe('handshakes', () => {
	test('are at most 8 at once with one server, and 50 in all', async () => {
		// The same port of a client may call two servers at once
		const ours = new Set<string>();
		const clients = new Map<number, number[]>();
		const servers = await Promise.all(
			Array.from({length: 10}, () =>
				listen(({localPort = 0, remotePort = 0}) => {
					clients.set(localPort, [...(clients.get(localPort) ?? []), remotePort]);
				}),
			),
		);
		const perServer = () =>
			[...clients]
				.map(([server, ports]) => ports.filter(port => !ours.has(`${server} ${port}`)).length)
				.toSorted((a, b) => a - b);
		const inAll = () => perServer().reduce((sum, count) => sum + count, 0);
		const transport = transportFor({folder: '/nowhere'}, {timing: {connect: 0}});
		const contacts = servers.flatMap(({port}, server) =>
			Array.from({length: 12}, (_, index) => {
				const access = hostOf({port, userKey: '/no/key', user: 'root'}, {name: `h${server}-${index}`});
				return transport.contact(access, undefined);
			}),
		);
		await until(() => inAll() >= 50);
		// Whoever else has called by now stands in the queue before us
		for (const {port} of servers) {
			const {localPort = 0} = await connected(port);
			ours.add(`${port} ${localPort}`);
			await until(() => clients.get(port)?.includes(localPort) === true);
		}

		const most = {perServer: perServer().at(-1), inAll: inAll()};
		await Promise.all(servers.map(({stop}) => stop()));
		await Promise.all(contacts);
		await transport.close();

		expect(most).toEqual({perServer: 8, inAll: 50});
	});
});

test('the wait for a turn does not count as time without an answer: whoever is turned away at his knocks again', async () => {
	const connectMs = 1000;
	const held: Socket[] = [];
	const knocks = {early: 0, late: 0};
	const server = await listen(socket => {
		if (held.length < 8) {
			held.push(socket);
			knocks.early += 1;
		} else {
			knocks.late += 1;
			socket.destroy();
		}
	});
	const transport = transportFor({folder: '/nowhere'}, {timing: {connect: connectMs}});
	const contacts = Array.from({length: 9}, (_, index) =>
		transport.contact(hostOf({port: server.port, userKey: '/no/key', user: 'root'}, {name: `h${index}`}), undefined),
	);
	await until(() => held.length === 8);
	const since = performance.now();
	await until(() => performance.now() - since > connectMs + 50);
	for (const socket of held) {
		socket.destroy();
	}

	await Promise.all(contacts);
	await transport.close();
	await server.stop();

	expect(knocks.early).toBe(8);
	expect(knocks.late).toBeGreaterThanOrEqual(2);
});

function connected(port: number): Promise<Socket> {
	return new Promise((resolve, reject) => {
		const socket = connect({host: '127.0.0.1', port}, () => resolve(socket));
		socket.on('error', reject);
	});
}

describe.skipIf(!haveSshd())('many hosts behind one sshd', () => {
	test('all get through, although it drops connections from its tenth handshake on', async () => {
		const sshd = await startSshd({maxStartups: '10:30:100'});
		const transport = transportFor(sshd);
		const names = Array.from({length: 60}, (_, index) => `h${index + 1}`);
		const results = await Promise.all(names.map(name => run(transport, hostOf(sshd, {name}), command(`echo ${name}`))));
		await transport.close();
		await sshd.stop();

		expect(results.map(({out}) => out)).toEqual(names.map(name => `${name}\n`));
	});

	test('who is dropped at the door all the same knocks again', async () => {
		const sshd = await startSshd({maxStartups: '1:100:1'});
		const transport = transportFor(sshd);
		const names = ['h1', 'h2', 'h3'];
		const results = await Promise.all(names.map(name => run(transport, hostOf(sshd, {name}), command(`echo ${name}`))));
		const log = sshd.log();
		await transport.close();
		await sshd.stop();

		expect(results.map(({out}) => out)).toEqual(names.map(name => `${name}\n`));
		expect(log).toMatch(/drop connection|past MaxStartups/);
	});
});
