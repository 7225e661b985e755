import {type WindowsRoom, windowsRoom} from '../windows/windows-room.js';

/** Two Hyper-V hosts in a domain and a server outside with two LUNs: 20 GB for machines, 1 GB to vote. */
export const twoHosts = `hosts:
  hv1: { platform: windows, address: 192.168.137.196, hostname: ws2019-host-1, networks: { mirror: 192.168.138.196, iscsi: 192.168.139.196, vm: 192.168.140.196 }, disks: { D: 60G }, domain: 2016dom.local, features: [Hyper-V, Failover-Clustering], switches: { VM_switch: vm } }
  hv2: { platform: windows, address: 192.168.137.197, hostname: ws2019-host-2, networks: { mirror: 192.168.138.197, iscsi: 192.168.139.197, vm: 192.168.140.197 }, disks: { D: 60G }, domain: 2016dom.local, features: [Hyper-V, Failover-Clustering], switches: { VM_switch: vm } }
  san: { platform: linux, address: 192.168.137.9, networks: { iscsi: 192.168.139.201 }, disks: { sdb: 20G, sdc: 1G }, packages: [targetcli, target-restore] }
`;

const initiators = [1, 2].map(number => `iqn.1991-05.com.microsoft:ws2019-host-${number}.2016dom.local`);

/** The server as a target. */
export const target = [
	'systemctl start target',
	'targetcli /backstores/block create name=idisk1 dev=/dev/sdb',
	'targetcli /backstores/block create name=quorum dev=/dev/sdc',
	'targetcli /iscsi create iqn.1996-10.com.ecx',
	'targetcli /iscsi/iqn.1996-10.com.ecx/tpg1/luns create /backstores/block/idisk1',
	'targetcli /iscsi/iqn.1996-10.com.ecx/tpg1/luns create /backstores/block/quorum',
	...initiators.map(iqn => `targetcli /iscsi/iqn.1996-10.com.ecx/tpg1/acls create ${iqn}`),
	'systemctl stop firewalld',
].join(' && ');

/** Logs in and says what came of it. */
export const logIn = `Set-Service MSiSCSI -StartupType Automatic; Start-Service MSiSCSI
New-IscsiTargetPortal -TargetPortalAddress 192.168.139.201 | Out-Null
Connect-IscsiTarget -NodeAddress iqn.1996-10.com.ecx -IsPersistent $true | Out-Null`;

export const prepareDisks = `foreach ($disk in Get-Disk | Where-Object BusType -eq iSCSI) {
	Set-Disk -Number $disk.Number -IsOffline $false
	Initialize-Disk -Number $disk.Number -PartitionStyle GPT
	New-Partition -DiskNumber $disk.Number -UseMaximumSize | Format-Volume -FileSystem NTFS -NewFileSystemLabel data | Out-Null
}`;

export const cluster = `New-Cluster -Name ws2019-lm-cluster -Node ws2019-host-1,ws2019-host-2 -StaticAddress 192.168.137.198 -NoStorage | Out-Null
(Get-ClusterNetwork 'Cluster Network 3').Role = 0
Get-ClusterAvailableDisk | Add-ClusterDisk | Out-Null
Add-ClusterSharedVolume -Name 'Cluster Disk 1' | Out-Null
Set-ClusterQuorum -DiskWitness 'Cluster Disk 2' | Out-Null`;

export const role = `New-VM -Name Cent8.2-1 -Generation 2 -MemoryStartupBytes 1GB -NewVHDPath C:\\ClusterStorage\\Volume1\\Cent8.2-1\\Cent8.2-1.vhdx -NewVHDSizeBytes 15GB -Path C:\\ClusterStorage\\Volume1 -SwitchName VM_switch | Out-Null
Add-ClusterVirtualMachineRole -VMName Cent8.2-1 | Out-Null
Start-ClusterGroup Cent8.2-1 | Out-Null`;

/** Runs it and wants it to succeed. */
export async function mustRun(room: WindowsRoom, host: string, script: string): Promise<string> {
	const {out, err, status} = await room.powershell(host, script);
	if (status !== 0 || err !== '') {
		throw new Error(`${host}: ${status} ${out}${err}`);
	}

	return out;
}

/** The hosts with their sessions; `more` hosts beside them. */
export async function roomWithStorage(more = ''): Promise<WindowsRoom> {
	const room = await windowsRoom(`${twoHosts}${more}`);
	const {status, out, err} = await room.run('san', target, 'root');
	if (status !== 0) {
		throw new Error(`san: ${out}${err}`);
	}

	await mustRun(room, 'hv1', logIn);
	await mustRun(room, 'hv2', logIn);
	await mustRun(room, 'hv1', prepareDisks);
	return room;
}

/** With a failover cluster, its shared volume, a witness, and one virtual machine that runs on hv1. */
export async function roomWithCluster(more = ''): Promise<WindowsRoom> {
	const room = await roomWithStorage(more);
	await mustRun(room, 'hv1', cluster);
	await mustRun(room, 'hv1', role);
	return room;
}
