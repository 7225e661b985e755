import {widthOf} from '../text/width.js';
import {type Key, type KeyGroup, strokeName} from './keys.js';
import {fitLine, type Line, type Span, span} from './line.js';
import type {Theme} from './theme.js';

const gap = '   ';

/** The keys of what has the focus, most likely next action first; what does not fit is dropped from the right, never help. */
export function footerLine(groups: readonly KeyGroup[], columns: number, theme: Theme): Line {
	const keys = groups.flatMap(group => group.keys).filter(({inFooter, unless}) => inFooter && unless === '');
	const help = keys.find(isHelp);
	const helpHint = help === undefined ? [] : hint(help, theme);
	let room = columns - 1 - widthOfSpans(helpHint) - gap.length;
	const shown: Span[] = [];
	for (const [index, key] of keys.filter(candidate => !isHelp(candidate)).entries()) {
		const next = [...(index === 0 ? [] : [span(gap)]), ...hint(key, theme)];
		room -= widthOfSpans(next);
		if (room < 0) {
			break;
		}
		shown.push(...next);
	}
	const separator = shown.length > 0 && help !== undefined ? [span(gap)] : [];
	return fitLine([span(' '), ...shown, ...separator, ...helpHint], columns, theme.marks.cut);
}

function hint({strokes, does}: Key, theme: Theme): readonly Span[] {
	return [span(strokeName(strokes[0], theme.marks), 'key'), span(` ${does}`)];
}

function isHelp({strokes}: Key): boolean {
	return strokes.includes('?');
}

function widthOfSpans(spans: readonly Span[]): number {
	return spans.reduce((width, {text}) => width + widthOf(text), 0);
}
