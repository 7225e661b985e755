import type {TableCell, Table as TableNode, TableRow} from 'mdast';
import type {Cell, Comment} from './document.js';
import {columnsBefore, markdownOf, textOf} from './markup.js';
import {entryPart, freeComment, type Part} from './parts.js';
import {gather, type Reading, rangeOf} from './reading.js';

/** Comments inside of cells belong to nothing and follow the table. */
export function readTable(reading: Reading, node: TableNode): readonly Part[] {
	const {page, hidden} = reading;
	const range = rangeOf(reading, node);
	const hiddenBefore = hidden.length;
	const inside = gather(reading, node, false).comments;
	const [header, ...rows] = node.children;
	const columns = header?.children.length ?? 0;
	const comments: Comment[] = [];
	const below = {line: page.lines.lineAt(range.end), comments, isLink: false};
	const table = entryPart({
		kind: 'table',
		at: page.lines.place(range.start, range.end),
		markdown: markdownOf(page, range, hidden.slice(hiddenBefore), columnsBefore(page, range.start)),
		header: header ? cellsOf(reading, header, columns) : [],
		rows: rows.map(row => cellsOf(reading, row, columns)),
		comments,
	});
	const free = inside.map(({comment, start, end}) => entryPart(freeComment(comment, page.lines.place(start, end))));
	return [table, ...free].map(part => ({...part, below}));
}

function cellsOf(reading: Reading, row: TableRow, columns: number): readonly Cell[] {
	const end = rangeOf(reading, row).end;
	const missing: Cell = {text: '', at: reading.page.lines.place(end - 1, end)};
	return Array.from({length: columns}, (_, index) => {
		const cell = row.children[index];
		return cell ? cellOf(reading, cell) : missing;
	});
}

function cellOf(reading: Reading, node: TableCell): Cell {
	const shown = node.children.filter(child => child.type !== 'html');
	const [first, last] = [shown.at(0), shown.at(-1)];
	const {start, end} =
		first && last ? {start: rangeOf(reading, first).start, end: rangeOf(reading, last).end} : rangeOf(reading, node);
	return {text: textOf(node), at: reading.page.lines.place(start, end)};
}
