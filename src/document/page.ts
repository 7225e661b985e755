import {type Lines, linesOf} from './lines.js';
import type {Place, Problem} from './problem.js';

/** The text that is being read, with what all of the reading needs. */
export type Page = {
	readonly file: string;
	/** LF line ends, no byte order mark. */
	readonly source: string;
	readonly lines: Lines;
	/** The front matter declares a fieldbook: what GitHub would draw differently than the author meant is an error. */
	readonly strict: boolean;
};

export function pageOf(file: string, source: string, strict: boolean): Page {
	return {file, source, lines: linesOf(source), strict};
}

/** Something that means one thing to the author and another to GitHub: an error in a runbook, a warning in a plain document. */
export function misreading(page: Page, code: string, at: Place, message: string, help: string): Problem {
	return {file: page.file, at, severity: page.strict ? 'error' : 'warning', code, message, help};
}
