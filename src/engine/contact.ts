import type {RunEvent} from '../run/event.js';
import type {Effect} from '../run/next.js';
import type {HostName} from '../runbook/runbook.js';
import type {Desk} from './desk.js';
import type {Contact, HostAccess} from './ports.js';

/** Logs in to a host and writes down what it is, or why it does not let us. */
export async function performContact(desk: Desk, {host, trusted}: Extract<Effect, {kind: 'contact'}>): Promise<void> {
	const contact = await desk.world.transport.contact(accessTo(desk, host), trusted);
	await desk.ledger.propose(({hosts, status}) => {
		const known = status === 'finished' ? undefined : hosts.get(host)?.kind;
		return known === 'unknown' || known === 'trusted' ? [contactEvent(host, contact)] : [];
	});
}

export function contactEvent(host: HostName, contact: Contact): RunEvent {
	switch (contact.kind) {
		case 'reached':
			return {type: 'HostContacted', host, facts: contact.facts};
		case 'firstContact':
			return {
				type: 'HostKeyMet',
				host,
				keyType: contact.keyType,
				fingerprint: contact.fingerprint,
				...(contact.about === undefined ? {} : {about: contact.about}),
			};
		case 'refused':
			return {
				type: 'HostRefused',
				host,
				refusal: contact.refusal,
				reason: contact.reason,
				next: contact.next,
			};
	}
}

/** Throws if the plan has no such host: it was made from the same sheet as the run, so that is our bug. */
export function accessTo({plan}: Desk, host: HostName): HostAccess {
	const access = plan.hosts[host];
	if (access === undefined) {
		throw new Error(`The plan has no host ${host}`);
	}

	return access;
}
