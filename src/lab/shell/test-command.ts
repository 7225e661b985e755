import type {HostFiles} from '../machine/host-files.js';
import {ShellError} from './state.js';

/** Nodes of disks, partitions and mirror disks. They are plain files in the lab. */
const blockNode = /^\/dev\/(sd[a-z]\d*|NMP\d+|disks\/.+)$/;

/** What `test` can look at. */
export type Testable = {
	readonly fs: HostFiles;
	readonly cwd: string;
	/** Whether a descriptor is a terminal. */
	isTerminal(descriptor: number): boolean;
};

/** `test EXPRESSION` and `[ EXPRESSION ]`, without the closing bracket. Throws a `ShellError` with status 2. */
export async function test(words: readonly string[], subject: Testable): Promise<boolean> {
	const reader = new Reader(words);
	const result = await disjunction(reader, subject);
	const rest = reader.peek();
	if (rest !== undefined) {
		throw new ShellError(`${rest}: unknown operand`, 2);
	}
	return result;
}

class Reader {
	readonly #words: readonly string[];
	#at = 0;

	constructor(words: readonly string[]) {
		this.#words = words;
	}

	peek(offset = 0): string | undefined {
		return this.#words[this.#at + offset];
	}

	take(): string | undefined {
		const word = this.peek();
		this.#at += 1;
		return word;
	}

	left(): number {
		return this.#words.length - this.#at;
	}
}

async function disjunction(reader: Reader, subject: Testable): Promise<boolean> {
	let result = await conjunction(reader, subject);
	while (reader.peek() === '-o') {
		reader.take();
		const right = await conjunction(reader, subject);
		result = result || right;
	}
	return result;
}

async function conjunction(reader: Reader, subject: Testable): Promise<boolean> {
	let result = await negation(reader, subject);
	while (reader.peek() === '-a') {
		reader.take();
		const right = await negation(reader, subject);
		result = result && right;
	}
	return result;
}

async function negation(reader: Reader, subject: Testable): Promise<boolean> {
	// `! = x` compares; only what cannot be an operand is a negation
	if (reader.peek() === '!' && !isBinary(reader.peek(1), reader)) {
		reader.take();
		return reader.left() === 0 ? false : !(await negation(reader, subject));
	}
	return primary(reader, subject);
}

function isBinary(operator: string | undefined, reader: Reader): boolean {
	return operator !== undefined && comparesTwo(operator) && reader.left() >= 3;
}

async function primary(reader: Reader, subject: Testable): Promise<boolean> {
	const first = reader.take();
	if (first === undefined) {
		return false;
	}
	const operator = reader.peek();
	if (operator !== undefined && comparesTwo(operator) && reader.left() >= 2) {
		reader.take();
		const right = reader.take() ?? '';
		return compare(operator, first, right, subject);
	}
	if (first === '(' && reader.left() > 0) {
		const inside = await disjunction(reader, subject);
		if (reader.take() !== ')') {
			throw new ShellError('closing paren expected', 2);
		}
		return inside;
	}
	if (/^-[a-zA-Z]$/.test(first) && reader.left() > 0) {
		return unaryTest(first, reader.take() ?? '', subject);
	}
	return first !== '';
}

const comparisons: ReadonlyMap<string, (left: string, right: string) => boolean> = new Map([
	['=', (left: string, right: string) => left === right],
	['==', (left, right) => left === right],
	['!=', (left, right) => left !== right],
	['<', (left, right) => left < right],
	['>', (left, right) => left > right],
	['-eq', (left, right) => whole(left) === whole(right)],
	['-ne', (left, right) => whole(left) !== whole(right)],
	['-lt', (left, right) => whole(left) < whole(right)],
	['-le', (left, right) => whole(left) <= whole(right)],
	['-gt', (left, right) => whole(left) > whole(right)],
	['-ge', (left, right) => whole(left) >= whole(right)],
]);

function comparesTwo(operator: string): boolean {
	return comparisons.has(operator) || ['-nt', '-ot', '-ef'].includes(operator);
}

/** Also for `[[ a -eq b ]]`. */
export async function compare(operator: string, left: string, right: string, subject: Testable): Promise<boolean> {
	const known = comparisons.get(operator);
	if (known !== undefined) {
		return known(left, right);
	}
	const [one, other] = await Promise.all([modified(left, subject), modified(right, subject)]);
	if (operator === '-nt') {
		return one !== undefined && (other === undefined || one > other);
	}
	if (operator === '-ot') {
		return other !== undefined && (one === undefined || one < other);
	}
	return one !== undefined && subject.fs.resolvePath(subject.cwd, left) === subject.fs.resolvePath(subject.cwd, right);
}

function whole(text: string): number {
	if (!/^\s*[-+]?\d+\s*$/.test(text)) {
		throw new ShellError(`${text}: bad number`, 2);
	}
	return Number(text);
}

async function modified(path: string, {fs, cwd}: Testable): Promise<number | undefined> {
	try {
		return (await fs.stat(fs.resolvePath(cwd, path))).mtime.getTime();
	} catch {
		return undefined;
	}
}

/** Also for `[[ -f x ]]`. */
export async function unaryTest(operator: string, operand: string, subject: Testable): Promise<boolean> {
	switch (operator) {
		case '-n':
			return operand !== '';
		case '-z':
			return operand === '';
		case '-t':
			return subject.isTerminal(Number(operand));
		default:
			return fileTest(operator, operand, subject);
	}
}

async function fileTest(operator: string, operand: string, {fs, cwd}: Testable): Promise<boolean> {
	if (operand === '') {
		return false; // No file has an empty name; the folder that it would resolve to is another
	}

	const path = fs.resolvePath(cwd, operand);
	try {
		const found = operator === '-L' || operator === '-h' ? await fs.lstat(path) : await fs.stat(path);
		switch (operator) {
			case '-e':
			case '-a':
			case '-O':
			case '-G':
				return true;
			case '-r':
				return await fs.may(path, 'read');
			case '-w':
				return await fs.may(path, 'write');
			case '-f':
				return found.isFile;
			case '-d':
				return found.isDirectory;
			case '-s':
				return found.size > 0;
			case '-x':
				return (found.isDirectory || (found.mode & 0o111) !== 0) && (await fs.may(path, 'search'));
			case '-L':
			case '-h':
				return found.isSymbolicLink;
			case '-b':
				return blockNode.test(await fs.realpath(path));
			case '-c':
			case '-p':
			case '-S':
			case '-u':
			case '-g':
			case '-k':
				return false;
			default:
				throw new ShellError(`${operator}: unknown operand`, 2);
		}
	} catch (error) {
		if (error instanceof ShellError) {
			throw error;
		}
		return false;
	}
}
