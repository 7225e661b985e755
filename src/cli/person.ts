import type {StepGraph} from '../graph/graph.js';
import {dueLook} from '../run/look-up.js';
import {questions} from '../run/next.js';
import {nodeOf} from '../run/nodes.js';
import {placeIn} from '../run/phases.js';
import {stepKey} from '../run/progress.js';
import type {Answer, Request} from '../run/request.js';
import type {HostState, Question, RunState} from '../run/state.js';
import type {StepId} from '../runbook/runbook.js';

/** What is to be done about what the run asks. */
export type Move =
	| {readonly kind: 'wait'}
	| {readonly kind: 'ask'; readonly request: Request}
	/** Only a person can answer. `because`: why an answer of ours was refused; empty if there was none. */
	| {readonly kind: 'stop'; readonly question: Question; readonly because: string};

/** With the growing pauses between them some ten minutes, and what a host needs that does not answer. */
const MOST_SILENT_TIMES = 9;

/**
Stands in for the person at the keyboard where there is none.

Where nobody attends it lets the run begin, and answers nothing else on real hosts. In a rehearsal hosts that do not answer yet are no reason to wait; with `--yes` it passes gates, leaves
manual steps to the lab's hand, puts a word that says so in the place of evidence, takes the first of several ways, and
gives up a test that fails. What else failed, what is unknown, and where a script shall run is for people alone.
*/
export class Person {
	readonly #graph: StepGraph;
	readonly #yes: boolean;
	readonly #isAttended: boolean;
	#refused: {readonly seq: number; readonly because: string} | undefined;

	constructor(graph: StepGraph, yes: boolean, isAttended: boolean) {
		this.#graph = graph;
		this.#yes = yes;
		this.#isAttended = isAttended;
	}

	/** The next thing to do. The same state gives `stop` once its answer was refused. */
	moveIn(state: RunState): Move {
		const [question] = questions(this.#graph, state);
		if (question === undefined) {
			return {kind: 'wait'};
		}

		if (this.#refused?.seq === state.lastSeq) {
			return {kind: 'stop', question, because: this.#refused.because};
		}

		if (!this.#isAttended && question.kind === 'unknown' && this.#isStillAsked(state, question)) {
			return {kind: 'wait'};
		}

		const request = this.#answerTo(state, question);
		return request === undefined ? {kind: 'stop', question, because: ''} : {kind: 'ask', request};
	}

	/** Where nobody can be asked, the hosts are for longer: what runs there is found again when they are back. */
	#isStillAsked({progress}: RunState, {step, hosts}: Extract<Question, {kind: 'unknown'}>): boolean {
		return hosts.every(host => {
			const own = progress.get(stepKey(step, host));
			return own !== undefined && dueLook(own) !== undefined && (own.looked?.silentTimes ?? 0) < MOST_SILENT_TIMES;
		});
	}

	/** What came of the request that `moveIn` named. */
	heard({lastSeq}: RunState, answer: Answer): void {
		this.#refused = answer.accepted ? undefined : {seq: lastSeq, because: answer.because};
	}

	/** `undefined`: that is for a person to say. */
	#answerTo({started, hosts}: RunState, question: Question): Request | undefined {
		const mayAnswer = this.#yes && started?.mode === 'rehearsal';
		switch (question.kind) {
			case 'begin':
				// A host that does not answer yet may be built by the rehearsal itself
				return question.problems.every(host => mayAnswer && isSilent(hosts.get(host))) &&
					(mayAnswer || !this.#isAttended)
					? {kind: 'begin'}
					: undefined;
			case 'go':
				return mayAnswer ? {kind: 'go', step: question.step} : undefined;
			case 'gate':
				return mayAnswer ? {kind: 'pass-gate', step: question.step, typed: question.names} : undefined;
			case 'manual':
				return mayAnswer ? {kind: 'hand', step: question.step, host: question.host} : undefined;
			case 'choose-way': {
				const [way] = question.ways;
				return mayAnswer && way !== undefined ? {kind: 'choose-way', phase: question.phase, way} : undefined;
			}

			case 'failed':
				return mayAnswer ? this.#givenUp(question.step) : undefined;
			case 'evidence':
				return mayAnswer ? standIn(question) : undefined;
			case 'undone':
			case 'resume':
			case 'trust':
			case 'choose-host':
			case 'unknown':
				return undefined;
		}
	}

	/** A test that fails is given up, so that what it did is restored and the next one runs. */
	#givenUp(step: StepId): Request | undefined {
		const node = nodeOf(this.#graph, step);
		const [phase] = node === undefined ? [] : placeIn(this.#graph, node).givenUpWith;
		return phase && {kind: 'give-up', phase: phase.id, reason: `${step} failed`};
	}
}

function isSilent(host: HostState | undefined): boolean {
	return host?.kind === 'refused' && host.refusal === 'unreachable';
}

/** In a rehearsal nothing is there to be proved. */
function standIn({step, host, missing: [evidence = '']}: Extract<Question, {kind: 'evidence'}>): Request {
	return {kind: 'evidence', step, host, evidence, text: 'a rehearsal: nothing real to show', file: null};
}
