import {type Automaton, automatonFor, MOST_LEFT_BEHIND, NOTHING} from './automaton.js';
import {needlesFor} from './needles.js';

/** Stands where a secret was. Neighbours in the output may share one. */
export const MARK = '[secret]';

/**
Takes secrets out of one stream of bytes, wherever its chunks end.

What could still be the beginning of a secret is held back until more comes or the stream ends: at most the length of
the longest form of a secret, and what breaks it up. Chunks may be given back as they are.
*/
export type Redactor = {
	push(bytes: Uint8Array): Uint8Array;
	/** What was held back. The redactor takes no more after this. */
	end(): Uint8Array;
};

const NO_BYTES = new Uint8Array(0);
const MARK_BYTES = new TextEncoder().encode(MARK);

/**
A redactor for these secrets on a host that prints in `encoding` (a WHATWG label). With no secret it costs nothing and gives
every chunk back as it is. A secret is seen also where colours or line ends break it up, and what breaks it up stays:

> | TOKEN=zeb^[[31mra-cro^[[0mssing      > | TOKEN=[secret]^[[31m[secret]^[[0m[secret]
> | emVicmEtY3Jv                         > | [secret]
> |   c3Npbmc=                           > |   [secret]=

At a line end, one or two characters of it may stay in the line before. A secret of fewer than 8 characters is taken out as
it is, but not its encoded forms, and one of fewer than 4 not at all: they would match what is no secret. Redaction is a
safety net: see `needlesFor` for what slips through.
*/
export function createRedactor(secrets: readonly string[], encoding = 'utf-8'): Redactor {
	const automaton = secrets.length === 0 ? undefined : automatonOf(secrets, encoding);
	return automaton === undefined ? {push: bytes => bytes, end: () => NO_BYTES} : new AutomatonRedactor(automaton);
}

/** The same for a text at hand. */
export function redactText(text: string, secrets: readonly string[]): string {
	if (secrets.length === 0 || text === '') {
		return text;
	}

	return Buffer.from(redactBytes(Buffer.from(text), secrets)).toString();
}

/** The same for bytes at hand. */
export function redactBytes(bytes: Uint8Array, secrets: readonly string[], encoding = 'utf-8'): Uint8Array {
	const redactor = createRedactor(secrets, encoding);
	return Buffer.concat([redactor.push(bytes).slice(), redactor.end()]);
}

const automata = new WeakMap<readonly string[], Map<string, Automaton | undefined>>();

/** Made once for each list and encoding. Undefined: nothing to look for. */
function automatonOf(secrets: readonly string[], encoding: string): Automaton | undefined {
	const ofSecrets = automata.get(secrets) ?? new Map<string, Automaton | undefined>();
	automata.set(secrets, ofSecrets);
	if (!ofSecrets.has(encoding)) {
		const needles = needlesFor(secrets, encoding);
		ofSecrets.set(encoding, needles.length === 0 ? undefined : automatonFor(needles));
	}

	return ofSecrets.get(encoding);
}

/** From `start` up to, not including, `end`, in the bytes at hand. */
type Range = {readonly start: number; readonly end: number};

const LF = 0x0a;
const CR = 0x0d;
const ESC = 0x1b;

/** What breaks a secret up is a line end with the indentation behind it, a CSI sequence, or the choice of a character set. */
type Break = 'line' | 'escape' | 'csi' | 'charset';

/** A longer one does not come in the middle of a word. */
const MAX_BREAK_BYTES = 64;

/** What follows a secret over what breaks it up, as long as it may be one. */
type Broken = {
	/** As if what breaks it up were not there. */
	state: number;
	/** Ranges that were left out, oldest first; the last one may still grow: then `open` says what it is. */
	readonly breaks: Array<{start: number; end: number}>;
	open: Break | undefined;
	/** Bytes since the last break. */
	since: number;
};

class AutomatonRedactor implements Redactor {
	readonly #automaton: Automaton;
	#state = NOTHING;
	#broken: Broken | undefined;
	/** Bytes that were looked at, but may be the beginning of a secret. */
	#held: Uint8Array = NO_BYTES;
	/** So many of the held bytes belong to a secret whose mark is out already; 0: it ended right before them, -1: none did. */
	#marked = -1;
	/** Secrets among the held bytes, apart from each other and in order. */
	#found: Range[] = [];

	constructor(automaton: Automaton) {
		this.#automaton = automaton;
	}

	push(bytes: Uint8Array): Uint8Array {
		const atHand = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
		for (let index = this.#held.length; index < atHand.length; ) {
			index = this.#broken === undefined ? this.#look(atHand, index) : this.#lookOver(this.#broken, atHand, index);
		}

		const pending = atHand.length - this.#depthOf(this.#state);
		const broken = this.#broken === undefined ? pending : this.#beginOf(this.#broken, atHand.length);
		return this.#release(atHand, Math.min(pending, broken));
	}

	end(): Uint8Array {
		return this.#release(this.#held, this.#held.length);
	}

	/** Follows the automaton over what is new, from `from` on, up to where something may break a secret up. */
	#look(atHand: Uint8Array, from: number): number {
		const {next, column} = this.#automaton;
		let state = this.#state;
		for (let index = from; index < atHand.length; index++) {
			const byte = atHand[index] ?? 0;
			if (byte <= ESC && this.#mayBreak(byte, state)) {
				this.#state = state;
				this.#broken = {state, breaks: [], open: undefined, since: 0};
				return index;
			}

			state = next[state + (column[byte] ?? 0)] ?? 0;
			if (state < 0) {
				state = ~state;
				this.#note({start: index + 1 - this.#matchLengthOf(state), end: index + 1});
			}
		}

		this.#state = state;
		return atHand.length;
	}

	/** The same where a secret may be broken up, until it is clear that there is none, or that it is whole. */
	#lookOver(broken: Broken, atHand: Uint8Array, from: number): number {
		const {next, column} = this.#automaton;
		for (let index = from; index < atHand.length; index++) {
			const byte = atHand[index] ?? 0;
			this.#state = next[this.#state + (column[byte] ?? 0)] ?? 0;
			if (this.#state < 0) {
				this.#state = ~this.#state;
				this.#note({start: index + 1 - this.#matchLengthOf(this.#state), end: index + 1});
			}

			if (!this.#goesOn(broken, byte, index)) {
				this.#broken = undefined;
				return index + 1;
			}
		}

		return atHand.length;
	}

	/** False once nothing that began before a break can go on behind it. */
	#goesOn(broken: Broken, byte: number, index: number): boolean {
		const last = broken.breaks.at(-1);
		if (broken.open !== undefined && last !== undefined) {
			const then = afterByte(broken.open, byte);
			if (then === 'nothing' || index + 1 - last.start > MAX_BREAK_BYTES) {
				return false;
			}

			broken.open = then === 'whole' || then === 'over' ? undefined : then;
			if (then !== 'over') {
				last.end = index + 1;
				return true;
			}
		}

		const {next, column} = this.#automaton;
		if (this.#mayBreak(byte, broken.state)) {
			broken.breaks.push({start: index, end: index + 1});
			broken.open = byte === ESC ? 'escape' : 'line';
			broken.since = 0;
			return true;
		}

		if (byte === LF || byte === CR) {
			return false;
		}

		broken.state = next[broken.state + (column[byte] ?? 0)] ?? 0;
		broken.since++;
		if (broken.state < 0) {
			broken.state = ~broken.state;
			for (const piece of this.#piecesOf(broken, index + 1, this.#matchLengthOf(broken.state))) {
				this.#note(piece);
			}
		}

		// What is looked for at the beginning of a line only is not seen by who reads the bytes as they are
		const {firstRest, lineBegin} = this.#automaton;
		return broken.state >= firstRest || broken.state === lineBegin || this.#depthOf(broken.state) > broken.since;
	}

	/** The last `length` bytes before `end`, breaks not counted: the ranges that they make, the last one first. */
	#piecesOf({breaks}: Broken, end: number, length: number): readonly Range[] {
		const pieces: Range[] = [];
		let [to, missing] = [end, length];
		for (const gap of breaks.toReversed()) {
			if (to - gap.end >= missing) {
				break;
			}

			pieces.push({start: gap.end, end: to});
			missing -= to - gap.end;
			to = gap.start;
		}

		return [...pieces, {start: to - missing, end: to}].filter(({start, end}) => start < end);
	}

	/** Where what may be the beginning of a secret begins. */
	#beginOf(broken: Broken, end: number): number {
		return this.#piecesOf(broken, end, this.#depthOf(broken.state)).at(-1)?.start ?? end;
	}

	/**
	Whether a secret may go on behind a line end or an escape sequence. One or two of its characters at the end of a line are
	nearly always those of a word, and to wait for the next line would hold up what people watch.
	*/
	#mayBreak(byte: number, state: number): boolean {
		if (byte !== LF && byte !== CR && byte !== ESC) {
			return false;
		}

		const {firstRest, lineBegin} = this.#automaton;
		return byte === ESC
			? state === lineBegin || this.#depthOf(state) > 0
			: this.#depthOf(state) > (state >= firstRest ? 0 : MOST_LEFT_BEHIND);
	}

	#depthOf(state: number): number {
		return this.#automaton.depth[state / this.#automaton.columns] ?? 0;
	}

	#matchLengthOf(state: number): number {
		return this.#automaton.matchLength[state / this.#automaton.columns] ?? 0;
	}

	/** Ranges that touch become one, so that no part of one secret shows beside another. */
	#note(range: Range): void {
		const last = this.#found.at(-1);
		if (range.start > Math.max(last?.end ?? -1, this.#marked)) {
			this.#found.push(range);
			return;
		}

		const apart: Range[] = [];
		let {start, end} = range;
		for (const found of this.#found) {
			if (found.end < start || found.start > end) {
				apart.push(found);
			} else {
				start = Math.min(start, found.start);
				end = Math.max(end, found.end);
			}
		}

		if (start <= this.#marked) {
			this.#marked = Math.max(this.#marked, end);
			this.#found = apart;
		} else {
			this.#found = [...apart, {start, end}].toSorted((one, other) => one.start - other.start);
		}
	}

	/** Gives out what stands before `limit`, with a mark for each secret, and holds the rest back. */
	#release(atHand: Uint8Array, limit: number): Uint8Array {
		if (this.#broken !== undefined) {
			const breaks = this.#broken.breaks.map(({start, end}) => ({start: start - limit, end: end - limit}));
			// One that may still grow is wanted even if all of it is given out
			this.#broken = {...this.#broken, breaks: breaks.filter(({end}, index) => end > 0 || index === breaks.length - 1)};
		}

		if (this.#found.length === 0 && this.#marked < 0) {
			this.#held = limit === atHand.length ? NO_BYTES : atHand.slice(limit);
			return limit === atHand.length ? atHand : atHand.subarray(0, limit);
		}

		const pieces: Uint8Array[] = [];
		let [from, marked] = [Math.min(Math.max(0, this.#marked), limit), this.#marked];
		for (const {start, end} of this.#found.filter(({start}) => start < limit)) {
			pieces.push(atHand.subarray(from, start), MARK_BYTES);
			from = Math.min(end, limit);
			marked = end;
		}

		pieces.push(atHand.subarray(from, limit));
		this.#found = this.#found
			.filter(({start}) => start >= limit)
			.map(({start, end}) => ({start: start - limit, end: end - limit}));
		this.#marked = Math.max(-1, marked - limit);
		this.#held = atHand.slice(limit);
		return Buffer.concat(pieces);
	}
}

/** What becomes of a break with this byte. `whole`: the byte ends it; `over`: it had ended before; `nothing`: it was none. */
function afterByte(open: Break, byte: number): Break | 'whole' | 'over' | 'nothing' {
	switch (open) {
		case 'line':
			return byte === LF || byte === CR || byte === 0x20 || byte === 0x09 ? 'line' : 'over';
		case 'escape':
			return byte === 0x5b ? 'csi' : byte === 0x28 || byte === 0x29 ? 'charset' : 'nothing';
		case 'csi':
			// Digits, `:`, `;` and `?`: with anything else it would be a rare sequence, or none
			return (byte >= 0x30 && byte <= 0x3b) || byte === 0x3f
				? 'csi'
				: byte >= 0x40 && byte <= 0x7e
					? 'whole'
					: 'nothing';
		case 'charset':
			return byte >= 0x20 && byte <= 0x7e ? 'whole' : 'nothing';
	}
}
