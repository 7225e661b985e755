import {type Key, type KeyGroup, strokeName} from './keys.js';
import {fitLine, type Line, type Span, span, widthOfLine} from './line.js';
import type {Theme} from './theme.js';

const gap = '   ';

/**
The keys of what has the focus, most likely next action first. What does not fit is dropped from the right, but never the
help, the way out, the way to the other panes or the search.
*/
export function footerLine(groups: readonly KeyGroup[], columns: number, theme: Theme): Line {
	const keys = groups.flatMap(group => group.keys).filter(({inFooter, unless}) => inFooter && unless === '');
	const last = keys.filter(isKept).flatMap(key => [span(gap), ...hint(key, theme)]);
	let room = columns - 1 - widthOfLine(last);
	const shown: Span[] = [];
	for (const key of keys.filter(candidate => !isKept(candidate))) {
		const next = [...(shown.length === 0 ? [] : [span(gap)]), ...hint(key, theme)];
		room -= widthOfLine(next);
		if (room < 0) {
			break;
		}
		shown.push(...next);
	}
	const line = [...shown, ...(shown.length === 0 ? last.slice(1) : last)];
	return fitLine([span(' '), ...line], columns, theme.marks.cut);
}

function hint({strokes, does}: Key, theme: Theme): readonly Span[] {
	return [span(strokeName(strokes[0], theme.marks), 'key'), span(` ${does}`)];
}

function isKept({strokes}: Key): boolean {
	return strokes.includes('?') || strokes.includes('tab') || strokes.includes('/') || strokes[0] === 'q';
}
