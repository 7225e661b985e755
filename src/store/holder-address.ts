import {createHash} from 'node:crypto';
import {lstatSync, mkdirSync, realpathSync} from 'node:fs';
import {userInfo} from 'node:os';
import {dirname, join} from 'node:path';

/**
Where the holder of a run file answers: told by the file alone, whatever the environment of who asks.

Short, because the system takes at most 104 bytes (macOS; Linux 108): a run file's own folder may be deeper. On Windows a
named pipe, else a socket in a folder that is its user's alone. Source: unix(7), sun_path.
*/
export function holderAddress(runFile: string): string {
	const name = createHash('sha256').update(realpathSync(runFile)).digest('hex').slice(0, 24);
	return process.platform === 'win32' ? `\\\\.\\pipe\\fieldbook-${name}` : join(holdersFolder(), `${name}.sock`);
}

/** Makes the folder if there is none. False: it is somebody else's, or open to others, and nothing may be served there. */
export function isAddressSafe(address: string): boolean {
	if (process.platform === 'win32') {
		return true;
	}

	const folder = dirname(address);
	try {
		mkdirSync(folder, {mode: 0o700, recursive: true});
		const found = lstatSync(folder);
		return found.isDirectory() && found.uid === userInfo().uid && (found.mode & 0o077) === 0;
	} catch {
		// No such place on this machine: who asks is told by the lock alone
		return false;
	}
}

/** The same for every program of this user, so not where TMPDIR says. */
function holdersFolder(): string {
	return `/tmp/fieldbook-${userInfo().uid}`;
}
