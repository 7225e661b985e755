import type {StepGraph, StepNode} from '../graph/graph.js';
import {hostsOf, nodeOf} from '../run/nodes.js';
import {phasesOf} from '../run/phases.js';
import type {RunState} from '../run/state.js';
import type {HostName, PhaseId, StepId} from '../runbook/runbook.js';
import {sanitiseLine} from '../text/sanitise.js';
import {filler} from './prose.js';

/** What a step is called on these hosts: its title with their values, or its id where it has none. */
export function titleOf(
	graph: StepGraph,
	state: RunState,
	node: StepNode,
	hosts: readonly HostName[] = hostsOf(node, state),
): string {
	const {title, id} = node.step;
	return sanitiseLine(filler(graph, state, hosts)(title === '' ? id : title));
}

/** The same by id, for a step that the graph may not have. */
export function titleById(graph: StepGraph, state: RunState, id: StepId, hosts?: readonly HostName[]): string {
	const node = nodeOf(graph, id);
	return node === undefined ? sanitiseLine(id) : titleOf(graph, state, node, hosts);
}

/** A heading with the values that are the same everywhere. */
export function phaseTitleOf(graph: StepGraph, state: RunState, id: PhaseId): string {
	const title = phasesOf(graph, id).at(-1)?.title ?? id;
	return sanitiseLine(filler(graph, state, [])(title));
}

/** What the run is called. */
export function runTitle(graph: StepGraph, state: RunState): string {
	return sanitiseLine(filler(graph, state, [])(graph.title));
}
