/** One row of two texts held against each other. `same` has the first one's line. */
export type DifferenceRow =
	| {readonly kind: 'same' | 'one' | 'other'; readonly text: string}
	/** So many lines that are the same on both sides, not shown. */
	| {readonly kind: 'gap'; readonly lines: number};

/** More lines than this of either text are not compared: the table below would grow with both. */
export const mostLinesCompared = 2000;

/** Around what differs, so many lines that do not are shown. */
const context = 2;

/**
What differs between two texts, line by line, by their longest common subsequence; a long stretch of equal lines becomes a
gap. Blanks at the ends of lines do not count.
*/
export function differenceOf(one: readonly string[], other: readonly string[]): readonly DifferenceRow[] {
	const left = one.slice(-mostLinesCompared);
	const right = other.slice(-mostLinesCompared);
	const isSame = (first: number, second: number) => left[first]?.trimEnd() === right[second]?.trimEnd();
	let start = 0;
	while (start < left.length && start < right.length && isSame(start, start)) {
		start++;
	}

	let end = 0;
	while (
		end < left.length - start &&
		end < right.length - start &&
		isSame(left.length - 1 - end, right.length - 1 - end)
	) {
		end++;
	}

	const same = (lines: readonly string[]): readonly DifferenceRow[] => lines.map(text => ({kind: 'same', text}));
	return withGaps([
		...same(left.slice(0, start)),
		...middle(left.slice(start, left.length - end), right.slice(start, right.length - end)),
		...same(left.slice(left.length - end)),
	]);
}

/** How many lines stand on one side alone. */
export function countDifferences(rows: readonly DifferenceRow[]): number {
	return rows.filter(({kind}) => kind === 'one' || kind === 'other').length;
}

/** Between what both begin and end with. */
function middle(left: readonly string[], right: readonly string[]): readonly DifferenceRow[] {
	const a = left.map(line => line.trimEnd());
	const b = right.map(line => line.trimEnd());
	const width = b.length + 1;
	// At i * width + j: how many lines the rest of `a` from i and of `b` from j have in common.
	const common = new Uint16Array((a.length + 1) * width);
	const at = (i: number, j: number) => common[i * width + j] ?? 0;
	for (let i = a.length - 1; i >= 0; i--) {
		for (let j = b.length - 1; j >= 0; j--) {
			common[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
		}
	}

	const rows: DifferenceRow[] = [];
	let i = 0;
	let j = 0;
	while (i < a.length || j < b.length) {
		if (i < a.length && j < b.length && a[i] === b[j]) {
			rows.push({kind: 'same', text: left[i] ?? ''});
			i++;
			j++;
		} else if (j >= b.length || (i < a.length && at(i + 1, j) >= at(i, j + 1))) {
			rows.push({kind: 'one', text: left[i] ?? ''});
			i++;
		} else {
			rows.push({kind: 'other', text: right[j] ?? ''});
			j++;
		}
	}

	return rows;
}

function withGaps(rows: readonly DifferenceRow[]): readonly DifferenceRow[] {
	const isNear = rows.map(() => false);
	for (const [index, {kind}] of rows.entries()) {
		if (kind !== 'same') {
			isNear.fill(true, Math.max(0, index - context), index + context + 1);
		}
	}

	const shown: DifferenceRow[] = [];
	for (const [index, row] of rows.entries()) {
		const last = shown.at(-1);
		if (isNear[index] === true) {
			shown.push(row);
		} else if (last?.kind === 'gap') {
			shown.splice(-1, 1, {kind: 'gap', lines: last.lines + 1});
		} else {
			shown.push({kind: 'gap', lines: 1});
		}
	}

	return shown;
}
