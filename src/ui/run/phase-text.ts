import {widthOf, wrapToWidth} from '../../text/width.js';
import {type MeasureBar, type PhasePane, type PhaseRow, phasePane, type Strip} from '../../view/phase-pane.js';
import {emptyLine, type Line, span, widthOfLine} from '../line.js';
import type {Theme} from '../theme.js';
import type {RunScreen} from './run-screen.js';

export type Signs = Pick<Theme, 'glyphs' | 'marks'>;

/** Between the strips, and in front of each of them. */
const stripGap = 3;
/** A strip longer than this says no more. */
const longestStrip = 40;
const barCells = 24;

/** What the view says of the chosen phase; undefined while a step is chosen. Durations in it go by whole seconds. */
export function shownPhase(screen: RunScreen, columns: number): PhasePane | undefined {
	const {open, state, outline, phase, reach, now} = screen;
	const second = Math.floor(now / 1000) * 1000;
	const cells = stripCells(screen, columns);
	return phase === undefined ? undefined : phasePane(open.graph, state, outline, phase, {now: second, reach, cells});
}

/** The steps of the chosen phase with what came of them; of a test, what is measured and who is heard. */
export function phaseLines(screen: RunScreen, columns: number, signs: Signs): readonly Line[] {
	const pane = shownPhase(screen, columns);
	if (pane === undefined) {
		return [];
	}
	const {rows, strips, verdict} = pane;
	const titles = Math.min(
		Math.floor(columns / 2),
		Math.max(0, ...rows.map(row => 4 + 2 * row.depth + widthOf(row.title))),
	);
	return [
		...(verdict === undefined ? [] : [...verdictLines(verdict, columns, signs), emptyLine]),
		...rows.flatMap(row => rowLines(row, titles, columns, signs)),
		...(strips.length === 0 ? [] : [emptyLine, ...stripLines(strips, columns, signs)]),
	];
}

function verdictLines(
	{look, because}: NonNullable<PhasePane['verdict']>,
	columns: number,
	{glyphs}: Signs,
): readonly Line[] {
	const why = because === '' ? [] : wrapToWidth(because, columns - 2).map((text): Line => [span('  '), span(text)]);
	return [[span(`${glyphs[look.glyph]} `, look.tone), span(look.word, 'strong')], ...why];
}

/** The note stands beside the title where both fit in a row, else under it; what is measured under both. */
function rowLines(
	{depth, look, title, note, measure}: PhaseRow,
	titles: number,
	columns: number,
	signs: Signs,
): readonly Line[] {
	const indent = ' '.repeat(2 * depth);
	const start: Line = [span(indent), span(`${signs.glyphs[look.glyph]} `, look.tone), span(title)];
	const under = `${indent}    `;
	const gap = ' '.repeat(Math.max(2, titles - widthOfLine(start)));
	const beside: Line = [...start, span(gap), span(note, 'quiet')];
	const lines: readonly Line[] =
		note === ''
			? [start]
			: widthOfLine(beside) <= columns
				? [beside]
				: [
						start,
						...wrapToWidth(note, Math.max(20, columns - under.length)).map(text => [span(under), span(text, 'quiet')]),
					];
	return measure === undefined ? lines : [...lines, [span(under), ...barSpans(measure, signs)]];
}

/** How much of the limit is used up; where it is passed, the bar is full and the words say by how much. */
function barSpans({fraction, words, tone}: MeasureBar, {marks}: Pick<Signs, 'marks'>): Line {
	const full = Math.round(Math.max(0, Math.min(1, fraction ?? 0)) * barCells);
	return [
		...(fraction === undefined
			? []
			: [span(marks.heavyRule.repeat(full), tone), span(marks.rule.repeat(barCells - full), 'quiet'), span('  ')]),
		span(words, tone),
	];
}

function stripCells({open}: RunScreen, columns: number): number {
	const names = Math.max(0, ...open.graph.hosts.map(({name}) => widthOf(name)));
	return Math.max(8, Math.min(longestStrip, Math.floor((columns - stripGap) / 2) - names - 2));
}

/** Two beside each other where there is room for them. */
function stripLines(strips: readonly Strip[], columns: number, {marks}: Signs): readonly Line[] {
	const names = Math.max(...strips.map(({name}) => widthOf(name)));
	const drawn = strips.map(
		({name, cells}): Line => [
			span(name + ' '.repeat(names - widthOf(name) + 1)),
			...cells.map(cell => span(marks.strip[cell], cell === 'heard' ? 'good' : cell === 'silent' ? 'bad' : 'quiet')),
		],
	);
	const perRow = widthOfLine(drawn[0] ?? []) * 2 + stripGap <= columns ? 2 : 1;
	const rows: Line[] = [];
	for (let first = 0; first < drawn.length; first += perRow) {
		const [left = [], right = []] = drawn.slice(first, first + perRow);
		rows.push(right.length === 0 ? left : [...left, span(' '.repeat(stripGap)), ...right]);
	}
	const legend = `${marks.strip.heard} answered   ${marks.strip.silent} silent   ${marks.strip.unknown} not asked`;
	return [...rows, [span(legend, 'quiet')]];
}
