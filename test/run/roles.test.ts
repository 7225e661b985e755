import {describe, expect, test} from 'vitest';
import type {RunEvent} from '../../src/run/event.js';
import {effectKey, nextEffects, questions, statusOf} from '../../src/run/next.js';
import {hostsInUse, hostsOf} from '../../src/run/nodes.js';
import {hostsOfRole, namedIn} from '../../src/run/roles.js';
import type {HostState} from '../../src/run/state.js';
import type {HostDeclaration} from '../../src/runbook/runbook.js';
import {
	andThen,
	begun,
	begunWith,
	contacted,
	danger,
	did,
	exited,
	facts,
	given,
	graphOf,
	onActive,
	resumed,
	satellite,
	started,
	step,
} from './given.js';

const by = 'ana';
const found = (host: string): RunEvent => ({type: 'RoleFound', step: 'a', host, because: 'x'});
const retried: RunEvent = {type: 'RetryAsked', step: 'a', host: 'web-1', by};

describe('a step whose host is a role', () => {
	const graph = graphOf([onActive('a'), step('b')]);
	const due = (state: ReturnType<typeof given>) => nextEffects(graph, state).map(effectKey);

	test('captures for everybody: who reads the value cannot know whose it is', () => {
		const ended = did({step: 'a', host: 'web-2'}).map(event =>
			event.type === 'PartEnded' ? {...event, captured: {origin: 'web-2'}} : event,
		);
		expect(andThen(begunWith(), found('web-2'), ...ended).values['origin']).toEqual({'*': 'web-2'});
		expect(andThen(begunWith(), ...ended).values['origin']).toEqual({'web-2': 'web-2'});
	});

	test('is looked up before anything is asked or run, and then runs where it was found', () => {
		const looking = begunWith({pace: 'step'});
		expect(due(looking)).toEqual(['role a']);
		expect(questions(graph, looking)).toEqual([]);
		expect(statusOf(graph, looking, 'a', 'active')).toBe('running');
		const there = andThen(looking, found('web-2'));
		expect(questions(graph, there)).toEqual([{kind: 'go', step: 'a', hosts: ['web-2']}]);
		expect(due(andThen(begunWith(), found('web-2')))).toEqual(['part a@web-2#1.run']);
	});

	test('settles on the host where it ran', () => {
		const state = andThen(begunWith(), found('web-2'), ...did({step: 'a', host: 'web-2'}));
		expect(statusOf(graph, state, 'a', 'web-2')).toBe('done');
		expect(due(state)).toEqual(['part b@web-1#1.run']);
	});

	test('is looked up again when it is run again: it may have moved', () => {
		const failed = andThen(begunWith(), found('web-1'), ...did({step: 'a'}, 'failed', exited(1)), retried);
		expect(due(failed)).toEqual(['role a']);
		expect(due(andThen(failed, found('web-2')))).toEqual(['part a@web-2#1.run']);
		expect(due(andThen(failed, found('web-1')))).toEqual(['part a@web-1#2.run']);
	});

	test('that nobody could find has failed, and can be looked up again', () => {
		const marked = {type: 'StepMarked', step: 'a', host: 'active', as: 'failed', reason: 'nobody', by} as const;
		const failed = andThen(begunWith(), marked);
		expect(questions(graph, failed)).toEqual([{kind: 'failed', step: 'a', hosts: ['active']}]);
		expect(due(andThen(failed, {...retried, host: 'active'}))).toEqual(['role a']);
	});

	test('is looked up anew after a resume, unless something has happened to it there', () => {
		const back = [resumed, contacted('web-1'), contacted('web-2'), begun];
		expect(due(andThen(begunWith(), found('web-2'), ...back))).toEqual(['role a']);
		const done = andThen(begunWith(), found('web-2'), ...did({step: 'a', host: 'web-2'}), ...back);
		expect(due(done)).toEqual(['part b@web-1#1.run']);
		const there = did({step: 'a', host: 'web-2', part: 'check'}, 'satisfied');
		expect(due(andThen(begunWith(), found('web-2'), ...there, ...back))).toEqual(['part b@web-1#1.run']);
	});

	test('whose condition asks for no host is skipped without looking, else it is found first', () => {
		const at = {line: 1, column: 1, length: 1};
		const wanted = (source: string) => graphOf([onActive('a', {when: {source, at}})]);
		expect(nextEffects(wanted('false'), begunWith())).toMatchObject([{kind: 'record', event: {type: 'StepSkipped'}}]);
		const onTheSecond = wanted("host.name == 'web-2'");
		expect(nextEffects(onTheSecond, begunWith()).map(effectKey)).toEqual(['role a']);
		expect(nextEffects(onTheSecond, andThen(begunWith(), found('web-1')))).toMatchObject([
			{kind: 'record', event: {type: 'StepSkipped', host: 'web-1'}},
		]);
	});

	test('a gate that was passed for one host is asked again for another', () => {
		const gated = graphOf([onActive('a', {gates: [danger], check: satellite()})]);
		const notThere = (host: string, attempt = 1) => did({step: 'a', host, attempt, part: 'check'}, null, exited(1));
		const passed = {type: 'GatePassed', step: 'a', typed: ['web-1.example'], by} as const;
		const failed = andThen(
			begunWith(),
			...[found('web-1'), ...notThere('web-1'), passed, ...did({step: 'a'}, 'failed', exited(1)), retried],
		);
		const moved = andThen(failed, found('web-2'), ...notThere('web-2'));
		expect(questions(gated, moved)).toMatchObject([{kind: 'gate', names: ['web-2.example']}]);
		const stayed = andThen(failed, found('web-1'), ...notThere('web-1', 2));
		expect(questions(gated, stayed)).toEqual([]);
	});
});

describe('the hosts of a role', () => {
	const at = {line: 1, column: 1, length: 1};
	const vm = (name: string, runsOn?: string): HostDeclaration => ({
		...{name, group: 'ec', platform: 'linux', label: `EC ${name}`, runsOn, at},
	});
	const members = [vm('ec1', 'esxi1'), vm('ec2', 'esxi2')];
	const roles = [{name: 'active', of: 'ec', by: 'clpgrp -n failover', at}];

	test('are the group that is asked, and the hosts under it', () => {
		const graph = {roles, hosts: members};
		expect(hostsOfRole(graph, {kind: 'role', role: 'active'})).toEqual(['ec1', 'ec2']);
		expect(hostsOfRole(graph, {kind: 'runsOn', role: 'active'})).toEqual(['ec1', 'esxi1', 'ec2', 'esxi2']);
	});

	test('are contacted for it', () => {
		const graph = graphOf([onActive('a')]);
		const state = given(started());
		expect(hostsInUse(graph, state)).toEqual(['web-1', 'web-2']);
		expect(hostsOf(graph.nodes[0] ?? onActive('a'), state)).toEqual(['active']);
	});

	const hosts = new Map<string, HostState>([
		['ec1', {kind: 'reached', facts: facts('SV01.example.com\n')}],
		['ec2', {kind: 'refused', refusal: 'unreachable', reason: '', next: ''}],
	]);

	test.for([
		['ec2\n', 'ec2'],
		['  EC2 ', 'ec2'],
		['EC ec1', 'ec1'],
		['sv01', 'ec1'],
		['sv01.example.com', 'ec1'],
		['sv01.example', undefined],
		['ec1 ec2', undefined],
		['', undefined],
		['Command failed.', undefined],
	] as const)('%j names %s', ([output, name]) => {
		expect(namedIn(output, members, hosts)?.name).toBe(name);
	});
});
