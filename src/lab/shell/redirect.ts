import type {IFileSystem} from 'just-bash';
import {isRefusal} from '../machine/owned-files.js';
import type {Process} from '../process/process.js';
import {BytesSource, NullStream, Source, Stream} from '../process/stream.js';
import {expandText} from './expand.js';
import type {Shell} from './shell.js';
import {ShellError} from './state.js';
import type {Redirection, Word} from './syntax.js';

/** A redirection that could not be opened: the command has status 1 and did not run. */
export class RedirectionFailed extends ShellError {
	constructor(message: string) {
		super(message, 1);
	}
}

/** Puts the redirection's stream in its place in the process of the shell. */
export async function openRedirection(redirection: Redirection, shell: Shell): Promise<void> {
	const {process} = shell;
	const {operator, target} = redirection;
	const descriptor = redirection.fd ?? (operator.startsWith('<') ? 0 : 1);
	if (target.type === 'HereDoc') {
		const content = target.stripTabs ? withoutTabs(target.content) : target.content;
		process.redirect(descriptor, new BytesSource(Buffer.from(await expandText(content, shell.words))));
		return;
	}
	const word = await expandText(target, shell.words);
	switch (operator) {
		case '<':
		case '<>':
			process.redirect(descriptor, await openToRead(word, shell));
			return;
		case '>':
		case '>|':
		case '>>':
			process.redirect(descriptor, await openToWrite(word, shell, operator));
			return;
		case '&>':
		case '&>>': {
			const stream = await openToWrite(word, shell, operator === '&>' ? '>' : '>>');
			process.redirect(1, stream);
			process.redirect(2, stream.retain());
			return;
		}
		case '<<<':
			process.redirect(descriptor, new BytesSource(Buffer.from(`${word}\n`)));
			return;
		case '>&':
		case '<&':
			process.redirect(descriptor, word === '-' ? undefined : duplicate(word, process));
			return;
		case '<<':
		case '<<-':
			throw new RedirectionFailed('here-document without text');
	}
}

/** `<<-` takes the tabs off the beginning of each line as it was written, not as it is expanded. */
function withoutTabs(word: Word): Word {
	let atLineStart = true;
	const parts = word.parts.map(part => {
		if (part.type !== 'Literal') {
			atLineStart = false;
			return part;
		}
		const text = part.value.replaceAll(/\n\t+/g, '\n');
		const value = atLineStart ? text.replace(/^\t+/, '') : text;
		atLineStart = text.endsWith('\n');
		return {...part, value};
	});
	return {...word, parts};
}

function duplicate(word: string, process: Process): Stream {
	const stream = /^\d+$/.test(word) ? process.descriptors.get(Number(word)) : undefined;
	if (stream === undefined) {
		throw new RedirectionFailed(`${word}: Bad file descriptor`);
	}
	return stream.retain();
}

async function openToRead(word: string, shell: Shell): Promise<Stream> {
	const special = openDevice(word, shell.process);
	if (special !== undefined) {
		return special;
	}
	const {fs} = shell.host;
	try {
		const path = fs.resolvePath(shell.process.cwd, word);
		return new FileSource(path, fs, await fs.readFileBuffer(path));
	} catch (error) {
		const why = isRefusal(error) ? error.why : isFolder(error) ? 'Is a directory' : 'no such file';
		throw new RedirectionFailed(`can't open ${word}: ${why}`);
	}
}

async function openToWrite(word: string, shell: Shell, operator: '>' | '>|' | '>>'): Promise<Stream> {
	const special = openDevice(word, shell.process);
	if (special !== undefined) {
		return special;
	}
	const {fs} = shell.host;
	const path = fs.resolvePath(shell.process.cwd, word);
	const existed = await fs.exists(path);
	if (operator === '>' && existed && shell.state.options.has('noclobber')) {
		throw new RedirectionFailed(`can't create ${word}: File exists`);
	}
	if (word === '' || !(await fs.exists(fs.resolvePath(path, '..')))) {
		throw new RedirectionFailed(`can't create ${word}: nonexistent directory`);
	}
	try {
		await (operator === '>>' ? fs.appendFile(path, '') : fs.writeFile(path, ''));
		if (!existed) {
			await fs.chmod(path, 0o666 & ~shell.process.umask);
		}
		return new FileSink(path, fs);
	} catch (error) {
		const why = isFolder(error) ? 'Is a directory' : isRefusal(error) ? error.why : 'Permission denied';
		throw new RedirectionFailed(`can't create ${word}: ${why}`);
	}
}

function isFolder(error: unknown): boolean {
	return error instanceof Error && error.message.includes('EISDIR');
}

/** `/dev/null`, `/dev/stderr`, `/dev/fd/3`, `/dev/tty`. */
function openDevice(word: string, process: Process): Stream | undefined {
	const byName: Readonly<Record<string, number>> = {'/dev/stdin': 0, '/dev/stdout': 1, '/dev/stderr': 2};
	const descriptor = byName[word] ?? (/^\/dev\/fd\/\d+$/.test(word) ? Number(word.slice(8)) : undefined);
	if (descriptor !== undefined) {
		return duplicate(String(descriptor), process);
	}
	if (word === '/dev/tty') {
		const terminal = [...process.descriptors.values()].find(stream => stream.terminal);
		if (terminal === undefined) {
			throw new RedirectionFailed("can't open /dev/tty: No such device or address");
		}
		return terminal.retain();
	}
	return word === '/dev/null' ? new NullStream() : undefined;
}

/** What a file holds by now; at its end whoever reads on gets what was appended since. */
class FileSource extends Source {
	readonly #path: string;
	readonly #fs: IFileSystem;
	#atOpening: Uint8Array | undefined;
	#read: Uint8Array = new Uint8Array();

	constructor(path: string, fs: IFileSystem, atOpening: Uint8Array) {
		super();
		this.#path = path;
		this.#fs = fs;
		this.#atOpening = atOpening;
	}

	protected override async next(): Promise<Uint8Array | undefined> {
		const now = this.#atOpening ?? (await this.#fs.readFileBuffer(this.#path).catch(() => this.#read));
		this.#atOpening = undefined;
		const from = this.#read.length;
		// Another file by that name is not the one that was opened
		if (now.length <= from || !Buffer.from(now.subarray(0, from)).equals(this.#read)) {
			return undefined;
		}
		this.#read = now;
		return now.subarray(from);
	}
}

/** Appends to the file, so that several writers lose nothing of one another. */
class FileSink extends Stream {
	readonly #path: string;
	readonly #fs: IFileSystem;

	constructor(path: string, fs: IFileSystem) {
		super();
		this.#path = path;
		this.#fs = fs;
	}

	override write(bytes: Uint8Array): Promise<void> {
		return this.#fs.appendFile(this.#path, bytes);
	}

	override async fileSize(): Promise<number> {
		return (await this.#fs.exists(this.#path)) ? (await this.#fs.stat(this.#path)).size : 0;
	}
}
