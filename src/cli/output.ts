import {once} from 'node:events';

/** Prints a text and a line end; resolves when a slow reader has room for more. A closed pipe is no error: nobody reads. */
export async function say(text: string): Promise<void> {
	await write(process.stdout, text);
}

/** The same on standard error. */
export async function warn(text: string): Promise<void> {
	await write(process.stderr, text);
}

async function write(stream: NodeJS.WriteStream, text: string): Promise<void> {
	if (!stream.write(text.endsWith('\n') ? text : `${text}\n`) && !stream.destroyed) {
		await once(stream, 'drain').catch(() => {});
	}
}
