import {afterEach, describe, expect, test} from 'vitest';
import type {WindowsRoom} from '../windows/windows-room.js';
import {mustRun, roomWithCluster, roomWithStorage} from './two-hosts.js';

let room: WindowsRoom;
afterEach(() => room.stop());

describe('iSCSI on Windows', () => {
	test('finds the LUNs, initialises them, and the other host sees what was written', async () => {
		room = await roomWithStorage();

		expect(
			await mustRun(
				room,
				'hv2',
				'Get-Disk | Where-Object BusType -eq iSCSI | Select-Object Number, FriendlyName, PartitionStyle, IsOffline',
			),
		).toBe(`
Number FriendlyName   PartitionStyle IsOffline
------ ------------   -------------- ---------
     2 LIO-ORG idisk1 GPT            True
     3 LIO-ORG quorum GPT            True


`);
		expect(await mustRun(room, 'hv1', 'Get-IscsiConnection')).toMatch(/TargetAddress\s+: 192\.168\.139\.201\n/);
		expect(await mustRun(room, 'hv1', '(Get-InitiatorPort).NodeAddress')).toBe(
			'iqn.1991-05.com.microsoft:ws2019-host-1.2016dom.local\n',
		);
	});

	test('no session means no disk of it, and no disk none for the cluster', async () => {
		room = await roomWithStorage();

		expect(
			await mustRun(
				room,
				'hv1',
				'@(Get-IscsiSession | Where-Object TargetNodeAddress -eq nothing | Get-Disk).Count; @(Get-IscsiSession | Get-Disk).Count',
			),
		).toBe('0\n2\n');
	});

	test('a session comes back by itself when its target does, and with the host if it is persistent', async () => {
		room = await roomWithStorage();
		room.hand('set cable san ens224 out');
		expect(await mustRun(room, 'hv1', '@(Get-IscsiConnection).Count; (Get-IscsiSession).IsConnected')).toBe(
			'0\nFalse\n',
		);
		room.hand('set cable san ens224 in');
		await room.pass(10);
		expect(await mustRun(room, 'hv1', '(Get-IscsiConnection).TargetAddress')).toBe('192.168.139.201\n');

		room.hand('power off hv1');
		room.hand('power on hv1');
		await room.pass(200);
		expect(await mustRun(room, 'hv1', '(Get-IscsiSession).IsConnected')).toBe('True\n');
	});
});

describe('a failover cluster', () => {
	test('shows nodes, groups, volumes and the virtual machine as the field has recorded them', async () => {
		room = await roomWithCluster();

		expect(await mustRun(room, 'hv1', 'Get-ClusterNode; Get-ClusterGroup; Get-ClusterSharedVolume')).toBe(`
Name          State Type
----          ----- ----
ws2019-host-1 Up    Node
ws2019-host-2 Up    Node



Name              OwnerNode     State
----              ---------     -----
Available Storage ws2019-host-2 Offline
Cent8.2-1         ws2019-host-1 Online
Cluster Group     ws2019-host-1 Online



Name           State  Node
----           -----  ----
Cluster Disk 1 Online ws2019-host-2


`);
		expect(await mustRun(room, 'hv2', '(Get-ClusterQuorum).QuorumResource.Name')).toBe('Cluster Disk 2\n');
		expect(await mustRun(room, 'hv2', 'Get-ClusterResource')).toContain(
			'Virtual Machine Configuration Cent8.2-1 Online Cent8.2-1             Virtual Machine Configuration\n',
		);
	});

	test('keeps what is set of resiliency, quarantine, networks and failover', async () => {
		room = await roomWithCluster();
		await mustRun(
			room,
			'hv1',
			`(Get-Cluster).ResiliencyDefaultPeriod = 9999; (Get-Cluster).QuarantineThreshold = 9999
			$g = Get-ClusterGroup Cent8.2-1; $g.FailoverThreshold = 0; $g.FailoverPeriod = 0; $g.AutoFailbackType = 0
			(Get-ClusterNetwork 'Cluster Network 4').Name = 'VM_network'
			Get-ClusterResourceType 'Virtual Machine' | Set-ClusterParameter -Name MigrationExcludeNetworks -Value ((Get-ClusterNetwork | Where-Object Name -ne VM_network).Id -join ';')`,
		);

		expect(await mustRun(room, 'hv2', 'Get-Cluster | Select-Object Name,Resiliency*,Quarantine*')).toBe(`

Name                    : ws2019-lm-cluster
ResiliencyDefaultPeriod : 9999
ResiliencyLevel         : AlwaysIsolate
QuarantineDuration      : 7200
QuarantineThreshold     : 9999



`);
		expect(await mustRun(room, 'hv2', '(Get-ClusterGroup Cent8.2-1).FailoverThreshold')).toBe('0\n');
		expect(
			await mustRun(
				room,
				'hv2',
				"(Get-ClusterNetwork 'Cluster Network 3').Role; (Get-ClusterNetwork 'Cluster Network 3').Role -eq 0; (Get-ClusterResourceType 'Virtual Machine' | Get-ClusterParameter -Name MigrationExcludeNetworks).Value.Split(';').Count",
			),
		).toBe('None\nTrue\n3\n');
	});

	test('moves a virtual machine without stopping it', async () => {
		room = await roomWithCluster();
		await room.pass(60);
		const moved = await mustRun(
			room,
			'hv1',
			'Move-ClusterVirtualMachineRole -Name Cent8.2-1 -Node ws2019-host-2 -MigrationType Live',
		);

		expect(moved).toContain('Cent8.2-1 ws2019-host-2 Online');
		expect(await mustRun(room, 'hv2', '(Get-VM Cent8.2-1).State; (Get-VM Cent8.2-1).Uptime.TotalSeconds -gt 60')).toBe(
			'Running\nTrue\n',
		);
		expect((await room.powershell('hv1', 'Get-VM Cent8.2-1')).err).toContain('unable to find a virtual machine');
	});
});

describe('when a node loses its power', () => {
	test('it is isolated, the rest keeps quorum by the witness, and its machine waits for the period', async () => {
		room = await roomWithCluster();
		room.hand('power off hv1');
		await room.pass(11);

		expect(
			await mustRun(
				room,
				'hv2',
				"(Get-ClusterNode ws2019-host-1).State; (Get-ClusterGroup 'Cluster Group').OwnerNode.Name",
			),
		).toBe('Isolated\nws2019-host-2\n');
		await room.pass(250);
		expect(await mustRun(room, 'hv2', '(Get-ClusterNode ws2019-host-1).State; (Get-VM Cent8.2-1).State')).toBe(
			'Down\nRunning\n',
		);
	});

	test('a machine that may not fail over is taken over by hand', async () => {
		room = await roomWithCluster();
		await mustRun(
			room,
			'hv1',
			'$g = Get-ClusterGroup Cent8.2-1; $g.FailoverThreshold = 0; (Get-Cluster).ResiliencyDefaultPeriod = 9999',
		);
		room.hand('power off hv1');
		await room.pass(300);
		expect(await mustRun(room, 'hv2', '(Get-ClusterGroup Cent8.2-1).OwnerNode.Name')).toBe('ws2019-host-1\n');

		const taken = await mustRun(
			room,
			'hv2',
			`Start-ClusterResource 'Virtual Machine Configuration Cent8.2-1' | Out-Null
			Move-ClusterVirtualMachineRole -Name Cent8.2-1 -Node ws2019-host-2 -MigrationType Quick | Out-Null
			Start-ClusterResource 'Virtual Machine Configuration Cent8.2-1' | Out-Null
			Start-VM Cent8.2-1; (Get-VM Cent8.2-1).State; (Get-ClusterGroup Cent8.2-1).State`,
		);

		expect(taken).toBe('Running\nOnline\n');
		room.hand('power on hv1');
		await room.pass(240);
		expect(await mustRun(room, 'hv1', '(Get-ClusterNode).State; @(Get-VM).Count')).toBe('Up\nUp\n0\n');
	});

	test('too often within an hour, it is quarantined until somebody clears that', async () => {
		room = await roomWithCluster();
		for (let times = 0; times < 3; times += 1) {
			room.hand('power off hv1');
			await room.pass(20);
			room.hand('power on hv1');
			await room.pass(220);
		}

		expect(await mustRun(room, 'hv2', '(Get-ClusterNode ws2019-host-1).State')).toBe('Quarantined\n');
		await room.powershell('hv1', 'Start-ClusterNode -ClearQuarantine');
		await room.pass(30);
		expect(await mustRun(room, 'hv2', '(Get-ClusterNode ws2019-host-1).State')).toBe('Up\n');
	});
});

describe('when the shared volume goes away', () => {
	test('for some seconds, the machine stands still and goes on', async () => {
		room = await roomWithCluster();
		room.hand('set cable san ens224 out');
		expect(await mustRun(room, 'hv1', '(Get-VM Cent8.2-1).State')).toBe('PausedCritical\n');
		await room.pass(20);
		room.hand('set cable san ens224 in');
		await room.pass(10);

		expect(
			await mustRun(room, 'hv1', "(Get-VM Cent8.2-1).State; (Get-ClusterSharedVolume 'Cluster Disk 1').State"),
		).toBe('Running\nOnline\n');
	});

	test('for longer, it fails, and the first move after its return does too', async () => {
		room = await roomWithCluster();
		room.hand('set cable san ens224 out');
		await room.pass(90);
		expect(await mustRun(room, 'hv2', "(Get-ClusterSharedVolume 'Cluster Disk 1').State")).toBe('Failed\n');
		room.hand('set cable san ens224 in');
		await room.pass(10);

		const move = "Move-ClusterSharedVolume -Name 'Cluster Disk 1' -Node ws2019-host-2";
		const first = await room.powershell('hv2', move);
		expect(first.err).toContain("Move-ClusterSharedVolume : The operation on 'Cluster Disk 1' failed.");
		expect(first.status).toBe(1);
		expect(await mustRun(room, 'hv2', move)).toContain('Cluster Disk 1 Online ws2019-host-2');
		expect(
			(await room.powershell('hv2', "(Get-ClusterResource 'Virtual Machine Configuration Cent8.2-1').State")).out,
		).toBe('Failed\n');
	});
});

describe('when the nodes do not hear each other', () => {
	test('one goes on with the witness, and the other has no cluster until they do', async () => {
		room = await roomWithCluster();
		room.hand('set cable hv2 management out');
		room.hand('set cable hv2 mirror out');
		room.hand('set cable hv2 vm out');
		await room.pass(15);

		expect(await mustRun(room, 'hv1', '(Get-ClusterNode).State')).toBe('Up\nIsolated\n');
		expect((await room.powershell('hv2', 'Get-ClusterNode')).err).toContain('The cluster service is not running.');
		room.hand('set cables hv2 in');
		await room.pass(30);
		expect(await mustRun(room, 'hv2', '(Get-ClusterNode).State')).toBe('Up\nUp\n');
	});
});
