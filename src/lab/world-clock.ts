import {advance, type ClockState, free, hold, leave, nextTick, sleepUntil, startClock, timeAt} from './clock.js';

export type WorldClockOptions = {
	/** World time to begin with. */
	readonly now: number;
	readonly speed: number;
	/** Real milliseconds of quiet before time moves; 1 unless told. */
	readonly settleMs?: number;
	/** False while somebody outside still has to act before time may move. */
	readonly mayMove: () => boolean;
	/** Called at every stop of the clock, before the sleepers wake. */
	readonly arrived: (now: number) => void;
};

/** The pure clock with real timers behind it. */
export class WorldClock {
	#state: ClockState;
	#busy = 0;
	#nextId = 1;
	#timer: NodeJS.Timeout | undefined;
	#isStopped = false;
	readonly #waking = new Map<number, () => void>();
	readonly #options: WorldClockOptions;

	constructor(options: WorldClockOptions) {
		this.#options = options;
		this.#state = startClock(options.now, performance.now(), options.speed, options.settleMs ?? 1);
	}

	now(): number {
		return Math.floor(timeAt(this.#state, performance.now()));
	}

	/** Work that holds the clock begins. Each call wants its `leaveWork`. */
	enterWork(): void {
		this.#busy += 1;
		this.reconsider();
	}

	leaveWork(): void {
		this.#busy -= 1;
		this.reconsider();
	}

	/** Resolves after `ms` of world time; Infinity: only when `signal` is aborted, as it may be at any time. Never rejects. */
	sleep(ms: number, signal?: AbortSignal): Promise<void> {
		if (signal?.aborted) {
			return Promise.resolve();
		}
		const id = this.#nextId++;
		return new Promise(resolve => {
			const abort = () => {
				this.#waking.delete(id);
				this.#state = leave(this.#state, id);
				this.reconsider();
				resolve();
			};
			signal?.addEventListener('abort', abort, {once: true});
			this.#waking.set(id, () => {
				signal?.removeEventListener('abort', abort);
				resolve();
			});
			const real = performance.now();
			this.#state = sleepUntil(this.#state, id, timeAt(this.#state, real) + Math.max(0, ms), real);
			this.reconsider();
		});
	}

	/** When the world will change by itself. */
	expect(worldChange: number | undefined): void {
		this.#state = {...this.#state, worldChange};
		this.reconsider();
	}

	/** To be called when `mayMove` may answer differently. */
	reconsider(): void {
		const held = this.#busy > 0 || !this.#options.mayMove();
		if (held) {
			this.#state = hold(this.#state, performance.now());
		} else if (this.#state.freeSince === undefined) {
			this.#state = free(this.#state, performance.now());
		}
		clearTimeout(this.#timer);
		const tick = this.#isStopped ? undefined : nextTick(this.#state);
		this.#timer =
			tick === undefined ? undefined : setTimeout(() => this.#tick(), Math.max(0, tick - performance.now()));
	}

	/** Everybody wakes, and time stands for good: whoever still works when a lab ends keeps its process no longer. */
	stop(): void {
		this.#isStopped = true;
		clearTimeout(this.#timer);
		for (const wake of this.#waking.values()) {
			wake();
		}
		this.#waking.clear();
	}

	#tick(): void {
		const {state, woken, arrived} = advance(this.#state, performance.now());
		this.#state = state;
		if (arrived) {
			this.#options.arrived(this.now());
		}
		for (const id of woken) {
			const wake = this.#waking.get(id);
			this.#waking.delete(id);
			wake?.();
		}
		this.reconsider();
	}
}
