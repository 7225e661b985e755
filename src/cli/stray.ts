import {setTimeout as sleep} from 'node:timers/promises';

/** Innermost last. */
const heeders: Array<(error: unknown) => void> = [];

/** Hears what nothing caught after the outermost work has ended. */
let hearsLate: (error: unknown) => void = () => {};

let hasHeard = false;

/** Only the first: those that come after it mostly come of it, and would disturb whoever puts things in order. */
function hear(error: unknown): void {
	if (!hasHeard) {
		hasHeard = true;
		(heeders.at(-1) ?? hearsLate)(error);
	}
}

/**
Does the work; rejects as soon as an error of this thread is caught by nobody: in a timer, in a listener, in a promise that
nobody waits for. Nothing else ends it then, but whoever called.

Of works inside each other the innermost rejects, so that what it holds open, a terminal or a run file, is put in order
before anybody further out speaks. `late` hears what comes when all of them have ended.
*/
export async function heedingStrays<T>(work: () => Promise<T>, late?: (error: unknown) => void): Promise<T> {
	const stray = Promise.withResolvers<never>();
	process.off('uncaughtException', hear).on('uncaughtException', hear);
	hearsLate = late ?? hearsLate;
	heeders.push(stray.reject);
	try {
		return await Promise.race([work(), stray.promise]);
	} finally {
		heeders.splice(heeders.indexOf(stray.reject), 1);
	}
}

/** How long something that may be broken gets to close what it holds. */
const patienceMs = 5000;

/** Resolves with the work, or when nobody should wait for it any longer. Rejects with what the work rejects with. */
export async function withinPatience(work: Promise<unknown> | undefined): Promise<void> {
	const enough = new AbortController();
	try {
		await Promise.race([work, sleep(patienceMs, undefined, {signal: enough.signal}).catch(() => {})]);
	} finally {
		enough.abort();
	}
}
