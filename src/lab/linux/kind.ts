import * as z from 'zod';
import {nameHelp, namePattern} from '../../runbook/names.js';
import {readShape, Text} from '../../runbook/yaml.js';
import type {LabHost, Platform} from '../host.js';
import {noLio} from '../lio/configuration.js';
import {checkTargetDeed, targetDeed} from '../lio/deeds.js';
import {TargetShape, withTarget} from '../lio/described.js';
import {describedFiles, FilesShape, LoginName, withLines} from '../world/described-files.js';
import type {Hardware, HostKind, Interface, Member, Neighbourhood} from '../world/member.js';
import {insideOf, isIpv4} from '../world/network.js';
import {hostPower, isUp, underPower} from '../world/power-cycle.js';
import {rootKeyFiles} from '../world/root-keys.js';
import {EPOCH} from '../world/vmware-host-clustering.js';
import type {Surroundings} from './command.js';
import {newDisk, systemDisk} from './disks.js';
import {checkFileDeed, withBrought} from './files.js';
import {journaled} from './journal.js';
import {type LinuxHost, LinuxHostSchema, type LinuxNic} from './linux-host.js';
import {changeNic, findNic, isInSubnet, linkIsUp, nicsFor} from './network.js';
import {offeredVersion} from './packages.js';
import {linuxPlatform} from './platform.js';
import {bootIdOf, linuxPower} from './power.js';
import {withDescribedRules} from './udevadm.js';
import {isActive, setUnit, unitName, unitOf} from './units.js';
import {sudoRight} from './users.js';

const deeds = [
	'set cables HOST in|out',
	'set cable HOST NIC in|out',
	'set file HOST PATH',
	'set system HOST',
	'set hang HOST target',
	'set hang HOST target off',
	'set pdl HOST on|off',
];

/** Hosts of the RHEL family, in `lab.yaml` and in the machine room. */
export const linuxKind: HostKind = {
	platform: 'linux',
	deeds,
	checkDeed,
	read(node, name, number, problems) {
		const shape = readShape(LinuxShape, node, 'a host', problems);
		return shape && withTarget(withDescribedRules(describedHost(shape, name, number)), shape.target);
	},
	withClusterSoftware(saved) {
		const host = LinuxHostSchema.parse(saved);
		return {...host, packages: {...host.packages, expresscls: offeredVersion('expresscls') ?? ''}};
	},
	protectedBy: saved => LinuxHostSchema.parse(saved).protectedBy,
	runningOn: (saved, host) => ({...LinuxHostSchema.parse(saved), runsOn: host}),
	letIn(saved, keys) {
		const host = LinuxHostSchema.parse(saved);
		return {...host, files: withLines(host.files, '/root/.ssh/authorized_keys', keys)};
	},
	enter(neighbourhood) {
		const hosts = new Map<string, LinuxHost>();
		const around = (name: string) => surroundingsOf(name, hosts, neighbourhood);
		const platform = linuxPlatform(around, name => neighbourhood.partCommands(name));
		return {
			restore(saved) {
				const host = LinuxHostSchema.parse(saved);
				hosts.set(host.name, host);
				return linuxMember(around(host.name), platform);
			},
		};
	},
};

const truth = z.enum(['true', 'false'], 'Write true or false.').transform(text => text === 'true');
const Address = Text().refine(isIpv4, 'Write an IPv4 address.');
const Size = Text()
	.regex(/^[1-9]\d*[MGT]$/, 'Write a size such as 500G.')
	.transform(text => Number.parseInt(text, 10) * 1024 ** {M: 2, G: 3, T: 4}[text.at(-1) as 'M' | 'G' | 'T']);
export const LinuxShape = z.strictObject({
	platform: z.literal('linux'),
	label: Text('Write what people call it.').optional(),
	hostname: Text()
		.regex(/^[A-Za-z0-9][A-Za-z0-9.-]{0,62}$/, 'Write a host name.')
		.optional(),
	/** On the network `management`. */
	address: Address,
	/** Further addresses, by network. */
	networks: z.record(Text().regex(namePattern, nameHelp), Address).default({}),
	state: z.enum(['installed', 'blank', 'none'], 'Write installed, blank or none.').default('installed'),
	vm: Text('Write the name of its virtual machine.').optional(),
	datastore: Text('Write the label of a datastore.').optional(),
	/** Further lines of its vmx. */
	vmx: z.record(Text(), z.string()).default({}),
	runs_on: Text('Name a host of this file.').optional(),
	autostart: truth.default(false),
	protected_by: Text('Name a group of a cluster of this file.').optional(),
	power: z.enum(['on', 'off'], 'Write on or off.').default('on'),
	disks: z
		.record(Text(), Size)
		.default({})
		.refine(
			disks => Object.keys(disks).every(name => /^sd[b-z]$/.test(name)),
			'Name disks sdb, sdc and so on; sda is the system’s.',
		),
	target: TargetShape.optional(),
	user: LoginName.default('root'),
	password: Text('Write a password; it protects nothing.').default('Linux-1!'),
	sudo: z.enum(['password', 'nopasswd', 'none'], 'Write password, nopasswd or none.').default('none'),
	requiretty: truth.default(false),
	services: z
		.record(Text(), z.enum(['running', 'started', 'stopped'], 'Write running, started or stopped.'))
		.default({}),
	packages: z
		.array(Text().refine(name => offeredVersion(name) !== undefined, 'The lab knows no package of this name.'))
		.default([]),
	files: FilesShape,
	/** Those that `set file` brings. */
	later: FilesShape,
	/** Hosts that root gets to with a key. */
	ssh_to: z.array(Text('Name a host of this file.')).default([]),
});

function describedHost(shape: z.output<typeof LinuxShape>, name: string, number: number): LinuxHost {
	const {user, password, sudo} = shape;
	const nics = nicsFor([['management', shape.address], ...Object.entries(shape.networks)], number);
	const bootedAt = EPOCH - 60 * 60_000;
	const root = {name: 'root', uid: 0, password, groups: []};
	const login = {name: user, uid: 1000, password, groups: [], ...(sudo === 'none' ? {} : {sudo})};
	return {
		kind: 'linux',
		name,
		label: shape.label ?? name,
		hostname: shape.hostname ?? name,
		...(shape.runs_on === undefined || shape.state === 'none' ? {} : {runsOn: shape.runs_on}),
		...(isVirtual(shape) ? {vm: shape.vm ?? shape.label ?? name} : {}),
		...(shape.datastore === undefined ? {} : {datastore: shape.datastore}),
		...(Object.keys(shape.vmx).length === 0 ? {} : {vmx: shape.vmx}),
		...(shape.ssh_to.length === 0 ? {} : {sshTo: shape.ssh_to}),
		isInstalled: shape.state === 'installed',
		autostart: shape.autostart,
		...(shape.protected_by === undefined ? {} : {protectedBy: shape.protected_by}),
		power: shape.power === 'on' && shape.state === 'installed' ? {kind: 'on', bootedAt} : {kind: 'off'},
		boots: 1,
		users: user === 'root' ? [root] : [login, root],
		requiretty: shape.requiretty,
		nics,
		units: Object.fromEntries(
			Object.entries(shape.services).map(([service, state]) => {
				const unit = {enabled: state === 'running', active: state !== 'stopped', since: bootedAt};
				return [unitName(service), unit];
			}),
		),
		packages: Object.fromEntries(shape.packages.map(each => [each, offeredVersion(each) ?? ''])),
		timezone: 'UTC',
		firewall: {now: ['dhcpv6-client', 'ssh'], permanent: ['dhcpv6-client', 'ssh']},
		files: {...(shape.ssh_to.length === 0 ? {} : rootKeyFiles(name)), ...describedFiles(shape.files)},
		later: describedFiles(shape.later),
		disks: [systemDisk(name), ...Object.entries(shape.disks).map(([disk, bytes]) => newDisk(name, disk, bytes))],
		mounts: [],
		lio: noLio,
		journal: [],
	};
}

function isVirtual({vm, runs_on, protected_by, state}: z.output<typeof LinuxShape>): boolean {
	return vm !== undefined || runs_on !== undefined || protected_by !== undefined || state !== 'installed';
}

function surroundingsOf(name: string, hosts: Map<string, LinuxHost>, neighbourhood: Neighbourhood): Surroundings {
	const host = () => {
		const found = hosts.get(name);
		if (found === undefined) {
			throw new RangeError(`There is no Linux host ${name} in this world`);
		}

		return found;
	};
	return {
		host,
		replace(changed) {
			hosts.set(name, changed);
			neighbourhood.changed(name);
		},
		networksOf: nic => networksOf(nic, host(), neighbourhood),
		floating: () => neighbourhood.floating(name),
		mirrors: () => neighbourhood.mirrorDevices(name),
		neighbourhood,
	};
}

/** Through the switches of the host that it runs on, if it is a virtual machine. */
function networksOf(nic: LinuxNic, host: LinuxHost, neighbourhood: Neighbourhood): readonly string[] {
	if (!linkIsUp(nic)) {
		return [];
	}

	const {runsOn, nics, label, vm = label} = host;
	const number = nics.findIndex(({name}) => name === nic.name);
	return runsOn === undefined
		? [nic.network]
		: [
				...(neighbourhood.host(runsOn).carries(nic.network, {vm, number}) ? [nic.network] : []),
				insideOf(runsOn, nic.network),
			];
}

/** As the guide of the field makes such a virtual machine. */
function hardwareOf({nics, datastore, disks, vmx}: LinuxHost): Hardware {
	return {
		guestOs: 'centos8-64',
		cpus: 4,
		memoryMb: 16_384,
		disks: disks.map(({bytes}) => bytes),
		settings: vmx ?? {},
		networks: nics.map(({network}) => network),
		datastore,
	};
}

function linuxMember(surroundings: Surroundings, platform: Platform): Member {
	const now = surroundings.host;
	const {name, label, autostart, protectedBy} = now();
	const member: Member = {
		name,
		label,
		get runsOn() {
			return now().runsOn;
		},
		autostart,
		protectedBy,
		get vm() {
			const {vm, runsOn} = now();
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
			surroundings.replace(host === undefined ? rest : {...rest, runsOn: host});
		},
		labHost: () => labHost(now(), platform, surroundings),
		...underPower(linuxPower, now, surroundings.replace),
		deed(words, at) {
			if (words[0] === 'system') {
				return install(member, surroundings, at);
			}

			const {host, did} = doDeed(words, now());
			surroundings.replace(host);
			return did;
		},
		look: () => look(now()),
		addresses: () => (isUp(now()) ? now().nics.flatMap(nic => answeringAt(nic, surroundings)) : []),
		carries: () => false,
		runs: service => isUp(now()) && now().power.kind === 'on' && isActive(now(), service),
		setService(service, runs, at) {
			const unit = unitOf(now(), service);
			if (unit !== undefined && unit.active !== runs && isUp(now())) {
				surroundings.replace(setUnit(now(), service, {...unit, active: runs, since: at}));
			}
		},
		has: name => Object.hasOwn(now().packages, name),
		log: (source, text, at) => surroundings.replace(journaled(now(), at, source, text)),
		shutDown: (andThen, at) => surroundings.replace(linuxPower.shutDown(now(), andThen, at)),
		linux: {now, replace: surroundings.replace},
		toJSON: now,
	};
	return member;
}

/**
A person installs the operating system at the console, and gives it its management address. Its other NICs have none yet.

Throws an Error with a sentence.
*/
function install(member: Member, {host, replace, neighbourhood}: Surroundings, now: number): string {
	const {runsOn, label} = host();
	if (member.vm !== undefined && runsOn === undefined) {
		throw new Error(`${label} has no virtual machine yet that a system could be installed in`);
	}

	if (host().isInstalled && isUp(host())) {
		return `${label} has its system already`;
	}

	if (runsOn !== undefined) {
		neighbourhood.host(runsOn).installGuest?.(member, now);
	}

	const fresh: LinuxHost = {
		...host(),
		isInstalled: true,
		hostname: 'localhost.localdomain',
		nics: host().nics.map((nic, index) =>
			index === 0 ? nic : {...nic, connection: {...nic.connection, addresses: [], autoconnect: false}},
		),
		power: {kind: 'off'},
	};
	replace(linuxPower.advance({...fresh, power: {kind: 'booting', until: now}}, now));
	return `${label}: the system is installed, with root and its management address`;
}

function answeringAt(nic: LinuxNic, surroundings: Surroundings): readonly Interface[] {
	const networks = surroundings.networksOf(nic);
	const own = nic.addresses.map(address => address.split('/')[0] ?? '');
	const floating = surroundings.floating().filter(address => nic.addresses.some(each => isInSubnet(each, address)));
	return [...own, ...floating].map(ip => ({ip, networks}));
}

function labHost(host: LinuxHost, platform: Platform, surroundings: Surroundings): LabHost {
	const [management] = host.nics;
	const reached =
		isUp(host) &&
		management !== undefined &&
		management.addresses.length > 0 &&
		surroundings.networksOf(management).includes(management.network);
	return {
		name: host.name,
		hostname: host.hostname,
		address: management?.connection.addresses[0]?.split('/')[0] ?? '',
		platform,
		power: hostPower(host, bootIdOf(host)),
		ssh: reached ? (isActive(host, 'sshd') ? 'answers' : 'refuses') : 'silent',
		users: Object.fromEntries(host.users.map(({name, password}) => [name, password])),
		accounts: Object.fromEntries(
			host.users.map(user => [user.name, {uid: user.uid, groups: user.groups, sudo: sudoRight(user)}]),
		),
		requiretty: host.requiretty,
		...(host.sshTo === undefined ? {} : {knows: host.sshTo}),
	};
}

function checkDeed([verb, name, ...rest]: readonly string[]): string | undefined {
	if (verb === 'file') {
		return checkFileDeed(name, rest);
	}

	if (verb === 'hang' || verb === 'pdl') {
		return checkTargetDeed(verb, name, rest);
	}

	if (verb === 'system') {
		return rest.length === 0 ? undefined : 'set system wants a host and nothing else';
	}

	const position = rest.at(-1);
	const wanted = verb === 'cable' ? 2 : 1;
	return rest.length === wanted && (position === 'in' || position === 'out')
		? undefined
		: verb === 'cable'
			? `Write which NIC and whether the cable goes in or out: set cable ${name} ens192 out`
			: `Write whether the cables go in or out: set cables ${name} out`;
}

function doDeed(
	[verb, , ...rest]: readonly string[],
	host: LinuxHost,
): {readonly host: LinuxHost; readonly did: string} {
	const position = rest.at(-1);
	const plugged = position === 'in';
	if (verb === 'file') {
		return {host: withBrought(host, rest[0] ?? ''), did: `${host.label}: ${rest[0]} was brought`};
	}

	if (verb === 'hang' || verb === 'pdl') {
		return targetDeed(verb, rest, host);
	}

	if (verb === 'cables') {
		return {
			host: {...host, nics: host.nics.map(nic => ({...nic, plugged}))},
			did: `${host.label}: the cables of all NICs are ${position}`,
		};
	}

	const [name = ''] = rest;
	if (findNic(host, name) === undefined) {
		throw new Error(`There is no ${name} on this host`);
	}

	return {host: changeNic(host, name, {plugged}), did: `${host.label}: the cable of ${name} is ${position}`};
}

/** `look ec1`: what somebody at its console would see. */
function look({label, hostname, power, nics, isInstalled, runsOn}: LinuxHost): string {
	if (!isInstalled) {
		return runsOn === undefined ? `${label} is no virtual machine yet` : `${label} has no system`;
	}

	if (power.kind === 'off' || power.kind === 'booting') {
		return power.kind === 'off' ? `${label} is off` : `${label} is booting`;
	}

	const up = nics.filter(linkIsUp).map(({name}) => name);
	return `${label} is on; login prompt of ${hostname}; links: ${up.join(' ') || 'none'}`;
}
