import type {DatabaseSync} from 'node:sqlite';
import {UserError} from '../text/user-error.js';
import {pragma} from './sqlite.js';

/** What SQLite calls a file that is none. */
export const IN_MEMORY = ':memory:';

/** From here on a second process is refused, instead of let in between two of our transactions. Writes nothing. */
export function lockOut(db: DatabaseSync): void {
	db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; COMMIT');
}

/**
EXCLUSIVE comes before WAL, which then needs no shared-memory file.

Throws a UserError if SQLite did not take every setting: without them the last acknowledged event can be lost at a
power cut. Source of the settings: the power-loss measurements in ARCHITECTURE.md, "Durability".
*/
export function holdAlone(db: DatabaseSync, path: string): void {
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
