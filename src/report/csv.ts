import type {RunRecord, StepOnHost, StepRecord} from './record.js';
import {onOneLine, outcomeWords} from './words.js';

/** The columns, in their order; they stay as they are, new ones come behind. */
export const csvColumns = [
	'phase',
	'step',
	'title',
	'host',
	'state',
	'attempts',
	'outcome',
	'started',
	'finished',
	'seconds',
	'by',
	'because',
	'measure',
	'measured seconds',
	'limit seconds',
	'verdict',
	'evidence',
] as const;

/**
One row for each step and host, in document order: RFC 4180 with CR LF.

A spreadsheet reads a cell that begins with one of `= + - @`, a tab or a line end as a formula; such a cell gets an
apostrophe in front (OWASP, CSV injection).
*/
export function* csv(record: RunRecord): Generator<string> {
	yield rowOf(csvColumns);
	for (const step of record.steps) {
		for (const on of step.hosts) {
			yield rowOf(cellsOf(step, on));
		}
	}
}

function cellsOf({phase, id, title}: StepRecord, on: StepOnHost): readonly (string | number)[] {
	const [measured] = on.measurements;
	return [
		phase.id,
		id,
		title,
		on.host,
		on.status,
		on.progress.attempt,
		outcomeWords(on.progress.outcome),
		on.startedAt,
		on.finishedAt,
		on.seconds ?? '',
		on.by,
		on.because,
		measured?.name ?? '',
		measured?.ms === undefined ? '' : measured.ms / 1000,
		measured?.maxMs === undefined ? '' : measured.maxMs / 1000,
		measured?.verdict ?? '',
		on.evidence
			.map(({kind, text, file}) => [kind, onOneLine(text), file?.name ?? ''].filter(Boolean).join(' '))
			.join('; '),
	];
}

function rowOf(cells: readonly (string | number)[]): string {
	return `${cells.map(cell => (typeof cell === 'number' ? String(cell) : quoted(cell))).join(',')}\r\n`;
}

function quoted(text: string): string {
	const harmless = /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
	return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
