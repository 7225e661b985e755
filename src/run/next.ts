import type {StepGraph, StepNode} from '../graph/graph.js';
import type {HostName, StepId} from '../runbook/runbook.js';
import type {Part, RunEvent} from './event.js';
import {dueLook, isFollowed} from './look-up.js';
import {hostsInUse, isNodeSettled, isNodeTouched, isReady, nodeOf, progressOf} from './nodes.js';
import {attemptFor, stepAndHost, stepKey} from './progress.js';
import type {RoleTarget} from './roles.js';
import {isBeside, type Stage, stagesOf} from './stage.js';
import type {Question, RunState, StepStatus} from './state.js';
import {isUndoing, undosDue} from './undo.js';

/** Something that should be under way, as far as the facts go. */
export type Effect =
	/** Log in and ask the host what it is. `trusted`: a fingerprint that a person has confirmed. */
	| {
			readonly kind: 'contact';
			readonly host: HostName;
			readonly trusted: string | undefined;
			/** The attempt at a step that it is for, if it is for one: two of them in a row are two contacts. */
			readonly before?: string;
	  }
	| {
			readonly kind: 'part';
			readonly step: StepId;
			readonly host: HostName;
			readonly attempt: number;
			readonly part: Part;
	  }
	/** See whether the host goes or comes. */
	| {
			readonly kind: 'watch';
			readonly step: StepId;
			readonly host: HostName;
			readonly attempt: number;
			readonly expects: 'down' | 'up';
	  }
	/** Try again and again, until this is not called for any more. */
	| {readonly kind: 'probe'; readonly step: StepId; readonly host: HostName; readonly attempt: number}
	/** Ask the host, after a pause, what came of what was sent to it. `number`: of all such look-ups of this step there. */
	| {
			readonly kind: 'look';
			readonly step: StepId;
			readonly host: HostName;
			readonly attempt: number;
			readonly part: Part;
			readonly number: number;
			readonly afterMs: number;
	  }
	/** What that look-up has found is followed to its end. */
	| {
			readonly kind: 'follow';
			readonly step: StepId;
			readonly host: HostName;
			readonly attempt: number;
			readonly part: Part;
			readonly number: number;
	  }
	/** Ask the hosts of a group where its role is: there the step runs. */
	| {readonly kind: 'role'; readonly step: StepId; readonly role: RoleTarget}
	/** A step done by hand has a time limit. */
	| {
			readonly kind: 'limit';
			readonly step: StepId;
			readonly host: HostName;
			readonly attempt: number;
			readonly afterMs: number;
	  }
	/** The lab's hand does once what the step asks of a person on these hosts. */
	| {readonly kind: 'hand'; readonly step: StepId; readonly hosts: readonly HostName[]}
	/** End what runs there. */
	| {
			readonly kind: 'cancel';
			readonly step: StepId;
			readonly host: HostName;
			readonly attempt: number;
			readonly part: Part;
	  }
	/** A fact that follows from the others and only has to be written down. */
	| {readonly kind: 'record'; readonly event: RunEvent};

/** Two effects with the same key are one: it is performed once. */
export function effectKey(effect: Effect): string {
	switch (effect.kind) {
		case 'contact':
			return `contact ${effect.host} ${effect.trusted ?? ''}${effect.before ?? ''}`;
		case 'part':
		case 'cancel':
			return `${effect.kind} ${stepKey(effect.step, effect.host)}#${effect.attempt}.${effect.part}`;
		case 'look':
			return `look ${stepKey(effect.step, effect.host)}#${effect.attempt}.${effect.part} ${effect.number} after ${effect.afterMs}`;
		case 'follow':
			return `follow ${stepKey(effect.step, effect.host)}#${effect.attempt}.${effect.part} ${effect.number}`;
		case 'watch':
			return `watch ${stepKey(effect.step, effect.host)}#${effect.attempt} ${effect.expects}`;
		case 'probe':
			return `probe ${stepKey(effect.step, effect.host)}#${effect.attempt}`;
		case 'role':
			return `role ${effect.step}`;
		case 'limit':
			return `limit ${stepKey(effect.step, effect.host)}#${effect.attempt}`;
		case 'hand':
			return `hand ${effect.hosts.map(host => stepKey(effect.step, host)).join(' ')}`;
		case 'record':
			return `record ${JSON.stringify(effect.event)}`;
	}
}

/** What the facts so far call for, in document order. What is under way already is not named again, but for what only looks, follows, or is done by a hand. */
export function nextEffects(graph: StepGraph, state: RunState): readonly Effect[] {
	switch (state.status) {
		case 'new':
		case 'finished':
			return [];
		case 'preflight':
		case 'paused':
			return [...contacts(graph, state), ...cancels(state), ...follows(state)];
		case 'running':
			return [
				...contacts(graph, state),
				...cancels(state),
				...follows(state),
				...(isUndoing(state) ? undos(graph, state) : steps(graph, state)),
			];
	}
}

/** Whether the facts still call for this part: they may have changed while it was prepared. */
export function isCalledFor(
	graph: StepGraph,
	state: RunState,
	effect: Extract<Effect, {kind: 'part' | 'probe'}>,
): boolean {
	if (state.status !== 'running') {
		return false;
	}

	if (isUndoing(state)) {
		return undosDue(graph, state).some(undo => effectKey({kind: 'part', ...undo}) === effectKey(effect));
	}

	const node = nodeOf(graph, effect.step);
	const stage = node && stagesOf(graph, state, node).get(effect.host);
	if (stage?.kind !== 'part' && stage?.kind !== 'probe') {
		return false;
	}

	const isSame = stage.kind === 'part' ? effect.kind === 'part' && stage.part === effect.part : effect.kind === 'probe';
	return isSame && stage.attempt === effect.attempt;
}

/** Whether the facts still call for this look-up, now that the host has answered. */
export function isLookCalledFor(
	{status, progress}: RunState,
	{step, host, number}: Extract<Effect, {kind: 'look'}>,
): boolean {
	const own = progress.get(stepKey(step, host));
	return status === 'running' && own !== undefined && dueLook(own)?.number === number;
}

/** What a person sees of one step on one host. */
export function statusOf(graph: StepGraph, state: RunState, step: StepId, host: HostName): StepStatus {
	const node = nodeOf(graph, step);
	const stage = node === undefined ? undefined : stagesOf(graph, state, node).get(host);
	return node === undefined || stage === undefined ? 'waiting' : statusAt(stage, state, node, host);
}

/** The same for all its hosts, in their order: a step on a thousand of them is looked at once. */
export function statusesOf(graph: StepGraph, state: RunState, node: StepNode): ReadonlyMap<HostName, StepStatus> {
	const stages = stagesOf(graph, state, node);
	return new Map([...stages].map(([host, stage]) => [host, statusAt(stage, state, node, host)]));
}

function statusAt(stage: Stage, state: RunState, node: StepNode, host: HostName): StepStatus {
	const own = progressOf(state, node, host).state;
	switch (stage.kind) {
		case 'underWay':
			return 'running';
		case 'role':
			return state.status === 'running' ? 'running' : 'ready';
		case 'waits':
			return 'waiting';
		case 'byHand':
			return stage.hand !== 'none' ? 'running' : state.status === 'running' ? 'asking' : 'ready';
		case 'settled':
		case 'queues':
		case 'looks':
		case 'record':
		case 'part':
		case 'probe':
		case 'asks':
			return own !== 'open' && !asksEvidence(stage)
				? own
				: stage.kind === 'asks' && state.status === 'running'
					? 'asking'
					: 'ready';
	}
}

/** It is done, but does not count as done. */
function asksEvidence(stage: Stage): boolean {
	return stage.kind === 'asks' && stage.question.kind === 'evidence';
}

/** What the run waits for a person to do. While it has not begun, that is about its hosts; then it is in document order. */
export function questions(graph: StepGraph, state: RunState): readonly Question[] {
	switch (state.status) {
		case 'new':
		case 'finished':
			return [];
		case 'preflight':
			return aboutHosts(graph, state);
		case 'paused':
			return [{kind: 'resume', reason: state.pausedBecause}];
		case 'running': {
			if (isUndoing(state)) {
				return [];
			}

			const asked = new Map<string, Question>();
			for (const node of openNodes(graph, state)) {
				for (const stage of stagesOf(graph, state, node).values()) {
					if (stage.kind === 'asks' || (stage.kind === 'byHand' && stage.hand === 'none')) {
						asked.set(JSON.stringify(stage.question), stage.question);
					}
				}
			}

			return [...asked.values()];
		}
	}
}

function aboutHosts(graph: StepGraph, state: RunState): readonly Question[] {
	const trust: Question[] = [];
	const problems: HostName[] = [];
	for (const name of hostsInUse(graph, state)) {
		const host = state.hosts.get(name);
		switch (host?.kind) {
			case undefined:
			case 'reached':
				break;
			case 'unknown':
			case 'trusted':
				return trust;
			case 'firstContact':
				trust.push({kind: 'trust', host: name, keyType: host.keyType, fingerprint: host.fingerprint});
				problems.push(name);
				break;
			case 'refused':
				problems.push(name);
				break;
		}
	}

	return [...trust, {kind: 'begin', problems}];
}

function* contacts(graph: StepGraph, state: RunState): Generator<Effect> {
	for (const host of hostsInUse(graph, state)) {
		const known = state.hosts.get(host);
		if (known?.kind === 'unknown' || known?.kind === 'trusted') {
			const before = known.kind === 'unknown' ? known.before?.at(-1) : undefined;
			const trusted = known.kind === 'trusted' ? known.fingerprint : undefined;
			yield {kind: 'contact', host, trusted, ...(before === undefined ? {} : {before})};
		}
	}
}

function* cancels({progress}: RunState): Generator<Effect> {
	for (const [key, {asked, underWay, attempt, part}] of progress) {
		if (asked === 'cancel' && underWay && part !== undefined) {
			yield {kind: 'cancel', ...stepAndHost(key), attempt, part};
		}
	}
}

function* follows({progress}: RunState): Generator<Effect> {
	for (const [key, own] of progress) {
		if (isFollowed(own) && own.part !== undefined) {
			yield {kind: 'follow', ...stepAndHost(key), attempt: own.attempt, part: own.part, number: own.looks};
		}
	}
}

function* undos(graph: StepGraph, state: RunState): Generator<Effect> {
	for (const undoing of undosDue(graph, state)) {
		yield {kind: 'part', ...undoing};
	}
}

function* steps(graph: StepGraph, state: RunState): Generator<Effect> {
	const waysChosen = new Set<string>();
	for (const node of openNodes(graph, state)) {
		for (const effect of stepEffects(graph, state, node)) {
			// Every host of the step says so
			const way = effect.kind === 'record' && effect.event.type === 'WayChosen' ? effect.event.phase : undefined;
			if (way === undefined || !waysChosen.has(way)) {
				yield effect;
			}

			if (way !== undefined) {
				waysChosen.add(way);
			}
		}
	}

	if (graph.nodes.every(node => isNodeSettled(graph, state, node))) {
		yield {kind: 'record', event: {type: 'RunFinished'}};
	}
}

/** The steps at which something may be called for. Those that are settled or only wait are most of a long run. */
function openNodes(graph: StepGraph, state: RunState): readonly StepNode[] {
	return graph.nodes.filter(
		node => !isNodeSettled(graph, state, node) && (isReady(graph, state, node) || isNodeTouched(node, state)),
	);
}

function* stepEffects(graph: StepGraph, state: RunState, node: StepNode): Generator<Effect> {
	const {id, action} = node.step;
	const hands: HostName[] = [];
	for (const [host, stage] of stagesOf(graph, state, node)) {
		switch (stage.kind) {
			case 'underWay':
				if (action.kind === 'probe' && isBeside(graph, state, node)) {
					yield {kind: 'probe', step: id, host, attempt: progressOf(state, node, host).attempt};
				}

				break;
			case 'probe':
				yield {kind: 'probe', step: id, host, attempt: stage.attempt};
				break;
			case 'looks':
			case 'asks': {
				const progress = progressOf(state, node, host);
				const look = dueLook(progress);
				if (look !== undefined && progress.sent !== undefined) {
					const {attempt, part} = progress.sent;
					yield {kind: 'look', step: id, host, attempt, part, ...look};
				}

				break;
			}

			case 'settled':
			case 'waits':
			case 'queues':
				break;
			case 'record':
				yield stage;
				break;
			case 'role':
				yield {kind: 'role', step: id, role: stage.role};
				break;
			case 'part':
				yield {kind: 'part', step: id, host, attempt: stage.attempt, part: stage.part};
				break;
			case 'byHand': {
				const attempt = attemptFor(progressOf(state, node, host), 'run');
				if (stage.hand === 'asked') {
					hands.push(host);
				}

				if (node.step.timeoutMs !== undefined && action.kind === 'manual') {
					yield {kind: 'limit', step: id, host, attempt, afterMs: node.step.timeoutMs};
				}

				if (action.kind === 'manual' && action.expects !== undefined && canBeWatched(state, host)) {
					yield {kind: 'watch', step: id, host, attempt, expects: action.expects};
				}

				break;
			}
		}
	}

	const isOnce = action.kind === 'manual' && action.once;
	for (const hosts of isOnce && hands.length > 0 ? [hands] : hands.map(host => [host])) {
		yield {kind: 'hand', step: id, hosts};
	}
}

/** Not while it turns us away: trying again and again could lock the account. */
function canBeWatched({hosts}: RunState, host: HostName): boolean {
	const known = hosts.get(host);
	switch (known?.kind) {
		case undefined:
		case 'firstContact':
			return false;
		case 'refused':
			return known.refusal === 'unreachable';
		case 'unknown':
		case 'reached':
		case 'trusted':
			return true;
	}
}
