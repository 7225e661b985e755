import type {CommandIo} from '../host.js';
import {type Place, readWords, refuse} from './place.js';

/** `clpcfctrl --push [-l|-w] [-x DIR]`, `clpcfctrl --pull [-l|-w] [-x DIR]`. Messages as far as they are known; the rest is a guess. */
export async function clpcfctrl(args: readonly string[], io: CommandIo, place: Place): Promise<number> {
	const words = readWords(args, ['--push', '--pull', '-l', '-w', '--force', '--nocheck'], ['-x', '-h']);
	const verb = ['--push', '--pull'].find(each => words?.options.has(each));
	if (words === undefined || verb === undefined || words.rest.length > 0) {
		return refuse(io, 'Invalid option.');
	}

	const folder = io.fs.resolvePath(io.cwd, words.options.get('-x') ?? '/opt/nec/clusterpro/etc');
	return verb === '--push' ? push(folder, io, place) : pull(folder, io, place);
}

async function push(folder: string, io: CommandIo, place: Place): Promise<number> {
	const file = `${folder}/clp.conf`;
	if (!(await io.fs.exists(file))) {
		return refuse(io, `${file} does not exist.\nCommand failed. (code:1)`);
	}

	const scripts = Object.fromEntries(await textsBelow(`${folder}/scripts`, '', io));
	await io.sleep(2_000);
	const result = place.upload(await io.fs.readFile(file), scripts);
	if ('refused' in result) {
		return refuse(io, `${result.refused}\nCommand failed. (code:1)`);
	}

	io.out(result.delivered.map(server => `file delivery to server ${server} success.\n`).join(''));
	io.out('The upload is completed successfully.(cfmgr:0)\nCommand succeeded.(code:0)\n');
	return 0;
}

async function pull(folder: string, io: CommandIo, place: Place): Promise<number> {
	const cluster = place.cluster();
	if (cluster === undefined) {
		return refuse(io, 'The cluster is not created.\nCommand failed. (code:1)');
	}

	await io.fs.mkdir(folder, {recursive: true});
	await io.fs.writeFile(`${folder}/clp.conf`, cluster.conf);
	for (const [path, text] of Object.entries(cluster.scripts)) {
		const file = `${folder}/scripts/${path}`;
		await io.fs.mkdir(file.slice(0, file.lastIndexOf('/')), {recursive: true});
		await io.fs.writeFile(file, text);
		await io.fs.chmod(file, 0o755);
	}

	io.out('Command succeeded.(code:0)\n');
	return 0;
}

/** Every file below a folder, by its path from there. */
async function textsBelow(
	folder: string,
	before: string,
	io: CommandIo,
): Promise<readonly (readonly [string, string])[]> {
	if (!(await io.fs.exists(folder))) {
		return [];
	}

	const found: (readonly [string, string])[] = [];
	for (const name of await io.fs.readdir(folder)) {
		const file = `${folder}/${name}`;
		const {isDirectory} = await io.fs.stat(file);
		if (isDirectory) {
			found.push(...(await textsBelow(file, `${before}${name}/`, io)));
		} else {
			found.push([`${before}${name}`, await io.fs.readFile(file)]);
		}
	}

	return found;
}
