import {describe, expect, test} from 'vitest';
import {buildGraph} from '../../src/graph/build.js';
import {NO_HOST} from '../../src/graph/graph.js';
import type {RunEvent} from '../../src/run/event.js';
import {questions} from '../../src/run/next.js';
import type {RunState} from '../../src/run/state.js';
import {hostsToChoose, offeredHost} from '../../src/view/choose-host.js';
import {questionView} from '../../src/view/question.js';
import {stepPane} from '../../src/view/step-pane.js';
import {runbook, script, shellScript, step} from '../graph/make.js';
import {begun, reachedAll, started, stateAfter} from './story.js';

const {graph} = buildGraph(
	runbook(
		[
			step('a', {
				title: 'Name it',
				on: {kind: 'asked'},
				action: script('', {script: {...shellScript('echo %%NAME%%'), unfilled: ['%%NAME%%', '<ip>\u001B']}}),
			}),
			step('b', {on: {kind: 'asked'}}),
		],
		{plain: true, hosts: []},
	),
);
const chosen = (id: string, host: string): RunEvent => ({type: 'HostChosen', step: id, host, by: 'ada'});
const from = (...events: readonly RunEvent[]) => stateAfter(started('real'), ...reachedAll, begun, ...events);

function asked(state: RunState) {
	const [question] = questions(graph, state);
	return question && questionView(graph, state, question);
}

describe('where a step of a plain document runs', () => {
	test('is asked, with what is left to fill in', () => {
		const view = asked(from());
		expect(view?.headline).toBe('Where does this run? Name it');
		expect(view?.lines.at(-1)).toMatch(/^%%NAME%%, <ip>␛ look as if something was to be filled in/);
		expect(view?.choices.map(({key, asks}) => `${key} ${asks}`)).toEqual(['enter host', 'n nothing', 's reason']);
		const pane = stepPane(graph, from(), 'a', {columns: 400, now: 0});
		expect(pane?.context.at(-1)?.map(({text}) => text)).toEqual([expect.stringContaining('%%NAME%%, <ip>␛ look')]);
	});

	test('the last answer is offered, and nothing more', () => {
		expect(offeredHost(from())).toBe('esxi1');
		const state = from(chosen('a', 'esxi2'), {type: 'StepSkipped', step: 'a', host: 'esxi2', reason: 'x', by: 'ada'});
		expect(offeredHost(state)).toBe('esxi2');
		expect(questions(graph, state)).toEqual([{kind: 'choose-host', step: 'b'}]);
		expect(asked(state)?.lines).toContain('The last one: esxi2.');
		expect(hostsToChoose(state)).toEqual(['esxi1', 'esxi2', 'ec1', 'none']);
	});

	test('the last answer is the last one given, also where a step was given another host', () => {
		const state = from(chosen('a', 'esxi2'), chosen('b', 'ec1'), chosen('a', 'none'));
		expect(offeredHost(state)).toBe('none');
	});

	test('another host can be chosen while nothing has run', () => {
		const go = asked(from(chosen('a', 'esxi2')));
		expect(go?.headline).toBe('Name it on esxi2');
		expect(go?.choices.map(({does, unless}) => `${does}${unless}`)).toEqual([
			'run on esxi2',
			'choose another host…',
			'skip…',
		]);
	});

	test('without hosts it is done by hand', () => {
		const lonely = stateAfter({...started('real'), hosts: {}} as RunEvent, begun);
		const view = asked(lonely);
		expect(view?.lines[0]).toMatch(/^No site file names a host/);
		expect(view?.choices.map(({does}) => does)).toEqual(['none: I do this by hand', 'skip…']);
		expect(offeredHost(lonely)).toBe('none');
		const byHand = stateAfter({...started('real'), hosts: {}} as RunEvent, begun, chosen('a', 'none'));
		expect(questions(graph, byHand)[0]).toEqual({kind: 'manual', step: 'a', host: NO_HOST});
	});
});
