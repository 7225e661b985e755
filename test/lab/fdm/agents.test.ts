import {describe, expect, test} from 'vitest';
import {nextChangeOf} from '../../../src/lab/fdm/settle.js';
import {hosts, MadeUpHosts} from './made-up-hosts.js';

/** Loses both ways to the others: no one sees it on the network or on a datastore. */
function loseStorage(world: MadeUpHosts, host: string): void {
	world.host(host).without.set('ds1', 'dead').set('ds2', 'dead');
}

describe('the states of the notes on the domain, 5.2', () => {
	test('a host that is heard has no verdict', () => {
		const world = new MadeUpHosts();
		world.pass(60);
		expect(world.verdict('esxi2')).toBeUndefined();
		expect(world.agent('esxi2').role).toEqual({kind: 'slave', master: 'esxi1'});
	});

	test('isolated: no network heartbeat, but datastore heartbeats, and it says so itself', () => {
		const world = new MadeUpHosts();
		world.change(() => (world.host('esxi2').plugged = false));
		world.pass(31);
		expect(world.verdict('esxi2')).toBe('networkIsolated');
	});

	test('partitioned: the same, but its isolation address or another agent answers', () => {
		const world = new MadeUpHosts();
		world.change(() => (world.cluster = {...world.cluster, sides: [['esxi1', 'esxi3', 'esxi4'], ['esxi2']]}));
		world.pass(60);
		expect(world.verdict('esxi2')).toBe('networkPartitionedFromMaster');
		expect(world.agent('esxi2').isolated).toBeUndefined();
	});

	test('failed: neither heartbeat, and no answer to pings', () => {
		const world = new MadeUpHosts();
		world.change(() => (world.host('esxi2').isUp = false));
		world.pass(20);
		expect(world.verdict('esxi2')).toBe('hostDown');
	});

	test('agent down: it answers pings', () => {
		const world = new MadeUpHosts();
		world.change(() => (world.host('esxi2').hostd = false));
		world.pass(60);
		expect(world.verdict('esxi2')).toBe('fdmUnreachable');
		expect(world.done).toEqual([]);
	});
});

describe('a slave that fails', () => {
	test('is dead at T18 where there are datastores to look at', () => {
		const world = new MadeUpHosts();
		world.change(() => (world.host('esxi2').isUp = false));
		expect(world.until(() => world.verdict('esxi2') === 'hostDown')).toBe(18);
		expect(world.done).toEqual(['18 start vm1 esxi1']);
	});

	test('is dead at T15 where there are none', () => {
		const world = new MadeUpHosts();
		world.change(() => loseStorage(world, 'esxi1'));
		world.pass(60);
		expect(world.masters()).toEqual(['esxi1']); // Who leads goes on leading
		world.change(() => (world.host('esxi2').isUp = false));
		expect(world.until(() => world.verdict('esxi2') === 'hostDown')).toBe(15);
	});

	test('is written about at T3, T10 and T15', () => {
		const world = new MadeUpHosts();
		world.change(() => (world.host('esxi4').isUp = false));
		world.pass(20);
		expect(world.log('esxi1').filter(line => line.includes('host-31'))).toEqual([
			'3 [ClusterSlave::LiveCheck] Timeout for slave @ host-31',
			'10 [ClusterSlave::LiveCheck] Marking slave host-31 as unreachable',
			'10 [ClusterSlave::UnreachableCheck] Beginning ICMP pings every 1000000 microseconds to host-31',
			'15 [ClusterSlave::UnreachableCheck] Waited 5 seconds for icmp ping reply for host host-31',
			'18 Reporting Slave host-31 as Dead',
		]);
	});

	test('comes back as a slave when it has booted', () => {
		const world = new MadeUpHosts();
		world.change(() => (world.host('esxi2').isUp = false));
		world.pass(300);
		world.change(() => (world.host('esxi2').isUp = true));
		expect(world.until(() => world.agent('esxi2').role.kind === 'slave')).toBe(5);
		expect(world.verdict('esxi2')).toBeUndefined();
	});
});

describe('a master that fails', () => {
	test('is followed at T25; its virtual machines are started at T35', () => {
		const world = new MadeUpHosts({}, [{name: 'vm1', host: 'esxi1'}]);
		world.change(() => (world.host('esxi1').isUp = false));
		expect(world.until(() => world.agent('esxi2').role.kind === 'electing')).toBe(10);
		expect(world.until(() => world.masters().length === 1)).toBe(15);
		world.pass(60);
		expect(world.done).toEqual(['35 start vm1 esxi2']);
	});

	test('is followed by the highest id, compared as text: host-31 wins against host-100', () => {
		const world = new MadeUpHosts();
		world.change(() => (world.host('esxi1').isUp = false));
		world.pass(30);
		expect(world.masters()).toEqual(['esxi4']);
	});

	test('is followed by who sees most datastores, whatever its id', () => {
		const world = new MadeUpHosts();
		world.change(() => world.host('esxi4').without.set('ds2', 'dead'));
		world.change(() => (world.host('esxi1').isUp = false));
		world.pass(30);
		expect(world.masters()).toEqual(['esxi3']);
	});

	test('leaves its lock behind until the new one takes it', () => {
		const world = new MadeUpHosts();
		world.change(() => (world.host('esxi1').isUp = false));
		world.pass(24);
		expect(world.cluster.owners['ds1']).toBe('esxi1');
		world.pass(1);
		expect(world.cluster.owners['ds1']).toBe('esxi4');
	});

	test.each([
		['goes into maintenance', (world: MadeUpHosts) => (world.host('esxi1').maintenance = true)],
		['loses hostd', (world: MadeUpHosts) => (world.host('esxi1').hostd = false)],
	])('the same where it %s', (_, how) => {
		const world = new MadeUpHosts({}, [{name: 'vm1', host: 'esxi1'}]);
		world.change(how);
		expect(world.until(() => world.masters().length === 1)).toBe(25);
		world.pass(120);
		expect(world.verdict('esxi1')).toBe('fdmUnreachable');
		expect(world.done).toEqual([]);
	});
});

describe('a slave that is cut off', () => {
	test('elects at T10, leads itself at T25, knows at T30 and answers at T60', () => {
		const world = new MadeUpHosts({response: 'powerOff'});
		world.change(() => (world.host('esxi2').plugged = false));
		expect(world.until(() => world.agent('esxi2').role.kind === 'electing')).toBe(10);
		expect(world.until(() => world.agent('esxi2').role.kind === 'master')).toBe(15);
		expect(world.until(() => world.agent('esxi2').isolated !== undefined)).toBe(5);
		world.pass(60);
		expect(world.done).toEqual(['60 stop vm1 esxi2', '60 start vm1 esxi1']);
	});

	test('writes what it lives through', () => {
		const world = new MadeUpHosts();
		world.change(() => (world.host('esxi2').plugged = false));
		world.pass(31);
		expect(world.log('esxi2').slice(1)).toEqual([
			'10 [ClusterElection::ChangeState] Slave => Startup : Lost master',
			'10 [ClusterElection::ChangeState] Startup => Candidate : Election',
			'10 [ClusterManagerImpl::LogState] hostId=host-100 state=Candidate master= isolated=false host-list-version=8 config-version=10 vm-metadata-version=4 slv-mst-tdiff-sec=0',
			'25 [ClusterElection::ChangeState] Candidate => Master : Master selected',
			'25 [ClusterManagerImpl::LogState] hostId=host-100 state=Master master=host-100 isolated=false host-list-version=8 config-version=10 vm-metadata-version=4 slv-mst-tdiff-sec=0',
			'30 [ClusterManagerImpl::IsBadIP] esxi1 is bad ip',
			'30 [ClusterManagerImpl::IsBadIP] esxi3 is bad ip',
			'30 [ClusterManagerImpl::IsBadIP] esxi4 is bad ip',
			'30 [HostPing::Ping] sendto[ipv4] 10.0.0.1: Host is down',
			'30 [ClusterManagerImpl::LogState] hostId=host-100 state=Master master=host-100 isolated=true host-list-version=8 config-version=10 vm-metadata-version=4 slv-mst-tdiff-sec=0',
		]);
	});

	test('answers at T30 in 5.0', () => {
		const world = new MadeUpHosts({response: 'powerOff', responseDelayMs: 0});
		world.change(() => (world.host('esxi2').plugged = false));
		world.pass(60);
		expect(world.done).toEqual(['30 stop vm1 esxi2', '30 start vm1 esxi1']);
	});

	test('leaves its virtual machines alone where that is set', () => {
		const world = new MadeUpHosts({response: 'leaveOn'});
		world.change(() => (world.host('esxi2').plugged = false));
		world.pass(3_000);
		expect(world.done).toEqual([]);
	});

	test('asks guests to shut down, and has them off when they are through', () => {
		const world = new MadeUpHosts({response: 'shutdown'});
		world.change(() => (world.host('esxi2').plugged = false));
		world.pass(400);
		expect(world.done).toEqual(['90 stop vm1 esxi2', '90 start vm1 esxi1']);
	});

	test('powers a guest off that has not shut down in 300 s', () => {
		const world = new MadeUpHosts({response: 'shutdown'});
		world.change(() => (world.cluster = {...world.cluster, guests: {vm1: {state: 'toolsStopped', resets: []}}}));
		world.change(() => (world.host('esxi2').plugged = false));
		world.pass(400);
		expect(world.done).toEqual(['360 stop vm1 esxi2', '360 start vm1 esxi1']);
	});

	test('is a slave again when it hears its master', () => {
		const world = new MadeUpHosts();
		world.change(() => (world.host('esxi2').plugged = false));
		world.pass(180);
		world.change(() => (world.host('esxi2').plugged = true));
		expect(world.agent('esxi2').role).toEqual({kind: 'slave', master: 'esxi1'});
		expect(world.agent('esxi2').isolated).toBeUndefined();
		expect(world.masters()).toEqual(['esxi1']);
	});
});

describe('a master that is cut off', () => {
	test('knows at T5 and answers at T35, when another has taken over', () => {
		const world = new MadeUpHosts({response: 'powerOff'}, [{name: 'vm1', host: 'esxi1'}]);
		world.change(() => (world.host('esxi1').plugged = false));
		expect(world.until(() => world.agent('esxi1').isolated !== undefined)).toBe(5);
		expect(world.cluster.owners['ds1']).toBeUndefined();
		world.pass(100);
		expect(world.masters()).toEqual(['esxi1', 'esxi4']);
		expect(world.done).toEqual(['35 stop vm1 esxi1', '35 start vm1 esxi2']);
	});

	test('answers at T25 at the earliest in 5.0: before that nobody has taken over', () => {
		const world = new MadeUpHosts({response: 'powerOff', responseDelayMs: 0}, [{name: 'vm1', host: 'esxi1'}]);
		world.change(() => (world.host('esxi1').plugged = false));
		world.pass(60);
		expect(world.done[0]).toBe('25 stop vm1 esxi1');
	});

	test('stays what it is while its isolation address answers', () => {
		const world = new MadeUpHosts();
		world.change(() => {
			for (const host of ['esxi2', 'esxi3', 'esxi4']) {
				world.host(host).isUp = false;
			}
		});
		world.pass(60);
		expect(world.agent('esxi1').isolated).toBeUndefined();
		expect(world.done).toEqual(['18 start vm1 esxi1']);
	});

	test('follows the new one when the network is back', () => {
		const world = new MadeUpHosts();
		world.change(() => (world.host('esxi1').plugged = false));
		world.pass(120);
		world.change(() => (world.host('esxi1').plugged = true));
		expect(world.masters()).toEqual(['esxi4']);
		expect(world.agent('esxi1').role).toEqual({kind: 'slave', master: 'esxi4'});
	});
});

describe('a partition', () => {
	const split = (world: MadeUpHosts) => {
		world.cluster = {
			...world.cluster,
			sides: [
				['esxi1', 'esxi2'],
				['esxi3', 'esxi4'],
			],
		};
	};

	test('has a master on each side at T25, and leaves all virtual machines alone', () => {
		const world = new MadeUpHosts(
			{response: 'powerOff'},
			hosts.map((host, index) => ({name: `vm${index}`, host})),
		);
		world.change(split);
		expect(world.until(() => world.masters().length === 2)).toBe(25);
		world.pass(600);
		expect(world.masters()).toEqual(['esxi1', 'esxi4']);
		expect(world.done).toEqual([]);
	});

	test('has one master again when it is healed', () => {
		const world = new MadeUpHosts();
		world.change(split);
		world.pass(120);
		world.change(() => (world.cluster = {...world.cluster, sides: []}));
		expect(world.masters()).toEqual(['esxi1']);
		expect(world.agent('esxi3').role).toEqual({kind: 'slave', master: 'esxi1'});
	});

	test('does not keep a host’s virtual machines from being started by who owns the datastore', () => {
		const world = new MadeUpHosts({}, [{name: 'vm1', host: 'esxi3'}]);
		world.change(split);
		world.pass(120);
		world.change(() => (world.host('esxi3').isUp = false));
		world.pass(60);
		expect(world.done).toEqual(['138 start vm1 esxi1']);
	});
});

describe('the agent', () => {
	test('that died is started again by its watchdog, and its host is not held for dead', () => {
		const world = new MadeUpHosts();
		world.change(() => {
			world.cluster = {
				...world.cluster,
				agents: {...world.cluster.agents, esxi2: {...world.agent('esxi2'), process: {kind: 'starting', until: 10_000}}},
			};
		});
		world.pass(9);
		expect(world.agent('esxi2').role.kind).toBe('none');
		world.pass(30);
		expect(world.agent('esxi2').role).toEqual({kind: 'slave', master: 'esxi1'});
		expect(world.done).toEqual([]);
	});

	test('says every ten minutes how it is', () => {
		const world = new MadeUpHosts();
		world.pass(1_805);
		expect(world.log('esxi1').map(line => line.split(' ')[0])).toEqual(['0', '600', '1200', '1800']);
		expect(nextChangeOf(world.cluster, world.now)).toBe(2_400_000);
	});
});
