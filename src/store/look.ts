import {DatabaseSync} from 'node:sqlite';
import * as z from 'zod';
import type {KeptOutput, OutputKey, OutputWindow} from '../engine/ports.js';
import type {RecordedEvent} from '../run/event.js';
import {UserError} from '../text/user-error.js';
import {withClearErrors} from './clear-errors.js';
import {lastSigned} from './signature.js';
import {readEvents} from './stored-events.js';
import {storedFrom, storedOutput, storedTail} from './stored-output.js';
import {requireRunFile} from './tables.js';

/** `hash`: over this event and all before it. */
export type SeenEvent = RecordedEvent & {readonly hash: string};

/** What somebody who only looks gets from a run file that nobody holds. */
export type SeenRun = {
	readonly events: readonly SeenEvent[];
	/** By name: the runbook and what else the run keeps. */
	readonly blobs: ReadonlyMap<string, Uint8Array>;
	readonly meta: ReadonlyMap<string, string>;
	/** The last event that a signature covers, and its hash as signed; undefined: none does. */
	readonly signed: {readonly seq: number; readonly head: string} | undefined;
};

export const BlobRow = z.object({sha256: z.string(), name: z.string(), bytes: z.instanceof(Uint8Array)});
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
		meta: metaOf(db),
		signed: lastSigned(db),
	}));
}

/** What stands beside the events, read as `lookAtRun` reads. */
export function lookAtMeta(path: string): SeenRun['meta'] {
	return looking(path, metaOf);
}

function metaOf(db: DatabaseSync): SeenRun['meta'] {
	return new Map(
		db
			.prepare('SELECT key, value FROM meta')
			.all()
			.map(row => MetaRow.parse(row))
			.map(({key, value}) => [key, value]),
	);
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

/** What goes wrong inside is told in words for a person. */
export function looking<T>(path: string, look: (db: DatabaseSync) => T): T {
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
