import {type Answer, type Question, refused, type Surroundings} from './command.js';
import {type BlockDevice, contentOf, findDevice, partitionBytes} from './disks.js';
import type {LinuxDisk, LinuxHost} from './linux-host.js';

type Row = {
	readonly name: string;
	readonly type: string;
	readonly cells: Readonly<Record<string, string>>;
	readonly below: readonly Row[];
};

const usual = ['NAME', 'MAJ:MIN', 'RM', 'SIZE', 'RO', 'TYPE', 'MOUNTPOINT'];
const rightAligned = new Set(['RM', 'SIZE', 'RO']);

/** `lsblk [-bdfnlpr] [-o COLUMNS] [DEVICE…]`. */
export function lsblk({args, host}: Question, surroundings: Surroundings): Answer {
	const asked = optionsOf(args);
	const has = (letter: string, long: string) => asked.letters.includes(letter) || asked.long.includes(long);
	const mirrors = surroundings.mirrors();
	const missing = asked.devices.find(path => findDevice(host, path, mirrors) === undefined);
	if (missing !== undefined) {
		return refused(`lsblk: ${missing}: not a block device`, 32);
	}

	const columns = (asked.columns ?? (has('f', '--fs') ? ['NAME', 'FSTYPE', 'LABEL', 'UUID', 'MOUNTPOINT'] : usual)).map(
		name => name.toUpperCase(),
	);
	const wanted =
		asked.devices.length === 0
			? host.disks.map(disk => diskRow(host, disk, has('b', '--bytes')))
			: asked.devices.flatMap(path => rowOf(host, findDevice(host, path, mirrors), has('b', '--bytes')));
	const isFlat = has('l', '--list') || has('r', '--raw') || !columns.includes('NAME');
	const lines = drawn(wanted, has('d', '--nodeps'), isFlat).map(({row, branch}) =>
		columns.map(column =>
			column === 'NAME' ? `${branch}${has('p', '--paths') ? row.cells['PATH'] : row.name}` : (row.cells[column] ?? ''),
		),
	);
	const all = has('n', '--noheadings') ? lines : [columns, ...lines];
	const widths = columns.map((name, column) =>
		Math.max(name === 'SIZE' && !has('r', '--raw') ? 5 : 0, ...all.map(cells => cells[column]?.length ?? 0)),
	);
	return {
		out: all
			.map(cells =>
				has('r', '--raw')
					? `${cells.join(' ')}\n`
					: `${cells
							.map((cell, column) =>
								rightAligned.has(columns[column] ?? '')
									? cell.padStart(widths[column] ?? 0)
									: column === columns.length - 1
										? cell
										: cell.padEnd(widths[column] ?? 0),
							)
							.join(' ')}\n`,
			)
			.join(''),
	};
}

function optionsOf(args: readonly string[]) {
	const letters: string[] = [];
	const long: string[] = [];
	const devices: string[] = [];
	let columns: readonly string[] | undefined;
	for (let at = 0; at < args.length; at += 1) {
		const word = args[at] ?? '';
		if (word.startsWith('--output') || /^-[a-z]*o$/.test(word)) {
			at += word.includes('=') ? 0 : 1;
			columns = (word.includes('=') ? word.slice(word.indexOf('=') + 1) : (args[at] ?? '')).split(',');
			letters.push(...(word.startsWith('--') ? [] : word.slice(1, -1)));
		} else if (word.startsWith('--')) {
			long.push(word);
		} else if (word.startsWith('-')) {
			letters.push(...word.slice(1));
		} else {
			devices.push(word);
		}
	}

	return {letters, long, devices, columns};
}

function rowOf(host: LinuxHost, device: BlockDevice | undefined, isBytes: boolean): readonly Row[] {
	if (device === undefined) {
		return [];
	}

	const row = diskRow(host, device.disk, isBytes);
	return device.partition === undefined ? [row] : row.below.filter(({name}) => device.path === `/dev/${name}`);
}

function diskRow(host: LinuxHost, disk: LinuxDisk, isBytes: boolean): Row {
	const minor = host.disks.indexOf(disk) * 16;
	const parts = disk.partitions.map(partition => {
		const device: BlockDevice = {
			path: `/dev/${disk.name}${partition.number}`,
			bytes: partitionBytes(partition),
			disk,
			partition,
		};
		return cellsOf(host, device, 'part', `8:${minor + partition.number}`, isBytes, volumesOn(device, isBytes));
	});
	const whole: BlockDevice = {path: `/dev/${disk.name}`, bytes: disk.bytes, disk, partition: undefined};
	return cellsOf(host, whole, 'disk', `8:${minor}`, isBytes, parts);
}

/** The root volume of the system's disk. */
function volumesOn({bytes, partition}: BlockDevice, isBytes: boolean): readonly Row[] {
	return partition?.content.kind === 'filesystem' && partition.content.type === 'LVM2_member'
		? [
				{
					name: 'rl-root',
					type: 'lvm',
					cells: {
						PATH: '/dev/mapper/rl-root',
						KNAME: 'dm-0',
						'MAJ:MIN': numbered('253:0'),
						RM: '0',
						SIZE: sizeText(bytes, isBytes),
						RO: '0',
						TYPE: 'lvm',
						MOUNTPOINT: '/',
						FSTYPE: 'xfs',
					},
					below: [],
				},
			]
		: [];
}

function cellsOf(
	host: LinuxHost,
	device: BlockDevice,
	type: string,
	number: string,
	isBytes: boolean,
	below: readonly Row[],
): Row {
	const content = contentOf(device);
	const name = device.path.slice('/dev/'.length);
	const isSystemBoot = host.disks[0] === device.disk && device.partition?.number === 1;
	const mounted = host.mounts.find(each => findDevice(host, each.device)?.path === device.path)?.at;
	return {
		name,
		type,
		cells: {
			PATH: device.path,
			KNAME: name,
			PKNAME: device.partition === undefined ? '' : device.disk.name,
			'MAJ:MIN': numbered(number),
			RM: '0',
			SIZE: sizeText(device.bytes, isBytes),
			RO: '0',
			TYPE: type,
			MOUNTPOINT: mounted ?? (isSystemBoot ? '/boot' : ''),
			FSTYPE: content.kind === 'filesystem' ? content.type : '',
			LABEL: content.kind === 'filesystem' ? content.label : '',
			UUID: content.kind === 'filesystem' ? content.uuid : '',
			...(device.partition === undefined
				? {
						SERIAL: device.disk.serial,
						WWN: `0x${device.disk.serial}`,
						MODEL: 'Virtual disk',
						VENDOR: 'VMware',
						TRAN: 'spi',
					}
				: {}),
			PTTYPE: device.disk.table === 'none' ? '' : device.disk.table === 'msdos' ? 'dos' : 'gpt',
		},
		below,
	};
}

function drawn(
	rows: readonly Row[],
	isWithoutBelow: boolean,
	isFlat: boolean,
	indent = '',
	isTop = true,
): ReadonlyArray<{readonly row: Row; readonly branch: string}> {
	return rows.flatMap((row, index) => {
		const isLast = index === rows.length - 1;
		const branch = isTop || isFlat ? '' : `${indent}${isLast ? '└─' : '├─'}`;
		const next = isTop ? '' : `${indent}${isLast ? '  ' : '│ '}`;
		return [{row, branch}, ...(isWithoutBelow ? [] : drawn(row.below, false, isFlat, next, false))];
	});
}

/** The colons stand below each other. */
function numbered(number: string): string {
	const [major = '', minor = ''] = number.split(':');
	return `${major.padStart(3)}:${minor.padEnd(3)}`;
}

function sizeText(bytes: number, isBytes: boolean): string {
	if (isBytes) {
		return String(bytes);
	}

	for (const [unit, factor] of [
		['T', 1024 ** 4],
		['G', 1024 ** 3],
		['M', 1024 ** 2],
		['K', 1024],
	] as const) {
		if (bytes >= factor) {
			return `${Number((bytes / factor).toFixed(1))}${unit}`;
		}
	}

	return `${bytes}B`;
}
