import {join} from 'node:path';
import {foldSeen} from '../../src/cli/run-list.js';
import {evidenceName} from '../../src/engine/evidence.js';
import {type RunRecord, recordOf} from '../../src/report/record.js';
import type {RecordSource} from '../../src/report/source.js';
import {lookAtKeptOutput, lookAtRun} from '../../src/store/look.js';

const folder = join(import.meta.dirname, 'recorded');

/** The record of a recorded run, and what it leaves to be asked for. */
export function recorded(name: 'finished' | 'unfinished'): {readonly record: RunRecord; readonly source: RecordSource} {
	const file = join(folder, `${name}.fieldbook`);
	const seen = lookAtRun(file);
	const {graph, state, opened} = foldSeen(file, seen);
	const {events, signed} = seen;
	const proof = {head: events.at(-1)?.hash ?? '', events: events.length, signedUntil: signed?.seq ?? 0};
	return {
		record: recordOf({graph, state, closing: opened.runbook.closing}, events, proof),
		source: {
			output: key => lookAtKeptOutput(file, key),
			file: sha256 => seen.blobs.get(evidenceName(sha256)),
			encodingOf: () => 'utf-8',
		},
	};
}
