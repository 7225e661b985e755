import type {Cell, Table} from '../document/document.js';
import type {Compiling} from './compiling.js';
import type {Names} from './names.js';
import {suggestion} from './problem-list.js';
import type {HostName, Param, ParamName} from './runbook.js';
import {parseValue} from './value.js';

/** What tables give, by parameter and then by host, `*` for all. */
export type Given = Map<ParamName, Record<string, string>>;

/**
Reads a parameter table into `given`.

> |             | ESXi#1       | ESXi#2       |     a column per host, by name or label,
> |-------------|--------------|--------------|     or one column for all
> | iscsi_ip    | 172.31.254.2 | 172.31.254.3 |
> | datastore   | datastore1   | <--          |     as on the left
*/
export function readParamTable(table: Table, given: Given, {names, problems}: Compiling): void {
	const [, ...columns] = table.header;
	const hosts = columns.map(cell => hostOf(cell, names));
	const isForAll = columns.length === 1 && hosts[0] === undefined;
	for (const [index, cell] of columns.entries()) {
		if (hosts[index] === undefined && !isForAll) {
			const known = [...names.hosts.keys()];
			problems.error('unknown-host', cell.at, `No host is called "${cell.text}".`, suggestion(cell.text, known));
		}
	}

	if (columns.length === 0) {
		problems.error(
			'bad-table',
			table.at,
			'This table has no column of values.',
			'First column: the name; one more for each host.',
		);
	}

	for (const [nameCell, ...cells] of table.rows) {
		const param = nameCell === undefined ? undefined : paramOf(nameCell, names);
		if (nameCell === undefined || nameCell.text === '') {
			continue;
		}

		if (param === undefined) {
			const help = suggestion(nameCell.text, [...names.params.keys()]);
			problems.error('unknown-param', nameCell.at, `No parameter is called "${nameCell.text}".`, help);
		} else if (param.type === 'secret' || param.type === 'table') {
			problems.error(
				'misplaced-value',
				nameCell.at,
				`A parameter of type \`${param.type}\` has no place in this table.`,
				'Its values stand in the site file, or are asked for.',
			);
		} else {
			readRow(param, cells, isForAll ? undefined : hosts, given, {names, problems});
		}
	}
}

type Reading = Pick<Compiling, 'names' | 'problems'>;

function readRow(
	param: Param,
	cells: readonly Cell[],
	hosts: ReadonlyArray<HostName | undefined> | undefined,
	given: Given,
	{names, problems}: Reading,
): void {
	const row = given.get(param.name) ?? {};
	given.set(param.name, row);
	const own = param.each === undefined ? undefined : (names.groups.get(param.each) ?? [param.each]);
	let left: string | undefined;
	for (const [index, {text, at}] of cells.entries()) {
		const isLeft = text === '<--' || text === '←';
		if (isLeft && left === undefined) {
			problems.error('bad-value', at, 'Nothing stands on the left of `<--`.');
			continue;
		}

		const value = isLeft ? (left ?? '') : text;
		left = value;
		const host = hosts === undefined ? '*' : hosts[index];
		if (value === '' || host === undefined) {
			continue;
		}

		const parsed = parseValue(param.type, value, param.of);
		if (!parsed.ok) {
			if (!isLeft) {
				problems.error(
					'bad-value',
					at,
					`"${value}" ${parsed.because}.`,
					`"${param.name}" is of type \`${param.type}\`.`,
				);
			}
		} else if (own !== undefined && host !== '*' && !own.includes(host)) {
			problems.error(
				'misplaced-value',
				at,
				`"${param.name}" has no value for ${host}.`,
				`It has one for each of ${own.join(', ')}.`,
			);
		} else if (own === undefined && host !== '*') {
			giveOneForAll(param, parsed.value, row, at, problems);
		} else if (row[host] !== undefined && row[host] !== parsed.value) {
			problems.error('duplicate-value', at, `"${param.name}" is given twice.`, `It is already "${row[host]}".`);
		} else {
			row[host] = parsed.value;
		}
	}
}

/** A parameter without `each` has one value, so every column must say the same. */
function giveOneForAll(
	{name}: Param,
	value: string,
	row: Record<string, string>,
	at: Cell['at'],
	problems: Reading['problems'],
): void {
	if (row['*'] !== undefined && row['*'] !== value) {
		problems.error(
			'misplaced-value',
			at,
			`"${name}" is one value for all hosts, and was "${row['*']}" on the left.`,
			'Add `each:` to it in the front matter, or write `<--`.',
		);
		return;
	}

	row['*'] = value;
}

function hostOf({text}: Cell, {hosts}: Names): HostName | undefined {
	return hosts.has(text) ? text : [...hosts.values()].find(({label}) => label === text)?.name;
}

function paramOf({text}: Cell, {params}: Names): Param | undefined {
	return params.get(text) ?? [...params.values()].find(({label}) => label === text);
}
