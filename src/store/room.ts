import {randomFillSync} from 'node:crypto';
import {closeSync, openSync, rmSync, statfsSync, statSync, writeSync} from 'node:fs';
import {dirname, resolve} from 'node:path';
import {UserError} from '../text/user-error.js';

/**
Written ahead beside the run file and given back when the disk is full: outcomes of what is under way, and that the run is
paused, find room in it.
*/
const RESERVE_BYTES = 4 * 1024 * 1024;

/** With less than this free, nothing new begins: what one command brings with it may be as long as a kept tail. */
const LEAST_FREE_BYTES = 4 * 1024 * 1024;

/** How much of the reserve output may take; the rest is for events. */
export const RESERVE_FOR_OUTPUT_BYTES = RESERVE_BYTES / 2;

/** The room on the disk of one open run file. */
export type Room = {
	/** Why nothing new may begin, and what to do; undefined: there is room, also for `moreBytes`. Takes the reserve back where it can. */
	shortage(moreBytes: number): string | undefined;
	/** Something found no room. True: the reserve was given back, and it may be tried again. */
	giveWay(): boolean;
	/** The same, of something that can wait: the reserve stays. */
	foundNone(): void;
	/** From any of them on until `shortage` finds room again: only what is needed is to be written. */
	readonly isShort: boolean;
	/** The reserve goes. */
	close(): void;
};

/** A run in memory is not bounded by a disk. */
export const boundless: Room = {
	shortage: () => undefined,
	giveWay: () => false,
	foundNone: () => {},
	isShort: false,
	close: () => {},
};

/**
Writes the reserve of the run file `path`; one that a killed process has left is taken over.

Throws a UserError (status 5) if the disk has no room for it and for what a first command brings.
*/
export function holdRoom(path: string, freeBytes: (folder: string) => number = freeBytesOf): Room {
	const room = new DiskRoom(path, freeBytes);
	const shortage = room.shortage(0);
	if (shortage !== undefined) {
		room.close();
		throw new UserError(
			'disk-full',
			shortage,
			'Free some space first, or choose another place with --run-file or FIELDBOOK_HOME.',
			5,
		);
	}

	return room;
}

class DiskRoom implements Room {
	readonly #path: string;
	readonly #reserve: string;
	readonly #freeBytes: (folder: string) => number;
	#isHeld = false;
	#isShort = false;

	constructor(path: string, freeBytes: (folder: string) => number) {
		this.#path = path;
		this.#reserve = `${path}-reserve`;
		this.#freeBytes = freeBytes;
		this.#isHeld = statSync(this.#reserve, {throwIfNoEntry: false})?.size === RESERVE_BYTES;
	}

	get isShort(): boolean {
		return this.#isShort;
	}

	shortage(moreBytes: number): string | undefined {
		const free = this.#freeBytes(dirname(resolve(this.#path)));
		const wanted = LEAST_FREE_BYTES + moreBytes + (this.#isHeld ? 0 : RESERVE_BYTES);
		if (free >= wanted && (this.#isHeld || this.#hold())) {
			this.#isShort = false;
			return undefined;
		}

		// A file that is too big for the disk says nothing of the run itself
		this.#isShort ||= moreBytes === 0;
		return `The disk of ${this.#path} is full: ${megabytes(free)} free, ${megabytes(wanted)} wanted.`;
	}

	giveWay(): boolean {
		this.#isShort = true;
		const wasHeld = this.#isHeld;
		this.close();
		return wasHeld;
	}

	foundNone(): void {
		this.#isShort = true;
	}

	close(): void {
		rmSync(this.#reserve, {force: true});
		this.#isHeld = false;
	}

	/** Random bytes: a file system that compresses must keep room for all of them. A quota shows here, not in what is free. */
	#hold(): boolean {
		try {
			const file = openSync(this.#reserve, 'w', 0o600);
			try {
				for (let from = 0; from < RESERVE_BYTES; ) {
					from += writeSync(file, randomFillSync(Buffer.allocUnsafe(PIECE_BYTES)));
				}
			} finally {
				closeSync(file);
			}

			this.#isHeld = true;
		} catch {
			this.close();
		}

		return this.#isHeld;
	}
}

const PIECE_BYTES = 256 * 1024;

function freeBytesOf(folder: string): number {
	const {bavail, bsize} = statfsSync(folder);
	return bavail * bsize;
}

function megabytes(bytes: number): string {
	return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
