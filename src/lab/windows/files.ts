import type {IFileSystem} from 'just-bash';

/**
A host's files under the names that Windows gives them.

> | C:\Users\Administrator\x.txt      lies in the lab as /C/Users/Administrator/x.txt

Both slashes part names, and case does not matter: what is there keeps the case in which it was made.
*/
export class WindowsFiles {
	readonly #fs: IFileSystem;
	readonly #folder: () => string;

	/** `folder`: where relative names begin. */
	constructor(fs: IFileSystem, folder: () => string) {
		this.#fs = fs;
		this.#folder = folder;
	}

	/** > | C:\Users\Administrator      with backslashes, from its root, without `.` and `..` */
	absolute(path: string): string {
		const plain = path.replaceAll('/', '\\');
		const whole = /^[A-Za-z]:/.test(plain)
			? plain
			: plain.startsWith('\\')
				? `${this.#folder().slice(0, 2)}${plain}`
				: `${this.#folder()}\\${plain}`;
		const kept: string[] = [];
		for (const part of whole.slice(2).split('\\')) {
			if (part === '..') {
				kept.pop();
			} else if (part !== '' && part !== '.') {
				kept.push(part);
			}
		}
		return `${whole.slice(0, 2)}\\${kept.join('\\')}`;
	}

	/** Undefined: nothing of that name. */
	async find(path: string): Promise<string | undefined> {
		const {found, rest} = await this.#walk(path);
		return rest.length === 0 ? found : undefined;
	}

	async exists(path: string): Promise<boolean> {
		return (await this.find(path)) !== undefined;
	}

	async kind(path: string): Promise<'file' | 'folder' | undefined> {
		const found = await this.find(path);
		if (found === undefined) {
			return undefined;
		}
		return (await this.#fs.stat(found)).isDirectory ? 'folder' : 'file';
	}

	/** Only of a file that exists. */
	async read(path: string): Promise<Uint8Array> {
		return this.#fs.readFileBuffer(await this.#place(path));
	}

	/** Decoded as `Get-Content` does: by its byte order mark, else as UTF-8. */
	async readText(path: string): Promise<string> {
		const bytes = await this.read(path);
		const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
		return new TextDecoder(isUtf16 ? 'utf-16le' : 'utf-8').decode(bytes);
	}

	/** False: the folder is not there. */
	async write(path: string, bytes: Uint8Array): Promise<boolean> {
		const {found, rest} = await this.#walk(path);
		if (rest.length > 1) {
			return false;
		}
		await this.#fs.writeFile([found, ...rest].join('/'), bytes);
		return true;
	}

	/** With the folders above it. */
	async makeFolder(path: string): Promise<void> {
		await this.#fs.mkdir(await this.#place(path), {recursive: true});
	}

	async remove(path: string): Promise<void> {
		await this.#fs.rm(await this.#place(path), {recursive: true, force: true});
	}

	async copy(from: string, to: string): Promise<void> {
		await this.#fs.cp(await this.#place(from), await this.#place(to), {recursive: true});
	}

	async move(from: string, to: string): Promise<void> {
		await this.#fs.mv(await this.#place(from), await this.#place(to));
	}

	/** Names in a folder, in order. */
	async list(path: string): Promise<readonly string[]> {
		return [...(await this.#fs.readdir(await this.#place(path)))].toSorted((a, b) =>
			a.toLowerCase() < b.toLowerCase() ? -1 : 1,
		);
	}

	async changedAt(path: string): Promise<number> {
		return (await this.#fs.stat(await this.#place(path))).mtime.getTime();
	}

	async #place(path: string): Promise<string> {
		const {found, rest} = await this.#walk(path);
		return [found, ...rest].join('/');
	}

	/** As far as there is something: `rest` are the names that are not there. */
	async #walk(path: string): Promise<{readonly found: string; readonly rest: readonly string[]}> {
		const [drive = '', ...parts] = this.absolute(path)
			.split('\\')
			.filter(part => part !== '');
		let found = `/${drive.charAt(0).toUpperCase()}`;
		if (!(await this.#fs.exists(found))) {
			return {found, rest: parts.length === 0 ? [''] : parts};
		}
		for (const [index, part] of parts.entries()) {
			const isFolder = (await this.#fs.stat(found)).isDirectory;
			const names = isFolder ? await this.#fs.readdir(found) : [];
			const name = names.find(each => each.toLowerCase() === part.toLowerCase());
			if (name === undefined) {
				return {found, rest: parts.slice(index)};
			}
			found = `${found}/${name}`;
		}
		return {found, rest: []};
	}
}
