import type {HostName, ParamName} from '../runbook/runbook.js';
import type {SheetField} from '../runbook/site.js';
import {sanitiseLine} from '../text/sanitise.js';
import {hostWord} from './names.js';

/** The parameter sheet as a form: hosts side by side where a parameter has a value for each. */
export type SheetView = {
	/** The columns; empty where no parameter has a value per host. */
	readonly columns: ReadonlyArray<{readonly host: HostName; readonly title: string}>;
	readonly rows: readonly SheetRow[];
	/** Fields without a value, and fields whose value cannot be used. */
	readonly empty: number;
	readonly wrong: number;
};

type SheetRow = {
	readonly param: ParamName;
	readonly label: string;
	/** `ip`, or the words of a choice: `linux or windows`. */
	readonly type: string;
	/** One cell for all hosts, or one per column; undefined where that host has no such value. */
	readonly cells: ReadonlyArray<SheetCell | undefined>;
};

type SheetCell = {
	readonly field: SheetField;
	/** As it may be shown: sanitised, and dots for a secret. */
	readonly text: string;
	/** Sanitised; empty if the value can be used. */
	readonly problem: string;
};

/** Rows and columns in the order of the fields. */
export function sheetView(fields: readonly SheetField[]): SheetView {
	const hosts = [...new Set(fields.flatMap(({host}) => host ?? []))];
	const byParam = Map.groupBy(fields, ({param}) => param);
	return {
		columns: hosts.map(host => ({host, title: hostWord(host)})),
		rows: [...byParam].map(([param, own]) => rowOf(param, own, hosts)),
		empty: fields.filter(({value, secret}) => value === '' && !secret).length,
		wrong: fields.filter(({value, problem}) => value !== '' && problem !== '').length,
	};
}

/** `2 empty, 1 wrong`; empty where the sheet is complete. */
export function sheetNote({empty, wrong}: SheetView): string {
	return [empty > 0 ? `${empty} empty` : '', wrong > 0 ? `${wrong} wrong` : ''].filter(Boolean).join(', ');
}

function rowOf(param: ParamName, fields: readonly SheetField[], hosts: readonly HostName[]): SheetRow {
	const [first] = fields;
	const isForAll = first?.host === undefined;
	return {
		param,
		label: sanitiseLine(first?.label || param),
		type:
			first === undefined || first.options.length === 0
				? (first?.type ?? '')
				: first.options.map(sanitiseLine).join(' or '),
		cells: isForAll
			? fields.slice(0, 1).map(cellOf)
			: hosts.map(host => {
					const field = fields.find(own => own.host === host);
					return field && cellOf(field);
				}),
	};
}

function cellOf(field: SheetField): SheetCell {
	const {secret, value, problem} = field;
	return {
		field,
		text: secret ? (value === '' ? '(asked when needed)' : '•••••') : sanitiseLine(value),
		problem: sanitiseLine(problem),
	};
}
