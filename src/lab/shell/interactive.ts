import type {Stream} from '../process/stream.js';
import {Interrupted, type Shell} from './shell.js';
import {ShellError} from './state.js';
import {readScript} from './syntax.js';

/** A shell at a prompt: an error or an interrupt ends the line, not the shell. */
export async function runInteractive(shell: Shell, input: Stream, prompt: (cwd: string) => string): Promise<number> {
	shell.process.dispositions.set('INT', 'trap');
	shell.process.dispositions.set('TERM', 'ignore');
	return shell.ending(async () => {
		for (;;) {
			const text = await readCommand(shell, input, prompt);
			if (text === undefined) {
				return;
			}
			await runCommand(shell, text);
		}
	});
}

/** Lines until they make a whole; undefined at the end of the input. */
async function readCommand(shell: Shell, input: Stream, prompt: (cwd: string) => string): Promise<string | undefined> {
	let text = '';
	for (;;) {
		await shell.process.err(text === '' ? prompt(shell.process.cwd) : '> ');
		const line = await shell.readLine(input);
		if (line === undefined) {
			return text === '' ? undefined : text;
		}
		const interrupted = shell.process.pending.splice(0).includes('INT');
		text = interrupted ? '' : text + line;
		if (!interrupted && readScript(text).kind !== 'incomplete') {
			return text;
		}
	}
}

async function runCommand(shell: Shell, text: string): Promise<void> {
	const read = readScript(text);
	try {
		if (read.kind !== 'script') {
			throw new ShellError(read.message, 2);
		}
		await shell.runStatements(read.statements);
	} catch (error) {
		if (error instanceof Interrupted) {
			shell.state.status = 130;
		} else if (error instanceof ShellError) {
			await shell.complain(error.message);
			shell.state.status = error.status;
		} else {
			throw error;
		}
	}
}
