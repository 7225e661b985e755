import {describe, expect, test} from 'vitest';
import {buildGraph} from '../../src/graph/build.js';
import {decide} from '../../src/run/decide.js';
import {adoptionOf, type Drift, driftOf, isOnlyWords} from '../../src/run/drift.js';
import type {RunEvent} from '../../src/run/event.js';
import {IllegalEvent} from '../../src/run/evolve.js';
import {graphHash} from '../../src/run/graph-hash.js';
import {questions, statusOf} from '../../src/run/next.js';
import type {RunState} from '../../src/run/state.js';
import {expandRunbook} from '../../src/runbook/expand.js';
import {compile} from '../runbook/compile.js';
import {andThen, begun, did, ended, exited, given, intended, lost, resumed, started} from './given.js';

const front = `---
fieldbook: 1
hosts:
  web-1: { group: web, platform: linux }
  web-2: { group: web, platform: linux }
roles:
  active: { of: web, by: "who" }
---
# A book
`;

function textOf(body: string, linked: Readonly<Record<string, string>> = {}) {
	const {runbook, problems} = compile(body.startsWith('---') ? body : front + body);
	expect(problems.filter(({severity}) => severity === 'error')).toEqual([]);
	const expanded = expandRunbook(runbook, {});
	return {runbook: expanded, graph: buildGraph(expanded).graph, linked: new Map(Object.entries(linked))};
}

/** \`words\` is what stands in the info string behind the shell. */
function sh(title: string, script: string, words = 'on=web-1'): string {
	return `\n${title}\n\n\`\`\`sh ${words}\n${script}\n\`\`\`\n`;
}

function drift(before: string, now: string, ...events: readonly RunEvent[]): Drift {
	return driftOf(textOf(before), textOf(now), given(started(), begun, ...events, resumed));
}

/** \`KIND ID: ASPECTS, STANDING\`, with what else is true of it. */
function told({steps}: Drift): readonly string[] {
	return steps.map(({step, kind, aspects, moved, stands, newHosts, isBehindTheRun}) =>
		[
			`${kind} ${step}${aspects.length > 0 ? `: ${aspects.join(', ')}` : ''}, ${stands}`,
			...(moved ? ['moved'] : []),
			...(newHosts.length > 0 ? [`new on ${newHosts.join(', ')}`] : []),
			...(isBehindTheRun ? ['behind the run'] : []),
		].join('; '),
	);
}

const a = sh('Do a.', 'echo one', 'on=web-1 id=a');
const b = sh('Do b.', 'echo two', 'on=web-1 id=b');
const c = sh('Do c.', 'echo three', 'on=web-1 id=c');

describe('what differs, step by step', () => {
	test('nothing, where only the place in the file is another one', () => {
		expect(told(drift(a + b, `\n${a}\n\n${b}`))).toEqual([]);
	});

	test('a done step, a pending one and a new one', () => {
		const now = sh('Do a.', 'echo other', 'on=web-1 id=a') + sh('Do d.', 'echo four', 'on=web-1 id=d') + b;
		expect(
			told(
				drift(a + b + c, `${now}${sh('Do c.', 'echo six', 'on=web-1 id=c')}`, ...did({step: 'a'}), ...did({step: 'b'})),
			),
		).toEqual([
			'changed a: script, done; behind the run',
			'added d, pending; behind the run',
			'changed c: script, pending',
		]);
	});

	test('what was removed stands where it stood', () => {
		expect(told(drift(a + b + c, a + c, ...did({step: 'a'})))).toEqual(['removed b, pending']);
		expect(told(drift(a + b + c, b + sh('Do c.', 'echo 3', 'on=web-1 id=c'), ...did({step: 'a'})))).toEqual([
			'removed a, done',
			'changed c: script, pending',
		]);
	});

	test('only what changed places has moved', () => {
		expect(told(drift(a + b + c, c + a + b))).toEqual(['same c, pending; moved']);
	});

	test('other words around it change nothing that is executed', () => {
		const result = drift(a + b, sh('Do a better.', 'echo one', 'on=web-1 id=a') + b, ...did({step: 'a'}));
		expect(told(result)).toEqual(['reworded a: words, done']);
		expect(isOnlyWords(result)).toBe(true);
	});

	test.each([
		['hosts', sh('Do a.', 'echo one', 'on=web id=a')],
		['settings', sh('Do a.', 'echo one', 'on=web-1 id=a timeout=2m')],
		['condition', sh('Do a.', 'echo one', 'on=web-1 id=a when="host.name == \'web-1\'"')],
		['check', `${a}\nThere already if:\n\n\`\`\`sh check\ntrue\n\`\`\`\n`],
		['verify', `${a}\nIt worked if:\n\n\`\`\`sh verify\ntrue\n\`\`\`\n`],
		['gates', `\n> [!WARNING]\n> Careful.\n${a}`],
		['script', `${a}\nIt prints:\n\n\`\`\`text expect\none\n\`\`\`\n`],
	])('%s', (aspect, now) => {
		expect(drift(a, now).steps.map(({aspects}) => aspects)).toEqual([expect.arrayContaining([aspect])]);
	});

	test('the bytes of a linked file', () => {
		const body = '\nPut it there:\n\n[the file](conf) <!-- file=/tmp/conf on=web-1 id=put -->\n';
		const result = driftOf(textOf(body, {conf: '00'}), textOf(body, {conf: '11'}), given(started(), begun));
		expect(told(result)).toEqual(['changed put: file, pending']);
	});

	test('how a role is looked up', () => {
		const on = sh('Do it.', 'echo one', 'on=active id=a');
		expect(told(drift(on, front.replace('by: "who"', 'by: "whom"') + on))).toEqual(['changed a: hosts, pending']);
	});

	test('what a heading makes of its steps', () => {
		expect(told(drift(`## T\n${a}`, `## T <!-- test id=t -->\n${a}`))).toEqual(['changed a: settings, pending']);
	});

	test('a host on which a step that is done elsewhere was never run', () => {
		const both = sh('Do a.', 'echo one', 'on=web id=a');
		expect(told(drift(a + b, both + b, ...did({step: 'a'})))).toEqual(['changed a: hosts, done; new on web-2']);
	});
});

describe('who a step is', () => {
	const plain = (title: string, script: string) => sh(title, script);
	const three = plain('One.', 'echo one') + plain('Two.', 'echo two') + plain('Three.', 'echo three');
	const done = (step: string) => did({step});

	test('an inserted step without an id pushes the others along, and they are still themselves', () => {
		const now =
			plain('One.', 'echo one') + plain('New.', 'reboot') + plain('Two.', 'echo two') + plain('Three.', 'echo three');
		const result = drift(`## P\n${three}`, `## P\n${now}`, ...done('p.1'), ...done('p.2'));
		expect(told(result)).toEqual(['added p.2-2, pending; behind the run']);
		expect(result.calls.steps).toEqual({'p.2': 'p.2-2', 'p.3': 'p.2', 'p.4': 'p.3'});
		expect(result.graph.nodes.map(({step}) => step.id)).toEqual(['p.1', 'p.2-2', 'p.2', 'p.3']);
		expect(result.graph.nodes.map(({after}) => after)).toEqual([[], ['p.1'], ['p.2-2'], ['p.2']]);
	});

	test('a renamed heading makes nothing new', () => {
		const result = drift(`## Set-up\n${three}`, `## Setting up\n${three}`, ...done('set-up.1'));
		expect(result.steps).toEqual([]);
		expect(result.calls.phases).toEqual({'setting-up': 'set-up'});
	});

	test('a heading takes the name of another one, which was renamed', () => {
		const before = `## Network\n${three}\n## Disks\n${plain('Four.', 'echo four')}`;
		const now = `## Networks\n${three}\n## Network\n${plain('Five.', 'ping x')}\n## Disks\n${plain('Four.', 'echo four')}`;
		const result = drift(before, now, ...done('network.1'));
		expect(told(result)).toEqual(['added network.1-2, pending']);
		expect(result.graph.phases.map(({id, title}) => [id, title])).toEqual([
			['a-book', 'A book'],
			['network', 'Networks'],
			['network-2', 'Network'],
			['disks', 'Disks'],
		]);
	});

	test('its script was changed, and one was put before it: its title says who it is', () => {
		const now =
			plain('New.', 'reboot') + plain('One.', 'echo 1') + plain('Two.', 'echo two') + plain('Three.', 'echo three');
		expect(told(drift(`## P\n${three}`, `## P\n${now}`, ...done('p.1')))).toEqual([
			'added p.1-2, pending; behind the run',
			'changed p.1: script, done',
		]);
	});

	test('title and script were changed in place: most of the script says who it is', () => {
		const before = plain('Run this:', 'cp -a /etc/x /var/y') + plain('Run this:', 'echo two');
		const now = plain('Then this:', 'cp -a /etc/x /var/z') + plain('Run this:', 'echo two');
		expect(told(drift(`## P\n${before}`, `## P\n${now}`, ...done('p.1')))).toEqual([
			'changed p.1: script, words, done',
		]);
	});

	test('what does something else under another title is another step, and runs', () => {
		const before = plain('Run this:', 'cp -a /etc/x /var/y') + plain('Run this:', 'echo two');
		const now = plain('Run this:', 'systemctl restart all of it') + plain('Run this:', 'echo two');
		expect(told(drift(`## P\n${before}`, `## P\n${now}`, ...done('p.1')))).toEqual([
			'removed p.1, done',
			'added p.1-2, pending',
		]);
	});

	test('equal steps do not change places with each other', () => {
		const sync = plain('Sync.', 'sync');
		const before = sync + plain('One.', 'echo one') + sync + plain('Two.', 'echo two') + sync;
		const now = plain('One.', 'echo one') + sync + plain('Two.', 'echo two') + sync;
		expect(told(drift(`## P\n${before}`, `## P\n${now}`, ...done('p.1')))).toEqual(['removed p.1, done']);
	});

	test('a written id that is another one goes on under its old name, if it does the same', () => {
		const now = sh('Do a.', 'echo one', 'on=web-1 id=first');
		const result = drift(a, now, ...done('a'));
		expect(result.steps).toEqual([]);
		expect(result.calls.steps).toEqual({first: 'a'});
		expect(told(drift(a, sh('Do a.', 'echo 1', 'on=web-1 id=first'), ...done('a')))).toEqual([
			'removed a, done',
			'added first, pending',
		]);
	});

	test('what refers to a step refers to it by the name that it has in the run', () => {
		const before = `${a}${sh('Wait.', 'true', 'wait on=web-1 id=w measure=up from=a every=1s for=1m after=a')}`;
		const result = drift(before, before.replaceAll(/=a\b/g, '=first').replace('id=a ', 'id=first '), ...done('a'));
		expect(result.steps).toEqual([]);
		expect(result.graph.nodes.map(({step}) => [step.id, step.after, step.measure?.from])).toEqual([
			['a', undefined, undefined],
			['w', ['a'], 'a'],
		]);
	});

	test('a second edit is compared with what the document says, not with what the run calls it', () => {
		const first = drift(a, sh('Do a.', 'echo one', 'on=web-1 id=first'), ...done('a'));
		const second = driftOf(
			{graph: first.graph, linked: new Map()},
			textOf(sh('Do a.', 'echo 1', 'on=web-1 id=first')),
			given(started(), begun, ...done('a'), resumed),
		);
		expect(told(second)).toEqual(['changed a: script, done']);
		expect(second.calls.steps).toEqual({first: 'a'});
	});

	test('what stands under a heading with ways goes with its heading', () => {
		const ways = (title: string, check: string) =>
			`## ${title} <!-- ways -->\n\nThere already if:\n\n\`\`\`sh check on=web-1\n${check}\n\`\`\`\n\n### By hand\n${sh('One.', 'echo one')}\n### By script\n${sh('Two.', 'echo two')}`;
		const result = drift(ways('License', 'test -e x'), ways('The license', 'test -e y'));
		expect(told(result)).toEqual(['changed license.check: script, check, words, pending']);
	});
});

test('in a document without our front matter a step keeps the host that was chosen for it, unless it says something else now', () => {
	const plain = (second: string) => {
		const {runbook} = compile(
			`# A\n\n- Look around.\n\nFirst:\n\n\`\`\`sh\necho one\n\`\`\`\n\nSecond:\n\n\`\`\`sh\n${second}\n\`\`\`\n`,
		);
		return {runbook, graph: buildGraph(runbook).graph, linked: new Map()};
	};
	const [, first = '', second = ''] = plain('echo two').graph.nodes.map(({step}) => step.id);
	const chosen = (step: string) => ({type: 'HostChosen', step, host: 'web-1', by: 'ana'}) as const;
	const state = given(started(), begun, chosen(first), ...did({step: first}), chosen(second), resumed);
	const result = driftOf(plain('echo two'), plain('echo 2'), state);
	expect(told(result)).toEqual([`changed ${second}: script, pending`]);
	const about = {runbook: {file: 'a.md', sha256: '01'}, copy: '02', before: null, values: {}};
	const after = andThen(state, adoptionOf(result, plain('echo two').graph, {by: 'ben', ...about}));
	expect([...after.hostsChosen]).toEqual([[first, 'web-1']]);
});

describe('what stands in the way of adopting it', () => {
	const other = sh('Do a.', 'echo other', 'on=web-1 id=a');
	const unknown = [intended({step: 'a'}), ended({step: 'a'}, 'unknown', lost)];

	test.each([
		['its outcome is unknown', other, unknown, [{kind: 'unsettled', step: 'a', isRemoved: false}]],
		['it was under way', other, [intended({step: 'a'})], [{kind: 'unsettled', step: 'a', isRemoved: false}]],
		['it is gone', b, unknown, [{kind: 'unsettled', step: 'a', isRemoved: true}]],
		['only its words are others', sh('Do it.', 'echo one', 'on=web-1 id=a'), unknown, []],
		['it has failed', other, did({step: 'a'}, 'failed', exited(1)), []],
	] as const)('%s', (_, now, events, obstacles) => {
		expect(drift(a + b, now + (now === b ? '' : b), ...events).obstacles).toEqual(obstacles);
	});

	test('a step that is done would have to read a value', () => {
		const reads = sh('Do a.', 'echo one', 'on=web-1 id=a capture=x type=text');
		expect(drift(a, reads, ...did({step: 'a'})).obstacles).toEqual([{kind: 'not-read', step: 'a', value: 'x'}]);
		expect(drift(a, reads).obstacles).toEqual([]);
	});

	test('the run was started for a step that is gone', () => {
		const state = given(started({selection: {startAt: null, only: 'a'}}), begun, resumed);
		expect(driftOf(textOf(a + b), textOf(b), state).obstacles).toEqual([{kind: 'not-selected', step: 'a'}]);
	});
});

describe('once it was adopted', () => {
	function adopted(
		before: string,
		now: string,
		...events: readonly RunEvent[]
	): {readonly state: RunState; readonly result: Drift} {
		const state = given(started(), begun, ...events, resumed);
		const result = driftOf(textOf(before), textOf(now), state);
		const about = {runbook: {file: 'a.md', sha256: '01'}, copy: '02', before: null, values: {x: {'*': '1'}}};
		return {result, state: andThen(state, adoptionOf(result, textOf(before).graph, {by: 'ben', ...about}))};
	}

	test('what is done stays done, and is known to say something else now', () => {
		const {state, result} = adopted(a + b, sh('Do a.', 'echo other', 'on=web-1 id=a') + b, ...did({step: 'a'}));
		expect(statusOf(result.graph, state, 'a', 'web-1')).toBe('done');
		expect(state.changedSince).toEqual(new Set(['a']));
		expect(state.executes).toMatchObject({copy: '02', graphHash: graphHash(result.graph)});
		expect(state.values['x']).toEqual({'*': '1'});
	});

	test('the word to go that was given for the old text of a failed step is asked for again', () => {
		const events = [{type: 'StepConfirmed', step: 'a', by: 'ana'} as const, ...did({step: 'a'}, 'failed', exited(1))];
		expect(given(started(), begun, ...events, resumed).confirmed).toEqual(new Set(['a']));
		expect(adopted(a, sh('Do a.', 'echo 1', 'on=web-1 id=a'), ...events).state.confirmed).toEqual(new Set());
		expect(adopted(a + b, a + c, ...events).state.confirmed).toEqual(new Set(['a']));
	});

	test('who tries a changed step again has not seen what it says now, and is asked', () => {
		const {state, result} = adopted(
			a,
			sh('Do a.', 'echo 1', 'on=web-1 id=a'),
			...did({step: 'a'}, 'failed', exited(1)),
		);
		const going = andThen(state, begun, {type: 'PaceSet', pace: 'step', by: 'ben'});
		const retry = decide(result.graph, going, {kind: 'retry', step: 'a'}, 'ben');
		const events = retry.accepted ? retry.events : [];
		expect(events).toEqual([{type: 'RetryAsked', step: 'a', host: 'web-1', by: 'ben'}]);
		expect(questions(result.graph, andThen(going, ...events))).toEqual([{kind: 'go', step: 'a', hosts: ['web-1']}]);
	});

	test('what its check said of the old text is not believed of the new one', () => {
		const events = did({step: 'a', part: 'check'}, null, exited(1));
		const checked = `${a}\nThere already if:\n\n\`\`\`sh check\ntest -e x\n\`\`\`\n`;
		expect(given(started(), begun, ...events, resumed).progress.get('a@web-1')?.checkSaid).toBe('not-there');
		const {state} = adopted(checked, checked.replace('test -e x', 'test -e y'), ...events);
		expect(state.progress.get('a@web-1')?.checkSaid).toBeUndefined();
	});

	test('what happened to a step that is gone is kept beside', () => {
		const {state} = adopted(a + b, b, ...did({step: 'a'}));
		expect(state.progress.has('a@web-1')).toBe(false);
		expect(state.left.get('a@web-1')).toMatchObject({title: 'Do a', progress: {state: 'done', attempt: 1}});
	});

	test('a step whose end nobody knows keeps its text', () => {
		const events = [intended({step: 'a'}), ended({step: 'a'}, 'unknown', lost)];
		expect(() => adopted(a, sh('Do a.', 'echo 1', 'on=web-1 id=a'), ...events)).toThrow(IllegalEvent);
	});

	test('another edited runbook may be declined', () => {
		const state = given(started(), begun, resumed, {type: 'RunbookKept', by: 'ben', copy: '77'});
		expect(state.declined).toEqual(new Set(['77']));
		expect(state.executes?.copy).toBeNull();
	});
});
