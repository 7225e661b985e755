import type {StepGraph, StepNode} from '../graph/graph.js';
import type {HostName, Step} from '../runbook/runbook.js';
import {isWantedAlike, unmetCondition} from './condition.js';
import type {Part, RunEvent} from './event.js';
import {missingEvidence} from './evidence.js';
import {reasonLeftOut, reasonOutside, restoreOf} from './left-out.js';
import {canBeLookedUp, isAwaited} from './look-up.js';
import {givenUpPhase, hostsOf, isNodeSettled, isReady, isSettled, lacksEvidence, progressOf} from './nodes.js';
import {nodesIn} from './phases.js';
import {hasCheck, isByHand, isSerial, policyOf} from './policy.js';
import {attemptFor, contactKey} from './progress.js';
import {questionBefore} from './question.js';
import {isRole, isToBeFound, type RoleTarget} from './roles.js';
import type {Progress, Question, RunState} from './state.js';
import {foundThere, wayQuestion} from './ways.js';

/** Who an event is by that follows from the runbook and needs nobody. */
export const BY_ITSELF = 'fieldbook';

/** Why a run pauses by itself while nothing more can be written down. */
export const DISK_FULL = 'the disk is full';

/** How often a step whose outcome is unknown is run again, where its policy lets it, before a person is asked. */
const MAX_RERUNS = 3;

/** What one step on one host is at, and what it needs next if the run goes on. */
export type Stage =
	| {readonly kind: 'settled'}
	| {readonly kind: 'underWay'}
	/** Steps before it are not settled. */
	| {readonly kind: 'waits'}
	/** Ready, but another host of the step comes first. */
	| {readonly kind: 'queues'}
	/** Follows from what is known; the world has no part in it. */
	| {readonly kind: 'record'; readonly event: RunEvent}
	| {readonly kind: 'part'; readonly part: Part; readonly attempt: number}
	/** Its host is asked what came of it; nobody else is yet. */
	| {readonly kind: 'looks'}
	/** It begins beside the other steps of its phase. */
	| {readonly kind: 'probe'; readonly attempt: number}
	/** Its host is to be found first. */
	| {readonly kind: 'role'; readonly role: RoleTarget}
	/** Waits for a person. A question for several hosts stands at each of them. */
	| {readonly kind: 'asks'; readonly question: Question}
	/** A person does the step, or in a rehearsal the lab's hand: `asked` of it, or `done` and still to be seen. */
	| {readonly kind: 'byHand'; readonly question: Question; readonly hand: 'none' | 'asked' | 'done'};

/**
The stage of each host of a step, in the order of its hosts.

What has to be known of all hosts comes first, because it changes nothing: whether they answer, and their checks; a host that is there already is asked nothing. Then
the gates, then the word to go, then the runs: all hosts at once, or one after another.
*/
export function stagesOf(graph: StepGraph, state: RunState, node: StepNode): ReadonlyMap<HostName, Stage> {
	const ofGraph = stages.get(graph) ?? new WeakMap<RunState, StagesOfState>();
	const ofState: StagesOfState = ofGraph.get(state) ?? new Map();
	const made = ofState.get(node) ?? makeStages(graph, state, node);
	stages.set(graph, ofGraph.set(state, ofState.set(node, made)));
	return made;
}

type StagesOfState = Map<StepNode, ReadonlyMap<HostName, Stage>>;

/** A state never changes, and is asked about each host of a step in turn: on a thousand hosts that is a million stages. */
const stages = new WeakMap<StepGraph, WeakMap<RunState, StagesOfState>>();

function makeStages(graph: StepGraph, state: RunState, node: StepNode): ReadonlyMap<HostName, Stage> {
	const hosts = hostsOf(node, state).map(host => ({host, progress: progressOf(state, node, host)}));
	const isOver = (progress: Progress) =>
		isSettled(progress) && !progress.underWay && !lacksEvidence(node, state, progress);
	if (hosts.every(({progress}) => isOver(progress))) {
		return new Map(hosts.map(({host}) => [host, {kind: 'settled'}]));
	}

	const ready = isReady(graph, state, node);
	const isGivenUp = givenUpPhase(graph, state, node) !== undefined;
	const alone = hosts.map(({host, progress}) => ({
		host,
		isOpen: progress.state === 'open',
		stage:
			progress.state === 'open' && !progress.underWay
				? ready
					? openStage(graph, state, node, host, progress)
					: WAITS
				: begunStage(node, state, hosts, {host, progress}, isGivenUp),
	}));
	const isChecking = alone.some(({isOpen, stage}) => isOpen && isFindingOut(stage));
	const isHeldUp = isChecking || (isSerial(graph, node) && alone.some(({stage}) => isInTheWay(stage)));
	const candidates = alone.filter(({stage}) => stage === undefined).map(({host}) => host);
	const next = isHeldUp ? () => QUEUES : nextStage(graph, state, node, candidates);
	return new Map(alone.map(({host, stage}) => [host, stage ?? next(host)]));
}

/** What is to be known of a host before anybody is asked about the step. */
function isFindingOut(stage: Stage | undefined): boolean {
	switch (stage?.kind) {
		case 'part':
		case 'underWay':
		case 'waits':
			return true;
		case 'record':
			return stage.event.type === 'HostContactAsked';
		case 'asks':
			return stage.question.kind === 'trust';
		default:
			return false;
	}
}

const SETTLED: Stage = {kind: 'settled'};
const WAITS: Stage = {kind: 'waits'};
const LOOKS: Stage = {kind: 'looks'};
const QUEUES: Stage = {kind: 'queues'};

type HostProgress = {readonly host: HostName; readonly progress: Progress};

/** Of a host on which something has begun: nobody else has to be waited for. */
function begunStage(
	{step}: StepNode,
	{noted}: RunState,
	hosts: readonly HostProgress[],
	{host, progress}: HostProgress,
	isGivenUp: boolean,
): Stage {
	if (progress.underWay) {
		return {kind: 'underWay'};
	}

	const all = (state: Progress['state']) =>
		hosts.filter(({progress}) => progress.state === state && !progress.underWay).map(({host}) => host);

	switch (progress.state) {
		case 'open':
			return WAITS;
		case 'running':
			return partStage(progress, 'verify');
		case 'done': {
			const missing = missingEvidence(step, progress, noted.has(step.id));
			return missing.length > 0 && !isGivenUp
				? {kind: 'asks', question: {kind: 'evidence', step: step.id, host, missing}}
				: SETTLED;
		}

		case 'satisfied':
		case 'skipped':
			return SETTLED;
		case 'undone':
		case 'failed':
			return isGivenUp
				? SETTLED
				: {kind: 'asks', question: {kind: progress.state, step: step.id, hosts: all(progress.state)}};

		case 'unknown': {
			if (isGivenUp) {
				return SETTLED;
			}

			const part = partForUnknown(step, progress);
			if (part === undefined && isAwaited(step, progress)) {
				return LOOKS;
			}

			const unknown = hosts.filter(
				({progress: other}) =>
					other.state === 'unknown' &&
					!other.underWay &&
					partForUnknown(step, other) === undefined &&
					!isAwaited(step, other),
			);
			return part === undefined
				? {kind: 'asks', question: {kind: 'unknown', step: step.id, hosts: unknown.map(({host}) => host)}}
				: partStage(progress, part);
		}
	}
}

/** What settles an unknown outcome without a person: its check, or another run where the runbook allows one. */
function partForUnknown(step: Step, progress: Progress): Part | undefined {
	const {asked, part, sent, checkSaid, reruns, looked} = progress;
	const policy = policyOf(step);
	const wasChecked = part === 'check';
	if (hasCheck(step) && asked === 'check') {
		return 'check';
	}

	if (canBeLookedUp(progress) && (asked === 'look' || looked?.seen.kind !== 'gone')) {
		return undefined;
	}

	if (hasCheck(step) && policy !== 'ask' && !wasChecked) {
		return 'check';
	}

	// Of an undo nobody says that it may run again
	const mayRun =
		sent?.part !== 'undo' &&
		policy === 'rerun' &&
		reruns < MAX_RERUNS &&
		(!hasCheck(step) || checkSaid === 'not-there');
	return mayRun ? 'run' : undefined;
}

/** Of a ready step on a host on which nothing was begun in this attempt; undefined: it is the other hosts' turn to agree. */
function openStage(
	graph: StepGraph,
	state: RunState,
	node: StepNode,
	host: HostName,
	progress: Progress,
): Stage | undefined {
	const {step} = node;
	const reason = reasonOutside(graph, state, node) ?? reasonLeftOut(graph, state, node);
	if (reason !== undefined) {
		return skipped(node, host, reason);
	}

	switch (restoreOf(graph, state, node)) {
		case 'early':
			return WAITS;
		case 'needless':
			return skipped(node, host, 'its test has not begun: there is nothing to restore');
		case 'due':
	}

	if (progress.checkSaid !== undefined) {
		return undefined;
	}

	if (isRole(step.on) && isToBeFound(node, state) && !isWantedAlike(graph, state.values, node)) {
		return {kind: 'role', role: step.on};
	}

	const unmet = unmetCondition(graph, state.values, node, host);
	if (unmet !== undefined) {
		const about = {step: step.id, host, reason: unmet.reason, by: BY_ITSELF};
		return {
			kind: 'record',
			event: unmet.fails ? {type: 'StepMarked', as: 'failed', ...about} : {type: 'StepSkipped', ...about},
		};
	}

	const there = foundThere(graph, state, node, host);
	if (there !== undefined) {
		const reason = `the check of ${there} found it there`;
		return {kind: 'record', event: {type: 'StepMarked', step: step.id, host, as: 'satisfied', reason, by: BY_ITSELF}};
	}

	const way = wayQuestion(graph, state, node);
	if (way !== undefined) {
		const [only, ...others] = way.ways;
		return only === undefined || others.length > 0
			? {kind: 'asks', question: way}
			: {kind: 'record', event: {type: 'WayChosen', phase: way.phase, way: only, by: BY_ITSELF}};
	}

	if (step.action.kind === 'probe' && !isBeside(graph, state, node)) {
		return skipped(node, host, 'no other step of its phase is left to run beside');
	}

	if (isRole(step.on) && isToBeFound(node, state)) {
		return {kind: 'role', role: step.on};
	}

	if (step.on?.kind === 'asked' && !state.hostsChosen.has(step.id)) {
		return {kind: 'asks', question: {kind: 'choose-host', step: step.id}};
	}

	return meetingStage(state, node, host, progress) ?? (hasCheck(step) ? partStage(progress, 'check') : undefined);
}

/**
Of a step whose host has not answered so far, because it is only being built: it is asked once more before each attempt, so that
its key is looked at by a person before anything is sent. Undefined: nothing is in the way.
*/
function meetingStage({hosts}: RunState, {step}: StepNode, host: HostName, progress: Progress): Stage | undefined {
	const known = hosts.get(host);
	if (known === undefined || (step.action.kind === 'manual' && !hasCheck(step))) {
		return undefined;
	}

	switch (known.kind) {
		case 'reached':
			return undefined;
		case 'unknown':
			return known.before === undefined ? undefined : WAITS;
		case 'trusted':
			return WAITS;
		case 'firstContact': {
			const {keyType, fingerprint} = known;
			return {kind: 'asks', question: {kind: 'trust', host, keyType, fingerprint, step: step.id}};
		}

		case 'refused': {
			const before = {step: step.id, attempt: progress.newest + 1};
			return known.refusal === 'unreachable' && known.before?.includes(contactKey(before, host)) !== true
				? {kind: 'record', event: {type: 'HostContactAsked', host, by: BY_ITSELF, before}}
				: undefined;
		}
	}
}

function skipped({step}: StepNode, host: HostName, reason: string): Stage {
	return {kind: 'record', event: {type: 'StepSkipped', step: step.id, host, reason, by: BY_ITSELF}};
}

/** Whether there is anything that a probe runs beside: other steps of its phase that are not settled. */
export function isBeside(graph: StepGraph, state: RunState, {step}: StepNode): boolean {
	return nodesIn(graph, step.phase).some(
		other => other.step.action.kind !== 'probe' && !isNodeSettled(graph, state, other),
	);
}

/** Of the hosts that are not there yet, once all checks have ended. */
function nextStage(
	graph: StepGraph,
	state: RunState,
	node: StepNode,
	candidates: readonly HostName[],
): (host: HostName) => Stage {
	const question = questionBefore(graph, state, node, candidates);
	if (question !== undefined) {
		return () => ({kind: 'asks', question});
	}

	const [first] = candidates;
	const stage = isByHand(node, state) ? byHandStage : runStage;
	return host => (isSerial(graph, node) && host !== first ? QUEUES : stage(state, node, host, first ?? host));
}

function runStage(state: RunState, node: StepNode, host: HostName): Stage {
	if (node.step.action.kind === 'probe') {
		return {kind: 'probe', attempt: attemptFor(progressOf(state, node, host), 'run')};
	}

	return partStage(progressOf(state, node, host), 'run');
}

/** One tick for all hosts is asked of the first. */
function byHandStage(state: RunState, node: StepNode, host: HostName, first: HostName): Stage {
	const {action, id} = node.step;
	const {asked, handDone} = progressOf(state, node, host);
	const isOnce = action.kind === 'manual' && action.once;
	return {
		kind: 'byHand',
		question: {kind: 'manual', step: id, host: isOnce ? first : host},
		hand: asked === 'hand' ? 'asked' : handDone ? 'done' : 'none',
	};
}

function partStage(progress: Progress, part: Part): Stage {
	return {kind: 'part', part, attempt: attemptFor(progress, part)};
}

/** With `serial`, the next host begins only when nothing is under way, failed or unknown on another. */
function isInTheWay(stage: Stage | undefined): boolean {
	return stage !== undefined && stage.kind !== 'settled';
}
