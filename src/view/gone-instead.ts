import type {StepGraph, StepNode} from '../graph/graph.js';
import type {RunState} from '../run/state.js';
import type {HostName} from '../runbook/runbook.js';
import {sanitiseLine} from '../text/sanitise.js';

/**
What the watchers of a manual step have seen of hosts that somebody could take for this one: who has gone in its place, and what
to do now. A sentence or two for each; empty where the step waits for no host to go.
*/
export function goneInstead(
	graph: StepGraph,
	{hosts}: RunState,
	{step: {action}}: StepNode,
	host: HostName,
): readonly string[] {
	if (action.kind !== 'manual' || action.expects !== 'down') {
		return [];
	}

	const group = graph.hosts.find(({name}) => name === host)?.group;
	return graph.hosts.flatMap(other => {
		const known =
			group !== undefined && other.group === group && other.name !== host ? hosts.get(other.name) : undefined;
		return known?.kind === 'refused' && known.refusal === 'unreachable'
			? [[known.reason, known.next].filter(Boolean).map(sanitiseLine).join('. ')]
			: [];
	});
}
