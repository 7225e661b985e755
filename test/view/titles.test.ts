import {describe, expect, test} from 'vitest';
import {buildGraph} from '../../src/graph/build.js';
import type {RunEvent} from '../../src/run/event.js';
import {newRun} from '../../src/run/evolve.js';
import {questions} from '../../src/run/next.js';
import type {Runbook} from '../../src/runbook/runbook.js';
import {headerOf} from '../../src/view/header.js';
import {outlineRows} from '../../src/view/outline.js';
import {plainLine} from '../../src/view/plain-line.js';
import {filler} from '../../src/view/prose.js';
import {questionView} from '../../src/view/question.js';
import {stepPane} from '../../src/view/step-pane.js';
import {summaryOf} from '../../src/view/summary.js';
import {at, host, manual, onGroup, phase, runbook, script, step, template} from '../graph/make.js';
import {begun, ended, intended, reachedAll, recorded, started, stateAfter} from './story.js';

const ip = '{{iscsi_ip}}';
const both = '172.31.254.2 (esxi1), 172.31.254.3 (esxi2)';
const book = runbook(
	[
		step('nic', {
			phase: 'net',
			title: `Add ${ip} on {{host.name}}`,
			on: onGroup('esxi'),
			context: [
				{kind: 'prose', markdown: `The address is **${ip}**.`, at: at(1)},
				{kind: 'listing', markdown: `\`\`\`\n${ip}\n\`\`\``, at: at(1)},
			],
			gates: [{kind: 'warning', text: `${ip} goes away, {{vmhba}} stays.`, type: undefined, at: at(1)}],
			action: script('true'),
		}),
		step('conf', {
			phase: 'net',
			title: 'Write {{ntp_server}}',
			on: onGroup('esxi'),
			action: {
				kind: 'file',
				path: {source: '/etc/{{ntp_server}}', parts: ['/etc/', {name: 'ntp_server', host: undefined, at: at(1)}]},
				content: {kind: 'inline', text: template('x')},
				mode: undefined,
				owner: undefined,
				lines: false,
				set: [],
			},
		}),
		step('look', {
			phase: 'net',
			title: `Look at {{iscsi_ip@esxi2}}`,
			action: manual('Open https://{{esxi1.address}}/.'),
		}),
	],
	{
		title: 'Network of {{ntp_server}}',
		hosts: [host('esxi1', 'esxi'), host('esxi2', 'esxi'), host('ec1', 'ec')],
		phases: [phase('net', {title: `Net ${ip}`})],
	},
);

function runOf(source: Runbook, ...events: readonly RunEvent[]) {
	return {graph: buildGraph(source).graph, state: stateAfter(started('real'), ...reachedAll, begun, ...events)};
}

const site = {address: '10.0.0.1', port: 22, user: 'root'};

describe('placeholders are shown filled', () => {
	const {graph, state} = runOf(book);

	test('in the outline, each host with its own value where they differ', () => {
		expect(outlineRows(graph, state).map(({title}) => title)).toEqual([
			`Net ${both}`,
			`Add ${both} on esxi1, esxi2`,
			'Write 172.31.255.1',
			'Look at 172.31.254.3',
		]);
		expect(headerOf(graph, state, 0).title).toBe('Network of 172.31.255.1');
		expect(summaryOf(graph, state).title).toBe('Network of 172.31.255.1');
	});

	test('in the step, but for its listings; a value that nobody knows yet stays as written', () => {
		const pane = stepPane(graph, state, 'nic', {columns: 200, now: 0});
		const context = pane?.context.map(line => line.map(({text}) => text).join(''));
		expect(pane?.title).toBe(`Add ${both} on esxi1, esxi2`);
		expect(context).toEqual([`The address is ${both}.`, '', `  ${ip}`]);
		expect(pane?.gates[0]?.text).toEqual([`${both} goes away, {{vmhba}} stays.`]);
		expect(stepPane(graph, state, 'conf', {columns: 80, now: 0})?.heading).toBe(
			'file /etc/172.31.255.1 on esxi1, esxi2',
		);
		expect(stepPane(graph, state, 'look', {columns: 80, now: 0})?.instruction).toEqual([
			[{text: 'Open https://172.31.255.2/.', style: 'plain'}],
		]);
	});

	test('in what the run asks', () => {
		const [gate] = questions(graph, state);
		const view = gate && questionView(graph, state, gate);
		expect(view?.headline).toBe(`${both} goes away, {{vmhba}} stays.`);
		expect(view?.lines[0]).toBe(`Add ${both} on esxi1, esxi2 on esxi1, esxi2`);
	});

	test('in plain lines, of each host', () => {
		const begins = intended({step: 'nic', host: 'esxi2'});
		const line = plainLine(graph, {seq: 1, at: '2026-11-20T10:00:00.000Z', event: begins}, state, state);
		expect(line).toContain('Add 172.31.254.3 on esxi2');
		const [first] = recorded([started('real')]);
		expect(first && plainLine(graph, first, newRun, state)).toContain('Network of 172.31.255.1');
	});

	test('in what is told of a failure', () => {
		const failed = runOf(
			book,
			{type: 'GatePassed', step: 'nic', typed: [], by: 'ada'},
			intended({step: 'nic', host: 'esxi1'}),
			ended({step: 'nic', host: 'esxi1'}, 'failed', {because: 'exit 1'}),
		);
		const question = questions(failed.graph, failed.state).find(({kind}) => kind === 'failed');
		expect(question && questionView(failed.graph, failed.state, question).headline).toBe(
			'Add 172.31.254.2 on esxi1 failed on esxi1',
		);
		expect(summaryOf(failed.graph, failed.state).left[0]?.title).toBe('Add 172.31.254.2 on esxi1');
	});

	test('but not in a plain document, where nothing is a placeholder', () => {
		const plain = runOf({...book, plain: true});
		expect(stepPane(plain.graph, plain.state, 'conf', {columns: 80, now: 0})?.title).toBe('Write {{ntp_server}}');
		expect(filler(plain.graph, plain.state, ['esxi1'])('\\{{x}} {{host.name}}')).toBe('\\{{x}} {{host.name}}');
	});

	test('what a host has said is shown and does nothing', () => {
		const evil = runOf(book, {
			type: 'ManualAnswered',
			step: 'look',
			host: 'esxi1',
			choice: 'done',
			note: '',
			captured: {vmhba: '\u001B[2J\u202E'},
			by: 'ada',
		});
		const fill = filler(evil.graph, evil.state, ['esxi1']);
		expect(fill('{{vmhba}}')).toBe('\u001B[2J\u202E');
		expect(stepPane(evil.graph, evil.state, 'nic', {columns: 80, now: 0})?.gates[0]?.text.join('')).toContain(
			'␛[2J<U+202E>',
		);
	});

	test('of many different values the first four are shown', () => {
		const names = ['a', 'b', 'c', 'd', 'e', 'f'];
		const values = {x: Object.fromEntries(names.map(name => [name, `${name}1`]))};
		expect(filler(graph, {...state, values}, names)('{{x}}')).toBe('a1 (a), b1 (b), c1 (c), d1 (d) and 2 more');
	});

	test.each([
		['/tmp/{{x}}.conf', '/tmp/a1.conf (a), /tmp/b1.conf (b)'],
		['Read /tmp/{{x}}-{{x}}.', 'Read /tmp/a1-a1 (a), /tmp/b1-b1 (b).'],
		['**{{x}}**, `{{x}}`: {{x}}', '**a1 (a), b1 (b)**, `a1 (a), b1 (b)`: a1 (a), b1 (b)'],
		['{{x}} {{y}}', 'a1 (a), b1 (b) same'],
		['{{y}}.conf', 'same.conf'],
		['{{host.name}}を見る', 'a, bを見る'],
		['\\{{x}}/{{y}}', '{{x}}/same'],
	])('%s differs by the word: %s', (text, shown) => {
		const values = {x: {a: 'a1', b: 'b1'}, y: {'*': 'same'}};
		const started = state.started && {...state.started, hosts: {a: site, b: site}};
		expect(filler(graph, {...state, values, started}, ['a', 'b'])(text)).toBe(shown);
	});
});
