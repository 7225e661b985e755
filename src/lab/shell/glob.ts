import type {IFileSystem} from 'just-bash';
import {isPattern, matches, withoutEscapes} from './pattern.js';

/** The paths that a pattern names, sorted, written as the pattern is: absolute or not. Empty if none. */
export async function pathsMatching(pattern: string, cwd: string, fs: IFileSystem): Promise<readonly string[]> {
	const absolute = pattern.startsWith('/');
	const pieces = pattern.split('/').filter((piece, index) => piece !== '' || index > 0);
	let found = [absolute ? '/' : ''];
	for (const [index, piece] of pieces.entries()) {
		const last = index === pieces.length - 1;
		const next: string[] = [];
		for (const folder of found) {
			next.push(...(await step(folder, piece, last, cwd, fs)));
		}
		found = next;
	}
	return found.sort();
}

async function step(
	folder: string,
	piece: string,
	last: boolean,
	cwd: string,
	fs: IFileSystem,
): Promise<readonly string[]> {
	const inside = (name: string) => `${folder}${folder === '' || folder.endsWith('/') ? '' : '/'}${name}`;
	if (piece === '') {
		return [inside('')]; // `dir/`
	}
	if (!isPattern(piece)) {
		const path = inside(withoutEscapes(piece));
		return (await fs.exists(fs.resolvePath(cwd, path))) ? [path] : [];
	}
	const names = (await entriesOf(fs.resolvePath(cwd, folder === '' ? '.' : folder), fs)).filter(
		name => (!name.startsWith('.') || piece.startsWith('.')) && matches(piece, name),
	);
	const paths = names.map(inside);
	return last ? paths : foldersAmong(paths, cwd, fs);
}

async function entriesOf(folder: string, fs: IFileSystem): Promise<readonly string[]> {
	try {
		return await fs.readdir(folder);
	} catch {
		return []; // Not a folder, or gone: nothing matches
	}
}

async function foldersAmong(paths: readonly string[], cwd: string, fs: IFileSystem): Promise<readonly string[]> {
	const folders: string[] = [];
	for (const path of paths) {
		if ((await fs.stat(fs.resolvePath(cwd, path))).isDirectory) {
			folders.push(path);
		}
	}
	return folders;
}
