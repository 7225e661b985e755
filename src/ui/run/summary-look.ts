import {sanitiseLine} from '../../text/sanitise.js';
import {type Left, type Summary, summaryOf} from '../../view/summary.js';
import type {Pane} from '../frame.js';
import {cutLine, emptyLine, type Line, span} from '../line.js';
import type {Size} from '../model.js';
import type {Theme} from '../theme.js';
import type {RunScreen} from './run-screen.js';

/** What came of it all, and where it is kept. */
export function summaryLook({open, state}: RunScreen, size: Size, theme: Theme): readonly Pane[] {
	const summary = summaryOf(open.graph, state);
	const lines: readonly Line[] = [
		emptyLine,
		headline(summary, theme),
		[span(`     ${summary.facts.join('   ')}`, 'quiet')],
		emptyLine,
		...summary.counts.map(({look, count}) => [
			span(`   ${theme.glyphs[look.glyph]} `, look.tone),
			span(String(count).padStart(4), 'strong'),
			span(`  ${look.word}`, 'plain'),
		]),
		...section(
			'Measured',
			summary.measurements.map(({words, tone}) => [span(`     ${words}`, tone)]),
		),
		...section('Left open', leftLines(summary.left, theme)),
		...section('Skipped', leftLines(summary.skipped, theme)),
		emptyLine,
		[span('   Kept in ', 'quiet'), span(sanitiseLine(open.file))],
	];
	const shown = lines.slice(0, size.rows).map(line => cutLine(line, size.columns, theme.marks.cut));
	return [{at: {x: 0, y: 0}, columns: size.columns, lines: shown, theme}];
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

function section(title: string, lines: readonly Line[]): readonly Line[] {
	return lines.length === 0 ? [] : [emptyLine, [span(`   ${title}`, 'quiet')], ...lines];
}

function leftLines(left: readonly Left[], theme: Theme): readonly Line[] {
	return left.map(({title, host, look, because}) => [
		span(`   ${theme.glyphs[look.glyph]} `, look.tone),
		span(title),
		span(host === '' ? '' : `  ${host}`, 'quiet'),
		span(because === '' ? '' : `  ${because}`, 'quiet'),
	]);
}
