import * as z from 'zod';
import {ClusterSchema} from './cluster.js';

/** Room for one cluster: what its hosts have of the software, and the cluster once a configuration was uploaded. Plain JSON. */
export type Slot = Frozen<z.infer<typeof SlotSchema>>;

type Frozen<T> = T extends object ? {readonly [K in keyof T]: Frozen<T[K]>} : T;

export const SlotSchema = z.strictObject({
	kind: z.literal('expresscluster'),
	name: z.string(),
	/** The hosts that it can be made of; undefined: any. */
	hosts: z.array(z.string()).optional(),
	/** Products whose licences were registered, by host: the first line of each licence file. */
	licences: z.record(z.string(), z.array(z.string())).default({}),
	/** What a person would configure at the Builder, and the hosts of its servers. */
	builder: z
		.strictObject({
			conf: z.string(),
			scripts: z.record(z.string(), z.string()),
			hosts: z.record(z.string(), z.string()),
			hearsOnAnyNetwork: z.boolean(),
			emergency: z.enum(['off', 'boot']),
		})
		.optional(),
	cluster: ClusterSchema.optional(),
	/** Scripts that run at this moment. */
	works: z
		.array(
			z.strictObject({
				id: z.string(),
				host: z.string(),
				user: z.string(),
				command: z.string(),
				env: z.record(z.string(), z.string()),
			}),
		)
		.default([]),
});
