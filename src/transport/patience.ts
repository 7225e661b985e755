import {alarm} from './timing.js';

/** A time limit that stands still while a person is asked. */
export class Patience {
	#ms: number;
	#stop: () => void = () => {};
	#isOver = false;
	readonly #expire: () => void;

	constructor(ms: number, expire: () => void) {
		this.#ms = ms;
		this.#expire = expire;
		this.restart(ms);
	}

	restart(ms: number): void {
		this.#ms = ms;
		this.#stop();
		if (!this.#isOver) {
			this.#stop = alarm(ms, this.#expire);
		}
	}

	async without<T>(asking: Promise<T>): Promise<T> {
		this.#stop();
		const answer = await asking;
		this.restart(this.#ms);
		return answer;
	}

	end(): void {
		this.#isOver = true;
		this.#stop();
	}
}
