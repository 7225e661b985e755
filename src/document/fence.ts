import type {Code} from 'mdast';
import type {Range} from './comments.js';
import type {Comment, Fence} from './document.js';
import {misreading, type Page} from './page.js';
import {fencePart, type Part} from './parts.js';
import type {Problem} from './problem.js';

export type CodeRead = {readonly part: Part; readonly problems: readonly Problem[]};

/** A fenced or indented code block. */
export function readFence(page: Page, node: Code, range: Range, quoted: boolean): CodeRead {
	const {lines, source} = page;
	const firstLine = lines.lineAt(range.start);
	const line = source.slice(range.start, lines.endOf(firstLine));
	const marks = /^(?:`+|~+)/.exec(line)?.[0];
	const comments: Comment[] = [];
	if (marks === undefined) {
		const start = range.start + line.length - line.trimStart().length;
		const at = lines.place(start, range.end);
		const fence = {at, fenced: false, language: '', info: '', infoAt: at, ...codeAt(page, node.value, firstLine)};
		return {part: fencePart({kind: 'fence', quoted, ...fence, comments}, comments), problems: []};
	}

	const closed = isClosed(page, firstLine, range.end, marks);
	const code = closed ? node.value : node.value.replace(/\n\s*$/, '');
	const fence: Fence = {
		kind: 'fence',
		quoted,
		at: lines.place(range.start, range.end),
		fenced: true,
		...infoOf(page, range, marks),
		...codeAt(page, code, Math.min(firstLine + 1, lines.count)),
		comments,
	};
	return {part: fencePart(fence, comments), problems: closed ? [] : [unclosed(page, fence)]};
}

/**
> | ```sh on=esxi1 id=a
>       ^^ language
>          ^^^^^^^^^^^^^ info
*/
function infoOf(
	{lines, source}: Page,
	{start, end}: Range,
	marks: string,
): Pick<Fence, 'language' | 'info' | 'infoAt'> {
	const at = lines.place(start, end);
	const [, before = '', language = '', info = ''] =
		/^(\s*(\S*)\s*)(.*?)\s*$/.exec(source.slice(start + marks.length, start + at.length)) ?? [];
	const infoStart = start + marks.length + before.length;
	return {language, info, infoAt: info === '' ? at : lines.place(infoStart, infoStart + info.length)};
}

/**
Each line of code is the end of its line in the file, so what stands before it gives the column.

A tab that ends in the middle of the code's first columns arrives as blanks, more than the file has: column 1 is the least.
*/
function codeAt({lines}: Page, code: string, codeLine: number): Pick<Fence, 'code' | 'codeLine' | 'codeColumn'> {
	const codeLines = code.split('\n');
	const index = codeLines.findIndex(line => line !== '');
	const line = codeLine + index;
	const before = lines.endOf(line) - lines.startOf(line) - (codeLines[index]?.length ?? 0);
	return {code, codeLine, codeColumn: index === -1 ? 1 : Math.max(1, before + 1)};
}

function isClosed({source, lines}: Page, firstLine: number, end: number, marks: string): boolean {
	const line = lines.lineAt(end);
	const closing = /^[ \t>]*(`{3,}|~{3,})[ \t]*$/.exec(source.slice(lines.startOf(line), end))?.[1] ?? '';
	return line > firstLine && closing.startsWith(marks);
}

function unclosed(page: Page, {at}: Fence): Problem {
	return misreading(
		page,
		'unclosed-fence',
		at,
		'This fence is never closed: everything up to the end of its list item or of the document is code.',
		'Close it with the same marks, indented like this line.',
	);
}
