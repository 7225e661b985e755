import type {RunState} from '../run/state.js';
import type {HostName, Step} from '../runbook/runbook.js';
import {sanitiseLine} from '../text/sanitise.js';
import {hostWord} from './names.js';

/** Where a step of a plain document can be done: on the hosts of the sheet in its order; last: by hand, on none. */
export function hostsToChoose({hosts}: RunState): ReadonlyArray<HostName | 'none'> {
	return [...hosts.keys(), 'none'];
}

/** Of those, the one that was chosen last; before the first answer, the first. It is offered, and never applied unasked. */
export function offeredHost(state: RunState): HostName | 'none' {
	const hosts = hostsToChoose(state);
	const last = [...state.hostsChosen.values()].at(-1);
	return last !== undefined && hosts.includes(last) ? last : (hosts[0] ?? 'none');
}

/** What one should know before choosing. */
export function choosingLines({hosts, hostsChosen}: RunState): readonly string[] {
	const last = [...hostsChosen.values()].at(-1);
	return [
		hosts.size === 0
			? 'No site file names a host where it could run: give one with --site, or do it by hand.'
			: 'The document does not say it. Nothing runs before you have read the script and pressed Enter.',
		...(last === undefined ? [] : [`The last one: ${last === 'none' ? 'by hand' : hostWord(last)}.`]),
	];
}

/** What is left to fill in of a script that runs as it stands. */
export function unfilledLines({action}: Step): readonly string[] {
	const unfilled = action.kind === 'script' ? (action.script.unfilled ?? []) : [];
	return unfilled.length === 0
		? []
		: [
				`${unfilled.map(sanitiseLine).join(', ')} ${unfilled.length === 1 ? 'looks' : 'look'} as if something was to be filled in. The script runs as it stands: if it must not, do it by hand, or correct the document.`,
			];
}
