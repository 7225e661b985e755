import * as z from 'zod';
import {Text} from '../../runbook/yaml.js';
import {findDevice, SECTOR_BYTES, uuidOf, withContent} from '../linux/disks.js';
import type {LinuxDisk, LinuxHost} from '../linux/linux-host.js';
import {ContentSchema, type DeviceContent, empty} from '../world/device-content.js';
import {partitionTypes} from '../world/storage.js';
import {DEFAULT_PORTAL, type Lio, noLio} from './configuration.js';
import {SAVECONFIG, saveconfigText} from './saveconfig.js';

/** `target` of a Linux host in a lab file: what its saved configuration sets up. */
export const TargetShape = z.strictObject({
	iqn: Text('Write the name of the target: iqn.1996-10.com.ecx.').regex(/^iqn\.\d{4}-\d{2}\.\S+$/),
	/** What the LUN lies on: `/dev/NMP1`. */
	device: Text().regex(/^\/dev\/\S+$/, 'Write a device: /dev/NMP1.'),
	/** Of the backstore. */
	name: Text().default('idisk1'),
	/** Who may log in. */
	initiators: z.array(Text()).default([]),
	/** A volume of ESXi hosts that is there already. */
	datastore: Text().optional(),
	/** A volume of Windows hosts that is there already. */
	ntfs: Text('Write the label of the volume: CSV.').optional(),
});

const CLUSTER_PARTITION_END = (1_025 * 1_024 ** 2) / SECTOR_BYTES - 1;

/**
The host with the file that `targetcli saveconfig` would have written, and with the volume on its device: on the second partition of
its disk where the device is a mirror's. A target that runs has read the file.
*/
export function withTarget(host: LinuxHost, target: z.output<typeof TargetShape> | undefined): LinuxHost {
	if (target === undefined) {
		return host;
	}

	const {iqn, device, name, initiators, datastore, ntfs} = target;
	const luns = [{number: 0, backstore: name}];
	const lio: Lio = {
		...noLio,
		// The same serial on every server: initiators take the LUN for one disk
		backstores: [{name, device, serial: uuidOf(`${iqn} ${name}`), isReadOnly: false}],
		targets: [
			{
				iqn,
				isEnabled: true,
				attributes: {},
				luns,
				acls: initiators.map(initiator => ({initiator, luns: [{number: 0, tpgLun: 0, isReadOnly: false}]})),
				portals: [DEFAULT_PORTAL],
			},
		],
	};
	const content = datastore === undefined ? ntfs && windowsVolume(ntfs) : volume(datastore);
	const own = findDevice(host, device);
	const unit = host.units['target'];
	// Of a mirror's device only who described the host can know whether it is active there
	const isRead = unit?.active === true && (own !== undefined || !unit.enabled);
	const served: LinuxHost = {
		...host,
		files: {...host.files, [SAVECONFIG]: {text: saveconfigText(lio), mode: 0o600, owner: 'root'}},
		...(isRead ? {lio: {...lio, isRestored: true}} : {}),
	};
	if (!content) {
		return served;
	}

	return own === undefined || datastore !== undefined
		? {...served, disks: served.disks.map((disk, index) => (index === 1 ? withVolume(disk, content) : disk))}
		: withContent(served, own, content(own.bytes / SECTOR_BYTES));
}

type ContentOf = (sectors: number) => DeviceContent;

/** As after the guide: a partition for the cluster, and one for the data. */
function withVolume(disk: LinuxDisk, content: ContentOf): LinuxDisk {
	const start = CLUSTER_PARTITION_END + 1;
	const end = Math.floor(disk.bytes / SECTOR_BYTES) - 1;
	return {
		...disk,
		table: 'msdos',
		partitions: [
			{number: 1, startSector: 2_048, endSector: CLUSTER_PARTITION_END, label: 'primary', content: empty},
			{number: 2, startSector: start, endSector: end, label: 'primary', content: content(end - start + 1)},
		],
	};
}

/** As Windows makes it: a GPT, a reserved partition of 16 MiB, and one with NTFS. */
function windowsVolume(label: string): ContentOf {
	return sectors => {
		const bytes = (Math.floor((sectors * SECTOR_BYTES) / 1_024 ** 2) - 17) * 1_024 ** 2;
		const partitions = [{number: 2, bytes, label, fileSystem: 'NTFS', files: {}}];
		return ContentSchema.parse({kind: 'windows', style: 'GPT', partitions});
	};
}

function volume(label: string): ContentOf {
	return sectors => vmfsContent(sectors, label);
}

function vmfsContent(sectors: number, label: string): DeviceContent {
	const bytes = Math.floor(((sectors - 4_096) * SECTOR_BYTES) / 1_024 ** 2) * 1_024 ** 2;
	const number = uuidOf(label).replaceAll('-', '');
	return ContentSchema.parse({
		kind: 'vmfs',
		label: 'gpt',
		partitions: [{number: 1, startSector: 2_048, endSector: sectors - 34, type: partitionTypes.vmfs, attribute: 0}],
		datastores: [
			{
				partition: 1,
				uuid: `${number.slice(0, 8)}-${number.slice(8, 16)}-${number.slice(16, 20)}-00005e005310`,
				label,
				type: 'VMFS-6',
				bytes,
				freeBytes: bytes - 1_511 * 1_024 ** 2,
			},
		],
	});
}
