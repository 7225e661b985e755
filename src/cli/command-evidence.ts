import type {Addition} from '../engine/afterwards.js';
import {sanitiseLine} from '../text/sanitise.js';
import {UserError} from '../text/user-error.js';
import {readAttached} from '../ui/attached-file.js';
import {onHosts} from '../view/names.js';
import {addToRun} from './add-afterwards.js';
import {say} from './output.js';
import type {EvidenceOptions} from './program.js';
import {findRunFile} from './run-list.js';

/**
`fieldbook evidence RUN STEP`: adds a file, a text or a note to a step of a run that nobody has open, also when it is over.

Throws a UserError: status 2 where nothing is given, or the step or host is none of the run's, 5 where the run cannot be
written to.
*/
export async function evidence(
	run: string,
	step: string,
	{host, file, text, note, takeOver}: EvidenceOptions,
): Promise<number> {
	const on = host === undefined ? {} : {host};
	const additions: readonly Addition[] = [
		...(file === undefined && text === undefined
			? []
			: [
					{
						kind: 'evidence',
						step,
						...on,
						text: text ?? '',
						file: file === undefined ? null : await readAttached(file),
					} as const,
				]),
		...(note === undefined ? [] : [{kind: 'note', step, text: note} as const]),
	];
	if (additions.length === 0) {
		throw new UserError('no-evidence', 'There is nothing to add.', 'Give --file, --text or --note.', 2);
	}

	const answer = await addToRun(findRunFile(run, process.env), additions, takeOver);
	if (!answer.accepted) {
		throw new UserError(
			'not-added',
			sanitiseLine(answer.because),
			'Nothing was added. `fieldbook show RUN --json` lists its steps with their ids and hosts.',
			2,
		);
	}

	await say(`Added to ${sanitiseLine(step)}${onHosts(host === undefined ? [] : [host])}; the run file is signed anew.`);
	return 0;
}
