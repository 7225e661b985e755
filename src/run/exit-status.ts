import type {StepGraph} from '../graph/graph.js';
import {hostsInUse} from './nodes.js';
import {DISK_FULL} from './stage.js';
import type {RunState} from './state.js';
import {verdictsOf} from './verdict.js';

/**
What the program answers for the run as it is: 0 all done, 1 a step or test failed or was left open (a pause is that too),
3 an outcome is unknown, 4 a host refused us, 5 the disk is full. Where several hold, the highest.
*/
export function exitStatusOf(graph: StepGraph, state: RunState): 0 | 1 | 3 | 4 | 5 {
	if (state.status === 'finished') {
		return ofFinished(graph, state);
	}

	if (state.status === 'paused' && state.pausedBecause === DISK_FULL) {
		return 5;
	}

	const hosts = hostsInUse(graph, state).map(host => state.hosts.get(host));
	const steps = [...state.progress.values()];
	const refused =
		hosts.some(host => host?.kind === 'firstContact' || (host?.kind === 'refused' && host.refusal !== 'unreachable')) ||
		steps.some(({state, outcome}) => state === 'failed' && outcome?.kind === 'notStarted' && outcome.refused);
	return refused ? 4 : steps.some(({state}) => state === 'unknown') ? 3 : 1;
}

/** Only in a test or a `require` that was given up can a step be left failed, undone or unknown. */
function ofFinished(graph: StepGraph, state: RunState): 0 | 1 | 3 {
	const steps = [...state.progress.values()];
	if (steps.some(({state: own}) => own === 'unknown')) {
		return 3;
	}

	const isBad = verdictsOf(graph, state).some(({verdict}) => verdict === 'failed' || verdict === 'blocked');
	return isBad || steps.some(({state: own}) => own === 'failed' || own === 'undone') ? 1 : 0;
}
