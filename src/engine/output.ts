import {createRedactor, type Redactor} from '../run/redaction.js';
import {withoutClixml} from '../text/clixml.js';
import type {OutputSink, Stream} from './ports.js';

/** Of each stream, kept in memory for looking into it. */
const MAX_LOOKED_AT_BYTES = 1024 * 1024;

/** What a try printed, decoded. `overflowed`: it was more, and what is here is its beginning. */
export type Printed = {
	readonly output: {readonly out: string; readonly err: string};
	readonly overflowed: boolean;
};

/**
The output of one try on its way from the host into the store: secrets taken out, nothing decoded.

A copy is kept only where somebody will look into it.
*/
export class OutputOfTry {
	/** For the transport. */
	readonly sink: OutputSink = (stream, bytes) => this.#take(stream, this.#redactor(stream).push(bytes));
	readonly #write: OutputSink;
	readonly #secrets: () => readonly string[];
	readonly #redactors: {[name in Stream]?: Redactor} = {};
	readonly #copies: {readonly [name in Stream]: Uint8Array[]} | undefined;
	readonly #copied = {out: 0, err: 0};

	/** `write` takes what is left when the secrets are out. */
	constructor(write: OutputSink, secrets: () => readonly string[], isLookedAt: boolean) {
		this.#write = write;
		this.#secrets = secrets;
		this.#copies = isLookedAt ? {out: [], err: []} : undefined;
	}

	/** No more comes. `encoding` is a WHATWG label. */
	end(encoding: string): Printed {
		for (const stream of ['out', 'err'] as const) {
			this.#take(stream, this.#redactors[stream]?.end() ?? new Uint8Array(0));
		}

		const decode = (stream: Stream) =>
			withoutClixml(new TextDecoder(encoding).decode(Buffer.concat(this.#copies?.[stream] ?? [])));
		return {
			output: {out: decode('out'), err: decode('err')},
			overflowed: this.#copies !== undefined && Math.max(this.#copied.out, this.#copied.err) > MAX_LOOKED_AT_BYTES,
		};
	}

	/** Made with the first byte: by then every secret of this try is known, the one for logging in too. */
	#redactor(stream: Stream): Redactor {
		this.#redactors[stream] ??= createRedactor(this.#secrets());
		return this.#redactors[stream];
	}

	#take(stream: Stream, bytes: Uint8Array): void {
		if (bytes.length === 0) {
			return;
		}

		this.#write(stream, bytes);
		const room = MAX_LOOKED_AT_BYTES - this.#copied[stream];
		if (this.#copies !== undefined) {
			if (room > 0) {
				this.#copies[stream].push(bytes.slice(0, room));
			}

			this.#copied[stream] += bytes.length;
		}
	}
}
