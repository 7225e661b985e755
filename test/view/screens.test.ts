import {describe, expect, test} from 'vitest';
import type {RunEvent} from '../../src/run/event.js';
import {headerOf} from '../../src/view/header.js';
import {hostRows} from '../../src/view/host-rows.js';
import {preflightRows} from '../../src/view/preflight.js';
import {showJson, showText} from '../../src/view/show.js';
import {scriptLines, stepPane} from '../../src/view/step-pane.js';
import {countWords, summaryOf} from '../../src/view/summary.js';
import type {TextLine} from '../../src/view/text-line.js';
import {expectGolden} from '../graph/golden.js';
import {at, step as makeStep, script} from '../graph/make.js';
import {
	begun,
	contacted,
	ended,
	graph,
	intended,
	ran,
	reachedAll,
	secondsAfter,
	started,
	stateAfter,
	story,
} from './story.js';

const running = [started(), ...reachedAll, begun];
const textOf = (lines: readonly TextLine[]): string[] => lines.map(line => line.map(({text}) => text).join(''));
const nodeOf = (id: string) => {
	const node = graph.nodes.find(({step}) => step.id === id);
	if (node === undefined) {
		throw new Error(`no step ${id}`);
	}

	return node;
};

describe('header', () => {
	test('in preflight no step is current; hosts say what is known of them', () => {
		const state = stateAfter(started(), contacted('esxi1'), {
			type: 'HostRefused',
			host: 'ec1',
			refusal: 'auth',
			reason: '',
			next: '',
		});
		expect(headerOf(graph, state, secondsAfter(state, 1421))).toEqual({
			title: 'VMware host clustering',
			mode: 'rehearsal',
			step: 0,
			steps: 6,
			fraction: 0,
			elapsed: '0:23:43',
			status: 'preflight',
			pace: 'step',
			failed: 0,
			unknown: 0,
			hosts: [
				{name: 'esxi1', tone: 'good', word: 'reached'},
				{name: 'esxi2', tone: 'quiet', word: 'being contacted'},
				{name: 'ec1', tone: 'bad', word: 'refused us'},
			],
		});
	});

	test('it counts the steps that are settled on all hosts, and failures', () => {
		const confirmed: RunEvent = {type: 'StepConfirmed', step: 'ssh-service', by: 'ada'};
		const state = stateAfter(
			...running,
			confirmed,
			...ran({step: 'ssh-service', host: 'esxi1'}, 'done'),
			...ran({step: 'ssh-service', host: 'esxi2'}, 'done'),
			...ran({step: 'time', host: 'esxi1', part: 'check'}, 'satisfied'),
			...ran({step: 'time', host: 'esxi2', part: 'check'}, 'failed', {because: 'no'}),
		);
		expect(headerOf(graph, state, 0)).toMatchObject({step: 2, steps: 6, fraction: 1 / 6, failed: 1, status: ''});
	});

	test('a pause says why, and the clock of a finished run stands', () => {
		const paused = stateAfter(...running, {type: 'RunPaused', by: 'ada', reason: 'lunch'});
		expect(headerOf(graph, paused, 0)).toMatchObject({status: 'paused: lunch', step: 0});
		const finished = stateAfter(...story);
		expect(headerOf(graph, finished, secondsAfter(finished, 500)).elapsed).toBe('0:00:44');
	});
});

describe('hosts of a step', () => {
	const state = stateAfter(
		...running,
		{type: 'StepConfirmed', step: 'ssh-service', by: 'ada'},
		...ran({step: 'ssh-service', host: 'esxi1'}, 'failed', {because: 'exit 1, accepted: 0'}),
		{type: 'RetryAsked', step: 'ssh-service', host: 'esxi1', by: 'ada'},
		intended({step: 'ssh-service', host: 'esxi2'}),
		intended({step: 'ssh-service', host: 'esxi1', attempt: 2}),
	);

	test('each has its state and what is going on', () => {
		const rows = hostRows(graph, state, nodeOf('ssh-service'), secondsAfter(state, 12), 'runbook');
		expect(rows.map(({name, look, note}) => [name, look.word, note])).toEqual([
			['esxi1', 'running', 'running, 12 s (attempt 2)'],
			['esxi2', 'running', 'running, 13 s'],
		]);
	});

	test('those that need somebody come first, or all in the order of the runbook', () => {
		const failed = stateAfter(
			...running,
			{type: 'StepConfirmed', step: 'ssh-service', by: 'ada'},
			...ran({step: 'ssh-service', host: 'esxi1'}, 'done'),
			...ran({step: 'ssh-service', host: 'esxi2'}, 'failed', {because: 'exit 1, accepted: 0'}),
		);
		const names = (order: 'worst' | 'runbook') =>
			hostRows(graph, failed, nodeOf('ssh-service'), 0, order).map(({name, note}) => `${name}: ${note}`);
		expect(names('worst')).toEqual(['esxi2: exit 1, accepted: 0', 'esxi1: 1 s']);
		expect(names('runbook')).toEqual(['esxi1: 1 s', 'esxi2: exit 1, accepted: 0']);
	});

	test('an undo is told from the step that it takes back, and so is the evidence', () => {
		const about = {step: 'ssh-service', host: 'esxi1'};
		const asked: readonly RunEvent[] = [
			...running,
			{type: 'StepConfirmed', step: 'ssh-service', by: 'ada'},
			...ran(about, 'done'),
			{type: 'EvidenceTaken', ...about, kind: 'photo', text: 'rack', blob: null, by: 'ada'},
			{type: 'UndoAsked', ...about, by: 'ada'},
		];
		const undoing = [...asked, intended({...about, attempt: 2, part: 'undo'})];
		const note = (...events: readonly RunEvent[]) => {
			const state = stateAfter(...events);
			return hostRows(graph, state, nodeOf('ssh-service'), secondsAfter(state, 3), 'runbook')[0]?.note;
		};
		expect(note(...asked)).toBe('to be undone');
		expect(note(...undoing)).toBe('undoing, 3 s (attempt 2)');
		const undone = ended({...about, attempt: 2, part: 'undo'}, null, {because: 'undo: exit 4, accepted: 0'});
		expect(note(...undoing, undone)).toBe('undo: exit 4, accepted: 0, 1 s, with photo');
	});

	test('a check that found nothing is told', () => {
		const checked = stateAfter(
			...running,
			{type: 'StepSkipped', step: 'ssh-service', host: 'esxi1', reason: 'x', by: 'ada'},
			{type: 'StepSkipped', step: 'ssh-service', host: 'esxi2', reason: 'x', by: 'ada'},
			...ran({step: 'time', host: 'esxi1', part: 'check'}, null),
		);
		expect(hostRows(graph, checked, nodeOf('time'), 0, 'runbook').map(({note}) => note)).toEqual([
			'check: not there yet',
			'',
		]);
	});
});

describe('step pane', () => {
	const state = stateAfter(...running);

	test('says what it does, where, and what the run will make of it', () => {
		const pane = stepPane(graph, state, 'vswitches', {columns: 60, now: 0});
		expect(pane).toMatchObject({
			title: 'Add the virtual switches.',
			heading: '/bin/sh -eux on esxi1, esxi2',
			gates: [{danger: false, isPassed: false, text: ['The network of the hosts changes.']}],
			facts: ['has a check: it is not run where it is done already', 'verified afterwards, for up to 60 s'],
		});
		expect(pane?.hosts.map(({name}) => name)).toEqual(['esxi1', 'esxi2']);
	});

	test('a manual step has its instruction and what ends it', () => {
		const pane = stepPane(graph, state, 'power-off-esxi1', {columns: 20, now: 0});
		expect(pane?.heading).toBe('by hand on esxi1');
		expect(textOf(pane?.instruction ?? [])).toEqual(['Pull both power', 'cords of ESXi#1.']);
		expect(pane?.facts).toContain('done as soon as the host is seen to go');
	});

	test('a measure says its limit before and its value after', () => {
		const factsOf = (events: readonly RunEvent[]) =>
			stepPane(graph, stateAfter(...events), 'group-on-ec1', {columns: 60, now: 0})?.facts;
		expect(factsOf(running)).toContain('measures failover, limit 120 s');
		expect(factsOf(story)).toContain('failover 4 s, limit 120 s: pass');
	});

	test('prose has the values of its hosts; where they differ, each is named; unknown ones stay as written', () => {
		const step = makeStep('a', {
			context: [
				{kind: 'prose', markdown: 'From {{ntp_server}}, **{{iscsi_ip}}** by {{nobody}}, \\{{as_it_is}}.', at: at(1)},
				{kind: 'note', markdown: '> [!TIP]\n> Take care of {{host.address}}.', at: at(2)},
				{kind: 'listing', markdown: '*ec1: Online', at: at(3)},
			],
			action: script('x'),
		});
		const one = {...graph, nodes: [{step, hosts: ['esxi1', 'esxi2'], after: [], hash: ''}]};
		const pane = stepPane(one, state, 'a', {columns: 200, now: 0});
		expect(textOf(pane?.context ?? [])).toEqual([
			'From 172.31.255.1, 172.31.254.2 (esxi1), 172.31.254.3 (esxi2) by {{nobody}}, {{as_it_is}}.',
			'',
			'Tip',
			'  Take care of 172.31.255.2 (esxi1), 172.31.255.3 (esxi2).',
			'',
			'  *ec1: Online',
		]);
	});

	test('a script is numbered and shown as it is', () => {
		const lines = textOf(scriptLines(`#!/bin/sh\n${'x\n'.repeat(8)}echo\t\u001B[2J\n`));
		expect([lines[0], lines.at(-1), lines.length]).toEqual([' 1  #!/bin/sh', '10  echo    ␛[2J', 10]);
	});

	test('no such step, no pane', () => {
		expect(stepPane(graph, state, 'nobody', {columns: 60, now: 0})).toBeUndefined();
	});
});

describe('preflight', () => {
	test('each host in columns, what is wrong below it', () => {
		const state = stateAfter(
			started(),
			contacted('esxi1', {clockSkewMs: -90_000, uptimeSeconds: 40}),
			{type: 'HostKeyMet', host: 'esxi2', keyType: 'ssh-ed25519', fingerprint: 'SHA256:9aP'},
			{type: 'HostRefused', host: 'ec1', refusal: 'auth', reason: 'It accepts publickey.', next: 'Load the key.'},
		);
		expect(preflightRows(graph, state)).toEqual([
			{
				host: 'esxi1',
				glyph: 'done',
				tone: 'doubt',
				cells: [
					'esxi1',
					'172.31.255.2',
					'root',
					'VMware ESXi 7.0.3 build-20036589',
					'esxi1.example',
					'key SHA256:Zx1Zx1Z…',
					'clock -90 s',
					'up 40 s',
				],
				lines: ['Its clock is off: times in its logs will not fit the times of this run.'],
			},
			{
				host: 'esxi2',
				glyph: 'asking',
				tone: 'doubt',
				cells: ['esxi2', '172.31.255.3:2022', 'root', 'first contact'],
				lines: ['key ssh-ed25519 SHA256:9aP', "Compare it with what the host's console shows. Nothing was sent."],
			},
			{
				host: 'ec1',
				glyph: 'failed',
				tone: 'bad',
				cells: ['ec1', '172.31.255.11', 'admin', 'login refused'],
				lines: ['It accepts publickey.', 'next: Load the key.'],
			},
		]);
	});

	test('through whom a host is reached, and whose key is met', () => {
		const state = stateAfter(started(), contacted('esxi1', {way: 'ops@gate, inner', note: 'Match exec was not run.'}), {
			type: 'HostKeyMet',
			host: 'esxi2',
			keyType: 'ssh-ed25519',
			fingerprint: 'SHA256:9aP',
			about: 'It is the key of gate.',
		});
		const [far, met] = preflightRows(graph, state);

		expect(far?.cells.at(-1)).toBe('through ops@gate, inner');
		expect(far?.lines).toEqual(['Match exec was not run.']);
		expect(met?.lines.slice(0, 2)).toEqual(['key ssh-ed25519 SHA256:9aP', 'It is the key of gate.']);
	});
});

describe('summary and show', () => {
	test('what came of it, by state, with the reasons for what was skipped', () => {
		const summary = summaryOf(graph, stateAfter(...story), 'UTC');
		expect(summary).toMatchObject({
			tone: 'good',
			facts: ['finished 14:30', '44 s from start to end', '2 engineers'],
			evidence: '1 of 1 piece of evidence',
			steps: 6,
			skipped: [{title: 'Set the clock.', host: 'esxi2', because: 'the customer sets it'}],
			left: [],
			tests: [
				{
					...{id: 'test', verdict: 'passed', because: ''},
					measurements: [{words: 'failover 4 s (limit 120 s)', tone: 'good'}],
				},
			],
			measurements: [],
		});
		expect(countWords(summary)).toBe('6 steps: 5 done, 1 satisfied');
	});

	test('what somebody marked done says so, once for all hosts with the same reason', () => {
		const marked = ['esxi1', 'esxi2'].map(
			(host): RunEvent => ({type: 'StepMarked', step: 'ssh-service', host, as: 'done', reason: 'seen', by: 'ada'}),
		);
		expect(summaryOf(graph, stateAfter(...running, ...marked)).marked).toMatchObject([
			{host: 'esxi1, esxi2', because: 'seen'},
		]);
	});

	test('a run that stopped says what is left', () => {
		const summary = summaryOf(
			graph,
			stateAfter(
				...running,
				{type: 'StepConfirmed', step: 'ssh-service', by: 'ada'},
				...ran({step: 'ssh-service', host: 'esxi1'}, 'failed', {because: 'exit 1, accepted: 0'}),
				{type: 'RunPaused', by: 'bob', reason: ''},
			),
		);
		expect(summary).toMatchObject({tone: 'bad', facts: ['paused', '1 pause', '1 engineer']});
		expect(summary.left[0]).toMatchObject({host: 'esxi1', because: 'exit 1, accepted: 0'});
		expect(countWords(summary)).toBe('6 steps: 1 failed, 5 waiting');
	});

	test('a run that was never begun has no duration', () => {
		expect(summaryOf(graph, stateAfter(started())).facts).toEqual(['preflight', '1 engineer']);
	});

	test('as text', () => {
		expectGolden(
			import.meta.url,
			'show.txt',
			`${showText(graph, stateAfter(...story), {run: 'Yokohama.fieldbook'}, {timeZone: 'UTC'})}\n`,
		);
	});

	test('as JSON, with the names of design section 8', () => {
		const json = showJson(graph, stateAfter(...story), {run: 'Yokohama.fieldbook'});
		expect({...json, steps: []}).toEqual({
			run: 'Yokohama.fieldbook',
			runbook: 'clustering.md',
			status: 'finished',
			startedAt: '2026-11-20T14:30:00.000Z',
			finishedAt: '2026-11-20T14:30:44.000Z',
			lease: {by: 'ada', device: 'laptop', epoch: 1, since: '2026-11-20T14:30:00.000Z'},
			takeOvers: [],
			steps: [],
			measurements: [
				{
					...{name: 'failover', step: 'group-on-ec1', host: 'ec1', from: 'power-off-esxi1'},
					...{seconds: 4, maxSeconds: 120, verdict: 'pass'},
				},
			],
			removed: [],
			tests: [{id: 'test', title: 'Power off ESXi#1', verdict: 'passed', because: ''}],
		});
		expect(json.steps).toHaveLength(9);
		expect(json.steps.at(-1)).toEqual({
			id: 'application',
			host: null,
			state: 'done',
			attempts: 1,
			outcome: null,
			startedAt: '2026-11-20T14:30:43.000Z',
			finishedAt: '2026-11-20T14:30:43.000Z',
			seconds: 0,
		});
		expect(json.steps[0]).toMatchObject({
			id: 'ssh-service',
			host: 'esxi1',
			outcome: {kind: 'exited', code: 0},
			seconds: 1,
		});
	});
});
