import type {Process} from './process.js';
import type {Stream} from './stream.js';

/** With its line end; undefined at the end of the input. What follows the line stays in the stream. */
export async function readLine(process: Process, input: Stream): Promise<string | undefined> {
	const chunks: Uint8Array[] = [];
	for (;;) {
		const bytes = await process.read(input);
		if (bytes === undefined) {
			return chunks.length === 0 ? undefined : Buffer.concat(chunks).toString();
		}
		const end = bytes.indexOf(0x0a);
		if (end !== -1) {
			input.unread(bytes.subarray(end + 1));
			return Buffer.concat([...chunks, bytes.subarray(0, end + 1)]).toString();
		}
		chunks.push(bytes);
	}
}
