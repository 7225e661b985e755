import type {Place, Problem, Severity} from '../document/problem.js';
import {nearest} from '../text/nearest.js';

/** Collects what is wrong with one file. Reading goes on after every problem: an author corrects a file once. */
export type ProblemList = {
	error(code: string, at: Place, message: string, help?: string): void;
	warning(code: string, at: Place, message: string, help?: string): void;
	/** In document order; of two at the same place the one that was found first. */
	all(): readonly Problem[];
};

export function problemList(file: string): ProblemList {
	const problems: Problem[] = [];
	const add =
		(severity: Severity) =>
		(code: string, at: Place, message: string, help = '') => {
			problems.push({file: at.file ?? file, at, severity, code, message, help});
		};
	return {
		error: add('error'),
		warning: add('warning'),
		all: () => problems.toSorted((a, b) => a.at.line - b.at.line || a.at.column - b.at.column),
	};
}

/** `Did you mean "serial"?`, else what there is to choose from. */
export function suggestion(word: string, candidates: readonly string[], otherwise = 'There are'): string {
	const meant = nearest(word, candidates);
	if (meant !== undefined) {
		return `Did you mean "${meant}"?`;
	}

	return candidates.length === 0 || candidates.length > MAX_LISTED ? '' : `${otherwise}: ${candidates.join(', ')}.`;
}

/** A longer list helps nobody who did not mistype one of them. */
const MAX_LISTED = 20;
