import {isDeepStrictEqual} from 'node:util';
import * as z from 'zod';
import {type ProblemList, suggestion} from '../../runbook/problem-list.js';
import {entriesOf, readShape, Text, valueAt, type YamlNode} from '../../runbook/yaml.js';
import type {Datastore, Disk, EsxiHost} from '../world/esxi-host.js';
import {EsxiHostSchema} from '../world/esxi-host.js';
import type {SavedMember} from '../world/member.js';
import type {PartKind, PartRoom, SavedPart, WorldPart} from '../world/part.js';
import {partitionTypes, SECTOR_BYTES} from '../world/storage.js';

/** Disks of one storage box that several ESXi hosts are wired to. Each host has them among its own; what one changes, all see. */
const SharedStorageSchema = z.strictObject({
	kind: z.literal('shared-storage'),
	name: z.string(),
	hosts: z.array(z.string()),
	datastores: z.array(z.strictObject({label: z.string(), gigabytes: z.number().int().positive()})),
	/** Hosts that do not get there. `dead`: no path answers; `lost`: the box says that the disks are gone for good. */
	away: z.record(z.string(), z.enum(['dead', 'lost'])),
});
type SharedStorage = z.output<typeof SharedStorageSchema>;

const deeds = ['set paths NAME HOST in|out|gone'];
const positions = ['in', 'out', 'gone'];

export const sharedStorageKind: PartKind = {
	kind: 'shared-storage',
	key: 'shared_storage',
	read: (node, hosts, problems) =>
		entriesOf(node, '`shared_storage`', problems).flatMap(entry => readOne(entry, hosts, problems) ?? []),
	prepare: (hosts, parts) => parts.reduce((before, part) => withDisks(before, SharedStorageSchema.parse(part)), hosts),
	deeds,
	checkDeed: ([, name, host, position = '', ...rest]) =>
		host !== undefined && positions.includes(position) && rest.length === 0
			? undefined
			: `Write for which host its paths are there, dead or gone for good: set paths ${name} esxi1 out`,
	restore: (saved, room) => new SharedStoragePart(SharedStorageSchema.parse(saved), room),
};

const SharedStorageShape = z.strictObject({
	hosts: z.array(Text('Name a host of this file.'), 'Write a list of hosts.').min(1, 'Somebody has to see it.'),
	datastores: z.record(
		Text(),
		Text()
			.regex(/^[1-9]\d{0,4}$/, 'Write its size in GB.')
			.transform(Number),
		'Write datastores with their size in GB.',
	),
});

function readOne(
	{key: name, value}: {readonly key: string; readonly value: YamlNode},
	hosts: readonly SavedMember[],
	problems: ProblemList,
): SavedPart | undefined {
	const shape = readShape(SharedStorageShape, value, 'a storage box', problems);
	if (shape === undefined) {
		return undefined;
	}

	const known = hosts.filter(({kind}) => kind === 'esxi').map(each => each.name);
	const unknown = shape.hosts.find(host => !known.includes(host));
	if (unknown !== undefined) {
		const at = valueAt(value, 'hosts')?.at ?? value.at;
		problems.error(
			'unknown-host',
			at,
			`${name} cannot be wired to "${unknown}".`,
			suggestion(unknown, known, 'ESXi hosts are'),
		);
		return undefined;
	}

	const datastores = Object.entries(shape.datastores).map(([label, gigabytes]) => ({label, gigabytes}));
	const saved: SharedStorage = {kind: 'shared-storage', name, hosts: shape.hosts, datastores, away: {}};
	return saved;
}

/** The hosts with the disks of the box, formatted and empty. */
function withDisks(hosts: readonly SavedMember[], storage: SharedStorage): readonly SavedMember[] {
	const disks = storage.datastores.map((each, index) => sharedDisk(each, index + 1));
	return hosts.map(host => {
		if (!storage.hosts.includes(host.name)) {
			return host;
		}

		const esxi = EsxiHostSchema.parse(host);
		return {...esxi, disks: [...esxi.disks, ...disks]};
	});
}

function sharedDisk({label, gigabytes}: SharedStorage['datastores'][number], number: number): Disk {
	const sectors = (gigabytes * 1_000_000_000) / SECTOR_BYTES;
	const end = sectors - 34;
	const bytes = Math.floor(((end - 2_047) * SECTOR_BYTES) / 1024 ** 2) * 1024 ** 2;
	const store: Datastore = {
		partition: 1,
		uuid: `6968a1${number}f-2b7c9d04-51e6-00005e00530${number}`,
		label,
		type: 'VMFS-6',
		bytes,
		freeBytes: bytes - 1_511 * 1024 ** 2,
		files: {},
		locks: {},
	};
	return {
		name: `naa.600a098038303053${String(number).padStart(16, '0')}`,
		vendor: 'NETAPP',
		model: 'LUN C-Mode',
		sectors,
		label: 'gpt',
		partitions: [{number: 1, startSector: 2_048, endSector: end, type: partitionTypes.vmfs, attribute: 0}],
		datastores: [store],
		path: 'active',
	};
}

/** What is on a disk, whoever looks. */
type Content = Pick<Disk, 'label' | 'partitions' | 'datastores'>;

/** Carries what one host writes to the others. */
export class SharedStoragePart implements WorldPart {
	readonly kind = 'shared-storage';
	readonly #room: PartRoom;
	#saved: SharedStorage;
	/** What all had in common last, by disk. */
	readonly #agreed = new Map<string, Content>();

	constructor(saved: SharedStorage, room: PartRoom) {
		this.#saved = saved;
		this.#room = room;
	}

	get name(): string {
		return this.#saved.name;
	}

	nextChange(): undefined {
		return undefined;
	}

	settle(): boolean {
		return this.#diskNames()
			.map(disk => this.#level(disk))
			.includes(true);
	}

	look(): string {
		const {name, hosts, datastores, away} = this.#saved;
		const lost = hosts.filter(host => away[host] !== undefined);
		return `${name}: ${datastores.map(({label}) => label).join(' ')}; without a path: ${lost.join(' ') || 'nobody'}`;
	}

	/** How a host gets to a datastore of the box; undefined: it is on none of its disks. */
	path(host: string, label: string): 'active' | 'dead' | 'lost' | undefined {
		const {hosts, datastores, away} = this.#saved;
		const isOurs = hosts.includes(host) && datastores.some(store => store.label === label);
		return isOurs ? (away[host] ?? 'active') : undefined;
	}

	deed([, , host = '', position]: readonly string[]): string {
		const {hosts, away, name} = this.#saved;
		if (!hosts.includes(host)) {
			throw new Error(`${host} is not wired to ${name}; there are ${hosts.join(', ')}`);
		}

		const {[host]: _, ...others} = away;
		this.#saved = {
			...this.#saved,
			away: position === 'in' ? others : {...others, [host]: position === 'gone' ? 'lost' : 'dead'},
		};
		const words = {in: 'has its paths', out: 'has no path any more', gone: 'is told that the disks are gone'};
		return `${this.#room.member(host).label} ${words[position as keyof typeof words]} to ${name}`;
	}

	toJSON(): SavedPart {
		return this.#saved;
	}

	#diskNames(): readonly string[] {
		return this.#saved.datastores.map((each, index) => sharedDisk(each, index + 1).name);
	}

	/** What somebody has changed on a disk becomes what all see. Whose paths are dead neither changes it nor sees it. */
	#level(disk: string): boolean {
		const {hosts, away} = this.#saved;
		let hasChanged = false;
		const there = hosts.filter(host => away[host] === undefined);
		const agreed = this.#agreed.get(disk) ?? contentOf(this.#disk(there[0] ?? hosts[0] ?? '', disk));
		const writers = there.filter(host => this.#disk(host, disk)?.path !== 'dead');
		const content = writers.reduce((merged, host) => merge(merged, agreed, contentOf(this.#disk(host, disk))), agreed);
		this.#agreed.set(disk, content);
		for (const host of hosts) {
			const path = away[host] === undefined ? 'active' : 'dead';
			const own = this.#disk(host, disk);
			const isLevel = own !== undefined && own.path === path && (path === 'dead' || isSame(contentOf(own), content));
			if (own !== undefined && !isLevel) {
				hasChanged = true;
				this.#replace(host, {...own, path, ...(path === 'active' ? content : {})});
			}
		}

		return hasChanged;
	}

	#disk(host: string, name: string): Disk | undefined {
		return this.#esxi(host)
			.now()
			.disks.find(disk => disk.name === name);
	}

	#replace(host: string, disk: Disk): void {
		const esxi = this.#esxi(host);
		const before: EsxiHost = esxi.now();
		esxi.replace({...before, disks: before.disks.map(each => (each.name === disk.name ? disk : each))});
	}

	#esxi(host: string) {
		const {esxi} = this.#room.member(host);
		if (esxi === undefined) {
			throw new RangeError(`${host} is no ESXi host`);
		}

		return esxi;
	}
}

function contentOf(disk: Disk | undefined): Content {
	const {label = 'unknown', partitions = [], datastores = []} = disk ?? {};
	return {label, partitions, datastores};
}

function isSame(one: Content, other: Content): boolean {
	return (
		one.label === other.label &&
		(one.partitions === other.partitions || isDeepStrictEqual(one.partitions, other.partitions)) &&
		(one.datastores === other.datastores || isDeepStrictEqual(one.datastores, other.datastores))
	);
}

/** Several hosts may have written since they last agreed; of one file or lock, the last of them wins. */
function merge(merged: Content, agreed: Content, written: Content): Content {
	if (isSame(written, agreed)) {
		return merged;
	}

	const datastores = written.datastores.map((store): Datastore => {
		const before = agreed.datastores.find(({uuid}) => uuid === store.uuid);
		const others = merged.datastores.find(({uuid}) => uuid === store.uuid);
		return before === undefined || others === undefined
			? store
			: {
					...store,
					files: mergeRecords(others.files, before.files, store.files),
					locks: mergeRecords(others.locks, before.locks, store.locks),
				};
	});
	return {...written, datastores};
}

type Texts = Readonly<Record<string, string>>;

function mergeRecords(merged: Texts, before: Texts, after: Texts): Texts {
	if (before === after) {
		return merged;
	}

	const kept = Object.entries(merged).filter(([key]) => !Object.hasOwn(before, key) || Object.hasOwn(after, key));
	const changed = Object.entries(after).filter(([key, text]) => before[key] !== text);
	return Object.fromEntries([...kept, ...changed]);
}
