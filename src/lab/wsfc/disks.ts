import {type Cluster, type ClusterDisk, isUp, withDisk} from './cluster.js';
import type {Ground} from './ground.js';

/** How long the initiator holds back what waits for a lost session (its MaxRequestHoldTime). */
const HOLD_MS = 60_000;
/** After that long the cluster tries a failed resource again by itself. */
const RETRY_MS = 3_600_000;

/** The cluster's own groups and its disks go to a node that is Up; a disk that stays away fails. */
export function followDisks(before: Cluster, ground: Ground, now: number): Cluster {
	const [next] = before.nodes.filter(({host}) => isUp(before, host));
	if (next === undefined) {
		return {...before, disks: before.disks.map(disk => (disk.state === 'Online' ? failed(disk, now) : disk))};
	}

	const owned = (owner: string) => (isUp(before, owner) ? owner : next.host);
	const cluster = {...before, coreOwner: owned(before.coreOwner), storageOwner: owned(before.storageOwner)};
	return {...cluster, disks: cluster.disks.map(disk => followed(disk, cluster, ground, now))};
}

export function diskInstants({disks}: Cluster): readonly number[] {
	return disks.flatMap(({lostAt, retryAt, state}) => [
		...(lostAt === undefined || state !== 'Online' ? [] : [lostAt + HOLD_MS]),
		...(retryAt === undefined ? [] : [retryAt]),
	]);
}

function followed(before: ClusterDisk, cluster: Cluster, ground: Ground, now: number): ClusterDisk {
	const up = cluster.nodes.map(({host}) => host).filter(host => isUp(cluster, host));
	const home =
		before.use === 'core' ? cluster.coreOwner : before.use === 'storage' ? cluster.storageOwner : before.owner;
	const owner = isUp(cluster, home) ? home : (up.find(host => ground.sees(host, before.lun)) ?? up[0] ?? home);
	const disk = owner === before.owner ? before : {...before, owner};
	const isSeen = ground.sees(owner, disk.lun);
	switch (disk.state) {
		case 'Offline':
			return disk;
		case 'Failed':
			return disk.retryAt !== undefined && disk.retryAt <= now
				? isSeen
					? online(disk)
					: {...disk, retryAt: now + RETRY_MS}
				: disk;
		case 'Online':
			if (isSeen) {
				return disk.lostAt === undefined ? disk : online(disk);
			}

			// Whoever takes it over from a dead node finds it or does not; whoever has it waits for it
			if (owner !== before.owner || now >= (disk.lostAt ?? now) + HOLD_MS) {
				return failed(disk, now);
			}

			return {...disk, lostAt: disk.lostAt ?? now};
	}
}

function failed(disk: ClusterDisk, now: number): ClusterDisk {
	const {lostAt: _, ...others} = disk;
	return {...others, state: 'Failed', stale: true, retryAt: now + RETRY_MS};
}

function online(disk: ClusterDisk): ClusterDisk {
	const {lostAt: _, retryAt: __, ...others} = disk;
	return {...others, state: 'Online', stale: false};
}

/**
Brings a disk online on a node. Where its device had gone away under it, the first attempt finds the old reservation and fails;
the next one succeeds.
*/
export function bringOnline(
	cluster: Cluster,
	disk: ClusterDisk,
	owner: string,
	ground: Ground,
): {readonly cluster: Cluster; readonly done: boolean} {
	if (!isUp(cluster, owner) || !ground.sees(owner, disk.lun)) {
		return {cluster: disk.state === 'Online' ? cluster : withDisk(cluster, disk.name, {owner}), done: false};
	}

	if (disk.stale) {
		return {cluster: withDisk(cluster, disk.name, {owner, stale: false}), done: false};
	}

	const disks = cluster.disks.map(each => (each.name === disk.name ? online({...each, owner}) : each));
	return {cluster: {...cluster, disks}, done: true};
}

/** Whether a node can work on a shared volume. */
export function isUsable(cluster: Cluster, volume: string, host: string, ground: Ground): boolean {
	const disk = cluster.disks.find(each => each.volume?.toLowerCase() === volume.toLowerCase());
	return disk !== undefined && disk.state === 'Online' && isUp(cluster, host) && ground.sees(host, disk.lun);
}
