import {NO_HOST, type StepGraph, type StepNode} from '../graph/graph.js';
import {type Measurement, measurementsOf} from '../run/measure.js';
import {statusOf} from '../run/next.js';
import {hostsOf, nodeOf, progressOf} from '../run/nodes.js';
import type {Outcome} from '../run/outcome.js';
import {stepAndHost} from '../run/progress.js';
import type {Lease, Progress, RunState, StepStatus, TakeOver} from '../run/state.js';
import {type TestVerdict, verdictsOf} from '../run/verdict.js';
import type {HostName, PhaseId, StepId} from '../runbook/runbook.js';
import {sanitiseLine} from '../text/sanitise.js';
import {padToWidth, widthOf} from '../text/width.js';
import {hostRows} from './host-rows.js';
import {hostWord} from './names.js';
import {type OutlineRow, outlineRows} from './outline.js';
import {glyphs, lookOf} from './status.js';
import {summaryOf, summaryWords} from './summary.js';
import {dateAndTime, took} from './time.js';
import {phaseTitleOf} from './titles.js';
import {type TestRow, testCountWords} from './verdict.js';

/** Where the run is kept. */
export type ShowMeta = {readonly run: string};

/** `show --json`: design section 8. Times are ISO 8601 in UTC; null where something has not happened. */
export type ShowJson = {
	readonly run: string;
	readonly runbook: string;
	readonly status: RunState['status'];
	readonly startedAt: string | null;
	readonly finishedAt: string | null;
	/** Who opened the run last; null where nobody did. */
	readonly lease: Omit<Lease, 'deviceKey'> | null;
	/** Oldest first. */
	readonly takeOvers: ReadonlyArray<Omit<TakeOver, 'deviceKey'>>;
	/** In document order, one for each host of a step. */
	readonly steps: readonly {
		readonly id: StepId;
		/** Null where the step has none. */
		readonly host: HostName | null;
		readonly state: StepStatus;
		readonly attempts: number;
		/** Of the newest attempt. */
		readonly outcome: Outcome | null;
		readonly startedAt: string | null;
		readonly finishedAt: string | null;
		readonly seconds: number | null;
	}[];
	readonly measurements: readonly {
		readonly name: string;
		readonly step: StepId;
		readonly host: HostName | null;
		/** As written; null where nothing is. */
		readonly from: string | null;
		readonly seconds: number | null;
		readonly maxSeconds: number | null;
		readonly verdict: Measurement['verdict'];
	}[];
	/** What happened to steps that the runbook has no more since it was edited. */
	readonly removed: readonly {
		readonly id: StepId;
		readonly host: HostName | null;
		readonly title: string;
		readonly state: Progress['state'];
		readonly attempts: number;
	}[];
	/** In document order. */
	readonly tests: readonly {
		readonly id: PhaseId;
		readonly title: string;
		readonly verdict: TestVerdict['verdict'];
		readonly because: string;
	}[];
};

export function showJson(graph: StepGraph, state: RunState, {run}: ShowMeta): ShowJson {
	return {
		run,
		runbook: state.started?.runbook.file ?? '',
		status: state.status,
		startedAt: state.startedAt || null,
		finishedAt: state.finishedAt || null,
		lease: state.lease === undefined ? null : leaseJson(state.lease),
		takeOvers: state.takeOvers.map(({from, ...lease}) => ({...leaseJson(lease), from})),
		steps: graph.nodes.flatMap(node => hostsOf(node, state).map(host => stepJson(graph, state, node, host))),
		measurements: measurementsOf(graph, state).map(({name, step, host, from, ms, maxMs, verdict}) => ({
			name,
			step,
			host: host === NO_HOST ? null : host,
			from: from ?? null,
			seconds: secondsOf(ms),
			maxSeconds: secondsOf(maxMs),
			verdict,
		})),
		removed: [...state.left].map(([key, {title, progress}]) => {
			const {step, host} = stepAndHost(key);
			return {
				id: step,
				host: host === NO_HOST ? null : host,
				title: sanitiseLine(title),
				state: progress.state,
				attempts: progress.attempt,
			};
		}),
		tests: verdictsOf(graph, state).map(({phase, verdict, because}) => ({
			id: phase,
			title: phaseTitleOf(graph, state, phase),
			verdict,
			because,
		})),
	};
}

function leaseJson({by, device, epoch, since}: Lease): Omit<Lease, 'deviceKey'> {
	return {by, device, epoch, since};
}

function stepJson(graph: StepGraph, state: RunState, node: StepNode, host: HostName): ShowJson['steps'][number] {
	const {attempt, outcome, startedAt, finishedAt} = progressOf(state, node, host);
	return {
		id: node.step.id,
		host: host === NO_HOST ? null : host,
		state: statusOf(graph, state, node.step.id, host),
		attempts: attempt,
		outcome: outcome ?? null,
		startedAt: startedAt || null,
		finishedAt: finishedAt || null,
		seconds: secondsOf(took(startedAt, finishedAt)),
	};
}

function secondsOf(ms: number | undefined): number | null {
	return ms === undefined ? null : ms / 1000;
}

/** `fieldbook show`: what came of the run, and below it each step on each host, as the outline has them. */
export function showText(
	graph: StepGraph,
	state: RunState,
	{run}: ShowMeta,
	{ascii = false, timeZone}: {readonly ascii?: boolean; readonly timeZone?: string | undefined} = {},
): string {
	const summary = summaryOf(graph, state, timeZone);
	const rows = outlineRows(graph, state);
	const titleWidth = rows.reduce((most, row) => Math.max(most, 2 * row.depth + widthOf(row.title)), 0);
	const nameWidth = graph.hosts.reduce((most, {name}) => Math.max(most, widthOf(sanitiseLine(name))), 0);
	return [
		`${summary.title}${state.started?.mode === 'rehearsal' ? ' (rehearsal)' : ''}`,
		[`started ${dateAndTime(state.startedAt, timeZone)}`, ...summary.facts].join('   '),
		summaryWords(summary),
		...state.takeOvers.map(takeOver => takeOverLine(takeOver, timeZone)),
		...testLines(summary.tests, ascii),
		...summary.measurements.map(({words}) => `  ${words}`),
		'',
		...rows.flatMap(row => rowLines(graph, state, row, {titleWidth, nameWidth, ascii})),
		...removedLines(state, ascii),
		'',
		sanitiseLine(run),
	].join('\n');
}

function takeOverLine({by, device, since, from}: TakeOver, timeZone: string | undefined): string {
	const [who, whom] = [`${by} on ${device}`, `${from.by} on ${from.device}`];
	return `taken over ${dateAndTime(since, timeZone)} by ${sanitiseLine(who)} from ${sanitiseLine(whom)}`;
}

/** What happened before the runbook was edited, to steps that it has no more. */
function removedLines({left}: RunState, ascii: boolean): readonly string[] {
	const set = glyphs[ascii ? 'ascii' : 'unicode'];
	const rows = [...left].map(([key, {title, progress}]) => {
		const {glyph, word} = lookOf(
			progress.state === 'open' || progress.state === 'running' ? 'waiting' : progress.state,
		);
		return `${set[glyph]} ${sanitiseLine(title)}  ${hostWord(stepAndHost(key).host)}  ${word}`;
	});
	return rows.length === 0 ? [] : ['', 'No longer in the runbook:', ...rows];
}

function testLines(tests: readonly TestRow[], ascii: boolean): readonly string[] {
	const set = glyphs[ascii ? 'ascii' : 'unicode'];
	const width = tests.reduce((most, {id}) => Math.max(most, widthOf(sanitiseLine(id))), 0);
	const rows = tests.map(({id, look, because, measurements}) =>
		[
			`${set[look.glyph]} ${padToWidth(sanitiseLine(id), width)}`,
			look.word,
			because,
			...measurements.map(({words}) => words),
		]
			.filter(words => words !== '')
			.join('   '),
	);
	return tests.length === 0 ? [] : [testCountWords(tests), ...rows.map(row => `  ${row}`)];
}

function rowLines(
	graph: StepGraph,
	state: RunState,
	row: OutlineRow,
	{titleWidth, nameWidth, ascii}: {readonly titleWidth: number; readonly nameWidth: number; readonly ascii: boolean},
): readonly string[] {
	const set = glyphs[ascii ? 'ascii' : 'unicode'];
	const indent = '  '.repeat(row.depth);
	const node = row.kind === 'step' ? nodeOf(graph, row.id) : undefined;
	if (node === undefined) {
		return [`${set[row.look.glyph]} ${indent}${row.title}`];
	}

	const finished = Date.parse(state.finishedAt || state.startedAt || '1970-01-01T00:00:00Z');
	return hostRows(graph, state, node, finished, 'runbook').map(({name, look, note}, index) => {
		const title = padToWidth(index === 0 ? `${indent}${row.title}` : '', titleWidth);
		return [`${set[look.glyph]} ${title}`, padToWidth(name, nameWidth), look.word, note === '' ? '' : `(${note})`]
			.join('  ')
			.trimEnd();
	});
}
