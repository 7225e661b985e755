import {once} from 'node:events';
import {type AddressInfo, connect, createServer, type Socket} from 'node:net';
import {afterEach, describe, expect, test} from 'vitest';
import type {HostAccess} from '../../src/engine/ports.js';
import {domainFaults} from '../../src/lab/domain-faults.js';
import {faultNames, planFault} from '../../src/lab/faults.js';
import type {Topology} from '../../src/lab/host.js';
import {topologies} from '../../src/lab/world/topologies.js';
import {begin, command, execOn} from '../transport/parts.js';
import {openLinux, topologyIn} from './linux/linux-lab.js';
import {type OpenRoom, openRoom} from './open-room.js';
import {epoch, tinyTopology} from './tiny-room.js';

const open: OpenRoom[] = [];
afterEach(async () => {
	for (const room of open.splice(0)) {
		await room.stop();
	}
});

async function lab(...args: Parameters<typeof openRoom>): Promise<OpenRoom> {
	const room = await openRoom(...args);
	open.push(room);
	return room;
}

function run(room: OpenRoom, host: HostAccess, script: string) {
	return begin(execOn(room.transport, host), command(script));
}

async function say(room: OpenRoom, host: HostAccess, script: string): Promise<string> {
	return (await run(room, host, script).result).out;
}

describe('time', () => {
	test('stands while a host computes, moves while a command sleeps', async () => {
		const room = await lab();
		const alpha = room.host('alpha');

		await say(room, alpha, 'for i in 1 2 3; do ls / | sort | wc -l; done');

		expect(room.room.clock.now()).toBe(epoch);

		await say(room, alpha, 'sleep 90');

		expect(room.room.clock.now()).toBe(epoch + 90_000);
	});

	test('sleepers of two hosts and of the engine share one time', async () => {
		const room = await lab();
		const seen: string[] = [];
		const note = (name: string) => () => {
			seen.push(`${name} ${(room.room.clock.now() - epoch) / 1000}`);
		};

		await Promise.all([
			say(room, room.host('alpha'), 'sleep 20').then(note('alpha')),
			say(room, room.host('beta'), 'sleep 10').then(note('beta')),
			room.room.clock.sleep(30_000).then(note('engine')),
		]);

		expect(seen).toEqual(['beta 10', 'alpha 20', 'engine 30']);
	});

	test('an exchange in flight holds it, however long the laptop takes', async () => {
		const room = await lab();
		room.room.exchange('alpha', 1);
		let woken = false;
		const sleep = room.room.clock.sleep(1000).then(() => {
			woken = true;
		});
		await say(room, room.host('beta'), ':'); // A whole exchange with another host goes by

		expect(woken).toBe(false);

		room.room.exchange('alpha', -1);
		await sleep;

		expect(room.room.clock.now()).toBe(epoch + 1000);
	});

	test('a command that waits for world time lets it pass', async () => {
		const room = await lab();
		const slow = run(room, room.host('alpha'), 'slowly 3; date +%T');

		expect(await slow.printed('word 1\n')).toContain('word 1');
		expect((await slow.result).out).toBe('word 1\nword 2\nword 3\n09:00:03\n');
	});

	test('a time limit is world time: reached at once, or not at all', async () => {
		const room = await lab();
		const exec = execOn(room.transport, room.host('alpha'));
		const limited = (script: string) => begin(exec, command(script, {timeoutMs: 600_000})).result;

		expect((await limited('sleep 599')).outcome).toEqual({kind: 'exited', code: 0});
		expect(room.room.clock.now()).toBe(epoch + 599_000);
		expect((await limited('sleep infinity')).outcome).toEqual({kind: 'timedOut', afterMs: 600_000});
		expect(room.room.clock.now()).toBeGreaterThanOrEqual(epoch + 1_199_000);
	});

	test('a loop that only spins does not stop the world', async () => {
		const room = await lab();
		const spinning = run(room, room.host('alpha'), 'while :; do :; done');
		await room.room.clock.sleep(2000);
		spinning.cancel();

		expect((await spinning.result).outcome).toMatchObject({kind: 'signaled'});
		expect(room.room.clock.now()).toBeGreaterThanOrEqual(epoch + 2000);
	});
});

describe('power', () => {
	test('a cut kills what runs and every connection, and the port refuses', async () => {
		const room = await lab();
		const alpha = room.host('alpha');
		const running = run(room, alpha, 'echo begun; touch /etc/kept /tmp/lost; sleep infinity');
		await running.printed('begun\n');
		await run(room, alpha, 'test -e /tmp/lost').result;

		expect(await room.room.perform(['power', 'off', 'alpha'])).toBe('alpha lost power');
		expect((await running.result).outcome).toMatchObject({kind: 'lost'});
		expect(await room.transport.answers(alpha)).toBe(false);

		await room.room.perform(['power', 'on', 'alpha']);

		expect(await room.transport.answers(alpha)).toBe(false);

		await room.room.clock.sleep(179_000);

		expect(await room.transport.answers(alpha)).toBe(false);

		await room.room.clock.sleep(1000);

		expect(await room.transport.answers(alpha)).toBe(true);
		expect(await say(room, alpha, 'ls /etc/kept /tmp; uptime | cut -d, -f1')).toBe(
			'/etc/kept\n\n/tmp:\n 09:03:00 up 00:00:00\n',
		);
		expect(await say(room, room.host('beta'), 'uptime | cut -d, -f1')).toBe(' 09:03:00 up 00:04:00\n');
	});

	test('a host that is off at the start has a port, and comes to life on it', async () => {
		const room = await lab({from: {kind: 'start', start: 'dark'}});
		const beta = room.host('beta');

		expect(beta.port).toBeGreaterThan(0);
		expect(await room.transport.answers(beta)).toBe(false);

		await room.room.perform(['power', 'on', 'beta']);
		await room.room.clock.sleep(180_000);

		expect(await say(room, beta, 'hostname')).toBe('beta\n');
	});

	test('behind a cut link packets vanish: nobody is told, the command goes on', async () => {
		const room = await lab();
		const alpha = room.host('alpha');
		const running = run(room, alpha, 'echo begun; sleep 5; note survived; sleep infinity');
		await running.printed('begun\n');
		await room.room.perform(['set', 'note', 'alpha', 'unplugged']);
		let over = false;
		void running.result.then(() => {
			over = true;
		});
		await room.room.clock.sleep(60_000);

		expect(await room.room.perform(['look', 'around'])).toContain('survived');
		expect(over).toBe(false);
		expect(await room.transport.answers(alpha)).toBe(false);
	});

	test('once the link is back, whoever tried to connect gets through, and what was under way is lost without a wait', async () => {
		const room = await lab();
		const {port} = room.host('alpha');
		const patient = room.another({timing: {keepAlive: 3_600_000}});
		const running = begin(execOn(patient, room.host('alpha')), command('echo begun; sleep infinity'));
		await running.printed('begun\n');
		await room.room.perform(['set', 'note', 'alpha', 'unplugged']);
		const knocking = connect(port ?? 0, '127.0.0.1');
		const greeting = once(knocking, 'data');
		await once(knocking, 'connect');
		await room.room.clock.sleep(60_000);
		await room.room.perform(['set', 'note', 'alpha', 'plugged']);

		expect((await running.result).outcome).toMatchObject({kind: 'lost'});
		expect(String(await greeting)).toMatch(/^SSH-2\.0-/);
		knocking.destroy();
		expect(await say(room, room.host('alpha'), 'hostname')).toBe('alpha\n');
		await patient.close();
	});

	test('a look at a host behind a cut link is over at once, and takes no time of the world', async () => {
		const room = await lab();
		await room.room.perform(['set', 'note', 'alpha', 'unplugged']);
		const before = room.room.clock.now();
		const patient = room.another({timing: {answer: 3_600_000}});
		const look = patient.answers(room.host('alpha'));
		const hour = room.room.clock.sleep(3_600_000);

		expect(await look).toBe(false);
		expect(room.room.clock.now()).toBe(before);
		await hour;
		await patient.close();
	});
});

describe('files and changes of the world', () => {
	test('files persist between commands, and those of the world follow it', async () => {
		const room = await lab();
		const alpha = room.host('alpha');
		await say(room, alpha, 'mkdir -p /etc/site && echo mine > /etc/site/x && chmod 600 /etc/site/x');
		await room.room.perform(['set', 'note', 'from', 'outside']);

		expect(await say(room, alpha, 'cat /etc/site/x /etc/tiny.conf; stat -c %a /etc/site/x')).toBe(
			'mine\nfrom outside\n600\n',
		);
		expect(await say(room, alpha, 'note inside; cat /etc/tiny.conf')).toBe('from outside\ninside\n');
	});

	test('a saved room goes on as it was: files, world, time, keys, ports, process numbers', async () => {
		const first = await openRoom();
		const alpha = first.host('alpha');
		const pid = Number(
			await say(
				first,
				alpha,
				'echo kept > /etc/x; ln -s /etc/x /etc/y; echo /wA= | base64 -d > /etc/z; note remembered; sleep 60; echo $$',
			),
		);
		const saved = first.saved();
		const {keys, port} = first.room.hosts()[0] ?? {};
		await first.stop();

		const second = await lab({from: {kind: 'saved', saved: JSON.parse(JSON.stringify(saved))}});

		expect(second.room.clock.now()).toBe(epoch + 60_000);
		expect(second.room.hosts()[0]).toMatchObject({keys, port});
		expect(
			await say(second, second.host('alpha'), 'cat /etc/y; base64 /etc/z; note; ls -l /etc/y | sed "s/.* -> //"'),
		).toBe('kept\n/wA=\nremembered\n/etc/x\n');
		expect(Number(await say(second, second.host('alpha'), 'echo $$'))).toBeGreaterThan(pid);
	});

	test('hosts that nobody has written to are kept as they came, and many cost little', async () => {
		const names = Array.from({length: 200}, (_, index) => `web-${index}`);
		const lines = names.map((name, index) => `    ${name}: { platform: linux, address: 10.0.0.${index} }\n`);
		const room = await openLinux(`topology:\n  hosts:\n${lines.join('')}`);
		open.push(room);
		await say(room, room.host('web-1'), 'hostname');
		await say(room, room.host('web-7'), 'echo x >/etc/first');
		const kept = Object.entries(room.saved().hosts).flatMap(([name, {machine}]) => (machine === undefined ? [] : name));

		expect(kept).toEqual(['web-7']);

		const again = await openLinux('', {
			topology: topologyIn(`topology:\n  hosts:\n${lines.join('')}`),
			from: {kind: 'saved', saved: structuredClone(room.saved())},
			firstPort: 24_000 + (process.pid % 500) * 10,
		});
		open.push(again);

		expect(await say(again, again.host('web-7'), 'cat /etc/first; hostname')).toBe('x\nweb-7\n');
	});

	test('what a command did is written down before anybody hears of its end', async () => {
		const room = await lab();
		await say(room, room.host('alpha'), 'note first; echo x > /etc/first');

		expect(JSON.stringify(room.saved().world)).toContain('first');
		expect(JSON.stringify(room.saved().hosts['alpha']?.machine?.files)).toContain('/etc/first');
	});
});

describe('hands', () => {
	test.each([
		[['power', 'off', 'gamma'], /There is no host gamma/],
		[['dance'], /Nobody knows how to dance/],
		[['look', 'nowhere'], /There is no nowhere to look at/],
	])('%j is refused with a sentence', async (words, sentence) => {
		const room = await lab();

		await expect(room.room.perform(words)).rejects.toThrow(sentence);
	});
});

describe('faults', () => {
	/** Commands until one does not end well: what it was and how it ended. */
	async function firstTrouble(room: OpenRoom, host: HostAccess) {
		for (let number = 1; number < 30; number += 1) {
			const {outcome} = await run(room, host, `note command ${number}`).result;
			if (outcome.kind !== 'exited') {
				return {number, outcome};
			}
		}
		return undefined;
	}

	test('drop-mid-command: lost, where the seed says, and the host has run it', async () => {
		const fault = planFault('drop-mid-command', 7, ['alpha', 'beta']);
		const room = await lab({fault});
		const host = room.host(fault.host === 'alpha' ? 'alpha' : 'beta');
		const trouble = await firstTrouble(room, host);

		expect(trouble).toMatchObject({number: 'command' in fault ? fault.command : 0, outcome: {kind: 'lost'}});
		expect(await say(room, host, 'note | tail -n 1')).toMatch(/^command \d+\n$/);
	});

	test('no-exit-status: lost, and the connection lives on', async () => {
		const room = await lab({fault: {name: 'no-exit-status', host: 'alpha', command: 2}});
		await say(room, room.host('alpha'), ':');

		expect(await run(room, room.host('alpha'), 'echo done').result).toMatchObject({
			outcome: {kind: 'lost'},
			out: 'done\n',
		});
		expect(await say(room, room.host('alpha'), 'echo next')).toBe('next\n');
	});

	test('hang: the program never ends, and can be ended', async () => {
		const room = await lab({fault: {name: 'hang', host: 'alpha', command: 1}});
		const hanging = run(room, room.host('alpha'), 'echo before; note never');
		await hanging.printed('before\n');
		await room.room.clock.sleep(3_600_000);
		hanging.cancel();

		expect((await hanging.result).outcome).toMatchObject({kind: 'signaled'});
		expect(await say(room, room.host('alpha'), 'note')).toBe('');
	});

	test('changed-host-key: nothing is sent to that host', async () => {
		const room = await lab({fault: {name: 'changed-host-key', host: 'alpha'}});

		expect(await room.transport.contact(room.host('alpha'), undefined)).toMatchObject({
			kind: 'refused',
			refusal: 'host-key-changed',
		});
		expect(await room.transport.contact(room.host('beta'), undefined)).toMatchObject({kind: 'reached'});
	});

	test('wrong-password: refused once, then it is right', async () => {
		const room = await lab({fault: {name: 'wrong-password', host: 'alpha', login: 1}});

		expect(await room.transport.contact(room.host('alpha'), undefined)).toMatchObject({
			kind: 'refused',
			refusal: 'auth',
		});
		expect(await room.transport.contact(room.host('alpha'), undefined)).toMatchObject({kind: 'reached'});
	});

	test('refuse: unreachable for a first careful try, then reached', async () => {
		const room = await lab({fault: {name: 'refuse', host: 'alpha', connection: 1}});

		expect(await room.transport.contact(room.host('alpha'), undefined)).toMatchObject({
			kind: 'refused',
			refusal: 'unreachable',
		});
		expect(await room.transport.contact(room.host('alpha'), undefined)).toMatchObject({kind: 'reached'});
	});

	test('max-startups: closed with the words of sshd for a first careful try, then reached', async () => {
		const room = await lab({fault: {name: 'max-startups', host: 'alpha', connection: 1}});

		expect(await room.transport.contact(room.host('alpha'), undefined)).toMatchObject({
			kind: 'refused',
			refusal: 'unreachable',
			reason: expect.stringContaining('it said "Exceeded MaxStartups"'),
		});
		expect(await room.transport.contact(room.host('alpha'), undefined)).toMatchObject({kind: 'reached'});
	});

	test('more connections than a server takes at once are closed with the same words', async () => {
		const {room} = await lab({});
		const {address, port} = room.hosts().find(({name}) => name === 'alpha') ?? {address: '', port: 0};
		const sockets = Array.from({length: 101}, () => connect(port, address));
		const first = (socket: Socket) =>
			new Promise<string>(resolve => void socket.once('data', data => resolve(data.toString())));
		const heard = await Promise.all(sockets.map(first));
		for (const socket of sockets) {
			socket.destroy();
		}

		expect(heard.filter(text => text.startsWith('SSH-2.0-'))).toHaveLength(100);
		expect(heard.filter(text => text === 'Exceeded MaxStartups\r\n')).toHaveLength(1);
	});

	test('disk-full: nothing is written while that command runs, and the next one finds room', async () => {
		const room = await lab({fault: {name: 'disk-full', host: 'alpha', command: 2}});
		await say(room, room.host('alpha'), 'echo before >/var/log/x');
		const {out, err, outcome} = await run(room, room.host('alpha'), 'cat /var/log/x; echo more >/var/log/x').result;

		expect(out).toBe('before\n');
		expect(err).toContain("can't create /var/log/x: No space left on device");
		expect(outcome).toMatchObject({kind: 'exited', code: expect.not.closeTo(0)});
		expect(await say(room, room.host('alpha'), 'cat /var/log/x; echo more >/var/log/x; cat /var/log/x')).toBe(
			'before\nmore\n',
		);
	});

	test('slow: each command of that host takes half a minute more', async () => {
		const room = await lab({fault: {name: 'slow', host: 'alpha'}});
		await say(room, room.host('beta'), ':');

		expect(room.room.clock.now()).toBe(epoch);

		await say(room, room.host('alpha'), ':');

		expect(room.room.clock.now()).toBe(epoch + 30_000);
	});

	test('hostile-output: what would harm a terminal comes raw, before what the command says', async () => {
		const room = await lab({fault: {name: 'hostile-output', host: 'alpha', command: 2}});
		await say(room, room.host('alpha'), ':');

		expect(await say(room, room.host('alpha'), 'echo said')).toMatch(/owned.*hidden.*\r\nsaid\n$/s);
		expect(await say(room, room.host('alpha'), 'echo said')).toBe('said\n');
	});

	test('of a restarted hostd nobody hears for half a minute, but who asks again and again sees it come back', async () => {
		const [topology] = topologies;
		const fault = {name: 'hostd-restarts', host: 'esxi1', call: 2} as const;
		const room = await lab({...(topology && {topology}), from: {kind: 'start', start: 'bare'}, fault});
		const ask = (host: string) => run(room, room.host(host), 'esxcli network nic list').result;

		expect(await ask('esxi1')).toMatchObject({outcome: {code: 0}});
		expect(await ask('esxi1')).toMatchObject({
			out: 'Connect to localhost failed: Connection failure\n',
			outcome: {code: 1},
		});
		expect(await ask('esxi2')).toMatchObject({outcome: {code: 0}});
		expect(await ask('esxi1')).toMatchObject({outcome: {code: 1}});
		expect(await ask('esxi1')).toMatchObject({outcome: {code: 0}});
	});

	test('a mishap befalls the host at its call, lasts until somebody mends it, and does not come again', async () => {
		const [topology] = topologies;
		const fault = {name: 'storage-path-fails', host: 'esxi1', call: 2} as const;
		const room = await lab({...(topology && {topology}), from: {kind: 'start', start: 'esxi-ready'}, fault});
		const link = async (host: string) =>
			(await run(room, room.host(host), 'esxcli network nic list').result).out
				.split('\n')
				.find(line => line.startsWith('vmnic2'));

		expect(await link('esxi1')).toContain('Up            Up');
		expect(await link('esxi1')).toContain('Up            Down');
		expect(await link('esxi2')).toContain('Up            Up');
		await room.room.clock.sleep(3_600_000);
		expect(await link('esxi1')).toContain('Up            Down');

		await room.room.perform(['set', 'cable', 'esxi1', 'vmnic2', 'in']);

		expect(await link('esxi1')).toContain('Up            Up');
	});

	test('a mishap of every host befalls those that know it', async () => {
		const room = await lab({fault: {name: 'blackout', host: 'beta', call: 1}});

		expect(await run(room, room.host('beta'), 'slowly 3').result).toMatchObject({outcome: {kind: 'lost'}});
		expect([room.room.hosts().length, await room.transport.answers(room.host('alpha'))]).toEqual([2, false]);
	});

	test('every fault of links and hosts has its test here', () => {
		const ofDomain: readonly string[] = domainFaults.map(({name}) => name);
		expect(faultNames.filter(name => !ofDomain.includes(name))).toEqual([
			'refuse',
			'max-startups',
			'wrong-password',
			'drop-mid-command',
			'hang',
			'no-exit-status',
			'changed-host-key',
			'disk-full',
			'slow',
			'hostile-output',
		]);
	});
});

test('a host that is off has a port of its own, although nobody listens there', async () => {
	const taken = createServer();
	await new Promise<void>(resolve => taken.listen(0, '127.0.0.1', resolve));
	const {port: firstPort} = taken.address() as AddressInfo;
	const room = await lab({from: {kind: 'start', start: 'dark'}, firstPort, topology: reversed});
	taken.close();

	expect(new Set(room.room.hosts().map(({port}) => port)).size).toBe(2);
});

/** `beta`, which is off, first: the port that it has moved on to is the one that `alpha` would try. */
const reversed: Topology = {...tinyTopology, hosts: ['beta', 'alpha']};

test('a world that could not be saved is saved with the next command, and nobody waits for it', async () => {
	const logged: string[] = [];
	const kept: number[] = [];
	let isFull = false;
	const room = await lab({
		keep: async ({now}) => {
			if (isFull) {
				throw new Error('no space left on this laptop');
			}
			kept.push(now);
		},
		log: text => logged.push(text),
	});
	isFull = true;

	expect(await say(room, room.host('alpha'), 'sleep 5; echo done')).toBe('done\n');
	expect(logged.join('\n')).toContain('The world was not saved: Error: no space left on this laptop');

	isFull = false;
	await say(room, room.host('alpha'), ':');

	expect(kept.at(-1)).toBe(epoch + 5000);
});
