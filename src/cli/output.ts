import {once} from 'node:events';

/** Prints a text and a line end; resolves when a slow reader has room for more. A closed pipe is no error: nobody reads. */
export async function say(text: string): Promise<void> {
	await write(process.stdout, text);
}

/** The same on standard error. */
export async function warn(text: string): Promise<void> {
	await write(process.stderr, text);
}

/** The bytes themselves, on standard output. */
export async function writeBytes(bytes: Uint8Array): Promise<void> {
	await sent(process.stdout, bytes);
}

async function write(stream: NodeJS.WriteStream, text: string): Promise<void> {
	await sent(stream, text.endsWith('\n') ? text : `${text}\n`);
}

async function sent(stream: NodeJS.WriteStream, what: string | Uint8Array): Promise<void> {
	if (!stream.write(what) && !stream.destroyed) {
		await once(stream, 'drain').catch(() => {});
	}
}
