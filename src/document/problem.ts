/** Where something stands in a file. Lines and columns count from 1; columns and `length` are UTF-16 units, as editors count. */
export type Place = {
	readonly line: number;
	readonly column: number;
	/** How many units the caret underlines; at least 1, and never past the end of the line. */
	readonly length: number;
	/** Where that is another file than the one at hand: what stands in an included document. */
	readonly file?: string;
};

export type Severity = 'error' | 'warning';

/**
Something wrong in a file that a person wrote: a runbook or a site file.

Errors stop a run, warnings do not. Reading collects problems; it never throws them.
*/
export type Problem = {
	readonly file: string;
	readonly at: Place;
	readonly severity: Severity;
	/** Stable, in kebab case: `unknown-key`, `bad-value`, `cycle`. Part of `check --json`. */
	readonly code: string;
	/** What is wrong, as a sentence that names the thing. */
	readonly message: string;
	/** What was probably meant or what to write instead; empty if there is nothing to add. */
	readonly help: string;
};
