import type {DatabaseSync} from 'node:sqlite';
import * as z from 'zod';
import type {RecordedEvent} from '../run/event.js';
import {canonicalJson} from '../text/canonical-json.js';
import {UserError} from '../text/user-error.js';
import {FROM_DAMAGE} from './clear-errors.js';
import {SIGNED_UP_TO} from './signature.js';
import {type Blob, sha256} from './tables.js';

const BlobRow = z.object({sha256: z.string(), name: z.string(), bytes: z.instanceof(Uint8Array)});
const MetaRow = z.object({key: z.string(), value: z.string()});

/** The files that a run keeps: the runbook, what it links to, evidence. Those that cannot be read are left out. */
export function readBlobs(db: DatabaseSync): readonly (Blob & {readonly sha256: string})[] {
	const find = db.prepare('SELECT sha256, name, bytes FROM blob WHERE rowid = ?');
	return rowids(db).flatMap(rowid => {
		try {
			return [BlobRow.parse(find.get(rowid))];
		} catch {
			return [];
		}
	});
}

export function readMeta(db: DatabaseSync): ReadonlyMap<string, string> {
	const rows = db.prepare('SELECT key, value FROM meta ORDER BY key').all();
	return new Map(rows.map(row => MetaRow.parse(row)).map(({key, value}) => [key, value]));
}

/** What `RunStarted.kept` says of the files and the `meta` that a run begins with. */
export function keptFacts(
	meta: Readonly<Record<string, string>>,
	blobs: readonly Blob[],
): {readonly files: Readonly<Record<string, string>>; readonly meta: string} {
	return {
		files: Object.fromEntries(blobs.map(({name, bytes}) => [name, sha256(bytes)])),
		meta: sha256(Buffer.from(canonicalJson(meta))),
	};
}

/** What names a runbook with all that belongs to it, in `RunbookAdopted` and before the names of its files: over their names and hashes. */
export function copyHash(files: ReadonlyArray<{readonly name: string; readonly sha256: string}>): string {
	return sha256(
		Buffer.from(
			files
				.map(file => `${file.name} ${file.sha256}\n`)
				.toSorted()
				.join(''),
		),
	);
}

/** The files of an adopted runbook are there as they were: `there` has the hash of each kept file, by its name. */
export function isCopyWhole(copy: string, there: ReadonlyMap<string, string>): boolean {
	const prefix = `${copy}/`;
	const files = [...there].filter(([name]) => name.startsWith(prefix));
	return copyHash(files.map(([name, hash]) => ({name: name.slice(prefix.length), sha256: hash}))) === copy;
}

/** What is wrong with the kept files, as far as their own hashes and the events tell. Throws where SQLite does. */
export function fileProblems(db: DatabaseSync, events: readonly RecordedEvent[]): readonly string[] {
	const blobs = readBlobs(db);
	const changed = blobs.filter(blob => sha256(blob.bytes) !== blob.sha256);
	const there = new Map(blobs.map(blob => [blob.name, blob.sha256]));
	const hashes = new Set(there.values());
	const toldLost = new Set(events.flatMap(({event}) => (event.type === 'RunSalvaged' ? event.without.files : [])));
	const lost = events.flatMap(({seq, event}) => {
		switch (event.type) {
			case 'RunStarted':
				return Object.entries(event.kept?.files ?? {})
					.filter(([name, hash]) => there.get(name) !== hash && !toldLost.has(name))
					.map(([name]) => `The kept file ${name}, which event ${seq} names, is not there as it was.`);
			case 'RunbookAdopted':
				return isCopyWhole(event.copy, there) || toldLost.has(event.copy)
					? []
					: [`The edited runbook that event ${seq} adopted is not there as it was.`];
			case 'EvidenceTaken':
				return event.blob === null || hashes.has(event.blob.sha256) || toldLost.has(event.blob.name)
					? []
					: [`The evidence ${event.blob.name} of ${event.step}, which event ${seq} names, is not there as it was.`];
			default:
				return [];
		}
	});
	return [
		...changed.map(({name}) => `The kept file ${name} is not what was recorded.`),
		...lost,
		...(toldLost.has(META) ? [] : metaProblems(Object.fromEntries(readMeta(db)), events)),
	];
}

/** As `RunSalvaged.without.files` names it. */
export const META = 'meta';

export function metaProblems(
	meta: Readonly<Record<string, string>>,
	[first]: readonly RecordedEvent[],
): readonly string[] {
	const said = first?.event.type === 'RunStarted' ? first.event.kept?.meta : undefined;
	const {[SIGNED_UP_TO]: _later, ...atStart} = meta;
	const found = keptFacts(atStart, []).meta;
	return said === undefined || said === found
		? []
		: ['What the file says of itself (`meta`) is not what was recorded.'];
}

function rowids(db: DatabaseSync): readonly number[] {
	// The name's index alone: a page of bytes that cannot be read takes the others not along
	const rows = db.prepare('SELECT rowid AS id FROM blob ORDER BY name').all();
	return rows.map(row => z.object({id: z.int()}).parse(row).id);
}

/** Throws a UserError where one is not as it was kept: a run goes on with its own runbook, and with its own hosts. */
export function requireSoundFiles(db: DatabaseSync, path: string, events: readonly RecordedEvent[]): void {
	const [problem] = fileProblems(db, events);
	if (problem !== undefined) {
		throw new UserError('run-damaged', `${path} is damaged. ${problem}`, FROM_DAMAGE, 5);
	}
}
