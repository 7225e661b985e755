import type {InMemoryFs} from 'just-bash';
import * as z from 'zod';
import type {DictatedFile, Volume} from '../host.js';
import {noSpace, OwnedFiles} from './owned-files.js';
import {SharedVolumes} from './shared-volumes.js';

/** Without an owner it is root's. */
const owned = {path: z.string(), owner: z.string().optional()};

const SavedFile = z.union([
	z.object({...owned, kind: z.literal('file'), text: z.string(), mode: z.number(), at: z.number()}),
	z.object({...owned, kind: z.literal('bytes'), base64: z.string(), mode: z.number(), at: z.number()}),
	z.object({...owned, kind: z.literal('folder'), mode: z.number(), at: z.number()}),
	z.object({...owned, kind: z.literal('link'), target: z.string()}),
]);

/** A host's files as they are kept with the world; folders stand before what is in them. */
export const SavedFiles = z.array(SavedFile);
export type SavedFiles = z.infer<typeof SavedFiles>;

type Write = Parameters<InMemoryFs['writeFile']>;

/** Below this path text tools leave what they print, byte by byte; it is never stored. */
export const scratch = '/dev/lab/';
/** So does here, where awk prints to standard error. */
export const scratchErrors = '/dev/stderr';

/**
The files of one host, in memory. Nothing on the laptop is touched.

Times are the world's. What came with the system (`/bin/sed`) is not saved, because it comes again.
*/
export class HostFiles extends OwnedFiles {
	readonly #now: () => number;
	readonly #system = new Set<string>();
	readonly #scratch = new Map<string, Uint8Array>();
	/** Files whose text is made when they are read. */
	readonly #live = new Map<string, () => string>();
	readonly #volumes = new SharedVolumes({
		below: folder => this.#below(folder).map(path => path.slice(folder.length + 1)),
		exists: path => super.exists(path),
		isFolder: async path => (await super.exists(path)) && (await super.stat(path)).isDirectory,
		text: async path => Buffer.from(await super.readFileBuffer(path)).toString(),
		put: (path, text) => this.#putIntoVolume(path, text),
		remove: path => this.#removeFromVolume(path),
		link: (target, path) => this.#linkVolume(target, path),
		unlink: path => super.unlinkFolder(path),
	});
	#changed: (() => void) | undefined;

	constructor(now: () => number) {
		super({});
		this.#now = now;
	}

	/** `changed` is called after each change from now on. */
	watch(changed: () => void): void {
		this.#changed = changed;
	}

	/** An executable that comes with the system. */
	install(path: string): void {
		this.writeFileSync(path, '', undefined, {mode: 0o755, mtime: new Date(0)});
		this.#system.add(path);
	}

	/** What `install` made is gone. */
	async uninstall(path: string): Promise<void> {
		this.#system.delete(path);
		await super.rm(path, {force: true});
	}

	/** All that is there by now comes with the system, but for what just-bash makes up about a user and his processes. */
	async seal(): Promise<void> {
		for (const folder of ['/home', '/usr', '/proc']) {
			await super.rm(folder, {recursive: true, force: true});
			for (const path of [...this.#system].filter(each => each.startsWith(`${folder}/`))) {
				this.install(path);
			}
		}
		for (const path of this.getAllPaths()) {
			this.#system.add(path);
		}
	}

	/** The volumes that are mounted from now on. What is written below them reaches the world before the writing is over. */
	mount(volumes: readonly Volume[]): Promise<void> {
		return this.#volumes.mount(volumes);
	}

	async #putIntoVolume(path: string, text: string | undefined): Promise<void> {
		await super.mkdir(text === undefined ? path : this.resolvePath(path, '..'), {recursive: true});
		if (text !== undefined) {
			this.writeFileSync(path, text, undefined, {mode: 0o644, mtime: new Date(this.#now())});
		}
	}

	/** Every path below a folder, folders before what is in them. */
	#below(folder: string): readonly string[] {
		return this.getAllPaths()
			.filter(path => path.startsWith(`${folder}/`))
			.sort();
	}

	/** One by one: just-bash would come back through `rm`, and that waits until the volumes are level. */
	async #removeFromVolume(path: string): Promise<void> {
		for (const each of [path, ...this.#below(path)].toReversed()) {
			await super.rm(each, {recursive: true, force: true});
		}
	}

	/** A world of before kept the files of a volume in two folders. */
	async #linkVolume(target: string, path: string): Promise<void> {
		if (await super.exists(path)) {
			for (const old of this.#below(path)) {
				if (!(await super.stat(old)).isDirectory) {
					this.writeFileSync(`${target}${old.slice(path.length)}`, await super.readFileBuffer(old));
				}
			}
			await this.#removeFromVolume(path);
		}
		await super.linkFolder(target, path);
	}

	/** Something at or below the path was written. */
	async #written(path: string): Promise<void> {
		if (this.#volumes.has(path)) {
			await this.#volumes.level();
		}
		this.#changed?.();
	}

	/** A file of the system that says how it is at the moment. */
	show(path: string, text: () => string): void {
		this.install(path);
		this.#live.set(path, text);
	}

	override async readFileBuffer(path: string): Promise<Uint8Array> {
		const live = this.#live.get(path);
		return live === undefined ? super.readFileBuffer(path) : Buffer.from(live());
	}

	override async readFile(...args: Parameters<InMemoryFs['readFile']>): Promise<string> {
		const live = this.#live.get(args[0]);
		return live === undefined ? super.readFile(...args) : live();
	}

	override async readFileBytes(path: string): ReturnType<InMemoryFs['readFileBytes']> {
		const live = this.#live.get(path);
		if (live !== undefined) {
			this.writeFileSync(path, live());
		}
		return super.readFileBytes(path);
	}

	isSystem(path: string): boolean {
		return this.#system.has(path);
	}

	/** Takes away what a text tool printed under `name`. */
	takeScratch(name: string): Uint8Array {
		const bytes = this.#scratch.get(name) ?? new Uint8Array();
		this.#scratch.delete(name);
		return bytes;
	}

	/** The fault `disk-full`: nothing more can be written. */
	full = false;

	override async writeFile(...[path, content, options]: Write): Promise<void> {
		if (isScratch(path)) {
			this.#scratch.set(path, bytesOf(content, options));
			return;
		}
		this.#wantRoom(path);
		// just-bash puts a new file in the place of an old one, or of a link to it: a host keeps both
		const old = (await this.exists(path)) ? await this.realpath(path) : undefined;
		const mode = old === undefined ? undefined : (await this.stat(old)).mode;
		await super.writeFile(old ?? path, content, options);
		if (old !== undefined && mode !== undefined) {
			await this.setMode(old, mode);
		}
		await this.#touched(old ?? path);
	}

	override async appendFile(...[path, content, options]: Write): Promise<void> {
		if (isScratch(path)) {
			const before = this.#scratch.get(path) ?? new Uint8Array();
			this.#scratch.set(path, Buffer.concat([before, bytesOf(content, options)]));
			return;
		}
		this.#wantRoom(path);
		await super.appendFile(path, content, options);
		await this.#touched(path);
	}

	#wantRoom(path: string): void {
		if (this.full) {
			throw noSpace('write', path);
		}
	}

	override async mkdir(...args: Parameters<InMemoryFs['mkdir']>): Promise<void> {
		const made: string[] = [];
		for (let path = args[0]; !(await super.exists(path)); path = this.resolvePath(path, '..')) {
			made.push(path);
		}
		await super.mkdir(...args);
		for (const path of made) {
			await this.#touched(path);
		}
	}

	override async rm(...args: Parameters<InMemoryFs['rm']>): Promise<void> {
		await super.rm(...args);
		await this.#written(args[0]);
	}

	override async cp(...args: Parameters<InMemoryFs['cp']>): Promise<void> {
		await super.cp(...args);
		await this.#written(args[1]);
	}

	override async mv(...args: Parameters<InMemoryFs['mv']>): Promise<void> {
		await super.mv(...args);
		await this.#written(args[0]);
		await this.#written(args[1]);
	}

	override async chmod(...args: Parameters<InMemoryFs['chmod']>): Promise<void> {
		await super.chmod(...args);
		this.#changed?.();
	}

	override async symlink(...args: Parameters<InMemoryFs['symlink']>): Promise<void> {
		await super.symlink(...args);
		this.#changed?.();
	}

	override async utimes(...args: Parameters<InMemoryFs['utimes']>): Promise<void> {
		await super.utimes(...args);
		this.#changed?.();
	}

	override async chown(path: string, owner: string): Promise<void> {
		await super.chown(path, owner);
		this.#changed?.();
	}

	/** Puts a file, or a folder where the path ends in `/`, as the world dictates it. */
	async dictate(path: string, file: DictatedFile): Promise<void> {
		if (typeof file === 'object' && 'link' in file) {
			await this.mkdir(this.resolvePath(path, '..'), {recursive: true});
			await this.rm(path, {force: true});
			await this.symlink(file.link, path);
			return;
		}

		const {text, mode, owner} = typeof file === 'string' ? {text: file, mode: undefined, owner: undefined} : file;
		const place = path.endsWith('/') ? path.slice(0, -1) : path;
		if (place !== path) {
			await this.mkdir(place, {recursive: true});
		} else {
			await this.mkdir(this.resolvePath(path, '..'), {recursive: true});
			await this.writeFile(path, text);
		}
		if (mode !== undefined) {
			await this.setMode(place, mode);
			this.give(place, owner ?? 'root');
		}
	}

	async #touched(path: string): Promise<void> {
		await this.setTimes(path, new Date(this.#now()));
		await this.#written(path);
	}

	async save(): Promise<SavedFiles> {
		const saved: SavedFiles = [];
		for (const path of this.getAllPaths().sort()) {
			if (!this.#system.has(path) && !this.#volumes.has(path)) {
				// What is removed while the others are read is not there any more
				const one = await this.#saveOne(path).catch((error: unknown) => undefinedIfGone(error));
				saved.push(...(one === undefined ? [] : [one]));
			}
		}
		return saved;
	}

	async #saveOne(path: string): Promise<SavedFiles[number]> {
		const found = await this.lstat(path);
		const at = found.mtime.getTime();
		const owner = `${this.ownerOf(path)}:${this.groupOf(path)}`;
		const whose = owner === 'root:root' ? {path} : {path, owner};
		if (found.isSymbolicLink) {
			return {...whose, kind: 'link', target: await this.readlink(path)};
		}
		if (found.isDirectory) {
			return {...whose, kind: 'folder', mode: found.mode, at};
		}
		const bytes = Buffer.from(await this.readFileBuffer(path));
		const text = bytes.toString();
		return Buffer.from(text).equals(bytes)
			? {...whose, kind: 'file', text, mode: found.mode, at}
			: {...whose, kind: 'bytes', base64: bytes.toString('base64'), mode: found.mode, at};
	}

	/** Gives every file other bytes, where `change` returns any; its times and its owner stay. True if one has changed. */
	async fill(change: (bytes: Uint8Array) => Uint8Array): Promise<boolean> {
		const before = await this.save();
		const changed = filled(before, change).filter((file, index) => file !== before[index]);
		await this.restore(changed);
		return changed.length > 0;
	}

	async restore(saved: SavedFiles): Promise<void> {
		for (const file of saved) {
			if (file.kind === 'link') {
				await super.symlink(file.target, file.path);
			} else if (file.kind === 'folder') {
				await super.mkdir(file.path, {recursive: true});
			} else {
				const content = file.kind === 'file' ? file.text : Buffer.from(file.base64, 'base64');
				this.writeFileSync(file.path, content, undefined, {mode: file.mode, mtime: new Date(file.at)});
			}
			if (file.kind === 'folder') {
				await this.setMode(file.path, file.mode);
				await this.setTimes(file.path, new Date(file.at));
			}
			this.give(file.path, file.owner ?? 'root');
		}
	}
}

/** The same with other bytes in files; a file that keeps its bytes is the same object. */
export function filled(files: SavedFiles, change: (bytes: Uint8Array) => Uint8Array): SavedFiles {
	return files.map(file => {
		if (file.kind !== 'file' && file.kind !== 'bytes') {
			return file;
		}
		const before = file.kind === 'file' ? Buffer.from(file.text) : Buffer.from(file.base64, 'base64');
		const after = change(before);
		if (after === before) {
			return file;
		}
		return file.kind === 'file'
			? {...file, text: Buffer.from(after).toString()}
			: {...file, base64: Buffer.from(after).toString('base64')};
	});
}

function isScratch(path: string): boolean {
	return path.startsWith(scratch) || path === scratchErrors;
}

function bytesOf(content: Write[1], options: Write[2]): Uint8Array {
	const encoding = typeof options === 'string' ? options : options?.encoding;
	return typeof content === 'string' ? Buffer.from(content, encoding === 'binary' ? 'latin1' : encoding) : content;
}

function undefinedIfGone(error: unknown): undefined {
	if (!(error instanceof Error) || !error.message.startsWith('ENOENT')) {
		throw error;
	}
}
