import {setOption} from './advanced-options.js';
import type {Disk, EsxiConfig, EsxiHost, Fault, Nic} from './esxi-host.js';
import {type EsxiVersion, releaseOf} from './esxi-release.js';
import {addPortGroup, addSwitch, addUplink, addVmknic, setPlugged} from './network.js';
import {saveConfig, startHostd} from './power.js';
import {
	NTP_SETTLES_MS,
	setAutostart,
	setDelayedAck,
	setNtp,
	setRuleset,
	setSoftwareIscsi,
	setStartsWithHost,
} from './services.js';
import {lastUsableSector, partitionBytes, partitionTypes} from './storage.js';

/** World time of a new world: 2026-01-15 09:00 UTC, half an hour after the hosts were installed. */
export const EPOCH = Date.UTC(2026, 0, 15, 9, 0, 0);

export const startNames = ['bare', 'esxi-ready'] as const;
export type StartName = (typeof startNames)[number];

/** What tells one host of this kind from another. */
export type EsxiIdentity = {
	readonly name: string;
	readonly label: string;
	/** Of `vmk0`. */
	readonly address: string;
	readonly version: EsxiVersion;
	/** From 1 to 4095: its disks and NICs are numbered after it. */
	readonly number: number;
};

/** One host in a named state. Its iSCSI address ends as its management address does. */
export function hostAt(start: StartName, identity: EsxiIdentity): EsxiHost {
	const bare = bareHost(identity);
	switch (start) {
		case 'bare':
			return bare;
		case 'esxi-ready':
			return readyHost(bare, `172.31.254.${identity.address.split('.').at(-1)}`);
	}
}

/**
A host as the installer leaves it, with the management network and SSH set at the console: `vmnic0` and `vSwitch0` only,
the installer's `datastore1`, an evaluation licence, SSH running until the next boot. The other three NICs have no cable yet.
*/
function bareHost({name, label, address, number, version}: EsxiIdentity): EsxiHost {
	const installedAt = EPOCH - 30 * 60_000;
	const config: EsxiConfig = {
		hostname: name,
		domain: '',
		switches: [
			{
				name: 'vSwitch0',
				mtu: 1500,
				uplinks: ['vmnic0'],
				portGroups: [
					{name: 'VM Network', vlan: 0},
					{name: 'Management Network', vlan: 0},
				],
			},
		],
		vmknics: [
			{
				name: 'vmk0',
				portGroup: 'Management Network',
				ip: address,
				netmask: '255.255.255.0',
				gateway: '0.0.0.0',
				mac: nicMac(number, 0),
				mtu: 1500,
			},
		],
		iscsi: {
			enabled: false,
			iqn: `iqn.1998-01.com.vmware:${name}-${(0x5f2a60b0 + number).toString(16)}`,
			delayedAck: true,
			sendTargets: [],
			networkPortals: [],
		},
		options: {},
		startsWithHost: {SSH: false, ESXShell: false, ntpd: false},
		ntp: {enabled: false, servers: []},
		openRulesets: [
			'CIMHttpServer',
			'CIMHttpsServer',
			'DHCPv6',
			'HBR',
			'NFC',
			'dhcp',
			'dns',
			'faultTolerance',
			'snmp',
			'sshServer',
			'vMotion',
			'vSphereClient',
			'webAccess',
		],
		isFree: false,
		autostart: false,
		autostartDefaults: {startDelay: 120, stopDelay: 120, waitForHeartbeat: false, stopAction: 'PowerOff'},
		autostartEntries: [],
	};
	return {
		kind: 'esxi',
		name,
		label,
		version,
		nics: ['management', 'mirror', 'iscsi', 'user'].map((network, index): Nic => {
			return {
				name: `vmnic${index}`,
				mac: nicMac(number, index),
				pci: `0000:03:00.${index}`,
				adminUp: true,
				network,
				plugged: index === 0,
			};
		}),
		disks: [systemDisk(number, version), emptyDisk(number)],
		config,
		saved: config,
		savedAt: installedAt,
		power: {kind: 'on', bootedAt: installedAt},
		boots: 1,
		maintenance: false,
		running: {SSH: true, ESXShell: false, ntpd: false},
		ntpSince: installedAt,
		hostd: {started: true, answersFrom: installedAt, pid: 2_098_001, vmknics: ['vmk0']},
		initiator: {targets: [], sessions: [], rescans: 0, answered: ''},
		vmkernelLog: [],
		vms: [],
		nextVmId: 1,
		files: {},
		deployed: [],
		logs: {},
	};
}

/** As after `esxi.md` with the values of `site.example.yaml`. */
function readyHost(bare: EsxiHost, iscsiIp: string): EsxiHost {
	const before = EPOCH - NTP_SETTLES_MS;
	const changes: ReadonlyArray<(host: EsxiHost) => EsxiHost | Fault> = [
		host => setStartsWithHost(host, 'SSH', true),
		host => setOption(host, '/UserVars/SuppressShellWarning', 1),
		host => setNtp(host, ['172.31.255.1'], true, before),
		host => setStartsWithHost(host, 'ntpd', true),
		host => setRuleset(host, 'ntpClient', true),
		host => setPlugged(host, 'vmnic1', true),
		host => setPlugged(host, 'vmnic2', true),
		host => setPlugged(host, 'vmnic3', true),
		host => addSwitch(host, 'Mirror_vswitch'),
		host => addSwitch(host, 'iSCSI_vswitch'),
		host => addSwitch(host, 'user_vswitch'),
		host => addUplink(host, 'Mirror_vswitch', 'vmnic1'),
		host => addUplink(host, 'iSCSI_vswitch', 'vmnic2'),
		host => addUplink(host, 'user_vswitch', 'vmnic3'),
		host => addPortGroup(host, 'Mirror_vswitch', 'Mirror_portgroup'),
		host => addPortGroup(host, 'iSCSI_vswitch', 'iSCSI_portgroup'),
		host => addPortGroup(host, 'iSCSI_vswitch', 'iSCSI_Initiator'),
		host => addPortGroup(host, 'user_vswitch', 'user_portgroup'),
		host => setOption(host, '/Net/UseHwTSO', 0),
		host => setOption(host, '/Net/UseHwTSO6', 0),
		host => setOption(host, '/Net/TcpipDefLROEnabled', 0),
		host => setOption(host, '/DataMover/HardwareAcceleratedInit', 0),
		host => addVmknic(host, 'iSCSI_Initiator', iscsiIp, '255.255.255.0'),
		host => setSoftwareIscsi(host, true),
		host => setDelayedAck(host, false),
		host => setAutostart(host, true),
		host => startHostd(host, EPOCH - 60_000),
		host => saveConfig(host, EPOCH),
	];
	return changes.reduce((host, change) => accepted(change(host)), bare);
}

function accepted(result: EsxiHost | Fault): EsxiHost {
	if (result.kind === 'fault') {
		throw new Error(`A named state cannot be built: ${result.what} ${result.name} ${result.because}`);
	}

	return result;
}

/** In the range for documentation as far as that goes, then locally administered. Source: RFC 7042, section 2.1. */
function nicMac(host: number, nic: number): string {
	const [high, low] = [host >> 8, host & 0xff].map(byte => byte.toString(16).padStart(2, '0'));
	return host < 16 ? `00:00:5e:00:53:${host.toString(16)}${nic}` : `02:00:5e:${high}:${low}:0${nic}`;
}

/** A disk of 960 GB behind the installer, which takes what the system needs and makes a datastore of the rest. */
function systemDisk(host: number, version: EsxiVersion): Disk {
	const disk: Disk = {
		name: `naa.5002538e${(0x40a1b1c0 + host).toString(16)}`,
		vendor: 'ATA',
		model: 'SATA SSD 960G',
		sectors: 1_875_385_008,
		label: 'gpt',
		partitions: [],
		datastores: [],
	};
	return releaseOf({version}).hasFixedPartitions ? withFixedPartitions(disk, host) : withOsData(disk, host);
}

/** Two boot banks, a system volume, and the rest as a datastore. */
function withOsData(disk: Disk, host: number): Disk {
	const {systemPartition, linuxNative, vmfsl, vmfs} = partitionTypes;
	const partitions = [
		{number: 1, startSector: 64, endSector: 204_863, type: systemPartition, attribute: 128},
		{number: 5, startSector: 208_896, endSector: 8_595_455, type: linuxNative, attribute: 0},
		{number: 6, startSector: 8_597_504, endSector: 16_984_063, type: linuxNative, attribute: 0},
		{number: 7, startSector: 16_986_112, endSector: 268_435_455, type: vmfsl, attribute: 0},
		{number: 8, startSector: 268_437_504, endSector: lastUsableSector(disk), type: vmfs, attribute: 0},
	];
	const [, bank1, bank2, system, rest] = partitions.map(partition => partitionBytes(partition));
	const osData = `${`69689${host.toString(16)}b4`.slice(-8)}-0c1a6d90-4f1e-${bareMac(host)}`;
	const [first, second] = bankUuids(host);
	const datastores = [
		volume(8, datastoreUuid(host), 'datastore1', 'VMFS-6', rest, 0.002),
		volume(7, osData, `OSDATA-${osData}`, 'VMFSOS', system, 0.03),
		volume(5, first, 'BOOTBANK1', 'vfat', bank1, 0.05),
		volume(6, second, 'BOOTBANK2', 'vfat', bank2, 0.01),
	];
	return {...disk, partitions, datastores};
}

/**
As before ESXi 7.0: partitions of fixed sizes, two of them for core dumps, and volumes without names.

Source: "ESXi System Storage" of vSphere 7.0, its figure of the layout of 6.x; the sectors are those of public `partedUtil` listings.
*/
function withFixedPartitions(disk: Disk, host: number): Disk {
	const {systemPartition, linuxNative, vmkDiagnostic, vmfs} = partitionTypes;
	const partitions = [
		{number: 1, startSector: 64, endSector: 8_191, type: systemPartition, attribute: 128},
		{number: 5, startSector: 8_224, endSector: 520_191, type: linuxNative, attribute: 0},
		{number: 6, startSector: 520_224, endSector: 1_032_191, type: linuxNative, attribute: 0},
		{number: 7, startSector: 1_032_224, endSector: 1_257_471, type: vmkDiagnostic, attribute: 0},
		{number: 8, startSector: 1_257_504, endSector: 1_843_199, type: linuxNative, attribute: 0},
		{number: 9, startSector: 1_843_200, endSector: 7_086_079, type: vmkDiagnostic, attribute: 0},
		{number: 2, startSector: 7_086_080, endSector: 15_472_639, type: linuxNative, attribute: 0},
		{number: 3, startSector: 15_472_640, endSector: lastUsableSector(disk), type: vmfs, attribute: 0},
	];
	const bytes = (number: number) =>
		partitions.filter(partition => partition.number === number).map(partition => partitionBytes(partition))[0];
	const [first, second, locker, scratch] = bankUuids(host);
	const datastores = [
		volume(3, datastoreUuid(host), 'datastore1', 'VMFS-6', bytes(3), 0.002),
		volume(5, first, '', 'vfat', bytes(5), 0.6),
		volume(6, second, '', 'vfat', bytes(6), 0.001),
		volume(8, locker, '', 'vfat', bytes(8), 0.6),
		volume(2, scratch, '', 'vfat', bytes(2), 0.01),
	];
	return {...disk, partitions, datastores};
}

function datastoreUuid(host: number): string {
	return `${`69689${host.toString(16)}c0`.slice(-8)}-1f0b7a2e-9c4d-${bareMac(host)}`;
}

/** Of the system's vfat volumes. */
function bankUuids(host: number): readonly [string, string, string, string] {
	const number = host.toString(16);
	return [
		`${`d3a1f0${number}2`.slice(-8)}-6c1b2a90-5b0e-9f1e7c2d4a61`,
		`${`7be4c2${number}9`.slice(-8)}-3f8a1d55-8a27-41c0e9d3b7f2`,
		`${`69689${number}b1`.slice(-8)}-7d0e5c10-2a9c-${bareMac(host)}`,
		`${`69689${number}b7`.slice(-8)}-4b7f1e20-6f3d-${bareMac(host)}`,
	];
}

function bareMac(host: number): string {
	return nicMac(host, 0).replaceAll(':', '');
}

function volume(
	partition: number,
	uuid: string,
	label: string,
	type: Disk['datastores'][number]['type'],
	bytes: number | undefined,
	usedShare: number,
): Disk['datastores'][number] {
	const size = Math.floor((bytes ?? 0) / 1024 ** 2) * 1024 ** 2;
	const freeBytes = Math.floor((size * (1 - usedShare)) / 65_536) * 65_536;
	return {partition, uuid, label, type, bytes: size, freeBytes, files: {}, locks: {}};
}

function emptyDisk(host: number): Disk {
	return {
		name: `naa.5000c500${(0xa1b2c300 + host).toString(16)}`,
		vendor: 'LSI',
		model: 'SAS HDD 1200G',
		sectors: 2_344_225_968,
		label: 'unknown',
		partitions: [],
		datastores: [],
	};
}
