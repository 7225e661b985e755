import {expect, test} from 'vitest';
import {domainFaults} from '../../src/lab/domain-faults.js';
import {describeFault, FaultWatch, faultNames, planFault} from '../../src/lab/faults.js';

const hosts = ['alpha', 'beta'];

test.each(faultNames)('%s strikes at the same place for the same seed, and seeds differ', name => {
	const places = Array.from({length: 20}, (_, seed) => JSON.stringify(planFault(name, seed, hosts)));

	expect(places).toEqual(Array.from({length: 20}, (_, seed) => JSON.stringify(planFault(name, seed, hosts))));
	expect(new Set(places).size).toBeGreaterThan(1);
});

test('each fault says in words where it strikes', () => {
	const words = faultNames.map(name => describeFault(planFault(name, 3, hosts)));

	expect(new Set(words).size).toBe(faultNames.length);
	for (const text of words) {
		expect(text).toMatch(/alpha|beta|the host that does it first/);
	}
});

test('a fault strikes its own host only, at its number only, and counts go on after a restart', () => {
	const watch = new FaultWatch({name: 'no-exit-status', host: 'beta', command: 3});

	expect(['alpha', 'alpha', 'alpha', 'beta', 'beta'].map(host => watch.command(host))).toEqual(
		Array(5).fill(undefined),
	);

	const restarted = new FaultWatch(watch.fault, structuredClone(watch.counts));

	expect(restarted.command('beta')).toEqual({kind: 'no-exit-status'});
	expect(restarted.command('beta')).toBeUndefined();
});

const examples: Readonly<Record<string, readonly [command: string, other: string]>> = {
	'switch-exists': ['esxcfg-vswitch --add Mirror_vswitch', 'esxcfg-vswitch --add-pg=Mirror_portgroup Mirror_vswitch'],
	'port-group-exists': [
		'esxcfg-vswitch --add-pg=Mirror_portgroup Mirror_vswitch',
		'esxcfg-vswitch --add Mirror_vswitch',
	],
	'switch-missing': ['esxcfg-vswitch --add-pg=Mirror_portgroup Mirror_vswitch', 'esxcfg-vswitch --add Mirror_vswitch'],
	'uplink-busy': ['esxcfg-vswitch --link=vmnic1 Mirror_vswitch', 'esxcfg-vswitch -l'],
	'vmkernel-nic-exists': ['esxcfg-vmknic --add --ip 172.31.254.2 --netmask 255.255.255.0 X', 'esxcfg-vmknic -l'],
	'port-group-missing': ['esxcfg-vmknic --add --ip 172.31.254.2 --netmask 255.255.255.0 X', 'esxcfg-vmknic -l'],
	'address-taken': ['esxcfg-vmknic --add --ip 172.31.254.2 --netmask 255.255.255.0 X', 'esxcfg-vmknic -l'],
	'hostd-restarts': ['vim-cmd vmsvc/getallvms', 'esxcfg-vswitch -l'],
	'target-unreachable': [
		'esxcli iscsi adapter discovery sendtarget add --address=172.31.254.10:3260 --adapter=vmhba64',
		'esxcli iscsi adapter discovery sendtarget list',
	],
	'acl-mistyped': ['targetcli /iscsi/iqn.1996-10.com.ecx/tpg1/acls create iqn.x', 'targetcli saveconfig'],
	'discovery-address-exists': [
		'esxcli iscsi adapter discovery sendtarget add --address=172.31.254.10:3260 --adapter=vmhba64',
		'esxcli iscsi adapter discovery sendtarget list',
	],
	'vm-moved': ['vim-cmd vmsvc/power.on 12', 'vim-cmd vmsvc/power.off 12'],
	'vm-disk-locked': ['vim-cmd vmsvc/power.on 12', 'vim-cmd vmsvc/power.off 12'],
	'vm-lock-lost': ['vim-cmd vmsvc/power.shutdown 12', 'vim-cmd vmsvc/power.on 12'],
	'vm-invalid': ['vim-cmd vmsvc/getallvms', 'vim-cmd vmsvc/get.summary 12'],
	'license-refused': ['vim-cmd vimsvc/license --set=X', 'vim-cmd vimsvc/license --show'],
	'free-license': ['vim-cmd vmsvc/power.off 12', 'vim-cmd vmsvc/getallvms'],
	'object-deleted': ['vim-cmd vmsvc/reload 12', 'vim-cmd vmsvc/power.getstate 12'],
	'guest-stuck': ['vim-cmd vmsvc/get.summary 12', 'vim-cmd vmsvc/get.guest 12'],
	'target-stop-hangs': ['systemctl stop target', 'systemctl stop sshd'],
	'push-refused': ['clpcfctrl --push -l -x .', 'clpcfctrl --pull -l -x .'],
	'cluster-license-refused': ['clplcnsc -i ECX4.x-1.key', 'clplcnsc -l'],
	'move-refused': ['clpgrp -m failover-vm -a ec2', 'clpgrp -s failover-vm'],
	'csv-move-fails': ['Move-ClusterSharedVolume CSV', 'Get-ClusterSharedVolume'],
	'out-of-memory': ['start-vm vm1', 'Stop-VM vm1'],
};

const anywhere = domainFaults.filter(({commands}) => commands === 'any');

test.each(anywhere.map(({name}) => name))('%s strikes at whatever its host runs then, once', name => {
	const watch = new FaultWatch({name, host: 'alpha', call: 2});

	expect(['ls', 'cat', 'date'].map(command => watch.call('alpha', command, [], 0)?.kind)).toEqual([
		undefined,
		'mishap',
		undefined,
	]);
});

test.each(domainFaults.filter(fault => !anywhere.includes(fault)).map(fault => [fault.name, fault] as const))(
	'%s strikes what it names, and nothing else',
	(name, fault) => {
		const [meant = '', other = ''] = examples[name] ?? [];
		const watch = new FaultWatch({name, host: 'alpha', call: 1});
		const call = (host: string, line: string, now: number) => {
			const [command = '', ...args] = line.split(' ');
			return watch.call(host, command, args, now);
		};

		expect(call('alpha', other, 0)).toBeUndefined();
		expect(call('beta', meant, 0) === undefined).toBe(!('isDoneOnce' in fault));
		expect(call('alpha', meant, 1000) === undefined).toBe('isDoneOnce' in fault);
		expect(call('alpha', meant, 1000 + Math.max(fault.lastsMs, 1))).toBeUndefined();
	},
);

test('a refusal outlasts the tries of a careful client, and then ends', () => {
	const watch = new FaultWatch({name: 'refuse', host: 'alpha', connection: 1});

	expect(Array.from({length: 6}, () => watch.connection('alpha'))).toEqual([
		...Array(4).fill('refused'),
		undefined,
		undefined,
	]);
	expect(watch.connection('beta')).toBeUndefined();
});
