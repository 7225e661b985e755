import {sanitiseLine} from '../text/sanitise.js';
import type {StepGraph} from './graph.js';
import {type OutlineEntry, outlineOf} from './outline.js';
import {stepLabel} from './step-label.js';

/** A flow chart with a box for each phase. Source: https://mermaid.js.org/syntax/flowchart.html. */
export function formatMermaid(graph: StepGraph): string {
	const names = new Map(graph.nodes.map(({step}, index) => [step.id, `s${index + 1}`]));
	const boxes = outlineOf(graph).map((entry, index) => boxOf(entry, `p${index + 1}`, names));
	const edges = graph.nodes.flatMap(({step, after}) =>
		after.map(before => `\t${names.get(before)} --> ${names.get(step.id)}`),
	);
	return `${['flowchart TD', ...boxes, ...edges].join('\n')}\n`;
}

function boxOf(entry: OutlineEntry, phaseName: string, names: ReadonlyMap<string, string>): string {
	const indent = '\t'.repeat(entry.depth + 1);
	switch (entry.kind) {
		case 'phase':
			return `${indent}subgraph ${phaseName} ["${labelText(entry.phase.title)}"]`;
		case 'step':
			return `${indent}${names.get(entry.node.step.id)}["${labelText(stepLabel(entry.node).join(' · '))}"]`;
		case 'close':
			return `${indent}end`;
	}
}

/**
Quoted labels are HTML and, where they look like it, Markdown: everything that could be either is written as its number.

Source: https://mermaid.js.org/syntax/flowchart.html, "Entity codes to escape characters".
*/
function labelText(text: string): string {
	return sanitiseLine(text)
		.replaceAll(/["#&<>`*_~|\\[\]{}();%]/g, character => `#${character.codePointAt(0)};`)
		.replace(/^[-+]|(?<=^\d+)\./, character => `#${character.codePointAt(0)};`);
}
