import {countDifferences, type DifferenceRow} from '../../view/difference.js';
import {counted, hostWord} from '../../view/names.js';
import {titleById} from '../../view/titles.js';
import type {Pane} from '../frame.js';
import {cutLine, emptyLine, type Line, span} from '../line.js';
import type {Size} from '../model.js';
import type {Theme} from '../theme.js';
import {differenceRows, shownDifference} from './difference.js';
import type {RunScreen} from './run-screen.js';

/** The signs in front of a line that stands on one side alone: of the first host, of the other. */
const signs = {one: '<', other: '>'} as const;

/** What two hosts printed for the same step, held against each other. */
export function differenceLook(screen: RunScreen, size: Size, theme: Theme): readonly Pane[] {
	const {difference, open, state} = screen;
	if (difference === undefined) {
		return [];
	}
	const {one, other, top} = difference;
	const names = {one: hostWord(one.host), other: hostWord(other.host)};
	const rows = shownDifference(screen);
	const height = differenceRows(size.rows);
	const from = Math.min(top, Math.max(0, (rows?.length ?? 0) - height));
	const shown = (rows ?? []).slice(from, from + height);
	const below = (rows?.length ?? 0) - from - shown.length;
	const lines: readonly Line[] = [
		[
			span(' '),
			span(`${names.one} and ${names.other}`, 'strong'),
			span(`  ${titleById(open.graph, state, one.step)}: ${countWords(rows)}`, 'quiet'),
		],
		[
			span(` ${signs.one} `, 'doubt'),
			span(`only on ${names.one}`),
			span(`    ${signs.other} `, 'busy'),
			span(`only on ${names.other}`),
			...(below > 0 ? [span(`    ${theme.marks.more} ${below} more`, 'quiet')] : []),
		],
		emptyLine,
		...shown.map(rowLine),
	];
	return [
		{
			at: {x: 0, y: 0},
			columns: size.columns,
			lines: lines.map(line => cutLine(line, size.columns, theme.marks.cut)),
			theme,
		},
	];
}

function countWords(rows: readonly DifferenceRow[] | undefined): string {
	const count = rows === undefined ? undefined : countDifferences(rows);
	switch (count) {
		case undefined:
			return 'being read';
		case 0:
			return 'they printed the same';
		default:
			return `${counted(count, 'line')} on one side alone`;
	}
}

function rowLine(row: DifferenceRow): Line {
	switch (row.kind) {
		case 'same':
			return [span('   '), span(row.text, 'quiet')];
		case 'one':
			return [span(` ${signs.one} `, 'doubt'), span(row.text, 'doubt')];
		case 'other':
			return [span(` ${signs.other} `, 'busy'), span(row.text, 'busy')];
		case 'gap':
			return [span(`   … ${counted(row.lines, 'equal line')}`, 'quiet')];
	}
}
