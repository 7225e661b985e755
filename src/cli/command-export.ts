import {createReadStream} from 'node:fs';
import type {FormatName} from '../report/format-names.js';
import {formats, type ReportOptions} from '../report/formats.js';
import {UserError} from '../text/user-error.js';
import {estimatesFor} from './earlier-runs.js';
import {writeBytes} from './output.js';
import type {ExportOptions} from './program.js';
import {openRecord, withSoundCopy} from './recorded-run.js';
import {findRunFile, requireStep} from './run-list.js';

/**
`fieldbook export RUN --format FORMAT`: the record of a run, or with `run` a copy of its file, on standard output; also while
the run goes on.

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
	const file = findRunFile(run, process.env);
	await withSoundCopy(file, async copy => {
		for await (const piece of format === 'run'
			? createReadStream(copy)
			: reported(copy, format, {view, step, timeZone, maxIdleMs: idle * 1000}, file)) {
			await writeBytes(piece);
		}
	});
	return 0;
}

/** `file`: the run file that the copy is of; it is no earlier run of itself. */
async function* reported(
	copy: string,
	format: FormatName,
	options: Omit<ReportOptions, 'earlier'>,
	file: string,
): AsyncGenerator<Buffer> {
	const {record, source, close} = openRecord(copy);
	try {
		requireStep(options.step, record.graph);
		const {title = '', mode = 'real'} = record.state.started ?? {};
		const earlier = await estimatesFor({title, mode}, file, process.env);
		for (const piece of formats[format](record, source, {...options, earlier})) {
			yield Buffer.from(piece);
		}
	} finally {
		close();
	}
}
