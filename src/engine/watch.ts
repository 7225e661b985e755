import {followedBy} from '../run/decide-step.js';
import type {RunEvent} from '../run/event.js';
import type {Effect} from '../run/next.js';
import {nodeOf} from '../run/nodes.js';
import {noProgress, stepKey} from '../run/progress.js';
import type {RunState} from '../run/state.js';
import type {HostName} from '../runbook/runbook.js';
import {accessTo, contactEvent} from './contact.js';
import type {Desk} from './desk.js';

const LOOK_EVERY_MS = 1000;

/** One lost packet is no power cut. */
const MISSES_UNTIL_DOWN = 2;

type Watch = Extract<Effect, {kind: 'watch'}>;

/** Looks at a host once a second until it has gone, or come back, or nobody waits for that any more. */
export async function performWatch(desk: Desk, watch: Watch, signal: AbortSignal): Promise<void> {
	switch (watch.expects) {
		case 'down':
			return watchItGo(desk, watch, signal);
		case 'up':
			return watchItCome(desk, watch, signal);
	}
}

/**
Gone is a host that was heard and then missed twice. One that was silent from the beginning proves nothing, unless the
lab has just done what was asked.
*/
async function watchItGo(desk: Desk, watch: Watch, signal: AbortSignal): Promise<void> {
	const {world, ledger} = desk;
	const begunAt = await world.clock.now();
	let heardAt: number | undefined;
	let misses = 0;
	const others = othersOf(desk, watch);
	while (!signal.aborted) {
		if (await world.transport.answers(accessTo(desk, watch.host))) {
			heardAt = await world.clock.now();
			misses = 0;
			await Promise.all(others.map(other => lookForWrongHost(desk, watch, other)));
		} else {
			misses++;
		}

		const isExpected = heardAt !== undefined || ledger.state.progress.get(keyOf(watch))?.handDone === true;
		if (misses >= MISSES_UNTIL_DOWN && isExpected) {
			await propose(desk, watch, [seen(desk, watch, heardAt ?? begunAt)]);
			return;
		}

		await world.clock.sleep(LOOK_EVERY_MS, signal);
	}
}

/** A host that somebody could take for the watched one, and how often it was missed in a row. */
type Other = {readonly host: HostName; misses: number};

/** The hosts of the same group that are known to answer: hands that slip pull one of their cords. */
function othersOf({plan, ledger}: Desk, {host}: Watch): readonly Other[] {
	const group = plan.graph.hosts.find(({name}) => name === host)?.group;
	return plan.graph.hosts
		.filter(other => other.name !== host && other.group === group && group !== undefined)
		.filter(({name}) => ledger.state.hosts.get(name)?.kind === 'reached')
		.map(({name}) => ({host: name, misses: 0}));
}

/** While the watched host still answers, another one goes: said once, and again when it is back. */
async function lookForWrongHost(desk: Desk, watch: Watch, other: Other): Promise<void> {
	const {world, ledger} = desk;
	const access = accessTo(desk, other.host);
	if (!(await world.transport.answers(access))) {
		other.misses++;
		if (other.misses === MISSES_UNTIL_DOWN) {
			await propose(desk, watch, [
				{
					type: 'HostRefused',
					host: other.host,
					refusal: 'unreachable',
					reason: `${other.host} has gone, and ${watch.host} still answers`,
					next: `This step is for ${watch.host}: look whether the right host was taken. If not, bring ${other.host} back, then do the step on ${watch.host}.`,
				},
			]);
		}

		return;
	}

	other.misses = 0;
	if (ledger.state.hosts.get(other.host)?.kind === 'refused') {
		await propose(desk, watch, [contactEvent(other.host, await world.transport.contact(access, undefined))]);
	}
}

/** Back is a host that lets us in again. One that turns us away is not asked again: that could lock the account. */
async function watchItCome(desk: Desk, watch: Watch, signal: AbortSignal): Promise<void> {
	const {world} = desk;
	const access = accessTo(desk, watch.host);
	while (!signal.aborted) {
		if (await world.transport.answers(access)) {
			const heardAt = await world.clock.now();
			const contact = await world.transport.contact(access, undefined);
			const event = contactEvent(watch.host, contact);
			if (contact.kind === 'reached') {
				await propose(desk, watch, [event, seen(desk, watch, heardAt)]);
				return;
			}

			if (contact.kind === 'firstContact' || contact.refusal !== 'unreachable') {
				await propose(desk, watch, [event]);
				return;
			}
		}

		await world.clock.sleep(LOOK_EVERY_MS, signal);
	}
}

function seen({plan}: Desk, {step, host, expects}: Watch, since: number): RunEvent {
	const node = nodeOf(plan.graph, step);
	return {
		type: 'HostSeen',
		step,
		host,
		what: expects,
		since: new Date(since).toISOString(),
		...(node === undefined ? {} : followedBy(node)),
	};
}

/** Nothing if somebody has answered meanwhile. */
async function propose({ledger}: Desk, watch: Watch, events: readonly RunEvent[]): Promise<void> {
	await ledger.propose(state => (isOpen(state, watch) ? events : []));
}

function isOpen({status, progress}: RunState, watch: Watch): boolean {
	const {state, underWay} = progress.get(keyOf(watch)) ?? noProgress;
	return status === 'running' && state === 'open' && !underWay;
}

function keyOf({step, host}: Watch): string {
	return stepKey(step, host);
}
