import {type Cluster, type ClusterNode, isUp, nodeOf, withNode} from './cluster.js';
import type {Ground} from './ground.js';

/** From the start of the cluster service until the node is Up. Of the lab's making. */
const JOIN_MS = 15_000;
const HOUR_MS = 3_600_000;

/** Heartbeats, quorum, joining and leaving: who is Up at `now`. */
export function followNodes(before: Cluster, ground: Ground, now: number): Cluster {
	const steps = [leave, listen, join];
	return steps.reduce((cluster, step) => step(cluster, ground, now), before);
}

/** When something will happen to its nodes by itself. */
export function nodeInstants({nodes, properties}: Cluster): readonly number[] {
	const resiliencyMs = (properties['ResiliencyDefaultPeriod'] ?? 0) * 1000;
	return nodes.flatMap(({joinsAt, silentSince, state, isolatedSince, quarantinedUntil}) => [
		...(joinsAt === undefined ? [] : [joinsAt]),
		...(silentSince === undefined ? [] : [silentSince + heartbeatMs({properties})]),
		...(state === 'Down' && isolatedSince !== undefined ? [isolatedSince + resiliencyMs] : []),
		...(quarantinedUntil === undefined ? [] : [quarantinedUntil]),
	]);
}

function heartbeatMs({properties}: Pick<Cluster, 'properties'>): number {
	return (properties['SameSubnetDelay'] ?? 0) * (properties['SameSubnetThreshold'] ?? 0);
}

/** Networks on which the cluster talks. */
function talking({networks}: Cluster): readonly string[] {
	return networks.filter(({role}) => role !== 0).map(({network}) => network);
}

/** Who goes in order says so: nobody waits for a heartbeat. */
function leave(cluster: Cluster, ground: Ground): Cluster {
	return cluster.nodes
		.filter(({state, host}) => state !== 'Down' && ground.leaves(host))
		.reduce((after, {host}) => withNode(after, host, gone), cluster);
}

const gone: Partial<ClusterNode> = {
	state: 'Down',
	joinsAt: undefined,
	silentSince: undefined,
	isolatedSince: undefined,
};

function listen(before: Cluster, ground: Ground, now: number): Cluster {
	const members = before.nodes.filter(({state}) => state === 'Up').map(({host}) => host);
	const parties = partiesOf(before, members, ground);
	let cluster = before;
	if (parties.length === 1 && parties[0]?.length === members.length) {
		return members.reduce((after, host) => withNode(after, host, {silentSince: undefined}), cluster);
	}

	// Nobody knows better yet whose silence it is
	const first = cluster.nodes.flatMap(({silentSince}) => silentSince ?? []);
	const since = first.length === 0 ? now : Math.min(...first);
	cluster = members.reduce((after, host) => withNode(after, host, {silentSince: since}), cluster);
	if (now < since + heartbeatMs(cluster)) {
		return cluster;
	}

	const survivors = winnerOf(cluster, members, parties, ground);
	return members.reduce(
		(after, host) =>
			survivors.includes(host) ? withNode(after, host, {silentSince: undefined}) : lose(after, host, now),
		cluster,
	);
}

/** Those who hear one another, the dead being in none. */
function partiesOf(cluster: Cluster, members: readonly string[], ground: Ground): readonly (readonly string[])[] {
	const networks = talking(cluster);
	const left = new Set(members.filter(host => ground.serves(host)));
	const parties: string[][] = [];
	for (const host of left) {
		const party = [host];
		left.delete(host);
		for (const one of party) {
			for (const other of left) {
				if (ground.hears(one, other, networks)) {
					party.push(other);
					left.delete(other);
				}
			}
		}

		parties.push(party);
	}

	return parties;
}

/**
The party that has the majority of the votes; none: the cluster stops.

An even number of nodes has the witness's vote too, which goes to the party that can reserve the disk, the owner of the core
group first; without a witness the vote of the last node does not count. Source: Microsoft on dynamic quorum.
*/
function winnerOf(
	cluster: Cluster,
	members: readonly string[],
	parties: readonly (readonly string[])[],
	ground: Ground,
): readonly string[] {
	const isEven = members.length % 2 === 0;
	const disk = isEven ? cluster.disks.find(({name}) => name === cluster.witness) : undefined;
	const voters = isEven && disk === undefined ? members.slice(0, -1) : members;
	const all = voters.length + (disk === undefined ? 0 : 1);
	const byCore = [...parties].toSorted(
		(a, b) => Number(b.includes(cluster.coreOwner)) - Number(a.includes(cluster.coreOwner)),
	);
	const reserving = disk && byCore.find(party => party.some(host => ground.sees(host, disk.lun)));
	return (
		byCore.find(party => {
			const votes = party.filter(host => voters.includes(host)).length + (party === reserving ? 1 : 0);
			return votes > all / 2;
		}) ?? []
	);
}

/** A node that the others do not hear any more. Too often within an hour, and it is quarantined. */
function lose(cluster: Cluster, host: string, now: number): Cluster {
	const losses = [...(nodeOf(cluster, host)?.losses ?? []), now].filter(at => now - at < HOUR_MS);
	const isQuarantined = losses.length >= (cluster.properties['QuarantineThreshold'] ?? Number.POSITIVE_INFINITY);
	const durationMs = (cluster.properties['QuarantineDuration'] ?? 0) * 1000;
	return withNode(cluster, host, {
		...gone,
		isolatedSince: now,
		losses,
		...(isQuarantined ? {quarantinedUntil: now + durationMs, losses: []} : {}),
	});
}

/** A node whose service runs joins the others, or forms the cluster with those that are there. */
function join(before: Cluster, ground: Ground, now: number): Cluster {
	let cluster = before;
	for (const {host, state, joinsAt, quarantinedUntil} of before.nodes) {
		const mayJoin =
			ground.serves(host) && !ground.leaves(host) && (quarantinedUntil === undefined || quarantinedUntil <= now);
		if (state === 'Down' && mayJoin && hasCompany(cluster, host, ground)) {
			cluster = withNode(cluster, host, {state: 'Joining', joinsAt: now + JOIN_MS, quarantinedUntil: undefined});
		} else if (state === 'Joining' && !mayJoin) {
			cluster = withNode(cluster, host, {state: 'Down', joinsAt: undefined});
		} else if (state === 'Joining' && (joinsAt ?? now) <= now) {
			cluster = withNode(cluster, host, {
				state: 'Up',
				joinsAt: undefined,
				isolatedSince: undefined,
				silentSince: undefined,
			});
		}
	}

	return cluster;
}

/** Somebody Up that it hears; where nobody is Up, more than half of all votes. */
function hasCompany(cluster: Cluster, host: string, ground: Ground): boolean {
	const networks = talking(cluster);
	const others = cluster.nodes.map(node => node.host).filter(other => other !== host);
	const heard = others.filter(other => ground.serves(other) && ground.hears(host, other, networks));
	if (others.some(other => isUp(cluster, other))) {
		return heard.some(other => isUp(cluster, other));
	}

	const witness = cluster.disks.find(({name}) => name === cluster.witness);
	const votes = 1 + heard.length + (witness !== undefined && ground.sees(host, witness.lun) ? 1 : 0);
	return votes > (cluster.nodes.length + (witness === undefined ? 0 : 1)) / 2;
}
