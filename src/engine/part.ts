import type {OutputFacts, RunEvent} from '../run/event.js';
import {isSuccess, type Judgement, judge, looksAtOutput, nextTryAfterMs, patienceOf, type Tried} from '../run/judge.js';
import {type Effect, isCalledFor} from '../run/next.js';
import {nodeOf} from '../run/nodes.js';
import type {Outcome} from '../run/outcome.js';
import {changesSomething} from '../run/policy.js';
import {noProgress, stepKey} from '../run/progress.js';
import {BY_ITSELF} from '../run/stage.js';
import type {Progress, RunState, Trace} from '../run/state.js';
import type {Step, StepId} from '../runbook/runbook.js';
import type {Values} from '../runbook/site.js';
import type {Desk} from './desk.js';
import {prepareFile} from './file.js';
import {readAfterwards} from './follow.js';
import {jobName} from './job.js';
import {forgetJob} from './left.js';
import {lookingFirst} from './look-first.js';
import {OutputOfTry} from './output.js';
import type {OutputKey} from './ports.js';
import type {Preparation, Prepared, Try} from './prepared.js';
import {watchRestart} from './restart.js';
import {prepareScript} from './script.js';

type PartEffect = Extract<Effect, {kind: 'part'}>;

/**
Does one part of an attempt: prepares it, makes the intent durable, and only then sends anything; tries until what came
of it stands; writes down what that means.
*/
export async function performPart(desk: Desk, effect: PartEffect, cancel: AbortSignal): Promise<void> {
	const {step, key} = planned(desk, effect);
	const preparation = prepare(desk, step, key, desk.ledger.state.values);
	const prepared = typeof preparation === 'function' ? await preparation() : preparation;
	let before: Progress = noProgress;
	const intend = () =>
		desk.ledger.propose(state => {
			before = progressBefore(state, key);
			if (!isCalledFor(desk.plan.graph, state, effect)) {
				return [];
			}

			const intended = intendedEvent(desk, step, key, prepared);
			return prepared.ok ? [intended] : [intended, ...endedUnprepared(desk, state, step, key, prepared)];
		});
	let written = await intend();
	if (written.length === 0 && isCalledFor(desk.plan.graph, desk.ledger.state, effect)) {
		// The run went on again in the very write that came too late for this
		written = await intend();
	}

	if (prepared.ok && written.length > 0) {
		await performPrepared(desk, step, key, before, prepared, cancel);
	}
}

/** A part for which nothing is waited but the disk: `perform` may be called once `event` is durable. */
export type Intent = {
	readonly effect: PartEffect;
	readonly event: RunEvent;
	perform(cancel: AbortSignal): Promise<void>;
};

/** Of a part that `state` calls for, if it can be prepared at once. */
export function intendPart(desk: Desk, effect: PartEffect, state: RunState): Intent | undefined {
	const {step, key} = planned(desk, effect);
	const prepared = prepare(desk, step, key, state.values);
	return typeof prepared === 'function' || !prepared.ok
		? undefined
		: {
				effect,
				event: intendedEvent(desk, step, key, prepared),
				perform: cancel => performPrepared(desk, step, key, progressBefore(state, key), prepared, cancel),
			};
}

function planned(desk: Desk, {step, host, attempt, part}: PartEffect) {
	const key: OutputKey = {step, host, attempt, part};
	return {step: plannedStep(desk, step), key};
}

/** Throws if the graph has no such step: the run was begun with it, so that is our bug. */
export function plannedStep({plan: {graph}}: Desk, id: StepId): Step {
	const node = nodeOf(graph, id);
	if (node === undefined) {
		throw new Error(`The graph has no step ${id}`);
	}

	return node.step;
}

function prepare(desk: Desk, step: Step, key: OutputKey, values: Values): Preparation {
	const {action, check, undo} = step;
	const {part} = key;
	const isOfFile =
		part === 'run' || (part === 'check' && check === undefined) || (part === 'undo' && undo === undefined);
	const job = jobName(desk.runId, key);
	return action.kind === 'file' && isOfFile
		? prepareFile(desk, {...step, action}, key, job, values)
		: prepareScript(desk, step, key, job, values);
}

function intendedEvent({runId}: Desk, step: Step, key: OutputKey, prepared: Prepared): RunEvent {
	const on = prepared.ok ? prepared.places.map(({host}) => host) : [key.host];
	return {
		type: 'PartIntended',
		...key,
		job: jobName(runId, key),
		scriptHash: prepared.ok ? prepared.hash : '',
		changes: changesSomething(step, key.part),
		...(on.length === 1 && on[0] === key.host ? {} : {on}),
		...(prepared.ok && prepared.replaces !== undefined ? {replaces: prepared.replaces} : {}),
		...(prepared.ok && prepared.trace !== undefined ? traced(prepared.trace) : {}),
	};
}

function traced({kind, boot}: Trace): Pick<Extract<RunEvent, {type: 'PartIntended'}>, 'detached' | 'reboots' | 'boot'> {
	return {...(kind === 'job' ? {detached: true} : {reboots: true}), ...(boot === undefined ? {} : {boot})};
}

function progressBefore({progress}: RunState, {step, host}: OutputKey): Progress {
	return progress.get(stepKey(step, host)) ?? noProgress;
}

/** The intent is durable. */
async function performPrepared(
	desk: Desk,
	step: Step,
	key: OutputKey,
	before: Progress,
	prepared: Extract<Prepared, {ok: true}>,
	cancel: AbortSignal,
): Promise<void> {
	const {trace} = prepared;
	const seen = await tryUntilItStands(desk, step, key, before, prepared, cancel);
	const result = trace === undefined ? seen : await readAfterwards(desk, step, key, trace, seen, cancel);
	await endPart(desk, step, key, result);
	if (trace !== undefined) {
		await forgetJob(desk, step, key, trace, result.outcome);
	}
}

/** Writes down what came of a part, unless somebody has settled it meanwhile. */
export async function endPart(desk: Desk, step: Step, key: OutputKey, result: Result): Promise<void> {
	const output = desk.world.store.endOutput(key);
	await desk.ledger.propose(state => (isUnderWay(state, key) ? endedEvents(state, step, key, result, output) : []));
}

export type Result = {readonly outcome: Outcome; readonly tries: number; readonly judgement: Judgement};

async function tryUntilItStands(
	desk: Desk,
	step: Step,
	key: OutputKey,
	{state: before}: Progress,
	prepared: Extract<Prepared, {ok: true}>,
	cancel: AbortSignal,
): Promise<Result> {
	const {world} = desk;
	const {forMs} = patienceOf(step, key.part);
	const patient = forMs > 0 ? lookingFirst(desk, prepared) : prepared;
	const startedAt = forMs > 0 ? await world.clock.now() : 0;
	const elapsedMs = async () => (forMs > 0 ? (await world.clock.now()) - startedAt : 0);
	for (let number = 1; ; number++) {
		const remainingMs = forMs > 0 ? Math.max(1000, forMs - (await elapsedMs())) : undefined;
		const {tried, judgement} = await tryInAllPlaces(desk, step, key, before, patient, {number, remainingMs, cancel});
		const pauseMs = nextTryAfterMs(step, key.part, judgement, tried, await elapsedMs());
		if (pauseMs === undefined) {
			return {outcome: tried.outcome, tries: number, judgement};
		}

		await world.clock.sleep(pauseMs, cancel);
	}
}

type Judged = {readonly tried: Tried; readonly judgement: Judgement};

/** One after another, until one does not succeed. */
export async function tryInAllPlaces(
	desk: Desk,
	step: Step,
	key: OutputKey,
	before: Progress['state'],
	{places, trace}: Extract<Prepared, {ok: true}>,
	{number, remainingMs, cancel}: Pick<Try, 'number' | 'remainingMs' | 'cancel'>,
): Promise<Judged> {
	const {world, writeOutput} = desk;
	let judged: Judged | undefined;
	for (const {host, encoding, perform} of places) {
		const output = new OutputOfTry(
			(stream, bytes) => writeOutput(key, stream, bytes),
			() => world.secrets.known(),
			encoding,
			looksAtOutput(step, key.part),
		);
		const outcome: Outcome = cancel.aborted
			? {kind: 'notStarted', reason: 'cancelled before it was sent'}
			: await perform({number, remainingMs, sink: output.sink, cancel});
		const printed = output.end();
		const restart = trace?.kind === 'restart' ? await watchRestart(desk, step, key, outcome, cancel) : undefined;
		const tried: Tried = {
			...{outcome, ...printed, cancelled: cancel.aborted, tries: number, detached: trace?.kind === 'job'},
			...(restart === undefined ? {} : {restart}),
		};
		const judgement = judge(step, key.part, before, tried);
		const {because} = judgement;
		const isSuccessful = isSuccess(key.part, judgement);
		// Where it went wrong is told where that is not where the step is
		const isTold = !isSuccessful && because !== '' && (places.length > 1 || host !== key.host);
		judged = {tried, judgement: isTold ? {...judgement, because: `${host}: ${because}`} : judgement};
		if (!isSuccessful) {
			break;
		}
	}

	if (judged === undefined) {
		throw new Error(`${key.step} has no place to run in`);
	}

	return judged;
}

function isUnderWay({progress}: RunState, {step, host, attempt, part}: OutputKey): boolean {
	const now = progress.get(stepKey(step, host));
	return now?.underWay === true && now.attempt === attempt && now.part === part;
}

/** An undo that failed pauses the run: what was to be gone back from must not be gone on with. */
function endedEvents(
	{status}: RunState,
	{id}: Step,
	key: OutputKey,
	{outcome, tries, judgement}: Result,
	output: OutputFacts,
): readonly RunEvent[] {
	const ended: RunEvent = {type: 'PartEnded', ...key, outcome, output, tries, ...judgement};
	const reason = `${id} was not undone`;
	return status === 'running' && key.part === 'undo' && judgement.settles === null
		? [ended, {type: 'RunPaused', by: BY_ITSELF, reason}]
		: [ended];
}

/** Nothing was sent, and nothing came. */
function endedUnprepared(
	{world}: Desk,
	state: RunState,
	step: Step,
	key: OutputKey,
	{because, refused}: Extract<Prepared, {ok: false}>,
): readonly RunEvent[] {
	const outcome: Outcome = {kind: 'notStarted', reason: because, ...(refused === undefined ? {} : {refused})};
	const judgement = judge(step, key.part, progressBefore(state, key).state, {
		outcome,
		output: {out: '', err: ''},
		overflowed: false,
		cancelled: false,
		tries: 0,
	});
	return endedEvents(state, step, key, {outcome, tries: 0, judgement}, world.store.endOutput(key));
}
