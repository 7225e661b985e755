import * as z from 'zod';
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
		| 'adapter'
		| 'ruleset'
		| 'option'
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
	}),
	/** Advanced options that differ from their default, by path. */
	options: z.record(z.string(), z.number().int()),
	/** Whether a service starts with the host. */
	startsWithHost: z.record(ServiceNameSchema, z.boolean()),
	ntp: z.strictObject({enabled: z.boolean(), servers: z.array(z.string())}),
	/** Enabled firewall rule sets. */
	openRulesets: z.array(z.string()),
	/** Undefined: evaluation. */
	license: z.string().optional(),
	autostart: z.boolean(),
});

const PartitionSchema = z.strictObject({
	number: z.number().int(),
	startSector: z.number().int(),
	endSector: z.number().int(),
	/** As in a GPT, without hyphens. */
	type: z.string(),
	attribute: z.number().int(),
});

const DatastoreSchema = z.strictObject({
	partition: z.number().int(),
	uuid: z.string(),
	/** Empty: a volume of the system. */
	label: z.string(),
	type: z.enum(['VMFS-6', 'VMFS-5', 'VMFS-3', 'VMFSOS', 'vfat']),
	bytes: z.number().int(),
	freeBytes: z.number().int(),
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
	datastores: z.array(DatastoreSchema),
});

export const EsxiHostSchema = z.strictObject({
	kind: z.literal('esxi'),
	/** As the runbook calls it: `esxi1`. */
	name: z.string(),
	/** As people call it: `ESXi#1`. */
	label: z.string(),
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
});
