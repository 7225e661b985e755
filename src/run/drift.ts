import {buildGraph} from '../graph/build.js';
import {type Aspect, differencesIn, type LinkedHashes, type StepText} from '../graph/content.js';
import type {StepGraph, StepNode} from '../graph/graph.js';
import {longestRising, type Same, sameSteps} from '../graph/same-steps.js';
import {sharedCheckId, sharedVerifyId} from '../graph/shared-satellites.js';
import {type RunNames, underNames} from '../runbook/run-names.js';
import type {HostName, ParamName, PhaseId, Runbook, StepId} from '../runbook/runbook.js';
import type {RunEvent} from './event.js';
import {graphHash} from './graph-hash.js';
import {hostsOf, nodeOf, positionOf, progressOf} from './nodes.js';
import {stepAndHost} from './progress.js';
import type {Progress, RunState} from './state.js';

/** A text of the runbook: what the run executes, or what its file says now. Phases with \`each\` are repeated for the run's rows. */
export type RunbookText = {readonly runbook: Runbook; readonly linked: LinkedHashes};

/** What an edited runbook would make of a run. */
export type Drift = {
	/** The edited runbook under the names of the run, and its graph. */
	readonly runbook: Runbook;
	readonly graph: StepGraph;
	readonly calls: RunNames;
	/** In the order of the edited document; what was removed stands behind what stood before it. */
	readonly steps: readonly StepDrift[];
	/** Why it cannot be adopted now; empty if it can. */
	readonly obstacles: readonly Obstacle[];
};

export type Obstacle =
	/** It was begun, and its end is not known yet. */
	| {readonly kind: 'unsettled'; readonly step: StepId; readonly isRemoved: boolean}
	/** The run was started for this step, or from it on. */
	| {readonly kind: 'not-selected'; readonly step: StepId}
	/** It was chosen, and is gone. */
	| {readonly kind: 'no-way'; readonly way: PhaseId}
	/** The step is done, and has not read what it is to read now. */
	| {readonly kind: 'not-read'; readonly step: StepId; readonly value: ParamName};

export type StepDrift = {
	/** What the run calls it. */
	readonly step: StepId;
	readonly kind: 'same' | 'changed' | 'reworded' | 'added' | 'removed';
	/** What of it is another one. */
	readonly aspects: readonly Aspect[];
	/** It stands elsewhere in the order. */
	readonly moved: boolean;
	/** What came of it so far: on its hosts, the one first that needs most care. */
	readonly stands: Standing;
	readonly hosts: readonly HostName[];
	/** Where it would run for the first time although it was begun on other hosts before. */
	readonly newHosts: readonly HostName[];
	/** Something behind it was begun: it would run before the run gets to where it is. */
	readonly isBehindTheRun: boolean;
};

/** `unsettled`: under way, or nobody saw how it ended. `partly`: done on some of its hosts. */
export type Standing = 'unsettled' | 'failed' | 'partly' | 'done' | 'skipped' | 'pending';

/**
What the edited text `now` of a run's runbook differs in from what it executes, step by step, and what adopting it would
mean. `state` is that of the run as it is when it is resumed.

`same` says which steps are the same ones in both.
*/
export function driftOf(
	before: StepText,
	now: RunbookText,
	state: RunState,
	same: (before: StepGraph, now: StepGraph) => Same = sameSteps,
): Drift {
	const matched = same(before.graph, buildGraph(now.runbook).graph);
	const calls = namesOf(before.graph, now.runbook, matched, state);
	const runbook = underNames(now.runbook, calls);
	const {graph} = buildGraph(runbook);
	const steps = stepDrifts(before, {graph, linked: now.linked}, livingSteps(before.graph, graph, matched), state);
	return {runbook, graph, calls, steps, obstacles: [...unsettledSteps(steps), ...lostPlaces(graph, state)]};
}

/** Nothing is executed in another way: there is nothing to decide. */
export function isOnlyWords({steps}: Drift): boolean {
	return steps.every(({kind, moved}) => kind === 'reworded' && !moved);
}

/** The fact that somebody adopts it. `about`: what the run cannot tell of the edited text itself. */
export function adoptionOf(
	{graph, calls, steps}: Drift,
	before: StepGraph,
	about: Pick<Adopted, 'by' | 'runbook' | 'copy' | 'before' | 'values'>,
): Adopted {
	const ids = (kind: StepDrift['kind']) => steps.filter(step => step.kind === kind).map(({step}) => step);
	return {
		type: 'RunbookAdopted',
		...about,
		graphHash: graphHash(graph),
		calls,
		changed: ids('changed'),
		reworded: ids('reworded'),
		added: ids('added'),
		moved: steps.filter(({moved}) => moved).map(({step}) => step),
		removed: ids('removed').map(step => ({step, title: nodeOf(before, step)?.step.title || step})),
	};
}

type Adopted = Extract<RunEvent, {type: 'RunbookAdopted'}>;

/**
What the steps and phases of the edited text are called in the run: those that it had before as before, and the others as
they are written. A name under which something was recorded is given to nothing else.
*/
function namesOf(before: StepGraph, now: Runbook, {steps, phases}: Same, state: RunState): RunNames {
	const taken = new Set<string>([
		...[...state.progress.keys(), ...state.left.keys()].map(key => stepAndHost(key).step),
		...before.phases.map(({id}) => id),
		...steps.values(),
	]);
	const nameOf = (id: string, same: ReadonlyMap<string, string>) => {
		const known = same.get(id);
		if (known !== undefined) {
			return known;
		}

		let name = id;
		for (let count = 2; [name, ...satelliteNames(name)].some(one => taken.has(one)); count++) {
			name = `${id}-${count}`;
		}

		taken.add(name);
		return name;
	};
	const others = (ids: readonly string[], same: ReadonlyMap<string, string>) =>
		Object.fromEntries(ids.map(id => [id, nameOf(id, same)] as const).filter(([id, name]) => id !== name));
	return {
		phases: others(
			now.phases.map(({id}) => id),
			phases,
		),
		steps: others(
			now.steps.map(({id}) => id),
			steps,
		),
	};
}

/** What the graph would call the steps that it makes of a phase. */
function satelliteNames(phase: PhaseId): readonly StepId[] {
	return [sharedCheckId(phase), sharedVerifyId(phase)];
}

/** Those of which the run goes on with the same step, by the name that both have in the run. */
function livingSteps(before: StepGraph, now: StepGraph, {steps, phases}: Same): ReadonlySet<StepId> {
	const kept = new Set(phases.values());
	const made = now.nodes.filter(
		({step: {id, serves, phase = ''}}) => serves !== undefined && kept.has(phase) && nodeOf(before, id) !== undefined,
	);
	return new Set([...steps.values(), ...made.map(({step}) => step.id)]);
}

function stepDrifts(
	before: StepText,
	now: StepText,
	living: ReadonlySet<StepId>,
	state: RunState,
): readonly StepDrift[] {
	const stood = (id: StepId) => (living.has(id) ? nodeOf(before.graph, id) : undefined);
	const history = historyOf(state);
	const kept = now.graph.nodes.filter(({step}) => living.has(step.id));
	const inPlace = new Set(
		longestRising(kept.map(({step}) => positionOf(before.graph, step.id))).map(at => kept[at]?.step.id),
	);
	const lastBegun = now.graph.nodes.findLastIndex(
		({step}) => stood(step.id) !== undefined && isBegun(history, step.id),
	);
	const drifts = now.graph.nodes.flatMap((node, index): readonly StepDrift[] => {
		const old = stood(node.step.id);
		const aspects = old === undefined ? [] : differencesIn({...before, node: old}, {...now, node});
		const kind = old === undefined ? 'added' : kindOf(aspects);
		const moved = old !== undefined && (!inPlace.has(node.step.id) || comesAfterOthers(old, node));
		const hosts = hostsOf(node, state);
		const own = old === undefined ? new Map<HostName, Progress>() : (history.get(node.step.id) ?? new Map());
		const drift: StepDrift = {
			...{step: node.step.id, kind, aspects, moved, hosts},
			stands: standingOf(own, old === undefined ? hosts : hostsOf(old, state)),
			newHosts: own.size === 0 || isLookedUp(node) ? [] : hosts.filter(host => !own.has(host)),
			isBehindTheRun: index < lastBegun,
		};
		return kind === 'same' && !moved ? [] : [drift];
	});
	const removed = before.graph.nodes.flatMap((node): readonly StepDrift[] => {
		const {id} = node.step;
		const hosts = hostsOf(node, state);
		const stands = standingOf(history.get(id) ?? new Map(), hosts);
		return living.has(id)
			? []
			: [{step: id, kind: 'removed', aspects: [], moved: false, hosts, stands, newHosts: [], isBehindTheRun: false}];
	});
	return inDocumentOrder(drifts, removed, before.graph, now.graph);
}

/** Only the run says on which host. */
function isLookedUp({step: {on}}: StepNode): boolean {
	return on?.kind === 'role' || on?.kind === 'runsOn' || on?.kind === 'asked';
}

function kindOf(aspects: readonly Aspect[]): StepDrift['kind'] {
	return aspects.length === 0 ? 'same' : aspects.every(aspect => aspect === 'words') ? 'reworded' : 'changed';
}

/** `after=` names other steps than before. */
function comesAfterOthers({step: one}: StepNode, {step: other}: StepNode): boolean {
	return one.after?.toSorted().join(' ') !== other.after?.toSorted().join(' ');
}

/** What happened to each step so far, host by host. */
type History = ReadonlyMap<StepId, ReadonlyMap<HostName, Progress>>;

function historyOf({progress}: RunState): History {
	const history = new Map<StepId, Map<HostName, Progress>>();
	for (const [key, own] of progress) {
		const {step, host} = stepAndHost(key);
		const hosts = history.get(step) ?? new Map<HostName, Progress>();
		history.set(step, hosts.set(host, own));
	}

	return history;
}

function isBegun(history: History, step: StepId): boolean {
	return [...(history.get(step)?.values() ?? [])].some(({state, attempt}) => attempt > 0 || state !== 'open');
}

function standingOf(own: ReadonlyMap<HostName, Progress>, hosts: readonly HostName[]): Standing {
	const states = new Set([
		...[...own.values()].map(({state, underWay}) => (underWay ? 'running' : state)),
		...hosts.filter(host => !own.has(host)).map(() => 'open'),
	]);
	const isDone = states.has('done') || states.has('satisfied');
	if (states.has('running') || states.has('unknown')) {
		return 'unsettled';
	}

	if (states.has('failed')) {
		return 'failed';
	}

	const isLeft = states.has('open') || states.has('undone');
	return isDone ? (isLeft ? 'partly' : 'done') : isLeft ? 'pending' : 'skipped';
}

/** What was removed stands where it stood: behind the nearest step before it that is still there. */
function inDocumentOrder(
	drifts: readonly StepDrift[],
	removed: readonly StepDrift[],
	before: StepGraph,
	now: StepGraph,
): readonly StepDrift[] {
	const gone = new Set(removed.map(({step}) => step));
	const placeOf = ({step, kind}: StepDrift) => {
		if (kind !== 'removed') {
			return positionOf(now, step);
		}

		const above = before.nodes.slice(0, positionOf(before, step)).findLast(node => !gone.has(node.step.id));
		return above === undefined ? -0.5 : positionOf(now, above.step.id) + 0.5;
	};
	const placed = [...drifts, ...removed].map(drift => ({drift, place: placeOf(drift)}));
	return placed.toSorted((one, other) => one.place - other.place).map(({drift}) => drift);
}

/** Its end has to be known first, by the text that it was begun with. */
function unsettledSteps(steps: readonly StepDrift[]): readonly Obstacle[] {
	return steps
		.filter(({kind, stands}) => stands === 'unsettled' && (kind === 'changed' || kind === 'removed'))
		.map(({step, kind}) => ({kind: 'unsettled', step, isRemoved: kind === 'removed'}));
}

/** What a person has chosen in the run must still be there, and what was read must still be what is asked for. */
function lostPlaces(graph: StepGraph, state: RunState): readonly Obstacle[] {
	const phases = new Set(graph.phases.map(({id}) => id));
	const {only, startAt} = state.selection;
	const ways = [...state.waysChosen].filter(([phase, way]) => phases.has(phase) && !phases.has(way));
	return [
		...[only, startAt].flatMap((step): readonly Obstacle[] =>
			step === null || nodeOf(graph, step) !== undefined ? [] : [{kind: 'not-selected', step}],
		),
		...ways.map(([, way]): Obstacle => ({kind: 'no-way', way})),
		...graph.nodes.flatMap(node => unreadValue(node, state)),
	];
}

/** A step that is done reads nothing any more. */
function unreadValue(node: StepNode, state: RunState): readonly Obstacle[] {
	const {id, captures} = node.step;
	const isOver = hostsOf(node, state).some(host => ['done', 'satisfied'].includes(progressOf(state, node, host).state));
	return captures === undefined || captures.optional || !isOver || state.values[captures.name] !== undefined
		? []
		: [{kind: 'not-read', step: id, value: captures.name}];
}
