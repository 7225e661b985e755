import {MAX_NESTING, type Zone, type ZoneKind, type Zones} from './shell-zones.js';

/**
Finds the quotes, comments and here-strings of a PowerShell script.

> | Write-Host "on $(hostname)" # now
               ^^^^          ^ ^^^^^ zones; `$(...)` begins a command anew, also inside of double quotes

Typographic quotes count as straight ones. Source: about_Quoting_Rules, about_Special_Characters.
*/
export function powershellZones(source: string): Zones {
	const zones: Zone[] = [];
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
	/** Reads up to the first match of `ending` from here on. */
	const upTo = (ending: RegExp, kind: ZoneKind, from: number) => {
		ending.lastIndex = from;
		const found = ending.exec(source);
		if (found === null) {
			cutOff(at, kind);
			return;
		}

		zone(at, ending.lastIndex, kind);
		at = ending.lastIndex;
	};

	function commands(isSubexpression: boolean, depth: number): void {
		const start = at;
		if (depth > MAX_NESTING) {
			cutOff(start, 'a place that shells read differently');
			return;
		}

		let parentheses = 0;
		while (at < source.length) {
			const unit = source.charAt(at);
			if (unit === '`') {
				at += 2;
			} else if (source.startsWith('<#', at)) {
				upTo(/#>/g, 'a comment', at + 2);
			} else if (unit === '#' && startsToken(source, at)) {
				upTo(/$/gm, 'a comment', at);
			} else if (source.startsWith('--%', at) && startsToken(source, at)) {
				upTo(/$/gm, 'verbatim arguments', at);
			} else if (unit === '@' && /^@['\u2018-\u201B][ \t]*\n/.test(source.slice(at, at + 80))) {
				upTo(/\n['\u2018-\u201B]@/g, 'a here-string', at);
			} else if (unit === '@' && /^@["\u201C-\u201E][ \t]*\n/.test(source.slice(at, at + 80))) {
				upTo(/\n["\u201C-\u201E]@/g, 'a here-string', at);
			} else if (isSingleQuote(unit)) {
				singleQuotes();
			} else if (isDoubleQuote(unit)) {
				doubleQuotes(depth);
			} else if (source.startsWith('${', at)) {
				upTo(/\}/g, 'a parameter expansion', at + 2);
			} else if (unit === '(') {
				parentheses++;
				at++;
			} else if (unit === ')') {
				at++;
				if (parentheses === 0 && isSubexpression) {
					return;
				}

				parentheses = Math.max(0, parentheses - 1);
			} else {
				at++;
			}
		}

		if (isSubexpression) {
			cutOff(start, 'a place that shells read differently');
		}
	}

	function singleQuotes(): void {
		const start = at++;
		for (; at < source.length; at++) {
			if (isSingleQuote(source.charAt(at))) {
				at++;
				if (!isSingleQuote(source.charAt(at))) {
					zone(start, at, 'single quotes');
					return;
				}
			}
		}

		cutOff(start, 'single quotes');
	}

	function doubleQuotes(depth: number): void {
		let start = at++;
		while (at < source.length) {
			const unit = source.charAt(at);
			if (unit === '`') {
				at += 2;
			} else if (source.startsWith('$(', at)) {
				zone(start, at, 'double quotes');
				at += 2;
				commands(true, depth + 1);
				start = at;
			} else if (isDoubleQuote(unit)) {
				at++;
				if (!isDoubleQuote(source.charAt(at))) {
					zone(start, at, 'double quotes');
					return;
				}

				at++;
			} else {
				at++;
			}
		}

		cutOff(start, 'double quotes');
	}

	commands(false, 0);
	return {zones, unclosed};
}

const isSingleQuote = (unit: string): boolean => /^['\u2018-\u201B]$/.test(unit);

const isDoubleQuote = (unit: string): boolean => /^["\u201C-\u201E]$/.test(unit);

function startsToken(source: string, at: number): boolean {
	return at === 0 || /[\s;|&(){}[\],=]/.test(source.charAt(at - 1));
}
