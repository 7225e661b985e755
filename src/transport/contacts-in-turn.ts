import type {Transport} from '../engine/ports.js';
import {Slots} from './slots.js';

/** As many hosts as other tools go to at once (ansible 5, clush 64). */
const contactsAtOnce = 50;

/**
The same transport, but only so many hosts are met at once: each is logged in to and asked what it is before the next one gets
its turn.

Else a thousand log-ins would go ahead of the first question, and the patience for its answer would be that for all of them. Stands
around a lab's transport too, never inside: world time stands while a contact is under way, and the answer may need world time.
*/
export function contactsInTurn(transport: Transport): Transport {
	const turns = new Slots(contactsAtOnce);
	return {...transport, contact: (host, trusted) => turns.during(() => transport.contact(host, trusted))};
}
