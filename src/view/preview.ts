import type {StepGraph, StepNode} from '../graph/graph.js';
import {type OutlineEntry, outlineOf} from '../graph/outline.js';
import {hostsOf} from '../run/nodes.js';
import type {RunState} from '../run/state.js';
import type {Rendered} from '../runbook/render.js';
import type {HostName, StepId} from '../runbook/runbook.js';
import {sanitiseLine} from '../text/sanitise.js';
import {counted, hostWord, hostWords} from './names.js';
import {outlineRows} from './outline.js';
import {sentText} from './sent-text.js';
import {type StepPane, scriptLines, stepPane} from './step-pane.js';
import type {TextLine} from './text-line.js';
import {runTitle, titleOf} from './titles.js';

/**
A runbook as a run will show it, before there is one: the outline, then each step with its text, gates, script and what the
run will make of it. `state` is that of a run that has only started, so that it has the sheet's values.

`step`: only this one. Lines are harmless and, but for scripts, at most `columns` cells wide.
*/
export function previewLines(
	graph: StepGraph,
	state: RunState,
	{columns, step: only}: {readonly columns: number; readonly step: StepId | undefined},
): readonly TextLine[] {
	const shown = graph.nodes.filter(({step}) => only === undefined || step.id === only);
	const steps = shown.flatMap(node => [[], ...stepLines(graph, state, node, columns)]);
	return only === undefined ? [...outlineLines(graph, state), ...steps] : steps.slice(1);
}

function outlineLines(graph: StepGraph, state: RunState): readonly TextLine[] {
	const phases = new Map(outlineRows(graph, state).map(({kind, id, title}) => [`${kind} ${id}`, title]));
	return [
		[
			{text: runTitle(graph, state), style: 'strong'},
			{text: `   ${counted(graph.nodes.length, 'step')}`, style: 'quiet'},
		],
		...outlineOf(graph).flatMap(entry => outlineLine(graph, state, entry, phases)),
	];
}

function outlineLine(
	graph: StepGraph,
	state: RunState,
	entry: OutlineEntry,
	phases: ReadonlyMap<string, string>,
): readonly TextLine[] {
	const indent = '  '.repeat(entry.depth + 1);
	switch (entry.kind) {
		case 'phase':
			return [[{text: `${indent}${phases.get(`phase ${entry.phase.id}`) ?? ''}`, style: 'strong'}]];
		case 'step': {
			const {node} = entry;
			const hosts = hostWords(hostsOf(node, state));
			return [
				[
					{text: `${indent}${titleOf(graph, state, node)}`, style: 'plain'},
					{text: `   ${sanitiseLine(node.step.id)}${hosts === '' ? '' : ` · ${hosts}`}`, style: 'quiet'},
				],
			];
		}

		case 'close':
			return [];
	}
}

function stepLines(graph: StepGraph, state: RunState, node: StepNode, columns: number): readonly TextLine[] {
	const pane = stepPane(graph, state, node.step.id, {columns, now: 0});
	if (pane === undefined) {
		return [];
	}

	return [
		[
			{text: pane.title, style: 'strong'},
			{text: `   ${sanitiseLine(node.step.id)} · ${pane.heading}`, style: 'quiet'},
		],
		...pane.context,
		...gateLines(pane),
		...pane.instruction,
		...sentLines(state, node),
		...pane.facts.map((fact): TextLine => [{text: `· ${fact}`, style: 'quiet'}]),
	];
}

function gateLines({gates}: StepPane): readonly TextLine[] {
	return gates.flatMap(({danger, text}) =>
		text.map(
			(line, index): TextLine => [
				{text: index === 0 ? (danger ? 'DANGER ' : 'WARNING ') : '       ', style: 'strong'},
				{text: line, style: 'plain'},
			],
		),
	);
}

/** Once where all hosts get the same; else for each of them. */
function sentLines(state: RunState, node: StepNode): readonly TextLine[] {
	const sent = hostsOf(node, state).map(host => ({host, text: textOn(state, node, host)}));
	const isSame = new Set(sent.map(({text}) => text)).size < 2;
	return (isSame ? sent.slice(0, 1) : sent).flatMap(({host, text}) =>
		text === undefined
			? []
			: [...(isSame ? [] : [[{text: `on ${hostWord(host)}:`, style: 'quiet'} as const]]), ...scriptLines(text)],
	);
}

function textOn(state: RunState, {step}: StepNode, host: HostName): string | undefined {
	const context = {host, values: state.values, hosts: state.started?.hosts ?? {}};
	const sent: Rendered | undefined = sentText(step.action, context);
	if (sent === undefined || sent.ok) {
		return sent?.text;
	}

	return 'script' in step.action ? step.action.script.template.source : `no value yet for ${sent.missing.join(', ')}`;
}
