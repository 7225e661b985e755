/**
Shell patterns: `*`, `?`, `[a-z]`, `[!a]`, `[[:digit:]]`; a backslash takes the meaning from the next character.
*/

/** For a whole text, or for as much of it as `anchors` say. */
export function patternSource(pattern: string, greedy: boolean): string {
	let source = '';
	for (let at = 0; at < pattern.length; ) {
		const {regex, length} = nextPiece(pattern, at, greedy);
		source += regex;
		at += length;
	}
	return source;
}

export function matches(pattern: string, text: string): boolean {
	return new RegExp(`^(?:${patternSource(pattern, true)})$`, 'su').test(text);
}

/** Takes the shortest or longest part that matches off the front or the end. */
export function withoutMatch(text: string, pattern: string, side: 'prefix' | 'suffix', greedy: boolean): string {
	const whole = new RegExp(`^(?:${patternSource(pattern, true)})$`, 'su');
	const lengths = Array.from({length: text.length + 1}, (_, length) => length);
	for (const length of greedy ? lengths.reverse() : lengths) {
		const part = side === 'prefix' ? text.slice(0, length) : text.slice(text.length - length);
		if (whole.test(part)) {
			return side === 'prefix' ? text.slice(length) : text.slice(0, text.length - length);
		}
	}
	return text;
}

/** Whether a text holds anything that a pattern would read as more than itself. */
export function isPattern(pattern: string): boolean {
	return /[*?[]/.test(pattern.replaceAll(/\\./gs, ''));
}

/** A text that as a pattern matches only itself. */
export function literalPattern(text: string): string {
	return text.replaceAll(/[*?[\]\\!^-]/g, '\\$&');
}

/** The text that a pattern without wildcards stands for. */
export function withoutEscapes(pattern: string): string {
	return pattern.replaceAll(/\\(.)/gs, '$1');
}

function nextPiece(pattern: string, at: number, greedy: boolean): {readonly regex: string; readonly length: number} {
	const character = String.fromCodePoint(pattern.codePointAt(at) ?? 0);
	if (character === '*') {
		return {regex: greedy ? '.*' : '.*?', length: 1};
	}
	if (character === '?') {
		return {regex: '.', length: 1};
	}
	if (character === '\\' && at + 1 < pattern.length) {
		const escaped = String.fromCodePoint(pattern.codePointAt(at + 1) ?? 0);
		return {regex: literal(escaped), length: 1 + escaped.length};
	}
	const set = character === '[' ? readSet(pattern, at) : undefined;
	return set ?? {regex: literal(character), length: character.length};
}

/** `[!a-z[:digit:]]`; undefined if the bracket never closes: then it is a plain bracket. */
function readSet(pattern: string, at: number): {readonly regex: string; readonly length: number} | undefined {
	const found = /^\[([!^]?)((?:\]|)(?:\[:\w+:\]|\\.|[^\]\\])*)\]/su.exec(pattern.slice(at));
	if (found === null) {
		return undefined;
	}
	const [whole, negation = '', members = ''] = found;
	const inside = members.replaceAll(
		/\[:(\w+):\]|\\(.)|([[\]&|~^])/gsu,
		(_, name: string | undefined, escaped: string | undefined, plain: string) =>
			name === undefined ? literalInSet(escaped ?? plain) : (classes[name] ?? ''),
	);
	return {regex: `[${negation === '' ? '' : '^'}${inside}]`, length: whole.length};
}

const classes: Readonly<Record<string, string>> = {
	alpha: 'a-zA-Z',
	digit: '0-9',
	alnum: 'a-zA-Z0-9',
	lower: 'a-z',
	upper: 'A-Z',
	space: '\\s',
	blank: ' \\t',
	punct: '!-\\/:-@\\[-`\\{-~',
	xdigit: '0-9a-fA-F',
};

function literal(character: string): string {
	return /[\\^$.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character;
}

function literalInSet(character: string): string {
	return character === '-' ? '\\-' : literal(character);
}
