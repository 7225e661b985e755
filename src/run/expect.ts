import {RE2JS} from 're2js';
import type {ExpectedLine} from '../runbook/runbook.js';

/**
The first expected line that the output does not bear out, as a sentence; undefined if all is as expected.

Lines must appear in order, others may stand between them; `(absent)` lines must appear nowhere. Each is compared with
a whole line; trailing blanks and CR do not count.
*/
export function unexpected(expected: readonly ExpectedLine[], output: string): string | undefined {
	const lines = output.split('\n').map(withoutTrailingBlanks);
	let from = 0;
	for (const {text, match} of expected) {
		const matches = matcherFor(withoutTrailingBlanks(text), match);
		if (match === 'absent') {
			if (lines.some(matches)) {
				return `The line "${text}" must not appear, and it does.`;
			}
		} else {
			const found = lines.findIndex((line, index) => index >= from && matches(line));
			if (found === -1) {
				return `The line "${text}" did not appear${from === 0 ? '' : ' behind the ones before it'}.`;
			}

			from = found + 1;
		}
	}

	return undefined;
}

function matcherFor(text: string, match: ExpectedLine['match']): (line: string) => boolean {
	switch (match) {
		case 'exact':
		case 'absent':
			return line => line === text;
		case 'glob':
			return line => globToPattern(text).matches(line);
		case 're': {
			const pattern = RE2JS.compile(text);
			return line => pattern.matches(line);
		}
	}
}

/** `*` is any number of characters, `?` one; a backslash before them takes that away. */
function globToPattern(glob: string): RE2JS {
	const pattern = glob.replaceAll(/\\([*?\\])|([*?])|([^*?\\]+|\\)/g, (_, escaped, wild, plain) =>
		wild === undefined ? RE2JS.quote(escaped ?? plain) : wild === '*' ? '.*' : '.',
	);
	return RE2JS.compile(pattern);
}

function withoutTrailingBlanks(line: string): string {
	return line.replace(/[ \t\r]+$/, '');
}
