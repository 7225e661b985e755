import type {StepGraph, StepNode} from '../graph/graph.js';
import type {HostName, StepId} from '../runbook/runbook.js';
import {hostsOf, nodeOf, progressOf} from './nodes.js';
import {BY_ITSELF} from './stage.js';
import type {Progress, RunState} from './state.js';

/** What `measure=` of a step came to on a host. */
export type Measurement = {
	readonly name: string;
	readonly step: StepId;
	readonly host: HostName;
	/** As written: a step's id, or `id.start`; undefined: the step's own start, of a probe the longest gap. */
	readonly from: string | undefined;
	/** Undefined until both ends are known, and where one of them never came. */
	readonly ms: number | undefined;
	readonly maxMs: number | undefined;
	/** `open` as long as nothing is measured. Without a limit whatever is measured passes. */
	readonly verdict: 'pass' | 'over' | 'open';
};

/** In document order, one for each host of a step. */
export function measurementsOf(graph: StepGraph, state: RunState): readonly Measurement[] {
	return graph.nodes.flatMap(node => measurementsAt(graph, state, node));
}

/** Those of one step, in the order of its hosts. */
export function measurementsAt(graph: StepGraph, state: RunState, node: StepNode): readonly Measurement[] {
	const {id, measure} = node.step;
	if (measure === undefined) {
		return [];
	}

	const {name, from, maxMs} = measure;
	return hostsOf(node, state).map(host => {
		const ms = measuredMs(graph, state, node, host);
		const verdict = ms === undefined ? 'open' : maxMs === undefined || ms <= maxMs ? 'pass' : 'over';
		return {name, step: id, host, from, ms, maxMs, verdict};
	});
}

function measuredMs(graph: StepGraph, state: RunState, node: StepNode, host: HostName): number | undefined {
	const progress = progressOf(state, node, host);
	if (node.step.action.kind === 'probe') {
		return progress.state === 'done' ? progress.probed?.longestGapMs : undefined;
	}

	const end = successOf(progress);
	const start = measuredSince(graph, state, node, host);
	return end === undefined || start === undefined ? undefined : end - start;
}

/** When what a step measures on a host began to count, in milliseconds since 1970; undefined before that, and for a probe. */
export function measuredSince(graph: StepGraph, state: RunState, node: StepNode, host: HostName): number | undefined {
	const {action, measure} = node.step;
	if (action.kind === 'probe') {
		return undefined;
	}

	return measure?.from === undefined
		? timeOf(progressOf(state, node, host).startedAt)
		: startOf(graph, state, host, measure.from);
}

/** On the same host if that step runs there too, else where it came last, or where it began first; where a condition left it out, it does not run. */
function startOf(graph: StepGraph, state: RunState, host: HostName, from: string): number | undefined {
	const direct = nodeOf(graph, from);
	const node = direct ?? nodeOf(graph, from.replace(/\.start$/, ''));
	if (node === undefined) {
		return undefined;
	}

	const all = hostsOf(node, state).filter(other => {
		const {state: now, by} = progressOf(state, node, other);
		return now !== 'skipped' || by !== BY_ITSELF;
	});
	const times = (all.includes(host) ? [host] : all).map(other => {
		const progress = progressOf(state, node, other);
		return direct === undefined ? timeOf(progress.startedAt) : successOf(progress);
	});
	const known = times.filter(time => time !== undefined);
	if (known.length === 0 || known.length < times.length) {
		return undefined;
	}

	return direct === undefined ? Math.min(...known) : Math.max(...known);
}

/** When the step was done: for watchers, when the host was last heard or heard again. */
function successOf({state, seenAt, finishedAt}: Progress): number | undefined {
	return state === 'done' || state === 'satisfied' ? timeOf(seenAt || finishedAt) : undefined;
}

function timeOf(iso: string): number | undefined {
	return iso === '' ? undefined : Date.parse(iso);
}
