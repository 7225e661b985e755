import {isDeepStrictEqual} from 'node:util';
import * as z from 'zod';
import {nameHelp, namePattern} from '../../runbook/names.js';
import {readShape, Text} from '../../runbook/yaml.js';
import type {LabHost, Platform} from '../host.js';
import type {Hardware, HostKind, Member, Neighbourhood} from '../world/member.js';
import {isIpv4} from '../world/network.js';
import {hostPower, isUp, underPower} from '../world/power-cycle.js';
import {EPOCH} from '../world/vmware-host-clustering.js';
import {isCalled} from './adapters.js';
import {VmShape, WindowsPath} from './described-vms.js';
import {featureNames} from './features.js';
import {followGuests, guestReaches, withSystem} from './guests.js';
import {type Adapter, type WindowsHost, WindowsHostSchema} from './host-state.js';
import {disconnected, followSessions} from './iscsi.js';
import {newWindowsHost, setUpAtConsole} from './new-host.js';
import {windowsPlatform} from './platform.js';
import {windowsPower} from './power.js';
import type {WindowsRoom} from './process.js';
import {addressesOf, networksOf, reachOf, roomOf} from './room.js';

const deeds = [
	'set cables HOST in|out',
	'set cable HOST ADAPTER in|out',
	'set console HOST',
	'set system HOST',
	'set memory HOST MB',
];

/** Windows servers, in `lab.yaml` and in the machine room. */
export const windowsKind: HostKind = {
	platform: 'windows',
	deeds,
	checkDeed,
	read(node, name, number, problems) {
		const shape = readShape(WindowsShape, node, 'a host', problems);
		const isInstalled = shape?.state !== 'blank' && shape?.state !== 'none';
		return (
			shape &&
			newWindowsHost({
				name,
				label: shape.label ?? name,
				address: shape.address,
				computerName: shape.hostname ?? name,
				networks: Object.fromEntries(
					Object.entries(shape.networks).map(([network, address]) => [
						network,
						address === 'none' ? undefined : address,
					]),
				),
				disksGb: shape.disks,
				memoryMb: shape.memory,
				domain: shape.domain,
				state: shape.state === undefined || shape.state === 'blank' || shape.state === 'none' ? 'joined' : shape.state,
				features: shape.features,
				files: shape.files,
				switches: shape.switches,
				firewall: shape.firewall,
				vmFolder: shape.vm_folder,
				iscsi: shape.iscsi,
				vms: shape.vms,
				encoding: shape.encoding,
				defaultShell: shape.shell,
				runsOn: shape.state === 'none' ? undefined : shape.runs_on,
				vm: shape.vm ?? (shape.runs_on !== undefined || !isInstalled ? (shape.label ?? name) : undefined),
				datastore: shape.datastore,
				isInstalled,
				autostart: shape.autostart,
				number,
				powered: shape.power === 'on' && isInstalled,
				now: EPOCH,
			})
		);
	},
	letIn(saved, keys) {
		const host = WindowsHostSchema.parse(saved);
		const path = 'C:/ProgramData/ssh/administrators_authorized_keys';
		const text = keys.map(line => `${line}\n`).join('');
		const acl = ['BUILTIN\\Administrators:(F)', 'NT AUTHORITY\\SYSTEM:(F)'];
		return {
			...host,
			files: {...host.files, [path]: `${host.files[path] ?? ''}${text}`},
			acls: {...host.acls, [path.replaceAll('/', '\\').toLowerCase()]: acl},
		};
	},
	enter(neighbourhood) {
		const hosts = new Map<string, WindowsHost>();
		const room = roomOf(hosts, neighbourhood);
		const platform = windowsPlatform(room);
		return {
			restore(saved) {
				const host = WindowsHostSchema.parse(saved);
				hosts.set(host.name, host);
				return windowsMember(host.name, room, platform, neighbourhood);
			},
		};
	},
};

const Whole = z
	.string()
	.regex(/^[1-9]\d{0,8}$/, 'Write a whole number.')
	.transform(Number);
const Gigabytes = z
	.string()
	.regex(/^[1-9]\d{0,5}G?$/, 'Write a size such as 60G.')
	.transform(text => Number.parseInt(text, 10));

/** A Windows host of `lab.yaml`. */
const WindowsShape = z.strictObject({
	platform: z.literal('windows'),
	label: Text('Write what people call it, such as HV#1.').optional(),
	hostname: Text()
		.regex(/^[A-Za-z\d][A-Za-z\d-]{0,14}$/, 'Write a computer name: letters, digits and `-`, at most 15.')
		.optional(),
	address: Text().refine(isIpv4, 'Write an IPv4 address.'),
	/** Further network adapters, by network. */
	networks: z
		.record(
			Text().regex(namePattern, nameHelp),
			Text().refine(text => text === 'none' || isIpv4(text), 'Write an IPv4 address, or none.'),
		)
		.default({}),
	/** Further drives by letter, in GB. */
	disks: z.record(Text().regex(/^[D-Z]$/, 'Write a drive letter, such as D.'), Gigabytes).default({}),
	/** In MB. */
	memory: Whole.default(9 * 1024),
	domain: Text()
		.regex(/^[a-z\d-]+(?:\.[a-z\d-]+)+$/i, 'Write a domain, such as example.local.')
		.optional(),
	/** `none`: no virtual machine yet; `blank`: no system on it; `bare`: nobody has been at its console; `workgroup`: not in its domain yet. */
	state: z
		.enum(['none', 'blank', 'bare', 'workgroup', 'joined'], 'Write none, blank, bare, workgroup or joined.')
		.optional(),
	vm: Text('Write the name of its virtual machine.').optional(),
	datastore: Text('Write the label of a datastore.').optional(),
	features: z.array(z.enum(featureNames, `Write features of Windows: ${featureNames.join(', ')}.`)).default([]),
	/** Text by path. */
	files: z
		.record(Text().regex(/^[C-Z]:\/[^\\]+$/, 'Write a path with its drive and `/`, such as D:/iso/a.iso.'), z.string())
		.default({}),
	/** The network of each virtual switch; the host has an adapter on each. */
	switches: z.record(z.string(), Text()).default({}),
	/** Rules that let a protocol in, by name. */
	firewall: z.record(Text(), z.enum(['ICMPv4', 'TCP', 'UDP'], 'Write ICMPv4, TCP or UDP.')).default({}),
	/** Where virtual machines are made; it may send and receive them while they run. */
	vm_folder: WindowsPath.optional(),
	/** Targets that it is logged in to for good: the address of each by its name. */
	iscsi: z.record(Text(), Text().refine(isIpv4, 'Write an IPv4 address.')).default({}),
	/** Virtual machines in Hyper-V, by name. */
	vms: z.record(Text(), VmShape).default({}),
	runs_on: Text('Name a host of this file.').optional(),
	autostart: z
		.enum(['true', 'false'], 'Write true or false.')
		.transform(text => text === 'true')
		.default(false),
	power: z.enum(['on', 'off'], 'Write on or off.').default('on'),
	/** Of the system: `shift_jis` is a Japanese one. */
	encoding: z.enum(['utf-8', 'shift_jis'], 'Write utf-8 or shift_jis.').default('utf-8'),
	/** What its sshd starts: its `DefaultShell`. */
	shell: z.enum(['cmd', 'powershell'], 'Write cmd or powershell.').default('cmd'),
});

/** Of Administrator on every simulated host. A rehearsal never asks for it. */
const LAB_PASSWORD = 'Windows1!';

function windowsMember(name: string, room: WindowsRoom, platform: Platform, neighbourhood: Neighbourhood): Member {
	const now = () => room.host(name);
	const member: Member = {
		name,
		label: now().label,
		get runsOn() {
			return now().runsOn;
		},
		get vm() {
			const {vm, runsOn, label} = now();
			return vm ?? (runsOn === undefined ? undefined : label);
		},
		get isInstalled() {
			return now().isInstalled;
		},
		get hardware() {
			return hardwareOf(now());
		},
		moveTo(host) {
			const {runsOn: _, ...rest} = now();
			room.replace(host === undefined ? rest : {...rest, runsOn: host});
		},
		autostart: now().autostart,
		labHost: () => labHost(now(), platform, neighbourhood),
		...underPower(windowsPower, now, room.replace),
		deed(words, at) {
			if (words[0] === 'console') {
				return atConsole(now(), room, at);
			}

			if (words[0] === 'system') {
				return install(member, room, neighbourhood, at);
			}

			const {host, did} = doDeed(words, now());
			room.replace(host);
			return did;
		},
		look: () => look(now()),
		addresses: () => (isUp(now()) ? addressesOf(now(), neighbourhood) : []),
		carries: (network, nic) => isUp(now()) && guestReaches(now(), network, nic?.vm),
		hasInventory: true,
		windows: {now, replace: room.replace, replaceTogether: room.replaceTogether},
		follow(at) {
			const before = now();
			const guests = followGuests(before, neighbourhood, room.others(name), at);
			const after = isUp(before) ? followSessions(guests, reachOf(guests, neighbourhood), at) : disconnected(guests);
			const hasChanged = !isDeepStrictEqual(after, before);
			if (hasChanged) {
				room.replace(after);
			}

			return hasChanged;
		},
		installGuest: (guest, at) => room.replace(withSystem(now(), guest, at)),
		runs: service => isUp(now()) && now().services.some(({name, running}) => running && isCalled(name, service)),
		shutDown: (andThen, at) => room.shutDown(name, andThen, at),
		toJSON: now,
	};
	return member;
}

/** As the guide of the field makes such a virtual machine. */
function hardwareOf({adapters, datastore}: WindowsHost): Hardware {
	return {
		guestOs: 'windows2019srv-64',
		cpus: 4,
		memoryMb: 16_384,
		disks: [50 * 1024 ** 3],
		networks: adapters.map(({network}) => network),
		datastore,
	};
}

/** A person installs Windows at the console, with OpenSSH and the management address. Throws an Error with a sentence. */
function install(member: Member, room: WindowsRoom, neighbourhood: Neighbourhood, now: number): string {
	const {name, label, runsOn} = room.host(member.name);
	if (member.vm !== undefined && runsOn === undefined) {
		throw new Error(`${label} has no virtual machine yet that a system could be installed in`);
	}

	if (runsOn !== undefined) {
		neighbourhood.host(runsOn).installGuest?.(member, now);
	}

	room.replace(
		windowsPower.advance({...room.host(name), isInstalled: true, power: {kind: 'booting', until: now}}, now),
	);
	return `${label}: Windows is installed, with OpenSSH and its management address`;
}

function labHost(host: WindowsHost, platform: Platform, neighbourhood: Neighbourhood): LabHost {
	const management = managementAdapter(host);
	const reached =
		isUp(host) &&
		management !== undefined &&
		// While a switch is put on its adapter, packets are lost; TCP sends them again
		(host.binding !== undefined || networksOf(management, host, neighbourhood).length > 0);
	const answers = host.services.some(({name, running}) => name === 'sshd' && running);
	return {
		name: host.name,
		hostname: host.computerName,
		address: management?.ip ?? '',
		platform,
		power: hostPower(host, `${host.name}-${host.boots}`),
		ssh: reached ? (answers ? 'answers' : 'refuses') : 'silent',
		users: usersOf(host),
	};
}

/** People reach the host there, whichever adapter has the address now. */
function managementAdapter({adapters}: WindowsHost): Adapter | undefined {
	return adapters.find(({network, ip}) => network === 'management' && ip !== '');
}

/** In a domain, its administrator can log in too. */
function usersOf({domain}: WindowsHost): LabHost['users'] {
	return {
		Administrator: LAB_PASSWORD,
		...(domain === undefined ? {} : {[`Administrator@${domain}`]: LAB_PASSWORD}),
	};
}

function checkDeed([verb, name, ...rest]: readonly string[]): string | undefined {
	if (verb === 'memory') {
		return rest.length === 1 && /^[1-9]\d{0,8}$/.test(rest[0] ?? '')
			? undefined
			: `Write how much memory the host has, in MB: set memory ${name} 4096`;
	}

	if (verb === 'console' || verb === 'system') {
		return rest.length === 0 ? undefined : `Nothing stands behind the host: set ${verb} ${name}`;
	}

	const position = rest.at(-1);
	const isRight = position === 'in' || position === 'out';
	if (verb === 'cables') {
		return isRight && rest.length === 1 ? undefined : `Write whether the cables go in or out: set cables ${name} out`;
	}

	return isRight && rest.length > 1
		? undefined
		: `Write which adapter or network, and whether the cable goes in or out: set cable ${name} Ethernet 2 out`;
}

function atConsole(host: WindowsHost, room: WindowsRoom, now: number): string {
	if (!isUp(host)) {
		throw new Error(`${host.label} is not up`);
	}

	if (host.console === undefined) {
		return `${host.label} was set up already`;
	}

	room.replace(setUpAtConsole(host, host.console));
	room.shutDown(host.name, 'boot', now);
	return `${host.label} has its name, its address and OpenSSH, and restarts`;
}

/** A cable is named by its adapter, or by the network at its other end. */
function doDeed(
	[verb, , ...rest]: readonly string[],
	host: WindowsHost,
): {readonly host: WindowsHost; readonly did: string} {
	if (verb === 'memory') {
		return {host: {...host, memoryMb: Number(rest[0])}, did: `${host.label} has ${rest[0]} MB of memory`};
	}

	const plugged = rest.at(-1) === 'in';
	const asked = rest.slice(0, -1).join(' ');
	const isMeant = ({alias, network, onSwitch}: Adapter) =>
		onSwitch === undefined && (verb === 'cables' || isCalled(alias, asked) || network === asked);
	if (!host.adapters.some(isMeant)) {
		throw new Error(`There is no adapter ${asked} on this host`);
	}

	const adapters = host.adapters.map(adapter => (isMeant(adapter) ? {...adapter, plugged} : adapter));
	const which = verb === 'cables' ? 'every adapter' : asked;
	return {host: {...host, adapters}, did: `${host.label}: ${which} has ${plugged ? 'its' : 'no'} cable`};
}

/** What somebody in front of it would see. */
function look({label, power, adapters, features, services, vms, isInstalled, runsOn}: WindowsHost): string {
	if (!isInstalled) {
		return runsOn === undefined ? `${label} is no virtual machine yet` : `${label} has no system`;
	}

	if (power.kind === 'off' || power.kind === 'booting') {
		return power.kind === 'off' ? `${label} is off` : `${label} is booting`;
	}

	const installed = features.filter(({state}) => state !== 'Available').map(({name}) => name);
	const stopped = services.filter(({running, start}) => !running && start === 'Automatic').map(({name}) => name);
	return [
		`${label} is on`,
		`link lights: ${
			adapters
				.filter(({plugged, onSwitch}) => plugged && onSwitch === undefined)
				.map(({alias}) => alias)
				.join(' ') || 'none'
		}`,
		`features: ${installed.join(' ') || 'none'}`,
		...(vms.length === 0
			? []
			: [`virtual machines: ${vms.map(({name, power: is}) => `${name} ${is.toLowerCase()}`).join(', ')}`]),
		`services that should run: ${stopped.length === 0 ? 'all do' : `not ${stopped.join(' ')}`}`,
	].join('; ');
}
