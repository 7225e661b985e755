import {verify} from 'node:crypto';
import type {DatabaseSync} from 'node:sqlite';
import * as z from 'zod';
import {leaseAfter} from '../run/lease.js';
import {RunEventSchema} from '../run/schema.js';
import type {Lease} from '../run/state.js';
import {canonicalJson} from '../text/canonical-json.js';
import {type DeviceKey, fingerprintOf} from './device-key.js';
import {parsedOrUndefined, pragma} from './sqlite.js';

/** In each signed text, so that it can be taken for nothing else, and where the file names the event it reaches to. */
const SIGNS = 'fieldbook run, signature 1';
export const SIGNED_UP_TO = 'signedUpTo';

/** A row of the table `signature`, but for the signature itself. `at` is this laptop's time. */
export type SignedHead = {
	/** The last event it covers, whose hash is `head`. */
	readonly seq: number;
	readonly head: string;
	readonly at: string;
	readonly by: string;
	readonly device: string;
	readonly epoch: number;
};

/** What the signatures of a file tell: who vouches for how much of it, oldest first, and what does not fit. */
export type Signatures = {
	readonly signed: ReadonlyArray<SignedHead & {readonly fingerprint: string}>;
	readonly problems: readonly string[];
};

const SignatureRow = z.object({
	seq: z.int(),
	head: z.string(),
	at: z.string(),
	by: z.string(),
	device: z.string(),
	epoch: z.int(),
	key: z.string(),
	signature: z.instanceof(Uint8Array),
});
export type SignatureRow = z.infer<typeof SignatureRow>;

/** What is signed: canonical JSON, which `json_object` of SQLite writes too. Documented in docs/run-file.md. */
export function signedText({seq, head, at, by, device, epoch}: SignedHead): string {
	return canonicalJson({at, by, device, epoch, head, seq, signs: SIGNS});
}

/**
Signs the chain's head for whoever opened the run behind event `openedAt`, once. Who opened it without a word leaves it
as it was: what another one has written is not his to sign.
*/
export function signHead(
	db: DatabaseSync,
	key: DeviceKey,
	{
		seq,
		head,
		openedAt,
		nowMs,
	}: {readonly seq: number; readonly head: string; readonly openedAt: number; readonly nowMs: number},
): void {
	const own = leasesOf(db).findLast(lease => lease.from > openedAt);
	if (own === undefined || own.deviceKey !== key.fingerprint || (lastSigned(db)?.seq ?? 0) >= seq) {
		return;
	}

	const {by, device, epoch} = own;
	const row: SignedHead = {seq, head, at: new Date(nowMs).toISOString(), by, device, epoch};
	const signature = key.sign(Buffer.from(signedText(row)));
	db.prepare('INSERT INTO signature VALUES (?, ?, ?, ?, ?, ?, ?, ?)').run(
		...[seq, head, row.at, by, device, epoch, key.publicKey],
		signature,
	);
	db.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)').run(SIGNED_UP_TO, String(seq));
}

/** The newest signature's place; undefined where there is none, as in files before version 3. Does not check it. */
export function lastSigned(db: DatabaseSync): {readonly seq: number; readonly head: string} | undefined {
	const {seq, head} = signaturesOf(db).at(-1) ?? {};
	return seq === undefined || head === undefined ? undefined : {seq, head};
}

/** Checks every signature, and that none is missing which the file itself tells of. */
export function checkSignatures(db: DatabaseSync): Signatures {
	const checked = checkedRows(db);
	const rows = checked.map(({row}) => row);
	const problems = [
		...checked.flatMap(one => one.problems),
		...owed(db)
			.filter(seq => !rows.some(row => row.seq === seq))
			.map(seq => `The signature over events 1 to ${seq} was taken away.`),
	];
	const signed = problems.length > 0 ? [] : rows.map(row => ({...row, fingerprint: fingerprintOf(row.key)}));
	return {signed, problems};
}

/** Those with which nothing is wrong. */
export function soundSignatures(db: DatabaseSync): readonly SignatureRow[] {
	return checkedRows(db).flatMap(({row, problems}) => (problems.length === 0 ? [row] : []));
}

function checkedRows(
	db: DatabaseSync,
): ReadonlyArray<{readonly row: SignatureRow; readonly problems: readonly string[]}> {
	const rows = signaturesOf(db);
	const leases = leasesOf(db);
	const hashes = new Map(
		db
			.prepare('SELECT seq, hash FROM event WHERE seq IN (SELECT value FROM json_each(?))')
			.all(JSON.stringify(rows.map(({seq}) => seq)))
			.map(row => HashRow.parse(row))
			.map(({seq, hash}) => [seq, hash]),
	);
	return rows.map(row => ({row, problems: signatureProblems(row, hashes.get(row.seq), leaseAt(leases, row.seq))}));
}

const SalvagedRow = z.object({salvaged: z.int().nullable()});
const HashRow = z.object({seq: z.int(), hash: z.string()});
const LeaseRow = z.object({seq: z.int(), at: z.string(), json: z.string()});
const MetaRow = z.object({value: z.string()}).optional();

/** `from`: the event that gave it. `signed`: as `RunResumed` says it. */
type StoredLease = Lease & {readonly from: number; readonly signed: number};

function signaturesOf(db: DatabaseSync): readonly SignatureRow[] {
	return pragma(db, 'user_version') === 1 || pragma(db, 'user_version') === 2
		? []
		: db
				.prepare('SELECT seq, head, at, by, device, epoch, key, signature FROM signature ORDER BY seq')
				.all()
				.map(row => SignatureRow.parse(row));
}

/** In order. An event that cannot be read is left out: who reads all of them tells of it. */
function leasesOf(db: DatabaseSync): readonly StoredLease[] {
	const leases: StoredLease[] = [];
	const rows = db
		.prepare("SELECT seq, at, json FROM event WHERE type IN ('RunStarted', 'RunResumed') ORDER BY seq")
		.all();
	for (const row of rows) {
		const {seq, at, json} = LeaseRow.parse(row);
		const {data: event} = RunEventSchema.safeParse(parsedOrUndefined(json));
		if (event?.type === 'RunStarted' || event?.type === 'RunResumed') {
			const signed = event.type === 'RunResumed' ? (event.signed ?? 0) : 0;
			leases.push({...leaseAfter(leases.at(-1), event, at), from: seq, signed});
		}
	}

	return leases;
}

function leaseAt(leases: readonly StoredLease[], seq: number): StoredLease | undefined {
	return leases.findLast(({from}) => from <= seq);
}

/**
Each resume notes in its event, and each close beside the signature, up to where the file was signed then. What a resume
noted before the run was salvaged may be lost, as that event says.
*/
function owed(db: DatabaseSync): readonly number[] {
	const {salvaged} = SalvagedRow.parse(
		db.prepare("SELECT max(seq) AS salvaged FROM event WHERE type = 'RunSalvaged'").get(),
	);
	const leases = leasesOf(db).filter(({from}) => from > (salvaged ?? 0));
	const noted = MetaRow.parse(db.prepare('SELECT value FROM meta WHERE key = ?').get(SIGNED_UP_TO))?.value;
	return [...new Set([...leases.map(({signed}) => signed), Number(noted ?? 0)])].filter(seq => seq !== 0);
}

function signatureProblems(row: SignatureRow, hash: string | undefined, lease: Lease | undefined): readonly string[] {
	const {seq, head, by, device, epoch, key, signature} = row;
	if (hash === undefined) {
		return [`A signature covers events 1 to ${seq}, but the file has no event ${seq}: its end was cut off.`];
	}

	if (hash !== head) {
		return [`The signature over events 1 to ${seq} is over other events: something was changed since.`];
	}

	if (!isGood(key, signedText(row), signature)) {
		return [`The signature over events 1 to ${seq} is wrong: it, its key or its row was changed.`];
	}

	const isHolders =
		lease?.deviceKey === fingerprintOf(key) && lease.by === by && lease.device === device && lease.epoch === epoch;
	return isHolders ? [] : [`The signature over events 1 to ${seq} is not by the device that held the run then.`];
}

function isGood(key: string, text: string, signature: Uint8Array): boolean {
	try {
		return verify(null, Buffer.from(text), key, signature);
	} catch {
		// No key at all
		return false;
	}
}
