import {createHash} from 'node:crypto';
import type {DatabaseSync} from 'node:sqlite';
import * as z from 'zod';
import type {KeptOutput, OutputKey, OutputTime, OutputWindow} from '../engine/ports.js';
import type {OutputFacts, RecordedEvent} from '../run/event.js';
import {parsedOrUndefined} from './sqlite.js';
import {type Chunk, hashRow} from './stretch.js';

/** One stretch, bound to `columnsOf` its key. */
export const ColumnNames = 'step = ? AND host = ? AND attempt = ? AND part = ?';

/** `times` is JSON, `[[offset, at], …]`; files of version 1 have none. */
const ChunkRow = z
	.object({
		seq: z.int(),
		start: z.int(),
		stream: z.enum(['out', 'err']),
		bytes: z.instanceof(Uint8Array),
		times: z
			.string()
			.transform(parsedOrUndefined)
			.pipe(z.array(z.tuple([z.int(), z.int()])))
			.default([]),
	})
	.transform(
		({times, ...chunk}): Chunk => ({...chunk, times: times.map(([offset, at]): OutputTime => ({offset, at}))}),
	);

/** What stands in the file of a stretch, from the row on that holds byte `from`. */
export function* storedOutput(db: DatabaseSync, key: OutputKey, from = 0): Generator<Chunk> {
	const rows = db.prepare(`SELECT * FROM chunk WHERE ${ColumnNames} AND start + length(bytes) > ? ORDER BY seq`);
	for (const row of rows.iterate(...columnsOf(key), from)) {
		yield ChunkRow.parse(row);
	}
}

/** The newest bytes of a stretch that stand in the file. */
export function storedTail(db: DatabaseSync, key: OutputKey, maxBytes: number): OutputWindow {
	const rows = db.prepare(`SELECT * FROM chunk WHERE ${ColumnNames} ORDER BY seq DESC`);
	const chunks: KeptOutput[] = [];
	let wanted = maxBytes;
	for (const row of rows.iterate(...columnsOf(key))) {
		const chunk = ChunkRow.parse(row);
		chunks.unshift(chunk);
		wanted -= chunk.bytes.length;
		if (wanted <= 0) {
			break;
		}
	}

	const last = chunks.at(-1);
	const total = last === undefined ? 0 : last.start + last.bytes.length;
	const bytes = Buffer.concat(chunks.map(chunk => chunk.bytes)).subarray(wanted < 0 ? -wanted : 0);
	return {bytes, start: total - bytes.length, total, times: chunks.flatMap(({times}) => times), lastAt: 0};
}

/** The same from the first kept byte at or behind `from` on, up to where bytes were not kept. */
export function storedFrom(db: DatabaseSync, key: OutputKey, from: number, maxBytes: number): OutputWindow {
	const pieces: Uint8Array[] = [];
	const times: OutputTime[] = [];
	let start: number | undefined;
	let end = from;
	for (const chunk of storedOutput(db, key, from)) {
		start ??= Math.max(from, chunk.start);
		end = Math.max(end, start);
		const skipped = end - chunk.start;
		if (skipped < 0 || end >= start + maxBytes) {
			break;
		}

		const piece = chunk.bytes.subarray(skipped, skipped + start + maxBytes - end);
		pieces.push(piece);
		times.push(...chunk.times);
		end += piece.length;
	}

	return {bytes: Buffer.concat(pieces), start: start ?? from, total: storedTail(db, key, 1).total, times, lastAt: 0};
}

export function columnsOf({step, host, attempt, part}: OutputKey): [string, string, number, string] {
	return [step, host, attempt, part];
}

/** What an event says of a stretch that it tells the end of. */
export type ToldOutput = {readonly seq: number; readonly key: OutputKey; readonly output: OutputFacts};

/** The stretches that ended, the newest word on each; and all that were begun, by `outputName`. */
export function toldOutput(events: readonly RecordedEvent[]): {
	readonly told: ReadonlyMap<string, ToldOutput>;
	readonly begun: ReadonlyMap<string, OutputKey>;
} {
	const told = new Map<string, ToldOutput>();
	const begun = new Map<string, OutputKey>();
	for (const {seq, event} of events) {
		if (event.type === 'RunSalvaged') {
			for (const key of event.without.output) {
				told.delete(outputName(key));
			}
		} else if (event.type === 'ProbeBegan') {
			const {step, host, attempt} = event;
			const key: OutputKey = {step, host, attempt, part: 'run'};
			begun.set(outputName(key), key);
		} else if ('part' in event) {
			const {step, host, attempt, part} = event;
			const key = {step, host, attempt, part};
			begun.set(outputName(key), key);
			if (event.type === 'PartEnded') {
				told.set(outputName(key), {seq, key, output: event.output});
			} else {
				if (event.type !== 'JobLookedUp' || event.seen.kind === 'running' || event.seen.kind === 'finished') {
					// Begun anew: what stands there now is not what an earlier end tells of
					told.delete(outputName(key));
				}
			}
		}
	}

	return {told, begun};
}

/** What is wrong with the kept output, as far as the events tell. Throws where SQLite does. */
export function outputProblems(db: DatabaseSync, events: readonly RecordedEvent[]): readonly string[] {
	const {told, begun} = toldOutput(events);
	const keys = db.prepare('SELECT DISTINCT step, host, attempt, part FROM chunk').all();
	const foreign = keys.filter(key => !begun.has(outputName(KeyRow.parse(key))));
	return [
		...(foreign.length === 0
			? []
			: [
					`The file keeps ${foreign.length === 1 ? 'a stretch' : `${foreign.length} stretches`} of output that no event tells of.`,
				]),
		...[...told.values()].flatMap(one => problemOf(db, one)),
	];
}

/** Undefined where it stands in the file as the event says. */
function problemOf(db: DatabaseSync, {seq, key, output}: ToldOutput): readonly string[] {
	const about = `The output of ${key.step} on ${key.host} (attempt ${key.attempt}, ${key.part}), which event ${seq} tells of,`;
	try {
		const found = foundOutput(db, key);
		return isAsTold(found, output) ? [] : [`${about} is ${found.kept === 0 ? 'gone' : 'not what was recorded'}.`];
	} catch (error) {
		return [`${about} cannot be read: ${error instanceof z.ZodError ? 'its rows are not ours' : String(error)}.`];
	}
}

/** False too where it cannot be read. */
export function isOutputSound(db: DatabaseSync, {key, output}: ToldOutput): boolean {
	try {
		return isAsTold(foundOutput(db, key), output);
	} catch {
		return false;
	}
}

/** Files of old say nothing of their rows: there the bytes can be compared where all of them were kept, else only counted. */
function isAsTold(found: OutputFacts, {bytes, kept, sha256, rows}: OutputFacts): boolean {
	return rows === undefined ? found.kept === kept && (kept < bytes || found.sha256 === sha256) : found.rows === rows;
}

function foundOutput(db: DatabaseSync, key: OutputKey): OutputFacts {
	const bytesHash = createHash('sha256');
	const rowsHash = createHash('sha256');
	let kept = 0;
	for (const chunk of storedOutput(db, key)) {
		bytesHash.update(chunk.bytes);
		hashRow(rowsHash, chunk);
		kept += chunk.bytes.length;
	}

	return {bytes: kept, kept, sha256: bytesHash.digest('hex'), rows: rowsHash.digest('hex')};
}

const KeyRow = z.object({
	step: z.string(),
	host: z.string(),
	attempt: z.int(),
	part: z.enum(['check', 'run', 'verify', 'undo']),
});

/** One stretch by one word. */
export function outputName({step, host, attempt, part}: OutputKey): string {
	return JSON.stringify([step, host, attempt, part]);
}
