import type {DatabaseSync} from 'node:sqlite';
import * as z from 'zod';
import type {RecordedEvent, RunEvent} from '../run/event.js';
import {RunEventSchema} from '../run/schema.js';
import {UserError} from '../text/user-error.js';
import {CHAIN_START, chainHash} from './chain.js';
import {FROM_DAMAGE} from './clear-errors.js';
import {parsedOrUndefined} from './sqlite.js';

/** An event with what its hash is over. */
export type StoredEvent = RecordedEvent & {readonly json: string; readonly hash: string};

const EventRow = z.object({
	seq: z.int(),
	at: z.string(),
	type: z.string(),
	version: z.literal(1),
	json: z.string(),
	hash: z.string(),
});

/** The events in order, from after `afterSeq` on. Throws a UserError where one cannot be understood. */
export function* readEvents(db: DatabaseSync, path: string, afterSeq: number): Generator<StoredEvent> {
	for (const row of db.prepare('SELECT * FROM event WHERE seq > ? ORDER BY seq').iterate(afterSeq)) {
		const stored = storedEvent(row);
		if (stored === undefined) {
			throw damagedAt(afterSeq + 1, path);
		}

		yield stored;
		afterSeq = stored.seq;
	}
}

/** The events up to where the chain breaks or the file cannot be read; `isWhole`: those are all there are. */
export type SoundPrefix = {readonly events: readonly StoredEvent[]; readonly isWhole: boolean};

/** Never throws because of damage. */
export function soundPrefix(db: DatabaseSync): SoundPrefix {
	const events: StoredEvent[] = [];
	let before = CHAIN_START;
	try {
		for (const row of db.prepare('SELECT * FROM event ORDER BY seq').iterate()) {
			const stored = storedEvent(row);
			if (stored?.seq !== events.length + 1 || stored.hash !== chainHash(before, stored.seq, stored.at, stored.json)) {
				return {events, isWhole: false};
			}

			before = stored.hash;
			events.push(stored);
		}
	} catch {
		return {events, isWhole: false};
	}

	return {events, isWhole: true};
}

/** Throws a UserError where an event does not follow from the one before. */
export function requireSoundChain(db: DatabaseSync, path: string): readonly StoredEvent[] {
	const {events, isWhole} = soundPrefix(db);
	if (!isWhole) {
		throw damagedAt(events.length + 1, path);
	}

	return events;
}

/** What stands at one place of the table, for whoever looks behind a damage. */
export type EventPlace =
	| {readonly kind: 'stored'; readonly event: StoredEvent}
	/** A row is there, and is no event that we know. */
	| {readonly kind: 'strange'; readonly hash: string | undefined}
	| {readonly kind: 'missing'}
	| {readonly kind: 'unreadable'};

/** Each place from 1 to the last one that any row can be found at. Never throws because of damage. */
export function* everyPlace(db: DatabaseSync): Generator<EventPlace> {
	const last = lastPlace(db) ?? soundPrefix(db).events.length + 1;
	const find = db.prepare('SELECT * FROM event WHERE seq = ?');
	for (let seq = 1; seq <= last; seq++) {
		try {
			const row = find.get(seq);
			const event = storedEvent(row);
			yield event !== undefined
				? {kind: 'stored', event}
				: row === undefined
					? {kind: 'missing'}
					: {kind: 'strange', hash: HashOnly.safeParse(row).data?.hash};
		} catch {
			yield {kind: 'unreadable'};
		}
	}
}

/** A damaged table may name any number. */
const MOST_PLACES = 10_000_000;
const HashOnly = z.object({hash: z.string()});

/** The greatest number of an event; undefined where that cannot be read. */
export function lastPlace(db: DatabaseSync): number | undefined {
	try {
		const last = z
			.object({last: z.int().nullable()})
			.parse(db.prepare('SELECT max(seq) AS last FROM event').get()).last;
		return Math.min(last ?? 0, MOST_PLACES);
	} catch {
		return undefined;
	}
}

/** Undefined for what we did not write. */
function storedEvent(row: unknown): StoredEvent | undefined {
	const stored = EventRow.safeParse(row).data;
	const event = stored && readEvent(stored.json);
	return stored === undefined || event?.type !== stored.type
		? undefined
		: {seq: stored.seq, at: stored.at, json: stored.json, hash: stored.hash, event};
}

function readEvent(json: string): RunEvent | undefined {
	return RunEventSchema.safeParse(parsedOrUndefined(json)).data;
}

function damagedAt(seq: number, path: string): UserError {
	return new UserError(
		'run-damaged',
		`Event ${seq} of ${path} is not as it was written, or a newer fieldbook wrote it.`,
		FROM_DAMAGE,
		5,
	);
}
