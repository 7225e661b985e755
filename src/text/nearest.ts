/**
The candidate that was probably meant: at most a third of the word mistyped, swapped neighbours counting once; else the
first one of which the word is an abbreviation, `grp` of `group`.

`undefined` if nothing is near. Of equals the first one wins; upper and lower case count as the same.
*/
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
	const written = word.toLowerCase();
	const known = [...candidates];
	let best: string | undefined;
	let bestDistance = Math.max(1, Math.floor(Math.min(word.length, MAX_LENGTH) / 3)) + 1;
	for (const candidate of known) {
		if (word.length > MAX_LENGTH || Math.abs(candidate.length - word.length) >= bestDistance) {
			continue;
		}

		const distance = distanceBetween(written, candidate.toLowerCase());
		if (distance < bestDistance && distance < candidate.length) {
			best = candidate;
			bestDistance = distance;
		}
	}

	return best ?? known.find(candidate => abbreviates(written, candidate.toLowerCase()));
}

/** At least three letters, in the order of the candidate, the first one the same. */
function abbreviates(word: string, candidate: string): boolean {
	if (word.length < 3 || word.length > MAX_LENGTH || word[0] !== candidate[0]) {
		return false;
	}

	let at = 0;
	for (const letter of word) {
		at = candidate.indexOf(letter, at) + 1;
		if (at === 0) {
			return false;
		}
	}

	return true;
}

/** Nobody mistypes a longer word, and comparing costs the product of the lengths. */
const MAX_LENGTH = 64;

/** Insertions, deletions, replacements and swaps of neighbours. Source: the optimal string alignment distance. */
function distanceBetween(a: string, b: string): number {
	let beforeLast: number[] = [];
	let last = Array.from({length: b.length + 1}, (_, column) => column);
	for (let row = 1; row <= a.length; row++) {
		const current = [row];
		for (let column = 1; column <= b.length; column++) {
			const replaced = at(last, column - 1) + (a[row - 1] === b[column - 1] ? 0 : 1);
			const swapped =
				a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
					? at(beforeLast, column - 2) + 1
					: Number.POSITIVE_INFINITY;
			current.push(Math.min(replaced, swapped, at(last, column) + 1, at(current, column - 1) + 1));
		}

		beforeLast = last;
		last = current;
	}

	return at(last, b.length);
}

function at(distances: readonly number[], column: number): number {
	return distances[column] ?? Number.POSITIVE_INFINITY;
}
