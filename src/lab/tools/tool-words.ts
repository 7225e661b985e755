import {asAwkReads} from './awk-program.js';

/** The same call of a tool in words that just-bash reads as the real tool reads these. */
export function asReadHere(tool: string, args: readonly string[]): readonly string[] {
	switch (tool) {
		case 'grep':
		case 'egrep':
		case 'fgrep':
			return grepWords(args);
		case 'awk':
			return awkWords(args);
		case 'xargs':
			return withValuesApart(args, 'nIPLsd', 'r0t');
		case 'od':
			return withValuesApart(args, 'AtNjw', 'v');
		case 'expr':
			return exprWords(args);
		case 'sed':
			return args.map(word => (inPlace.test(word) ? '-i' : word));
		default:
			return args;
	}
}

/** `-i.bak`, `--in-place=.bak` */
const inPlace = /^(?:-i|--in-place=)(.+)$/;

/** The files that this `sed` keeps under another name before it edits them. */
export function originalsOf(args: readonly string[]): ReadonlyArray<{readonly path: string; readonly kept: string}> {
	const suffix = args.map(word => inPlace.exec(word)?.[1]).find(found => found !== undefined);
	const valued = (word = '') => /^-[nEr]*[ef]$/.test(word);
	const operands = args.filter((word, index) => !word.startsWith('-') && !valued(args[index - 1]));
	const hasScript = args.some(word => /^-[nEr]*[ef]|^--(expression|file)/.test(word));
	return suffix === undefined ? [] : operands.slice(hasScript ? 0 : 1).map(path => ({path, kept: `${path}${suffix}`}));
}

/** What an `xargs` runs; nothing where it would run nothing without input. */
export function commandOf(args: readonly string[]): readonly string[] {
	const words = withValuesApart(args, 'nIPLsd', 'r0t');
	let at = 0;
	for (; /^-./.test(words[at] ?? ''); at += /^-[nIPLsd]$/.test(words[at] ?? '') ? 2 : 1) {
		if (/^-(r|0|I|-no-run-if-empty)/.test(words[at] ?? '')) {
			return ['true'];
		}
	}

	return at < words.length ? words.slice(at) : ['echo'];
}

/** Several `-e` are one pattern of several lines. `-s` only silences, see `isSilent`; `-H` is what a second file does to the first. */
function grepWords(args: readonly string[]): readonly string[] {
	const patterns: string[] = [];
	const kept: string[] = [];
	const operands: string[] = [];
	let namesFiles = false;
	for (let at = 0; at < args.length; at += 1) {
		const word = args[at] ?? '';
		if (word === '--') {
			operands.push(...args.slice(at + 1));
			break;
		}
		const long = /^--(regexp=|color|colour|no-messages|with-filename|line-buffered)(.*)$/.exec(word);
		if (long !== null) {
			patterns.push(...(long[1] === 'regexp=' ? [long[2] ?? ''] : []));
			namesFiles ||= long[1] === 'with-filename';
		} else if (word.startsWith('--') || !/^-./.test(word)) {
			(word.startsWith('--') ? kept : operands).push(word);
		} else {
			const [, letters = '', valued = '', attached = ''] = /^-([^ABCmefd]*)([ABCmefd]?)([\s\S]*)$/.exec(word) ?? [];
			namesFiles ||= letters.includes('H');
			const plain = letters.replaceAll(/[sHaUuy]/g, letter => (letter === 'y' ? 'i' : ''));
			kept.push(...(plain === '' ? [] : [`-${plain}`]));
			const value = valued === '' ? '' : attached === '' ? (args[++at] ?? '') : attached;
			if (valued === 'e') {
				patterns.push(value);
			} else if (valued !== '' && valued !== 'd') {
				kept.push(`-${valued}`, value);
			}
		}
	}

	const pattern = patterns.length === 0 ? [] : ['-e', patterns.join('\n')];
	return [...kept, ...pattern, '--', ...operands, ...(namesFiles ? ['/dev/null'] : [])];
}

/** `grep -s`: nothing is said about files that cannot be read. */
export function isSilent(tool: string, args: readonly string[]): boolean {
	return tool.endsWith('grep') && args.some(word => word === '--no-messages' || /^-[^-ABCmefd]*s/.test(word));
}

/** `awk -f FILE` with the program in its place; `read` gives a file's text. */
export async function withAwkFiles(
	args: readonly string[],
	read: (path: string) => Promise<string>,
): Promise<readonly string[]> {
	const options: string[] = [];
	const programs: string[] = [];
	let at = 0;
	for (; /^-./.test(args[at] ?? '') && args[at] !== '--'; at += 1) {
		const [, file] = /^(?:-f|--file=)([\s\S]*)$/.exec(args[at] ?? '') ?? [];
		if (file !== undefined) {
			programs.push(await read(file === '' ? (args[++at] ?? '') : file));
		} else {
			options.push(args[at] ?? '', ...(/^-[Fv]$/.test(args[at] ?? '') ? [args[++at] ?? ''] : []));
		}
	}

	return programs.length === 0 ? args : [...options, programs.join('\n'), ...args.slice(at)];
}

function awkWords(args: readonly string[]): readonly string[] {
	for (let at = 0; at < args.length; at += 1) {
		const word = args[at] ?? '';
		if (!/^-./.test(word) || word === '--') {
			const program = word === '--' ? at + 1 : at;
			return args.with(program, asAwkReads(args[program] ?? ''));
		}
		at += word === '-F' || word === '-v' ? 1 : 0;
	}

	return args;
}

/** `-n1` as `-n 1`; `flags` are letters without a value that may stand before it. Ends where a command begins. */
function withValuesApart(args: readonly string[], valued: string, flags: string): readonly string[] {
	const words: string[] = [];
	for (let at = 0; at < args.length; at += 1) {
		const word = args[at] ?? '';
		const [, before = '', letter, value = ''] =
			new RegExp(`^-([${flags}]*)(?:([${valued}])(.*))?$`, 's').exec(word) ?? [];
		if (letter === undefined) {
			words.push(word);
			if (!word.startsWith('-')) {
				return [...words, ...args.slice(at + 1)];
			}
		} else {
			words.push(...(before === '' ? [] : [`-${before}`]), `-${letter}`, value === '' ? (args[++at] ?? '') : value);
		}
	}

	return words;
}

/** Behind `:` stands a basic regular expression; just-bash takes it for an extended one. */
function exprWords(args: readonly string[]): readonly string[] {
	return args.map((word, index) =>
		index > 0 && args[index - 1] === ':'
			? word.replaceAll(/\\([(){}|+?])|([(){}|+?])/g, (_, escaped?: string, plain?: string) => escaped ?? `\\${plain}`)
			: word,
	);
}
