import {describe, expect, test} from 'vitest';
import type {StepGraph} from '../../src/graph/graph.js';
import {decide} from '../../src/run/decide.js';
import type {RunEvent} from '../../src/run/event.js';
import {effectKey, isCalledFor, nextEffects, questions, statusOf} from '../../src/run/next.js';
import type {Request} from '../../src/run/request.js';
import type {RunState} from '../../src/run/state.js';
import {
	andThen,
	begun,
	begunWith,
	byHand,
	contacted,
	did,
	ended,
	exited,
	file,
	graphOf,
	intended,
	lost,
	phase,
	resumed,
	satellite,
	step,
	twoHosts,
} from './given.js';

const by = 'ana';
const undo = satellite('false');
const asked = (step: string, host = 'web-1'): RunEvent => ({type: 'UndoAsked', step, host, by});
const undone = (step: string, attempt = 2, host = 'web-1') => did({step, host, attempt, part: 'undo'}, 'undone');

function ask(graph: StepGraph, state: RunState, request: Request): readonly RunEvent[] | string {
	const decision = decide(graph, state, request, by);
	return decision.accepted ? decision.events : decision.because;
}

function due(graph: StepGraph, state: RunState): readonly string[] {
	return nextEffects(graph, state).map(effectKey);
}

describe('a step that was done', () => {
	const graph = graphOf([step('a', {undo}), step('b', {undo}), step('c')]);
	const state = andThen(begunWith(), ...did({step: 'a'}), ...did({step: 'b'}), intended({step: 'c'}));

	test('is undone when somebody asks, on one host or all', () => {
		const two = graphOf([step('a', {undo, hosts: twoHosts})]);
		const both = andThen(begunWith(), ...did({step: 'a'}), ...did({step: 'a', host: 'web-2'}, 'failed'));
		expect(ask(graph, state, {kind: 'undo', step: 'a'})).toEqual([asked('a')]);
		expect(ask(two, both, {kind: 'undo', step: 'a'})).toEqual([asked('a'), asked('a', 'web-2')]);
		expect(ask(two, both, {kind: 'undo', step: 'a', host: 'web-2'})).toEqual([asked('a', 'web-2')]);
	});

	test('is running while it is undone, then undone, and what comes after it waits', () => {
		const undoing = andThen(state, asked('b'), intended({step: 'b', attempt: 2, part: 'undo'}));
		expect(statusOf(graph, undoing, 'b', 'web-1')).toBe('running');
		const after = andThen(begunWith(), ...[...did({step: 'a'}), ...did({step: 'b'}), asked('b'), ...undone('b')]);
		expect(statusOf(graph, after, 'b', 'web-1')).toBe('undone');
		expect(statusOf(graph, after, 'c', 'web-1')).toBe('waiting');
		expect(questions(graph, after)).toEqual([{kind: 'undone', step: 'b', hosts: ['web-1']}]);
		expect(due(graph, after)).toEqual([]);
	});

	test('can then be done again in a new attempt, skipped, or marked done', () => {
		const after = andThen(begunWith(), ...did({step: 'a'}), asked('a'), ...undone('a'));
		const retried = ask(graph, after, {kind: 'retry', step: 'a'});
		expect(retried).toMatchObject([{type: 'RetryAsked'}, {type: 'StepConfirmed'}]);
		expect(due(graph, andThen(after, ...(retried as RunEvent[])))).toEqual(['part a@web-1#3.run']);
		expect(ask(graph, after, {kind: 'skip', step: 'a', reason: 'not here'})).toMatchObject([{type: 'StepSkipped'}]);
		expect(ask(graph, after, {kind: 'mark', step: 'a', as: 'done', reason: 'by hand'})).toMatchObject([
			{type: 'StepMarked', as: 'done'},
		]);
	});

	test('stays what it was if its undo fails, and what else was asked for is forgotten', () => {
		const two = andThen(begunWith(), ...did({step: 'a'}), ...did({step: 'b'}), asked('a'), asked('b'));
		const failed = andThen(two, ...did({step: 'b', attempt: 2, part: 'undo'}, null, exited(1)));
		expect(statusOf(graph, failed, 'b', 'web-1')).toBe('done');
		expect(failed.progress.get('a@web-1')?.asked).toBeUndefined();
		expect(due(graph, failed)).toEqual(['part c@web-1#1.run']);
	});
});

describe('what cannot be undone', () => {
	test.for<readonly [string, readonly RunEvent[], RegExp]>([
		['what was there already', did({step: 'a', part: 'check'}, 'satisfied'), /satisfied.*only what was done here/],
		['what was not begun', [], /ready.*only what was done here/],
		[
			'what somebody marked done',
			[{type: 'StepMarked', step: 'a', host: 'web-1', as: 'done', reason: 'x', by}],
			/done/,
		],
		['what is under way', [intended({step: 'a'})], /running/],
	])('%s', ([, events, because]) => {
		const graph = graphOf([step('a', {undo}), step('b')]);
		expect(ask(graph, andThen(begunWith(), ...events), {kind: 'undo', step: 'a'})).toMatch(because);
	});

	test('a step without an undo', () => {
		const state = andThen(begunWith(), ...did({step: 'a'}));
		expect(ask(graphOf([step('a'), step('b')]), state, {kind: 'undo', step: 'a'})).toBe(
			'Nothing in the runbook says how to undo a.',
		);
	});

	test('a file that replaced nobody knows what', () => {
		const graph = graphOf([step('a', {action: file}), step('b')]);
		const old = andThen(begunWith(), ...did({step: 'a'}));
		const known = andThen(begunWith(), intended({step: 'a'}, true, {replaces: null}), ended({step: 'a'}, 'done'));
		expect(ask(graph, old, {kind: 'undo', step: 'a'})).toBe(
			'Nobody wrote down what stood there before a: there is nothing to put back.',
		);
		expect(ask(graph, known, {kind: 'undo', step: 'a'})).toEqual([asked('a')]);
	});
});

describe('what a file step replaced', () => {
	const put = (attempt: number, replaces: string | null, scriptHash = 'new') =>
		intended({step: 'a', attempt}, true, {replaces, scriptHash});

	test('is what stood there before the first attempt that changed it', () => {
		const failed = andThen(begunWith(), put(1, 'old'), ended({step: 'a'}, 'failed'));
		const again = andThen(failed, {type: 'RetryAsked', step: 'a', host: 'web-1', by});
		expect(andThen(again, put(2, 'new', 'newer')).progress.get('a@web-1')?.replaced).toEqual({
			by: 'newer',
			before: 'old',
		});
		expect(andThen(again, put(2, 'other')).progress.get('a@web-1')?.replaced).toEqual({by: 'new', before: 'other'});
	});

	test('is forgotten once it is back', () => {
		const state = andThen(begunWith(), put(1, null), ended({step: 'a'}, 'done'), asked('a'), ...undone('a'));
		expect(state.progress.get('a@web-1')?.replaced).toBeUndefined();
	});
});

describe('a phase', () => {
	const graph = graphOf(
		[
			step('a', {undo, phase: 'one'}),
			step('b', {undo, phase: 'inner', hosts: twoHosts}),
			step('c', {phase: 'one'}),
			step('d', {action: {...byHand}, undo, phase: 'two'}),
			step('e', {phase: 'two'}),
		],
		[phase('one'), phase('inner', 'one'), phase('two')],
	);
	const state = andThen(
		begunWith(),
		...did({step: 'a'}),
		...did({step: 'b'}),
		...did({step: 'b', host: 'web-2'}),
		...did({step: 'c'}),
	);

	test('is undone backwards, one step at a time, all hosts of a step at once', () => {
		const events = ask(graph, state, {kind: 'undo-phase', phase: 'one'}) as RunEvent[];
		expect(events).toEqual([asked('a'), asked('b'), asked('b', 'web-2')]);
		const first = andThen(state, ...events);
		expect(due(graph, first)).toEqual(['part b@web-1#2.undo', 'part b@web-2#2.undo']);
		expect(questions(graph, first)).toEqual([]);
		const half = andThen(first, ...undone('b'));
		expect(due(graph, half)).toEqual(['part b@web-2#2.undo']);
		const whole = andThen(half, ...undone('b', 2, 'web-2'));
		expect(due(graph, whole)).toEqual(['part a@web-1#2.undo']);
		expect(due(graph, andThen(whole, intended({step: 'a', attempt: 2, part: 'undo'})))).toEqual([]);
	});

	test('goes back from where it is: what is asked for meanwhile waits for the undo that is under way', () => {
		const undoing = andThen(state, asked('a'), intended({step: 'a', attempt: 2, part: 'undo'}), asked('b'));
		expect(due(graph, undoing)).toEqual([]);
		expect(due(graph, andThen(undoing, ended({step: 'a', attempt: 2, part: 'undo'}, 'undone')))).toEqual([
			'part b@web-1#2.undo',
		]);
	});

	test('a host that is asked for beside an undo under way waits for what stands behind it', () => {
		const two = graphOf([step('a', {undo, hosts: twoHosts}), step('b', {undo})]);
		const done = andThen(begunWith(), ...did({step: 'a'}), ...did({step: 'a', host: 'web-2'}), ...did({step: 'b'}));
		const first = andThen(done, asked('a'), intended({step: 'a', attempt: 2, part: 'undo'}));
		const all = andThen(first, asked('b'), asked('a', 'web-2'));
		expect(due(two, all)).toEqual([]);
		const after = andThen(all, ended({step: 'a', attempt: 2, part: 'undo'}, 'undone'));
		expect(due(two, after)).toEqual(['part b@web-1#2.undo']);
		expect(due(two, andThen(after, ...undone('b')))).toEqual(['part a@web-2#2.undo']);
	});

	test('with serial, one host after the other, the last one first', () => {
		const serial = graphOf([step('b', {undo, serial: true, hosts: twoHosts}), step('c')]);
		const both = andThen(begunWith(), ...did({step: 'b'}), ...did({step: 'b', host: 'web-2'}));
		const events = ask(serial, both, {kind: 'undo', step: 'b'}) as RunEvent[];
		expect(due(serial, andThen(both, ...events))).toEqual(['part b@web-2#2.undo']);
	});

	test('in which something is under way, or nothing was done, is not undone', () => {
		const busy = andThen(state, {type: 'HandAsked', step: 'd', host: 'web-1', by}, intended({step: 'e'}));
		expect(ask(graph, busy, {kind: 'undo-phase', phase: 'two'})).toBe('In "two" something is under way: e.');
		expect(ask(graph, state, {kind: 'undo-phase', phase: 'two'})).toBe(
			'Nothing was done in "two" that could be undone.',
		);
		expect(ask(graph, state, {kind: 'undo-phase', phase: 'three'})).toBe('There is no phase three.');
	});

	test('is undone beside a probe that is under way: it changes nothing', () => {
		const {step: it, ...node} = step('p', {phase: 'one', after: []});
		const action = {kind: 'probe', script: satellite().script, everyMs: 1000} as const;
		const probed = graphOf(
			[step('a', {undo, phase: 'one'}), {...node, step: {...it, action}}, step('c')],
			[phase('one')],
		);
		const began: RunEvent = {type: 'ProbeBegan', step: 'p', host: 'web-1', attempt: 1, job: 'j', scriptHash: ''};
		const both = andThen(begunWith(), began, ...did({step: 'a'}));
		expect(ask(probed, both, {kind: 'undo-phase', phase: 'one'})).toEqual([asked('a')]);
	});

	test('what a person did by hand is undone as well', () => {
		const answered: RunEvent = {
			...{type: 'ManualAnswered', step: 'd', host: 'web-1', choice: 'done', note: '', captured: {}, by},
		};
		expect(ask(graph, andThen(state, answered), {kind: 'undo-phase', phase: 'two'})).toEqual([asked('d')]);
	});
});

describe('an undo that nobody saw the end of', () => {
	const graph = graphOf([step('a', {undo, check: satellite(), unknown: 'rerun'}), step('b')]);
	const done = andThen(begunWith(), ...did({step: 'a', part: 'check'}, null, exited(1)), ...did({step: 'a'}));
	const unknown = andThen(done, asked('a'), ...did({step: 'a', attempt: 2, part: 'undo'}, 'unknown', lost));

	test('is looked at, and never sent again by itself, whatever the policy', () => {
		expect(due(graph, unknown)).toEqual(['part a@web-1#3.check']);
		const notThere = andThen(unknown, ...did({step: 'a', attempt: 3, part: 'check'}, 'unknown', exited(1)));
		expect(due(graph, notThere)).toEqual([]);
		expect(questions(graph, notThere)).toEqual([{kind: 'unknown', step: 'a', hosts: ['web-1']}]);
	});

	test('is over if the check finds the step there', () => {
		const there = andThen(unknown, ...did({step: 'a', attempt: 3, part: 'check'}, 'done'));
		expect(statusOf(graph, there, 'a', 'web-1')).toBe('done');
		expect(due(graph, there)).toEqual(['part b@web-1#1.run']);
	});

	test('can be marked undone, which an unknown run cannot', () => {
		const mark = {kind: 'mark', step: 'a', as: 'undone', reason: 'looked'} as const;
		expect(ask(graph, unknown, mark)).toMatchObject([{type: 'StepMarked', as: 'undone'}]);
		const run = andThen(
			begunWith(),
			...did({step: 'a', part: 'check'}, null, exited(1)),
			...did({step: 'a'}, 'unknown'),
		);
		expect(ask(graph, run, mark)).toMatch(/only where nobody saw how the undo ended/);
	});

	test('is what a crash in the middle of it makes of it; what was asked for besides is not begun', () => {
		const two = graphOf([step('a', {undo}), step('b', {undo}), step('c')]);
		const undoing = andThen(
			begunWith(),
			...[...did({step: 'a'}), ...did({step: 'b'}), asked('a'), asked('b')],
			intended({step: 'b', attempt: 2, part: 'undo'}),
		);
		const back = andThen(undoing, resumed, contacted('web-1'), contacted('web-2'), begun);
		expect(statusOf(two, back, 'b', 'web-1')).toBe('unknown');
		expect(back.progress.get('b@web-1')?.because).toBe('fieldbook stopped while its undo ran');
		expect(due(two, back)).toEqual([]);
		expect(questions(two, back)).toEqual([{kind: 'unknown', step: 'b', hosts: ['web-1']}]);
	});
});

test('nothing else begins while something is to be undone, and a part that was being prepared is not called for', () => {
	const graph = graphOf([step('a', {undo}), step('b', {after: []})]);
	const state = andThen(begunWith(), ...did({step: 'a'}), asked('a'));
	expect(due(graph, state)).toEqual(['part a@web-1#2.undo']);
	const about = {kind: 'part', host: 'web-1'} as const;
	expect(isCalledFor(graph, state, {...about, step: 'b', attempt: 1, part: 'run'})).toBe(false);
	expect(isCalledFor(graph, state, {...about, step: 'a', attempt: 2, part: 'undo'})).toBe(true);
});
