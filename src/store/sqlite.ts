import type {DatabaseSync} from 'node:sqlite';

/** The value of a pragma as SQLite gives it, never as it was asked for. */
export function pragma(db: DatabaseSync, name: string): unknown {
	return Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0];
}

/** All of it or nothing: what fails is rolled back, and its error thrown on. */
export function inTransaction(db: DatabaseSync, work: () => void): void {
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

/** The JSON of a column; undefined where it is none. */
export function parsedOrUndefined(json: string): unknown {
	try {
		return JSON.parse(json);
	} catch {
		return undefined;
	}
}
