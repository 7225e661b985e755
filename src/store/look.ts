import {copyFileSync, existsSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import type {KeptOutput, OutputKey, OutputWindow} from '../engine/ports.js';
import type {RecordedEvent} from '../run/event.js';
import {damagedWhen, hasNoWayIn, withClearErrors} from './clear-errors.js';
import {fileProblems, readBlobs, readMeta} from './kept-files.js';
import {lastSigned} from './signature.js';
import {readEvents, soundPrefix} from './stored-events.js';
import {storedFrom, storedOutput, storedTail} from './stored-output.js';
import {requireRunFile} from './tables.js';

/** `hash`: over this event and all before it. */
export type SeenEvent = RecordedEvent & {readonly hash: string};

/** What somebody who only looks gets from a run file that nobody holds. */
export type SeenRun = {
	/** Of a damaged file those before the damage. */
	readonly events: readonly SeenEvent[];
	/** By name: the runbook and what else the run keeps. */
	readonly blobs: ReadonlyMap<string, Uint8Array>;
	readonly meta: ReadonlyMap<string, string>;
	/** What is wrong with the file, in a sentence; undefined: nothing that shows at a look. `verifyRun` looks closer. */
	readonly damage: string | undefined;
	/** The last event that a signature covers, and its hash as signed; undefined: none does, or none can be read. */
	readonly signed: {readonly seq: number; readonly head: string} | undefined;
};

/**
Reads a run file without holding it. Nothing in it changes, and nothing is left beside it.

Throws a UserError (status 5) if another process holds it, or if it is no run file that can be read at all.
*/
export function lookAtRun(path: string): SeenRun {
	return looking(path, db => {
		const {events, isWhole} = soundPrefix(db);
		const damage = isWhole
			? fileProblems(db, events)[0]
			: `Event ${events.length + 1} is not as it was written, or cannot be read: what came from there on is not shown.`;
		return {
			events,
			blobs: new Map(readBlobs(db).map(({name, bytes}) => [name, bytes])),
			meta: readMeta(db),
			damage,
			signed: orUndefined(() => lastSigned(db)),
		};
	});
}

/** The events as somebody sees them who only looks, from after `afterSeq` on. */
export function* seenEvents(db: DatabaseSync, path: string, afterSeq: number): Generator<SeenEvent> {
	for (const {seq, at, event, hash} of readEvents(db, path, afterSeq)) {
		yield {seq, at, event, hash};
	}
}

/** The events of a run whose first one `isWanted`, read as `lookAtRun` reads; none of others. */
export function lookAtEvents(path: string, isWanted: (first: RecordedEvent) => boolean): readonly RecordedEvent[] {
	return looking(path, db => {
		const events: RecordedEvent[] = [];
		for (const event of seenEvents(db, path, 0)) {
			if (events.length === 0 && !isWanted(event)) {
				return [];
			}

			events.push(event);
		}

		return events;
	});
}

/** What stands beside the events, read as `lookAtRun` reads. */
export function lookAtMeta(path: string): SeenRun['meta'] {
	return looking(path, readMeta);
}

/** The end of one stretch of a run's output, or from byte `start` on, read as `lookAtRun` reads. */
export function lookAtOutput(path: string, key: OutputKey, start: number | undefined, maxBytes: number): OutputWindow {
	return looking(path, db =>
		start === undefined ? storedTail(db, key, maxBytes) : storedFrom(db, key, start, maxBytes),
	);
}

/** All of it that was kept. */
export function lookAtKeptOutput(path: string, key: OutputKey): readonly KeptOutput[] {
	return looking(path, db => storedOutput(db, key).toArray());
}

/** The output that a plain run file keeps, stretch by stretch, for whoever reads all of it and does not want it in memory. */
export type OutputReader = {
	/** All of it that was kept, in order of arrival. */
	output(key: OutputKey): Iterable<KeptOutput>;
	close(): void;
};

/** `path`: a copy that nobody else has. Throws a UserError (status 5) where it is no run file. */
export function openOutput(path: string): OutputReader {
	const db = new DatabaseSync(path, {readOnly: true});
	requireRunFile(db, path);
	return {output: key => storedOutput(db, key), close: () => db.close()};
}

/**
Opens the file for looking only. What a killed process or a read-only folder leaves in the way is gone round with a copy.

What goes wrong inside is told in words for a person: whatever cannot be read is damage, not our bug.
*/
export function looking<T>(path: string, look: (db: DatabaseSync) => T): T {
	return withClearErrors(path, () => {
		const index = `${path}-shm`;
		const hadIndex = existsSync(index);
		try {
			return lookingIn(path, path, true, look);
		} catch (error) {
			if (hasNoWayIn(error) && existsSync(path)) {
				return lookingAtCopy(path, look);
			}

			throw error;
		} finally {
			// SQLite makes it to read what a killed process has left, and leaves it where it must not write
			if (!hadIndex && existsSync(index)) {
				rmSync(index, {force: true});
			}
		}
	});
}

/** A damaged file may hold anything there. */
function orUndefined<T>(look: () => T): T | undefined {
	try {
		return look();
	} catch {
		return undefined;
	}
}

function lookingIn<T>(path: string, file: string, readOnly: boolean, look: (db: DatabaseSync) => T): T {
	const db = new DatabaseSync(file, {readOnly});
	try {
		requireRunFile(db, path);
		return look(db);
	} catch (error) {
		throw damagedWhen(path, error);
	} finally {
		db.close();
	}
}

/** A log that waits to be taken in, or a journal to be taken back, wants to write: in a copy it may. */
function lookingAtCopy<T>(path: string, look: (db: DatabaseSync) => T): T {
	const folder = mkdtempSync(join(tmpdir(), 'fieldbook-look-'));
	try {
		const copy = join(folder, 'run');
		for (const companion of ['', '-wal', '-journal'].filter(end => existsSync(path + end))) {
			copyFileSync(path + companion, copy + companion);
		}

		return lookingIn(path, copy, false, look);
	} finally {
		rmSync(folder, {recursive: true, force: true});
	}
}
