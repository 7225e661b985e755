import {describe, expect, test} from 'vitest';
import {newRun} from '../../src/run/evolve.js';
import {noProgress} from '../../src/run/progress.js';
import type {Progress, RunState} from '../../src/run/state.js';
import {estimatesFrom} from '../../src/view/estimates.js';

/** A run in which steps took so many seconds on their hosts. */
function ran(seconds: Readonly<Record<string, number>>, state: Progress['state'] = 'done'): RunState {
	return {
		...newRun,
		progress: new Map(
			Object.entries(seconds).map(([key, took]) => [
				key,
				{
					...noProgress,
					state,
					startedAt: '2026-11-20T09:00:00.000Z',
					finishedAt: new Date(Date.parse('2026-11-20T09:00:00.000Z') + took * 1000).toISOString(),
				},
			]),
		),
	};
}

describe('how long a step is likely to take', () => {
	test('the median of earlier runs, on the slowest of its hosts', () => {
		const earlier = [ran({'boot@esxi1': 200, 'boot@esxi2': 240}), ran({'boot@esxi1': 900}), ran({'boot@esxi1': 250})];
		expect([...estimatesFrom(earlier)]).toEqual([['boot', 250_000]]);
		expect(estimatesFrom(earlier.slice(0, 2)).get('boot')).toBe(570_000);
	});

	test('what was not done says nothing', () => {
		expect(estimatesFrom([ran({'boot@esxi1': 5}, 'failed'), ran({'boot@esxi1': 1}, 'satisfied')]).size).toBe(0);
	});
});
