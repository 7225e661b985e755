import {isDeepStrictEqual} from 'node:util';
import {
	changeDisk,
	contentOf,
	findDevice,
	type MirrorDevice,
	newDisk,
	SECTOR_BYTES,
	withContent,
} from '../linux/disks.js';
import {type LinuxHost, LinuxHostSchema} from '../linux/linux-host.js';
import {empty} from '../world/device-content.js';
import type {Member, SavedMember} from '../world/member.js';
import {type Cluster, resourcesOf, serverOfHost} from './cluster.js';
import type {ResourceConf} from './configuration.js';
import {isActive} from './mirror.js';

/** The devices that mirror disks have made of partitions of a host, as long as they are active there. */
export function mirrorDevices(cluster: Cluster, host: string): readonly MirrorDevice[] {
	const server = serverOfHost(cluster, host) ?? '';
	return resourcesOf(cluster).flatMap(({type, name, tags}) => {
		const backing = tags['parameters/diskdev/dppath'];
		return type === 'md' && backing !== undefined && isActive(cluster, server, name)
			? [{device: tags['parameters/nmppath'] ?? '/dev/NMP1', backing}]
			: [];
	});
}

/** Bytes of a partition; undefined: there is none, `unknown`: the host's disks are not simulated. */
export function blockBytes({linux, deviceBytes}: Member, device: string): number | 'unknown' | undefined {
	if (linux !== undefined) {
		return findDevice(linux.now(), device)?.bytes;
	}

	return deviceBytes === undefined ? 'unknown' : deviceBytes(device);
}

/** What lies on one half of a mirror disk lies on the other too. True: it did not before. */
export function copyContent(from: Member, to: Member, {tags}: ResourceConf): boolean {
	const backing = tags['parameters/diskdev/dppath'] ?? '';
	const source = from.linux === undefined ? undefined : findDevice(from.linux.now(), backing);
	const target = to.linux === undefined ? undefined : findDevice(to.linux.now(), backing);
	if (to.linux === undefined || source === undefined || target === undefined) {
		return false;
	}

	const content = contentOf(source);
	if (isDeepStrictEqual(content, contentOf(target))) {
		return false;
	}

	to.linux.replace(withContent(to.linux.now(), target, content));
	return true;
}

/** A host as it is once its disk was made ready for a mirror: a first partition for the cluster, a second for the data. */
export function withMirrorDisk(saved: SavedMember, disk: string): SavedMember {
	const parsed = LinuxHostSchema.safeParse(saved);
	if (!parsed.success) {
		return saved;
	}

	const host: LinuxHost = parsed.data;
	const added = host.disks.some(({name}) => name === disk)
		? host
		: {...host, disks: [...host.disks, newDisk(host.name, disk, DISK_BYTES)]};
	return changeDisk(added, disk, before =>
		before.partitions.length > 0 ? before : {...before, table: 'msdos', partitions: halvesOf(before.bytes)},
	);
}

/** The mirror disk of the field. Source: the notes on the domain, 1.2. */
const DISK_BYTES = 500 * 1024 ** 3;
const CLUSTER_PARTITION_END = (1025 * 1024 ** 2) / SECTOR_BYTES - 1;

function halvesOf(bytes: number): LinuxHost['disks'][number]['partitions'] {
	const end = Math.floor(bytes / SECTOR_BYTES) - 1;
	return [
		{number: 1, startSector: 2_048, endSector: CLUSTER_PARTITION_END, label: 'primary', content: empty},
		{number: 2, startSector: CLUSTER_PARTITION_END + 1, endSector: end, label: 'primary', content: empty},
	];
}
