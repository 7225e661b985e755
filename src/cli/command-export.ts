import {closeSync, createReadStream, mkdirSync, mkdtempSync, openSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {evidenceName} from '../engine/evidence.js';
import type {StepGraph} from '../graph/graph.js';
import type {FormatName} from '../report/format-names.js';
import {formats, type ReportOptions} from '../report/formats.js';
import {recordOf} from '../report/record.js';
import {nodeOf} from '../run/nodes.js';
import type {StepId} from '../runbook/runbook.js';
import {copyRun} from '../store/copy.js';
import {lookAtRun, openOutput} from '../store/look.js';
import {verifyRun} from '../store/verify.js';
import {sanitiseLine} from '../text/sanitise.js';
import {UserError} from '../text/user-error.js';
import {orFromHolder} from './held-run.js';
import {writeBytes} from './output.js';
import {stateFolder} from './places.js';
import type {ExportOptions} from './program.js';
import {findRunFile, foldSeen} from './run-list.js';
import {keptEncodings} from './start-run.js';

/**
`fieldbook export RUN --format FORMAT`: the record of a run, or with `run` a copy of its file, on standard output; also while
the run goes on. It is read from a copy that was checked first, so that nothing is told of one that is not sound.

Throws a UserError: status 2 to a terminal where the form is none for it, 5 where the run cannot be read or is damaged.
*/
export async function exportRun(run: string, {format, view, step, idle}: ExportOptions): Promise<number> {
	if (format === 'run' && process.stdout.isTTY === true) {
		throw new UserError(
			'file-to-terminal',
			'A run file is nothing for a terminal.',
			'Send it into a file: fieldbook export RUN --format run > COPY.fieldbook.',
			2,
		);
	}

	if (format !== 'cast' && step !== undefined) {
		throw new UserError('step-of-cast', '--step belongs to --format cast.', 'Leave it out, or see `fieldbook log`.', 2);
	}

	const {timeZone} = Intl.DateTimeFormat().resolvedOptions();
	await withSoundCopy(findRunFile(run, process.env), async copy => {
		for await (const piece of format === 'run'
			? createReadStream(copy)
			: reported(copy, format, {view, step, timeZone, maxIdleMs: idle * 1000})) {
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

function* reported(copy: string, format: FormatName, options: ReportOptions): Generator<Buffer> {
	const seen = lookAtRun(copy);
	const {graph, state, opened} = foldSeen(copy, seen);
	const {events, blobs, signed} = seen;
	const proof = {head: events.at(-1)?.hash ?? '', events: events.length, signedUntil: signed?.seq ?? 0};
	requireStep(graph, options.step);
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
			options,
		)) {
			yield Buffer.from(piece);
		}
	} finally {
		reader.close();
	}
}

function requireStep(graph: StepGraph, step: StepId | undefined): void {
	if (step !== undefined && nodeOf(graph, step) === undefined) {
		throw new UserError(
			'unknown-step',
			`--step ${sanitiseLine(step)}: the run has no step of that id.`,
			'`fieldbook show` lists its steps.',
			2,
		);
	}
}
