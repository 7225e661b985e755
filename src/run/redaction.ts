import {type Automaton, automatonFor} from './automaton.js';
import {needlesFor} from './needles.js';

/** Stands where a secret was. Neighbours in the output may share one. */
export const MARK = '[secret]';

/**
Takes secrets out of one stream of bytes, wherever its chunks end.

What could still be the beginning of a secret is held back until more comes or the stream ends: at most the length of
the longest form of a secret. Chunks may be given back as they are.
*/
export type Redactor = {
	push(bytes: Uint8Array): Uint8Array;
	/** What was held back. The redactor takes no more after this. */
	end(): Uint8Array;
};

const NOTHING = new Uint8Array(0);
const MARK_BYTES = new TextEncoder().encode(MARK);

/**
A redactor for these secrets; with none it costs nothing and gives every chunk back as it is.

A secret of fewer than 8 characters is taken out as it is, but not its encoded forms: they would match what is no
secret. Whoever declares one is told so. Redaction is a safety net: see `needlesFor` for what slips through.
*/
export function createRedactor(secrets: readonly string[]): Redactor {
	const automaton = automatonOf(secrets);
	return automaton === undefined ? {push: bytes => bytes, end: () => NOTHING} : new AutomatonRedactor(automaton);
}

/** The same for a text at hand. */
export function redactText(text: string, secrets: readonly string[]): string {
	if (secrets.length === 0) {
		return text;
	}

	const redactor = createRedactor(secrets);
	const redacted = [redactor.push(new TextEncoder().encode(text)).slice(), redactor.end()];
	return new TextDecoder().decode(Buffer.concat(redacted));
}

const automata = new WeakMap<readonly string[], Automaton | undefined>();

/** Made once for each list. Undefined: nothing to look for. */
function automatonOf(secrets: readonly string[]): Automaton | undefined {
	if (!automata.has(secrets)) {
		const needles = needlesFor(secrets);
		automata.set(secrets, needles.length === 0 ? undefined : automatonFor(needles));
	}

	return automata.get(secrets);
}

/** From `start` up to, not including, `end`, in the bytes at hand. */
type Range = {readonly start: number; readonly end: number};

class AutomatonRedactor implements Redactor {
	readonly #automaton: Automaton;
	#state = 0;
	/** Bytes that were looked at, but may be the beginning of a secret. */
	#held: Uint8Array = NOTHING;
	/** So many of the held bytes belong to a secret whose mark is out already. */
	#marked = 0;
	/** Secrets among the held bytes, apart from each other and in order. */
	#found: Range[] = [];

	constructor(automaton: Automaton) {
		this.#automaton = automaton;
	}

	push(bytes: Uint8Array): Uint8Array {
		const atHand = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
		this.#look(atHand, this.#held.length);
		return this.#release(atHand, atHand.length - (this.#automaton.depth[this.#state] ?? 0));
	}

	end(): Uint8Array {
		return this.#release(this.#held, this.#held.length);
	}

	/** Follows the automaton over what is new, behind the first `from` bytes. */
	#look(atHand: Uint8Array, from: number): void {
		const {next, column, columns, matchLength} = this.#automaton;
		let state = this.#state;
		for (let index = from; index < atHand.length; index++) {
			state = next[state * columns + (column[atHand[index] ?? 0] ?? 0)] ?? 0;
			const length = matchLength[state] ?? 0;
			if (length > 0) {
				this.#note({start: index + 1 - length, end: index + 1});
			}
		}

		this.#state = state;
	}

	/** Ranges that touch become one, so that no part of one secret shows beside another. */
	#note({start, end}: Range): void {
		let from = start;
		while ((this.#found.at(-1)?.end ?? -1) >= from) {
			from = Math.min(from, this.#found.pop()?.start ?? from);
		}

		if (this.#marked > 0 && from <= this.#marked) {
			this.#marked = end;
		} else {
			this.#found.push({start: from, end});
		}
	}

	/** Gives out what stands before `limit`, with a mark for each secret, and holds the rest back. */
	#release(atHand: Uint8Array, limit: number): Uint8Array {
		if (this.#found.length === 0 && this.#marked === 0) {
			this.#held = limit === atHand.length ? NOTHING : atHand.slice(limit);
			return limit === atHand.length ? atHand : atHand.subarray(0, limit);
		}

		const pieces: Uint8Array[] = [];
		let [from, marked] = [Math.min(this.#marked, limit), this.#marked];
		for (const {start, end} of this.#found.filter(({start}) => start < limit)) {
			pieces.push(atHand.subarray(from, start), MARK_BYTES);
			from = Math.min(end, limit);
			marked = end;
		}

		pieces.push(atHand.subarray(from, limit));
		this.#found = this.#found
			.filter(({start}) => start >= limit)
			.map(({start, end}) => ({start: start - limit, end: end - limit}));
		this.#marked = Math.max(0, marked - limit);
		this.#held = atHand.slice(limit);
		return Buffer.concat(pieces);
	}
}
