import type {RunEvent} from '../run/event.js';
import {type Effect, isCalledFor} from '../run/next.js';
import {nodeOf} from '../run/nodes.js';
import {afterTry, gapsUntil, type Probing, startProbing} from '../run/probing.js';
import {noProgress, stepKey} from '../run/progress.js';
import {isBeside} from '../run/stage.js';
import type {RunState} from '../run/state.js';
import type {Step} from '../runbook/runbook.js';
import type {Desk} from './desk.js';
import {jobName} from './job.js';
import {lookingFirst} from './look-first.js';
import {tryInAllPlaces} from './part.js';
import type {OutputKey} from './ports.js';
import type {Prepared} from './prepared.js';
import {prepareScript} from './script.js';

type Probe = Extract<Effect, {kind: 'probe'}>;

/**
Tries a probe again and again beside the other steps of its phase, until these are settled, the run is paused, or
somebody cancels it: then `signal` is aborted. What it saw is one event; if this process ends before, nothing is kept of
the attempt, and another one begins when the run is resumed.
*/
export async function performProbe(desk: Desk, effect: Probe, signal: AbortSignal): Promise<void> {
	const {plan, ledger, runId, world} = desk;
	const step = nodeOf(plan.graph, effect.step)?.step;
	if (step === undefined) {
		throw new Error(`The graph has no step ${effect.step}`);
	}

	const key: OutputKey = {step: effect.step, host: effect.host, attempt: effect.attempt, part: 'run'};
	const job = jobName(runId, key);
	const preparation = prepareScript(desk, step, key, job, ledger.state.values);
	const prepared = typeof preparation === 'function' ? await preparation() : preparation;
	const {kind, ...about} = effect;
	const scriptHash = prepared.ok ? prepared.hash : '';
	const written = await ledger.propose(state =>
		isCalledFor(plan.graph, state, effect) ? [{type: 'ProbeBegan', ...about, job, scriptHash}] : [],
	);
	if (written.length === 0) {
		return;
	}

	const probing = prepared.ok ? await probe(desk, step, key, prepared, signal) : startProbing(await world.clock.now());
	const now = await world.clock.now();
	world.store.endOutput(key);
	await ledger.propose(state => {
		const end = endOf(desk, state, key, probing, prepared);
		return end === undefined
			? []
			: [{type: 'ProbeEnded', ...about, ...gapsUntil(probing, now), tries: probing.tries, ...end}];
	});
}

async function probe(
	desk: Desk,
	step: Step,
	key: OutputKey,
	prepared: Extract<Prepared, {ok: true}>,
	signal: AbortSignal,
): Promise<Probing> {
	const {clock} = desk.world;
	const everyMs = step.action.kind === 'probe' ? step.action.everyMs : 0;
	const patient = lookingFirst(desk, prepared);
	let begunAt = await clock.now();
	let probing = startProbing(begunAt);
	while (!signal.aborted) {
		const one = {number: probing.tries + 1, remainingMs: undefined, cancel: signal};
		const {judgement} = await tryInAllPlaces(desk, step, key, 'running', patient, one);
		const now = await clock.now();
		// A try that was called off in its middle says nothing
		if (signal.aborted) {
			break;
		}

		probing = afterTry(probing, judgement.settles === 'done', now);
		await clock.sleep(Math.max(0, begunAt + everyMs - now), signal);
		begunAt = Math.max(now, begunAt + everyMs);
	}

	return probing;
}

type End = Pick<Extract<RunEvent, {type: 'ProbeEnded'}>, 'settles' | 'because'>;

/** Undefined: it has ended already. */
function endOf(
	{plan: {graph}}: Desk,
	state: RunState,
	{step, host, attempt}: OutputKey,
	{hasSucceeded, tries}: Probing,
	prepared: Prepared,
): End | undefined {
	const {underWay, asked, attempt: newest} = state.progress.get(stepKey(step, host)) ?? noProgress;
	const node = nodeOf(graph, step);
	if (!underWay || newest !== attempt || node === undefined) {
		return undefined;
	}

	if (!prepared.ok) {
		return {settles: 'failed', because: prepared.because};
	}

	if (asked === 'cancel') {
		return {settles: 'failed', because: 'cancelled'};
	}

	if (isBeside(graph, state, node)) {
		return {settles: null, because: 'the run was paused'};
	}

	return hasSucceeded
		? {settles: 'done', because: ''}
		: {settles: 'failed', because: `it never succeeded in ${tries} tries`};
}
