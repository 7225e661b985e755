import * as z from 'zod';

/**
A cluster of VMware HA 4 as plain data: what its agents (AAM) hold for true, and what vCenter has told them.

Every agent hears every other one; nobody leads. Instants are milliseconds since 1970 of the world's clock.
*/
export type AamCluster = Frozen<z.infer<typeof AamClusterSchema>>;
export type Agent = AamCluster['agents'][string];
export type Protected = AamCluster['vms'][number];
export type Restart = AamCluster['restarts'][number];

type Frozen<T> = T extends object ? {readonly [K in keyof T]: Frozen<T[K]>} : T;

const Instant = z.number().int();

export const responses = ['leaveOn', 'powerOff', 'shutdown'] as const;

const AgentSchema = z.strictObject({
	/** Since when it does not hear each of the others that it does not hear. */
	silences: z.record(z.string(), Instant),
	/** Since when it holds itself for cut off. */
	isolatedSince: Instant.optional(),
	/** The isolation response was done. */
	hasResponded: z.boolean(),
	/** Guests that it has asked to shut down, and when it loses patience. */
	shutdowns: z.record(z.string(), Instant),
});

export const AamClusterSchema = z.strictObject({
	kind: z.literal('aam'),
	name: z.string(),
	hosts: z.array(z.string()),
	/** False: nobody has turned VMware HA on in vCenter yet. */
	isOn: z.boolean(),
	response: z.enum(responses),
	/** The gateway of the service consoles, unless vCenter was told more. */
	isolationAddresses: z.array(z.string()),
	agents: z.record(z.string(), AgentSchema),
	/** Every machine that runs on a host of the cluster, and where it ran last. */
	vms: z.array(z.strictObject({name: z.string(), vmx: z.string(), host: z.string()})),
	restarts: z.array(
		z.strictObject({
			vm: z.string(),
			/** The host that has failed. */
			from: z.string(),
			/** Attempts so far. */
			attempts: z.number().int(),
			/** Undefined: nobody tries again. */
			next: Instant.optional(),
		}),
	),
});

export const idle: Agent = {silences: {}, isolatedSince: undefined, hasResponded: false, shutdowns: {}};

export function agentOf(cluster: AamCluster, host: string): Agent {
	return cluster.agents[host] ?? idle;
}

export function withAgent(cluster: AamCluster, host: string, change: Partial<Agent>): AamCluster {
	return {...cluster, agents: {...cluster.agents, [host]: {...agentOf(cluster, host), ...change}}};
}
