import fc from 'fast-check';
import {expect, test} from 'vitest';
import {
	advance,
	type ClockState,
	free,
	hold,
	leave,
	nextTick,
	sleepUntil,
	startClock,
	timeAt,
} from '../../src/lab/clock.js';

const start = (speed: number) => startClock(1000, 0, speed, 5);

/** Ticks as the timers would, until nobody sleeps or the clock is held. */
function runOut(first: ClockState): {
	readonly state: ClockState;
	readonly woken: readonly (readonly [at: number, id: number])[];
	readonly real: number;
} {
	let state = first;
	let real = 0;
	const woken: (readonly [number, number])[] = [];
	for (let tick = nextTick(state); tick !== undefined; tick = nextTick(state)) {
		real = Math.max(real, tick);
		const moved = advance(state, real);
		state = moved.state;
		woken.push(...moved.woken.map(id => [state.now, id] as const));
	}
	return {state, woken, real};
}

test('sleepers wake in order of their time, then of asking, and see exactly that time', () => {
	let state = start(Number.POSITIVE_INFINITY);
	state = sleepUntil(state, 1, 61_000, 0);
	state = sleepUntil(state, 2, 3000, 0);
	state = sleepUntil(state, 3, 3000, 0);

	expect(runOut(state).woken).toEqual([
		[3000, 2],
		[3000, 3],
		[61_000, 1],
	]);
});

test('without a sleeper time stands, however long one waits', () => {
	const {state} = advance(start(Number.POSITIVE_INFINITY), 1_000_000);

	expect(state.now).toBe(1000);
	expect(nextTick(state)).toBeUndefined();
});

test('while somebody works time stands; afterwards it settles first', () => {
	let state = sleepUntil(start(Number.POSITIVE_INFINITY), 1, 2000, 0);
	state = hold(state, 1);

	expect(nextTick(state)).toBeUndefined();
	expect(advance(state, 500).state.now).toBe(1000);

	state = free(state, 500);

	expect(nextTick(state)).toBe(505);
	expect(advance(state, 505)).toMatchObject({woken: [1], state: {now: 2000}});
});

test('time stops at a change of the world on its way, and never goes past it', () => {
	const state = {...sleepUntil(start(Number.POSITIVE_INFINITY), 1, 5000, 0), worldChange: 3000};
	const first = advance(state, 10);

	expect(first).toMatchObject({woken: [], state: {now: 3000}});
	expect(advance({...first.state, worldChange: undefined}, 20)).toMatchObject({woken: [1], state: {now: 5000}});
});

test('a change of the world alone moves nothing', () => {
	expect(nextTick({...start(Number.POSITIVE_INFINITY), worldChange: 2000})).toBeUndefined();
});

test('a speed bounds the world by real time, and time can be seen to flow', () => {
	const state = sleepUntil(start(10), 1, 11_000, 0);

	expect(nextTick(state)).toBe(1000);
	expect(timeAt(state, 750)).toBe(6000);
	expect(advance(state, 999)).toMatchObject({woken: []});
	expect(advance(state, 1000)).toMatchObject({woken: [1], state: {now: 11_000}});
});

test('real time that passed while nobody slept is not made up for', () => {
	const state = sleepUntil(start(1), 1, 2000, 60_000);

	expect(nextTick(state)).toBe(61_000);
});

test('work in the middle keeps the way that time has already gone', () => {
	let state = sleepUntil(start(10), 1, 11_000, 0);
	state = free(hold(state, 750), 900);

	expect(state.now).toBe(6000);
	expect(nextTick(state)).toBe(1150);
});

test('what programs do in answer to a stop has its time, and takes nothing from the pace', () => {
	let state = sleepUntil(start(120), 1, 61_000, 0);
	state = hold(state, 200);

	expect(state.now).toBe(1000);

	state = free(state, 5000);

	expect(timeAt(state, 5040)).toBe(1000);
	expect(nextTick(state)).toBe(5300);
	expect(advance(state, 5300)).toMatchObject({woken: [1], state: {now: 61_000}});
});

test('a change of the world at whose very moment somebody works is arrived at afterwards', () => {
	const state = {...sleepUntil(start(1), 1, 2000, 0), worldChange: 1500};
	const held = hold(state, 900);

	expect(held.now).toBe(1500);
	expect(advance(free(held, 950), 955)).toMatchObject({arrived: true, woken: [], state: {now: 1500}});
});

test('whoever sleeps for ever moves nothing, and can leave', () => {
	let state = sleepUntil(start(Number.POSITIVE_INFINITY), 1, Number.POSITIVE_INFINITY, 0);

	expect(nextTick(state)).toBeUndefined();

	state = leave(state, 1);

	expect(state.sleepers).toEqual([]);
});

test('whatever is asked, time never goes back and nobody wakes early', () => {
	const sleeps = fc.array(fc.nat({max: 100_000}), {minLength: 1, maxLength: 20});
	const speed = fc.constantFrom(1, 7, 1000, Number.POSITIVE_INFINITY);
	fc.assert(
		fc.property(sleeps, speed, (dues, atSpeed) => {
			const state = dues.reduce((clock, due, id) => sleepUntil(clock, id, due, 0), start(atSpeed));
			const {woken} = runOut(state);
			const times = woken.map(([at]) => at);

			expect(woken).toHaveLength(dues.length);
			expect(times).toEqual(times.toSorted((one, other) => one - other));
			for (const [at, id] of woken) {
				expect(at).toBe(Math.max(1000, ...[dues[id] ?? 0]));
			}
		}),
	);
});
