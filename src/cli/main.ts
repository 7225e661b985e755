import {commands} from './commands.js';
import {heedingStrays} from './stray.js';
import {version} from './version.js';

/** How long what broke may keep the process alive. */
const patienceMs = 3000;

// Who reads no more has seen enough.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

/**
The entry point: command line in, exit status out. The one place that says how the process ends.

Setting the status instead of exiting lets output that is still under way reach a slow reader.
*/
try {
	process.exitCode = await heedingStrays(
		() => run(process.argv.slice(2)),
		error => void fail(error),
	);
} catch (error) {
	await fail(error);
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

/** What tells of it is loaded only now. If not even that works, the status stands. */
async function fail(error: unknown): Promise<void> {
	process.exitCode = 70;
	const {reportError} = await import('./report-error.js');
	const {text, status} = reportError(error);
	process.stderr.write(`${text}\n`);
	process.exitCode = status;
	if (status === 70) {
		endAnyway();
	}
}

/** What a mistake of ours has left open would keep the process for ever. An error that nothing hears makes Node end it. */
function endAnyway(): void {
	process.once('exit', () => {
		process.exitCode = 70;
	});
	setTimeout(() => {
		process.removeAllListeners('uncaughtException');
		throw new Error('fieldbook did not end by itself.');
	}, patienceMs).unref();
}
