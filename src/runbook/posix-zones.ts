import {MAX_NESTING, type Zone, type ZoneKind, type Zones} from './shell-zones.js';

/**
Finds the quotes, comments and here-documents of a POSIX shell script.

> | echo "at $(date) in 'x'" # now
         ^^^^^      ^^^^^^^^ ^^^^^ zones; `$(...)` begins a command anew, also inside of double quotes

A lexer and no parser: it knows just enough of `case` to tell its `)` from the end of `$(...)`.
Source: POSIX.1-2024, Shell Command Language, 2.2 and 2.3.
*/
export function posixZones(source: string, shell: 'sh' | 'bash'): Zones {
	const zones: Zone[] = [];
	const pending: HereDocument[] = [];
	let unclosed: ZoneKind | undefined;
	let at = 0;

	const zone = (start: number, end: number, kind: ZoneKind) => {
		if (end > start) {
			zones.push({start, end, kind});
		}
	};
	const cutOff = (start: number, kind: ZoneKind) => {
		at = source.length;
		zone(start, at, kind);
		unclosed ??= kind;
	};

	/** Reads commands up to the `)` that ends a substitution, or to the end of the script. */
	function commands(isSubstitution: boolean, depth: number): void {
		const start = at;
		if (depth > MAX_NESTING) {
			zone(start, source.length, 'a place that shells read differently');
			at = source.length;
			return;
		}

		const open: Array<'(' | 'case'> = [];
		let atWordStart = true;
		let atCommandStart = true;
		while (at < source.length) {
			const unit = source[at];
			switch (unit) {
				case '\n':
					at++;
					hereDocuments(depth);
					atWordStart = true;
					atCommandStart = true;
					continue;
				case ' ':
				case '\t':
					at++;
					atWordStart = true;
					continue;
				case '#':
					if (atWordStart) {
						const from = at;
						at = endOfLine(source, at);
						zone(from, at, 'a comment');
						continue;
					}

					at++;
					break;
				case ';':
				case '&':
				case '|':
					at++;
					atWordStart = true;
					atCommandStart = true;
					continue;
				case '(':
					if (shell === 'bash' && atCommandStart && source[at + 1] === '(' && arithmetic(at + 2, at)) {
						atCommandStart = false;
						continue;
					}

					open.push('(');
					at++;
					atWordStart = true;
					atCommandStart = true;
					continue;
				case ')':
					at++;
					if (open.at(-1) === '(') {
						open.pop();
					} else if (open.length === 0 && isSubstitution) {
						return;
					}

					atWordStart = true;
					atCommandStart = true;
					continue;
				case '<':
					redirection(depth);
					atWordStart = true;
					continue;
				case '>':
					at++;
					atWordStart = true;
					continue;
				case '\\':
					// A line that goes on is as if the two characters were not there
					at += 2;
					if (source[at - 1] === '\n') {
						continue;
					}

					break;
				case "'":
					singleQuotes();
					break;
				case '"':
					doubleQuotes(depth);
					break;
				case '`':
					backquotes();
					break;
				case '$':
					dollar(false, depth);
					break;
				default: {
					const word = plainWord(source, at);
					at += word.length;
					if (atWordStart && atCommandStart) {
						if (word === 'case') {
							open.push('case');
						} else if (word === 'esac' && open.at(-1) === 'case') {
							open.pop();
						}

						atCommandStart = wordsBeforeCommands.has(word);
					} else if (atWordStart && word === 'in' && open.at(-1) === 'case') {
						atCommandStart = true;
					}

					atWordStart = false;
					continue;
				}
			}

			atWordStart = false;
			atCommandStart = false;
		}

		if (isSubstitution) {
			cutOff(start, 'a place that shells read differently');
		}
	}

	function singleQuotes(): void {
		const start = at;
		const end = source.indexOf("'", at + 1);
		if (end === -1) {
			cutOff(start, 'single quotes');
			return;
		}

		at = end + 1;
		zone(start, at, 'single quotes');
	}

	function doubleQuotes(depth: number): void {
		let start = at++;
		while (at < source.length) {
			const unit = source[at];
			if (unit === '"') {
				at++;
				zone(start, at, 'double quotes');
				return;
			}

			if (unit === '\\') {
				at += 2;
			} else if (unit === '`') {
				backquotes();
			} else if (unit === '$') {
				zone(start, at, 'double quotes');
				dollar(true, depth);
				start = at;
			} else {
				at++;
			}
		}

		cutOff(start, 'double quotes');
	}

	/** Inside of backquotes even single quotes protect neither a backquote nor a backslash. */
	function backquotes(): void {
		const start = at++;
		while (at < source.length && source[at] !== '`') {
			at += source[at] === '\\' ? 2 : 1;
		}

		if (at >= source.length) {
			cutOff(start, 'backquotes');
			return;
		}

		at++;
		zone(start, at, 'backquotes');
	}

	function dollar(inDoubleQuotes: boolean, depth: number): void {
		const start = at;
		const next = source[at + 1];
		if (next === '(') {
			if (source[at + 2] === '(' && arithmetic(at + 3, start)) {
				return;
			}

			at += 2;
			commands(true, depth + 1);
		} else if (next === '{') {
			at += 2;
			parameter(inDoubleQuotes, depth + 1);
			zone(start, at, 'a parameter expansion');
		} else if (next === "'" && !inDoubleQuotes) {
			dollarSingleQuotes();
		} else {
			const name = /^\$(?:\w+|[$?!@*#-])/.exec(source.slice(at, at + 64))?.[0];
			const end = at + (name?.length ?? 1);
			// In double quotes the variable's own name is no place for a value either
			if (inDoubleQuotes) {
				zone(start, end, 'double quotes');
			}

			at = end;
		}
	}

	/** `$((1 + 2))`. False: it is a subshell inside of a substitution, and nothing was read. */
	function arithmetic(from: number, start: number): boolean {
		let nesting = 0;
		for (let end = from; end < Math.min(source.length, from + MAX_ARITHMETIC); end++) {
			if (source[end] === '(') {
				nesting++;
			} else if (source[end] === ')' && nesting > 0) {
				nesting--;
			} else if (source[end] === ')') {
				if (source[end + 1] !== ')') {
					return false;
				}

				at = end + 2;
				zone(start, at, 'arithmetic');
				return true;
			}
		}

		return false;
	}

	/** Reads up to the `}` of a `${…}`. */
	function parameter(inDoubleQuotes: boolean, depth: number): void {
		const start = at;
		while (at < source.length && depth <= MAX_NESTING) {
			const unit = source[at];
			if (unit === '}') {
				at++;
				return;
			}

			if (unit === '\\') {
				at += 2;
			} else if (unit === "'" && !inDoubleQuotes) {
				singleQuotes();
			} else if (unit === '"') {
				doubleQuotes(depth);
			} else if (unit === '`') {
				backquotes();
			} else if (unit === '$') {
				dollar(inDoubleQuotes, depth);
			} else {
				at++;
			}
		}

		cutOff(start, 'a parameter expansion');
	}

	/** `$'a\tb'` is one quotation to bash and ash; to dash it is `$` and single quotes, which end at `\'`. */
	function dollarSingleQuotes(): void {
		const start = at;
		at += 2;
		while (at < source.length && source[at] !== "'") {
			if (source[at] === '\\' && source[at + 1] === "'" && shell === 'sh') {
				cutOff(start, 'a place that shells read differently');
				return;
			}

			at += source[at] === '\\' ? 2 : 1;
		}

		if (at >= source.length) {
			cutOff(start, 'single quotes');
			return;
		}

		at++;
		zone(start, at, 'single quotes');
	}

	/** `<`, `<<EOF`, `<<-EOF`, `<<<`. The text of a here-document begins behind the end of this line. */
	function redirection(depth: number): void {
		const [operator = '<'] = /^<(?:<<|<-|<)?/.exec(source.slice(at, at + 3)) ?? [];
		at += operator.length;
		if (operator !== '<<' && operator !== '<<-') {
			return;
		}

		const written = /^[ \t]*((?:\\[^\n]|'[^'\n]*'|"[^"\n]*"|[^\s;&|()<>'"\\])+)/.exec(source.slice(at, at + 256));
		if (written?.[1] !== undefined) {
			at += written[0].length;
			pending.push({
				delimiter: written[1].replaceAll(/\\(.)|['"]/g, '$1'),
				dropsTabs: operator === '<<-',
				expands: !/[\\'"]/.test(written[1]),
				depth,
			});
		}
	}

	function hereDocuments(depth: number): void {
		const due = pending.splice(0);
		if (due.some(document => document.depth !== depth)) {
			cutOff(at, 'a place that shells read differently');
			return;
		}

		for (const {delimiter, dropsTabs, expands} of due) {
			const start = at;
			const end = endOfHereDocument(source, start, delimiter, dropsTabs);
			if (end === undefined) {
				cutOff(start, 'a here-document');
			} else if (expands && cutsOffSubstitution(source.slice(start, end.text))) {
				cutOff(start, 'a place that shells read differently');
			} else {
				zone(start, end.text, 'a here-document');
				at = end.line;
			}
		}
	}

	commands(false, 0);
	return {zones, unclosed: unclosed ?? (pending.length > 0 ? 'a here-document' : undefined)};
}

/** A longer calculation is none: looking for its end from every `$((` on would cost the square of the length. */
const MAX_ARITHMETIC = 4096;

type HereDocument = {
	readonly delimiter: string;
	readonly dropsTabs: boolean;
	/** No part of its delimiter is quoted. */
	readonly expands: boolean;
	/** How many substitutions surround its `<<`. */
	readonly depth: number;
};

/** Where its text ends, and where the line behind its delimiter begins; `undefined` if the delimiter never comes. */
function endOfHereDocument(
	source: string,
	start: number,
	delimiter: string,
	dropsTabs: boolean,
): {readonly text: number; readonly line: number} | undefined {
	for (let at = start; at < source.length; ) {
		const end = endOfLine(source, at);
		const line = source.slice(at, end);
		if ((dropsTabs ? line.replace(/^\t+/, '') : line) === delimiter) {
			return {text: at, line: Math.min(end + 1, source.length)};
		}

		at = end + 1;
	}

	return undefined;
}

/** A substitution that its text leaves open swallows the delimiter in some shells. */
function cutsOffSubstitution(text: string): boolean {
	const plain = text.replaceAll(/\\./gs, '');
	const count = (piece: string) => plain.split(piece).length - 1;
	return count('`') % 2 === 1 || count('$(') > count(')');
}

/** Behind these a command begins, so that `then case` opens a `case` and `echo case` does not. */
const wordsBeforeCommands: ReadonlySet<string> = new Set([
	'then',
	'do',
	'else',
	'elif',
	'if',
	'while',
	'until',
	'{',
	'!',
]);

function plainWord(source: string, at: number): string {
	wordUnits.lastIndex = at;
	return wordUnits.exec(source)?.[0] ?? source.charAt(at);
}

const wordUnits = /[^\s;&|()<>'"`$\\]+/y;

function endOfLine(source: string, at: number): number {
	const end = source.indexOf('\n', at);
	return end === -1 ? source.length : end;
}
