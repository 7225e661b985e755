import {LOCAL_HOST} from '../graph/graph.js';
import {bootSince} from '../run/boot.js';
import type {HostFacts, Part} from '../run/event.js';
import type {Outcome} from '../run/outcome.js';
import {changesSomething} from '../run/policy.js';
import type {RunState, Trace} from '../run/state.js';
import type {HostName, Step} from '../runbook/runbook.js';
import {accessTo} from './contact.js';
import type {Desk} from './desk.js';
import type {RunPlan} from './plan.js';
import type {HostAccess, JobRef, OutputKey} from './ports.js';
import {notPrepared, type Prepared} from './prepared.js';

/** How the host can be asked later what came of this part; undefined: it is sent directly, and a lost link loses its outcome. */
export function traceKindOf({detach}: RunPlan, step: Step, part: Part): Trace['kind'] | undefined {
	const {action} = step;
	if (part !== 'run' || action.kind !== 'script') {
		return undefined;
	}

	if (action.reboot !== undefined) {
		return 'restart';
	}

	const isAlways = detach === 'always' && changesSomething(step, part);
	return action.long || action.cut !== undefined || isAlways ? 'job' : undefined;
}

type Found = {readonly ok: true; readonly boot: string | undefined} | Extract<Prepared, {ok: false}>;

/** The host's boot identity now: what it said at preflight may be of a boot before. */
export async function bootNow(desk: Desk, kind: Trace['kind'], host: HostName): Promise<Found> {
	if (host === LOCAL_HOST) {
		return kind === 'job' ? {ok: true, boot: undefined} : notPrepared('nobody here would see this laptop restart');
	}

	const contact = await desk.world.transport.contact(accessTo(desk, host), undefined);
	switch (contact.kind) {
		case 'reached': {
			const boot = bootIdOf(contact.facts, await desk.world.clock.now());
			return boot === undefined && kind === 'restart'
				? notPrepared('the host does not say when it booted: nobody could tell that it has restarted')
				: {ok: true, boot};
		}

		case 'firstContact':
			return notPrepared('the host shows a key that nobody has trusted yet', 'host-key-unknown');
		case 'refused':
			return notPrepared(contact.reason, contact.refusal === 'unreachable' ? undefined : contact.refusal);
	}
}

/** What tells one boot of a host from another; undefined: it says neither that nor how long it is up. `now`: the run's clock. */
export function bootIdOf({bootId, uptimeSeconds}: HostFacts, now: number): string | undefined {
	return bootId ?? (uptimeSeconds === null ? undefined : bootSince(now - uptimeSeconds * 1000));
}

/** A job as its host is asked for it, with the lease that we hold now. */
export function jobRefOf({ledger}: Desk, {job, boot}: Trace, as: string | undefined): JobRef {
	return {job, as, boot, epoch: epochOf(ledger.state)};
}

export function epochOf({lease}: RunState): number {
	return lease?.epoch ?? 1;
}

/** Once an outcome is durable its host need not keep it. That it still does is no failure of the step. */
export async function forgetJob(
	desk: Desk,
	step: Step,
	{host}: OutputKey,
	trace: Trace,
	{kind}: Outcome,
): Promise<void> {
	if (trace.kind === 'job' && kind !== 'lost') {
		await desk.tidy(() => desk.world.transport.forgetJob(placeOf(desk, host), jobRefOf(desk, trace, step.as)));
	}
}

/** Undefined: this laptop. */
export function placeOf(desk: Desk, host: HostName): HostAccess | undefined {
	return host === LOCAL_HOST ? undefined : accessTo(desk, host);
}
