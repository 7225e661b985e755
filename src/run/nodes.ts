import {NO_HOST, type StepGraph, type StepNode} from '../graph/graph.js';
import type {HostName, Phase, StepId, Target} from '../runbook/runbook.js';
import {missingEvidence} from './evidence.js';
import {placeIn} from './phases.js';
import {noProgress, stepKey} from './progress.js';
import {hostsOfRole, isRole} from './roles.js';
import type {Progress, RunState, StepKey} from './state.js';

/** What a graph is asked for again and again. Made once for each graph. */
type Index = {
	readonly nodes: ReadonlyMap<StepId, StepNode>;
	readonly position: ReadonlyMap<StepId, number>;
	/** Undefined: a host may be chosen at a step, so any may be used. */
	readonly hosts: ReadonlySet<HostName> | undefined;
};

const indexes = new WeakMap<StepGraph, Index>();

function indexOf(graph: StepGraph): Index {
	const known = indexes.get(graph);
	if (known !== undefined) {
		return known;
	}

	const index = {
		nodes: new Map(graph.nodes.map(node => [node.step.id, node])),
		position: new Map(graph.nodes.map((node, position) => [node.step.id, position])),
		hosts: hostsNamedIn(graph),
	};
	indexes.set(graph, index);
	return index;
}

export function nodeOf(graph: StepGraph, step: StepId): StepNode | undefined {
	return indexOf(graph).nodes.get(step);
}

/** Document order: 0 for the first step, -1 for one that is not in the graph. */
export function positionOf(graph: StepGraph, step: StepId): number {
	return indexOf(graph).position.get(step) ?? -1;
}

/**
The hosts of a step: those of its node, the one that its role was found at, or the one that was chosen for a plain
document's step. A step that is done by hand, or whose host was not chosen yet, has `NO_HOST` alone.
*/
export function hostsOf(node: StepNode, state: RunState): readonly HostName[] {
	const {id} = node.step;
	if (!isMovable(node)) {
		return node.hosts;
	}

	if (node.step.on?.kind !== 'asked') {
		const found = state.rolesFound.get(id);
		return found === undefined ? node.hosts : [found];
	}

	const chosen = state.hostsChosen.get(id);
	return [chosen === undefined || chosen === 'none' ? NO_HOST : chosen];
}

/** Only the run says where such a step runs, and may say it anew. */
function isMovable({step: {on}}: StepNode): boolean {
	return on?.kind === 'asked' || isRole(on);
}

export function progressOf(state: RunState, node: StepNode, host: HostName): Progress {
	return state.progress.get(keyOf(node, host)) ?? noProgress;
}

const keyByHost = new WeakMap<StepNode, Map<HostName, StepKey>>();

/** Made once for each host: of a long run the progress is looked up so often that making the key would cost most of it. */
function keyOf(node: StepNode, host: HostName): StepKey {
	const known = keyByHost.get(node) ?? new Map<HostName, StepKey>();
	keyByHost.set(node, known);
	const key = known.get(host) ?? stepKey(node.step.id, host);
	known.set(host, key);
	return key;
}

const keys = new WeakMap<StepNode, readonly StepKey[]>();

/** Of each of its hosts. A long run asks for them so often that they are made once; a host that is chosen may change. */
function keysOf(node: StepNode, state: RunState): readonly StepKey[] {
	const known = keys.get(node);
	if (known !== undefined) {
		return known;
	}

	const made = hostsOf(node, state).map(host => stepKey(node.step.id, host));
	if (!isMovable(node)) {
		keys.set(node, made);
	}

	return made;
}

/** Nothing more is to be done for it, and its successors need not wait for it. */
export function isSettled({state}: Progress): boolean {
	switch (state) {
		case 'satisfied':
		case 'done':
		case 'skipped':
			return true;
		case 'open':
		case 'running':
		case 'failed':
		case 'unknown':
		case 'undone':
			return false;
	}
}

/** On all its hosts, with the evidence that it needs: what has begun in a phase that was given up holds up nothing. */
export function isNodeSettled(graph: StepGraph, state: RunState, node: StepNode): boolean {
	return keysOf(node, state).every(key => {
		const progress = state.progress.get(key) ?? noProgress;
		const isWhole = isSettled(progress) && !lacksEvidence(node, state, progress);
		return isWhole || (isDecided(progress) && givenUpPhase(graph, state, node) !== undefined);
	});
}

export function lacksEvidence({step}: StepNode, {noted}: RunState, progress: Progress): boolean {
	return step.needs.length > 0 && missingEvidence(step, progress, noted.has(step.id)).length > 0;
}

/** What is left of it once its phase was given up; what is open there is skipped. */
function isDecided({state, underWay}: Progress): boolean {
	return state !== 'open' && state !== 'running' && !underWay;
}

/** The first of the phases that this step is given up with. */
export function givenUpPhase(graph: StepGraph, {givenUp}: RunState, node: StepNode): Phase | undefined {
	return givenUp.size === 0 ? undefined : placeIn(graph, node).givenUpWith.find(({id}) => givenUp.has(id));
}

/** Something has happened to it on one of its hosts. */
export function isNodeTouched(node: StepNode, state: RunState): boolean {
	return keysOf(node, state).some(key => state.progress.has(key));
}

/** On one of its hosts. A probe whose host nobody could find was not. */
function wasEverBegun(node: StepNode, state: RunState): boolean {
	return keysOf(node, state).some(key => (state.progress.get(key)?.attempt ?? 0) > 0);
}

/** The hosts of the run that its steps or their satellites name, in the order of the sheet. */
export function hostsInUse(graph: StepGraph, state: RunState): readonly HostName[] {
	const {hosts} = indexOf(graph);
	return [...state.hosts.keys()].filter(host => hosts === undefined || hosts.has(host));
}

function hostsNamedIn({nodes, hosts, roles}: StepGraph): ReadonlySet<HostName> | undefined {
	const targets = nodes.flatMap(({step: {on, check, verify, undo}}) => [on, check?.on, verify?.on, undo?.on]);
	if (targets.some(target => target?.kind === 'asked')) {
		return undefined;
	}

	const named = targets.flatMap(target => (target === undefined ? [] : hostsOfTarget(target, {hosts, roles})));
	return new Set([...named, ...nodes.flatMap(node => node.hosts)]);
}

function hostsOfTarget(target: Target, graph: Pick<StepGraph, 'hosts' | 'roles'>): readonly HostName[] {
	switch (target.kind) {
		case 'host':
			return [target.host];
		case 'group':
			return graph.hosts.filter(({group}) => group === target.group).map(({name}) => name);
		case 'role':
		case 'runsOn':
			return hostsOfRole(graph, target);
		case 'local':
		case 'asked':
			return [];
	}
}

/** Everything that the step comes after is settled on all hosts. A probe runs beside others: who comes after one waits until it has begun. */
export function isReady(graph: StepGraph, state: RunState, node: StepNode): boolean {
	return node.after.every(step => {
		const before = nodeOf(graph, step);
		return (
			before !== undefined &&
			(isNodeSettled(graph, state, before) || (before.step.action.kind === 'probe' && wasEverBegun(before, state)))
		);
	});
}
