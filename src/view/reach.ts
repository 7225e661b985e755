import type {RecordedEvent} from '../run/event.js';
import type {Outcome} from '../run/outcome.js';
import type {HostName} from '../runbook/runbook.js';

/** When each host was heard, and when it was found silent: what a run happens to know, oldest first. */
export type Reach = ReadonlyMap<HostName, readonly Heard[]>;

/** `at`: milliseconds since 1970. */
export type Heard = {readonly at: number; readonly isHeard: boolean};

export const nothingHeard: Reach = new Map();

/** One more event. Only what changes the picture is kept, so that a long run costs no more than its outages. */
export function reachAfter(reach: Reach, {at, event}: RecordedEvent): Reach {
	switch (event.type) {
		case 'HostContacted':
		case 'HostKeyMet':
			return withHeard(reach, event.host, at, true);
		case 'HostRefused':
			// Who turns us away has answered.
			return withHeard(reach, event.host, at, event.refusal !== 'unreachable');
		case 'HostSeen':
			return withHeard(reach, event.host, event.since, event.what === 'up');
		case 'PartEnded': {
			const isHeard = heardBy(event.outcome);
			return isHeard === undefined ? reach : withHeard(reach, event.host, at, isHeard);
		}

		default:
			return reach;
	}
}

/** Undefined: an attempt that was not started says nothing about the host. */
function heardBy({kind}: Outcome): boolean | undefined {
	switch (kind) {
		case 'exited':
		case 'signaled':
		case 'timedOut':
			return true;
		case 'lost':
			return false;
		case 'notStarted':
			return undefined;
	}
}

function withHeard(reach: Reach, host: HostName, iso: string, isHeard: boolean): Reach {
	const at = Date.parse(iso);
	const known = reach.get(host) ?? [];
	const last = known.at(-1);
	if (host === '' || Number.isNaN(at) || (last !== undefined && (last.isHeard === isHeard || last.at > at))) {
		return reach;
	}

	return new Map([...reach, [host, [...known, {at, isHeard}]]]);
}

/** What is known of a host in a stretch of time. */
export type ReachCell = 'heard' | 'silent' | 'unknown';

/** `count` equal stretches from `from` to `to`; in one that it was both, silence shows. */
export function reachCells(heard: readonly Heard[], from: number, to: number, count: number): readonly ReachCell[] {
	const width = Math.max(1, to - from) / count;
	return Array.from({length: count}, (_, cell) => {
		const begin = from + cell * width;
		const end = begin + width;
		const before = heard.findLast(({at}) => at <= begin);
		const within = heard.filter(({at}) => at > begin && at < end);
		const all = [...(before === undefined ? [] : [before]), ...within];
		return all.length === 0 ? 'unknown' : all.every(({isHeard}) => isHeard) ? 'heard' : 'silent';
	});
}
