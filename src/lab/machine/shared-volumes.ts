import type {Volume} from '../host.js';

/** What the files of a host give to whoever keeps its volumes level with the world. */
export type VolumeFiles = {
	/** Every path below the folder, without it: `vm1`, `vm1/vm1.vmx`. Nothing where there is no such folder. */
	below(folder: string): readonly string[];
	isFolder(path: string): Promise<boolean>;
	exists(path: string): Promise<boolean>;
	text(path: string): Promise<string>;
	/** Puts a file, or a folder where the text is undefined, and the folders on the way. */
	put(path: string, text: string | undefined): Promise<void>;
	remove(path: string): Promise<void>;
	link(target: string, path: string): Promise<void>;
	unlink(path: string): Promise<void>;
};

type Tree = Readonly<Record<string, string>>;

/**
Keeps the volumes of one host level with the world, where other hosts meet them too.

Of each volume it remembers what both sides last agreed on: what differs here was written by somebody on this host and goes
into the world, what differs there came from elsewhere and is put into the files.
*/
export class SharedVolumes {
	readonly #files: VolumeFiles;
	readonly #agreed = new Map<string, Tree>();
	#volumes: readonly Volume[] = [];
	#levelling: Promise<void> = Promise.resolve();

	constructor(files: VolumeFiles) {
		this.#files = files;
	}

	/** Whether the path is a volume, the other name of one, or below one. */
	has(path: string): boolean {
		return this.#volumes.some(({folder, alias}) =>
			[folder, alias].some(root => path === root || path.startsWith(`${root}/`)),
		);
	}

	/** What is mounted from now on. What a volume held that is gone is gone from the files, and from nowhere else. */
	mount(volumes: readonly Volume[]): Promise<void> {
		return this.#next(async () => {
			const before = this.#volumes;
			this.#volumes = volumes;
			for (const {folder, alias} of before) {
				if (!volumes.some(each => each.alias === alias)) {
					await this.#files.unlink(alias);
				}
				if (!volumes.some(each => each.folder === folder)) {
					await this.#files.remove(folder);
					this.#agreed.delete(folder);
				}
			}
			for (const volume of volumes) {
				await this.#files.put(volume.folder, undefined);
				if (volume.alias !== '' && !before.some(({alias}) => alias === volume.alias)) {
					await this.#files.link(volume.folder, volume.alias);
				}
				await this.#levelOne(volume);
			}
		});
	}

	/** To be called whenever somebody has written below a volume. */
	level(): Promise<void> {
		return this.#next(async () => {
			for (const volume of this.#volumes) {
				await this.#levelOne(volume);
			}
		});
	}

	#next(work: () => Promise<void>): Promise<void> {
		this.#levelling = this.#levelling.then(work);
		return this.#levelling;
	}

	async #levelOne({folder, read, write}: Volume): Promise<void> {
		const agreed = this.#agreed.get(folder) ?? {};
		const here = await this.#treeOf(folder);
		const ours = differences(agreed, here);
		if (Object.keys(ours).length > 0) {
			write(ours);
		}
		const there = read();
		// What the world says now, with what was just written into it
		for (const [path, text] of Object.entries(differences(here, there))) {
			const place = `${folder}/${path.replace(/\/$/, '')}`;
			if (text === undefined) {
				await this.#files.remove(place);
			} else {
				await this.#files.put(place, path.endsWith('/') ? undefined : text);
			}
		}
		this.#agreed.set(folder, there);
	}

	async #treeOf(folder: string): Promise<Tree> {
		const tree: Record<string, string> = {};
		for (const path of this.#files.below(folder)) {
			const place = `${folder}/${path}`;
			if (await this.#files.isFolder(place)) {
				tree[`${path}/`] = '';
			} else if (await this.#files.exists(place)) {
				tree[path] = await this.#files.text(place);
			}
		}
		return tree;
	}
}

/** What makes the second of the first; undefined: it is gone. */
function differences(before: Tree, after: Tree): Record<string, string | undefined> {
	const gone = Object.keys(before).filter(path => !Object.hasOwn(after, path));
	const changed = Object.entries(after).filter(([path, text]) => before[path] !== text);
	return Object.fromEntries([...gone.map(path => [path, undefined] as const), ...changed]);
}
