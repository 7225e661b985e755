import type {StepGraph} from '../graph/graph.js';
import {questions} from '../run/next.js';
import type {Answer, Request} from '../run/request.js';
import type {Question, RunState} from '../run/state.js';

/** What is to be done about what the run asks. */
export type Move =
	| {readonly kind: 'wait'}
	| {readonly kind: 'ask'; readonly request: Request}
	/** Only a person can answer. `because`: why an answer of ours was refused; empty if there was none. */
	| {readonly kind: 'stop'; readonly question: Question; readonly because: string};

/**
Stands in for the person at the keyboard where there is none.

On real hosts it lets the run begin, and answers nothing else. In a rehearsal with `--yes` it passes gates and
does manual steps, by the lab's hand if it has one. What failed, what is unknown, and where a script shall run is for
people alone.
*/
export class Person {
	readonly #graph: StepGraph;
	readonly #yes: boolean;
	/** Steps and hosts for which the lab's hand was asked once. */
	readonly #handsAsked = new Set<string>();
	#refused: {readonly seq: number; readonly because: string} | undefined;

	constructor(graph: StepGraph, yes: boolean) {
		this.#graph = graph;
		this.#yes = yes;
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

		return this.#answer(state, question);
	}

	/** What came of the request that `moveIn` named. */
	heard(state: RunState, request: Request, answer: Answer): void {
		if (request.kind === 'hand') {
			this.#handsAsked.add(handKey(request));
		} else if (!answer.accepted) {
			this.#refused = {seq: state.lastSeq, because: answer.because};
		}
	}

	#answer(state: RunState, question: Question): Move {
		const mayAnswer = this.#yes && state.started?.mode === 'rehearsal';
		const stop: Move = {kind: 'stop', question, because: ''};
		switch (question.kind) {
			case 'begin':
				return question.problems.length === 0 ? {kind: 'ask', request: {kind: 'begin'}} : stop;
			case 'go':
				return mayAnswer ? {kind: 'ask', request: {kind: 'go', step: question.step}} : stop;
			case 'gate': {
				const {step, names} = question;
				return mayAnswer ? {kind: 'ask', request: {kind: 'pass-gate', step, typed: names}} : stop;
			}

			case 'manual':
				return mayAnswer ? {kind: 'ask', request: this.#byHand(question)} : stop;
			case 'resume':
			case 'trust':
			case 'choose-host':
			case 'failed':
			case 'unknown':
				return stop;
		}
	}

	/** Asked again after its hand was asked for: the lab has none. */
	#byHand({step, host}: Extract<Question, {kind: 'manual'}>): Request {
		return this.#handsAsked.has(handKey({step, host}))
			? {kind: 'answer', step, host, choice: 'done', note: 'in a rehearsal', value: ''}
			: {kind: 'hand', step, host};
	}
}

function handKey({step, host}: {readonly step: string; readonly host?: string}): string {
	return `${step}@${host ?? ''}`;
}
