import {type Datastore, type Disk, type EsxiHost, type Fault, fault, type Partition} from './esxi-host.js';

export const SECTOR_BYTES = 512;

/** GPT partition types, as `partedUtil showGuids` names them. */
export const partitionTypes = {
	vmfs: 'AA31E02A400F11DB9590000C2911D1B8',
	systemPartition: 'C12A7328F81F11D2BA4B00A0C93EC93B',
	linuxNative: 'EBD0A0A2B9E5443387C068B6B72699C7',
	vmkDiagnostic: '9D27538040AD11DBBF97000C2911D1B8',
	vmfsl: '4EB2EA3978554790A79EFAE495E21F8D',
} as const;

/** What a disk says of itself before the partitions: cylinders, heads, sectors, all sectors. */
export function geometryOf(disk: Disk): readonly [number, number, number, number] {
	return [Math.floor(disk.sectors / (255 * 63)), 255, 63, disk.sectors];
}

/** The last sector that a partition may use: the second copy of the GPT lies behind it. */
export function lastUsableSector(disk: Disk): number {
	return disk.sectors - 34;
}

/** Writes a new, empty partition table. What was there is lost, as on a real host: nothing asks. */
export function labelDisk(host: EsxiHost, diskName: string, label: 'gpt' | 'msdos'): EsxiHost | Fault {
	return changeDisk(host, diskName, disk => ({...disk, label, partitions: [], datastores: []}));
}

export function setPartitions(host: EsxiHost, diskName: string, partitions: readonly Partition[]): EsxiHost | Fault {
	return changeDisk(host, diskName, disk => {
		const wrong = partitions.find(
			({startSector, endSector}, index) =>
				startSector < 34 ||
				endSector < startSector ||
				endSector > lastUsableSector(disk) ||
				partitions.slice(0, index).some(other => startSector <= other.endSector && other.startSector <= endSector),
		);
		if (wrong) {
			return fault('invalid', 'partition', String(wrong.number));
		}

		const kept = disk.datastores.filter(store =>
			partitions.some(partition => partition.number === store.partition && isAsBefore(disk, partition)),
		);
		return {...disk, label: 'gpt', partitions, datastores: kept};
	});
}

/** Formats a partition. Whatever file system was on it is gone. */
export function createDatastore(
	host: EsxiHost,
	diskName: string,
	partitionNumber: number,
	label: string,
	type: 'VMFS-5' | 'VMFS-6',
	now: number,
): EsxiHost | Fault {
	if (findDatastore(host, label)) {
		return fault('exists', 'datastore', label);
	}

	return changeDisk(host, diskName, disk => {
		const partition = disk.partitions.find(({number}) => number === partitionNumber);
		if (!partition) {
			return fault('missing', 'partition', `${diskName}:${partitionNumber}`);
		}

		const bytes = roundToMebibytes(partitionBytes(partition));
		const store: Datastore = {
			partition: partitionNumber,
			uuid: volumeUuid(host, now),
			label,
			type,
			bytes,
			freeBytes: bytes - METADATA_BYTES,
			files: {},
			locks: {},
		};
		return {
			...disk,
			datastores: [...disk.datastores.filter(({partition}) => partition !== partitionNumber), store],
		};
	});
}

export function renameDatastore(host: EsxiHost, from: string, to: string): EsxiHost | Fault {
	const found = host.disks.find(disk => disk.datastores.some(({label}) => label === from));
	if (!found || from === '') {
		return fault('missing', 'datastore', from);
	}

	return findDatastore(host, to)
		? fault('exists', 'datastore', to)
		: changeDisk(host, found.name, disk => ({
				...disk,
				datastores: disk.datastores.map(store => (store.label === from ? {...store, label: to} : store)),
			}));
}

export function findDisk(host: EsxiHost, name: string): Disk | undefined {
	return host.disks.find(disk => disk.name === name);
}

export function findDatastore(host: EsxiHost, label: string): Datastore | undefined {
	return label === ''
		? undefined
		: host.disks.flatMap(({datastores}) => datastores).find(store => store.label === label);
}

export function partitionBytes({startSector, endSector}: Partition): number {
	return (endSector - startSector + 1) * SECTOR_BYTES;
}

/** What VMFS-6 keeps for itself on a volume of this size class. */
const METADATA_BYTES = 1_511 * 1024 * 1024;

function roundToMebibytes(bytes: number): number {
	return Math.floor(bytes / 1024 ** 2) * 1024 ** 2;
}

function isAsBefore(disk: Disk, partition: Partition): boolean {
	return disk.partitions.some(
		old =>
			old.number === partition.number &&
			old.startSector === partition.startSector &&
			old.endSector === partition.endSector,
	);
}

/** Time, something, and the MAC of the first NIC, as ESXi makes them. */
function volumeUuid(host: EsxiHost, now: number): string {
	const seconds = Math.floor(now / 1000)
		.toString(16)
		.padStart(8, '0');
	const some = (host.disks.flatMap(({datastores}) => datastores).length * 0x01e24a3d).toString(16).padStart(8, '0');
	const mac = host.nics[0]?.mac.replaceAll(':', '') ?? '000000000000';
	return `${seconds}-${some.slice(-8)}-${some.slice(0, 4)}-${mac}`;
}

function changeDisk(host: EsxiHost, name: string, change: (disk: Disk) => Disk | Fault): EsxiHost | Fault {
	const found = findDisk(host, name);
	if (!found) {
		return fault('missing', 'disk', name);
	}

	const changed = change(found);
	return 'kind' in changed ? changed : {...host, disks: host.disks.map(disk => (disk === found ? changed : disk))};
}
