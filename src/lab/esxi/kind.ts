import * as z from 'zod';
import {readShape, Text} from '../../runbook/yaml.js';
import type {LabHost, Platform} from '../host.js';
import {describedFiles, FilesShape, withLines} from '../world/described-files.js';
import {type EsxiHost, EsxiHostSchema, type Fault} from '../world/esxi-host.js';
import {type EsxiVersion, esxiVersions} from '../world/esxi-release.js';
import {changeVm, placeOf, setLock} from '../world/inventory.js';
import type {HostKind, Member, Neighbourhood} from '../world/member.js';
import {isIpv4, linkIsUp, networksOf, segmentsOf, setPlugged} from '../world/network.js';
import {esxiPower} from '../world/power.js';
import {hostPower, isUp, underPower} from '../world/power-cycle.js';
import {setFreeLicense, startService} from '../world/services.js';
import {hostAt, startNames} from '../world/vmware-host-clustering.js';
import {inventoryOf} from './inventory-access.js';
import {esxiPlatform, type MachineRoom} from './platform.js';
import {deploy, follow, install, networksOfGuest, nextChangeOfVms} from './virtual-machines.js';

const deeds = [
	'set cables HOST',
	'set cables HOST in|out',
	'set cable HOST NIC in|out',
	'set console HOST',
	'set license HOST free',
	'set lock VM on HOST',
	'set stuck VM on HOST',
	'set vm VM on HOST DATASTORE',
];

/** How many have names for their disks and NICs. */
const MOST_HOSTS = 4095;

/** ESXi hosts, in the machine room and in `lab.yaml`. */
export const esxiKind: HostKind = {
	platform: 'esxi',
	deeds,
	checkDeed,
	read(node, name, number, problems) {
		const shape = readShape(EsxiShape, node, 'a host', problems);
		if (shape === undefined) {
			return undefined;
		}

		if (number > MOST_HOSTS) {
			problems.error('too-many-hosts', node.at, `A lab has at most ${MOST_HOSTS} ESXi hosts.`);
		}

		const {state, label = name, address, version} = shape;
		const host = withSendTargets(hostAt(state, {name, label, address, number, version}), shape.iscsi_targets);
		return {
			...host,
			files: describedFiles(shape.files),
			deployed: Object.entries(shape.vms).map(([vm, of]) => ({name: vm, ...of})),
		};
	},
	letIn(saved, keys) {
		const host = EsxiHostSchema.parse(saved);
		return {...host, files: withLines(host.files, '/etc/ssh/keys-root/authorized_keys', keys)};
	},
	enter(neighbourhood) {
		const hosts = new Map<string, EsxiHost>();
		const room = roomOf(
			{
				get: name => hosts.get(name),
				put: host => hosts.set(host.name, host),
				all: () => [...hosts.values()],
			},
			neighbourhood,
		);
		const platforms: Readonly<Record<EsxiVersion, Platform>> = {
			'6.7': esxiPlatform(room, '6.7'),
			'7.0': esxiPlatform(room, '7.0'),
			'8.0': esxiPlatform(room, '8.0'),
		};
		return {
			restore(saved) {
				const host = EsxiHostSchema.parse(saved);
				hosts.set(host.name, host);
				return esxiMember(host.name, room, platforms[host.version]);
			},
		};
	},
};

/** `vms` of a host in a lab file. */
const VmsShape = z
	.record(
		Text(),
		z.strictObject({
			datastore: Text('Write the label of a datastore.'),
			power: z.enum(['on', 'off'], 'Write on or off.').default('on'),
		}),
	)
	.default({});

const EsxiShape = z.strictObject({
	platform: z.literal('esxi'),
	label: Text('Write what people call it, such as ESXi#1.').optional(),
	address: Text().refine(isIpv4, 'Write an IPv4 address.'),
	/** Addresses that its software initiator asks for targets. */
	iscsi_targets: z.array(Text().refine(isIpv4, 'Write an IPv4 address.')).default([]),
	version: z.enum(esxiVersions, 'Write 6.7, 7.0 or 8.0.').default('7.0'),
	state: z.enum(startNames, `Write ${startNames.join(' or ')}.`).default('esxi-ready'),
	files: FilesShape,
	/** In its inventory, beside those that are hosts of the file. */
	vms: VmsShape,
});

function withSendTargets(host: EsxiHost, addresses: readonly string[]): EsxiHost {
	const sendTargets = addresses.map(address => `${address}:3260`);
	const asking = (config: EsxiHost['config']) => ({...config, iscsi: {...config.iscsi, sendTargets}});
	return addresses.length === 0 ? host : {...host, config: asking(host.config), saved: asking(host.saved)};
}

/** Of root on every simulated host. A rehearsal never asks for it; who looks around with `ssh` types it. */
const LAB_PASSWORD = 'VMware1!';

/** Where the hosts are kept. */
export type KeptHosts = {
	get(name: string): EsxiHost | undefined;
	put(host: EsxiHost): void;
	all(): readonly EsxiHost[];
};

/** The hosts of a machine room that keep inventories, as they meet one another. */
export function roomOf(hosts: KeptHosts, neighbourhood: Neighbourhood): MachineRoom {
	const busy = new Set<string>();
	return {
		host(name) {
			const found = hosts.get(name);
			if (found === undefined) {
				throw new RangeError(`There is no ESXi host ${name} in this world`);
			}

			return found;
		},
		replace(host) {
			hosts.put(host);
			neighbourhood.changed(host.name);
		},
		answers: neighbourhood.answers,
		footprints: neighbourhood.footprints,
		partCommands: neighbourhood.partCommands,
		partFiles: neighbourhood.partFiles,
		hosts: () => hosts.all(),
		guests: neighbourhood.guests,
		guest: neighbourhood.guest,
		busy(vm, body) {
			const outer = busy.has(vm);
			busy.add(vm);
			try {
				body();
			} finally {
				if (!outer) {
					busy.delete(vm);
				}
			}

			// What was passed over meanwhile
			neighbourhood.changed(vm);
		},
		isBusy: vm => busy.has(vm),
	};
}

function esxiMember(name: string, room: MachineRoom, platform: Platform): Member {
	const now = () => room.host(name);
	const power = underPower(esxiPower, now, host => room.replace(host));
	return {
		name,
		label: now().label,
		runsOn: undefined,
		autostart: false,
		labHost: () => labHost(now(), platform),
		...power,
		nextChange: at => earlier(power.nextChange(at), nextChangeOfVms(now())),
		hasInventory: true,
		inventory: inventoryOf(room, name),
		follow: at => follow(room, name, at),
		installGuest: (guest, at) => install(room, name, guest, at),
		deed(words, at) {
			if (words[0] === 'vm') {
				return deploy(room, name, words[1] ?? '', words[4] ?? '', at);
			}

			const {host, did} = doDeed(words, now(), at);
			room.replace(host);
			return did;
		},
		look: () => look(now()),
		addresses: () =>
			isUp(now()) ? now().config.vmknics.map(vmknic => ({ip: vmknic.ip, networks: segmentsOf(now(), vmknic)})) : [],
		carries: (network, nic) => isUp(now()) && networksOfGuest(now(), nic?.vm, nic?.number ?? 0).includes(network),
		esxi: {now, replace: host => room.replace(host)},
		toJSON: now,
	};
}

function labHost(host: EsxiHost, platform: Platform): LabHost {
	const {hostname, domain, vmknics} = host.config;
	return {
		name: host.name,
		hostname: domain === '' ? hostname : `${hostname}.${domain}`,
		address: vmknics[0]?.ip ?? '',
		platform,
		power: hostPower(host, `${host.name}-${host.boots}`),
		ssh: reachable(host) ? (host.running.SSH ? 'answers' : 'refuses') : 'silent',
		users: {root: LAB_PASSWORD},
	};
}

/** Whoever sits on the management network reaches `vmk0` only through a link that is up. */
function reachable(host: EsxiHost): boolean {
	const management = host.config.vmknics[0];
	return isUp(host) && management !== undefined && networksOf(host, management).includes('management');
}

function earlier(one: number | undefined, other: number | undefined): number | undefined {
	return one === undefined || (other !== undefined && other < one) ? other : one;
}

function checkDeed([verb, name, ...rest]: readonly string[]): string | undefined {
	const isPosition = (word = '') => word === 'in' || word === 'out';
	switch (verb) {
		case 'cable':
			return rest.length === 2 && isPosition(rest[1])
				? undefined
				: 'Write which NIC and whether the cable goes in or out: set cable esxi1 vmnic1 in';
		case 'cables':
			return rest.length === 0 || (rest.length === 1 && isPosition(rest[0]))
				? undefined
				: `Write set cables ${name}, or whether they go in or out: set cables ${name} out`;
		case 'license':
			return rest.length === 1 && rest[0] === 'free' ? undefined : `Write set license ${name} free`;
		case 'vm':
			return rest[0] === 'on' && rest.length === 3
				? undefined
				: `Write which virtual machine, on which host and datastore: set vm ${name} on esxi1 datastore1`;
		case 'lock':
		case 'stuck':
			return rest[0] === 'on' && rest.length <= 3 && (rest[2] === undefined || rest[2] === 'off')
				? undefined
				: `Write which virtual machine on which host: set ${verb} vm1 on esxi1, or set ${verb} vm1 on esxi1 off`;
		default:
			return rest.length === 0 ? undefined : `set ${verb} wants a host and nothing else`;
	}
}

function doDeed(
	[verb, name = '', word = '', position, last]: readonly string[],
	host: EsxiHost,
	now: number,
): {readonly host: EsxiHost; readonly did: string} {
	switch (verb) {
		case 'lock':
		case 'stuck':
			return vmDeed(verb, name, last !== 'off', host);
		case 'license':
			return {host: setFreeLicense(host), did: `${host.label}: the licence is a free one`};
		case 'cables': {
			const plugged = word !== 'out';
			return {
				host: {...host, nics: host.nics.map(nic => ({...nic, plugged}))},
				did: plugged ? `${host.label}: every NIC has its cable` : `${host.label}: no NIC has a cable`,
			};
		}
		case 'cable':
			return {
				host: accepted(setPlugged(host, word, position === 'in')),
				did: `${host.label}: the cable of ${word} is ${position}`,
			};
		default:
			return {
				host: startService(host, 'SSH', now),
				did: `${host.label}: management network and SSH are set at the console`,
			};
	}
}

/** `lock`: a host that is not of this room has its files; `stuck`: its guest does nothing any more. */
function vmDeed(
	verb: 'lock' | 'stuck',
	name: string,
	isSo: boolean,
	host: EsxiHost,
): {readonly host: EsxiHost; readonly did: string} {
	const vm = host.vms.find(each => each.name === name || String(each.id) === name);
	const place = vm && placeOf(host, vm.vmx);
	if (vm === undefined || place === undefined) {
		throw new Error(`There is no virtual machine ${name} on this host`);
	}

	return verb === 'stuck'
		? {
				host: changeVm(host, vm.id, {isStuck: isSo}),
				did: `${vm.name} on ${host.label} ${isSo ? 'hears and does nothing' : 'works again'}`,
			}
		: {
				host: setLock(host, place, isSo ? 'another host' : undefined),
				did: `the files of ${vm.name} ${isSo ? 'are locked by another host' : 'are free'}`,
			};
}

/** `look esxi1`: what somebody in front of the machine, or in its Host Client, would see. */
function look({label, power, nics, config, disks}: EsxiHost): string {
	if (power.kind === 'off' || power.kind === 'booting') {
		return power.kind === 'off' ? `${label} is off` : `${label} is booting`;
	}

	const lights = nics.filter(linkIsUp).map(({name}) => name);
	const stores = disks.flatMap(({datastores}) => datastores).filter(({type}) => type.startsWith('VMFS-'));
	return [
		`${label} is on`,
		`link lights: ${lights.join(' ') || 'none'}`,
		`switches: ${config.switches.map(({name}) => name).join(' ')}`,
		`datastores: ${stores.map(({label}) => label).join(' ') || 'none'}`,
		`software iSCSI: ${config.iscsi.enabled ? 'on' : 'off'}`,
	].join('; ');
}

function accepted(result: EsxiHost | Fault): EsxiHost {
	if (result.kind === 'fault') {
		throw new Error(`There is no ${result.name} on this host`);
	}

	return result;
}
