import {sanitiseLine} from '../text/sanitise.js';
import type {StepGraph} from './graph.js';
import {type OutlineEntry, outlineOf} from './outline.js';
import {stepLabel} from './step-label.js';

/** A directed graph with a cluster for each phase. Source: https://graphviz.org/doc/info/lang.html. */
export function formatDot(graph: StepGraph): string {
	const names = new Map(graph.nodes.map(({step}, index) => [step.id, `s${index + 1}`]));
	const clusters = outlineOf(graph).map((entry, index) => boxOf(entry, `cluster_${index + 1}`, names));
	const edges = graph.nodes.flatMap(({step, after}) =>
		after.map(before => `\t${names.get(before)} -> ${names.get(step.id)};`),
	);
	return `${[`digraph ${quote(graph.title)} {`, '\tnode [shape=box];', ...clusters, ...edges, '}'].join('\n')}\n`;
}

function boxOf(entry: OutlineEntry, clusterName: string, names: ReadonlyMap<string, string>): string {
	const indent = '\t'.repeat(entry.depth + 1);
	switch (entry.kind) {
		case 'phase':
			return `${indent}subgraph ${clusterName} {\n${indent}\tlabel=${quote(entry.phase.title)};`;
		case 'step':
			return `${indent}${names.get(entry.node.step.id)} [label=${quoteLines(stepLabel(entry.node))}];`;
		case 'close':
			return `${indent}}`;
	}
}

function quote(text: string): string {
	return quoteLines([text]);
}

/** Backslashes begin Graphviz's own escapes and `&` its entities: both are written so that they stand for themselves. */
function quoteLines(lines: readonly string[]): string {
	const escaped = lines.map(line =>
		sanitiseLine(line).replaceAll('&', '&amp;').replaceAll('\\', '\\\\').replaceAll('"', '\\"'),
	);
	return `"${escaped.join('\\n')}"`;
}
