import type {StepGraph, StepNode} from '../graph/graph.js';
import {sharedCheckId} from '../graph/shared-satellites.js';
import type {HostName, PhaseId} from '../runbook/runbook.js';
import {unmetCondition} from './condition.js';
import {hostsOf, nodeOf, progressOf} from './nodes.js';
import {nodesIn, phasesOf, placeIn} from './phases.js';
import type {Question, RunState} from './state.js';

/** What has to be chosen before this step can begin; undefined if its way was. */
export function wayQuestion(
	graph: StepGraph,
	state: RunState,
	node: StepNode,
): Extract<Question, {kind: 'choose-way'}> | undefined {
	const open = placeIn(graph, node).ways.find(({ways}) => !state.waysChosen.has(ways));
	return open && {kind: 'choose-way', step: node.step.id, phase: open.ways, ways: openWays(graph, state, open.ways)};
}

/** In document order. A way of which no step is wanted here is none. */
export function openWays(graph: StepGraph, state: RunState, ways: PhaseId): readonly PhaseId[] {
	return graph.phases
		.filter(({kind, parent}) => kind === 'way' && parent === ways)
		.map(({id}) => id)
		.filter(way => isWanted(nodesIn(graph, way)));

	function isWanted(nodes: readonly StepNode[]): boolean {
		return (
			nodes.length === 0 ||
			nodes.some(node =>
				hostsOf(node, state).some(host => unmetCondition(graph, state.values, node, host) === undefined),
			)
		);
	}
}

/** The way that was chosen where this step stands in another one. */
export function otherWay(graph: StepGraph, state: RunState, node: StepNode): PhaseId | undefined {
	if (state.waysChosen.size === 0) {
		return undefined;
	}

	const others = placeIn(graph, node).ways.flatMap(({ways, way}) => {
		const chosen = state.waysChosen.get(ways);
		return chosen === undefined || chosen === way ? [] : [chosen];
	});
	return others[0];
}

/**
The phase whose check serves all ways around the step and found it there: on its host, or where it looked elsewhere,
everywhere. Undefined if none did.
*/
export function foundThere(graph: StepGraph, state: RunState, node: StepNode, host: HostName): PhaseId | undefined {
	return phasesOf(graph, node.step.phase).find(({id, kind, satellites}) => {
		const check = kind === 'ways' && satellites?.check !== undefined ? nodeOf(graph, sharedCheckId(id)) : undefined;
		if (check === undefined || check === node) {
			return false;
		}

		const hosts = hostsOf(check, state);
		const asked = hosts.includes(host) ? [host] : hosts;
		return asked.every(other => progressOf(state, check, other).state === 'satisfied');
	})?.id;
}
