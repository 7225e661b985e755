import {createHash} from 'node:crypto';
import type {DatabaseSync} from 'node:sqlite';
import {UserError} from '../text/user-error.js';
import {inTransaction, pragma} from './sqlite.js';

/** The version of the tables below. A file of a newer one is refused. */
export const FILE_VERSION = 3;

/** In the first bytes of a run file, so that `file` and we know it: "FBK1". Source: https://sqlite.org/pragma.html#pragma_application_id. */
export const APPLICATION_ID = 0x46_42_4b_31;

/** Who signed the events up to `seq`, whose hash is `head`; `key` is SPKI in PEM. Since version 3. */
const SIGNATURE = `
	CREATE TABLE signature (
		seq INTEGER PRIMARY KEY, head TEXT NOT NULL, at TEXT NOT NULL, by TEXT NOT NULL, device TEXT NOT NULL,
		epoch INTEGER NOT NULL, key TEXT NOT NULL, signature BLOB NOT NULL
	) STRICT;
`;

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
	${SIGNATURE}
`;

/** A file that a run keeps as it was at its start: the runbook, the files it links to, the site values. */
export type Blob = {readonly name: string; readonly bytes: Uint8Array};

/** Makes the tables of a new run and fills in what it keeps from its start, in one transaction. */
export function createTables(db: DatabaseSync, meta: Readonly<Record<string, string>>, blobs: readonly Blob[]): void {
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
}

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

	requireTables(db, path);
}

/** Of a run that is open or was killed, everything may still stand in the companion: the main file has no table then. */
function requireTables(db: DatabaseSync, path: string): void {
	if (db.prepare("SELECT name FROM sqlite_schema WHERE name = 'event'").get() === undefined) {
		throw new UserError(
			'run-incomplete',
			`${path} is half of a run: it was copied without the file -wal beside it, where its events stand.`,
			'Copy a run with `fieldbook export RUN --format run`, which copies all of it at any time.',
			5,
		);
	}
}

/** Version 1 noted no times of output; before version 3 nothing was signed. */
export function bringUpToDate(db: DatabaseSync): void {
	const version = pragma(db, 'user_version');
	if (version === FILE_VERSION) {
		return;
	}

	inTransaction(db, () => {
		if (version === 1) {
			db.exec("ALTER TABLE chunk ADD COLUMN times TEXT NOT NULL DEFAULT '[]'");
		}

		db.exec(`${SIGNATURE}; PRAGMA user_version = ${FILE_VERSION}`);
	});
}

export function sha256(bytes: Uint8Array): string {
	return createHash('sha256').update(bytes).digest('hex');
}
