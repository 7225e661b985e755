import type {Call} from './trace.js';

/** How much of what was not synced is on the disk when the power goes. */
export type Fate = {
	/** `ordered`: names appear and go in order, as ext4 does; `any`: each by itself, as POSIX allows. */
	readonly names: 'ordered' | 'any';
	/** Of writes that were not synced: all, none, the first ones with the last of them torn, or each by its own chance. */
	readonly writes: 'kept' | 'dropped' | 'cut' | 'reordered' | 'torn';
};

export const FATES: readonly Fate[] = (['ordered', 'any'] as const).flatMap(names =>
	(['kept', 'dropped', 'cut', 'reordered', 'torn'] as const).map(writes => ({names, writes})),
);

const SECTOR = 512;

type Change = Extract<Call, {kind: 'write' | 'truncate'}>;
type NameChange = Extract<Call, {kind: 'link' | 'unlink'}>;

/** A disk with a cache in front of it, call by call. `folder`: whose files it holds, and which is there from the start. */
export class Disk {
	readonly #folder: string;
	readonly #synced = new Map<number, Buffer>();
	readonly #pending = new Map<number, Change[]>();
	#names: ReadonlyMap<string, number> = new Map();
	#pendingNames: NameChange[] = [];

	constructor(folder: string) {
		this.#folder = folder;
	}

	take(call: Call): void {
		switch (call.kind) {
			case 'link':
			case 'unlink':
				this.#pendingNames.push(call);
				break;
			case 'write':
			case 'truncate':
				this.#pending.set(call.inode, [...(this.#pending.get(call.inode) ?? []), call]);
				break;
			case 'sync':
				this.#synced.set(call.inode, applied(this.#synced.get(call.inode), this.#pending.get(call.inode) ?? []));
				this.#pending.delete(call.inode);
				break;
			case 'syncFolder': {
				const own = this.#pendingNames.filter(({path}) => folderOf(path) === call.path);
				this.#names = renamed(this.#names, own);
				this.#pendingNames = this.#pendingNames.filter(change => !own.includes(change));
				break;
			}

			case 'said':
				break;
		}
	}

	/** The files that are there after the power went, by path. `chance`: from 0 to, not including, 1. */
	after({names, writes}: Fate, chance: () => number): ReadonlyMap<string, Buffer> {
		const some = this.#pendingNames.slice(0, Math.floor(chance() * (this.#pendingNames.length + 1)));
		const changes =
			names === 'ordered'
				? writes === 'kept'
					? this.#pendingNames
					: some
				: this.#pendingNames.filter(() => chance() < 0.5);
		const there = renamed(this.#names, changes);
		const files = [...there].filter(([path, inode]) => inode >= 0 && this.#isReachable(path, there));
		const order = [...this.#pending.values()].flat();
		const cutAt = Math.floor(chance() * (order.length + 1));
		return new Map(
			files.map(([path, inode]) => {
				const pending = (this.#pending.get(inode) ?? []).flatMap(change =>
					survivor(change, writes, order.indexOf(change) - cutAt, chance),
				);
				return [path, applied(this.#synced.get(inode), pending)];
			}),
		);
	}

	/** A file in a folder whose own name was lost is lost with it. */
	#isReachable(path: string, there: ReadonlyMap<string, number>): boolean {
		const folder = folderOf(path);
		return folder === this.#folder || (there.has(folder) && this.#isReachable(folder, there));
	}
}

/** `behindCut`: how many writes behind the last one that reached the disk. */
function survivor(change: Change, writes: Fate['writes'], behindCut: number, chance: () => number): readonly Change[] {
	switch (writes) {
		case 'kept':
			return [change];
		case 'dropped':
			return [];
		case 'cut':
			return behindCut < 0 ? [change] : behindCut === 0 ? torn(change, chance) : [];
		case 'reordered':
			return chance() < 0.5 ? [change] : [];
		case 'torn':
			return torn(change, chance);
	}
}

/** Each sector by itself: a disk promises no more. */
function torn(change: Change, chance: () => number): readonly Change[] {
	if (change.kind === 'truncate') {
		return chance() < 0.5 ? [change] : [];
	}

	const pieces: Change[] = [];
	for (let from = 0; from < change.bytes.length; ) {
		const to = Math.min(change.bytes.length, from + SECTOR - ((change.at + from) % SECTOR));
		if (chance() < 0.5) {
			pieces.push({...change, at: change.at + from, bytes: change.bytes.subarray(from, to)});
		}

		from = to;
	}

	return pieces;
}

function applied(before: Buffer | undefined, changes: readonly Change[]): Buffer {
	let size = before?.length ?? 0;
	const most = changes.reduce((sum, change) => Math.max(sum, endOf(change)), size);
	const bytes = Buffer.alloc(most);
	before?.copy(bytes);
	for (const change of changes) {
		if (change.kind === 'write') {
			change.bytes.copy(bytes, change.at);
			size = Math.max(size, change.at + change.bytes.length);
		} else {
			bytes.fill(0, change.size);
			size = change.size;
		}
	}

	return bytes.subarray(0, size);
}

function endOf(change: Change): number {
	return change.kind === 'write' ? change.at + change.bytes.length : change.size;
}

/** Folders stand there as -1. */
function renamed(names: ReadonlyMap<string, number>, changes: readonly NameChange[]): ReadonlyMap<string, number> {
	const after = new Map(names);
	for (const change of changes) {
		if (change.kind === 'link') {
			after.set(change.path, change.isFolder ? -1 : change.inode);
		} else {
			after.delete(change.path);
		}
	}

	return after;
}

function folderOf(path: string): string {
	return path.slice(0, path.lastIndexOf('/'));
}
