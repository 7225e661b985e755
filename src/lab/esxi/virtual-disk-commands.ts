import type {CommandIo} from '../host.js';
import {freeBytesOf, placeOf, type VmPlace, writeFiles} from '../world/inventory.js';
import {diskFilesFor, flatOf, isDiskFormat, readDisk, roomOf} from '../world/virtual-disk.js';
import type {Surroundings} from './command.js';

/** What zeroing writes in a second of world time: a plain disk of the field. */
const ZEROED_BYTES_A_SECOND = 200 * 1024 ** 2;

type Options = ReadonlyMap<string, string>;

/** `vmkfstools -c SIZE` and `-X SIZE`, on a disk of a virtual machine; `eagerzeroedthick` takes as long as it is large. */
export async function changeVirtualDisk(
	{host, replace}: Surroundings,
	options: Options,
	path: string,
	io: CommandIo,
): Promise<number> {
	const isNew = options.has('createvirtualdisk');
	const bytes = bytesOf(options.get(isNew ? 'createvirtualdisk' : 'extendvirtualdisk') ?? '');
	const place = placeOf(host(), path);
	const old = place && readDisk(place.store.files[flatOf(place.path)]);
	const format = options.get('diskformat') ?? old?.format ?? 'zeroedthick';
	if (bytes === undefined || !isDiskFormat(format) || !path.endsWith('.vmdk')) {
		io.err(
			'vmkfstools -c|-X size[kKmMgGtT] -d zeroedthick|eagerzeroedthick|thin /vmfs/volumes/datastore/vm/disk.vmdk\n',
		);
		return 1;
	}

	const refused = refusalFor(place, isNew, old !== undefined, path);
	if (place === undefined || refused !== undefined || (old !== undefined && old.bytes > bytes)) {
		io.err(`${refused ?? `Failed to extend disk: ${path}: One of the parameters supplied is invalid (1)`}\n`);
		return 255;
	}

	const disk = {...old, bytes, format};
	const files = diskFilesFor(place.path, disk);
	const wanted = room(files) - (old === undefined ? 0 : room(diskFilesFor(place.path, old)));
	if (wanted > freeBytesOf(place.store)) {
		io.err(
			`Failed to ${isNew ? 'create virtual' : 'extend'} disk: There is not enough space on the file system for the selected operation (13).\n`,
		);
		return 255;
	}

	const word = isNew ? 'Create' : 'Grow';
	const written = format === 'eagerzeroedthick' ? bytes - (old?.bytes ?? 0) : 0;
	for (let percent = 0; written > 0 && percent < 100; percent += 10) {
		io.out(`\r${word}: ${percent}% done.`);
		await io.sleep(Math.ceil(written / ZEROED_BYTES_A_SECOND / 10) * 1000);
	}

	replace(writeFiles(host(), place.store.uuid, files));
	io.out(`\r${word}: 100% done.\n`);
	return 0;
}

function refusalFor(place: VmPlace | undefined, isNew: boolean, exists: boolean, path: string): string | undefined {
	const folder = place !== undefined && (place.folder === '' || Object.hasOwn(place.store.files, `${place.folder}/`));
	if (isNew) {
		return !folder
			? `Failed to create virtual disk: ${path}: The system cannot find the file specified (25).`
			: exists
				? 'Failed to create virtual disk: The file already exists (39).'
				: undefined;
	}

	return exists ? undefined : `Failed to extend disk: ${path}: The system cannot find the file specified (25).`;
}

function room(files: Readonly<Record<string, string>>): number {
	return Object.entries(files).reduce((sum, [path, text]) => sum + roomOf(path, text), 0);
}

/** > | 16G   500g   1024m; without a letter, bytes */
function bytesOf(word: string): number | undefined {
	const [, digits, unit = ''] = /^([1-9]\d*)([kmgt]?)$/i.exec(word) ?? [];
	const power = ['', 'k', 'm', 'g', 't'].indexOf(unit.toLowerCase());
	return digits === undefined ? undefined : Number(digits) * 1024 ** power;
}
