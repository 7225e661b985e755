import type {Step} from '../runbook/runbook.js';
import type {Looked, Progress} from './state.js';

/** The first pause between two look-ups that a host does not answer, and the longest: each is twice the one before. */
const FIRST_PAUSE_MS = 2000;
const LONGEST_PAUSE_MS = 5 * 60_000;

/** How often a host is asked in vain before a person is. */
const SILENT_TIMES = 3;

/** What a network takes beyond the time for which the runbook cuts it. */
const CUT_MARGIN_MS = 2 * 60_000;

/** The look-up that is called for: `number` counts all of this step on this host, from 1. */
export type DueLook = {readonly number: number; readonly afterMs: number};

/**
Whether the host is to be asked, by itself, what came of what was sent to it. It goes on for as long as the host is
silent; a host that turned us away is not asked again unasked, because that could lock the account.
*/
export function dueLook(progress: Progress): DueLook | undefined {
	const {looked, looks, losses, asked} = progress;
	if (!canBeLookedUp(progress)) {
		return undefined;
	}

	const number = looks + 1;
	if (asked === 'look') {
		return {number, afterMs: 0};
	}

	if (looked === undefined) {
		return {number, afterMs: pauseMs(losses - 1)};
	}

	return isSilent(looked) ? {number, afterMs: pauseMs(looked.silentTimes)} : undefined;
}

/** Its outcome is unknown, and the host keeps something that tells it. */
export function canBeLookedUp({state, underWay, sent}: Progress): boolean {
	return state === 'unknown' && !underWay && sent?.trace !== undefined;
}

/** What was found running on its host is followed there. */
export function isFollowed({underWay, part, looked}: Progress): boolean {
	return underWay && part === 'run' && looked !== undefined;
}

/** Nobody has said that it ended: beginning it again, or taking it back, could meet it. */
export function mayStillRun(progress: Progress): boolean {
	return progress.sent?.trace?.kind === 'job' && canBeLookedUp(progress) && progress.looked?.seen.kind !== 'gone';
}

/** While the host can be expected to answer in a moment, or to be away as the runbook says, nobody is asked. */
export function isAwaited(step: Step, progress: Progress): boolean {
	const {looked, sent, asked} = progress;
	if (!canBeLookedUp(progress)) {
		return false;
	}

	if (looked === undefined || asked === 'look') {
		return true;
	}

	const awayMs = Date.parse(looked.at) - Date.parse(sent?.at ?? '');
	return isSilent(looked) && (looked.silentTimes < SILENT_TIMES || awayMs < absenceMs(step));
}

/** For how long the runbook says that the host is away; 0: not at all. */
export function absenceMs({action}: Step): number {
	if (action.kind !== 'script') {
		return 0;
	}

	return action.reboot?.forMs ?? (action.cut === undefined ? 0 : action.cut.forMs + CUT_MARGIN_MS);
}

function isSilent({seen, unasked}: Looked): boolean {
	return seen.kind === 'unanswered' && seen.refused === undefined && !unasked;
}

function pauseMs(times: number): number {
	return times < 1 ? 0 : Math.min(FIRST_PAUSE_MS * 2 ** (times - 1), LONGEST_PAUSE_MS);
}
