import {setTimeout} from 'node:timers/promises';
import {type HolderLink, reachHolder} from '../store/holder-link.js';
import type {Holder} from '../store/holder-messages.js';
import {lookAtRun, type SeenRun} from '../store/look.js';
import {sanitiseLine} from '../text/sanitise.js';
import {UserError} from '../text/user-error.js';
import {dateAndTime} from '../view/time.js';

const TRY_AGAIN_MS = 100;
const MOST_TRIES = 20;

/** `holder`: the process that has the run open now; undefined: nobody has. */
type SeenAnyhow = {readonly seen: SeenRun; readonly holder: Holder | undefined};

/**
What a run file holds, also while somebody has it open: then he is asked.

Rejects with a UserError (status 5) if it is held by somebody who does not answer, or is no run file.
*/
export async function seeRun(file: string): Promise<SeenAnyhow> {
	return orFromHolder(
		file,
		(): SeenAnyhow => ({seen: lookAtRun(file), holder: undefined}),
		async link => ({seen: await link.seen(), holder: await link.who()}),
	);
}

/**
What is read from the file, or asked of whoever has it open. He stops answering a moment before he lets go of it: so long
it is tried again.
*/
export async function orFromHolder<T>(
	file: string,
	read: () => T | Promise<T>,
	ask: (link: HolderLink) => Promise<T>,
): Promise<T> {
	for (let left = MOST_TRIES; ; left--) {
		try {
			return await read();
		} catch (error) {
			if (!isLocked(error) || left === 0) {
				throw error;
			}
		}

		const answer = await asked(file, ask);
		if (answer !== undefined) {
			return answer.value;
		}

		await setTimeout(TRY_AGAIN_MS);
	}
}

/** `work` wants the file for itself; where another one has it open, the error says who and since when, if he answers. */
export async function tellingHolder<T>(file: string, work: () => Promise<T>): Promise<T> {
	try {
		return await work();
	} catch (error) {
		const holder = isLocked(error) ? await asked(file, link => link.who()) : undefined;
		throw holder === undefined ? error : heldNow(file, holder.value);
	}
}

/** `by ana on laptop since 2026-11-20 14:02, process 4711`. */
export function holderWords({by, device, since, pid}: Holder): string {
	return `by ${sanitiseLine(by)} on ${sanitiseLine(device)} since ${dateAndTime(since, undefined)}, process ${pid}`;
}

function isLocked(error: unknown): boolean {
	return error instanceof UserError && error.code === 'run-locked';
}

/** Undefined: nobody answers, or not what is understood. */
async function asked<T>(file: string, ask: (link: HolderLink) => Promise<T>): Promise<{readonly value: T} | undefined> {
	const link = await reachHolder(file);
	try {
		return link && {value: await ask(link)};
	} catch {
		return undefined;
	} finally {
		link?.close();
	}
}

function heldNow(file: string, holder: Holder): UserError {
	return new UserError(
		'run-locked',
		`${sanitiseLine(file)} is open ${holderWords(holder)}.`,
		'Go on there, or end that one first. A run has one writer; `show`, `log` and `export` work meanwhile.',
		5,
	);
}
