import type {Pulled} from '../../engine/handle.js';
import type {OutputKey} from '../../engine/ports.js';
import type {OpenRun} from '../workbench.js';
import {maxTailBytes, OutputReader, type OutputView} from './output.js';

/** What the screen wants to see of the run right now. */
export type Want = {
	readonly afterSeq: number;
	readonly output: OutputKey | undefined;
	/** Of other hosts beside it; at most a handful. */
	readonly lanes: readonly OutputKey[];
	/** How much of the end of each of those. */
	readonly laneBytes: number;
	/** Somebody reads further up in the output. */
	readonly isPinned: boolean;
	/** Something is under way, so that its clock is to go on. */
	readonly isBusy: boolean;
};

/** One look at the run. `at` is this laptop's time in milliseconds since 1970. */
export type Sight = {
	readonly pulled: Pulled;
	readonly output: OutputView | undefined;
	/** In the order in which they were wanted. */
	readonly lanes: readonly OutputView[];
	readonly at: number;
};

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
	const reader = new SightReader(open);
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
			const sight = await reader.look(wanted);
			if (isStopped) {
				return;
			}
			see({...sight, at: Date.now()});
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

/** Looks at a run. What two looks share of an output is made into lines once. */
export class SightReader {
	readonly #open: OpenRun;
	#readers: ReadonlyMap<string, OutputReader> = new Map();

	constructor(open: OpenRun) {
		this.#open = open;
	}

	async look({afterSeq, output, lanes, laneBytes, isPinned}: Want): Promise<Omit<Sight, 'at'>> {
		const {handle} = this.#open;
		const kept = new Map<string, OutputReader>();
		const pulled = await handle.pull({
			afterSeq,
			output: output === undefined ? undefined : {...output, maxBytes: maxTailBytes},
		});
		const own = output === undefined ? undefined : this.#keep(kept, output);
		const shown = pulled.output === undefined ? undefined : own?.take(pulled.output, isPinned);
		const events = [...pulled.events];
		const views: OutputView[] = [];
		for (const lane of lanes) {
			const more = await handle.pull({
				afterSeq: events.at(-1)?.seq ?? afterSeq,
				output: {...lane, maxBytes: laneBytes},
			});
			events.push(...more.events);
			const view = more.output === undefined ? undefined : this.#keep(kept, lane).take(more.output, false);
			views.push(...(view === undefined ? [] : [view]));
		}
		this.#readers = kept;
		return {pulled: {...pulled, events}, output: shown, lanes: views};
	}

	#keep(kept: Map<string, OutputReader>, key: OutputKey): OutputReader {
		const name = JSON.stringify(key);
		const reader = this.#readers.get(name) ?? new OutputReader(key, this.#open.encodingOf(key.host));
		kept.set(name, reader);
		return reader;
	}
}
