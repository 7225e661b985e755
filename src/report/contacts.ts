import type {RecordedEvent} from '../run/event.js';
import {stepKey} from '../run/progress.js';
import type {HostName} from '../runbook/runbook.js';

/** A stretch in which a host is known to have answered, or to have been silent. Milliseconds since 1970; it may be one moment. */
export type Contact = {readonly from: number; readonly to: number; readonly isHeard: boolean};

/** Of each host, oldest first, none over another. Between two of them nothing is known. */
export type Contacts = ReadonlyMap<HostName, readonly Contact[]>;

/** Nobody asks a host all the time: heard twice within this it was there in between. */
const NEAR_MS = 30_000;

/**
When each host answered and when it was silent, as far as a run happens to know it: by what was sent there and came back, by
watchers, and by what nobody answered.
*/
export function contactsOf(events: Iterable<RecordedEvent>, until: number): Contacts {
	const told = new Map<HostName, Contact[]>();
	const begun = new Map<string, number>();
	const tell = (host: HostName, from: number, to: number, isHeard: boolean) => {
		const own = told.get(host) ?? [];
		own.push({from, to, isHeard});
		told.set(host, own);
	};
	for (const {at, event} of events) {
		const now = Date.parse(at);
		switch (event.type) {
			case 'HostContacted':
			case 'HostKeyMet':
				tell(event.host, now, now, true);
				break;
			case 'HostRefused':
				// Who turns us away has answered
				tell(event.host, now, now, event.refusal !== 'unreachable');
				break;
			case 'HostSeen':
				tell(event.host, Date.parse(event.since), now, event.what === 'up');
				break;
			case 'PartIntended':
			case 'ProbeBegan':
				begun.set(stepKey(event.step, event.host), now);
				break;
			case 'PartEnded':
			case 'ProbeEnded': {
				const kind = event.type === 'PartEnded' ? event.outcome.kind : 'exited';
				if (kind === 'lost') {
					tell(event.host, now, now, false);
				} else if (kind !== 'notStarted') {
					tell(event.host, begun.get(stepKey(event.step, event.host)) ?? now, now, true);
				}

				break;
			}

			default:
		}
	}

	return new Map([...told].map(([host, all]) => [host, joined(all, until)]));
}

/** Silence lasts until somebody hears the host again. */
function joined(told: readonly Contact[], until: number): readonly Contact[] {
	const contacts: Contact[] = [];
	for (const next of [...told].sort((one, other) => one.from - other.from)) {
		const last = contacts.at(-1);
		if (last === undefined) {
			contacts.push(next);
		} else if (last.isHeard === next.isHeard && (!last.isHeard || next.from - last.to <= NEAR_MS)) {
			contacts[contacts.length - 1] = {...last, to: Math.max(last.to, next.to)};
		} else {
			contacts[contacts.length - 1] = {
				...last,
				to: last.isHeard ? Math.min(last.to, Math.max(last.from, next.from)) : next.from,
			};
			contacts.push(next);
		}
	}

	const last = contacts.at(-1);
	return last === undefined || last.isHeard
		? contacts
		: [...contacts.slice(0, -1), {...last, to: Math.max(last.to, until)}];
}
