import type {RunHandle} from '../engine/handle.js';

/** Tells whoever waits that there is something new to look at: an event, the end of the run, an interruption. */
export class Bell {
	#isOver = false;
	#isRung = false;
	#ring: () => void = () => {};
	readonly #interrupt: AbortSignal | undefined;
	readonly #unsubscribe: () => void;
	readonly #ringNow = () => {
		this.#isRung = true;
		this.#ring();
	};

	readonly #over = () => {
		this.#isOver = true;
		this.#ringNow();
	};

	constructor(handle: RunHandle, interrupt: AbortSignal | undefined) {
		this.#interrupt = interrupt;
		this.#unsubscribe = handle.subscribe(this.#ringNow);
		interrupt?.addEventListener('abort', this.#ringNow);
		handle.ended.then(this.#over, this.#over);
	}

	/** The run has ended, well or not: nothing new will come but what can be pulled now. */
	get isOver(): boolean {
		return this.#isOver;
	}

	get isInterrupted(): boolean {
		return this.#interrupt?.aborted ?? false;
	}

	/**
	Resolves at the next ring, or at once if it rang since the last time; in both cases after the work that rang it, so
	that a host gets its next command before anybody is told of the last one.
	*/
	async rung(): Promise<void> {
		if (!this.#isRung) {
			await new Promise<void>(resolve => {
				this.#ring = resolve;
			});
		}

		await new Promise(setImmediate);
		this.#isRung = false;
	}

	remove(): void {
		this.#unsubscribe();
		this.#interrupt?.removeEventListener('abort', this.#ringNow);
	}
}
