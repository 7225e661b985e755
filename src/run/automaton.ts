import {type Needle, withoutIndent} from './needles.js';

/**
All needles looked for at once, one table look-up for each byte: Aho and Corasick, "Efficient string matching" (1975).

A state is what the bytes so far have in common with the beginnings of needles, given by where its row begins in `next`.
`NOTHING` is the state without any. `lineBegin` stands for the beginning of a line, where in addition the rest of a needle
may begin whose first characters stand at the end of the line before.
*/
export type Automaton = {
	/** The column of each byte value: bytes that stand in no needle share column 0. */
	readonly column: Uint16Array;
	readonly columns: number;
	/** The state after `state` and a byte: `next[state + column[byte]]`; its complement (`~`) where a needle ends. */
	readonly next: Int32Array;
	/** The beginning of a line. */
	readonly lineBegin: number;
	/** From this state on: those that are reached from the beginning of a line only. */
	readonly firstRest: number;
	/** By row: the length of the longest needle that ends here; 0 where none does. */
	readonly matchLength: Int32Array;
	/** By row: how many of the last bytes may be the beginning of a needle. */
	readonly depth: Int32Array;
};

export const NOTHING = 0;

/** So much of a needle may stand alone at the end of a line; of what follows it in the next line, at least so much is looked for. */
export const MOST_LEFT_BEHIND = 2;
const LEAST_CARRIED_ON = 6;

const LINE_ENDS: readonly number[] = [0x0a, 0x0d];
const BLANKS: readonly number[] = [0x20, 0x09];

/** Needles are not empty. */
export function automatonFor(needles: readonly Needle[]): Automaton {
	const {column, columns} = columnsFor(needles);
	const rests = needles.filter(({wraps}) => wraps).flatMap(({bytes}) => restsOf(bytes));
	const most = 2 + [...needles.map(({bytes}) => bytes), ...rests].reduce((sum, {length}) => sum + length, 0);
	const trie: Trie = {
		columns,
		next: new Int32Array(most * columns),
		matchLength: new Int32Array(most),
		depth: new Int32Array(most),
		rows: 2,
	};
	for (const {bytes} of needles) {
		add(trie, 0, bytes, column);
	}

	const firstRest = trie.rows * columns;
	for (const rest of rests) {
		add(trie, 1, rest, column);
	}

	closeOver(trie, column);
	const next = trie.next.subarray(0, trie.rows * columns);
	for (let edge = 0; edge < next.length; edge++) {
		const row = at(next, edge);
		next[edge] = at(trie.matchLength, row) > 0 ? ~(row * columns) : row * columns;
	}

	return {column, columns, next, lineBegin: columns, firstRest, matchLength: trie.matchLength, depth: trie.depth};
}

function restsOf(bytes: Uint8Array): readonly Uint8Array[] {
	const most = Math.min(MOST_LEFT_BEHIND, bytes.length - LEAST_CARRIED_ON);
	return Array.from({length: Math.max(0, most)}, (_, index) => withoutIndent(bytes.subarray(index + 1)));
}

/** Row 0 is the root of the needles, row 1 that of what is looked for at the beginning of a line only. */
type Trie = Pick<Automaton, 'columns' | 'next' | 'matchLength' | 'depth'> & {rows: number};

function add(trie: Trie, root: number, bytes: Uint8Array, column: Uint16Array): void {
	const {columns, next, matchLength, depth} = trie;
	let row = root;
	for (const byte of bytes) {
		const edge = row * columns + at(column, byte);
		if (at(next, edge) === 0) {
			depth[trie.rows] = at(depth, row) + 1;
			next[edge] = trie.rows++;
		}

		row = at(next, edge);
	}

	matchLength[row] = bytes.length;
}

function columnsFor(needles: readonly Needle[]): Pick<Automaton, 'column' | 'columns'> {
	const column = new Uint16Array(256);
	let columns = 1;
	for (const byte of new Set([...LINE_ENDS, ...BLANKS, ...needles.flatMap(({bytes}) => [...bytes])])) {
		column[byte] = columns++;
	}

	return {column, columns};
}

/**
Where a row has no edge, it goes where its longest proper ending would go. Breadth first: shorter ones are complete. Of a
row below row 1 that is the row of the same bytes below row 0, if there is one: it comes before it. Row 1 itself is reached by
a line end, and kept by indentation.
*/
function closeOver({columns, next, matchLength}: Trie, columnOf: Uint16Array): void {
	const lineEnds = LINE_ENDS.map(byte => at(columnOf, byte));
	const blanks = BLANKS.map(byte => at(columnOf, byte));
	const ending = new Int32Array(matchLength.length);
	const rows = [0, 1];
	for (const row of rows) {
		for (let edge = row * columns, column = 0; column < columns; edge++, column++) {
			const child = at(next, edge);
			const detour = row === 0 ? 0 : at(next, at(ending, row) * columns + column);
			if (child === 0) {
				const isLineBegin = row <= 1 && detour === 0 && (row === 0 ? lineEnds : blanks).includes(column);
				next[edge] = isLineBegin ? 1 : detour;
			} else {
				ending[child] = detour;
				matchLength[child] = Math.max(at(matchLength, child), at(matchLength, detour));
				rows.push(child);
			}
		}
	}
}

function at(numbers: Int32Array | Uint16Array, index: number): number {
	return numbers[index] ?? 0;
}
