import {createHash} from 'node:crypto';
import {DatabaseSync} from 'node:sqlite';
import * as z from 'zod';
import type {KeptOutput, OutputKey, OutputWindow} from '../engine/ports.js';
import type {RecordedEvent} from '../run/event.js';
import {UserError} from '../text/user-error.js';
import {CHAIN_START, chainHash} from './chain.js';
import {pragma, readEvents, requireRunFile, storedFrom, storedOutput, storedTail, withClearErrors} from './run-file.js';

/** What somebody who only looks gets from a run file that nobody holds. */
export type SeenRun = {
	readonly events: readonly RecordedEvent[];
	/** By name: the runbook and what else the run keeps. */
	readonly blobs: ReadonlyMap<string, Uint8Array>;
	readonly meta: ReadonlyMap<string, string>;
};

const BlobRow = z.object({sha256: z.string(), name: z.string(), bytes: z.instanceof(Uint8Array)});
const MetaRow = z.object({key: z.string(), value: z.string()});

/**
Reads a run file without holding it. Nothing in it changes, but what an interrupted process left in the companion
file is taken in, as SQLite does at every opening.

Throws a UserError (status 5) if another process holds it, or if it is no run file.
*/
export function lookAtRun(path: string): SeenRun {
	return looking(path, db => ({
		events: readEvents(db, path, 0).toArray(),
		blobs: new Map(
			db
				.prepare('SELECT sha256, name, bytes FROM blob')
				.all()
				.map(row => BlobRow.parse(row))
				.map(({name, bytes}) => [name, bytes]),
		),
		meta: new Map(
			db
				.prepare('SELECT key, value FROM meta')
				.all()
				.map(row => MetaRow.parse(row))
				.map(({key, value}) => [key, value]),
		),
	}));
}

/** The end of one stretch of a run's output, or from byte `start` on, read as `lookAtRun` reads. */
export function lookAtOutput(path: string, key: OutputKey, start: number | undefined, maxBytes: number): OutputWindow {
	return looking(path, db =>
		start === undefined ? storedTail(db, key, maxBytes) : storedFrom(db, key, start, maxBytes),
	);
}

/** All of it that was kept. */
export function lookAtKeptOutput(path: string, key: OutputKey): readonly KeptOutput[] {
	return looking(path, db => storedOutput(db, key).toArray());
}

/** `problems` is empty for a sound file. `head` is the last event's hash. */
export type Verification = {readonly events: number; readonly head: string; readonly problems: readonly string[]};

/**
Checks everything that can be checked on the file alone: SQLite's own structure, the chain over all events, the hashes
of the kept files, and of every stretch of output that was kept whole. Changes nothing.
*/
export function verifyRun(path: string): Verification {
	return looking(path, db => {
		const problems: string[] = [];
		const integrity = pragma(db, 'integrity_check');
		if (integrity !== 'ok') {
			problems.push(`SQLite finds the file damaged: ${String(integrity)}.`);
		}

		let [head, seq] = [CHAIN_START, 0];
		for (const event of readEvents(db, path, 0)) {
			seq += 1;
			head = chainHash(head, seq, event.at, event.json);
			if (event.seq !== seq || event.hash !== head) {
				problems.push(
					`Event ${event.seq} (${event.event.type}) does not follow from the one before: something was changed, removed or put in.`,
				);
				break;
			}

			problems.push(...outputProblems(db, event));
		}

		return {events: seq, head, problems: [...problems, ...blobProblems(db)]};
	});
}

const BytesRow = z.object({bytes: z.instanceof(Uint8Array)});

/** The hash in `PartEnded` is over all bytes; it can be compared only where all of them were kept. */
function outputProblems(db: DatabaseSync, {event}: RecordedEvent): string[] {
	if (event.type !== 'PartEnded' || event.output.kept < event.output.bytes) {
		return [];
	}

	const hash = createHash('sha256');
	const rows = db.prepare(
		'SELECT bytes FROM chunk WHERE step = ? AND host = ? AND attempt = ? AND part = ? ORDER BY seq',
	);
	for (const row of rows.iterate(event.step, event.host, event.attempt, event.part)) {
		hash.update(BytesRow.parse(row).bytes);
	}

	return hash.digest('hex') === event.output.sha256
		? []
		: [
				`The output of ${event.step} on ${event.host} (attempt ${event.attempt}, ${event.part}) is not what was recorded.`,
			];
}

function blobProblems(db: DatabaseSync): string[] {
	return db
		.prepare('SELECT sha256, name, bytes FROM blob')
		.all()
		.map(row => BlobRow.parse(row))
		.filter(({sha256, bytes}) => createHash('sha256').update(bytes).digest('hex') !== sha256)
		.map(({name}) => `The kept file ${name} is not what was recorded.`);
}

function looking<T>(path: string, look: (db: DatabaseSync) => T): T {
	return withClearErrors(path, () => {
		const db = new DatabaseSync(path, {readOnly: true});
		try {
			requireRunFile(db, path);
			return look(db);
		} catch (error) {
			if (error instanceof z.ZodError) {
				throw new UserError(
					'run-damaged',
					`${path} holds rows that fieldbook did not write.`,
					'Go on from an intact copy.',
					5,
				);
			}

			throw error;
		} finally {
			db.close();
		}
	});
}
