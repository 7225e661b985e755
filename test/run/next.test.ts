import {describe, expect, test} from 'vitest';
import {NO_HOST, type StepGraph} from '../../src/graph/graph.js';
import type {RunEvent} from '../../src/run/event.js';
import {effectKey, nextEffects, questions, statusOf} from '../../src/run/next.js';
import type {Outcome} from '../../src/run/outcome.js';
import type {RunState} from '../../src/run/state.js';
import {
	andThen,
	begun,
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
	phase,
	resumed,
	runs,
	satellite,
	started,
	step,
	template,
	twoHosts,
	verify,
	waits,
	warning,
} from './given.js';

/** What should be under way, in short. */
function next(graph: StepGraph, state: RunState): readonly string[] {
	return nextEffects(graph, state).map(effectKey);
}

function records(graph: StepGraph, state: RunState): readonly RunEvent[] {
	return nextEffects(graph, state).flatMap(effect => (effect.kind === 'record' ? [effect.event] : []));
}

const condition = (source: string) => ({source, at: {line: 1, column: 1, length: 1}});

describe('before it begins', () => {
	const graph = graphOf([step('a', {hosts: twoHosts})]);

	test('every host of the steps is contacted, all at once', () => {
		expect(next(graph, given(started()))).toEqual(['contact web-1 ', 'contact web-2 ']);
		expect(next(graph, given(started(), contacted('web-1')))).toEqual(['contact web-2 ']);
	});

	test('a host that no step uses is left alone', () => {
		expect(next(graphOf([step('a')]), given(started()))).toEqual(['contact web-1 ']);
	});

	test('a host that only a satellite names is contacted too', () => {
		const check = satellite('true', {on: {kind: 'host', host: 'web-2'}});
		expect(next(graphOf([step('a', {check})]), given(started()))).toContain('contact web-2 ');
	});

	test('no step runs, and nothing is asked before all hosts have answered', () => {
		const state = given(started(), contacted('web-1'));
		expect(questions(graph, state)).toEqual([]);
		expect(questions(graph, andThen(state, contacted('web-2')))).toEqual([{kind: 'begin', problems: []}]);
	});

	test('an unknown key is asked about first, and contacted with once it is trusted', () => {
		const met: RunEvent = {type: 'HostKeyMet', host: 'web-2', keyType: 'ssh-ed25519', fingerprint: 'SHA256:9a'};
		const state = given(started(), contacted('web-1'), met);
		expect(questions(graph, state)).toEqual([
			{kind: 'trust', host: 'web-2', keyType: 'ssh-ed25519', fingerprint: 'SHA256:9a'},
			{kind: 'begin', problems: ['web-2']},
		]);
		const trusted: RunEvent = {type: 'HostKeyTrusted', host: 'web-2', fingerprint: 'SHA256:9a', by: 'ana'};
		expect(next(graph, andThen(state, trusted))).toEqual(['contact web-2 SHA256:9a']);
	});
});

describe('a host that has not answered when its step is due', () => {
	const graph = graphOf([step('a'), step('b', {hosts: ['web-2'], check: satellite()})]);
	const silent: RunEvent = {type: 'HostRefused', host: 'web-2', refusal: 'unreachable', reason: 'silent', next: ''};
	const ask: RunEvent = {type: 'HostContactAsked', host: 'web-2', by: 'fieldbook', before: {step: 'b', attempt: 1}};
	const met: RunEvent = {type: 'HostKeyMet', host: 'web-2', keyType: 'rsa', fingerprint: 'SHA256:9a'};
	const due = given(started(), contacted('web-1'), silent, begun);
	const recorded = (state: RunState) => nextEffects(graph, state).filter(({kind}) => kind === 'record');

	test('is contacted again, once for each attempt, and not before', () => {
		expect(recorded(due)).toEqual([]);
		const asked = andThen(due, ...did({step: 'a'}));
		expect(recorded(asked)).toEqual([{kind: 'record', event: ask}]);
		expect(next(graph, andThen(asked, ask))).toEqual(['contact web-2 b@web-2#1']);
		expect(next(graph, andThen(asked, ask, silent))).toEqual(['part b@web-2#1.check']);
	});

	test('is asked once for each of two steps that are due beside each other, and they do not ask in turn for ever', () => {
		const beside = graphOf([step('a', {hosts: ['web-2']}), step('b', {hosts: ['web-2'], after: []})]);
		const asksFor = (id: string): RunEvent => ({...ask, before: {step: id, attempt: 1}}) as RunEvent;
		const first = andThen(due, asksFor('a'), silent);
		expect(records(beside, first)).toEqual([asksFor('b')]);
		expect(next(beside, andThen(first, asksFor('b')))).toEqual(['contact web-2 b@web-2#1']);
		expect(next(beside, andThen(first, asksFor('b'), silent))).toEqual(['part a@web-2#1.run', 'part b@web-2#1.run']);
	});

	test('shows its key to a person before anything is sent to it', () => {
		const state = andThen(due, ...did({step: 'a'}), ask, met);
		const trust = {kind: 'trust', host: 'web-2', keyType: 'rsa', fingerprint: 'SHA256:9a'};
		expect(next(graph, state)).toEqual([]);
		expect(questions(graph, state)).toEqual([{...trust, step: 'b'}]);
		const trusted = andThen(state, {type: 'HostKeyTrusted', host: 'web-2', fingerprint: 'SHA256:9a', by: 'ana'});
		expect(next(graph, trusted)).toEqual(['contact web-2 SHA256:9a']);
		expect(next(graph, andThen(trusted, contacted('web-2')))).toEqual(['part b@web-2#1.check']);
	});

	test('is not asked for a step that a person does there', () => {
		const byHands = graphOf([step('a'), step('b', {hosts: ['web-2'], action: byHand})]);
		const state = andThen(due, ...did({step: 'a'}));
		expect(nextEffects(byHands, state).map(effectKey)).toEqual([]);
		expect(questions(byHands, state)).toMatchObject([{kind: 'manual', step: 'b', host: 'web-2'}]);
	});
});

describe('order', () => {
	test('a step waits for all hosts of the step before it', () => {
		const graph = graphOf([step('a', {hosts: twoHosts}), step('b')]);
		const state = andThen(begunWith(), ...did({step: 'a'}), intended({step: 'a', host: 'web-2'}));
		expect(next(graph, state)).toEqual([]);
		expect(statusOf(graph, state, 'b', 'web-1')).toBe('waiting');
		expect(next(graph, andThen(state, ended({step: 'a', host: 'web-2'}, 'done')))).toEqual(['part b@web-1#1.run']);
	});

	test('`after` lets two steps run beside each other', () => {
		const graph = graphOf([step('a'), step('b', {hosts: ['web-2'], after: []}), step('c', {after: ['a', 'b']})]);
		expect(next(graph, begunWith())).toEqual(['part a@web-1#1.run', 'part b@web-2#1.run']);
	});

	test('a failed host stops the successors, not the other hosts', () => {
		const graph = graphOf([step('a', {hosts: twoHosts}), step('b')]);
		const state = andThen(begunWith(), ...did({step: 'a'}, 'failed', exited(1)));
		expect(next(graph, state)).toEqual(['part a@web-2#1.run']);
		expect(next(graph, andThen(state, ...did({step: 'a', host: 'web-2'})))).toEqual([]);
		expect(questions(graph, state)).toEqual([{kind: 'failed', step: 'a', hosts: ['web-1']}]);
	});

	test('skipped and satisfied let the successors go', () => {
		const graph = graphOf([step('a', {hosts: twoHosts, check: satellite()}), step('b')]);
		const state = andThen(
			begunWith(),
			{type: 'StepSkipped', step: 'a', host: 'web-1', reason: 'not today', by: 'ana'},
			...did({step: 'a', host: 'web-2', part: 'check'}, 'satisfied'),
		);
		expect(next(graph, state)).toEqual(['part b@web-1#1.run']);
	});

	test('the run is over when everything is done, satisfied or skipped', () => {
		const graph = graphOf([step('a')]);
		expect(records(graph, andThen(begunWith(), ...did({step: 'a'})))).toEqual([{type: 'RunFinished'}]);
		expect(records(graph, andThen(begunWith(), ...did({step: 'a'}, 'failed', exited(1))))).toEqual([]);
	});

	test('a paused run begins nothing', () => {
		const graph = graphOf([step('a')]);
		const state = andThen(begunWith(), {type: 'RunPaused', by: 'ana', reason: 'lunch'});
		expect(next(graph, state)).toEqual([]);
		expect(questions(graph, state)).toEqual([{kind: 'resume', reason: 'lunch'}]);
	});
});

describe('serial', () => {
	const graph = graphOf([step('a', {hosts: twoHosts, serial: true})]);

	test('runs one host after another', () => {
		expect(next(graph, begunWith())).toEqual(['part a@web-1#1.run']);
		const first = andThen(begunWith(), intended({step: 'a'}));
		expect(next(graph, first)).toEqual([]);
		expect(statusOf(graph, first, 'a', 'web-2')).toBe('ready');
		expect(next(graph, andThen(first, ended({step: 'a'}, 'done')))).toEqual(['part a@web-2#1.run']);
	});

	test.for(['failed', 'unknown'] as const)('stops at a host that is %s', settles => {
		const state = andThen(begunWith(), intended({step: 'a'}), ended({step: 'a'}, settles, lost));
		expect(next(graph, state)).toEqual([]);
		const marked: RunEvent = {type: 'StepMarked', step: 'a', host: 'web-1', as: 'done', reason: 'seen', by: 'ana'};
		expect(next(graph, andThen(state, marked))).toEqual(['part a@web-2#1.run']);
	});

	test('waits for the verify of the one before', () => {
		const verified = graphOf([step('a', {hosts: twoHosts, serial: true, verify: verify()})]);
		const state = andThen(begunWith(), ...did({step: 'a'}, null));
		expect(next(verified, state)).toEqual(['part a@web-1#1.verify']);
	});

	test('holds for every step of a serial phase', () => {
		const inPhase = graphOf([step('a', {hosts: twoHosts, phase: 'p'})], [phase('p', undefined, {serial: true})]);
		expect(next(inPhase, begunWith())).toEqual(['part a@web-1#1.run']);
	});
});

describe('check, run, verify', () => {
	const graph = graphOf([step('a', {hosts: twoHosts, check: satellite(), verify: verify(), gates: [warning]})]);
	const notThere = (host: string) => did({step: 'a', host, part: 'check'}, null, exited(1));

	test('all checks come first, before the gate is asked', () => {
		const state = begunWith();
		expect(next(graph, state)).toEqual(['part a@web-1#1.check', 'part a@web-2#1.check']);
		const one = andThen(state, ...notThere('web-1'));
		expect(questions(graph, one)).toEqual([]);
		expect(questions(graph, andThen(one, ...notThere('web-2')))).toEqual([
			{kind: 'gate', step: 'a', gate: 0, hosts: ['web-1', 'web-2'], danger: false, names: []},
		]);
	});

	test('the gate is asked for the hosts that are left, and not at all if none is', () => {
		const one = andThen(begunWith(), ...did({step: 'a', part: 'check'}, 'satisfied'));
		expect(questions(graph, andThen(one, ...notThere('web-2')))).toMatchObject([{kind: 'gate', hosts: ['web-2']}]);
		const both = andThen(one, ...did({step: 'a', host: 'web-2', part: 'check'}, 'satisfied'));
		expect(questions(graph, both)).toEqual([]);
		expect(records(graph, both)).toEqual([{type: 'RunFinished'}]);
	});

	test('the run is of the same attempt as its check, and so is the verify', () => {
		const passed: RunEvent = {type: 'GatePassed', step: 'a', typed: [], by: 'ana'};
		const state = andThen(begunWith(), ...notThere('web-1'), ...notThere('web-2'), passed);
		expect(next(graph, state)).toEqual(['part a@web-1#1.run', 'part a@web-2#1.run']);
		expect(next(graph, andThen(state, ...did({step: 'a'}, null)))).toEqual([
			'part a@web-1#1.verify',
			'part a@web-2#1.run',
		]);
	});

	test('a file step has a check without having one written', () => {
		expect(next(graphOf([step('a', {action: file})]), begunWith())).toEqual(['part a@web-1#1.check']);
	});
});

describe('gates', () => {
	const gated = (gates: Parameters<typeof step>[1]) => graphOf([step('a', {hosts: twoHosts, ...gates})]);
	const passed: RunEvent = {type: 'GatePassed', step: 'a', typed: [], by: 'ana'};

	test('a danger gate wants the name that each host gave of itself', () => {
		expect(questions(gated({gates: [danger]}), begunWith())).toEqual([
			{
				kind: 'gate',
				step: 'a',
				gate: 0,
				hosts: ['web-1', 'web-2'],
				danger: true,
				names: ['web-1.example', 'web-2.example'],
			},
		]);
	});

	test('or what `type=` says, once where it is the same for all', () => {
		const graph = gated({gates: [{...danger, type: template('vm1')}]});
		expect(questions(graph, begunWith())).toMatchObject([{names: ['vm1']}]);
	});

	test('a host that could not be reached is called by its name in the runbook', () => {
		const refused: RunEvent = {
			type: 'HostRefused',
			host: 'web-1',
			refusal: 'unreachable',
			reason: 'no route',
			next: '',
		};
		const asked: RunEvent = {type: 'HostContactAsked', host: 'web-1', by: 'fieldbook', before: {step: 'a', attempt: 1}};
		expect(questions(gated({gates: [danger]}), andThen(begunWith(), refused))).toEqual([]);
		expect(questions(gated({gates: [danger]}), andThen(begunWith(), refused, asked, refused))).toMatchObject([
			{names: ['web-1', 'web-2.example']},
		]);
	});

	test('several gates are asked in turn', () => {
		const graph = gated({gates: [warning, danger]});
		expect(questions(graph, begunWith())).toMatchObject([{gate: 0, danger: false}]);
		const one = andThen(begunWith(), passed);
		expect(questions(graph, one)).toMatchObject([{gate: 1, danger: true}]);
		expect(next(graph, one)).toEqual([]);
		expect(next(graph, andThen(one, passed))).toEqual(['part a@web-1#1.run', 'part a@web-2#1.run']);
	});

	test('a gate just passed is the word to go as well', () => {
		const state = andThen(begunWith({pace: 'step'}), passed);
		expect(next(gated({gates: [warning]}), state)).toHaveLength(2);
	});
});

describe('pace', () => {
	const confirmed = (id: string): RunEvent => ({type: 'StepConfirmed', step: id, by: 'ana'});

	test('at pace step every script waits for the word', () => {
		const graph = graphOf([step('a'), step('b')]);
		const state = begunWith({pace: 'step'});
		expect(next(graph, state)).toEqual([]);
		expect(questions(graph, state)).toEqual([{kind: 'go', step: 'a', hosts: ['web-1']}]);
		expect(statusOf(graph, state, 'a', 'web-1')).toBe('asking');
		const done = andThen(state, confirmed('a'), ...did({step: 'a'}));
		expect(questions(graph, done)).toEqual([{kind: 'go', step: 'b', hosts: ['web-1']}]);
	});

	test('at pace phase the first step of each top-level phase waits for it', () => {
		const graph = graphOf(
			[step('a', {phase: 'p'}), step('b', {phase: 'p1'}), step('c', {phase: 'q'}), step('d', {phase: 'q'})],
			[phase('p'), phase('p1', 'p'), phase('q')],
		);
		const begins = begunWith({pace: 'phase'});
		expect(questions(graph, begins)).toMatchObject([{kind: 'go', step: 'a'}]);
		const first = andThen(begins, confirmed('a'), ...did({step: 'a'}));
		expect(next(graph, first)).toEqual(['part b@web-1#1.run']);
		const second = andThen(first, ...did({step: 'b'}));
		expect(questions(graph, second)).toMatchObject([{kind: 'go', step: 'c'}]);
		const third = andThen(second, confirmed('c'), ...did({step: 'c'}));
		expect(next(graph, third)).toEqual(['part d@web-1#1.run']);
	});

	test('under a title that stands over everything the phases are those below it', () => {
		const graph = graphOf(
			[step('a', {phase: 'p'}), step('b', {phase: 'q'})],
			[phase('title'), phase('p', 'title'), phase('q', 'title')],
		);
		const state = andThen(begunWith({pace: 'phase'}), confirmed('a'), ...did({step: 'a'}));
		expect(questions(graph, state)).toMatchObject([{kind: 'go', step: 'b'}]);
	});

	test('at pace auto only gates, manual steps and trouble stop it', () => {
		expect(next(graphOf([step('a')]), begunWith({pace: 'auto'}))).toEqual(['part a@web-1#1.run']);
	});
});

describe('when and selection', () => {
	test('false skips with the reason, host by host', () => {
		const graph = graphOf([step('a', {hosts: twoHosts, when: condition("host.name == 'web-2'")})]);
		expect(records(graph, begunWith())).toEqual([
			{type: 'StepSkipped', step: 'a', host: 'web-1', reason: "when host.name == 'web-2' is false", by: 'fieldbook'},
		]);
		expect(next(graph, begunWith())).toContain('part a@web-2#1.run');
	});

	test('it is not asked before the step is ready', () => {
		const graph = graphOf([step('a'), step('b', {when: condition('false')})]);
		expect(records(graph, begunWith())).toEqual([]);
	});

	test('a value that an earlier step captured counts', () => {
		const graph = graphOf([step('a'), step('b', {when: condition("os == 'linux'")})]);
		const state = andThen(
			begunWith(),
			intended({step: 'a'}),
			ended({step: 'a'}, 'done', exited(0), {captured: {os: 'linux'}}),
		);
		expect(next(graph, state)).toEqual(['part b@web-1#1.run']);
	});

	test('an error in it fails the step and is asked about, never skipped', () => {
		const graph = graphOf([step('a', {when: {...condition("os == 'linux'"), types: {os: 'text'}}})]);
		const [event] = records(graph, begunWith());
		expect(event).toMatchObject({type: 'StepMarked', as: 'failed', by: 'fieldbook'});
		expect(event !== undefined && questions(graph, andThen(begunWith(), event))).toEqual([
			{kind: 'failed', step: 'a', hosts: ['web-1']},
		]);
	});

	test('a phase has its `when` for all its steps', () => {
		const graph = graphOf(
			[step('a', {phase: 'p1'})],
			[phase('p', undefined, {when: condition('false')}), phase('p1', 'p')],
		);
		expect(records(graph, begunWith())).toMatchObject([{type: 'StepSkipped', reason: 'when false is false'}]);
	});

	test('--only and --start-at skip what is outside when it would be ready', () => {
		const graph = graphOf([step('a'), step('b'), step('c')]);
		const only = begunWith({selection: {startAt: null, only: 'b'}});
		expect(records(graph, only)).toMatchObject([{step: 'a', reason: 'not in --only b'}]);
		const startAt = begunWith({selection: {startAt: 'b', only: null}});
		const [skipped] = records(graph, startAt);
		expect(skipped).toMatchObject({step: 'a', reason: 'before --start-at b'});
		expect(skipped !== undefined && next(graph, andThen(startAt, skipped))).toEqual(['part b@web-1#1.run']);
	});
});

describe('manual steps', () => {
	test('ask once for each host', () => {
		const graph = graphOf([step('a', {hosts: twoHosts, action: byHand})]);
		expect(questions(graph, begunWith())).toEqual([
			{kind: 'manual', step: 'a', host: 'web-1'},
			{kind: 'manual', step: 'a', host: 'web-2'},
		]);
	});

	test('`once` asks once for all', () => {
		const graph = graphOf([step('a', {hosts: twoHosts, action: {...byHand, once: true}})]);
		expect(questions(graph, begunWith())).toEqual([{kind: 'manual', step: 'a', host: 'web-1'}]);
	});

	test('are watched while they ask, if the host is expected to go or come', () => {
		const graph = graphOf([step('a', {action: {...byHand, expects: 'down'}})]);
		expect(next(graph, begunWith())).toEqual(['watch a@web-1#1 down']);
		const seen: RunEvent = {
			type: 'HostSeen',
			step: 'a',
			host: 'web-1',
			what: 'down',
			since: '2026-11-20T10:00:00.000Z',
		};
		const state = andThen(begunWith(), seen);
		expect(statusOf(graph, state, 'a', 'web-1')).toBe('done');
		expect(state.progress.get('a@web-1')?.finishedAt).toBe('2026-11-20T10:00:00.000Z');
	});

	test('are not watched on a host that turns us away', () => {
		const graph = graphOf([step('a', {action: {...byHand, expects: 'up'}})]);
		const refused: RunEvent = {type: 'HostRefused', host: 'web-1', refusal: 'auth', reason: 'no', next: ''};
		expect(next(graph, andThen(begunWith(), refused))).toEqual([]);
	});

	test('the lab does it once when it is asked, and a watcher sees it', () => {
		const graph = graphOf([step('a', {action: {...byHand, expects: 'down'}})]);
		const asked = andThen(begunWith({mode: 'rehearsal'}), {type: 'HandAsked', step: 'a', host: 'web-1', by: 'ana'});
		expect(next(graph, asked)).toEqual(['watch a@web-1#1 down', 'hand a@web-1']);
		expect(questions(graph, asked)).toEqual([]);
		const done = andThen(asked, {
			type: 'HandDone',
			step: 'a',
			host: 'web-1',
			did: 'power off',
			watched: true,
			captured: {},
		});
		expect(next(graph, done)).toEqual(['watch a@web-1#1 down']);
		expect(statusOf(graph, done, 'a', 'web-1')).toBe('running');
	});

	test('a verify follows the answer', () => {
		const graph = graphOf([step('a', {action: byHand, verify: verify()}), step('b')]);
		const answered: RunEvent = {
			type: 'ManualAnswered',
			step: 'a',
			host: 'web-1',
			choice: 'done',
			note: '',
			captured: {},
			by: 'ana',
			follows: 'verify',
		};
		const state = andThen(begunWith(), answered);
		expect(next(graph, state)).toEqual(['part a@web-1#1.verify']);
		expect(next(graph, andThen(state, ...did({step: 'a', part: 'verify'})))).toEqual(['part b@web-1#1.run']);
	});
});

describe('plain documents', () => {
	const graph = graphOf([step('a', {hosts: [NO_HOST], on: {kind: 'asked'}})]);
	const chosen = (host: string): RunEvent => ({type: 'HostChosen', step: 'a', host, by: 'ana'});

	test('a script asks for its host, and then for the word, whatever the pace', () => {
		const state = begunWith({pace: 'auto'});
		expect(questions(graph, state)).toEqual([{kind: 'choose-host', step: 'a'}]);
		const on = andThen(state, chosen('web-2'));
		expect(questions(graph, on)).toEqual([{kind: 'go', step: 'a', hosts: ['web-2']}]);
		expect(next(graph, andThen(on, {type: 'StepConfirmed', step: 'a', by: 'ana'}))).toEqual(['part a@web-2#1.run']);
	});

	test('given to no host it is done by hand', () => {
		expect(questions(graph, andThen(begunWith(), chosen('none')))).toEqual([
			{kind: 'manual', step: 'a', host: NO_HOST},
		]);
	});
});

describe('an unknown outcome', () => {
	const unknown = (id = 'a') => [intended({step: id}), ended({step: id}, 'unknown', lost)];

	test('is asked about, and nothing runs again', () => {
		const graph = graphOf([step('a'), step('b')]);
		const state = andThen(begunWith(), ...unknown());
		expect(next(graph, state)).toEqual([]);
		expect(questions(graph, state)).toEqual([{kind: 'unknown', step: 'a', hosts: ['web-1']}]);
	});

	test('is settled by the check of the step, at once and in a new attempt', () => {
		const graph = graphOf([step('a', {check: satellite()})]);
		const state = andThen(begunWith(), ...did({step: 'a', part: 'check'}, null, exited(1)), ...unknown());
		expect(next(graph, state)).toEqual(['part a@web-1#2.check']);
		const there = andThen(state, ...did({step: 'a', attempt: 2, part: 'check'}, 'done'));
		expect(statusOf(graph, there, 'a', 'web-1')).toBe('done');
	});

	test('stays unknown if the check says no, and keeps its evidence', () => {
		const graph = graphOf([step('a', {check: satellite()})]);
		const state = andThen(
			begunWith(),
			...unknown(),
			...did({step: 'a', attempt: 2, part: 'check'}, 'unknown', exited(1)),
		);
		expect(next(graph, state)).toEqual([]);
		expect(questions(graph, state)).toEqual([{kind: 'unknown', step: 'a', hosts: ['web-1']}]);
		expect(state.progress.get('a@web-1')).toMatchObject({state: 'unknown', checkSaid: 'not-there', outcome: lost});
	});

	test('a check that could not answer is not tried for ever', () => {
		const graph = graphOf([step('a', {check: satellite()})]);
		const state = andThen(begunWith(), ...unknown(), ...did({step: 'a', attempt: 2, part: 'check'}, 'unknown', lost));
		expect(next(graph, state)).toEqual([]);
		expect(state.progress.get('a@web-1')?.checkSaid).toBeUndefined();
		const asked: RunEvent = {type: 'CheckAsked', step: 'a', host: 'web-1', by: 'ana'};
		expect(next(graph, andThen(state, asked))).toEqual(['part a@web-1#3.check']);
	});

	test('with `unknown=ask` the check waits to be asked for', () => {
		const graph = graphOf([step('a', {check: satellite(), unknown: 'ask'})]);
		expect(next(graph, andThen(begunWith(), ...unknown()))).toEqual([]);
	});

	test('of a file step is settled by its hash', () => {
		const graph = graphOf([step('a', {action: file})]);
		expect(next(graph, andThen(begunWith(), ...unknown()))).toEqual(['part a@web-1#2.check']);
	});

	test('with `unknown=rerun` and a check runs again only if the check says that it is not there', () => {
		const graph = graphOf([step('a', {check: satellite(), unknown: 'rerun'})]);
		const state = andThen(begunWith(), ...unknown());
		const checked = (outcome: Outcome) =>
			andThen(state, ...did({step: 'a', attempt: 2, part: 'check'}, 'unknown', outcome));
		expect(next(graph, state)).toEqual(['part a@web-1#2.check']);
		expect(next(graph, checked(exited(1)))).toEqual(['part a@web-1#2.run']);
		expect(next(graph, checked(lost))).toEqual([]);
	});

	test('with `unknown=rerun` runs again by itself, but not for ever', () => {
		const graph = graphOf([step('a', {unknown: 'rerun'})]);
		let state = andThen(begunWith(), ...unknown());
		for (const attempt of [2, 3, 4]) {
			expect(next(graph, state)).toEqual([`part a@web-1#${attempt}.run`]);
			state = andThen(state, intended({step: 'a', attempt}), ended({step: 'a', attempt}, 'unknown', lost));
		}

		expect(next(graph, state)).toEqual([]);
		expect(questions(graph, state)).toMatchObject([{kind: 'unknown'}]);
	});
});

describe('coming back', () => {
	const back = (state: RunState) =>
		andThen(state, resumed, contacted('web-1'), contacted('web-2'), {type: 'RunBegun', by: 'ben'});

	test('contacts the hosts again and begins nothing before it is told to', () => {
		const graph = graphOf([step('a')]);
		expect(next(graph, andThen(begunWith(), resumed))).toEqual(['contact web-1 ']);
	});

	test('a change that was under way is unknown', () => {
		const graph = graphOf([step('a'), step('b')]);
		const state = back(andThen(begunWith(), intended({step: 'a'})));
		expect(next(graph, state)).toEqual([]);
		expect(questions(graph, state)).toEqual([{kind: 'unknown', step: 'a', hosts: ['web-1']}]);
		expect(state.progress.get('a@web-1')?.because).toBe('fieldbook stopped while it ran');
	});

	test('what its check said before it ran does not count any more', () => {
		const graph = graphOf([step('a', {check: satellite()})]);
		const state = andThen(begunWith(), ...did({step: 'a', part: 'check'}, null, exited(1)), intended({step: 'a'}));
		expect(back(state).progress.get('a@web-1')?.checkSaid).toBeUndefined();
		expect(next(graph, back(state))).toEqual(['part a@web-1#2.check']);
	});

	test.for([
		['a check', 'check', {check: satellite()}, ['part a@web-1#2.check']],
		['a readonly script', 'run', {readonly: true}, ['part a@web-1#2.run']],
		['a wait', 'run', {action: waits()}, ['part a@web-1#2.run']],
	] as const)('%s simply starts again, as a new attempt', ([, part, more, expected]) => {
		const graph = graphOf([step('a', more)]);
		expect(next(graph, back(andThen(begunWith(), intended({step: 'a', part}, false))))).toEqual(expected);
	});

	test('a verify starts again without its run', () => {
		const graph = graphOf([step('a', {verify: verify()})]);
		const state = andThen(begunWith(), ...did({step: 'a'}, null), intended({step: 'a', part: 'verify'}));
		expect(next(graph, back(state))).toEqual(['part a@web-1#2.verify']);
	});

	test('a check of an unknown outcome starts again', () => {
		const graph = graphOf([step('a', {check: satellite(), unknown: 'ask'})]);
		const state = andThen(
			begunWith(),
			intended({step: 'a'}),
			ended({step: 'a'}, 'unknown', lost),
			{type: 'CheckAsked', step: 'a', host: 'web-1', by: 'ana'},
			intended({step: 'a', attempt: 2, part: 'check'}),
		);
		expect(next(graph, back(state))).toEqual(['part a@web-1#3.check']);
	});

	test('finished steps stay finished, and it goes on where it was', () => {
		const graph = graphOf([step('a'), step('b')]);
		expect(next(graph, back(andThen(begunWith(), ...did({step: 'a'}))))).toEqual(['part b@web-1#1.run']);
	});

	test('the word to go that was given for nothing is asked for again, and kept where the step has begun', () => {
		const graph = graphOf([step('a', {hosts: twoHosts, serial: true})]);
		const state = andThen(begunWith({pace: 'step'}), {type: 'StepConfirmed', step: 'a', by: 'ana'});
		expect(questions(graph, back(state))).toMatchObject([{kind: 'go'}]);
		expect(next(graph, back(andThen(state, ...did({step: 'a'}))))).toEqual(['part a@web-2#1.run']);
	});

	test('a gate that was passed for nothing is asked again', () => {
		const graph = graphOf([step('a', {gates: [danger]})]);
		const state = andThen(begunWith(), {type: 'GatePassed', step: 'a', typed: ['web-1.example'], by: 'ana'});
		expect(questions(graph, back(state))).toMatchObject([{kind: 'gate', gate: 0}]);
	});
});

test('a cancel is an effect until the part has ended', () => {
	const graph = graphOf([step('a')]);
	const state = andThen(begunWith(), intended({step: 'a'}), {type: 'CancelAsked', step: 'a', host: 'web-1', by: 'ana'});
	expect(next(graph, state)).toEqual(['cancel a@web-1#1.run']);
	expect(next(graph, andThen(state, ended({step: 'a'}, 'failed', {kind: 'signaled', signal: 'TERM'})))).toEqual([]);
});

test('a step on this laptop needs no host', () => {
	const graph = graphOf([step('a', {hosts: ['local'], action: runs()})]);
	expect(next(graph, begunWith())).toEqual(['part a@local#1.run']);
});
