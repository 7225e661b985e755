import type {StepGraph, StepNode} from '../graph/graph.js';
import type {HostName, Phase, PhaseId} from '../runbook/runbook.js';
import {hasBegun, reasonLeftOut, reasonOutside} from './left-out.js';
import {type Measurement, measurementsAt} from './measure.js';
import {givenUpPhase, hostsOf, isSettled, lacksEvidence, nodeOf, progressOf} from './nodes.js';
import {nodesIn, placeIn, testsOf} from './phases.js';
import {BY_ITSELF} from './stage.js';
import type {Progress, RunState} from './state.js';

/** What came of a test: `dialect.md`, section 6. */
export type TestVerdict = {
	readonly phase: PhaseId;
	/** `open`: nobody can say yet. */
	readonly verdict: 'passed' | 'failed' | 'blocked' | 'not-run' | 'open';
	/** Why it did not pass; empty if it did or is open. */
	readonly because: string;
	/** What it measured, its `restore` included, in document order. */
	readonly measurements: readonly Measurement[];
};

/** One for each test, in document order. */
export function verdictsOf(graph: StepGraph, state: RunState): readonly TestVerdict[] {
	return testsOf(graph).map(test => verdictOf(graph, state, test));
}

/**
A test passes when all that it tests and requires is done or satisfied, and nothing it measures is over its limit. What a
`when` or a chosen way leaves out does not count. Its `restore` counts by its measures alone.
*/
export function verdictOf(graph: StepGraph, state: RunState, test: Phase): TestVerdict {
	const nodes = nodesIn(graph, test.id);
	const measurements = nodes.flatMap(node => measurementsAt(graph, state, node));
	const tested = nodes.filter(node => placeIn(graph, node).role !== 'restore').flatMap(node => onHosts(state, node));
	const said = judged(graph, state, test, tested, measurements);
	return {phase: test.id, ...said, measurements};
}

type OnHost = {readonly node: StepNode; readonly host: HostName; readonly progress: Progress};
type Said = Pick<TestVerdict, 'verdict' | 'because'>;

function onHosts(state: RunState, node: StepNode): readonly OnHost[] {
	return hostsOf(node, state).map(host => ({node, host, progress: progressOf(state, node, host)}));
}

function judged(
	graph: StepGraph,
	state: RunState,
	test: Phase,
	tested: readonly OnHost[],
	measurements: readonly Measurement[],
): Said {
	const [first] = tested;
	const notRun = whyNotRun(graph, state, test, tested);
	if (notRun !== undefined || first === undefined) {
		return {verdict: 'not-run', because: notRun ?? 'it has no steps'};
	}

	const isGivenUp = givenUpPhase(graph, state, first.node) !== undefined;
	const isDecided = ({progress}: OnHost) => progress.state === 'skipped' || isGivenUp;
	const bad = tested.filter(({progress}) => !isGood(progress) && !isOpen(progress));
	const blocked = bad.find(on => on.progress.choice === 'cannot' && isDecided(on));
	if (blocked !== undefined) {
		return {verdict: 'blocked', because: wordsOf(blocked)};
	}

	const over = measurements.find(({verdict}) => verdict === 'over');
	if (over !== undefined) {
		return {verdict: 'failed', because: overWords(over)};
	}

	const failed = bad.find(isDecided);
	if (failed !== undefined || isGivenUp) {
		const worst = bad.find(({progress}) => progress.state !== 'skipped') ?? failed;
		return {verdict: 'failed', because: worst === undefined ? whyGivenUp(graph, state, first.node) : wordsOf(worst)};
	}

	const isWhole = ({node, progress}: OnHost) => isGood(progress) && !lacksEvidence(node, state, progress);
	return tested.every(isWhole) && !measurements.some(on => isStillMeasured(graph, state, on))
		? {verdict: 'passed', because: ''}
		: {verdict: 'open', because: ''};
}

/** It has not begun, and will not. */
function whyNotRun(graph: StepGraph, state: RunState, test: Phase, tested: readonly OnHost[]): string | undefined {
	const outside = tested.map(({node}) => reasonOutside(graph, state, node)).find(reason => reason !== undefined);
	if (outside !== undefined) {
		return outside;
	}

	const own = tested.filter(({node}) => placeIn(graph, node).role === 'own');
	const [first] = own;
	if (first === undefined || hasBegun(graph, state, test)) {
		return undefined;
	}

	const isSkipped = own.every(({progress}) => progress.state === 'skipped');
	return (
		(givenUpPhase(graph, state, first.node) && whyGivenUp(graph, state, first.node)) ??
		(isSkipped ? first.progress.because : undefined)
	);
}

function whyGivenUp(graph: StepGraph, state: RunState, node: StepNode): string {
	return reasonLeftOut(graph, state, node) ?? '';
}

/** Done, satisfied, or left out by what the runbook says. */
function isGood({state, by}: Progress): boolean {
	return state === 'done' || state === 'satisfied' || (state === 'skipped' && by === BY_ITSELF);
}

function isOpen({state, underWay}: Progress): boolean {
	return underWay || state === 'open' || state === 'running' || state === 'undone';
}

/** Its limit may still be passed. */
function isStillMeasured(graph: StepGraph, state: RunState, {step, host, verdict, maxMs}: Measurement): boolean {
	const node = nodeOf(graph, step);
	return verdict === 'open' && maxMs !== undefined && node !== undefined && !isSettled(progressOf(state, node, host));
}

/** `group-on-ec2 on ec2 failed: exit 1, accepted: 0`. */
function wordsOf({node, host, progress: {state, because, note}}: OnHost): string {
	const said = [because, note].filter(words => words !== '').join(': ');
	return `${node.step.id}${host === '' ? '' : ` on ${host}`} ${state}${said === '' ? '' : `: ${said}`}`;
}

function overWords({name, ms = 0, maxMs = 0}: Measurement): string {
	return `${name} took ${ms / 1000} s, its limit is ${maxMs / 1000} s`;
}
