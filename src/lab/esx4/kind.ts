import * as z from 'zod';
import {nameHelp, namePattern} from '../../runbook/names.js';
import {readShape, Text} from '../../runbook/yaml.js';
import {inventoryOf} from '../esxi/inventory-access.js';
import {type KeptHosts, roomOf} from '../esxi/kind.js';
import type {MachineRoom} from '../esxi/platform.js';
import {deploy, follow, install, networksOfGuest, nextChangeOfVms} from '../esxi/virtual-machines.js';
import type {LabHost, Platform} from '../host.js';
import {checkFileDeed, withBrought} from '../linux/files.js';
import {journaled} from '../linux/journal.js';
import {LinuxShape} from '../linux/kind.js';
import {isInSubnet} from '../linux/network.js';
import {bootIdOf} from '../linux/power.js';
import {isActive} from '../linux/units.js';
import {sudoRight} from '../linux/users.js';
import type {Disk} from '../world/esxi-host.js';
import type {HostKind, Interface, Member, Neighbourhood} from '../world/member.js';
import {linkIsUp, networksOf, setPlugged} from '../world/network.js';
import {hostPower, isUp, underPower} from '../world/power-cycle.js';
import {consoleNetworks, type Surroundings} from './command.js';
import {describedHost, isLun} from './described-host.js';
import {consoleOf, type Esx4Host, Esx4HostSchema, vmkernelOf, withConsole, withVmkernel} from './esx4-host.js';
import {esx4Platform} from './platform.js';
import {esx4Power} from './power.js';
import {mapLun} from './raw-device.js';
import {setService} from './services.js';

const deeds = [
	'set cables HOST in|out',
	'set cable HOST NIC in|out',
	'set file HOST PATH',
	'set vm VM on HOST DATASTORE',
	'set rdm VM on HOST LUN',
	'set luns HOST in|out',
];

/** ESX 4 hosts, in `lab.yaml` and in the machine room. */
export const esx4Kind: HostKind = {
	platform: 'esx4',
	deeds,
	checkDeed,
	read(node, name, number, problems) {
		const shape = readShape(Esx4Shape, node, 'a host', problems);
		if (number > 15) {
			problems.error('too-many-hosts', node.at, 'A lab has at most 15 ESX 4 hosts.');
		}

		return shape && describedHost(shape, name, number);
	},
	withClusterSoftware(saved) {
		const host = Esx4HostSchema.parse(saved);
		return {...host, console: {...host.console, packages: {...host.console.packages, expresscls: '2.1.2-1.x86_64'}}};
	},
	enter(neighbourhood) {
		const hosts = new Map<string, Esx4Host>();
		const room = roomOf(vmkernelsIn(hosts), neighbourhood);
		const around = (name: string) => surroundingsOf(name, hosts, room, neighbourhood);
		const platform = esx4Platform(around, name => neighbourhood.partCommands(name));
		return {
			restore(saved) {
				const host = Esx4HostSchema.parse(saved);
				hosts.set(host.name, host);
				return esx4Member(around(host.name), platform);
			},
		};
	},
};

export const Esx4Shape = LinuxShape.pick({
	label: true,
	hostname: true,
	address: true,
	networks: true,
	user: true,
	sudo: true,
	files: true,
	later: true,
}).extend({
	platform: z.literal('esx4'),
	password: Text('Write a password; it protects nothing.').default('VMware1!'),
	/** Whether the second switch and the open firewall are there already. */
	state: z.enum(['bare', 'ready'], 'Write bare or ready.').default('ready'),
	/** At the other ends of `vmnic0`, `vmnic1` and so on. */
	nics: z
		.array(Text().regex(namePattern, nameHelp), 'Write a list of networks.')
		.min(1, 'A host has at least one NIC.')
		.max(8, 'A host has at most eight NICs.')
		.default(['management', 'private']),
	/** LUNs that every host has that names them; with a VMFS volume of that name, or as they come. */
	luns: z.record(Text().regex(namePattern, nameHelp), z.enum(['vmfs', 'raw'], 'Write vmfs or raw.')).default({}),
});

function surroundingsOf(
	name: string,
	hosts: Map<string, Esx4Host>,
	room: MachineRoom,
	neighbourhood: Neighbourhood,
): Surroundings {
	return {
		host() {
			const found = hosts.get(name);
			if (found === undefined) {
				throw new RangeError(`There is no ESX 4 host ${name} in this world`);
			}

			return found;
		},
		replace(changed) {
			put(hosts, changed);
			neighbourhood.changed(name);
		},
		room,
		neighbourhood,
	};
}

function put(hosts: Map<string, Esx4Host>, changed: Esx4Host): void {
	for (const other of hosts.values()) {
		hosts.set(other.name, other.name === changed.name ? changed : withLunsOf(other, changed));
	}
}

/** The VMkernels of all ESX 4 hosts. */
function vmkernelsIn(hosts: Map<string, Esx4Host>): KeptHosts {
	return {
		get(name) {
			const host = hosts.get(name);
			return host && vmkernelOf(host);
		},
		put(vmkernel) {
			const host = hosts.get(vmkernel.name);
			if (host !== undefined) {
				put(hosts, withVmkernel(host, vmkernel));
			}
		},
		all: () => [...hosts.values()].map(vmkernelOf),
	};
}

/** A device of the same name is the same LUN: what one host writes there, the other finds. */
function withLunsOf(host: Esx4Host, writer: Esx4Host): Esx4Host {
	const written = new Map(writer.vmkernel.disks.map(disk => [disk.name, disk]));
	const disks = host.vmkernel.disks.map(disk => asSeenBy(disk, written.get(disk.name)));
	return disks.every((disk, index) => disk === host.vmkernel.disks[index])
		? host
		: {...host, vmkernel: {...host.vmkernel, disks}};
}

/** The LUN as the other host left it, over this host's own path. */
function asSeenBy(own: Disk, other: Disk = own): Disk {
	const {path: _, ...content} = other;
	const isSame = content.datastores === own.datastores && content.partitions === own.partitions;
	return other.path === own.path ? other : isSame ? own : {...content, path: own.path};
}

function esx4Member(surroundings: Surroundings, platform: Platform): Member {
	const now = surroundings.host;
	const {name, label} = now();
	const power = underPower(esx4Power, now, surroundings.replace);
	return {
		name,
		label,
		runsOn: undefined,
		autostart: false,
		labHost: () => labHost(now(), platform),
		...power,
		nextChange: at => earlier(power.nextChange(at), nextChangeOfVms(vmkernelOf(now()))),
		hasInventory: true,
		inventory: inventoryOf(surroundings.room, name),
		follow: at => follow(surroundings.room, name, at),
		installGuest: (guest, at) => install(surroundings.room, name, guest, at),
		deed(words, at) {
			if (words[0] === 'vm') {
				return deploy(surroundings.room, name, words[1] ?? '', words[4] ?? '', at);
			}

			if (words[0] === 'rdm') {
				const [, vm = '', , , lun = ''] = words;
				surroundings.replace(withVmkernel(now(), mapLun(vmkernelOf(now()), vm, lun)));
				return `${vm} has the LUN ${lun} by raw device mapping`;
			}

			const {host, did} = doDeed(words, now());
			surroundings.replace(host);
			return did;
		},
		look: () => look(now()),
		addresses: () => (isUp(now()) ? answeringAt(surroundings) : []),
		carries: (network, nic) =>
			isUp(now()) && networksOfGuest(vmkernelOf(now()), nic?.vm, nic?.number ?? 0).includes(network),
		runs: service => now().power.kind === 'on' && isActive(consoleOf(now()), service),
		setService(service, runs, at) {
			if (isUp(now()) && isActive(consoleOf(now()), service) !== runs) {
				surroundings.replace(setService(now(), service, runs, at));
			}
		},
		deviceBytes: device => deviceBytes(now(), device),
		has: packageName => Object.hasOwn(consoleOf(now()).packages, packageName),
		log: (source, text, at) => surroundings.replace(withConsole(now(), journaled(consoleOf(now()), at, source, text))),
		shutDown: (andThen, at) => surroundings.replace(esx4Power.shutDown(now(), andThen, at)),
		toJSON: now,
	};
}

/** A console device or a partition of it: `/dev/sdb1`, as `esxcfg-scsidevs` calls them. Undefined: it cannot be read. */
function deviceBytes({vmkernel: {disks}}: Esx4Host, device: string): number | 'unknown' | undefined {
	const [, letter] = /^\/dev\/sd([a-z])\d*$/.exec(device) ?? [];
	const disk = disks[(letter?.codePointAt(0) ?? 0) - 97];
	return letter === undefined ? 'unknown' : disk === undefined || disk.path === 'dead' ? undefined : disk.sectors * 512;
}

/** The addresses of the console, with those that a cluster has put there, and of the VMkernel. */
function answeringAt({host, neighbourhood}: Surroundings): readonly Interface[] {
	const floating = neighbourhood.floating(host().name);
	const console = consoleOf(host()).nics.flatMap(nic => {
		const own = nic.addresses.map(address => address.split('/')[0] ?? '');
		const here = floating.filter(address => nic.addresses.some(each => isInSubnet(each, address)));
		return [...own, ...here].map(ip => ({ip, networks: consoleNetworks(host(), nic)}));
	});
	const vmkernel = vmkernelOf(host());
	return [...console, ...vmkernel.config.vmknics.map(nic => ({ip: nic.ip, networks: networksOf(vmkernel, nic)}))];
}

function labHost(host: Esx4Host, platform: Platform): LabHost {
	const console = consoleOf(host);
	const [first] = console.nics;
	const {incoming, services} = host.firewall;
	const reached = isUp(host) && first !== undefined && consoleNetworks(host, first).length > 0;
	return {
		name: host.name,
		hostname: console.hostname,
		address: first?.connection.addresses[0]?.split('/')[0] ?? '',
		platform,
		power: hostPower(host, bootIdOf(console)),
		ssh:
			reached && (incoming || services.includes('sshServer'))
				? isActive(console, 'sshd')
					? 'answers'
					: 'refuses'
				: 'silent',
		users: Object.fromEntries(console.users.map(({name, password}) => [name, password])),
		accounts: Object.fromEntries(
			console.users.map(user => [user.name, {uid: user.uid, groups: user.groups, sudo: sudoRight(user)}]),
		),
		requiretty: console.requiretty,
	};
}

function earlier(one: number | undefined, other: number | undefined): number | undefined {
	return one === undefined || (other !== undefined && other < one) ? other : one;
}

function checkDeed([verb, name, ...rest]: readonly string[]): string | undefined {
	if (verb === 'file') {
		return checkFileDeed(name, rest);
	}

	if (verb === 'vm' || verb === 'rdm') {
		const what = verb === 'vm' ? 'datastore: set vm' : 'LUN: set rdm';
		return rest[0] === 'on' && rest.length === 3
			? undefined
			: `Write which virtual machine, on which host and ${what} ${name} on esx1 shared1`;
	}

	const position = rest.at(-1);
	const what = verb === 'luns' ? 'storage cables' : 'cables';
	return rest.length === (verb === 'cable' ? 2 : 1) && (position === 'in' || position === 'out')
		? undefined
		: verb === 'cable'
			? `Write which NIC and whether the cable goes in or out: set cable ${name} vmnic1 out`
			: `Write whether the ${what} go in or out: set ${verb} ${name} out`;
}

function doDeed([verb, , ...rest]: readonly string[], host: Esx4Host): {readonly host: Esx4Host; readonly did: string} {
	const position = rest.at(-1);
	const plugged = position === 'in';
	const vmkernel = vmkernelOf(host);
	if (verb === 'file') {
		const [path = ''] = rest;
		return {host: withConsole(host, withBrought(consoleOf(host), path)), did: `${host.label}: ${path} was brought`};
	}

	if (verb === 'cables') {
		return {
			host: withVmkernel(host, {...vmkernel, nics: vmkernel.nics.map(nic => ({...nic, plugged}))}),
			did: `${host.label}: the cables of all NICs are ${position}`,
		};
	}

	if (verb === 'luns') {
		const path = plugged ? 'active' : 'dead';
		const disks = vmkernel.disks.map(disk => (isLun(disk) ? ({...disk, path} as const) : disk));
		return {
			host: withVmkernel(host, {...vmkernel, disks}),
			did: `${host.label}: the storage cables are ${position}`,
		};
	}

	const [name = ''] = rest;
	const changed = setPlugged(vmkernel, name, plugged);
	if (changed.kind === 'fault') {
		throw new Error(`There is no ${name} on this host`);
	}

	return {host: withVmkernel(host, changed), did: `${host.label}: the cable of ${name} is ${position}`};
}

/** `look esx1`: what somebody in front of it, or in its vSphere Client, would see. */
function look({label, power, vmkernel: {nics, config, disks}}: Esx4Host): string {
	if (power.kind === 'off' || power.kind === 'booting') {
		return power.kind === 'off' ? `${label} is off` : `${label} is booting`;
	}

	const stores = disks.flatMap(({datastores}) => datastores.map(({label}) => label));
	return [
		`${label} is on`,
		`link lights: ${
			nics
				.filter(linkIsUp)
				.map(({name}) => name)
				.join(' ') || 'none'
		}`,
		`switches: ${config.switches.map(({name}) => name).join(' ')}`,
		`datastores: ${stores.join(' ') || 'none'}`,
	].join('; ');
}
