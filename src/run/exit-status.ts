import type {StepGraph} from '../graph/graph.js';
import {hostsInUse} from './nodes.js';
import type {RunState} from './state.js';

/**
What the program answers for the run as it is: 0 all done, 1 a step failed or was left open (a pause is that too),
3 an outcome is unknown, 4 a host refused us. Where several hold, the highest.
*/
export function exitStatusOf(graph: StepGraph, state: RunState): 0 | 1 | 3 | 4 {
	if (state.status === 'finished') {
		return 0;
	}

	const hosts = hostsInUse(graph, state).map(host => state.hosts.get(host));
	const steps = [...state.progress.values()];
	const refused =
		hosts.some(host => host?.kind === 'firstContact' || (host?.kind === 'refused' && host.refusal !== 'unreachable')) ||
		steps.some(({state, outcome}) => state === 'failed' && outcome?.kind === 'notStarted' && outcome.refused);
	return refused ? 4 : steps.some(({state}) => state === 'unknown') ? 3 : 1;
}
