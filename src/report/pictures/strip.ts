import {measuredSince} from '../../run/measure.js';
import {spokenDuration} from '../../view/time.js';
import type {Contact} from '../contacts.js';
import {html, type Markup} from '../markup.js';
import type {RunRecord, StepOnHost, StepRecord, TestRecord} from '../record.js';
import {type Axis, axisOf, type Span, ticksOf} from './axis.js';

const WIDTH = 900;
const NAMES = 130;
const ROW = 26;
const BAR = 12;
const DEED = 18;
const MEASURE = 34;
const EDGE = 16;

/** From when to when something was measured, against which limit. */
type Measured = Span & {readonly words: string; readonly limit: number | undefined; readonly isOver: boolean};

/** Something that a person did, or the lab in his place. */
type Deed = {readonly at: number; readonly words: string};

/**
A test as a strip: for each host when it answered and when it was silent, what people did to it, and below that the measured
spans, each with its limit. Empty for a test in which nothing happened. `id` must be one of its own on the page.
*/
export function stripOf(record: RunRecord, test: TestRecord, id: string): Markup | undefined {
	const steps = record.steps.filter(step => step.test === test.id);
	const span = {from: Date.parse(test.startedAt), to: Date.parse(test.finishedAt)};
	if (Number.isNaN(span.from) || Number.isNaN(span.to) || span.to <= span.from) {
		return undefined;
	}

	const hosts = hostsIn(record, steps, span);
	const measured = steps.flatMap(step => step.hosts.flatMap(on => measuredAt(record, step, on)));
	const deeds = saidOnce(steps.flatMap(step => step.hosts.flatMap(on => deedsAt(step, on))));
	const axis = axisOf(span, WIDTH - NAMES - EDGE);
	const hostsTop = EDGE + deeds.length * DEED;
	const hostsEnd = hostsTop + hosts.length * ROW;
	const height = hostsEnd + 30 + measured.length * MEASURE;
	return html`<svg class="strip" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="${id}-title ${id}-words">
<title id="${id}-title">${test.title}: who answered when</title>
<desc id="${id}-words">${[...hosts.map(({name, heard}) => hostWords(name, heard, span)), ...measured.map(({words}) => words)].join('. ')}</desc>
<defs><pattern id="${id}-silent" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="silent-ground" width="6" height="6"/><rect class="silent" width="3" height="6"/></pattern></defs>
${deedMarks(deeds, axis, hostsEnd)}
${hosts.map(({name, heard}, index) => hostRow(name, heard, axis, hostsTop + index * ROW, `${id}-silent`))}
${tickMarks(axis, hostsEnd)}
${measured.map((each, index) => measureRow(each, axis, hostsEnd + 34 + index * MEASURE))}
</svg>`;
}

function hostsIn(
	{hosts, contacts}: RunRecord,
	steps: readonly StepRecord[],
	span: Span,
): ReadonlyArray<{readonly name: string; readonly heard: readonly Contact[]}> {
	const named = new Set(steps.flatMap(step => step.hosts.map(({host}) => host)));
	return hosts
		.map(({name}) => ({name, heard: within(contacts.get(name) ?? [], span)}))
		.filter(({name, heard}) => named.has(name) || heard.some(({isHeard}) => !isHeard));
}

function within(contacts: readonly Contact[], span: Span): readonly Contact[] {
	return contacts
		.map(({from, to, isHeard}) => ({from: Math.max(from, span.from), to: Math.min(to, span.to), isHeard}))
		.filter(({from, to}) => from <= to);
}

function hostWords(name: string, heard: readonly Contact[], span: Span): string {
	const silent = heard.filter(({isHeard}) => !isHeard);
	const words = silent.map(
		({from, to}) => `silent from ${spokenDuration(from - span.from)} to ${spokenDuration(to - span.from)}`,
	);
	const nothing = heard.length === 0 ? 'nothing is known' : 'never found silent';
	return `${name}: ${words.length === 0 ? nothing : words.join(', ')}`;
}

function hostRow(name: string, heard: readonly Contact[], axis: Axis, top: number, pattern: string): Markup {
	const bars = heard.map(({from, to, isHeard}) => {
		const [x, width] = [NAMES + axis.at(from), Math.max(1, axis.at(to) - axis.at(from))];
		const place = html`x="${round(x)}" y="${top + 7}" width="${round(width)}" height="${BAR}"`;
		return isHeard
			? html`<rect class="heard" ${place}/>`
			: html`<rect fill="url(#${pattern})" class="silent-edge" ${place}/>`;
	});
	return html`<text class="name" x="${NAMES - 10}" y="${top + 17}">${name}</text><rect class="unknown" x="${NAMES}" y="${top + 7}" width="${axis.length}" height="${BAR}"/>${bars}
`;
}

/** A line each, so that none stands over another; beside its mark, to the left of it where it is late. */
function deedMarks(deeds: readonly Deed[], axis: Axis, bottom: number): readonly Markup[] {
	return deeds.map(({at, words}, index) => {
		const x = round(NAMES + axis.at(at));
		const isLate = axis.at(at) > axis.length / 2;
		const top = EDGE + index * DEED;
		return html`<line class="deed" x1="${x}" y1="${top}" x2="${x}" y2="${bottom}"/><text class="${isLate ? 'late' : ''}" x="${isLate ? x - 4 : x + 4}" y="${top + 10}">${words}</text>
`;
	});
}

function tickMarks(axis: Axis, top: number): readonly Markup[] {
	return ticksOf(axis, 9).map(({at, words}) => {
		const x = round(NAMES + axis.at(at));
		return html`<line class="tick" x1="${x}" y1="${top + 2}" x2="${x}" y2="${top + 8}"/><text class="tick-words" x="${x}" y="${top + 20}">${words}</text>`;
	});
}

function measureRow({from, to, words, limit, isOver}: Measured, axis: Axis, top: number): Markup {
	const [start, end] = [round(NAMES + axis.at(from)), round(NAMES + axis.at(to))];
	const atLimit = limit === undefined || limit > axis.to ? undefined : round(NAMES + axis.at(limit));
	const isLate = axis.at(from) > axis.length * 0.6;
	return html`<g class="${isOver ? 'span over' : 'span'}"><path d="M${start} ${top - 4}v8M${start} ${top}H${Math.max(end, start + 1)}M${Math.max(end, start + 1)} ${top - 4}v8"/>${
		atLimit === undefined ? undefined : html`<path class="limit" d="M${atLimit} ${top - 7}v14"/>`
	}<text class="${isLate ? 'late' : ''}" x="${isLate ? end : start}" y="${top + 17}">${words}</text></g>
`;
}

function measuredAt({graph, state}: RunRecord, {node}: StepRecord, on: StepOnHost): readonly Measured[] {
	return on.measurements.flatMap(({name, host, ms, maxMs, verdict}) => {
		const span =
			node.step.action.kind === 'probe' ? longestGap(on) : spanOf(measuredSince(graph, state, node, host), ms);
		const limit = maxMs === undefined ? '' : `, limit ${spokenDuration(maxMs)}`;
		return ms === undefined || span === undefined
			? []
			: [
					{
						...span,
						words: `${name} ${spokenDuration(ms)}${limit}${verdict === 'over' ? ': over' : ''}`,
						limit: maxMs === undefined ? undefined : span.from + maxMs,
						isOver: verdict === 'over',
					},
				];
	});
}

function spanOf(from: number | undefined, ms: number | undefined): Span | undefined {
	return from === undefined || ms === undefined ? undefined : {from, to: from + ms};
}

function longestGap({story}: StepOnHost): Span | undefined {
	const gaps = story
		.flatMap(told => (told.kind === 'probed' ? told.gaps : []))
		.map(({from, to}) => ({from: Date.parse(from), to: Date.parse(to)}));
	return gaps.toSorted((one, other) => other.to - other.from - (one.to - one.from))[0];
}

/** What was done at several hosts at about the same time is one deed. */
function saidOnce(deeds: readonly Deed[]): readonly Deed[] {
	const isSame = (one: Deed, other: Deed) => one.words === other.words && Math.abs(one.at - other.at) < 60_000;
	return deeds.filter((deed, index) => !deeds.slice(0, index).some(before => isSame(before, deed)));
}

function deedsAt({node, title}: StepRecord, {story}: StepOnHost): readonly Deed[] {
	if (node.step.action.kind !== 'manual') {
		return [];
	}

	const seen = story.find(told => told.kind === 'seen');
	const done = story.findLast(told => told.kind === 'hand' || told.kind === 'answered');
	const at =
		seen?.kind === 'seen' && seen.what === 'down'
			? seen.since
			: done?.kind === 'hand' || done?.kind === 'answered'
				? done.at
				: undefined;
	return at === undefined ? [] : [{at: Date.parse(at), words: title}];
}

function round(units: number): number {
	return Math.round(units * 10) / 10;
}
