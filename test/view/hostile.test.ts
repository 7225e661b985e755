import {expect, test} from 'vitest';
import {buildGraph} from '../../src/graph/build.js';
import type {RunEvent} from '../../src/run/event.js';
import {evolve, newRun} from '../../src/run/evolve.js';
import {questions} from '../../src/run/next.js';
import type {RunState} from '../../src/run/state.js';
import {headerOf} from '../../src/view/header.js';
import {outlineRows} from '../../src/view/outline.js';
import {plainLine} from '../../src/view/plain-line.js';
import {preflightRows} from '../../src/view/preflight.js';
import {questionView} from '../../src/view/question.js';
import {showText} from '../../src/view/show.js';
import {scriptLines, stepPane} from '../../src/view/step-pane.js';
import {summaryOf} from '../../src/view/summary.js';
import {at, host, manual, phase, runbook, satellite, script, step, template} from '../graph/make.js';
import {begun, ended, facts, intended, recorded, started} from './story.js';

/** Every text from outside carries this: whatever of it reaches a screen unchanged would do harm. */
const evil = 'x\u001B]52;c;AAAA\u0007\u001B[2J\u009B31m\r\u202E\u200B\u{E0041}y';

const context = (['prose', 'note', 'table', 'listing'] as const).map(kind => ({
	kind,
	markdown: `${evil} {{evil}}`,
	at: at(1),
}));
const common = {
	title: evil,
	phase: 'p',
	context,
	as: evil,
	when: {source: `'${evil}' == '${evil}'`, at: at(1)},
	on: {kind: 'host', host: evil} as const,
	needs: [evil],
	measure: {name: evil, from: undefined, maxMs: 1},
};
const {graph} = buildGraph(
	runbook(
		[
			step('a', {
				...common,
				when: undefined,
				gates: [{kind: 'danger', text: evil, type: undefined, at: at(1)}],
				captures: {name: evil, type: 'text', optional: false},
				check: satellite(evil),
				action: script(evil, {script: {shell: 'sh', shebang: [evil], template: template(evil), at: at(1)}}),
			}),
			step('b', {...common, when: undefined, action: manual(evil, {expects: 'down'})}),
			step('c', {
				...common,
				action: {
					kind: 'file',
					path: template(evil),
					content: {kind: 'linked', url: evil},
					mode: evil,
					owner: evil,
					lines: false,
					set: [],
				},
			}),
		],
		{title: evil, hosts: [host(evil, 'g')], phases: [phase('p', {title: evil})]},
	),
);

const start = {
	...started(),
	title: evil,
	device: evil,
	by: evil,
	values: {evil: {'*': evil}},
	hosts: {[evil]: {address: evil, port: 1, user: evil}},
} as RunEvent;
const about = {step: 'a', host: evil};
const reached: RunEvent = {
	type: 'HostContacted',
	host: evil,
	facts: facts(evil, {version: evil, keyType: evil, fingerprint: evil}),
};
const lost = {outcome: {kind: 'lost', evidence: evil}, because: evil} as const;
const checked = [intended({...about, part: 'check'}), ended({...about, part: 'check'}, null, {because: evil})];
const gate: RunEvent = {type: 'GatePassed', step: 'a', typed: [evil], by: evil};
const histories: ReadonlyArray<readonly RunEvent[]> = [
	[
		start,
		{type: 'HostKeyMet', host: evil, keyType: evil, fingerprint: evil},
		{type: 'HostKeyTrusted', host: evil, fingerprint: evil, by: evil},
	],
	[start, {type: 'HostKeyMet', host: evil, keyType: evil, fingerprint: evil}],
	[start, {type: 'HostRefused', host: evil, refusal: 'auth', reason: evil, next: evil}],
	[start, reached],
	[start, reached, begun, ...checked],
	[start, reached, begun, ...checked, gate, intended(about), ended(about, 'failed', {because: evil})],
	[
		start,
		reached,
		begun,
		...checked,
		gate,
		intended(about),
		ended(about, 'unknown', lost),
		{type: 'StepMarked', ...about, as: 'failed', reason: evil, by: evil},
	],
	[start, reached, begun, ...checked, gate, intended(about), ended(about, 'unknown', lost)],
	[
		start,
		reached,
		begun,
		...checked,
		gate,
		intended(about),
		ended(about, 'done', {captured: {[evil]: evil}, because: evil}),
		{type: 'HandAsked', step: 'b', host: evil, by: evil},
		{type: 'HandDone', step: 'b', host: evil, did: evil, watched: true, captured: {[evil]: evil}},
		{type: 'NoteTaken', step: 'b', text: evil, by: evil},
		{type: 'ManualAnswered', step: 'b', host: evil, choice: 'cannot', note: evil, captured: {}, by: evil},
		{type: 'StepSkipped', step: 'b', host: evil, reason: evil, by: evil},
		{type: 'RunPaused', by: evil, reason: evil},
	],
];

/** Every text in a value, but for what is handed back to the run as it is. */
function textsIn(value: unknown): string[] {
	if (typeof value === 'string') {
		return [value];
	}

	if (typeof value !== 'object' || value === null) {
		return [];
	}

	const forTheRun = ['request', 'host', 'id', 'step'];
	return Object.entries(value).flatMap(([name, member]) => (forTheRun.includes(name) ? [] : textsIn(member)));
}

function everythingShown(state: RunState): unknown {
	return [
		headerOf(graph, state, 0),
		outlineRows(graph, state),
		graph.nodes.map(({step: {id}}) => stepPane(graph, state, id, {columns: 40, now: 0})),
		preflightRows(graph, state),
		questions(graph, state).map(question => questionView(graph, state, question, 'UTC')),
		summaryOf(graph, state, 'UTC'),
		showText(graph, state, {run: evil}).split('\n'),
		scriptLines(evil),
	];
}

const dangerous = /[\p{Cc}\p{Cf}]/u;

test.each(histories.map((events, index) => [index, events] as const))(
	'history %i: nothing from outside reaches a screen as it came',
	(_, events) => {
		let state = newRun;
		const lines: string[] = [];
		for (const one of recorded(events)) {
			const before = state;
			state = evolve(before, one);
			lines.push(plainLine(graph, one, before, state, {timeZone: 'UTC'}) ?? '');
		}

		const texts = [...lines, ...textsIn(everythingShown(state))];
		expect(texts.filter(text => dangerous.test(text))).toEqual([]);
		// The marks of a visible form: the text did come through, and was looked for
		expect(texts.some(text => text.includes('<U+202E>'))).toBe(true);
	},
);
