import {describe, expect, test} from 'vitest';
import type {StepGraph} from '../../src/graph/graph.js';
import {decide} from '../../src/run/decide.js';
import type {RunEvent} from '../../src/run/event.js';
import {effectKey, nextEffects, questions, statusOf} from '../../src/run/next.js';
import type {JobSeen} from '../../src/run/outcome.js';
import type {Request} from '../../src/run/request.js';
import type {RunState} from '../../src/run/state.js';
import {
	andThen,
	begun,
	begunWith,
	contacted,
	ended,
	exited,
	graphOf,
	intended,
	lost,
	recorded,
	resumed,
	runs,
	satellite,
	step,
	twoHosts,
} from './given.js';

const by = 'ana';
const long = runs('true', {long: true});
const graph = graphOf([step('a', {action: long}), step('b')]);

const left = (attempt = 1, host = 'web-1') => intended({step: 'a', host, attempt}, true, {detached: true, boot: 'b1'});
const gotLost = (attempt = 1, host = 'web-1') => ended({step: 'a', host, attempt}, 'unknown', lost);
const saw = (seen: JobSeen, attempt = 1, host = 'web-1', more: {unasked?: true} = {}): RunEvent => ({
	type: 'JobLookedUp',
	...{step: 'a', host, attempt, part: 'run', seen, ...more},
});
const silent: JobSeen = {kind: 'unanswered', evidence: 'no route to host'};
const vanished: JobSeen = {kind: 'gone', because: 'vanished'};
const back = [resumed, contacted('web-1'), contacted('web-2'), begun];

const unknown = andThen(begunWith(), left(), gotLost());

function due(state: RunState, own: StepGraph = graph): readonly string[] {
	return nextEffects(own, state).map(effectKey);
}

function asked(state: RunState, own: StepGraph = graph): readonly string[] {
	return questions(own, state).map(({kind}) => kind);
}

function ask(state: RunState, request: Request, own: StepGraph = graph): readonly RunEvent[] | string {
	const decision = decide(own, state, request, by);
	return decision.accepted ? decision.events : decision.because;
}

describe('a step that was left to its host', () => {
	test('is looked up there as soon as its link is lost, and nobody is asked yet', () => {
		expect(due(unknown)).toEqual(['look a@web-1#1.run 1 after 0']);
		expect(asked(unknown)).toEqual([]);
		expect(statusOf(graph, unknown, 'a', 'web-1')).toBe('unknown');
	});

	test('is looked up when the run is resumed and has begun, not before', () => {
		const crashed = andThen(begunWith(), left(), resumed);
		expect(due(crashed)).toEqual(['contact web-1 ']);
		expect(due(andThen(crashed, ...back.slice(1)))).toEqual(['look a@web-1#1.run 1 after 0']);
	});

	test('is looked up also where it changes nothing: it may take hours', () => {
		const readonly = graphOf([step('a', {action: long, readonly: true}), step('b')]);
		const state = andThen(begunWith(), intended({step: 'a'}, false, {detached: true}), ...back);
		expect(due(state, readonly)).toEqual(['look a@web-1#1.run 1 after 0']);
	});

	test('is followed if it is running there, and ends as if nothing had been', () => {
		for (const seen of [{kind: 'running'}, {kind: 'finished', code: 0}] as const) {
			const found = andThen(unknown, saw(seen));
			expect(due(found)).toEqual(['follow a@web-1#1.run 1']);
			expect(statusOf(graph, found, 'a', 'web-1')).toBe('running');
			expect(due(andThen(found, ended({step: 'a'}, 'done')))).toEqual(['part b@web-1#1.run']);
		}
	});

	test('is followed also while the run is paused', () => {
		const paused = andThen(unknown, saw({kind: 'running'}), {type: 'RunPaused', by, reason: ''});
		expect(due(paused)).toEqual(['follow a@web-1#1.run 1']);
	});

	test('is looked up again after each loss, but not at once for ever', () => {
		const again = andThen(unknown, saw({kind: 'running'}), gotLost());
		expect(due(again)).toEqual(['look a@web-1#1.run 2 after 2000']);
		const third = andThen(again, saw({kind: 'running'}), gotLost());
		expect(due(third)).toEqual(['look a@web-1#1.run 3 after 4000']);
	});

	test('counts from when it was sent, not from when it was found', () => {
		const done = andThen(unknown, saw({kind: 'running'}), ended({step: 'a'}, 'done'));
		expect(done.progress.get('a@web-1')).toMatchObject({
			startedAt: unknown.progress.get('a@web-1')?.startedAt,
			finishedAt: recorded([begun], done.lastSeq - 1)[0]?.at,
		});
	});
});

describe('a host that does not answer', () => {
	const times = (count: number) => andThen(unknown, ...Array.from({length: count}, () => saw(silent)));

	test('is asked again with growing pauses, five minutes at most', () => {
		expect([1, 2, 3, 8, 9, 50].map(count => due(times(count))[0])).toEqual([
			'look a@web-1#1.run 2 after 2000',
			'look a@web-1#1.run 3 after 4000',
			'look a@web-1#1.run 4 after 8000',
			'look a@web-1#1.run 9 after 256000',
			'look a@web-1#1.run 10 after 300000',
			'look a@web-1#1.run 51 after 300000',
		]);
	});

	test('is asked three times before a person is', () => {
		expect([1, 2, 3].map(count => asked(times(count)))).toEqual([[], [], ['unknown']]);
		expect(times(3).progress.get('a@web-1')?.looked).toMatchObject({
			silentTimes: 3,
			silentSince: recorded([begun], 6)[0]?.at,
		});
	});

	test('is asked at once if somebody says so, and the question waits', () => {
		const looking = andThen(times(4), ...(ask(times(4), {kind: 'look', step: 'a'}) as RunEvent[]));
		expect(due(looking)).toEqual(['look a@web-1#1.run 5 after 0']);
		expect(asked(looking)).toEqual([]);
		expect(ask(looking, {kind: 'look', step: 'a'})).toMatch(/a on web-1 is unknown/);
	});

	test.for([
		['turned us away', saw({...silent, refused: 'auth'})],
		['was not asked for want of a secret', saw(silent, 1, 'web-1', {unasked: true})],
	] as const)('and %s is not asked again unasked', ([, event]) => {
		const state = andThen(unknown, event);
		expect(due(state)).toEqual([]);
		expect(asked(state)).toEqual(['unknown']);
	});

	test('begins from anew with the next resume', () => {
		expect(due(andThen(times(5), ...back))).toEqual(['look a@web-1#1.run 6 after 0']);
	});

	test('holds up its own question alone', () => {
		const two = graphOf([step('a', {action: long, hosts: twoHosts}), step('b')]);
		const state = andThen(begunWith(), left(), left(1, 'web-2'), gotLost(), gotLost(1, 'web-2'), saw(vanished));
		expect(questions(two, state)).toEqual([{kind: 'unknown', step: 'a', hosts: ['web-1']}]);
		expect(due(state, two)).toEqual(['look a@web-2#1.run 1 after 0']);
	});
});

describe('what never began', () => {
	const never = saw({kind: 'notStarted', reason: 'its folder is not there'});

	test('begins by itself, in the next attempt', () => {
		expect(due(andThen(unknown, never))).toEqual(['part a@web-1#2.run']);
	});

	test('fails if that happens again and again', () => {
		const three = [2, 3, 4].flatMap(attempt => [
			left(attempt),
			gotLost(attempt),
			saw({kind: 'notStarted', reason: 'x'}, attempt),
		]);
		const state = andThen(unknown, never, ...three);
		expect(state.progress.get('a@web-1')).toMatchObject({state: 'failed', because: 'it was never begun: x'});
		expect(ask(state, {kind: 'retry', step: 'a'})).toMatchObject([{type: 'RetryAsked'}, {type: 'StepConfirmed'}]);
	});
});

describe('what is gone', () => {
	test('is for the policy of the step', () => {
		const gone = andThen(unknown, saw(vanished));
		const checked = graphOf([step('a', {action: long, check: satellite(), unknown: 'check'}), step('b')]);
		const rerun = graphOf([step('a', {action: long, unknown: 'rerun'}), step('b')]);
		expect([due(gone), asked(gone)]).toEqual([[], ['unknown']]);
		expect(due(gone, checked)).toEqual(['part a@web-1#2.check']);
		expect(due(gone, rerun)).toEqual(['part a@web-1#2.run']);
	});

	test('may be run again or undone only then: before that it may still run', () => {
		const own = graphOf([step('a', {action: long, unknown: 'rerun', undo: satellite()}), step('b')]);
		const quiet = andThen(unknown, saw(silent), saw(silent), saw(silent));
		expect(ask(quiet, {kind: 'retry', step: 'a'}, own)).toMatch(/it may still be running there/);
		expect(ask(quiet, {kind: 'undo', step: 'a'}, own)).toMatch(/is unknown/);
		const gone = andThen(quiet, saw(vanished));
		expect(ask(gone, {kind: 'retry', step: 'a'}, own)).toMatchObject([{type: 'RetryAsked'}, {type: 'StepConfirmed'}]);
		expect(ask(gone, {kind: 'undo', step: 'a'}, own)).toMatchObject([{type: 'UndoAsked'}]);
	});

	test('can be marked at any time, with a reason', () => {
		expect(ask(unknown, {kind: 'mark', step: 'a', as: 'done', reason: 'seen on its console'})).toMatchObject([
			{type: 'StepMarked'},
		]);
	});
});

test('a check that somebody asked for does not hide the attempt that is still running', () => {
	const own = graphOf([step('a', {action: long, check: satellite(), unknown: 'ask'}), step('b')]);
	const check = {step: 'a', attempt: 2, part: 'check'} as const;
	const checked = andThen(
		unknown,
		...[saw(silent), saw(silent), saw(silent), {type: 'CheckAsked', step: 'a', host: 'web-1', by} as const],
		...[intended(check), ended(check, 'unknown', exited(1))],
	);
	expect(due(checked, own)).toEqual(['look a@web-1#1.run 4 after 8000']);
	const found = andThen(checked, saw({kind: 'running'}));
	expect(due(found, own)).toEqual(['follow a@web-1#1.run 4']);
	const failed = andThen(found, ended({step: 'a'}, 'failed', exited(1)), {
		type: 'RetryAsked',
		step: 'a',
		host: 'web-1',
		by,
	});
	expect(due(failed, own)).toEqual(['part a@web-1#3.check']);
});

test('a colleague who took over leaves the outcome to a person', () => {
	const state = andThen(unknown, saw({kind: 'superseded', epoch: 3}));
	expect([due(state), asked(state)]).toEqual([[], ['unknown']]);
});

test('what was sent directly cannot be looked up', () => {
	const state = andThen(begunWith(), intended({step: 'a'}), gotLost());
	expect([due(state), asked(state)]).toEqual([[], ['unknown']]);
	expect(ask(state, {kind: 'look', step: 'a'})).toMatch(/only an unknown outcome of what was left to its host/);
	expect(() => andThen(state, saw(vanished))).toThrow('JobLookedUp (attempt 1, run) does not fit a@web-1');
});

describe('a step that makes its host restart', () => {
	const own = graphOf([step('a', {action: runs('reboot', {reboot: {forMs: 600_000}})}), step('b')]);
	const sent = intended({step: 'a'}, true, {reboots: true, boot: 'b1'});

	test('is looked up after a crash: another boot identity is what was wanted, the same one may still change', () => {
		const crashed = andThen(begunWith(), sent, ...back);
		expect(due(crashed, own)).toEqual(['look a@web-1#1.run 1 after 0']);
		for (const seen of [{kind: 'gone', because: 'rebooted'}, {kind: 'running'}] as const) {
			expect(due(andThen(crashed, saw(seen)), own)).toEqual(['follow a@web-1#1.run 1']);
		}
	});

	test('may be away as long as the runbook says before somebody is asked', () => {
		const quiet = [saw(silent), saw(silent), saw(silent), saw(silent)];
		const early = andThen(begunWith(), sent, ...back, ...quiet);
		expect(asked(early, own)).toEqual([]);
		const short = graphOf([step('a', {action: runs('reboot', {reboot: {forMs: 5000}})}), step('b')]);
		expect(asked(early, short)).toEqual(['unknown']);
	});
});

test('a step that cuts the network may be away as long as it says, and a bit longer', () => {
	const own = (forMs: number) => graphOf([step('a', {action: runs('cut', {cut: {forMs}})}), step('b')]);
	const quiet = Array.from({length: 200}, () => saw(silent));
	const state = andThen(unknown, ...quiet);
	expect(asked(state, own(60_000))).toEqual(['unknown']);
	expect(asked(state, own(300_000))).toEqual([]);
});
