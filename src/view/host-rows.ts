import type {StepGraph, StepNode} from '../graph/graph.js';
import {statusesOf} from '../run/next.js';
import {progressOf} from '../run/nodes.js';
import type {Progress, RunState, StepStatus} from '../run/state.js';
import type {Action, HostName, Step} from '../runbook/runbook.js';
import {sanitiseLine} from '../text/sanitise.js';
import {lookedNote} from './look-up.js';
import {hostWord} from './names.js';
import {lookOf, type StatusLook, worstFirst} from './status.js';
import {between, spokenDuration} from './time.js';

/** One step on one host. */
export type HostRow = {
	readonly host: HostName;
	/** For the screen; empty where the step has no host. */
	readonly name: string;
	readonly status: StepStatus;
	readonly look: StatusLook;
	/** What is going on or came of it, in words: `verifying, 12 s`, `exit 1, accepted: 0`; may be empty. */
	readonly note: string;
	/** The newest attempt, from 1; 0 before the first. */
	readonly attempt: number;
};

/** `worst`: those that need somebody come first; `runbook`: as the front matter has them. `now`: the run's clock. */
export function hostRows(
	graph: StepGraph,
	state: RunState,
	node: StepNode,
	now: number,
	order: 'worst' | 'runbook' = 'worst',
): readonly HostRow[] {
	const rows = [...statusesOf(graph, state, node)].map(([host, status]) => hostRow(state, node, host, status, now));
	return order === 'runbook'
		? rows
		: rows.toSorted((one, other) => worstFirst.indexOf(one.status) - worstFirst.indexOf(other.status));
}

function hostRow(state: RunState, node: StepNode, host: HostName, status: StepStatus, now: number): HostRow {
	const progress = progressOf(state, node, host);
	return {
		host,
		name: hostWord(host),
		status,
		look: lookOf(status),
		note: [progressNote(node.step, host, progress, now), changedWords(node.step, state, progress)]
			.filter(Boolean)
			.join(', '),
		attempt: progress.attempt,
	};
}

/** What is shown of the step is not what was executed. */
function changedWords({id}: Step, {changedSince}: RunState, {state}: Progress): string {
	return changedSince.has(id) && (state === 'done' || state === 'satisfied') ? 'its text was changed since' : '';
}

/** `with photo, text`: what there is to look at. */
function evidenceWords({evidence}: Progress): string {
	return evidence.length === 0 ? '' : `with ${[...new Set(evidence.map(({kind}) => sanitiseLine(kind)))].join(', ')}`;
}

/** What is known of one step on one host, beyond its state. */
function progressNote(step: Step, host: HostName, progress: Progress, now: number): string {
	const isBusy = progress.underWay || progress.asked === 'undo';
	const words = stateNote(step, host, progress, now);
	return [words, isBusy ? '' : evidenceWords(progress)].filter(Boolean).join(', ');
}

function stateNote(step: Step, host: HostName, progress: Progress, now: number): string {
	const {underWay, asked, state, because, checkSaid, note, startedAt, finishedAt, attempt} = progress;
	if (underWay) {
		const doing = asked === 'cancel' ? 'being cancelled' : partWords(step, progress);
		return `${doing}, ${spokenDuration(wholeSeconds(now - Date.parse(begunAt(progress))))}${again(attempt)}`;
	}

	if (asked === 'undo') {
		return 'to be undone';
	}

	const took = between(startedAt, finishedAt);
	switch (state) {
		case 'open':
			return openNote(progress);
		case 'running':
			return 'still to be verified';
		case 'done':
			return [markedWords(step, progress), note, took === undefined || took === 0 ? '' : spokenDuration(took)]
				.map(sanitiseLine)
				.filter(Boolean)
				.join(', ');
		case 'failed':
			return [because, note].map(sanitiseLine).filter(Boolean).join(': ') + again(attempt);
		case 'unknown':
			return checkSaid === 'not-there'
				? 'its check has looked since: it is not there'
				: [sanitiseLine(because), lookedNote(host, progress)].filter(Boolean).join('; ');
		case 'satisfied':
		case 'skipped':
		case 'undone':
			return sanitiseLine(because);
	}
}

/** An undo begins long after its step. */
function begunAt({part, sent, startedAt}: Progress): string {
	return part === 'undo' && sent !== undefined ? sent.at : startedAt;
}

/** What a person called done says so; a step done by hand is his to call so anyway. */
function markedWords({action}: Step, {because, by}: Progress): string {
	return by !== '' && action.kind !== 'manual' ? `marked by ${by}: ${because}` : because;
}

/** What counts up on the screen jumps by seconds, not by tenths at odd moments. */
function wholeSeconds(ms: number): number {
	return Math.floor(ms / 1000) * 1000;
}

function openNote({asked, handDone, because, checkSaid}: Progress): string {
	if (asked === 'hand') {
		return 'the lab is at it';
	}

	if (handDone) {
		return `${sanitiseLine(because)}; waits to see it`;
	}

	return asked === 'retry' ? 'comes again' : checkSaid === 'not-there' ? 'check: not there yet' : '';
}

function partWords({action, verify}: Step, {part}: Progress): string {
	switch (part) {
		case 'check':
			return 'checking';
		case 'verify':
			return verify !== undefined && verify.forMs > 0
				? `verifying for up to ${spokenDuration(verify.forMs)}`
				: 'verifying';
		case 'undo':
			return 'undoing';
		case 'run':
		case undefined:
			return runWords(action);
	}
}

function runWords(action: Action): string {
	if (action.kind === 'wait') {
		return `waiting, every ${spokenDuration(action.everyMs)} for up to ${spokenDuration(action.forMs)}`;
	}

	if (action.kind === 'script' && action.reboot !== undefined) {
		return `restarting, for up to ${spokenDuration(action.reboot.forMs)}`;
	}

	return action.kind === 'script' && action.cut !== undefined
		? `running, its network away for up to ${spokenDuration(action.cut.forMs)}`
		: 'running';
}

function again(attempt: number): string {
	return attempt > 1 ? ` (attempt ${attempt})` : '';
}
