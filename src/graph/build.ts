import type {Problem} from '../document/problem.js';
import type {HostName, Phase, PhaseId, Runbook, Step, StepId, Target} from '../runbook/runbook.js';
import {nearest} from '../text/nearest.js';
import {findCycles} from './cycles.js';
import {LOCAL_HOST, NO_HOST, type StepGraph, type StepNode} from './graph.js';
import {hashStep} from './hash.js';
import {withSharedSatellites} from './shared-satellites.js';

/**
Puts the steps of a runbook in order and says on which hosts each one runs.

Always gives a graph, and every problem of the order: `unknown-step` for an `after=` that names none (where compiling has not said so already),
`cycle` for steps that wait for each other. With a problem among them, the graph must not be run.
*/
export function buildGraph(runbook: Runbook): {readonly graph: StepGraph; readonly problems: readonly Problem[]} {
	const steps = withSharedSatellites(runbook);
	const order = orderOf({...runbook, steps});
	const phases = new Map(runbook.phases.map(phase => [phase.id, phase]));
	const nodes = steps.map((step, index): StepNode => {
		const hosts = hostsOf(step, runbook);
		return {step, hosts, after: order.after[index] ?? [], hash: hashStep(step, hosts, phasesAround(step, phases))};
	});
	const {title, hosts: declared, roles, phases: all, plain} = runbook;
	const graph = {title, hosts: declared, roles, phases: all, nodes, ...(plain ? {plain} : {})};
	const cycles = findCycles(nodes.map(({step, after}) => ({id: step.id, after})));
	const problems = [...order.problems, ...cycles.map(cycle => cycleProblem(runbook, cycle))];
	return {graph, problems: problems.filter(isFirstAtItsPlace)};
}

/** What a document says once is wrong once, however often its phase is repeated. */
function isFirstAtItsPlace({code, at}: Problem, index: number, all: readonly Problem[]): boolean {
	return index === all.findIndex(other => other.code === code && other.at === at);
}

/**
The hosts of a step in the order of the front matter.

A manual step with `once` has them all too, because its gates and satellites are about each of them; the run takes one
tick for all. A role is known only when the run asks the hosts: until then the step has one host with the name that stands
in `on=`.
*/
function hostsOf({on}: Step, {hosts}: Runbook): readonly HostName[] {
	return on === undefined ? [NO_HOST] : targetHosts(on, hosts);
}

function targetHosts(target: Target, declared: Runbook['hosts']): readonly HostName[] {
	switch (target.kind) {
		case 'host':
			return [target.host];
		case 'group': {
			const members = declared.filter(({group}) => group === target.group).map(({name}) => name);
			return members.length > 0 ? members : [NO_HOST];
		}

		case 'role':
			return [target.role];
		case 'runsOn':
			return [`${target.role}.runs_on`];
		case 'local':
			return [LOCAL_HOST];
		case 'asked':
			return [NO_HOST];
	}
}

function orderOf(runbook: Runbook): {
	readonly after: ReadonlyArray<readonly StepId[]>;
	readonly problems: readonly Problem[];
} {
	const problems: Problem[] = [];
	const ids = new Set(runbook.steps.map(({id}) => id));
	// A probe runs beside its phase, so nothing in document order waits for one
	let before: StepId | undefined;
	const after = runbook.steps.map(step => {
		const inDocumentOrder = before === undefined ? [] : [before];
		before = step.action.kind === 'probe' ? before : step.id;
		const unknown = step.after?.filter(id => !ids.has(id)) ?? [];
		problems.push(...unknown.map(id => unknownStep(runbook, step, id, ids)));
		return step.after === undefined ? inDocumentOrder : [...new Set(step.after.filter(id => ids.has(id)))];
	});
	return {after, problems};
}

/** The step's phase and what it stands in, innermost first. */
function phasesAround({phase}: Step, phases: ReadonlyMap<PhaseId, Phase>): readonly Phase[] {
	const around: Phase[] = [];
	for (let id = phase; id !== undefined; ) {
		const next = phases.get(id);
		if (next !== undefined) {
			around.push(next);
		}

		id = next?.parent;
	}

	return around;
}

function unknownStep({file}: Runbook, step: Step, id: StepId, candidates: ReadonlySet<StepId>): Problem {
	const meant = nearest(id, candidates);
	return {
		file: step.at.file ?? file,
		at: step.at,
		severity: 'error',
		code: 'unknown-step',
		message: `Step "${step.id}" comes after "${id}", which is no step of this runbook.`,
		help: meant === undefined ? '' : `Did you mean "${meant}"?`,
	};
}

function cycleProblem({file, steps}: Runbook, cycle: readonly StepId[]): Problem {
	const [first = ''] = cycle;
	const at = steps.find(({id}) => id === first)?.at ?? {line: 1, column: 1, length: 1};
	const chain = [...cycle.slice(1), first].map(id => `"${id}"`);
	const shown = chain.length > 6 ? [...chain.slice(0, 3), `${chain.length - 4} more steps`, ...chain.slice(-1)] : chain;
	return {
		file: at.file ?? file,
		at,
		severity: 'error',
		code: 'cycle',
		message:
			cycle.length === 1
				? `Step "${first}" comes after itself, so it can never begin.`
				: `Step "${first}" can never begin: it comes after ${shown.join(', which comes after ')}.`,
		help: 'Take one of these out of an after=.',
	};
}
