import type {BlockContent, DefinitionContent, List, ListItem, PhrasingContent, RootContent, Table} from 'mdast';
import {sanitiseLine} from '../text/sanitise.js';
import {cutToWidth, padToWidth, widthOf} from '../text/width.js';
import {MAX_DEPTH, markdownTree} from './markdown-tree.js';
import {prefixed, type TextLine, type TextSpan, type TextStyle, wrapSpans} from './text-line.js';

/**
Markdown as lines of at most `columns` cells: what a reader needs of it, with bold, code and quiet marks as the only looks.

Code keeps its lines, which are cut; links show where they lead; HTML is shown as it is written. `fill` says what stands
for a piece of text, so that values can take the place of placeholders after Markdown was read.
*/
export function markdownLines(
	markdown: string,
	columns: number,
	fill: (text: string) => string = text => text,
): readonly TextLine[] {
	return new MarkdownLines(markdown, fill).ofBlocks(markdownTree(markdown).children, Math.max(8, columns), 0);
}

type Block = RootContent | BlockContent | DefinitionContent;

class MarkdownLines {
	readonly #source: string;
	readonly #fill: (text: string) => string;

	constructor(source: string, fill: (text: string) => string) {
		this.#source = source;
		this.#fill = fill;
	}

	/** An empty line between any two blocks. */
	ofBlocks(blocks: readonly Block[], columns: number, depth: number): TextLine[] {
		return blocks.flatMap((block, index) => {
			const lines = depth > MAX_DEPTH ? this.#asWritten(block) : this.#ofBlock(block, columns, depth);
			return index > 0 && lines.length > 0 ? [[], ...lines] : lines;
		});
	}

	#ofBlock(block: Block, columns: number, depth: number): TextLine[] {
		switch (block.type) {
			case 'paragraph':
				return wrapSpans(this.#spans(block.children, 'plain', depth), columns);
			case 'heading':
				return wrapSpans(this.#spans(block.children, 'strong', depth), columns);
			case 'code':
				return codeLines(this.#text(block.value), columns);
			case 'blockquote':
				return this.ofBlocks(block.children, columns - 2, depth + 1).map(line => prefixed('| ', line));
			case 'list':
				return this.#ofList(block, columns, depth);
			case 'table':
				return this.#ofTable(block, columns, depth);
			case 'thematicBreak':
				return [[{text: '-'.repeat(Math.min(columns, 20)), style: 'quiet'}]];
			case 'html':
				return block.value.split('\n').flatMap(line => wrapSpans([{text: this.#text(line), style: 'quiet'}], columns));
			default:
				return this.#asWritten(block);
		}
	}

	#ofList(list: List, columns: number, depth: number): TextLine[] {
		const gap = list.spread === true ? [[]] : [];
		return list.children.flatMap((item, index) => {
			const bullet = list.ordered === true ? `${(list.start ?? 1) + index}. ` : '- ';
			const lines = this.#ofItem(item, bullet + checkbox(item), columns, depth);
			return index > 0 ? [...gap, ...lines] : lines;
		});
	}

	#ofItem(item: ListItem, bullet: string, columns: number, depth: number): TextLine[] {
		const lines = this.ofBlocks(item.children, columns - bullet.length, depth + 1);
		const tight = item.spread === true ? lines : lines.filter(line => line.length > 0);
		return (tight.length === 0 ? [[]] : tight).map((line, index) =>
			prefixed(index === 0 ? bullet : ' '.repeat(bullet.length), line),
		);
	}

	/** In columns if they fit, else row by row, each cell that holds something behind the name of its column. */
	#ofTable({children: rows}: Table, columns: number, depth: number): TextLine[] {
		const cells = rows.map(({children}) => children.map(cell => textOf(this.#spans(cell.children, 'plain', depth))));
		const [header = [], ...body] = cells;
		const widths = header.map((_, index) => Math.max(...cells.map(row => widthOf(row[index] ?? ''))));
		const total = widths.reduce((sum, width) => sum + width + 2, -2);
		if (total > columns) {
			return body.flatMap((row, index) => {
				const lines = row.flatMap((cell, column) =>
					cell === ''
						? []
						: wrapSpans(
								[
									{text: `${header[column] ?? ''}: `, style: 'strong'},
									{text: cell, style: 'plain'},
								],
								columns,
							),
				);
				return index > 0 ? [[], ...lines] : lines;
			});
		}

		return cells.map((row, index) => [
			{
				text: widths
					.map((width, column) => padToWidth(row[column] ?? '', width))
					.join('  ')
					.trimEnd(),
				style: index === 0 ? 'strong' : 'plain',
			},
		]);
	}

	#spans(nodes: readonly PhrasingContent[], style: TextStyle, depth: number): TextSpan[] {
		return nodes.flatMap(node => this.#spansOf(node, style, depth));
	}

	#spansOf(node: PhrasingContent, style: TextStyle, depth: number): TextSpan[] {
		if (depth > MAX_DEPTH) {
			return [{text: this.#written(node).join(' '), style}];
		}

		switch (node.type) {
			case 'text':
				return [{text: this.#text(node.value.replaceAll('\n', ' ')), style}];
			case 'inlineCode':
				return [{text: this.#text(node.value), style: 'code'}];
			case 'strong':
			case 'emphasis':
				return this.#spans(node.children, 'strong', depth + 1);
			case 'delete':
				return this.#spans(node.children, 'quiet', depth + 1);
			case 'link': {
				const spans = this.#spans(node.children, style, depth + 1);
				const url = this.#text(node.url);
				return textOf(spans) === url ? spans : [...spans, {text: ` (${url})`, style: 'quiet'}];
			}

			case 'image':
				return [{text: `[${this.#text(node.alt ?? '') || 'picture'}: ${this.#text(node.url)}]`, style: 'quiet'}];
			case 'break':
				return [{text: '\n', style}];
			default:
				return [{text: this.#written(node).join(' '), style}];
		}
	}

	#text(text: string): string {
		return text
			.split('\n')
			.map(line => sanitiseLine(this.#fill(line)))
			.join('\n');
	}

	#asWritten(node: Block): TextLine[] {
		return this.#written(node).map(text => [{text, style: 'plain'}]);
	}

	#written({position}: Block | PhrasingContent): string[] {
		const source = this.#source.slice(position?.start.offset ?? 0, position?.end.offset ?? 0);
		return source.split('\n').map(line => sanitiseLine(this.#fill(line)));
	}
}

function checkbox({checked}: ListItem): string {
	return checked === null || checked === undefined ? '' : checked ? '[x] ' : '[ ] ';
}

function codeLines(code: string, columns: number): TextLine[] {
	return code.split('\n').map(line => [
		{text: '  ', style: 'plain'},
		{text: cutToWidth(line, columns - 2), style: 'code'},
	]);
}

function textOf(spans: readonly TextSpan[]): string {
	return spans.map(({text}) => text).join('');
}
