import * as z from 'zod';

/**
A vSphere HA cluster as plain data: what its agents (FDM) hold for true, each for itself, and what vCenter has told them.

Instants are milliseconds since 1970 of the world's clock.
*/
export type HaCluster = Frozen<z.infer<typeof HaClusterSchema>>;
export type Agent = HaCluster['agents'][string];
export type Role = Agent['role'];
export type Watched = Agent['watched'][string];
export type ProtectedVm = HaCluster['vms'][number];
export type Restart = HaCluster['restarts'][number];
export type Settings = HaCluster['settings'];
export type LogLine = HaCluster['log'][string][number];
/** What a guest does, apart from whether its virtual machine has power. */
export type GuestState = HaCluster['guests'][string]['state'];

type Frozen<T> = T extends object ? {readonly [K in keyof T]: Frozen<T[K]>} : T;

const Instant = z.number().int();

/** In the order in which virtual machines are started again. */
export const priorities = ['agent', 'ftSecondary', 'high', 'medium', 'low', 'disabled'] as const;
export const responses = ['leaveOn', 'powerOff', 'shutdown'] as const;
export const monitorings = ['disabled', 'high', 'medium', 'low'] as const;

const RoleSchema = z.discriminatedUnion('kind', [
	/** It takes no part: its host is down or in maintenance, or it or hostd is. */
	z.strictObject({kind: z.literal('none')}),
	/** `silentSince`: since when it does not hear its master. */
	z.strictObject({kind: z.literal('slave'), master: z.string(), silentSince: Instant.optional()}),
	z.strictObject({kind: z.literal('electing'), until: Instant}),
	/** `aloneSince`: since when it hears no other agent, and so pings its isolation addresses. */
	z.strictObject({kind: z.literal('master'), since: Instant, aloneSince: Instant.optional()}),
]);

/** What a master holds of a host that it does not hear. */
const WatchedSchema = z.strictObject({
	silentSince: Instant,
	/** When it decides. */
	decidesAt: Instant,
	/** What has been written down on the way. */
	said: z.number().int(),
	/** What it has decided. The words are those of vCenter, which shows them. */
	verdict: z.enum(['hostDown', 'networkPartitionedFromMaster', 'networkIsolated', 'fdmUnreachable']).optional(),
});

const AgentSchema = z.strictObject({
	process: z.discriminatedUnion('kind', [
		/** By hand, or because its host is down. */
		z.strictObject({kind: z.literal('stopped'), byHand: z.boolean()}),
		z.strictObject({kind: z.literal('starting'), until: Instant}),
		z.strictObject({kind: z.literal('running')}),
	]),
	pid: z.number().int(),
	role: RoleSchema,
	isolated: z.strictObject({since: Instant, respondsAt: Instant, hasResponded: z.boolean()}).optional(),
	/** Guests that it has asked to shut down, and when they are off. */
	shutdowns: z.record(z.string(), Instant),
	/** As a master, by host. */
	watched: z.record(z.string(), WatchedSchema),
	/** Since when the host has lost the way to each datastore. */
	lostStores: z.record(z.string(), Instant),
	nextStateLine: Instant,
});

const VmSchema = z.strictObject({
	name: z.string(),
	vmx: z.string(),
	/** Label of the datastore that it lies on. */
	datastore: z.string(),
	priority: z.enum(priorities),
	/** What it reserves; a host that has less left does not start it. */
	reservationMb: z.number().int(),
	/** False: nobody starts it again, because a person has stopped it, or vCenter has not yet heard of it. */
	isProtected: z.boolean(),
	/** Where it runs, or ran last. */
	host: z.string().optional(),
	/** When it was first seen off on a host that answers. */
	offSince: Instant.optional(),
});

const RestartSchema = z.strictObject({
	vm: z.string(),
	/** The master that counts. */
	master: z.string(),
	first: Instant,
	/** Attempts so far. */
	attempts: z.number().int(),
	/** Undefined: it has given up. */
	next: Instant.optional(),
});

export const HaClusterSchema = z.strictObject({
	kind: z.literal('fdm'),
	name: z.string(),
	/** The cluster's folder on each datastore. */
	folder: z.string(),
	/** Its hosts, with the ids that vCenter has given them. */
	hosts: z.array(z.strictObject({host: z.string(), moid: z.string()})),
	/** Those that carry heartbeats. */
	heartbeatDatastores: z.array(z.string()),
	settings: z.strictObject({
		response: z.enum(responses),
		/** 0 in 5.0. */
		responseDelayMs: z.number().int().nonnegative(),
		isolationAddresses: z.array(z.string()),
		monitoring: z.enum(monitorings),
		/** VM component protection: 6.0 and later. */
		vmcp: z.boolean(),
		/** Of each host, for placement. */
		hostMemoryMb: z.number().int(),
	}),
	versions: z.strictObject({hostList: z.number().int(), config: z.number().int(), vmMetadata: z.number().int()}),
	vcenter: z.enum(['up', 'down']),
	/** Hosts that hear one another, while a switch is split; empty: it is whole. */
	sides: z.array(z.array(z.string())),
	vms: z.array(VmSchema),
	agents: z.record(z.string(), AgentSchema),
	/** Which master holds the `protectedlist` of each datastore. */
	owners: z.record(z.string(), z.string()),
	restarts: z.array(RestartSchema),
	/** By virtual machine, where anything is to be said. */
	guests: z.record(
		z.string(),
		z.strictObject({
			/** `crashed`: neither Tools nor input and output; `toolsStopped`: it works on without Tools. */
			state: z.enum(['well', 'crashed', 'toolsStopped']),
			silentSince: Instant.optional(),
			resets: z.array(Instant),
		}),
	),
	/** What each agent has written into its log, oldest first. */
	log: z.record(
		z.string(),
		z.array(z.strictObject({at: Instant, level: z.string(), sub: z.string(), text: z.string()})),
	),
});

/** How many lines of an agent's log are kept. */
const LOG_LINES = 400;

export function agentOf(cluster: HaCluster, host: string): Agent {
	const agent = cluster.agents[host];
	if (agent === undefined) {
		throw new RangeError(`${host} is not in the cluster ${cluster.name}`);
	}

	return agent;
}

export function withAgent(cluster: HaCluster, host: string, change: Partial<Agent>): HaCluster {
	return {...cluster, agents: {...cluster.agents, [host]: {...agentOf(cluster, host), ...change}}};
}

export function withVm(cluster: HaCluster, name: string, change: Partial<ProtectedVm>): HaCluster {
	return {...cluster, vms: cluster.vms.map(vm => (vm.name === name ? {...vm, ...change} : vm))};
}

export function moidOf(cluster: HaCluster, host: string): string {
	return cluster.hosts.find(each => each.host === host)?.moid ?? host;
}

export function hostNames({hosts}: HaCluster): readonly string[] {
	return hosts.map(({host}) => host);
}

export function writeLog(
	cluster: HaCluster,
	host: string,
	at: number,
	text: string,
	sub = 'Cluster',
	level = 'info',
): HaCluster {
	const lines = [...(cluster.log[host] ?? []), {at, level, sub, text}];
	return {...cluster, log: {...cluster.log, [host]: lines.slice(-LOG_LINES)}};
}

/** The line that says all: it is written every ten minutes, and in the lab at each change too. */
export function writeState(cluster: HaCluster, host: string, at: number): HaCluster {
	return writeLog(cluster, host, at, stateText(cluster, host));
}

function stateText(cluster: HaCluster, host: string): string {
	const {role, isolated} = agentOf(cluster, host);
	const {hostList, config, vmMetadata} = cluster.versions;
	return (
		`[ClusterManagerImpl::LogState] hostId=${moidOf(cluster, host)} state=${stateName(role)} master=${masterSeenBy(cluster, host) ?? ''} ` +
		`isolated=${isolated !== undefined} host-list-version=${hostList} config-version=${config} vm-metadata-version=${vmMetadata} slv-mst-tdiff-sec=0`
	);
}

export function stateName(role: Role): string {
	switch (role.kind) {
		case 'none':
			return 'Startup';
		case 'slave':
			return 'Slave';
		case 'electing':
			return 'Candidate';
		case 'master':
			return 'Master';
	}
}

/** The id of the master that a host follows; undefined: none. */
function masterSeenBy(cluster: HaCluster, host: string): string | undefined {
	const {role} = agentOf(cluster, host);
	switch (role.kind) {
		case 'slave':
			return moidOf(cluster, role.master);
		case 'master':
			return moidOf(cluster, host);
		case 'none':
		case 'electing':
			return undefined;
	}
}

/** A master that is not cut off itself: it may start virtual machines. */
export function isActing(cluster: HaCluster, host: string): boolean {
	const {role, isolated} = agentOf(cluster, host);
	return role.kind === 'master' && isolated === undefined;
}

/** What a lab file says of a cluster. */
export type NewCluster = Pick<HaCluster, 'name' | 'folder' | 'hosts' | 'heartbeatDatastores' | 'settings'> & {
	readonly vms: readonly Omit<ProtectedVm, 'isProtected' | 'offSince'>[];
	/** The host that was elected last. */
	readonly master: string;
};

/** A cluster that has been running for long. */
export function newCluster({master, vms, ...rest}: NewCluster, now: number): HaCluster {
	const agents = rest.hosts.map(({host}, index): readonly [string, Agent] => [
		host,
		{
			process: {kind: 'running'},
			pid: 2_100_345 + 1_009 * index,
			role: host === master ? {kind: 'master', since: now} : {kind: 'slave', master},
			shutdowns: {},
			watched: {},
			lostStores: {},
			nextStateLine: now,
		},
	]);
	const stores = new Set([...rest.heartbeatDatastores, ...vms.map(vm => vm.datastore)]);
	return {
		kind: 'fdm',
		...rest,
		versions: {hostList: 8, config: 10, vmMetadata: 4},
		vcenter: 'up',
		sides: [],
		vms: vms.map(vm => ({...vm, isProtected: true})),
		agents: Object.fromEntries(agents),
		owners: Object.fromEntries([...stores].map(store => [store, master])),
		restarts: [],
		guests: {},
		log: {},
	};
}
