import {
	type Cluster,
	currentOf,
	isOnline,
	membersSeenBy,
	off,
	startGroup,
	stateOf,
	withGroup,
	withServer,
} from './cluster.js';
import {followMirrors, hasData} from './mirror.js';

/** From the start of the daemon until the server is Online. */
const DAEMON_STARTS_MS = 10_000;
/** What the cluster software meets in the world around it. */
export type Surroundings = {
	/** The host is up. */
	isUp(host: string): boolean;
	/** The host is up and its cluster service runs. */
	runs(host: string): boolean;
	/** A packet gets from one to the other. */
	areConnected(one: string, other: string): boolean;
};

/** The cluster after everything that is due or follows at `now`, and the hosts that shut themselves down for it. */
export function settle(
	cluster: Cluster,
	world: Surroundings,
	now: number,
): {readonly cluster: Cluster; readonly shutDown: readonly string[]} {
	const steps = [followDaemons, listen, finishGroups, startGroups, remember];
	const settled = followMirrors(
		steps.reduce((before, step) => step(before, world, now), cluster),
		now,
	);
	return {cluster: settled, shutDown: losersOfDualActive(settled, world)};
}

/** When something will happen by itself; undefined: nothing is under way. */
export function nextChangeOf(cluster: Cluster): number | undefined {
	const copies = cluster.groups.flatMap(({mirror}) => mirror?.recovering?.until ?? []);
	const instants = Object.values(cluster.servers).flatMap(({daemon, silentSince, groups}) => [
		...(daemon.kind === 'starting' ? [daemon.until] : []),
		...Object.values(silentSince).map(since => since + cluster.heartbeatTimeoutMs),
		...Object.values(groups).flatMap(group => ('until' in group ? [group.until] : [])),
	]);
	return instants.length + copies.length === 0 ? undefined : Math.min(...instants, ...copies);
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

/** A group that is nowhere is started by the first server that has its data, among those that know one another. */
function startGroups(cluster: Cluster, _: Surroundings, now: number): Cluster {
	if (cluster.suspended) {
		return cluster;
	}

	let after = cluster;
	for (const host of cluster.hosts.filter(each => isOnline(cluster, each))) {
		for (const group of cluster.groups) {
			const mates = membersSeenBy(after, host).filter(mate => hasData(group, mate));
			const isNowhere = currentOf(after, host, group.name) === undefined;
			if (!group.stopped && isNowhere && mates[0] === host) {
				after = startGroup(after, host, group.name, now);
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
