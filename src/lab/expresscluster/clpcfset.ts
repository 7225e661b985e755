import type {CommandIo} from '../host.js';
import {printConf, readConf} from './clp-conf.js';
import {edit} from './conf-edits.js';

/** `clpcfset`: edits the `clp.conf` of the current folder. */
export async function clpcfset(args: readonly string[], io: CommandIo): Promise<number> {
	const file = io.fs.resolvePath(io.cwd, 'clp.conf');
	const text = (await io.fs.exists(file)) ? await io.fs.readFile(file) : undefined;
	const conf = text === undefined ? undefined : readConf(text);
	if (text !== undefined && conf === undefined && args[0] !== 'create') {
		io.err('clp.conf is not a configuration file.\nCommand failed.\n');
		return 1;
	}

	const result = edit(conf, args);
	if (result.kind === 'refused') {
		io.err(`${result.why}\nCommand failed.\n`);
		return 1;
	}

	await io.fs.writeFile(file, printConf(result.conf));
	io.out('Command succeeded.\n');
	return 0;
}
