import {empty} from '../world/device-content.js';
import {type Answer, command, type Question, type Surroundings} from './command.js';
import {changeDisk, contentOf, findDevice, holderOf, partitionBytes, SECTOR_BYTES} from './disks.js';
import type {LinuxDisk, LinuxHost, LinuxPartition} from './linux-host.js';

const MEBIBYTE_SECTORS = 2_048;

/** `parted [-s] [-m] DEVICE [COMMAND…]`: several commands in one line, as installation guides write them. */
export function parted(surroundings: Surroundings) {
	return command(surroundings, 'parted', 300, question => answer(question, surroundings));
}

type Work = {host: LinuxHost; out: string; unit: string | undefined; isMachine: boolean};

async function answer(question: Question, surroundings: Surroundings): Promise<Answer> {
	const {args, user, io} = question;
	const isScript = args.some(word => /^-[a-z]*s/.test(word) || word === '--script');
	const isMachine = args.some(word => /^-[a-z]*m/.test(word) || word === '--machine');
	const words = args.filter(word => !/^-/.test(word));
	if (args.includes('-l') || args.includes('--list')) {
		const work: Work = {host: question.host, out: '', unit: undefined, isMachine};
		return {out: question.host.disks.map(disk => printed(disk, work)).join('\n\n')};
	}

	const [path = '', ...left] = words;
	if (user !== 'root' && findDevice(question.host, path) !== undefined) {
		return wrong(`Error opening ${path}: Permission denied`);
	}

	const mirrors = surroundings.mirrors();
	const device = findDevice(question.host, path, mirrors);
	if (device === undefined || device.partition !== undefined) {
		return path === ''
			? wrong('No device found')
			: device === undefined
				? wrong(`Could not stat device ${path} - No such file or directory.`)
				: wrong(`${path}: unrecognised disk label`);
	}

	const name = device.disk.name;
	const work: Work = {host: question.host, out: '', unit: undefined, isMachine};
	while (left.length > 0) {
		const verb = left.shift() ?? '';
		const disk = diskNamed(work.host, name);
		const busy = holderOf(work.host, {...device, disk}, mirrors);
		if (['mklabel', 'mktable', 'rm'].includes(verb) && busy !== undefined) {
			return {...wrong(`Partition(s) on ${path} are being used.`), host: work.host};
		}

		if (verb !== 'print' && verb !== 'unit' && !isScript && verb === 'mklabel' && disk.table !== 'none') {
			io.out(
				`Warning: The existing disk label on ${path} will be destroyed and all data on this disk will be lost. Do you want to continue?\nYes/No? `,
			);
			if (!/^y/i.test(await io.stdin())) {
				return {status: 1};
			}
		}

		const problem = perform(verb, left, disk, path, work);
		if (problem !== undefined) {
			return {...wrong(problem), host: work.host, out: work.out};
		}
	}

	return {host: work.host, out: work.out};
}

/** Does one command, and takes its words away; returns what is wrong with it. */
function perform(verb: string, left: string[], disk: LinuxDisk, path: string, work: Work): string | undefined {
	switch (verb) {
		case 'mklabel':
		case 'mktable': {
			const table = left.shift();
			if (table !== 'msdos' && table !== 'gpt') {
				return `invalid disk label type: ${table ?? ''}`;
			}

			work.host = changeDisk(work.host, disk.name, old => ({...old, table, partitions: [], content: empty}));
			return undefined;
		}
		case 'mkpart':
			return makePartition(left, disk, path, work);
		case 'rm': {
			const number = Number(left.shift());
			if (!disk.partitions.some(partition => partition.number === number)) {
				return "Partition doesn't exist.";
			}

			work.host = changeDisk(work.host, disk.name, old => ({
				...old,
				partitions: old.partitions.filter(partition => partition.number !== number),
			}));
			return undefined;
		}
		case 'unit':
			work.unit = left.shift();
			return undefined;
		case 'set':
			left.splice(0, 3);
			return undefined;
		case 'name': {
			const [number, label = ''] = left.splice(0, 2);
			work.host = changePartition(work.host, disk, Number(number), partition => ({...partition, label}));
			return undefined;
		}
		case 'align-check':
			left.splice(0, 2);
			return undefined;
		case 'print':
			if (['free', 'all', 'devices', 'list'].includes(left[0] ?? '')) {
				left.shift();
			}

			work.out += printed(disk, work);
			return disk.table === 'none' ? `${path}: unrecognised disk label` : undefined;
		case 'quit':
			left.splice(0);
			return undefined;
		default:
			return `Unknown command: ${verb}`;
	}
}

const fileSystems = ['xfs', 'ext2', 'ext3', 'ext4', 'ntfs', 'fat32', 'linux-swap', 'btrfs'];

/** `mkpart [primary|logical|extended|NAME] [FSTYPE] START END`. */
function makePartition(left: string[], disk: LinuxDisk, path: string, work: Work): string | undefined {
	if (disk.table === 'none') {
		return `${path}: unrecognised disk label`;
	}

	let label = '';
	while (left.length > 0 && !/^-?[\d.]+([a-zA-Z]+|%)?$/.test(left[0] ?? '')) {
		const word = left.shift() ?? '';
		label = fileSystems.includes(word) ? label : word;
	}

	const [from = '', to = ''] = left.splice(0, 2);
	const start = sectorOf(from, disk);
	const end = sectorOf(to, disk);
	if (start === undefined || end === undefined) {
		return `Invalid number.`;
	}

	const last = disk.bytes / SECTOR_BYTES - 1 - (disk.table === 'gpt' ? 33 : 0);
	const startSector = Math.max(start, disk.table === 'gpt' ? 34 : 1, isRounded(from) ? MEBIBYTE_SECTORS : 0);
	const endSector = Math.min(isRounded(to) && end < last ? end - 1 : end, last);
	if (end > last + 34 + 1 || endSector <= startSector) {
		return `The location ${to} is outside of the device ${path}.`;
	}

	if (disk.partitions.some(other => startSector <= other.endSector && other.startSector <= endSector)) {
		return `You requested a partition from ${from} to ${to} (sectors ${startSector}..${endSector}).
The closest location we can manage is ${bytesText(startSector * SECTOR_BYTES)} to ${bytesText(startSector * SECTOR_BYTES)} (sectors ${startSector}..${startSector}).`;
	}

	const numbers = disk.partitions.map(({number}) => number);
	const number = Math.max(0, ...numbers) + 1;
	if (disk.table === 'msdos' && label !== 'logical' && numbers.length >= 4) {
		return 'Too many primary partitions.';
	}

	const made: LinuxPartition = {number, startSector, endSector, label, content: empty};
	work.host = changeDisk(work.host, disk.name, old => ({...old, partitions: [...old.partitions, made]}));
	return undefined;
}

/** Percents and units are met to the next mebibyte; sectors (`s`) exactly. */
function isRounded(place: string): boolean {
	return !place.endsWith('s');
}

const units: Readonly<Record<string, number>> = {
	b: 1,
	s: SECTOR_BYTES,
	kb: 1e3,
	mb: 1e6,
	gb: 1e9,
	tb: 1e12,
	kib: 1024,
	mib: 1024 ** 2,
	gib: 1024 ** 3,
	tib: 1024 ** 4,
};

function sectorOf(place: string, disk: LinuxDisk): number | undefined {
	const [, sign, digits, unit = 'mb'] = /^(-?)([\d.]+)([a-zA-Z]+|%)?$/.exec(place) ?? [];
	const size = disk.bytes / SECTOR_BYTES;
	const factor = unit === '%' ? disk.bytes / 100 : units[unit.toLowerCase()];
	if (digits === undefined || factor === undefined) {
		return undefined;
	}

	const sectors = (Number(digits) * factor) / SECTOR_BYTES;
	const exact = sign === '-' ? size - sectors : sectors;
	return isRounded(place) && !/ib$/i.test(unit)
		? Math.min(Math.round(exact / MEBIBYTE_SECTORS) * MEBIBYTE_SECTORS, size)
		: Math.round(exact);
}

function changePartition(
	host: LinuxHost,
	disk: LinuxDisk,
	number: number,
	change: (partition: LinuxPartition) => LinuxPartition,
): LinuxHost {
	return changeDisk(host, disk.name, old => ({
		...old,
		partitions: old.partitions.map(partition => (partition.number === number ? change(partition) : partition)),
	}));
}

function printed(disk: LinuxDisk, {unit, isMachine}: Work): string {
	const size = (sectors: number, isEnd = false) => placeText(sectors, unit, isEnd);
	const rows = disk.partitions.map(partition => [
		String(partition.number),
		size(partition.startSector),
		size(partition.endSector, true),
		size(partitionBytes(partition) / SECTOR_BYTES),
		partition.label,
		fileSystemOf(disk, partition),
	]);
	const table = disk.table === 'none' ? 'unknown' : disk.table;
	const all = size(disk.bytes / SECTOR_BYTES);
	if (isMachine) {
		return [
			'BYT;',
			`/dev/${disk.name}:${all}:scsi:512:512:${table}:VMware Virtual disk:;`,
			...rows.map(
				([number, start, end, length, label, type]) =>
					`${number}:${start}:${end}:${length}:${type}:${disk.table === 'gpt' ? label : ''}:;`,
			),
		]
			.map(line => `${line}\n`)
			.join('');
	}

	const heads =
		disk.table === 'gpt'
			? ['Number', 'Start', 'End', 'Size', 'File system', 'Name', 'Flags']
			: ['Number', 'Start', 'End', 'Size', 'Type', 'File system', 'Flags'];
	const cells = rows.map(([number = '', start, end, length, label, type]) => [
		number.padStart(2),
		start ?? '',
		end ?? '',
		length ?? '',
		...(disk.table === 'gpt' ? [type ?? '', label ?? ''] : [label ?? '', type ?? '']),
		'',
	]);
	const widths = heads.map((head, column) => Math.max(head.length, ...cells.map(row => row[column]?.length ?? 0)));
	const line = (row: readonly string[]) =>
		row
			.map((cell, column) => cell.padEnd(widths[column] ?? 0))
			.join('  ')
			.trimEnd();
	return [
		'Model: VMware Virtual disk (scsi)',
		`Disk /dev/${disk.name}: ${all}`,
		'Sector size (logical/physical): 512B/512B',
		`Partition Table: ${table}`,
		'Disk Flags: ',
		...(disk.table === 'none' ? [] : ['', line(heads), ...cells.map(line), '']),
	]
		.map(text => `${text}\n`)
		.join('');
}

function fileSystemOf(disk: LinuxDisk, partition: LinuxPartition): string {
	const content = contentOf({path: '', bytes: 0, disk, partition});
	return content.kind === 'filesystem' && content.type !== 'LVM2_member' ? content.type : '';
}

function placeText(sectors: number, unit: string | undefined, isEnd: boolean): string {
	const bytes = sectors * SECTOR_BYTES + (isEnd ? SECTOR_BYTES - 1 : 0);
	const factor = unit === undefined ? undefined : units[unit.toLowerCase()];
	if (unit === 's') {
		return `${sectors}s`;
	}

	return factor === undefined ? bytesText(bytes) : `${trimmed(bytes / factor)}${unit}`;
}

/** Three figures, in powers of ten: `1049kB`, `537GB`. */
function bytesText(bytes: number): string {
	const [name, factor] =
		bytes >= 1e13
			? ['TB', 1e12]
			: bytes >= 1e10
				? ['GB', 1e9]
				: bytes >= 1e7
					? ['MB', 1e6]
					: bytes >= 1e4
						? ['kB', 1e3]
						: ['B', 1];
	const value = bytes / Number(factor);
	return `${value < 100 && name !== 'B' ? value.toFixed(1) : value.toFixed(0)}${name}`;
}

function trimmed(value: number): string {
	return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}

function diskNamed(host: LinuxHost, name: string): LinuxDisk {
	const found = host.disks.find(disk => disk.name === name);
	if (found === undefined) {
		throw new RangeError(`There is no disk ${name}`);
	}

	return found;
}

function wrong(text: string): Answer {
	return {err: `Error: ${text}\n`, status: 1};
}
