import {appendFile, mkdir, open, readFile} from 'node:fs/promises';
import {dirname} from 'node:path';
import {type HostAddress, type KnownHost, knownHostLine, parseKnownHosts} from './known-hosts.js';

/** The known hosts of all files, in their order. A file that does not exist knows nobody. Rejects if one cannot be read. */
export async function readKnownHosts(files: readonly string[]): Promise<readonly KnownHost[]> {
	const texts = await Promise.all(files.map(async file => ({file, text: await readIfThere(file)})));
	return texts.flatMap(({file, text}) => parseKnownHosts(file, text));
}

/** Adds one line at the end, in one write. Touches no other line; makes the file (0600) and its folder (0700). */
export async function appendKnownHost(file: string, host: HostAddress, key: Buffer): Promise<void> {
	await mkdir(dirname(file), {recursive: true, mode: 0o700});
	const lead = (await endsWithinLine(file)) ? '\n' : '';
	await appendFile(file, `${lead}${knownHostLine(host, key)}\n`, {mode: 0o600, flush: true});
}

async function readIfThere(file: string): Promise<string> {
	try {
		return await readFile(file, 'utf8');
	} catch (error) {
		if (isMissing(error)) {
			return '';
		}

		throw error;
	}
}

async function endsWithinLine(file: string): Promise<boolean> {
	try {
		await using handle = await open(file, 'r');
		const {size} = await handle.stat();
		const last = Buffer.alloc(1);
		await handle.read(last, 0, 1, Math.max(0, size - 1));
		return size > 0 && last[0] !== 0x0a;
	} catch (error) {
		if (isMissing(error)) {
			return false;
		}

		throw error;
	}
}

function isMissing(error: unknown): boolean {
	return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
