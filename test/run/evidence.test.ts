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

	test('of a kind that nobody asked for, an empty one, and one that is too large are refused', () => {
		expect(ask(done, {evidence: 'video'})).toBe('a asks for note, photo, not for video.');
		expect(ask(done, {text: ' '})).toBe('There is no photo yet: give a text or a file.');
		expect(ask(done, {text: 'x'.repeat(65_537)})).toMatch(/attach it as a file/);
		const file = {name: 'big.iso', bytes: new Uint8Array(32 * 1024 ** 2 + 1)};
		expect(ask(done, {file})).toBe('big.iso has more than 32 MiB.');
	});

	test('of a step that was left out is refused', () => {
		const skipped = andThen(begunWith(), {type: 'StepSkipped', step: 'a', host: 'web-1', reason: 'x', by});
		expect(ask(skipped)).toMatch(/skipped; nothing was done there/);
	});

	test('is taken while the run is paused, but not when it is over', () => {
		expect(ask(andThen(done, {type: 'RunPaused', by, reason: ''}))).toEqual([{...take, text: 'rack 4'}]);
		expect(ask(andThen(done, {type: 'RunFinished'}))).toBe('The run is finished.');
	});
});
