import {sanitiseLine} from '../../text/sanitise.js';
import {wrapToWidth} from '../../text/width.js';
import {type Note, noteWords} from '../../view/notes.js';
import {type Left, type Summary, summaryOf} from '../../view/summary.js';
import {titleById} from '../../view/titles.js';
import {type TestRow, testCountWords} from '../../view/verdict.js';
import type {Pane} from '../frame.js';
import {cutLine, emptyLine, type Line, span, widthOfLine} from '../line.js';
import type {Size} from '../model.js';
import {type Theme, themeOf} from '../theme.js';
import type {RunScreen} from './run-screen.js';

/** What came of it all, and where it is kept. */
export function summaryLook(screen: RunScreen, size: Size, theme: Theme): readonly Pane[] {
	const lines = summaryLines(screen, size.columns, theme);
	const top = Math.min(screen.summaryTop, lastSummaryTop(screen, size));
	const shown = lines.slice(top, top + size.rows).map(line => cutLine(line, size.columns, theme.marks.cut));
	return [{at: {x: 0, y: 0}, columns: size.columns, lines: shown, theme}];
}

/** How far it can be scrolled. */
export function lastSummaryTop(screen: RunScreen, {columns, rows}: Size): number {
	return Math.max(0, summaryLines(screen, columns, themeOf({color: false, glyphs: 'unicode'})).length - rows);
}

function summaryLines({open, state, notes, report}: RunScreen, columns: number, theme: Theme): readonly Line[] {
	const summary = summaryOf(open.graph, state);
	return [
		emptyLine,
		headline(summary, theme),
		[span(`     ${summary.facts.join('   ')}`, 'quiet')],
		...(summary.evidence === '' ? [] : [[span(`     ${summary.evidence}`, 'quiet')]]),
		emptyLine,
		...summary.counts.map(({look, count}) => [
			span(`   ${theme.glyphs[look.glyph]} `, look.tone),
			span(String(count).padStart(4), 'strong'),
			span(`  ${look.word}`, 'plain'),
		]),
		...section(testCountWords(summary.tests), testLines(summary.tests, columns, theme)),
		...section(
			'Measured',
			summary.measurements.map(({words, tone}) => [span(`     ${words}`, tone)]),
		),
		...section('Left open', leftLines(summary.left, columns, theme)),
		...section('Marked done', leftLines(summary.marked, columns, theme)),
		...section(
			'Notes',
			notes.flatMap(note => noteOf(note, open, state, columns)),
		),
		...section('Skipped', leftLines(summary.skipped, columns, theme)),
		emptyLine,
		[span('   Kept in ', 'quiet'), span(sanitiseLine(open.file))],
		...(report === undefined ? [] : [[span('   Report in ', 'quiet'), span(sanitiseLine(report))]]),
	];
}

function headline({tone, steps}: Summary, theme: Theme): Line {
	const words = tone === 'good' ? 'All done' : tone === 'bad' ? 'Something failed' : 'Not everything is known';
	const glyph = tone === 'good' ? theme.glyphs.done : tone === 'bad' ? theme.glyphs.failed : theme.glyphs.unknown;
	return [
		span(`   ${glyph} `, tone),
		span(words, 'strong'),
		span(`  ${steps} ${steps === 1 ? 'step' : 'steps'}`, 'quiet'),
	];
}

function noteOf(note: Note, open: RunScreen['open'], state: RunScreen['state'], columns: number): readonly Line[] {
	const about = note.step === null ? '' : ` (${titleById(open.graph, state, note.step)})`;
	return wrapToWidth(`${noteWords(note)}${about}`, columns - 6).map(text => [span('     '), span(text)]);
}

function section(title: string, lines: readonly Line[]): readonly Line[] {
	return lines.length === 0 ? [] : [emptyLine, [span(`   ${title}`, 'quiet')], ...lines];
}

/** Why it did not pass stands behind it, what it measured below. */
function testLines(tests: readonly TestRow[], columns: number, theme: Theme): readonly Line[] {
	return tests.flatMap(({title, look, because, measurements}): readonly Line[] => [
		...leftLines([{title, host: look.word, look, because}], columns, theme),
		...measurements.map(({words, tone}): Line => [span(`     ${words}`, tone)]),
	]);
}

/** The reason stands behind its step, or in full below it. */
function leftLines(left: readonly Left[], columns: number, theme: Theme): readonly Line[] {
	return left.flatMap(({title, host, look, because}): readonly Line[] => {
		const step: Line = [
			span(`   ${theme.glyphs[look.glyph]} `, look.tone),
			span(title),
			span(host === '' ? '' : `  ${host}`, 'quiet'),
		];
		const line: Line = [...step, span(because === '' ? '' : `  ${because}`, 'quiet')];
		return widthOfLine(line) <= columns
			? [line]
			: [step, ...wrapToWidth(because, columns - 6).map(text => [span(`     ${text}`, 'quiet')])];
	});
}
