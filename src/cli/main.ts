import {commands} from './commands.js';
import {runProgram} from './program.js';
import {reportError} from './report-error.js';

/**
The entry point: command line in, exit status out. The one place that says how the process ends.

Setting the status instead of exiting lets output that is still under way reach a slow reader.
*/
try {
	process.exitCode = await runProgram(process.argv.slice(2), commands);
} catch (error) {
	const {text, status} = reportError(error);
	process.stderr.write(`${text}\n`);
	process.exitCode = status;
}
