import * as z from 'zod';

/**
One EXPRESSCLUSTER cluster as plain data. Each server has a view of its own, because a cut network makes them differ.

Instants are milliseconds since 1970 of the world's clock.
*/
export type Cluster = Frozen<z.infer<typeof ClusterSchema>>;
export type Server = Cluster['servers'][string];
export type Group = Cluster['groups'][number];
export type Mirror = NonNullable<Group['mirror']>;
export type GroupState = Server['groups'][string];

type Frozen<T> = T extends object ? {readonly [K in keyof T]: Frozen<T[K]>} : T;

const Instant = z.number().int().nonnegative();

const GroupStateSchema = z.discriminatedUnion('kind', [
	z.strictObject({kind: z.literal('offline')}),
	z.strictObject({kind: z.literal('starting'), until: Instant}),
	z.strictObject({kind: z.literal('online')}),
	/** `to`: the server that starts it then. */
	z.strictObject({kind: z.literal('stopping'), until: Instant, to: z.string().optional()}),
]);

const ServerSchema = z.strictObject({
	daemon: z.discriminatedUnion('kind', [
		z.strictObject({kind: z.literal('stopped')}),
		z.strictObject({kind: z.literal('starting'), until: Instant}),
		z.strictObject({kind: z.literal('online')}),
	]),
	/** Servers from which nothing has been heard since. */
	silentSince: z.record(z.string(), Instant),
	/** Servers that it holds for down. */
	down: z.array(z.string()),
	/** Where it has last seen each group. */
	lastSeen: z.record(z.string(), z.string()),
	groups: z.record(z.string(), GroupStateSchema),
});

const MirrorSchema = z.strictObject({
	name: z.string(),
	/** Servers whose data are older than another's. */
	outdated: z.array(z.string()),
	/** The copy that is under way. */
	recovering: z.strictObject({host: z.string(), from: z.string(), until: Instant}).optional(),
});

export const ClusterSchema = z.strictObject({
	kind: z.literal('expresscluster').default('expresscluster'),
	name: z.string(),
	/** In the order in which groups prefer them; the first survives when both are active. */
	hosts: z.array(z.string()),
	heartbeatTimeoutMs: z.number().int().positive(),
	suspended: z.boolean(),
	groups: z.array(
		z.strictObject({
			name: z.string(),
			resources: z.array(z.string()),
			floatingIps: z.array(z.string()),
			/** The disk that its servers keep alike; undefined: there is none. */
			mirror: MirrorSchema.optional(),
			/** Stopped by a person: nobody starts it by himself. */
			stopped: z.boolean(),
			/** Resources of it that a person has stopped. */
			stoppedResources: z.array(z.string()),
		}),
	),
	servers: z.record(z.string(), ServerSchema),
});

/** What the resources of a group take. Sources: the notes on the domain, 4.2: HB time-out + 5 to 15 s until the survivor has it. */
export const GROUP_STARTS_MS = 10_000;
export const GROUP_STOPS_MS = 5_000;

export const off: GroupState = {kind: 'offline'};

/** A cluster that has been running for long, its groups where `current` says. */
export function newCluster(
	name: string,
	hosts: readonly string[],
	heartbeatTimeoutMs: number,
	groups: readonly (Pick<Group, 'name' | 'resources' | 'floatingIps' | 'mirror'> & {readonly current: string})[],
): Cluster {
	const server = (host: string): Server => ({
		daemon: {kind: 'online'},
		silentSince: {},
		down: [],
		lastSeen: Object.fromEntries(groups.map(group => [group.name, group.current])),
		groups: Object.fromEntries(groups.map(group => [group.name, group.current === host ? {kind: 'online'} : off])),
	});
	return {
		kind: 'expresscluster',
		name,
		hosts,
		heartbeatTimeoutMs,
		suspended: false,
		groups: groups.map(({current: _, ...group}) => ({...group, stopped: false, stoppedResources: []})),
		servers: Object.fromEntries(hosts.map(host => [host, server(host)])),
	};
}

export function isOnline(cluster: Cluster, host: string): boolean {
	return cluster.servers[host]?.daemon.kind === 'online';
}

export function stateOf(cluster: Cluster, host: string, group: string): GroupState {
	return cluster.servers[host]?.groups[group] ?? off;
}

/** Servers that `host` knows to be in the cluster, itself included. */
export function membersSeenBy(cluster: Cluster, host: string): readonly string[] {
	const {down = []} = cluster.servers[host] ?? {};
	return cluster.hosts.filter(each => each === host || (isOnline(cluster, each) && !down.includes(each)));
}

/** Where a group is, as `host` knows it; undefined: nowhere. Who is silent has what he had, until he is held for down. */
export function currentOf(cluster: Cluster, host: string, group: string): string | undefined {
	const isThere = (each: string) => stateOf(cluster, each, group).kind !== 'offline';
	const lastSeen = cluster.servers[host]?.lastSeen[group] ?? '';
	const seen = isThere(host) ? host : membersSeenBy(cluster, host).find(isThere);
	return seen ?? (isSilent(cluster, host, lastSeen) ? lastSeen : undefined);
}

/** Not heard, and not yet held for down. */
export function isSilent(cluster: Cluster, host: string, other: string): boolean {
	return cluster.servers[host]?.silentSince[other] !== undefined;
}

/** Addresses that the cluster has put on a host. */
export function floatingOn(cluster: Cluster, host: string): readonly string[] {
	return cluster.groups.flatMap(({name, floatingIps}) =>
		stateOf(cluster, host, name).kind === 'online' ? floatingIps : [],
	);
}

/** Where its groups really are, whatever each server knows. */
export function lookAt({name, hosts, groups, servers}: Cluster): string {
	const where = groups.map(group => {
		const active = hosts.filter(host => servers[host]?.groups[group.name]?.kind === 'online');
		return `${group.name} on ${active.join(' and ') || 'no server'}`;
	});
	return `${name}: ${where.join('; ') || 'no groups'}`;
}

export function startGroup(cluster: Cluster, host: string, group: string, now: number): Cluster {
	return withGroup(setStopped(cluster, group, false), host, group, {kind: 'starting', until: now + GROUP_STARTS_MS});
}

/** `to`: it is moved there. Without it, it stays stopped until somebody starts it. */
export function stopGroup(cluster: Cluster, host: string, group: string, to: string | undefined, now: number): Cluster {
	const stopping = {kind: 'stopping', until: now + GROUP_STOPS_MS, ...(to === undefined ? {} : {to})} as const;
	return withGroup(setStopped(cluster, group, to === undefined), host, group, stopping);
}

function setStopped(cluster: Cluster, name: string, stopped: boolean): Cluster {
	return {...cluster, groups: cluster.groups.map(group => (group.name === name ? {...group, stopped} : group))};
}

export function withServer(cluster: Cluster, host: string, change: Partial<Server>): Cluster {
	const server = cluster.servers[host];
	return server === undefined ? cluster : {...cluster, servers: {...cluster.servers, [host]: {...server, ...change}}};
}

export function withGroup(cluster: Cluster, host: string, group: string, state: GroupState): Cluster {
	return withServer(cluster, host, {groups: {...cluster.servers[host]?.groups, [group]: state}});
}
