import type {FoundComment, Range} from './comments.js';
import {markdownOf, textOfHtml} from './markup.js';
import {misreading, type Page} from './page.js';
import {entryPart, type Part} from './parts.js';
import type {Problem} from './problem.js';
import {hide, type Reading} from './reading.js';

/**
Takes an HTML block apart: comments, the tags of `<details>`, and what is left as prose.

> | <details><summary>Undo</summary>      opens
> | <!-- a comment -->
> | </details>                            closes
*/
export function readHtml(reading: Reading, block: Range): readonly Part[] {
	const {page} = reading;
	const comments = hide(reading, block);
	const marks = [...comments, ...detailsTags(page, block, comments)].sort((a, b) => a.start - b.start);
	const parts: Part[] = [];
	let at = block.start;
	const addProse = (end: number) => {
		const stretch = trimmed(page, at, end);
		if (stretch) {
			parts.push(proseOf(page, stretch));
			reading.problems.push(...swallowed(page, stretch));
		}
	};

	for (const mark of marks) {
		addProse(mark.start);
		parts.push(partOf(page, mark));
		at = Math.max(at, mark.end);
	}

	addProse(block.end);
	return parts;
}

/** `summary` is `undefined` at the end tag. */
type DetailsTag = Range & {readonly summary: string | undefined};

function detailsTags({source}: Page, {start, end}: Range, comments: readonly FoundComment[]): readonly DetailsTag[] {
	let html = source.slice(start, end);
	if (isRawText(html)) {
		return [];
	}

	for (const comment of comments) {
		html =
			html.slice(0, comment.start - start) + ' '.repeat(comment.end - comment.start) + html.slice(comment.end - start);
	}

	const tags = /<details\b[^>]*>(?:\s*<summary\b[^>]*>([\s\S]*?)<\/summary\s*>)?|<\/details\s*>/gi;
	return [...html.matchAll(tags)].map(match => ({
		start: start + match.index,
		end: start + match.index + match[0].length,
		summary: match[0].startsWith('</') ? undefined : textOfHtml(match[1] ?? ''),
	}));
}

function partOf({lines}: Page, mark: FoundComment | DetailsTag): Part {
	const at = lines.place(mark.start, mark.end);
	if ('comment' in mark) {
		return {kind: 'comment', comment: mark.comment, at, lastLine: lines.lineAt(mark.end)};
	}

	return entryPart(mark.summary === undefined ? {kind: 'close', at} : {kind: 'open', summary: mark.summary, at});
}

function proseOf(page: Page, stretch: Range): Part {
	const markdown = markdownOf(page, stretch, [], 0);
	return entryPart({
		kind: 'prose',
		at: page.lines.place(stretch.start, stretch.end),
		markdown,
		text: textOfHtml(markdown),
		links: [],
		comments: [],
	});
}

function trimmed({source}: Page, start: number, end: number): Range | undefined {
	const text = source.slice(start, Math.max(start, end));
	const from = start + text.length - text.trimStart().length;
	return text.trim() === '' ? undefined : {start: from, end: from + text.trim().length};
}

function isRawText(html: string): boolean {
	return /^\s*<(?:pre|script|style|textarea)\b/i.test(html);
}

/** Markdown that an author put into an HTML block, which ends only at the next empty line. */
function swallowed(page: Page, {start, end}: Range): readonly Problem[] {
	const html = page.source.slice(start, end);
	const construct = /(?:^|\n)[ \t]*(?:`{3,}|~{3,}|[-*+] \[[ xX]\] |> \[!|#{1,6} )/.exec(html);
	if (construct === null || isRawText(html)) {
		return [];
	}

	const at = start + construct.index + (construct[0].startsWith('\n') ? 1 : 0);
	return [
		misreading(
			page,
			'markdown-in-html',
			page.lines.place(at, end),
			'This line is part of the HTML above it, not Markdown: no empty line stands between.',
			'Put an empty line behind the HTML tag.',
		),
	];
}
