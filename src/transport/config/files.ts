import {access, constants, glob, readFile} from 'node:fs/promises';
import {isAbsolute, join} from 'node:path';
import type {ConfigFile} from './evaluate.js';
import {readConfigLines} from './lines.js';
import {underHome} from './tokens.js';

/** Where ssh's configuration is read. `none`: nowhere, as in a rehearsal. */
export type ConfigSource =
	| {readonly kind: 'usual'}
	/** As `ssh -F`: this file alone. */
	| {readonly kind: 'file'; readonly path: string}
	| {readonly kind: 'none'};

/** Deeper is a circle. Source: readconf.c of OpenSSH, READCONF_MAX_DEPTH. */
const deepest = 16;

/** Where the configuration for all users stands. */
const systemFolder =
	process.platform === 'win32' ? join(process.env['PROGRAMDATA'] ?? 'C:\\ProgramData', 'ssh') : '/etc/ssh';

/**
The files in the order in which `ssh` reads them. One that does not exist, or that we may not read, says nothing; but
rejects where it is a file that was named: without it the way would lead to other hosts.
*/
export async function readConfigFiles(source: ConfigSource, home: string): Promise<readonly ConfigFile[]> {
	const own = join(home, '.ssh');
	switch (source.kind) {
		case 'none':
			return [];
		case 'file':
			await access(source.path, constants.R_OK);
			return [await readConfig(source.path, own, home, 0)];
		case 'usual':
			return [
				await readConfig(join(own, 'config'), own, home, 0),
				await readConfig(join(systemFolder, 'ssh_config'), systemFolder, home, 0),
			];
	}
}

/** `folder` is where relative names of an `Include` begin. */
async function readConfig(path: string, folder: string, home: string, depth: number): Promise<ConfigFile> {
	const text = await readFile(path, 'utf8').catch(() => '');
	return Promise.all(
		readConfigLines(text).map(async line => ({
			...line,
			included:
				line.keyword === 'include' && depth < deepest ? await readIncluded(line.words, folder, home, depth + 1) : [],
		})),
	);
}

/** Each word is a pattern for files, which are read by name. */
async function readIncluded(
	words: readonly string[],
	folder: string,
	home: string,
	depth: number,
): Promise<readonly ConfigFile[]> {
	const files: ConfigFile[] = [];
	for (const word of words) {
		const pattern = underHome(word, home);
		const paths: string[] = [];
		for await (const path of glob(isAbsolute(pattern) ? pattern : join(folder, pattern))) {
			paths.push(path);
		}

		files.push(...(await Promise.all(paths.toSorted().map(path => readConfig(path, folder, home, depth)))));
	}

	return files;
}
