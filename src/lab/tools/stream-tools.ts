import type {IFileSystem} from 'just-bash';
import {isRefusal} from '../machine/owned-files.js';
import type {Process} from '../process/process.js';
import {NullStream, readAll, type Stream} from '../process/stream.js';
import type {Program} from '../shell/shell.js';
import {cut} from './cut.js';

/** Tools through which bytes stream while they come: just-bash would wait for the end. */
export function streamTools(fs: IFileSystem): ReadonlyMap<string, Program> {
	return new Map<string, Program>([
		['cat', (process, [, ...args]) => cat(process, args, fs)],
		['cut', cut(fs)],
		['head', (process, [, ...args]) => head(process, args, fs)],
		['tail', (process, [, ...args]) => tail(process, args, fs)],
		['tee', (process, [, ...args]) => tee(process, args, fs)],
		[
			'yes',
			async (process, [, ...words]) => {
				const line = `${words.length === 0 ? 'y' : words.join(' ')}\n`;
				for (;;) {
					await process.out(line.repeat(100));
				}
			},
		],
	]);
}

async function cat(process: Process, args: readonly string[], fs: IFileSystem): Promise<number> {
	const paths = args.filter(arg => arg === '-' || !arg.startsWith('-'));
	const out = process.descriptors.get(1);
	let status = 0;
	for (const path of paths.length === 0 ? ['-'] : paths) {
		if (path === '-') {
			await copy(process, process.descriptors.get(0), bytes => process.write(out, bytes));
			continue;
		}
		const bytes = await readFile('cat', path, process, fs);
		status = bytes === undefined ? 1 : status;
		await process.write(out, bytes ?? '');
	}
	return status;
}

/** Until the input ends, or `take` says that it has enough. */
async function copy(
	process: Process,
	input: Stream | undefined,
	take: (bytes: Uint8Array) => Promise<boolean | undefined> | Promise<void>,
): Promise<void> {
	while (input !== undefined) {
		const bytes = await process.read(input);
		if (bytes === undefined || (await take(bytes)) === false) {
			return;
		}
	}
}

/** Undefined after a complaint. */
async function readFile(who: string, path: string, process: Process, fs: IFileSystem): Promise<Uint8Array | undefined> {
	try {
		return await fs.readFileBuffer(fs.resolvePath(process.cwd, path));
	} catch (error) {
		const isFolder = error instanceof Error && error.message.includes('EISDIR');
		const why = isRefusal(error) ? error.why : 'No such file or directory';
		await process.err(`${who}: ${isFolder ? 'read error: Is a directory' : `can't open '${path}': ${why}`}\n`);
		return undefined;
	}
}

type Part = {
	readonly unit: 'lines' | 'bytes';
	readonly count: number;
	/** `tail +3`: from there on. */
	readonly fromStart: boolean;
	/** `head -n -1`: all but so many. */
	readonly allBut: boolean;
	readonly follow: boolean;
	readonly paths: readonly string[];
};

/** `-n 3`, `-n3`, `-3`, `-c +5`, `-f`, `-F`, `-q`. */
function readPart(args: readonly string[]): Part | undefined {
	let part: Part = {unit: 'lines', count: 10, fromStart: false, allBut: false, follow: false, paths: []};
	for (let at = 0; at < args.length; at += 1) {
		const word = args[at] ?? '';
		const [, letter = '', attached = ''] = /^-([ncfFq])(.*)$/.exec(word) ?? [];
		const short = /^-(\d+)$/.exec(word)?.[1];
		if (letter === 'n' || letter === 'c' || short !== undefined) {
			const amount = short ?? (attached === '' ? (args[++at] ?? '') : attached);
			if (!/^[-+]?\d+$/.test(amount)) {
				return undefined;
			}
			const unit = letter === 'c' ? 'bytes' : 'lines';
			const [fromStart, allBut] = [amount.startsWith('+'), amount.startsWith('-')];
			part = {...part, unit, count: Math.abs(Number(amount)), fromStart, allBut};
		} else if (letter === 'f' || letter === 'F') {
			part = {...part, follow: true};
		} else if (letter === '') {
			part = {...part, paths: [...part.paths, word]};
		}
	}
	return part;
}

async function head(process: Process, args: readonly string[], fs: IFileSystem): Promise<number> {
	const part = readPart(args);
	if (part === undefined) {
		await process.err('head: invalid number\n');
		return 1;
	}
	const out = process.descriptors.get(1);
	const [path] = part.paths;
	if ((path !== undefined && path !== '-') || part.allBut) {
		const input = process.descriptors.get(0);
		const bytes =
			path !== undefined && path !== '-'
				? await readFile('head', path, process, fs)
				: await process.wait(readAll(input ?? new NullStream()));
		const end =
			bytes === undefined
				? 0
				: part.allBut
					? startOfTail(bytes, {...part, fromStart: false})
					: endOfHead(bytes, part.unit, part.count).end;
		await process.write(out, bytes === undefined ? '' : bytes.subarray(0, end));
		return bytes === undefined ? 1 : 0;
	}
	let left = part.count;
	await copy(process, left === 0 ? undefined : process.descriptors.get(0), async bytes => {
		const {end, used} = endOfHead(bytes, part.unit, left);
		left -= used;
		await process.write(out, bytes.subarray(0, end));
		return left > 0;
	});
	return 0;
}

function endOfHead(
	bytes: Uint8Array,
	unit: Part['unit'],
	count: number,
): {readonly end: number; readonly used: number} {
	if (unit === 'bytes') {
		const end = Math.min(count, bytes.length);
		return {end, used: end};
	}
	let end = 0;
	let used = 0;
	while (used < count && end < bytes.length) {
		const line = bytes.indexOf(0x0a, end);
		end = line === -1 ? bytes.length : line + 1;
		used += line === -1 ? 0 : 1;
	}
	return {end, used};
}

async function tail(process: Process, args: readonly string[], fs: IFileSystem): Promise<number> {
	const part = readPart(args);
	if (part === undefined) {
		await process.err('tail: invalid number\n');
		return 1;
	}
	const out = process.descriptors.get(1);
	const [path] = part.paths;
	if (path === undefined || path === '-') {
		const input = process.descriptors.get(0);
		const bytes = input === undefined ? new Uint8Array() : await process.wait(readAll(input));
		await process.write(out, bytes.subarray(startOfTail(bytes, part)));
		return 0;
	}
	const bytes = await readFile('tail', path, process, fs);
	if (bytes === undefined) {
		return 1;
	}
	await process.write(out, bytes.subarray(startOfTail(bytes, part)));
	for (let seen = bytes.length; part.follow; ) {
		await process.sleep(1000);
		const now = (await readFile('tail', path, process, fs)) ?? new Uint8Array();
		seen = now.length < seen ? 0 : seen;
		if (now.length > seen) {
			await process.write(out, now.subarray(seen));
		}
		seen = now.length;
	}
	return 0;
}

function startOfTail(bytes: Uint8Array, {unit, count, fromStart}: Part): number {
	if (unit === 'bytes') {
		return fromStart ? Math.max(0, count - 1) : Math.max(0, bytes.length - count);
	}
	if (fromStart) {
		return endOfHead(bytes, 'lines', Math.max(0, count - 1)).end;
	}
	let start = bytes.length;
	for (let lines = 0; start > 0; start -= 1) {
		if (bytes[start - 1] === 0x0a && start < bytes.length) {
			lines += 1;
			if (lines === count) {
				break;
			}
		}
	}
	return count === 0 ? bytes.length : start;
}

async function tee(process: Process, args: readonly string[], fs: IFileSystem): Promise<number> {
	const paths = args.filter(arg => !arg.startsWith('-')).map(path => fs.resolvePath(process.cwd, path));
	if (!args.includes('-a')) {
		await Promise.all(paths.map(path => fs.writeFile(path, '')));
	}
	await copy(process, process.descriptors.get(0), async bytes => {
		await Promise.all(paths.map(path => fs.appendFile(path, bytes)));
		await process.write(process.descriptors.get(1), bytes);
	});
	return 0;
}
