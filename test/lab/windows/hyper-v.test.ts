import {afterEach, describe, expect, test} from 'vitest';
import {type WindowsRoom, windowsRoom} from './windows-room.js';

let room: WindowsRoom;
afterEach(() => room.stop());

const host = (more = '') => `hosts:
  hv1: { platform: windows, address: 192.168.137.196, hostname: ws2019-host-1, networks: { mirror: none, iscsi: 192.168.139.196 }, disks: { D: 60 }, domain: 2016dom.local${more} }
  peer: { platform: linux, address: 192.168.137.9, networks: { mirror: 192.168.138.9 } }
`;
const withHyperV = host(', features: [Hyper-V, Failover-Clustering], switches: { Management_switch: management }');

describe('the role', () => {
	test('is not known to PowerShell before it is installed and the host has restarted', async () => {
		room = await windowsRoom(host());
		expect((await room.powershell('hv1', 'Get-VM')).err).toContain("The term 'Get-VM' is not recognized");

		await room.powershell('hv1', 'Install-WindowsFeature Hyper-V,Failover-Clustering -IncludeManagementTools -Restart');
		await room.pass(300);

		expect(await room.powershell('hv1', '(Get-WindowsFeature Hyper-V).Installed; @(Get-VM).Count')).toEqual({
			out: 'True\n0\n',
			err: '',
			status: 0,
		});
	});
});

describe('virtual switches', () => {
	test('take the address of their card to the adapter of the host', async () => {
		room = await windowsRoom(withHyperV);
		const made = await room.powershell(
			'hv1',
			`New-VMSwitch -Name iSCSI_switch -NetAdapterName 'Ethernet 3' -AllowManagementOS $true
			(Get-NetIPAddress -IPAddress 192.168.139.196).InterfaceAlias
			(Get-VMSwitch -Name iSCSI_switch).NetAdapterInterfaceDescription -eq (Get-NetAdapter 'Ethernet 3').InterfaceDescription
			Get-NetIPAddress -InterfaceAlias 'Ethernet 3' -ErrorAction SilentlyContinue`,
		);

		expect(made.out).toBe(`
Name         SwitchType NetAdapterInterfaceDescription
----         ---------- ------------------------------
iSCSI_switch External   Intel(R) Ethernet Server Adapter I350-T4 #3


vEthernet (iSCSI_switch)
True
`);
		expect((await room.powershell('hv1', "New-VMSwitch -Name two -NetAdapterName 'Ethernet 3'")).err).toContain(
			'already bound',
		);
	});

	test('let the host talk on a network once their adapter has an address, and cut the card for some seconds', async () => {
		room = await windowsRoom(withHyperV);
		await room.powershell('hv1', "New-VMSwitch -Name Mirror_switch -NetAdapterName 'Ethernet 2' | Out-Null");
		const ping = 'Test-Connection 192.168.138.9 -Count 1 -Quiet';
		expect((await room.powershell('hv1', ping)).out).toBe('False\n');

		await room.powershell(
			'hv1',
			"New-NetIPAddress -InterfaceAlias 'vEthernet (Mirror_switch)' -IPAddress 192.168.138.196 -PrefixLength 24 | Out-Null",
		);

		expect((await room.powershell('hv1', ping)).out).toBe('True\n');
		room.hand('set cable hv1 mirror out');
		expect((await room.powershell('hv1', ping)).out).toBe('False\n');
	});
});

describe('the console', () => {
	test('gives a bare host its name, address, OpenSSH and domain', async () => {
		room = await windowsRoom(host(', state: bare'));
		expect(room.world.host('hv1')).toMatchObject({ssh: 'silent', hostname: expect.stringMatching(/^WIN-/)});

		room.hand('set console hv1');
		await room.pass(240);

		expect(room.world.host('hv1')).toMatchObject({
			ssh: 'answers',
			hostname: 'ws2019-host-1',
			address: '192.168.137.196',
			users: {'Administrator@2016dom.local': expect.any(String)},
		});
	});

	test('is not needed to join: a credential is, and the domain comes with the restart', async () => {
		room = await windowsRoom(host(', state: workgroup'));
		const credential =
			"$c = New-Object System.Management.Automation.PSCredential('Administrator@2016dom.local', (ConvertTo-SecureString 'x' -AsPlainText -Force));";
		expect((await room.powershell('hv1', 'Add-Computer -DomainName 2016dom.local')).err).toContain('NonInteractive');
		expect((await room.powershell('hv1', `${credential} Add-Computer other.local -Credential $c`)).err).toContain(
			'The specified domain either does not exist or could not be contacted.',
		);

		await room.powershell('hv1', `${credential} Add-Computer -DomainName 2016dom.local -Credential $c -Restart`);
		await room.pass(240);

		expect((await room.powershell('hv1', '(Get-CimInstance Win32_ComputerSystem).Domain')).out).toBe('2016dom.local\n');
	});
});

describe('virtual machines', () => {
	const make = `New-VM -Name vm1 -Generation 2 -MemoryStartupBytes 4GB -NewVHDPath D:\\VM\\vm1\\vm1.vhdx -NewVHDSizeBytes 30GB -Path D:\\VM -SwitchName Management_switch | Out-Null`;

	test('are made, started, shown and stopped', async () => {
		room = await windowsRoom(withHyperV);
		const {out, err} = await room.powershell(
			'hv1',
			`${make}; Test-Path D:\\VM\\vm1\\vm1.vhdx; Get-VM; Start-VM vm1; Start-Sleep 65; Get-VM vm1 | Format-Table; (Get-VM vm1).State; Stop-VM vm1 -Force; (Get-VM vm1).State`,
		);

		expect(err).toBe('');
		expect(out).toBe(`True

Name State CPUUsage(%) MemoryAssigned(M) Uptime   Status             Version
---- ----- ----------- ----------------- ------   ------             -------
vm1  Off   0           0                 00:00:00 Operating normally 9.0



Name State   CPUUsage(%) MemoryAssigned(M) Uptime   Status             Version
---- -----   ----------- ----------------- ------   ------             -------
vm1  Running 0           4096              00:01:05 Operating normally 9.0


Running
Off
`);
	});

	test('have a processor, memory and firmware that can be set while they are off', async () => {
		room = await windowsRoom(withHyperV);
		const {out, err} = await room.powershell(
			'hv1',
			`${make}; Set-VMProcessor -VMName vm1 -Count 2; Set-VMMemory -VMName vm1 -DynamicMemoryEnabled $false
			Set-VMFirmware -VMName vm1 -EnableSecureBoot Off
			(Get-VMProcessor -VMName vm1).Count; (Get-VMMemory -VMName vm1).DynamicMemoryEnabled; (Get-VMFirmware -VMName vm1).SecureBoot`,
		);

		expect({out, err}).toEqual({out: '2\nFalse\nOff\n', err: ''});
	});

	test('do not start where there is no memory for them', async () => {
		room = await windowsRoom(withHyperV);
		await room.powershell('hv1', `${make}; Start-VM vm1`);
		const {err, status} = await room.powershell('hv1', `${make.replaceAll('vm1', 'vm2')}; Start-VM vm2`);

		expect(err).toContain(
			"'vm2' failed to start. Not enough memory in the system to start the virtual machine vm2. Could not initialize memory: Ran out of memory (0x8007000E).",
		);
		expect(status).toBe(1);
	});

	test('start with their host as they are set to', async () => {
		room = await windowsRoom(withHyperV);
		await room.powershell(
			'hv1',
			`${make}; Set-VM vm1 -AutomaticStartAction Start -AutomaticStartDelay 5 -AutomaticStopAction ShutDown`,
		);
		room.hand('power off hv1');
		room.hand('power on hv1');
		await room.pass(182);
		expect((await room.powershell('hv1', '(Get-VM vm1).State')).out).toBe('Off\n');
		await room.pass(5);
		expect((await room.powershell('hv1', '(Get-VM vm1).State; (Get-VM vm1).AutomaticStartDelay')).out).toBe(
			'Running\n5\n',
		);
	});

	test('have disks and network adapters', async () => {
		room = await windowsRoom(withHyperV);
		const {out, err} = await room.powershell(
			'hv1',
			`${make}; New-VHD D:\\VM\\vm1\\two.vhdx -SizeBytes 25GB -Fixed | Out-Null
			Add-VMHardDiskDrive -VMName vm1 -Path D:\\VM\\vm1\\two.vhdx
			(Get-VMHardDiskDrive -VMName vm1).Path
			Add-VMNetworkAdapter -VMName vm1 -Name second
			Connect-VMNetworkAdapter -VMName vm1 -Name second -SwitchName Management_switch
			(Get-VMNetworkAdapter -VMName vm1).SwitchName
			Get-VMHardDiskDrive -VMName vm1 | Format-Table`,
		);

		expect(err).toBe('');
		expect(out).toBe(`D:\\VM\\vm1\\vm1.vhdx
D:\\VM\\vm1\\two.vhdx
Management_switch
Management_switch

VMName ControllerType ControllerNumber ControllerLocation DiskNumber Path
------ -------------- ---------------- ------------------ ---------- ----
vm1    SCSI           0                0                             D:\\VM\\vm1\\vm1.vhdx
vm1    SCSI           0                1                             D:\\VM\\vm1\\two.vhdx


`);
		expect((await room.powershell('hv1', 'New-VHD D:\\big.vhdx -SizeBytes 60GB -Fixed')).err).toContain(
			'There is not enough space on the disk.',
		);
		expect((await room.powershell('hv1', 'Start-VM nobody')).err).toContain(
			'Hyper-V was unable to find a virtual machine with name "nobody".',
		);
	});
});
