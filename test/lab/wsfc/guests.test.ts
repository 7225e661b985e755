import {afterEach, describe, expect, test} from 'vitest';
import {type WindowsRoom, windowsRoom} from '../windows/windows-room.js';
import {mustRun, roomWithCluster} from './two-hosts.js';

let room: WindowsRoom;
afterEach(() => room.stop());

const withGuest = `hosts:
  hv1: { platform: windows, address: 192.168.137.196, networks: { iscsi: none }, features: [Hyper-V], switches: { Management_switch: management, iSCSI_switch: iscsi } }
  ec1: { platform: linux, address: 192.168.137.199, networks: { iscsi: 192.168.139.199 }, runs_on: hv1, autostart: true }
`;

describe('a host of the world that is a virtual machine of a Hyper-V host', () => {
	test('is reached through its switches, and loses its power with the host', async () => {
		room = await windowsRoom(withGuest);
		expect(await mustRun(room, 'hv1', '(Get-VM ec1).State; Test-Connection 192.168.137.199 -Count 1 -Quiet')).toBe(
			'Running\nTrue\n',
		);

		room.hand('power off hv1');
		expect(room.world.host('ec1').power.kind).toBe('off');
		room.hand('power on hv1');
		await room.pass(240);
		expect(room.world.host('ec1').power.kind).toBe('on');
	});

	test('is stopped and started by the host, and says so when it stops by itself', async () => {
		room = await windowsRoom(withGuest);
		await mustRun(room, 'hv1', 'Stop-VM ec1 -Force');
		expect(room.world.host('ec1').power.kind).toBe('off');
		await mustRun(room, 'hv1', 'Start-VM ec1');
		await room.pass(40);
		expect(room.world.host('ec1').power.kind).toBe('on');

		await room.run('ec1', 'poweroff', 'root');
		await room.pass(20);
		expect(await mustRun(room, 'hv1', '(Get-VM ec1).State')).toBe('Off\n');
	});
});

describe('a virtual machine of the failover cluster that is a host of the world', () => {
	const guest = '  vm1: { platform: linux, address: 192.168.137.50, networks: { vm: 192.168.140.50 }, runs_on: hv1 }\n';

	test('moves without a boot', async () => {
		room = await roomWithCluster(guest);
		await room.powershell('hv1', 'Add-ClusterVirtualMachineRole -VMName vm1');
		const before = room.world.host('vm1').power;
		await mustRun(room, 'hv1', 'Move-ClusterVirtualMachineRole -Name vm1 -Node ws2019-host-2 -MigrationType Live');

		expect(room.world.host('vm1').power).toEqual(before);
		expect(room.hand('look hv2')).toContain('vm1 running');
	});

	test('does not move to a host that lacks the memory', async () => {
		room = await roomWithCluster();
		room.hand('set memory hv2 2500');
		const {err, status} = await room.powershell(
			'hv1',
			'Move-ClusterVirtualMachineRole -Name Cent8.2-1 -Node ws2019-host-2 -MigrationType Live',
		);

		expect(err).toContain('Ran out of memory (0x8007000E).');
		expect(status).toBe(1);
		expect(await mustRun(room, 'hv1', '(Get-VM Cent8.2-1).State')).toBe('Running\n');
	});

	test('is handed over by a node that leaves in order', async () => {
		room = await roomWithCluster();
		await mustRun(room, 'hv1', 'Stop-ClusterNode | Out-Null');

		expect(await mustRun(room, 'hv2', '(Get-VM Cent8.2-1).State; (Get-ClusterNode ws2019-host-1).State')).toBe(
			'Running\nDown\n',
		);
	});
});
