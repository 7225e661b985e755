import type {StepGraph, StepNode} from '../graph/graph.js';
import type {HostDeclaration, HostName, Target} from '../runbook/runbook.js';
import type {HostState, RunState} from './state.js';

export type RoleTarget = Extract<Target, {kind: 'role' | 'runsOn'}>;

export function isRole(target: Target | undefined): target is RoleTarget {
	return target?.kind === 'role' || target?.kind === 'runsOn';
}

/** Nobody has asked yet where the step runs: its one host has the name of the role. */
export function isToBeFound({step}: StepNode, {rolesFound}: RunState): boolean {
	return isRole(step.on) && !rolesFound.has(step.id);
}

/** Who may be asked for a role, in the order of the front matter. Undefined: the runbook declares no such role. */
export function roleOf({roles, hosts}: Pick<StepGraph, 'roles' | 'hosts'>, {role}: RoleTarget) {
	const declared = roles.find(({name}) => name === role);
	return declared && {declared, members: hosts.filter(({group}) => group === declared.of)};
}

/** The hosts that a target may come down to, with those that are asked for it. */
export function hostsOfRole(graph: Pick<StepGraph, 'roles' | 'hosts'>, target: RoleTarget): readonly HostName[] {
	const members = roleOf(graph, target)?.members ?? [];
	return members.flatMap(({name, runsOn}) =>
		target.kind === 'runsOn' && runsOn !== undefined ? [name, runsOn] : [name],
	);
}

/**
The member that a command's output names: by its name in the runbook, by its label, or by what it calls itself, with or
without its domain; upper and lower case are the same. Undefined if it names none.
*/
export function namedIn(
	output: string,
	members: readonly HostDeclaration[],
	hosts: ReadonlyMap<HostName, HostState>,
): HostDeclaration | undefined {
	const said = output.trim().toLowerCase();
	return members.find(({name, label}) => {
		const known = hosts.get(name);
		const ownName = known?.kind === 'reached' ? known.facts.name.trim() : '';
		const names = [name, label, ownName, ownName.replace(/\..*$/s, '')].map(one => one.toLowerCase());
		return said !== '' && names.includes(said);
	});
}
