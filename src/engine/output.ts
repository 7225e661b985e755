import {createRedactor, type Redactor} from '../run/redaction.js';
import {withoutClixml} from '../text/clixml.js';
import type {OutputSink, Stream} from './ports.js';

/** Of each stream, kept in memory for looking into it. */
const MAX_LOOKED_AT_BYTES = 1024 * 1024;

const NOTHING = new Uint8Array(0);

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
	readonly #encoding: string;
	readonly #redactors: {[name in Stream]?: {readonly redactor: Redactor; readonly knows: readonly string[]}} = {};
	readonly #copies: {readonly [name in Stream]: Uint8Array[]} | undefined;
	readonly #copied = {out: 0, err: 0};

	/** `write` takes what is left when the secrets are out; `encoding` is the host's, a WHATWG label. */
	constructor(write: OutputSink, secrets: () => readonly string[], encoding: string, isLookedAt: boolean) {
		this.#write = write;
		this.#secrets = secrets;
		this.#encoding = encoding;
		this.#copies = isLookedAt ? {out: [], err: []} : undefined;
	}

	/** No more comes. */
	end(): Printed {
		for (const stream of ['out', 'err'] as const) {
			this.#take(stream, this.#redactors[stream]?.redactor.end() ?? NOTHING);
		}

		const decode = (stream: Stream) =>
			withoutClixml(new TextDecoder(this.#encoding).decode(Buffer.concat(this.#copies?.[stream] ?? [])));
		return {
			output: {out: decode('out'), err: decode('err')},
			overflowed: this.#copies !== undefined && Math.max(this.#copied.out, this.#copied.err) > MAX_LOOKED_AT_BYTES,
		};
	}

	/** Made with the first byte, and anew once one more secret is known: it may come to this host by another way. */
	#redactor(stream: Stream): Redactor {
		const secrets = this.#secrets();
		const current = this.#redactors[stream];
		if (current !== undefined && current.knows === secrets) {
			return current.redactor;
		}

		this.#take(stream, current?.redactor.end() ?? NOTHING);
		const redactor = createRedactor(secrets, this.#encoding);
		this.#redactors[stream] = {redactor, knows: secrets};
		return redactor;
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
