import type {Nodes} from 'mdast';
import type {Range} from './comments.js';
import type {Page} from './page.js';

/** What a reader sees of some inline or block content: no comments, no markup, white space as a browser draws it. */
export function textOf(node: Nodes): string {
	const text = rawText(node).trim();
	return /[\t\n\v\f]| {2}/.test(text) ? text.replace(/[\t\n\f ]+/g, ' ').replace(/ ?\v[\v ]*/g, '\n') : text;
}

/** Between blocks and between lines of code stands a vertical tab; `textOf` makes it a line end. */
function rawText(node: Nodes): string {
	switch (node.type) {
		case 'text':
		case 'inlineCode':
			return node.value;
		case 'code':
			return node.value.replaceAll('\n', '\v');
		case 'image':
		case 'imageReference':
			return node.alt ?? '';
		case 'footnoteReference':
			return `[^${node.label ?? node.identifier}]`;
		case 'break':
			return ' ';
		case 'html':
			return /^<br\b/i.test(node.value) ? ' ' : '';
		case 'blockquote':
		case 'footnoteDefinition':
		case 'list':
		case 'listItem':
		case 'table':
			return node.children.map(rawText).join('\v');
		case 'tableRow':
			return node.children.map(rawText).join(' ');
		default:
			return 'children' in node ? node.children.map(rawText).join('') : '';
	}
}

/** What a reader sees of raw HTML. */
export function textOfHtml(html: string): string {
	return html
		.replace(/<!--(?:-?>|[\s\S]*?(?:-->|$))/g, '')
		.replace(/<[^<>]*>/g, ' ')
		.replace(/&(amp|lt|gt|quot|apos|nbsp|#39);/g, (whole, name: string) => entities[name] ?? whole)
		.replace(/\s+/g, ' ')
		.trim();
}

const entities: Readonly<Record<string, string>> = {
	amp: '&',
	lt: '<',
	gt: '>',
	quot: '"',
	apos: "'",
	'#39': "'",
	nbsp: ' ',
};

/**
The source from `start` to `end` as a text of its own: `hidden` taken out, and the lines below the first moved left by
`indent` columns, or as far as they can. A line of which only blanks are left goes away.

`hidden` is in order. `quoted` takes one `>` off each line, too.
*/
export function markdownOf(
	{source, lines}: Page,
	{start, end}: Range,
	hidden: readonly Range[],
	indent: number,
	quoted = false,
): string {
	const result: string[] = [];
	const lastLine = lines.lineAt(end);
	for (let line = lines.lineAt(start), from = start; line <= lastLine; line++, from = lines.startOf(line)) {
		const to = Math.min(end, lines.endOf(line));
		const kept = withoutHidden(source, from, to, hidden);
		const dedented = from === start ? kept : withoutIndent(kept, indent);
		const text = quoted ? dedented.replace(/^[ \t]*> ?/, '') : dedented;
		if (kept.length === to - from) {
			result.push(text);
		} else if (text.trim() !== '') {
			result.push(text.trimEnd());
		}
	}

	return result.join('\n').trimEnd();
}

function withoutHidden(source: string, from: number, to: number, hidden: readonly Range[]): string {
	let kept = '';
	let at = from;
	for (const range of hidden) {
		if (range.start < to && range.end > at) {
			kept += source.slice(at, Math.max(at, range.start));
			at = Math.min(to, range.end);
		}
	}

	return at === from ? source.slice(from, to) : kept + source.slice(at, to);
}

const tabWidth = 4;

function nextColumn(column: number, char: string): number {
	return char === '\t' ? column + tabWidth - (column % tabWidth) : column + 1;
}

/** How many columns stand before an offset on its line, where tabs stop at every fourth: CommonMark 0.31, section 2.2. */
export function columnsBefore({source, lines}: Page, offset: number): number {
	let column = 0;
	for (let at = lines.startOf(lines.lineAt(offset)); at < offset; at++) {
		column = nextColumn(column, source.charAt(at));
	}

	return column;
}

/** What is left of the indentation comes as blanks: a tab would stop elsewhere now. */
function withoutIndent(line: string, columns: number): string {
	if (columns === 0) {
		return line;
	}

	const blanks = /^[ \t]*/.exec(line)?.[0] ?? '';
	const indent = Array.from(blanks).reduce(nextColumn, 0);
	return ' '.repeat(Math.max(0, indent - columns)) + line.slice(blanks.length);
}
