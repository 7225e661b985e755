import stringWidth from 'string-width';

/**
Terminal cells that sanitised text takes: CJK two, combining marks none.

The same widths as Ink's, because it lays out with the same major version of `string-width`.
*/
export function widthOf(text: string): number {
	if (isAscii(text)) {
		return text.length;
	}

	return isSimple(text) ? simpleWidthOf(text) : stringWidth(text, {countAnsiEscapeCodes: true});
}

/** True for printable ASCII alone: as many cells as units, and every unit a grapheme. */
export function isAscii(text: string): boolean {
	return /^[\x20-\x7e]*$/.test(text);
}

/**
What a reader counts as one character, in order.

A cluster wider than two cells, which only hostile text has, comes in code points: else nothing could cut it.
*/
export function graphemesOf(text: string): Iterable<string> {
	return isSimple(text) ? text : clustersOf(text);
}

function* clustersOf(text: string): Generator<string> {
	segmenter ??= new Intl.Segmenter();
	for (const {segment} of segmenter.segment(text)) {
		if (segment.length > 1 && widthOf(segment) > 2) {
			yield* segment;
		} else {
			yield segment;
		}
	}
}

/** Making one takes 9 ms, half of what Node takes to start. */
let segmenter: Intl.Segmenter | undefined;

/**
True if every unit is a grapheme, and `isWide` tells whether it takes one cell or two.

Segmenting costs about a microsecond per character, so the scripts that most output is written in are known here:
Latin, punctuation, arrows, box drawing, check marks; kana, Han, Hangul syllables, full-width forms; and U+FFFD, which binary output is full of.
*/
function isSimple(text: string): boolean {
	return simpleEnd(text, 0) === text.length;
}

/** Where the run of simple units that begins at `from` ends; `from` itself if there is none. */
export function simpleEnd(text: string, from: number): number {
	simpleRun.lastIndex = from;
	simpleRun.test(text);
	return simpleRun.lastIndex;
}

const simpleRun =
	/[ -~\xa0-\xac\xae-\u02ff\u2010-\u2027\u2190-\u21ff\u2500-\u259f\u25b6\u25bc\u25cb\u25cf\u2713-\u2718\u3000-\u3029\u3041-\u3096\u309b-\u30ff\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff60\ufffd]*/y;

/** Of a simple unit. */
export function isWide(code: number): boolean {
	return code >= 0x3000 && code !== 0xfffd;
}

function simpleWidthOf(text: string): number {
	let width = text.length;
	for (let index = 0; index < text.length; index++) {
		if (isWide(text.charCodeAt(index))) {
			width++;
		}
	}

	return width;
}

/**
At most `columns` cells of `text`. What was cut is replaced by `mark`, if there is room for it.

A wide character that would stand half outside is left out, so the result may be one cell narrower.
*/
export function cutToWidth(text: string, columns: number, mark = '…'): string {
	if (widthOf(text) <= columns) {
		return text;
	}

	const room = columns - widthOf(mark);
	return room < 0 ? prefixOf(text, columns) : prefixOf(text, room) + mark;
}

/** Exactly `columns` cells: cut like `cutToWidth` or filled with blanks at the end. */
export function padToWidth(text: string, columns: number, mark = '…'): string {
	const cut = cutToWidth(text, columns, mark);
	return cut + ' '.repeat(Math.max(0, columns - widthOf(cut)));
}

/**
The lines of `text` at `columns` cells, broken at blanks where there are any, else between graphemes.

CJK may break between any two wide characters. Line feeds in `text` begin a new line; blanks at a break are dropped.
Always at least one line. `columns` below 2 counts as 2, because a wide character must fit.
*/
export function wrapToWidth(text: string, columns: number): string[] {
	return text.split('\n').flatMap(line => wrapLine(line, Math.max(2, columns)));
}

function wrapLine(text: string, columns: number): string[] {
	if (text.length <= columns && isAscii(text)) {
		return [text];
	}

	const lines: string[] = [];
	let line = '';
	let width = 0;
	for (const {piece, cells, blank} of piecesOf(text, columns)) {
		if (width + cells > columns) {
			lines.push(line.trimEnd());
			line = '';
			width = 0;
			if (blank) {
				continue;
			}
		}

		line += piece;
		width += cells;
	}

	lines.push(line.trimEnd());
	return lines;
}

type Piece = {readonly piece: string; readonly cells: number; readonly blank: boolean};

/** What may not be broken: words, runs of blanks, wide characters; words longer than a line come in parts. */
function* piecesOf(text: string, columns: number): Generator<Piece> {
	for (const [word] of text.matchAll(/ +|[^ ]+/g)) {
		if (isAscii(word) && word.length <= columns) {
			yield {piece: word, cells: word.length, blank: word.startsWith(' ')};
		} else {
			yield* unbreakableParts(word, columns);
		}
	}
}

function* unbreakableParts(word: string, columns: number): Generator<Piece> {
	let piece = '';
	let cells = 0;
	for (const grapheme of graphemesOf(word)) {
		const width = widthOf(grapheme);
		if (cells > 0 && (width > 1 || cells + width > columns)) {
			yield {piece, cells, blank: false};
			piece = '';
			cells = 0;
		}

		piece += grapheme;
		cells += width;
		if (width > 1) {
			yield {piece, cells, blank: false};
			piece = '';
			cells = 0;
		}
	}

	if (piece !== '') {
		yield {piece, cells, blank: false};
	}
}

function prefixOf(text: string, columns: number): string {
	if (isAscii(text)) {
		return text.slice(0, columns);
	}

	let prefix = '';
	let width = 0;
	for (const grapheme of graphemesOf(text)) {
		width += widthOf(grapheme);
		if (width > columns) {
			break;
		}

		prefix += grapheme;
	}

	return prefix;
}
