import * as z from 'zod';
import {PowerSchema} from '../world/power-cycle.js';

const Service = z.strictObject({
	name: z.string(),
	displayName: z.string(),
	running: z.boolean(),
	start: z.enum(['Automatic', 'Manual', 'Disabled']),
});
export type Service = z.infer<typeof Service>;

const Feature = z.strictObject({
	name: z.string(),
	displayName: z.string(),
	state: z.enum(['Available', 'Installed', 'InstallPending']),
	/** It wants a restart before it can be used. */
	restart: z.boolean(),
});
export type Feature = z.infer<typeof Feature>;

const Adapter = z.strictObject({
	alias: z.string(),
	ip: z.string(),
	prefix: z.number().int(),
	gateway: z.string(),
	mac: z.string(),
	plugged: z.boolean(),
	/** At the other end of its cable; a virtual adapter's is that of the switch it is on. */
	network: z.string(),
	dns: z.array(z.string()).default([]),
	/** The virtual switch that this adapter of the host itself is on; undefined: a physical one. */
	onSwitch: z.string().optional(),
});
export type Adapter = z.infer<typeof Adapter>;

const FirewallRule = z.strictObject({
	name: z.string(),
	displayName: z.string(),
	direction: z.enum(['Inbound', 'Outbound']),
	action: z.enum(['Allow', 'Block']),
	protocol: z.string(),
	port: z.string(),
	enabled: z.boolean(),
});

const Switch = z.strictObject({
	name: z.string(),
	type: z.enum(['External', 'Internal', 'Private']),
	/** Of an external one: the alias of its physical adapter. */
	uplink: z.string().optional(),
});
export type Switch = z.infer<typeof Switch>;

/** What lies on a disk, whoever looks: a LUN's is the same on every host. */
export const LayoutSchema = z.strictObject({
	kind: z.literal('windows').default('windows'),
	style: z.enum(['RAW', 'GPT', 'MBR']),
	partitions: z.array(
		z.strictObject({
			number: z.number().int(),
			bytes: z.number(),
			/** Undefined: not formatted. */
			fileSystem: z.enum(['NTFS', 'ReFS']).optional(),
			label: z.string(),
			/** What the lab keeps of big files: by path below its root, `/` between names, what they take, and what a virtual disk holds. */
			files: z.record(z.string(), z.strictObject({bytes: z.number(), holds: z.number().optional()})),
		}),
	),
});
export type Layout = z.infer<typeof LayoutSchema>;
export type BigFile = Layout['partitions'][number]['files'][string];

const LocalDisk = z.strictObject({
	model: z.string(),
	bytes: z.number(),
	layout: LayoutSchema,
});

/** How this host sees one of its disks: its number, and what it does with it. */
const DiskView = z.strictObject({
	number: z.number().int(),
	/** Where it comes from, if it is no disk of this machine; its layout is then kept there. */
	lun: z
		.strictObject({
			/** `naa.6001405…`: the same wherever the target is. */
			id: z.string(),
			name: z.string(),
			bytes: z.number(),
			iqn: z.string(),
			address: z.string(),
		})
		.optional(),
	local: LocalDisk.optional(),
	offline: z.boolean(),
	readOnly: z.boolean(),
	/** Drive letters by partition. */
	letters: z.record(z.string(), z.string()),
});
export type DiskView = z.infer<typeof DiskView>;

const Session = z.strictObject({
	iqn: z.string(),
	/** Of the portal. */
	address: z.string(),
	/** It comes back with the host. */
	persistent: z.boolean(),
	/** Packets come and go. */
	connected: z.boolean(),
	/** When a lost one tries again. */
	retryAt: z.number().optional(),
	/** Since when it is lost. */
	lostAt: z.number().optional(),
});
export type Session = z.infer<typeof Session>;

const Vm = z.strictObject({
	name: z.string(),
	id: z.string(),
	generation: z.union([z.literal(1), z.literal(2)]),
	memoryMb: z.number().int(),
	processors: z.number().int(),
	/** Of a virtual machine that is a host of the world, that host says whether it is on. */
	power: z.enum(['Off', 'Running', 'Saved', 'Paused']),
	/** Its disk went away under it: `PausedCritical`, `OffCritical`. */
	critical: z.boolean(),
	/** World time since which it runs. */
	since: z.number(),
	/** When its host's start will start it. */
	startsAt: z.number().optional(),
	/** It ran when its host went down. */
	wasRunning: z.boolean().default(false),
	/** The host of the world that is this virtual machine was on when last looked at. */
	guestOn: z.boolean().default(false),
	/** `C:\\ClusterStorage\\Volume1` */
	path: z.string(),
	startAction: z.enum(['Nothing', 'StartIfRunning', 'Start']),
	startDelay: z.number().int(),
	stopAction: z.enum(['TurnOff', 'Save', 'ShutDown']),
	adapters: z.array(z.strictObject({name: z.string(), mac: z.string(), onSwitch: z.string().optional()})),
	disks: z.array(z.strictObject({controller: z.enum(['IDE', 'SCSI']), location: z.number().int(), path: z.string()})),
	secureBoot: z.boolean().default(true),
	/** Empty: a drive with nothing in it; undefined: no drive. */
	dvd: z.string().optional(),
	/** A role of the failover cluster. */
	clustered: z.boolean(),
});
export type Vm = z.infer<typeof Vm>;

/** Everything true of one Windows host. Plain JSON; replaced whole. */
export const WindowsHostSchema = z.strictObject({
	kind: z.literal('windows'),
	name: z.string(),
	label: z.string(),
	runsOn: z.string().optional(),
	/** Its name as a virtual machine; undefined: it is a machine of its own, or `label` names it. */
	vm: z.string().optional(),
	/** The label of the ESXi datastore that it was made on. */
	datastore: z.string().optional(),
	/** False: a disk, if that, and no system. */
	isInstalled: z.boolean().default(true),
	autostart: z.boolean(),
	/** As `hostname` prints it. */
	computerName: z.string(),
	/** Undefined: in the workgroup WORKGROUP. */
	domain: z.string().optional(),
	edition: z.string(),
	/** `10.0.17763` */
	version: z.string(),
	/** A Japanese system prints in Shift_JIS, others here in ASCII alone. */
	encoding: z.enum(['utf-8', 'shift_jis']),
	/** What sshd starts for a login. */
	defaultShell: z.enum(['cmd', 'powershell']),
	/** Put there beforehand: text by path, such as `D:/iso/a.iso`. */
	files: z.record(z.string(), z.string()).default({}),
	power: PowerSchema,
	boots: z.number().int(),
	adapters: z.array(Adapter),
	services: z.array(Service),
	features: z.array(Feature),
	firewall: z.array(FirewallRule),
	/** Who may do what with a file, where `icacls` has set that: `Administrators:(F)`, by path in small letters. */
	acls: z.record(z.string(), z.array(z.string())).default({}),
	/** What Rename-Computer and Add-Computer asked for, until the next boot. */
	afterBoot: z.strictObject({computerName: z.string().optional(), domain: z.string().optional()}).default({}),
	/** The domain that the lab file gives it, whether it has joined or not. */
	ownDomain: z.string().optional(),
	/** What somebody at its console will set up; undefined: it was done. */
	console: z.strictObject({computerName: z.string(), address: z.string()}).optional(),
	memoryMb: z
		.number()
		.int()
		.default(9 * 1024),
	switches: z.array(Switch).default([]),
	/** Until then a physical adapter says nothing: a switch is being put on it. */
	binding: z.strictObject({alias: z.string(), until: z.number()}).optional(),
	migration: z
		.strictObject({enabled: z.boolean(), authentication: z.string(), machinePath: z.string(), diskPath: z.string()})
		.default({
			enabled: false,
			authentication: 'CredSSP',
			machinePath: 'C:\\ProgramData\\Microsoft\\Windows\\Hyper-V',
			diskPath: 'C:\\Users\\Public\\Documents\\Hyper-V\\Virtual Hard Disks',
		}),
	vms: z.array(Vm).default([]),
	/** How many virtual machines, disks and adapters were made here: no two have the same id. */
	made: z.number().int().default(0),
	iscsi: z
		.strictObject({portals: z.array(z.string()), sessions: z.array(Session)})
		.default({portals: [], sessions: []}),
	disks: z.array(DiskView).default([]),
});
export type WindowsHost = z.infer<typeof WindowsHostSchema>;
