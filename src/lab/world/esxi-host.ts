import * as z from 'zod';
import {EsxiVersionSchema} from './esxi-release.js';
import {PowerSchema} from './power-cycle.js';

/**
One simulated ESXi host as plain data. The lab saves it beside the run, so the shape is checked when it is read back.

Instants are milliseconds since 1970 of the world's clock.
*/
export type EsxiHost = Frozen<z.infer<typeof EsxiHostSchema>>;
export type EsxiConfig = EsxiHost['config'];
export type Nic = EsxiHost['nics'][number];
export type VirtualSwitch = EsxiConfig['switches'][number];
export type VmkernelNic = EsxiConfig['vmknics'][number];
export type Disk = EsxiHost['disks'][number];
export type Partition = Disk['partitions'][number];
export type Datastore = Disk['datastores'][number];
export type IscsiSession = EsxiHost['initiator']['sessions'][number];
export type VirtualMachine = EsxiHost['vms'][number];
export type AutostartEntry = EsxiConfig['autostartEntries'][number];
export type ServiceName = z.infer<typeof ServiceNameSchema>;

/** Why a change to a host cannot be made. Each command has its own words for it. */
export type Fault = {
	readonly kind: 'fault';
	readonly because: 'exists' | 'missing' | 'used' | 'invalid';
	readonly what:
		| 'switch'
		| 'portGroup'
		| 'uplink'
		| 'nic'
		| 'vmknic'
		| 'address'
		| 'netmask'
		| 'disk'
		| 'partition'
		| 'datastore'
		| 'virtualMachine'
		| 'file'
		| 'adapter'
		| 'ruleset'
		| 'option'
		| 'target'
		| 'session'
		| 'value';
	readonly name: string;
};

export function fault(because: Fault['because'], what: Fault['what'], name: string): Fault {
	return {kind: 'fault', because, what, name};
}

type Frozen<T> = T extends object ? {readonly [K in keyof T]: Frozen<T[K]>} : T;

const Instant = z.number().int().nonnegative();

const NicSchema = z.strictObject({
	name: z.string(),
	mac: z.string(),
	pci: z.string(),
	adminUp: z.boolean(),
	/** The network at the other end of its cable. Two NICs meet only if they are on the same one. */
	network: z.string(),
	plugged: z.boolean(),
});

const SwitchSchema = z.strictObject({
	name: z.string(),
	mtu: z.number().int(),
	uplinks: z.array(z.string()),
	portGroups: z.array(z.strictObject({name: z.string(), vlan: z.number().int()})),
});

const VmkernelNicSchema = z.strictObject({
	name: z.string(),
	portGroup: z.string(),
	ip: z.string(),
	netmask: z.string(),
	/** `0.0.0.0`: no default route. */
	gateway: z.string(),
	mac: z.string(),
	mtu: z.number().int(),
});

const ServiceNameSchema = z.enum(['SSH', 'ESXShell', 'ntpd']);

const AutostartDefaultsSchema = z.strictObject({
	/** Seconds. */
	startDelay: z.number().int(),
	stopDelay: z.number().int(),
	waitForHeartbeat: z.boolean(),
	stopAction: z.string(),
});

const AutostartEntrySchema = z.strictObject({
	/** Id of a virtual machine. */
	vm: z.number().int(),
	/** `powerOn`, `none`. */
	startAction: z.string(),
	/** Seconds until the next one is started; -1: the default. */
	startDelay: z.number().int(),
	/** -1: behind those that have one. */
	startOrder: z.number().int(),
	stopAction: z.string(),
	stopDelay: z.number().int(),
	/** `yes`, `no`, `systemDefault`. */
	waitForHeartbeat: z.string(),
});

const ConfigSchema = z.strictObject({
	hostname: z.string(),
	domain: z.string(),
	switches: z.array(SwitchSchema),
	vmknics: z.array(VmkernelNicSchema),
	iscsi: z.strictObject({
		enabled: z.boolean(),
		iqn: z.string(),
		delayedAck: z.boolean(),
		/** `ADDRESS:PORT`. */
		sendTargets: z.array(z.string()),
		/** VMkernel NICs that it is bound to; none: it takes whichever leads there. */
		networkPortals: z.array(z.string()).default([]),
	}),
	/** Advanced options that differ from their default, by path. */
	options: z.record(z.string(), z.number().int()),
	/** Whether a service starts with the host. */
	startsWithHost: z.record(ServiceNameSchema, z.boolean()),
	ntp: z.strictObject({
		enabled: z.boolean(),
		servers: z.array(z.string()),
		/** `/etc/ntp.conf` as ntpd has read it, where somebody edits that file; undefined: as the host writes it. */
		file: z.string().optional(),
	}),
	/** Enabled firewall rule sets. */
	openRulesets: z.array(z.string()),
	/** Undefined: evaluation. */
	license: z.string().optional(),
	/** A free licence: no command may change a virtual machine. */
	isFree: z.boolean().default(false),
	autostart: z.boolean(),
	autostartDefaults: AutostartDefaultsSchema.default({
		startDelay: 120,
		stopDelay: 120,
		waitForHeartbeat: false,
		stopAction: 'PowerOff',
	}),
	/** In the order in which they were entered. */
	autostartEntries: z.array(AutostartEntrySchema).default([]),
});

export const PartitionSchema = z.strictObject({
	number: z.number().int(),
	startSector: z.number().int(),
	endSector: z.number().int(),
	/** As in a GPT, without hyphens. */
	type: z.string(),
	attribute: z.number().int(),
});

export const DatastoreSchema = z.strictObject({
	partition: z.number().int(),
	uuid: z.string(),
	/** Empty: a volume of the system. */
	label: z.string(),
	type: z.enum(['VMFS-6', 'VMFS-5', 'VMFS-3', 'VMFSOS', 'vfat']),
	bytes: z.number().int(),
	/** Without what its files take; `freeBytesOf` of inventory.ts knows of them. */
	freeBytes: z.number().int(),
	/** Text by path below the volume; a path that ends in `/` is a folder. A disk of a virtual machine is a line about it. */
	files: z.record(z.string(), z.string()).default({}),
	/** The host that holds a folder, while a virtual machine in it runs there; a dead host's lock stays. */
	locks: z.record(z.string(), z.string()).default({}),
});

const DiskSchema = z.strictObject({
	/** `naa.…`. */
	name: z.string(),
	vendor: z.string(),
	model: z.string(),
	sectors: z.number().int(),
	/** Partition table. `unknown`: none. */
	label: z.enum(['gpt', 'msdos', 'unknown']),
	partitions: z.array(PartitionSchema),
	/** The volumes that this host has mounted. */
	datastores: z.array(DatastoreSchema),
	/** Where it comes from, if it is no local disk. Its table and volumes are then those of a device there. */
	lun: z
		.strictObject({
			/** IQN. */
			target: z.string(),
			/** `ADDRESS:PORT`. */
			portal: z.string(),
			number: z.number().int(),
		})
		.optional(),
	/** Of a LUN; `dead` for some time after its session was lost. Undefined: `active`. */
	path: z.enum(['active', 'dead']).optional(),
});

const SessionSchema = z.strictObject({
	target: z.string(),
	/** `ADDRESS:PORT`. */
	portal: z.string(),
	/** Which login it is: the target's host, and how often that has begun to be a target. */
	peer: z.string(),
	/** When it was logged in to last. */
	since: Instant,
	/** Since when nothing has come from the target, though nobody has closed the connection. */
	silentSince: Instant.optional(),
	/** When its connection was marked "OFFLINE"; undefined: it is online. */
	offlineSince: Instant.optional(),
	/** When it tries to log in again. */
	nextTry: Instant.optional(),
	/** What its devices are in: the reaction to all paths down began, and has timed out. */
	apd: z.enum(['none', 'started', 'timedOut']),
	/** The target says that the devices are gone for good. */
	isLost: z.boolean(),
});

/** What the software initiator has found and is logged in to. */
const InitiatorSchema = z.strictObject({
	/** Targets that discovery has found, and what became of the last login. */
	targets: z.array(z.strictObject({name: z.string(), portal: z.string(), lastError: z.string()})),
	sessions: z.array(SessionSchema),
	/** How often it was told to discover and to look for devices. */
	rescans: z.number().int(),
	/** Of which of these, and of which boot, the storage network has heard: `BOOTS/RESCANS`. */
	answered: z.string(),
});

const VirtualMachineSchema = z.strictObject({
	/** Never given to another one. */
	id: z.number().int(),
	name: z.string(),
	/** `/vmfs/volumes/UUID/vm1/vm1.vmx`. */
	vmx: z.string(),
	/** What hostd has read from that file, by key in small letters. */
	settings: z.record(z.string(), z.string()),
	power: z.enum(['off', 'on', 'suspended']),
	/** When it became so. */
	since: Instant,
	/** What it waits for; while it does, nothing else can be done to it. */
	question: z
		.strictObject({
			id: z.number().int(),
			about: z.enum(['moved-or-copied', 'lock-lost']),
			at: Instant,
		})
		.optional(),
	/** Its guest no longer does anything. */
	isStuck: z.boolean().default(false),
	/** It went off because its process or its host died, and not because a person wanted it. */
	hasCrashed: z.boolean().default(false),
});

export const EsxiHostSchema = z.strictObject({
	kind: z.literal('esxi'),
	/** As the runbook calls it: `esxi1`. */
	name: z.string(),
	/** As people call it: `ESXi#1`. */
	label: z.string(),
	/** Worlds of before had no other. */
	version: EsxiVersionSchema.default('7.0'),
	nics: z.array(NicSchema),
	disks: z.array(DiskSchema),
	/** What the host does now. */
	config: ConfigSchema,
	/** What it will do after a power loss: the configuration as last written to the boot bank. */
	saved: ConfigSchema,
	savedAt: Instant,
	power: PowerSchema,
	/** How often it has booted: tells one boot from another. */
	boots: z.number().int(),
	maintenance: z.boolean(),
	running: z.record(ServiceNameSchema, z.boolean()),
	/** When ntpd was started last. */
	ntpSince: Instant,
	hostd: z.strictObject({
		/** False: stopped by hand. */
		started: z.boolean(),
		/** From this instant on it answers. */
		answersFrom: Instant,
		pid: z.number().int(),
		/** The VMkernel NICs that it knows of. What `esxcfg-vmknic` adds behind its back it learns of when it starts. */
		vmknics: z.array(z.string()),
	}),
	initiator: InitiatorSchema.default({targets: [], sessions: [], rescans: 0, answered: ''}),
	/** The last lines of vmkernel.log. */
	vmkernelLog: z.array(z.strictObject({at: Instant, text: z.string()})).default([]),
	/** The inventory, in the order of their ids. */
	vms: z.array(VirtualMachineSchema).default([]),
	/** Of the next virtual machine. */
	nextVmId: z.number().int().default(1),
	/** Virtual machines that wait for their turn after a boot. */
	autostarting: z
		.strictObject({
			/** Ids. */
			left: z.array(z.number().int()),
			/** When the first of them is started. */
			at: Instant,
		})
		.optional(),
	/** Files that somebody put there before the world began, by absolute path. */
	files: z
		.record(z.string(), z.strictObject({text: z.string(), mode: z.number().int(), owner: z.string()}))
		.default({}),
	/** Virtual machines that were there before the world began; each is made as soon as its datastore is mounted. */
	deployed: z
		.array(z.strictObject({name: z.string(), datastore: z.string(), power: z.enum(['on', 'off'])}))
		.default([]),
	/** The last lines of files in `/var/log`, by name: `hostd.log`. */
	logs: z.record(z.string(), z.array(z.string())).default({}),
});

/** How many lines of a log are kept. */
const LOG_LINES = 400;

/** The host with one more line in a log; the line begins with the time. */
export function logged(host: EsxiHost, file: string, text: string, now: number): EsxiHost {
	const lines = [...(host.logs[file] ?? []), `${new Date(now).toISOString()} ${text}`];
	return {...host, logs: {...host.logs, [file]: lines.slice(-LOG_LINES)}};
}
