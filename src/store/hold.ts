import type {DatabaseSync} from 'node:sqlite';
import {UserError} from '../text/user-error.js';
import type {Place} from './place.js';
import {pragma} from './sqlite.js';

/** What SQLite calls a file that is none. */
export const IN_MEMORY = ':memory:';

/** From here on a second process is refused, instead of let in between two of our transactions. Writes nothing. */
export function lockOut(db: DatabaseSync): void {
	db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; COMMIT');
}

/**
EXCLUSIVE comes before WAL, which then needs no shared-memory file. Where another program may take a copy at any time, the
main file is to hold all of it between two writes: there it is TRUNCATE, ten times slower and as safe.

Throws a UserError if SQLite did not take every setting: without them the last acknowledged event can be lost at a
power cut. Source of the settings: the power-loss measurements in ARCHITECTURE.md, "Durability".
*/
export function holdAlone(db: DatabaseSync, path: string, place: Place): void {
	lockOut(db);
	const mode = place.kind === 'local' ? 'wal' : 'truncate';
	db.exec(
		`PRAGMA journal_mode = ${mode}; PRAGMA synchronous = FULL; PRAGMA fullfsync = 1; PRAGMA checkpoint_fullfsync = 1`,
	);
	// Rows that moved leave no stale copies behind, of which no check could tell that they were changed
	db.exec('PRAGMA secure_delete = FAST');
	db.exec('BEGIN IMMEDIATE; COMMIT');
	const journal = pragma(db, 'journal_mode');
	const synchronous = pragma(db, 'synchronous');
	if (path !== IN_MEMORY && (journal !== mode || synchronous !== 2)) {
		throw new UserError(
			'not-durable',
			`${path} cannot be written safely here (journal ${journal}, synchronous ${synchronous}).`,
			'Keep runs on a local disk: give another place with --run-file or FIELDBOOK_HOME.',
			5,
		);
	}
}
