import type {Clock} from '../../src/engine/ports.js';
import {callOff, type Timeline} from './timeline.js';

/** It never comes. */
export function never<What>(): Promise<What> {
	return new Promise(() => {});
}

/**
The life of one process of ours, from its start to its end or its sudden death. Whatever it asks of the world is a
boundary, before and after; it may die at any of them, and nothing reaches it or comes from it any more.
*/
export class Life {
	/** From 1. */
	readonly number: number;
	isOver = false;
	readonly #timeline: Timeline;
	readonly #atEnd: Array<() => void> = [];
	/** It dies at the boundary after so many others. */
	#left: number;
	readonly #tell: (what: string) => void;

	constructor(number: number, left: number, timeline: Timeline, tell: (what: string) => void) {
		this.number = number;
		this.#left = left;
		this.#timeline = timeline;
		this.#tell = tell;
	}

	/** False: it died here, or was dead already. */
	passes(where: string): boolean {
		if (this.isOver) {
			return false;
		}

		this.#left--;
		if (this.#left < 0) {
			this.#tell(`life ${this.number} dies at ${where}`);
			this.end();
			return false;
		}

		return true;
	}

	/** No death any more but of old age. */
	becomesSafe(): void {
		this.#left = Number.POSITIVE_INFINITY;
	}

	/** What it held is let go of. */
	end(): void {
		if (!this.isOver) {
			this.isOver = true;
			for (const letGo of this.#atEnd) {
				letGo();
			}
		}
	}

	onEnd(letGo: () => void): void {
		this.#atEnd.push(letGo);
	}

	/** Resolves after so many milliseconds if it is still alive then, and survives hearing of it. */
	hears<What>(ms: number, what: What, where: string): Promise<What> {
		return new Promise(resolve => {
			this.#timeline.after(ms, () => {
				if (this.passes(where)) {
					resolve(what);
				}
			});
		});
	}

	get clock(): Clock {
		return {
			now: async () => (this.isOver ? never() : this.#timeline.now),
			sleep: (ms, signal) =>
				new Promise(resolve => {
					if (this.isOver) {
						return;
					}

					if (signal?.aborted) {
						resolve();
						return;
					}

					const due = this.#timeline.after(ms, () => {
						if (!this.isOver) {
							resolve();
						}
					});
					signal?.addEventListener('abort', () => {
						callOff(due);
						resolve();
					});
				}),
		};
	}
}
