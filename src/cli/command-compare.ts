import {compareRuns} from '../report/compare.js';
import {comparisonLines} from '../report/compare-text.js';
import {printableJson} from '../text/printable-json.js';
import {sanitiseLine} from '../text/sanitise.js';
import {UserError} from '../text/user-error.js';
import {say} from './output.js';
import {openRecord, withSoundCopy} from './recorded-run.js';
import {findRunFile} from './run-list.js';

/**
`fieldbook compare RUN RUN`: what differs between two runs of one runbook in outcome, time and output. 0, also where something
does.

Throws a UserError: status 2 for runs of different runbooks, 5 where one cannot be read or is damaged.
*/
export async function compare(one: string, other: string, {json}: {readonly json: boolean}): Promise<number> {
	const files = [findRunFile(one, process.env), findRunFile(other, process.env)] as const;
	await withSoundCopy(files[0], first =>
		withSoundCopy(files[1], async second => say(told(first, second, files, json))),
	);
	return 0;
}

function told(first: string, second: string, files: readonly [string, string], json: boolean): string {
	const [one, other] = [openRecord(first), openRecord(second)];
	try {
		const ids = new Set(one.record.steps.map(({id}) => id));
		if (!other.record.steps.some(({id}) => ids.has(id))) {
			throw new UserError(
				'other-runbook',
				`${sanitiseLine(files[0])} is a run of "${one.record.title}", ${sanitiseLine(files[1])} one of "${other.record.title}": they have no step in common.`,
				'Compare two runs of one runbook; `fieldbook runs` lists them.',
				2,
			);
		}

		const comparison = compareRuns(one, other);
		const names = [sanitiseLine(files[0]), sanitiseLine(files[1])] as const;
		return json
			? printableJson({runs: names, ...comparison}, '\t')
			: comparisonLines(comparison, [one.record, other.record], names, undefined).join('\n');
	} finally {
		one.close();
		other.close();
	}
}
