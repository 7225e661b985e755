import type {DatabaseSync} from 'node:sqlite';
import * as z from 'zod';
import type {KeptOutput, OutputKey, OutputTime, OutputWindow} from '../engine/ports.js';
import {parsedOrUndefined} from './sqlite.js';

/** One stretch, bound to `columnsOf` its key. */
export const ColumnNames = 'step = ? AND host = ? AND attempt = ? AND part = ?';

/** `times` is JSON, `[[offset, at], …]`; files of version 1 have none. */
const ChunkRow = z
	.object({
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
		({times, ...chunk}): KeptOutput => ({...chunk, times: times.map(([offset, at]): OutputTime => ({offset, at}))}),
	);

/** What stands in the file of a stretch, from the row on that holds byte `from`. */
export function* storedOutput(db: DatabaseSync, key: OutputKey, from = 0): Generator<KeptOutput> {
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
