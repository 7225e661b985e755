import {isSameBoot} from '../run/boot.js';
import {isAcceptedExit, type Restart} from '../run/judge.js';
import type {Outcome} from '../run/outcome.js';
import {noProgress, stepKey} from '../run/progress.js';
import type {Sent} from '../run/state.js';
import type {HostName, Step} from '../runbook/runbook.js';
import {accessTo, contactEvent} from './contact.js';
import type {Desk} from './desk.js';
import {bootIdOf} from './left.js';
import type {Contact, OutputKey} from './ports.js';

/** How often a host that should be restarting is looked at. */
const EVERY_MS = 5000;

/** From here on, a shell tells that a signal ended what it ran: a host that goes down sends them. */
const FIRST_SIGNAL_EXIT = 128;

/**
Waits for the host to come back with another boot identity, as long as the runbook says, counted from when the script was
sent. Undefined: there is nothing to wait for, because the script failed and the host did not restart.
*/
export async function watchRestart(
	desk: Desk,
	step: Step,
	key: OutputKey,
	outcome: Outcome,
	cancel: AbortSignal,
): Promise<Restart | undefined> {
	const {sent} = desk.ledger.state.progress.get(stepKey(key.step, key.host)) ?? noProgress;
	const forMs = step.action.kind === 'script' ? (step.action.reboot?.forMs ?? 0) : 0;
	if (sent === undefined || outcome.kind === 'notStarted') {
		return undefined;
	}

	const {clock} = desk.world;
	const until = Date.parse(sent.at) + forMs;
	for (;;) {
		const seen = await seeRestart(desk, key.host, sent);
		const now = await clock.now();
		if (seen.kind === 'none' && hasFailed(step, outcome)) {
			return undefined;
		}

		if (
			seen.kind === 'back' ||
			now >= until ||
			cancel.aborted ||
			(seen.kind === 'away' && seen.refused !== undefined)
		) {
			return seen;
		}

		await clock.sleep(Math.min(EVERY_MS, until - now), cancel);
	}
}

/** Looks once. A host that is back is known anew. */
export async function seeRestart(desk: Desk, host: HostName, sent: Sent): Promise<Restart> {
	const {transport, clock} = desk.world;
	const access = accessTo(desk, host);
	if (!(await transport.answers(access))) {
		return {kind: 'away', evidence: 'it does not answer'};
	}

	const contact = await transport.contact(access, undefined);
	if (contact.kind !== 'reached') {
		return awayOf(contact);
	}

	const boot = bootIdOf(contact.facts, await clock.now());
	const before = sent.trace?.boot;
	if (boot === undefined || before === undefined || isSameBoot(boot, before)) {
		return {kind: 'none'};
	}

	await desk.ledger.propose(({status}) =>
		status === 'running' || status === 'paused' ? [contactEvent(host, contact)] : [],
	);
	return {kind: 'back'};
}

function awayOf(contact: Exclude<Contact, {kind: 'reached'}>): Restart {
	if (contact.kind === 'firstContact') {
		return {kind: 'away', evidence: 'it shows another key', refused: 'host-key-unknown'};
	}

	const {reason, refusal} = contact;
	return {kind: 'away', evidence: reason, ...(refusal === 'unreachable' ? {} : {refused: refusal})};
}

function hasFailed(step: Step, outcome: Outcome): boolean {
	return (
		outcome.kind === 'timedOut' ||
		(outcome.kind === 'exited' && outcome.code < FIRST_SIGNAL_EXIT && !isAcceptedExit(step, outcome.code))
	);
}
