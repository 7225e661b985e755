import {type OutputLine, paintLine} from '../text/output-line.js';
import {OutputInterpreter} from '../text/sanitise.js';
import {hostWord} from '../view/names.js';
import type {Try} from './attempts.js';
import type {ReportOptions} from './formats.js';
import type {RunRecord, StepRecord} from './record.js';
import type {Piece, RecordSource, TryKey} from './source.js';
import {outcomeWords} from './words.js';

const WIDTH = 120;
const HEIGHT = 36;

/** Something that came to the screen at a time, in milliseconds since 1970. */
type Shown = {readonly at: number; readonly text: string};

type Told = {readonly step: StepRecord; readonly host: string; readonly told: Try};

/**
What hosts printed, as an asciicast (version 2) that asciinema's player plays: in the times in which it came, each line behind
the name of its host, each step under its title. Pauses are at most `maxIdleMs`.

A player writes into a terminal, so nothing that a host sent gets there as it came: lines are drawn anew, with the colours that
they had. Source of the format: https://docs.asciinema.org/manual/asciicast/v2/
*/
export function* cast(record: RunRecord, source: RecordSource, options: ReportOptions): Generator<string> {
	const told = record.steps
		.filter(({node}) => (options.step ?? node.step.id) === node.step.id)
		.flatMap(step =>
			step.hosts.flatMap(({host, story}) =>
				story.flatMap((each): readonly Told[] => (each.kind === 'part' ? [{step, host, told: each}] : [])),
			),
		)
		.sort((one, other) => Date.parse(one.told.startedAt) - Date.parse(other.told.startedAt));
	const begin = Date.parse(told[0]?.told.startedAt ?? record.startedAt);
	yield `${JSON.stringify({version: 2, width: WIDTH, height: HEIGHT, timestamp: Math.floor(begin / 1000), title: record.title})}\n`;
	let [clock, before] = [0, begin];
	for (const {at, text} of inOrder(
		told.map(each => ({at: Date.parse(each.told.startedAt), open: () => shownBy(each, source)})),
	)) {
		clock += Math.min(Math.max(0, at - before), options.maxIdleMs);
		before = Math.max(before, at);
		yield `${JSON.stringify([clock / 1000, 'o', `${text}\r\n`])}\n`;
	}
}

type Stream = {readonly at: number; open(): Iterator<Shown>};

/** Merges what several have to show by its time. They are in the order of their beginnings, and none is opened before its own. */
function* inOrder(streams: readonly Stream[]): Generator<Shown> {
	const waiting = [...streams];
	let open: ReadonlyArray<{readonly rest: Iterator<Shown>; readonly next: Shown}> = [];
	for (;;) {
		const first = open.reduce<(typeof open)[number] | undefined>(
			(least, each) => (least === undefined || each.next.at < least.next.at ? each : least),
			undefined,
		);
		const [start] = waiting;
		if (start !== undefined && (first === undefined || start.at <= first.next.at)) {
			waiting.shift();
			open = [...open, ...following(start.open())];
		} else if (first === undefined) {
			return;
		} else {
			yield first.next;
			open = open.flatMap(each => (each === first ? following(each.rest) : [each]));
		}
	}
}

function following(rest: Iterator<Shown>): ReadonlyArray<{readonly rest: Iterator<Shown>; readonly next: Shown}> {
	const {done, value} = rest.next();
	return done === true ? [] : [{rest, next: value}];
}

function* shownBy({step, host, told}: Told, source: RecordSource): Generator<Shown> {
	const on = hostWord(host);
	const begin = Date.parse(told.startedAt);
	yield {at: begin, text: `\u001B[1m==> ${step.title}\u001B[0m ${on}, ${told.part}, attempt ${told.attempt}`};
	const key = {step: step.node.step.id, host, attempt: told.attempt, part: told.part};
	const end = told.endedAt === '' ? Number.POSITIVE_INFINITY : Date.parse(told.endedAt);
	for (const {at, line} of timedLines(source, key, {begin, end})) {
		yield {at, text: `${on} | ${paintLine(line, {columns: WIDTH - on.length - 3, colour: true})}`};
	}

	if (told.endedAt !== '') {
		yield {at: Date.parse(told.endedAt), text: `${on} | ${outcomeWords(told.outcome)}`};
	}
}

/**
Lines with the times at which their ends came. Times of output are the laptop's own; where the run had another clock, a
rehearsal, they count from the beginning of the try.
*/
function* timedLines(
	source: RecordSource,
	key: TryKey,
	{begin, end}: {readonly begin: number; readonly end: number},
): Generator<{readonly at: number; readonly line: OutputLine}> {
	const interpreter = new OutputInterpreter({encoding: source.encodingOf(key.host)});
	let at = begin;
	let shift: number | undefined;
	for (const piece of source.output(key)) {
		for (const {bytes, at: came} of timedBytes(piece)) {
			if (came !== undefined) {
				shift ??= came >= begin && came <= end ? 0 : begin - came;
				at = Math.max(at, Math.min(came + shift, end));
			}

			interpreter.push(bytes);
			yield* interpreter.take().map(line => ({at, line}));
		}
	}

	interpreter.end();
	yield* interpreter.take().map(line => ({at, line}));
	if (interpreter.unfinished.length > 0) {
		yield {at, line: interpreter.unfinished};
	}
}

/** A piece cut where a new time begins; undefined: as what came before. */
function timedBytes({
	start,
	bytes,
	times,
}: Piece): ReadonlyArray<{readonly bytes: Uint8Array; readonly at: number | undefined}> {
	const marks = times
		.map(({offset, at}) => ({offset: offset - start, at}))
		.filter(({offset}) => offset >= 0 && offset < bytes.length);
	const [first] = marks;
	const head = first === undefined ? bytes.length : first.offset;
	return [
		...(head > 0 ? [{bytes: bytes.subarray(0, head), at: undefined}] : []),
		...marks.map(({offset, at}, index) => ({
			bytes: bytes.subarray(offset, marks[index + 1]?.offset ?? bytes.length),
			at,
		})),
	];
}
