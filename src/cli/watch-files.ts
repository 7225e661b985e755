import {watch} from 'node:fs';
import {dirname} from 'node:path';
import {UserError} from '../text/user-error.js';
import {reportError} from './report-error.js';

/** Editors write a file in several moves; what follows within this time belongs to the same save. */
const SETTLES_MS = 60;

/**
Does `look` now, and again whenever something in the folders of these files was written, until `stop` is aborted.

Looks are never begun while one is under way: what is saved meanwhile is looked at afterwards.
*/
async function watchFiles(files: readonly string[], look: () => Promise<void>, stop: AbortSignal): Promise<void> {
	let changed = Promise.withResolvers<void>();
	const settle = () => setTimeout(() => changed.resolve(), SETTLES_MS);
	let timer: NodeJS.Timeout | undefined;
	const watchers = [...new Set(files.map(file => dirname(file)))].map(folder =>
		// Folders, not files: many editors write a new file and rename it over the old one.
		watch(folder, {recursive: true}, () => {
			clearTimeout(timer);
			timer = settle();
		}),
	);
	const stopped = () => changed.resolve();
	stop.addEventListener('abort', stopped);
	try {
		while (!stop.aborted) {
			await look();
			await changed.promise;
			changed = Promise.withResolvers<void>();
		}
	} finally {
		stop.removeEventListener('abort', stopped);
		clearTimeout(timer);
		for (const watcher of watchers) {
			watcher.close();
		}
	}
}

/** Until Ctrl-C or SIGTERM. Prints what `look` gives whenever that is something new; on a terminal in place of what stood there. */
export async function watchAndPrint(
	files: readonly string[],
	look: () => Promise<string>,
	print: (text: string) => Promise<void>,
): Promise<void> {
	const stop = new AbortController();
	const onSignal = () => stop.abort();
	process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
	let last: string | undefined;
	try {
		await watchFiles(
			files,
			async () => {
				const text = await look().catch(told);
				if (text !== last) {
					last = text;
					await print(
						`${process.stdout.isTTY ? CLEAR : ''}${text}\n${new Date().toLocaleTimeString()} · waiting for a change, ^C ends`,
					);
				}
			},
			stop.signal,
		);
	} finally {
		process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
	}
}

/** A file that is gone or cannot be read is a thing to wait for, like any other mistake in it. */
function told(error: unknown): string {
	if (error instanceof UserError) {
		return reportError(error).text;
	}

	throw error;
}

/** Erases the screen and what scrolled out of it, and begins at the top. Source: ECMA-48, ED and CUP; xterm for 3. */
const CLEAR = '\u001B[2J\u001B[3J\u001B[H';
