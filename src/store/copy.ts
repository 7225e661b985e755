import {lstatSync} from 'node:fs';
import {backup, DatabaseSync} from 'node:sqlite';
import {looking} from './look.js';

/**
Of a run that is open, page by page in a thread of SQLite's: what is written meanwhile goes on.

Rejects if the disk is full, and if `to` is not a file that is there and empty: who asks may have named any file of ours.
*/
export async function copyOpenRun(db: DatabaseSync, to: string): Promise<void> {
	const there = lstatSync(to);
	if (!there.isFile() || there.size > 0) {
		throw new Error('A copy goes into an empty file');
	}

	await backup(db, to);
	// Page for page it is as the one that is open: it would want a companion.
	const copy = new DatabaseSync(to);
	copy.exec('PRAGMA journal_mode = DELETE');
	copy.close();
}

/**
Of a run that nobody holds, what a killed process has left in the companion included; into a file that is there and empty.

Throws a UserError (status 5) if it is held, damaged, or no run file.
*/
export function copyRun(path: string, to: string): void {
	looking(path, db => db.prepare('VACUUM INTO ?').run(to));
}
