import type {IFileSystem} from 'just-bash';
import type {Process} from '../process/process.js';
import {readAll} from '../process/stream.js';
import type {Program} from '../shell/shell.js';

/** Tools that say whether two files are the same. */
export function compareTools(fs: IFileSystem): ReadonlyMap<string, Program> {
	return new Map<string, Program>([
		['cmp', (process, [, ...args]) => cmp(process, args, fs)],
		['cksum', (process, [, ...args]) => cksum(process, args, fs)],
	]);
}

/** `cmp [-s] ONE OTHER`: 0 the same, 1 not, 2 trouble. `-` is standard input. */
async function cmp(process: Process, args: readonly string[], fs: IFileSystem): Promise<number> {
	const isSilent = args.some(word => /^(-s|--silent|--quiet)$/.test(word));
	const [one = '-', other = '-'] = args.filter(word => word === '-' || !word.startsWith('-'));
	const [first, second] = [await bytesOf('cmp', one, process, fs), await bytesOf('cmp', other, process, fs)];
	if (first === undefined || second === undefined) {
		return 2;
	}

	const same = Math.min(first.length, second.length);
	const at = first.findIndex((byte, index) => index < same && byte !== second[index]);
	if (at === -1 && first.length === second.length) {
		return 0;
	}

	const line = Buffer.from(first.subarray(0, at === -1 ? same : at))
		.toString('latin1')
		.split('\n').length;
	if (!isSilent) {
		await (at === -1
			? process.err(`cmp: EOF on ${first.length < second.length ? one : other} after byte ${same}, line ${line}\n`)
			: process.out(`${one} ${other} differ: byte ${at + 1}, line ${line}\n`));
	}

	return 1;
}

/** > | 4038471504 75 /etc/fstab */
async function cksum(process: Process, args: readonly string[], fs: IFileSystem): Promise<number> {
	const paths = args.filter(word => !word.startsWith('-'));
	let status = 0;
	for (const path of paths.length === 0 ? ['-'] : paths) {
		const bytes = await bytesOf('cksum', path, process, fs);
		if (bytes === undefined) {
			status = 1;
			continue;
		}

		await process.out(`${posixCrc(bytes)} ${bytes.length}${path === '-' ? '' : ` ${path}`}\n`);
	}

	return status;
}

/** The CRC of POSIX `cksum`: over the bytes, then over their number, the lowest byte first. */
function posixCrc(bytes: Uint8Array): number {
	let crc = 0;
	const feed = (byte: number) => {
		crc ^= byte << 24;
		for (let bit = 0; bit < 8; bit += 1) {
			crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
		}
	};
	for (const byte of bytes) {
		feed(byte);
	}

	for (let length = bytes.length; length > 0; length = Math.floor(length / 256)) {
		feed(length & 0xff);
	}

	return ~crc >>> 0;
}

/** Undefined after a complaint. */
async function bytesOf(who: string, path: string, process: Process, fs: IFileSystem): Promise<Uint8Array | undefined> {
	const input = process.descriptors.get(0);
	if (path === '-') {
		return input === undefined ? new Uint8Array() : process.wait(readAll(input));
	}

	try {
		return await fs.readFileBuffer(fs.resolvePath(process.cwd, path));
	} catch {
		await process.err(`${who}: ${path}: No such file or directory\n`);
		return undefined;
	}
}
