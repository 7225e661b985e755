import {describe, expect, test} from 'vitest';
import type {RunEvent} from '../../src/run/event.js';
import {evolve, IllegalEvent, newRun} from '../../src/run/evolve.js';
import {
	andThen,
	begun,
	begunWith,
	contacted,
	did,
	ended,
	exited,
	facts,
	given,
	intended,
	lost,
	recorded,
	resumed,
	started,
} from './given.js';

const host = 'web-1';
const key = 'a@web-1';

describe('a part', () => {
	test('is running from its intent to its end', () => {
		const state = andThen(begunWith(), intended({step: 'a'}));
		expect(state.progress.get(key)).toMatchObject({
			state: 'running',
			attempt: 1,
			part: 'run',
			underWay: true,
			job: 'r1.a.web-1.1.run',
			startedAt: '2026-11-20T10:00:05.000Z',
		});
		expect(andThen(state, ended({step: 'a'}, 'done')).progress.get(key)).toMatchObject({
			state: 'done',
			underWay: false,
			outcome: {kind: 'exited', code: 0},
			finishedAt: '2026-11-20T10:00:06.000Z',
		});
	});

	test('that was lost is unknown, never done and never failed', () => {
		const state = andThen(begunWith(), intended({step: 'a'}), ended({step: 'a'}, 'unknown', lost));
		expect(state.progress.get(key)).toMatchObject({state: 'unknown', outcome: lost});
	});

	test('that was lost keeps when it was sent, whatever is looked at since', () => {
		const sent = andThen(begunWith(), intended({step: 'a'}), ended({step: 'a'}, 'unknown', lost));
		const looked = andThen(
			sent,
			{type: 'CheckAsked', step: 'a', host, by: 'ada'},
			intended({step: 'a', part: 'check', attempt: 2}),
			ended({step: 'a', part: 'check', attempt: 2}, 'unknown', exited(1)),
		);
		expect(looked.progress.get(key)?.sent).toEqual({part: 'run', attempt: 1, at: '2026-11-20T10:00:05.000Z'});
	});

	test('of a check leaves the step open, and what it said known', () => {
		const state = andThen(begunWith(), ...did({step: 'a', part: 'check'}, null, exited(1)));
		expect(state.progress.get(key)).toMatchObject({state: 'open', checkSaid: 'not-there'});
	});

	test('gives its captured values to its host, and to all where there is none', () => {
		const captured = {vmhba: 'vmhba64'};
		const on = (host: string) => [intended({step: 'a', host}), ended({step: 'a', host}, 'done', exited(0), {captured})];
		const state = andThen(begunWith(), ...on('web-1'), ...on('web-2'), ...on('local'));
		expect(state.values).toEqual({vmhba: {'web-1': 'vmhba64', 'web-2': 'vmhba64', '*': 'vmhba64'}});
	});
});

describe('people', () => {
	test('are remembered in order of appearance, each once', () => {
		const state = andThen(
			begunWith(),
			resumed,
			contacted(host),
			{type: 'RunBegun', by: 'ben'},
			{type: 'NoteTaken', step: null, text: 'lunch', by: 'ana'},
		);
		expect(state.engineers).toEqual(['ana', 'ben']);
	});

	test('who mark a step leave their name and reason', () => {
		const state = andThen(begunWith(), intended({step: 'a'}), ended({step: 'a'}, 'unknown', lost), {
			type: 'StepMarked',
			step: 'a',
			host,
			as: 'done',
			reason: 'seen in the client',
			by: 'ana',
		});
		expect(state.progress.get(key)).toMatchObject({state: 'done', because: 'seen in the client', by: 'ana'});
	});

	test('who retry begin with nothing known', () => {
		const state = andThen(begunWith(), ...did({step: 'a'}, 'failed', exited(1)), {
			type: 'RetryAsked',
			step: 'a',
			host,
			by: 'ana',
		});
		expect(state.progress.get(key)).toMatchObject({
			state: 'open',
			asked: 'retry',
			attempt: 1,
			outcome: undefined,
			because: '',
		});
	});
});

describe('a pause', () => {
	const paused: RunEvent = {type: 'RunPaused', by: 'ana', reason: 'lunch'};

	test('lets what is under way end', () => {
		const state = andThen(begunWith(), intended({step: 'a'}), paused, ended({step: 'a'}, 'done'));
		expect(state).toMatchObject({status: 'paused', pauses: 1, pausedBecause: 'lunch'});
		expect(state.progress.get(key)?.state).toBe('done');
	});

	test('and what follows it keep what was done', () => {
		const state = andThen(begunWith(), ...did({step: 'a'}), paused, begun);
		expect(state.status).toBe('running');
		expect(state.progress.get(key)?.state).toBe('done');
	});
});

describe('a history that makes no sense is an error', () => {
	const note: RunEvent = {type: 'NoteTaken', step: null, text: 'x', by: 'ana'};
	const skipped: RunEvent = {type: 'StepSkipped', step: 'a', host, reason: 'x', by: 'ana'};
	const answered: RunEvent = {
		type: 'ManualAnswered',
		step: 'a',
		host,
		choice: 'done',
		note: '',
		captured: {},
		by: 'ana',
	};
	const marked: RunEvent = {type: 'StepMarked', step: 'a', host, as: 'failed', reason: 'x', by: 'ana'};
	const paused: RunEvent = {type: 'RunPaused', by: 'ana', reason: ''};
	const start = [started(), contacted('web-1'), contacted('web-2'), begun];

	test.for<readonly [string, readonly RunEvent[], RunEvent, string]>([
		['anything before the start', [], note, 'NoteTaken cannot have happened: the run is new.'],
		['a second start', start, started(), 'RunStarted cannot have happened: the run is running.'],
		['a step before it has begun', [started()], intended({step: 'a'}), 'the run is preflight'],
		['a new part while it is paused', [...start, paused], intended({step: 'a'}), 'the run is paused'],
		['a second begin', start, begun, 'the run is running'],
		['an end with something under way', [...start, intended({step: 'a'})], {type: 'RunFinished'}, 'under way'],
		['anything after the end', [...start, {type: 'RunFinished'}], paused, 'the run is finished'],
		['an unknown host', start, contacted('db-9'), 'the run has no host db-9'],
		[
			'trust in a key that was not shown',
			start,
			{type: 'HostKeyTrusted', host, fingerprint: 'SHA256:x', by: 'ana'},
			'web-1 showed no such key',
		],
		[
			'the same attempt twice',
			[...start, ...did({step: 'a'}, 'failed')],
			intended({step: 'a'}),
			'does not fit a@web-1',
		],
		[
			'a part while another is under way',
			[...start, intended({step: 'a'})],
			intended({step: 'a', attempt: 2}),
			'with its run under way',
		],
		['an attempt left out', start, intended({step: 'a', attempt: 2}), 'which is open in attempt 0'],
		['a verify before its run', start, intended({step: 'a', part: 'verify'}), 'PartIntended (attempt 1, verify)'],
		['an end without a beginning', start, ended({step: 'a'}, 'done'), 'PartEnded (attempt 1, run)'],
		[
			'a late end of an older attempt',
			[...start, intended({step: 'a'})],
			ended({step: 'a', attempt: 2}, 'done'),
			'does not fit',
		],
		[
			'the end of another part',
			[...start, intended({step: 'a'})],
			ended({step: 'a', part: 'check'}, 'done'),
			'does not fit',
		],
		['a step done once more', [...start, ...did({step: 'a'})], intended({step: 'a', attempt: 2}), 'which is done'],
		['skipping what is done', [...start, ...did({step: 'a'})], skipped, 'which is done'],
		['skipping what is under way', [...start, intended({step: 'a'})], skipped, 'under way'],
		['an answer to what is done', [...start, ...did({step: 'a'})], answered, 'which is done'],
		['a mark on what is done', [...start, ...did({step: 'a'})], marked, 'which is done'],
		[
			'a retry of what is done',
			[...start, ...did({step: 'a'})],
			{type: 'RetryAsked', step: 'a', host, by: 'ana'},
			'done',
		],
		['a check of what is known', start, {type: 'CheckAsked', step: 'a', host, by: 'ana'}, 'which is open'],
		['a cancel of nothing', start, {type: 'CancelAsked', step: 'a', host, by: 'ana'}, 'which is open'],
		[
			'a hand that nobody asked',
			start,
			{type: 'HandDone', step: 'a', host, did: 'x', watched: false, captured: {}},
			'HandDone does not fit',
		],
	])('%s', ([, before, event, because]) => {
		expect(() => given(...before, event)).toThrow(IllegalEvent);
		expect(() => given(...before, event)).toThrow(because);
	});

	test('an event that is missing', () => {
		const [first, second] = recorded([started(), {type: 'HostContacted', host, facts: facts('x')}]);
		expect(first && second && (() => evolve(evolve(newRun, first), {...second, seq: 3}))).toThrow(
			'Event 3 (HostContacted) cannot stand behind event 1.',
		);
	});
});
