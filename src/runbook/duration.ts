/** Longer waits do not fit a timer, and nobody sits through them. */
const MAX_MS = 7 * 24 * 60 * 60 * 1000;

const units: Readonly<Record<string, number>> = {ms: 1, s: 1000, m: 60_000, h: 3_600_000};

/** Milliseconds of `500ms`, `30s`, `2m`, `1.5h`, `1h30m`: more than none, at most seven days; `undefined` if it is no such text. */
export function durationMs(text: string): number | undefined {
	if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/.test(text) || text.length > 30) {
		return undefined;
	}

	let sum = 0;
	for (const [, amount = '', unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) {
		sum += Number(amount) * (units[unit] ?? 0);
	}

	const whole = Math.round(sum);
	return whole > 0 && whole <= MAX_MS ? whole : undefined;
}
