import type {Place} from '../document/problem.js';
import type {ProblemList} from './problem-list.js';
import type {HostName, Runbook} from './runbook.js';
import type {SheetField, Site} from './site.js';

/** Where values come from, and one list of problems for each file that a person can put right. */
export type Sources = {
	readonly runbook: Runbook;
	readonly site: Site;
	readonly set: Readonly<Record<string, string>>;
	readonly environment: Readonly<Record<string, string | undefined>>;
	readonly siteProblems: ProblemList;
	readonly setProblems: ProblemList;
	readonly runbookProblems: ProblemList;
};

/** Where a value stands, or where it would have to stand. */
export type Origin = {readonly problems: ProblemList; readonly at: Place};

/** What the command line gives has no lines. */
export const START: Place = {line: 1, column: 1, length: 1};

/** The parameter of a field that asks for a host's address; no parameter of a runbook can be called so. */
export const ADDRESS_FIELD = 'host.address';

/** What `--set` and `writeSite` call a field: `ntp_server`, `iscsi_ip@esxi1`, `esxi1.address`. */
export function keyOfField({param, host}: Pick<SheetField, 'param' | 'host'>): string {
	if (param === ADDRESS_FIELD) {
		return `${host ?? ''}.address`;
	}

	return host === undefined ? param : `${param}@${host}`;
}

/** What they call a field of a table: `vms[0].name`. Rows count from 0. */
export function cellKey(table: string, row: number, column: string): string {
	return `${table}[${row}].${column}`;
}

/** The first of these keys that the site file has. */
export function placeIn({places = {}}: Site, ...keys: readonly string[]): Place {
	return keys.map(key => places[key]).find(place => place !== undefined) ?? START;
}

/** Where something is missing: at its empty place in the site file, else where the runbook asks for it. */
export function originOfMissing(
	{site, siteProblems, runbookProblems}: Sources,
	key: string,
	declaredAt: Place,
): Origin {
	const at = site.places?.[key];
	return at === undefined ? {problems: runbookProblems, at: declaredAt} : {problems: siteProblems, at};
}

/** Remembers who has a value first, and tells whoever comes with the same one. */
export function takeOnce(taken: Map<string, HostName>, value: string, host: HostName): HostName | undefined {
	const owner = taken.get(value);
	if (owner === undefined) {
		taken.set(value, host);
	}

	return owner;
}
