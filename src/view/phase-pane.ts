import type {StepGraph, StepNode} from '../graph/graph.js';
import {type Measurement, measuredSince} from '../run/measure.js';
import {hostsOf, nodeOf, progressOf} from '../run/nodes.js';
import type {RunState} from '../run/state.js';
import {verdictOf} from '../run/verdict.js';
import type {HostName, Phase, PhaseId} from '../runbook/runbook.js';
import {sanitiseLine} from '../text/sanitise.js';
import {hostRows} from './host-rows.js';
import {tellingMeasurement} from './measure.js';
import {counted, hostWords} from './names.js';
import type {OutlineRow} from './outline.js';
import {type Heard, type Reach, type ReachCell, reachCells} from './reach.js';
import type {StatusLook, Tone} from './status.js';
import {clockTime, runningClock, spokenDuration} from './time.js';
import {verdictLook} from './verdict.js';

/** What is said of a phase as a whole; of a test, with what is measured and who is heard. */
export type PhasePane = {
	readonly title: string;
	/** `test · 0:01:12`, `phase · 3 of 7 steps settled`. */
	readonly heading: string;
	/** What came of a test, and why it did not pass; undefined for other phases. */
	readonly verdict: {readonly look: StatusLook; readonly because: string} | undefined;
	readonly rows: readonly PhaseRow[];
	/** One for each host of a test, and for each of its probes that has ended; none for other phases. */
	readonly strips: readonly Strip[];
};

/** A step or inner phase of it, in document order. */
export type PhaseRow = {
	/** From 0. */
	readonly depth: number;
	readonly look: StatusLook;
	readonly title: string;
	/** What came of it or goes on: `done 14:31:07, saw it go`; may be empty. */
	readonly note: string;
	/** Of what is measured. */
	readonly measure: MeasureBar | undefined;
};

/** How much of what is allowed has gone by. */
export type MeasureBar = {
	/** From 0; over 1 where the limit is passed. Undefined: there is no limit, or it does not count yet. */
	readonly fraction: number | undefined;
	/** `failover 67 s, limit 120 s`. */
	readonly words: string;
	readonly tone: Tone;
};

/** When a host was heard, from the test's start to now. */
export type Strip = {readonly name: string; readonly cells: readonly ReachCell[]};

/**
`undefined` if there is no such phase in the outline. `now`: the run's clock, in milliseconds since 1970; `cells`: how long
a strip is.
*/
export function phasePane(
	graph: StepGraph,
	state: RunState,
	outline: readonly OutlineRow[],
	id: PhaseId,
	{
		now,
		reach,
		cells,
		timeZone,
	}: {readonly now: number; readonly reach: Reach; readonly cells: number; readonly timeZone?: string | undefined},
): PhasePane | undefined {
	const at = outline.findIndex(row => row.kind === 'phase' && row.id === id);
	const own = outline[at];
	const phase = graph.phases.find(candidate => candidate.id === id);
	if (own === undefined || phase === undefined) {
		return undefined;
	}

	const end = outline.findIndex((row, index) => index > at && row.depth <= own.depth);
	const inner = outline.slice(at + 1, end < 0 ? undefined : end);
	const nodes = inner.flatMap(row => (row.kind === 'step' ? (nodeOf(graph, row.id) ?? []) : []));
	const span = spanOf(state, nodes, now);
	return {
		title: own.title,
		heading: [
			kindWords(phase),
			`${own.settled} of ${counted(own.all, 'step')} settled`,
			span === undefined ? '' : runningClock(span.to - span.from),
		]
			.filter(Boolean)
			.join(' · '),
		verdict: phase.kind === 'test' ? verdictWords(graph, state, phase) : undefined,
		rows: inner.map(row => rowOf(graph, state, row, own.depth + 1, now, timeZone)),
		strips: phase.kind === 'test' && span !== undefined ? stripsOf(graph, state, nodes, reach, span, cells) : [],
	};
}

function verdictWords(graph: StepGraph, state: RunState, phase: Phase): PhasePane['verdict'] {
	const {verdict, because} = verdictOf(graph, state, phase);
	const look = verdictLook(verdict);
	return {look: verdict === 'open' ? {...look, word: 'no verdict yet'} : look, because: sanitiseLine(because)};
}

function kindWords({kind}: Phase): string {
	switch (kind) {
		case 'plain':
			return 'phase';
		case 'test':
			return 'test';
		case 'require':
			return 'required before the tests';
		case 'restore':
			return 'restores what the tests changed';
		case 'ways':
			return 'one of several ways';
		case 'way':
			return 'one way to do it';
	}
}

function rowOf(
	graph: StepGraph,
	state: RunState,
	row: OutlineRow,
	depth: number,
	now: number,
	timeZone: string | undefined,
): PhaseRow {
	const {look, title} = row;
	const node = row.kind === 'step' ? nodeOf(graph, row.id) : undefined;
	return {
		depth: row.depth - depth,
		look,
		title,
		note: node === undefined ? `${row.settled}/${row.all}` : noteOf(graph, state, node, now, timeZone),
		measure: node === undefined ? undefined : barOf(graph, state, node, now),
	};
}

/** Of several hosts, what is true of the one that needs somebody most, and which it is. */
function noteOf(graph: StepGraph, state: RunState, node: StepNode, now: number, timeZone: string | undefined): string {
	const [first, ...others] = hostRows(graph, state, node, now);
	if (first === undefined) {
		return '';
	}

	const alike = others.filter(({status}) => status === first.status);
	const on = others.length === 0 ? first.name : hostWords([first, ...alike].map(({host}) => host));
	const {finishedAt, underWay} = progressOf(state, node, first.host);
	const at = underWay || finishedAt === '' ? '' : clockTime(finishedAt, timeZone);
	const words =
		first.status === 'running' ? first.note || first.look.word : [first.look.word, at].filter(Boolean).join(' ');
	const more = first.status === 'running' ? '' : first.note;
	return [on, [words, more].filter(Boolean).join(', ')].filter(Boolean).join(': ');
}

function barOf(graph: StepGraph, state: RunState, node: StepNode, now: number): MeasureBar | undefined {
	const measured = tellingMeasurement(graph, state, node);
	if (measured === undefined) {
		return undefined;
	}

	const since = measured.ms === undefined ? measuredSince(graph, state, node, measured.host) : undefined;
	const ms = measured.ms ?? (since === undefined ? undefined : Math.max(0, Math.floor((now - since) / 1000) * 1000));
	return {
		fraction: ms === undefined || measured.maxMs === undefined ? undefined : ms / measured.maxMs,
		words: barWords(measured, ms),
		tone: toneOf(measured, ms),
	};
}

function barWords({name, maxMs}: Measurement, ms: number | undefined): string {
	const limit = maxMs === undefined ? '' : `limit ${spokenDuration(maxMs)}`;
	return [`${sanitiseLine(name)}${ms === undefined ? '' : ` ${spokenDuration(ms)}`}`, limit].filter(Boolean).join(', ');
}

function toneOf({verdict, maxMs}: Measurement, ms: number | undefined): Tone {
	switch (verdict) {
		case 'pass':
			return 'good';
		case 'over':
			return 'bad';
		case 'open':
			return ms === undefined ? 'quiet' : maxMs !== undefined && ms > maxMs ? 'bad' : 'busy';
	}
}

type Stretch = {readonly from: number; readonly to: number};

/** From the first thing that was done in it to its last, or to now while something is open; undefined before it began. */
function spanOf(state: RunState, nodes: readonly StepNode[], now: number): Stretch | undefined {
	const progresses = nodes.flatMap(node => hostsOf(node, state).map(host => progressOf(state, node, host)));
	const times = (iso: readonly string[]) => iso.filter(time => time !== '').map(time => Date.parse(time));
	const starts = times(
		progresses.flatMap(({startedAt, finishedAt, state: own}) => (own === 'skipped' ? [] : [startedAt, finishedAt])),
	);
	const isOver = progresses.every(({state: own}) => own === 'done' || own === 'satisfied' || own === 'skipped');
	const from = Math.min(...starts);
	return starts.length === 0 ? undefined : {from, to: isOver ? Math.max(...starts) : Math.max(from, now)};
}

function stripsOf(
	graph: StepGraph,
	state: RunState,
	nodes: readonly StepNode[],
	reach: Reach,
	{from, to}: Stretch,
	cells: number,
): readonly Strip[] {
	const used = new Set<HostName>(nodes.flatMap(node => hostsOf(node, state)));
	const hosts = graph.hosts.map(({name}) => name).filter(name => used.has(name) || hasGone(reach.get(name), from));
	return [
		...hosts.map(name => ({name: hostWords([name]), cells: reachCells(reach.get(name) ?? [], from, to, cells)})),
		...nodes.flatMap(node => probeStrips(state, node, {from, to}, cells)),
	];
}

/** What a probe saw while it ran beside the test. */
function probeStrips(state: RunState, node: StepNode, {from, to}: Stretch, cells: number): readonly Strip[] {
	return hostsOf(node, state).flatMap(host => {
		const {probed, startedAt} = progressOf(state, node, host);
		const gaps = (probed?.gaps ?? []).flatMap((gap): readonly Heard[] => [
			{at: Date.parse(gap.from), isHeard: false},
			{at: Date.parse(gap.to), isHeard: true},
		]);
		const heard = [{at: Date.parse(startedAt), isHeard: true}, ...gaps];
		const name = sanitiseLine(node.step.measure?.name ?? node.step.id);
		return probed === undefined || startedAt === '' ? [] : [{name, cells: reachCells(heard, from, to, cells)}];
	});
}

function hasGone(heard: readonly Heard[] = [], from: number): boolean {
	return heard.some(({at, isHeard}) => !isHeard && at >= from);
}
