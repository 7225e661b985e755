import type {DiskView, Layout} from '../host-state.js';
import type {Call, Cmdlet} from '../powershell/cmdlet.js';
import {type PsError, PsObject, toNumber, toText} from '../powershell/value.js';
import {bytesOf, emptyLayout, freeBytes, type Volume} from '../volumes.js';
import {given, instance, isNamed, noInstance, tellNoInstance, truth} from './asking.js';

/** A file system is made quickly. */
const FORMAT_MS = 4_000;
/** What a GPT and its reserve take of a disk. */
const TABLE_BYTES = 16 * 1024 ** 2 + 1024 ** 2;

/** Disks, partitions and volumes. */
export const diskCmdlets: readonly Cmdlet[] = [
	{
		name: 'Get-Disk',
		parameters: 'Number -FriendlyName -UniqueId -SerialNumber -InputObject -IscsiSession',
		async run(call) {
			const found = disksAsked(call);
			if (found.length === 0 && call.has('Number')) {
				await tellNoInstance(call, 'MSFT_Disk', 'Number', call.text('Number') ?? '');
			}
			for (const disk of found) {
				await call.emit(diskObject(call, disk));
			}
		},
	},
	{
		name: 'Set-Disk',
		parameters: 'Number -IsOffline -IsReadOnly -PartitionStyle -InputObject',
		run(call) {
			const {process} = call.shell;
			for (const {number} of mustFind(call)) {
				const offline = truth(call, 'IsOffline');
				const readOnly = truth(call, 'IsReadOnly');
				changeDisk(call, number, disk => ({
					...disk,
					offline: offline ?? disk.offline,
					readOnly: readOnly ?? (offline === false ? false : disk.readOnly),
					letters: lettersOf(call, disk, process.layout(disk)),
				}));
			}
		},
	},
	{
		name: 'Initialize-Disk',
		parameters: 'Number -PartitionStyle -InputObject -PassThru!',
		async run(call) {
			const {process} = call.shell;
			for (const disk of mustFind(call)) {
				const layout = mustWrite(call, disk);
				if (layout.style !== 'RAW') {
					throw storageError(call, 'The disk has already been initialized.', '41002');
				}
				const style = /^mbr$/i.test(call.text('PartitionStyle') ?? '') ? 'MBR' : 'GPT';
				await process.io.sleep(1_000);
				process.writeLayout(disk, {...emptyLayout, style});
				if (call.flag('PassThru')) {
					await call.emit(diskObject(call, disk));
				}
			}
		},
	},
	{
		name: 'Clear-Disk',
		parameters: 'Number -RemoveData! -RemoveOEM! -Confirm! -InputObject',
		run(call) {
			for (const disk of mustFind(call)) {
				mustWrite(call, disk);
				call.shell.process.writeLayout(disk, emptyLayout);
			}
		},
	},
	{
		name: 'New-Partition',
		parameters: 'DiskNumber -UseMaximumSize! -Size -DriveLetter -AssignDriveLetter! -InputObject',
		run: newPartition,
	},
	{
		name: 'Get-Partition',
		parameters: 'DiskNumber -PartitionNumber -DriveLetter -InputObject',
		async run(call) {
			const numbers = [...call.texts('DiskNumber'), ...given(call, 'Number').map(toText)];
			for (const disk of call.shell.process.host.disks) {
				const layout = call.shell.process.layout(disk);
				for (const partition of layout?.partitions ?? []) {
					const letter = disk.letters[partition.number] ?? '';
					const isAsked =
						(numbers.length === 0 || numbers.includes(String(disk.number))) &&
						isNamed(call, 'PartitionNumber', String(partition.number)) &&
						isNamed(call, 'DriveLetter', letter);
					if (isAsked) {
						await call.emit(partitionObject(disk, partition));
					}
				}
			}
		},
	},
	{
		name: 'Format-Volume',
		parameters:
			'DriveLetter -FileSystem -NewFileSystemLabel -AllocationUnitSize -Full! -Force! -Confirm! -Partition -InputObject',
		run: format,
	},
	{
		name: 'Get-Volume',
		parameters: 'DriveLetter -FileSystemLabel -Partition -InputObject',
		async run(call) {
			const found = call.shell.process
				.volumes()
				.filter(
					({root, partition}) =>
						isNamed(call, 'DriveLetter', root.charAt(1) === ':' && root.length === 3 ? root.charAt(0) : '') &&
						isNamed(call, 'FileSystemLabel', partition.label),
				);
			if (found.length === 0 && call.has('DriveLetter')) {
				await tellNoInstance(call, 'MSFT_Volume', 'DriveLetter', call.text('DriveLetter') ?? '');
			}
			for (const volume of found) {
				await call.emit(volumeObject(volume));
			}
		},
	},
	{name: 'Update-HostStorageCache', parameters: '', run() {}},
	{
		name: 'Add-PartitionAccessPath',
		parameters: '-DiskNumber -PartitionNumber -AssignDriveLetter! -AccessPath -InputObject',
		run(call) {
			changeDisk(call, toNumber(call.value('DiskNumber') ?? -1), disk => ({
				...disk,
				letters: lettersOf(call, disk, call.shell.process.layout(disk)),
			}));
		},
	},
];

function disksAsked(call: Call): readonly DiskView[] {
	const {host} = call.shell.process;
	const numbers = [...toNumbers(call.texts('Number')), ...toNumbers(given(call, 'Number').map(toText))];
	const iqns = given(call, 'TargetNodeAddress')
		.map(toText)
		.filter(iqn => iqn !== '');
	if (call.input !== undefined && numbers.length + iqns.length === 0) {
		return []; // Nothing came through the pipeline
	}
	return host.disks.filter(
		disk =>
			(numbers.length === 0 || numbers.includes(disk.number)) &&
			(iqns.length === 0 || (disk.lun !== undefined && iqns.includes(disk.lun.iqn))) &&
			isNamed(call, 'FriendlyName', friendlyName(disk)) &&
			isNamed(call, 'SerialNumber', serialOf(disk)) &&
			isNamed(call, 'UniqueId', uniqueId(disk)),
	);
}

function toNumbers(texts: readonly string[]): readonly number[] {
	return texts.filter(text => /^\d+$/.test(text)).map(Number);
}

function mustFind(call: Call): readonly DiskView[] {
	const found = disksAsked(call);
	if (found.length === 0) {
		throw noInstance(call, 'MSFT_Disk', 'Number', call.text('Number') ?? '');
	}
	return found;
}

/** > | LIO-ORG idisk1 */
function friendlyName({lun, local}: DiskView): string {
	return lun === undefined ? (local?.model ?? '') : `LIO-ORG ${lun.name}`;
}

function serialOf({lun, number}: DiskView): string {
	return lun === undefined ? `0000-${number}` : lun.id.replace(/^naa\.6001405/, '');
}

function uniqueId({lun, number}: DiskView): string {
	return (
		lun?.id.replace(/^naa\./, '') ?? `600224800000000000000000000000${number.toString(16).padStart(2, '0')}`
	).toUpperCase();
}

function diskObject(call: Call, disk: DiskView): PsObject {
	const layout = call.shell.process.layout(disk);
	return instance('MSFT_Disk', {
		Number: disk.number,
		DiskNumber: disk.number,
		FriendlyName: friendlyName(disk),
		SerialNumber: serialOf(disk),
		UniqueId: uniqueId(disk),
		BusType: disk.lun === undefined ? 'SAS' : 'iSCSI',
		HealthStatus: layout === undefined ? 'Unknown' : 'Healthy',
		OperationalStatus: layout === undefined ? 'Lost Communication' : disk.offline ? 'Offline' : 'Online',
		Size: bytesOf(disk),
		PartitionStyle: layout?.style ?? 'RAW',
		IsOffline: disk.offline,
		IsReadOnly: disk.readOnly,
		IsClustered:
			call.shell.process.wsfc?.clusterOf(call.shell.process.hostName)?.disks.some(({lun}) => lun === disk.lun?.id) ??
			false,
		NumberOfPartitions: layout?.partitions.length ?? 0,
	});
}

function storageError(call: Call, message: string, code: string): PsError {
	return call.failure(message, {
		category: 'InvalidOperation',
		target: '(StorageWMI:ROOT/Microsoft/Windows/Storage/MSFT_Disk)',
		id: `StorageWMI ${code},${call.name}`,
		exception: 'CimException',
	});
}

/** What lies on a disk that can be written to. Ends the statement where it cannot. */
function mustWrite(call: Call, disk: DiskView): Layout {
	const layout = call.shell.process.layout(disk);
	if (layout === undefined) {
		throw storageError(call, 'The device is not connected.', '46000');
	}
	if (disk.offline) {
		throw storageError(call, 'The disk is offline.', '41001');
	}
	if (disk.readOnly) {
		throw storageError(call, 'The media is write protected.', '41006');
	}
	return layout;
}

function changeDisk(call: Call, number: number, change: (disk: DiskView) => DiskView): void {
	const {process} = call.shell;
	process.change({
		...process.host,
		disks: process.host.disks.map(disk => (disk.number === number ? change(disk) : disk)),
	});
}

/** A volume that comes online has a letter, the first that is free. */
function lettersOf(call: Call, disk: DiskView, layout: Layout | undefined): DiskView['letters'] {
	const {host} = call.shell.process;
	const taken = new Set(host.disks.flatMap(each => Object.values(each.letters)));
	const letters: Record<string, string> = {...disk.letters};
	for (const {number, fileSystem} of layout?.partitions ?? []) {
		const free = [...'DEFGHIJKLMNOPQRSTUVWXYZ'].find(letter => !taken.has(letter));
		if (fileSystem !== undefined && letters[number] === undefined && free !== undefined) {
			taken.add(free);
			letters[number] = free;
		}
	}

	return letters;
}

async function newPartition(call: Call): Promise<void> {
	const {process} = call.shell;
	const number = call.text('DiskNumber') ?? toText(given(call, 'Number')[0] ?? null);
	const disk = process.host.disks.find(each => String(each.number) === number);
	if (disk === undefined) {
		throw noInstance(call, 'MSFT_Disk', 'Number', number);
	}
	const layout = mustWrite(call, disk);
	if (layout.style === 'RAW') {
		throw storageError(call, 'The disk has not been initialized.', '41000');
	}
	const used = layout.partitions.reduce((sum, {bytes}) => sum + bytes, 0);
	const left = bytesOf(disk) - TABLE_BYTES - used;
	const bytes = call.flag('UseMaximumSize') ? left : toNumber(call.value('Size') ?? 0, 'System.UInt64');
	if (bytes <= 0 || bytes > left) {
		throw storageError(call, 'Not enough available capacity', '40000');
	}
	const partition: Layout['partitions'][number] = {
		number: Math.max(1, ...layout.partitions.map(each => each.number)) + 1,
		bytes,
		label: '',
		files: {},
	};
	process.writeLayout(disk, {...layout, partitions: [...layout.partitions, partition]});
	const letter = call.text('DriveLetter')?.toUpperCase();
	if (letter !== undefined || call.flag('AssignDriveLetter')) {
		changeDisk(call, disk.number, each => ({
			...each,
			letters:
				letter === undefined
					? lettersOf(call, each, {...layout, partitions: [{...partition, fileSystem: 'NTFS'}]})
					: {...each.letters, [partition.number]: letter},
		}));
	}
	const now = process.host.disks.find(each => each.number === disk.number) ?? disk;
	await call.emit(partitionObject(now, partition));
}

function partitionObject(disk: DiskView, partition: Layout['partitions'][number]): PsObject {
	return instance('MSFT_Partition', {
		DiskNumber: disk.number,
		PartitionNumber: partition.number,
		DriveLetter: disk.letters[partition.number] ?? null,
		Offset: TABLE_BYTES,
		Size: partition.bytes,
		Type: 'Basic',
	});
}

async function format(call: Call): Promise<void> {
	const {process} = call.shell;
	const letter = call.text('DriveLetter')?.toUpperCase();
	const [piped] = [...(call.input ?? []), call.value('Partition') ?? null];
	const byLetter = process.host.disks
		.flatMap(disk => Object.entries(disk.letters).map(([number, each]) => ({disk, number: Number(number), each})))
		.find(({each}) => each === letter);
	const number = piped instanceof PsObject ? toNumber(piped.get('PartitionNumber') ?? 0) : (byLetter?.number ?? 0);
	const disk =
		piped instanceof PsObject
			? process.host.disks.find(each => each.number === toNumber(piped.get('DiskNumber') ?? -1))
			: byLetter?.disk;
	const layout = disk && mustWrite(call, disk);
	const partition = layout?.partitions.find(each => each.number === number);
	if (disk === undefined || layout === undefined || partition === undefined) {
		throw noInstance(call, 'MSFT_Volume', 'DriveLetter', letter ?? '');
	}
	const formatted = {
		...partition,
		fileSystem: /^refs$/i.test(call.text('FileSystem') ?? '') ? ('ReFS' as const) : ('NTFS' as const),
		label: call.text('NewFileSystemLabel') ?? '',
		files: {},
	};
	await process.io.sleep(FORMAT_MS);
	process.writeLayout(disk, {
		...layout,
		partitions: layout.partitions.map(each => (each === partition ? formatted : each)),
	});
	const root = disk.letters[number] === undefined ? '' : `${disk.letters[number]}:\\`;
	await call.emit(volumeObject({root, disk, partition: formatted}));
}

function volumeObject({root, partition}: Volume): PsObject {
	return instance('MSFT_Volume', {
		DriveLetter: root.length === 3 ? root.charAt(0) : null,
		FriendlyName: partition.label,
		FileSystemLabel: partition.label,
		FileSystem: partition.fileSystem ?? '',
		FileSystemType: root.length > 3 ? `CSVFS_${partition.fileSystem ?? ''}` : (partition.fileSystem ?? 'Unknown'),
		DriveType: 'Fixed',
		HealthStatus: 'Healthy',
		OperationalStatus: 'OK',
		SizeRemaining: freeBytes(partition),
		Size: partition.bytes,
		Path: root,
	});
}
