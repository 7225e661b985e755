import {type Cluster, type ClusterDisk, withDisk} from '../../wsfc/cluster.js';
import {bringOnline} from '../../wsfc/disks.js';
import {SHARED_ROOT} from '../../wsfc/ground.js';
import type {Call, Cmdlet} from '../powershell/cmdlet.js';
import {enumerated, PsObject, toText} from '../powershell/value.js';
import {given, isPattern, namesAsked} from './asking.js';
import {about, clusterFailure, clusterHere, clustering, type Here, nodeObject, nodeToTake} from './cluster-asking.js';

/** Unmounting a volume on one node and mounting it on another. Of the lab's making. */
const MOVE_MS = 2_000;

/** Disks of the cluster, shared volumes, quorum. */
export const clusterStorageCmdlets: readonly Cmdlet[] = [
	{
		name: 'Get-ClusterAvailableDisk',
		parameters: '-Cluster -Disk -All!',
		feature: clustering,
		async run(call) {
			const here = clusterHere(call);
			for (const lun of availableLuns(here)) {
				await call.emit(
					new PsObject('Microsoft.FailoverClusters.PowerShell.ClusterDisk', {
						Cluster: here.cluster.name,
						Id: lun,
						Name: `Cluster Disk ${here.cluster.made + 1}`,
						Number: here.wsfc.ground.host(here.host).disks.find(disk => disk.lun?.id === lun)?.number ?? 0,
						Partitions: [],
					}),
				);
			}
		},
	},
	{
		name: 'Add-ClusterDisk',
		parameters: 'InputObject -Cluster',
		feature: clustering,
		async run(call) {
			const ids = given(call, 'Id').map(toText);
			if (ids.length === 0 && call.input === undefined) {
				throw clusterFailure(call, 'No disks suitable for cluster disks were found.');
			}
			for (const lun of ids) {
				const here = clusterHere(call);
				const {wsfc, cluster} = here;
				const name = `Cluster Disk ${cluster.made + 1}`;
				const owner = cluster.storageOwner;
				const disk: ClusterDisk = {name, lun, use: 'storage', owner, state: 'Online', stale: false};
				wsfc.put({...cluster, disks: [...cluster.disks, disk], made: cluster.made + 1});
				await call.emit(diskResource(clusterHere(call), disk));
			}
		},
	},
	{
		name: 'Add-ClusterSharedVolume',
		parameters: 'Name -Cluster -InputObject',
		feature: clustering,
		async run(call) {
			for (const name of namesAsked(call)) {
				const {wsfc, cluster} = clusterHere(call);
				const disk = mustFind(call, cluster, name);
				if (disk.use !== 'storage') {
					throw clusterFailure(
						call,
						`The disk '${disk.name}' is ${disk.use === 'csv' ? 'a cluster shared volume already' : 'the quorum witness'}.`,
					);
				}
				const number = cluster.disks.filter(({volume}) => volume !== undefined).length + 1;
				wsfc.put(withDisk(cluster, disk.name, {use: 'csv', volume: `Volume${number}`}));
				await emitVolume(call, disk.name);
			}
		},
	},
	{
		name: 'Get-ClusterSharedVolume',
		parameters: 'Name -Cluster -InputObject',
		feature: clustering,
		async run(call) {
			const {cluster} = clusterHere(call);
			const names = namesAsked(call);
			const volumes = cluster.disks.filter(({use}) => use === 'csv');
			for (const name of names.filter(each => !isPattern(each))) {
				if (!volumes.some(disk => disk.name.toLowerCase() === name.toLowerCase())) {
					await call.error(`The cluster shared volume '${name}' was not found.`, about(call, name));
				}
			}
			for (const disk of volumes) {
				if (names.length === 0 || names.some(name => name.toLowerCase() === disk.name.toLowerCase())) {
					await emitVolume(call, disk.name);
				}
			}
		},
	},
	{
		name: 'Move-ClusterSharedVolume',
		parameters: 'Name Node -Cluster -InputObject -Wait',
		feature: clustering,
		async run(call) {
			const [asked = ''] = namesAsked(call);
			const here = clusterHere(call);
			const disk = mustFind(call, here.cluster, asked);
			const node = call.text('Node');
			const others = here.cluster.nodes.filter(({host, state}) => state === 'Up' && host !== disk.owner);
			const to = node === undefined ? (others[0]?.host ?? disk.owner) : nodeToTake(call, here, node);
			await call.shell.process.io.sleep(MOVE_MS);
			bring(call, disk.name, to);
			await emitVolume(call, disk.name);
		},
	},
	{
		name: 'Remove-ClusterSharedVolume',
		parameters: 'Name -Cluster -InputObject',
		feature: clustering,
		run(call) {
			for (const name of namesAsked(call)) {
				const {wsfc, cluster} = clusterHere(call);
				const {volume: _, ...disk} = mustFind(call, cluster, name);
				const disks = cluster.disks.map(each => (each.name === disk.name ? {...disk, use: 'storage' as const} : each));
				wsfc.put({...cluster, disks});
			}
		},
	},
	{
		name: 'Set-ClusterQuorum',
		parameters: '-DiskWitness -NoWitness! -NodeMajority! -NodeAndDiskMajority -Cluster',
		feature: clustering,
		async run(call) {
			const here = clusterHere(call);
			const {wsfc, cluster} = here;
			const name = call.text('DiskWitness') ?? call.text('NodeAndDiskMajority');
			const freed = cluster.disks.map(disk => (disk.use === 'core' ? {...disk, use: 'storage' as const} : disk));
			const {witness: _, ...bare} = {...cluster, disks: freed};
			if (name === undefined) {
				wsfc.put(bare);
			} else {
				const disk = mustFind(call, cluster, name);
				if (disk.use === 'csv' || disk.state !== 'Online') {
					throw clusterFailure(
						call,
						`There was an error configuring the disk witness '${disk.name}'.\n    The disk is ${disk.use === 'csv' ? 'a cluster shared volume' : 'not online'}.`,
					);
				}
				wsfc.put({...withDisk(bare, disk.name, {use: 'core', owner: cluster.coreOwner}), witness: disk.name});
			}
			await call.emit(quorumObject(clusterHere(call)));
		},
	},
	{
		name: 'Get-ClusterQuorum',
		parameters: '-Cluster',
		feature: clustering,
		async run(call) {
			await call.emit(quorumObject(clusterHere(call)));
		},
	},
];

/** Disks that every node has and the cluster has not: initialised, so that somebody has decided what they are. */
function availableLuns({wsfc, cluster}: Here): readonly string[] {
	const up = cluster.nodes.filter(({state}) => state === 'Up').map(({host}) => host);
	const [first = ''] = up;
	return wsfc.ground
		.host(first)
		.disks.flatMap(({lun}) =>
			lun !== undefined &&
			up.every(host => wsfc.ground.sees(host, lun.id)) &&
			!cluster.disks.some(disk => disk.lun === lun.id)
				? [lun.id]
				: [],
		);
}

function mustFind(call: Call, cluster: Cluster, name: string): ClusterDisk {
	const found = cluster.disks.find(disk => disk.name.toLowerCase() === name.toLowerCase());
	if (found === undefined) {
		throw clusterFailure(
			call,
			`Failed to get the cluster resource '${name}'.\n    The cluster resource could not be found`,
			name,
		);
	}
	return found;
}

/** Brings a disk online on the node, or ends the statement in the words of what is the matter. */
export function bring(call: Call, name: string, to: string): void {
	const {wsfc, cluster} = clusterHere(call);
	const disk = mustFind(call, cluster, name);
	const {cluster: changed, done} = bringOnline(cluster, disk, to, wsfc.ground);
	wsfc.put(changed);
	if (!done) {
		throw clusterFailure(
			call,
			`The operation on '${disk.name}' failed.\n    The cluster resource could not be brought online by the resource monitor`,
		);
	}
}

async function emitVolume(call: Call, name: string): Promise<void> {
	const here = clusterHere(call);
	const disk = mustFind(call, here.cluster, name);
	await call.emit(
		new PsObject(
			'Microsoft.FailoverClusters.PowerShell.ClusterSharedVolume',
			{
				Name: disk.name,
				State: resourceState(disk.state),
				OwnerNode: nodeObject(here, disk.owner),
				SharedVolumeInfo: [
					new PsObject('Microsoft.FailoverClusters.PowerShell.ClusterSharedVolumeInfo', {
						FaultState: disk.state === 'Online' ? 'NoFaults' : 'NoDirectIO',
						FriendlyVolumeName: `${SHARED_ROOT}${disk.volume ?? ''}`,
						MaintenanceMode: false,
					}),
				],
				Id: disk.lun,
			},
			{text: disk.name},
		),
	);
}

/** Source: ClusterResourceState. */
export function resourceState(state: string): PsObject {
	return enumerated(
		'Microsoft.FailoverClusters.PowerShell.ClusterResourceState',
		state,
		{Online: 2, Offline: 3, Failed: 4}[state.split(' ')[0] ?? ''] ?? -1,
	);
}

export function diskResource(here: Here, {name, owner, state, use}: ClusterDisk): PsObject {
	const group = {core: 'Cluster Group', storage: 'Available Storage', csv: 'Cluster Shared Volume'}[use];
	return new PsObject(
		'Microsoft.FailoverClusters.PowerShell.ClusterResource',
		{
			Name: name,
			State: resourceState(state),
			OwnerGroup: group,
			ResourceType: 'Physical Disk',
			OwnerNode: nodeObject(here, owner),
		},
		{text: name},
	);
}

function quorumObject(here: Here): PsObject {
	const {cluster} = here;
	const disk = cluster.disks.find(({name}) => name === cluster.witness);
	return new PsObject('Microsoft.FailoverClusters.PowerShell.ClusterQuorumSettings', {
		Cluster: cluster.name,
		QuorumResource: disk === undefined ? null : diskResource(here, disk),
		QuorumType: 'Majority',
	});
}
