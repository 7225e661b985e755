import {createHash} from 'node:crypto';
import {LOCAL_HOST, NO_HOST, type StepGraph, type StepNode} from '../graph/graph.js';
import {evidenceKinds} from '../runbook/evidence-kinds.js';
import type {HostName, ParamName, Step, StepId} from '../runbook/runbook.js';
import {parseValue} from '../runbook/value.js';
import {accept, type Decision, refuse} from './decision.js';
import type {RunEvent} from './event.js';
import {kindOfEvidence} from './evidence.js';
import {canBeLookedUp, mayStillRun} from './look-up.js';
import {statusesOf} from './next.js';
import {givenUpPhase, hostsOf, progressOf} from './nodes.js';
import {hasCheck, policyOf} from './policy.js';
import {isRunOrLater} from './progress.js';
import type {Request} from './request.js';
import {stagesOf} from './stage.js';
import type {Progress, Question, RunState} from './state.js';
import {canBeUndone, hasUndo} from './undo.js';

/** A request about one step of a run that goes on. */
export type About = {readonly graph: StepGraph; readonly state: RunState; readonly node: StepNode; readonly by: string};
export type StepRequest = Exclude<Extract<Request, {readonly step: StepId}>, {readonly kind: 'note'}>;
type RequestOf<Kind> = Extract<Request, {readonly kind: Kind}>;

/** What the step itself says to a request. */
export function decideStep(about: About, request: StepRequest): Decision {
	const {step} = request;
	const {by} = about;
	switch (request.kind) {
		case 'go':
			return asks(about, 'go') === undefined ? notAsked(about, 'to go') : accept({type: 'StepConfirmed', step, by});
		case 'pass-gate':
			return passGate(about, request);
		case 'choose-host':
			return chooseHost(about, request);
		case 'answer':
			return answer(about, request);
		case 'hand':
			return hand(about, request);
		case 'retry':
			return retry(about, request);
		case 'check':
			return check(about, request);
		case 'look':
			return look(about, request);
		case 'skip':
			return skip(about, request);
		case 'mark':
			return mark(about, request);
		case 'undo':
			return undo(about, request);
		case 'evidence':
			return evidence(about, request);
		case 'cancel':
			return forHosts(about, request.host, 'only what is under way can be cancelled', (host, {underWay, asked}) =>
				underWay && asked !== 'cancel' ? {type: 'CancelAsked', step, host, by} : undefined,
			);
	}
}

function passGate(about: About, {step, typed}: RequestOf<'pass-gate'>): Decision {
	const gate = asks(about, 'gate');
	if (gate?.kind !== 'gate') {
		return notAsked(about, 'to pass a gate');
	}

	const wrong = gate.names.find((name, index) => typed[index]?.trim() !== name);
	if (wrong !== undefined || typed.length !== gate.names.length) {
		return refuse(
			gate.names.length === 0
				? `The gate of ${step} wants a plain yes.`
				: `The gate of ${step} wants ${gate.names.join(', ')} typed.`,
		);
	}

	return accept({type: 'GatePassed', step, typed: typed.map(name => name.trim()), by: about.by});
}

function chooseHost(about: About, {step, host}: RequestOf<'choose-host'>): Decision {
	if (asks(about, 'choose-host') === undefined && !mayChooseAnew(about)) {
		return notAsked(about, 'for a host');
	}

	return host === 'none' || host === LOCAL_HOST || about.state.hosts.has(host)
		? accept({type: 'HostChosen', step, host, by: about.by})
		: refuse(`The run has no host ${host}.`);
}

/** Until something was begun there, or once it is known to have failed. What may have run elsewhere is settled first. */
function mayChooseAnew({graph, state, node}: About): boolean {
	const isKnown = hostsOf(node, state).every(host => ['open', 'failed'].includes(progressOf(state, node, host).state));
	const waitsForPerson = [...stagesOf(graph, state, node).values()].every(
		({kind}) => kind === 'asks' || kind === 'byHand',
	);
	return node.step.on?.kind === 'asked' && isKnown && waitsForPerson;
}

function answer(about: About, {step, host, choice, note, value}: RequestOf<'answer'>): Decision {
	const {captures, needs} = about.node.step;
	const hosts = hostsByHand(about, host);
	if (hosts.length === 0) {
		return notAsked(about, 'for an answer');
	}

	if (choice === 'done' && needs.includes('note') && note.trim() === '') {
		return refuse(`${step} wants a note before it counts as done.`);
	}

	const captured: Record<ParamName, string> = {};
	if (captures !== undefined && choice === 'done' && !(captures.optional && value.trim() === '')) {
		const parsed = parseValue(captures.type, value);
		if (!parsed.ok) {
			return refuse(`${captures.name}: ${value.trim() === '' ? 'what was read' : value} ${parsed.because}.`);
		}

		captured[captures.name] = parsed.value;
	}

	return accept(
		...hosts.map(
			host =>
				({
					type: 'ManualAnswered',
					step,
					host,
					choice,
					note,
					captured,
					by: about.by,
					...followedBy(about.node),
				}) as const,
		),
	);
}

function hand(about: About, {step, host}: RequestOf<'hand'>): Decision {
	if (about.state.started?.mode !== 'rehearsal') {
		return refuse('Only in a rehearsal can the lab do this.');
	}

	const hosts = hostsByHand(about, host).filter(host => {
		const {asked, handDone} = progressOf(about.state, about.node, host);
		return asked !== 'hand' && !handDone;
	});
	return hosts.length === 0
		? notAsked(about, 'for a hand')
		: accept(...hosts.map(host => ({type: 'HandAsked', step, host, by: about.by}) as const));
}

/**
Who reads the step and asks for it again has given the word to go as well, unless it failed before that was asked, or says
something else since.
*/
function retry(about: About, {step, host}: RequestOf<'retry'>): Decision {
	const {graph, node, state, by} = about;
	const givenUp = givenUpPhase(graph, state, node);
	if (givenUp !== undefined) {
		return refuse(`${givenUp.id} was given up: ${step} is not run again.`);
	}

	const why = hostsOf(node, state).some(host => mayStillRun(progressOf(state, node, host)))
		? 'it may still be running there'
		: 'only what failed or was undone, or is known not to have happened, can be run again';
	const decision = forHosts(about, host, why, (host, progress) =>
		mayRetry(node.step, progress) ? {type: 'RetryAsked', step, host, by} : undefined,
	);
	const wasRun = hostsOf(node, state).some(host => isRunOrLater(progressOf(state, node, host).part));
	return decision.accepted && wasRun && !state.confirmed.has(step) && !state.unread.has(step)
		? accept(...decision.events, {type: 'StepConfirmed', step, by})
		: decision;
}

/** An unknown change is not run again before its check has said that it did not happen. */
function mayRetry(step: Step, progress: Progress): boolean {
	const {state, underWay, checkSaid, sent} = progress;
	if (mayStillRun(progress)) {
		return false;
	}

	const mayRerun = policyOf(step) === 'rerun' && sent?.part !== 'undo';
	const isKnown = state === 'failed' || state === 'undone' || mayRerun || checkSaid === 'not-there';
	return isKnown && (state === 'failed' || state === 'unknown' || state === 'undone') && !underWay;
}

function check(about: About, {step, host}: RequestOf<'check'>): Decision {
	const givenUp = givenUpPhase(about.graph, about.state, about.node);
	if (givenUp !== undefined) {
		return refuse(`${givenUp.id} was given up: ${step} is not checked any more.`);
	}

	return hasCheck(about.node.step)
		? forHosts(about, host, 'only an unknown outcome can be checked', (host, {state, underWay}) =>
				state === 'unknown' && !underWay ? {type: 'CheckAsked', step, host, by: about.by} : undefined,
			)
		: refuse(`${step} has no check: say what is true of it, done or failed.`);
}

function look(about: About, {step, host}: RequestOf<'look'>): Decision {
	return forHosts(
		about,
		host,
		'only an unknown outcome of what was left to its host can be looked up',
		(host, progress) =>
			canBeLookedUp(progress) && progress.asked !== 'look' ? {type: 'LookAsked', step, host, by: about.by} : undefined,
	);
}

function skip(about: About, {step, host, reason}: RequestOf<'skip'>): Decision {
	return reason.trim() === ''
		? refuse('Skipping wants a reason: it stands in the report.')
		: forHosts(about, host, 'only what is open, failed or undone can be skipped', (host, {state, underWay}) =>
				(state === 'open' || state === 'failed' || state === 'undone') && !underWay
					? {type: 'StepSkipped', step, host, reason: reason.trim(), by: about.by}
					: undefined,
			);
}

function mark(about: About, {step, host, as, reason}: RequestOf<'mark'>): Decision {
	const markable = as === 'done' ? ['open', 'failed', 'undone', 'unknown'] : ['unknown'];
	const isNoUndo = ({sent}: Progress) => as === 'undone' && sent?.part !== 'undo';
	return reason.trim() === ''
		? refuse(`Marking it ${as} wants a reason: it stands in the report.`)
		: forHosts(about, host, whyNotMarked(as, markable), (host, progress) =>
				markable.includes(progress.state) && !progress.underWay && !isNoUndo(progress)
					? {type: 'StepMarked', step, host, as, reason: reason.trim(), by: about.by}
					: undefined,
			);
}

function whyNotMarked(as: RequestOf<'mark'>['as'], markable: readonly string[]): string {
	return as === 'undone'
		? 'only where nobody saw how the undo ended can it be marked undone'
		: `only what is ${markable.join(' or ')} can be marked ${as}`;
}

function undo(about: About, {step, host}: RequestOf<'undo'>): Decision {
	const {step: it} = about.node;
	const isBlind = (host: HostName) =>
		it.undo === undefined && progressOf(about.state, about.node, host).replaced === undefined;
	if (it.action.kind === 'file' && hostsOf(about.node, about.state).every(isBlind)) {
		return refuse(`Nobody wrote down what stood there before ${step}: there is nothing to put back.`);
	}

	return hasUndo(it)
		? forHosts(about, host, 'only what was done here, or may have been, can be undone', (host, progress) =>
				canBeUndone(it, progress) ? {type: 'UndoAsked', step, host, by: about.by} : undefined,
			)
		: refuse(`Nothing in the runbook says how to undo ${step}.`);
}

/** What is attached is kept in the run file; a long text is a file. Whatever became of the step, something may be said of it. */
function evidence(about: About, {step, host, evidence, text, file}: RequestOf<'evidence'>): Decision {
	const kind = evidence ?? kindOfEvidence(file?.bytes);
	if (!evidenceKinds.some(known => known === kind)) {
		return refuse(`Evidence is a ${evidenceKinds.join(', a ')}, and no ${kind}.`);
	}

	if (waitsForHost(about)) {
		return refuse(`Nobody has said yet where ${step} runs: choose its host first.`);
	}

	if (text.trim() === '' && file === null) {
		return refuse(`There is no ${kind} yet: give a text or a file.`);
	}

	if (text.length > MAX_EVIDENCE_CHARACTERS || (file !== null && file.bytes.length > MAX_EVIDENCE_BYTES)) {
		return refuse(
			file === null
				? `The text has more than ${MAX_EVIDENCE_CHARACTERS} characters: attach it as a file.`
				: `${file.name} has more than ${MAX_EVIDENCE_BYTES / 1024 ** 2} MiB.`,
		);
	}

	const blob = file === null ? null : {sha256: sha256(file.bytes), name: file.name, bytes: file.bytes.length};
	const taken = (host: HostName) =>
		({type: 'EvidenceTaken', step, host, kind, text: text.trim(), blob, by: about.by}) as const;
	return forHosts(about, host, '', taken);
}

/** What is said of it now would be about no host, and lost as soon as it has one. */
function waitsForHost({node, state}: About): boolean {
	const isAsked = node.step.on?.kind === 'asked' && !state.hostsChosen.has(node.step.id);
	return isAsked && state.status !== 'finished' && progressOf(state, node, NO_HOST).state === 'open';
}

const MAX_EVIDENCE_CHARACTERS = 64 * 1024;
const MAX_EVIDENCE_BYTES = 32 * 1024 ** 2;

function sha256(bytes: Uint8Array): string {
	return createHash('sha256').update(bytes).digest('hex');
}

/** One event for each host that has one. Refused with what the hosts are at, and `why`, if none has. */
function forHosts(
	{graph, state, node}: About,
	host: HostName | undefined,
	why: string,
	eventFor: (host: HostName, progress: Progress) => RunEvent | undefined,
): Decision {
	const {id} = node.step;
	const hosts = hostsOf(node, state).filter(name => host === undefined || host === name);
	if (hosts.length === 0) {
		return refuse(`${id} is no step of ${host ?? 'any host'}.`);
	}

	const events = hosts.flatMap(host => eventFor(host, progressOf(state, node, host)) ?? []);
	return events.length > 0 ? accept(...events) : refuse(`${areWords(graph, state, node, hosts)}; ${why}.`);
}

function notAsked({graph, state, node}: About, forWhat: string): Decision {
	const are = areWords(graph, state, node, hostsOf(node, state));
	return refuse(`${node.step.id} does not ask ${forWhat} now: ${are}.`);
}

/** Of more hosts in the same state than this, the first ones are named. */
const MAX_NAMED = 4;

/** `uplinks on esxi1, esxi2 is asking`, one clause for each state. */
function areWords(graph: StepGraph, state: RunState, node: StepNode, hosts: readonly HostName[]): string {
	const statuses = statusesOf(graph, state, node);
	const {id} = node.step;
	const alike = Map.groupBy(hosts, host => statuses.get(host) ?? 'waiting');
	return [...alike].map(([status, own]) => `${id}${onWords(own)} is ${status}`).join(', ');
}

function onWords(hosts: readonly HostName[]): string {
	const named = hosts.filter(host => host !== NO_HOST);
	const more = named.length > MAX_NAMED ? ` and ${named.length - MAX_NAMED} more` : '';
	return named.length === 0 ? '' : ` on ${named.slice(0, MAX_NAMED).join(', ')}${more}`;
}

/** A manual step with a verify is not done when the person says so. */
export function followedBy({step}: StepNode): {readonly follows?: 'verify'} {
	return step.verify === undefined ? {} : {follows: 'verify'};
}

/** The hosts on which a person does the step now; one tick may be for all of them. */
function hostsByHand({graph, state, node}: About, host: HostName | undefined): readonly HostName[] {
	const {action} = node.step;
	const isOnce = action.kind === 'manual' && action.once;
	return [...stagesOf(graph, state, node)]
		.filter(([name, {kind}]) => kind === 'byHand' && (host === undefined || isOnce || host === name))
		.map(([name]) => name);
}

function asks({graph, state, node}: About, kind: Question['kind']): Question | undefined {
	return [...stagesOf(graph, state, node).values()]
		.flatMap(stage => (stage.kind === 'asks' ? [stage.question] : []))
		.find(question => question.kind === kind);
}
