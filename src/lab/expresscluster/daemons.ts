import {groupState, isOnline, off, withGroup, withServer} from './cluster.js';
import {stopGroup} from './groups.js';
import {crash, hears, isCutOff, leave} from './heartbeats.js';
import type {Turn} from './turn.js';
import {groupWord} from './words.js';

/** From the start of the daemon until the server is Online. */
const DAEMON_STARTS_MS = 10_000;
/** How long the first server waits for the others. Source: EXPRESSCLUSTER's default for the synchronisation of starting servers. */
const WAITS_FOR_ALL_MS = 300_000;

/** The daemon comes with its service and goes with it; a dead host takes its groups with it. A cluster of which nothing runs is not suspended. */
export function followDaemons(turn: Turn): void {
	for (const server of turn.servers) {
		const daemon = turn.server(server)?.daemon;
		if (daemon === undefined) {
			continue;
		}

		if (!turn.world.runs(server)) {
			if (daemon.kind !== 'stopped') {
				go(turn, server);
			}
		} else if (daemon.kind === 'stopped') {
			begin(turn, server);
		} else if (daemon.kind === 'starting') {
			wait(turn, server, daemon);
		} else if (daemon.kind === 'online') {
			followLeaving(turn, server);
		}
	}

	if (turn.cluster.suspended && turn.servers.every(server => turn.server(server)?.daemon.kind === 'stopped')) {
		turn.cluster = {...turn.cluster, suspended: false};
	}
}

function begin(turn: Turn, server: string): void {
	if (turn.world.isLicensed(server)) {
		turn.change(server, {daemon: {kind: 'starting', since: turn.now, until: turn.now + DAEMON_STARTS_MS}});
		return;
	}

	turn.complain(server, 'rm', 57, 'Stopping the cluster is required since license (BASE43) is invalid.');
	turn.actions.push({kind: 'stopService', server});
}

/** A server that starts a cluster waits for the others, so that the first of them takes the groups. */
function wait(turn: Turn, server: string, {since, until}: {readonly since: number; readonly until: number}): void {
	const isThrough = (each: string) => {
		const daemon = turn.server(each)?.daemon;
		return daemon?.kind === 'starting' && daemon.since + DAEMON_STARTS_MS <= turn.now;
	};
	const others = turn.servers.filter(each => each !== server);
	const isCluster = others.some(each => hears(turn, server, each));
	const areAllHere = others.every(each => isThrough(each) && turn.world.areConnected(server, each));
	const lastCall = since + DAEMON_STARTS_MS + WAITS_FOR_ALL_MS;
	if (!isThrough(server)) {
		return;
	}

	if (isCluster || areAllHere || lastCall <= turn.now) {
		come(turn, server);
	} else if (until < lastCall) {
		turn.change(server, {daemon: {kind: 'starting', since, until: lastCall}});
		turn.inform(server, 'nm', 5, 'Waiting for all servers to start.');
	}
}

/** A server that is alone and reaches nobody who could tell why does not come. */
function come(turn: Turn, server: string): void {
	turn.change(server, {daemon: {kind: 'online'}});
	if (isCutOff(turn, server)) {
		turn.change(server, {daemon: {kind: 'stopped'}});
		turn.complain(server, 'nm', 30, 'Network partition was detected. The cluster service is not started.');
		turn.actions.push({kind: 'stopService', server});
		return;
	}

	const others = turn.servers.filter(each => each !== server && !hears(turn, server, each));
	const mirrors = Object.entries(turn.server(server)?.mirrors ?? {}).map(([name, half]) => [
		name,
		{...half, held: false},
	]);
	turn.change(server, {down: others, silentSince: {}, mirrors: Object.fromEntries(mirrors)});
	turn.inform(server, 'nm', 1, `Server ${server} has started.`);
}

/** A server that goes in order says so: nobody waits for its heartbeat. A dead one says nothing. */
function go(turn: Turn, server: string): void {
	const told = turn.world.isUp(server)
		? turn.servers.filter(each => each !== server && isOnline(turn.cluster, each) && hears(turn, each, server))
		: [];
	if (!turn.world.isUp(server)) {
		crash(turn, server);
	}

	leave(turn, server);
	for (const each of told) {
		const {down = [], silentSince = {}} = turn.server(each) ?? {};
		const {[server]: _, ...silent} = silentSince;
		turn.cluster = withServer(turn.cluster, each, {down: [...new Set([...down, server])], silentSince: silent});
		turn.warn(each, 'nm', 2, `Server ${server} has been stopped.`);
	}
}

/** A server that was asked to go stops its groups, or hands them over, and then goes. */
function followLeaving(turn: Turn, server: string): void {
	const leaving = turn.server(server)?.leaving;
	if (leaving === undefined) {
		return;
	}

	const groups = turn.configuration.groups.map(({name}) => name);
	const held = groups.filter(name => groupState(turn.cluster, server, name).kind !== 'offline');
	for (const name of held) {
		const state = groupState(turn.cluster, server, name);
		if (state.kind === 'failed' && groupWord(turn.cluster, server, name) === 'Offline Failure') {
			turn.cluster = withGroup(turn.cluster, server, name, off);
		} else if (state.kind === 'online' || state.kind === 'failed') {
			stopGroup(turn, server, name, 'CLUSTERSTOP');
		}
	}

	if (held.length === 0) {
		turn.actions.push(
			leaving === 'stop' ? {kind: 'stopService', server} : {kind: 'shutDown', server, andThen: leaving, atOnce: false},
		);
		turn.change(server, {leaving: undefined});
	}
}
