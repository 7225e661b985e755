import type {Pull, Pulled} from '../../engine/handle.js';
import type {OutputKey} from '../../engine/ports.js';
import type {OpenRun} from '../workbench.js';
import {maxTailBytes, OutputReader, type OutputView, sameStretch} from './output.js';

/** What the screen wants to see of the run right now. */
export type Want = {
	readonly afterSeq: number;
	readonly output: OutputKey | undefined;
	/** Somebody reads further up in the output. */
	readonly isPinned: boolean;
	/** Something is under way, so that its clock is to go on. */
	readonly isBusy: boolean;
};

/** One look at the run. `at` is this laptop's time in milliseconds since 1970. */
export type Sight = {readonly pulled: Pulled; readonly output: OutputView | undefined; readonly at: number};

/** Fifteen looks a second are plenty for output that streams. */
const tickMs = 66;
/** Clocks and ages on the screen move by whole seconds. */
const secondMs = 1000;

export type Watch = {
	/** Something else is to be shown: look at once. */
	look(): void;
	stop(): void;
};

/**
Looks at an open run whenever it has changed, at most fifteen times a second, and once a second while something is under
way. Only what is shown is asked for, so that nothing piles up behind a slow terminal.
*/
export function watchRun(
	open: OpenRun,
	want: () => Want,
	see: (sight: Sight) => void,
	fail: (error: unknown) => void,
): Watch {
	let reader: OutputReader | undefined;
	let timer: NodeJS.Timeout | undefined;
	let lookedAt = 0;
	let isLooking = false;
	let isDue = false;
	let isStopped = false;

	const schedule = (delayMs: number) => {
		if (isStopped || isLooking) {
			isDue = true;
			return;
		}
		clearTimeout(timer);
		timer = setTimeout(look, Math.max(0, delayMs));
	};

	const look = async () => {
		clearTimeout(timer);
		isLooking = true;
		isDue = false;
		lookedAt = Date.now();
		const wanted = want();
		try {
			const pulled = await open.handle.pull(pullOf(wanted));
			if (isStopped) {
				return;
			}
			reader = readerFor(open, wanted.output, reader);
			const output = pulled.output === undefined ? undefined : reader?.take(pulled.output, wanted.isPinned);
			see({pulled, output, at: Date.now()});
		} catch (error) {
			if (!isStopped) {
				fail(error);
			}
			return;
		} finally {
			isLooking = false;
		}
		if (isDue) {
			schedule(lookedAt + tickMs - Date.now());
		} else if (want().isBusy) {
			schedule(lookedAt + secondMs - Date.now());
		}
	};

	const unsubscribe = open.handle.subscribe(() => schedule(lookedAt + tickMs - Date.now()));
	schedule(0);
	return {
		look: () => schedule(0),
		stop() {
			isStopped = true;
			clearTimeout(timer);
			unsubscribe();
		},
	};
}

function pullOf({afterSeq, output}: Want): Pull {
	return {afterSeq, output: output === undefined ? undefined : {...output, maxBytes: maxTailBytes}};
}

function readerFor(
	open: OpenRun,
	key: OutputKey | undefined,
	before: OutputReader | undefined,
): OutputReader | undefined {
	if (key === undefined || sameStretch(before?.key, key)) {
		return key === undefined ? undefined : before;
	}
	return new OutputReader(key, open.encodingOf(key.host));
}
