import {wrapToWidth} from '../text/width.js';

/** One line of prose for a screen, harmless: what is emphasised in it, and no colour. */
export type TextLine = readonly TextSpan[];

export type TextSpan = {readonly text: string; readonly style: TextStyle};

export type TextStyle = 'plain' | 'strong' | 'code' | 'quiet';

/**
The spans as lines of at most `columns` cells, broken as `wrapToWidth` breaks. The first line begins with `first`, the
others with `rest`, which stand for a bullet and the room under it.
*/
export function wrapSpans(spans: readonly TextSpan[], columns: number, first = '', rest = ''): TextLine[] {
	const text = spans.map(span => span.text).join('');
	let from = 0;
	return wrapToWidth(text, columns - Math.max(first.length, rest.length)).map((line, index) => {
		// Wrapping leaves out nothing but blanks, so each line is a stretch of the text behind the one before
		const at = text.indexOf(line, from);
		from = at + line.length;
		return prefixed(index === 0 ? first : rest, slice(spans, at, from));
	});
}

/** The line with plain text in front of it, if there is any. */
export function prefixed(prefix: string, line: TextLine): TextLine {
	return prefix === '' ? line : [{text: prefix, style: 'plain'}, ...line];
}

function slice(spans: readonly TextSpan[], from: number, to: number): TextLine {
	const cut: TextSpan[] = [];
	let start = 0;
	for (const {text, style} of spans) {
		const part = text.slice(Math.max(0, from - start), Math.max(0, to - start));
		start += text.length;
		if (part !== '') {
			cut.push({text: part, style});
		}
	}

	return cut;
}
