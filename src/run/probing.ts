import type {Gap} from './event.js';

/** How many gaps of an attempt are kept: the longest ones. */
const MAX_GAPS = 20;

/** What a probe has seen so far. Times in milliseconds since 1970. */
export type Probing = {
	readonly tries: number;
	/** When it began, until the first try succeeds; then the end of the last try that did. */
	readonly heardAt: number;
	readonly hasSucceeded: boolean;
	/** A try has failed since `heardAt`. */
	readonly isGap: boolean;
	readonly longestGapMs: number;
	/** Closed ones, oldest first. */
	readonly gaps: ReadonlyArray<{readonly from: number; readonly to: number}>;
};

export function startProbing(now: number): Probing {
	return {tries: 0, heardAt: now, hasSucceeded: false, isGap: false, longestGapMs: 0, gaps: []};
}

/** After one more try, which ended at `now`. What lies between two tries that succeed is no gap. */
export function afterTry(probing: Probing, isGood: boolean, now: number): Probing {
	const tried = {...probing, tries: probing.tries + 1};
	return isGood ? {...withGap(tried, now), hasSucceeded: true, heardAt: now, isGap: false} : {...tried, isGap: true};
}

/** What is to be told of it when it ends at `now`: a gap that is still open lasts until then. */
export function gapsUntil(
	probing: Probing,
	now: number,
): {readonly longestGapMs: number; readonly gaps: readonly Gap[]} {
	const {longestGapMs, gaps} = withGap(probing, now);
	return {
		longestGapMs,
		gaps: gaps.map(({from, to}) => ({from: new Date(from).toISOString(), to: new Date(to).toISOString()})),
	};
}

function withGap(probing: Probing, now: number): Probing {
	const {isGap, heardAt, gaps, longestGapMs} = probing;
	if (!isGap) {
		return probing;
	}

	const all = [...gaps, {from: heardAt, to: now}];
	const shortest = all.toSorted((one, other) => one.to - one.from - (other.to - other.from))[0];
	return {
		...probing,
		longestGapMs: Math.max(longestGapMs, now - heardAt),
		gaps: all.length > MAX_GAPS ? all.filter(gap => gap !== shortest) : all,
	};
}
