import {nodeOf, progressOf} from '../../run/nodes.js';
import type {HostName} from '../../runbook/runbook.js';
import {hostNames} from './hosts.js';
import {hostsAt} from './outline.js';
import {mostLanes, type RunScreen, shownStretch, stretchOn} from './run-screen.js';

/** Narrower than this a lane says too little. */
const narrowestLane = 32;
/** From this width on the list of hosts leaves room for the output of one of them. */
const widthForBoth = 90;

/**
How the hosts of the chosen step stand in the output's place: `one` alone, behind `tabs` of which one is open, in `lanes`
side by side, or, where they are many, as a `board`, a list of all of them.
*/
export function hostLayout(screen: RunScreen, columns: number): 'one' | 'tabs' | 'lanes' | 'board' {
	const count = hostNames(screen, screen.chosen).length;
	if (count < 2) {
		return 'one';
	}
	if (count > mostLanes) {
		return screen.isZoomed ? 'one' : 'board';
	}
	return !screen.isZoomed && columns >= count * narrowestLane ? 'lanes' : 'tabs';
}

/** Whether anything stands there: an output, or hosts of which some have begun. */
export function hasOutput(screen: RunScreen): boolean {
	const {chosen, open, state} = screen;
	if (shownStretch(screen) !== undefined) {
		return true;
	}
	const node = chosen === undefined ? undefined : nodeOf(open.graph, chosen);
	const hosts = hostNames(screen, chosen);
	return hosts.length > mostLanes
		? node !== undefined && hosts.some(host => progressOf(state, node, host).attempt > 0)
		: hosts.some(host => stretchOn(screen, host) !== undefined);
}

/** The columns of the list of hosts; all of them where no output fits beside it. */
export function boardColumns(columns: number): number {
	return columns < widthForBoth ? columns : Math.min(56, Math.floor(columns / 2));
}

/** The hosts in the order in which they are listed: in lanes as in the runbook, on a board those first that need somebody. */
export function hostsInOrder(screen: RunScreen): readonly HostName[] {
	return screen.chosen === undefined ? [] : hostsAt(screen, screen.chosen).map(({host}) => host);
}
