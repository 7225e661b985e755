import {sanitiseLine} from '../text/sanitise.js';
import {cutToWidth, padToWidth, widthOf} from '../text/width.js';
import {NO_HOST, type StepGraph, type StepNode} from './graph.js';
import {type OutlineEntry, outlineOf} from './outline.js';

/**
Indented phases, and under each its steps in columns:

> |   Network
> |     script  add-vswitches  esxi1, esxi2  Three switches, each with its own uplink.  (after time)
*/
export function formatTree(graph: StepGraph): string {
	const entries = outlineOf(graph).filter(entry => entry.kind !== 'close');
	const nodes = graph.nodes;
	const idWidth = widest(nodes.map(({step}) => step.id));
	const hostWidth = widest(nodes.map(hostWords));
	const before = new Map(nodes.map(({step}, index) => [step.id, nodes[index - 1]?.step.id]));
	const lines = entries.map(entry => lineOf(entry, idWidth, hostWidth, before));
	return `${[sanitiseLine(graph.title), ...lines].map(line => line.trimEnd()).join('\n')}\n`;
}

function lineOf(
	entry: Exclude<OutlineEntry, {kind: 'close'}>,
	idWidth: number,
	hostWidth: number,
	before: ReadonlyMap<string, string | undefined>,
): string {
	const indent = '  '.repeat(entry.depth + 1);
	if (entry.kind === 'phase') {
		const {title, kind} = entry.phase;
		return `${indent}${sanitiseLine(title)}${kind === 'plain' ? '' : ` (${kind})`}`;
	}

	const {step, after} = entry.node;
	const inOrder = after.length <= 1 && after[0] === before.get(step.id);
	const order = inOrder ? '' : after.length === 0 ? '(at once)' : `(after ${after.map(sanitiseLine).join(', ')})`;
	return [
		indent + padToWidth(step.action.kind, 6),
		padToWidth(sanitiseLine(step.id), idWidth),
		padToWidth(hostWords(entry.node), hostWidth),
		sanitiseLine(step.title),
		order,
	]
		.filter(column => column !== '')
		.join('  ');
}

function hostWords({step, hosts}: StepNode): string {
	if (step.on?.kind === 'asked') {
		return '?';
	}

	return cutToWidth(
		hosts
			.filter(host => host !== NO_HOST)
			.map(sanitiseLine)
			.join(', ') || '-',
		40,
	);
}

function widest(texts: readonly string[]): number {
	return texts.reduce((most, text) => Math.max(most, widthOf(sanitiseLine(text))), 0);
}
