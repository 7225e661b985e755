import {NO_HOST, type StepNode} from './graph.js';

/** What a box says of a step: its title (its id, where it has none), and what it is on which hosts. Not yet sanitised. */
export function stepLabel({step, hosts}: StepNode): readonly [string, string] {
	const named = hosts.filter(host => host !== NO_HOST);
	return [step.title || step.id, [step.action.kind, ...(named.length > 0 ? [`on ${named.join(', ')}`] : [])].join(' ')];
}
