import {AsyncLocalStorage} from 'node:async_hooks';
import {posix} from 'node:path';
import type {InMemoryFs} from 'just-bash';
import {LinkedFolders} from './linked-folders.js';

type Write = Parameters<InMemoryFs['writeFile']>;

const READ = 4;
const WRITE = 2;
const SEARCH = 1;
const STICKY = 0o1000;

/**
Files that belong to somebody. Whoever works inside `as` meets the modes, the lab itself and root meet none.

A group has the rights of the others: nothing in a lab depends on groups of files.
*/
export class OwnedFiles extends LinkedFolders {
	/** `USER:GROUP` of whatever is not root's. */
	readonly #owners = new Map<string, string>();
	readonly #who = new AsyncLocalStorage<string>();

	/** All that `body` does with these files, now and later, it does as `user`. */
	as<T>(user: string, body: () => T): T {
		return this.#who.run(user, body);
	}

	ownerOf(path: string): string {
		return this.#owners.get(path)?.split(':')[0] ?? 'root';
	}

	groupOf(path: string): string {
		return this.#owners.get(path)?.split(':')[1] ?? 'root';
	}

	/** To `USER` or `USER:GROUP`. Only root may; rejects otherwise, or if there is no such path. */
	async chown(path: string, owner: string): Promise<void> {
		const real = await super.realpath(path);
		if (this.#user() !== undefined) {
			throw new Refusal('EPERM', 'operation not permitted', 'chown', path);
		}
		this.give(real, owner);
	}

	/** What is at and below `to` belongs to whom what is at and below `from` does. */
	async copyOwners(from: string, to: string): Promise<void> {
		for (const path of this.getAllPaths().filter(each => each === to || each.startsWith(`${to}/`))) {
			const source = `${from}${path.slice(to.length)}`;
			this.give(path, `${this.ownerOf(source)}:${this.groupOf(source)}`);
		}
	}

	/** Whether the one who works may do this with an existing path: what `[ -w PATH ]` asks. */
	async may(path: string, what: 'read' | 'write' | 'search'): Promise<boolean> {
		const bit = {read: READ, write: WRITE, search: SEARCH}[what];
		return (await this.#reaches(path)) && (await this.#allows(path, bit));
	}

	/** To `USER:GROUP`, or to `USER` and the group of his name. */
	protected give(path: string, owner: string): void {
		const whole = owner.includes(':') ? owner : `${owner}:${owner}`;
		if (whole === 'root:root') {
			this.#owners.delete(path);
		} else {
			this.#owners.set(path, whole);
		}
	}

	/** The mode, whoever asks. */
	protected setMode(path: string, mode: number): Promise<void> {
		return super.chmod(path, mode);
	}

	/** The times, whoever asks. */
	protected setTimes(path: string, at: Date): Promise<void> {
		return super.utimes(path, at, at);
	}

	/** Who meets modes; undefined: root, or the lab itself. */
	#user(): string | undefined {
		const user = this.#who.getStore();
		return user === 'root' ? undefined : user;
	}

	async #allows(path: string, bit: number): Promise<boolean> {
		const user = this.#user();
		if (user === undefined) {
			return true;
		}
		const {mode} = await super.stat(path);
		const isOwn = this.ownerOf(await super.realpath(path)) === user;
		return ((isOwn ? mode >> 6 : mode) & 7 & bit) === bit;
	}

	/** Every folder on the way lets him through. */
	async #reaches(path: string): Promise<boolean> {
		if (this.#user() === undefined) {
			return true;
		}
		for (let folder = posix.dirname(posix.resolve('/', path)); folder !== '/'; folder = posix.dirname(folder)) {
			if ((await super.exists(folder)) && !(await this.#allows(folder, SEARCH))) {
				return false;
			}
		}
		return true;
	}

	async #check(path: string, bit: number, call: string): Promise<void> {
		const user = this.#user();
		if (
			user !== undefined &&
			!((await this.#reaches(path)) && (!(await super.exists(path)) || (await this.#allows(path, bit))))
		) {
			throw new Refusal('EACCES', 'permission denied', call, path);
		}
	}

	/** To add, remove or rename something: the folder must let him, and a sticky one only with his own. */
	async #checkEntry(path: string, call: string): Promise<void> {
		const user = this.#user();
		if (user === undefined) {
			return;
		}
		let folder = posix.dirname(posix.resolve('/', path));
		while (!(await super.exists(folder))) {
			folder = posix.dirname(folder);
		}
		await this.#check(folder, WRITE | SEARCH, call);
		const isSticky = ((await super.stat(folder)).mode & STICKY) !== 0;
		if (isSticky && (await super.exists(path)) && this.ownerOf(path) !== user && this.ownerOf(folder) !== user) {
			throw new Refusal('EPERM', 'operation not permitted', call, path);
		}
	}

	async #checkOwner(path: string, call: string): Promise<void> {
		const user = this.#user();
		await this.#check(path, 0, call);
		if (user !== undefined && (await super.exists(path)) && this.ownerOf(await super.realpath(path)) !== user) {
			throw new Refusal('EPERM', 'operation not permitted', call, path);
		}
	}

	/** What `body` has made below `path` belongs to whoever works. */
	async #making(path: string, body: () => Promise<void>): Promise<void> {
		const user = this.#user();
		if (user === undefined) {
			return body();
		}
		const before = new Set(this.getAllPaths());
		await body();
		const top = `/${posix.resolve('/', path).split('/')[1] ?? ''}`;
		for (const made of this.getAllPaths()) {
			if (made.startsWith(top) && !before.has(made)) {
				this.give(made, user);
			}
		}
	}

	#forget(path: string): ReadonlyMap<string, string> {
		const forgotten = new Map<string, string>();
		for (const [owned, owner] of this.#owners) {
			if (owned === path || owned.startsWith(`${path}/`)) {
				forgotten.set(owned, owner);
				this.#owners.delete(owned);
			}
		}
		return forgotten;
	}

	override async readFile(...args: Parameters<InMemoryFs['readFile']>): Promise<string> {
		await this.#check(args[0], READ, 'open');
		return super.readFile(...args);
	}

	override async readFileBytes(path: string): ReturnType<InMemoryFs['readFileBytes']> {
		await this.#check(path, READ, 'open');
		return super.readFileBytes(path);
	}

	override async readFileBuffer(path: string): Promise<Uint8Array> {
		await this.#check(path, READ, 'open');
		return super.readFileBuffer(path);
	}

	override async writeFile(...args: Write): Promise<void> {
		const [path] = args;
		if (await super.exists(path)) {
			await this.#check(path, WRITE, 'open');
			return super.writeFile(...args);
		}
		await this.#checkEntry(path, 'open');
		await super.writeFile(...args);
		this.give(path, this.#user() ?? 'root');
	}

	override async appendFile(...args: Write): Promise<void> {
		const [path] = args;
		if (await super.exists(path)) {
			await this.#check(path, WRITE, 'open');
			return super.appendFile(...args);
		}
		await this.#checkEntry(path, 'open');
		await super.appendFile(...args);
		this.give(path, this.#user() ?? 'root');
	}

	override async exists(path: string): Promise<boolean> {
		return (await super.exists(path)) && (await this.#reaches(path));
	}

	override async stat(path: string): ReturnType<InMemoryFs['stat']> {
		await this.#check(path, 0, 'stat');
		return super.stat(path);
	}

	override async lstat(path: string): ReturnType<InMemoryFs['lstat']> {
		await this.#check(path, 0, 'lstat');
		return super.lstat(path);
	}

	override async mkdir(...args: Parameters<InMemoryFs['mkdir']>): Promise<void> {
		if (!(await super.exists(args[0]))) {
			await this.#checkEntry(args[0], 'mkdir');
		}
		await this.#making(args[0], () => super.mkdir(...args));
	}

	override async readdir(path: string): Promise<string[]> {
		await this.#check(path, READ, 'scandir');
		return super.readdir(path);
	}

	override async readdirWithFileTypes(path: string): ReturnType<InMemoryFs['readdirWithFileTypes']> {
		await this.#check(path, READ, 'scandir');
		return super.readdirWithFileTypes(path);
	}

	override async rm(...args: Parameters<InMemoryFs['rm']>): Promise<void> {
		if (await super.exists(args[0])) {
			await this.#checkEntry(args[0], 'rm');
		}
		await super.rm(...args);
		this.#forget(args[0]);
	}

	override async cp(...args: Parameters<InMemoryFs['cp']>): Promise<void> {
		const [from, to] = args;
		await this.#check(from, READ, 'open');
		if (await super.exists(to)) {
			await this.#check(to, WRITE, 'open');
		} else {
			await this.#checkEntry(to, 'open');
		}
		await this.#making(to, () => super.cp(...args));
	}

	override async mv(from: string, to: string): Promise<void> {
		await this.#checkEntry(from, 'rename');
		await this.#checkEntry(to, 'rename');
		await super.mv(from, to);
		this.#forget(to);
		for (const [path, owner] of this.#forget(from)) {
			this.give(`${to}${path.slice(from.length)}`, owner);
		}
	}

	override async chmod(path: string, mode: number): Promise<void> {
		await this.#checkOwner(path, 'chmod');
		await super.chmod(path, mode);
	}

	override async symlink(target: string, path: string): Promise<void> {
		await this.#checkEntry(path, 'symlink');
		await super.symlink(target, path);
		this.give(path, this.#user() ?? 'root');
	}

	override async link(existing: string, path: string): Promise<void> {
		await this.#checkEntry(path, 'link');
		await super.link(existing, path);
		this.give(path, `${this.ownerOf(existing)}:${this.groupOf(existing)}`);
	}

	override async utimes(...args: Parameters<InMemoryFs['utimes']>): Promise<void> {
		await this.#check(args[0], WRITE, 'utimes');
		await super.utimes(...args);
	}
}

/** This cannot be done with these files: somebody may not, or there is no room. */
export function isRefusal(error: unknown): error is Refusal {
	return error instanceof Refusal;
}

/** As Node words it: the tools take the reason from between the colon and the comma. */
class Refusal extends Error {
	readonly path: string;
	/** As a shell words it. */
	readonly why: 'Permission denied' | 'No space left on device';

	constructor(code: 'EACCES' | 'EPERM' | 'ENOSPC', reason: string, call: string, path: string) {
		super(`${code}: ${reason}, ${call} '${path}'`);
		this.path = path;
		this.why = code === 'ENOSPC' ? 'No space left on device' : 'Permission denied';
	}
}

/** There is no room for what was to be written. */
export function noSpace(call: string, path: string): Error {
	return new Refusal('ENOSPC', 'no space left on device', call, path);
}
