import {createHash} from 'node:crypto';
import type {z} from 'zod';
import {systemDisk} from '../linux/disks.js';
import {noLio} from '../lio/configuration.js';
import {describedFiles} from '../world/described-files.js';
import type {Disk, Nic} from '../world/esxi-host.js';
import {lastUsableSector, partitionBytes, partitionTypes} from '../world/storage.js';
import {EPOCH, hostAt} from '../world/vmware-host-clustering.js';
import {type Esx4Host, vmkernelOf, withVmkernel} from './esx4-host.js';
import {consoleNic} from './esxcfg-vswif.js';
import type {Esx4Shape} from './kind.js';
import {consolePackages} from './release.js';
import {consoleServices} from './services.js';

type Description = z.output<typeof Esx4Shape>;

const INSTALLED_AT = EPOCH - 30 * 60_000;

/** The `number`th ESX 4 host of a lab file, as somebody has described it there. */
export function describedHost(shape: Description, name: string, number: number): Esx4Host {
	const label = shape.label ?? name;
	const bare = bareHost(shape, name, label, number);
	return shape.state === 'bare' ? bare : readyHost(bare, shape);
}

/** As the installer leaves it: one switch with the console and a network for VMs on the first NIC, and `Storage1`. */
function bareHost(shape: Description, name: string, label: string, number: number): Esx4Host {
	const {
		kind: _,
		name: __,
		label: ___,
		power: ____,
		boots: _____,
		...esxi
	} = hostAt('bare', {
		version: '7.0',
		name,
		label,
		address: shape.address,
		number,
	});
	const config = {
		...esxi.config,
		switches: [{name: 'vSwitch0', mtu: 1500, uplinks: ['vmnic0'], portGroups: groups('VM Network', 'Service Console')}],
		vmknics: [],
	};
	const host: Esx4Host = {
		kind: 'esx4',
		name,
		label,
		power: {kind: 'on', bootedAt: INSTALLED_AT},
		boots: 1,
		console: consoleOfInstaller(shape, name),
		vmkernel: {
			...esxi,
			nics: shape.nics.map((network, index): Nic => {
				const [first] = esxi.nics;
				const mac = `${first?.mac.slice(0, -2) ?? '00:1e:67:00:00:'}${(index + 16 * number).toString(16).padStart(2, '0')}`;
				return {name: `vmnic${index}`, mac, pci: `0000:03:00.${index}`, adminUp: true, network, plugged: true};
			}),
			disks: [
				vmfsDisk(`naa.600508b1001c10${String(number).padStart(2, '0')}`, 'Storage1', 136, INSTALLED_AT),
				...Object.entries(shape.luns).map(([lun, content]) => lunOf(lun, content)),
			],
			config,
			saved: config,
			hostd: {...esxi.hostd, vmknics: []},
		},
		firewall: {
			incoming: false,
			outgoing: false,
			services: ['CIMHttpServer', 'CIMHttpsServer', 'sshServer', 'vpxHeartbeats'],
			ports: [],
		},
	};
	return withNic(host, 'vswif0', 'Service Console', shape.address);
}

function consoleOfInstaller(shape: Description, name: string): Esx4Host['console'] {
	const {user, password, sudo} = shape;
	const root = {name: 'root', uid: 0, password, groups: []};
	const login = {name: user, uid: 500, password, groups: [], ...(sudo === 'none' ? {} : {sudo})};
	return {
		hostname: shape.hostname ?? name,
		isInstalled: true,
		users: user === 'root' ? [root] : [login, root],
		requiretty: false,
		nics: [],
		units: Object.fromEntries(
			Object.entries(consoleServices).map(([service, {starts}]) => [
				service,
				{enabled: starts, active: starts, since: INSTALLED_AT},
			]),
		),
		packages: consolePackages,
		timezone: 'UTC',
		firewall: {now: [], permanent: []},
		files: describedFiles(shape.files),
		later: describedFiles(shape.later),
		disks: [systemDisk(name)],
		mounts: [],
		lio: noLio,
		journal: [],
	};
}

/** With a switch on each further NIC: a network for VMs, and a second way into the console where it has an address there. */
function readyHost(bare: Esx4Host, {nics, networks}: Description): Esx4Host {
	return nics.slice(1).reduce((host, network, index) => {
		const number = index + 1;
		const address = networks[network];
		const portGroups = [
			`VM Network ${number + 1}`,
			...(address === undefined ? [] : [`Service Console ${number + 1}`]),
		];
		const {config} = host.vmkernel;
		const added = {name: `vSwitch${number}`, mtu: 1500, uplinks: [`vmnic${number}`], portGroups: groups(...portGroups)};
		const wired = withVmkernel(host, {
			...vmkernelOf(host),
			config: {...config, switches: [...config.switches, added]},
		});
		return address === undefined ? wired : withNic(wired, `vswif${number}`, `Service Console ${number + 1}`, address);
	}, allowAll(bare));
}

function allowAll(host: Esx4Host): Esx4Host {
	return {...host, firewall: {...host.firewall, incoming: true, outgoing: true}};
}

function groups(...names: readonly string[]): readonly {readonly name: string; readonly vlan: number}[] {
	return names.map(name => ({name, vlan: 0}));
}

function withNic(host: Esx4Host, name: string, portGroup: string, address: string): Esx4Host {
	const {console} = host;
	return {...host, console: {...console, nics: [...console.nics, consoleNic(host, name, portGroup, `${address}/24`)]}};
}

/** What the names of devices of the storage network begin with: a vendor's number. */
const LUNS = 'naa.6006016';

export function isLun({name}: Disk): boolean {
	return name.startsWith(LUNS);
}

/** What every host calls the LUN of this name. */
export function deviceOfLun(name: string): string {
	return `${LUNS}${createHash('sha256').update(name).digest('hex').slice(0, 25)}`;
}

/** A LUN of the storage network: the same name, device and volume on every host that has it. */
function lunOf(name: string, content: 'vmfs' | 'raw'): Disk {
	const disk = vmfsDisk(deviceOfLun(name), name, 100, EPOCH - 24 * 60 * 60_000);
	return {
		...disk,
		vendor: 'DGC',
		model: 'RAID 5',
		...(content === 'raw' ? {label: 'unknown' as const, partitions: [], datastores: []} : {}),
	};
}

/** The UUID of the volume of a LUN, by which scripts name it. */
export function volumeUuidOf(lun: string): string {
	return lunOf(lun, 'vmfs').datastores[0]?.uuid ?? '';
}

/** A disk of `gib` GiB with one VMFS-3 volume on it. */
function vmfsDisk(name: string, label: string, gib: number, madeAt: number): Disk {
	const disk: Disk = {
		name,
		vendor: 'HP',
		model: 'LOGICAL VOLUME',
		sectors: gib * 2_097_152,
		label: 'msdos',
		partitions: [],
		datastores: [],
	};
	const partition = {
		number: 1,
		startSector: 128,
		endSector: lastUsableSector(disk),
		type: partitionTypes.vmfs,
		attribute: 0,
	};
	const bytes = Math.floor(partitionBytes(partition) / 1024 ** 2) * 1024 ** 2;
	const digits = createHash('sha256').update(name).digest('hex');
	const uuid = `${Math.floor(madeAt / 1000).toString(16)}-${digits.slice(0, 8)}-${digits.slice(8, 12)}-${digits.slice(12, 24)}`;
	return {
		...disk,
		partitions: [partition],
		datastores: [
			{partition: 1, uuid, label, type: 'VMFS-3', bytes, freeBytes: bytes - 552 * 1024 ** 2, files: {}, locks: {}},
		],
	};
}
