import type {Place} from '../document/problem.js';
import {type ProblemList, suggestion} from './problem-list.js';
import type {HostDeclaration, HostName, Param, ParamName, RoleDeclaration, Target} from './runbook.js';
import type {YamlEntry} from './yaml.js';

/** What the front matter declares, by name. */
export type Names = {
	readonly hosts: ReadonlyMap<HostName, HostDeclaration>;
	/** The hosts of each group, in the order of the front matter. */
	readonly groups: ReadonlyMap<string, readonly HostName[]>;
	readonly roles: ReadonlyMap<string, RoleDeclaration>;
	readonly params: ReadonlyMap<ParamName, Param>;
};

export function groupsOf(hosts: Iterable<HostDeclaration>): ReadonlyMap<string, readonly HostName[]> {
	const groups = new Map<string, HostName[]>();
	for (const {name, group} of hosts) {
		if (group !== undefined) {
			groups.set(group, [...(groups.get(group) ?? []), name]);
		}
	}

	return groups;
}

/** The variable of `each=` and what it goes through: a group of hosts or a table. */
export type EachVariable = {readonly variable: string; readonly of: string};

/** Understands `on=`. `variables` are those of the phases around. */
export function readTarget(
	text: string,
	at: Place,
	names: Names,
	variables: readonly EachVariable[],
	problems: ProblemList,
): Target | undefined {
	if (text === 'local') {
		return {kind: 'local'};
	}

	if (names.hosts.has(text)) {
		return {kind: 'host', host: text};
	}

	if (names.groups.has(text)) {
		return {kind: 'group', group: text};
	}

	if (names.roles.has(text)) {
		return {kind: 'role', role: text};
	}

	const loop = variables.find(({variable, of}) => variable === text && names.groups.has(of));
	if (loop !== undefined) {
		return {kind: 'group', group: loop.of, each: text};
	}

	const role = text.endsWith('.runs_on') ? text.slice(0, -'.runs_on'.length) : undefined;
	if (role !== undefined && names.roles.has(role)) {
		checkRunsOn(role, at, names, problems);
		return {kind: 'runsOn', role};
	}

	const candidates = [...targetNames(names), ...variables.map(({variable}) => variable)];
	problems.error('unknown-host', at, `No host, group or role is called "${text}".`, suggestion(text, candidates));
	return undefined;
}

/** Hosts that a target can mean; `undefined` where only the hosts themselves can say. */
export function hostsOf(target: Target | undefined, names: Names): readonly HostName[] | undefined {
	switch (target?.kind) {
		case undefined:
		case 'local':
			return [];
		case 'host':
			return [target.host];
		case 'group':
			return names.groups.get(target.group) ?? [];
		case 'role':
			return names.groups.get(names.roles.get(target.role)?.of ?? '') ?? [];
		case 'runsOn':
			return roleMembers(target.role, names).flatMap(host => names.hosts.get(host)?.runsOn ?? []);
		case 'asked':
			return undefined;
	}
}

function roleMembers(role: string, names: Names): readonly HostName[] {
	return names.groups.get(names.roles.get(role)?.of ?? '') ?? [];
}

function checkRunsOn(role: string, at: Place, names: Names, problems: ProblemList): void {
	const homeless = roleMembers(role, names).filter(host => names.hosts.get(host)?.runsOn === undefined);
	if (homeless.length > 0) {
		problems.error(
			'missing-key',
			at,
			`Nothing says where ${homeless.join(', ')} runs.`,
			'Add `runs_on:` to the host in the front matter.',
		);
	}
}

function targetNames({hosts, groups, roles}: Names): string[] {
	return [...hosts.keys(), ...groups.keys(), ...roles.keys(), 'local'];
}

export const namePattern = /^[A-Za-z][\w-]{0,62}$/;

export const nameHelp = 'Letters, digits, `-` and `_`, a letter first, at most 63.';

/** `local` is this laptop, `host` the step's own host, `none` an answer in the run. */
const takenNames = ['local', 'host', 'none'];

/** Whether hosts and roles may be called so; tells why not. */
export function isName({key, keyAt}: YamlEntry, kind: 'host' | 'role', problems: ProblemList): boolean {
	if (!namePattern.test(key)) {
		problems.error('bad-name', keyAt, `"${key}" is no name for a ${kind}.`, nameHelp);
		return false;
	}

	if (takenNames.includes(key)) {
		problems.error('reserved-name', keyAt, `No ${kind} can be called "${key}": it has a meaning of its own.`);
		return false;
	}

	return true;
}
