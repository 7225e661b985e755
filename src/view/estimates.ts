import {stepAndHost} from '../run/progress.js';
import type {RunState} from '../run/state.js';
import type {StepId} from '../runbook/runbook.js';
import {took} from './time.js';

/** How long each step is likely to take, in milliseconds: as long as it took in earlier runs. */
export type Estimates = ReadonlyMap<StepId, number>;

export const noEstimates: Estimates = new Map();

/** Of earlier runs of the same runbook: the median of how long a step took, on the slowest of its hosts, where it was done. */
export function estimatesFrom(earlier: readonly RunState[]): Estimates {
	const times = new Map<StepId, number[]>();
	for (const state of earlier) {
		for (const [step, ms] of longestTimes(state)) {
			times.set(step, [...(times.get(step) ?? []), ms]);
		}
	}

	return new Map([...times].map(([step, all]) => [step, medianOf(all)]));
}

function longestTimes({progress}: RunState): ReadonlyMap<StepId, number> {
	const longest = new Map<StepId, number>();
	for (const [key, {state, startedAt, finishedAt}] of progress) {
		const ms = state === 'done' ? took(startedAt, finishedAt) : undefined;
		if (ms !== undefined) {
			const {step} = stepAndHost(key);
			longest.set(step, Math.max(ms, longest.get(step) ?? 0));
		}
	}

	return longest;
}

function medianOf(values: readonly number[]): number {
	const sorted = values.toSorted((one, other) => one - other);
	const middle = Math.floor(sorted.length / 2);
	const [low = 0, high = 0] =
		sorted.length % 2 === 1 ? [sorted[middle], sorted[middle]] : [sorted[middle - 1], sorted[middle]];
	return (low + high) / 2;
}
