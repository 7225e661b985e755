import {closeSync, mkdirSync, mkdtempSync, openSync, rmSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {setFlagsFromString} from 'node:v8';
import {evidenceName} from '../engine/evidence.js';
import {type RunRecord, recordOf} from '../report/record.js';
import type {RecordSource} from '../report/source.js';
import {copyRun} from '../store/copy.js';
import {lookAtRun, openOutput} from '../store/look.js';
import {verifyRun} from '../store/verify.js';
import {UserError} from '../text/user-error.js';
import {orFromHolder} from './held-run.js';
import {stateFolder} from './places.js';
import {foldSeen} from './run-list.js';
import {keptEncodings} from './start-run.js';

/** Runs with little output are told at once; for larger ones V8 takes half the memory, and twice the time. */
const LARGE_BYTES = 128 * 1024 ** 2;

/**
Reads from a copy of a run file that was checked first, also while the run goes on; the copy is gone afterwards.

Rejects with a UserError (status 5) where the run cannot be read, or is not as it was written.
*/
export async function withSoundCopy<T>(file: string, read: (copy: string) => Promise<T>): Promise<T> {
	if (statSync(file).size > LARGE_BYTES) {
		setFlagsFromString('--optimize-for-size');
	}

	const home = stateFolder(process.env);
	mkdirSync(home, {recursive: true, mode: 0o700});
	const folder = mkdtempSync(join(home, 'export-'));
	try {
		const copy = join(folder, 'copy.fieldbook');
		closeSync(openSync(copy, 'wx', 0o600));
		await orFromHolder(
			file,
			() => copyRun(file, copy),
			link => link.copyTo(copy),
		);
		const [problem] = verifyRun(copy).problems;
		if (problem !== undefined) {
			throw new UserError(
				'run-damaged',
				`${file} is not as fieldbook wrote it: ${problem}`,
				'See `fieldbook verify`.',
				5,
			);
		}

		return await read(copy);
	} finally {
		rmSync(folder, {recursive: true, force: true});
	}
}

/** `close` once the source is not asked any more. */
export type RecordedRun = {readonly record: RunRecord; readonly source: RecordSource; close(): void};

/** The record of a run from its file, which nobody else has. */
export function openRecord(copy: string): RecordedRun {
	const seen = lookAtRun(copy);
	const {graph, state, opened} = foldSeen(copy, seen);
	const {events, blobs, signed} = seen;
	const proof = {head: events.at(-1)?.hash ?? '', events: events.length, signedUntil: signed?.seq ?? 0};
	const {output, close} = openOutput(copy);
	return {
		record: recordOf({graph, state, closing: opened.runbook.closing}, events, proof),
		source: {
			output,
			file: sha256 => blobs.get(evidenceName(sha256)),
			encodingOf: keptEncodings(copy, seen),
		},
		close,
	};
}
