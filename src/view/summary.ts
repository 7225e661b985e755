import type {StepGraph, StepNode} from '../graph/graph.js';
import {missingEvidence} from '../run/evidence.js';
import {measurementsOf} from '../run/measure.js';
import {hostsOf, nodeOf, progressOf} from '../run/nodes.js';
import {placeIn} from '../run/phases.js';
import type {Progress, RunState, StepStatus} from '../run/state.js';
import type {HostName, StepId} from '../runbook/runbook.js';
import {sanitiseLine} from '../text/sanitise.js';
import {isNamed, measurementTone, measurementWords} from './measure.js';
import {counted, hostWords} from './names.js';
import {statusList} from './outline.js';
import {lookOf, type StatusLook, type Tone, worstFirst, worstOf} from './status.js';
import {between, clockTime, spokenDuration} from './time.js';
import {runTitle, titleOf} from './titles.js';
import {type TestRow, testRows} from './verdict.js';

/** What came of a run. */
export type Summary = {
	readonly title: string;
	readonly tone: Tone;
	/** `finished 16:20`, `3 h 41 min from start to end`, `1 pause`, `2 engineers`. */
	readonly facts: readonly string[];
	/** `37 of 41 pieces of evidence`; empty where no step asked for any. */
	readonly evidence: string;
	readonly steps: number;
	/** How many steps are in which state, those that need somebody first; none with 0. */
	readonly counts: ReadonlyArray<{readonly look: StatusLook; readonly count: number}>;
	readonly skipped: readonly Left[];
	/** What a person marked done, with his reason. */
	readonly marked: readonly Left[];
	/** What failed, is unknown or was left open. */
	readonly left: readonly Left[];
	/** With what each of them measured. */
	readonly tests: readonly TestRow[];
	/** `failover 67 s, limit 120 s: pass`, in document order, outside of tests. */
	readonly measurements: ReadonlyArray<{readonly words: string; readonly tone: Tone}>;
};

/** One step on some of its hosts, and why it is as it is. */
export type Left = {readonly title: string; readonly host: string; readonly look: StatusLook; readonly because: string};

export function summaryOf(graph: StepGraph, state: RunState, timeZone?: string | undefined): Summary {
	const tests = testRows(graph, state);
	const measured = measurementsOf(graph, state).filter(({step}) => !isInTest(graph, step));
	const worst = graph.nodes.map(node => worstOf(statusList(graph, state, node)));
	return {
		title: runTitle(graph, state),
		tone: toneOf(state, worst, tests),
		facts: factsOf(state, timeZone),
		evidence: evidenceWords(evidenceCount(graph, state)),
		steps: graph.nodes.length,
		counts: worstFirst
			.map(status => ({look: lookOf(status), count: worst.filter(own => own === status).length}))
			.filter(({count}) => count > 0),
		skipped: leftOf(graph, state, status => status === 'skipped'),
		marked: leftOf(graph, state, isMarked),
		left: leftOf(graph, state, status => status !== 'skipped' && status !== 'done' && status !== 'satisfied'),
		tests,
		measurements: measured.map(measurement => ({
			words: measurementWords(measurement, isNamed(measurement, measured)),
			tone: measurementTone(measurement),
		})),
	};
}

/** `61 steps: 52 done, 7 satisfied, 2 skipped`. */
export function countWords({steps, counts}: Pick<Summary, 'steps' | 'counts'>): string {
	return `${counted(steps, 'step')}: ${counts.map(({look, count}) => `${count} ${look.word}`).join(', ')}`;
}

/** `61 steps: 59 done, 2 skipped; 37 of 41 pieces of evidence`. */
export function summaryWords(summary: Pick<Summary, 'steps' | 'counts' | 'evidence'>): string {
	return [countWords(summary), summary.evidence].filter(Boolean).join('; ');
}

/** Of what steps asked for, as far as they are done: how much was wanted, and how much is there. */
export function evidenceCount(graph: StepGraph, state: RunState): {readonly needed: number; readonly there: number} {
	let [needed, missing] = [0, 0];
	for (const node of graph.nodes.filter(({step}) => step.needs.length > 0)) {
		for (const host of hostsOf(node, state)) {
			const progress = progressOf(state, node, host);
			needed += progress.state === 'done' ? node.step.needs.length : 0;
			missing += missingEvidence(node.step, progress, state.noted.has(node.step.id)).length;
		}
	}

	return {needed, there: needed - missing};
}

function isInTest(graph: StepGraph, step: StepId): boolean {
	const node = nodeOf(graph, step);
	return node !== undefined && placeIn(graph, node).test !== undefined;
}

function toneOf({status}: RunState, worst: readonly StepStatus[], tests: readonly TestRow[]): Tone {
	if (worst.includes('failed') || tests.some(({look}) => look.tone === 'bad')) {
		return 'bad';
	}

	return worst.includes('unknown') ? 'doubt' : status === 'finished' ? 'good' : 'quiet';
}

function factsOf(
	{status, startedAt, finishedAt, pauses, engineers}: RunState,
	timeZone: string | undefined,
): readonly string[] {
	const took = between(startedAt, finishedAt);
	return [
		status === 'finished' ? `finished ${clockTime(finishedAt, timeZone).slice(0, 5)}` : status,
		took === undefined ? '' : `${spokenDuration(took)} from start to end`,
		pauses === 0 ? '' : counted(pauses, 'pause'),
		counted(engineers.length, 'engineer'),
	].filter(fact => fact !== '');
}

function evidenceWords({needed, there}: ReturnType<typeof evidenceCount>): string {
	return needed === 0 ? '' : `${there} of ${counted(needed, 'piece')} of evidence`;
}

/** One entry for all hosts of a step for which the same is to be said. */
function leftOf(
	graph: StepGraph,
	state: RunState,
	isWanted: (status: StepStatus, progress: Progress, node: StepNode) => boolean,
): readonly Left[] {
	return graph.nodes.flatMap(node => {
		const statuses = statusList(graph, state, node);
		const wanted = hostsOf(node, state).flatMap((host: HostName, index) => {
			const status = statuses[index] ?? 'waiting';
			const progress = progressOf(state, node, host);
			return isWanted(status, progress, node) ? [{host, status, because: becauseOf(progress)}] : [];
		});
		const alike = Map.groupBy(wanted, ({status, because}) => JSON.stringify([status, because]));
		return [...alike.values()].flatMap((same): Left[] => {
			const hosts = same.map(({host}) => host);
			const [first] = same;
			return first === undefined
				? []
				: [
						{
							title: titleOf(graph, state, node, hosts),
							host: hostWords(hosts),
							look: lookOf(first.status),
							because: first.because,
						},
					];
		});
	});
}

function becauseOf({because, note}: Progress): string {
	return [because, note].map(sanitiseLine).filter(Boolean).join(': ');
}

/** Done because a person said so, and not because it ran. */
function isMarked(status: StepStatus, {by}: Progress, {step}: StepNode): boolean {
	return status === 'done' && by !== '' && step.action.kind !== 'manual';
}
