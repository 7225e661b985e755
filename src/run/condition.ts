import type {StepGraph, StepNode} from '../graph/graph.js';
import {evaluateCondition} from '../runbook/condition.js';
import {valueOn} from '../runbook/render.js';
import type {HostName, ParamName, Step} from '../runbook/runbook.js';
import type {Values} from '../runbook/site.js';
import {phasesOf} from './phases.js';

/** `fails`: the expression could not be evaluated; then nobody knows whether the step is wanted. */
export type Unmet = {readonly fails: boolean; readonly reason: string};

/** Why the step is not wanted on this host: by its own `when`, or by that of a phase around it; undefined if it is. */
export function unmetCondition(graph: StepGraph, values: Values, {step}: StepNode, host: HostName): Unmet | undefined {
	const conditions = [...phasesOf(graph, step.phase).map(({when}) => when), step.when];
	for (const condition of conditions) {
		if (condition !== undefined) {
			const result = evaluateCondition(condition, {
				values: valuesOn(values, step, host),
				host: conditionHost(graph, host),
			});
			if (!result.ok) {
				return {fails: true, reason: `when ${condition.source}: ${result.because}`};
			}

			if (!result.value) {
				return {fails: false, reason: `when ${condition.source} is false`};
			}
		}
	}

	return undefined;
}

/** Whether the step's conditions say the same wherever it will run. */
export function isWantedAlike(graph: StepGraph, values: Values, {step}: StepNode): boolean {
	const conditions = [...phasesOf(graph, step.phase).map(({when}) => when), step.when];
	return conditions.every(
		condition =>
			condition === undefined ||
			(!/\bhost\b/.test(condition.source) &&
				Object.keys(condition.types ?? {}).every(name => Object.keys(values[name] ?? {}).every(host => host === '*'))),
	);
}

function conditionHost({hosts}: StepGraph, host: HostName) {
	const declared = hosts.find(({name}) => name === host);
	return declared && {name: declared.name, group: declared.group ?? '', platform: declared.platform};
}

/** What a condition of this step may name: what all steps may, and what was read for the same row. */
function valuesOn(values: Values, {ofRow = {}}: Step, host: HostName): Record<ParamName, string> {
	const known: Record<ParamName, string> = {};
	for (const [name, stored] of [...Object.keys(values).map(name => [name, name] as const), ...Object.entries(ofRow)]) {
		const value = valueOn(values, stored, host);
		if (value !== undefined) {
			known[name] = value;
		}
	}

	return known;
}
