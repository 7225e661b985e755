import {judge, looksAtOutput, type Tried} from '../run/judge.js';
import {absenceMs} from '../run/look-up.js';
import type {Effect} from '../run/next.js';
import type {JobSeen, Outcome} from '../run/outcome.js';
import {noProgress, stepKey} from '../run/progress.js';
import type {Trace} from '../run/state.js';
import type {Step} from '../runbook/runbook.js';
import type {Desk} from './desk.js';
import {forgetJob, jobRefOf, placeOf} from './left.js';
import {OutputOfTry} from './output.js';
import {endPart, plannedStep, type Result} from './part.js';
import type {OutputKey} from './ports.js';
import {watchRestart} from './restart.js';

/** How often a host is asked while the runbook says that the network is away. */
const EVERY_MS = 10_000;

/** Nobody saw how it went on; what the host says now is what counts. */
const unseen: Outcome = {kind: 'lost', evidence: 'nobody saw it end'};

/** What a look-up has found is followed to its end, and that is written down as if nothing had been. */
export async function performFollow(
	desk: Desk,
	{step: id, host, attempt, part}: Extract<Effect, {kind: 'follow'}>,
	cancel: AbortSignal,
): Promise<void> {
	const key: OutputKey = {step: id, host, attempt, part};
	const step = plannedStep(desk, id);
	const {sent, looked} = desk.ledger.state.progress.get(stepKey(id, host)) ?? noProgress;
	if (sent?.trace === undefined) {
		throw new Error(`Nothing was left to ${host} by ${id}`);
	}

	const result =
		sent.trace.kind === 'job'
			? await followJob(desk, step, key, sent.trace, looked?.seen.kind, cancel)
			: await followRestart(desk, step, key, cancel);
	await endPart(desk, step, key, result);
	await forgetJob(desk, step, key, sent.trace, result.outcome);
}

/** All of its output comes anew, from the first byte: what came of it before ends here. `seen`: by the look-up before. */
async function followJob(
	desk: Desk,
	step: Step,
	key: OutputKey,
	trace: Trace,
	seen: JobSeen['kind'] | undefined,
	cancel: AbortSignal,
): Promise<Result> {
	const {world, writeOutput} = desk;
	let hasCome = false;
	world.store.endOutput(key);
	const output = new OutputOfTry(
		(stream, bytes) => {
			hasCome = true;
			writeOutput(key, stream, bytes);
		},
		() => world.secrets.known(),
		encodingOf(desk, key),
		looksAtOutput(step, key.part),
	);
	const outcome = await withinTime(desk, step, key, seen, cancel, within =>
		world.transport.followJob(placeOf(desk, key.host), jobRefOf(desk, trace, step.as), output.sink, within),
	);
	const printed = output.end();
	if (!hasCome) {
		keepAsItWas(desk, key);
	}

	const tried: Tried = {outcome, ...printed, cancelled: cancel.aborted, tries: 1, detached: true};
	return {outcome, tries: 1, judgement: judge(step, key.part, 'running', tried)};
}

async function followRestart(desk: Desk, step: Step, key: OutputKey, cancel: AbortSignal): Promise<Result> {
	desk.world.store.endOutput(key);
	const restart = await watchRestart(desk, step, key, unseen, cancel);
	const output = new OutputOfTry(
		() => {},
		() => [],
		encodingOf(desk, key),
		true,
	);
	for (const {stream, bytes} of desk.world.store.readOutput(key)) {
		output.sink(stream, bytes);
	}

	keepAsItWas(desk, key);
	const printed = output.end();
	const tried: Tried = {
		...{outcome: unseen, ...printed, cancelled: cancel.aborted, tries: 1},
		...(restart === undefined ? {} : {restart}),
	};
	return {outcome: unseen, tries: 1, judgement: judge(step, key.part, 'running', tried)};
}

function encodingOf({plan}: Desk, {host}: OutputKey): string {
	return plan.hosts[host]?.encoding ?? 'utf-8';
}

/** Nothing new came: what the event will tell of the output is to be what stands there. */
function keepAsItWas({world, writeOutput}: Desk, key: OutputKey): void {
	for (const {stream, bytes} of [...world.store.readOutput(key)]) {
		writeOutput(key, stream, bytes);
	}
}

/** The step's time runs from when it was sent, whoever follows it now. What has ended already is only read. */
async function withinTime(
	{world, ledger}: Desk,
	{timeoutMs}: Step,
	key: OutputKey,
	seen: JobSeen['kind'] | undefined,
	cancel: AbortSignal,
	follow: (cancel: AbortSignal) => Promise<Outcome>,
): Promise<Outcome> {
	const {sent} = ledger.state.progress.get(stepKey(key.step, key.host)) ?? noProgress;
	if (timeoutMs === undefined || sent === undefined || seen === 'finished') {
		return follow(cancel);
	}

	const over = new AbortController();
	const ended = new AbortController();
	const remainingMs = Math.max(0, Date.parse(sent.at) + timeoutMs - (await world.clock.now()));
	const limit = world.clock.sleep(remainingMs, ended.signal).then(() => {
		if (!ended.signal.aborted) {
			over.abort();
		}
	});
	const outcome = await follow(AbortSignal.any([cancel, over.signal]));
	ended.abort();
	await limit;
	return over.signal.aborted && !cancel.aborted && outcome.kind === 'signaled'
		? {kind: 'timedOut', afterMs: timeoutMs}
		: outcome;
}

/**
What the runbook says cuts the network is not unknown while it is away: the host is asked until it answers, and then
followed. `lost`: what was seen of it before; it stands if the network does not come back in time.
*/
export async function readAfterwards(
	desk: Desk,
	step: Step,
	key: OutputKey,
	trace: Trace,
	lost: Result,
	cancel: AbortSignal,
): Promise<Result> {
	const {world, ledger} = desk;
	const {sent} = ledger.state.progress.get(stepKey(key.step, key.host)) ?? noProgress;
	if (sent === undefined || step.action.kind !== 'script' || step.action.cut === undefined) {
		return lost;
	}

	const until = Date.parse(sent.at) + absenceMs(step);
	let result = lost;
	while (result.outcome.kind === 'lost' && !cancel.aborted && (await world.clock.now()) < until) {
		await world.clock.sleep(EVERY_MS, cancel);
		const seen = await world.transport.lookUpJob(placeOf(desk, key.host), jobRefOf(desk, trace, step.as));
		if (isThere(seen)) {
			result = await followJob(desk, step, key, trace, seen.kind, cancel);
		} else if (seen.kind !== 'unanswered' || seen.refused !== undefined) {
			break;
		}
	}

	return result;
}

function isThere({kind}: JobSeen): boolean {
	return kind === 'finished' || kind === 'running';
}
