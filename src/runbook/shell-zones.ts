/**
A stretch of a script in which the shell does not read a quoted word as a word.

A value that was quoted for the shell may stand everywhere else; in here it would mean something different.
*/
export type Zone = {
	/** Offset of the first unit. */
	readonly start: number;
	/** Offset behind the last unit. */
	readonly end: number;
	readonly kind: ZoneKind;
};

export type ZoneKind =
	| 'single quotes'
	| 'double quotes'
	| 'a comment'
	| 'a here-document'
	| 'a here-string'
	| 'backquotes'
	| 'arithmetic'
	| 'a parameter expansion'
	| 'verbatim arguments'
	/** Shells differ on where a quotation before it ends, or it is nested too deeply to tell. */
	| 'a place that shells read differently';

/** The zones of a script; they may overlap. `unclosed` names what the script's end cut off. */
export type Zones = {readonly zones: readonly Zone[]; readonly unclosed: ZoneKind | undefined};

/** Deeper nesting of quotes and substitutions is not read: nobody can. */
export const MAX_NESTING = 50;
