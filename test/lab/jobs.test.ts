import {afterEach, describe, expect, test} from 'vitest';
import type {HostAccess, JobRef} from '../../src/engine/ports.js';
import {topologies} from '../../src/lab/world/topologies.js';
import {isSameBoot} from '../../src/run/boot.js';
import {begin, command, type Running, run} from '../transport/parts.js';
import {openLinux} from './linux/linux-lab.js';
import {type OpenRoom, openRoom} from './open-room.js';

const open: OpenRoom[] = [];
afterEach(async () => {
	for (const room of open.splice(0)) {
		await room.stop();
	}
});

const linux = `topology:
  hosts:
    web-1: { platform: linux, address: 172.31.255.11 }
`;

async function esxi(changes: Parameters<typeof openRoom>[0] = {}): Promise<readonly [OpenRoom, HostAccess]> {
	const [topology] = topologies;
	if (topology === undefined) {
		throw new Error('There is no topology');
	}

	const room = await openRoom({topology, from: {kind: 'start', start: topology.starts[0]}, ...changes});
	open.push(room);
	await run(room.transport, room.host('esxi1'), command('vim-cmd hostsvc/enable_ssh; /sbin/auto-backup.sh'));
	return [room, room.host('esxi1')];
}

async function linuxHost(changes: Parameters<typeof openLinux>[1] = {}): Promise<readonly [OpenRoom, HostAccess]> {
	const room = await openLinux(linux, changes);
	open.push(room);
	return [room, room.host('web-1')];
}

const job: JobRef = {job: 'r1.step.web-1.1.run', as: undefined, boot: undefined, epoch: 1};

function start({transport}: OpenRoom, host: HostAccess, script: string): Running {
	return begin((remote, sink, cancel) => transport.execJob(host, job, remote, sink, cancel), command(script));
}

async function bootOf({transport}: OpenRoom, host: HostAccess): Promise<string> {
	const contact = await transport.contact(host, undefined);
	return (contact.kind === 'reached' && contact.facts.bootId) || 'none';
}

describe.each([
	['a Linux host', linuxHost],
	['an ESXi host', esxi],
])('%s of the lab', (_, openHost) => {
	test('goes on with a job whose connection is cut, and hands out the rest of its output', async () => {
		const name = openHost === esxi ? 'esxi1' : 'web-1';
		const fault = {name: 'drop-mid-command', host: name, command: 2, afterChunks: 3} as const;
		const [room, host] = await openHost({fault});
		if (openHost === linuxHost) {
			await run(room.transport, host, command(':')); // The fault strikes the second command
		}

		const script = 'echo ran >>/etc/ran; for n in 1 2 3 4 5 6; do echo "line $n"; sleep 60; done; exit 3';

		expect(await start(room, host, script).result).toEqual({
			outcome: {kind: 'exited', code: 3},
			out: [1, 2, 3, 4, 5, 6].map(number => `line ${number}\n`).join(''),
			err: '',
		});
		expect((await run(room.transport, host, command('cat /etc/ran'))).out).toBe('ran\n');
	});

	test('loses a job with its power, and says after the boot that it is another one', async () => {
		const [room, host] = await openHost();
		const transport = room.another({timing: {rejoin: {pauses: [10], forMs: 100}}});
		const boot = await bootOf(room, host);
		const ref = {...job, boot};
		const running = begin(
			(remote, sink, cancel) => transport.execJob(host, ref, remote, sink, cancel),
			command('echo begun; sleep infinity'),
		);
		await running.printed('begun');
		await room.room.perform(['power', 'off', host.name]);
		expect((await running.result).outcome).toMatchObject({kind: 'lost'});
		expect(await room.transport.lookUpJob(host, ref)).toMatchObject({kind: 'unanswered'});

		await room.room.perform(['power', 'on', host.name]);
		await room.room.clock.sleep(600_000);
		expect(await room.transport.lookUpJob(host, ref)).toEqual({kind: 'gone', because: 'rebooted'});
		expect(isSameBoot(await bootOf(room, host), boot)).toBe(false);
		expect(isSameBoot(await bootOf(room, host), await bootOf(room, host))).toBe(true);
		await transport.close();
	});

	test('lets the world go on while a job works, as for a command', async () => {
		const [room, host] = await openHost();
		const before = room.room.clock.now();
		await start(room, host, 'sleep 1800').result;

		expect(room.room.clock.now() - before).toBeGreaterThanOrEqual(1_800_000);
		expect(room.room.clock.now() - before).toBeLessThan(1_806_000);
	});
});
