import type {StepGraph, StepNode} from '../graph/graph.js';
import {type OutlineEntry, outlineOf} from '../graph/outline.js';
import {statusesOf} from '../run/next.js';
import {hostsOf, progressOf} from '../run/nodes.js';
import type {Progress, RunState, StepStatus} from '../run/state.js';
import type {HostName, PhaseId, StepId} from '../runbook/runbook.js';
import {sanitiseLine} from '../text/sanitise.js';
import {hostWord} from './names.js';
import {filler} from './prose.js';
import {lookOf, type StatusLook, worstOf} from './status.js';
import {titleOf} from './titles.js';

/** A phase or a step in the outline, in document order: a phase stands before what is in it. */
export type OutlineRow = {
	readonly kind: 'phase' | 'step';
	readonly id: PhaseId | StepId;
	/** From 0. */
	readonly depth: number;
	readonly title: string;
	/** Of a step: of the host that needs somebody most. Of a phase: of such a step, and done only when all of it is settled. */
	readonly status: StepStatus;
	readonly look: StatusLook;
	/** The step that the run is at, and the phases around it. */
	readonly isCurrent: boolean;
	/** Steps that are settled, and all: of a phase with its inner phases. Hosts, for a step. */
	readonly settled: number;
	readonly all: number;
	/** A person is wanted for it: it asks, or it is done by hand and still open. Of a phase: false. */
	readonly isMine: boolean;
	/** What a filter is held against, in small letters: title, id, hosts, state. Empty for a phase. */
	readonly words: string;
};

/** The states of every step on its hosts, in their order. Made once for all that ask for it. */
export type StepStatuses = ReadonlyMap<StepId, readonly StepStatus[]>;

export function stepStatuses(graph: StepGraph, state: RunState): StepStatuses {
	return new Map(
		graph.nodes.map(node => [node.step.id, settledBefore(state, node) ?? statusesNow(graph, state, node)]),
	);
}

type Settled = {readonly progress: readonly Progress[]; readonly statuses: readonly StepStatus[]};

/** What is settled stays so until something happens to it: most of a long run is not looked at again. */
const settledOnes = new WeakMap<StepNode, Settled>();

function settledBefore(state: RunState, node: StepNode): readonly StepStatus[] | undefined {
	const known = settledOnes.get(node);
	const isSame = known?.progress.every((own, index) => own === progressOf(state, node, node.hosts[index] ?? ''));
	return isSame === true ? known?.statuses : undefined;
}

function statusesNow(graph: StepGraph, state: RunState, node: StepNode): readonly StepStatus[] {
	const statuses = statusList(graph, state, node);
	// A host that is chosen or looked up may become another one.
	if (statuses.every(isSettledStatus) && hostsOf(node, state) === node.hosts) {
		settledOnes.set(node, {progress: node.hosts.map(host => progressOf(state, node, host)), statuses});
	}

	return statuses;
}

/** Everything below the title. */
export function outlineRows(
	graph: StepGraph,
	state: RunState,
	statuses: StepStatuses = stepStatuses(graph, state),
): readonly OutlineRow[] {
	const current = currentStep(graph, state, statuses);
	const entries = outlineOf(graph);
	const totals = phaseTotals(entries, statuses, current);
	return entries.flatMap(entry => rowOf(graph, state, entry, totals, statuses, current) ?? []);
}

/** The states of a step on its hosts, in their order. */
export function statusList(graph: StepGraph, state: RunState, node: StepNode): readonly StepStatus[] {
	return [...statusesOf(graph, state, node).values()];
}

/** Where the run is: the first step that asks or runs, else the first one that is not settled; undefined when all are. */
export function currentStep(
	graph: StepGraph,
	state: RunState,
	statuses: StepStatuses = stepStatuses(graph, state),
): StepId | undefined {
	const ids = graph.nodes.map(({step}) => step.id);
	const isAt = (wanted: readonly StepStatus[]) => (id: StepId) =>
		statuses.get(id)?.some(status => wanted.includes(status)) ?? false;
	return (
		ids.find(isAt(['failed', 'unknown', 'asking', 'running'])) ??
		ids.find(isAt(['ready'])) ??
		ids.find(isAt(['waiting', 'undone']))
	);
}

export function isSettledStatus(status: StepStatus): boolean {
	return status === 'done' || status === 'satisfied' || status === 'skipped';
}

type PhaseTotal = {
	readonly hosts: Set<HostName>;
	readonly statuses: StepStatus[];
	settled: number;
	all: number;
	isCurrent: boolean;
};

function phaseTotals(
	entries: readonly OutlineEntry[],
	statuses: StepStatuses,
	current: StepId | undefined,
): ReadonlyMap<PhaseId, PhaseTotal> {
	const totals = new Map<PhaseId, PhaseTotal>();
	const open: PhaseTotal[] = [];
	for (const entry of entries) {
		switch (entry.kind) {
			case 'phase': {
				const total = {hosts: new Set<HostName>(), statuses: [], settled: 0, all: 0, isCurrent: false};
				totals.set(entry.phase.id, total);
				open.push(total);
				break;
			}

			case 'step': {
				const {id} = entry.node.step;
				const own = statuses.get(id) ?? [];
				for (const total of open) {
					for (const host of entry.node.hosts) {
						total.hosts.add(host);
					}

					total.statuses.push(worstOf(own));
					total.settled += own.every(isSettledStatus) ? 1 : 0;
					total.all++;
					total.isCurrent ||= id === current;
				}

				break;
			}

			case 'close':
				open.pop();
				break;
		}
	}

	return totals;
}

function rowOf(
	graph: StepGraph,
	state: RunState,
	entry: OutlineEntry,
	totals: ReadonlyMap<PhaseId, PhaseTotal>,
	statuses: StepStatuses,
	current: StepId | undefined,
): OutlineRow | undefined {
	switch (entry.kind) {
		case 'phase': {
			const total = totals.get(entry.phase.id);
			return total && phaseRow(graph, state, entry, total);
		}

		case 'step':
			return stepRow(graph, state, entry, statuses.get(entry.node.step.id) ?? [], current);
		case 'close':
			return undefined;
	}
}

function phaseRow(
	graph: StepGraph,
	state: RunState,
	{phase, depth}: Extract<OutlineEntry, {kind: 'phase'}>,
	total: PhaseTotal,
): OutlineRow {
	const status = worstOf(total.statuses);
	return {
		kind: 'phase',
		id: phase.id,
		depth,
		title: sanitiseLine(filler(graph, state, [...total.hosts])(phase.title)),
		status,
		look: lookOf(status),
		isCurrent: total.isCurrent,
		settled: total.settled,
		all: total.all,
		isMine: false,
		words: '',
	};
}

function stepRow(
	graph: StepGraph,
	state: RunState,
	{node, depth}: Extract<OutlineEntry, {kind: 'step'}>,
	statuses: readonly StepStatus[],
	current: StepId | undefined,
): OutlineRow {
	const {step} = node;
	const status = worstOf(statuses);
	const settled = statuses.filter(isSettledStatus).length;
	const isCurrent = step.id === current;
	const known = rowsMade.get(node);
	if (known !== undefined && isAsMade(known, state) && known.row.depth === depth) {
		const {row} = known;
		if (row.status === status && row.settled === settled && row.isCurrent === isCurrent) {
			return row;
		}
	}

	const title = titleOf(graph, state, node);
	const look = lookOf(status);
	const row: OutlineRow = {
		kind: 'step',
		id: step.id,
		depth,
		title,
		status,
		look,
		isCurrent,
		settled,
		all: statuses.length,
		isMine: status === 'asking' || (step.action.kind === 'manual' && !statuses.every(isSettledStatus)),
		words: [title, sanitiseLine(step.id), ...hostsOf(node, state).map(hostWord), look.word].join(' ').toLowerCase(),
	};
	const {values, hostsChosen, rolesFound} = state;
	rowsMade.set(node, {row, values, hostsChosen, rolesFound});
	return row;
}

type RowMade = Pick<RunState, 'values' | 'hostsChosen' | 'rolesFound'> & {readonly row: OutlineRow};

/** Of thousands of steps one or two change with an event: the others keep their rows. */
const rowsMade = new WeakMap<StepNode, RowMade>();

/** What its words are made of is the same. */
function isAsMade(made: RowMade, {values, hostsChosen, rolesFound}: RunState): boolean {
	return made.values === values && made.hostsChosen === hostsChosen && made.rolesFound === rolesFound;
}
