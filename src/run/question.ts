import {NO_HOST, type StepGraph, type StepNode} from '../graph/graph.js';
import {renderText} from '../runbook/render.js';
import type {Gate, HostName, PhaseId} from '../runbook/runbook.js';
import {sanitiseLine} from '../text/sanitise.js';
import {hostsOf, progressOf} from './nodes.js';
import {phasesOf} from './phases.js';
import {isByHand} from './policy.js';
import {isRunOrLater} from './progress.js';
import type {Question, RunState} from './state.js';

/** What a person must say before the step begins on these hosts: its gates in turn, then the word to go. */
export function questionBefore(
	graph: StepGraph,
	state: RunState,
	node: StepNode,
	hosts: readonly HostName[],
): Question | undefined {
	const {step} = node;
	const passed = state.gatesPassed.get(step.id) ?? 0;
	const gate = step.gates[passed];
	if (gate !== undefined) {
		const danger = gate.kind === 'danger';
		const names = danger ? namesToType(state, node, gate, hosts) : [];
		return {kind: 'gate', step: step.id, gate: passed, hosts, danger, names};
	}

	const needsNoWord = isByHand(node, state) || step.action.kind === 'probe' || step.serves !== undefined;
	const isConfirmed = state.confirmed.has(step.id) || passed > 0 || needsNoWord;
	return isConfirmed || !wantsWord(graph, state, node) ? undefined : {kind: 'go', step: step.id, hosts};
}

/** Nothing of a plain document runs without a word, whatever the pace. */
function wantsWord(graph: StepGraph, state: RunState, node: StepNode): boolean {
	if (node.step.on?.kind === 'asked') {
		return true;
	}

	switch (state.pace) {
		case 'step':
			return true;
		case 'phase':
			return !hasEnteredPhase(graph, state, node);
		case 'auto':
			return false;
	}
}

/** Whether a person has let anything of the step's top-level phase happen. */
function hasEnteredPhase(graph: StepGraph, state: RunState, node: StepNode): boolean {
	const phase = topPhaseOf(graph, node);
	return graph.nodes.some(
		other =>
			topPhaseOf(graph, other) === phase &&
			(state.confirmed.has(other.step.id) ||
				state.gatesPassed.has(other.step.id) ||
				hostsOf(other, state).some(host => isRunOrLater(progressOf(state, other, host).part))),
	);
}

/** Where one heading stands over the whole document, it is the title, and the phases are those right below it. */
function topPhaseOf(graph: StepGraph, {step}: StepNode): PhaseId | undefined {
	const [outermost, second] = phasesOf(graph, step.phase);
	const hasTitle = graph.phases.filter(({parent}) => parent === undefined).length === 1;
	return (hasTitle ? (second ?? outermost) : outermost)?.id;
}

/**
What a danger gate wants typed: the name that each host gave of itself, or what `type=` says. A host that cannot be
reached has said nothing: then it is its name in the runbook, and where there is no host, the step's id.
*/
function namesToType(state: RunState, {step}: StepNode, {type}: Gate, hosts: readonly HostName[]): readonly string[] {
	const names = hosts.map(host => {
		if (type !== undefined) {
			const rendered = renderText(type, {host, values: state.values, hosts: state.started?.hosts ?? {}});
			return rendered.ok ? rendered.text : type.source;
		}

		const known = state.hosts.get(host);
		const ownName = known?.kind === 'reached' ? known.facts.name.trim() : '';
		return ownName || (host === NO_HOST ? step.id : host);
	});
	return (type === undefined ? names : [...new Set(names)]).map(sanitiseLine);
}
