import {cellKey, type Origin, placeIn, type Sources, START} from './bind-sources.js';
import {suggestion} from './problem-list.js';
import {keyColumn, rowLabel} from './rows.js';
import type {Param} from './runbook.js';
import type {SheetField, Tables} from './site.js';
import {parseValue} from './value.js';

export type BoundTable = {
	/** What can be used: rows with all their columns, each told from the others. */
	readonly rows: Tables[string];
	/** Row by row, column by column, and behind them a blank row in which another one may begin. */
	readonly fields: readonly SheetField[];
};

/**
The rows that the site file and `--set vms[0].name=…` give for a parameter of type `table`.

A row without any text is none: so a row is taken away by taking away its texts.
*/
export function bindTable(param: Param, sources: Sources): BoundTable {
	const {name, columns} = param;
	const written = textsOf(param, sources);
	checkColumns(param, sources);
	const count = written.filter(isRow).length;
	if (count === 0) {
		const help = `Write them under \`tables:\` of the site file, or --set ${cellKey(name, 0, columns[0]?.name ?? '')}=…`;
		sources.runbookProblems.error('no-value', param.at, `The table "${name}" has no rows.`, help);
	}

	const taken = new Map<string, number>();
	const rows: Array<Record<string, string>> = [];
	const fields: SheetField[] = [];
	for (const [index, texts] of [...written, {}].entries()) {
		const cells = columns.map(({name: column, type}) => {
			const text = texts[column]?.trim() ?? '';
			const problem = isRow(texts)
				? cellProblem(param, index, column, text, taken, sources)
				: count === 0 && index === 0
					? 'is empty'
					: '';
			return {cell: {table: name, row: index, column}, type, text, problem};
		});
		fields.push(...cells.map(({cell, type, text, problem}) => fieldOf(param, cell, type, text, problem)));
		if (isRow(texts) && cells.every(({problem}) => problem === '')) {
			rows.push(Object.fromEntries(cells.map(({cell, text}) => [cell.column, text])));
		}
	}

	return {rows, fields};
}

function isRow(texts: Readonly<Record<string, string>>): boolean {
	return Object.values(texts).some(text => text.trim() !== '');
}

/** What is written in each row; `--set` wins over the site file, and may add the next row. */
function textsOf({name, columns}: Param, {site, set}: Sources): ReadonlyArray<Readonly<Record<string, string>>> {
	const given = site.tables[name] ?? [];
	const rows: Array<Readonly<Record<string, string>>> = [];
	for (let index = 0; ; index++) {
		const edited = columns.flatMap(({name: column}): Array<[string, string]> => {
			const text = set[cellKey(name, index, column)];
			return text === undefined ? [] : [[column, text]];
		});
		if (index >= given.length && edited.length === 0) {
			return rows;
		}

		rows.push({...given[index], ...Object.fromEntries(edited)});
	}
}

function checkColumns({name, columns}: Param, {site, siteProblems}: Sources): void {
	const names = columns.map(column => column.name);
	for (const [index, row] of (site.tables[name] ?? []).entries()) {
		for (const unknown of Object.keys(row).filter(column => !names.includes(column))) {
			siteProblems.error(
				'unknown-key',
				placeIn(site, cellKey(name, index, unknown)),
				`The table "${name}" has no column "${unknown}".`,
				suggestion(unknown, names, 'Its columns'),
			);
		}
	}
}

function cellProblem(
	param: Param,
	index: number,
	column: string,
	text: string,
	taken: Map<string, number>,
	sources: Sources,
): string {
	const {problems, at} = originOf(param, index, column, sources);
	const where = `"${column}" in row ${index + 1} of "${param.name}"`;
	const parsed = parseValue(param.columns.find(({name}) => name === column)?.type ?? 'text', text);
	if (!parsed.ok) {
		problems.error('bad-value', at, `${where} ${parsed.because}.`);
		return parsed.because;
	}

	if (column !== keyColumn(param)) {
		return '';
	}

	const label = rowLabel(text);
	const other = taken.get(label);
	if (other === undefined) {
		taken.set(label, index);
		return '';
	}

	problems.error(
		'same-value',
		at,
		`${where} tells it from no other: ids would be the same as in row ${other + 1}, "${label}".`,
		'Each row needs a name of its own.',
	);
	return `the same as in row ${other + 1}`;
}

function originOf(
	{name}: Param,
	index: number,
	column: string,
	{set, site, siteProblems, setProblems}: Sources,
): Origin {
	const key = cellKey(name, index, column);
	const isGiven = set[key] !== undefined || site.tables[name]?.[index] === undefined;
	return isGiven
		? {problems: setProblems, at: START}
		: {problems: siteProblems, at: placeIn(site, key, `${name}[${index}]`)};
}

function fieldOf(
	{name, label}: Param,
	cell: NonNullable<SheetField['cell']>,
	type: SheetField['type'],
	value: string,
	problem: string,
): SheetField {
	return {
		param: cellKey(name, cell.row, cell.column),
		host: undefined,
		cell,
		label: `${label} ${cell.row + 1}: ${cell.column}`,
		type,
		secret: false,
		options: type === 'boolean' ? ['true', 'false'] : [],
		value,
		problem,
	};
}
