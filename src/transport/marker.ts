const newline = 0x0a;
/** `TOKEN 4194304 /bin/bash\n`: what follows the token is short. */
const longestTail = 256;
const noiseKept = 2048;

/**
Takes the wrapper's marker line out of one of a command's streams.

> | Welcome!fieldbook:3f9a… 4711␊hello␊
            ^~~~~~~~~~~~~~~~~~~~~~ the marker: its token, a blank, a word, a line end. Chunks may cut it anywhere
    ^~~~~~~~ noise: what start-up files print. It is no output of the script
                                  ^~~~~~ output
*/
export class MarkerFilter {
	/** What stands behind the token; undefined as long as the marker has not come. */
	word: string | undefined;
	/** The beginning of what came instead of the marker, or before it. */
	noise = '';
	readonly #token: Buffer;
	#held: Buffer = Buffer.alloc(0);

	constructor(token: string) {
		this.#token = Buffer.from(`${token} `);
	}

	/** The part of `bytes` that is the script's output; undefined if there is none. */
	push(bytes: Uint8Array): Uint8Array | undefined {
		if (this.word !== undefined) {
			return bytes;
		}

		const held = Buffer.concat([this.#held, bytes]);
		const start = held.indexOf(this.#token);
		const end = start === -1 ? -1 : held.indexOf(newline, start);
		if (end === -1) {
			this.#held = this.#keepWhatMayBeMarker(held, start);
			return undefined;
		}

		this.#addNoise(held.subarray(0, start));
		this.#held = Buffer.alloc(0);
		this.word = held.toString('latin1', start + this.#token.length, end);
		return end + 1 < held.length ? held.subarray(end + 1) : undefined;
	}

	/** Nothing more comes: what was held back was noise. */
	end(): void {
		this.#addNoise(this.#held);
		this.#held = Buffer.alloc(0);
	}

	#keepWhatMayBeMarker(held: Buffer, start: number): Buffer {
		const from = start === -1 ? Math.max(0, held.length - this.#token.length - longestTail) : start;
		this.#addNoise(held.subarray(0, from));
		return Buffer.from(held.subarray(from));
	}

	#addNoise(bytes: Buffer): void {
		if (this.noise.length < noiseKept) {
			this.noise += bytes.toString('utf8', 0, noiseKept);
		}
	}
}
