import type {Pulled, RunHandle} from '../engine/handle.js';
import type {OutputKey} from '../engine/ports.js';
import type {StepGraph} from '../graph/graph.js';
import type {RecordedEvent} from '../run/event.js';
import {evolve, newRun} from '../run/evolve.js';
import {exitStatusOf} from '../run/exit-status.js';
import {stepKey} from '../run/progress.js';
import type {Question, RunState} from '../run/state.js';
import type {HostName} from '../runbook/runbook.js';
import {textOf} from '../text/output-line.js';
import {sanitiseLine, toScreenLines} from '../text/sanitise.js';
import {hostWord} from '../view/names.js';
import {plainLine} from '../view/plain-line.js';
import {previewLines} from '../view/preview.js';
import {questionView} from '../view/question.js';
import {shortSecret} from '../view/short-secret.js';
import {stepPane} from '../view/step-pane.js';
import {summaryOf, summaryWords} from '../view/summary.js';
import {spokenDuration} from '../view/time.js';
import {Bell} from './bell.js';
import {askPerson, type Said} from './dialogue.js';
import type {LineInput} from './line-input.js';
import {Person} from './person.js';

export type PlainRun = {
	/** What a person types to go on with it. */
	readonly resume: string;
	/** What a person types who sits here; undefined: nobody does. */
	readonly input?: LineInput | undefined;
	/** Prints a text and a line end; resolves when there is room for more. Nothing is read from the run before that. */
	readonly print: (text: string) => Promise<void>;
	/** In a rehearsal: fieldbook answers gates and manual steps itself. On real hosts it never does. */
	readonly yes: boolean;
	/** A WHATWG label. */
	readonly encodingOf: (host: HostName) => string;
	readonly ascii: boolean;
	/** The last event that an earlier opening has told of already; 0 for a new run. */
	readonly toldUpTo: number;
	/** IANA name; undefined: the laptop's. */
	readonly timeZone?: string | undefined;
	/** Aborted: what is under way ends, and the run is paused. */
	readonly interrupt?: AbortSignal | undefined;
};

/** How much of a failed step's output is shown. */
const shownLines = 20;
const shownBytes = 16 * 1024;

/**
A run without a screen: one line per event, and the last lines of what failed.

What `yes` may answer in a rehearsal is answered. Everything else is asked of the person who sits here, line by line; where
nobody does, the first question that needs a person pauses the run and says how to go on. Resolves with the exit status (design section 8), 130 where `interrupt` ended it; the handle stays
open. Rejects with what ended the run if it died.
*/
export async function runPlain(handle: RunHandle, graph: StepGraph, run: PlainRun): Promise<0 | 1 | 3 | 4 | 5 | 130> {
	const session = new PlainSession(handle, graph, run);
	try {
		while (await session.advance()) {
			// Each turn prints what is new, or answers one question, or waits for either
		}
	} finally {
		session.remove();
	}

	return session.sayGoodbye();
}

class PlainSession {
	#state = newRun;
	#isStopping = false;
	/** What is being asked. */
	#talk: {readonly about: string; readonly stop: AbortController; readonly said: Promise<Said | undefined>} | undefined;
	readonly #handle: RunHandle;
	readonly #graph: StepGraph;
	readonly #run: PlainRun;
	readonly #person: Person;
	readonly #bell: Bell;
	readonly #toldPrompts = new Set<number>();
	/** Stretches of output whose end was printed. */
	readonly #shown = new Set<string>();

	constructor(handle: RunHandle, graph: StepGraph, run: PlainRun) {
		this.#handle = handle;
		this.#graph = graph;
		this.#run = run;
		this.#person = new Person(graph, run.yes, run.input !== undefined);
		this.#bell = new Bell(handle, run.interrupt);
	}

	/** False once there is nothing more to do. */
	async advance(): Promise<boolean> {
		const wasOver = this.#bell.isOver;
		const {events, prompts} = await this.#handle.pull({afterSeq: this.#state.lastSeq, output: undefined});
		for (const recorded of events) {
			await this.#take(recorded);
		}

		// What was just read may be old news: answers are for the newest state
		if (events.length > 0) {
			return true;
		}

		await this.#answerPrompts(prompts);
		if (this.#isAtEnd()) {
			return false;
		}

		if (await this.#act()) {
			return true;
		}

		await (wasOver ? this.#handle.ended : this.#bell.rung());
		return !wasOver;
	}

	/** Says how to go on, if there is anything left to do. */
	async sayGoodbye(): Promise<0 | 1 | 3 | 4 | 5 | 130> {
		const {print, resume, timeZone} = this.#run;
		if (this.#state.status === 'finished') {
			return exitStatusOf(this.#graph, this.#state);
		}

		await print(summaryWords(summaryOf(this.#graph, this.#state, timeZone)));
		await print(`To go on: ${resume}`);
		return this.#bell.isInterrupted ? 130 : exitStatusOf(this.#graph, this.#state);
	}

	remove(): void {
		this.#bell.remove();
	}

	#isAtEnd(): boolean {
		const {status, progress} = this.#state;
		const isPaused = this.#isStopping && status === 'paused';
		return status === 'finished' || (isPaused && [...progress.values()].every(({underWay}) => !underWay));
	}

	async #take(recorded: RecordedEvent): Promise<void> {
		const before = this.#state;
		this.#state = evolve(before, recorded);
		if (recorded.seq <= this.#run.toldUpTo) {
			return;
		}

		const line = plainLine(this.#graph, recorded, before, this.#state, this.#run);
		if (line !== undefined) {
			await this.#run.print(line);
		}

		const {event} = recorded;
		if (event.type === 'PartEnded' && (event.settles === 'failed' || event.settles === 'unknown')) {
			const {step, host, attempt, part} = event;
			await this.#printLastLines({step, host, attempt, part});
		}
	}

	/** Once: who goes on with a run has not seen what came before. */
	async #printLastLines(key: OutputKey): Promise<void> {
		const name = JSON.stringify(key);
		const {lines, lastAt} = this.#shown.has(name) ? nothing : await lastLines(this.#handle, this.#run, key);
		this.#shown.add(name);
		const host = hostWord(key.host);
		const age = lastAt === 0 ? 0 : Date.now() - lastAt;
		if (lines.length > 0 && age > FRESH_MS) {
			await this.#run.print(`    ${host} | (its last output, ${spokenDuration(Math.floor(age / 1000) * 1000)} ago)`);
		}

		for (const text of lines) {
			await this.#run.print(`    ${host} | ${text}`.trimEnd());
		}
	}

	/** What is known of outcomes that nobody saw. */
	async #printEvidence(question: Question): Promise<void> {
		if (question.kind !== 'unknown') {
			return;
		}

		for (const host of question.hosts) {
			const sent = this.#state.progress.get(stepKey(question.step, host))?.sent;
			if (sent !== undefined) {
				await this.#printLastLines({step: question.step, host, attempt: sent.attempt, part: sent.part});
			}
		}
	}

	/** What is not told is asked again: by then nobody may sit here any more. */
	async #answerPrompts(prompts: Pulled['prompts']): Promise<void> {
		const {input} = this.#run;
		if (input !== undefined && prompts.length > 0) {
			await this.#endTalk();
			for (const {id, host, text, echo, again} of prompts) {
				const where = host === '' ? '' : `${hostWord(host)}, `;
				const signal = this.#run.interrupt ?? new AbortController().signal;
				const note = again ? ' (given before; Enter: go on without it)' : '';
				const typed = await input.read(`? ${where}${sanitiseLine(text)}${note}: `, {hidden: !echo, signal});
				const warning = echo || typed === undefined ? '' : shortSecret(typed);
				if (warning !== '') {
					await this.#run.print(`! ${warning}`);
				}

				await this.#handle.tell(id, again && typed === '' ? undefined : typed);
			}

			return;
		}

		for (const {id, host, text} of prompts.filter(prompt => !this.#toldPrompts.has(prompt.id))) {
			this.#toldPrompts.add(id);
			await this.#run.print(`! ${hostWord(host)} asks: ${sanitiseLine(text)} (nobody can answer here)`);
			await this.#handle.tell(id, undefined);
		}
	}

	/** False if there was nothing to do. */
	async #act(): Promise<boolean> {
		if (this.#isStopping) {
			return false;
		}

		if (this.#bell.isInterrupted) {
			await this.#endTalk();
			await this.#stop('interrupted');
			return true;
		}

		const move = this.#person.moveIn(this.#state);
		if (move.kind !== 'stop' || keyOf(move.question) !== this.#talk?.about) {
			await this.#endTalk();
		}

		switch (move.kind) {
			case 'wait':
				return false;
			case 'ask':
				this.#person.heard(this.#state, await this.#handle.request(move.request));
				return true;
			case 'stop':
				if (this.#run.input !== undefined) {
					return this.#talkAbout(move.question, this.#run.input);
				}

				await this.#printEvidence(move.question);
				await printQuestion(
					this.#run,
					questionView(this.#graph, this.#state, move.question, this.#run.timeZone),
					whatToDo(this.#graph, this.#state, move.question),
					move.because,
				);
				await this.#stop('nobody could be asked');
				return true;
		}
	}

	/** Asks, and meanwhile lets the run tell what is new. */
	async #talkAbout(question: Question, input: LineInput): Promise<true> {
		const {timeZone} = this.#run;
		if (this.#talk === undefined) {
			const stop = new AbortController();
			const asking = {graph: this.#graph, state: this.#state, question, input, signal: stop.signal, timeZone};
			const view = questionView(this.#graph, this.#state, question, timeZone);
			await this.#printEvidence(question);
			await printQuestion(this.#run, {...view, choices: []}, stepLines(this.#graph, this.#state, question), '');
			this.#talk = {about: keyOf(question), stop, said: askPerson(asking)};
		}

		const said = await Promise.race([this.#talk.said, this.#bell.rung().then(() => undefined)]);
		if (said !== undefined) {
			this.#talk = undefined;
			await this.#heed(said);
		}

		return true;
	}

	async #heed(said: Said): Promise<void> {
		if (said.kind === 'leave') {
			await this.#stop('left for now');
			return;
		}

		for (const request of said.requests) {
			const answer = await this.#handle.request(request);
			if (!answer.accepted) {
				await this.#run.print(`    ${sanitiseLine(answer.because)}`);
			}
		}
	}

	/** Nobody needs the answer any more: it was settled in another way. */
	async #endTalk(): Promise<void> {
		this.#talk?.stop.abort();
		await this.#talk?.said;
		this.#talk = undefined;
	}

	/** Refused where the run is paused already, which is what we want. */
	async #stop(reason: string): Promise<void> {
		this.#isStopping = true;
		await this.#handle.request({kind: 'pause', reason});
	}
}

type LastLines = {readonly lines: readonly string[]; readonly lastAt: number};

const nothing: LastLines = {lines: [], lastAt: 0};

/** Output that came longer ago says so. */
const FRESH_MS = 10_000;

/** `lastAt`: when the last of them came, in the laptop's milliseconds since 1970; 0: nobody noted it. */
async function lastLines(handle: RunHandle, run: PlainRun, key: OutputKey): Promise<LastLines> {
	const {output} = await handle.pull({afterSeq: Number.MAX_SAFE_INTEGER, output: {...key, maxBytes: shownBytes}});
	if (output === undefined) {
		return nothing;
	}

	const lines = toScreenLines(output.bytes, run.encodingOf(key.host)).map(textOf);
	// The first line of a tail has lost its beginning
	const whole = output.total > output.bytes.length ? lines.slice(1) : lines;
	const isMore = whole.length < lines.length || whole.length > shownLines;
	return {
		lines: [...(isMore ? [`(the last lines of ${output.total} bytes)`] : []), ...whole.slice(-shownLines)],
		lastAt: output.lastAt > 0 ? output.lastAt : (output.times.at(-1)?.at ?? 0),
	};
}

const instructionColumns = 96;

function keyOf(question: Question): string {
	return JSON.stringify(question);
}

/** What a person reads before he answers about a step: its text, its script, what the run makes of it. */
function stepLines(graph: StepGraph, state: RunState, question: Question): readonly string[] {
	switch (question.kind) {
		case 'go':
		case 'gate':
		case 'manual':
		case 'choose-host':
			return previewLines(graph, state, {columns: instructionColumns, step: question.step}).map(line =>
				line.map(({text}) => text).join(''),
			);
		case 'begin':
		case 'trust':
		case 'choose-way':
		case 'evidence':
		case 'failed':
		case 'undone':
		case 'unknown':
		case 'resume':
			return [];
	}
}

/** The instruction of a step that a person does; empty for everything else. */
function whatToDo(graph: StepGraph, state: RunState, question: Question): readonly string[] {
	const pane =
		question.kind === 'manual'
			? stepPane(graph, state, question.step, {columns: instructionColumns, now: 0})
			: undefined;
	return (pane?.instruction ?? []).map(line => line.map(({text}) => text).join(''));
}

async function printQuestion(
	{print}: PlainRun,
	{headline, lines, choices}: ReturnType<typeof questionView>,
	instruction: readonly string[],
	because: string,
): Promise<void> {
	const offered = choices.filter(({unless}) => unless === '').map(({does}) => does.replace(/…$/, ''));
	await print(
		[
			`! ${headline}`,
			...instruction.map(line => `    ${line}`.trimEnd()),
			...lines.map(line => `    ${line}`),
			...(because === '' ? [] : [`    ${sanitiseLine(because)}`]),
			...(offered.length === 0 ? [] : [`    You can: ${offered.join(', ')}`]),
		].join('\n'),
	);
}
