import {afterEach, expect, test} from 'vitest';
import {readLab} from '../../../src/lab/read-lab.js';
import {hypervLiveMigration} from '../../../src/lab/topologies/hyperv-live-migration.js';
import {type WindowsRoom, windowsRoom} from '../windows/windows-room.js';
import {mustRun} from './two-hosts.js';

let windows: WindowsRoom | undefined;
afterEach(() => {
	windows?.stop();
	windows = undefined;
});

test('a failover cluster begins with its disks, networks and roles as they are described, from the first moment on', async () => {
	windows = await windowsRoom(hypervLiveMigration.starts['configured'] ?? '');
	const says = async (script: string) => (await mustRun(windows as WindowsRoom, 'hv1', script)).trim().split('\n');

	expect(await says("Get-VM | ForEach-Object { $_.Name + ' ' + $_.State + ' ' + $_.Status }")).toEqual([
		'ec1 Running Operating normally',
		'Cent8.2-1 Running Operating normally',
	]);
	expect(
		await says("Get-ClusterSharedVolume | ForEach-Object { $_.Name + ' ' + $_.State + ' ' + $_.OwnerNode.Name }"),
	).toEqual(['Cluster Disk 1 Online ws2019-host-1']);
	expect(await says('(Get-ClusterQuorum).QuorumResource.Name')).toEqual(['Cluster Disk 2']);
	expect(await says("Get-ClusterNetwork | ForEach-Object { $_.Name + ' ' + [int]$_.Role }")).toEqual(
		expect.arrayContaining(['Management_network 3', 'VM_network 0']),
	);
	expect(await says('(Get-ClusterGroup -Name Cent8.2-1).FailoverThreshold')).toEqual(['0']);
	expect(await says('Get-IscsiSession | ForEach-Object { $_.IsConnected }')).toEqual(['True', 'True']);
	expect(await says('Test-Path C:/ClusterStorage/Volume1/Cent8.2-1/Cent8.2-1.vhdx')).toEqual(['True']);
});

test('a disk without a target, an owner that is no node and an unknown property are problems at their places', () => {
	const {problems} = readLab(
		'lab.yaml',
		`topology:
  hosts:
    hv1: { platform: windows, address: 192.168.137.196, domain: a.local }
    hv2: { platform: windows, address: 192.168.137.197, domain: a.local }
  wsfc:
    lm:
      hosts: [hv1, hv2]
      disks: { Cluster Disk 1: { target: iqn.1996-10.com.ecx } }
      roles: { vm1: { owner: hv3 } }
      properties: { Resilience: 5 }
`,
	);

	expect(problems.map(({at, message}) => `${at.line} ${message}`).toSorted()).toEqual([
		'10 `properties` of a failover cluster cannot be used.',
		'8 No Linux host of this file has the target "iqn.1996-10.com.ecx".',
		'9 "hv3" is no node of the cluster.',
	]);
});
