import type {StepGraph, StepNode} from '../graph/graph.js';
import type {PhaseId} from '../runbook/runbook.js';
import {accept, type Decision, refuse} from './decision.js';
import {hostsOf, isNodeSettled, progressOf} from './nodes.js';
import {nodesIn, phasesOf, placeIn} from './phases.js';
import type {Request} from './request.js';
import {stagesOf} from './stage.js';
import type {RunState} from './state.js';
import {openWays} from './ways.js';

type RequestOf<Kind> = Extract<Request, {readonly kind: Kind}>;

/** A test, or a `require`, is not gone on with. What runs in it ends first. */
export function giveUp(
	graph: StepGraph,
	state: RunState,
	{phase: id, reason}: RequestOf<'give-up'>,
	by: string,
): Decision {
	const phase = phasesOf(graph, id).at(-1);
	if (phase?.kind !== 'test' && phase?.kind !== 'require') {
		return refuse(`${id} is no test: only tests and what they require can be given up.`);
	}

	if (reason.trim() === '') {
		return refuse('Giving it up wants a reason: it stands in the report.');
	}

	if (state.givenUp.has(id)) {
		return refuse(`${id} was given up before.`);
	}

	const nodes = graph.nodes.filter(node => placeIn(graph, node).givenUpWith.includes(phase));
	const running = nodes.find(node => isRunning(state, node));
	if (running !== undefined) {
		return refuse(`${running.step.id} is under way: let it end, or cancel it, before ${id} is given up.`);
	}

	return nodes.every(node => isNodeSettled(graph, state, node))
		? refuse(`Nothing is open in ${id}.`)
		: accept({type: 'PhaseGivenUp', phase: id, reason: reason.trim(), by});
}

function isRunning(state: RunState, node: StepNode): boolean {
	return (
		node.step.action.kind !== 'probe' &&
		hostsOf(node, state).some(host => {
			const progress = progressOf(state, node, host);
			return progress.underWay || progress.state === 'running' || progress.asked === 'hand';
		})
	);
}

/** Once in a run, and only where it is asked. */
export function chooseWay(
	graph: StepGraph,
	state: RunState,
	{phase, way}: RequestOf<'choose-way'>,
	by: string,
): Decision {
	if (!isAsked(graph, state, phase)) {
		return refuse(`${phase} does not ask for a way now.`);
	}

	const ways = openWays(graph, state, phase);
	return ways.includes(way)
		? accept({type: 'WayChosen', phase, way, by})
		: refuse(`${way} is no way of ${phase} here: there are ${ways.join(', ')}.`);
}

function isAsked(graph: StepGraph, state: RunState, phase: PhaseId): boolean {
	return nodesIn(graph, phase).some(node =>
		[...stagesOf(graph, state, node).values()].some(
			stage => stage.kind === 'asks' && stage.question.kind === 'choose-way' && stage.question.phase === phase,
		),
	);
}
