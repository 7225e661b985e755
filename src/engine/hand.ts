import {NO_HOST, type StepNode} from '../graph/graph.js';
import {followedBy} from '../run/decide-step.js';
import type {RunEvent} from '../run/event.js';
import type {Effect} from '../run/next.js';
import {nodeOf} from '../run/nodes.js';
import {stepKey} from '../run/progress.js';
import {BY_ITSELF} from '../run/stage.js';
import type {HostName, ParamName, Step} from '../runbook/runbook.js';
import {parseValue} from '../runbook/value.js';
import {UserError} from '../text/user-error.js';
import type {Desk} from './desk.js';

/** What came of asking the lab's hand. */
type HandResult =
	| {readonly kind: 'did'; readonly did: string; readonly captured: Readonly<Record<ParamName, string>>}
	| {readonly kind: 'nothingToDo'}
	| {readonly kind: 'cannot'; readonly because: string};

/** Lets the lab do what the step asks of a person; once, also for a step on several hosts. */
export async function performHand(desk: Desk, {step: id, hosts}: Extract<Effect, {kind: 'hand'}>): Promise<void> {
	const node = nodeOf(desk.plan.graph, id);
	if (node === undefined) {
		throw new Error(`The graph has no step ${id}`);
	}

	const result = await tryHand(desk, node.step, hosts[0] ?? NO_HOST);
	await desk.ledger.propose(({progress}) =>
		hosts.filter(host => progress.get(stepKey(id, host))?.asked === 'hand').map(host => handEvent(node, host, result)),
	);
}

async function tryHand({world}: Desk, step: Step, host: HostName): Promise<HandResult> {
	try {
		const done = await world.hands?.perform(step.id, host);
		return handResult(step, done);
	} catch (error) {
		if (error instanceof UserError) {
			return {kind: 'cannot', because: error.message};
		}

		throw error;
	}
}

function handResult(
	{id, captures}: Step,
	done: {readonly did: string; readonly answer: string | undefined} | undefined,
): HandResult {
	const answer = done?.answer ?? '';
	if (captures === undefined || (captures.optional && answer === '')) {
		return done === undefined ? {kind: 'nothingToDo'} : {kind: 'did', did: done.did, captured: {}};
	}

	const value = parseValue(captures.type, answer);
	return value.ok && done !== undefined
		? {kind: 'did', did: done.did, captured: {[captures.name]: value.value}}
		: {kind: 'cannot', because: `lab.yaml has no answer for ${id} that could be its ${captures.name}`};
}

function handEvent(node: StepNode, host: HostName, result: HandResult): RunEvent {
	const {id, action} = node.step;
	const answered = {type: 'ManualAnswered', step: id, host, captured: {}, by: BY_ITSELF} as const;
	switch (result.kind) {
		case 'did': {
			const watched = action.kind === 'manual' && action.expects !== undefined;
			const {did, captured} = result;
			return {type: 'HandDone', step: id, host, did, watched, captured, ...(watched ? {} : followedBy(node))};
		}

		case 'nothingToDo':
			return {...answered, choice: 'done', note: 'no hand in lab.yaml', ...followedBy(node)};
		case 'cannot':
			return {...answered, choice: 'cannot', note: result.because};
	}
}
