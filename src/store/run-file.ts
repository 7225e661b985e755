import {closeSync, openSync, rmSync} from 'node:fs';
import {DatabaseSync} from 'node:sqlite';
import {UserError} from '../text/user-error.js';
import {CHAIN_START} from './chain.js';
import {damagedWhen, withClearErrors} from './clear-errors.js';
import type {DeviceKey} from './device-key.js';
import {makeFolderFor, syncNames} from './folders.js';
import {holdAlone, IN_MEMORY, lockOut} from './hold.js';
import {requireSoundFiles} from './kept-files.js';
import {cautionOf, type Place, placeOf, requireSafePlace} from './place.js';
import {boundless, holdRoom, type Room} from './room.js';
import {requireSoundChain} from './stored-events.js';
import {APPLICATION_ID, type Blob, bringUpToDate, createTables, FILE_VERSION, requireRunFile} from './tables.js';
import {type RunFile, SqliteRunFile} from './writer.js';

/**
Makes a new run file, readable by nobody else, and holds it until `close`, which signs it with `key`.

Throws a UserError (status 5) if the folder cannot be written to, lies on a network, its disk is full, or a file of that name is there.
*/
export function createRunFile(
	path: string,
	meta: Readonly<Record<string, string>>,
	blobs: readonly Blob[],
	key?: DeviceKey,
): RunFile {
	return withClearErrors(path, () => {
		const place = placeOf(path);
		requireSafePlace(path, place);
		const made = makeFolderFor(path);
		closeSync(openSync(path, 'wx', 0o600));
		try {
			syncNames(path, made);
			return withRoom(holdRoom(path), room => emptyRun(path, place, room, meta, blobs, key));
		} catch (error) {
			// Else the name would be taken by a file that holds no run
			for (const companion of ['', '-wal', '-journal']) {
				rmSync(path + companion, {force: true});
			}

			throw error;
		}
	});
}

/**
Opens an existing run file to go on with it, and holds it until `close`, which signs it with `key`.

Throws a UserError (status 5): held by another process, read-only, on a network or a full disk, not a run file, from a newer
fieldbook, or with a chain that does not add up, which means that it was changed or damaged.
*/
export function openRunFile(path: string, key?: DeviceKey): RunFile {
	return outwaiting(() =>
		withClearErrors(path, () =>
			withDatabase(path, db => {
				const place = placeOf(path);
				requireSafePlace(path, place);
				requireRunFile(db, path);
				lockOut(db);
				const events = requireSoundChain(db, path);
				requireSoundFiles(db, path, events);
				const last = events.at(-1) ?? {hash: CHAIN_START, seq: 0};
				return withRoom(holdRoom(path), room => {
					holdAlone(db, path, place);
					bringUpToDate(db);
					return new SqliteRunFile(db, path, room, last, key, cautionOf(path, place));
				});
			}),
		),
	);
}

const MOST_TRIES = 4;

/** Of two that open a file at the same moment, each may keep the other out. Then both step back, each for a time of its own. */
function outwaiting<T>(open: () => T): T {
	for (let tries = 1; ; tries++) {
		try {
			return open();
		} catch (error) {
			if (tries === MOST_TRIES || !(error instanceof UserError && error.code === 'run-locked')) {
				throw error;
			}

			Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2 + Math.random() * 20);
		}
	}
}

/** The same contract without a disk, for rehearsed tests: nothing is left when it is closed. */
export function createMemoryStore(): RunFile {
	return emptyRun(IN_MEMORY, {kind: 'local'}, boundless, {}, []);
}

function emptyRun(
	path: string,
	place: Place,
	room: Room,
	meta: Readonly<Record<string, string>>,
	blobs: readonly Blob[],
	key?: DeviceKey,
): SqliteRunFile {
	return withDatabase(path, db => {
		db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${FILE_VERSION}`);
		holdAlone(db, path, place);
		createTables(db, meta, blobs);
		return new SqliteRunFile(db, path, room, {hash: CHAIN_START, seq: 0}, key, cautionOf(path, place));
	});
}

/** Stays open, unless `use` throws. */
function withDatabase<T>(path: string, use: (db: DatabaseSync) => T): T {
	const db = new DatabaseSync(path);
	try {
		return use(db);
	} catch (error) {
		db.close();
		throw damagedWhen(path, error);
	}
}

/** Stays held, unless `use` throws. */
function withRoom<T>(room: Room, use: (room: Room) => T): T {
	try {
		return use(room);
	} catch (error) {
		room.close();
		throw error;
	}
}
