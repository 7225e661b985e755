import {closeSync, createReadStream, mkdirSync, mkdtempSync, openSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {evidenceName} from '../engine/evidence.js';
import type {FormatName, ReportView} from '../report/format-names.js';
import {formats} from '../report/formats.js';
import {recordOf} from '../report/record.js';
import {copyRun} from '../store/copy.js';
import {lookAtRun, openOutput} from '../store/look.js';
import {verifyRun} from '../store/verify.js';
import {UserError} from '../text/user-error.js';
import {orFromHolder} from './held-run.js';
import {writeBytes} from './output.js';
import {stateFolder} from './places.js';
import {findRunFile, foldSeen} from './run-list.js';
import {keptEncodings} from './start-run.js';

/**
`fieldbook export RUN --format FORMAT`: the record of a run, or with `run` a copy of its file, on standard output; also while
the run goes on. It is read from a copy that was checked first, so that nothing is told of one that is not sound.

Throws a UserError: status 2 to a terminal where the form is none for it, 5 where the run cannot be read or is damaged.
*/
export async function exportRun(
	run: string,
	{format, view}: {readonly format: FormatName | 'run'; readonly view: ReportView},
): Promise<number> {
	if (format === 'run' && process.stdout.isTTY === true) {
		throw new UserError(
			'file-to-terminal',
			'A run file is nothing for a terminal.',
			'Send it into a file: fieldbook export RUN --format run > COPY.fieldbook.',
			2,
		);
	}

	await withSoundCopy(findRunFile(run, process.env), async copy => {
		for await (const piece of format === 'run' ? createReadStream(copy) : reported(copy, format, view)) {
			await writeBytes(piece);
		}
	});
	return 0;
}

async function withSoundCopy(file: string, read: (copy: string) => Promise<void>): Promise<void> {
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

		await read(copy);
	} finally {
		rmSync(folder, {recursive: true, force: true});
	}
}

function* reported(copy: string, format: FormatName, view: ReportView): Generator<Buffer> {
	const seen = lookAtRun(copy);
	const {graph, state, opened} = foldSeen(copy, seen);
	const {events, blobs, signed} = seen;
	const proof = {head: events.at(-1)?.hash ?? '', events: events.length, signedUntil: signed?.seq ?? 0};
	const {timeZone} = Intl.DateTimeFormat().resolvedOptions();
	const reader = openOutput(copy);
	try {
		const source = {
			output: reader.output,
			file: (sha256: string) => blobs.get(evidenceName(sha256)),
			encodingOf: keptEncodings(copy, seen),
		};
		for (const piece of formats[format](
			recordOf({graph, state, closing: opened.runbook.closing}, events, proof),
			source,
			{view, timeZone},
		)) {
			yield Buffer.from(piece);
		}
	} finally {
		reader.close();
	}
}
