import type {Heading, ListItem, List as ListNode, Nodes, Paragraph, RootContent} from 'mdast';
import {readAlert} from './alert.js';
import {attachComments} from './attach.js';
import type {Comment, Item} from './document.js';
import {groupBlocks} from './group.js';
import {readHtml} from './html.js';
import {columnsBefore, markdownOf, textOf} from './markup.js';
import {type CommentTarget, entryPart, type Part} from './parts.js';
import {codeOf, gather, linkTarget, type Reading, rangeOf} from './reading.js';
import {readTable} from './table.js';

/** Top-level blocks; headings begin sections. */
export function readTopLevel(reading: Reading, nodes: readonly RootContent[]): readonly Part[] {
	return nodes.flatMap(node => (node.type === 'heading' ? headingOf(reading, node) : readBlock(reading, node)));
}

function readBlock(reading: Reading, node: RootContent): readonly Part[] {
	switch (node.type) {
		case 'blockquote':
			return readAlert(reading, node) ?? proseOf(reading, node);
		case 'list':
			return [listOf(reading, node)];
		case 'code':
			return [codeOf(reading, node, false)];
		case 'html':
			return readHtml(reading, rangeOf(reading, node));
		case 'table':
			return readTable(reading, node);
		case 'definition':
			return [];
		default:
			return proseOf(reading, node);
	}
}

function headingOf(reading: Reading, node: Heading): Part {
	const {lines} = reading.page;
	const {start, end} = rangeOf(reading, node);
	const comments = gather(reading, node, false).comments.map(({comment}) => comment);
	return entryPart(
		{kind: 'heading', depth: node.depth, title: textOf(node), at: lines.place(start, end), comments},
		{line: lines.lineAt(end), comments, isLink: false},
	);
}

/** The code in a quote follows it as blocks of its own. */
function proseOf(reading: Reading, node: Nodes): readonly Part[] {
	const {page, hidden} = reading;
	const range = rangeOf(reading, node);
	const hiddenBefore = hidden.length;
	const gathered = gather(reading, node, true);
	const prose = entryPart(
		{
			kind: 'prose',
			at: page.lines.place(range.start, range.end),
			markdown: markdownOf(page, range, hidden.slice(hiddenBefore), columnsBefore(page, range.start)),
			text: textOf(node),
			links: gathered.links.map(({link}) => link),
			comments: gathered.comments.map(({comment}) => comment),
		},
		linkTarget(reading, gathered, range.end),
	);
	return [prose, ...gathered.fences];
}

function listOf(reading: Reading, node: ListNode): Part {
	const {start, end} = rangeOf(reading, node);
	const items = node.children.map(child => itemOf(reading, child));
	const at = reading.page.lines.place(start, end);
	return entryPart(
		{kind: 'list', at, ordered: node.ordered === true, items: items.map(({item}) => item)},
		items.at(-1)?.below,
	);
}

type ItemRead = {
	readonly item: Item;
	/** Takes a comment from the line right below the item, indented or not. */
	readonly below: CommentTarget | undefined;
};

function itemOf(reading: Reading, node: ListItem): ItemRead {
	const {page, hidden, problems} = reading;
	const {start, end} = rangeOf(reading, node);
	const hiddenBefore = hidden.length;
	const checked = node.checked ?? undefined;
	const [first, ...others] = node.children;
	const paragraph = first?.type === 'paragraph' ? first : undefined;
	const {text, links, comments, own} = paragraph
		? itemText(reading, paragraph, checked !== undefined)
		: noText(page.lines.lineAt(start));
	const nested = (paragraph ? others : node.children).flatMap(child => readBlock(reading, child));
	const attached = attachComments(page, nested, own);
	const {blocks, problems: grouping} = groupBlocks(page, attached.entries);
	problems.push(...attached.problems, ...grouping);
	const last = nested.at(-1);
	return {
		item: {
			at: page.lines.place(start, end),
			checked,
			text,
			markdown: itemMarkdown(reading, node, hiddenBefore),
			links,
			comments,
			blocks,
		},
		below: last === undefined ? own : last.kind === 'entry' ? last.below : undefined,
	};
}

type ItemText = Pick<Item, 'text' | 'links' | 'comments'> & {
	/** Takes a comment from the line right below the text. */
	readonly own: CommentTarget;
};

function itemText(reading: Reading, paragraph: Paragraph, isTask: boolean): ItemText {
	const {end} = rangeOf(reading, paragraph);
	const gathered = gather(reading, paragraph, !isTask);
	const comments = gathered.comments.map(({comment}) => comment);
	const link = isTask ? undefined : linkTarget(reading, gathered, end);
	return {
		text: textOf(paragraph),
		links: gathered.links.map(opened => opened.link),
		comments,
		own: link ?? {line: reading.page.lines.lineAt(end), comments, isLink: false},
	};
}

/** A comment may stand behind the bullet itself. */
function noText(line: number): ItemText {
	const comments: Comment[] = [];
	return {text: '', links: [], comments, own: {line: line - 1, comments, isLink: false}};
}

/**
> | 1.  [ ] text      the content begins behind the box, its other lines below the box
> |     more
*/
function itemMarkdown(reading: Reading, node: ListItem, hiddenBefore: number): string {
	const {page, hidden} = reading;
	const {start, end} = rangeOf(reading, node);
	const line = page.source.slice(start, page.lines.endOf(page.lines.lineAt(start)));
	const [whole = '', mark = '', gap = '', box = ''] = /^([-+*]|\d+[.)])([ \t]*)(\[[ xX]\][ \t]*)?/.exec(line) ?? [];
	const content = start + mark.length + gap.length;
	const columns = columnsBefore(page, content) - columnsBefore(page, start + mark.length);
	const isPlain = whole.length < line.length && columns <= 4;
	const indent = columnsBefore(page, start + mark.length) + (isPlain ? columns : 1);
	const from = node.checked === null || node.checked === undefined ? content : content + box.length;
	return markdownOf(page, {start: from, end}, hidden.slice(hiddenBefore), indent).replace(/^\n+/, '');
}
