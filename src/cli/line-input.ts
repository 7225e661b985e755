import {createInterface, type Interface} from 'node:readline';
import type {ReadStream} from 'node:tty';

/** Lines that a person types at a terminal of which nothing more is asked than to print what is written to it. */
export type LineInput = {
	/** Shows the prompt and gives the next line; undefined: the input has ended, or `signal` was aborted first. */
	read(prompt: string, how: {readonly hidden: boolean; readonly signal: AbortSignal}): Promise<string | undefined>;
	/** Prints a text and a line end, and shows the prompt again if somebody is being asked. */
	print(text: string): Promise<void>;
	close(): void;
};

/**
The terminal's own line editing, so that a screen reader and a dumb terminal see what they are used to. What is hidden is
read key by key, because only then nothing of it is shown.
*/
export function createLineInput(stdin: ReadStream, say: (text: string) => Promise<void>): LineInput {
	let pending = '';
	return {
		async read(prompt, {hidden, signal}) {
			pending = prompt;
			process.stdout.write(prompt);
			try {
				return await (hidden ? readHidden(stdin, signal) : readLine(stdin, signal));
			} finally {
				pending = '';
			}
		},
		async print(text) {
			await say(pending === '' ? text : `\n${text}`);
			if (pending !== '') {
				process.stdout.write(pending);
			}
		},
		close() {
			stdin.pause();
		},
	};
}

async function readLine(stdin: ReadStream, signal: AbortSignal): Promise<string | undefined> {
	const lines: Interface = createInterface({input: stdin, terminal: false});
	try {
		return await new Promise(resolve => {
			lines.once('line', resolve);
			lines.once('close', () => resolve(undefined));
			signal.addEventListener('abort', () => resolve(undefined), {once: true});
			if (signal.aborted) {
				resolve(undefined);
			}
		});
	} finally {
		lines.close();
	}
}

const ETX = '\u0003';
const EOT = '\u0004';

async function readHidden(stdin: ReadStream, signal: AbortSignal): Promise<string | undefined> {
	const typed: string[] = [];
	stdin.setRawMode(true);
	stdin.setEncoding('utf8').resume();
	try {
		return await new Promise(resolve => {
			const take = (keys: string) => {
				for (const key of keys) {
					if (key === '\r' || key === '\n') {
						return finish(typed.join(''));
					}

					if (key === ETX || key === EOT) {
						return finish(undefined);
					}

					if (key === '\u007F' || key === '\b') {
						typed.pop();
					} else {
						typed.push(key);
					}
				}
			};
			const finish = (value: string | undefined) => {
				stdin.off('data', take).off('end', ended);
				signal.removeEventListener('abort', ended);
				resolve(value);
			};
			const ended = () => finish(undefined);
			stdin.on('data', take).once('end', ended);
			signal.addEventListener('abort', ended);
			if (signal.aborted) {
				ended();
			}
		});
	} finally {
		stdin.setRawMode(false);
		stdin.pause();
		process.stdout.write('\n');
	}
}
