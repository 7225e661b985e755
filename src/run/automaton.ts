/**
All needles looked for at once, one table look-up for each byte: Aho and Corasick, "Efficient string matching" (1975).

A state is what the bytes so far have in common with the beginnings of needles. States count from 0, which is nothing.
*/
export type Automaton = {
	/** The column of each byte value: bytes that stand in no needle share column 0. */
	readonly column: Uint16Array;
	readonly columns: number;
	/** The state after `state` and a byte: `next[state * columns + column[byte]]`. */
	readonly next: Int32Array;
	/** By state: the length of the longest needle that ends here; 0 where none does. */
	readonly matchLength: Int32Array;
	/** By state: how many of the last bytes may be the beginning of a needle. */
	readonly depth: Int32Array;
};

/** Needles are not empty. */
export function automatonFor(needles: readonly Uint8Array[]): Automaton {
	const {column, columns} = columnsFor(needles);
	const most = 1 + needles.reduce((sum, {length}) => sum + length, 0);
	const next = new Int32Array(most * columns);
	const matchLength = new Int32Array(most);
	const depth = new Int32Array(most);
	let states = 1;
	for (const needle of needles) {
		let state = 0;
		for (const byte of needle) {
			const edge = state * columns + at(column, byte);
			if (at(next, edge) === 0) {
				depth[states] = at(depth, state) + 1;
				next[edge] = states++;
			}

			state = at(next, edge);
		}

		matchLength[state] = needle.length;
	}

	closeOver(next, columns, matchLength);
	return {column, columns, next, matchLength, depth};
}

function columnsFor(needles: readonly Uint8Array[]): Pick<Automaton, 'column' | 'columns'> {
	const column = new Uint16Array(256);
	let columns = 1;
	for (const byte of new Set(needles.flatMap(needle => [...needle]))) {
		column[byte] = columns++;
	}

	return {column, columns};
}

/** Where a state has no edge, it goes where its longest proper ending would go. Breadth first: shorter ones are complete. */
function closeOver(next: Int32Array, columns: number, matchLength: Int32Array): void {
	const ending = new Int32Array(matchLength.length);
	const states = [0];
	for (const state of states) {
		for (let edge = state * columns, column = 0; column < columns; edge++, column++) {
			const child = at(next, edge);
			const detour = state === 0 ? 0 : at(next, at(ending, state) * columns + column);
			if (child === 0) {
				next[edge] = detour;
			} else {
				ending[child] = detour;
				matchLength[child] = Math.max(at(matchLength, child), at(matchLength, detour));
				states.push(child);
			}
		}
	}
}

function at(numbers: Int32Array | Uint16Array, index: number): number {
	return numbers[index] ?? 0;
}
