import {describe, expect, test} from 'vitest';
import {decide} from '../../src/run/decide.js';
import type {RunEvent} from '../../src/run/event.js';
import {effectKey, nextEffects, questions, statusOf} from '../../src/run/next.js';
import type {Request} from '../../src/run/request.js';
import type {RunState} from '../../src/run/state.js';
import {andThen, begunWith, byHand, did, exited, graphOf, satellite, step, twoHosts} from './given.js';

const by = 'ana';
const graph = graphOf([step('a', {needs: ['note', 'photo'], check: satellite()}), step('b')]);
const done = andThen(begunWith(), ...did({step: 'a', part: 'check'}, null, exited(1)), ...did({step: 'a'}));
const take: RunEvent = {type: 'EvidenceTaken', step: 'a', host: 'web-1', kind: 'photo', text: 'x', blob: null, by};
const note: RunEvent = {type: 'NoteTaken', step: 'a', text: 'cold in here', by};

function ask(state: RunState, more: Partial<Extract<Request, {kind: 'evidence'}>> = {}): readonly RunEvent[] | string {
	const request = {kind: 'evidence', step: 'a', evidence: 'photo', text: ' rack 4 ', file: null, ...more} as const;
	const decision = decide(graph, state, request, by);
	return decision.accepted ? decision.events : decision.because;
}

describe('a step that needs evidence', () => {
	test('does not count as done before it is there', () => {
		expect(questions(graph, done)).toEqual([{kind: 'evidence', step: 'a', host: 'web-1', missing: ['note', 'photo']}]);
		expect(statusOf(graph, done, 'a', 'web-1')).toBe('asking');
		expect(nextEffects(graph, done)).toEqual([]);
	});

	test('counts a note on the step, and one that a person gave with the answer', () => {
		expect(questions(graph, andThen(done, note))).toMatchObject([{missing: ['photo']}]);
		const manual = graphOf([step('a', {action: byHand, needs: ['note']}), step('b')]);
		const answered: RunEvent = {
			...{type: 'ManualAnswered', step: 'a', host: 'web-1', choice: 'done', note: 'green', captured: {}, by},
		};
		expect(questions(manual, andThen(begunWith(), answered))).toEqual([]);
	});

	test('is done once all of it is there, and the next one begins', () => {
		const proved = andThen(done, take, note);
		expect(statusOf(graph, proved, 'a', 'web-1')).toBe('done');
		expect(nextEffects(graph, proved).map(effectKey)).toEqual(['part b@web-1#1.run']);
	});

	test('proves nothing where it was there already, or was left out', () => {
		const there = andThen(begunWith(), ...did({step: 'a', part: 'check'}, 'satisfied'));
		expect(questions(graph, there)).toEqual([]);
		const skipped = andThen(begunWith(), {type: 'StepSkipped', step: 'a', host: 'web-1', reason: 'x', by});
		expect(questions(graph, skipped)).toEqual([]);
	});

	test('may be given some before the step is done', () => {
		expect(ask(begunWith())).toMatchObject([{type: 'EvidenceTaken', kind: 'photo', text: 'rack 4'}]);
	});

	test('wants it anew for a new attempt', () => {
		const failed = andThen(begunWith(), take, note, ...did({step: 'a', part: 'check'}, 'failed', exited(1)));
		const again = andThen(
			failed,
			{type: 'RetryAsked', step: 'a', host: 'web-1', by},
			...did({step: 'a', attempt: 2, part: 'check'}, null, exited(1)),
			...did({step: 'a', attempt: 2}),
		);
		expect(questions(graph, again)).toMatchObject([{missing: ['note', 'photo']}]);
	});

	test('asks for each host', () => {
		const two = graphOf([step('a', {needs: ['photo'], hosts: twoHosts}), step('b')]);
		const both = andThen(begunWith(), ...did({step: 'a'}), ...did({step: 'a', host: 'web-2'}), take);
		expect(questions(two, both)).toEqual([{kind: 'evidence', step: 'a', host: 'web-2', missing: ['photo']}]);
	});
});

describe('a piece of evidence', () => {
	test('is a text, or a file that is told by its hash', () => {
		expect(ask(done)).toEqual([{...take, text: 'rack 4'}]);
		const file = {name: 'rack.jpg', bytes: new TextEncoder().encode('hello')};
		expect(ask(done, {text: '', file})).toEqual([
			{
				...{...take, text: ''},
				// printf hello | sha256sum
				blob: {sha256: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824', name: 'rack.jpg', bytes: 5},
			},
		]);
	});

	test('that is empty, too large, or of a kind that nobody knows is refused', () => {
		expect(ask(done, {evidence: 'video'})).toBe('Evidence is a note, a photo, a file, a text, and no video.');
		expect(ask(done, {text: ' '})).toBe('There is no photo yet: give a text or a file.');
		expect(ask(done, {text: 'x'.repeat(65_537)})).toMatch(/attach it as a file/);
		const file = {name: 'big.iso', bytes: new Uint8Array(32 * 1024 ** 2 + 1)};
		expect(ask(done, {file})).toBe('big.iso has more than 32 MiB.');
	});

	test.for([
		['a picture', [0xff, 0xd8, 0xff, 0xe0], 'photo'],
		['any other file', [0x68, 0x69], 'file'],
	] as const)('is what it looks like where nobody says its kind: %s', ([, bytes, kind]) => {
		const request = {kind: 'evidence', step: 'b', text: '', file: {name: 'x', bytes: Uint8Array.from(bytes)}} as const;
		expect(decide(graph, begunWith(), request, by)).toMatchObject({events: [{type: 'EvidenceTaken', kind}]});
		const typed = {...request, text: 'all green', file: null};
		expect(decide(graph, begunWith(), typed, by)).toMatchObject({events: [{kind: 'text', text: 'all green'}]});
	});

	test.for([
		['open', begunWith()],
		['left out', andThen(begunWith(), {type: 'StepSkipped', step: 'a', host: 'web-1', reason: 'x', by})],
		['there already', andThen(begunWith(), ...did({step: 'a', part: 'check'}, 'satisfied'))],
		['failed', andThen(begunWith(), ...did({step: 'a', part: 'check'}, 'failed', exited(1)))],
		['done in a run that is paused', andThen(done, {type: 'RunPaused', by, reason: ''})],
		['done in a run that is over', andThen(done, {type: 'RunFinished'})],
	] as const)('is taken of a step that is %s, and changes nothing of it', ([, state]) => {
		const events = ask(state);
		expect(events).toEqual([{...take, text: 'rack 4'}]);
		const after = andThen(state, ...(Array.isArray(events) ? events : []));
		expect(after.status).toBe(state.status);
		expect(statusOf(graph, after, 'a', 'web-1')).toBe(statusOf(graph, state, 'a', 'web-1'));
		expect(nextEffects(graph, after).map(effectKey)).toEqual(nextEffects(graph, state).map(effectKey));
	});

	test('of a step whose host nobody has chosen yet waits for that', () => {
		const plain = graphOf([step('a', {on: {kind: 'asked'}, hosts: ['']})]);
		const request = {kind: 'evidence', step: 'a', text: 'x', file: null} as const;
		expect(decide(plain, begunWith(), request, by)).toMatchObject({because: expect.stringMatching(/choose its host/)});
		const byHandNow = andThen(begunWith(), {type: 'HostChosen', step: 'a', host: 'none', by});
		expect(decide(plain, byHandNow, request, by)).toMatchObject({events: [{type: 'EvidenceTaken', host: ''}]});
	});
});

test('who opens a run that is over has it, and nothing of it changes', () => {
	const over = andThen(done, {type: 'RunFinished'});
	const opened = andThen(over, {type: 'RunResumed', by: 'ben', device: 'other', version: '1'});
	expect(opened).toMatchObject({
		status: 'finished',
		finishedAt: over.finishedAt,
		lease: {by: 'ben'},
		hosts: over.hosts,
	});
	expect(opened.progress).toBe(over.progress);
	for (const request of [{kind: 'begin'}, {kind: 'retry', step: 'a'}, {kind: 'pause', reason: ''}] as const) {
		expect(decide(graph, opened, request, 'ben')).toMatchObject({accepted: false});
	}
});
