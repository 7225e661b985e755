import type {DeviceContent} from '../world/device-content.js';
import type {Datastore, Disk, EsxiHost, Partition} from '../world/esxi-host.js';
import type {FoundLun, FoundTarget} from './targets.js';

const SECTOR_BYTES = 512;

type VmfsContent = Extract<DeviceContent, {kind: 'vmfs'}>;

/**
A LUN as a disk of an ESXi host. `known` is what the host has of it: volumes that it has not mounted it sees only after a rescan;
undefined: it is looking for them now.
*/
export function diskOf(target: FoundTarget, lun: FoundLun, content: DeviceContent, known: Disk | undefined): Disk {
	const {label, partitions, datastores} = asVmfs(content);
	const isMounted = ({uuid}: Datastore) => known === undefined || known.datastores.some(each => each.uuid === uuid);
	return {
		name: lun.naa,
		vendor: 'LIO-ORG',
		model: lun.model,
		sectors: Math.floor(lun.bytes / SECTOR_BYTES),
		label,
		partitions,
		datastores: datastores.filter(isMounted),
		lun: {target: target.iqn, portal: target.portal, number: lun.number},
		path: known?.path ?? 'active',
	};
}

/** What a host would write back of its disk. */
export function contentOfDisk({label, partitions, datastores}: Disk): DeviceContent {
	return label === 'unknown' && partitions.length === 0 && datastores.length === 0
		? {kind: 'empty'}
		: {kind: 'vmfs', label, partitions, datastores};
}

/** What lies there after a host has changed `before` to `after`: volumes that it has not mounted stay, unless their partition has gone. */
export function mergedContent(below: DeviceContent, before: Disk, after: Disk): DeviceContent {
	const isKnown = ({uuid}: Datastore) => before.datastores.some(each => each.uuid === uuid);
	const unseen = asVmfs(below).datastores.filter(
		store =>
			!isKnown(store) &&
			!after.datastores.some(({partition, uuid}) => partition === store.partition || uuid === store.uuid) &&
			isKept(store.partition, before.partitions, after.partitions),
	);
	return contentOfDisk({...after, datastores: [...after.datastores, ...unseen]});
}

/** Without LUNs, sessions and targets: its power has gone, or its software initiator was turned off. */
export function withoutLuns(host: EsxiHost): EsxiHost {
	const {targets, sessions} = host.initiator;
	return targets.length === 0 && sessions.length === 0 && !host.disks.some(({lun}) => lun !== undefined)
		? host
		: {
				...host,
				disks: host.disks.filter(({lun}) => lun === undefined),
				initiator: {...host.initiator, targets: [], sessions: []},
			};
}

/** What is no VMFS is an unknown disk to an ESXi host. */
function asVmfs(content: DeviceContent): VmfsContent {
	return content.kind === 'vmfs' ? content : {kind: 'vmfs', label: 'unknown', partitions: [], datastores: []};
}

function isKept(number: number, before: readonly Partition[], after: readonly Partition[]): boolean {
	const old = before.find(each => each.number === number);
	const now = after.find(each => each.number === number);
	return (
		old !== undefined && now !== undefined && old.startSector === now.startSector && old.endSector === now.endSector
	);
}
