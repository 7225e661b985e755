import type {IFileSystem} from 'just-bash';
import type {Process} from '../process/process.js';
import {readAll} from '../process/stream.js';
import type {Program} from '../shell/shell.js';

/** `cut -d: -f1,3-`, `cut -c2-4`, `-s`. Fields come in the order of the line, and a line without a delimiter comes whole. */
export function cut(fs: IFileSystem): Program {
	return async (process, [, ...args]) => {
		const asked = readWords(args);
		if (asked === undefined) {
			await process.err('cut: you must specify a list of bytes, characters, or fields\n');
			return 1;
		}

		let status = 0;
		for (const path of asked.paths.length === 0 ? ['-'] : asked.paths) {
			const text = await textOf(path, process, fs);
			if (text === undefined) {
				await process.err(`cut: ${path}: No such file or directory\n`);
				status = 1;
				continue;
			}

			const lines = text.split('\n');
			const rest = lines.pop() ?? '';
			const cutLines = [...lines, ...(rest === '' ? [] : [rest])].map(line => shown(line, asked));
			await process.write(process.descriptors.get(1), Buffer.from(cutLines.join(''), 'latin1'));
		}
		return status;
	};
}

type Asked = {
	readonly by: 'field' | 'character';
	/** From 1 on, both included. */
	readonly ranges: ReadonlyArray<readonly [number, number]>;
	readonly delimiter: string;
	readonly between: string;
	readonly onlyDelimited: boolean;
	readonly paths: readonly string[];
};

function readWords(args: readonly string[]): Asked | undefined {
	const values = new Map<string, string>();
	const paths: string[] = [];
	for (let at = 0; at < args.length; at += 1) {
		const word = args[at] ?? '';
		const [, flags = '', letter = '', attached = ''] = /^-([sn]*)([dfcb]?)([\s\S]*)$/.exec(word) ?? [];
		const [, long = '', value = ''] =
			/^--(delimiter|fields|characters|bytes|output-delimiter)=([\s\S]*)$/.exec(word) ?? [];
		if (word === '-' || !word.startsWith('-')) {
			paths.push(word);
		} else if (long !== '') {
			values.set(long === 'output-delimiter' ? long : (long[0] ?? ''), value);
		} else {
			if (flags.includes('s') || word === '--only-delimited') {
				values.set('s', '');
			}
			if (letter !== '') {
				values.set(letter, attached === '' ? (args[++at] ?? '') : attached);
			}
		}
	}

	const list = values.get('f') ?? values.get('c') ?? values.get('b');
	const ranges = list?.split(',').map(word => /^(\d*)(-?)(\d*)$/.exec(word));
	if (ranges === undefined || ranges.some(range => range === null || range[0] === '')) {
		return undefined;
	}

	const delimiter = values.get('d') ?? '\t';
	return {
		by: values.has('f') ? 'field' : 'character',
		ranges: ranges.map(range => {
			const [, first = '', dash = '', last = ''] = range ?? [];
			return [Number(first || 1), dash === '' ? Number(first) : last === '' ? Number.POSITIVE_INFINITY : Number(last)];
		}),
		delimiter,
		between: values.get('output-delimiter') ?? delimiter,
		onlyDelimited: values.has('s'),
		paths,
	};
}

function shown(line: string, {by, ranges, delimiter, between, onlyDelimited}: Asked): string {
	const parts = by === 'field' ? line.split(delimiter) : [...line];
	if (by === 'field' && parts.length === 1) {
		return onlyDelimited ? '' : `${line}\n`;
	}

	const kept = parts.filter((_, index) => ranges.some(([first, last]) => first <= index + 1 && index + 1 <= last));
	return `${kept.join(by === 'field' ? between : '')}\n`;
}

/** A character for each byte, as both GNU's cut and BusyBox's count them; undefined: it cannot be read. */
async function textOf(path: string, process: Process, fs: IFileSystem): Promise<string | undefined> {
	if (path === '-') {
		const input = process.descriptors.get(0);
		return input === undefined ? '' : Buffer.from(await process.wait(readAll(input))).toString('latin1');
	}

	const bytes = await fs.readFileBuffer(fs.resolvePath(process.cwd, path)).catch(() => undefined);
	return bytes === undefined ? undefined : Buffer.from(bytes).toString('latin1');
}
