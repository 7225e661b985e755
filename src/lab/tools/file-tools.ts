import type {LabHost} from '../host.js';
import type {HostFiles} from '../machine/host-files.js';
import type {Process} from '../process/process.js';
import type {Program} from '../shell/shell.js';
import {formatTime} from './clock-tools.js';

/** Tools that know whose a file is, which just-bash does not. */
export function fileTools(files: HostFiles, view: () => LabHost): ReadonlyMap<string, Program> {
	return new Map<string, Program>([
		['chown', (process, [, ...args]) => chown(process, args, files, view())],
		['chgrp', (process, [, ...args]) => chgrp(process, args, files)],
		['stat', (process, [, ...args]) => stat(process, args, files, view())],
	]);
}

/** The number of a user or of the group of his name. */
export function uidOf(name: string, {accounts}: LabHost): number {
	return name === 'root' ? 0 : (accounts?.[name]?.uid ?? 1000);
}

/** `chown [-R] USER[:GROUP] PATH…`, `chown :GROUP PATH…`. */
async function chown(process: Process, args: readonly string[], files: HostFiles, host: LabHost): Promise<number> {
	const [spec = '', ...paths] = args.filter(word => !/^-./.test(word));
	const [, user = '', group] = /^([^:.]*)(?:[:.](.*))?$/.exec(spec) ?? [];
	if (paths.length === 0) {
		return complain(process, `chown: missing operand${spec === '' ? '' : ` after '${spec}'`}`);
	}
	if (user !== '' && !Object.hasOwn(host.users, user)) {
		return complain(process, `chown: invalid user: '${spec}'`);
	}
	const owner = (path: string) =>
		`${user || files.ownerOf(path)}:${group === undefined ? files.groupOf(path) : group || user}`;
	return giveAll('chown', 'ownership', paths, args.includes('-R'), owner, process, files);
}

async function chgrp(process: Process, args: readonly string[], files: HostFiles): Promise<number> {
	const [group = '', ...paths] = args.filter(word => !/^-./.test(word));
	const owner = (path: string) => `${files.ownerOf(path)}:${group}`;
	return giveAll('chgrp', 'group', paths, args.includes('-R'), owner, process, files);
}

async function giveAll(
	tool: string,
	what: string,
	words: readonly string[],
	recursive: boolean,
	owner: (path: string) => string,
	process: Process,
	files: HostFiles,
): Promise<number> {
	let status = 0;
	for (const word of words) {
		const path = files.resolvePath(process.cwd, word);
		if (!(await files.exists(path))) {
			status = await complain(process, `${tool}: cannot access '${word}': No such file or directory`);
			continue;
		}
		const below = recursive ? files.getAllPaths().filter(each => each.startsWith(`${path}/`)) : [];
		try {
			for (const each of [path, ...below]) {
				await files.chown(each, owner(each));
			}
		} catch {
			status = await complain(process, `${tool}: changing ${what} of '${word}': Operation not permitted`);
		}
	}
	return status;
}

/** `stat [-L] -c FORMAT PATH…`; without a format, what matters of the usual table. */
async function stat(process: Process, args: readonly string[], files: HostFiles, host: LabHost): Promise<number> {
	let format: string | undefined;
	let follows = false;
	const paths: string[] = [];
	for (let at = 0; at < args.length; at += 1) {
		const word = args[at] ?? '';
		const [, long] = /^--(?:format|printf)=(.*)$/s.exec(word) ?? [];
		if (/^-L?c$/.test(word)) {
			at += 1;
			format = `${args[at] ?? ''}\n`;
			follows = follows || word.includes('L');
		} else if (long !== undefined) {
			format = word.startsWith('--printf') ? long.replaceAll('\\n', '\n') : `${long}\n`;
		} else if (word === '-L' || word === '--dereference') {
			follows = true;
		} else {
			paths.push(word);
		}
	}
	let status = 0;
	for (const word of paths) {
		try {
			await process.out(await describe(word, process, format ?? usual, follows, files, host));
		} catch {
			status = await complain(process, `stat: cannot stat '${word}': No such file or directory`);
		}
	}
	return status;
}

const usual = `  File: %n
  Size: %s\tBlocks: %b\tIO Block: 4096   %F
Access: (%04a/%A)  Uid: (%u/%U)   Gid: (%g/%G)
Modify: %y
`;

async function describe(
	word: string,
	process: Process,
	format: string,
	follows: boolean,
	files: HostFiles,
	host: LabHost,
): Promise<string> {
	const path = files.resolvePath(process.cwd, word);
	const found = await (follows ? files.stat(path) : files.lstat(path));
	const real = follows ? await files.realpath(path) : path;
	const [owner, group] = [files.ownerOf(real), files.groupOf(real)];
	const mode = (found.mode & 0o7777).toString(8);
	const at = found.mtime.getTime();
	const values: Readonly<Record<string, string>> = {
		n: word,
		s: String(found.size),
		a: mode,
		'04a': mode.padStart(4, '0'),
		A: drawMode(found),
		U: owner,
		G: group,
		u: String(uidOf(owner, host)),
		g: String(uidOf(group, host)),
		F: found.isDirectory
			? 'directory'
			: found.isSymbolicLink
				? 'symbolic link'
				: found.size === 0
					? 'regular empty file'
					: 'regular file',
		Y: String(Math.floor(at / 1000)),
		y: `${formatTime(at, '%Y-%m-%d %H:%M:%S')}.000000000 +0000`,
		b: String(Math.ceil(found.size / 4096) * 8),
		h: '1',
		'%': '%',
	};
	return format.replaceAll(/%(04a|[A-Za-z%])/g, (whole, letter: string) => values[letter] ?? whole);
}

/** `cp -p` and `cp -a` keep whose a file is, if root copies. */
export function keepingOwners(cp: Program, files: HostFiles): Program {
	return async (process, argv) => {
		const status = await cp(process, argv);
		const [, ...args] = argv;
		const paths = args.filter(word => !/^-./.test(word)).map(word => files.resolvePath(process.cwd, word));
		const to = paths.pop();
		if (
			status !== 0 ||
			to === undefined ||
			process.user !== 'root' ||
			!args.some(word => /^-\w*[pa]|^--preserve/.test(word))
		) {
			return status;
		}
		for (const from of paths) {
			const inside = `${to}/${from.slice(from.lastIndexOf('/') + 1)}`;
			await files.copyOwners(from, (await files.exists(inside)) ? inside : to);
		}
		return status;
	};
}

type Drawn = {readonly isDirectory: boolean; readonly isSymbolicLink: boolean; readonly mode: number};

/** > | drwxrwxrwt */
export function drawMode({isDirectory, isSymbolicLink, mode}: Drawn): string {
	const drawn = [6, 3, 0]
		.map(shift => (mode >> shift) & 7)
		.map(bits => `${bits & 4 ? 'r' : '-'}${bits & 2 ? 'w' : '-'}${bits & 1 ? 'x' : '-'}`)
		.join('');
	const sticky = (mode & 0o1000) === 0 ? drawn : `${drawn.slice(0, -1)}${drawn.endsWith('x') ? 't' : 'T'}`;
	return `${isDirectory ? 'd' : isSymbolicLink ? 'l' : '-'}${sticky}`;
}

async function complain(process: Process, message: string): Promise<number> {
	await process.err(`${message}\n`);
	return 1;
}
