import {describe, expect, test} from 'vitest';
import {decide} from '../../src/run/decide.js';
import type {RunEvent} from '../../src/run/event.js';
import {exitStatusOf} from '../../src/run/exit-status.js';
import {measurementsOf} from '../../src/run/measure.js';
import {nextEffects, questions, statusOf} from '../../src/run/next.js';
import type {Request} from '../../src/run/request.js';
import type {RunState} from '../../src/run/state.js';
import {verdictsOf} from '../../src/run/verdict.js';
import {
	andThen,
	begunWith,
	byHand,
	danger,
	did,
	ended,
	exited,
	graphOf,
	intended,
	lost,
	phase,
	probe,
	step,
	twoHosts,
	waits,
} from './given.js';

/** Two tests that require the same, each with its way back, and something behind them. */
const graph = graphOf(
	[
		step('ready', {phase: 'before', readonly: true}),
		step('first', {phase: 'one'}),
		step('second', {
			phase: 'one',
			action: waits(),
			measure: {name: 'failover', from: 'first', maxMs: 3000},
		}),
		step('back', {phase: 'one.back'}),
		step('other', {phase: 'two', hosts: twoHosts}),
		step('other-back', {phase: 'two.back'}),
		step('report', {phase: 'after'}),
	],
	[
		phase('before', undefined, {kind: 'require'}),
		phase('one', undefined, {kind: 'test'}),
		phase('one.back', 'one', {kind: 'restore'}),
		phase('two', undefined, {kind: 'test'}),
		phase('two.back', 'two', {kind: 'restore'}),
		phase('after'),
	],
);

const begun = begunWith();

/** After these events, and all that follows from them by itself. */
function when(...events: readonly RunEvent[]): RunState {
	return settledIn(graph, andThen(begun, ...events));
}

function settledIn(in_: typeof graph, state: RunState): RunState {
	const facts = nextEffects(in_, state).flatMap(effect => (effect.kind === 'record' ? [effect.event] : []));
	return facts.length === 0 ? state : settledIn(in_, andThen(state, ...facts));
}

function given(state: RunState, request: Request): RunState {
	const decision = decide(graph, state, request, 'ana');
	if (!decision.accepted) {
		throw new Error(decision.because);
	}

	return settledIn(graph, andThen(state, ...decision.events));
}

const giveUp = (phase: string, reason = 'it does not come up'): Request => ({kind: 'give-up', phase, reason});

/** The events of a step that fails. */
const fails = (id: string) => did({step: id}, 'failed', exited(1));

function verdicts(state: RunState): readonly string[] {
	return verdictsOf(graph, state).map(({verdict, because}) => `${verdict}${because === '' ? '' : `: ${because}`}`);
}

function called(state: RunState): readonly string[] {
	return nextEffects(graph, state).flatMap(effect => (effect.kind === 'part' ? [effect.step] : []));
}

const ready = did({step: 'ready'});

describe('a test', () => {
	test('is open until all of it is done, and then has passed, before its way back is gone', () => {
		expect(verdicts(begun)).toEqual(['open', 'open']);
		expect(verdicts(when(...ready, ...did({step: 'first'})))).toEqual(['open', 'open']);
		const passed = when(...ready, ...did({step: 'first'}), ...did({step: 'second'}));
		expect(verdicts(passed)).toEqual(['passed', 'open']);
		expect(called(passed)).toEqual(['back']);
	});

	test('has failed where a measure is over its limit, and goes on', () => {
		const state = when(...ready, ...did({step: 'first'}), intended({step: 'second'}), ...notes(3), doneNow('second'));
		expect(verdicts(state)).toEqual(['failed: failover took 5 s, its limit is 3 s', 'open']);
		expect(called(state)).toEqual(['back']);
		expect(statusOf(graph, state, 'second', 'web-1')).toBe('done');
	});

	test('that fails asks first; given up, it is gone back from, and the next one runs', () => {
		const failed = when(...ready, ...fails('first'));
		expect(questions(graph, failed)).toMatchObject([{kind: 'failed', step: 'first'}]);
		expect(verdicts(failed)).toEqual(['open', 'open']);
		expect(called(failed)).toEqual([]);

		const givenUp = given(failed, giveUp('one'));
		expect(verdicts(givenUp)).toEqual(['failed: first on web-1 failed', 'open']);
		expect(questions(graph, givenUp)).toEqual([]);
		expect(givenUp.progress.get('second@web-1')).toMatchObject({
			state: 'skipped',
			because: 'given up: it does not come up',
			by: 'fieldbook',
		});
		expect(called(givenUp)).toEqual(['back']);
		const back = andThen(givenUp, ...did({step: 'back'}));
		expect(nextEffects(graph, back).map(effect => 'host' in effect && effect.host)).toEqual(twoHosts);
	});

	test('is blocked where a person said that it cannot be done', () => {
		const cannot = when(...ready, answered('first', 'cannot', 'no ladder'));
		expect(verdicts(cannot)).toEqual(['open', 'open']);
		expect(verdicts(given(cannot, giveUp('one')))).toEqual([
			'blocked: first on web-1 failed: cannot: no ladder',
			'open',
		]);
		const skip: Request = {kind: 'skip', step: 'first', reason: 'no ladder'};
		expect(verdicts(given(cannot, skip))[0]).toMatch(/^blocked/);
	});

	test('of which somebody skipped a step has failed; what a condition left out does not count', () => {
		const skipped = (by: string): RunEvent => ({type: 'StepSkipped', step: 'first', host: 'web-1', reason: 'x', by});
		const rest = did({step: 'second'});
		expect(verdicts(when(...ready, skipped('ana'), ...rest))).toEqual(['failed: first on web-1 skipped: x', 'open']);
		expect(verdicts(when(...ready, skipped('fieldbook'), ...rest))[0]).toBe('passed');
	});

	test('that is given up before it began is not run, and nothing is restored', () => {
		const state = given(when(...ready), giveUp('one', 'no time'));
		expect(verdicts(state)).toEqual(['not-run: given up: no time', 'open']);
		expect(state.progress.get('back@web-1')).toMatchObject({
			state: 'skipped',
			because: 'its test has not begun: there is nothing to restore',
		});
		expect(called(state)).toEqual(['other', 'other']);
	});

	test('is not run where --only leaves it out', () => {
		const state = settledIn(graph, begunWith({selection: {only: 'report', startAt: null}}));
		expect(verdicts(state)).toEqual(['not-run: not in --only report', 'not-run: not in --only report']);
		expect(exitStatusOf(graph, andThen(state, ...did({step: 'report'}), {type: 'RunFinished'}))).toBe(0);
	});

	test('in doubt is left in doubt when it is given up', () => {
		const unknown = when(...ready, intended({step: 'first'}), ended({step: 'first'}, 'unknown', lost));
		const state = given(unknown, giveUp('one'));
		expect(verdicts(state)[0]).toBe('failed: first on web-1 unknown');
		expect(called(state)).toEqual(['back']);
		const end = ['back', 'other', 'other-back', 'report'].flatMap(step => did({step}));
		const finished = settledIn(graph, andThen(state, ...end, ...did({step: 'other', host: 'web-2'})));
		expect(finished.status).toBe('finished');
		expect(exitStatusOf(graph, finished)).toBe(3);
	});
});

describe('what a test requires', () => {
	test('and has failed makes the tests not run once it is given up; what stands behind them runs', () => {
		const failed = when(...fails('ready'));
		expect(called(failed)).toEqual([]);
		const state = given(failed, giveUp('before', 'a node is down'));
		const because = 'not-run: before was given up: a node is down';
		expect(verdicts(state)).toEqual([because, because]);
		expect(called(state)).toEqual(['report']);
		const finished = settledIn(graph, andThen(state, ...did({step: 'report'})));
		expect(finished.status).toBe('finished');
		expect(exitStatusOf(graph, finished)).toBe(1);
	});

	test('in the test is for that test alone', () => {
		const inside = graphOf(
			[step('ready', {phase: 'one.before'}), step('first', {phase: 'one'}), step('other', {phase: 'two'})],
			[
				phase('one', undefined, {kind: 'test'}),
				phase('one.before', 'one', {kind: 'require'}),
				phase('two', undefined, {kind: 'test'}),
			],
		);
		const state = settledIn(
			inside,
			andThen(begun, ...fails('ready'), {type: 'PhaseGivenUp', phase: 'one.before', reason: 'x', by: 'ana'}),
		);
		expect(verdictsOf(inside, state).map(({verdict}) => verdict)).toEqual(['not-run', 'open']);
		expect(nextEffects(inside, state)).toMatchObject([{kind: 'part', step: 'other'}]);
	});
});

describe('giving up', () => {
	test.for<readonly [string, RunState, Request, RegExp]>([
		['what is no test', begun, giveUp('after'), /after is no test/],
		['without a reason', begun, giveUp('one', ' '), /wants a reason/],
		['twice', given(when(...ready), giveUp('one')), giveUp('one'), /given up before/],
		['what is under way', when(...ready, intended({step: 'first'})), giveUp('one'), /first is under way/],
		[
			'what is over',
			when(...ready, ...did({step: 'first'}), ...did({step: 'second'})),
			giveUp('one'),
			/Nothing is open in one/,
		],
	])('%s is refused', ([, state, request, because]) => {
		const decision = decide(graph, state, request, 'ana');
		expect(decision.accepted ? '' : decision.because).toMatch(because);
	});

	test('is for good: what was left there is not run again', () => {
		const state = given(when(...ready, ...fails('first')), giveUp('one'));
		const decision = decide(graph, state, {kind: 'retry', step: 'first'}, 'ana');
		expect(decision).toEqual({accepted: false, because: 'one was given up: first is not run again.'});
	});
});

describe('a measure', () => {
	test.for<readonly [string, string | undefined, number]>([
		["from a step's end", 'first', 2],
		["from a step's start", 'first.start', 3],
		['from its own start', undefined, 1],
	])('%s', ([, from, seconds]) => {
		const nodes = [step('first'), step('second', {action: waits(), measure: {name: 'm', from, maxMs: undefined}})];
		const state = andThen(begun, ...did({step: 'first'}), ...did({step: 'second'}));
		expect(measurementsOf(graphOf(nodes), state)).toEqual([
			{name: 'm', step: 'second', host: 'web-1', from, ms: seconds * 1000, maxMs: undefined, verdict: 'pass'},
		]);
	});

	test('from a step that watchers saw counts from when the host was last heard, also where a verify follows', () => {
		const pulled = step('pull', {action: {...byHand, expects: 'down'}});
		const measured = step('up', {action: waits(), measure: {name: 'm', from: 'pull', maxMs: 60_000}});
		const seen: RunEvent = {
			...{type: 'HostSeen', step: 'pull', host: 'web-1', what: 'down', follows: 'verify'},
			since: '2026-11-20T09:59:50.000Z',
		};
		const state = andThen(begun, seen, ...did({step: 'pull', part: 'verify'}), ...did({step: 'up'}));
		expect(measurementsOf(graphOf([pulled, measured]), state)).toMatchObject([{ms: 19_000, verdict: 'pass'}]);
	});

	test('is each host its own, from the same host where it can be', () => {
		const measure = {name: 'm', from: 'first', maxMs: 2000};
		const nodes = [step('first', {hosts: twoHosts}), step('second', {hosts: twoHosts, action: waits(), measure})];
		const state = andThen(
			begun,
			...did({step: 'first'}),
			...did({step: 'first', host: 'web-2'}),
			...did({step: 'second'}),
		);
		expect(measurementsOf(graphOf(nodes), state)).toMatchObject([
			{host: 'web-1', ms: 4000, verdict: 'over'},
			{host: 'web-2', ms: undefined, verdict: 'open'},
		]);
	});

	test('counts from the host that a condition chose, wherever it is looked at; what a person left out has no end', () => {
		const measure = {name: 'm', from: 'first', maxMs: 2000};
		const nodes = [step('first', {hosts: twoHosts}), step('second', {hosts: twoHosts, action: waits(), measure})];
		const skipped = (by: string): RunEvent => ({type: 'StepSkipped', step: 'first', host: 'web-1', reason: 'no', by});
		const state = (by: string) =>
			andThen(begun, skipped(by), ...did({step: 'first', host: 'web-2'}), ...did({step: 'second'}));
		expect(measurementsOf(graphOf(nodes), state('fieldbook'))).toMatchObject([{host: 'web-1', ms: 2000}, {}]);
		expect(measurementsOf(graphOf(nodes), state('ana'))).toMatchObject([{host: 'web-1', ms: undefined}, {}]);
	});
});

describe('a probe', () => {
	const beside = graphOf([step('ping', {action: probe, phase: 'p'}), step('pull', {phase: 'p'})], [phase('p')]);
	const began: RunEvent = {type: 'ProbeBegan', step: 'ping', host: 'web-1', attempt: 1, job: 'j', scriptHash: ''};
	const probing = {kind: 'probe', step: 'ping', host: 'web-1', attempt: 1};

	test('begins by itself, whatever the pace, and nothing waits for it', () => {
		const inOrder = {...beside, nodes: beside.nodes.map(node => ({...node, after: []}))};
		expect(nextEffects(inOrder, begunWith({pace: 'step'}))).toEqual([probing]);
		expect(nextEffects(inOrder, andThen(begun, began))).toMatchObject([probing, {kind: 'part', step: 'pull'}]);
	});

	test('waits for its gate like every step', () => {
		const gated = graphOf([step('ping', {action: probe, gates: [danger]}), step('pull')]);
		expect(nextEffects(gated, begun)).toEqual([]);
		expect(questions(gated, begun)).toMatchObject([{kind: 'gate', step: 'ping'}]);
	});

	test('is called for until the other steps of its phase are settled, and the run ends with it', () => {
		const pulled = andThen(begun, began, ...did({step: 'pull'}));
		expect(nextEffects(beside, pulled)).toEqual([]);
		const end: RunEvent = {
			...{type: 'ProbeEnded', step: 'ping', host: 'web-1', attempt: 1, longestGapMs: 1500, gaps: []},
			...{tries: 3, because: '', settles: 'done'},
		};
		expect(nextEffects(beside, andThen(pulled, end))).toMatchObject([{event: {type: 'RunFinished'}}]);
	});

	test('whose phase has nothing else left is skipped', () => {
		const alone = graphOf([step('ping', {action: probe})]);
		expect(settledIn(alone, begun).progress.get('ping@web-1')).toMatchObject({state: 'skipped'});
	});

	test('holds nothing up once it has begun, but does where nobody could find its host', () => {
		const inOrder = graphOf([step('ping', {action: probe, phase: 'p'}), step('pull', {phase: 'p'})], [phase('p')]);
		const failed: RunEvent = {
			...{type: 'StepMarked', step: 'ping', host: 'web-1', as: 'failed'},
			...{reason: 'nobody says where active is', by: 'fieldbook'},
		};
		expect(nextEffects(inOrder, andThen(begun, failed))).toEqual([]);
		expect(questions(inOrder, andThen(begun, failed))).toMatchObject([{kind: 'failed', step: 'ping'}]);
		expect(nextEffects(inOrder, andThen(begun, began))).toMatchObject([probing, {kind: 'part', step: 'pull'}]);
	});

	test('that is left alone in its test does not wait for the restore, which waits for no probe', () => {
		const test = graphOf(
			[step('ping', {action: probe, phase: 't'}), step('pull', {phase: 't'}), step('back', {phase: 't.back'})],
			[phase('t', undefined, {kind: 'test'}), phase('t.back', 't', {kind: 'restore'})],
		);
		const skipped: RunEvent = {type: 'StepSkipped', step: 'pull', host: 'web-1', reason: 'not today', by: 'ana'};
		const state = settledIn(test, andThen(begun, began, skipped));
		expect(state.progress.get('back@web-1')).toMatchObject({state: 'skipped'});
		expect(nextEffects(test, state)).toEqual([]);
	});

	test('that was interrupted or paused begins again in a new attempt, and its longest gap counts', () => {
		const paused: RunEvent = {
			...{type: 'ProbeEnded', step: 'ping', host: 'web-1', attempt: 1, longestGapMs: 1500, gaps: []},
			...{tries: 3, because: 'the run was paused', settles: null},
		};
		const state = andThen(begun, began, paused);
		expect(nextEffects(beside, state)).toContainEqual({...probing, attempt: 2});
		const second = andThen(state, {...began, attempt: 2}, ...did({step: 'pull'}), {
			...paused,
			...{attempt: 2, longestGapMs: 700, settles: 'done'},
		});
		expect(second.progress.get('ping@web-1')?.probed?.longestGapMs).toBe(1500);
	});
});

describe('ways', () => {
	const twoWays = graphOf(
		[step('a1', {phase: 'ways.a'}), step('a2', {phase: 'ways.a'}), step('b1', {phase: 'ways.b'}), step('end')],
		[
			phase('ways', undefined, {kind: 'ways'}),
			phase('ways.a', 'ways', {kind: 'way'}),
			phase('ways.b', 'ways', {kind: 'way'}),
		],
	);

	test('are asked for when the first step is ready, and the steps of the others are skipped', () => {
		expect(questions(twoWays, begun)).toEqual([
			{kind: 'choose-way', step: 'a1', phase: 'ways', ways: ['ways.a', 'ways.b']},
		]);
		const decision = decide(twoWays, begun, {kind: 'choose-way', phase: 'ways', way: 'ways.b'}, 'ana');
		const events = decision.accepted ? decision.events : [];
		expect(events).toEqual([{type: 'WayChosen', phase: 'ways', way: 'ways.b', by: 'ana'}]);
		const state = settledIn(twoWays, andThen(begun, ...events));
		expect(state.progress.get('a2@web-1')).toMatchObject({state: 'skipped', because: 'the way ways.b was chosen'});
		expect(nextEffects(twoWays, state)).toMatchObject([{kind: 'part', step: 'b1'}]);
		expect(decide(twoWays, state, {kind: 'choose-way', phase: 'ways', way: 'ways.a'}, 'ana').accepted).toBe(false);
	});

	test('of which one is left are not asked for', () => {
		const when = {source: 'false', at: {line: 1, column: 1, length: 1}};
		const one = {...twoWays, phases: twoWays.phases.map(own => (own.id === 'ways.b' ? {...own, when} : own))};
		const state = settledIn(one, begun);
		expect(state.waysChosen).toEqual(new Map([['ways', 'ways.a']]));
		expect(nextEffects(one, state)).toMatchObject([{kind: 'part', step: 'a1'}]);
	});
});

function answered(id: string, choice: 'cannot' | 'done', note: string): RunEvent {
	return {type: 'ManualAnswered', step: id, host: 'web-1', choice, note, captured: {}, by: 'ana'};
}

/** Each takes a second. */
function notes(count: number): readonly RunEvent[] {
	return Array.from({length: count}, () => ({type: 'NoteTaken', step: null, text: 'x', by: 'ana'}));
}

function doneNow(id: string): RunEvent {
	return ended({step: id}, 'done');
}
