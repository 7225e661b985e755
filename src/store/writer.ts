import {rmSync} from 'node:fs';
import type {DatabaseSync, StatementSync} from 'node:sqlite';
import * as z from 'zod';
import type {KeptOutput, OutputKey, OutputWindow, Store, Stream} from '../engine/ports.js';
import type {OutputFacts, RecordedEvent, RunEvent} from '../run/event.js';
import {canonicalJson} from '../text/canonical-json.js';
import {UserError} from '../text/user-error.js';
import {chainHash} from './chain.js';
import {clearError, isFull, withClearErrors} from './clear-errors.js';
import {copyOpenRun} from './copy.js';
import type {DeviceKey} from './device-key.js';
import {readMeta} from './kept-files.js';
import {type SeenEvent, seenEvents} from './look.js';
import {type Presence, watchPresence} from './presence.js';
import {RESERVE_FOR_OUTPUT_BYTES, type Room} from './room.js';
import {lastSigned, signHead} from './signature.js';
import {inTransaction} from './sqlite.js';
import {readEvents} from './stored-events.js';
import {ColumnNames, columnsOf, outputName, storedFrom, storedOutput, storedTail} from './stored-output.js';
import {Stretch, timesNoted} from './stretch.js';
import {type Blob, sha256} from './tables.js';

/** The newest events, kept in memory for those who follow the run. */
const KEPT_EVENTS = 1000;

/** Output is written at the latest when it is this old, or with the next event. */
const FLUSH_AFTER_MS = 200;

/** In a flood most of what is written now is overtaken a moment later. */
const FLOOD_FLUSH_AFTER_MS = 2000;

/** The run file: the engine's store, and what was put beside the events at the start. */
export type RunFile = Store & {
	/** Undefined if the run keeps no file of that name. */
	blob(name: string): Uint8Array | undefined;
	meta(key: string): string | undefined;
	/** For others who look while the file is held: what stands beside the events, and which files are kept. */
	outline(): {
		readonly meta: Readonly<Record<string, string>>;
		readonly blobs: readonly string[];
		readonly signed: {readonly seq: number; readonly head: string} | null;
	};
	/** For them too: the events from after `afterSeq` on. */
	seen(afterSeq: number): Iterable<SeenEvent>;
	/** A consistent copy of all that is recorded now, into a file that is there and empty, while the run goes on. */
	copyTo(path: string): Promise<void>;
};

/** `isNew`: nothing of it stands in the file yet. */
type Growing = {readonly key: OutputKey; readonly stretch: Stretch; ended: boolean; isNew: boolean};

const BytesRow = z.object({bytes: z.instanceof(Uint8Array)}).optional();
const NameRow = z.object({name: z.string()});
const ValueRow = z.object({value: z.string()}).optional();

/** The one writer of a run file, from when it is held until `close`. */
export class SqliteRunFile implements RunFile {
	readonly caution: string | undefined;
	readonly #db: DatabaseSync;
	readonly #path: string;
	readonly #room: Room;
	readonly #presence: Presence;
	readonly #putEvent: StatementSync;
	readonly #putChunk: StatementSync;
	readonly #dropChunks: StatementSync;
	readonly #putBlob: StatementSync;
	readonly #dropStretch: StatementSync;
	/** What is under way. Ended ones are read from the file. */
	readonly #stretches = new Map<string, Growing>();
	#hash: string;
	#seq: number;
	/** Those that were written here: who follows the run would else have each read and checked again. */
	#recent: readonly RecordedEvent[] = [];
	#flushTimer: NodeJS.Timeout | undefined;
	/** Not written yet. */
	#files: readonly Blob[] = [];
	#reserveForOutput = RESERVE_FOR_OUTPUT_BYTES;

	/** Settled when nobody copies the file. */
	#copying: Promise<unknown> = Promise.resolve();
	readonly #key: DeviceKey | undefined;
	readonly #openedAt: number;

	constructor(
		db: DatabaseSync,
		path: string,
		room: Room,
		{hash, seq}: {readonly hash: string; readonly seq: number},
		key?: DeviceKey,
		caution?: string,
	) {
		this.caution = caution;
		this.#db = db;
		this.#path = path;
		this.#room = room;
		this.#presence = watchPresence(path);
		this.#hash = hash;
		this.#seq = seq;
		this.#openedAt = seq;
		this.#key = key;
		this.#putEvent = db.prepare('INSERT INTO event VALUES (?, ?, ?, ?, ?, ?)');
		this.#putChunk = db.prepare('INSERT OR REPLACE INTO chunk VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
		this.#putBlob = db.prepare('INSERT OR IGNORE INTO blob VALUES (?, ?, ?)');
		this.#dropStretch = db.prepare(`DELETE FROM chunk WHERE ${ColumnNames}`);
		this.#dropChunks = db.prepare(`DELETE FROM chunk WHERE ${ColumnNames} AND seq >= ? AND seq < ?`);
	}

	async append(events: readonly RunEvent[], at: number): Promise<readonly RecordedEvent[]> {
		return withClearErrors(this.#path, () => {
			const time = new Date(at).toISOString();
			let [seq, hash] = [this.#seq, this.#hash];
			const rows = events.map(event => {
				const json = canonicalJson(event);
				seq += 1;
				hash = chainHash(hash, seq, time, json);
				return {seq, event, json, hash};
			});
			this.#presence.require(this.#db);
			this.#writeEvenIfFull(() => {
				for (const {seq, event, json, hash} of rows) {
					this.#putEvent.run(seq, time, event.type, 1, json, hash);
				}
			});
			[this.#seq, this.#hash] = [seq, hash];
			const recorded = rows.map(({seq, event}): RecordedEvent => ({seq, at: time, event}));
			this.#recent = [...this.#recent, ...recorded].slice(-KEPT_EVENTS);
			return recorded;
		});
	}

	read(afterSeq: number): Iterable<RecordedEvent> {
		const beforeRecent = this.#seq - this.#recent.length;
		return afterSeq >= beforeRecent
			? this.#recent.slice(afterSeq - beforeRecent)
			: readEvents(this.#db, this.#path, afterSeq);
	}

	/** The first byte of a stretch that is begun again takes the place of all that stood there. */
	writeOutput(key: OutputKey, stream: Stream, bytes: Uint8Array): void {
		const name = outputName(key);
		let entry = this.#stretches.get(name);
		if (entry === undefined || entry.ended) {
			entry = {key, stretch: new Stretch(), ended: false, isNew: true};
			this.#stretches.set(name, entry);
		}

		const {stretch} = entry;
		stretch.write(stream, bytes, Date.now());
		if (stretch.isDue) {
			this.#flush();
		} else {
			this.#flushTimer ??= setTimeout(() => this.#flush(), stretch.inHead ? FLUSH_AFTER_MS : FLOOD_FLUSH_AFTER_MS);
		}
	}

	/** Its last bytes become durable together with the event that tells of its end. */
	endOutput(key: OutputKey): OutputFacts {
		const growing = this.#stretches.get(outputName(key));
		if (growing === undefined) {
			return new Stretch().end();
		}

		growing.ended = true;
		if (this.#room.isShort) {
			this.#keepWithinReserve(growing.stretch);
		}

		return growing.stretch.end();
	}

	tail(key: OutputKey, maxBytes: number): OutputWindow {
		const growing = this.#stretches.get(outputName(key));
		return growing === undefined ? storedTail(this.#db, key, maxBytes) : growing.stretch.tail(maxBytes);
	}

	outputFrom(key: OutputKey, start: number, maxBytes: number): OutputWindow {
		this.#flush();
		const window = storedFrom(this.#db, key, start, maxBytes);
		const growing = this.#stretches.get(outputName(key))?.stretch.tail(0);
		return growing === undefined ? window : {...window, total: growing.total, lastAt: growing.lastAt};
	}

	*readOutput(key: OutputKey): Generator<KeptOutput> {
		this.#flush();
		yield* storedOutput(this.#db, key);
	}

	blob(name: string): Uint8Array | undefined {
		return BytesRow.parse(this.#db.prepare('SELECT bytes FROM blob WHERE name = ?').get(name))?.bytes;
	}

	meta(key: string): string | undefined {
		return ValueRow.parse(this.#db.prepare('SELECT value FROM meta WHERE key = ?').get(key))?.value;
	}

	outline() {
		const names = this.#db.prepare('SELECT name FROM blob ORDER BY name').all();
		return {
			meta: Object.fromEntries(readMeta(this.#db)),
			blobs: names.map(row => NameRow.parse(row).name),
			signed: lastSigned(this.#db) ?? null,
		};
	}

	seen(afterSeq: number): Iterable<SeenEvent> {
		return seenEvents(this.#db, this.#path, afterSeq);
	}

	/** Page by page, in a thread of SQLite's: what the run writes meanwhile goes on. */
	async copyTo(path: string): Promise<void> {
		this.#flush();
		const copying = copyOpenRun(this.#db, path);
		this.#copying = Promise.allSettled([this.#copying, copying]);
		await copying;
	}

	keepFile(name: string, bytes: Uint8Array): void {
		this.#files = [...this.#files, {name, bytes}];
	}

	shortOfRoom(moreBytes: number): string | undefined {
		const shortage = this.#room.shortage(moreBytes);
		if (!this.#room.isShort) {
			this.#reserveForOutput = RESERVE_FOR_OUTPUT_BYTES;
		}

		return shortage;
	}

	/**
	Leaving WAL mode moves everything into the one file and removes the companion.

	Throws a UserError (status 5) where the file is gone, or where the disk has no room for that: then everything is in the two files, and the next
	opening brings them together.
	*/
	async close(): Promise<void> {
		await this.#copying;
		withClearErrors(this.#path, () => {
			this.#room.close();
			clearTimeout(this.#flushTimer);
			try {
				if (this.#presence.isGone) {
					return;
				}

				this.#write(() => this.#sign());
				this.#presence.require(this.#db);
				this.#db.exec('PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE');
			} finally {
				this.#db.close();
			}

			// Left by somebody who only looked, after a process had been killed.
			rmSync(`${this.#path}-shm`, {force: true});
		});
	}

	#sign(): void {
		if (this.#key !== undefined) {
			const head = {seq: this.#seq, head: this.#hash, openedAt: this.#openedAt, nowMs: Date.now()};
			signHead(this.#db, this.#key, head);
		}
	}

	/** A full disk shows at the next `append`; here there is nobody to tell, and nothing is lost. */
	#flush(): void {
		clearTimeout(this.#flushTimer);
		this.#flushTimer = undefined;
		if (this.#room.isShort) {
			return;
		}

		try {
			this.#write(() => {});
		} catch (error) {
			if (isFull(error)) {
				this.#room.foundNone();
			}

			if (!(clearError(this.#path, error) instanceof UserError)) {
				throw error;
			}
		}
	}

	/** On a full disk the reserve goes, and what must be written is tried again. */
	#writeEvenIfFull(also: () => void): void {
		try {
			this.#write(also);
		} catch (error) {
			if (!isFull(error) || !this.#room.giveWay()) {
				throw error;
			}

			this.#write(also);
		}
	}

	/** While the disk is full, output that still comes waits in memory: what has ended stands in an event. */
	#keepWithinReserve(stretch: Stretch): void {
		if (stretch.unwritten > this.#reserveForOutput) {
			stretch.forgetUnwritten();
		} else {
			this.#reserveForOutput -= stretch.unwritten;
		}
	}

	/** All output so far and what `also` writes, in one transaction. */
	#write(also: () => void): void {
		clearTimeout(this.#flushTimer);
		this.#flushTimer = undefined;
		const grown = [...this.#stretches.values()].filter(
			({stretch, ended}) => ended || (stretch.unwritten > 0 && !this.#room.isShort),
		);
		inTransaction(this.#db, () => {
			for (const growing of grown) {
				this.#writeChunks(growing);
			}

			for (const {name, bytes} of this.#files) {
				this.#putBlob.run(sha256(bytes), name, bytes);
			}

			also();
		});
		for (const growing of grown) {
			growing.stretch.confirm();
			growing.isNew = false;
		}

		this.#files = [];
		for (const [name, {ended}] of this.#stretches) {
			if (ended) {
				this.#stretches.delete(name);
			}
		}
	}

	#writeChunks({key, stretch, isNew}: Growing): void {
		const {chunks, dropFrom, dropTo} = stretch.chunksToWrite();
		if (isNew) {
			this.#dropStretch.run(...columnsOf(key));
		}

		for (const {seq, start, stream, bytes, times} of chunks) {
			this.#putChunk.run(...columnsOf(key), seq, start, stream, bytes, JSON.stringify(timesNoted(times)));
		}

		if (dropTo > dropFrom) {
			this.#dropChunks.run(...columnsOf(key), dropFrom, dropTo);
		}
	}
}
