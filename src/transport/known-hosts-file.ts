import {appendFile, mkdir, open, readFile, rm, stat} from 'node:fs/promises';
import {dirname} from 'node:path';
import {type HostAddress, judgeKey, type KnownHost, knownHostLine, parseKnownHosts} from './known-hosts.js';
import {pause} from './timing.js';

/** known_hosts files as they were read last; read anew when one of them has changed. */
export class KnownHostsFiles {
	/** Promises: a thousand hosts that are looked up in one moment wait for one reading. */
	readonly #read = new Map<string, {readonly stamps: string; readonly hosts: Promise<readonly KnownHost[]>}>();

	/** The known hosts of all these files, in their order. A file that does not exist knows nobody. Rejects if one cannot be read. */
	async read(files: readonly string[]): Promise<readonly KnownHost[]> {
		const key = files.join('\0');
		const stamps = (await Promise.all(files.map(stampOf))).join(' ');
		const known = this.#read.get(key);
		if (known?.stamps === stamps) {
			return known.hosts;
		}

		const hosts = readAll(files);
		const reading = {stamps, hosts};
		this.#read.set(key, reading);
		hosts.catch(() => {
			if (this.#read.get(key) === reading) {
				this.#read.delete(key); // Who comes later tries again
			}
		});
		return hosts;
	}
}

async function readAll(files: readonly string[]): Promise<readonly KnownHost[]> {
	const texts = await Promise.all(files.map(async file => ({file, text: await readIfThere(file)})));
	return texts.flatMap(({file, text}) => parseKnownHosts(file, text));
}

/** Another one after each change. */
async function stampOf(file: string): Promise<string> {
	try {
		const {ino, size, mtimeNs, ctimeNs} = await stat(file, {bigint: true});
		return [ino, size, mtimeNs, ctimeNs].join('-');
	} catch {
		return 'none';
	}
}

/**
Adds one line at the end, in one write, unless somebody has added it meanwhile. Touches no other line; makes the file
(0600) and its folder (0700). Rejects where it cannot be written.
*/
export async function appendKnownHost(file: string, host: HostAddress, key: Buffer, isHashed: boolean): Promise<void> {
	await mkdir(dirname(file), {recursive: true, mode: 0o700});
	await locked(file, async () => {
		const known = parseKnownHosts(file, await readIfThere(file));
		if (judgeKey(known, host, key).kind === 'known') {
			return;
		}

		const lead = (await endsWithinLine(file)) ? '\n' : '';
		await appendFile(file, `${lead}${knownHostLine(host, key, isHashed)}\n`, {mode: 0o600, flush: true});
	});
}

/** An older lock was left behind by somebody who is gone: appending takes a moment. */
const staleMs = 10_000;

/** One at a time, other fieldbooks included: of two that look whether the last line has an end, none may write between. */
async function locked(file: string, work: () => Promise<void>): Promise<void> {
	const lock = `${file}.fieldbook-lock`;
	while (!(await created(lock))) {
		const {mtimeMs} = await stat(lock).catch(() => ({mtimeMs: Date.now()}));
		if (Date.now() - mtimeMs > staleMs) {
			await rm(lock, {force: true});
		}

		await pause(20);
	}

	try {
		await work();
	} finally {
		await rm(lock, {force: true});
	}
}

async function created(file: string): Promise<boolean> {
	try {
		await (await open(file, 'wx', 0o600)).close();
		return true;
	} catch (error) {
		if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
			return false;
		}

		throw error;
	}
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
