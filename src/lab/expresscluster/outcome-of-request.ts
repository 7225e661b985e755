import {currentOf, groupOfResource, groupState, groupsOf, isOnline} from './cluster.js';
import {nextServer, stopGroup} from './groups.js';
import type {Turn} from './turn.js';

/** Fails over the group of a resource, or the group of that name, as a server was asked to; `done`, or a sentence. */
export function outcomeOfRequest(turn: Turn, server: string, name: string): string {
	const group = groupOfResource(turn.cluster, name) ?? groupsOf(turn.cluster).find(each => each.name === name);
	if (!isOnline(turn.cluster, server)) {
		return 'The cluster is not started.';
	}

	if (group === undefined) {
		return 'Invalid resource name.';
	}

	const current = currentOf(turn.cluster, server, group.name);
	const to = current === undefined ? undefined : nextServer(turn, current, group);
	if (current === undefined || groupState(turn.cluster, current, group.name).kind !== 'online') {
		return 'Group is not started.';
	}

	if (to === undefined || turn.cluster.suspended) {
		return 'Invalid server status.';
	}

	turn.warn(current, 'rc', 60, `Failover ${group.name} group has started.`);
	stopGroup(turn, current, group.name, 'GROUPFAILOVER', to);
	return 'done';
}
