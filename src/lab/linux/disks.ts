import {createHash} from 'node:crypto';
import {posix} from 'node:path';
import {type DeviceContent, empty} from '../world/device-content.js';
import type {LinuxDisk, LinuxHost, LinuxPartition} from './linux-host.js';

export const SECTOR_BYTES = 512;
const GIBIBYTE = 1024 ** 3;

/** A device that EXPRESSCLUSTER has made of a partition: `/dev/NMP1`. */
export type MirrorDevice = {readonly device: string; readonly backing: string};

/** A block device by its own name. */
export type BlockDevice = {
	/** `/dev/sdb2`. */
	readonly path: string;
	readonly bytes: number;
	readonly disk: LinuxDisk;
	/** Undefined: the whole disk. */
	readonly partition: LinuxPartition | undefined;
};

/** The disk that the installer took: a boot partition, and the rest for LVM. */
export function systemDisk(host: string): LinuxDisk {
	const bytes = 16 * GIBIBYTE;
	const bootEnd = 2_099_199;
	const content = (type: string, what: string): DeviceContent => ({
		kind: 'filesystem',
		type,
		uuid: uuidOf(`${host} ${what}`),
		label: '',
	});
	return {
		...newDisk(host, 'sda', bytes),
		table: 'msdos',
		partitions: [
			{number: 1, startSector: 2_048, endSector: bootEnd, label: 'primary', content: content('xfs', 'boot')},
			{
				number: 2,
				startSector: bootEnd + 1,
				endSector: bytes / SECTOR_BYTES - 1,
				label: 'primary',
				content: content('LVM2_member', 'lvm'),
			},
		],
	};
}

/** An empty disk. Its serial is of the form that a virtual disk of ESXi has. */
export function newDisk(host: string, name: string, bytes: number): LinuxDisk {
	const serial = `6000c29${digits(`${host} ${name}`).slice(0, 25)}`;
	return {name, bytes, serial, table: 'none', partitions: [], content: empty, links: []};
}

/** The device that a path leads to, by whatever link, and through a mirror disk to what is below; undefined: none. */
export function findDevice(
	host: LinuxHost,
	path: string,
	mirrors: readonly MirrorDevice[] = [],
): BlockDevice | undefined {
	const mirror = mirrors.find(({device}) => device === path);
	if (mirror !== undefined) {
		return findDevice(host, mirror.backing);
	}

	const link = linksOf(host).find(each => each.path === path);
	const wanted = link === undefined ? path : posix.resolve(posix.dirname(link.path), link.target);
	return blockDevices(host).find(each => each.path === wanted);
}

/** Every disk, each followed by its partitions. */
export function blockDevices({disks}: LinuxHost): readonly BlockDevice[] {
	return disks.flatMap(disk => [
		{path: `/dev/${disk.name}`, bytes: disk.bytes, disk, partition: undefined},
		...disk.partitions.map(partition => ({
			path: `/dev/${disk.name}${partition.number}`,
			bytes: partitionBytes(partition),
			disk,
			partition,
		})),
	]);
}

/** The links that udev makes: by id, by path, and by rules that somebody wrote. */
export function linksOf(host: LinuxHost): ReadonlyArray<{readonly path: string; readonly target: string}> {
	return host.disks.flatMap((disk, index) => {
		const slot = `pci-0000:03:00.0-scsi-0:0:${index}:0`;
		const whole = [
			[`/dev/disk/by-id/scsi-3${disk.serial}`, `../../${disk.name}`],
			[`/dev/disk/by-id/wwn-0x${disk.serial}`, `../../${disk.name}`],
			[`/dev/disk/by-path/${slot}`, `../../${disk.name}`],
			...disk.links.map(name => [`/dev/${name.replaceAll('%n', '')}`, upwards(name) + disk.name]),
		];
		const parts = disk.partitions.flatMap(({number, content}) => {
			const node = `${disk.name}${number}`;
			return [
				[`/dev/disk/by-id/scsi-3${disk.serial}-part${number}`, `../../${node}`],
				[`/dev/disk/by-id/wwn-0x${disk.serial}-part${number}`, `../../${node}`],
				[`/dev/disk/by-path/${slot}-part${number}`, `../../${node}`],
				...(content.kind === 'filesystem' && content.type !== 'LVM2_member'
					? [[`/dev/disk/by-uuid/${content.uuid}`, `../../${node}`]]
					: []),
				...disk.links
					.filter(name => name.includes('%n'))
					.map(name => [`/dev/${name.replaceAll('%n', String(number))}`, upwards(name) + node]),
			];
		});
		return [...whole, ...parts].map(([path = '', target = '']) => ({path, target}));
	});
}

export function contentOf({disk, partition}: BlockDevice): DeviceContent {
	return (partition ?? disk).content;
}

/** The host with something else on a device. On a whole disk it takes the place of the partition table. */
export function withContent(host: LinuxHost, device: BlockDevice, content: DeviceContent): LinuxHost {
	return changeDisk(host, device.disk.name, disk =>
		device.partition === undefined
			? {...disk, table: 'none', partitions: [], content}
			: {
					...disk,
					partitions: disk.partitions.map(partition =>
						partition.number === device.partition?.number ? {...partition, content} : partition,
					),
				},
	);
}

export function changeDisk(host: LinuxHost, name: string, change: (disk: LinuxDisk) => LinuxDisk): LinuxHost {
	return {...host, disks: host.disks.map(disk => (disk.name === name ? change(disk) : disk))};
}

export function partitionBytes({startSector, endSector}: LinuxPartition): number {
	return (endSector - startSector + 1) * SECTOR_BYTES;
}

/**
Who holds a device or a part of it, so that nothing may repartition it; undefined: nobody. The system's disk is always held.
*/
export function holderOf(
	host: LinuxHost,
	{disk, partition}: BlockDevice,
	mirrors: readonly MirrorDevice[],
): string | undefined {
	const isOurs = (path: string) => {
		const device = findDevice(host, path, mirrors);
		return (
			device?.disk.name === disk.name &&
			(partition === undefined || device.partition === undefined || device.partition.number === partition.number)
		);
	};
	const mount = host.mounts.find(({device}) => isOurs(device));
	if (disk.name === host.disks[0]?.name) {
		return 'the system';
	}

	return mount
		? `a file system mounted on ${mount.at}`
		: mirrors.some(({backing}) => isOurs(backing))
			? 'a mirror disk'
			: host.lio.backstores.some(({device}) => isOurs(device))
				? 'the target'
				: undefined;
}

/** Made of a text, the same every time. */
export function uuidOf(text: string): string {
	const hex = digits(text);
	return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
		'-',
	);
}

function digits(text: string): string {
	return createHash('sha256').update(text).digest('hex');
}

/** From a link below /dev to /dev. */
function upwards(name: string): string {
	return '../'.repeat(name.split('/').length - 1);
}
