import type {Comment} from './document.js';
import {misreading, type Page} from './page.js';
import type {Problem} from './problem.js';

/** A stretch of the source, from `start` up to, but without, `end`. */
export type Range = {readonly start: number; readonly end: number};

export type FoundComment = Range & {readonly comment: Comment; readonly closed: boolean};

/** Every comment that begins between `start` and `end`; one that is never closed reaches up to its last visible character. */
export function commentsIn(page: Page, start: number, end: number): readonly FoundComment[] {
	const marks = page.source.slice(start, end).matchAll(/<!--(?:-?>|([\s\S]*?)(?:(-->)|\s*$))/g);
	return Array.from(marks, ({0: whole, 1: text, 2: closing, index}) => {
		const from = start + index;
		const closed = text === undefined || closing !== undefined;
		const to = from + (closed ? whole : whole.trimEnd()).length;
		const comment = {
			text: text ?? '',
			at: page.lines.place(from + 4, from + 4 + (text ?? '').length),
			followedAt: closed ? visibleBehind(page, to) : undefined,
		};
		return {start: from, end: to, comment, closed};
	});
}

/** The first thing on the rest of the line that is neither blank nor another comment. */
function visibleBehind({source, lines}: Page, offset: number): Comment['followedAt'] {
	const end = lines.endOf(lines.lineAt(offset));
	const rest = source.slice(offset, end).replace(/<!--.*?(?:-->|$)/g, comment => ' '.repeat(comment.length));
	const first = rest.search(/\S/);
	return first === -1 ? undefined : lines.place(offset + first, end);
}

export function unclosedComment(page: Page, start: number): Problem {
	return misreading(
		page,
		'unclosed-comment',
		page.lines.place(start, start + 4),
		'This comment is never closed.',
		'Close it with --> before the next empty line.',
	);
}
