import type {CommandIo} from '../host.js';
import {done, type Place, readWords, refuse} from './place.js';

/** `clplcnsc -i FILE [-p PRODUCT]`, `clplcnsc -l [-p PRODUCT]`. The layout of the list is a guess. */
export async function clplcnsc(args: readonly string[], io: CommandIo, place: Place): Promise<number> {
	const words = readWords(args, ['-l', '-a'], ['-i', '-p', '-d']);
	const file = words?.options.get('-i');
	if (words === undefined || (file === undefined && !words.options.has('-l'))) {
		return refuse(io, 'Invalid option.');
	}

	if (file === undefined) {
		const licences = place.licences();
		io.out(
			licences.length === 0
				? 'License is not registered.\n'
				: licences.map((name, index) => `${index + 1}. Product name... ${name}\n   Status......... valid\n`).join(''),
		);
		return licences.length === 0 ? 1 : 0;
	}

	let status = 0;
	for (const each of [file, ...words.rest]) {
		const path = io.fs.resolvePath(io.cwd, each);
		const text = (await io.fs.exists(path)) ? await io.fs.readFile(path) : undefined;
		if (text === undefined || text.trim() === '') {
			io.err(
				`${text === undefined ? `Failed to open the license file ${each}.` : `${each} is not a license file.`}\nCommand failed.\n`,
			);
			status = 1;
		} else {
			place.addLicence(text.trim().split('\n')[0] ?? '');
		}
	}

	return status === 0 ? done(io) : status;
}

/** `clpfwctrl --add|--remove`: lets the cluster's ports through the firewall. */
export async function clpfwctrl(args: readonly string[], io: CommandIo): Promise<number> {
	const words = readWords(args, ['--add', '--remove', '--list'], ['--zone']);
	return words === undefined || words.options.size === 0 ? refuse(io, 'Invalid option.') : done(io);
}
