import {
	currentOf,
	type Factor,
	groupState,
	groupsOf,
	isOnline,
	membersSeenBy,
	off,
	resourceState,
	setStopped,
	withFailovers,
	withGroup,
	withResource,
} from './cluster.js';
import type {GroupConf} from './configuration.js';
import {couldStart, isWorthATry} from './mirror.js';
import {actsOnFailedStop, start, stop, watch} from './resources.js';
import type {Turn} from './turn.js';

const offline = {kind: 'offline'} as const;

/** A server begins to activate a group. */
export function startGroup(turn: Turn, server: string, group: string, factor: Factor): void {
	turn.cluster = withGroup(setStopped(turn.cluster, group, false), server, group, {kind: 'starting', factor});
	turn.inform(server, 'rc', 10, `Activating ${group} group has started.`);
}

/** `to`: it is activated there then. What could not be stopped before is tried again. */
export function stopGroup(turn: Turn, server: string, group: string, factor: Factor, to?: string): void {
	for (const {name} of groupsOf(turn.cluster).find(each => each.name === group)?.resources ?? []) {
		const state = resourceState(turn.cluster, server, name);
		if (state.kind === 'failed' && state.doing === 'stop') {
			turn.cluster = withResource(turn.cluster, server, name, {kind: 'online'});
		}
	}

	turn.cluster = withGroup(turn.cluster, server, group, {kind: 'stopping', factor, ...(to === undefined ? {} : {to})});
	turn.inform(server, 'rc', 20, `Stopping ${group} group has started.`);
}

/** Whatever is under way with the groups of each server goes on. */
export function followGroups(turn: Turn): void {
	for (const server of turn.servers.filter(each => isOnline(turn.cluster, each))) {
		for (const group of groupsOf(turn.cluster)) {
			for (const resource of group.resources) {
				watch(turn, server, group.name, resource);
			}

			if (groupState(turn.cluster, server, group.name).kind === 'starting') {
				activate(turn, server, group);
			}

			if (groupState(turn.cluster, server, group.name).kind === 'stopping') {
				deactivate(turn, server, group);
			}
		}
	}
}

function activate(turn: Turn, server: string, group: GroupConf): void {
	const state = groupState(turn.cluster, server, group.name);
	const next = group.resources.find(({name}) => resourceState(turn.cluster, server, name).kind !== 'online');
	if (next === undefined) {
		turn.cluster = withFailovers(withGroup(turn.cluster, server, group.name, {kind: 'online'}), group.name, {});
		turn.inform(server, 'rc', 11, `Activating ${group.name} group has completed.`);
		return;
	}

	const {kind} = resourceState(turn.cluster, server, next.name);
	if (kind === 'offline' && state.kind === 'starting') {
		start(turn, server, group, next, state.factor);
	} else if (kind === 'failed') {
		giveUp(turn, server, group, next.name);
	}
}

/** A group that cannot be activated here goes where nobody has tried yet; else it stays as it is. */
function giveUp(turn: Turn, server: string, group: GroupConf, resource: string): void {
	const {failovers = {}} = turn.cluster.groups[group.name] ?? {};
	const conf = group.resources.find(({name}) => name === resource);
	const most = Number(conf?.tags['act/fo'] ?? turn.servers.length - 1);
	const count = failovers[resource] ?? 0;
	const to = nextServer(turn, server, group);
	turn.complain(server, 'rc', 12, `Activating ${group.name} group has failed.`);
	if (count >= most || to === undefined) {
		turn.cluster = withGroup(turn.cluster, server, group.name, {kind: 'failed'});
		return;
	}

	turn.cluster = withFailovers(turn.cluster, group.name, {...failovers, [resource]: count + 1});
	turn.warn(server, 'rc', 60, `Failover ${group.name} group has started.`);
	stopGroup(turn, server, group.name, 'GROUPFAILOVER', to);
}

/** Where a group can go from a server that cannot keep it. */
export function nextServer(turn: Turn, server: string, group: GroupConf): string | undefined {
	return membersSeenBy(turn.cluster, server).find(
		each => each !== server && isOnline(turn.cluster, each) && couldStart(turn, group, each),
	);
}

function deactivate(turn: Turn, server: string, group: GroupConf): void {
	const state = groupState(turn.cluster, server, group.name);
	const last = group.resources.findLast(({name}) => resourceState(turn.cluster, server, name).kind !== 'offline');
	if (state.kind !== 'stopping') {
		return;
	}

	if (last !== undefined) {
		const resource = resourceState(turn.cluster, server, last.name);
		if (resource.kind === 'failed' && resource.doing === 'start') {
			turn.cluster = withResource(turn.cluster, server, last.name, offline);
			deactivate(turn, server, group);
		} else if (resource.kind === 'online') {
			stop(turn, server, group, last, state.factor);
		} else if (resource.kind === 'failed' && !actsOnFailedStop(turn, server, last)) {
			turn.cluster = withGroup(turn.cluster, server, group.name, {kind: 'failed'});
			turn.complain(server, 'rc', 22, `Stopping ${group.name} group has failed.`);
		}

		return;
	}

	turn.cluster = withGroup(turn.cluster, server, group.name, off);
	turn.inform(server, 'rc', 21, `Stopping ${group.name} group has completed.`);
	const {to, factor} = state;
	if (to !== undefined && isOnline(turn.cluster, to)) {
		startGroup(turn, to, group.name, factor);
	}
}

/** A group that is nowhere is activated by the first server that has its data, among those that know one another. */
export function startGroups(turn: Turn): void {
	if (turn.cluster.suspended) {
		return;
	}

	for (const server of turn.servers.filter(each => isOnline(turn.cluster, each))) {
		for (const group of groupsOf(turn.cluster)) {
			const isNowhere = currentOf(turn.cluster, server, group.name) === undefined;
			if (!isNowhere || turn.cluster.groups[group.name]?.stopped === true) {
				continue;
			}

			const mates = membersSeenBy(turn.cluster, server).filter(each => turn.server(each)?.leaving === undefined);
			const able = mates.filter(each => couldStart(turn, group, each));
			const first = able[0] ?? mates.find(each => isWorthATry(turn, group, each));
			if (first === server) {
				const isFailover =
					Object.values(turn.server(server)?.lastSeen ?? {}).length > 0 &&
					turn.server(server)?.lastSeen[group.name] !== '';
				if (isFailover) {
					turn.warn(server, 'rc', 60, `Failover ${group.name} group has started.`);
				}

				startGroup(turn, server, group.name, isFailover ? 'GROUPFAILOVER' : 'CLUSTERSTART');
			}
		}
	}
}

/** Where each server has last seen each group. */
export function remember(turn: Turn): void {
	for (const server of turn.servers) {
		const seen = groupsOf(turn.cluster).map(({name}) => [name, currentOf(turn.cluster, server, name) ?? ''] as const);
		turn.change(server, {lastSeen: Object.fromEntries(seen)});
	}
}
