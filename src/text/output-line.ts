import {cutToWidth, graphemesOf, isAscii, widthOf} from './width.js';

/**
One line of a host's output, harmless: its spans side by side. An empty line has none.

`text` holds no control character, none that is invisible and none that turns the direction of writing.
*/
export type OutputLine = readonly OutputSpan[];

/** `sgr` is of our own making: the parameters that give the look from a reset terminal; empty for plain text. */
export type OutputSpan = {readonly text: string; readonly sgr: string};

/** The line without its looks. */
export function textOf(line: OutputLine): string {
	return line.map(span => span.text).join('');
}

/**
The line for a terminal, cut to `columns` cells from cell `from` on; each styled span ends with a reset.

`colour` false leaves the looks out.
*/
export function paintLine(
	line: OutputLine,
	{columns, from = 0, colour}: {readonly columns: number; readonly from?: number; readonly colour: boolean},
): string {
	return sliceLine(line, from, columns)
		.map(({text, sgr}) => (colour && sgr !== '' ? `\u001B[${sgr}m${text}\u001B[0m` : text))
		.join('');
}

/** The line in pieces of at most `columns` cells, at least one. `columns` below 2 counts as 2. */
export function wrapOutputLine(line: OutputLine, columns: number): OutputLine[] {
	const room = Math.max(2, columns);
	const pieces: OutputLine[] = [];
	let piece: OutputSpan[] = [];
	let left = room;
	for (const {text, sgr} of line) {
		let rest = text;
		while (widthOf(rest) > left) {
			const head = cutToWidth(rest, left, '');
			pieces.push(head === '' ? piece : [...piece, {text: head, sgr}]);
			piece = [];
			left = room;
			rest = rest.slice(head.length);
		}

		if (rest !== '') {
			piece.push({text: rest, sgr});
			left -= widthOf(rest);
		}
	}

	return piece.length > 0 || pieces.length === 0 ? [...pieces, piece] : pieces;
}

function sliceLine(line: OutputLine, from: number, columns: number): OutputLine {
	const slice: OutputSpan[] = [];
	let skip = from;
	let room = columns;
	for (const {text, sgr} of line) {
		if (room <= 0) {
			break;
		}

		const {rest, skipped} = skipCells(text, skip);
		const visible = cutToWidth(rest, room, '');
		skip -= skipped;
		if (visible !== '') {
			slice.push({text: visible, sgr});
			room -= widthOf(visible);
		}

		if (visible.length < rest.length) {
			break;
		}
	}

	return slice;
}

/** A wide character that begins before the edge leaves a blank for its second half. */
function skipCells(text: string, cells: number): {readonly rest: string; readonly skipped: number} {
	if (cells <= 0) {
		return {rest: text, skipped: 0};
	}

	if (isAscii(text)) {
		return {rest: text.slice(cells), skipped: Math.min(cells, text.length)};
	}

	let skipped = 0;
	let length = 0;
	for (const grapheme of graphemesOf(text)) {
		if (skipped >= cells) {
			break;
		}

		skipped += widthOf(grapheme);
		length += grapheme.length;
	}

	return {rest: ' '.repeat(Math.max(0, skipped - cells)) + text.slice(length), skipped: Math.min(skipped, cells)};
}
