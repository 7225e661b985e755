import {type Flag, readArguments, type Surroundings} from '../esxi/command.js';
import type {CommandIo, LabCommand} from '../host.js';
import {freeBytesOf, placeOf, writeFiles} from '../world/inventory.js';
import {diskFilesFor, isDiskFormat} from '../world/virtual-disk.js';

const flags: readonly Flag[] = [
	{letter: 'c', long: 'createvirtualdisk', takes: true},
	{letter: 'd', long: 'diskformat', takes: true},
	{letter: 'a', long: 'adaptertype', takes: true},
];

const units: Readonly<Record<string, number>> = {k: 1024, m: 1024 ** 2, g: 1024 ** 3};
/** A disk is zeroed at about this pace: a guess. */
const ZEROED_PER_SECOND = 100 * 1024 ** 2;

/** `vmkfstools -c 8G -d zeroedthick FILE.vmdk`; every other form is that of `other`. */
export function vmkfstoolsWithDisks(surroundings: Surroundings, other: LabCommand): LabCommand {
	return {
		name: 'vmkfstools',
		run: (args, io) =>
			args.some(word => word === '-c' || word.startsWith('--createvirtualdisk'))
				? create(surroundings, args, io)
				: other.run(args, io),
	};
}

async function create(surroundings: Surroundings, args: readonly string[], io: CommandIo): Promise<number> {
	const read = readArguments('vmkfstools', args, flags);
	const refuse = (text: string) => {
		io.err(`${text}\n`);
		return 255;
	};
	if ('wrong' in read) {
		return refuse(read.wrong);
	}

	const [, count, unit = ''] = /^(\d+)([kKmMgG])?$/.exec(read.options.get('createvirtualdisk') ?? '') ?? [];
	const bytes = Number(count) * (units[unit.toLowerCase()] ?? 1);
	const format = read.options.get('diskformat') ?? 'zeroedthick';
	const [path = ''] = read.rest;
	const place = placeOf(surroundings.host(), path);
	if (count === undefined || !isDiskFormat(format) || !path.endsWith('.vmdk')) {
		return refuse('vmkfstools -c <size> [-d zeroedthick|eagerzeroedthick|thin] <file>.vmdk');
	}

	if (place === undefined || !(await io.fs.exists(path.slice(0, path.lastIndexOf('/'))))) {
		return refuse('Failed to create virtual disk: The system cannot find the file specified (25).');
	}

	if (Object.hasOwn(place.store.files, place.path)) {
		return refuse('Failed to create virtual disk: The file specified already exists (39).');
	}

	if (format !== 'thin' && bytes > freeBytesOf(place.store)) {
		return refuse('Failed to create virtual disk: There is not enough space on the file system (12).');
	}

	await io.sleep(format === 'eagerzeroedthick' ? (bytes / ZEROED_PER_SECOND) * 1000 : 1_000);
	const files = diskFilesFor(place.path, {bytes, format});
	surroundings.replace(writeFiles(surroundings.host(), place.store.uuid, files));
	io.out('Creating disk ... Create: 100% done.\n');
	return 0;
}
