import type {Problem} from '../document/problem.js';
import {bindHosts} from './bind-hosts.js';
import {
	ADDRESS_FIELD,
	keyOfField,
	type Origin,
	originOfMissing,
	placeIn,
	type Sources,
	START,
	takeOnce,
} from './bind-sources.js';
import {type BoundTable, bindTable} from './bind-tables.js';
import {problemList, suggestion} from './problem-list.js';
import type {HostDeclaration, HostName, Param, ParamName, Runbook} from './runbook.js';
import type {SheetField, Site, SiteHost, Tables, Values} from './site.js';
import {parseValue} from './value.js';

export {keyOfField} from './bind-sources.js';

export type BoundSite = {
	/** What can be used; secrets and what is missing or wrong are not there. */
	readonly values: Values;
	/** The rows of each table that can be used. */
	readonly tables: Tables;
	/** The runbook's hosts and those that the way to them leads through; of a plain document, all of the site's. */
	readonly hosts: Readonly<Record<HostName, SiteHost>>;
	/** Addresses first, then the parameters in the runbook's order, each host by host. */
	readonly fields: readonly SheetField[];
	/** Of the site file, of `--set`, and of the runbook where nothing gives a value that it asks for. */
	readonly problems: readonly Problem[];
};

/**
Brings a runbook's parameters and a site's values together: what each host gets, what the sheet asks, what is wrong.

`set` holds what the command line or the sheet gives, by the key of the field; it wins over the site file, that over the
document's tables, these over defaults. `environment` is only asked whether it has the variable that a secret names.
*/
export function bindSite(
	runbook: Runbook,
	site: Site,
	set: Readonly<Record<string, string>>,
	environment: Readonly<Record<string, string | undefined>>,
): BoundSite {
	const siteProblems = problemList(site.file === '' ? runbook.file : site.file);
	const setProblems = problemList('--set');
	const runbookProblems = problemList(runbook.file);
	const sources: Sources = {runbook, site, set, environment, siteProblems, setProblems, runbookProblems};
	const {hosts, fields: addresses} = bindHosts(sources);
	const tables = bindTables(sources);
	const fields = [
		...addresses,
		...runbook.params.flatMap(param => tables.get(param.name)?.fields ?? bindParam(param, sources)),
	];
	checkSetKeys(fields, sources);
	warnOfTypos(
		'value',
		Object.keys(site.values),
		runbook.params.map(({name}) => name),
		sources,
	);
	warnOfTypos(
		'host',
		Object.keys(site.hosts),
		runbook.hosts.map(({name}) => name),
		sources,
	);
	const problems = [setProblems, siteProblems, runbookProblems].flatMap(list => list.all());
	return {values: valuesOf(fields), tables: rowsOf(tables), hosts, fields, problems};
}

/** The rows of the site file alone, for whoever draws the steps and needs no values. That there are none is no problem. */
export function bindRows(
	runbook: Runbook,
	site: Site,
): {readonly tables: Tables; readonly problems: readonly Problem[]} {
	const problems = problemList(site.file);
	const lists = {siteProblems: problems, setProblems: problems, runbookProblems: problemList(runbook.file)};
	const tables = rowsOf(bindTables({runbook, site, set: {}, environment: {}, ...lists}));
	return {tables, problems: problems.all()};
}

function bindTables(sources: Sources): ReadonlyMap<ParamName, BoundTable> {
	const tables = sources.runbook.params.filter(({type}) => type === 'table');
	return new Map(tables.map(param => [param.name, bindTable(param, sources)]));
}

function rowsOf(tables: ReadonlyMap<ParamName, BoundTable>): Tables {
	return Object.fromEntries([...tables].map(([name, {rows}]) => [name, rows]));
}

/** One field for all hosts, or one for each. */
function bindParam(param: Param, sources: Sources): readonly SheetField[] {
	const hosts = ownHosts(param, sources.runbook.hosts);
	checkGivenHosts(param, hosts, sources);
	const taken = new Map<string, HostName>();
	return (hosts ?? [undefined]).map(host => bindField(param, host, taken, sources));
}

/** `undefined`: one value for all. */
function ownHosts({each}: Param, hosts: readonly HostDeclaration[]): readonly HostName[] | undefined {
	if (each === undefined) {
		return undefined;
	}

	return hosts.filter(({name, group}) => group === each || name === each).map(({name}) => name);
}

function checkGivenHosts({name}: Param, hosts: readonly HostName[] | undefined, {site, siteProblems}: Sources): void {
	const given = site.values[name];
	if (typeof given !== 'object') {
		return;
	}

	if (hosts === undefined) {
		siteProblems.error(
			'bad-value',
			placeIn(site, name),
			`"${name}" is one value for all hosts.`,
			'Write it without host names.',
		);
		return;
	}

	for (const host of Object.keys(given).filter(candidate => !hosts.includes(candidate))) {
		const message = `"${name}" has no value for "${host}".`;
		siteProblems.error(
			'unknown-host',
			placeIn(site, `${name}@${host}`),
			message,
			suggestion(host, hosts, 'It has one for'),
		);
	}
}

function bindField(
	param: Param,
	host: HostName | undefined,
	taken: Map<string, HostName>,
	sources: Sources,
): SheetField {
	const {name, type, label} = param;
	const found = find(param, host, sources);
	const options = type === 'boolean' ? ['true', 'false'] : param.of;
	const field = {param: name, host, label, type, secret: type === 'secret', options};
	if (field.secret) {
		return {...field, ...bindSecret(found, sources)};
	}

	return {...field, value: found.text, problem: valueProblem(param, host, found, taken)};
}

function valueProblem(
	param: Param,
	host: HostName | undefined,
	{text, origin: {problems, at}}: Found,
	taken: Map<string, HostName>,
): string {
	const name = host === undefined ? `"${param.name}"` : `"${param.name}" of ${host}`;
	if (text === '') {
		const key = keyOfField({param: param.name, host});
		problems.error(
			'no-value',
			at,
			`${name} has no value.`,
			`Write it under \`values:\` of the site file, or --set ${key}=…`,
		);
		return 'is empty';
	}

	const parsed = parseValue(param.type, text, param.of);
	if (!parsed.ok) {
		problems.error('bad-value', at, `${name} ${parsed.because}.`, `It is a value of type \`${param.type}\`.`);
		return parsed.because;
	}

	const owner = host === undefined || !isOwnedByOne(param) ? undefined : takeOnce(taken, text.toLowerCase(), host);
	if (owner !== undefined) {
		problems.error('same-value', at, `${name} is the same as that of ${owner}: ${text}.`);
		return `the same as ${owner}`;
	}

	return '';
}

/** Two hosts with the same IP address, MAC address or iSCSI name do not work. */
function isOwnedByOne({type}: Param): boolean {
	return type === 'ip' || type === 'mac' || type === 'iqn';
}

/** A secret's own text is looked at no further, and neither kept nor shown. */
function bindSecret(
	{text, origin: {problems, at}}: Found,
	{environment}: Sources,
): {readonly value: string; readonly problem: string} {
	const variable = /^env:([A-Za-z_]\w*)$/.exec(text)?.[1];
	if (text !== '' && variable === undefined) {
		const help = 'Write `env:NAME`, or nothing: then it is asked for. Change the secret, because it was written down.';
		problems.error('secret-in-clear', at, 'A secret stands here in clear.', help);
		return {value: '', problem: 'is a secret: write env:NAME, or nothing to be asked'};
	}

	if (variable !== undefined && environment[variable] === undefined) {
		problems.warning('no-variable', at, `The environment has no ${variable}.`, 'The secret will be asked for.');
	}

	return {value: text, problem: ''};
}

type Found = {readonly text: string; readonly origin: Origin};

function find(param: Param, host: HostName | undefined, sources: Sources): Found {
	const {site, set, siteProblems, setProblems} = sources;
	const key = keyOfField({param: param.name, host});
	const fromSet = set[key] ?? set[param.name];
	if (fromSet !== undefined) {
		return {text: fromSet.trim(), origin: {problems: setProblems, at: START}};
	}

	const given = site.values[param.name];
	const fromSite = typeof given === 'object' ? given[host ?? ''] : given;
	if (fromSite !== undefined && fromSite !== '') {
		return {text: fromSite.trim(), origin: {problems: siteProblems, at: placeIn(site, key, param.name)}};
	}

	const fromRunbook = param.given[host ?? '*'] ?? param.given['*'] ?? param.default ?? '';
	return {text: fromRunbook.trim(), origin: originOfMissing(sources, key, param.at)};
}

function checkSetKeys(fields: readonly SheetField[], {runbook, set, setProblems}: Sources): void {
	const addresses = fields.filter(({param}) => param === ADDRESS_FIELD);
	const known = [
		...fields.map(keyOfField),
		...runbook.params.map(({name}) => name),
		...addresses.flatMap(({host}) => [`${host}.port`, `${host}.user`]),
	];
	for (const key of Object.keys(set).filter(candidate => !known.includes(candidate))) {
		setProblems.error('unknown-key', START, `"${key}" is no value of this runbook.`, suggestion(key, known, 'It has'));
	}
}

/** One sheet may serve several runbooks: a name that this one lacks is told only where it looks like one that is missing. */
function warnOfTypos(
	what: string,
	written: readonly string[],
	known: readonly string[],
	{site, siteProblems}: Pick<Sources, 'site' | 'siteProblems'>,
): void {
	const lacking = known.filter(name => !written.includes(name));
	for (const name of written.filter(candidate => !known.includes(candidate))) {
		const help = suggestion(name, lacking);
		if (help.startsWith('Did')) {
			siteProblems.warning('unknown-name', placeIn(site, name), `The runbook has no ${what} "${name}".`, help);
		}
	}
}

function valuesOf(fields: readonly SheetField[]): Values {
	const values: Record<string, Record<string, string>> = {};
	for (const {param, host, cell, secret, value, problem} of fields) {
		if (!secret && problem === '' && param !== ADDRESS_FIELD && cell === undefined) {
			values[param] = {...values[param], [host ?? '*']: value};
		}
	}

	return values;
}
