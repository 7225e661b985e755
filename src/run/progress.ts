import type {HostName, StepId} from '../runbook/runbook.js';
import type {Part, RunEvent} from './event.js';
import type {Looked, Progress, StepKey, Trace} from './state.js';

/** The events that tell of one step on one host. */
export type StepEvent = Exclude<Extract<RunEvent, {step: StepId; host: HostName}>, {type: 'HostChosen' | 'RoleFound'}>;

/**
A history that makes no sense. While a run file is read, it means that the file is damaged or was changed; in a live
run it is our bug. Nothing may go on from it.
*/
export class IllegalEvent extends Error {
	constructor(sentence: string) {
		super(sentence);
		this.name = 'IllegalEvent';
	}
}

/** Which attempt at a step a host that had not answered was contacted for: `step@host#1`. */
export function contactKey({step, attempt}: {readonly step: StepId; readonly attempt: number}, host: HostName): string {
	return `${stepKey(step, host)}#${attempt}`;
}

/** `step@host`; `step@` where there is no host. */
export function stepKey(step: StepId, host: HostName): StepKey {
	return `${step}@${host}`;
}

/** The other way round. Host names hold no `@`. */
export function stepAndHost(key: StepKey): {readonly step: StepId; readonly host: HostName} {
	const at = key.lastIndexOf('@');
	return {step: key.slice(0, at), host: key.slice(at + 1)};
}

/** Of a step to which nothing has happened yet. */
export const noProgress: Progress = {
	state: 'open',
	attempt: 0,
	newest: 0,
	part: undefined,
	underWay: false,
	sent: undefined,
	looked: undefined,
	looks: 0,
	losses: 0,
	restarts: 0,
	replaced: undefined,
	checkSaid: undefined,
	outcome: undefined,
	output: undefined,
	tries: 0,
	reruns: 0,
	because: '',
	asked: undefined,
	handDone: false,
	startedAt: '',
	finishedAt: '',
	job: '',
	changes: false,
	captured: {},
	choice: undefined,
	seenAt: '',
	probed: undefined,
	note: '',
	evidence: [],
	by: '',
};

/**
The attempt in which `part` comes next, from 1: the check's own attempt for the run that follows it, the run's for its
verify, a new one for everything else. No part of an attempt is ever begun twice.
*/
export function attemptFor(progress: Progress, part: Part): number {
	const follows =
		(part === 'run' && progress.part === 'check' && progress.checkSaid === 'not-there') ||
		(part === 'verify' && progress.part === 'run');
	return follows ? progress.attempt : progress.newest + 1;
}

/** The step itself was begun, by us or by a person; a check alone does not count. */
export function isRunOrLater(part: Part | undefined): boolean {
	return part === 'run' || part === 'verify' || part === 'undo';
}

/** The same, whatever was looked at since. */
export function wasBegun({sent, part}: Progress): boolean {
	return sent !== undefined || isRunOrLater(part);
}

/** One step on one host after one more event. Throws an IllegalEvent. */
export function evolveProgress(progress: Progress, event: StepEvent, at: string): Progress {
	switch (event.type) {
		case 'PartIntended':
			return intended(progress, event, at);
		case 'PartEnded':
			return ended(progress, event, at);
		case 'ManualAnswered': {
			const isDone = event.choice === 'done';
			return {
				...actedByHand(progress, event, isDone, at),
				because: isDone ? '' : event.choice.replaceAll('-', ' '),
				captured: {...progress.captured, ...event.captured},
				choice: event.choice,
				note: event.note,
				by: event.by,
				finishedAt: at,
			};
		}

		case 'HostSeen':
			return {
				...actedByHand(progress, event, true, at),
				because: event.what === 'down' ? 'saw it go' : 'saw it come',
				seenAt: event.since,
				finishedAt: event.since,
			};
		case 'HandAsked':
			insist(isWaiting(progress, 'open'), progress, event);
			return {
				...progress,
				asked: 'hand',
				sent: {attempt: attemptFor(progress, 'run'), part: 'run', at, trace: undefined},
				startedAt: at,
				by: event.by,
			};
		case 'HandDone':
			insist(progress.asked === 'hand', progress, event);
			return event.watched
				? {...progress, asked: undefined, handDone: true, because: event.did}
				: {
						...actedByHand(progress, event, true, at),
						because: event.did,
						captured: {...progress.captured, ...event.captured},
						finishedAt: at,
					};
		case 'StepSkipped':
			insist(isWaiting(progress, 'open', 'failed', 'undone'), progress, event);
			return {...progress, state: 'skipped', asked: undefined, because: event.reason, by: event.by, finishedAt: at};
		case 'StepMarked':
			insist(isWaiting(progress, 'open', 'failed', 'unknown', 'undone'), progress, event);
			return {...progress, state: event.as, asked: undefined, because: event.reason, by: event.by, finishedAt: at};
		case 'RetryAsked':
			insist(isWaiting(progress, 'failed', 'unknown', 'undone'), progress, event);
			return {
				...progress,
				state: 'open',
				asked: 'retry',
				checkSaid: undefined,
				outcome: undefined,
				looked: undefined,
				restarts: 0,
				tries: 0,
				reruns: 0,
				because: '',
				handDone: false,
				choice: undefined,
				seenAt: '',
				probed: undefined,
				startedAt: '',
				finishedAt: '',
				note: '',
				evidence: [],
			};
		case 'CheckAsked':
			insist(isWaiting(progress, 'unknown'), progress, event);
			return {...progress, asked: 'check'};
		case 'LookAsked':
			insist(isWaiting(progress, 'unknown') && progress.sent?.trace !== undefined, progress, event);
			return {...progress, asked: 'look'};
		case 'JobLookedUp':
			return lookedUp(progress, event, at);
		case 'CancelAsked':
			insist(progress.underWay, progress, event);
			return {...progress, asked: 'cancel'};
		case 'ProbeBegan':
			return probeBegan(progress, event, at);
		case 'ProbeEnded':
			return probeEnded(progress, event, at);
		case 'UndoAsked':
			insist(isWaiting(progress, 'done', 'failed', 'unknown') && wasBegun(progress), progress, event);
			return {...progress, asked: 'undo'};
		case 'EvidenceTaken': {
			const {kind, text, blob, by} = event;
			return {...progress, evidence: [...progress.evidence, {kind, text, blob, by}]};
		}
	}
}

/**
What the end of the process that held the run means: a change under way becomes unknown; whatever changes nothing is
open again, in a new attempt; what the lab was asked to do is asked again. What was to be undone and was not begun is
not: who goes on with the run has not asked for it. What was left to a host is looked up there, once more if it was before.
*/
export function interrupted(progress: Progress): Progress {
	if (!progress.underWay) {
		const isForgotten = progress.asked === 'hand' || progress.asked === 'undo' || progress.asked === 'look';
		return isForgotten || progress.looked !== undefined
			? {...progress, looked: undefined, asked: isForgotten ? undefined : progress.asked}
			: progress;
	}

	const idle = {...progress, underWay: false, asked: undefined, looked: undefined};
	switch (progress.part) {
		case 'check':
			return progress.state === 'unknown' ? {...idle, asked: 'check'} : idle;
		case 'verify':
			return idle;
		case 'run':
		case 'undo':
		case undefined: {
			const evidence = `fieldbook stopped while ${progress.part === 'undo' ? 'its undo' : 'it'} ran`;
			return progress.changes || progress.sent?.trace !== undefined
				? {...idle, state: 'unknown', checkSaid: undefined, outcome: {kind: 'lost', evidence}, because: evidence}
				: {...idle, state: 'open', checkSaid: undefined};
		}
	}
}

type EventOf<Type> = Extract<RunEvent, {type: Type}>;

function intended(progress: Progress, event: EventOf<'PartIntended'>, at: string): Progress {
	const {part, attempt} = event;
	insist(isDue(progress, part) && attempt === attemptFor(progress, part), progress, event);
	return {
		...progress,
		// A check and an undo leave the step what it is for as long as they run
		state: part === 'check' || part === 'undo' ? progress.state : 'running',
		attempt,
		newest: Math.max(attempt, progress.newest),
		part,
		underWay: true,
		...(part === 'run' || part === 'undo'
			? {sent: {part, attempt, at, trace: traceOf(event)}, losses: 0, looked: undefined}
			: {}),
		replaced: part === 'run' ? replacedBy(progress, event) : progress.replaced,
		asked: undefined,
		checkSaid: part === 'check' || part === 'undo' ? undefined : progress.checkSaid,
		outcome: part === 'run' ? undefined : progress.outcome,
		output: undefined,
		tries: 0,
		reruns: part === 'run' && progress.state === 'unknown' ? progress.reruns + 1 : progress.reruns,
		because: '',
		startedAt: part === 'verify' || part === 'undo' ? progress.startedAt : at,
		finishedAt: part === 'undo' ? progress.finishedAt : '',
		job: event.job,
		changes: event.changes,
	};
}

/** What the host can be asked about later. */
function traceOf({job, boot, detached, reboots}: EventOf<'PartIntended'>): Trace | undefined {
	return detached || reboots ? {kind: detached ? 'job' : 'restart', job, boot} : undefined;
}

/** A job that was found again is under way again; one that never began may begin anew. */
function lookedUp(progress: Progress, event: EventOf<'JobLookedUp'>, at: string): Progress {
	const {attempt, part, seen} = event;
	const {sent} = progress;
	insist(
		isWaiting(progress, 'unknown') && sent?.trace !== undefined && sent.attempt === attempt && sent.part === part,
		progress,
		event,
	);
	const before = progress.looked;
	const isSilent = seen.kind === 'unanswered';
	const looked: Looked = {
		...{seen, at, unasked: event.unasked === true},
		silentSince: isSilent ? before?.silentSince || at : '',
		silentTimes: isSilent ? (before?.silentTimes ?? 0) + 1 : 0,
	};
	const asked: Progress = {...progress, looked, looks: progress.looks + 1, asked: undefined};
	const isThere = seen.kind === 'finished' || seen.kind === 'running';
	if (isThere || (seen.kind === 'gone' && seen.because === 'rebooted' && sent?.trace?.kind === 'restart')) {
		return {
			...asked,
			...{state: 'running', underWay: true, attempt, part, because: '', outcome: undefined, checkSaid: undefined},
			...{startedAt: sent?.at ?? at, finishedAt: ''},
		};
	}

	if (seen.kind !== 'notStarted') {
		return asked;
	}

	const isOften = progress.restarts >= MAX_RESTARTS;
	return {
		...asked,
		...{state: isOften ? 'failed' : 'open', attempt, part, checkSaid: undefined, restarts: progress.restarts + 1},
		...{outcome: {kind: 'notStarted', reason: seen.reason}, because: `it was never begun: ${seen.reason}`},
		finishedAt: isOften ? at : '',
	};
}

/** How often what was proved not to have begun is begun anew by itself. */
const MAX_RESTARTS = 3;

function isDue(progress: Progress, part: Part): boolean {
	switch (part) {
		case 'check':
		case 'run':
			return isWaiting(progress, 'open', 'unknown');
		case 'verify':
			return isWaiting(progress, 'running');
		case 'undo':
			return progress.asked === 'undo' && isWaiting(progress, 'done', 'failed', 'unknown');
	}
}

/** What an earlier attempt has put there is not what an undo wants back. */
function replacedBy({replaced}: Progress, {scriptHash, replaces}: EventOf<'PartIntended'>): Progress['replaced'] {
	if (replaces === undefined) {
		return replaced;
	}

	return {by: scriptHash, before: replaced !== undefined && replaces === replaced.by ? replaced.before : replaces};
}

function ended(progress: Progress, event: EventOf<'PartEnded'>, at: string): Progress {
	const {part, attempt, settles, outcome} = event;
	insist(progress.underWay && progress.part === part && progress.attempt === attempt, progress, event);
	const isAsItWas =
		part === 'undo' ? settles === null : part === 'check' && progress.state === 'unknown' && settles !== 'done';
	return {
		...progress,
		state: settles ?? progress.state,
		underWay: false,
		asked: undefined,
		checkSaid: whatCheckSaid(progress, event),
		// The evidence of the lost attempt stays in sight until somebody settles it
		outcome: isAsItWas ? progress.outcome : outcome,
		replaced: settles === 'undone' ? undefined : progress.replaced,
		output: event.output,
		tries: event.tries,
		because: event.because,
		finishedAt: settles !== null ? at : part === 'undo' ? progress.finishedAt : '',
		captured: {...progress.captured, ...event.captured},
		...(part === 'run' ? {looked: undefined, losses: progress.losses + (outcome.kind === 'lost' ? 1 : 0)} : {}),
	};
}

function probeBegan(progress: Progress, event: EventOf<'ProbeBegan'>, at: string): Progress {
	const {attempt, job} = event;
	insist(isWaiting(progress, 'open') && attempt === progress.newest + 1, progress, event);
	return {
		...progress,
		...{
			state: 'running',
			attempt,
			newest: attempt,
			part: 'run',
			underWay: true,
			asked: undefined,
			tries: 0,
			because: '',
			job,
		},
		startedAt: progress.startedAt || at,
		finishedAt: '',
		changes: false,
	};
}

/** What one attempt saw, and not what lies between two of them, counts. */
function probeEnded(progress: Progress, event: EventOf<'ProbeEnded'>, at: string): Progress {
	const {attempt, settles, longestGapMs, gaps, tries, because} = event;
	insist(progress.underWay && progress.attempt === attempt, progress, event);
	const {probed} = progress;
	return {
		...progress,
		...{state: settles ?? 'open', underWay: false, asked: undefined, tries, because},
		probed: {
			longestGapMs: Math.max(probed?.longestGapMs ?? 0, longestGapMs),
			gaps: [...(probed?.gaps ?? []), ...gaps],
		},
		finishedAt: settles === null ? '' : at,
	};
}

/** What it said before a run is worth nothing once the outcome of that run is unknown. */
function whatCheckSaid(progress: Progress, {part, settles, outcome}: EventOf<'PartEnded'>): Progress['checkSaid'] {
	if (part !== 'check') {
		return settles === 'unknown' ? undefined : progress.checkSaid;
	}

	if (settles === 'satisfied' || settles === 'done') {
		return 'there';
	}

	return settles !== 'failed' && outcome.kind === 'exited' ? 'not-there' : undefined;
}

/** A person or the lab did the step: it takes the place of the run of a new attempt. */
function actedByHand(
	progress: Progress,
	event: EventOf<'ManualAnswered' | 'HostSeen' | 'HandDone'>,
	isDone: boolean,
	at: string,
): Progress {
	insist(isWaiting(progress, 'open'), progress, event);
	const attempt = attemptFor(progress, 'run');
	return {
		...progress,
		state: isDone ? (event.follows === 'verify' ? 'running' : 'done') : 'failed',
		attempt,
		newest: Math.max(attempt, progress.newest),
		part: 'run',
		sent: {attempt, part: 'run', at, trace: undefined},
		asked: undefined,
		startedAt: progress.startedAt === '' ? at : progress.startedAt,
	};
}

function isWaiting({state, underWay}: Progress, ...states: ReadonlyArray<Progress['state']>): boolean {
	return !underWay && states.includes(state);
}

function insist(isLegal: boolean, {state, attempt, part, underWay}: Progress, event: StepEvent): void {
	if (!isLegal) {
		const which = 'part' in event ? `, ${event.part}` : '';
		const about = 'attempt' in event ? ` (attempt ${event.attempt}${which})` : '';
		const doing = underWay ? `, with its ${part} under way` : '';
		throw new IllegalEvent(
			`${event.type}${about} does not fit ${stepKey(event.step, event.host)}, which is ${state} in attempt ${attempt}${doing}.`,
		);
	}
}
