import type {OutputKey, OutputTime, OutputWindow} from '../../engine/ports.js';
import {type OutputLine, paintLine, textOf} from '../../text/output-line.js';
import {OutputInterpreter} from '../../text/sanitise.js';
import type {OpenRun} from '../workbench.js';

/** A stretch of output as lines that do no harm, each with its place. */
export type LogWindow = {
	readonly lines: readonly LogLine[];
	/** Of the first byte that is in `lines`, and of the first one behind them. */
	readonly start: number;
	readonly end: number;
	/** Bytes that came in all. */
	readonly total: number;
};

type LogLine = {
	readonly line: OutputLine;
	/** Of its first byte in the stretch. A line of the host that is very long makes several with the same offset. */
	readonly offset: number;
	/** When it began, in this laptop's milliseconds since 1970; 0: nobody noted it. */
	readonly at: number;
};

/** `isAligned`: the window begins with a line. Otherwise the rest of a line at its beginning is left out. */
export function linesOf({bytes, start, total, times}: OutputWindow, encoding: string, isAligned: boolean): LogWindow {
	const first = isAligned || start === 0 ? 0 : bytes.indexOf(LF) + 1;
	const interpreter = new OutputInterpreter({encoding});
	const lines: LogLine[] = [];
	const time = timesBy(times);
	const take = (offset: number, found: readonly OutputLine[]) => {
		const at = time(offset);
		lines.push(...found.map(line => ({line, offset, at})));
	};
	let from = first;
	while (from < bytes.length) {
		const end = bytes.indexOf(LF, from);
		const next = end < 0 ? bytes.length : end + 1;
		interpreter.push(bytes.subarray(from, next));
		take(start + from, interpreter.take());
		if (end < 0 && interpreter.unfinished.length > 0) {
			take(start + from, [interpreter.unfinished]);
		}

		from = next;
	}

	return {lines, start: start + first, end: start + bytes.length, total};
}

const LF = 10;

/** Offsets are asked for in order. */
function timesBy(times: readonly OutputTime[]): (offset: number) => number {
	let index = -1;
	return offset => {
		while ((times[index + 1]?.offset ?? Number.POSITIVE_INFINITY) <= offset) {
			index++;
		}

		return times[index]?.at ?? 0;
	};
}

/** All kept output of a stretch, line by line with its looks, for a program that shows text; what was not kept is told. */
export async function* keptLines({handle, encodingOf}: OpenRun, key: OutputKey): AsyncGenerator<string> {
	let start = 0;
	for (;;) {
		const output = await handle.read({key, start, maxBytes: PAGE_BYTES});
		if (output.bytes.length === 0) {
			return;
		}

		if (output.start > start) {
			yield `... ${output.start - start} bytes were not kept ...\n`;
		}

		// A page that is full ends within a line, which the next one has whole.
		const isLast = output.bytes.length < PAGE_BYTES;
		const lineEnd = output.bytes.lastIndexOf(LF) + 1;
		const whole = isLast || lineEnd === 0 ? output.bytes : output.bytes.subarray(0, lineEnd);
		const {lines} = linesOf({...output, bytes: whole}, encodingOf(key.host), true);
		yield lines.map(({line}) => `${paintLine(line, {columns: Number.POSITIVE_INFINITY, colour: true})}\n`).join('');
		start = output.start + whole.length;
	}
}

const PAGE_BYTES = 1024 * 1024;

/** The line with each place that has `text` in reverse; capitals count only where `text` has some. */
export function highlighted(line: OutputLine, text: string): OutputLine {
	const whole = textOf(line);
	const compared = text === text.toLowerCase() ? whole.toLowerCase() : whole;
	// Where a letter's small form is longer, places in one are not those in the other
	if (text === '' || compared.length !== whole.length || !compared.includes(text)) {
		return line;
	}

	const spans: Array<OutputLine[number]> = [];
	let at = 0;
	for (const {text: spanText, sgr} of line) {
		for (let from = 0; from < spanText.length; ) {
			const isHit = isInside(compared, text, at + from);
			let to = from + 1;
			while (to < spanText.length && isInside(compared, text, at + to) === isHit) {
				to++;
			}

			spans.push({text: spanText.slice(from, to), sgr: isHit ? [sgr, REVERSE].filter(Boolean).join(';') : sgr});
			from = to;
		}

		at += spanText.length;
	}

	return spans;
}

/** Source: ECMA-48, SGR 7. */
const REVERSE = '7';

function isInside(whole: string, text: string, index: number): boolean {
	const found = whole.lastIndexOf(text, index);
	return found >= 0 && index < found + text.length;
}
