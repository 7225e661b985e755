import type {Key} from 'ink';
import {graphemesOf} from '../text/width.js';

/** One key: `enter`, `ctrl-c`, `shift-tab`, or the character it types. A blank is a blank. */
export type Stroke = string;

/**
The keys behind one input event of Ink.

Ink takes escape sequences apart but hands over printable keys as they came, several in one event: `jj` is two keys, and
what was typed before a screen came up may end in an Enter.
*/
export function strokesOf(input: string, key: Key): readonly Stroke[] {
	const named = nameOf(key);
	if (named !== undefined) {
		return [named];
	}
	if (key.ctrl) {
		return /^[a-z]$/.test(input) ? [`ctrl-${input}`] : [];
	}
	// Alt combinations mean nothing here; as text they would be a surprise.
	return key.meta ? [] : [...graphemesOf(input)].flatMap(strokeOf);
}

function nameOf(key: Key): Stroke | undefined {
	const names: ReadonlyArray<readonly [boolean, Stroke]> = [
		[key.return, 'enter'],
		[key.escape, 'esc'],
		[key.tab, key.shift ? 'shift-tab' : 'tab'],
		[key.upArrow, 'up'],
		[key.downArrow, 'down'],
		[key.leftArrow, 'left'],
		[key.rightArrow, 'right'],
		[key.pageUp, 'page-up'],
		[key.pageDown, 'page-down'],
		[key.home, 'home'],
		[key.end, 'end'],
		[key.backspace, 'backspace'],
		[key.delete, 'delete'],
	];
	return names.find(([isPressed]) => isPressed)?.[1];
}

/** Controls inside a run of characters: what was typed ahead, all of it in one chunk. */
function strokeOf(character: string): readonly Stroke[] {
	switch (character) {
		case '\r':
		case '\n':
		case '\r\n':
			return ['enter'];
		case '\t':
			return ['tab'];
		case '\x7f':
		case '\b':
			return ['backspace'];
		default: {
			const code = character.charCodeAt(0);
			if (code >= 32) {
				return [character];
			}
			return code >= 1 && code <= 26 ? [`ctrl-${String.fromCharCode(code + 96)}`] : [];
		}
	}
}
