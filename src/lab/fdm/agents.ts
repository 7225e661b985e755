import {
	agentOf,
	type HaCluster,
	hostNames,
	isActing,
	moidOf,
	type Role,
	stateName,
	type Watched,
	withAgent,
	writeLog,
	writeState,
} from './cluster.js';
import {beatsOnDatastore, heardBy, hears, isFunctional, reaches, type Scene} from './ground.js';
import {
	AGENT_STARTS_MS,
	DATASTORE_WATCH_MS,
	DATASTORE_WATCH_STARTS_MS,
	ELECTION_MS,
	HOST_TIMEOUT_MS,
	PING_TIMEOUT_MS,
	STATE_LOG_MS,
	TAKEOVER_MS,
} from './timings.js';

/** The agents among themselves at `now`: who lives, who leads, who is cut off, and what masters hold of those they do not hear. */
export function settleAgents(cluster: HaCluster, scene: Scene): HaCluster {
	const steps = [followProcesses, join, listen, elect, abdicate, ping, takeLocks, watch, writeStates];
	return steps.reduce((before, step) => step(before, scene), cluster);
}

/** The agent comes up with its host and goes down with it. */
function followProcesses(cluster: HaCluster, {ground, now}: Scene): HaCluster {
	let after = cluster;
	for (const host of hostNames(cluster)) {
		const {process, pid} = agentOf(after, host);
		if (!ground.isUp(host)) {
			after = isAsleep(after, host) ? after : withAgent(after, host, asleep);
		} else if (process.kind === 'stopped' && !process.byHand) {
			after = withAgent(after, host, {process: {kind: 'starting', until: now + AGENT_STARTS_MS}, pid: pid + 311});
		} else if (process.kind === 'starting' && process.until <= now) {
			after = withAgent(after, host, {process: {kind: 'running'}, nextStateLine: process.until + STATE_LOG_MS});
		}
	}

	return after;
}

const asleep = {
	process: {kind: 'stopped', byHand: false},
	role: {kind: 'none'},
	isolated: undefined,
	shutdowns: {},
	watched: {},
	lostStores: {},
} as const;

function isAsleep(cluster: HaCluster, host: string): boolean {
	const {process, role} = agentOf(cluster, host);
	return process.kind === 'stopped' && !process.byHand && role.kind === 'none';
}

/** Whoever cannot work takes no part; whoever can again goes to the master that he hears, or to an election. */
function join(cluster: HaCluster, scene: Scene): HaCluster {
	let after = cluster;
	for (const host of hostNames(cluster)) {
		const {role} = agentOf(after, host);
		const works = isFunctional(after, host, scene);
		if (!works && role.kind !== 'none') {
			after = withAgent(after, host, {role: {kind: 'none'}, isolated: undefined, watched: {}, shutdowns: {}});
			after = scene.ground.isUp(host) ? changeState(after, host, role, 'Agent stops', scene.now) : after;
		} else if (works && role.kind === 'none') {
			after = become(after, host, {kind: 'electing', until: scene.now + ELECTION_MS}, 'Started', scene.now);
		}
	}

	return after;
}

/** Slaves listen to their master; T10: they look for another. */
function listen(cluster: HaCluster, scene: Scene): HaCluster {
	let after = cluster;
	for (const host of hostNames(cluster)) {
		const {role} = agentOf(after, host);
		if (role.kind !== 'slave') {
			continue;
		}

		const isLed = masterHeardBy(after, host, scene, role.master) === role.master;
		const other = isLed ? undefined : masterHeardBy(after, host, scene);
		const silentSince = role.silentSince ?? scene.now;
		if (isLed) {
			after =
				role.silentSince === undefined ? after : withAgent(after, host, {role: {kind: 'slave', master: role.master}});
		} else if (other !== undefined) {
			after = become(after, host, {kind: 'slave', master: other}, 'Found another master', scene.now);
		} else if (silentSince + HOST_TIMEOUT_MS <= scene.now) {
			const lostAt = silentSince + HOST_TIMEOUT_MS;
			after = writeLog(
				after,
				host,
				lostAt,
				'[ClusterElection::ChangeState] Slave => Startup : Lost master',
				'Election',
			);
			after = withAgent(after, host, {role: {kind: 'electing', until: lostAt + ELECTION_MS}});
			after = writeLog(
				after,
				host,
				lostAt,
				'[ClusterElection::ChangeState] Startup => Candidate : Election',
				'Election',
			);
			after = writeState(after, host, lostAt);
		} else if (role.silentSince === undefined) {
			after = withAgent(after, host, {role: {...role, silentSince}});
		}
	}

	return after;
}

/** T25: the election is over. Who hears a master meanwhile follows him. */
function elect(cluster: HaCluster, scene: Scene): HaCluster {
	let after = cluster;
	for (const host of hostNames(cluster)) {
		const {role} = agentOf(after, host);
		if (role.kind === 'electing' && role.until <= scene.now && masterHeardBy(after, host, scene) === undefined) {
			const candidates = [host, ...heardBy(after, host, scene)].filter(
				each => agentOf(after, each).role.kind === 'electing',
			);
			after = crown(after, candidates.toSorted(byRank(after, scene))[0] ?? host, role.until, scene);
		}
	}

	for (const host of hostNames(cluster)) {
		const master = agentOf(after, host).role.kind === 'electing' ? masterHeardBy(after, host, scene) : undefined;
		if (master !== undefined) {
			after = become(after, host, {kind: 'slave', master}, `Master is ${moidOf(after, master)}`, scene.now);
		}
	}

	return after;
}

/** A new master has read the list of hosts, and gives those that it does not hear ten seconds to come to it. */
function crown(cluster: HaCluster, host: string, at: number, scene: Scene): HaCluster {
	const heard = heardBy(cluster, host, scene);
	const watched = hostNames(cluster)
		.filter(other => other !== host && !heard.includes(other))
		.map(other => [other, {silentSince: at, decidesAt: at + TAKEOVER_MS, said: SAID_ALL}] as const);
	const role: Role = {kind: 'master', since: at, ...(heard.length === 0 ? {aloneSince: at} : {})};
	return withAgent(become(cluster, host, role, 'Master selected', at), host, {watched: Object.fromEntries(watched)});
}

/** Where two masters hear each other, one follows the other: an agent that was cut off, or the one that an election would not have taken. */
function abdicate(cluster: HaCluster, scene: Scene): HaCluster {
	let after = cluster;
	for (const host of hostNames(cluster)) {
		const rivals = heardBy(after, host, scene).filter(other => agentOf(after, other).role.kind === 'master');
		const [best = host] = [host, ...rivals].toSorted(byRank(after, scene));
		if (agentOf(after, host).role.kind === 'master' && best !== host) {
			after = withAgent(after, host, {isolated: undefined, watched: {}, shutdowns: {}});
			after = become(after, host, {kind: 'slave', master: best}, 'Found a better master', scene.now);
		}
	}

	return after;
}

/** A master that hears nobody pings its isolation addresses; 5 s later it knows whether it is cut off. */
function ping(cluster: HaCluster, scene: Scene): HaCluster {
	let after = cluster;
	for (const host of hostNames(cluster)) {
		const {role, isolated} = agentOf(after, host);
		if (role.kind !== 'master') {
			continue;
		}

		const {settings} = after;
		const isAlone = after.hosts.length > 1 && heardBy(after, host, scene).length === 0;
		const isAnswered = settings.isolationAddresses.some(address => scene.ground.answers(host, address));
		const aloneSince = role.aloneSince ?? scene.now;
		if (!isAlone) {
			after = endIsolation(
				role.aloneSince === undefined ? after : withRole(after, host, {...role, aloneSince: undefined}),
				host,
				scene,
			);
		} else if (isolated !== undefined) {
			after = isAnswered ? endIsolation(after, host, scene) : after;
		} else if (role.aloneSince === undefined) {
			after = withRole(after, host, {...role, aloneSince});
		} else if (aloneSince + PING_TIMEOUT_MS <= scene.now && !isAnswered) {
			after = cutOff(after, host, aloneSince + PING_TIMEOUT_MS);
		}
	}

	return after;
}

/** T30 of a slave, T5 of a master. It lets go of the virtual machines of others: their list is no longer its own. */
function cutOff(cluster: HaCluster, host: string, at: number): HaCluster {
	const {isolationAddresses, responseDelayMs} = cluster.settings;
	let after = cluster;
	for (const other of hostNames(cluster).filter(each => each !== host)) {
		after = writeLog(after, host, at, `[ClusterManagerImpl::IsBadIP] ${other} is bad ip`, 'Cluster', 'verbose');
	}

	for (const address of isolationAddresses) {
		after = writeLog(after, host, at, `[HostPing::Ping] sendto[ipv4] ${address}: Host is down`, 'Cluster', 'warning');
	}

	after = withAgent(after, host, {
		isolated: {since: at, respondsAt: at + responseDelayMs, hasResponded: false},
		watched: {},
	});
	return writeState(after, host, at);
}

function endIsolation(cluster: HaCluster, host: string, {now}: Scene): HaCluster {
	return agentOf(cluster, host).isolated === undefined
		? cluster
		: writeState(withAgent(cluster, host, {isolated: undefined, shutdowns: {}}), host, now);
}

/** A master locks the list of protected virtual machines on each datastore. A lock stays until another master breaks it, or its holder is cut off. */
function takeLocks(cluster: HaCluster, {ground}: Scene): HaCluster {
	const stores = [...new Set([...cluster.heartbeatDatastores, ...cluster.vms.map(vm => vm.datastore)])];
	const masters = hostNames(cluster).filter(host => isActing(cluster, host));
	const owners = stores.flatMap(store => {
		const holder = cluster.owners[store];
		const canHold = (host: string | undefined) =>
			host !== undefined && masters.includes(host) && ground.path(host, store) === 'active';
		const taker = canHold(holder) ? holder : masters.find(canHold);
		const isReleased = holder !== undefined && agentOf(cluster, holder).isolated !== undefined;
		const owner = taker ?? (isReleased ? undefined : holder);
		return owner === undefined ? [] : [[store, owner] as const];
	});
	const isSame =
		owners.length === Object.keys(cluster.owners).length &&
		owners.every(([store, host]) => cluster.owners[store] === host);
	return isSame ? cluster : {...cluster, owners: Object.fromEntries(owners)};
}

/** How many of the lines about a silent slave there are. */
const SAID_ALL = 3;

function watch(cluster: HaCluster, scene: Scene): HaCluster {
	let after = cluster;
	for (const master of hostNames(cluster).filter(host => isActing(cluster, host))) {
		for (const host of hostNames(cluster).filter(each => each !== master)) {
			after = hears(after, master, host, scene) ? forget(after, master, host) : watchOne(after, master, host, scene);
		}
	}

	return after;
}

function forget(cluster: HaCluster, master: string, host: string): HaCluster {
	const {[host]: watched, ...others} = agentOf(cluster, master).watched;
	return watched === undefined ? cluster : withAgent(cluster, master, {watched: others});
}

function watchOne(cluster: HaCluster, master: string, host: string, scene: Scene): HaCluster {
	const {now} = scene;
	const watched = agentOf(cluster, master).watched[host];
	if (watched === undefined) {
		return withWatched(cluster, master, host, silentFrom(cluster, master, scene));
	}

	const said = speak(cluster, master, host, watched, now);
	if (watched.decidesAt > now) {
		return said;
	}

	const verdict = assess(cluster, master, host, scene);
	if (verdict === watched.verdict) {
		return said;
	}

	// What was alive and is no longer: the same times begin again
	return watched.verdict !== undefined && verdict === 'hostDown'
		? withWatched(said, master, host, silentFrom(cluster, master, scene))
		: decide(said, master, host, verdict, Math.max(watched.decidesAt, watched.verdict === undefined ? 0 : now));
}

/** T18 where there are datastores to look at, T15 where there are none. */
function silentFrom(cluster: HaCluster, master: string, {ground, now}: Scene): Watched {
	const looksAtDatastores = cluster.heartbeatDatastores.some(store => ground.path(master, store) === 'active');
	const takes = looksAtDatastores ? DATASTORE_WATCH_STARTS_MS + DATASTORE_WATCH_MS : HOST_TIMEOUT_MS + PING_TIMEOUT_MS;
	return {silentSince: now, decidesAt: now + takes, said: 0};
}

/** A host that answers pings has lost its agent only; one whose files are kept open lives, and says there whether it is cut off. */
function assess(cluster: HaCluster, master: string, host: string, scene: Scene): NonNullable<Watched['verdict']> {
	if (reaches(cluster, master, host, scene)) {
		return 'fdmUnreachable';
	}

	if (!beatsOnDatastore(cluster, host, master, scene)) {
		return 'hostDown';
	}

	return agentOf(cluster, host).isolated === undefined ? 'networkPartitionedFromMaster' : 'networkIsolated';
}

/** The lines that a master writes on the way to its decision. */
function speak(cluster: HaCluster, master: string, host: string, watched: Watched, now: number): HaCluster {
	const id = moidOf(cluster, host);
	const lines = [
		[DATASTORE_WATCH_STARTS_MS, [`[ClusterSlave::LiveCheck] Timeout for slave @ ${id}`]],
		[
			HOST_TIMEOUT_MS,
			[
				`[ClusterSlave::LiveCheck] Marking slave ${id} as unreachable`,
				`[ClusterSlave::UnreachableCheck] Beginning ICMP pings every 1000000 microseconds to ${id}`,
			],
		],
		[
			HOST_TIMEOUT_MS + PING_TIMEOUT_MS,
			[`[ClusterSlave::UnreachableCheck] Waited 5 seconds for icmp ping reply for host ${id}`],
		],
	] as const;
	const due = lines.filter(([after], index) => index >= watched.said && watched.silentSince + after <= now);
	const written = due.reduce(
		(before, [after, texts]) =>
			texts.reduce((each, text) => writeLog(each, master, watched.silentSince + after, text), before),
		cluster,
	);
	return due.length === 0 ? cluster : withWatched(written, master, host, {...watched, said: watched.said + due.length});
}

const verdictWords = {
	hostDown: 'Dead',
	networkPartitionedFromMaster: 'Partitioned',
	networkIsolated: 'Isolated',
	fdmUnreachable: 'FDMUnreachable',
} as const;

function decide(
	cluster: HaCluster,
	master: string,
	host: string,
	verdict: NonNullable<Watched['verdict']>,
	at: number,
): HaCluster {
	const watched = agentOf(cluster, master).watched[host];
	if (watched === undefined) {
		return cluster;
	}

	const text = `Reporting Slave ${moidOf(cluster, host)} as ${verdictWords[verdict]}`;
	return writeLog(withWatched(cluster, master, host, {...watched, verdict}), master, at, text);
}

/** Every ten minutes, as it was then. */
function writeStates(cluster: HaCluster, {now}: Scene): HaCluster {
	let after = cluster;
	for (const host of hostNames(cluster)) {
		for (let due = agentOf(after, host).nextStateLine; due <= now; due += STATE_LOG_MS) {
			after = agentOf(after, host).process.kind === 'running' ? writeState(after, host, due) : after;
			after = withAgent(after, host, {nextStateLine: due + STATE_LOG_MS});
		}
	}

	return after;
}

/** The master that a host hears; the wanted one if he is among several. */
function masterHeardBy(cluster: HaCluster, host: string, scene: Scene, wanted?: string): string | undefined {
	const masters = heardBy(cluster, host, scene).filter(other => isActing(cluster, other));
	return masters.find(each => each === wanted) ?? masters.toSorted(byRank(cluster, scene))[0];
}

/** Best first: not cut off; most datastores; then the highest id, compared as text: `host-99` wins against `host-100`. */
function byRank(cluster: HaCluster, {ground}: Scene): (one: string, other: string) => number {
	const isCutOff = (host: string) => Number(agentOf(cluster, host).isolated !== undefined);
	const stores = [...new Set([...cluster.heartbeatDatastores, ...cluster.vms.map(vm => vm.datastore)])];
	const seen = (host: string) => stores.filter(store => ground.path(host, store) === 'active').length;
	return (one, other) =>
		isCutOff(one) - isCutOff(other) ||
		seen(other) - seen(one) ||
		(moidOf(cluster, one) < moidOf(cluster, other) ? 1 : -1);
}

function become(cluster: HaCluster, host: string, role: Role, why: string, at: number): HaCluster {
	const before = agentOf(cluster, host).role;
	return changeState(withAgent(cluster, host, {role}), host, before, why, at);
}

function changeState(cluster: HaCluster, host: string, before: Role, why: string, at: number): HaCluster {
	const names = `${stateName(before)} => ${stateName(agentOf(cluster, host).role)}`;
	const written = writeLog(cluster, host, at, `[ClusterElection::ChangeState] ${names} : ${why}`, 'Election');
	return writeState(written, host, at);
}

function withRole(cluster: HaCluster, host: string, role: Role): HaCluster {
	return withAgent(cluster, host, {role});
}

function withWatched(cluster: HaCluster, master: string, host: string, watched: Watched): HaCluster {
	return withAgent(cluster, master, {watched: {...agentOf(cluster, master).watched, [host]: watched}});
}

/** When the agents will want something by themselves. */
export function agentInstants(cluster: HaCluster): readonly number[] {
	return Object.values(cluster.agents).flatMap(({process, role, isolated, watched, nextStateLine}) => [
		nextStateLine,
		...(process.kind === 'starting' ? [process.until] : []),
		...(role.kind === 'electing' ? [role.until] : []),
		...(role.kind === 'slave' && role.silentSince !== undefined ? [role.silentSince + HOST_TIMEOUT_MS] : []),
		...(role.kind === 'master' && role.aloneSince !== undefined && isolated === undefined
			? [role.aloneSince + PING_TIMEOUT_MS]
			: []),
		...Object.values(watched).flatMap(({silentSince, decidesAt, verdict}) =>
			verdict === undefined
				? [
						silentSince + DATASTORE_WATCH_STARTS_MS,
						silentSince + HOST_TIMEOUT_MS,
						silentSince + HOST_TIMEOUT_MS + PING_TIMEOUT_MS,
						decidesAt,
					]
				: [],
		),
	]);
}
