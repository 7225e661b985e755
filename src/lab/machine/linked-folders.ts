import {InMemoryFs} from 'just-bash';

type Of<Name extends keyof InMemoryFs> = InMemoryFs[Name] extends (...args: infer Args) => unknown ? Args : never;

/**
Files in memory in which a folder may have a second path: `/vmfs/volumes/datastore1` and the one with its UUID.

just-bash follows a link to a file, but what is written below a link to a folder it puts elsewhere.
*/
export class LinkedFolders extends InMemoryFs {
	readonly #targets = new Map<string, string>();

	/** Puts a link to a folder at `path`. */
	async linkFolder(target: string, path: string): Promise<void> {
		await super.symlink(target, path);
		this.#targets.set(path, target);
	}

	async unlinkFolder(path: string): Promise<void> {
		this.#targets.delete(path);
		await super.rm(path, {force: true});
	}

	isFolderLink(path: string): boolean {
		return this.#targets.has(path);
	}

	/** Where something below a link really is. */
	#behind(path: string): string {
		if (this.#targets.size === 0) {
			return path;
		}
		const whole = this.resolvePath('/', path);
		for (const [link, target] of this.#targets) {
			if (whole.startsWith(`${link}/`)) {
				return `${target}${whole.slice(link.length)}`;
			}
		}
		return path;
	}

	override writeFileSync(...[path, ...rest]: Of<'writeFileSync'>): void {
		super.writeFileSync(this.#behind(path), ...rest);
	}

	override async readFile(...[path, ...rest]: Of<'readFile'>): Promise<string> {
		return super.readFile(this.#behind(path), ...rest);
	}

	override async readFileBytes(path: string): ReturnType<InMemoryFs['readFileBytes']> {
		return super.readFileBytes(this.#behind(path));
	}

	override async readFileBuffer(path: string): Promise<Uint8Array> {
		return super.readFileBuffer(this.#behind(path));
	}

	override async writeFile(...[path, ...rest]: Of<'writeFile'>): Promise<void> {
		await super.writeFile(this.#behind(path), ...rest);
	}

	override async appendFile(...[path, ...rest]: Of<'appendFile'>): Promise<void> {
		await super.appendFile(this.#behind(path), ...rest);
	}

	override async exists(path: string): Promise<boolean> {
		return super.exists(this.#behind(path));
	}

	override async stat(path: string): ReturnType<InMemoryFs['stat']> {
		return super.stat(this.#behind(path));
	}

	override async lstat(path: string): ReturnType<InMemoryFs['lstat']> {
		return super.lstat(this.#behind(path));
	}

	override async mkdir(...[path, ...rest]: Of<'mkdir'>): Promise<void> {
		await super.mkdir(this.#behind(path), ...rest);
	}

	override async readdir(path: string): Promise<string[]> {
		return super.readdir(this.#behind(path));
	}

	override async readdirWithFileTypes(path: string): ReturnType<InMemoryFs['readdirWithFileTypes']> {
		return super.readdirWithFileTypes(this.#behind(path));
	}

	override async rm(...[path, ...rest]: Of<'rm'>): Promise<void> {
		const whole = this.resolvePath('/', path);
		// The link itself, never what is behind it
		await (this.#targets.has(whole) ? this.unlinkFolder(whole) : super.rm(this.#behind(path), ...rest));
	}

	override async cp(...[from, to, ...rest]: Of<'cp'>): Promise<void> {
		await super.cp(this.#behind(from), this.#behind(to), ...rest);
	}

	override async mv(from: string, to: string): Promise<void> {
		await super.mv(this.#behind(from), this.#behind(to));
	}

	override async chmod(path: string, mode: number): Promise<void> {
		await super.chmod(this.#behind(path), mode);
	}

	override async symlink(target: string, path: string): Promise<void> {
		await super.symlink(target, this.#behind(path));
	}

	override async link(existing: string, path: string): Promise<void> {
		await super.link(this.#behind(existing), this.#behind(path));
	}

	override async readlink(path: string): Promise<string> {
		return super.readlink(this.#behind(path));
	}

	override async realpath(path: string): Promise<string> {
		return super.realpath(this.#behind(path));
	}

	override async utimes(...[path, ...rest]: Of<'utimes'>): Promise<void> {
		await super.utimes(this.#behind(path), ...rest);
	}
}
