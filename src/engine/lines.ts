import {linkedText} from '../runbook/render.js';

/**
A file with these lines in it: those that are there already stay where they are, the others come behind the last line, in
their order and with the line end that the file uses. `there` null: there is no file yet. Undefined if it is no text.

Trailing CR does not count when lines are compared. An empty line is never missing.
*/
export function withLines(there: Uint8Array | null, lines: Uint8Array): Uint8Array | undefined {
	const before = there === null ? '' : linkedText(there);
	const wanted = linkedText(lines)?.split(/\r?\n/);
	if (before === undefined || wanted === undefined) {
		return undefined;
	}

	const present = new Set(before.split(/\r?\n/));
	const missing = wanted.filter(line => line !== '' && !present.has(line));
	if (missing.length === 0) {
		return there ?? lines;
	}

	const end = before.includes('\r\n') ? '\r\n' : '\n';
	const gap = before === '' || before.endsWith('\n') ? '' : end;
	return new TextEncoder().encode(`${before}${gap}${[...new Set(missing)].join(end)}${end}`);
}
