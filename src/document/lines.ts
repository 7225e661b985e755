import type {Place} from './problem.js';

/** Where the lines of a text begin. Lines count from 1, offsets from 0; line ends are LF. */
export type Lines = {
	readonly count: number;
	/** The line on which an offset lies; a line end belongs to the line that it ends. */
	lineAt(offset: number): number;
	startOf(line: number): number;
	/** Where the line's LF, or the end of the text, is. */
	endOf(line: number): number;
	/** From `start` to `end`, or to the end of the line if that comes first. */
	place(start: number, end: number): Place;
};

/** A text with LF line ends and no byte order mark: what places are places in. */
export function normalised(source: string): string {
	return source.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
}

export function linesOf(source: string): Lines {
	const starts = [0];
	for (let at = source.indexOf('\n'); at !== -1; at = source.indexOf('\n', at + 1)) {
		starts.push(at + 1);
	}

	const startOf = (line: number): number => starts[line - 1] ?? source.length;
	const endOf = (line: number): number => (line < starts.length ? startOf(line + 1) - 1 : source.length);
	const lineAt = (offset: number): number => {
		let low = 1;
		let high = starts.length;
		while (low < high) {
			const middle = (low + high + 1) >> 1;
			if (startOf(middle) <= offset) {
				low = middle;
			} else {
				high = middle - 1;
			}
		}

		return low;
	};

	return {
		count: starts.length,
		lineAt,
		startOf,
		endOf,
		place(start, end) {
			const line = lineAt(start);
			const length = Math.max(1, Math.min(end, endOf(line)) - start);
			return {line, column: start - startOf(line) + 1, length};
		},
	};
}
