import {counted, hostWord} from '../view/names.js';
import {countWords, summaryOf} from '../view/summary.js';
import {dateAndTime, spokenDuration} from '../view/time.js';
import {testCountWords, testRows} from '../view/verdict.js';
import type {Comparison, StepPlace} from './compare.js';
import type {RunRecord} from './record.js';

/** What differs, for a terminal; harmless. `names`: what the two runs are called. */
export function comparisonLines(
	{isEdited, tests, measures, outcomes, durations, outputs}: Comparison,
	[one, other]: readonly [RunRecord, RunRecord],
	[oneName, otherName]: readonly [string, string],
	timeZone: string | undefined,
): readonly string[] {
	const isSame = tests.length + outcomes.length + durations.length + outputs.length === 0;
	return [
		one.title,
		...headLines(oneName, one, timeZone),
		...headLines(otherName, other, timeZone),
		...(isEdited ? ['The runbook was edited between them.'] : []),
		...section(
			'Tests',
			tests.map(
				({title, verdicts: [first, second]}) => `${title}: ${first ?? 'not there'} -> ${second ?? 'not there'}`,
			),
		),
		...section('Measured', measures.map(measureLine)),
		...section(
			'Came out differently',
			outcomes.map(
				({states: [first, second], ...place}) =>
					`${placeWords(place)}: ${first ?? 'not there'} -> ${second ?? 'not there'}`,
			),
		),
		...section(
			'Took another time',
			durations.map(
				({seconds: [first, second], ...place}) =>
					`${placeWords(place)}: ${spokenDuration(first * 1000)} -> ${spokenDuration(second * 1000)}`,
			),
		),
		...section(
			'Printed something else',
			outputs.map(({lines, ...place}) => `${placeWords(place)}: ${counted(lines, 'line')} differ`),
		),
		...(isSame ? ['', 'Nothing else differs.'] : []),
	];
}

function headLines(name: string, record: RunRecord, timeZone: string | undefined): readonly string[] {
	const {graph, state} = record;
	const facts = [
		dateAndTime(record.startedAt, timeZone),
		state.status,
		testCountWords(testRows(graph, state)),
		countWords(summaryOf(graph, state, timeZone)),
	];
	return [`  ${name}: ${facts.filter(Boolean).join(', ')}`];
}

function section(title: string, lines: readonly string[]): readonly string[] {
	return lines.length === 0 ? [] : ['', title, ...lines.map(line => `  ${line}`)];
}

function measureLine({name, host, seconds: [first, second], limit}: Comparison['measures'][number]): string {
	const on = hostWord(host);
	const words = (seconds: number | undefined) =>
		seconds === undefined ? 'not measured' : spokenDuration(seconds * 1000);
	return `${name}${on === '' ? '' : ` on ${on}`}: ${words(first)} -> ${words(second)}${limit === undefined ? '' : ` (limit ${spokenDuration(limit * 1000)})`}`;
}

function placeWords({title, step, host}: StepPlace): string {
	const on = hostWord(host);
	return `${title} (${step}${on === '' ? '' : ` on ${on}`})`;
}
