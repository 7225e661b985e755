import type {RunEvent} from '../run/event.js';
import {type Effect, isLookCalledFor} from '../run/next.js';
import type {JobSeen} from '../run/outcome.js';
import {noProgress, stepKey} from '../run/progress.js';
import {BY_ITSELF} from '../run/stage.js';
import type {RunState} from '../run/state.js';
import type {Desk} from './desk.js';
import {epochOf, jobRefOf, placeOf} from './left.js';
import {plannedStep} from './part.js';
import {seeRestart} from './restart.js';
import {missingSecret} from './script.js';

type Look = Extract<Effect, {kind: 'look'}>;

/**
Asks the host once, behind a pause, what came of what was sent to it. What it finds there would be read next, so the
secrets that stand in it are asked for first: on another laptop nobody has typed them yet.
*/
export async function performLook(desk: Desk, effect: Look, signal: AbortSignal): Promise<void> {
	const {world, ledger} = desk;
	if (effect.afterMs > 0) {
		await world.clock.sleep(effect.afterMs, signal);
	}

	if (signal.aborted) {
		return;
	}

	const {step, host, attempt, part} = effect;
	const missing = await missingSecret(desk, plannedStep(desk, step), effect, ledger.state.values);
	const about = {step, host, attempt, part};
	const looked: Omit<EventOf<'JobLookedUp'>, 'type'> = missing === undefined
		? {...about, seen: await see(desk, effect)}
		: {...about, unasked: true, seen: {kind: 'unanswered', evidence: unread(missing)}};
	if (!signal.aborted) {
		await ledger.propose(state => (isLookCalledFor(state, effect) ? lookedUpEvents(state, looked) : []));
	}
}

type EventOf<Type extends RunEvent['type']> = Extract<RunEvent, {readonly type: Type}>;

function unread(secret: string): string {
	return `nobody gave ${secret}, without which its output must not be read`;
}

async function see(desk: Desk, {step, host}: Look): Promise<JobSeen> {
	const {sent} = desk.ledger.state.progress.get(stepKey(step, host)) ?? noProgress;
	if (sent?.trace === undefined) {
		throw new Error(`Nothing was left to ${host} by ${step}`);
	}

	if (sent.trace.kind === 'job') {
		const job = jobRefOf(desk, sent.trace, plannedStep(desk, step).as);
		return desk.world.transport.lookUpJob(placeOf(desk, host), job);
	}

	const seen = await seeRestart(desk, host, sent);
	switch (seen.kind) {
		case 'back':
			return {kind: 'gone', because: 'rebooted'};
		case 'none':
			return {kind: 'running'};
		case 'away': {
			const {evidence, refused} = seen;
			return {kind: 'unanswered', evidence, ...(refused === undefined ? {} : {refused})};
		}
	}
}

/** Two who go on with the same run must talk to each other first. */
function lookedUpEvents(state: RunState, looked: Omit<EventOf<'JobLookedUp'>, 'type'>): readonly RunEvent[] {
	const event: RunEvent = {type: 'JobLookedUp', ...looked};
	const {seen, host} = looked;
	const reason =
		seen.kind === 'superseded'
			? `a colleague has taken over this run: ${host} knows his epoch ${seen.epoch}, ours is ${epochOf(state)}`
			: '';
	return seen.kind === 'superseded' ? [event, {type: 'RunPaused', by: BY_ITSELF, reason}] : [event];
}
