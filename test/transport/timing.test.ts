import {once} from 'node:events';
import {connect, type Socket} from 'node:net';
import {expect, test} from 'vitest';
import {alarm, atMost} from '../../src/transport/timing.js';
import {listen} from './servers.js';

test('what has come while this thread was busy is heard before the alarm rings', async () => {
	const {promise: served, resolve: serve} = Promise.withResolvers<Socket>();
	const server = await listen(serve);
	const socket = connect({host: '127.0.0.1', port: server.port});
	const [client] = await Promise.all([served, once(socket, 'connect')]);
	const heard: string[] = [];
	const {promise: isOver, resolve: over} = Promise.withResolvers<void>();
	client.write('here'); // In the kernel at once, where it waits for us
	setImmediate(() => {
		const stop = alarm(1, () => {
			heard.push('alarm');
			over();
		});
		socket.once('data', () => {
			heard.push('data');
			stop();
			over();
		});
		beBusy(50);
	});
	await isOver;
	socket.destroy();
	await server.stop();

	expect(heard).toEqual(['data']);
});

test('an alarm that nobody stops rings, and one that is stopped does not', async () => {
	const rung: string[] = [];
	const stop = alarm(0, () => rung.push('stopped'));
	stop();
	await new Promise<void>(resolve => {
		alarm(0, () => {
			rung.push('left alone');
			resolve();
		});
	});

	expect(rung).toEqual(['left alone']);
});

test('a limit of more than 24 days is none', async () => {
	const {promise, resolve} = Promise.withResolvers<void>();
	setImmediate(resolve);
	let isThere = false;
	await atMost(
		Number.POSITIVE_INFINITY,
		promise.then(() => {
			isThere = true;
		}),
	);

	expect(isThere).toBe(true);
});

function beBusy(ms: number): void {
	const until = performance.now() + ms;
	while (performance.now() < until) {
		// As a thread is that has many hosts to log in to
	}
}
