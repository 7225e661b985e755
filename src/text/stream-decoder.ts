/** Those whose decoder in Node throws for some invalid bytes that come in two pieces, though nobody asked it to be strict. */
const fragile: ReadonlySet<string> = new Set(['gbk', 'gb18030', 'euc-jp']);

/** Bytes below are whole characters in all of these, never the rest of one. */
const alwaysAlone = 0x30;

/** As long as nothing certainly ends a character, so much is remembered. */
const maxRemembered = 65_536;

const nothing = new Uint8Array();

/**
Text of bytes that come in pieces. What is invalid becomes U+FFFD, and nothing that a host can send makes it throw.

Where Node's decoder fails at the border of two pieces, a new one reads again from the last byte that ended a character.
*/
export class StreamDecoder {
	readonly #encoding: string;
	readonly #isFragile: boolean;
	#decoder: TextDecoder;
	/** The bytes since the last one that ended a character for certain, and the text that was made of them already. */
	#since: Uint8Array = nothing;
	#made = '';

	/** `encoding`: a WHATWG label; throws a `RangeError` if there is none of that name. */
	constructor(encoding: string) {
		this.#encoding = encoding;
		this.#decoder = new TextDecoder(encoding);
		this.#isFragile = fragile.has(this.#decoder.encoding);
	}

	push(bytes: Uint8Array): string {
		return this.#isFragile ? this.#readAnyhow(bytes) : this.#decoder.decode(bytes, {stream: true});
	}

	/** No more bytes will come: a cut character is U+FFFD. */
	end(): string {
		try {
			return this.#decoder.decode();
		} catch {
			return new TextDecoder(this.#encoding).decode(this.#since).slice(this.#made.length);
		}
	}

	#readAnyhow(bytes: Uint8Array): string {
		const text = this.#read(bytes);
		const border = bytes.findLastIndex(byte => byte < alwaysAlone) + 1;
		if (border > 0) {
			this.#since = bytes.slice(border);
			this.#made = new TextDecoder(this.#encoding).decode(this.#since, {stream: true});
		} else {
			this.#since = Buffer.concat([this.#since, bytes]);
			this.#made += text;
		}

		return this.#since.length > maxRemembered ? text + this.#forget() : text;
	}

	#read(bytes: Uint8Array): string {
		try {
			return this.#decoder.decode(bytes, {stream: true});
		} catch {
			this.#decoder = new TextDecoder(this.#encoding);
			const again = this.#decoder.decode(Buffer.concat([this.#since, bytes]), {stream: true});
			return again.slice(this.#made.length);
		}
	}

	/** Nobody writes so much without a blank or a line end. */
	#forget(): string {
		const rest = this.end();
		this.#decoder = new TextDecoder(this.#encoding);
		this.#since = nothing;
		this.#made = '';
		return rest;
	}
}
