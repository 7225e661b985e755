import {expect, test} from 'vitest';
import {compareRuns} from '../../src/report/compare.js';
import {comparisonLines} from '../../src/report/compare-text.js';
import {recorded} from './recorded.js';

const finished = recorded('finished');
const unfinished = recorded('unfinished');

test('a run held against itself differs in nothing but that it was measured twice', () => {
	const {measures, ...rest} = compareRuns(finished, finished);
	expect(rest).toEqual({isEdited: false, tests: [], outcomes: [], durations: [], outputs: []});
	expect(measures.map(({seconds: [one, other]}) => one === other)).not.toContain(false);
	const lines = comparisonLines(compareRuns(finished, finished), [finished.record, finished.record], ['a', 'b'], 'UTC');
	expect(lines.at(-1)).toBe('Nothing else differs.');
});

test('what differs is told with the first run first', () => {
	const comparison = compareRuns(finished, unfinished);
	expect(comparison.outcomes).toEqual([
		{step: 'tidy', title: 'Remove what was written down', host: 'ec1', states: ['skipped', 'failed']},
		{step: 'tidy', title: 'Remove what was written down', host: 'ec2', states: ['skipped', 'failed']},
	]);
	expect(comparison.durations).toEqual([expect.objectContaining({step: 'answers', host: 'esxi2'})]);
	expect(comparison.outputs.map(({step}) => step)).toEqual(['tidy', 'tidy']);
	expect(compareRuns(unfinished, finished).outcomes[0]?.states).toEqual(['failed', 'skipped']);
});

test('a step that only one of them has is told', () => {
	const {record, source} = finished;
	const fewer = {record: {...record, steps: record.steps.slice(1)}, source};
	expect(compareRuns(fewer, finished).outcomes).toEqual([
		expect.objectContaining({step: 'time', host: 'esxi1', states: [undefined, 'done']}),
		expect.objectContaining({step: 'time', host: 'esxi2', states: [undefined, 'done']}),
	]);
});

test('a verdict that is another one now is told', () => {
	const {record, source} = finished;
	const better = {
		record: {...record, tests: record.tests.map(each => ({...each, verdict: 'passed' as const}))},
		source,
	};
	expect(compareRuns(finished, better).tests).toEqual([{title: 'Move home', verdicts: ['failed', 'passed']}]);
});
