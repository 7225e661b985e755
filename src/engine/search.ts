import type {RecordedEvent} from '../run/event.js';
import {textOf} from '../text/output-line.js';
import {OutputInterpreter} from '../text/sanitise.js';
import {indexOfSought} from '../text/sought.js';
import type {Found, Hit, Search} from './handle.js';
import type {KeptOutput, OutputKey, OutputTime} from './ports.js';

/** Where a search looks. */
export type Searched = {
	readonly events: Iterable<RecordedEvent>;
	readonly outputOf: (key: OutputKey) => Iterable<KeptOutput>;
	/** How the host encodes what it prints: a WHATWG label. */
	readonly encodingOf: (host: string) => string;
};

/** A longer line is shown from its beginning. */
const MAX_LINE_BYTES = 4096;

/**
Looks through all kept output of a run, newest stretch first, and lets others work between two stretches.

Bytes are compared before anything is decoded, so that only lines that may have the text cost more than a glance.
*/
export async function searchOutput(where: Searched, {text, limit}: Search): Promise<Found> {
	const hits: Hit[] = [];
	const needle = needleFor(text);
	for (const key of stretchesOf(where.events).toReversed()) {
		const room = limit + 1 - hits.length;
		if (text === '' || room <= 0) {
			break;
		}

		hits.unshift(...hitsIn(key, [...where.outputOf(key)], needle, where.encodingOf(key.host)).slice(-room));
		await new Promise(resolve => setImmediate(resolve));
	}

	return {hits: hits.slice(-limit), isCut: hits.length > limit};
}

type Needle = {
	readonly text: string;
	readonly countsCapitals: boolean;
	/** In UTF-8, one character a byte; a line in another encoding is always decoded. */
	readonly bytes: string;
};

function needleFor(text: string): Needle {
	const countsCapitals = text !== text.toLowerCase();
	const bytes = Buffer.from(text).toString('latin1');
	return {text, countsCapitals, bytes: countsCapitals ? bytes : bytes.toLowerCase()};
}

function stretchesOf(events: Iterable<RecordedEvent>): readonly OutputKey[] {
	return Iterator.from(events)
		.flatMap(({event}) =>
			event.type === 'PartIntended'
				? [{step: event.step, host: event.host, attempt: event.attempt, part: event.part}]
				: [],
		)
		.toArray();
}

function hitsIn(key: OutputKey, kept: readonly KeptOutput[], needle: Needle, encoding: string): readonly Hit[] {
	const hits: Hit[] = [];
	const times = kept.flatMap(chunk => chunk.times);
	for (const {start, bytes} of joined(kept)) {
		const mayBeAnyLine = encoding.toLowerCase() !== 'utf-8' && /[^\p{ASCII}]/u.test(needle.text);
		const haystack = bytes.toString('latin1');
		const compared = needle.countsCapitals ? haystack : haystack.toLowerCase();
		for (let from = 0; from < bytes.length; ) {
			const found = mayBeAnyLine ? from : compared.indexOf(needle.bytes, from);
			if (found < 0) {
				break;
			}

			const lineStart = found === 0 ? 0 : bytes.lastIndexOf(10, found - 1) + 1;
			const lineEnd = bytes.indexOf(10, found);
			const end = lineEnd < 0 ? bytes.length : lineEnd;
			const line = textOfLine(bytes.subarray(lineStart, Math.min(end, lineStart + MAX_LINE_BYTES)), encoding);
			if (indexOfSought(line, needle.text) >= 0) {
				hits.push({key, offset: start + lineStart, at: timeOf(start + lineStart, times), line});
			}

			from = end + 1;
		}
	}

	return hits;
}

/** Chunks end anywhere: those that follow each other become one, what was not kept lies between two. */
function joined(kept: readonly KeptOutput[]): ReadonlyArray<{readonly start: number; readonly bytes: Buffer}> {
	const groups: Array<{start: number; end: number; pieces: Uint8Array[]}> = [];
	for (const {start, bytes} of kept) {
		const last = groups.at(-1);
		if (last?.end === start) {
			last.pieces.push(bytes);
			last.end += bytes.length;
		} else {
			groups.push({start, end: start + bytes.length, pieces: [bytes]});
		}
	}

	return groups.map(({start, pieces}) => ({start, bytes: Buffer.concat(pieces)}));
}

function textOfLine(bytes: Uint8Array, encoding: string): string {
	const interpreter = new OutputInterpreter({encoding, maxLines: 1});
	interpreter.push(bytes);
	return textOf(interpreter.unfinished);
}

/** When the byte at `offset` came; 0: nobody noted it. */
function timeOf(offset: number, times: readonly OutputTime[]): number {
	return times.findLast(time => time.offset <= offset)?.at ?? 0;
}
