import type {Runbook} from '../runbook/runbook.js';
import {printableJson} from '../text/printable-json.js';
import {formatDot} from './format-dot.js';
import {formatMermaid} from './format-mermaid.js';
import {formatTree} from './format-tree.js';
import {NO_HOST, type StepGraph} from './graph.js';

export type GraphFormat = 'tree' | 'json' | 'mermaid' | 'dot';

/** The graph as `fieldbook graph` prints it, ending with a line feed. Hostile titles stay labels in every format. */
export function formatGraph(runbook: Runbook, graph: StepGraph, format: GraphFormat): string {
	switch (format) {
		case 'tree':
			return formatTree(graph);
		case 'json':
			return `${printableJson(jsonOf(runbook, graph), '\t')}\n`;
		case 'mermaid':
			return formatMermaid(graph);
		case 'dot':
			return formatDot(graph);
	}
}

/** Stable from the first release: design section 8. `hosts` is empty where a step has none or it is asked for. */
function jsonOf(runbook: Runbook, graph: StepGraph): unknown {
	return {
		title: runbook.title,
		phases: graph.phases.map(({id, title, parent, kind, at}) => ({
			id,
			title,
			parent: parent ?? null,
			kind,
			line: at.line,
		})),
		steps: graph.nodes.map(({step, hosts, after, hash}) => ({
			id: step.id,
			kind: step.action.kind,
			phase: step.phase ?? null,
			hosts: hosts.filter(host => host !== NO_HOST),
			after,
			line: step.at.line,
			hash,
			title: step.title,
		})),
	};
}
