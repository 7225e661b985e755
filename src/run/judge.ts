import type {Action, ExpectedLine, ParamName, Step} from '../runbook/runbook.js';
import {parseValue} from '../runbook/value.js';
import type {Part, RunEvent} from './event.js';
import {unexpected} from './expect.js';
import type {Outcome, Refusal} from './outcome.js';
import {changesSomething} from './policy.js';
import {MARK} from './redaction.js';
import type {Progress} from './state.js';

/** How often a part that changes nothing and was lost is started again by itself. */
const MAX_RESTARTS = 3;

/** How much of a captured text an explanation quotes. */
const QUOTED_CHARACTERS = 80;

/** What came of one try of a part. */
export type Tried = {
	readonly outcome: Outcome;
	/** Decoded; both empty where nothing asks for the output. */
	readonly output: {readonly out: string; readonly err: string};
	/** The output was longer than what is kept for looking into it. */
	readonly overflowed: boolean;
	/** Somebody asked to cancel it. */
	readonly cancelled: boolean;
	/** From 1. */
	readonly tries: number;
	/** It was left to its host, which can still tell how it ended. */
	readonly detached?: boolean;
	/** Of a script that makes its host restart, and that did not fail before: what the host did. */
	readonly restart?: Restart;
};

/** `none`: it answers, and has not restarted. `away`: nobody knows, because it does not answer. */
export type Restart =
	| {readonly kind: 'back' | 'none'}
	/** `refused`: it turned us away. */
	| {readonly kind: 'away'; readonly evidence: string; readonly refused?: Refusal};

/** What `PartEnded` says of it. */
export type Judgement = Pick<Extract<RunEvent, {type: 'PartEnded'}>, 'settles' | 'because' | 'captured'>;

/** Whether the output of this part is looked into: only then a copy has to be kept. */
export function looksAtOutput(step: Step, part: Part): boolean {
	return expectedOf(step, part).length > 0 || (part === 'run' && step.captures !== undefined);
}

/**
How a part settles its step on a host. `before` is the state that the step was in: the check of an unknown outcome can
say that it is done, or leave it unknown, but never that it failed. An undo that did not come to its end leaves the step
what it was.
*/
export function judge(step: Step, part: Part, before: Progress['state'], tried: Tried): Judgement {
	const {outcome, cancelled, restart} = tried;
	if (restart !== undefined) {
		return judgeRestart(step, restart, tried);
	}

	const trouble = (because: string): Judgement => ({
		settles: part === 'undo' ? null : part === 'check' && before === 'unknown' ? 'unknown' : 'failed',
		because: part === 'run' ? because : `${part}: ${because}`,
		captured: {},
	});
	switch (outcome.kind) {
		case 'notStarted':
			return trouble(outcome.reason);
		case 'signaled':
			return trouble(cancelled ? 'cancelled' : `ended by signal ${outcome.signal}`);
		case 'timedOut':
			return trouble(`cancelled after ${outcome.afterMs / 1000} s, its time limit`);
		case 'lost': {
			const because = cancelled ? `cancelled, but nobody saw it end: ${outcome.evidence}` : outcome.evidence;
			return changesSomething(step, part) || tried.detached
				? {settles: 'unknown', because: part === 'undo' ? `undo: ${because}` : because, captured: {}}
				: trouble(because);
		}

		case 'exited': {
			const verdict = judgeExit(step, part, before, outcome.code, tried);
			return part === 'check' && cancelled && verdict.settles === null ? trouble('cancelled') : verdict;
		}
	}
}

/** The part did what it should; a check, that it is there. */
export function isSuccess(part: Part, {settles}: Judgement): boolean {
	return settles === null ? part === 'run' : settles === 'done' || settles === 'satisfied' || settles === 'undone';
}

/**
How long to wait before the next try, in milliseconds; undefined: what came of this one stands. `elapsedMs` counts from
the first try. A host that cannot be reached is "not yet" for a wait, but one that turns us away is not asked again.
*/
export function nextTryAfterMs(
	step: Step,
	part: Part,
	{settles}: Judgement,
	{outcome, tries, cancelled, detached = false}: Tried,
	elapsedMs: number,
): number | undefined {
	const isRefused = outcome.kind === 'notStarted' && outcome.refused !== undefined;
	if (cancelled || isRefused || settles === 'done' || settles === 'satisfied') {
		return undefined;
	}

	const {everyMs, forMs} = patienceOf(step, part);
	if (forMs > 0) {
		return settles !== null && elapsedMs + everyMs <= forMs ? everyMs : undefined;
	}

	const isRestarted = outcome.kind === 'lost' && !changesSomething(step, part) && !detached && tries <= MAX_RESTARTS;
	return isRestarted ? 1000 * 2 ** (tries - 1) : undefined;
}

/** `forMs` 0: it is tried once. */
export function patienceOf(step: Step, part: Part): {readonly everyMs: number; readonly forMs: number} {
	if (part === 'run' && step.action.kind === 'wait') {
		return step.action;
	}

	return part === 'verify' && step.verify !== undefined ? step.verify : {everyMs: 0, forMs: 0};
}

/** The link that is lost with the host is no trouble; a host that stays away is. */
function judgeRestart(step: Step, restart: Restart, tried: Tried): Judgement {
	const within = step.action.kind === 'script' ? ` within ${(step.action.reboot?.forMs ?? 0) / 1000} s` : '';
	switch (restart.kind) {
		case 'back': {
			const because = whyNotExpected(step.expect, tried);
			return because === undefined ? captured(step, tried) : {settles: 'failed', because, captured: {}};
		}

		case 'none':
			return {
				settles: 'failed',
				because: tried.cancelled ? 'cancelled before it had restarted' : `it did not restart${within}`,
				captured: {},
			};
		case 'away': {
			const because = tried.cancelled ? 'cancelled while it was away' : `it did not come back${within}`;
			return {settles: 'unknown', because: `${because}: ${restart.evidence}`, captured: {}};
		}
	}
}

function judgeExit(step: Step, part: Part, before: Progress['state'], code: number, tried: Tried): Judgement {
	const accepts = part === 'run' ? acceptedBy(step.action) : {codes: [0]};
	const because = isAccepted(accepts, code)
		? whyNotExpected(expectedOf(step, part), tried)
		: `exit ${code}, accepted: ${accepts === 'any-but-zero' ? 'any but 0' : accepts.codes.join(', ')}`;
	const after = tried.tries > 1 ? ` after ${tried.tries} tries` : '';
	switch (part) {
		case 'check':
			return because === undefined
				? {settles: before === 'unknown' ? 'done' : 'satisfied', because: 'its check found it there', captured: {}}
				: {settles: notThere(step, before), because: `not there: ${because}`, captured: {}};
		case 'verify':
			return because === undefined
				? {settles: 'done', because: '', captured: {}}
				: {settles: 'failed', because: `verify: ${because}${after}`, captured: {}};
		case 'undo':
			return because === undefined
				? {settles: 'undone', because: '', captured: {}}
				: {settles: null, because: `undo: ${because}`, captured: {}};
		case 'run':
			return because === undefined
				? captured(step, tried)
				: {settles: 'failed', because: because + after, captured: {}};
	}
}

/** A check that serves several ways has said what it was asked for; what follows is theirs. */
function notThere({serves}: Step, before: Progress['state']): Judgement['settles'] {
	return serves === 'check' ? 'done' : before === 'unknown' ? 'unknown' : null;
}

function captured(step: Step, {output, overflowed}: Tried): Judgement {
	const settles = step.verify === undefined ? 'done' : null;
	if (step.captures === undefined) {
		return {settles, because: '', captured: {}};
	}

	const {name, type, optional} = step.captures;
	const text = output.out.trim();
	if (optional && text === '') {
		return {settles, because: '', captured: {}};
	}

	if (text.includes(MARK)) {
		const because = `${name}: what was printed holds a secret, and a captured value is written down`;
		return {settles: 'failed', because, captured: {}};
	}

	const value = parseValue(type, text);
	if (overflowed || !value.ok) {
		const because =
			overflowed || value.ok ? TOO_LONG : `${name}: "${text.slice(0, QUOTED_CHARACTERS)}" ${value.because}`;
		return {settles: 'failed', because, captured: {}};
	}

	const values: Readonly<Record<ParamName, string>> = {[name]: value.value};
	return {settles, because: '', captured: values};
}

const TOO_LONG = 'more output than the 1 MiB that is looked into for expected lines and values';

function whyNotExpected(expected: readonly ExpectedLine[], {output, overflowed}: Tried): string | undefined {
	if (expected.length === 0) {
		return undefined;
	}

	return overflowed ? TOO_LONG : unexpected(expected, `${output.out}\n${output.err}`);
}

/** A verify's own expected lines, a check's own, or those of the step's script. */
function expectedOf(step: Step, part: Part): readonly ExpectedLine[] {
	switch (part) {
		case 'check':
			return step.check?.expect ?? [];
		case 'run':
			return step.expect;
		case 'verify':
			return step.verify?.expect ?? [];
		case 'undo':
			return step.undo?.expect ?? [];
	}
}

/** The runbook counts this exit of the step's own script as success. */
export function isAcceptedExit({action}: Step, code: number): boolean {
	return isAccepted(acceptedBy(action), code);
}

type Accepts = Extract<Action, {kind: 'script'}>['accepts'];

function acceptedBy(action: Action): Accepts {
	return action.kind === 'script' ? action.accepts : {codes: [0]};
}

function isAccepted(accepts: Accepts, code: number): boolean {
	return accepts === 'any-but-zero' ? code !== 0 : accepts.codes.includes(code);
}
