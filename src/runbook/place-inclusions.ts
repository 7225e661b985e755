import {posix} from 'node:path';
import type {Place} from '../document/problem.js';
import type {Names} from './names.js';
import type {Action, Context, Gate, Phase, PhaseId, Runbook, Satellite, Step} from './runbook.js';

/** What of a runbook stands in an order. */
export type Ordered = Pick<Runbook, 'phases' | 'steps' | 'closing'>;

/** An included runbook with the place that it gets. */
export type PlacedInclusion = {
	readonly name: string;
	readonly runbook: Runbook;
	/** The phase that it becomes a part of, and how deep that one is; undefined and 0 above the first heading. */
	readonly phase: PhaseId | undefined;
	readonly depth: number;
	readonly serial: boolean;
	/** How many of the document's own steps stand above it. */
	readonly before: number;
	/** What stands above the link, and belongs to its first step. */
	readonly context: readonly Context[];
	readonly gates: readonly Gate[];
};

/** A document's own phases and steps with the included ones among them, whose ids begin with `NAME/`. */
export function placeInclusions({phases, steps, closing}: Ordered, inclusions: readonly PlacedInclusion[]): Ordered {
	if (inclusions.length === 0) {
		return {phases, steps, closing};
	}

	const copies = inclusions.map(inclusion => ({inclusion, copy: copyOf(inclusion)}));
	const phasesOf = (phase: PhaseId | undefined) =>
		copies.flatMap(({inclusion, copy}) => (inclusion.phase === phase ? copy.phases : []));
	const stepsBefore = Map.groupBy(copies, ({inclusion}) => inclusion.before);
	const above = (index: number) => (stepsBefore.get(index) ?? []).flatMap(({copy}) => copy.steps);
	return {
		phases: [...phasesOf(undefined), ...phases.flatMap(phase => [phase, ...phasesOf(phase.id)])],
		steps: [...steps.flatMap((step, index) => [...above(index), step]), ...above(steps.length)],
		closing: Object.assign({}, closing, ...copies.map(({copy}) => copy.closing)),
	};
}

function copyOf({name, runbook, phase: around, depth, serial, context, gates}: PlacedInclusion): Ordered {
	const phaseId = (id: PhaseId | undefined) => (id === undefined ? around : `${name}/${id}`);
	return {
		phases: runbook.phases.map(
			(phase): Phase => ({
				...phase,
				id: `${name}/${phase.id}`,
				parent: phaseId(phase.parent),
				depth: phase.depth + depth,
			}),
		),
		steps: runbook.steps.map((step, index): Step => {
			const {measure} = step;
			return {
				...step,
				id: `${name}/${step.id}`,
				phase: phaseId(step.phase),
				serial: step.serial || serial,
				after: step.after?.map(id => `${name}/${id}`),
				measure: measure && {
					...measure,
					name: `${name}/${measure.name}`,
					from: measure.from === undefined ? undefined : `${name}/${measure.from}`,
				},
				...(index === 0 ? {context: [...context, ...step.context], gates: [...gates, ...step.gates]} : {}),
			};
		}),
		closing: Object.fromEntries(Object.entries(runbook.closing).map(([id, texts]) => [`${name}/${id}`, texts])),
	};
}

/** What a document that is included declares, each with the file that it stands in. */
export function namesInFile(names: Names, file: string): Names {
	const placed = <T extends {readonly at: Place}>(declared: ReadonlyMap<string, T>): ReadonlyMap<string, T> =>
		new Map([...declared].map(([name, one]) => [name, {...one, at: {...one.at, file}}]));
	return {
		hosts: placed(names.hosts),
		groups: names.groups,
		roles: placed(names.roles),
		params: placed(names.params),
	};
}

/** The same for its phases and steps; the files that it links to are named from the folder of the outermost document. */
export function inFile({phases, steps, closing}: Ordered, file: string, path: string): Ordered {
	const at = (place: Place): Place => ({...place, file});
	const satellite = <T extends Satellite>(one: T | undefined): T | undefined => one && {...one, at: at(one.at)};
	return {
		phases: phases.map(phase => ({...phase, at: at(phase.at)})),
		steps: steps.map(step => ({
			...step,
			at: at(step.at),
			action: linkedFrom(step.action, posix.dirname(path)),
			check: satellite(step.check),
			verify: satellite(step.verify),
			undo: satellite(step.undo),
		})),
		closing,
	};
}

function linkedFrom(action: Action, folder: string): Action {
	return action.kind === 'file' && action.content.kind === 'linked'
		? {...action, content: {kind: 'linked', url: posix.join(folder, action.content.url)}}
		: action;
}
