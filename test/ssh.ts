import {spawnSync} from 'node:child_process';

/** True where the system has an `ssh`. Says so where it has none, for tests are skipped then; in CI that is a failure. */
export function haveSsh(): boolean {
	if (spawnSync('ssh', ['-V']).status === 0) {
		return true;
	}

	const message = "Tests with the system's ssh are skipped: there is none. Install OpenSSH's client to run them.";
	if (process.env['CI'] !== undefined) {
		throw new Error(message);
	}

	console.warn(message);
	return false;
}
