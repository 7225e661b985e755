import {expect, test} from 'vitest';
import {buildGraph} from '../../src/graph/build.js';
import type {RunEvent} from '../../src/run/event.js';
import {questions} from '../../src/run/next.js';
import type {RunState} from '../../src/run/state.js';
import {type QuestionView, questionView} from '../../src/view/question.js';
import {manual, runbook, step} from '../graph/make.js';
import {begun, contacted, ended, graph, intended, ran, reachedAll, started, stateAfter, story} from './story.js';

function asked(state: RunState, of = graph): QuestionView {
	const [question] = questions(of, state);
	if (question === undefined) {
		throw new Error('nothing is asked');
	}

	return questionView(of, state, question, 'UTC');
}

/** What may be answered: the key, the words, and in parentheses why not. */
const offered = ({choices}: QuestionView): string[] =>
	choices.map(({key, does, unless}) => `${key} ${does}${unless === '' ? '' : ` (${unless})`}`);

/** The story up to the first event of this type about this step, that one left out. */
function storyUntil(type: RunEvent['type'], step: string): readonly RunEvent[] {
	return story.slice(
		0,
		story.findIndex(event => event.type === type && 'step' in event && event.step === step),
	);
}

const notThere: readonly RunEvent[] = ['esxi1', 'esxi2'].flatMap(host => [
	...ran({step: 'time', host, part: 'check'}, null, {because: 'not there: exit 1'}),
]);
const atTime: readonly RunEvent[] = [
	started(),
	...reachedAll,
	begun,
	...['esxi1', 'esxi2'].map(
		(host): RunEvent => ({type: 'StepSkipped', step: 'ssh-service', host, reason: 'x', by: 'ada'}),
	),
	...notThere,
];

test('preflight: all reached', () => {
	const view = asked(stateAfter(started(), ...reachedAll));
	expect(view).toMatchObject({
		tone: 'good',
		headline: 'Every host was reached',
		lines: ['Nothing on the hosts has been changed.'],
	});
	expect(offered(view)).toEqual(['enter begin']);
});

test('preflight of a run that goes on: what was done before was done', () => {
	const back: RunEvent = {type: 'RunResumed', by: 'bob', device: 'desk', version: '0'};
	const view = asked(stateAfter(...atTime, back, ...reachedAll));
	expect(view.lines).toEqual(['Nothing goes on before you say so.']);
});

test('preflight: a host refused us, so it cannot begin', () => {
	const refused: RunEvent = {type: 'HostRefused', host: 'ec1', refusal: 'auth', reason: 'wrong\u0007 key', next: ''};
	const view = asked(stateAfter(started(), ...reachedAll.slice(0, 2), refused));
	expect(view).toMatchObject({tone: 'doubt', headline: 'One host is not ready: ec1'});
	expect(offered(view)).toEqual(['enter begin (ec1 refused us: wrong␇ key)', 't try ec1 again']);
});

test('preflight: hosts do not answer, and are asked again', () => {
	const away = (host: string): RunEvent => ({
		type: 'HostRefused',
		host,
		refusal: 'unreachable',
		reason: 'It did not answer in time.',
		next: '',
	});
	const view = asked(stateAfter(started(), ...reachedAll.slice(0, 1), away('esxi2'), away('ec1')));
	expect(view.headline).toBe('2 hosts are not ready: esxi2, ec1');
	expect(offered(view)).toEqual([
		'enter begin, and ask esxi2, ec1 again when due',
		't try esxi2 again',
		't try ec1 again',
	]);
});

test('first contact', () => {
	const met: RunEvent = {type: 'HostKeyMet', host: 'ec1', keyType: 'ssh-ed25519', fingerprint: 'SHA256:9aP'};
	const view = asked(stateAfter(started(), ...reachedAll.slice(0, 2), met));
	expect(view.headline).toBe('ec1 shows a key that this laptop has never seen');
	expect(view.lines[0]).toBe('ssh-ed25519 SHA256:9aP');
	expect(view.choices[0]).toMatchObject({key: 'y', request: {kind: 'trust', host: 'ec1', fingerprint: 'SHA256:9aP'}});
});

test('go: exactly what runs where', () => {
	const view = asked(stateAfter(...atTime));
	expect(view).toMatchObject({tone: 'plain', headline: 'Set the clock. on esxi1, esxi2', lines: []});
	expect(offered(view)).toEqual(['enter run on both', 's skip…']);
	expect(view.choices[1]).toMatchObject({asks: 'reason', request: {kind: 'skip', step: 'time', reason: ''}});
});

test('a gate is a plain yes, and Enter is not its key', () => {
	const view = asked(stateAfter(...storyUntil('GatePassed', 'vswitches')));
	expect(view).toMatchObject({
		tone: 'doubt',
		headline: 'The network of the hosts changes.',
		lines: [
			'Add the virtual switches. on esxi1, esxi2',
			'esxi1 is 172.31.255.2 and calls itself esxi1.example (VMware ESXi 7.0.3 build-20036589, up 2 days)',
			'esxi2 is 172.31.255.3 and calls itself esxi2.example (VMware ESXi 7.0.3 build-20036589, up 2 days)',
		],
		typed: [],
	});
	expect(offered(view)).toEqual(['y yes, go on', 's skip…']);
});

test('a danger gate wants the name that the host gives itself', () => {
	const view = asked(stateAfter(...storyUntil('GatePassed', 'power-off-esxi1')));
	expect(view).toMatchObject({
		tone: 'bad',
		headline: 'Power is cut under a running VM.',
		typed: [{prompt: 'Type the name that esxi1 calls itself', name: 'esxi1.example'}],
	});
	expect(view.lines[0]).toBe('Unsaved work in it is lost.');
	expect(view.choices[0]).toMatchObject({
		asks: 'names',
		unless: '',
		request: {kind: 'pass-gate', typed: ['esxi1.example']},
	});
});

test('by hand, in a rehearsal: Enter lets the lab do it', () => {
	const view = asked(stateAfter(...storyUntil('HandAsked', 'power-off-esxi1')));
	expect(view).toMatchObject({
		headline: 'Pull both power cords of ESXi#1. on esxi1',
		lines: [
			'esxi1 is watched: this is done as soon as it is seen to go.',
			'To look around on its hosts meanwhile: fieldbook lab hosts',
		],
	});
	expect(offered(view)).toEqual(['enter let the lab do it', 'd done', 'x not as described…', 'c cannot…', 's skip…']);
});

test('by hand, for real: Enter is done, and the evidence that is wanted is named', () => {
	const [, ...rest] = storyUntil('NoteTaken', 'application');
	const view = asked(
		stateAfter(started('real'), ...rest.filter(({type}) => type !== 'HandAsked' && type !== 'HandDone')),
	);
	expect(view.lines).toEqual(['Wanted as evidence: note.']);
	expect(offered(view)[0]).toBe('enter done');
	expect(view.choices[0]).toMatchObject({asks: 'note', request: {kind: 'answer', step: 'application', host: ''}});
});

test('a failure: run again on all or one, skip, mark done', () => {
	const failed = {because: 'exit 2, accepted: 0'};
	const view = asked(
		stateAfter(
			...atTime,
			{type: 'StepConfirmed', step: 'time', by: 'ada'},
			...ran({step: 'time', host: 'esxi1'}, 'failed', failed),
			...ran({step: 'time', host: 'esxi2'}, 'failed', failed),
		),
	);
	expect(view).toMatchObject({
		tone: 'bad',
		headline: 'Set the clock. failed on esxi1, esxi2',
		lines: [
			'esxi1: exit 2, accepted: 0 after 1 s, attempt 1, 14:30:13',
			'esxi2: exit 2, accepted: 0 after 1 s, attempt 1, 14:30:15',
		],
	});
	expect(offered(view)).toEqual([
		'r run again on esxi1, esxi2',
		'r run again on esxi1 alone',
		'r run again on esxi2 alone',
		's skip…',
		'd mark done…',
	]);
});

test('a reason that is a sentence ends once', () => {
	const failed = {because: 'The line "ok" did not appear.'};
	const events = [...atTime, {type: 'StepConfirmed', step: 'time', by: 'ada'} as const];
	const failing = asked(stateAfter(...events, ...ran({step: 'time', host: 'esxi1'}, 'failed', failed)));
	expect(failing.lines).toEqual(['esxi1: The line "ok" did not appear after 1 s, attempt 1, 14:30:13']);
	const lost = {outcome: {kind: 'lost', evidence: 'The link went away.'}, because: 'The link went away.'} as const;
	const about = {step: 'time', host: 'esxi1'};
	const unknown = asked(stateAfter(...events, intended(about), ended(about, 'unknown', lost)));
	expect(unknown.lines[0]).toMatch(/\. The link went away\.$/);
});

test('an unknown outcome is never run again before its check has looked', () => {
	const lost = {outcome: {kind: 'lost', evidence: 'the link was lost'}, because: 'the link was lost'} as const;
	const view = asked(stateAfter(...storyUntil('CheckAsked', 'vswitches')));
	expect(view).toMatchObject({
		tone: 'doubt',
		headline: 'Add the virtual switches. on esxi2: nobody saw how it ended',
		lines: ['esxi2: sent 14:30:28, then the link was lost.', 'It may have run, in part or whole.'],
	});
	expect(offered(view).slice(0, 3)).toEqual([
		'c run its check now (changes nothing)',
		'd mark done…',
		'f mark failed…',
	]);
	expect(view.choices[3]).toMatchObject({key: 'r'});
	expect(view.choices[3]?.unless).not.toBe('');
	const looked = asked(
		stateAfter(
			...atTime,
			{type: 'StepConfirmed', step: 'time', by: 'ada'},
			...ran({step: 'time', host: 'esxi2'}, 'done'),
			intended({step: 'time', host: 'esxi1'}),
			ended({step: 'time', host: 'esxi1'}, 'unknown', lost),
			{type: 'CheckAsked', step: 'time', host: 'esxi1', by: 'ada'},
			intended({step: 'time', host: 'esxi1', attempt: 2, part: 'check'}),
			ended({step: 'time', host: 'esxi1', attempt: 2, part: 'check'}, 'unknown', {
				because: 'not there: exit 1',
				outcome: {kind: 'exited', code: 1},
			}),
		),
	);
	expect(looked.lines).toContain('Its check has looked since: it is not there.');
	expect(offered(looked)).toContain('r run again');
});

test('a paused run offers to go on', () => {
	const view = asked(stateAfter(started(), ...reachedAll, begun, {type: 'RunPaused', by: 'ada', reason: 'lunch'}));
	expect(view.headline).toBe('The run is paused: lunch');
	expect(offered(view)).toEqual(['enter go on']);
});

test('a step of a plain document asks where it runs', () => {
	const plain = buildGraph(runbook([step('a', {on: {kind: 'asked'}})])).graph;
	const view = asked(stateAfter(started(), ...reachedAll, begun), plain);
	expect(view.headline).toBe('Where does this run? Title of a');
	expect(offered(view)).toEqual(['enter choose a host…', 'n none: I do this by hand', 's skip…']);
});

test('what is read off a screen is asked for with done', () => {
	const made = step('a', {
		action: manual('Read'),
		captures: {name: 'vmhba', type: 'name', optional: false},
		on: undefined,
	});
	const one = buildGraph(runbook([made])).graph;
	const view = asked(stateAfter(started('real'), contacted('esxi1'), contacted('esxi2'), contacted('ec1'), begun), one);
	expect(view.lines).toEqual(['What you read is kept as vmhba (name).']);
	expect(view.choices[0]).toMatchObject({key: 'enter', asks: 'value', unless: ''});
});
