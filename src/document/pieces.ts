import type {Root} from 'mdast';
import {fromMarkdown, type Options} from 'mdast-util-from-markdown';
import {gfmFromMarkdown} from 'mdast-util-gfm';
import {gfm} from 'micromark-extension-gfm';
import type {Page} from './page.js';

/** A stretch of whole lines, parsed on its own. */
export type Piece = {
	/** `undefined` where it is nested too deeply for the parser, or has more lines than `maxPieceLines`. */
	readonly root: Root | undefined;
	/** Where the text of `root` begins in the source. */
	readonly offset: number;
	readonly firstLine: number;
	/** The first line behind it. */
	readonly endLine: number;
};

/** Lists, tables and code of more lines would take the parser minutes and gigabytes; a line may be long. */
export const maxPieceLines = 20_000;

/** Bare e-mail addresses stay text: looking for them at every word and again in the tree takes a fifth of the time. */
const options: Options = {
	extensions: [gfm(), {disable: {null: ['emailAutolink']}}],
	mdastExtensions: gfmFromMarkdown().map(({transforms: _unused, ...extension}) => extension),
};

/**
Parses the lines from `firstLine` on piece by piece, because micromark's time grows faster than the text.

The pieces together are what parsing everything at once gives, but for references to definitions in other pieces: see
`parsePiece`. A piece ends before a line that follows a blank one, begins in column 1 and is no list item: it closes every
list, quote, table and paragraph. Only code and HTML go on over it. Whether they do, the parsed piece itself tells, and then
a longer piece is parsed.

`pieceLength`, in UTF-16 units, is what a piece has at least, unless the document ends.
*/
export function* piecesOf(page: Page, firstLine: number, pieceLength: number): Generator<Piece> {
	const {count} = page.lines;
	for (let start = firstLine; start <= count; ) {
		let piece = parsePiece(page, start, nextCut(page, start, start, pieceLength));
		for (let open = lineBehindOpenBlock(page, piece); open !== undefined; open = lineBehindOpenBlock(page, piece)) {
			piece = parsePiece(page, start, nextCut(page, start, open, pieceLength));
		}

		yield piece;
		start = piece.endLine;
	}
}

/** `definitions` are identifiers of definitions that stand elsewhere: with them, references to them are found, without URLs. */
export function parsePiece(page: Page, firstLine: number, endLine: number, definitions: Iterable<string> = []): Piece {
	const {source, lines} = page;
	const start = lines.startOf(firstLine);
	const before = Array.from(definitions, identifier => `[${identifier}]: #\n\n`).join('');
	const text = before + source.slice(start, lines.startOf(endLine));
	const isTooLong = endLine - firstLine > maxPieceLines;
	const root = isTooLong ? undefined : unlessTooDeep(() => fromMarkdown(text, options));
	return {root, offset: start - before.length, firstLine, endLine};
}

/** Calls what recurses into Markdown; `undefined` if the nesting exceeds the stack, which takes thousands of levels. */
export function unlessTooDeep<T>(recurse: () => T): T | undefined {
	try {
		return recurse();
	} catch (error) {
		if (error instanceof RangeError) {
			return undefined;
		}

		throw error;
	}
}

/** How much longer than asked a piece grows because its lines look like code; then a cut is tried all the same. */
const patience = 16;

/**
The first line from `from` on before which the piece from `start` on may end, or the line behind the last one.

Nothing is open at `from`. Looking for fences and comments here only saves parsing twice.
*/
function nextCut({source, lines}: Page, start: number, from: number, pieceLength: number): number {
	const least = lines.startOf(start) + pieceLength;
	const most = lines.startOf(start) + pieceLength * patience;
	let ending: RegExp | undefined;
	for (let line = from; line <= lines.count; line++) {
		const offset = lines.startOf(line);
		const mayCut = line > start && offset >= least && (ending === undefined || offset >= most);
		if (mayCut && isBlank(source, lines.startOf(line - 1), offset) && beginsAfresh(source, offset)) {
			return line;
		}

		if (ending !== undefined) {
			ending = ending.test(source.slice(offset, lines.endOf(line))) ? undefined : ending;
		} else if (/[`~<]/.test(source.charAt(skipBlanks(source, offset)))) {
			const text = source.slice(offset, lines.endOf(line));
			const opened = endOfFence(text) ?? endOfHtml(text);
			ending = opened?.test(text) ? undefined : opened;
		}
	}

	return lines.count + 1;
}

function skipBlanks(source: string, from: number): number {
	let at = from;
	while (source.charCodeAt(at) === 32) {
		at++;
	}

	return at;
}

function isBlank(source: string, from: number, to: number): boolean {
	return /^[ \t]*\n?$/.test(source.slice(from, to));
}

/** Whether a line that follows a blank one belongs to nothing before it. */
function beginsAfresh(source: string, offset: number): boolean {
	return !/^(?:\s|$|(?:[-+*]|\d{1,9}[.)])(?:\s|$))/.test(source.slice(offset, offset + 12));
}

/**
If code or HTML at the end of a piece goes on behind it: the line behind the one that seems to end it.

A piece ends with a blank line, which belongs to its last block only if that is still open.
*/
function lineBehindOpenBlock({source, lines}: Page, {root, offset, endLine}: Piece): number | undefined {
	const last = root?.children.at(-1);
	const [start, end] = [last?.position?.start.offset, last?.position?.end.offset];
	const isOpen = start !== undefined && end !== undefined && lines.lineAt(offset + end) >= endLine - 1;
	if (endLine > lines.count || !isOpen || (last?.type !== 'code' && last?.type !== 'html')) {
		return undefined;
	}

	const lineText = (line: number) => source.slice(lines.startOf(line), lines.endOf(line));
	const opening = lineText(lines.lineAt(offset + start));
	const ending = last.type === 'code' ? endOfFence(opening) : endOfHtml(opening);
	for (let line = endLine; ending !== undefined; line++) {
		if (line > lines.count || ending.test(lineText(line))) {
			return line + 1;
		}
	}

	return undefined;
}

/** What a line looks like that closes the code which this line opens, if it does. Source: CommonMark 0.31, section 4.5. */
function endOfFence(line: string): RegExp | undefined {
	const marks = /^ {0,3}(`{3,}(?=[^`]*$)|~{3,})/.exec(line)?.[1];
	return marks === undefined ? undefined : new RegExp(`^ {0,3}${marks.charAt(0)}{${marks.length},}[ \\t]*$`);
}

/**
What a line holds that ends the HTML which this line opens, if blank lines do not end it: CommonMark 0.31, section 4.6,
kinds 1 to 5. The line itself may hold it.
*/
function endOfHtml(line: string): RegExp | undefined {
	return htmlEnds.find(([opening]) => opening.test(line))?.[1];
}

const htmlEnds: ReadonlyArray<readonly [RegExp, RegExp]> = [
	[/^ {0,3}<(?:script|pre|style|textarea)(?:[\s>]|$)/i, /<\/(?:script|pre|style|textarea)>/i],
	[/^ {0,3}<!--/, /-->/],
	[/^ {0,3}<\?/, /\?>/],
	[/^ {0,3}<!\[CDATA\[/, /\]\]>/],
	[/^ {0,3}<![A-Za-z]/, />/],
];
