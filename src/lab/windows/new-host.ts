import {addSwitch} from './adapters.js';
import {backslashed, type DescribedVm, withDescribedVms} from './described-vms.js';
import {featuresWith, services, withFeatureServices} from './features.js';
import type {DiskView, WindowsHost} from './host-state.js';

export type DescribedHost = {
	readonly name: string;
	readonly label: string;
	readonly address: string;
	readonly computerName: string;
	readonly encoding: WindowsHost['encoding'];
	readonly defaultShell: WindowsHost['defaultShell'];
	/** Further adapters by network, with their addresses; undefined: none yet. */
	readonly networks: Readonly<Record<string, string | undefined>>;
	/** Sizes in GB of the disks beside the system's, by their drive letters. */
	readonly disksGb: Readonly<Record<string, number>>;
	readonly memoryMb: number;
	readonly domain: string | undefined;
	/** `bare`: as its installation leaves it, with a name of its making and nobody to log in to. */
	readonly state: 'bare' | 'workgroup' | 'joined';
	/** Installed, with their management tools. */
	readonly features: readonly string[];
	/** Texts by path, such as `D:/iso/a.iso`. */
	readonly files: Readonly<Record<string, string>>;
	/** Networks by virtual switch; the host has an adapter on each. */
	readonly switches: Readonly<Record<string, string>>;
	/** Protocols by firewall rule. */
	readonly firewall: Readonly<Record<string, string>>;
	/** `D:/VM`; undefined: where Hyper-V puts them, and live migration is off. */
	readonly vmFolder: string | undefined;
	/** Addresses by target. */
	readonly iscsi: Readonly<Record<string, string>>;
	readonly vms: Readonly<Record<string, DescribedVm>>;
	readonly runsOn: string | undefined;
	readonly vm: string | undefined;
	readonly datastore: string | undefined;
	readonly isInstalled: boolean;
	readonly autostart: boolean;
	/** From 1: no two hosts share a MAC address. */
	readonly number: number;
	readonly powered: boolean;
	readonly now: number;
};

/** A Windows Server 2019 as its installation leaves it, with OpenSSH. */
export function newWindowsHost(described: DescribedHost): WindowsHost {
	const {name, label, address, computerName, encoding, defaultShell, runsOn, autostart, powered, now} = described;
	const bare: WindowsHost = {
		kind: 'windows',
		name,
		label,
		...(runsOn === undefined ? {} : {runsOn}),
		...(described.vm === undefined ? {} : {vm: described.vm}),
		...(described.datastore === undefined ? {} : {datastore: described.datastore}),
		isInstalled: described.isInstalled,
		autostart,
		computerName,
		...(described.domain === undefined ? {} : {ownDomain: described.domain}),
		...(described.domain === undefined || described.state !== 'joined' ? {} : {domain: described.domain}),
		edition: 'Microsoft Windows Server 2019 Datacenter',
		version: '10.0.17763',
		encoding,
		defaultShell,
		files: described.files,
		power: powered ? {kind: 'on', bootedAt: now - 3_600_000} : {kind: 'off'},
		boots: powered ? 1 : 0,
		adapters: [['management', address] as const, ...Object.entries(described.networks)].map(
			([network, ip = ''], index) => ({
				alias: index === 0 ? 'Ethernet' : `Ethernet ${index + 1}`,
				ip,
				prefix: 24,
				gateway: index === 0 ? ip.replace(/\.\d+$/, '.1') : '',
				mac: macAddress(described.number, index),
				plugged: true,
				network,
				dns: index === 0 ? [ip.replace(/\.\d+$/, '.1')] : [],
			}),
		),
		services: [...services],
		features: featuresWith(described.features),
		firewall: [
			{
				name: 'OpenSSH-Server-In-TCP',
				displayName: 'OpenSSH SSH Server (sshd)',
				direction: 'Inbound',
				action: 'Allow',
				protocol: 'TCP',
				port: '22',
				enabled: true,
			},
		],
		acls: {},
		afterBoot: {},
		memoryMb: described.memoryMb,
		switches: [],
		migration: {
			enabled: false,
			authentication: 'CredSSP',
			machinePath: 'C:\\ProgramData\\Microsoft\\Windows\\Hyper-V',
			diskPath: 'C:\\Users\\Public\\Documents\\Hyper-V\\Virtual Hard Disks',
		},
		vms: [],
		made: 0,
		iscsi: {portals: [], sessions: []},
		disks: [
			localDisk(40, 'C', 0),
			...Object.entries(described.disksGb).map(([letter, gb], index) => localDisk(gb, letter, index + 1)),
		],
	};
	const switched = Object.entries(described.switches).reduce((host, [name, network]) => {
		const uplink = host.adapters.find(adapter => adapter.network === network)?.alias;
		return uplink === undefined ? host : addSwitch(host, {name, type: 'External', uplink}, true);
	}, withFeatureServices(bare));
	const worked = withDescribedVms(
		withTargets(withVmFolder(withRules(switched, described), described), described),
		described.vms,
		described.now,
	);
	return described.state === 'bare' ? untouched(worked, described) : worked;
}

function withRules(host: WindowsHost, {firewall}: DescribedHost): WindowsHost {
	const rules = Object.entries(firewall).map(([name, protocol]) => ({
		name,
		displayName: name,
		direction: 'Inbound' as const,
		action: 'Allow' as const,
		protocol: protocol.toUpperCase(),
		port: 'Any',
		enabled: true,
	}));
	return {...host, firewall: [...host.firewall, ...rules]};
}

function withVmFolder(host: WindowsHost, {vmFolder}: DescribedHost): WindowsHost {
	if (vmFolder === undefined) {
		return host;
	}

	const path = backslashed(vmFolder);
	return {
		...host,
		files: {...host.files, [`${vmFolder}/`]: ''},
		migration: {enabled: true, authentication: 'CredSSP', machinePath: path, diskPath: path},
	};
}

/** Logged in to each, as since long; the disks are there as soon as the targets are. */
function withTargets(host: WindowsHost, {iscsi}: DescribedHost): WindowsHost {
	const sessions = Object.entries(iscsi).map(([iqn, address]) => ({iqn, address, persistent: true, connected: true}));
	return sessions.length === 0
		? host
		: {
				...host,
				iscsi: {portals: [...new Set(Object.values(iscsi))], sessions},
				services: host.services.map(each =>
					each.name === 'MSiSCSI' ? {...each, running: true, start: 'Automatic' as const} : each,
				),
			};
}

/** As the installation leaves it: nobody has been at its console yet. */
function untouched(host: WindowsHost, {address, computerName, number}: DescribedHost): WindowsHost {
	return {
		...host,
		computerName: `WIN-7H2KQ9T${number.toString(36).toUpperCase().padStart(3, '0')}`,
		adapters: host.adapters.map(adapter => ({...adapter, ip: '', gateway: ''})),
		services: host.services.map(each => (each.name === 'sshd' ? {...each, running: false, start: 'Manual'} : each)),
		console: {computerName, address},
	};
}

/**
Somebody at the console gives it its name, its first address, OpenSSH and, where it has one, its domain; it restarts.

`console` is that of the host; the host is up.
*/
export function setUpAtConsole(
	host: WindowsHost,
	{computerName, address}: NonNullable<WindowsHost['console']>,
): WindowsHost {
	const gateway = address.replace(/\.\d+$/, '.1');
	return {
		...host,
		console: undefined,
		afterBoot: {computerName, ...(host.ownDomain === undefined ? {} : {domain: host.ownDomain})},
		adapters: host.adapters.map((adapter, index) =>
			index === 0 ? {...adapter, ip: address, gateway, dns: [gateway]} : adapter,
		),
		services: host.services.map(each => (each.name === 'sshd' ? {...each, start: 'Automatic'} : each)),
	};
}

/** `00-15-5D-01-02-00`: the third part from the end is the host's, the last the adapter's. */
function macAddress(number: number, index: number): string {
	const byte = (value: number) => value.toString(16).padStart(2, '0').toUpperCase();
	return `00-15-5D-01-${byte(number)}-${byte(index)}`;
}

const GB = 1024 ** 3;

function localDisk(gb: number, letter: string, number: number): DiskView {
	const partition = {number: 1, bytes: gb * GB, fileSystem: 'NTFS' as const, label: '', files: {}};
	return {
		number,
		local: {
			model: 'Msft Virtual Disk',
			bytes: gb * GB,
			layout: {kind: 'windows', style: 'GPT', partitions: [partition]},
		},
		offline: false,
		readOnly: false,
		letters: {1: letter},
	};
}
