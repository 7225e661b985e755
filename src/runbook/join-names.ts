import type {Place} from '../document/problem.js';
import {type Inclusion, placeWords} from './include.js';
import {groupsOf, type Names} from './names.js';
import type {ProblemList} from './problem-list.js';
import type {HostDeclaration, Param, RoleDeclaration, Runbook} from './runbook.js';

/**
The names of a document and of those that it includes. What two of them declare must be the same in both: then one name
means one thing, whoever reads it.
*/
export function joinNames(file: string, own: Names, inclusions: readonly Inclusion[], problems: ProblemList): Names {
	return inclusions.reduce((names, {runbook}) => join(file, names, runbook, problems), own);
}

function join(file: string, names: Names, {hosts, roles, params}: Runbook, problems: ProblemList): Names {
	checkMeanings(file, names, {hosts, roles, params}, problems);
	checkGroups(file, names, hosts, problems);
	const agreed = <T extends {readonly name: string; readonly at: Place}>(
		kind: string,
		known: ReadonlyMap<string, T>,
		added: readonly T[],
		facts: (declared: T) => Facts,
	): ReadonlyMap<string, T> => {
		const all = new Map(known);
		for (const declared of added) {
			const first = known.get(declared.name);
			if (first === undefined) {
				all.set(declared.name, declared);
			} else {
				checkSame(
					`The ${kind} "${declared.name}"`,
					file,
					[first.at, facts(first)],
					[declared.at, facts(declared)],
					problems,
				);
			}
		}

		return all;
	};
	const allHosts = agreed('host', names.hosts, hosts, factsOfHost);
	return {
		hosts: allHosts,
		groups: groupsOf(allHosts.values()),
		roles: agreed('role', names.roles, roles, factsOfRole),
		params: withTables(agreed('parameter', names.params, params, factsOfParam), params, file, problems),
	};
}

/** What is declared of a name, by its key, as it is written. */
type Facts = Readonly<Record<string, string>>;

const nothing = 'nothing';

function factsOfHost({platform, group = nothing, label, runsOn = nothing}: HostDeclaration): Facts {
	return {platform, group, label, runs_on: runsOn};
}

function factsOfRole({of, by}: RoleDeclaration): Facts {
	return {of, by};
}

function factsOfParam({type, label, each = nothing, default: text = nothing, of, columns}: Param): Facts {
	return {
		type,
		label,
		each,
		default: text,
		of: of.join(', ') || nothing,
		columns: columns.map(column => `${column.name}: ${column.type}`).join(', ') || nothing,
	};
}

function checkSame(
	what: string,
	file: string,
	[firstAt, first]: readonly [Place, Facts],
	[at, facts]: readonly [Place, Facts],
	problems: ProblemList,
): void {
	const different = Object.keys(facts).filter(key => facts[key] !== first[key]);
	if (different.length > 0) {
		const words = different.map(key => `\`${key}\` is ${facts[key]} here and ${first[key]} there`).join('; ');
		problems.error(
			'disagreement',
			at,
			`${what} is declared otherwise in ${placeWords(file, firstAt)}: ${words}.`,
			'Declare it alike in both, or give one of them another name.',
		);
	}
}

/** A group that two documents know has the same hosts in both: no step may run where its author did not look. */
function checkGroups(file: string, names: Names, hosts: readonly HostDeclaration[], problems: ProblemList): void {
	for (const [group, members] of groupsOf(hosts)) {
		const first = names.groups.get(group) ?? members;
		const at = hosts.find(host => host.group === group)?.at;
		const firstAt = names.hosts.get(first[0] ?? '')?.at;
		const other = [names.hosts, names.roles, names.params].flatMap(map => map.get(group)?.at ?? [])[0];
		if (at !== undefined && other !== undefined) {
			const message = `"${group}" is a group of hosts here and something else in ${placeWords(file, other)}.`;
			problems.error('duplicate-name', at, message, 'Give one of them another name.');
		} else if (first.toSorted().join() !== members.toSorted().join() && at !== undefined && firstAt !== undefined) {
			problems.error(
				'disagreement',
				at,
				`The group "${group}" has ${members.join(', ')} here and ${first.join(', ')} in ${placeWords(file, firstAt)}.`,
				'Declare the same hosts in both.',
			);
		}
	}
}

function checkMeanings(
	file: string,
	names: Names,
	{hosts, roles, params}: Pick<Runbook, 'hosts' | 'roles' | 'params'>,
	problems: ProblemList,
): void {
	const known = {host: names.hosts, role: names.roles, parameter: names.params};
	const added = {host: hosts, role: roles, parameter: params};
	for (const kind of ['host', 'role', 'parameter'] as const) {
		for (const {name, at} of added[kind]) {
			const other = (['host', 'role', 'parameter'] as const).find(each => each !== kind && known[each].has(name));
			const where = other === undefined ? undefined : known[other].get(name)?.at;
			if (other !== undefined && where !== undefined) {
				const message = `"${name}" is a ${kind} here and a ${other} in ${placeWords(file, where)}.`;
				problems.error('duplicate-name', at, message, 'Give one of them another name.');
			} else if (names.groups.has(name)) {
				problems.error('duplicate-name', at, `"${name}" is a ${kind} here and a group of hosts in ${file}.`);
			}
		}
	}
}

/** What parameter tables of several documents give is the same too, where they give the same. */
function withTables(
	all: ReadonlyMap<string, Param>,
	added: readonly Param[],
	file: string,
	problems: ProblemList,
): ReadonlyMap<string, Param> {
	const joined = new Map(all);
	for (const {name, given, at} of added) {
		const known = all.get(name);
		if (known === undefined || known.given === given) {
			continue;
		}

		for (const [host, value] of Object.entries(given)) {
			const first = known.given[host];
			if (first !== undefined && first !== value) {
				const whose = host === '*' ? '' : ` of ${host}`;
				problems.error(
					'disagreement',
					at,
					`The tables of two documents give "${name}"${whose}: "${value}" here and "${first}" in ${placeWords(file, known.at)}.`,
				);
			}
		}

		joined.set(name, {...known, given: {...given, ...known.given}});
	}

	return joined;
}
