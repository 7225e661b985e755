import {describe, expect, test} from 'vitest';
import {buildGraph} from '../../src/graph/build.js';
import {formatGraph, type GraphFormat} from '../../src/graph/format.js';
import type {Runbook} from '../../src/runbook/runbook.js';
import {expectGolden} from './golden.js';
import {at, manual, onGroup, onHost, phase, runbook, step, wait} from './make.js';

const format = (book: Runbook, how: GraphFormat): string => formatGraph(book, buildGraph(book).graph, how);

const failover = runbook(
	[
		step('cluster-online', {
			phase: 'before',
			title: 'Both nodes are online.',
			on: onHost('ec1'),
			readonly: true,
			at: at(33),
		}),
		step('power-off-esxi1', {
			phase: 'power',
			title: 'Pull both power cords of ESXi#1.',
			action: manual('Pull both power cords of ESXi#1.', {expects: 'down'}),
			at: at(56),
		}),
		step('group-on-ec1', {phase: 'power', title: '', on: onHost('ec1'), action: wait('clpstat'), at: at(62)}),
		step('notes', {
			phase: 'power',
			title: 'Write it down.',
			on: undefined,
			action: manual('Write it down.'),
			after: ['power-off-esxi1'],
			at: at(70),
		}),
		step('cleanup', {
			title: 'Tidy up.',
			phase: 'after',
			on: onGroup('esxi'),
			after: ['group-on-ec1', 'notes'],
			at: at(80),
		}),
		step('beside', {title: 'At any time.', phase: 'after', after: [], at: at(90)}),
	],
	{
		title: 'Failover when ESXi#1 loses power',
		phases: [
			phase('test', {title: 'Power off ESXi#1', kind: 'test', at: at(26)}),
			phase('before', {title: 'Before', parent: 'test', depth: 2, kind: 'require', at: at(29)}),
			phase('power', {title: 'Power off', parent: 'test', depth: 2, at: at(50)}),
			phase('empty', {title: 'Only prose', at: at(75)}),
			phase('after', {title: 'After', at: at(77)}),
		],
	},
);

describe('golden files', () => {
	test.each<[GraphFormat, string]>([
		['tree', 'failover.txt'],
		['json', 'failover.json'],
		['mermaid', 'failover.mmd'],
		['dot', 'failover.dot'],
	])('%s', (how, file) => {
		expectGolden(import.meta.url, file, format(failover, how));
	});
});

describe('hostile titles', () => {
	const title = 'x"];\nend\u001B[2J<b>&amp;\\N#quot; `a` \u202E1. {[(|';
	const hostile = runbook([step('a', {title, phase: 'p'}), step('b', {title: '1. first'})], {
		title,
		phases: [phase('p', {title})],
	});

	test('mermaid keeps them inside of their quotes', () => {
		const text = format(hostile, 'mermaid');
		const labels = [...text.matchAll(/"([^"]*)"/g)].map(([, label]) => label);
		expect(labels).toHaveLength(3);
		expect(labels.join('').replaceAll(/#\d+;/g, '')).not.toMatch(/["#&<>`\\[\]{}|]/);
		expect(text.split('\n')).toHaveLength(7);
		expect(text).toContain('"1#46; first · script on esxi1"');
	});

	test('dot keeps them inside of their quotes', () => {
		const text = format(hostile, 'dot');
		const outside = text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '_');
		expect(outside).toBe(
			'digraph _ {\n\tnode [shape=box];\n\tsubgraph cluster_1 {\n\t\tlabel=_;\n\t\ts1 [label=_];\n\t}\n\ts2 [label=_];\n\ts1 -> s2;\n}\n',
		);
	});

	test.each<GraphFormat>(['tree', 'mermaid', 'dot'])('%s has no control and no invisible character', how => {
		expect(format(hostile, how).replaceAll(/[\n\t]/g, '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
	});

	test('json says exactly what the document says', () => {
		expect(JSON.parse(format(hostile, 'json'))).toMatchObject({title, phases: [{title}]});
	});
});

test('a plain document says that the host is asked for, and json has none', () => {
	const plain = runbook([step('a', {on: {kind: 'asked'}, title: 'Run it.'})]);
	expect(format(plain, 'tree')).toBe('A book\n  script  a  ?  Run it.\n');
	expect(JSON.parse(format(plain, 'json'))).toMatchObject({steps: [{hosts: []}]});
});

test('a runbook without steps is its title', () => {
	expect(format(runbook([], {phases: [phase('p')]}), 'tree')).toBe('A book\n');
});
