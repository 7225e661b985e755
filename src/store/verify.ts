import {createHash} from 'node:crypto';
import type {DatabaseSync} from 'node:sqlite';
import * as z from 'zod';
import type {RecordedEvent} from '../run/event.js';
import {CHAIN_START, chainHash} from './chain.js';
import {BlobRow, looking} from './look.js';
import {checkSignatures, type Signatures} from './signature.js';
import {pragma} from './sqlite.js';
import {readEvents} from './stored-events.js';

/** `problems` is empty for a sound file. `head` is the last event's hash. */
export type Verification = {
	readonly events: number;
	readonly head: string;
	readonly problems: readonly string[];
	/** Oldest first; empty where a signature is wrong. */
	readonly signed: Signatures['signed'];
};

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

		const signatures = checkSignatures(db);
		return {
			events: seq,
			head,
			problems: [...problems, ...signatures.problems, ...blobProblems(db)],
			signed: signatures.signed,
		};
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
