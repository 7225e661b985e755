import type {LabCommand} from '../host.js';
import {type Disk, type EsxiHost, fault, type Partition} from '../world/esxi-host.js';
import {rescanned} from '../world/services.js';
import {
	createDatastore,
	findDatastore,
	findDisk,
	geometryOf,
	labelDisk,
	lastUsableSector,
	partitionTypes,
	setPartitions,
} from '../world/storage.js';
import {type Answer, type Flag, type Question, readArguments, type Surroundings} from './command.js';
import {dumpLock} from './lock-dump.js';
import {refusal} from './refusals.js';
import {changeVirtualDisk} from './virtual-disk-commands.js';

/** `partedUtil`. It asks nothing and checks little: that is the runbook's part. */
export function partedUtil({args, host}: Question): Answer {
	const [verb = '', path = '', ...rest] = args;
	if (verb === 'showGuids') {
		return {
			out: Object.entries(partitionTypes)
				.map(([name, guid]) => ` ${name.padEnd(19)} ${guid}\n`)
				.join(''),
		};
	}

	const disk = findDisk(host, diskName(path));
	if (!['getptbl', 'setptbl', 'mklabel', 'getUsableSectors'].includes(verb)) {
		return {err: 'Usage: partedUtil getptbl|setptbl|mklabel|getUsableSectors|showGuids DISK\n', status: 1};
	}

	if (!disk) {
		return {
			err: `Error: Could not stat device ${path} - No such file or directory.\nUnable to get device ${path}\n`,
			status: 255,
		};
	}

	if (disk.path === 'dead') {
		return {err: `Error: Input/output error during read on ${path}\nUnable to get device ${path}\n`, status: 255};
	}

	switch (verb) {
		case 'getptbl':
			return {out: tableOf(disk)};
		case 'getUsableSectors':
			return {out: `34 ${lastUsableSector(disk)}\n`};
		case 'mklabel':
			return isLabel(rest[0]) ? changedDisk(labelDisk(host, disk.name, rest[0])) : wrongLabel();
		default:
			return isLabel(rest[0]) ? setTable(host, disk, rest.slice(1)) : wrongLabel();
	}
}

/** `gpt`, the geometry, then one line for each partition. */
function tableOf(disk: Disk): string {
	const lines = disk.partitions.map(
		({number, startSector, endSector, type, attribute}) =>
			`${number} ${startSector} ${endSector} ${type} ${typeName(type)} ${attribute}`,
	);
	return [disk.label, geometryOf(disk).join(' '), ...lines].map(line => `${line}\n`).join('');
}

function typeName(guid: string): string {
	return Object.entries(partitionTypes).find(([, type]) => type === guid)?.[0] ?? 'unknown';
}

/** Each word is `NUMBER START END GUID ATTRIBUTE`. */
function setTable(host: EsxiHost, disk: Disk, words: readonly string[]): Answer {
	const partitions = words.map(toPartition);
	const wrong = partitions.findIndex(partition => !partition);
	if (wrong >= 0) {
		return {err: `Error: Invalid partition information: ${words[wrong]}\n`, status: 255};
	}

	const all = partitions.filter(partition => partition !== undefined);
	const changed = setPartitions(host, disk.name, all);
	if (changed.kind === 'fault') {
		return {err: `Error: Can't have a partition outside the disk!\n`, status: 255};
	}

	return {
		host: changed,
		out: ['gpt', '0 0 0 0', ...words].map(line => `${line}\n`).join(''),
	};
}

function toPartition(words: string): Partition | undefined {
	const found = /^(\d+) (\d+) (\d+) ([0-9A-Fa-f]{32}) (\d+)$/.exec(words.trim());
	return found
		? {
				number: Number(found[1]),
				startSector: Number(found[2]),
				endSector: Number(found[3]),
				type: (found[4] ?? '').toUpperCase(),
				attribute: Number(found[5]),
			}
		: undefined;
}

function isLabel(word: string | undefined): word is 'gpt' | 'msdos' {
	return word === 'gpt' || word === 'msdos';
}

function wrongLabel(): Answer {
	return {err: 'Error: The label must be gpt or msdos.\n', status: 255};
}

function changedDisk(result: ReturnType<typeof labelDisk>): Answer {
	return result.kind === 'fault' ? {err: `Error: ${refusal(result)}\n`, status: 255} : {host: result};
}

const flags: readonly Flag[] = [
	{letter: 'C', long: 'createfs', takes: true},
	{letter: 'S', long: 'setfsname', takes: true},
	{letter: 'b', long: 'blocksize', takes: true},
	{letter: 'V', long: 'rescan', takes: false},
	{letter: 'c', long: 'createvirtualdisk', takes: true},
	{letter: 'X', long: 'extendvirtualdisk', takes: true},
	{letter: 'd', long: 'diskformat', takes: true},
	{letter: 'a', long: 'adaptertype', takes: true},
];

/**
`vmkfstools --createfs vmfs6 -S NAME DISK:PARTITION` formats without asking; `--createvirtualdisk SIZE` and `--extendvirtualdisk SIZE`
with `--diskformat` make a virtual disk, or let it grow; `-D FILE` shows which of the hosts holds its lock.
*/
export function vmkfstools(surroundings: Surroundings, hosts: () => readonly EsxiHost[]): LabCommand {
	return {
		name: 'vmkfstools',
		async run(args, io) {
			if (args[0] === '-D' && args[1] !== undefined) {
				return dumpLock(args[1], surroundings.host(), hosts(), io);
			}

			const read = readArguments('vmkfstools', args, flags);
			if (!('wrong' in read) && read.options.has('rescan')) {
				await io.sleep(1_000);
				surroundings.replace(rescanned(surroundings.host()));
				return 0;
			}

			if (!('wrong' in read) && ['createvirtualdisk', 'extendvirtualdisk'].some(each => read.options.has(each))) {
				return changeVirtualDisk(surroundings, read.options, read.rest[0] ?? '', io);
			}

			const type = 'wrong' in read ? undefined : typeOf(read.options.get('createfs'));
			if ('wrong' in read || !type || read.rest[0] === undefined) {
				io.err(
					`${'wrong' in read ? `${read.wrong}\n` : ''}vmkfstools -C vmfs6|vmfs5 -S name /vmfs/devices/disks/disk:partition\n`,
				);
				return 1;
			}

			const device = diskName(read.rest[0]);
			const [disk = '', number = ''] = splitPartition(device);
			const label = read.options.get('setfsname') ?? '';
			io.out(
				`create fs deviceName:'${read.rest[0]}', fsShortName:'${type === 'VMFS-6' ? 'vmfs6' : 'vmfs5'}', fsName:'${label}'\n` +
					`deviceFullPath:/dev/disks/${device} deviceFile:${device}\n`,
			);
			await io.sleep(500);
			io.out(
				`ATS on device /dev/disks/${device}: not supported\n.\n` +
					'Checking if remote hosts are using this device as a valid file system. This may take a few seconds...\n',
			);
			await io.sleep(3_000);
			if (findDisk(surroundings.host(), disk)?.path === 'dead') {
				io.err('Error: Input/output error\n');
				return 255;
			}

			const created = label
				? createDatastore(surroundings.host(), disk, Number(number), label, type, io.now())
				: fault('invalid', 'datastore', label);
			if (created.kind === 'fault') {
				io.err(`Error: ${refusal(created)}\n`);
				return 255;
			}

			surroundings.replace(created);
			io.out(
				`Creating ${type === 'VMFS-6' ? 'vmfs6' : 'vmfs5'} file system on "${device}" with blockSize 1048576, unmapGranularity 1048576, ` +
					`unmapPriority default and volume label "${label}".\n`,
			);
			await io.sleep(1_500);
			io.out(`Successfully created new volume: ${findDatastore(created, label)?.uuid}\n`);
			return 0;
		},
	};
}

function typeOf(word: string | undefined): 'VMFS-5' | 'VMFS-6' | undefined {
	return word === 'vmfs6' ? 'VMFS-6' : word === 'vmfs5' ? 'VMFS-5' : undefined;
}

/** The last part of `/vmfs/devices/disks/naa.5000:1`. */
function diskName(path: string): string {
	return path.slice(path.lastIndexOf('/') + 1);
}

function splitPartition(device: string): readonly string[] {
	const colon = device.lastIndexOf(':');
	return colon < 0 ? [device] : [device.slice(0, colon), device.slice(colon + 1)];
}
