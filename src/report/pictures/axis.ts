/** A stretch of time, in milliseconds since 1970. */
export type Span = {readonly from: number; readonly to: number};

/** Where a moment lies on a line of `length` units. */
export type Axis = Span & {readonly length: number; at(moment: number): number};

export function axisOf({from, to}: Span, length: number): Axis {
	const duration = Math.max(1, to - from);
	return {from, to, length, at: moment => (Math.min(Math.max(moment, from), to) - from) * (length / duration)};
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const steps = [1, 2, 5, 10, 15, 30]
	.map(count => count * SECOND)
	.concat([1, 2, 5, 10, 15, 30].map(count => count * MINUTE))
	.concat([1, 2, 3, 6, 12, 24, 48, 168].map(count => count * HOUR));

/** Round times since the beginning, at most `most` of them, with their words: `0 s`, `30 s`, `60 s`. */
export function ticksOf({from, to}: Span, most: number): ReadonlyArray<{readonly at: number; readonly words: string}> {
	const duration = to - from;
	const step = steps.find(each => duration / each < most) ?? duration;
	return Array.from({length: Math.floor(duration / Math.max(1, step)) + 1}, (_, index) => ({
		at: from + index * step,
		words: tickWords(index * step),
	}));
}

/** `30 s`, `2 min`, `2:30`, `3 h`, `3 h 30`. */
function tickWords(ms: number): string {
	const seconds = Math.round(ms / SECOND);
	const minutes = Math.floor(seconds / 60);
	if (seconds < 60) {
		return `${seconds} s`;
	}

	if (minutes < 60) {
		return seconds % 60 === 0 ? `${minutes} min` : `${minutes}:${String(seconds % 60).padStart(2, '0')}`;
	}

	return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60}`;
}

/** A stretch in which nothing was under way is worth showing as such if it is longer than this, and than a twentieth of the whole. */
const LONG_IDLE_MS = 5 * MINUTE;
/** How long such a stretch is drawn. */
const CUT_UNITS = 18;

/** A line from which long stretches without anything in them are cut; `cuts` are where. */
export type CutAxis = Axis & {readonly cuts: ReadonlyArray<{readonly at: number; readonly leftOutMs: number}>};

/** `busy`: the stretches in which something was under way, in any order. */
export function cutAxisOf(span: Span, busy: readonly Span[], length: number): CutAxis {
	const idle = idleIn(span, busy);
	const left = span.to - span.from - idle.reduce((sum, {from, to}) => sum + to - from, 0);
	const scale = (length - idle.length * CUT_UNITS) / Math.max(1, left);
	const at = (moment: number): number => {
		const before = idle.filter(({from}) => from < moment);
		const skipped = before.reduce((sum, {from, to}) => sum + Math.min(to, moment) - from, 0);
		const drawn = before.reduce(
			(sum, {from, to}) => sum + CUT_UNITS * Math.min(1, (Math.min(to, moment) - from) / (to - from)),
			0,
		);
		return (Math.min(Math.max(moment, span.from), span.to) - span.from - skipped) * scale + drawn;
	};
	return {
		...span,
		length,
		at,
		cuts: idle.map(({from, to}) => ({at: (at(from) + at(to)) / 2, leftOutMs: to - from})),
	};
}

function idleIn({from, to}: Span, busy: readonly Span[]): readonly Span[] {
	const least = Math.max(LONG_IDLE_MS, (to - from) / 20);
	const idle: Span[] = [];
	let end = from;
	for (const each of [...busy].sort((one, other) => one.from - other.from)) {
		if (each.from - end > least) {
			idle.push({from: end, to: each.from});
		}

		end = Math.max(end, each.to);
	}

	return idle;
}
