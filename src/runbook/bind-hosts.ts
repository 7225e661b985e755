import {ADDRESS_FIELD, originOfMissing, placeIn, type Sources, START, takeOnce} from './bind-sources.js';
import {unknownHost} from './read-site.js';
import type {HostName, Target} from './runbook.js';
import type {SheetField, SiteHost} from './site.js';
import {parseValue} from './value.js';

export type BoundHosts = {
	readonly hosts: Readonly<Record<HostName, SiteHost>>;
	readonly fields: readonly SheetField[];
};

/** The runbook's hosts as the site file has them, and those that the way to them leads through. */
export function bindHosts(sources: Sources): BoundHosts {
	const {runbook, site} = sources;
	const names = runbook.plain ? Object.keys(site.hosts) : runbook.hosts.map(({name}) => name);
	const hosts = Object.fromEntries(names.map(name => [name, bindHost(name, sources)]));
	const taken = new Map<string, HostName>();
	const fields = names.map(name => addressField(name, hosts[name] ?? unknownHost, taken, sources));
	for (const name of names) {
		for (let jump = hosts[name]?.jump; jump !== undefined && hosts[jump] === undefined; jump = hosts[jump]?.jump) {
			hosts[jump] = site.hosts[jump] ?? unknownHost;
		}
	}

	for (const [name, {address}] of Object.entries(hosts)) {
		if (address === '' && !names.includes(name)) {
			const message = `The way leads through ${name}, which has no address.`;
			sources.siteProblems.error('no-address', placeIn(sources.site, `${name}.address`, name), message);
		}
	}

	for (const [name, host] of Object.entries(hosts)) {
		requireSamePlatform(name, host, sources);
		requireSudo(name, host, sources);
		warnOfMissingVariable(name, host, sources);
	}

	return {hosts, fields};
}

function bindHost(name: HostName, sources: Sources): SiteHost {
	const host = sources.site.hosts[name] ?? unknownHost;
	return {
		...host,
		address: fromSet(`${name}.address`, 'host', sources) ?? host.address,
		port: portFrom(fromSet(`${name}.port`, 'port', sources)) ?? host.port,
		user: fromSet(`${name}.user`, 'name', sources) ?? host.user,
	};
}

function portFrom(text: string | undefined): number | undefined {
	return text === undefined ? undefined : Number(text);
}

function fromSet(key: string, type: 'host' | 'port' | 'name', {set, setProblems}: Sources): string | undefined {
	const text = set[key];
	if (text === undefined) {
		return undefined;
	}

	const parsed = parseValue(type, text);
	if (!parsed.ok) {
		setProblems.error('bad-value', START, `"${key}" ${parsed.because}.`);
	}

	return parsed.ok ? parsed.value : undefined;
}

function addressField(name: HostName, host: SiteHost, taken: Map<string, HostName>, sources: Sources): SheetField {
	return {
		param: ADDRESS_FIELD,
		host: name,
		label: 'Address',
		type: 'host',
		secret: false,
		options: [],
		value: host.address,
		problem: addressProblem(name, host, taken, sources),
	};
}

function addressProblem(
	name: HostName,
	{address, port}: SiteHost,
	taken: Map<string, HostName>,
	sources: Sources,
): string {
	if (address === '') {
		const declaredAt = sources.runbook.hosts.find(host => host.name === name)?.at ?? START;
		const {problems, at} = originOfMissing(sources, name, declaredAt);
		const help = `Write \`${name}: { address: … }\` under \`hosts:\` of the site file, or --set ${name}.address=…`;
		problems.error('no-address', at, `The host ${name} has no address.`, help);
		return 'is empty';
	}

	const owner = takeOnce(taken, `${address.toLowerCase()}:${port ?? 22}`, name);
	if (owner === undefined) {
		return '';
	}

	const at = placeIn(sources.site, `${name}.address`, name);
	sources.siteProblems.error('same-value', at, `${name} has the same address as ${owner}: ${address}.`);
	return `the same as ${owner}`;
}

/** A script is written for one shell or the other: the site cannot make a Windows host of a Linux one. */
function requireSamePlatform(name: HostName, {platform}: SiteHost, {site, siteProblems, runbook}: Sources): void {
	const declared = runbook.hosts.find(host => host.name === name)?.platform;
	const isOther = declared !== undefined && platform !== undefined && declared !== platform;
	if (isOther && (declared === 'windows' || platform === 'windows')) {
		const message = `The runbook's scripts for ${name} are for platform ${declared}, not ${platform}.`;
		siteProblems.error('wrong-platform', placeIn(site, `${name}.platform`), message);
	}
}

/** Better now than at the step in question. Where the sheet names no user, the host itself tells who we are there. */
function requireSudo(name: HostName, {user, sudo}: SiteHost, {site, siteProblems, runbook}: Sources): void {
	const group = runbook.hosts.find(host => host.name === name)?.group;
	const isHere = (on: Target | undefined) =>
		(on?.kind === 'host' && on.host === name) || (on?.kind === 'group' && on.group === group);
	const other = runbook.steps
		.flatMap(({id, on, as, check, verify, undo}) => [
			{id, on, as},
			...[check, verify, undo].flatMap(fence =>
				fence === undefined ? [] : [{id, on: fence.on ?? on, as: fence.as ?? as}],
			),
		])
		.find(({on, as}) => as !== undefined && as !== user && isHere(on));
	if (user !== undefined && !sudo && other !== undefined) {
		siteProblems.error(
			'no-sudo',
			placeIn(site, `${name}.user`, name),
			`The step ${other.id} says as=${other.as}, but the login on ${name} is ${user} and may not use sudo.`,
			`Write \`sudo: true\` for ${name} if it may, or log in as ${other.as}.`,
		);
	}
}

function warnOfMissingVariable(name: HostName, {password}: SiteHost, {site, siteProblems, environment}: Sources): void {
	const variable = password?.slice('env:'.length);
	if (variable !== undefined && environment[variable] === undefined) {
		const message = `The environment has no ${variable}.`;
		siteProblems.warning(
			'no-variable',
			placeIn(site, `${name}.password`),
			message,
			`The password of ${name} will be asked for.`,
		);
	}
}
