import {createHash} from 'node:crypto';
import type {LabCommand} from '../host.js';
import {empty} from '../world/device-content.js';
import {type Answer, command, type Question, refused, type Surroundings, sortWords} from './command.js';
import {
	type BlockDevice,
	blockDevices,
	contentOf,
	findDevice,
	holderOf,
	partitionBytes,
	SECTOR_BYTES,
	uuidOf,
	withContent,
} from './disks.js';
import {lsblk} from './lsblk.js';
import {mount, mountpoint, umount} from './mount.js';
import {parted} from './parted.js';
import {udevadm} from './udevadm.js';

/** Commands for disks, partitions and what lies on them. */
export function blockCommands(surroundings: Surroundings): readonly LabCommand[] {
	const withMirrors = (answer: (question: Question, surroundings: Surroundings) => Answer | Promise<Answer>) => {
		return (question: Question) => answer(question, surroundings);
	};
	return [
		parted(surroundings),
		command(surroundings, 'lsblk', 10, withMirrors(lsblk)),
		command(surroundings, 'blkid', 10, withMirrors(blkid)),
		command(surroundings, 'wipefs', 50, withMirrors(wipefs)),
		command(surroundings, 'fdisk', 50, withMirrors(fdisk)),
		command(surroundings, 'partprobe', 200, () => ({})),
		command(surroundings, 'blockdev', 10, withMirrors(blockdev)),
		command(surroundings, 'dd', 100, withMirrors(dd)),
		command(surroundings, 'mount', 50, withMirrors(mount)),
		command(surroundings, 'umount', 50, umount),
		command(surroundings, 'mountpoint', 10, mountpoint),
		command(surroundings, 'udevadm', 100, udevadm),
		...['/usr/lib/udev/scsi_id', '/lib/udev/scsi_id'].map(path => command(surroundings, path, 10, scsiId)),
		...['mkfs.xfs', 'mkfs.ext4', 'mkfs'].map(name =>
			command(surroundings, name, 2_000, question => makeFileSystem(question, surroundings, name)),
		),
	];
}

/** `blkid [-s TAG] [-o value] [DEVICE…]`; 2 where there is nothing to tell. */
function blkid({args, host}: Question, surroundings: Surroundings): Answer {
	const only = optionValue(args, '-s', '--match-tag');
	const format = optionValue(args, '-o', '--output');
	const paths = args.filter(word => word.startsWith('/'));
	const mirrors = surroundings.mirrors();
	const devices =
		paths.length === 0
			? blockDevices(host).map(device => ({path: device.path, device}))
			: paths.flatMap(path => {
					const device = findDevice(host, path, mirrors);
					return device === undefined ? [] : [{path, device}];
				});
	const lines = devices.flatMap(({path, device}) => {
		const tags = tagsOf(device).filter(([name]) => only === undefined || name === only);
		if (tags.length === 0) {
			return [];
		}

		return format === 'value'
			? tags.map(([, value]) => `${value}\n`)
			: format === 'export'
				? [`DEVNAME=${path}\n`, ...tags.map(([name, value]) => `${name}=${value}\n`)]
				: [`${path}: ${tags.map(([name, value]) => `${name}="${value}"`).join(' ')}\n`];
	});
	return {out: lines.join(''), status: lines.length === 0 ? 2 : 0};
}

function tagsOf(device: BlockDevice): ReadonlyArray<readonly [string, string]> {
	const {disk, partition} = device;
	const content = contentOf(device);
	return [
		...(content.kind === 'filesystem'
			? [
					...(content.label === '' ? [] : [['LABEL', content.label] as const]),
					['UUID', content.uuid] as const,
					['TYPE', content.type] as const,
				]
			: []),
		...(partition === undefined && disk.table !== 'none'
			? [['PTUUID', tableId(device)] as const, ['PTTYPE', tableName(device)] as const]
			: []),
		...(partition === undefined
			? []
			: [['PARTUUID', `${tableId(device)}-${String(partition.number).padStart(2, '0')}`] as const]),
	];
}

function tableName({disk}: BlockDevice): string {
	return disk.table === 'msdos' ? 'dos' : disk.table;
}

function tableId({disk}: BlockDevice): string {
	return createHash('sha256').update(disk.serial).digest('hex').slice(0, 8);
}

/** `wipefs DEVICE` shows signatures, `-a` takes them away. */
function wipefs({args, host, user}: Question, surroundings: Surroundings): Answer {
	const {options, rest} = sortWords(args);
	const [path = ''] = rest;
	const mirrors = surroundings.mirrors();
	const device = findDevice(host, path, mirrors);
	if (device === undefined) {
		return refused(`wipefs: error: ${path}: probing initialization failed: No such file or directory`);
	}

	if (user !== 'root') {
		return refused(`wipefs: error: ${path}: probing initialization failed: Permission denied`);
	}

	const found = signatureOf(device);
	if (!options.some(word => /^-[a-z]*a/.test(word) || word === '--all')) {
		return {
			out:
				found === undefined
					? ''
					: `DEVICE OFFSET TYPE UUID LABEL\n${path.slice(path.lastIndexOf('/') + 1).padEnd(6)} ${found.offset.padEnd(6)} ${found.type}\n`,
		};
	}

	const isForced = options.some(word => /^-[a-z]*f/.test(word) || word === '--force');
	if (!isForced && holderOf(host, device, mirrors) !== undefined) {
		return refused(`wipefs: error: ${path}: probing initialization failed: Device or resource busy`);
	}

	return {
		host: withContent(host, device, empty),
		out:
			found === undefined
				? ''
				: `${path}: ${found.bytes.split(' ').length} bytes were erased at offset 0x${found.offset.replace(/^0x/, '').padStart(8, '0')} (${found.type}): ${found.bytes}\n${device.partition === undefined ? `${path}: calling ioctl to re-read partition table: Success\n` : ''}`,
	};
}

function signatureOf(
	device: BlockDevice,
): {readonly offset: string; readonly type: string; readonly bytes: string} | undefined {
	const content = contentOf(device);
	if (device.partition === undefined && device.disk.table !== 'none') {
		return device.disk.table === 'gpt'
			? {offset: '0x200', type: 'gpt', bytes: '45 46 49 20 50 41 52 54'}
			: {offset: '0x1fe', type: 'dos', bytes: '55 aa'};
	}

	switch (content.kind) {
		case 'empty':
			return undefined;
		case 'filesystem':
			return content.type === 'xfs'
				? {offset: '0x0', type: 'xfs', bytes: '58 46 53 42'}
				: {offset: '0x438', type: content.type, bytes: '53 ef'};
		case 'vmfs':
		case 'windows':
			return {offset: '0x200', type: 'gpt', bytes: '45 46 49 20 50 41 52 54'};
	}
}

/** `fdisk -l [DEVICE…]`; what it would ask in its menu is left to `parted`. */
function fdisk({args, host, user}: Question, surroundings: Surroundings): Answer {
	const {options, rest} = sortWords(args);
	if (!options.includes('-l') && !options.includes('--list')) {
		return refused('fdisk: the lab knows only fdisk -l; partition with parted.');
	}

	if (user !== 'root') {
		return refused(`fdisk: cannot open ${rest[0] ?? '/dev/sda'}: Permission denied`);
	}

	const missing = rest.find(path => findDevice(host, path, surroundings.mirrors()) === undefined);
	if (missing !== undefined) {
		return refused(`fdisk: cannot open ${missing}: No such file or directory`);
	}

	const devices =
		rest.length === 0
			? blockDevices(host).filter(({partition}) => partition === undefined)
			: rest.flatMap(path => findDevice(host, path, surroundings.mirrors()) ?? []);
	return {out: devices.map(fdiskText).join('\n\n')};
}

function fdiskText(device: BlockDevice): string {
	const {path, bytes, disk, partition} = device;
	const gib = (count: number) => `${Number((count / 1024 ** 3).toFixed(1))}G`;
	const head = [
		`Disk ${path}: ${Number((bytes / 1024 ** 3).toFixed(1))} GiB, ${bytes} bytes, ${bytes / SECTOR_BYTES} sectors`,
		'Units: sectors of 1 * 512 = 512 bytes',
		'Sector size (logical/physical): 512 bytes / 512 bytes',
		'I/O size (minimum/optimal): 512 bytes / 512 bytes',
	];
	const table =
		partition !== undefined || disk.table === 'none'
			? []
			: [
					`Disklabel type: ${tableName(device)}`,
					`Disk identifier: 0x${tableId(device)}`,
					...(disk.partitions.length === 0
						? []
						: [
								'',
								'Device     Boot   Start        End    Sectors   Size Id Type',
								...disk.partitions.map(
									each =>
										`${`/dev/${disk.name}${each.number}`.padEnd(10)}      ${String(each.startSector).padStart(7)} ${String(each.endSector).padStart(10)} ${String(each.endSector - each.startSector + 1).padStart(10)} ${gib(partitionBytes(each)).padStart(6)} 83 Linux`,
								),
							]),
				];
	return [...head, ...table].map(line => `${line}\n`).join('');
}

function blockdev({args, host}: Question, surroundings: Surroundings): Answer {
	const path = args.at(-1) ?? '';
	const device = findDevice(host, path, surroundings.mirrors());
	if (device === undefined) {
		return refused(`blockdev: cannot open ${path}: No such file or directory`);
	}

	switch (args[0]) {
		case '--getsize64':
			return {out: `${device.bytes}\n`};
		case '--getsz':
		case '--getsize':
			return {out: `${device.bytes / SECTOR_BYTES}\n`};
		case '--getss':
		case '--getpbsz':
			return {out: '512\n'};
		case '--rereadpt':
		case '--flushbufs':
			return {};
		default:
			return refused(`blockdev: Unknown command: ${args[0]}`);
	}
}

/** `scsi_id --whitelisted --device=/dev/sdb`: 3 and the number of the disk, for its partitions too. */
function scsiId({args, host}: Question): Answer {
	const path = optionValue(args, '-d', '--device') ?? args.filter(word => word.startsWith('/')).at(-1) ?? '';
	const device = findDevice(host, path);
	const isAllowed = args.some(word => /^-[a-z]*g/.test(word) || word === '--whitelisted');
	return device !== undefined && isAllowed ? {out: `3${device.disk.serial}\n`} : {status: 1};
}

async function makeFileSystem(
	{args, host, user, now}: Question,
	surroundings: Surroundings,
	name: string,
): Promise<Answer> {
	const type = name === 'mkfs' ? (optionValue(args, '-t', '--type') ?? 'ext2') : name.slice('mkfs.'.length);
	const path = args.find(word => word.startsWith('/')) ?? '';
	const label = optionValue(args, '-L', '--label') ?? '';
	const mirrors = surroundings.mirrors();
	const device = findDevice(host, path, mirrors);
	if (device === undefined) {
		return refused(
			type === 'xfs'
				? `${path}: No such file or directory`
				: `The file ${path} does not exist and no size was specified.`,
		);
	}

	if (user !== 'root') {
		return refused(`${path}: Permission denied`);
	}

	const others = mirrors.filter(mirror => mirror.device !== path);
	const isMirror = others.length < mirrors.length;
	const busy = holderOf(host, device, others);
	if (busy !== undefined && !isMirror) {
		return refused(
			type === 'xfs'
				? `mkfs.xfs: ${path} contains a mounted filesystem`
				: `${path} is apparently in use by the system; will not make a filesystem here!`,
		);
	}

	const content = contentOf(device);
	const isForced = args.includes('-f') || args.includes('-F');
	if (type === 'xfs' && content.kind !== 'empty' && !isForced) {
		return refused(
			`mkfs.xfs: ${path} appears to contain an existing filesystem (${content.kind === 'filesystem' ? content.type : 'unknown'}).\nmkfs.xfs: Use the -f option to force overwrite.`,
		);
	}

	const uuid = uuidOf(`${host.name} ${path} ${now}`);
	return {
		host: withContent(host, device, {kind: 'filesystem', type, uuid, label}),
		out:
			type === 'xfs'
				? `meta-data=${path.padEnd(22)} isize=512    agcount=4, agsize=${Math.floor(device.bytes / 16_384)} blks\ndata     =                       bsize=4096   blocks=${Math.floor(device.bytes / 4096)}, imaxpct=25\n`
				: `Creating filesystem with ${Math.floor(device.bytes / 4096)} 4k blocks\nFilesystem UUID: ${uuid}\n\nAllocating group tables: done\nWriting inode tables: done\nCreating journal: done\nWriting superblocks and filesystem accounting information: done\n\n`,
	};
}

/**
Onto a device it destroys what its first bytes say: the table of a disk, the file system of a partition. From a device
nothing can be read, because nothing lies there byte by byte. Between files it copies text.
*/
async function dd({args, host, user, io}: Question, surroundings: Surroundings): Promise<Answer> {
	const words = new Map(args.map(word => [word.split('=')[0] ?? '', word.slice(word.indexOf('=') + 1)]));
	const from = words.get('if') ?? '';
	const to = words.get('of') ?? '';
	const block = bytesOf(words.get('bs') ?? '512');
	const mirrors = surroundings.mirrors();
	if (findDevice(host, from, mirrors) !== undefined) {
		return refused(`dd: error reading '${from}': the lab keeps no bytes of a disk`);
	}

	const device = findDevice(host, to, mirrors);
	if (device === undefined && to.startsWith('/dev/') && to !== '/dev/null') {
		return refused(`dd: failed to open '${to}': No such file or directory`);
	}

	if (device !== undefined && user !== 'root') {
		return refused(`dd: failed to open '${to}': Permission denied`);
	}

	const isEndless = ['/dev/zero', '/dev/urandom', '/dev/random'].includes(from);
	const source = isEndless
		? ''
		: from === ''
			? await io.stdin()
			: await io.fs.readFile(io.fs.resolvePath(io.cwd, from));
	const most = device === undefined ? 16 * 1024 ** 2 : device.bytes;
	const asked = isEndless ? Number(words.get('count') ?? Math.ceil(most / block)) * block : Buffer.byteLength(source);
	const copied = Math.min(asked, most);
	await io.sleep(copied / 800_000);
	const blocks = Math.ceil(copied / block);
	const err = `${blocks}+0 records in\n${blocks}+0 records out\n${copied} bytes copied, ${(copied / 8e8).toFixed(5)} s, 800 MB/s\n`;
	const full =
		isEndless && words.get('count') === undefined ? `dd: error writing '${to}': No space left on device\n` : '';
	if (device !== undefined) {
		return {host: withContent(surroundings.host(), device, empty), err: full + err, status: full === '' ? 0 : 1};
	}

	if (to === '') {
		io.out(source);
	} else if (to !== '/dev/null') {
		await io.fs.writeFile(io.fs.resolvePath(io.cwd, to), isEndless ? new Uint8Array(copied) : source);
	}

	return {err};
}

function bytesOf(size: string): number {
	const [, digits = '512', unit = ''] = /^(\d+)([kKMG]?)/.exec(size) ?? [];
	const factors: Readonly<Record<string, number>> = {k: 1024, K: 1024, M: 1024 ** 2, G: 1024 ** 3};
	return Number(digits) * (factors[unit] ?? 1);
}

/** The value of `-o VALUE`, `--option VALUE` or `--option=VALUE`. */
function optionValue(args: readonly string[], letter: string, long: string): string | undefined {
	const at = args.findIndex(word => word === letter || word === long || word.startsWith(`${long}=`));
	const word = args[at] ?? '';
	return at === -1 ? undefined : word.includes('=') ? word.slice(word.indexOf('=') + 1) : args[at + 1];
}
