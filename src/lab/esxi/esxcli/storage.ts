import {type Disk, type EsxiHost, fault} from '../../world/esxi-host.js';
import {findDisk, SECTOR_BYTES} from '../../world/storage.js';
import {type EsxcliCommand, given} from './command.js';
import {SOFTWARE_ADAPTER} from './iscsi.js';
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
			{letter: 'a', long: 'all', takes: 'boolean', description: 'All adapters.'},
		],
		run: ({host}) => ({kind: 'changed', host}),
	},
	{
		path: 'storage core device list',
		description: 'List the disks.',
		options: [{letter: 'd', long: 'device', takes: 'text', description: 'Only this disk.'}],
		run(call) {
			const only = given(call, 'device');
			return only !== undefined && !findDisk(call.host, only)
				? fault('missing', 'disk', only)
				: {
						kind: 'records',
						records: call.host.disks.filter(({name}) => only === undefined || name === only).map(deviceRecord),
					};
		},
	},
	{
		path: 'storage filesystem list',
		description: 'List the volumes that are mounted.',
		options: [],
		run: ({host}) => ({
			kind: 'table',
			columns: ['Mount Point', 'Volume Name', 'UUID', 'Mounted', 'Type', 'Size', 'Free'],
			rows: volumes(host).map(({label, uuid, type, bytes, freeBytes}) => [
				`/vmfs/volumes/${uuid}`,
				label,
				uuid,
				true,
				type,
				bytes,
				freeBytes,
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
	{
		path: 'vm process list',
		description: 'List the virtual machines that run.',
		options: [],
		run: () => ({kind: 'records', records: []}),
	},
];

function volumes(host: EsxiHost): readonly Disk['datastores'][number][] {
	return host.disks.flatMap(({datastores}) => datastores);
}

function deviceRecord({name, vendor, model, sectors}: Disk): Record {
	return {
		title: name,
		fields: [
			['Display Name', `Local ${vendor} Disk (${name})`],
			['Has Settable Display Name', true],
			['Size', Math.floor((sectors * SECTOR_BYTES) / 1024 ** 2)],
			['Device Type', 'Direct-Access '],
			['Multipath Plugin', 'HPP'],
			['Devfs Path', `/vmfs/devices/disks/${name}`],
			['Vendor', vendor.padEnd(8)],
			['Model', model.padEnd(16)],
			['Revision', '0001'],
			['SCSI Level', 6],
			['Is Pseudo', false],
			['Status', 'on'],
			['Is RDM Capable', true],
			['Is Local', true],
			['Is Removable', false],
			['Is SSD', model.includes('SSD')],
			['Is VVOL PE', false],
			['Is Offline', false],
			['Is Perennially Reserved', false],
			['VAAI Status', 'unsupported'],
		],
	};
}
