import type {Document} from '../document/document.js';
import type {Place} from '../document/problem.js';
import type {Names} from './names.js';
import type {ProblemList} from './problem-list.js';

/** What every stage of compiling one document knows. */
export type Compiling = {
	readonly document: Document;
	/** The lines of the source; line 1 is at 0. */
	readonly lines: readonly string[];
	readonly names: Names;
	readonly problems: ProblemList;
};

/**
Where a piece of prose stands in the file, looked for from `line` on.

Prose is kept without its comments, quote marks and indentation, so its own lines and columns say nothing.
*/
export function placeInSource({lines}: Pick<Compiling, 'lines'>, line: number, text: string): Place {
	const first = text.split('\n', 1)[0] ?? '';
	for (let index = line - 1; index < Math.min(lines.length, line + MAX_LINES); index++) {
		const column = lines[index]?.indexOf(first) ?? -1;
		if (column !== -1) {
			return {line: index + 1, column: column + 1, length: Math.max(1, first.length)};
		}
	}

	return {line, column: 1, length: 1};
}

/** Longer than any paragraph with a mistake in it that somebody has to find by eye. */
const MAX_LINES = 200;
