import {describe, expect, test} from 'vitest';
import type {GuestState} from '../../../src/lab/fdm/cluster.js';
import {MadeUpHosts} from './made-up-hosts.js';

const fail = (world: MadeUpHosts, host: string) => world.change(() => (world.host(host).isUp = false));

describe('a restart', () => {
	test('is tried at T0, +2, +6, +14 and +30 min, and then no more', () => {
		const world = new MadeUpHosts();
		world.change(() =>
			['esxi1', 'esxi3', 'esxi4'].forEach(host => {
				world.refusals.set(host, 'Failed to lock the file');
			}),
		);
		fail(world, 'esxi2');
		world.pass(3_600);
		expect(world.log('esxi1').filter(line => line.includes('attempt'))).toEqual([
			'18 /vmfs/volumes/ds1/vm1/vm1.vmx: attempt 1 of 5 failed: Failed to lock the file',
			'138 /vmfs/volumes/ds1/vm1/vm1.vmx: attempt 2 of 5 failed: Failed to lock the file',
			'378 /vmfs/volumes/ds1/vm1/vm1.vmx: attempt 3 of 5 failed: Failed to lock the file',
			'858 /vmfs/volumes/ds1/vm1/vm1.vmx: attempt 4 of 5 failed: Failed to lock the file',
			'1818 /vmfs/volumes/ds1/vm1/vm1.vmx: attempt 5 of 5 failed: Failed to lock the file',
		]);
		world.change(() => world.refusals.clear());
		world.pass(3_600);
		expect(world.done).toEqual([]);
	});

	test('succeeds at the next attempt once nothing is in its way', () => {
		const world = new MadeUpHosts({}, [{name: 'vm1', host: 'esxi2', reservationMb: 100_000}]);
		fail(world, 'esxi2');
		world.pass(200);
		world.change(
			() => (world.cluster = {...world.cluster, vms: world.cluster.vms.map(vm => ({...vm, reservationMb: 0}))}),
		);
		world.pass(600);
		expect(world.done).toEqual(['378 start vm1 esxi1']);
	});

	test('that was given up is tried again at the next failure, once a person has started the virtual machine', () => {
		const world = new MadeUpHosts({}, [{name: 'vm1', host: 'esxi2', reservationMb: 100_000}]);
		fail(world, 'esxi2');
		world.pass(3_600);
		expect(world.cluster.restarts).toMatchObject([{vm: 'vm1', attempts: 5}]);

		world.change(() => {
			world.cluster = {...world.cluster, vms: world.cluster.vms.map(vm => ({...vm, host: 'esxi3', reservationMb: 0}))};
			world.vm('vm1').on.add('esxi3');
			world.vm('vm1').registered.add('esxi3');
		});
		expect(world.cluster.restarts).toEqual([]);

		fail(world, 'esxi3');
		world.pass(60);
		expect(world.done).toEqual([expect.stringContaining('start vm1 esxi')]);
	});

	test('is counted anew by a new master', () => {
		const world = new MadeUpHosts({}, [{name: 'vm1', host: 'esxi2', reservationMb: 100_000}]);
		fail(world, 'esxi2');
		world.pass(200);
		fail(world, 'esxi1');
		world.pass(36);
		const [restart] = world.cluster.restarts;
		expect(restart).toMatchObject({vm: 'vm1', master: 'esxi4', first: 235_000, attempts: 1, next: 355_000});
	});

	test('comes in the order of priorities', () => {
		const names = ['low', 'medium', 'agent', 'high', 'ftSecondary'] as const;
		const world = new MadeUpHosts(
			{},
			names.map(name => ({name, priority: name, host: 'esxi2'})),
		);
		fail(world, 'esxi2');
		world.pass(60);
		expect(world.done.map(line => line.split(' ').slice(0, 3).join(' '))).toEqual([
			'18 start agent',
			'19 start ftSecondary',
			'20 start high',
			'21 start medium',
			'22 start low',
		]);
	});

	test('is not for whom restarting is disabled, nor for whom a person has stopped', () => {
		const world = new MadeUpHosts({}, [
			{name: 'vm1', host: 'esxi2', priority: 'disabled'},
			{name: 'vm2', host: 'esxi2'},
		]);
		world.change(() => {
			world.vm('vm2').on.clear();
			world.vm('vm2').stoppedByPerson = true;
		});
		world.pass(60);
		fail(world, 'esxi2');
		world.pass(60);
		expect(world.done).toEqual([]);
	});

	test('of one that died on a host that lives comes within seconds', () => {
		const world = new MadeUpHosts();
		world.change(() => world.vm('vm1').on.clear());
		world.pass(60);
		expect(world.done[0]).toBe('5 start vm1 esxi1');
		expect(world.done[1]).toBe('5 unregister vm1 esxi2');
	});
});

describe('management and storage lost at once', () => {
	test('look like a dead host; the virtual machine is started elsewhere, and the old copy ends when its host is back', () => {
		const world = new MadeUpHosts({response: 'leaveOn'});
		world.change(() => {
			world.host('esxi2').plugged = false;
			world.host('esxi2').without.set('ds1', 'dead').set('ds2', 'dead');
		});
		expect(world.until(() => world.verdict('esxi2') === 'hostDown')).toBe(18);
		expect([...world.vm('vm1').on]).toEqual(['esxi2', 'esxi1']);
		world.pass(200);
		world.change(() => world.host('esxi2').without.clear());
		world.change(() => (world.host('esxi2').plugged = true));
		expect([...world.vm('vm1').on]).toEqual(['esxi1']);
		expect([...world.vm('vm1').registered]).toEqual(['esxi1']);
	});

	test('bring the response about, because the datastore of the virtual machine is gone', () => {
		const world = new MadeUpHosts({response: 'powerOff'});
		world.change(() => {
			world.host('esxi2').plugged = false;
			world.host('esxi2').without.set('ds1', 'dead').set('ds2', 'dead');
		});
		world.pass(100);
		expect(world.done).toContain('60 stop vm1 esxi2');
	});
});

describe('VM monitoring', () => {
	const guest = (world: MadeUpHosts, state: GuestState) =>
		world.change(
			() =>
				(world.cluster = {...world.cluster, guests: {vm1: {state, resets: world.cluster.guests['vm1']?.resets ?? []}}}),
		);

	test.each([
		['high', 120],
		['medium', 120],
		['low', 120],
	] as const)(
		'of sensitivity %s resets a guest that crashed after %i s: both the heartbeat and the I/O have to be away',
		(monitoring, seconds) => {
			const world = new MadeUpHosts({monitoring});
			guest(world, 'crashed');
			world.pass(300);
			expect(world.done).toEqual([`${seconds} reset vm1 esxi2`]);
		},
	);

	test('leaves a guest alone that still reads and writes', () => {
		const world = new MadeUpHosts({monitoring: 'high'});
		guest(world, 'toolsStopped');
		world.pass(3_000);
		expect(world.done).toEqual([]);
	});

	test('leaves a guest alone where it is disabled', () => {
		const world = new MadeUpHosts({monitoring: 'disabled'});
		guest(world, 'crashed');
		world.pass(3_000);
		expect(world.done).toEqual([]);
	});

	test('resets three times in an hour and no more', () => {
		const world = new MadeUpHosts({monitoring: 'high'});
		for (let crash = 0; crash < 4; crash += 1) {
			guest(world, 'crashed');
			world.pass(300);
		}
		expect(world.done).toHaveLength(3);
	});
});

describe('VM component protection', () => {
	test('ends a virtual machine 5 min 20 s after all paths are down, and has it started elsewhere', () => {
		const world = new MadeUpHosts({vmcp: true});
		world.change(() => world.host('esxi2').without.set('ds1', 'dead'));
		world.pass(400);
		expect(world.done[0]).toBe('320 stop vm1 esxi2');
		expect(world.done[1]).toBe('325 start vm1 esxi1');
	});

	test('does so at once where the device is gone', () => {
		const world = new MadeUpHosts({vmcp: true});
		world.change(() => world.host('esxi2').without.set('ds1', 'lost'));
		world.pass(10);
		expect(world.done[0]).toBe('0 stop vm1 esxi2');
		expect(world.done[1]).toBe('5 start vm1 esxi1');
	});

	test('does nothing where a path comes back in time, where nobody else gets there, or before 6.0', () => {
		const inTime = new MadeUpHosts({vmcp: true});
		inTime.change(() => inTime.host('esxi2').without.set('ds1', 'dead'));
		inTime.pass(310);
		inTime.change(() => inTime.host('esxi2').without.clear());
		const everywhere = new MadeUpHosts({vmcp: true});
		everywhere.change(() =>
			['esxi1', 'esxi2', 'esxi3', 'esxi4'].forEach(host => {
				everywhere.host(host).without.set('ds1', 'dead');
			}),
		);
		const before = new MadeUpHosts({vmcp: false});
		before.change(() => before.host('esxi2').without.set('ds1', 'dead'));
		for (const world of [inTime, everywhere, before]) {
			world.pass(1_000);
			expect(world.done).toEqual([]);
		}
	});
});

describe('without vCenter', () => {
	test('failures are handled', () => {
		const world = new MadeUpHosts();
		world.change(() => (world.cluster = {...world.cluster, vcenter: 'down'}));
		fail(world, 'esxi2');
		world.pass(20);
		expect(world.done).toEqual(['18 start vm1 esxi1']);
	});

	test('a virtual machine that was stopped and started again is not protected before vCenter is back', () => {
		const world = new MadeUpHosts();
		world.change(() => {
			world.vm('vm1').on.clear();
			world.vm('vm1').stoppedByPerson = true;
		});
		world.change(() => (world.cluster = {...world.cluster, vcenter: 'down'}));
		world.change(() => world.vm('vm1').on.add('esxi2'));
		expect(world.cluster.vms[0]?.isProtected).toBe(false);
		world.change(() => (world.cluster = {...world.cluster, vcenter: 'up'}));
		expect(world.cluster.vms[0]?.isProtected).toBe(true);
	});
});
