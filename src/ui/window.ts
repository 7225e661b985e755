/** The stretch of a list that fits into `count` rows, with the chosen row near its middle. Lists draw no more than this. */
export function windowOf<Row>(rows: readonly Row[], chosen: number, count: number): readonly Row[] {
	const from = windowStart(rows.length, chosen, count);
	return rows.slice(from, from + count);
}

/** Where such a stretch begins. */
export function windowStart(length: number, chosen: number, count: number): number {
	return Math.max(0, Math.min(length - count, chosen - Math.floor(count / 2)));
}
