import {closeSync, mkdirSync, openSync} from 'node:fs';
import {dirname} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {CHAIN_START} from './chain.js';
import {withClearErrors} from './clear-errors.js';
import {holdAlone, IN_MEMORY, lockOut} from './hold.js';
import {lastOfSoundChain} from './stored-events.js';
import {APPLICATION_ID, type Blob, bringUpToDate, createTables, FILE_VERSION, requireRunFile} from './tables.js';
import {type RunFile, SqliteRunFile} from './writer.js';

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
		createTables(db, meta, blobs);
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
