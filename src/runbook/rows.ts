import type {HostName, Param, Phase, Runbook} from './runbook.js';
import type {Tables} from './site.js';

/** One repetition of a phase with `each`: a row of a table, or a host of a group. */
export type Row = {
	/** What the document calls it: `vm`. */
	readonly variable: string;
	/** What ids and titles call it: `vm1`. */
	readonly label: string;
	readonly host: HostName | undefined;
	/** By column, what stands in it; undefined while nobody has written a row. */
	readonly values: Readonly<Record<string, string>> | undefined;
};

/** What a phase is repeated for, in order; a table without rows repeats it once, as it is written. Never empty. */
export function rowsOf({variable, of}: NonNullable<Phase['each']>, runbook: Runbook, tables: Tables): readonly Row[] {
	const table = runbook.params.find(({name, type}) => type === 'table' && name === of);
	const rows =
		table === undefined
			? runbook.hosts
					.filter(({group}) => group === of)
					.map(({name, group = '', platform}) => ({
						variable,
						label: name,
						host: name,
						values: {name, group, platform},
					}))
			: (tables[of] ?? []).map(values => ({
					variable,
					label: rowLabel(values[keyColumn(table)] ?? ''),
					host: undefined,
					values,
				}));
	return rows.length > 0 ? rows : [{variable, label: variable, host: undefined, values: undefined}];
}

/** The column that tells one row from another: `name`, or the first one. */
export function keyColumn({columns}: Pick<Param, 'columns'>): string {
	return (columns.find(({name}) => name === 'name') ?? columns[0])?.name ?? '';
}

/**
What stands between the brackets of an id: everything that an id, a placeholder or a shell would read as more than a
name becomes `-`.
*/
export function rowLabel(value: string): string {
	const label = value
		.replaceAll(/[^\p{L}\p{N}._:-]+/gu, '-')
		.replaceAll(/^-+|-+$/g, '')
		.slice(0, MAX_LABEL);
	return label === '' ? '-' : label;
}

const MAX_LABEL = 64;

/** `register` of the row `vm1` is `register[vm1]`; of a row in that one, `register[vm1][disk0]`. */
export function inRow(name: string, {label}: Pick<Row, 'label'>): string {
	return `${name}[${label}]`;
}

/** A step, phase or value of one row. */
export function isOfRow(name: string): boolean {
	return name.includes('[');
}
