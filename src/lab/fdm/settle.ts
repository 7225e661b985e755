import {isDeepStrictEqual} from 'node:util';
import {agentInstants, settleAgents} from './agents.js';
import type {HaCluster} from './cluster.js';
import type {Scene} from './ground.js';
import {type Settled, settleVms, vmInstants} from './protect.js';

/** The cluster after everything that is due or follows at `now`, and what its agents do to virtual machines. To be called again once that is done. */
export function settle(cluster: HaCluster, scene: Scene): Settled {
	let after = settleAgents(cluster, scene);
	// One agent's step is news to another
	for (let before = cluster; !isDeepStrictEqual(after, before); ) {
		before = after;
		after = settleAgents(before, scene);
	}

	return settleVms(after, scene);
}

/** When something will happen by itself; undefined: nothing is under way. */
export function nextChangeOf(cluster: HaCluster, now: number): number | undefined {
	const instants = [...agentInstants(cluster), ...vmInstants(cluster)].filter(instant => instant > now);
	return instants.length === 0 ? undefined : Math.min(...instants);
}
