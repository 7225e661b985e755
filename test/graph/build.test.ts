import {describe, expect, test} from 'vitest';
import {buildGraph} from '../../src/graph/build.js';
import {LOCAL_HOST, NO_HOST} from '../../src/graph/graph.js';
import {at, manual, onGroup, runbook, script, shellScript, step} from './make.js';

describe('hosts', () => {
	test.each([
		['a host', step('a'), ['esxi1']],
		['a group, in the order of the front matter', step('a', {on: onGroup('esxi')}), ['esxi1', 'esxi2']],
		['this laptop', step('a', {on: {kind: 'local'}}), [LOCAL_HOST]],
		['a plain document', step('a', {on: {kind: 'asked'}}), [NO_HOST]],
		['a manual step that names none', step('a', {action: manual('Look'), on: undefined}), [NO_HOST]],
		['a manual step on a group', step('a', {action: manual('Look'), on: onGroup('esxi')}), ['esxi1', 'esxi2']],
		['the same, once', step('a', {action: manual('Look', {once: true}), on: onGroup('esxi')}), ['esxi1', 'esxi2']],
		['a role, which only the run knows', step('a', {on: {kind: 'role', role: 'active'}}), ['active']],
		['where the role runs', step('a', {on: {kind: 'runsOn', role: 'active'}}), ['active.runs_on']],
		['a group without members', step('a', {on: onGroup('nobody')}), [NO_HOST]],
	])('%s', (_, made, hosts) => {
		expect(buildGraph(runbook([made])).graph.nodes.map(node => node.hosts)).toEqual([hosts]);
	});
});

describe('order', () => {
	const afterOf = (...steps: ReturnType<typeof step>[]) =>
		buildGraph(runbook(steps)).graph.nodes.map(({after}) => after);

	test('document order is the step before', () => {
		expect(afterOf(step('a'), step('b'), step('c'))).toEqual([[], ['a'], ['b']]);
	});

	test('after= replaces it for its step alone', () => {
		expect(afterOf(step('a'), step('b'), step('c', {after: ['a']}), step('d'))).toEqual([[], ['a'], ['a'], ['c']]);
	});

	test('nothing waits for a probe in document order', () => {
		const probe = step('p', {action: {kind: 'probe', script: shellScript('ping'), everyMs: 1000}});
		expect(afterOf(step('a'), probe, step('b'))).toEqual([[], ['a'], ['a']]);
	});

	test('an id that nobody has is a problem at the step, with what was meant', () => {
		const {problems} = buildGraph(runbook([step('add-vswitch'), step('b', {after: ['add-vswich'], at: at(41)})]));
		expect(problems).toEqual([
			{
				file: 'book.md',
				at: at(41),
				severity: 'error',
				code: 'unknown-step',
				message: 'Step "b" comes after "add-vswich", which is no step of this runbook.',
				help: 'Did you mean "add-vswitch"?',
			},
		]);
	});
});

describe('cycles', () => {
	const cyclesOf = (...steps: ReturnType<typeof step>[]) =>
		buildGraph(runbook(steps)).problems.map(({code, at: {line}, message}) => [code, line, message]);

	test('two steps that wait for each other', () => {
		expect(cyclesOf(step('a', {after: ['b'], at: at(7)}), step('b', {after: ['a']}))).toEqual([
			['cycle', 7, 'Step "a" can never begin: it comes after "b", which comes after "a".'],
		]);
	});

	test('one that waits for itself', () => {
		const itself = 'Step "a" comes after itself, so it can never begin.';
		expect(cyclesOf(step('a', {after: ['a']}))).toEqual([['cycle', 1, itself]]);
	});

	test('a long one is told in short, and what only waits for it is not blamed', () => {
		const ring = Array.from({length: 20}, (_, index) => step(`s${index}`, {after: [`s${(index + 1) % 20}`]}));
		expect(cyclesOf(...ring, step('victim'))).toEqual([
			[
				'cycle',
				1,
				'Step "s0" can never begin: it comes after "s1", which comes after "s2", which comes after "s3", which comes after 16 more steps, which comes after "s0".',
			],
		]);
	});

	test('two cycles are two problems', () => {
		const one = [step('a', {after: ['b']}), step('b', {after: ['a']})];
		const other = [step('c', {after: ['d']}), step('d', {after: ['c']})];
		expect(cyclesOf(...one, ...other).map(([code]) => code)).toEqual(['cycle', 'cycle']);
	});

	test('10,000 steps in a ring, and as many in a row, are no more than long lists', () => {
		const row = Array.from({length: 10_000}, (_, index) => step(`s${index}`));
		expect(buildGraph(runbook(row)).problems).toEqual([]);
		const ring = row.map((made, index) => ({...made, after: [`s${(index + 1) % row.length}`]}));
		expect(buildGraph(runbook(ring)).problems.map(({code}) => code)).toEqual(['cycle']);
	});
});

test('steps that are not broken keep their place beside those that are', () => {
	const {graph} = buildGraph(runbook([step('a', {after: ['nobody'], action: script('x')}), step('b')]));
	expect(graph.nodes.map(({step: {id}, after}) => [id, after])).toEqual([
		['a', []],
		['b', ['a']],
	]);
});
