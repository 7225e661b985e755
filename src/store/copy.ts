import {backup, DatabaseSync} from 'node:sqlite';
import {withClearErrors} from './clear-errors.js';
import {requireRunFile} from './tables.js';

/** Into a file that is there and empty: one plain file, without companions. Rejects if the disk is full. */
export async function copyDatabase(db: DatabaseSync, to: string): Promise<void> {
	await backup(db, to);
	// Page for page it is as the run that is open: it would want a companion.
	const copy = new DatabaseSync(to);
	copy.exec('PRAGMA journal_mode = DELETE');
	copy.close();
}

/**
A copy of a run that nobody holds, what an interrupted process left in the companion included.

Rejects with a UserError (status 5) if it is held, or no run file.
*/
export async function copyRun(path: string, to: string): Promise<void> {
	const db = withClearErrors(path, () => {
		const opened = new DatabaseSync(path, {readOnly: true});
		try {
			requireRunFile(opened, path);
			return opened;
		} catch (error) {
			opened.close();
			throw error;
		}
	});
	try {
		await copyDatabase(db, to);
	} finally {
		db.close();
	}
}
