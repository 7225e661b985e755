import {hostWord} from '../../view/names.js';
import {lookOf} from '../../view/status.js';
import {clockTime, spokenDuration} from '../../view/time.js';
import {html, type Markup} from '../markup.js';
import type {RunRecord, StepOnHost} from '../record.js';
import {type CutAxis, cutAxisOf, type Span} from './axis.js';

const WIDTH = 900;
const NAMES = 130;
const ROW = 24;
const BAR = 14;
const EDGE = 10;

type Bar = Span & {readonly host: string; readonly title: string; readonly on: StepOnHost};

/**
The run from its start to its end, a row for each host and one for what was done by hand: when steps were under way and what came
of them. Stretches in which nothing happened are cut. Undefined where nothing has begun.
*/
export function timelineOf(record: RunRecord, timeZone: string): Markup | undefined {
	const bars = barsOf(record);
	const span = {from: Date.parse(record.startedAt), to: Date.parse(record.finishedAt || record.toldUntil)};
	if (bars.length === 0 || !(span.to > span.from)) {
		return undefined;
	}

	const axis = cutAxisOf(span, bars, WIDTH - NAMES - EDGE);
	const rows = [...record.hosts.map(({name}) => name), 'local', ''].filter(name =>
		bars.some(({host}) => host === name),
	);
	const bottom = EDGE + rows.length * ROW;
	return html`<svg class="timeline" viewBox="0 0 ${WIDTH} ${bottom + 34}" role="img" aria-labelledby="timeline-title timeline-words">
<title id="timeline-title">The run from its start to its end, by host</title>
<desc id="timeline-words">${rows.map(name => rowWords(name, bars)).join('. ')}</desc>
${rows.map((name, index) => row(name, bars, axis, EDGE + index * ROW))}
${axis.cuts.map(({at, leftOutMs}) => cutMark(NAMES + at, bottom, leftOutMs))}
<text class="tick-words first" x="${NAMES}" y="${bottom + 28}">${clockTime(record.startedAt, timeZone)}</text>
<text class="tick-words late" x="${WIDTH - EDGE}" y="${bottom + 28}">${clockTime(record.finishedAt || record.toldUntil, timeZone)}</text>
</svg>`;
}

function barsOf({steps}: RunRecord): readonly Bar[] {
	return steps.flatMap(({title, hosts}) =>
		hosts.flatMap(on => {
			const [from, to] = [Date.parse(on.startedAt), Date.parse(on.finishedAt)];
			return Number.isNaN(from) || Number.isNaN(to) ? [] : [{from, to, host: on.host, title, on}];
		}),
	);
}

function nameOf(host: string): string {
	return host === '' ? 'by hand' : hostWord(host);
}

function rowWords(name: string, bars: readonly Bar[]): string {
	const own = bars.filter(({host}) => host === name);
	const busy = own.reduce((sum, {from, to}) => sum + to - from, 0);
	return `${nameOf(name)}: ${own.length} steps, ${spokenDuration(busy)}`;
}

function row(name: string, bars: readonly Bar[], axis: CutAxis, top: number): Markup {
	const own = bars.filter(({host}) => host === name);
	return html`<line class="lane" x1="${NAMES}" y1="${top + ROW / 2}" x2="${NAMES + axis.length}" y2="${top + ROW / 2}"/><text class="name" x="${NAMES - 10}" y="${top + 16}">${nameOf(name)}</text>${own.map(
		({from, to, title, on}) =>
			html`<rect class="bar ${lookOf(on.status).tone}" x="${round(NAMES + axis.at(from))}" y="${top + 5}" width="${round(Math.max(1.5, axis.at(to) - axis.at(from)))}" height="${BAR}" rx="2"><title>${title}: ${lookOf(on.status).word}, ${spokenDuration(to - from)}</title></rect>`,
	)}
`;
}

function cutMark(x: number, bottom: number, leftOutMs: number): Markup {
	return html`<path class="cut" d="M${round(x - 4)} ${EDGE}V${bottom}M${round(x + 4)} ${EDGE}V${bottom}"/><text class="tick-words" x="${round(x)}" y="${bottom + 14}">${spokenDuration(leftOutMs)}</text>`;
}

function round(units: number): number {
	return Math.round(units * 10) / 10;
}
