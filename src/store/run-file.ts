import {createHash} from 'node:crypto';
import {closeSync, mkdirSync, openSync, rmSync} from 'node:fs';
import {dirname} from 'node:path';
import {DatabaseSync, type StatementSync} from 'node:sqlite';
import * as z from 'zod';
import type {KeptOutput, OutputKey, OutputTime, OutputWindow, Store, Stream} from '../engine/ports.js';
import type {OutputFacts, RecordedEvent, RunEvent} from '../run/event.js';
import {RunEventSchema} from '../run/schema.js';
import {canonicalJson} from '../text/canonical-json.js';
import {UserError} from '../text/user-error.js';
import {CHAIN_START, chainHash} from './chain.js';
import {Stretch} from './stretch.js';

/** The version of the tables below. A file of a newer one is refused. */
const FILE_VERSION = 2;

/** In the first bytes of a run file, so that `file` and we know it: "FBK1". Source: https://sqlite.org/pragma.html#pragma_application_id. */
const APPLICATION_ID = 0x46_42_4b_31;

/** The newest events, kept in memory for those who follow the run. */
const KEPT_EVENTS = 1000;

/** Output is written at the latest when it is this old, or with the next event. */
const FLUSH_AFTER_MS = 200;

/** In a flood most of what is written now is overtaken a moment later. */
const FLOOD_FLUSH_AFTER_MS = 2000;

const TABLES = `
	CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
	CREATE TABLE event (
		seq INTEGER PRIMARY KEY, at TEXT NOT NULL, type TEXT NOT NULL, version INTEGER NOT NULL,
		json TEXT NOT NULL, hash TEXT NOT NULL
	) STRICT;
	CREATE TABLE chunk (
		step TEXT NOT NULL, host TEXT NOT NULL, attempt INTEGER NOT NULL, part TEXT NOT NULL, seq INTEGER NOT NULL,
		start INTEGER NOT NULL, stream TEXT NOT NULL, bytes BLOB NOT NULL, times TEXT NOT NULL,
		UNIQUE (step, host, attempt, part, seq)
	) STRICT;
	CREATE TABLE blob (sha256 TEXT NOT NULL, name TEXT NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (name)) STRICT;
`;

/** A file that a run keeps as it was at its start: the runbook, the files it links to, the site values. */
export type Blob = {readonly name: string; readonly bytes: Uint8Array};

/** The run file: the engine's store, and what was put beside the events at the start. */
export type RunFile = Store & {
	/** Undefined if the run keeps no file of that name. */
	blob(name: string): Uint8Array | undefined;
	meta(key: string): string | undefined;
};

const ColumnNames = 'step = ? AND host = ? AND attempt = ? AND part = ?';
const EventRow = z.object({seq: z.int(), at: z.string(), json: z.string(), hash: z.string()});
/** `times` is JSON, `[[offset, at], …]`; files of version 1 have none. */
const ChunkRow = z
	.object({
		start: z.int(),
		stream: z.enum(['out', 'err']),
		bytes: z.instanceof(Uint8Array),
		times: z
			.string()
			.transform(parsedOrUndefined)
			.pipe(z.array(z.tuple([z.int(), z.int()])))
			.default([]),
	})
	.transform(
		({times, ...chunk}): KeptOutput => ({...chunk, times: times.map(([offset, at]): OutputTime => ({offset, at}))}),
	);
const BytesRow = z.object({bytes: z.instanceof(Uint8Array)}).optional();
const ValueRow = z.object({value: z.string()}).optional();

/**
Makes a new run file, readable by nobody else, and holds it until `close`.

Throws a UserError (status 5) if the folder cannot be written to or a file of that name is there.
*/
export function createRunFile(path: string, meta: Readonly<Record<string, string>>, blobs: readonly Blob[]): RunFile {
	return withClearErrors(path, () => {
		if (path !== IN_MEMORY) {
			mkdirSync(dirname(path), {recursive: true, mode: 0o700});
			closeSync(openSync(path, 'wx', 0o600));
		}

		const db = new DatabaseSync(path);
		db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${FILE_VERSION}`);
		holdAlone(db, path);
		inTransaction(db, () => {
			db.exec(TABLES);
			const putMeta = db.prepare('INSERT INTO meta VALUES (?, ?)');
			for (const [key, value] of Object.entries(meta)) {
				putMeta.run(key, value);
			}

			const putBlob = db.prepare('INSERT INTO blob VALUES (?, ?, ?)');
			for (const {name, bytes} of blobs) {
				putBlob.run(sha256(bytes), name, bytes);
			}
		});
		return new SqliteRunFile(db, path, CHAIN_START, 0);
	});
}

/**
Opens an existing run file to go on with it, and holds it until `close`.

Throws a UserError (status 5): held by another process, read-only, not a run file, from a newer fieldbook, or with
a chain that does not add up, which means that it was changed or damaged.
*/
export function openRunFile(path: string): RunFile {
	return withClearErrors(path, () => {
		const db = new DatabaseSync(path);
		try {
			requireRunFile(db, path);
			lockOut(db);
			const {hash, seq} = lastOfSoundChain(db, path);
			holdAlone(db, path);
			bringUpToDate(db);
			return new SqliteRunFile(db, path, hash, seq);
		} catch (error) {
			db.close();
			throw error;
		}
	});
}

/** The same contract without a disk, for rehearsed tests: nothing is left when it is closed. */
export function createMemoryStore(): RunFile {
	return createRunFile(IN_MEMORY, {}, []);
}

const IN_MEMORY = ':memory:';

/**
Throws a UserError if `db` is no run file that we can read. Also used by those who only look.
*/
export function requireRunFile(db: DatabaseSync, path: string): void {
	const id = pragma(db, 'application_id');
	const version = pragma(db, 'user_version');
	if (id !== APPLICATION_ID) {
		throw new UserError(
			'not-a-run',
			`${path} is not a fieldbook run file.`,
			'Give a file that ends in .fieldbook, or a name that `fieldbook runs` prints.',
			5,
		);
	}

	if (typeof version !== 'number' || version > FILE_VERSION) {
		throw new UserError(
			'newer-run',
			`${path} was written by a newer fieldbook (file version ${version}).`,
			'Open it with that version. Nothing in it was changed.',
			5,
		);
	}
}

/** The events in order, from after `afterSeq` on. Throws a UserError where one cannot be understood. */
export function* readEvents(
	db: DatabaseSync,
	path: string,
	afterSeq: number,
): Generator<RecordedEvent & {readonly json: string; readonly hash: string}> {
	const rows = db.prepare('SELECT seq, at, json, hash FROM event WHERE seq > ? ORDER BY seq').iterate(afterSeq);
	for (const row of rows) {
		const {seq, at, json, hash} = EventRow.parse(row);
		yield {seq, at, json, hash, event: readEvent(json, seq, path)};
	}
}

class SqliteRunFile implements RunFile {
	readonly #db: DatabaseSync;
	readonly #path: string;
	readonly #putEvent: StatementSync;
	readonly #putChunk: StatementSync;
	readonly #dropChunks: StatementSync;
	readonly #putBlob: StatementSync;
	/** What is under way. Ended ones are read from the file. */
	readonly #stretches = new Map<string, {readonly key: OutputKey; readonly stretch: Stretch; ended: boolean}>();
	#hash: string;
	#seq: number;
	/** Those that were written here: who follows the run would else have each read and checked again. */
	#recent: readonly RecordedEvent[] = [];
	#flushTimer: NodeJS.Timeout | undefined;
	/** Not written yet. */
	#files: readonly Blob[] = [];

	constructor(db: DatabaseSync, path: string, hash: string, seq: number) {
		this.#db = db;
		this.#path = path;
		this.#hash = hash;
		this.#seq = seq;
		this.#putEvent = db.prepare('INSERT INTO event VALUES (?, ?, ?, ?, ?, ?)');
		this.#putChunk = db.prepare('INSERT OR REPLACE INTO chunk VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
		this.#putBlob = db.prepare('INSERT OR IGNORE INTO blob VALUES (?, ?, ?)');
		this.#dropChunks = db.prepare(`DELETE FROM chunk WHERE ${ColumnNames} AND seq >= ? AND seq < ?`);
	}

	async append(events: readonly RunEvent[], at: number): Promise<readonly RecordedEvent[]> {
		return withClearErrors(this.#path, () => {
			const time = new Date(at).toISOString();
			let [seq, hash] = [this.#seq, this.#hash];
			const recorded: RecordedEvent[] = [];
			this.#write(() => {
				for (const event of events) {
					const json = canonicalJson(event);
					seq += 1;
					hash = chainHash(hash, seq, time, json);
					this.#putEvent.run(seq, time, event.type, 1, json, hash);
					recorded.push({seq, at: time, event});
				}
			});
			[this.#seq, this.#hash] = [seq, hash];
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

	writeOutput(key: OutputKey, stream: Stream, bytes: Uint8Array): void {
		const name = nameOf(key);
		let entry = this.#stretches.get(name);
		if (entry === undefined) {
			entry = {key, stretch: new Stretch(), ended: false};
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
		const growing = this.#stretches.get(nameOf(key));
		if (growing === undefined) {
			return new Stretch().end();
		}

		growing.ended = true;
		return growing.stretch.end();
	}

	tail(key: OutputKey, maxBytes: number): OutputWindow {
		const growing = this.#stretches.get(nameOf(key));
		return growing === undefined ? storedTail(this.#db, key, maxBytes) : growing.stretch.tail(maxBytes);
	}

	outputFrom(key: OutputKey, start: number, maxBytes: number): OutputWindow {
		this.#flush();
		const window = storedFrom(this.#db, key, start, maxBytes);
		const growing = this.#stretches.get(nameOf(key))?.stretch.tail(0);
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

	keepFile(name: string, bytes: Uint8Array): void {
		this.#files = [...this.#files, {name, bytes}];
	}

	/** Leaving WAL mode moves everything into the one file and removes the companion. */
	async close(): Promise<void> {
		withClearErrors(this.#path, () => {
			this.#write(() => {});
			this.#db.exec('PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE');
			this.#db.close();
			// Left by somebody who only looked, after a process had been killed.
			rmSync(`${this.#path}-shm`, {force: true});
		});
	}

	/** A full disk shows at the next `append`, which rejects; here there is nobody to tell, and nothing is lost. */
	#flush(): void {
		try {
			this.#write(() => {});
		} catch (error) {
			if (!(clearError(this.#path, error) instanceof UserError)) {
				throw error;
			}
		}
	}

	/** All output so far and what `also` writes, in one transaction. */
	#write(also: () => void): void {
		clearTimeout(this.#flushTimer);
		this.#flushTimer = undefined;
		const grown = [...this.#stretches.values()].filter(({stretch}) => stretch.hasNews);
		try {
			inTransaction(this.#db, () => {
				for (const {key, stretch} of grown) {
					this.#writeChunks(key, stretch);
				}

				for (const {name, bytes} of this.#files) {
					this.#putBlob.run(sha256(bytes), name, bytes);
				}

				also();
			});
		} catch (error) {
			for (const {stretch} of grown) {
				stretch.giveBack();
			}

			throw error;
		}

		this.#files = [];
		for (const [name, {ended}] of this.#stretches) {
			if (ended) {
				this.#stretches.delete(name);
			}
		}
	}

	#writeChunks(key: OutputKey, stretch: Stretch): void {
		const {chunks, dropFrom, dropTo} = stretch.takeChunks();
		for (const {seq, start, stream, bytes, times} of chunks) {
			const noted = JSON.stringify(times.map(({offset, at}) => [offset, at]));
			this.#putChunk.run(...columnsOf(key), seq, start, stream, bytes, noted);
		}

		if (dropTo > dropFrom) {
			this.#dropChunks.run(...columnsOf(key), dropFrom, dropTo);
		}
	}
}

/** What stands in the file of a stretch, from the row on that holds byte `from`. */
export function* storedOutput(db: DatabaseSync, key: OutputKey, from = 0): Generator<KeptOutput> {
	const rows = db.prepare(`SELECT * FROM chunk WHERE ${ColumnNames} AND start + length(bytes) > ? ORDER BY seq`);
	for (const row of rows.iterate(...columnsOf(key), from)) {
		yield ChunkRow.parse(row);
	}
}

/** The newest bytes of a stretch that stand in the file. */
export function storedTail(db: DatabaseSync, key: OutputKey, maxBytes: number): OutputWindow {
	const rows = db.prepare(`SELECT * FROM chunk WHERE ${ColumnNames} ORDER BY seq DESC`);
	const chunks: KeptOutput[] = [];
	let wanted = maxBytes;
	for (const row of rows.iterate(...columnsOf(key))) {
		const chunk = ChunkRow.parse(row);
		chunks.unshift(chunk);
		wanted -= chunk.bytes.length;
		if (wanted <= 0) {
			break;
		}
	}

	const last = chunks.at(-1);
	const total = last === undefined ? 0 : last.start + last.bytes.length;
	const bytes = Buffer.concat(chunks.map(chunk => chunk.bytes)).subarray(wanted < 0 ? -wanted : 0);
	return {bytes, start: total - bytes.length, total, times: chunks.flatMap(({times}) => times), lastAt: 0};
}

/** The same from the first kept byte at or behind `from` on, up to where bytes were not kept. */
export function storedFrom(db: DatabaseSync, key: OutputKey, from: number, maxBytes: number): OutputWindow {
	const pieces: Uint8Array[] = [];
	const times: OutputTime[] = [];
	let start: number | undefined;
	let end = from;
	for (const chunk of storedOutput(db, key, from)) {
		start ??= Math.max(from, chunk.start);
		end = Math.max(end, start);
		const skipped = end - chunk.start;
		if (skipped < 0 || end >= start + maxBytes) {
			break;
		}

		const piece = chunk.bytes.subarray(skipped, skipped + start + maxBytes - end);
		pieces.push(piece);
		times.push(...chunk.times);
		end += piece.length;
	}

	return {bytes: Buffer.concat(pieces), start: start ?? from, total: storedTail(db, key, 1).total, times, lastAt: 0};
}

/** Version 1 noted no times of output. */
function bringUpToDate(db: DatabaseSync): void {
	if (pragma(db, 'user_version') === 1) {
		inTransaction(db, () =>
			db.exec(`ALTER TABLE chunk ADD COLUMN times TEXT NOT NULL DEFAULT '[]'; PRAGMA user_version = ${FILE_VERSION}`),
		);
	}
}

/** From here on a second process is refused, instead of let in between two of our transactions. Writes nothing. */
function lockOut(db: DatabaseSync): void {
	db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; COMMIT');
}

/**
EXCLUSIVE comes before WAL, which then needs no shared-memory file.

Throws a UserError if SQLite did not take every setting: without them the last acknowledged event can be lost at a
power cut. Source of the settings: the power-loss measurements in ARCHITECTURE.md, "Durability".
*/
function holdAlone(db: DatabaseSync, path: string): void {
	lockOut(db);
	db.exec(
		'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = 1; PRAGMA checkpoint_fullfsync = 1',
	);
	db.exec('BEGIN IMMEDIATE; COMMIT');
	const journal = pragma(db, 'journal_mode');
	const synchronous = pragma(db, 'synchronous');
	if (path !== IN_MEMORY && (journal !== 'wal' || synchronous !== 2)) {
		throw new UserError(
			'not-durable',
			`${path} cannot be written safely here (journal ${journal}, synchronous ${synchronous}).`,
			'Keep runs on a local disk: give another place with --run-file or FIELDBOOK_HOME.',
			5,
		);
	}
}

function lastOfSoundChain(db: DatabaseSync, path: string): {readonly hash: string; readonly seq: number} {
	let [hash, seq] = [CHAIN_START, 0];
	for (const event of readEvents(db, path, 0)) {
		hash = chainHash(hash, seq + 1, event.at, event.json);
		seq += 1;
		if (event.seq !== seq || event.hash !== hash) {
			throw new UserError(
				'run-damaged',
				`Event ${seq} of ${path} does not follow from the one before: the file was changed or damaged.`,
				'Look at it with `fieldbook verify`; go on from an intact copy.',
				5,
			);
		}
	}

	return {hash, seq};
}

function readEvent(json: string, seq: number, path: string): RunEvent {
	const read = RunEventSchema.safeParse(parsedOrUndefined(json));
	if (!read.success) {
		throw new UserError(
			'run-damaged',
			`Event ${seq} of ${path} cannot be understood: it was changed or damaged, or a newer fieldbook wrote it.`,
			'Look at it with `fieldbook verify`; go on from an intact copy.',
			5,
		);
	}

	return read.data;
}

function parsedOrUndefined(json: string): unknown {
	try {
		return JSON.parse(json);
	} catch {
		return undefined;
	}
}

function sha256(bytes: Uint8Array): string {
	return createHash('sha256').update(bytes).digest('hex');
}

function nameOf({step, host, attempt, part}: OutputKey): string {
	return JSON.stringify([step, host, attempt, part]);
}

function columnsOf({step, host, attempt, part}: OutputKey): [string, string, number, string] {
	return [step, host, attempt, part];
}

export function pragma(db: DatabaseSync, name: string): unknown {
	return Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0];
}

function inTransaction(db: DatabaseSync, work: () => void): void {
	db.exec('BEGIN IMMEDIATE');
	try {
		work();
		db.exec('COMMIT');
	} catch (error) {
		if (db.isTransaction) {
			db.exec('ROLLBACK');
		}

		throw error;
	}
}

/** What SQLite and the file system report, in words for a person. Everything else passes through: our bug. */
export function withClearErrors<T>(path: string, work: () => T): T {
	try {
		return work();
	} catch (error) {
		throw clearError(path, error);
	}
}

const CodedError = z.object({code: z.string().optional(), errcode: z.int().optional(), message: z.string()});

/** Source of the numbers: https://sqlite.org/rescode.html; the low byte is the primary code. */
function clearError(path: string, error: unknown): unknown {
	const coded = CodedError.safeParse(error);
	if (error instanceof UserError || !coded.success) {
		return error;
	}

	const {code, errcode, message} = coded.data;
	switch (errcode === undefined ? code : errcode & 0xff) {
		case 5:
		case 6:
			return new UserError(
				'run-locked',
				`${path} is open in another fieldbook, which holds the run.`,
				'Go on there, or end that one first. A run has one writer.',
				5,
			);
		case 8:
		case 'EROFS':
		case 'EACCES':
		case 'EPERM':
			return new UserError(
				'run-read-only',
				`${path} cannot be written: ${message}.`,
				'Make the file and its folder writable, or choose another place with --run-file or FIELDBOOK_HOME.',
				5,
			);
		case 13:
		case 'ENOSPC':
			return new UserError(
				'disk-full',
				`The disk of ${path} is full. Everything recorded so far is kept, and nothing was sent that is not recorded.`,
				'Free some space, then `fieldbook resume`.',
				5,
			);
		case 10:
		case 11:
		case 26:
			return new UserError(
				'run-damaged',
				`${path} is not a readable run file: ${message}.`,
				'Go on from an intact copy.',
				5,
			);
		case 14:
		case 'ENOENT':
		case 'ENOTDIR':
		case 'EISDIR':
			return new UserError(
				'run-not-found',
				`${path} cannot be opened as a run file: ${message}.`,
				'See `fieldbook runs` for the runs there are.',
				5,
			);
		case 'EEXIST':
			return new UserError(
				'run-exists',
				`${path} is there already; a new run never overwrites a file.`,
				'Choose another name with --run-file, or `fieldbook resume` this one.',
				5,
			);
		default:
			return error;
	}
}
