import type {Aspect} from '../graph/content.js';
import type {StepGraph} from '../graph/graph.js';
import {type Drift, isOnlyWords, type Obstacle, type Standing, type StepDrift} from '../run/drift.js';
import type {RunState} from '../run/state.js';
import {sanitiseLine} from '../text/sanitise.js';
import {counted, hostWords, onHosts} from './names.js';
import type {Tone} from './status.js';
import {titleById} from './titles.js';

/** What an edited runbook would make of a run, for a person who adopts it or keeps what the run has. Everything is harmless. */
export type DriftView = {
	/** Whose text differs, and in how many steps. */
	readonly headline: string;
	/** In the order of the edited document. */
	readonly rows: readonly DriftRow[];
	/** What else to know, a sentence each. */
	readonly notes: readonly string[];
	/** Why it cannot be adopted now, a sentence each; empty if it can. */
	readonly obstacles: readonly string[];
	/** There is nothing to decide: what is executed stays the same. */
	readonly isOnlyWords: boolean;
};

export type DriftRow = {
	/** One cell: `~` changed, `+` added, `-` removed, `>` moved, `"` other words. */
	readonly sign: string;
	readonly title: string;
	/** ` on esxi1, esxi2`, or empty. */
	readonly where: string;
	/** `changed: script, hosts`. */
	readonly what: string;
	/** `done: it is not run again`. */
	readonly means: string;
	readonly tone: Tone;
};

/** `file` is the name of the one that was edited; \`before\` the graph that the run executes. */
export function driftView(drift: Drift, before: StepGraph, state: RunState, file: string): DriftView {
	const {steps, graph, obstacles} = drift;
	const only = isOnlyWords(drift);
	const count = steps.length === 0 ? 'no step differs' : counted(steps.length, 'step differs', 'steps differ');
	return {
		headline: `${sanitiseLine(file)} is not what this run executes: ${count}${only && steps.length > 0 ? ', in words only' : ''}.`,
		rows: steps.map(step => rowOf(step, step.kind === 'removed' ? before : graph, state)),
		notes: notesOf(drift, before),
		obstacles: obstacles.map(obstacle => obstacleWords(obstacle, before, graph, state)),
		isOnlyWords: only,
	};
}

const signs = {changed: '~', added: '+', removed: '-', same: '>', reworded: '"'} as const;

function rowOf(drift: StepDrift, graph: StepGraph, state: RunState): DriftRow {
	const {step, kind, moved, hosts} = drift;
	return {
		sign: signs[kind],
		title: titleById(graph, state, step, hosts),
		where: onHosts(hosts),
		what: [...kindWords(drift), ...(moved ? ['moved'] : [])].join(', '),
		means: meansOf(drift),
		tone: toneOf(drift),
	};
}

function kindWords({kind, aspects}: StepDrift): readonly string[] {
	switch (kind) {
		case 'same':
			return [];
		case 'changed':
			return [`changed: ${aspects.map(aspectWord).join(', ')}`];
		case 'reworded':
			return ['other words only'];
		case 'added':
		case 'removed':
			return [kind];
	}
}

function aspectWord(aspect: Aspect): string {
	return aspect === 'condition' ? 'when' : aspect;
}

/** What adopting it would mean for this step. */
function meansOf(drift: StepDrift): string {
	const {stands, isBehindTheRun, newHosts} = drift;
	switch (drift.kind) {
		case 'added':
			return isBehindTheRun ? 'it stands before what was begun: it runs next' : 'it runs when its turn comes';
		case 'removed':
			return removedWords(stands);
		case 'reworded':
		case 'same':
			return sameWords(drift);
		case 'changed':
			return newHosts.length === 0
				? changedWords(stands)
				: `${changedWords(stands)}; it runs on ${hostWords(newHosts)}, where it has not run yet`;
	}
}

function removedWords(stands: Standing): string {
	switch (stands) {
		case 'pending':
			return 'not begun: it is not run';
		case 'done':
		case 'partly':
			return `${stands === 'done' ? 'done' : 'done on some hosts'}: that stays in the run file, and nothing more is run`;
		case 'failed':
			return 'failed: that stays in the run file, and it is not run again';
		case 'skipped':
			return 'skipped';
		case 'unsettled':
			return 'begun, and nobody knows its end yet';
	}
}

function changedWords(stands: Standing): string {
	switch (stands) {
		case 'pending':
			return 'not begun: it runs as it says now';
		case 'done':
			return 'done: it is not run again';
		case 'partly':
			return 'done on some hosts, where it is not run again; it runs on the others as it says now';
		case 'failed':
			return 'failed: the next attempt is as it says now';
		case 'skipped':
			return 'skipped: it stays so';
		case 'unsettled':
			return 'begun, and nobody knows its end yet';
	}
}

function sameWords({stands, moved, isBehindTheRun}: StepDrift): string {
	switch (stands) {
		case 'pending':
			return moved && isBehindTheRun ? 'not begun: it stands before what was begun, and runs next' : 'not begun';
		case 'done':
			return 'done';
		case 'partly':
			return 'done on some hosts';
		case 'failed':
			return 'failed';
		case 'skipped':
			return 'skipped';
		case 'unsettled':
			return 'begun, and nobody knows its end yet';
	}
}

function toneOf({kind, stands, moved, isBehindTheRun}: StepDrift): Tone {
	if (stands === 'unsettled' && (kind === 'changed' || kind === 'removed')) {
		return 'bad';
	}

	if ((kind === 'added' || moved) && isBehindTheRun) {
		return 'doubt';
	}

	return kind === 'reworded' ? 'quiet' : 'plain';
}

function notesOf({calls, graph}: Drift, before: StepGraph): readonly string[] {
	const written = Object.entries(calls.steps).filter(([id]) =>
		graph.nodes.some(({step}) => step.written === id && step.idIsExplicit),
	);
	const renamed = written.map(
		([id, name]) => `The step ${sanitiseLine(id)} goes on as ${sanitiseLine(name)} in this run.`,
	);
	const headings = new Map(before.phases.map(({id, title}) => [id, title]));
	const others = graph.phases.flatMap(({id, title}) => {
		const was = headings.get(id);
		return was === undefined || was === title
			? []
			: [`The heading "${sanitiseLine(was)}" is "${sanitiseLine(title)}" now.`];
	});
	return [...renamed, ...others];
}

function obstacleWords(obstacle: Obstacle, before: StepGraph, graph: StepGraph, state: RunState): string {
	switch (obstacle.kind) {
		case 'unsettled': {
			const title = titleById(before, state, obstacle.step);
			const how = obstacle.isRemoved ? 'is gone' : 'says something else now';
			return `${title}: it was begun, and nobody knows its end yet. It ${how}, so its end has to be settled first: go on with what the run has, then resume once more.`;
		}

		case 'not-selected':
			return `The run was started for ${sanitiseLine(obstacle.step)}, which is gone.`;
		case 'no-way':
			return `The way that was chosen, ${sanitiseLine(obstacle.way)}, is gone.`;
		case 'not-read':
			return `${titleById(graph, state, obstacle.step)}: it is done, and has not read "${sanitiseLine(obstacle.value)}", which it is to read now.`;
	}
}
