import {closeSync, existsSync, mkdirSync, openSync, rmSync, statSync} from 'node:fs';
import {dirname} from 'node:path';
import type {DatabaseSync} from 'node:sqlite';
import {UserError} from '../text/user-error.js';
import {IN_MEMORY} from './hold.js';

/** Looks whether the path still names the file that was opened there: one without a name takes every write and is lost with its process. */
export type Presence = {
	/** Throws a UserError (status 5) if it does not, once all that is recorded stands in a new file, which it names. */
	require(db: DatabaseSync): void;
	/** It was found missing. */
	readonly isGone: boolean;
};

export function watchPresence(path: string): Presence {
	const opened = identityOf(path);
	let isGone = false;
	return {
		get isGone() {
			return isGone;
		},
		require(db) {
			if (path === IN_MEMORY || identityOf(path) === opened) {
				return;
			}

			isGone = true;
			const rescued = rescue(db, path);
			throw new UserError(
				'run-file-gone',
				`${path} was removed, renamed or replaced while the run was open. All that was recorded stands in ${rescued}.`,
				`Go on with that: \`fieldbook resume ${rescued}\`.`,
				5,
			);
		},
	};
}

/** Device and inode; empty where nothing stands. */
function identityOf(path: string): string {
	const found = path === IN_MEMORY ? undefined : statSync(path, {bigint: true, throwIfNoEntry: false});
	return found === undefined ? '' : `${found.dev}:${found.ino}`;
}

/** Under its own name where that is free. */
function rescue(db: DatabaseSync, path: string): string {
	mkdirSync(dirname(path), {recursive: true, mode: 0o700});
	const base = path.replace(/\.fieldbook$/, '');
	let rescued = path;
	for (let number = 1; existsSync(rescued); number++) {
		rescued = `${base}-rescued${number === 1 ? '' : `-${number}`}.fieldbook`;
	}

	// The companion belongs to the file that is gone: SQLite would take it for that of whatever stands there next
	rmSync(`${path}-wal`, {force: true});
	closeSync(openSync(rescued, 'wx', 0o600));
	db.prepare('VACUUM INTO ?').run(rescued);
	return rescued;
}
