import type {OutputKey, OutputWindow} from '../../engine/ports.js';
import type {OutputLine} from '../../text/output-line.js';
import {OutputInterpreter} from '../../text/sanitise.js';

/** What a pane knows of one stretch of output: a bounded end of it, in lines that do no harm. */
export type OutputView = {
	readonly key: OutputKey;
	/** Finished and unfinished lines; the first has the number `firstLine`. Grows in place: read it, keep nothing of it. */
	readonly lines: readonly OutputLine[];
	readonly firstLine: number;
	/** When each of `lines` began, in this laptop's milliseconds since 1970; 0: nobody noted it. */
	readonly times: readonly number[];
	/** Bytes that came in all. */
	readonly bytes: number;
	/** Bytes that were never made into lines: a flood went by too fast. They are in the run file. */
	readonly skipped: number;
	/** Bytes that came since the view was pinned and are not in `lines`. */
	readonly unread: number;
	/** Milliseconds since 1970 on this laptop; 0 if nothing came. */
	readonly lastAt: number;
};

/** What is asked for with each look at the run. */
export const maxTailBytes = 256 * 1024;

/** In a flood only so much of each look is made into lines: a few screens. */
const floodBytes = 48 * 1024;
const maxLines = 10_000;
/** A pinned pane stops reading here, so that the lines on the screen are not pushed out at the other end. */
const maxPinnedLines = 8000;

/**
Makes lines of the tails of one stretch, look by look.

What a look shares with the one before is not read twice. Where bytes went by unseen, following goes on behind them, and
a pinned pane keeps the lines that it has.
*/
export class OutputReader {
	readonly key: OutputKey;
	#interpreter: OutputInterpreter;
	/** Line numbers go on counting when the interpreter is replaced. */
	#linesBefore = 0;
	/** When each of the interpreter's lines began, the unfinished one too, from line `#timesFrom` of it on. */
	#times: number[] = [];
	#timesFrom = 0;
	readonly #encoding: string;
	#read = 0;
	#skipped = 0;
	#seen: OutputWindow = {bytes: new Uint8Array(0), start: 0, total: 0, times: [], lastAt: 0};

	/** `encoding`: the host's, a WHATWG label. */
	constructor(key: OutputKey, encoding: string) {
		this.key = key;
		this.#encoding = encoding;
		this.#interpreter = this.#anew();
	}

	/** `isPinned`: somebody reads further up. */
	take(tail: OutputWindow, isPinned: boolean): OutputView {
		this.#seen = tail;
		if (tail.total < this.#read) {
			this.#startAgain();
		}

		const fresh = tail.total - this.#read;
		if (isPinned && (fresh > tail.bytes.length || this.#interpreter.lines.length > maxPinnedLines)) {
			return this.#view();
		}

		// The first look may cost more: what is over is read from further back.
		const limit = this.#read === 0 ? tail.bytes.length : Math.min(floodBytes, tail.bytes.length);
		if (fresh > limit) {
			this.#startBehind(fresh, limit, tail);
		} else {
			this.#push(tail, tail.bytes.length - fresh);
		}

		this.#read = tail.total;
		return this.#view();
	}

	/** What was read is fetched anew from its host, from the first byte. */
	#startAgain(): void {
		this.#interpreter = this.#anew();
		[this.#linesBefore, this.#times, this.#timesFrom, this.#read, this.#skipped] = [0, [], 0, 0, 0];
	}

	/** Begins anew at the first whole line of the newest bytes. */
	#startBehind(fresh: number, limit: number, tail: OutputWindow): void {
		const first = tail.bytes.length - limit;
		const lineEnd = tail.bytes.indexOf(10, first);
		const from = lineEnd < 0 ? first : lineEnd + 1;
		this.#skipped += fresh - (tail.bytes.length - from);
		this.#linesBefore += this.#interpreter.firstLine + this.#interpreter.lines.length;
		this.#interpreter = this.#anew();
		this.#times = [];
		this.#timesFrom = 0;
		this.#push(tail, from);
	}

	/** The bytes of the tail from `from` on, in pieces that came at one time, so that each line that begins in one has it. */
	#push({bytes, start, times}: OutputWindow, from: number): void {
		const before = times.findLast(({offset}) => offset <= start + from);
		const later = times.filter(({offset}) => offset > start + from);
		const pieces = [{offset: start + from, at: before?.at ?? 0}, ...later];
		pieces.forEach(({offset, at}, index) => {
			const end = pieces[index + 1]?.offset ?? start + bytes.length;
			this.#interpreter.push(bytes.subarray(offset - start, end - start));
			const {firstLine, lines, unfinished} = this.#interpreter;
			const begun = firstLine + lines.length + Math.min(1, unfinished.length);
			while (this.#timesFrom + this.#times.length < begun) {
				this.#times.push(at);
			}
		});
		const dropped = this.#interpreter.firstLine - this.#timesFrom;
		if (dropped > maxLines) {
			this.#times.splice(0, dropped);
			this.#timesFrom += dropped;
		}
	}

	#anew(): OutputInterpreter {
		return new OutputInterpreter({encoding: this.#encoding, maxLines});
	}

	#view(): OutputView {
		const {lines, unfinished, firstLine} = this.#interpreter;
		return {
			key: this.key,
			lines: unfinished.length > 0 ? [...lines, unfinished] : lines,
			firstLine: this.#linesBefore + firstLine,
			times: this.#times.slice(firstLine - this.#timesFrom),
			bytes: this.#seen.total,
			skipped: this.#skipped,
			unread: this.#seen.total - this.#read,
			lastAt: this.#seen.lastAt,
		};
	}
}

export function sameStretch(one: OutputKey | undefined, other: OutputKey | undefined): boolean {
	return (
		one?.step === other?.step &&
		one?.host === other?.host &&
		one?.attempt === other?.attempt &&
		one?.part === other?.part
	);
}
