import type {Blockquote} from 'mdast';
import type {Range} from './comments.js';
import type {AlertKind} from './document.js';
import {columnsBefore, markdownOf, textOf} from './markup.js';
import {misreading, type Page} from './page.js';
import {type CommentTarget, entryPart, freeComment, type Part} from './parts.js';
import {gather, type Reading, rangeOf} from './reading.js';

const alertKinds: readonly AlertKind[] = ['NOTE', 'TIP', 'IMPORTANT', 'WARNING', 'CAUTION'];

/**
A quote whose first line is one of GitHub's alert marks; any other quote is `undefined`.

> | > [!WARNING]
> | > The host restarts. <!-- id=restart -->

Comments at its end are the alert's; others, and code in it, follow it as blocks of their own.
*/
export function readAlert(reading: Reading, node: Blockquote): readonly Part[] | undefined {
	const {page, hidden, problems} = reading;
	const [first] = node.children;
	const content = first?.type === 'paragraph' ? rangeOf(reading, first) : undefined;
	const mark = content && markOf(page, content);
	if (!content || !mark) {
		return undefined;
	}

	const alert = alertKinds.find(kind => kind === mark.word.toUpperCase());
	const at = page.lines.place(content.start, content.start + mark.length);
	if (alert === undefined) {
		const message = `GitHub knows no alert [!${mark.word}] and draws a plain quote.`;
		problems.push(misreading(page, 'unknown-alert', at, message, `It knows ${alertKinds.join(', ')}.`));
		return undefined;
	}

	if (mark.isFollowed) {
		const message = `GitHub draws a plain quote here: something follows [!${mark.word}] on its line.`;
		problems.push(misreading(page, 'alert-mark', at, message, 'Put the text on the next line, behind a > of its own.'));
	}

	const range = rangeOf(reading, node);
	const hiddenBefore = hidden.length;
	const {comments: found, fences} = gather(reading, node, false);
	const inside = found.findLastIndex(comment => !isLast(page, comment, range.end)) + 1;
	const comments = found.slice(inside).map(({comment}) => comment);
	const below: CommentTarget = {line: page.lines.lineAt(range.end), comments, isLink: false};
	const body = {start: content.start + mark.length, end: range.end};
	const indent = columnsBefore(page, range.start);
	const parts = [
		entryPart({
			kind: 'alert',
			at: page.lines.place(range.start, range.end),
			alert,
			markdown: markdownOf(page, body, hidden.slice(hiddenBefore), indent, true).replace(/^(?:[ \t]*\n)+|^[ \t]+/, ''),
			text: textOf(node).slice(mark.length).trim(),
			comments,
		}),
		...fences,
		...found
			.slice(0, inside)
			.map(({comment, start, end}) => entryPart(freeComment(comment, page.lines.place(start, end)))),
	];
	return parts.map(part => ({...part, below}));
}

type Mark = {readonly word: string; readonly length: number; readonly isFollowed: boolean};

function markOf({source, lines}: Page, {start, end}: Range): Mark | undefined {
	const line = source.slice(start, Math.min(end, lines.endOf(lines.lineAt(start))));
	const match = /^\[!([A-Za-z]+)\](?![([])(.*)$/.exec(line);
	return match
		? {word: match[1] ?? '', length: (match[1] ?? '').length + 3, isFollowed: match[2]?.trim() !== ''}
		: undefined;
}

/** Whether nothing but quote marks and other comments stands behind it. */
function isLast({source}: Page, {end}: Range, quoteEnd: number): boolean {
	return (
		source
			.slice(end, quoteEnd)
			.replace(/<!--[\s\S]*?-->/g, '')
			.replace(/[\s>]/g, '') === ''
	);
}
