import {sanitiseLine} from '../text/sanitise.js';
import {graphemesOf, widthOf} from '../text/width.js';
import type {Stroke} from './stroke.js';

/** A line of text that somebody edits. `caret` counts graphemes before it. */
export type TextField = {readonly graphemes: readonly string[]; readonly caret: number};

export function fieldOf(text: string): TextField {
	const graphemes = [...graphemesOf(text)];
	return {graphemes, caret: graphemes.length};
}

export const emptyField: TextField = fieldOf('');

export function textOf(field: TextField): string {
	return field.graphemes.join('');
}

/** The field after a key; undefined if the key means nothing to it. */
export function edited(field: TextField, stroke: Stroke): TextField | undefined {
	const {graphemes, caret} = field;
	switch (stroke) {
		case 'left':
			return {graphemes, caret: Math.max(0, caret - 1)};
		case 'right':
			return {graphemes, caret: Math.min(graphemes.length, caret + 1)};
		case 'home':
		case 'ctrl-a':
			return {graphemes, caret: 0};
		case 'end':
		case 'ctrl-e':
			return {graphemes, caret: graphemes.length};
		case 'backspace':
			return without(field, Math.max(0, caret - 1), caret);
		case 'delete':
		case 'ctrl-d':
			return without(field, caret, caret + 1);
		case 'ctrl-w':
			return without(field, wordStart(field), caret);
		case 'ctrl-u':
			return without(field, 0, caret);
		case 'ctrl-k':
			return without(field, caret, graphemes.length);
		default:
			return isTyped(stroke) ? inserted(field, stroke) : undefined;
	}
}

/** The field with `text` put in at the caret: line ends inside it and tabs become blanks, other controls are left out. */
export function inserted({graphemes, caret}: TextField, text: string): TextField {
	const line = text
		.replace(/[\r\n]+$/, '')
		.replace(/\r\n|[\r\n\t]/g, ' ')
		.replace(/\p{Cc}/gu, '');
	const before = graphemes.slice(0, caret).join('') + line;
	const after = graphemes.slice(caret).join('');
	// Counted again as a whole: what was typed may join the character before it, as a combining mark does.
	return {graphemes: [...graphemesOf(before + after)], caret: [...graphemesOf(before)].length};
}

/** What of the field is seen in `columns` cells with the caret in view, and the caret's column in it, from 0. */
export function viewOf(
	{graphemes, caret}: TextField,
	columns: number,
	mask: string | undefined,
): {readonly text: string; readonly caretColumn: number} {
	const shown = graphemes.map(grapheme => mask ?? sanitiseLine(grapheme));
	const widths = shown.map(widthOf);
	let start = caret;
	let caretColumn = 0;
	// One cell stays free for the caret behind the last character.
	while (start > 0 && caretColumn + (widths[start - 1] ?? 0) < columns) {
		start--;
		caretColumn += widths[start] ?? 0;
	}
	let end = caret;
	let width = caretColumn;
	while (end < shown.length && width + (widths[end] ?? 0) <= columns) {
		width += widths[end] ?? 0;
		end++;
	}
	return {text: shown.slice(start, end).join(''), caretColumn};
}

function without({graphemes}: TextField, from: number, to: number): TextField {
	return {graphemes: graphemes.toSpliced(from, to - from), caret: from};
}

/** Back over blanks, then over the word before them. */
function wordStart({graphemes, caret}: TextField): number {
	let start = caret;
	while (start > 0 && graphemes[start - 1] === ' ') {
		start--;
	}
	while (start > 0 && graphemes[start - 1] !== ' ') {
		start--;
	}
	return start;
}

/** A key that is a character: names of keys are longer, and no name is one grapheme. */
export function isTyped(stroke: Stroke): boolean {
	return [...graphemesOf(stroke)].length === 1;
}
