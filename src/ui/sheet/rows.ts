import type {HostName, ParamName} from '../../runbook/runbook.js';
import type {SheetField} from '../../runbook/site.js';
import {sanitiseLine} from '../../text/sanitise.js';
import type {Sheet} from '../workbench.js';

/** Rows that share their columns: one value for all, a value for each host, or the rows of a table. */
export type SheetSection = {
	readonly kind: 'single' | 'hosts' | 'table';
	/** Stands over the labels; empty but for tables. */
	readonly title: string;
	/** What stands over the columns: hosts, or the columns of a table. Empty for one value. */
	readonly heads: readonly string[];
};

/** One row of the form: a cell for each column, where there is such a value. */
export type SheetRow = {
	readonly section: SheetSection;
	/** The parameter, or the first cell's own key in a table. */
	readonly param: ParamName;
	readonly label: string;
	readonly cells: ReadonlyArray<SheetField | undefined>;
};

const single: SheetSection = {kind: 'single', title: '', heads: []};

/** First what is one for all, then what each host has for itself, then the tables; otherwise in the order of the sheet. */
export function rowsOf(sheet: Sheet): readonly SheetRow[] {
	const hosts: SheetSection = {kind: 'hosts', title: '', heads: columnsOf(sheet)};
	const plain = sheet.fields.filter(({cell}) => cell === undefined);
	const rows = [...Map.groupBy(plain, ({param}) => param)].map(([param, fields]): SheetRow => {
		const isPerHost = fields.some(({host}) => host !== undefined);
		return {
			section: isPerHost ? hosts : single,
			param,
			label: sanitiseLine(fields[0]?.label || param),
			cells: isPerHost ? hosts.heads.map(host => fields.find(field => field.host === host)) : fields.slice(0, 1),
		};
	});
	return [
		...rows.filter(({section}) => section.kind === 'single'),
		...rows.filter(({section}) => section.kind === 'hosts'),
		...tableRows(sheet.fields),
	];
}

/** The hosts that stand over the columns. */
export function columnsOf({fields}: Sheet): readonly HostName[] {
	return [...new Set(fields.flatMap(({host}) => host ?? []))];
}

function tableRows(fields: readonly SheetField[]): readonly SheetRow[] {
	const cells = fields.filter(({cell}) => cell !== undefined);
	return [...Map.groupBy(cells, ({cell}) => cell?.table ?? '')].flatMap(([, own]) => {
		const heads = [...new Set(own.flatMap(({cell}) => cell?.column ?? []))];
		const section: SheetSection = {kind: 'table', title: titleOf(own[0]), heads};
		return [...Map.groupBy(own, ({cell}) => cell?.row ?? 0)].map(
			([row, ofRow]): SheetRow => ({
				section,
				param: ofRow[0]?.param ?? '',
				label: String(row + 1),
				cells: heads.map(column => ofRow.find(({cell}) => cell?.column === column)),
			}),
		);
	});
}

/** > VMs 1: name */
function titleOf(field: SheetField | undefined): string {
	return sanitiseLine(field?.label.replace(/ \d+: .*$/, '') ?? '');
}
