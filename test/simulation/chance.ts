/** What is left to chance, decided by a seed: the same seed always decides the same. */
export class Chance {
	#state: number;

	/** Any whole number; neighbours have nothing in common. */
	constructor(seed: number) {
		this.#state = (Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995) >>> 0;
		this.fraction();
		this.fraction();
	}

	/** At least 0 and below 1. Source: Tommy Ettinger's mulberry32, in the public domain. */
	fraction(): number {
		this.#state = (this.#state + 0x6d2b79f5) >>> 0;
		let mixed = this.#state;
		mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	}

	/** A whole number from 0 on, below `limit`. */
	below(limit: number): number {
		return Math.floor(this.fraction() * limit);
	}

	/** A whole number, both ends included. */
	between(least: number, most: number): number {
		return least + this.below(most - least + 1);
	}

	maybe(probability: number): boolean {
		return this.fraction() < probability;
	}

	/** One of them; there is at least one. */
	pick<One>(from: readonly One[]): One {
		if (from.length === 0) {
			throw new Error('There is nothing to choose from');
		}

		return from[this.below(from.length)] as One;
	}
}
