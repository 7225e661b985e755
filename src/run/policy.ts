import type {StepGraph, StepNode} from '../graph/graph.js';
import type {Step} from '../runbook/runbook.js';
import type {Part} from './event.js';
import {phasesOf} from './phases.js';
import type {RunState} from './state.js';

/** A file step's check is its hash. */
export function hasCheck({check, action}: Step): boolean {
	return check !== undefined || action.kind === 'file';
}

/** Whether this part of the step may change something: then its outcome can be unknown, and it never runs twice unasked. */
export function changesSomething({readonly, action}: Step, part: Part): boolean {
	return part === 'undo' || (part === 'run' && !readonly && action.kind !== 'wait' && action.kind !== 'probe');
}

/** What is done about an unknown outcome before anybody is asked. */
export function policyOf(step: Step): Step['unknown'] {
	if (step.readonly) {
		return 'rerun';
	}

	return step.action.kind === 'file' && step.unknown === 'ask' ? 'check' : step.unknown;
}

/** A person does it: as the runbook says, or because a plain document's script was given to no host. */
export function isByHand({step}: StepNode, state: RunState): boolean {
	return step.action.kind === 'manual' || state.hostsChosen.get(step.id) === 'none';
}

/** One host after another, for the step or for a phase around it. One tick for all hosts is never in turn, nor is a probe. */
export function isSerial(graph: StepGraph, {step}: StepNode): boolean {
	const {action} = step;
	if (action.kind === 'probe' || (action.kind === 'manual' && action.once)) {
		return false;
	}

	return step.serial || phasesOf(graph, step.phase).some(({serial}) => serial);
}
