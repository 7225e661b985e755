import {commands} from './commands.js';
import {reportError} from './report-error.js';
import {version} from './version.js';

/**
The entry point: command line in, exit status out. The one place that says how the process ends.

Setting the status instead of exiting lets output that is still under way reach a slow reader.
*/
try {
	process.exitCode = await run(process.argv.slice(2));
} catch (error) {
	const {text, status} = reportError(error);
	process.stderr.write(`${text}\n`);
	process.exitCode = status;
}

/** What needs no options does not wait for those of the others to be loaded: that takes as long as Node's own start. */
async function run(words: readonly string[]): Promise<number> {
	if (words.length === 1 && words[0] === '--version') {
		process.stdout.write(`${version}\n`);
		return 0;
	}

	if (words.length === 0) {
		return commands.home({ascii: false});
	}

	const {runProgram} = await import('./program.js');
	return runProgram(words, commands);
}
