import {describe, expect, test} from 'vitest';
import {readDocument} from '../../src/document/read.js';
import {buildGraph} from '../../src/graph/build.js';
import type {StepGraph} from '../../src/graph/graph.js';
import type {RunEvent} from '../../src/run/event.js';
import {judge} from '../../src/run/judge.js';
import {nextEffects, questions} from '../../src/run/next.js';
import type {RunState} from '../../src/run/state.js';
import {compileRunbook} from '../../src/runbook/compile.js';
import {andThen, begunWith, ended, exited, intended} from '../run/given.js';

const book = `---
fieldbook: 1
title: Ways
hosts:
  web-1: { group: web, platform: linux }
  web-2: { group: web, platform: linux }
---

## License
<!-- ways on=web -->

Done if:

\`\`\`sh check
test -e /etc/license
\`\`\`
Afterwards:
\`\`\`sh verify every=2s for=10s
grep -q valid /etc/license
\`\`\`

<details><summary>Undo</summary>

\`\`\`sh undo
rm /etc/license
\`\`\`

</details>

### By command

Assign it.

\`\`\`sh id=assign
assign-license
\`\`\`

Look early, out of order.

\`\`\`sh id=early after=assign readonly
true
\`\`\`

### By hand

- [ ] Assign it in the browser. <!-- id=browser -->

## Then

It goes on.

\`\`\`sh id=end on=web-1
true
\`\`\`
`;

function graphOf(text: string): StepGraph {
	const {runbook, problems} = compileRunbook(readDocument('ways.md', text).document);
	const built = buildGraph(runbook);
	expect([...problems, ...built.problems].filter(({severity}) => severity === 'error')).toEqual([]);
	return built.graph;
}

const graph = graphOf(book);
const begun = begunWith();

function settled(state: RunState): RunState {
	const facts = nextEffects(graph, state).flatMap(effect => (effect.kind === 'record' ? [effect.event] : []));
	return facts.length === 0 ? state : settled(andThen(state, ...facts));
}

function checked(host: string, code: 0 | 1): readonly RunEvent[] {
	const part = {step: 'license.check', host, part: 'check'} as const;
	const node = graph.nodes.find(({step}) => step.id === 'license.check');
	const tried = {outcome: exited(code), output: {out: '', err: ''}, overflowed: false, cancelled: false, tries: 1};
	const {settles, because} =
		node === undefined ? {settles: null, because: ''} : judge(node.step, 'check', 'open', tried);
	return [intended(part), ended(part, settles, exited(code), {because})];
}

describe('what stands under a heading with ways', () => {
	test('is a step before the first of them and one behind the last', () => {
		expect(graph.nodes.map(({step, hosts, after}) => [step.id, step.action.kind, hosts.join(), after.join()])).toEqual([
			['license.check', 'script', 'web-1,web-2', ''],
			['assign', 'script', 'web-1,web-2', 'license.check'],
			['early', 'script', 'web-1,web-2', 'assign,license.check'],
			['browser', 'manual', 'web-1,web-2', 'early'],
			['license.verify', 'wait', 'web-1,web-2', 'assign,early,browser'],
			['end', 'script', 'web-1', 'license.verify'],
		]);
		expect(graph.nodes.find(({step}) => step.id === 'license.verify')?.step.undo?.script.template.source).toContain(
			'rm',
		);
	});

	test('looks before anybody chooses; where it is there everywhere, all is satisfied and nothing is chosen', () => {
		expect(nextEffects(graph, begun)).toMatchObject([
			{step: 'license.check', host: 'web-1', part: 'check'},
			{step: 'license.check', host: 'web-2', part: 'check'},
		]);
		expect(questions(graph, begun)).toEqual([]);
		const there = settled(andThen(begun, ...checked('web-1', 0), ...checked('web-2', 0)));
		expect(questions(graph, there)).toEqual([]);
		for (const key of ['assign@web-1', 'early@web-2', 'browser@web-1', 'license.verify@web-2']) {
			expect(there.progress.get(key)).toMatchObject({
				state: 'satisfied',
				because: 'the check of license found it there',
			});
		}

		expect(nextEffects(graph, there)).toMatchObject([{step: 'end', part: 'run'}]);
	});

	test('where it is not there everywhere, a way is chosen, and taken on the other hosts alone', () => {
		const half = settled(andThen(begun, ...checked('web-1', 0), ...checked('web-2', 1)));
		expect(questions(graph, half)).toMatchObject([
			{kind: 'choose-way', ways: ['license.by-command', 'license.by-hand']},
		]);
		const chosen = settled(andThen(half, {type: 'WayChosen', phase: 'license', way: 'license.by-command', by: 'ana'}));
		expect(chosen.progress.get('assign@web-1')?.state).toBe('satisfied');
		expect(nextEffects(graph, chosen)).toMatchObject([{step: 'assign', host: 'web-2', part: 'run'}]);
	});
});
