import {createHash} from 'node:crypto';
import type {JobRef, OutputSink, RemoteCommand} from '../engine/ports.js';
import type {JobSeen, Outcome} from '../run/outcome.js';
import {sanitiseLine} from '../text/sanitise.js';
import {EndMarker} from './end-marker.js';
import {ask, newToken, type Reply} from './helper.js';
import {attachScript, forgetScript, launchScript, lookScript, stopScript} from './job-scripts.js';
import {haveNul, helperText, jobStart, secretLines} from './posix.js';
import type {Place} from './session.js';
import {atMost, type Timing} from './timing.js';
import {Watch} from './watch.js';

/** What jobs need besides their place. */
export type JobOptions = {
	readonly timing: Timing;
	/** So many bytes of each stream stay on the host; what a job prints behind them is not kept, and it goes on. */
	readonly keptOutput: number;
	/** Aborted when the transport is closed: nobody waits for a link then. */
	readonly closing: AbortSignal;
};

export const defaultKeptOutput = 64 * 1024 * 1024;

/** `ulimit -f` counts these. Source: POSIX. */
const blockSize = 512;

/** Leaves a command to its host and follows it to its end. Rejects only with what `sink` threw. */
export async function runJob(
	place: Place,
	job: JobRef,
	command: RemoteCommand,
	sink: OutputSink,
	cancel: AbortSignal,
	options: JobOptions,
): Promise<Outcome> {
	if (haveNul([command.script, ...Object.values(command.variables), ...Object.values(command.secrets)])) {
		return {
			kind: 'notStarted',
			reason: 'There is a NUL character in the script or its values, which no shell can carry.',
		};
	}

	const script = Buffer.from(command.script);
	const input = Buffer.concat([secretLines(command.secrets), script]);
	const sha256 = createHash('sha256').update(script).digest('hex');
	const blocks = String(Math.ceil(options.keptOutput / blockSize));
	const launch = (token: string, isAgain: boolean): string => {
		const start = jobStart(command, token);
		const again = isAgain ? ['again', job.boot ?? ''] : ['', ''];
		const args = [...namesOf(job), String(job.epoch), sha256, blocks, start.begin, ...again];
		return helperText(launchScript(token, start), args);
	};
	if (!place.fits(launch(newToken(), true))) {
		return {kind: 'notStarted', reason: 'The values of this step are too long together for a command line.'};
	}

	const pursuit = new Pursuit(place, job, sink, options);
	return pursuit.toItsEnd({line: launch, input, interpreter: command.interpreter}, cancel, command.timeoutMs);
}

/** Hands out all that a job printed, and follows it to its end. */
export function followJob(
	place: Place,
	job: JobRef,
	sink: OutputSink,
	cancel: AbortSignal,
	options: JobOptions,
): Promise<Outcome> {
	return new Pursuit(place, job, sink, options).toItsEnd(undefined, cancel, undefined);
}

/** Asks once what became of a job, and sees to it that one that has not begun never will. */
export async function lookUpJob(place: Place, job: JobRef, timing: Timing): Promise<JobSeen> {
	const reply = await ask(place, {script: lookScript, args: lookArguments(job), urgent: true}, timing);
	return seenIn(place, reply);
}

/** What the host keeps of a job goes, but for the proof that it was there. Nothing depends on its coming to pass. */
export async function forgetJob(place: Place, job: JobRef, timing: Timing): Promise<void> {
	await ask(place, {script: forgetScript, args: namesOf(job)}, timing);
}

/** > | RUN.STEP.HOST.ATTEMPT.PART      a folder for the run, and one in it for the rest */
function namesOf({job}: JobRef): readonly [string, string] {
	const [, run, rest] = /^([\w-]+)\.([\w-][\w.-]*)$/.exec(job) ?? [];
	if (run === undefined || rest === undefined) {
		throw new RangeError(`No job can be called ${job}`);
	}

	// A file's name takes 255 bytes
	return [run, rest.length <= 200 ? rest : createHash('sha256').update(rest).digest('hex')];
}

function lookArguments(job: JobRef): readonly string[] {
	return [...namesOf(job), String(job.epoch), job.boot ?? ''];
}

function seenIn(place: Place, reply: Reply): JobSeen {
	if (reply.kind !== 'replied') {
		return reply.kind === 'lost'
			? {kind: 'unanswered', evidence: reply.evidence}
			: {
					kind: 'unanswered',
					evidence: reply.reason,
					...(reply.refused === undefined ? {} : {refused: reply.refused}),
				};
	}

	return (
		seen(reply.out.trim()) ?? {
			kind: 'unanswered',
			evidence: `${place.name} could not be asked: ${sanitiseLine(reply.err.trim()).slice(0, 300)}`,
		}
	);
}

/** > | finished 3      running      vetoed      gone rebooted      superseded 4 */
function seen(said: string): JobSeen | undefined {
	const [word, detail = ''] = said.split(' ');
	switch (word) {
		case 'finished':
			return {kind: 'finished', code: Number(detail)};
		case 'running':
			return {kind: 'running'};
		case 'vetoed':
			return {kind: 'notStarted', reason: 'It had not begun on its host, and never will.'};
		case 'gone': {
			const because = (['vanished', 'rebooted', 'folder-lost'] as const).find(known => known === detail);
			return because && {kind: 'gone', because};
		}
		case 'superseded':
			return {kind: 'superseded', epoch: Number(detail)};
		default:
			return undefined;
	}
}

type Launch = {
	/** `isAgain`: it was sent before, and may have begun. */
	line(token: string, isAgain: boolean): string;
	readonly input: Uint8Array;
	readonly interpreter: RemoteCommand['interpreter'];
};

/** What came of one connection to the job. `told`: everything is known, and all its output was handed out. */
type Stretch =
	| {readonly kind: 'told'; readonly outcome: Outcome}
	/** The link is gone, or was never there. */
	| {readonly kind: 'cut'; readonly evidence: string}
	| {readonly kind: 'stopped'; readonly outcome: Outcome};

/** One job, followed over as many connections as it takes; what has come is counted, so that nothing comes twice. */
class Pursuit {
	readonly #place: Place;
	readonly #job: JobRef;
	readonly #sink: OutputSink;
	readonly #options: JobOptions;
	readonly #came = {out: 0, err: 0};
	/** It has said that it is there: from then on it is never launched again. */
	#isThere = false;
	/** Something was sent that may have begun it. */
	#wasSent = false;

	constructor(place: Place, job: JobRef, sink: OutputSink, options: JobOptions) {
		this.#place = place;
		this.#job = job;
		this.#sink = sink;
		this.#options = options;
	}

	/** Without `launch` it is there already. */
	async toItsEnd(launch: Launch | undefined, cancel: AbortSignal, timeoutMs: number | undefined): Promise<Outcome> {
		const limit = new AbortController();
		const over = new AbortController();
		void atMost(timeoutMs ?? Number.POSITIVE_INFINITY, never(), over.signal).then(() => limit.abort());
		try {
			const outcome = await this.#follow(launch, AbortSignal.any([cancel, limit.signal]));
			return outcome.kind === 'signaled' && !cancel.aborted && timeoutMs !== undefined
				? {kind: 'timedOut', afterMs: timeoutMs}
				: outcome;
		} finally {
			over.abort();
		}
	}

	async #follow(launch: Launch | undefined, halt: AbortSignal): Promise<Outcome> {
		this.#isThere = launch === undefined;
		this.#wasSent = launch === undefined;
		let lostAt: number | undefined;
		let ended: Outcome | undefined;
		for (let tries = 0; ; tries += 1) {
			const before = this.#came.out + this.#came.err;
			const stretch = await this.#stretch(launch, ended === undefined ? halt : neverAborted);
			if (stretch.kind !== 'cut') {
				return ended?.kind === 'signaled' ? ended : stretch.outcome;
			}

			if (ended === undefined && halt.aborted && !this.#options.closing.aborted) {
				const stopped = await this.#confirmedStop();
				if (stopped.kind !== 'exited' && stopped.kind !== 'signaled') {
					return stopped;
				}

				// It is over, and what it printed behind the broken link is still to be read
				ended = stopped;
				this.#isThere = true;
			}

			const {pauses, forMs} = this.#options.timing.rejoin;
			if (lostAt === undefined || this.#came.out + this.#came.err > before) {
				lostAt = performance.now(); // It goes on: the next loss is another one
				tries = 0;
			}

			const pauseMs = pauses[Math.min(tries, pauses.length - 1)] ?? 0;
			if (this.#options.closing.aborted || performance.now() + pauseMs - lostAt > forMs) {
				return ended?.kind === 'signaled' ? ended : {kind: 'lost', evidence: stretch.evidence};
			}

			const wakes = ended === undefined ? [halt, this.#options.closing] : [this.#options.closing];
			await atMost(pauseMs, never(), AbortSignal.any(wakes));
		}
	}

	/** One connection: launches it where nobody knows of it yet, and follows it as far as the link bears. */
	async #stretch(launch: Launch | undefined, halt: AbortSignal): Promise<Stretch> {
		const {timing, closing} = this.#options;
		const token = newToken();
		const end = new EndMarker(token);
		const watch = new Watch(
			this.#place.name,
			token,
			(stream, bytes) => {
				const own = stream === 'out' ? end.push(bytes) : bytes;
				this.#came[stream] += own.length;
				if (own.length > 0) {
					this.#sink(stream, own);
				}
			},
			timing.heldOpen,
		);
		const fresh = this.#isThere ? undefined : launch;
		const line = fresh === undefined ? this.#attachLine(token) : fresh.line(token, this.#wasSent);
		const started = await this.#place.start(line, watch, {cancel: halt});
		if (started.kind === 'notStarted') {
			return this.#wasSent ? this.#notReached(started) : {kind: 'told', outcome: started};
		}

		this.#wasSent = true;
		if (started.kind === 'lost') {
			return {kind: 'cut', evidence: started.evidence};
		}

		const {session} = started;
		watch.attach(session);
		void session.write(fresh?.input ?? new Uint8Array()).then(() => session.end());
		await atMost(Number.POSITIVE_INFINITY, watch.ended, AbortSignal.any([halt, closing]));
		if (closing.aborted && !watch.isOver) {
			session.close();
			session.release();
			return {kind: 'cut', evidence: `fieldbook was closed, and left the job to ${this.#place.name}.`};
		}

		if (watch.isOver || watch.ending !== undefined) {
			await watch.ended;
			return this.#judge(watch, end, launch);
		}

		const stopped = await this.#stop();
		// What it still printed, and how it ended
		await atMost(timing.heldOpen + 1500, watch.ended);
		// One that ended by itself has said so as its last word, if the link was there
		const isCutOff = stopped.kind === 'exited' && end.word === undefined;
		session.close();
		watch.outcome(); // Throws what the sink threw
		return isCutOff ? {kind: 'cut', evidence: this.#cutShort()} : {kind: 'stopped', outcome: stopped};
	}

	#attachLine(token: string): string {
		const {out, err} = this.#came;
		return helperText(attachScript(token), [...namesOf(this.#job), String(out), String(err)]);
	}

	/** Where the job may be under way, a host that cannot be reached proves nothing. */
	#notReached({reason, refused}: Extract<Outcome, {kind: 'notStarted'}>): Stretch {
		return refused === undefined
			? {kind: 'cut', evidence: reason}
			: {kind: 'told', outcome: {kind: 'lost', evidence: reason}};
	}

	/** What the host said before its channel ended. */
	#judge(watch: Watch, end: EndMarker, launch: Launch | undefined): Stretch {
		const outcome = watch.outcome();
		const word = watch.word;
		this.#isThere ||= word === 'running';
		if (outcome.kind === 'lost' || (word === 'running' && end.word === undefined)) {
			return {kind: 'cut', evidence: outcome.kind === 'lost' ? outcome.evidence : this.#cutShort()};
		}

		if (outcome.kind === 'notStarted') {
			return {kind: 'told', outcome};
		}

		const said = word === 'running' ? end.word : word;
		return {kind: 'told', outcome: this.#meaning(said ?? '', launch)};
	}

	/** > | finished 3 out      vetoed      gone vanished      superseded 4      -      no there is no folder … */
	#meaning(said: string, launch: Launch | undefined): Outcome {
		const [word = '', ...details] = said.split(' ');
		const {name} = this.#place;
		switch (word) {
			case 'finished':
				this.#tellOfLimit(details.slice(1));
				return {kind: 'exited', code: Number(details[0])};
			case '-':
				return {
					kind: 'notStarted',
					reason: `${name} has no ${launch?.interpreter.join(' ') ?? ''}, which the script asks for.`,
				};
			case 'no':
				return {
					kind: 'notStarted',
					reason: `Nothing was left to ${name}: ${sanitiseLine(details.join(' '))}. Nothing ran.`,
				};
			case 'vetoed':
				return {kind: 'notStarted', reason: 'It had not begun on its host, and never will.'};
			case 'superseded':
				return {
					kind: 'notStarted',
					reason: `A colleague took this run over: ${name} has seen epoch ${details[0]}, this is ${this.#job.epoch}.`,
				};
			case 'gone':
				this.#tellOfLimit(details.slice(1));
				return {kind: 'lost', evidence: `${name} cannot say what came of it: ${goneWords(details[0])}.`};
			default:
				return {kind: 'lost', evidence: `${name} did not say what came of it.`};
		}
	}

	#tellOfLimit(streams: readonly string[]): void {
		for (const stream of streams) {
			if (stream === 'out' || stream === 'err') {
				const kept = this.#came[stream].toLocaleString('en');
				this.#sink(
					stream,
					Buffer.from(`\nfieldbook: ${this.#place.name} kept ${kept} bytes of this output; there was more.\n`),
				);
			}
		}
	}

	#cutShort(): string {
		return `${this.#place.name} ended its follower before the job ended.`;
	}

	/** Ends it, over other connections if need be. */
	async #confirmedStop(): Promise<Outcome> {
		return this.#wasSent ? this.#stop() : {kind: 'notStarted', reason: 'It was cancelled before it began.'};
	}

	async #stop(): Promise<Outcome> {
		const {timing, closing} = this.#options;
		const began = performance.now();
		for (const pauseMs of [...timing.rejoin.pauses, undefined]) {
			const reply = await ask(this.#place, {script: stopScript, args: lookArguments(this.#job), urgent: true}, timing);
			const isLate = performance.now() - began > timing.rejoin.forMs || closing.aborted;
			if (reply.kind === 'replied' || pauseMs === undefined || isLate) {
				return this.#stopped(reply);
			}

			await atMost(pauseMs, never(), closing);
		}

		throw new Error('The last pause is undefined');
	}

	#stopped(reply: Reply): Outcome {
		const said = reply.kind === 'replied' ? (reply.out.trim().split('\n').at(-1) ?? '') : '';
		const signal = /^stopped (SIG\w+)$/.exec(said)?.[1];
		if (signal !== undefined) {
			return {kind: 'signaled', signal};
		}

		const tried = 'We tried to end it, but its end is not confirmed';
		const became = said === 'stopped alive' ? undefined : seenIn(this.#place, reply);
		switch (became?.kind) {
			case 'finished':
				return {kind: 'exited', code: became.code};
			case 'notStarted':
				return {kind: 'notStarted', reason: 'It was cancelled before it began.'};
			case 'gone':
				return {kind: 'lost', evidence: `${tried}: ${goneWords(became.because)}.`};
			case 'superseded':
				return {kind: 'lost', evidence: `A colleague took this run over (epoch ${became.epoch}): it was left alone.`};
			case 'unanswered':
				return {kind: 'lost', evidence: `${tried}: ${became.evidence}`};
			case 'running':
			case undefined:
				return {kind: 'lost', evidence: `${tried}: its processes are still there after SIGKILL.`};
		}
	}
}

function goneWords(because: string | undefined): string {
	switch (because) {
		case 'rebooted':
			return 'it has booted since';
		case 'folder-lost':
			return 'what it kept of the job is not there any more';
		default:
			return 'its processes are gone, and no status was left';
	}
}

const neverAborted = new AbortController().signal;

function never(): Promise<never> {
	return new Promise(() => {});
}
