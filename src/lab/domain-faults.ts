import {quotePosix} from '../text/quote.js';
import type {Platform} from './host.js';

/** What a fault does in place of a command. */
export type Strike =
	| {readonly kind: 'answer'; readonly out: string; readonly err: string; readonly status: number}
	/** The command never ends by itself. */
	| {readonly kind: 'hang'};

/** What somebody else does a moment before: the command goes on, and the host itself says what it makes of it. */
export type Interference =
	/** Typed on the same host, as root, in its own shell; with one (`esxi`, `linux`, `esx4`). */
	| {readonly kind: 'before'; readonly script: string}
	/** The command itself, with a slip of the pen in its words. */
	| {readonly kind: 'instead'; readonly args: readonly string[]};

/** What happens in the machine room at the moment of a command, which then meets the world as it is now. A person has to mend it. */
export type Mishap = {
	readonly kind: 'mishap';
	/** In the words of `lab.yaml`; HOST is the host that was struck, or each host that knows the deed. */
	readonly deeds: readonly (readonly string[])[];
	readonly befalls: 'the host' | 'every host';
};

/** What a command meets: a strike, somebody's interference, or a mishap that has begun. Then it goes on once that is over, if its host still lets it. */
export type Struck = Strike | Interference | {readonly kind: 'mishap'; readonly over: Promise<void>};

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
	/** One host does it for all: the first that does is struck, whichever it is. */
	readonly isDoneOnce?: boolean;
	/** How many such calls go well before, at least: those by which a client gets to know the host. 0 unless given. */
	readonly spares?: number;
	/** How long all such calls fare like the first, in milliseconds of world time; 0: only that one. */
	readonly lastsMs: number;
	/** What an engineer does about it before the step is tried again; for people. */
	readonly remedy: string;
	strike(args: readonly string[]): Strike | Interference | Mishap;
};

/** So many commands of a host go well before something happens to it: those by which a client gets to know it, and some more. */
const somewhere = {commands: 'any', words: /^/, spares: 6, lastsMs: 0} as const;

export const domainFaults = [
	{
		name: 'switch-exists',
		listed: 1,
		title: 'has just got a virtual switch of this name from somebody else',
		remedy:
			'Look at it with `esxcfg-vswitch -l`. If it is the one that was meant, try again; if not, `esxcfg-vswitch --delete NAME` before.',
		platform: 'esxi',
		commands: ['esxcfg-vswitch'],
		words: /^(-a|--add)\b(?!-)/,
		lastsMs: 0,
		strike: args => typed('esxcfg-vswitch', ...args),
	},
	{
		name: 'port-group-exists',
		listed: 2,
		title: 'has just got a port group of this name, on vSwitch0',
		remedy: '`esxcfg-vswitch --del-pg=NAME vSwitch0`, then try again.',
		platform: 'esxi',
		commands: ['esxcfg-vswitch'],
		words: /^(-A|--add-pg)\b/,
		lastsMs: 0,
		strike: ([word = '']) => typed('esxcfg-vswitch', word, 'vSwitch0'),
	},
	{
		name: 'switch-missing',
		listed: 2,
		title: 'has just lost the virtual switch that the port group is for',
		remedy: '`esxcfg-vswitch --add NAME` and `esxcfg-vswitch --link=NIC NAME`, then try again.',
		platform: 'esxi',
		commands: ['esxcfg-vswitch'],
		words: /^(-A|--add-pg)\b/,
		lastsMs: 0,
		strike: args => typed('esxcfg-vswitch', '--delete', args.at(-1) ?? ''),
	},
	{
		name: 'uplink-busy',
		listed: 3,
		title: 'has just had the NIC linked to vSwitch0',
		remedy: '`esxcfg-vswitch --unlink=NIC vSwitch0`, then try again.',
		platform: 'esxi',
		commands: ['esxcfg-vswitch'],
		words: /^(-L|--link)\b/,
		lastsMs: 0,
		strike: ([word = '']) => typed('esxcfg-vswitch', word, 'vSwitch0'),
	},
	{
		name: 'vmkernel-nic-exists',
		listed: 4,
		title: 'has just got a VMkernel NIC on the port group, with another address',
		remedy: '`esxcfg-vmknic --del PORT_GROUP`, then try again.',
		platform: 'esxi',
		commands: ['esxcfg-vmknic'],
		words: /(^|\s)(-a|--add)\b/,
		lastsMs: 0,
		strike: args =>
			typed('esxcfg-vmknic', '--add', '--ip', '192.0.2.9', '--netmask', '255.255.255.0', args.at(-1) ?? ''),
	},
	{
		name: 'port-group-missing',
		listed: 4,
		title: 'has just lost the port group that the VMkernel NIC is for',
		remedy: '`esxcfg-vswitch --add-pg=NAME SWITCH`, then try again.',
		platform: 'esxi',
		commands: ['esxcfg-vmknic'],
		words: /(^|\s)(-a|--add)\b/,
		lastsMs: 0,
		strike: args => ({
			kind: 'before',
			script: `esxcli network vswitch standard list | grep '^[^ ]' | while read name; do esxcfg-vswitch --del-pg=${quotePosix(args.at(-1) ?? '')} "$name"; done`,
		}),
	},
	{
		name: 'address-taken',
		listed: 4,
		title: 'has just got another VMkernel NIC with this address, on a port group `Test`',
		remedy: '`esxcfg-vmknic --del Test`, then try again.',
		platform: 'esxi',
		commands: ['esxcfg-vmknic'],
		words: /(^|\s)(-a|--add)\b/,
		lastsMs: 0,
		strike: args => ({
			kind: 'before',
			script: `esxcfg-vswitch --add-pg=Test vSwitch0; ${line('esxcfg-vmknic', ...args.slice(0, -1), 'Test')}`,
		}),
	},
	{
		name: 'hostd-restarts',
		listed: 5,
		title: 'has its hostd restarted by somebody else, and for half a minute nothing that asks it is answered',
		remedy: 'Wait until `vim-cmd hostsvc/net/vnic_info` answers, then try again.',
		platform: 'esxi',
		commands: ['vim-cmd', 'esxcli'],
		words: /^/,
		spares: 8,
		lastsMs: 0,
		strike: () => typed('/etc/init.d/hostd', 'restart'),
	},
	{
		name: 'target-unreachable',
		listed: 7,
		title:
			'loses the cable of its iSCSI network just before it is told where the target is, which it takes without a word',
		remedy: 'Plug it in: `fieldbook lab do set cable HOST vmnic2 in`, then try again.',
		platform: 'esxi',
		commands: ['esxcli'],
		words: /discovery sendtarget add/,
		lastsMs: 0,
		strike: () => mishap(['set', 'cable', 'HOST', 'vmnic2', 'out']),
	},
	{
		name: 'acl-mistyped',
		listed: 7,
		title: 'lets in an initiator whose name has one letter too many',
		remedy:
			'On the target, `targetcli /iscsi/TARGET/tpg1/acls create INITIATOR` and `targetcli saveconfig`, then try again.',
		platform: 'linux',
		commands: ['targetcli'],
		isDoneOnce: true,
		words: /acls create/,
		lastsMs: 0,
		strike: args => ({kind: 'instead', args: [...args.slice(0, -1), `${args.at(-1)}x`]}),
	},
	{
		name: 'discovery-address-exists',
		listed: 8,
		title: 'has just got the iSCSI discovery address from somebody else',
		remedy: 'It is what was wanted: try again.',
		platform: 'esxi',
		commands: ['esxcli'],
		words: /discovery sendtarget add/,
		lastsMs: 0,
		strike: args => typed('esxcli', ...args),
	},
	{
		name: 'vm-moved',
		listed: 15,
		title: 'powers a virtual machine on that remembers another place, and asks whether it was moved or copied',
		remedy:
			'`vim-cmd vmsvc/message ID` shows the question, `vim-cmd vmsvc/message ID QUESTION 1` answers that it was moved. Then try again.',
		platform: 'esxi',
		commands: ['vim-cmd'],
		words: /^vmsvc\/power\.on/,
		lastsMs: 0,
		strike: ([, id = '']) => ({
			kind: 'before',
			script: `vmx=$(${vmxFiles(`${Number(id)}`)}); sed -i '/^uuid.location/d' "$vmx"; echo 'uuid.location = "56 4d 00 00 00 00 00 00-00 00 00 00 00 00 00 01"' >>"$vmx"`,
		}),
	},
	{
		name: 'vm-disk-locked',
		listed: 16,
		title: 'cannot power a virtual machine on: another host holds the lock of its disk',
		remedy: 'Have the other host let go: `fieldbook lab do set lock VM on HOST off`, then try again.',
		platform: 'esxi',
		commands: ['vim-cmd'],
		words: /^vmsvc\/power\.on/,
		lastsMs: 0,
		strike: ([, id = '']) => mishap(['set', 'lock', id, 'on', 'HOST']),
	},
	{
		name: 'vm-lock-lost',
		listed: 17,
		title: 'has another host take the lock of a virtual machine that runs, which asks what to do',
		remedy:
			'`vim-cmd vmsvc/message ID` shows the question, `vim-cmd vmsvc/message ID QUESTION 0` answers it: the virtual machine is off then. Try again.',
		platform: 'esxi',
		commands: ['vim-cmd'],
		words: /^vmsvc\/power\.(off|shutdown)/,
		lastsMs: 0,
		strike: ([, id = '']) => mishap(['set', 'lock', id, 'on', 'HOST']),
	},
	{
		name: 'vm-invalid',
		listed: 18,
		title: 'finds that somebody has moved the file of a virtual machine away that is off',
		remedy: 'Put `NAME.vmx.moved` back in its place, or `vim-cmd vmsvc/unregister ID`; then try again.',
		platform: 'esxi',
		commands: ['vim-cmd'],
		words: /^vmsvc\/getallvms/,
		lastsMs: 0,
		strike: () => ({
			kind: 'before',
			script: `${vmxFiles('[0-9][0-9]*')} | while read vmx; do grep -q . "$vmx" && mv "$vmx" "$vmx.moved" && break; done`,
		}),
	},
	{
		name: 'license-refused',
		listed: 20,
		title: 'is given a licence key with a slip of the pen in it, and does not take it',
		remedy: 'Compare the key with the one on paper, and try again.',
		platform: 'esxi',
		commands: ['vim-cmd'],
		words: /^vimsvc\/license --set/,
		lastsMs: 0,
		strike: () => ({kind: 'instead', args: ['vimsvc/license', '--set=0000O-00000-00000-00000']}),
	},
	{
		name: 'free-license',
		listed: 20,
		title: 'has just got a free licence, which lets no command change a virtual machine',
		remedy: '`vim-cmd vimsvc/license --set=KEY` with the key that was bought, then try again.',
		platform: 'esxi',
		commands: ['vim-cmd'],
		words: /^vmsvc\/(power\.(on|off)|createdummyvm)/,
		lastsMs: 0,
		strike: () => mishap(['set', 'license', 'HOST', 'free']),
	},
	{
		name: 'object-deleted',
		listed: 21,
		title: 'works on two tasks for one virtual machine, and the second does not find it',
		remedy: 'The other task is through by now: try again.',
		platform: 'esxi',
		commands: ['vim-cmd'],
		words: /^vmsvc\/(destroy|power\.(?!getstate)|reload|unregister)/,
		lastsMs: 0,
		strike: () =>
			vimFault(
				'vmodl.fault.ManagedObjectNotFound',
				'The object has already been deleted or has not been completely created',
			),
	},
	{
		name: 'guest-stuck',
		listed: 23,
		title: 'hears nothing from a guest any more: its heartbeat is red',
		remedy: '`vim-cmd vmsvc/power.reset ID`, wait until it has booted, then try again.',
		platform: 'esxi',
		commands: ['vim-cmd'],
		words: /^vmsvc\/get\.summary/,
		lastsMs: 0,
		strike: ([, id = '']) => mishap(['set', 'stuck', id, 'on', 'HOST']),
	},
	{
		name: 'target-stop-hangs',
		listed: 9,
		title: 'never ends stopping its iSCSI target',
		remedy: 'Restart the host, or `fieldbook lab do set hang HOST target off`; then try again.',
		platform: 'linux',
		commands: ['systemctl'],
		isDoneOnce: true,
		words: /^stop target/,
		lastsMs: 0,
		strike: () => mishap(['set', 'hang', 'HOST', 'target']),
	},
	{
		name: 'push-refused',
		listed: 25,
		title: 'has the cluster resumed by somebody else just before its configuration is uploaded',
		remedy: '`clpcl --suspend`, then try again.',
		platform: 'linux',
		commands: ['clpcfctrl'],
		isDoneOnce: true,
		words: /--push/,
		lastsMs: 0,
		strike: () => ({kind: 'before', script: 'clpcl --resume'}),
	},
	{
		name: 'cluster-license-refused',
		listed: 20,
		title: 'has had the file of the EXPRESSCLUSTER licence emptied by somebody who left the right one beside it',
		remedy: '`mv FILE.old FILE`, then try again.',
		platform: 'linux',
		commands: ['clplcnsc'],
		words: /-i\b/,
		lastsMs: 0,
		strike: args => {
			const file = quotePosix(args.at(-1) ?? '');
			return {kind: 'before', script: `cp ${file} ${file}.old; : >${file}`};
		},
	},
	{
		name: 'move-refused',
		listed: 13,
		title: 'has the cluster service of the other server restarted by somebody else: its half of the mirror is old',
		remedy: '`clpmdctrl --rwait MIRROR`, then try again.',
		platform: 'linux',
		commands: ['clpgrp'],
		isDoneOnce: true,
		words: /^-m\b.* -a /,
		lastsMs: 0,
		strike: args => {
			const other = quotePosix(args[args.indexOf('-a') + 1] ?? '');
			return {kind: 'before', script: `clpcl -t -h ${other}; sleep 5; clpcl -s -h ${other}; sleep 15`};
		},
	},
	{
		name: 'csv-move-fails',
		listed: 24,
		title: 'fails to move a cluster shared volume the first time',
		remedy: 'Try again: the second time it moves.',
		platform: 'windows',
		commands: ['Move-ClusterSharedVolume'],
		isDoneOnce: true,
		words: /^/,
		lastsMs: 0,
		strike: ([name = '']) => refuses(`The operation on '${name}' failed.`),
	},
	{
		name: 'out-of-memory',
		listed: 24,
		title: 'has too little memory left for a virtual machine that starts or moves there, until somebody gives it more',
		remedy: 'Give it memory: `fieldbook lab do set memory HOST MB`, then try again.',
		platform: 'windows',
		commands: ['Start-VM', 'Move-ClusterVirtualMachineRole'],
		isDoneOnce: true,
		words: /^/,
		lastsMs: 0,
		// What the host keeps for itself, and some
		strike: () => mishap(['set', 'memory', 'HOST', '2304']),
	},
	{
		name: 'power-fails',
		listed: 13,
		title: 'loses its power, until somebody switches it on',
		remedy: '`fieldbook lab do power on HOST`, `fieldbook lab do wait 5m` until it has booted; then try again.',
		platform: undefined,
		...somewhere,
		strike: () => mishap(['power', 'off', 'HOST']),
	},
	{
		name: 'blackout',
		listed: 14,
		title: 'loses its power together with all the others, until somebody switches them on',
		remedy:
			'`fieldbook lab do power on HOST` for each, `fieldbook lab do wait 5m` until they have booted; then try again.',
		platform: undefined,
		...somewhere,
		strike: () => ({...mishap(['power', 'off', 'HOST']), befalls: 'every host'}),
	},
	{
		name: 'network-fails',
		listed: 10,
		title: 'loses all its network cables, until somebody plugs them in',
		remedy: '`fieldbook lab do set cables HOST in`, then try again.',
		platform: undefined,
		...somewhere,
		strike: () => mishap(['set', 'cables', 'HOST', 'out']),
	},
	{
		name: 'switches-fail',
		listed: 12,
		title: 'loses all its network cables together with all the others, until somebody plugs them in',
		remedy: '`fieldbook lab do set cables HOST in` for each, then try again.',
		platform: undefined,
		...somewhere,
		strike: () => ({...mishap(['set', 'cables', 'HOST', 'out']), befalls: 'every host'}),
	},
	{
		name: 'storage-path-fails',
		listed: 19,
		title: 'loses the cable of its storage network, until somebody plugs it in',
		remedy: '`fieldbook lab do set cable HOST vmnic2 in`, then try again.',
		platform: 'esxi',
		...somewhere,
		strike: () => mishap(['set', 'cable', 'HOST', 'vmnic2', 'out']),
	},
	{
		name: 'devices-lost',
		listed: 19,
		title: 'has a target that says its devices are gone for good, until somebody has them there again',
		remedy: '`fieldbook lab do set pdl HOST off`, then try again.',
		platform: 'linux',
		...somewhere,
		strike: () => mishap(['set', 'pdl', 'HOST', 'on']),
	},
] as const satisfies readonly DomainFault[];

function mishap(...deeds: readonly (readonly string[])[]): Mishap {
	return {kind: 'mishap', deeds, befalls: 'the host'};
}

/** Somebody else types this on the host a moment before. */
function typed(...words: readonly string[]): Interference {
	return {kind: 'before', script: line(...words)};
}

function line(...words: readonly string[]): string {
	return words.map(word => quotePosix(word)).join(' ');
}

/** A command that prints the file of each virtual machine whose number matches; its folder has no blank in its name. */
function vmxFiles(number: string): string {
	return `vim-cmd vmsvc/getallvms | sed -n 's,^${number}  *[^ ][^ ]*  *\\[\\(.*\\)\\] \\([^ ]*[.]vmx\\) .*,/vmfs/volumes/\\1/\\2,p'`;
}

function refuses(message: string): Strike {
	return {kind: 'answer', out: '', err: `${message}\n`, status: 1};
}

/** As `vim-cmd` prints what hostd refuses. */
function vimFault(name: string, message: string): Strike {
	const text = `(${name}) {\n   faultCause = (vmodl.MethodFault) null,\n   faultMessage = <unset>\n   msg = "${message}"\n}\n`;
	return {kind: 'answer', out: text, err: '', status: 1};
}
