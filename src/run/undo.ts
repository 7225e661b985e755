import type {StepGraph} from '../graph/graph.js';
import type {HostName, PhaseId, Step, StepId} from '../runbook/runbook.js';
import type {RunEvent} from './event.js';
import {mayStillRun} from './look-up.js';
import {hostsOf, progressOf} from './nodes.js';
import {nodesIn} from './phases.js';
import {isSerial} from './policy.js';
import {attemptFor, wasBegun} from './progress.js';
import type {Progress, RunState} from './state.js';

/** A file step puts the old file back. */
export function hasUndo({undo, action}: Step): boolean {
	return undo !== undefined || action.kind === 'file';
}

/** Only what was done here can be undone, or may have been; a file only if somebody wrote down what stood there before. */
export function canBeUndone(step: Step, progress: Progress): boolean {
	const {state, underWay, asked, replaced} = progress;
	return (
		hasUndo(step) &&
		!underWay &&
		!mayStillRun(progress) &&
		asked !== 'undo' &&
		(state === 'done' || state === 'failed' || state === 'unknown') &&
		wasBegun(progress) &&
		(step.undo !== undefined || replaced !== undefined)
	);
}

/** Something is being undone or waits for it. Then nothing else begins. */
export function isUndoing({progress}: RunState): boolean {
	return progress.values().some(isInUndo);
}

/** What is asked for, if everything in the phase that can be undone is to be undone. */
export function undoOfPhase(graph: StepGraph, state: RunState, phase: PhaseId, by: string): readonly RunEvent[] {
	return nodesIn(graph, phase).flatMap(node =>
		hostsOf(node, state).flatMap((host): readonly RunEvent[] =>
			canBeUndone(node.step, progressOf(state, node, host)) ? [{type: 'UndoAsked', step: node.step.id, host, by}] : [],
		),
	);
}

/** The steps of the phase that something is under way at, on any host. A probe beside them changes nothing, and begins again. */
export function busyIn(graph: StepGraph, state: RunState, phase: PhaseId): readonly StepId[] {
	return nodesIn(graph, phase)
		.filter(({step}) => step.action.kind !== 'probe')
		.filter(node => hostsOf(node, state).some(host => progressOf(state, node, host).underWay))
		.map(({step}) => step.id);
}

/** The undo of one step on one host. */
export type Undoing = {readonly step: StepId; readonly host: HostName; readonly attempt: number; readonly part: 'undo'};

/** What is to be undone now: the last step in document order, and the one before only when that has ended on all its hosts. */
export function undosDue(graph: StepGraph, state: RunState): readonly Undoing[] {
	const inUndo = graph.nodes.filter(node => hostsOf(node, state).some(host => isInUndo(progressOf(state, node, host))));
	const node = inUndo.at(-1);
	const busy = inUndo.find(node => hostsOf(node, state).some(host => progressOf(state, node, host).underWay));
	// What was begun before somebody asked for something behind it ends first, and nothing beside it begins
	if (node === undefined || (busy !== undefined && busy !== node)) {
		return [];
	}

	const hosts = hostsOf(node, state).map(host => ({host, progress: progressOf(state, node, host)}));
	const waiting = hosts.filter(({progress}) => progress.asked === 'undo' && !progress.underWay);
	const isBusy = hosts.some(({progress}) => progress.underWay);
	const due = isSerial(graph, node) ? (isBusy ? [] : waiting.slice(-1)) : waiting;
	return due.map(({host, progress}) => ({
		step: node.step.id,
		host,
		attempt: attemptFor(progress, 'undo'),
		part: 'undo',
	}));
}

function isInUndo({asked, underWay, part}: Progress): boolean {
	return asked === 'undo' || (underWay && part === 'undo');
}
