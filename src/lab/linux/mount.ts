import {type Answer, type Question, refused, type Surroundings, sortWords} from './command.js';
import {contentOf, findDevice} from './disks.js';

const system =
	'/dev/mapper/rl-root on / type xfs (rw,relatime,seclabel,attr2,inode64,logbufs=8,logbsize=32k,noquota)\n/dev/sda1 on /boot type xfs (rw,relatime,seclabel)\n';

/** `mount`, `mount [-t TYPE] [-o OPTIONS] DEVICE FOLDER`. What is mounted shows the folder as it is: no files lie on a device. */
export async function mount({args, host, user, io}: Question, surroundings: Surroundings): Promise<Answer> {
	const words: string[] = [];
	for (let at = 0; at < args.length; at += 1) {
		const word = args[at] ?? '';
		if (word === '-t' || word === '-o') {
			at += 1;
		} else if (!word.startsWith('-')) {
			words.push(word);
		}
	}

	const [device = '', folder = ''] = words;
	if (device === '') {
		return {
			out:
				system +
				host.mounts.map(each => `${each.device} on ${each.at} type ${each.type} (rw,relatime,seclabel)\n`).join(''),
		};
	}

	if (user !== 'root') {
		return refused('mount: only root can do that', 32);
	}

	if (!(await io.fs.exists(io.fs.resolvePath(io.cwd, folder)))) {
		return refused(`mount: ${folder}: mount point does not exist.`, 32);
	}

	const isDisc = ['/dev/sr0', '/dev/cdrom'].includes(device);
	const found = findDevice(host, device, surroundings.mirrors());
	if (found === undefined && !isDisc) {
		return refused(`mount: ${folder}: special device ${device} does not exist.`, 32);
	}

	const content = found === undefined ? undefined : contentOf(found);
	if (!isDisc && content?.kind !== 'filesystem') {
		return refused(
			`mount: ${folder}: wrong fs type, bad option, bad superblock on ${device}, missing codepage or helper program, or other error.`,
			32,
		);
	}

	if (host.mounts.some(each => each.device === device && each.at === folder)) {
		return refused(`mount: ${folder}: ${device} already mounted on ${folder}.`, 32);
	}

	const type = content?.kind === 'filesystem' ? content.type : 'iso9660';
	return {
		host: {...host, mounts: [...host.mounts, {device, at: folder, type}]},
		err: isDisc ? `mount: ${folder}: WARNING: device write-protected, mounted read-only.\n` : '',
	};
}

export function umount({args, host, user}: Question): Answer {
	const [what = ''] = sortWords(args).rest;
	if (user !== 'root') {
		return refused(`umount: ${what}: must be superuser to unmount.`, 32);
	}

	const found = host.mounts.findLast(each => each.at === what || each.device === what);
	return found === undefined
		? refused(`umount: ${what}: not mounted.`, 32)
		: {host: {...host, mounts: host.mounts.filter(each => each !== found)}};
}

/** `mountpoint [-q] FOLDER`: 0 if something is mounted there. */
export function mountpoint({args, host}: Question): Answer {
	const isQuiet = args.includes('-q') || args.includes('--quiet');
	const folder = args.find(word => !word.startsWith('-'))?.replace(/(?<=.)\/$/, '') ?? '';
	const isOne = folder === '/' || host.mounts.some(({at}) => at === folder);
	const out = isQuiet ? '' : `${folder} is ${isOne ? '' : 'not '}a mountpoint\n`;
	return {out, status: isOne ? 0 : 1};
}
