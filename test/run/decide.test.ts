import {describe, expect, test} from 'vitest';
import {NO_HOST, type StepGraph} from '../../src/graph/graph.js';
import {decide} from '../../src/run/decide.js';
import type {RunEvent} from '../../src/run/event.js';
import {questions} from '../../src/run/next.js';
import type {Request} from '../../src/run/request.js';
import type {RunState} from '../../src/run/state.js';
import {
	andThen,
	begunWith,
	byHand,
	contacted,
	danger,
	did,
	ended,
	exited,
	file,
	given,
	graphOf,
	intended,
	lost,
	satellite,
	started,
	step,
	twoHosts,
	verify,
	warning,
} from './given.js';

/** The events of a request, or why it is refused. */
function ask(graph: StepGraph, state: RunState, request: Request): readonly RunEvent[] | string {
	const decision = decide(graph, state, request, 'ana');
	return decision.accepted ? decision.events : decision.because;
}

const one = graphOf([step('a')]);
const two = graphOf([step('a', {hosts: twoHosts})]);
const unknown = [intended({step: 'a'}), ended({step: 'a'}, 'unknown', lost)];
const paused: RunEvent = {type: 'RunPaused', by: 'ana', reason: ''};

describe('begin', () => {
	const begin: Request = {kind: 'begin'};
	const refused = (refusal: 'auth' | 'unreachable', host: string): RunEvent => ({
		type: 'HostRefused',
		host,
		refusal,
		reason: 'no key fits',
		next: '',
	});

	test('is accepted when all hosts were reached, and after a pause', () => {
		expect(ask(one, given(started(), contacted('web-1')), begin)).toEqual([{type: 'RunBegun', by: 'ana'}]);
		expect(ask(one, andThen(begunWith(), paused), begin)).toHaveLength(1);
	});

	test('is accepted without any host', () => {
		expect(ask(graphOf([step('a', {hosts: ['local']})]), given(started()), begin)).toHaveLength(1);
	});

	test.for<readonly [readonly RunEvent[], string]>([
		[[], 'web-1 has not answered yet.'],
		[[contacted('web-1'), refused('auth', 'web-2')], 'web-2 refused us: no key fits'],
		[
			[contacted('web-1'), {type: 'HostKeyMet', host: 'web-2', keyType: 'rsa', fingerprint: 'SHA256:9a'}],
			'Nobody has said yet that the key of web-2 is the right one (SHA256:9a).',
		],
		[[refused('unreachable', 'web-1'), refused('unreachable', 'web-2')], 'None of the hosts can be reached.'],
	])('after %j: %s', ([events, because]) => {
		expect(ask(two, given(started(), ...events), begin)).toBe(because);
	});

	test('goes without a host that cannot be reached, if another can', () => {
		expect(ask(two, given(started(), contacted('web-1'), refused('unreachable', 'web-2')), begin)).toHaveLength(1);
	});

	test('is refused twice', () => {
		expect(ask(one, begunWith(), begin)).toBe('The run has begun already.');
	});
});

describe('hosts', () => {
	const met: RunEvent = {type: 'HostKeyMet', host: 'web-1', keyType: 'rsa', fingerprint: 'SHA256:9a'};

	test('are trusted by the fingerprint that was shown', () => {
		const state = given(started(), met);
		expect(ask(one, state, {kind: 'trust', host: 'web-1', fingerprint: 'SHA256:9a'})).toHaveLength(1);
		expect(ask(one, state, {kind: 'trust', host: 'web-1', fingerprint: 'SHA256:Zx'})).toBe(
			'web-1 has shown another key since: SHA256:9a.',
		);
		expect(ask(one, begunWith(), {kind: 'trust', host: 'web-1', fingerprint: 'SHA256:9a'})).toBe(
			'web-1 does not ask to be trusted.',
		);
	});

	test('are contacted again when asked, but not twice at once', () => {
		const again: Request = {kind: 'contact-again', host: 'web-1'};
		expect(ask(one, given(started(), contacted('web-1')), again)).toHaveLength(1);
		expect(ask(one, given(started()), again)).toBe('web-1 is being contacted.');
		expect(ask(one, given(started()), {kind: 'contact-again', host: 'db-9'})).toBe('The run has no host db-9.');
	});
});

describe('go and gates', () => {
	test('go is heard where it is asked for', () => {
		expect(ask(one, begunWith({pace: 'step'}), {kind: 'go', step: 'a'})).toEqual([
			{type: 'StepConfirmed', step: 'a', by: 'ana'},
		]);
		expect(ask(one, begunWith({pace: 'auto'}), {kind: 'go', step: 'a'})).toBe(
			'a does not ask to go now: a on web-1 is ready.',
		);
		expect(ask(one, begunWith(), {kind: 'go', step: 'z'})).toBe('There is no step z.');
	});

	test.for<readonly [readonly string[], boolean]>([
		[['web-1.example', 'web-2.example'], true],
		[[' web-1.example ', 'web-2.example'], true],
		[['web-2.example', 'web-1.example'], false],
		[['web-1.example'], false],
		[['web-1.example', 'web-2.example', 'x'], false],
		[['web-1', 'web-2'], false],
		[['yes', 'yes'], false],
		[[], false],
	])('a danger gate and %j: %s', ([typed, isAccepted]) => {
		const graph = graphOf([step('a', {hosts: twoHosts, gates: [danger]})]);
		const answer = ask(graph, begunWith(), {kind: 'pass-gate', step: 'a', typed});
		expect(Array.isArray(answer)).toBe(isAccepted);
	});

	test('a warning wants a plain yes', () => {
		const graph = graphOf([step('a', {gates: [warning]})]);
		expect(ask(graph, begunWith(), {kind: 'pass-gate', step: 'a', typed: []})).toHaveLength(1);
		expect(ask(graph, begunWith(), {kind: 'pass-gate', step: 'a', typed: ['x']})).toBe(
			'The gate of a wants a plain yes.',
		);
	});
});

describe('choosing a host', () => {
	const graph = graphOf([step('a', {hosts: [NO_HOST], on: {kind: 'asked'}})]);

	test.for(['web-2', 'local', 'none'])('%s', host => {
		expect(ask(graph, begunWith(), {kind: 'choose-host', step: 'a', host})).toHaveLength(1);
	});

	const chosen = (host: string): RunEvent => ({type: 'HostChosen', step: 'a', host, by: 'ana'});
	const confirmed: RunEvent = {type: 'StepConfirmed', step: 'a', by: 'ana'};
	const anew = {kind: 'choose-host', step: 'a', host: 'web-2'} as const;

	test.for([
		['before it ran', [chosen('web-1')]],
		['where it is done by hand', [chosen('none')]],
		['after it failed', [chosen('web-1'), confirmed, intended({step: 'a'}), ended({step: 'a'}, 'failed', exited(1))]],
	] as const)('%s another one may be chosen, which wants its own word', ([, events]) => {
		const state = andThen(begunWith({pace: 'auto'}), ...events);
		expect(ask(graph, state, anew)).toHaveLength(1);
		const moved = andThen(state, chosen('web-2'));
		expect(questions(graph, moved)).toEqual([{kind: 'go', step: 'a', hosts: ['web-2']}]);
		expect([...moved.hostsChosen]).toEqual([['a', 'web-2']]);
	});

	test.for([
		['while it runs', [intended({step: 'a'})], 'is running'],
		['when it may have run', [intended({step: 'a'}), ended({step: 'a'}, 'unknown', lost)], 'is unknown'],
		['when it is done', [intended({step: 'a'}), ended({step: 'a'}, 'done')], 'is done'],
	] as const)('%s no other one may be', ([, events, why]) => {
		const state = andThen(begunWith(), chosen('web-1'), confirmed, ...events);
		expect(ask(graph, state, anew)).toContain(why);
	});

	test('another is refused', () => {
		expect(ask(graph, begunWith(), {kind: 'choose-host', step: 'a', host: 'db-9'})).toBe('The run has no host db-9.');
	});
});

describe('an answer', () => {
	const answer = {kind: 'answer', step: 'a', choice: 'done', note: '', value: ''} as const;
	const manual = (more: Parameters<typeof step>[1] = {}) =>
		graphOf([step('a', {hosts: twoHosts, action: byHand, ...more})]);

	test('is for one host, or for all that ask', () => {
		expect(ask(manual(), begunWith(), {...answer, host: 'web-2'})).toMatchObject([{host: 'web-2', choice: 'done'}]);
		expect(ask(manual(), begunWith(), answer)).toMatchObject([{host: 'web-1'}, {host: 'web-2'}]);
	});

	test('to a tick for all is for all', () => {
		const once = manual({action: {...byHand, once: true}});
		expect(ask(once, begunWith(), {...answer, host: 'web-1'})).toHaveLength(2);
		const inTurn = manual({action: {...byHand, once: true}, serial: true});
		expect(ask(inTurn, begunWith(), {...answer, host: 'web-1'})).toHaveLength(2);
	});

	test('has its value checked by its type', () => {
		const graph = manual({captures: {name: 'ip', type: 'ip', optional: false}});
		expect(ask(graph, begunWith(), {...answer, value: ' 10.0.0.1 '})).toMatchObject([
			{captured: {ip: '10.0.0.1'}},
			{captured: {ip: '10.0.0.1'}},
		]);
		expect(ask(graph, begunWith(), {...answer, value: 'ten'})).toContain('ip: ten is no IP address');
		expect(ask(graph, begunWith(), answer)).toBe('ip: what was read is empty.');
		expect(ask(graph, begunWith(), {...answer, choice: 'cannot', note: 'no client'})).toHaveLength(2);
	});

	test('may leave out an optional value', () => {
		const graph = manual({captures: {name: 'ip', type: 'ip', optional: true}});
		expect(ask(graph, begunWith(), answer)).toMatchObject([{captured: {}}, {captured: {}}]);
	});

	test('wants the note that the step needs', () => {
		const graph = manual({needs: ['note']});
		expect(ask(graph, begunWith(), answer)).toBe('a wants a note before it counts as done.');
		expect(ask(graph, begunWith(), {...answer, note: 'it answers'})).toHaveLength(2);
	});

	test('announces the verify that follows', () => {
		expect(ask(manual({verify: verify()}), begunWith(), answer)).toMatchObject([{follows: 'verify'}, {}]);
	});

	test('is refused while it is not the step’s turn', () => {
		const graph = graphOf([step('a'), step('b', {action: byHand})]);
		expect(ask(graph, begunWith(), {...answer, step: 'b'})).toBe(
			'b does not ask for an answer now: b on web-1 is waiting.',
		);
	});
});

describe('retry', () => {
	const retry: Request = {kind: 'retry', step: 'a'};
	const retried = {type: 'RetryAsked', step: 'a', host: 'web-1', by: 'ana'};

	test('is for the hosts that failed, or for one', () => {
		const state = andThen(
			begunWith(),
			...did({step: 'a'}, 'failed', exited(1)),
			...did({step: 'a', host: 'web-2'}, 'done'),
		);
		expect(ask(two, state, retry)).toMatchObject([retried, {type: 'StepConfirmed'}]);
		expect(ask(two, state, {...retry, host: 'web-2'})).toBe(
			'a on web-2 is done; only what failed or was undone, or is known not to have happened, can be run again.',
		);
		expect(ask(two, state, {...retry, host: 'db-9'})).toBe('a is no step of db-9.');
	});

	test('gives no word to go where the step was not seen yet', () => {
		const graph = graphOf([step('a', {check: satellite()})]);
		const state = andThen(begunWith(), ...did({step: 'a', part: 'check'}, 'failed', lost));
		expect(ask(graph, state, retry)).toEqual([retried]);
	});

	test.for<readonly [string, Parameters<typeof step>[1], readonly RunEvent[], boolean]>([
		['without a check', {}, [], false],
		['before its check', {check: satellite(), unknown: 'ask'}, [], false],
		[
			'after its check said no',
			{check: satellite()},
			did({step: 'a', attempt: 2, part: 'check'}, 'unknown', exited(1)),
			true,
		],
		[
			'after its check could not answer',
			{check: satellite()},
			did({step: 'a', attempt: 2, part: 'check'}, 'unknown', lost),
			false,
		],
		[
			'with a file whose hash differs',
			{action: file},
			did({step: 'a', attempt: 2, part: 'check'}, 'unknown', exited(1)),
			true,
		],
		['with `readonly`', {readonly: true}, [], true],
		['with `unknown=rerun`', {unknown: 'rerun'}, [], true],
	])('of an unknown step %s: %s', ([, more, events, isAccepted]) => {
		const graph = graphOf([step('a', more)]);
		const answer = ask(graph, andThen(begunWith(), ...unknown, ...events), retry);
		expect(Array.isArray(answer)).toBe(isAccepted);
	});
});

describe('check', () => {
	test('is for unknown steps that have one', () => {
		const check: Request = {kind: 'check', step: 'a'};
		const graph = graphOf([step('a', {check: satellite(), unknown: 'ask'})]);
		expect(ask(graph, andThen(begunWith(), ...unknown), check)).toMatchObject([{type: 'CheckAsked'}]);
		expect(ask(graph, begunWith(), check)).toContain('only an unknown outcome can be checked');
		expect(ask(one, andThen(begunWith(), ...unknown), check)).toBe(
			'a has no check: say what is true of it, done or failed.',
		);
	});
});

describe('skip and mark', () => {
	const skip: Request = {kind: 'skip', step: 'a', reason: 'not today'};
	const mark = (as: 'done' | 'failed', reason = 'seen'): Request => ({kind: 'mark', step: 'a', as, reason});
	const failed = did({step: 'a'}, 'failed', exited(1));

	test('want a reason', () => {
		expect(ask(one, begunWith(), {...skip, reason: ' '})).toContain('wants a reason');
		expect(ask(one, begunWith(), mark('done', ''))).toContain('wants a reason');
	});

	test.for<readonly [string, readonly RunEvent[], Request, boolean]>([
		['skip what is open', [], skip, true],
		['skip what failed', failed, skip, true],
		['skip what is unknown', unknown, skip, false],
		['skip what is under way', [intended({step: 'a'})], skip, false],
		['skip what is done', did({step: 'a'}), skip, false],
		['mark done what is open', [], mark('done'), true],
		['mark done what failed', failed, mark('done'), true],
		['mark done what is unknown', unknown, mark('done'), true],
		['mark done what is under way', [intended({step: 'a'})], mark('done'), false],
		['mark failed what is unknown', unknown, mark('failed'), true],
		['mark failed what is done', did({step: 'a'}), mark('failed'), false],
		['mark failed what is open', [], mark('failed'), false],
	])('%s: %s', ([, events, request, isAccepted]) => {
		expect(Array.isArray(ask(one, andThen(begunWith(), ...events), request))).toBe(isAccepted);
	});
});

describe('the run', () => {
	test('is paused while it goes on', () => {
		expect(ask(one, begunWith(), {kind: 'pause', reason: 'lunch'})).toEqual([
			{type: 'RunPaused', by: 'ana', reason: 'lunch'},
		]);
		expect(ask(one, andThen(begunWith(), paused), {kind: 'pause', reason: ''})).toBe('The run is paused.');
	});

	test('hears nothing about its steps before it has begun or while it is paused, but for a cancel', () => {
		expect(ask(one, given(started()), {kind: 'skip', step: 'a', reason: 'x'})).toContain('has not begun');
		const state = andThen(begunWith(), intended({step: 'a'}), paused);
		expect(ask(one, state, {kind: 'skip', step: 'a', reason: 'x'})).toBe('The run is paused.');
		expect(ask(one, state, {kind: 'cancel', step: 'a'})).toMatchObject([{type: 'CancelAsked'}]);
	});

	test('takes a cancel once', () => {
		const cancel: Request = {kind: 'cancel', step: 'a'};
		const asked = andThen(begunWith(), intended({step: 'a'}), {
			type: 'CancelAsked',
			step: 'a',
			host: 'web-1',
			by: 'ana',
		});
		expect(ask(one, asked, cancel)).toContain('only what is under way can be cancelled');
	});

	test('takes notes at any time, about steps that there are', () => {
		const note: Request = {kind: 'note', step: 'a', text: 'hot in here'};
		expect(ask(one, andThen(begunWith(), ...did({step: 'a'}), {type: 'RunFinished'}), note)).toHaveLength(1);
		expect(ask(one, begunWith(), {...note, step: 'z'})).toBe('There is no step z.');
		expect(ask(one, begunWith(), {...note, text: ''})).toBe('The note is empty.');
	});

	test('changes its pace', () => {
		expect(ask(one, begunWith(), {kind: 'set-pace', pace: 'phase'})).toEqual([
			{type: 'PaceSet', pace: 'phase', by: 'ana'},
		]);
	});
});
