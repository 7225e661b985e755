import type {OutputLine, OutputSpan} from './output-line.js';
import {isMark, maxMarks} from './unsafe.js';
import {isAscii, isWide, widthOf} from './width.js';

/**
The line that a host is writing: printing goes on at the cursor, which CR, BS and a few others move within the line.

While the cursor stays at the end, as it does in nearly all output, the line is spans that grow; the first print before
the end turns it into cells.
*/
export class EditableLine {
	/** From 0. May stand behind the end: printing there fills the gap with blanks. */
	column = 0;
	#spans: OutputSpan[] = [];
	#width = 0;
	/** A wide character is a cell with its text and one with none. */
	#cells: OutputSpan[] | undefined;

	/** Prints `text`, which takes `width` cells: one character, or several that are each one unit, none of them a mark. */
	print(text: string, width: number, sgr: string): void {
		if (this.column > this.#width) {
			this.#fillGap();
		}

		// What a progress display prints behind every CR
		if (this.column === 0 && width >= this.#width) {
			this.#begin(text, width, sgr);
		} else if (this.column === this.#width) {
			this.#append(text, width, sgr);
		} else {
			this.#overwrite(printedCells(text, width, sgr));
		}

		this.column += width;
	}

	/** Puts a combining mark on the character before the cursor; the ninth and more on one character are dropped. */
	printMark(mark: string, sgr: string): void {
		if (this.column === 0 || this.column > this.#width) {
			this.print(' ', 1, sgr);
		}

		if (this.#cells === undefined && this.column === this.#width) {
			addMark(this.#spans, this.#spans.length - 1, mark);
		} else {
			const cells = this.#toCells();
			addMark(cells, cells[this.column - 1]?.text === '' ? this.column - 2 : this.column - 1, mark);
		}
	}

	moveTo(column: number): void {
		this.column = Math.max(0, column);
	}

	/** CSI K: 0 to the end, 1 up to and with the cursor, 2 the whole line. The cursor stays. */
	erase(what: number): void {
		// What coloured `grep` prints behind every match
		if (what === 0 && this.column >= this.#width) {
			return;
		}

		if (what === 2 || (what === 0 && this.column === 0)) {
			this.#begin('', 0, '');
			return;
		}

		if (what === 1 && this.column + 1 >= this.#width) {
			this.#begin(' '.repeat(this.#width), this.#width, '');
			return;
		}

		const cells = this.#toCells();
		if (what === 0) {
			splitAt(cells, this.column);
			cells.length = Math.min(cells.length, this.column);
		} else if (what === 1) {
			splitAt(cells, this.column + 1);
			cells.fill(blank, 0, this.column + 1);
		}

		this.#width = cells.length;
	}

	/** The line as it stands. */
	toLine(): OutputLine {
		return this.#cells === undefined ? [...this.#spans] : joinCells(this.#cells);
	}

	/** The whole line is this from now on. */
	#begin(text: string, width: number, sgr: string): void {
		this.#spans = width === 0 ? [] : [{text, sgr}];
		this.#cells = undefined;
		this.#width = width;
	}

	#fillGap(): void {
		const gap = this.column - this.#width;
		if (this.#cells === undefined) {
			this.#append(' '.repeat(gap), gap, '');
		} else {
			this.#cells.length = this.column;
			this.#cells.fill(blank, this.#width);
			this.#width = this.column;
		}
	}

	#append(text: string, width: number, sgr: string): void {
		this.#width += width;
		if (this.#cells !== undefined) {
			this.#cells.push(...printedCells(text, width, sgr));
			return;
		}

		const last = this.#spans.at(-1);
		if (last !== undefined && last.sgr === sgr) {
			this.#spans[this.#spans.length - 1] = {text: last.text + text, sgr};
		} else {
			this.#spans.push({text, sgr});
		}
	}

	#overwrite(written: readonly OutputSpan[]): void {
		const cells = this.#toCells();
		splitAt(cells, this.column);
		splitAt(cells, this.column + written.length);
		for (const [index, cell] of written.entries()) {
			cells[this.column + index] = cell;
		}

		this.#width = cells.length;
	}

	#toCells(): OutputSpan[] {
		this.#cells ??= [...cellsOf(this.#spans)];
		return this.#cells;
	}
}

const blank: OutputSpan = {text: ' ', sgr: ''};

/** Writing over one half of a wide character leaves a blank of the other. */
function splitAt(cells: OutputSpan[], column: number): void {
	if (column > 0 && column < cells.length && cells[column]?.text === '') {
		cells[column - 1] = blank;
		cells[column] = blank;
	}
}

function addMark(spans: OutputSpan[], index: number, mark: string): void {
	const base = spans[index];
	if (base !== undefined && !fullOfMarks.test(base.text.slice(-2 * maxMarks))) {
		spans[index] = {text: base.text + mark, sgr: base.sgr};
	}
}

const fullOfMarks = new RegExp(`\\p{M}{${maxMarks}}$`, 'u');

function printedCells(text: string, width: number, sgr: string): OutputSpan[] {
	const cells: OutputSpan[] = [];
	for (const character of text) {
		cells.push({text: character, sgr});
		if (width > text.length && isWide(character.charCodeAt(0))) {
			cells.push({text: '', sgr});
		}
	}

	// An emoji is one character of two units and two cells
	while (cells.length < width) {
		cells.push({text: '', sgr});
	}

	return cells;
}

function cellsOf(spans: readonly OutputSpan[]): OutputSpan[] {
	const cells: OutputSpan[] = [];
	for (const {text, sgr} of spans) {
		const ascii = isAscii(text);
		for (const character of text) {
			if (!ascii && isMark(character)) {
				addMark(cells, cells.at(-1)?.text === '' ? cells.length - 2 : cells.length - 1, character);
				continue;
			}

			cells.push({text: character, sgr});
			if (!ascii && widthOf(character) === 2) {
				cells.push({text: '', sgr});
			}
		}
	}

	return cells;
}

function joinCells(cells: readonly OutputSpan[]): OutputLine {
	const spans: OutputSpan[] = [];
	let text = '';
	let sgr = '';
	for (const cell of cells) {
		if (cell.sgr !== sgr && text !== '') {
			spans.push({text, sgr});
			text = '';
		}

		sgr = cell.sgr;
		text += cell.text;
	}

	return text === '' ? spans : [...spans, {text, sgr}];
}
