import type {Disk, EsxiHost} from '../../world/esxi-host.js';
import {releaseOf} from '../../world/esxi-release.js';
import {freeBytesOf} from '../../world/inventory.js';
import {rescanned, SOFTWARE_ADAPTER} from '../../world/services.js';
import {partitionTypes, SECTOR_BYTES} from '../../world/storage.js';
import {type EsxcliCommand, showing} from './command.js';
import type {Record} from './output.js';

/** The controller that the local disks hang on. */
const LOCAL_ADAPTER = 'vmhba0';

export const storageCommands: readonly EsxcliCommand[] = [
	{
		path: 'storage core adapter list',
		description: 'List the storage adapters.',
		options: [],
		run: ({host}) => ({
			kind: 'table',
			columns: ['HBA Name', 'Driver', 'Link State', 'UID', 'Capabilities', 'Description'],
			rows: [
				[
					LOCAL_ADAPTER,
					'lsi_mr3',
					'link-n/a',
					`sas.${LOCAL_ADAPTER}`,
					'',
					'(0000:02:00.0) Broadcom MegaRAID SAS Invader Controller',
				],
				...(host.config.iscsi.enabled
					? [[SOFTWARE_ADAPTER, 'iscsi_vmk', 'online', `iscsi.${SOFTWARE_ADAPTER}`, '', 'iSCSI Software Adapter']]
					: []),
			],
			shortRule: true,
		}),
	},
	{
		path: 'storage core adapter rescan',
		description: 'Look for new devices.',
		options: [
			{letter: 'A', long: 'adapter', takes: 'text', description: 'Only this adapter.'},
			{letter: 'a', long: 'all', takes: 'nothing', description: 'All adapters.'},
		],
		run: ({host}) => ({kind: 'changed', host: rescanned(host)}),
	},
	{
		path: 'storage core device list',
		description: 'List the disks.',
		options: [{letter: 'd', long: 'device', takes: 'text', description: 'Only this disk.'}],
		run: call =>
			showing(call, 'device', 'disk', call.host.disks, disks => ({
				kind: 'records',
				records: disks.map(disk => deviceRecord(call.host, disk)),
			})),
	},
	{
		path: 'storage core device partition list',
		description: 'List the partitions of the disks.',
		options: [{letter: 'd', long: 'device', takes: 'text', description: 'Only this disk.'}],
		run: call =>
			showing(call, 'device', 'disk', call.host.disks, disks => ({
				kind: 'table',
				columns: ['Device', 'Partition', 'Start Sector', 'End Sector', 'Type', 'Size'],
				rows: disks.flatMap(disk => [
					[disk.name, 0, 0, disk.sectors, 0, disk.sectors * SECTOR_BYTES],
					...disk.partitions.map(({number, startSector, endSector, type}) => [
						disk.name,
						number,
						startSector,
						endSector + 1,
						typeNumber(type),
						(endSector + 1 - startSector) * SECTOR_BYTES,
					]),
				]),
			})),
	},
	{
		path: 'storage core path list',
		description: 'List the paths to the disks.',
		options: [{letter: 'd', long: 'device', takes: 'text', description: 'Only this disk.'}],
		run: call =>
			showing(call, 'device', 'disk', call.host.disks, disks => ({
				kind: 'records',
				records: disks.map((disk, index) => pathRecord(call.host, disk, index)),
			})),
	},
	{
		path: 'storage filesystem rescan',
		description: 'Look for new volumes.',
		options: [],
		run: ({host}) => ({kind: 'changed', host: rescanned(host)}),
	},
	{
		path: 'storage vmfs extent rescan',
		description: 'Look for new volumes.',
		options: [],
		run: ({host}) => ({kind: 'changed', host: rescanned(host)}),
	},
	{
		path: 'storage filesystem list',
		description: 'List the volumes that are mounted.',
		options: [],
		run: ({host}) => ({
			kind: 'table',
			columns: ['Mount Point', 'Volume Name', 'UUID', 'Mounted', 'Type', 'Size', 'Free'],
			rows: volumes(host).map(store => [
				`/vmfs/volumes/${store.uuid}`,
				store.label,
				store.uuid,
				true,
				store.type,
				store.bytes,
				freeBytesOf(store),
			]),
		}),
	},
	{
		path: 'storage vmfs extent list',
		description: 'List the partitions that VMFS volumes are on.',
		options: [],
		run: ({host}) => ({
			kind: 'table',
			columns: ['Volume Name', 'VMFS UUID', 'Extent Number', 'Device Name', 'Partition'],
			rows: host.disks.flatMap(disk =>
				disk.datastores
					.filter(({type}) => type !== 'vfat')
					.map(({label, uuid, partition}) => [label, uuid, 0, disk.name, partition]),
			),
		}),
	},
];

function volumes(host: EsxiHost): readonly Disk['datastores'][number][] {
	return host.disks.flatMap(({datastores}) => datastores);
}

/** As an msdos table would number the types of a GPT; 0 is the whole disk. */
function typeNumber(guid: string): number {
	switch (guid) {
		case partitionTypes.vmfs:
			return 0xfb;
		case partitionTypes.vmfsl:
			return 0xf8;
		case partitionTypes.vmkDiagnostic:
			return 0xfc;
		case partitionTypes.systemPartition:
			return 0xef;
		default:
			return 0x83;
	}
}

function pathRecord(host: EsxiHost, {name, lun, path, vendor}: Disk, index: number): Record {
	const targets = [...new Set(host.disks.flatMap(each => each.lun?.target ?? []))];
	const runtime =
		lun === undefined
			? `${LOCAL_ADAPTER}:C0:T${index}:L0`
			: `${SOFTWARE_ADAPTER}:C0:T${targets.indexOf(lun.target)}:L${lun.number}`;
	const uid =
		lun === undefined
			? `sas.${LOCAL_ADAPTER}-sas.${index}-${name}`
			: `${host.config.iscsi.iqn}-00023d000001,${lun.target},t,1-${name}`;
	return {
		title: uid,
		fields: [
			['UID', uid],
			['Runtime Name', runtime],
			['Device', name],
			['Device Display Name', displayName(vendor, name, lun !== undefined)],
			['Adapter', lun === undefined ? LOCAL_ADAPTER : SOFTWARE_ADAPTER],
			['Channel', 0],
			['Target', lun === undefined ? index : targets.indexOf(lun.target)],
			['LUN', lun?.number ?? 0],
			['Plugin', lun === undefined ? releaseOf(host).localPlugin : 'NMP'],
			['State', path ?? 'active'],
			['Transport', lun === undefined ? 'sas' : 'iscsi'],
			['Adapter Identifier', lun === undefined ? `sas.${LOCAL_ADAPTER}` : host.config.iscsi.iqn],
			['Target Identifier', lun === undefined ? `sas.${index}` : `00023d000001,${lun.target},t,1`],
			['Adapter Transport Details', lun === undefined ? '' : host.config.iscsi.iqn],
			[
				'Target Transport Details',
				lun === undefined ? '' : `IQN=${lun.target} Alias= Session=00023d000001 PortalTag=1`,
			],
			['Maximum IO Size', 131_072],
		],
	};
}

function displayName(vendor: string, name: string, isIscsi: boolean): string {
	return isIscsi ? `${vendor} iSCSI Disk (${name})` : `Local ${vendor} Disk (${name})`;
}

/** What has become of a disk whose path is dead. */
function statusOf(host: EsxiHost, {lun, path}: Disk): string {
	const session = host.initiator.sessions.find(({target, portal}) => target === lun?.target && portal === lun.portal);
	if (path !== 'dead') {
		return 'on';
	}

	return session?.isLost ? 'not connected' : session?.apd === 'timedOut' ? 'dead timeout' : 'dead';
}

function deviceRecord(host: EsxiHost, disk: Disk): Record {
	const {name, vendor, model, sectors, lun} = disk;
	const isLocal = lun === undefined;
	return {
		title: name,
		fields: [
			['Display Name', displayName(vendor, name, !isLocal)],
			['Has Settable Display Name', true],
			['Size', Math.floor((sectors * SECTOR_BYTES) / 1024 ** 2)],
			['Device Type', 'Direct-Access '],
			['Multipath Plugin', isLocal ? releaseOf(host).localPlugin : 'NMP'],
			['Devfs Path', `/vmfs/devices/disks/${name}`],
			['Vendor', vendor.padEnd(8)],
			['Model', isLocal ? model.padEnd(16) : model],
			['Revision', '0001'],
			['SCSI Level', 6],
			['Is Pseudo', false],
			['Status', statusOf(host, disk)],
			['Is RDM Capable', true],
			['Is Local', isLocal],
			['Is Removable', false],
			['Is SSD', model.includes('SSD')],
			['Is VVOL PE', false],
			['Is Offline', false],
			['Is Perennially Reserved', false],
			['VAAI Status', isLocal ? 'unsupported' : 'supported'],
		],
	};
}
