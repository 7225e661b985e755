/**
The rules of the world's clock, without any timer. Times in milliseconds.

World time moves only while somebody sleeps in it and nobody works: a command that computes, or an SSH exchange that is under
way, holds it. Between two jumps it lets `settleMs` of real time go by, so that whoever was just woken can act before the
next sleeper is due.

`speed` bounds how many world milliseconds one real millisecond may carry. Between two stops time flows, but `graceMs` behind: what
programs do in answer to a stop has the time of that stop, however busy this machine is, so that a bound changes no measurement;
what a person does between two stops that lie far apart has a time between them.
*/
export type ClockState = {
	/** World time, since 1970. */
	readonly now: number;
	/** Real time, any origin, at which `now` was right. Later real time moves the world only while it is free. */
	readonly asOf: number;
	/** World milliseconds for each real one; Infinity: as fast as it goes. */
	readonly speed: number;
	readonly settleMs: number;
	/** Real milliseconds that went by before something held the clock, and that it has not moved for. */
	readonly unspent: number;
	/** The real time since which nothing held the clock; undefined: something holds it. */
	readonly freeSince: number | undefined;
	/** By due time, then in order of asking. */
	readonly sleepers: readonly Sleeper[];
	/** When the world changes by itself. It does not move time, but time stops there on its way. */
	readonly worldChange: number | undefined;
};

/** Longer than a program takes to answer, shorter than a person. */
const graceMs = 250;

type Sleeper = {readonly id: number; readonly due: number};

export function startClock(now: number, asOf: number, speed: number, settleMs: number): ClockState {
	return {now, asOf, speed, settleMs, unspent: 0, freeSince: asOf, sleepers: [], worldChange: undefined};
}

/** `due` may lie in the past: then the next `advance` wakes it. Infinity sleeps until `leave`. Asking is activity. */
export function sleepUntil(state: ClockState, id: number, due: number, real: number): ClockState {
	const later = state.sleepers.findIndex(sleeper => sleeper.due > due);
	const at = later === -1 ? state.sleepers.length : later;
	return {
		...state,
		asOf: nextStop(state) === undefined ? real : state.asOf,
		freeSince: state.freeSince === undefined ? undefined : real,
		sleepers: state.sleepers.toSpliced(at, 0, {id, due}),
	};
}

export function leave(state: ClockState, id: number): ClockState {
	return {...state, sleepers: state.sleepers.filter(sleeper => sleeper.id !== id)};
}

/** Somebody works: world time stands still until `free`. */
export function hold(state: ClockState, real: number): ClockState {
	if (state.freeSince === undefined) {
		return state;
	}
	const unspent = nextStop(state) === undefined ? 0 : Math.min(graceMs, Math.max(0, real - state.asOf));
	return {...state, now: timeAt(state, real), asOf: real, unspent, freeSince: undefined};
}

export function free(state: ClockState, real: number): ClockState {
	return {...state, freeSince: real, asOf: real - state.unspent};
}

/** Where time stops next: the first sleeper, or what the world does on the way to him. Undefined: nobody waits for time. */
function nextStop(state: ClockState): number | undefined {
	const first = state.sleepers[0];
	if (first === undefined || first.due === Number.POSITIVE_INFINITY) {
		return undefined;
	}
	return Math.max(state.now, Math.min(first.due, state.worldChange ?? first.due));
}

/** The real time at which `advance` should be called again; undefined: not before something else happens. */
export function nextTick(state: ClockState): number | undefined {
	const stop = nextStop(state);
	if (stop === undefined || state.freeSince === undefined) {
		return undefined;
	}
	return Math.max(state.freeSince + state.settleMs, state.asOf + (stop - state.now) / state.speed);
}

/**
Moves time as far as `real` allows, at most to the next stop; `woken` are the sleepers that are then due, in order.

Arriving at a stop counts as activity: the clock settles again before it goes on. It is an arrival too when somebody held the
clock at the very moment of the stop.
*/
export function advance(
	state: ClockState,
	real: number,
): {readonly state: ClockState; readonly woken: readonly number[]; readonly arrived: boolean} {
	const stop = nextStop(state);
	if (stop === undefined || state.freeSince === undefined) {
		return {state, woken: [], arrived: false};
	}
	const tick = nextTick(state);
	if (tick !== undefined && real < tick) {
		return {state, woken: [], arrived: false};
	}
	const due = state.sleepers.filter(sleeper => sleeper.due <= stop);
	return {
		state: {...state, now: stop, asOf: real, freeSince: real, sleepers: state.sleepers.slice(due.length)},
		woken: due.map(sleeper => sleeper.id),
		arrived: true,
	};
}

/** World time at a real moment that no `advance` has seen yet: at a bounded speed it moves between two stops too. */
export function timeAt(state: ClockState, real: number): number {
	const stop = nextStop(state);
	if (stop === undefined || state.freeSince === undefined || state.speed === Number.POSITIVE_INFINITY) {
		return state.now;
	}
	return Math.min(stop, state.now + Math.max(0, real - state.asOf - graceMs) * state.speed);
}
