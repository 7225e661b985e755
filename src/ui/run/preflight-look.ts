import {widthOf, wrapToWidth} from '../../text/width.js';
import {type PreflightRow, preflightRows, preflightWords} from '../../view/preflight.js';
import type {Pane} from '../frame.js';
import {cutLine, emptyLine, type Line, span, widthOfLine} from '../line.js';
import type {Size} from '../model.js';
import type {Theme} from '../theme.js';
import {windowStart} from '../window.js';
import {chosenHost, type RunScreen} from './run-screen.js';

/** The board: one host a row, in columns, with what is wrong under it. */
export function preflightLook(screen: RunScreen, size: Size, theme: Theme): readonly Pane[] {
	const rows = preflightRows(screen.open.graph, screen.state);
	const widths = columnWidths(rows);
	const chosen = chosenHost(screen);
	const lines: Line[] = [
		[span('  Preflight', 'strong'), span(`  ${preflightWords(screen.state)}`, 'quiet')],
		emptyLine,
		...(rows.length === 0 ? [[span('   No host takes part: steps are done on this laptop or by hand.')]] : []),
	];
	let chosenAt = 0;
	for (const row of rows) {
		chosenAt = row.host === chosen ? lines.length : chosenAt;
		lines.push(...rowLines(row, row.host === chosen, widths, size.columns, theme));
	}
	const top = windowStart(lines.length, chosenAt, size.rows);
	const shown = lines.slice(top, top + size.rows).map(line => cutLine(line, size.columns, theme.marks.cut));
	return [{at: {x: 0, y: 0}, columns: size.columns, lines: shown, theme}];
}

/** The columns of name, address and user, which every host has. */
function columnWidths(rows: readonly PreflightRow[]): readonly number[] {
	return [0, 1, 2].map(column => Math.max(0, ...rows.map(({cells}) => widthOf(cells[column] ?? ''))));
}

function rowLines(
	{glyph, tone, cells, lines}: PreflightRow,
	isChosen: boolean,
	widths: readonly number[],
	columns: number,
	theme: Theme,
): readonly Line[] {
	const [name = '', address = '', user = '', ...others] = cells;
	const padded = (text: string, column: number) => text + ' '.repeat((widths[column] ?? 0) - widthOf(text) + 2);
	const start: Line = [
		span(isChosen ? ` ${theme.marks.pointer} ` : '   ', 'pointer'),
		span(`${theme.glyphs[glyph]} `, tone),
		span(padded(name, 0), isChosen ? 'strong' : 'plain'),
		span(padded(address, 1)),
		span(padded(user, 2)),
	];
	const indent = ' '.repeat(5);
	const [said = '', ...rest] = packed(
		others.filter(cell => cell !== ''),
		columns - widthOfLine(start),
		columns - indent.length,
	);
	const below = [
		...rest.map(text => span(text, 'quiet')),
		...lines
			.flatMap(line => wrapToWidth(line, columns - indent.length - 1))
			.map(line => span(line, tone === 'bad' ? 'plain' : 'quiet')),
	];
	return [
		[...start, span(said, tone === 'good' ? 'quiet' : tone)],
		...below.map(text => [span(indent), text]),
		...(below.length > 0 ? [emptyLine] : []),
	];
}

/** As many cells in a row as fit, none of them torn. */
function packed(cells: readonly string[], first: number, others: number): readonly string[] {
	const rows: string[] = [];
	for (const cell of cells) {
		const row = rows.at(-1);
		const longer = row === undefined ? cell : `${row}   ${cell}`;
		const room = rows.length < 2 ? first : others;
		if (row !== undefined && widthOf(longer) > room) {
			rows.push(cell);
		} else {
			rows.splice(-1, 1, longer);
		}
	}
	return rows;
}
