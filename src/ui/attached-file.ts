import {readFile} from 'node:fs/promises';
import {homedir} from 'node:os';
import {basename} from 'node:path';
import {UserError} from '../text/user-error.js';

/**
A file that somebody names as evidence, as shells and file managers write it: `~` is his home, quotes around it are none of it.

Rejects with a UserError (status 2) if it cannot be read.
*/
export async function readAttached(typed: string): Promise<{readonly name: string; readonly bytes: Uint8Array}> {
	const path = typed
		.trim()
		.replace(/^(['"])(.*)\1$/, '$2')
		.replace(/^~(?=[/\\])/, homedir());
	try {
		return {name: basename(path), bytes: await readFile(path)};
	} catch (error) {
		throw new UserError(
			'no-file',
			`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
			'Look at its path; nothing was added.',
			2,
		);
	}
}
