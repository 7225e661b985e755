import * as z from 'zod';

const Instant = z.number().int();

const NodeSchema = z.strictObject({
	/** As the lab file calls it. */
	host: z.string(),
	state: z.enum(['Up', 'Down', 'Joining']),
	/** When it has joined. */
	joinsAt: Instant.optional(),
	/** It takes no roles. */
	paused: z.boolean(),
	/** Since when the others do not hear it any more. */
	silentSince: Instant.optional(),
	/** Since when it is away without having said so. */
	isolatedSince: Instant.optional(),
	/** Until then it may not join. */
	quarantinedUntil: Instant.optional(),
	/** When it went away without having said so. */
	losses: z.array(Instant),
});
export type ClusterNode = z.infer<typeof NodeSchema>;

const NetworkSchema = z.strictObject({
	id: z.string(),
	name: z.string(),
	/** As the lab file calls it. */
	network: z.string(),
	subnet: z.string(),
	prefix: z.number().int(),
	/** 0: none; 1: cluster; 3: cluster and clients. */
	role: z.number().int(),
});
export type ClusterNetwork = z.infer<typeof NetworkSchema>;

const DiskSchema = z.strictObject({
	name: z.string(),
	/** As its target knows it. */
	lun: z.string(),
	/** `Volume1` below `C:\ClusterStorage`; undefined: it is no shared volume. */
	volume: z.string().optional(),
	/** `core`: the witness; `storage`: nobody's yet. */
	use: z.enum(['core', 'storage', 'csv']),
	owner: z.string(),
	state: z.enum(['Online', 'Offline', 'Failed']),
	/** Since when its owner does not see it any more. */
	lostAt: Instant.optional(),
	/** Its device went away under it: the first attempt to bring it online fails. */
	stale: z.boolean(),
	/** When the cluster tries again by itself. */
	retryAt: Instant.optional(),
});
export type ClusterDisk = z.infer<typeof DiskSchema>;

const RoleSchema = z.strictObject({
	/** Of the virtual machine, and of its group. */
	name: z.string(),
	owner: z.string(),
	/** It shall run. */
	wanted: z.boolean(),
	configuration: z.enum(['Online', 'Offline', 'Failed']),
	/** Why it could not be started; empty: for no special reason. */
	failure: z.string().optional(),
	failoverThreshold: z.number(),
	/** Hours. */
	failoverPeriod: z.number(),
	autoFailback: z.number(),
	/** When it was failed over. */
	failovers: z.array(Instant),
});
export type ClusterRole = z.infer<typeof RoleSchema>;

export const ClusterSchema = z.strictObject({
	name: z.string(),
	/** Empty: none. */
	address: z.string(),
	nodes: z.array(NodeSchema),
	networks: z.array(NetworkSchema),
	/** What `Get-Cluster` shows, where it can be set. */
	properties: z.record(z.string(), z.number()),
	/** Where the cluster's name and address are. */
	coreOwner: z.string(),
	/** Where disks are that nobody uses yet. */
	storageOwner: z.string(),
	disks: z.array(DiskSchema),
	/** Of the disk that votes. */
	witness: z.string().optional(),
	roles: z.array(RoleSchema),
	/** Parameters of the resource type `Virtual Machine`. */
	vmParameters: z.record(z.string(), z.string()),
	/** How many disks it was given: `Cluster Disk 2`. */
	made: z.number().int(),
});
export type Cluster = z.infer<typeof ClusterSchema>;

/**
As a new cluster of Windows Server 2019 has them, the periods in seconds.

Resiliency and quarantine as recorded in the field; the heartbeats are Microsoft's defaults for one subnet (1 s, 10 of them).
*/
export const defaultProperties: Readonly<Record<string, number>> = {
	ResiliencyDefaultPeriod: 240,
	QuarantineDuration: 7_200,
	QuarantineThreshold: 3,
	SameSubnetDelay: 1_000,
	SameSubnetThreshold: 10,
	DrainOnShutdown: 1,
};

/** "As the cluster has it": one less than it has nodes. */
export const THRESHOLD_OF_CLUSTER = 4_294_967_295;

export function newCluster(
	name: string,
	address: string,
	hosts: readonly string[],
	networks: readonly ClusterNetwork[],
): Cluster {
	const [first = ''] = hosts;
	return {
		name,
		address,
		nodes: hosts.map(host => ({host, state: 'Up', paused: false, losses: []})),
		networks: [...networks],
		properties: {...defaultProperties},
		coreOwner: first,
		storageOwner: hosts.at(-1) ?? first,
		disks: [],
		roles: [],
		vmParameters: {},
		made: 0,
	};
}

export function newRole(name: string, owner: string, wanted: boolean): ClusterRole {
	return {
		name,
		owner,
		wanted,
		configuration: 'Online',
		failoverThreshold: THRESHOLD_OF_CLUSTER,
		failoverPeriod: 6,
		autoFailback: 0,
		failovers: [],
	};
}

export function nodeOf({nodes}: Cluster, host: string): ClusterNode | undefined {
	return nodes.find(node => node.host === host);
}

export function isUp(cluster: Cluster, host: string): boolean {
	return nodeOf(cluster, host)?.state === 'Up';
}

export function withNode(cluster: Cluster, host: string, change: Partial<ClusterNode>): Cluster {
	return {...cluster, nodes: cluster.nodes.map(node => (node.host === host ? {...node, ...change} : node))};
}

export function withDisk(cluster: Cluster, name: string, change: Partial<ClusterDisk>): Cluster {
	return {...cluster, disks: cluster.disks.map(disk => (disk.name === name ? {...disk, ...change} : disk))};
}

export function withRole(cluster: Cluster, name: string, change: Partial<ClusterRole>): Cluster {
	return {...cluster, roles: cluster.roles.map(role => (role.name === name ? {...role, ...change} : role))};
}

/** As `Get-ClusterNode` has it. */
export function nodeState(cluster: Cluster, node: ClusterNode, now: number): string {
	if (node.state !== 'Down') {
		return node.state === 'Up' && node.paused ? 'Paused' : node.state;
	}

	if (node.quarantinedUntil !== undefined && now < node.quarantinedUntil) {
		return 'Quarantined';
	}

	return isIsolated(cluster, node, now) ? 'Isolated' : 'Down';
}

/** Its virtual machines are left alone for this long. */
export function isIsolated({properties}: Cluster, {state, isolatedSince}: ClusterNode, now: number): boolean {
	const periodMs = (properties['ResiliencyDefaultPeriod'] ?? 0) * 1000;
	return state === 'Down' && isolatedSince !== undefined && now < isolatedSince + periodMs;
}
