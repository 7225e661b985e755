import type {Platform} from './host.js';

/** What a fault does in place of a command. */
export type Strike =
	| {readonly kind: 'answer'; readonly out: string; readonly err: string; readonly status: number}
	/** The command never ends by itself. */
	| {readonly kind: 'hang'};

/** What happens in the machine room at the moment of a command, which then meets the world as it is now. A person has to mend it. */
export type Mishap = {
	readonly kind: 'mishap';
	/** In the words of `lab.yaml`; HOST is the host that was struck, or each host that knows the deed. */
	readonly deeds: readonly (readonly string[])[];
	readonly befalls: 'the host' | 'every host';
};

/** What a command meets: a strike, or a mishap that has begun. Then it goes on once that is over, if its host still lets it. */
export type Struck = Strike | {readonly kind: 'mishap'; readonly over: Promise<void>};

/**
What goes wrong with the systems themselves, as the notes on the domain list it (4.1; `listed` is the number there): one command
of one host answers as that host would, or something happens in the room at its moment.
*/
export type DomainFault = {
	readonly name: string;
	readonly listed: number;
	/** For people: `… finds a virtual switch of this name`. */
	readonly title: string;
	/** Undefined: on any. */
	readonly platform: Platform['name'] | undefined;
	/** The commands that it strikes; on Windows, cmdlets. `any`: each that only its platform has. */
	readonly commands: readonly string[] | 'any';
	/** Which of their calls; the words are joined by blanks. */
	readonly words: RegExp;
	/** How many such calls go well before, at least: those by which a client gets to know the host. 0 unless given. */
	readonly spares?: number;
	/** How long all such calls fare like the first, in milliseconds of world time; 0: only that one. */
	readonly lastsMs: number;
	strike(args: readonly string[]): Strike | Mishap;
};

/** So many commands of a host go well before something happens to it: those by which a client gets to know it, and some more. */
const somewhere = {commands: 'any', words: /^/, spares: 6, lastsMs: 0} as const;

export const domainFaults = [
	{
		name: 'switch-exists',
		listed: 1,
		title: 'finds that a virtual switch of this name exists already',
		platform: 'esxi',
		commands: ['esxcfg-vswitch'],
		words: /^(-a|--add)\b(?!-)/,
		lastsMs: 0,
		strike: () => refuses('A portset with this name already exists'),
	},
	{
		name: 'port-group-exists',
		listed: 2,
		title: 'finds that a port group of this name exists already',
		platform: 'esxi',
		commands: ['esxcfg-vswitch'],
		words: /^(-A|--add-pg)\b/,
		lastsMs: 0,
		strike: ([word = '']) => refuses(`A portgroup with the name ${word.split('=')[1] ?? ''} already exists`),
	},
	{
		name: 'uplink-busy',
		listed: 3,
		title: 'finds that a NIC belongs to another switch',
		platform: 'esxi',
		commands: ['esxcfg-vswitch'],
		words: /^(-L|--link)\b/,
		lastsMs: 0,
		strike: () => refuses('Unable to Set: Busy'),
	},
	{
		name: 'vmkernel-nic-exists',
		listed: 4,
		title: 'finds that the port group has a VMkernel NIC already',
		platform: 'esxi',
		commands: ['esxcfg-vmknic'],
		words: /(^|\s)(-a|--add)\b/,
		lastsMs: 0,
		strike: () => refuses('A vmkernel nic for the connection point already exists'),
	},
	{
		name: 'hostd-restarts',
		listed: 5,
		title: 'has its hostd restart by itself, and for a while nothing that asks it is answered',
		platform: 'esxi',
		commands: ['vim-cmd', 'esxcli'],
		words: /^/,
		spares: 8,
		lastsMs: 10_000,
		strike: () => refuses('Connect to localhost failed: Connection failure'),
	},
	{
		name: 'discovery-address-exists',
		listed: 8,
		title: 'finds that the iSCSI discovery address is there already',
		platform: 'esxi',
		commands: ['esxcli'],
		words: /discovery sendtarget add/,
		lastsMs: 0,
		strike: () => ({kind: 'answer', out: 'Unable to add send target: already exists\n', err: '', status: 1}),
	},
	{
		name: 'target-stop-hangs',
		listed: 9,
		title: 'never ends stopping its iSCSI target',
		platform: 'linux',
		commands: ['systemctl'],
		words: /^stop target/,
		lastsMs: 0,
		strike: () => mishap(['set', 'hang', 'HOST', 'target']),
	},
	{
		name: 'vm-disk-locked',
		listed: 16,
		title: 'cannot power a virtual machine on: another host holds the lock of its disk',
		platform: 'esxi',
		commands: ['vim-cmd'],
		words: /vmsvc\/power\.on/,
		lastsMs: 0,
		strike: () => ({kind: 'answer', out: 'Powering on VM:\nPower on failed\n', err: '', status: 1}),
	},
	{
		name: 'license-refused',
		listed: 20,
		title: 'does not take the licence key',
		platform: 'esxi',
		commands: ['vim-cmd'],
		words: /vimsvc\/license --set/,
		lastsMs: 0,
		strike: () => vimFault('vim.fault.LicenseEntityNotFound', 'The license is not valid.'),
	},
	{
		name: 'free-license',
		listed: 20,
		title: 'has a free licence, which lets no command change a virtual machine',
		platform: 'esxi',
		commands: ['vim-cmd'],
		words: /vmsvc\/(power\.(on|off)|createdummyvm)/,
		lastsMs: 0,
		strike: () =>
			vimFault(
				'vim.fault.RestrictedVersion',
				'Current license or ESXi version prohibits execution of the requested operation.',
			),
	},
	{
		name: 'object-deleted',
		listed: 21,
		title: 'works on two tasks for one virtual machine, and the second does not find it',
		platform: 'esxi',
		commands: ['vim-cmd'],
		words: /vmsvc\//,
		lastsMs: 0,
		strike: () =>
			vimFault(
				'vmodl.fault.ManagedObjectNotFound',
				'The object has already been deleted or has not been completely created',
			),
	},
	{
		name: 'push-refused',
		listed: 25,
		title: 'does not take the cluster configuration in its present state',
		platform: 'linux',
		commands: ['clpcfctrl'],
		words: /--push/,
		lastsMs: 0,
		strike: () => refuses('Command failed. Invalid server status.'),
	},
	{
		name: 'cluster-license-refused',
		listed: 20,
		title: 'does not take the EXPRESSCLUSTER licence',
		platform: 'linux',
		commands: ['clplcnsc'],
		words: /-i\b/,
		lastsMs: 0,
		strike: () => refuses('Command failed. The license is invalid.'),
	},
	{
		name: 'move-refused',
		listed: 13,
		title: 'refuses to move a group to a server whose data are old',
		platform: 'linux',
		commands: ['clpgrp'],
		words: /^-m\b/,
		lastsMs: 0,
		strike: args => refuses(`Server ${args[args.indexOf('-a') + 1] ?? ''} is not in a condition to start the group.`),
	},
	{
		name: 'csv-move-fails',
		listed: 24,
		title: 'fails to move a cluster shared volume the first time',
		platform: 'windows',
		commands: ['Move-ClusterSharedVolume'],
		words: /^/,
		lastsMs: 0,
		strike: () =>
			refuses(
				'The operation failed because either the specified cluster node is not the owner of the group, or the node is not a possible owner of the group.',
			),
	},
	{
		name: 'out-of-memory',
		listed: 24,
		title: 'has too little memory left to start a virtual machine, until somebody gives it more',
		platform: 'windows',
		commands: ['Start-VM'],
		words: /^/,
		lastsMs: 0,
		// What the host keeps for itself, and some
		strike: () => mishap(['set', 'memory', 'HOST', '2304']),
	},
	{
		name: 'power-fails',
		listed: 13,
		title: 'loses its power, until somebody switches it on',
		platform: undefined,
		...somewhere,
		strike: () => mishap(['power', 'off', 'HOST']),
	},
	{
		name: 'blackout',
		listed: 14,
		title: 'loses its power together with all the others, until somebody switches them on',
		platform: undefined,
		...somewhere,
		strike: () => ({...mishap(['power', 'off', 'HOST']), befalls: 'every host'}),
	},
	{
		name: 'network-fails',
		listed: 10,
		title: 'loses all its network cables, until somebody plugs them in',
		platform: undefined,
		...somewhere,
		strike: () => mishap(['set', 'cables', 'HOST', 'out']),
	},
	{
		name: 'switches-fail',
		listed: 12,
		title: 'loses all its network cables together with all the others, until somebody plugs them in',
		platform: undefined,
		...somewhere,
		strike: () => ({...mishap(['set', 'cables', 'HOST', 'out']), befalls: 'every host'}),
	},
	{
		name: 'storage-path-fails',
		listed: 19,
		title: 'loses the cable of its storage network, until somebody plugs it in',
		platform: 'esxi',
		...somewhere,
		strike: () => mishap(['set', 'cable', 'HOST', 'vmnic2', 'out']),
	},
	{
		name: 'devices-lost',
		listed: 19,
		title: 'has a target that says its devices are gone for good, until somebody has them there again',
		platform: 'linux',
		...somewhere,
		strike: () => mishap(['set', 'pdl', 'HOST', 'on']),
	},
] as const satisfies readonly DomainFault[];

function mishap(...deeds: readonly (readonly string[])[]): Mishap {
	return {kind: 'mishap', deeds, befalls: 'the host'};
}

function refuses(message: string): Strike {
	return {kind: 'answer', out: '', err: `${message}\n`, status: 1};
}

/** As `vim-cmd` prints what hostd refuses. */
function vimFault(name: string, message: string): Strike {
	const text = `(${name}) {\n   faultCause = (vmodl.MethodFault) null,\n   faultMessage = <unset>\n   msg = "${message}"\n}\n`;
	return {kind: 'answer', out: text, err: '', status: 1};
}
