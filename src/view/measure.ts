import type {StepGraph, StepNode} from '../graph/graph.js';
import {hostsOf, nodeOf, progressOf} from '../run/nodes.js';
import type {RunState} from '../run/state.js';
import type {StepId} from '../runbook/runbook.js';
import {sanitiseLine} from '../text/sanitise.js';
import {spokenDuration} from './time.js';

/** What `measure=` of a step came to. */
export type Measurement = {
	readonly name: string;
	readonly step: StepId;
	/** Undefined until both ends are known. */
	readonly ms: number | undefined;
	readonly maxMs: number | undefined;
	readonly verdict: 'open' | 'pass' | 'fail';
};

/** In document order. */
export function measurementsOf(graph: StepGraph, state: RunState): readonly Measurement[] {
	return graph.nodes.flatMap(node => measurementOf(graph, state, node) ?? []);
}

/**
From the end of the `from` step, its start where that says `.start`, or this step's own start, to this step's success.

Of several hosts the last one counts. A watched manual step ends when its host was last heard.
*/
export function measurementOf(graph: StepGraph, state: RunState, node: StepNode): Measurement | undefined {
	const {id, measure} = node.step;
	if (measure === undefined) {
		return undefined;
	}

	const end = successOf(state, node);
	const start = startOf(graph, state, node, measure.from);
	const ms = end === undefined || start === undefined ? undefined : end - start;
	const {maxMs} = measure;
	const verdict = ms === undefined ? 'open' : maxMs === undefined || ms <= maxMs ? 'pass' : 'fail';
	return {name: sanitiseLine(measure.name), step: id, ms, maxMs, verdict};
}

/** When what a step measures began to count, in milliseconds since 1970; undefined before that. */
export function measuredSince(graph: StepGraph, state: RunState, node: StepNode): number | undefined {
	return startOf(graph, state, node, node.step.measure?.from);
}

/** `failover 67 s, limit 120 s: pass`. */
export function measurementWords({name, ms, maxMs, verdict}: Measurement): string {
	const took = ms === undefined ? 'not measured' : spokenDuration(ms);
	return `${name} ${took}${maxMs === undefined ? '' : `, limit ${spokenDuration(maxMs)}`}${verdict === 'open' || maxMs === undefined ? '' : `: ${verdict}`}`;
}

function startOf(graph: StepGraph, state: RunState, own: StepNode, from: string | undefined): number | undefined {
	if (from === undefined) {
		return firstTime(own, state, 'startedAt');
	}

	const direct = nodeOf(graph, from);
	if (direct !== undefined) {
		return successOf(state, direct);
	}

	const started = from.endsWith('.start') ? nodeOf(graph, from.slice(0, -'.start'.length)) : undefined;
	return started && firstTime(started, state, 'startedAt');
}

function successOf(state: RunState, node: StepNode): number | undefined {
	const progresses = hostsOf(node, state).map(host => progressOf(state, node, host));
	const isDone = progresses.every(({state: own}) => own === 'done' || own === 'satisfied');
	return isDone ? Math.max(...progresses.map(({finishedAt}) => Date.parse(finishedAt))) : undefined;
}

function firstTime(node: StepNode, state: RunState, which: 'startedAt'): number | undefined {
	const times = hostsOf(node, state)
		.map(host => progressOf(state, node, host)[which])
		.filter(time => time !== '');
	return times.length === 0 ? undefined : Math.min(...times.map(time => Date.parse(time)));
}
