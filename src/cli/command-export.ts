import {closeSync, createReadStream, mkdirSync, mkdtempSync, openSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {copyRun} from '../store/copy.js';
import {verifyRun} from '../store/verify.js';
import {UserError} from '../text/user-error.js';
import {orFromHolder} from './held-run.js';
import {writeBytes} from './output.js';
import {stateFolder} from './places.js';
import {findRunFile} from './run-list.js';

/**
`fieldbook export RUN --format run`: a copy of the whole run file on standard output, whole at any moment, also while the
run goes on. It is made and checked first, so that nothing is printed of one that is not sound.

Throws a UserError: status 2 to a terminal, 5 where the run cannot be read or is damaged.
*/
export async function exportRun(run: string): Promise<number> {
	if (process.stdout.isTTY === true) {
		throw new UserError(
			'file-to-terminal',
			'A run file is nothing for a terminal.',
			'Send it into a file: fieldbook export RUN --format run > COPY.fieldbook.',
			2,
		);
	}

	const file = findRunFile(run, process.env);
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

		for await (const bytes of createReadStream(copy)) {
			await writeBytes(bytes);
		}

		return 0;
	} finally {
		rmSync(folder, {recursive: true, force: true});
	}
}
