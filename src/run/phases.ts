import type {StepGraph, StepNode} from '../graph/graph.js';
import type {Phase, PhaseId, StepId} from '../runbook/runbook.js';

/** What the headings around a step make of it. */
export type Place = {
	/** The test that it stands in, those of its `require` and `restore` included. */
	readonly test: Phase | undefined;
	/** `own`: what a test tests, and every step outside of tests. */
	readonly role: 'own' | 'require' | 'restore';
	/** Of which one given up means that the step is not done any more: its test, and what that requires. */
	readonly givenUpWith: readonly Phase[];
	/** Of a step in a `restore`: one of these must have begun before there is anything to restore. */
	readonly restores: readonly Phase[];
	/** The ways that it is part of, outermost first. */
	readonly ways: ReadonlyArray<{readonly ways: PhaseId; readonly way: PhaseId}>;
};

/** What the headings of a graph are asked for again and again. Made once for each graph. */
type Index = {
	/** Of each phase, with what it stands in, outermost first. */
	readonly paths: ReadonlyMap<PhaseId, readonly Phase[]>;
	readonly places: ReadonlyMap<StepId, Place>;
	readonly nodes: ReadonlyMap<PhaseId | undefined, readonly StepNode[]>;
	readonly tests: readonly Phase[];
};

const indexes = new WeakMap<StepGraph, Index>();

function indexOf(graph: StepGraph): Index {
	const known = indexes.get(graph);
	if (known !== undefined) {
		return known;
	}

	const index = makeIndex(graph);
	indexes.set(graph, index);
	return index;
}

function makeIndex(graph: StepGraph): Index {
	const paths = pathsOf(graph.phases);
	const byPhase = new Map<PhaseId, Place>();
	const nodes = new Map<PhaseId | undefined, StepNode[]>();
	const places = new Map<StepId, Place>();
	for (const node of graph.nodes) {
		const {id, phase = ''} = node.step;
		const path = paths.get(phase) ?? [];
		const place = byPhase.get(phase) ?? placeOf(path, graph.phases, paths);
		byPhase.set(phase, place);
		places.set(id, place);
		for (const around of [undefined, ...path.map(phase => phase.id)]) {
			const others = nodes.get(around) ?? [];
			others.push(node);
			nodes.set(around, others);
		}
	}

	return {paths, places, nodes, tests: graph.phases.filter(({kind}) => kind === 'test')};
}

/** A phase's parent stands before it. */
function pathsOf(phases: readonly Phase[]): ReadonlyMap<PhaseId, readonly Phase[]> {
	const paths = new Map<PhaseId, readonly Phase[]>();
	for (const phase of phases) {
		const around = phase.parent === undefined ? [] : (paths.get(phase.parent) ?? []);
		paths.set(phase.id, [...around, phase]);
	}

	return paths;
}

function placeOf(
	path: readonly Phase[],
	phases: readonly Phase[],
	paths: ReadonlyMap<PhaseId, readonly Phase[]>,
): Place {
	const last = (kind: Phase['kind']) => path.findLast(phase => phase.kind === kind);
	const test = last('test');
	const require = last('require');
	const restore = last('restore');
	const ways = path.flatMap(({kind, parent, id}) =>
		kind === 'way' && parent !== undefined ? [{ways: parent, way: id}] : [],
	);
	if (restore !== undefined) {
		return {test, role: 'restore', givenUpWith: [], restores: testsBefore(restore, phases, paths), ways};
	}

	const required = test === undefined ? [] : phases.filter(phase => phase.kind === 'require' && covers(phase, test));
	const givenUpWith = [...new Set([require, test, ...required].filter(phase => phase !== undefined))];
	return {test, role: require === undefined ? 'own' : 'require', givenUpWith, restores: [], ways};

	/** A `require` in a test is for that one; one beside tests for all next to it and below those. */
	function covers({id, parent}: Phase, test: Phase): boolean {
		const around = paths.get(id)?.findLast(({kind}) => kind === 'test');
		return around === undefined ? isBelow(test, parent, paths) : around === test;
	}
}

/** The test around a `restore`, else those beside it that stand before it. */
function testsBefore(
	restore: Phase,
	phases: readonly Phase[],
	paths: ReadonlyMap<PhaseId, readonly Phase[]>,
): readonly Phase[] {
	const around = paths.get(restore.id)?.findLast(({kind}) => kind === 'test');
	return around === undefined
		? phases
				.slice(0, phases.indexOf(restore))
				.filter(phase => phase.kind === 'test' && isBelow(phase, restore.parent, paths))
		: [around];
}

function isBelow({id}: Phase, parent: PhaseId | undefined, paths: ReadonlyMap<PhaseId, readonly Phase[]>): boolean {
	return parent === undefined || (paths.get(id)?.some(phase => phase.id === parent) ?? false);
}

/** A phase and what it stands in, outermost first. Empty for a step without a phase. */
export function phasesOf(graph: StepGraph, innermost: PhaseId | undefined): readonly Phase[] {
	return innermost === undefined ? [] : (indexOf(graph).paths.get(innermost) ?? []);
}

const nothing: Place = {test: undefined, role: 'own', givenUpWith: [], restores: [], ways: []};

export function placeIn(graph: StepGraph, {step}: StepNode): Place {
	return indexOf(graph).places.get(step.id) ?? nothing;
}

/** In document order, those of inner phases too; of `undefined`, all. */
export function nodesIn(graph: StepGraph, phase: PhaseId | undefined): readonly StepNode[] {
	return indexOf(graph).nodes.get(phase) ?? [];
}

/** In document order. */
export function testsOf(graph: StepGraph): readonly Phase[] {
	return indexOf(graph).tests;
}
