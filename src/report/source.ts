import type {Part} from '../run/event.js';
import {textOf} from '../text/output-line.js';
import {OutputInterpreter} from '../text/sanitise.js';

/** What a record leaves to be asked for, because it may be large. */
export type RecordSource = {
	/** What a host sent in one try, as far as it was kept, in order of arrival. */
	output(key: TryKey): Iterable<Piece>;
	/** A file that the run keeps as evidence; undefined: it was lost. */
	file(sha256: string): Uint8Array | undefined;
	/** `utf-8`, `shift_jis`: how a host writes. */
	encodingOf(host: string): string;
};

/** `step` and `host` as the run has them, not as they are shown. */
export type TryKey = {readonly step: string; readonly host: string; readonly attempt: number; readonly part: Part};

/** `start` counts the bytes of both streams before it, kept or not; the byte at `offset` came at `at`, milliseconds since 1970. */
export type Piece = {
	readonly stream: 'out' | 'err';
	readonly start: number;
	readonly bytes: Uint8Array;
	readonly times: ReadonlyArray<{readonly offset: number; readonly at: number}>;
};

/** The lines that a host printed in one try, harmless, without colours; where bytes were not kept, a line says how many. */
export function* outputLines(source: RecordSource, key: TryKey): Generator<string> {
	const interpreter = new OutputInterpreter({encoding: source.encodingOf(key.host)});
	let end = 0;
	for (const {start, bytes} of source.output(key)) {
		if (start > end) {
			yield `[${start - end} bytes were not kept]`;
		}

		interpreter.push(bytes);
		yield* interpreter.take().map(textOf);
		end = start + bytes.length;
	}

	interpreter.end();
	yield* interpreter.take().map(textOf);
	const rest = textOf(interpreter.unfinished);
	if (rest !== '') {
		yield rest;
	}
}
