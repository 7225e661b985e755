import type {Code, Nodes} from 'mdast';
import {commentsIn, type FoundComment, type Range, unclosedComment} from './comments.js';
import type {Comment, Link} from './document.js';
import {readFence} from './fence.js';
import {textOf} from './markup.js';
import type {Page} from './page.js';
import type {CommentTarget, Part} from './parts.js';
import type {Problem} from './problem.js';

/** One piece while it is being converted. */
export type Reading = {
	readonly page: Page;
	/** What to add to an offset of the piece's tree for one of the source. */
	readonly offset: number;
	/** URLs of link definitions, by identifier. */
	readonly definitions: ReadonlyMap<string, string>;
	/** Comments so far, in order: taken out of every text. */
	readonly hidden: Range[];
	readonly problems: Problem[];
};

export function rangeOf({offset}: Reading, {position}: Nodes): Range {
	return {start: offset + (position?.start.offset ?? 0), end: offset + (position?.end.offset ?? 0)};
}

/** What stands inside of a paragraph, quote or cell, in order. */
export type Gathered = {
	readonly links: OpenLink[];
	/** Those that no link has taken. */
	readonly comments: FoundComment[];
	readonly fences: Part[];
};

/** A link that may still take comments, and where it, or its last comment, ends. */
type OpenLink = {readonly link: Link; readonly comments: Comment[]; end: number};

/** With `linksTake`, a comment behind a link belongs to it. */
export function gather(reading: Reading, node: Nodes, linksTake: boolean): Gathered {
	const gathered: Gathered = {links: [], comments: [], fences: []};
	const visit = (child: Nodes): void => {
		switch (child.type) {
			case 'html':
				for (const comment of hide(reading, rangeOf(reading, child))) {
					addComment(reading, gathered, comment, linksTake);
				}
				return;
			case 'code':
				gathered.fences.push(codeOf(reading, child, true));
				return;
			case 'text':
				findOpenComment(reading, rangeOf(reading, child));
				return;
			case 'link':
				addLink(reading, gathered, child, child.url);
				break;
			case 'linkReference':
				addLink(reading, gathered, child, reading.definitions.get(child.identifier) ?? '');
				break;
			default:
		}

		if ('children' in child) {
			child.children.forEach(visit);
		}
	};

	visit(node);
	return gathered;
}

/** The last link, if it ends on the line that `end` is on: it takes a comment from the line below. */
export function linkTarget({page: {lines}}: Reading, {links}: Gathered, end: number): CommentTarget | undefined {
	const last = links.at(-1);
	const line = lines.lineAt(end);
	return last && lines.lineAt(last.end) === line ? {line, comments: last.comments, isLink: true} : undefined;
}

/** Finds the comments of an HTML node and takes them out of what is shown. */
export function hide({page, hidden, problems}: Reading, {start, end}: Range): readonly FoundComment[] {
	const comments = commentsIn(page, start, end);
	hidden.push(...comments);
	problems.push(...comments.filter(({closed}) => !closed).map(comment => unclosedComment(page, comment.start)));
	return comments;
}

function addComment({page}: Reading, {links, comments}: Gathered, found: FoundComment, linksTake: boolean): void {
	const link = links.at(-1);
	if (linksTake && link && /^[\s\p{P}]*$/u.test(page.source.slice(link.end, found.start))) {
		link.comments.push(found.comment);
		link.end = found.end;
	} else {
		comments.push(found);
	}
}

function addLink(reading: Reading, {links}: Gathered, node: Nodes, url: string): void {
	const {start, end} = rangeOf(reading, node);
	const comments: Comment[] = [];
	links.push({link: {url, text: textOf(node), at: reading.page.lines.place(start, end), comments}, comments, end});
}

export function codeOf(reading: Reading, node: Code, quoted: boolean): Part {
	const {part, problems} = readFence(reading.page, node, rangeOf(reading, node), quoted);
	reading.problems.push(...problems);
	return part;
}

/** A `<!--` that Markdown shows as text, because nothing closes it before its paragraph ends. */
function findOpenComment({page, problems}: Reading, {start, end}: Range): void {
	const open = /(?<!\\)<!--/.exec(page.source.slice(start, end));
	if (open) {
		problems.push(unclosedComment(page, start + open.index));
	}
}
