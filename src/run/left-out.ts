import type {StepGraph, StepNode} from '../graph/graph.js';
import type {Phase} from '../runbook/runbook.js';
import {givenUpPhase, hostsOf, isNodeSettled, positionOf, progressOf} from './nodes.js';
import {nodesIn, placeIn} from './phases.js';
import {stepAndHost, wasBegun} from './progress.js';
import {isRole} from './roles.js';
import type {Progress, RunState} from './state.js';
import {otherWay} from './ways.js';

/** Why a step that has not begun will not: what it stands in was given up, or another way was chosen. */
export function reasonLeftOut(graph: StepGraph, state: RunState, node: StepNode): string | undefined {
	const phase = givenUpPhase(graph, state, node);
	if (phase !== undefined) {
		const because = state.givenUp.get(phase.id) ?? '';
		const {test} = placeIn(graph, node);
		return test === phase || test === undefined ? `given up: ${because}` : `${phase.id} was given up: ${because}`;
	}

	const other = otherWay(graph, state, node);
	return other === undefined ? undefined : `the way ${other} was chosen`;
}

/** Why `--only` or `--start-at` leaves the step out. */
export function reasonOutside(
	graph: StepGraph,
	{selection: {only, startAt}}: RunState,
	{step}: StepNode,
): string | undefined {
	if (only !== null && step.id !== only) {
		return `not in --only ${only}`;
	}

	return startAt !== null && positionOf(graph, step.id) < positionOf(graph, startAt)
		? `before --start-at ${startAt}`
		: undefined;
}

/** Something that the test itself does was begun: there may be something to restore. */
export function hasBegun(graph: StepGraph, state: RunState, test: Phase): boolean {
	return nodesIn(graph, test.id).some(
		node =>
			placeIn(graph, node).role === 'own' &&
			node.step.action.kind !== 'probe' &&
			progressesOf(state, node).some(isBegun),
	);
}

/** A role may have been elsewhere when the step was begun. */
function progressesOf(state: RunState, node: StepNode): readonly Progress[] {
	return isRole(node.step.on)
		? [...state.progress].filter(([key]) => stepAndHost(key).step === node.step.id).map(([, progress]) => progress)
		: hostsOf(node, state).map(host => progressOf(state, node, host));
}

/** By us, by a person or the lab's hand, or because a person says so. */
function isBegun(progress: Progress): boolean {
	return wasBegun(progress) || progress.state === 'done';
}

/**
What a step in a `restore` is at, besides being ready: `needless` if none of its tests has begun and none of them will, `early`
as long as one still may.
*/
export function restoreOf(graph: StepGraph, state: RunState, node: StepNode): 'due' | 'early' | 'needless' {
	const {restores} = placeIn(graph, node);
	if (restores.length === 0 || restores.some(test => hasBegun(graph, state, test))) {
		return 'due';
	}

	const mayBegin = restores.some(test =>
		nodesIn(graph, test.id).some(
			other =>
				placeIn(graph, other).role !== 'restore' &&
				// A probe ends with what it runs beside, and this may be the restore itself
				other.step.action.kind !== 'probe' &&
				!isNodeSettled(graph, state, other),
		),
	);
	return mayBegin ? 'early' : 'needless';
}
