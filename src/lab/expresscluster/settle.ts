import {type Cluster, groupState, groupsOf, isOnline, serversOf} from './cluster.js';
import {followDaemons} from './daemons.js';
import {followGroups, remember, startGroups} from './groups.js';
import {emergency, hears, listen} from './heartbeats.js';
import {followMirrors} from './mirror.js';
import {followMonitors} from './monitors.js';
import type {Turn} from './turn.js';

/** Everything that is due or follows now. */
export function settle(turn: Turn): void {
	followDaemons(turn);
	listen(turn);
	endDualActive(turn);
	followGroups(turn);
	startGroups(turn);
	followMirrors(turn);
	followMonitors(turn);
	remember(turn);
}

/** When something will happen by itself; undefined: nothing is under way. */
export function nextChangeOf(cluster: Cluster, heartbeatTimeoutMs: number): number | undefined {
	const instants = Object.values(cluster.servers).flatMap(({daemon, silentSince, resources, monitors}) => [
		...(daemon.kind === 'starting' ? [daemon.until] : []),
		...Object.values(silentSince).map(since => since + heartbeatTimeoutMs),
		...Object.values(resources).flatMap(resource => ('until' in resource ? [resource.until] : [])),
		...Object.values(monitors).flatMap(({next, work}) => work?.until ?? next ?? []),
	]);
	const copies = Object.values(cluster.copies).map(({until}) => until);
	return instants.length + copies.length === 0 ? undefined : Math.min(...instants, ...copies);
}

/**
Where a group has been active on both and they meet again, only one goes on: the one that `survive` names, without one the first.
Source: the notes on the domain, 3.7 and 4.1, number 10.
*/
function endDualActive(turn: Turn): void {
	for (const {name} of groupsOf(turn.cluster)) {
		const active = serversOf(turn.cluster).filter(
			server =>
				isOnline(turn.cluster, server) && ['online', 'starting'].includes(groupState(turn.cluster, server, name).kind),
		);
		const survivor =
			active.find(server => turn.configuration.servers.some(each => each.name === server && each.survives)) ??
			active[0];
		for (const server of active.filter(each => each !== survivor)) {
			if (survivor === undefined || !hears(turn, survivor, server)) {
				continue;
			}

			turn.complain(survivor, 'rc', 92, `Group ${name} has started on more than one server.`);
			turn.warn(
				survivor,
				'rc',
				502,
				`Since server ${survivor} is specified as that which suppresses shutdown at both-system activation detection. it ignored the shutdown request.`,
			);
			turn.complain(server, 'rc', 92, `Group ${name} has started on more than one server.`);
			emergency(
				turn,
				server,
				'rc',
				504,
				`Since server ${server} is not specified as that which suppresses shutdown at both-system activation detection. it executed the shutdown request.`,
			);
		}
	}
}
