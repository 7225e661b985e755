import {describe, expect, test} from 'vitest';
import {buildGraph} from '../../src/graph/build.js';
import {adoptionOf, driftOf} from '../../src/run/drift.js';
import type {RunEvent} from '../../src/run/event.js';
import {driftView} from '../../src/view/drift.js';
import {showJson, showText} from '../../src/view/show.js';
import {andThen, begun, did, ended, exited, given, intended, lost, resumed, started} from '../run/given.js';
import {compile, frontMatter} from '../runbook/compile.js';

function textOf(body: string) {
	const {runbook} = compile(frontMatter + body);
	return {runbook, graph: buildGraph(runbook).graph, linked: new Map()};
}

function sh(id: string, script: string, on = 'ec1'): string {
	return `\nDo ${id}.\n\n\`\`\`sh on=${on} id=${id}\n${script}\n\`\`\`\n`;
}

const on = 'ec1';
const hosts = {ec1: {address: '10.0.0.1', port: 22, user: 'root'}, ec2: {address: '10.0.0.2', port: 22, user: 'root'}};

function compared(before: string, now: string, ...events: readonly RunEvent[]) {
	const old = textOf(before);
	const state = given(started({hosts}), begun, ...events, resumed);
	const drift = driftOf(old, textOf(now), state);
	return {old, state, drift, view: driftView(drift, old.graph, state, 'book.md')};
}

function words({rows}: ReturnType<typeof driftView>): readonly string[] {
	return rows.map(({sign, title, where, what, means}) => `${sign} ${title}${where}: ${what}. ${means}`);
}

describe('an edited runbook in words', () => {
	test('each step says what adopting it would mean for it', () => {
		const events = [
			...did({step: 'a', host: on}),
			...did({step: 'b', host: on}, 'failed', exited(1)),
			...did({step: 'c', host: on}),
			{type: 'StepSkipped', step: 'd', host: on, reason: 'not here', by: 'ana'} as const,
		];
		const before = ['a', 'b', 'c', 'd', 'e', 'f'].map(id => sh(id, `echo ${id}`)).join('');
		const now = `${sh('a', 'echo 1', 'ec')}${sh('b', 'echo 2')}${sh('new', 'reboot')}${sh('d', 'echo 4')}${sh('f', 'echo f')}${sh('e', 'echo 5')}`;
		const {view} = compared(before, now, ...events);
		expect(view.headline).toBe('book.md is not what this run executes: 7 steps differ.');
		expect(words(view)).toEqual([
			'~ Do a on ec1, ec2: changed: script, hosts. done: it is not run again; it runs on ec2, where it has not run yet',
			'~ Do b on ec1: changed: script. failed: the next attempt is as it says now',
			'- Do c on ec1: removed. done: that stays in the run file, and nothing more is run',
			'+ Do new on ec1: added. it stands before what was begun: it runs next',
			'~ Do d on ec1: changed: script. skipped: it stays so',
			'> Do f on ec1: moved. not begun',
			'~ Do e on ec1: changed: script. not begun: it runs as it says now',
		]);
	});

	test('what nobody knows the end of has to be settled first', () => {
		const {view} = compared(
			sh('a', 'echo a'),
			sh('a', 'echo 1'),
			intended({step: 'a', host: on}),
			ended({step: 'a', host: on}, 'unknown', lost),
		);
		expect(view.obstacles).toEqual([expect.stringContaining('Do a: it was begun, and nobody knows its end yet.')]);
	});

	test('what has another name in the document and in the run, and other headings, are told', () => {
		const {view} = compared(
			`## Set-up\n${sh('a', 'echo a')}`,
			`## Setting up\n${sh('first', 'echo a').replace('Do first', 'Do a')}`,
		);
		expect(view.notes).toEqual([
			'The step first goes on as a in this run.',
			'The heading "Set-up" is "Setting up" now.',
		]);
		expect(view.isOnlyWords).toBe(true);
	});

	test('hostile titles are harmless', () => {
		const {view} = compared(sh('a', 'echo a'), sh('a', 'echo 1').replace('Do a.', 'Do \u001B]0;x\u0007a\u202E.'));
		expect(['\u001B', '\u0007', '\u202E'].filter(hidden => words(view).join('').includes(hidden))).toEqual([]);
	});
});

test('show tells what the runbook has no more, and what says something else than was run', () => {
	const {old, state, drift} = compared(
		sh('a', 'echo a') + sh('b', 'echo b'),
		sh('b', 'echo 2'),
		...did({step: 'a', host: on}),
		...did({step: 'b', host: on}),
	);
	const about = {by: 'ben', runbook: {file: 'book.md', sha256: '01'}, copy: '02', before: null, values: {}};
	const adopted = andThen(state, adoptionOf(drift, old.graph, about));
	const text = showText(drift.graph, adopted, {run: 'r.fieldbook'}, {timeZone: 'UTC'});
	expect(text).toMatch(/Do b +ec1 +done .*its text was changed since/);
	expect(text).toMatch(/No longer in the runbook:\n✔ Do a {2}ec1 {2}done/);
	expect(showJson(drift.graph, adopted, {run: 'r.fieldbook'}).removed).toEqual([
		{id: 'a', host: 'ec1', title: 'Do a', state: 'done', attempts: 1},
	]);
});
