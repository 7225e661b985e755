import type {BigFile, DiskView, Layout, WindowsHost} from './host-state.js';

/** Where a path leads: a partition of a disk, and the way below it with `/` between names. */
export type Place = {readonly volume: Volume; readonly path: string};

/** A formatted partition that is to be seen on the host under a root. */
export type Volume = {
	/** `D:\`, `C:\ClusterStorage\Volume1` */
	readonly root: string;
	readonly disk: DiskView;
	readonly partition: Layout['partitions'][number];
};

/** What is on the host's disks: of a LUN, what its target has. */
export type Disks = {
	/** Undefined: nobody answers for it at this moment. */
	layout(host: WindowsHost, disk: DiskView): Layout | undefined;
	/** Cluster shared volumes by their folder, with the LUN that they are on. */
	shared(host: WindowsHost): Readonly<Record<string, string>>;
};

export const emptyLayout: Layout = {kind: 'windows', style: 'RAW', partitions: []};

export function bytesOf({local, lun}: DiskView): number {
	return local?.bytes ?? lun?.bytes ?? 0;
}

/** By drive letter, and what the failover cluster shares. */
export function volumesOf(host: WindowsHost, disks: Disks): readonly Volume[] {
	const byLetter = host.disks
		.filter(({offline}) => !offline)
		.flatMap(disk =>
			(disks.layout(host, disk)?.partitions ?? []).flatMap(partition => {
				const letter = disk.letters[partition.number];
				return letter === undefined || partition.fileSystem === undefined
					? []
					: [{root: `${letter}:\\`, disk, partition}];
			}),
		);
	const shared = Object.entries(disks.shared(host)).flatMap(([root, id]) => {
		const disk = host.disks.find(({lun}) => lun?.id === id);
		const partition = disk && disks.layout(host, disk)?.partitions.find(({fileSystem}) => fileSystem !== undefined);
		return disk === undefined || partition === undefined ? [] : [{root, disk, partition}];
	});
	return [...shared, ...byLetter];
}

/** Undefined: no volume is there. `path`: absolute, with backslashes. */
export function placeOf(host: WindowsHost, disks: Disks, path: string): Place | undefined {
	const lower = path.toLowerCase();
	const volume = volumesOf(host, disks).find(({root}) => lower.startsWith(root.toLowerCase()));
	return volume && {volume, path: path.slice(volume.root.length).replace(/^\\/, '').replaceAll('\\', '/')};
}

export function fileAt({volume, path}: Place): BigFile | undefined {
	return Object.entries(volume.partition.files).find(([name]) => name.toLowerCase() === path.toLowerCase())?.[1];
}

export function freeBytes({bytes, files}: Volume['partition']): number {
	return bytes - Object.values(files).reduce((sum, file) => sum + file.bytes, 0);
}

/** The layout with the file there; undefined takes it away. */
export function withFile(layout: Layout, {volume: {partition}, path}: Place, file: BigFile | undefined): Layout {
	const others = Object.fromEntries(
		Object.entries(partition.files).filter(([name]) => name.toLowerCase() !== path.toLowerCase()),
	);
	const files = file === undefined ? others : {...others, [path]: file};
	return {
		...layout,
		partitions: layout.partitions.map(each => (each.number === partition.number ? {...each, files} : each)),
	};
}
