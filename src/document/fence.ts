import type {Code} from 'mdast';
import type {Range} from './comments.js';
import type {Comment, Fence} from './document.js';
import {misreading, type Page} from './page.js';
import {type BlockPart, fencePart} from './parts.js';
import type {Problem} from './problem.js';

export type CodeRead = {readonly part: BlockPart; readonly problems: readonly Problem[]};

export function readFence(page: Page, node: Code, {start, end}: Range, quoted: boolean): CodeRead {
	const {lines} = page;
	const firstLine = lines.lineAt(start);
	const codeLines = node.value.split('\n');
	const comments: Comment[] = [];
	const isFenced = node.value === '' || lines.lineAt(end) - firstLine + 1 > codeLines.length;
	const codeLine = Math.min(isFenced ? firstLine + 1 : firstLine, lines.count);
	const code = {
		kind: 'fence',
		quoted,
		code: node.value,
		codeLine,
		codeColumn: columnOfCode(page, codeLine, codeLines),
		comments,
	} as const;
	if (!isFenced) {
		const at = lines.place(firstCharOf(page, start), end);
		return {part: fencePart({...code, at, fenced: false, language: '', info: '', infoAt: at}, comments), problems: []};
	}

	const at = lines.place(start, end);
	const opening = page.source.slice(start, start + at.length);
	const marks = /^(?:`+|~+)/.exec(opening)?.[0] ?? '';
	const [, gap = '', language = '', between = '', info = ''] =
		/^(\s*)(\S*)(\s*)(.*?)\s*$/.exec(opening.slice(marks.length)) ?? [];
	const infoStart = start + marks.length + gap.length + language.length + between.length;
	const fence: Fence = {
		...code,
		at,
		fenced: true,
		language,
		info,
		infoAt: info === '' ? at : lines.place(infoStart, infoStart + info.length),
	};
	return {
		part: fencePart(fence, comments),
		problems: isClosed(page, firstLine, end, marks) ? [] : [unclosed(page, fence)],
	};
}

/** An indented block may begin inside its indentation. */
function firstCharOf({source}: Page, start: number): number {
	const blanks = /^\s*/.exec(source.slice(start, start + 200))?.[0] ?? '';
	return start + blanks.length;
}

/**
Each line of code is the end of its line in the file, so what stands before it gives the column.

A tab that ends in the middle of the code's first columns arrives as blanks, more than the file has: column 1 is the least.
*/
function columnOfCode({lines}: Page, codeLine: number, codeLines: readonly string[]): number {
	const index = codeLines.findIndex(line => line !== '');
	const line = codeLine + index;
	return index === -1 ? 1 : Math.max(1, lines.endOf(line) - lines.startOf(line) - (codeLines[index]?.length ?? 0) + 1);
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
