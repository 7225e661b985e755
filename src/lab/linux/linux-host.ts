import * as z from 'zod';
import {LioSchema, noLio} from '../lio/configuration.js';
import {ContentSchema} from '../world/device-content.js';
import {PowerSchema} from '../world/power-cycle.js';

/**
One simulated Linux host as plain data, of the RHEL family. The lab saves it beside the run, so the shape is checked when it is
read back. Its files are the machine's to keep.

Instants are milliseconds since 1970 of the world's clock.
*/
export type LinuxHost = Frozen<z.infer<typeof LinuxHostSchema>>;
export type LinuxNic = LinuxHost['nics'][number];
export type LinuxDisk = LinuxHost['disks'][number];
export type LinuxPartition = LinuxDisk['partitions'][number];
export type LinuxUser = LinuxHost['users'][number];
export type Unit = {readonly enabled: boolean; readonly active: boolean; readonly since: number};

type Frozen<T> = T extends object ? {readonly [K in keyof T]: Frozen<T[K]>} : T;

const Instant = z.number().int().nonnegative();

const NicSchema = z.strictObject({
	name: z.string(),
	mac: z.string(),
	/** The network at the other end of its cable; a virtual machine gets there through its host. */
	network: z.string(),
	plugged: z.boolean(),
	/** `ip link set … up`. */
	up: z.boolean(),
	/** `ADDRESS/PREFIX`, as they are now. */
	addresses: z.array(z.string()),
	/** What NetworkManager gives it at every boot. */
	connection: z.strictObject({addresses: z.array(z.string()), gateway: z.string(), autoconnect: z.boolean()}),
});

const UserSchema = z.strictObject({
	name: z.string(),
	uid: z.number().int(),
	/** Empty: nobody logs in with a password. */
	password: z.string(),
	groups: z.array(z.string()),
	/** Whether sudo wants the password; undefined: it refuses. */
	sudo: z.enum(['password', 'nopasswd']).optional(),
});

const FileSchema = z.strictObject({text: z.string(), mode: z.number().int(), owner: z.string()});
const DiskSchema = z.strictObject({
	/** `sdb`. */
	name: z.string(),
	bytes: z.number().int(),
	/** 32 hexadecimal digits: what `scsi_id` prints behind a 3. */
	serial: z.string(),
	table: z.enum(['none', 'msdos', 'gpt']),
	partitions: z.array(
		z.strictObject({
			number: z.number().int(),
			startSector: z.number().int(),
			endSector: z.number().int(),
			/** Of an msdos table the type, of a GPT the name. */
			label: z.string(),
			content: ContentSchema,
		}),
	),
	/** What lies on it without a partition table. */
	content: ContentSchema,
	/** Further names below /dev that rules of udev give it; `%n` is the number of a partition. */
	links: z.array(z.string()).default([]),
});

export const LinuxHostSchema = z.strictObject({
	kind: z.literal('linux'),
	/** As the runbook calls it: `ec1`. */
	name: z.string(),
	label: z.string(),
	hostname: z.string(),
	/** The ESXi host that has it in its inventory, or another one that it is a virtual machine of. */
	runsOn: z.string().optional(),
	/** Its name as a virtual machine; undefined: it is a machine of its own, or `label` names it. */
	vm: z.string().optional(),
	/** The label of the datastore that it was made on. */
	datastore: z.string().optional(),
	/** Further lines of its vmx, where a lab file has put it on its host. */
	vmx: z.record(z.string(), z.string()).optional(),
	/** Hosts that have let its root in with a key, and whose host keys it knows. */
	sshTo: z.array(z.string()).optional(),
	/** False: a disk, if that, and no system. */
	isInstalled: z.boolean().default(true),
	autostart: z.boolean(),
	/** The cluster group that starts this virtual machine, on the host that the group's server runs on. */
	protectedBy: z.string().optional(),
	power: PowerSchema,
	/** How often it has booted: tells one boot from another. */
	boots: z.number().int(),
	/** Whom a rehearsal logs in as comes first; those that it makes come last. */
	users: z.array(UserSchema),
	/** sudo wants a terminal. */
	requiretty: z.boolean(),
	nics: z.array(NicSchema),
	/** Services that are not as they came, by name without `.service`. */
	units: z.record(z.string(), z.strictObject({enabled: z.boolean(), active: z.boolean(), since: Instant})),
	/** Packages beyond those of every host, by name, with their version. */
	packages: z.record(z.string(), z.string()),
	timezone: z.string(),
	/** What firewalld lets in, now and after a reload: `ssh`, `3260/tcp`. */
	firewall: z.strictObject({now: z.array(z.string()), permanent: z.array(z.string())}),
	/** Files that somebody put there before the world began, by absolute path. */
	files: z.record(z.string(), FileSchema),
	/** Files that somebody has ready for it: `set file` puts them there. */
	later: z.record(z.string(), FileSchema).default({}),
	/** In the order of their letters; the first is the system's. */
	disks: z.array(DiskSchema).default([]),
	/** What was mounted by hand, and where. */
	mounts: z.array(z.strictObject({device: z.string(), at: z.string(), type: z.string()})).default([]),
	lio: LioSchema.default(noLio),
	/** The last lines of the journal. */
	journal: z.array(z.strictObject({at: Instant, source: z.string(), text: z.string()})),
});
