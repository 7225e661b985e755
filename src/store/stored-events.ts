import type {DatabaseSync} from 'node:sqlite';
import * as z from 'zod';
import type {RecordedEvent, RunEvent} from '../run/event.js';
import {RunEventSchema} from '../run/schema.js';
import {UserError} from '../text/user-error.js';
import {CHAIN_START, chainHash} from './chain.js';
import {parsedOrUndefined} from './sqlite.js';

const EventRow = z.object({seq: z.int(), at: z.string(), json: z.string(), hash: z.string()});

/** The events in order, from after `afterSeq` on. Throws a UserError where one cannot be understood. */
export function* readEvents(
	db: DatabaseSync,
	path: string,
	afterSeq: number,
): Generator<RecordedEvent & {readonly json: string; readonly hash: string}> {
	const rows = db.prepare('SELECT seq, at, json, hash FROM event WHERE seq > ? ORDER BY seq').iterate(afterSeq);
	for (const row of rows) {
		const {seq, at, json, hash} = EventRow.parse(row);
		yield {seq, at, json, hash, event: readEvent(json, seq, path)};
	}
}

/** Throws a UserError where an event does not follow from the one before. */
export function lastOfSoundChain(db: DatabaseSync, path: string): {readonly hash: string; readonly seq: number} {
	let [hash, seq] = [CHAIN_START, 0];
	for (const event of readEvents(db, path, 0)) {
		hash = chainHash(hash, seq + 1, event.at, event.json);
		seq += 1;
		if (event.seq !== seq || event.hash !== hash) {
			throw new UserError(
				'run-damaged',
				`Event ${seq} of ${path} does not follow from the one before: the file was changed or damaged.`,
				'Look at it with `fieldbook verify`; go on from an intact copy.',
				5,
			);
		}
	}

	return {hash, seq};
}

function readEvent(json: string, seq: number, path: string): RunEvent {
	const read = RunEventSchema.safeParse(parsedOrUndefined(json));
	if (!read.success) {
		throw new UserError(
			'run-damaged',
			`Event ${seq} of ${path} cannot be understood: it was changed or damaged, or a newer fieldbook wrote it.`,
			'Look at it with `fieldbook verify`; go on from an intact copy.',
			5,
		);
	}

	return read.data;
}
