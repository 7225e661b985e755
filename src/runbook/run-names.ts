import type {Phase, PhaseId, Runbook, Step, StepId} from './runbook.js';

/**
What a run goes on calling the steps and phases of a document that was edited meanwhile: by what the document calls them
now. Whatever is not here has the same name in both.

A name stands for one step as long as the run lasts: its events, its output and its jobs on hosts are kept under it.
*/
export type RunNames = {
	readonly steps: Readonly<Record<StepId, StepId>>;
	readonly phases: Readonly<Record<PhaseId, PhaseId>>;
};

/** A document that is executed as it is written. */
export const sameNames: RunNames = {steps: {}, phases: {}};

/** The runbook as the run calls it. What its rows have been repeated for must have been before. */
export function underNames(runbook: Runbook, {steps, phases}: RunNames): Runbook {
	const stepNames = new Map(Object.entries(steps));
	const phaseNames = new Map(Object.entries(phases));
	if (stepNames.size + phaseNames.size === 0) {
		return runbook;
	}

	const stepName = (id: StepId) => stepNames.get(id) ?? id;
	const phaseName = (id: PhaseId) => phaseNames.get(id) ?? id;
	return {
		...runbook,
		phases: runbook.phases.map(
			(phase): Phase => ({
				...phase,
				...calledBy(phase, phaseName(phase.id)),
				parent: phase.parent && phaseName(phase.parent),
			}),
		),
		steps: runbook.steps.map(
			(step): Step => ({
				...step,
				...calledBy(step, stepName(step.id)),
				phase: step.phase && phaseName(step.phase),
				after: step.after?.map(stepName),
				measure: step.measure && {...step.measure, from: fromStep(step.measure.from, runbook, stepName)},
			}),
		),
		closing: Object.fromEntries(Object.entries(runbook.closing).map(([id, context]) => [phaseName(id), context])),
	};
}

function calledBy({id}: {readonly id: string}, name: string): {readonly id: string; readonly written?: string} {
	return name === id ? {id} : {id: name, written: id};
}

/** `id`, or `id.start`. */
function fromStep(from: string | undefined, {steps}: Runbook, name: (id: StepId) => StepId): string | undefined {
	const id = steps.some(step => step.id === from) ? from : from?.replace(/\.start$/, '');
	return id === undefined || from === undefined ? undefined : `${name(id)}${from.slice(id.length)}`;
}
