import type {Comment} from './document.js';
import {misreading, type Page} from './page.js';
import type {Problem} from './problem.js';

/** A stretch of the source, from `start` up to, but without, `end`. */
export type Range = {readonly start: number; readonly end: number};

export type FoundComment = Range & {readonly comment: Comment; readonly closed: boolean};

/** Every comment that begins between `start` and `end`; one that is never closed reaches up to `end`. */
export function commentsIn(page: Page, start: number, end: number): readonly FoundComment[] {
	return [...page.source.slice(start, end).matchAll(/<!--(?:-?>|([\s\S]*?)(-->|$))/g)].map(match => {
		const from = start + match.index;
		const to = from + match[0].length;
		const text = match[1] ?? '';
		const comment = {
			text,
			at: page.lines.place(from + 4, from + 4 + text.length),
			followedAt: visibleBehind(page, to),
		};
		return {start: from, end: to, comment, closed: match[0].endsWith('>') || match[2] === '-->'};
	});
}

/** The first thing on the rest of the line that is neither blank nor another comment. */
function visibleBehind({source, lines}: Page, offset: number): Comment['followedAt'] {
	const end = lines.endOf(lines.lineAt(offset));
	const rest = source.slice(offset, end).replace(/<!--.*?(?:-->|$)/g, comment => ' '.repeat(comment.length));
	const first = rest.search(/\S/);
	return first === -1 ? undefined : lines.place(offset + first, end);
}

export function unclosedComment(page: Page, {start, end}: Range): Problem {
	return misreading(
		page,
		'unclosed-comment',
		page.lines.place(start, end),
		'This comment is never closed.',
		'Close it with --> before the next empty line.',
	);
}
