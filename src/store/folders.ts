import {closeSync, fsyncSync, mkdirSync, openSync} from 'node:fs';
import {dirname, resolve} from 'node:path';

/** Makes the folder of this file where it is not there, for its owner alone. Returns the first folder that was made. */
export function makeFolderFor(path: string): string | undefined {
	return mkdirSync(dirname(path), {recursive: true, mode: 0o700});
}

/**
Makes the name of a new file durable, and those of the folders that were made for it: else a power cut can take the file,
however well its bytes were synced. Source: fsync(2), and the ring test/rings/power-loss.test.ts, which found it.
*/
export function syncNames(path: string, firstMade: string | undefined): void {
	const last = firstMade === undefined ? dirname(resolve(path)) : dirname(resolve(firstMade));
	for (let folder = dirname(resolve(path)); ; folder = dirname(folder)) {
		syncFolder(folder);
		if (folder === last || folder === dirname(folder)) {
			return;
		}
	}
}

/** Windows syncs names by itself, and opens no folder. */
function syncFolder(folder: string): void {
	if (process.platform === 'win32') {
		return;
	}

	const open = openSync(folder, 'r');
	try {
		fsyncSync(open);
	} finally {
		closeSync(open);
	}
}
