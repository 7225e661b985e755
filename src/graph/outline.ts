import type {Phase, PhaseId} from '../runbook/runbook.js';
import type {StepGraph, StepNode} from './graph.js';

/**
The graph as a document shows it: phases and steps from top to bottom, with how deep each one stands, from 0.

A phase comes with the end of it, `close`, after its last step or inner phase. Steps outside of any phase stand at depth 0.
*/
export type OutlineEntry =
	| {readonly kind: 'phase'; readonly phase: Phase; readonly depth: number}
	| {readonly kind: 'step'; readonly node: StepNode; readonly depth: number}
	| {readonly kind: 'close'; readonly phase: Phase; readonly depth: number};

/**
A phase without steps, its inner phases included, is left out. So is the heading over the whole document that only says
its title again: what is in it stands one level higher.
*/
export function outlineOf(graph: StepGraph): readonly OutlineEntry[] {
	const entries = nestedOutline(graph);
	const outermost = entries.filter(({depth}) => depth === 0);
	const [first] = outermost;
	const isTitle = first?.kind === 'phase' && first.phase.title === graph.title && outermost.length === 2;
	return isTitle ? entries.slice(1, -1).map(entry => ({...entry, depth: entry.depth - 1})) : entries;
}

function nestedOutline({phases, nodes}: StepGraph): readonly OutlineEntry[] {
	const byId = new Map(phases.map(phase => [phase.id, phase]));
	const entries: OutlineEntry[] = [];
	const open: Phase[] = [];
	for (const node of nodes) {
		if (node.step.phase !== open.at(-1)?.id) {
			const around = phasesAround(node, byId);
			while (open.length > 0 && around[open.length - 1] !== open.at(-1)) {
				close();
			}

			for (const phase of around.slice(open.length)) {
				entries.push({kind: 'phase', phase, depth: open.length});
				open.push(phase);
			}
		}

		entries.push({kind: 'step', node, depth: open.length});
	}

	while (open.length > 0) {
		close();
	}

	return entries;

	function close(): void {
		const phase = open.pop();
		if (phase !== undefined) {
			entries.push({kind: 'close', phase, depth: open.length});
		}
	}
}

/** Outermost first. */
function phasesAround({step}: StepNode, byId: ReadonlyMap<PhaseId, Phase>): readonly Phase[] {
	const around: Phase[] = [];
	for (let phase = byId.get(step.phase ?? ''); phase !== undefined; phase = byId.get(phase.parent ?? '')) {
		around.unshift(phase);
	}

	return around;
}
