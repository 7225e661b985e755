import {cutToWidth, widthOf} from '../text/width.js';
import type {Role, Theme} from './theme.js';

/** One row of a pane: stretches of harmless text, each with its role. What comes from outside was sanitised before. */
export type Line = readonly Span[];

export type Span = {readonly text: string; readonly role: Role};

export const span = (text: string, role: Role = 'plain'): Span => ({text, role});

export const emptyLine: Line = [];

export function widthOfLine(line: Line): number {
	return line.reduce((width, {text}) => width + widthOf(text), 0);
}

/** At most `columns` cells; `cut` stands where something is missing. */
export function cutLine(line: Line, columns: number, cut: string): Line {
	if (widthOfLine(line) <= columns) {
		return line;
	}

	const kept: Span[] = [];
	let room = columns;
	for (const {text, role} of line) {
		const width = widthOf(text);
		// The span that fills the row to its edge is cut too if more follows it.
		if (width >= room) {
			kept.push({text: width === room ? `${cutToWidth(text, room - 1, '')}${cut}` : cutToWidth(text, room, cut), role});
			break;
		}

		kept.push({text, role});
		room -= width;
	}
	return kept;
}

/** Exactly `columns` cells: cut, or filled with blanks of the last span's role at the end. */
export function fitLine(line: Line, columns: number, cut: string, fill: Role = 'plain'): Line {
	const fitting = cutLine(line, columns, cut);
	const missing = columns - widthOfLine(fitting);
	return missing > 0 ? [...fitting, span(' '.repeat(missing), fill)] : fitting;
}

/** `left` at the left edge, `right` at the right one; where both do not fit, `left` is cut, and `right` last. */
export function justify(left: Line, right: Line, columns: number, cut: string): Line {
	const room = columns - widthOfLine(right);
	return room < 4 ? fitLine(left, columns, cut) : [...fitLine(left, room, cut), ...right];
}

/** At least `rows` lines; exactly so many if there were no more. */
export function filled(lines: readonly Line[], rows: number): readonly Line[] {
	const missing = rows - lines.length;
	return missing > 0 ? [...lines, ...Array.from({length: missing}, () => emptyLine)] : lines;
}

/** One text of several rows, ready for the terminal. No control character leaves this function but our own SGR. */
export function paint(lines: readonly Line[], theme: Theme): string {
	return lines.map(line => line.map(part => paintSpan(part, theme)).join('')).join('\n');
}

function paintSpan({text, role}: Span, theme: Theme): string {
	const {open, close} = theme.roles[role];
	return `${open}${inLetters(withoutControls(text), theme)}${close}`;
}

function inLetters(text: string, {marks: {letters}}: Theme): string {
	return text.replace(/[…·•]/g, letter => letters[letter] ?? letter);
}

/** The last of several lines of defence: text comes here sanitised. */
function withoutControls(text: string): string {
	return text.replace(/\p{Cc}/gu, '\ufffd');
}
