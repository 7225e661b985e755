/** A time limit that stands still while a person is asked. */
export class Patience {
	#ms: number;
	#timer: NodeJS.Timeout | undefined;
	#isOver = false;
	readonly #expire: () => void;

	constructor(ms: number, expire: () => void) {
		this.#ms = ms;
		this.#expire = expire;
		this.restart(ms);
	}

	restart(ms: number): void {
		this.#ms = ms;
		clearTimeout(this.#timer);
		if (!this.#isOver) {
			this.#timer = setTimeout(this.#expire, ms);
		}
	}

	async without<T>(asking: Promise<T>): Promise<T> {
		clearTimeout(this.#timer);
		const answer = await asking;
		this.restart(this.#ms);
		return answer;
	}

	end(): void {
		this.#isOver = true;
		clearTimeout(this.#timer);
	}
}
