/** What the writer did to its disk, and what it said, in order. */
export type Call =
	| {readonly kind: 'link'; readonly path: string; readonly inode: number; readonly isFolder: boolean}
	| {readonly kind: 'unlink'; readonly path: string}
	| {readonly kind: 'write'; readonly inode: number; readonly at: number; readonly bytes: Buffer}
	| {readonly kind: 'truncate'; readonly inode: number; readonly size: number}
	| {readonly kind: 'sync'; readonly inode: number}
	/** `path`: of the folder. */
	| {readonly kind: 'syncFolder'; readonly path: string}
	| {readonly kind: 'said'; readonly words: string};

export const TRACED =
	'openat,open,close,write,pwrite64,ftruncate,fsync,fdatasync,unlink,unlinkat,rename,renameat,mkdir,lseek';

type Open = {readonly path: string; readonly inode: number; readonly isFolder: boolean; offset: number};

/**
Reads what `strace -f -xx` has written, as far as it concerns `folder` and standard output.

An inode stands behind each name until the name goes: a file that is unlinked and made again is another one. Throws where
the writer did something to these files that the model knows nothing of.
*/
export function readTrace(trace: string, folder: string): readonly Call[] {
	const calls: Call[] = [];
	const inodes = new Map<string, number>();
	const open = new Map<number, Open>();
	let nextInode = 1;
	for (const {name, args, result} of wholeCalls(trace)) {
		if (result < 0) {
			continue;
		}

		const file = open.get(Number(args[0]));
		switch (name) {
			case 'openat':
			case 'open': {
				const [path = '', flags = ''] = name === 'open' ? args : args.slice(1);
				const isFolder = flags.includes('O_DIRECTORY') || text(path) === folder || !text(path).includes('.');
				if (text(path).startsWith(folder)) {
					const known = inodes.get(text(path));
					const inode = known ?? nextInode++;
					if (known === undefined && !isFolder) {
						inodes.set(text(path), inode);
						calls.push({kind: 'link', path: text(path), inode, isFolder: false});
					}

					if (flags.includes('O_TRUNC') && known !== undefined) {
						calls.push({kind: 'truncate', inode, size: 0});
					}

					open.set(result, {path: text(path), inode, isFolder, offset: 0});
				}

				break;
			}

			case 'mkdir':
				if (text(args[0] ?? '').startsWith(`${folder}/`)) {
					calls.push({kind: 'link', path: text(args[0] ?? ''), inode: nextInode++, isFolder: true});
				}

				break;
			case 'close':
				open.delete(Number(args[0]));
				break;
			case 'write':
				if (args[0] === '1') {
					calls.push({
						kind: 'said',
						words: bytesOf(args[1] ?? '')
							.toString()
							.trim(),
					});
				} else if (file !== undefined) {
					calls.push({kind: 'write', inode: file.inode, at: file.offset, bytes: bytesOf(args[1] ?? '')});
					file.offset += result;
				}

				break;
			case 'pwrite64':
				if (file !== undefined) {
					calls.push({
						kind: 'write',
						inode: file.inode,
						at: Number(args[3]),
						bytes: bytesOf(args[1] ?? '').subarray(0, result),
					});
				}

				break;
			case 'ftruncate':
				if (file !== undefined) {
					calls.push({kind: 'truncate', inode: file.inode, size: Number(args[1])});
				}

				break;
			case 'fsync':
			case 'fdatasync':
				if (file !== undefined) {
					calls.push(file.isFolder ? {kind: 'syncFolder', path: file.path} : {kind: 'sync', inode: file.inode});
				}

				break;
			case 'unlink':
			case 'unlinkat': {
				const path = text(args[name === 'unlink' ? 0 : 1] ?? '');
				if (path.startsWith(folder)) {
					inodes.delete(path);
					calls.push({kind: 'unlink', path});
				}

				break;
			}

			case 'rename':
			case 'renameat':
				if (args.some(arg => text(arg).startsWith(folder))) {
					throw new Error('The model knows no rename');
				}

				break;
			case 'lseek':
				if (file !== undefined && !file.isFolder) {
					throw new Error('The model knows no seek');
				}
		}
	}

	return calls;
}

/** A call that another thread interrupted stands in two lines. */
function* wholeCalls(trace: string): Generator<{name: string; args: string[]; result: number}> {
	const begun = new Map<string, string>();
	for (const line of trace.split('\n')) {
		const [, thread = '', rest = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
		const unfinished = /^(.*) <unfinished \.\.\.>$/.exec(rest);
		const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest);
		if (unfinished !== null) {
			begun.set(thread, unfinished[1] ?? '');
			continue;
		}

		const whole = resumed === null ? rest : `${begun.get(thread) ?? ''}${resumed[1]}`;
		const [, name, args = '', result] = /^(\w+)\((.*)\) += (-?\d+)/.exec(whole) ?? [];
		if (name !== undefined) {
			// With -xx no string holds a comma
			yield {name, args: args.split(', '), result: Number(result)};
		}
	}
}

/** `"\x2f\x74"` as strace prints it. */
function bytesOf(quoted: string): Buffer {
	if (quoted.endsWith('...')) {
		throw new Error('strace has cut what was written');
	}

	return Buffer.from(quoted.replaceAll(/"|\\x/g, ''), 'hex');
}

function text(quoted: string): string {
	return quoted.startsWith('"') ? bytesOf(quoted).toString() : '';
}
