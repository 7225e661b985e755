const newline = 0x0a;
const longestWord = 64;

/**
Takes the last word of a command out of one of its streams, and lets the rest through as it comes.

> | no line endfieldbook:3f9a… end 3␊
               ^~~~~~~~~~~~~~~~~~~~~~ the marker: its token, `end`, the exit status, a line end. Chunks may cut it anywhere
*/
export class EndMarker {
	/** What stands behind the token; undefined as long as the marker has not come. */
	word: string | undefined;
	readonly #token: Buffer;
	#held: Buffer = Buffer.alloc(0);

	constructor(token: string) {
		this.#token = Buffer.from(`${token} end `);
	}

	/** The exit status; undefined as long as the marker has not come. */
	get code(): number | undefined {
		return this.word === undefined ? undefined : Number(this.word);
	}

	/** What of the stream so far is surely no marker. */
	push(bytes: Uint8Array): Uint8Array {
		const held = Buffer.concat([this.#held, bytes]);
		const start = this.word === undefined ? held.indexOf(this.#token) : -1;
		const end = start === -1 ? -1 : held.indexOf(newline, start);
		if (end !== -1) {
			this.word = held.toString('latin1', start + this.#token.length, end);
			this.#held = Buffer.alloc(0);
			return Buffer.concat([held.subarray(0, start), held.subarray(end + 1)]);
		}

		const keep = this.word === undefined ? (start === -1 ? this.#startAtEnd(held) : held.length - start) : 0;
		const isMarker = keep <= this.#token.length + longestWord;
		this.#held = isMarker ? Buffer.from(held.subarray(held.length - keep)) : Buffer.alloc(0);
		return isMarker ? held.subarray(0, held.length - keep) : held;
	}

	/** Nothing more comes: what was held back was no marker. */
	rest(): Uint8Array {
		const rest = this.#held;
		this.#held = Buffer.alloc(0);
		return rest;
	}

	/** How many bytes at the end may be the beginning of the marker. */
	#startAtEnd(held: Buffer): number {
		for (let length = Math.min(this.#token.length - 1, held.length); length > 0; length -= 1) {
			if (this.#token.subarray(0, length).equals(held.subarray(held.length - length))) {
				return length;
			}
		}

		return 0;
	}
}
