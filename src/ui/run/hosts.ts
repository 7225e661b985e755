import {hostsOf, nodeOf} from '../../run/nodes.js';
import type {HostName, StepId} from '../../runbook/runbook.js';
import type {RunScreen} from './run-screen.js';

/** The hosts of a step that have a name, in its order. */
export function hostNames(
	{open, state}: Pick<RunScreen, 'open' | 'state'>,
	step: StepId | undefined,
): readonly HostName[] {
	const node = step === undefined ? undefined : nodeOf(open.graph, step);
	return node === undefined ? [] : hostsOf(node, state).filter(host => host !== '');
}
