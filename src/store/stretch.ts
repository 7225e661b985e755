import {createHash, type Hash} from 'node:crypto';
import type {OutputTime, OutputWindow, Stream} from '../engine/ports.js';
import type {OutputFacts} from '../run/event.js';

/** Kept from the beginning of a stretch of output, whatever comes later. */
export const HEAD_BYTES = 8 * 1024 * 1024;

/** Kept from its end, beyond the head. Also what a screen can scroll back in while it streams. */
export const TAIL_BYTES = 4 * 1024 * 1024;

const PAGE_BYTES = 64 * 1024;
const MOST_SPARE_PAGES = 8;

/** How much may come before it is written, besides by time and with each event. */
const FLUSH_BYTES = 1024 * 1024;
const FLOOD_FLUSH_BYTES = 64 * 1024 * 1024;

/** Output that changes its stream with every byte would make a chunk of each: then the number bounds, not the size. */
const HEAD_CHUNKS = 8192;
const TAIL_CHUNKS = 2048;

/** Finer times than this tell a person nothing, and a line a millisecond would be mostly times. */
const TIME_EVERY_MS = 1000;

/** A run of bytes of one stream, as one row of the run file. `start` counts the bytes of both streams before it. */
export type Chunk = {
	readonly seq: number;
	readonly start: number;
	readonly stream: Stream;
	readonly bytes: Uint8Array;
	readonly times: readonly OutputTime[];
};

type Slab = {
	readonly seq: number;
	readonly start: number;
	readonly stream: Stream;
	/** From its first byte to the end of the page; a change of stream begins a new slab behind it in the same page. */
	readonly room: Buffer;
	readonly times: OutputTime[];
	used: number;
	written: number;
};

/**
The output of one part of an attempt while it comes in: hash and count over all of it, the newest bytes at hand.

Memory is bounded by `TAIL_BYTES` and one chunk, however much comes.
*/
export class Stretch {
	readonly #hash = createHash('sha256');
	readonly #slabs: Slab[] = [];
	readonly #spare: Buffer[] = [];
	#nextSeq = 0;
	#total = 0;
	#lastAt = 0;
	#unwritten = 0;
	/** The first `seq` behind the head: those rows may be dropped. */
	#headEnd = 0;
	/** How many bytes stand in the head, once something stands behind it. */
	#headBytes = 0;
	/** Over the rows of the head, but for one that still grows. */
	readonly #rowsHash = createHash('sha256');
	#headLost = 0;
	#isWhole = true;

	/** Copies the bytes; the caller may use its buffer again. `nowMs` is the laptop's time. */
	write(stream: Stream, bytes: Uint8Array, nowMs: number): void {
		this.#hash.update(bytes);
		this.#lastAt = nowMs;
		for (let from = 0; from < bytes.length; ) {
			const slab = this.#slabFor(stream);
			const noted = slab.times.at(-1);
			if (noted === undefined || nowMs - noted.at >= TIME_EVERY_MS) {
				slab.times.push({offset: slab.start + slab.used, at: nowMs});
			}

			const piece = bytes.subarray(from, from + slab.room.length - slab.used);
			slab.room.set(piece, slab.used);
			slab.used += piece.length;
			from += piece.length;
			this.#total += piece.length;
			this.#unwritten += piece.length;
		}

		this.#forgetWhatIsOld();
	}

	/** Nothing has come yet that a row may lose again. */
	get inHead(): boolean {
		return this.#total <= HEAD_BYTES && this.#nextSeq <= HEAD_CHUNKS;
	}

	/** Enough came to write it now. In the head every byte must reach a row; behind it most are overtaken first. */
	get isDue(): boolean {
		return (
			this.#unwritten >= (this.inHead ? FLUSH_BYTES : FLOOD_FLUSH_BYTES) ||
			this.#slabs.length >= HEAD_CHUNKS + TAIL_CHUNKS
		);
	}

	/** So many bytes stand in no row yet. */
	get unwritten(): number {
		return this.#unwritten;
	}

	/**
	The chunks to write now, a grown one again with its old `seq`, and the rows that newer output has pushed out of
	the tail: from `dropFrom` up to, not including, `dropTo`. The same again until `confirm`.
	*/
	chunksToWrite(): {readonly chunks: readonly Chunk[]; readonly dropFrom: number; readonly dropTo: number} {
		const chunks = this.#slabs.filter(slab => slab.used > slab.written).map(chunkOf);
		return {chunks, dropFrom: this.#headEnd, dropTo: this.#slabs[0]?.seq ?? this.#nextSeq};
	}

	/** What was to be written is on the disk. */
	confirm(): void {
		for (const slab of this.#slabs) {
			slab.written = slab.used;
		}

		this.#unwritten = 0;
	}

	/** There is no room for what stands in no row yet: it goes, and counts as not kept. */
	forgetUnwritten(): void {
		this.#headLost += this.#slabs.filter(isHead).reduce((sum, {used, written}) => sum + used - written, 0);
		for (const slab of this.#slabs) {
			slab.used = slab.written;
		}

		this.#slabs.splice(0, this.#slabs.length, ...this.#slabs.filter(({used}) => used > 0));
		this.#unwritten = 0;
		this.#isWhole = false;
	}

	tail(maxBytes: number): OutputWindow {
		let wanted = Math.min(maxBytes, this.#total);
		const pieces: Uint8Array[] = [];
		const times: OutputTime[][] = [];
		for (let index = this.#slabs.length - 1; index >= 0 && wanted > 0; index--) {
			const slab = this.#slabs[index];
			if (slab !== undefined) {
				const piece = slab.room.subarray(Math.max(0, slab.used - wanted), slab.used);
				pieces.unshift(piece);
				times.unshift(slab.times);
				wanted -= piece.length;
			}
		}

		const bytes = Buffer.concat(pieces);
		return {
			bytes,
			start: this.#total - bytes.length,
			total: this.#total,
			times: times.flat(),
			lastAt: this.#lastAt,
		};
	}

	/** Over all bytes that came, and how many of them have or get a row. The stretch takes no more after this. */
	end(): OutputFacts {
		const behindHead = this.#slabs.filter(slab => slab.seq >= this.#headEnd);
		const headBytes = this.#nextSeq === this.#headEnd ? this.#total : this.#headBytes;
		const kept = headBytes - this.#headLost + behindHead.reduce((sum, slab) => sum + slab.used, 0);
		const facts = {bytes: this.#total, kept, sha256: this.#hash.digest('hex')};
		if (!this.#isWhole) {
			return facts;
		}

		const last = this.#slabs.at(-1);
		for (const slab of last !== undefined && isHead(last) ? [last] : behindHead) {
			hashRow(this.#rowsHash, chunkOf(slab));
		}

		return {...facts, rows: this.#rowsHash.digest('hex')};
	}

	#slabFor(stream: Stream): Slab {
		const last = this.#slabs.at(-1);
		if (last?.stream === stream && last.used < last.room.length) {
			return last;
		}

		const left = last?.room.subarray(last.used);
		const room = left === undefined || left.length === 0 ? this.#newPage() : left;
		if (last !== undefined && isHead(last)) {
			hashRow(this.#rowsHash, chunkOf(last));
		}

		const slab = {seq: this.#nextSeq++, start: this.#total, stream, room, times: [], used: 0, written: 0};
		this.#slabs.push(slab);
		if (isHead(slab)) {
			this.#headEnd = this.#nextSeq;
		} else if (slab.seq === this.#headEnd) {
			this.#headBytes = slab.start;
		}

		return slab;
	}

	/** A slab of the head stays until it is written; one behind the head goes as soon as newer ones fill the tail. */
	#forgetWhatIsOld(): void {
		let old = 0;
		for (const slab of this.#slabs) {
			const isOvertaken = slab.start + slab.used < this.#total - TAIL_BYTES || this.#slabs.length - old > TAIL_CHUNKS;
			if (!isOvertaken || (isHead(slab) && slab.written < slab.used)) {
				break;
			}

			old++;
		}

		for (const {room, used} of this.#slabs.splice(0, old)) {
			// A page that one slab has filled is nobody else's.
			if (used === PAGE_BYTES && this.#spare.length < MOST_SPARE_PAGES) {
				this.#spare.push(room);
			}
		}
	}

	/** A flood goes through thousands of pages a second: to throw them away keeps the collector busier than the flood. */
	#newPage(): Buffer {
		return this.#spare.pop() ?? Buffer.allocUnsafeSlow(PAGE_BYTES);
	}
}

/** What `OutputFacts.rows` is over: each row's numbers, stream and times in a line of JSON, then its bytes. */
export function hashRow(hash: Hash, {seq, start, stream, bytes, times}: Chunk): void {
	hash.update(`${JSON.stringify([seq, start, stream, bytes.length, timesNoted(times)])}\n`).update(bytes);
}

/** As a row notes them: `[[offset, at], …]`. */
export function timesNoted(times: readonly OutputTime[]): ReadonlyArray<readonly [number, number]> {
	return times.map(({offset, at}) => [offset, at] as const);
}

function chunkOf({seq, start, stream, room, used, times}: Slab): Chunk {
	return {seq, start, stream, bytes: room.subarray(0, used), times};
}

function isHead({seq, start}: {readonly seq: number; readonly start: number}): boolean {
	return seq < HEAD_CHUNKS && start < HEAD_BYTES;
}
