import {rmSync} from 'node:fs';
import {DatabaseSync} from 'node:sqlite';
import type {OutputKey} from '../engine/ports.js';
import type {RunEvent} from '../run/event.js';
import {evolve, newRun} from '../run/evolve.js';
import {canonicalJson} from '../text/canonical-json.js';
import {UserError} from '../text/user-error.js';
import {chainHash} from './chain.js';
import {isCopyWhole, META, metaProblems, readBlobs, readMeta} from './kept-files.js';
import {looking} from './look.js';
import {createRunFile, openRunFile} from './run-file.js';
import {SIGNED_UP_TO, type SignatureRow, soundSignatures} from './signature.js';
import {inTransaction} from './sqlite.js';
import {everyPlace, lastPlace, type StoredEvent, soundPrefix} from './stored-events.js';
import {columnsOf, isOutputSound, outputName, storedOutput, toldOutput} from './stored-output.js';
import {type Chunk, timesNoted} from './stretch.js';
import {type Blob, sha256} from './tables.js';

/** What went into the new file. */
export type Salvage = {
	/** The last event that was kept; those before it were too. */
	readonly last: Pick<StoredEvent, 'seq' | 'at' | 'event'>;
	/** How many events behind it are lost; null: nobody can say. */
	readonly lost: number | null;
	/** Output and files that are lost although the events that tell of them were kept. */
	readonly without: Salvaged['without'];
	/** What was begun, by what can still be read behind the damage: unknown now. */
	readonly begun: Salvaged['begun'];
};

type Salvaged = Extract<RunEvent, {type: 'RunSalvaged'}>;

/** Read from the damaged file at once. */
type Found = {
	readonly events: readonly StoredEvent[];
	readonly lost: number | null;
	readonly begun: Salvaged['begun'];
	readonly without: Salvaged['without'];
	readonly meta: Readonly<Record<string, string>>;
	readonly blobs: readonly Blob[];
	readonly signatures: readonly SignatureRow[];
	/** Of output that ended as it was told, and of output that had not ended. */
	readonly output: readonly OutputKey[];
};

/**
Copies what can be proved of a damaged run file into a new one, `to`, which can be resumed: the events up to where the
chain breaks, the output and the files that they tell of. A last event says what was lost, so that the new file is sound.

Throws a UserError (status 5) if not even the first event can be read, or a file `to` is there already.
*/
export async function salvageRun(
	from: string,
	to: string,
	who: {readonly by: string; readonly device: string},
	now: number,
): Promise<Salvage> {
	const found = looking(from, db => readFound(db, from));
	await createRunFile(to, found.meta, found.blobs).close();
	try {
		const {lost, begun, without} = found;
		const told = next(lastOf(found.events, from), now, {type: 'RunSalvaged', ...who, lost, begun, without});
		looking(from, db => copyRows(db, to, [...found.events, told], found));
		await openRunFile(to).close();
	} catch (error) {
		rmSync(to, {force: true});
		throw error;
	}

	return {...found, last: lastOf(found.events, from)};
}

function readFound(db: DatabaseSync, from: string): Found {
	const events = thoseThatFold(soundPrefix(db).events);
	const {seq} = lastOf(events, from);
	const whole = readBlobs(db).filter(blob => sha256(blob.bytes) === blob.sha256);
	const {told, begun} = toldOutput(events);
	const lostOutput = [...told.values()].filter(one => !isOutputSound(db, one)).map(({key}) => key);
	const isLost = new Set(lostOutput.map(outputName));
	const last = lastPlace(db);
	const signatures = signaturesUpTo(db, seq);
	const meta = metaOf(db, signatures);
	return {
		events,
		lost: last === undefined ? null : last - seq,
		begun: begunBehind(db, seq),
		without: {output: lostOutput, files: filesLost(events, whole, meta)},
		meta,
		blobs: whole,
		signatures,
		output: [...begun].filter(([name]) => !isLost.has(name)).map(([, key]) => key),
	};
}

/** A history that makes no sense is not gone on with either. */
function thoseThatFold(events: readonly StoredEvent[]): readonly StoredEvent[] {
	let state = newRun;
	for (const [index, event] of events.entries()) {
		try {
			state = evolve(state, event);
		} catch {
			return events.slice(0, index);
		}
	}

	return events;
}

function lastOf(events: readonly StoredEvent[], from: string): StoredEvent {
	const last = events.at(-1);
	if (last === undefined) {
		throw new UserError(
			'run-damaged',
			`Nothing of ${from} can be kept: its first event cannot be read.`,
			'Go on from an intact copy.',
			5,
		);
	}

	return last;
}

/** Nothing proves these events; but what they say was sent may have run. The newest word on each step and host. */
function begunBehind(db: DatabaseSync, seq: number): Salvaged['begun'] {
	const begun = new Map<string, Salvaged['begun'][number]>();
	for (const place of everyPlace(db)) {
		if (place.kind === 'stored' && place.event.seq > seq && place.event.event.type === 'PartIntended') {
			const {step, host, attempt, part, changes} = place.event.event;
			if (changes && (part === 'run' || part === 'undo')) {
				begun.set(JSON.stringify([step, host]), {step, host, attempt, part});
			}
		}
	}

	return [...begun.values()];
}

function filesLost(
	events: readonly StoredEvent[],
	whole: ReturnType<typeof readBlobs>,
	meta: Readonly<Record<string, string>>,
): readonly string[] {
	const names = new Map(whole.map(({name, sha256}) => [name, sha256]));
	const hashes = new Set(names.values());
	const lost = events.flatMap(({event}) => {
		switch (event.type) {
			case 'RunStarted':
				return Object.entries(event.kept?.files ?? {}).flatMap(([name, hash]) =>
					names.get(name) === hash ? [] : [name],
				);
			case 'RunbookAdopted':
				return isCopyWhole(event.copy, names) ? [] : [event.copy];
			case 'EvidenceTaken':
				return event.blob === null || hashes.has(event.blob.sha256) ? [] : [event.blob.name];
			default:
				return [];
		}
	});
	return metaProblems(meta, events).length === 0 ? lost : [...lost, META];
}

function signaturesUpTo(db: DatabaseSync, last: number): Found['signatures'] {
	try {
		return soundSignatures(db).filter(({seq}) => seq <= last);
	} catch {
		return [];
	}
}

/** The last signature that was kept is the last one there has to be. */
function metaOf(db: DatabaseSync, signatures: Found['signatures']): Readonly<Record<string, string>> {
	try {
		const {[SIGNED_UP_TO]: _all, ...meta} = Object.fromEntries(readMeta(db));
		const last = signatures.at(-1);
		return last === undefined ? meta : {...meta, [SIGNED_UP_TO]: String(last.seq)};
	} catch {
		return {};
	}
}

function next(last: StoredEvent, now: number, event: RunEvent): StoredEvent {
	const seq = last.seq + 1;
	const at = new Date(now).toISOString();
	const json = canonicalJson(event);
	return {seq, at, json, hash: chainHash(last.hash, seq, at, json), event};
}

/** The events as they stand there, so that the chain is the same one. */
function copyRows(from: DatabaseSync, to: string, events: readonly StoredEvent[], {signatures, output}: Found): void {
	const db = new DatabaseSync(to);
	try {
		db.exec('PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = FULL');
		inTransaction(db, () => {
			const putEvent = db.prepare('INSERT INTO event VALUES (?, ?, ?, 1, ?, ?)');
			for (const {seq, at, event, json, hash} of events) {
				putEvent.run(seq, at, event.type, json, hash);
			}

			const putSignature = db.prepare('INSERT INTO signature VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
			for (const {seq, head, at, by, device, epoch, key, signature} of signatures) {
				putSignature.run(seq, head, at, by, device, epoch, key, signature);
			}

			const putChunk = db.prepare('INSERT INTO chunk VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
			for (const key of output) {
				for (const {seq, start, stream, bytes, times} of readableOutput(from, key)) {
					putChunk.run(...columnsOf(key), seq, start, stream, bytes, JSON.stringify(timesNoted(times)));
				}
			}
		});
	} finally {
		db.close();
	}
}

/** Of a stretch that had not ended, as far as it can be read. */
function* readableOutput(db: DatabaseSync, key: OutputKey): Generator<Chunk> {
	try {
		yield* storedOutput(db, key);
	} catch {
		// Nothing tells how much there was
	}
}
