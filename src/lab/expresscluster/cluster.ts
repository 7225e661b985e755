import * as z from 'zod';

/**
One EXPRESSCLUSTER cluster as plain data. Each server has a view of its own, because a cut network makes them differ.

Instants are milliseconds since 1970 of the world's clock.
*/
export type Cluster = Frozen<z.infer<typeof ClusterSchema>>;
export type Server = Cluster['servers'][string];
export type Group = Cluster['groups'][number];
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

export const ClusterSchema = z.strictObject({
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
			/** Stopped by a person: nobody starts it by himself. */
			stopped: z.boolean(),
			/** Resources of it that a person has stopped. */
			stoppedResources: z.array(z.string()),
		}),
	),
	servers: z.record(z.string(), ServerSchema),
});

/** From the start of the daemon until the server is Online. */
const DAEMON_STARTS_MS = 10_000;
/** What the resources of a group take. Sources: the notes on the domain, 4.2: HB time-out + 5 to 15 s until the survivor has it. */
export const GROUP_STARTS_MS = 10_000;
export const GROUP_STOPS_MS = 5_000;

/** What the cluster software meets in the world around it. */
export type Surroundings = {
	/** The host is up. */
	isUp(host: string): boolean;
	/** The host is up and its cluster service runs. */
	runs(host: string): boolean;
	/** A packet gets from one to the other. */
	areConnected(one: string, other: string): boolean;
};

const off: GroupState = {kind: 'offline'};

/** A cluster that has been running for long, its groups where `current` says. */
export function newCluster(
	name: string,
	hosts: readonly string[],
	heartbeatTimeoutMs: number,
	groups: readonly (Pick<Group, 'name' | 'resources' | 'floatingIps'> & {readonly current: string})[],
): Cluster {
	const server = (host: string): Server => ({
		daemon: {kind: 'online'},
		silentSince: {},
		down: [],
		lastSeen: Object.fromEntries(groups.map(group => [group.name, group.current])),
		groups: Object.fromEntries(groups.map(group => [group.name, group.current === host ? {kind: 'online'} : off])),
	});
	return {
		name,
		hosts,
		heartbeatTimeoutMs,
		suspended: false,
		groups: groups.map(({current: _, ...group}) => ({...group, stopped: false, stoppedResources: []})),
		servers: Object.fromEntries(hosts.map(host => [host, server(host)])),
	};
}

/** The cluster after everything that is due or follows at `now`, and the hosts that shut themselves down for it. */
export function settle(
	cluster: Cluster,
	world: Surroundings,
	now: number,
): {readonly cluster: Cluster; readonly shutDown: readonly string[]} {
	const steps = [followDaemons, listen, finishGroups, startGroups, remember];
	const settled = steps.reduce((before, step) => step(before, world, now), cluster);
	return {cluster: settled, shutDown: losersOfDualActive(settled, world)};
}

/** When something will happen by itself; undefined: nothing is under way. */
export function nextChangeOf(cluster: Cluster): number | undefined {
	const instants = Object.values(cluster.servers).flatMap(({daemon, silentSince, groups}) => [
		...(daemon.kind === 'starting' ? [daemon.until] : []),
		...Object.values(silentSince).map(since => since + cluster.heartbeatTimeoutMs),
		...Object.values(groups).flatMap(group => ('until' in group ? [group.until] : [])),
	]);
	return instants.length === 0 ? undefined : Math.min(...instants);
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

function withServer(cluster: Cluster, host: string, change: Partial<Server>): Cluster {
	const server = cluster.servers[host];
	return server === undefined ? cluster : {...cluster, servers: {...cluster.servers, [host]: {...server, ...change}}};
}

function withGroup(cluster: Cluster, host: string, group: string, state: GroupState): Cluster {
	return withServer(cluster, host, {groups: {...cluster.servers[host]?.groups, [group]: state}});
}

/** The daemon comes with its service and goes with it; a dead host takes its groups with it. */
function followDaemons(cluster: Cluster, world: Surroundings, now: number): Cluster {
	let after = cluster;
	for (const host of cluster.hosts) {
		const kind = after.servers[host]?.daemon.kind;
		const daemon = after.servers[host]?.daemon;
		if (!world.runs(host)) {
			after = kind === 'stopped' ? after : leave(after, host, world);
		} else if (kind === 'stopped') {
			after = withServer(after, host, {daemon: {kind: 'starting', until: now + DAEMON_STARTS_MS}});
		} else if (daemon?.kind === 'starting' && daemon.until <= now) {
			const others = cluster.hosts.filter(each => each !== host && !hears(after, host, each, world));
			after = withServer(after, host, {daemon: {kind: 'online'}, down: others, silentSince: {}});
		}
	}

	return after;
}

/** A server that leaves in order says so: nobody waits for its heartbeat. A dead one says nothing. */
function leave(cluster: Cluster, host: string, world: Surroundings): Cluster {
	const groups = Object.fromEntries(cluster.groups.map(({name}) => [name, off]));
	const gone = withServer(cluster, host, {daemon: {kind: 'stopped'}, groups, down: [], silentSince: {}});
	const told = world.isUp(host) ? cluster.hosts.filter(each => each !== host && world.areConnected(host, each)) : [];
	return told.reduce(
		(after, each) => withServer(after, each, {down: [...new Set([...(after.servers[each]?.down ?? []), host])]}),
		gone,
	);
}

function hears(cluster: Cluster, host: string, other: string, world: Surroundings): boolean {
	return isOnline(cluster, other) && world.isUp(other) && world.areConnected(host, other);
}

/** Heartbeats: who is not heard for the time-out is held for down, who is heard again is back. */
function listen(cluster: Cluster, world: Surroundings, now: number): Cluster {
	let after = cluster;
	for (const host of cluster.hosts.filter(each => isOnline(cluster, each))) {
		const {silentSince = {}, down = []} = after.servers[host] ?? {};
		const silent = {...silentSince};
		const isDown = new Set(down);
		for (const other of cluster.hosts.filter(each => each !== host)) {
			if (hears(after, host, other, world)) {
				delete silent[other];
				isDown.delete(other);
			} else if (!isDown.has(other)) {
				silent[other] ??= now;
				if ((silent[other] ?? now) + cluster.heartbeatTimeoutMs <= now) {
					delete silent[other];
					isDown.add(other);
				}
			} else {
				delete silent[other];
			}
		}

		after = withServer(after, host, {silentSince: silent, down: [...isDown]});
	}

	return after;
}

function finishGroups(cluster: Cluster, _: Surroundings, now: number): Cluster {
	let after = cluster;
	for (const host of cluster.hosts) {
		for (const {name} of cluster.groups) {
			const state = stateOf(after, host, name);
			if (state.kind === 'starting' && state.until <= now) {
				after = withGroup(after, host, name, {kind: 'online'});
			} else if (state.kind === 'stopping' && state.until <= now) {
				after = withGroup(after, host, name, off);
				after =
					state.to !== undefined && isOnline(after, state.to) ? startGroup(after, state.to, name, state.until) : after;
			}
		}
	}

	return after;
}

/** A group that is nowhere is started by the first server of its list among those that know one another. */
function startGroups(cluster: Cluster, _: Surroundings, now: number): Cluster {
	if (cluster.suspended) {
		return cluster;
	}

	let after = cluster;
	for (const host of cluster.hosts.filter(each => isOnline(cluster, each))) {
		for (const {name, stopped} of cluster.groups) {
			const mates = membersSeenBy(after, host);
			const isNowhere = currentOf(after, host, name) === undefined;
			if (!stopped && isNowhere && mates[0] === host) {
				after = startGroup(after, host, name, now);
			}
		}
	}

	return after;
}

function remember(cluster: Cluster): Cluster {
	return cluster.hosts.reduce((after, host) => {
		const seen = cluster.groups.map(({name}) => [name, currentOf(after, host, name) ?? ''] as const);
		return withServer(after, host, {lastSeen: Object.fromEntries(seen)});
	}, cluster);
}

/** Where both have been active and meet again, all but the first shut themselves down. */
function losersOfDualActive(cluster: Cluster, world: Surroundings): readonly string[] {
	return cluster.groups.flatMap(({name}) => {
		const active = cluster.hosts.filter(
			host => isOnline(cluster, host) && stateOf(cluster, host, name).kind === 'online',
		);
		const [survivor = '', ...others] = active;
		return others.filter(host => world.areConnected(survivor, host));
	});
}
