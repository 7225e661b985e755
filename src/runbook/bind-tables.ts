import {placeIn, type Sources} from './bind-sources.js';
import {suggestion} from './problem-list.js';
import type {Param} from './runbook.js';
import {parseValue} from './value.js';

/** Checks the rows that the site file gives for a parameter of type `table`. */
export function checkTable({name, columns, at}: Param, {site, siteProblems, runbookProblems}: Sources): void {
	const rows = site.tables[name] ?? [];
	if (rows.length === 0) {
		runbookProblems.error(
			'no-value',
			at,
			`The table "${name}" has no rows.`,
			'Write them under `tables:` of the site file.',
		);
	}

	const names = columns.map(column => column.name);
	for (const [index, row] of rows.entries()) {
		const rowKey = `${name}[${index}]`;
		for (const unknown of Object.keys(row).filter(column => !names.includes(column))) {
			siteProblems.error(
				'unknown-key',
				placeIn(site, `${rowKey}.${unknown}`),
				`The table "${name}" has no column "${unknown}".`,
				suggestion(unknown, names, 'Its columns'),
			);
		}

		for (const column of columns) {
			const parsed = parseValue(column.type, row[column.name] ?? '');
			if (!parsed.ok) {
				const place = placeIn(site, `${rowKey}.${column.name}`, rowKey);
				siteProblems.error('bad-value', place, `"${column.name}" in row ${index + 1} of "${name}" ${parsed.because}.`);
			}
		}
	}
}
