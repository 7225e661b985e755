import {hostsOf, nodeOf} from '../../run/nodes.js';
import type {HostName, StepId} from '../../runbook/runbook.js';
import {hasOutput} from './host-layout.js';
import {type RunScreen, shownHost} from './run-screen.js';

/** The hosts of a step that have a name, in its order. */
export function hostNames(
	{open, state}: Pick<RunScreen, 'open' | 'state'>,
	step: StepId | undefined,
): readonly HostName[] {
	const node = step === undefined ? undefined : nodeOf(open.graph, step);
	return node === undefined ? [] : hostsOf(node, state).filter(host => host !== '');
}

/** The one host that what is done to the chosen step is about: where its row or its output is chosen. Undefined: all of them. */
export function hostAlone(screen: RunScreen): HostName | undefined {
	const {chosen, onHostRow, pane} = screen;
	const isOne = onHostRow || (pane === 'output' && hasOutput(screen) && hostNames(screen, chosen).length > 1);
	return isOne ? shownHost(screen, chosen) : undefined;
}
