import * as z from 'zod';
import {DatastoreSchema, PartitionSchema} from './esxi-host.js';

/**
What lies on a block device of a server, whoever wrote it there: a partition of a disk, or a whole one.

It goes with the bytes: the mirror disk copies it to the other server, an iSCSI target shows it to its initiators.
*/
export type DeviceContent = Frozen<z.infer<typeof ContentSchema>>;

type Frozen<T> = T extends object ? {readonly [K in keyof T]: Frozen<T[K]>} : T;

export const ContentSchema = z.discriminatedUnion('kind', [
	z.strictObject({kind: z.literal('empty')}),
	/** As `blkid` names it: `xfs`, `ext4`, `swap`, `LVM2_member`. */
	z.strictObject({kind: z.literal('filesystem'), type: z.string(), uuid: z.string(), label: z.string()}),
	/** A disk of ESXi hosts: partition table and volumes. */
	z.strictObject({
		kind: z.literal('vmfs'),
		label: z.enum(['gpt', 'msdos', 'unknown']),
		partitions: z.array(PartitionSchema),
		datastores: z.array(DatastoreSchema),
	}),
	/** A disk of Windows hosts, as they keep it. */
	z.looseObject({kind: z.literal('windows')}),
]);

export const empty: DeviceContent = {kind: 'empty'};
