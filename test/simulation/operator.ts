import type {RunHandle} from '../../src/engine/handle.js';
import type {StepGraph, StepNode} from '../../src/graph/graph.js';
import {NO_HOST} from '../../src/graph/graph.js';
import {evolve, newRun} from '../../src/run/evolve.js';
import {questions} from '../../src/run/next.js';
import {hostsOf, nodeOf, progressOf} from '../../src/run/nodes.js';
import {hasCheck} from '../../src/run/policy.js';
import type {Request} from '../../src/run/request.js';
import type {Question, RunState} from '../../src/run/state.js';
import type {Chance} from './chance.js';
import type {Machine, Machines} from './machines.js';

/** How often a step is tried again before he does it by hand. */
const PATIENCE = 3;

type Parts = {
	readonly graph: StepGraph;
	readonly machines: Machines;
	readonly chance: Chance;
	readonly tell: (what: string) => void;
	/** Of what its host could tell. */
	readonly asksInVain: (step: string, host: string) => void;
};

/**
Somebody at a screen. He does all that one can do there, wisely or not, but never says of a host what is not so: he
looks at the host first. When all is calm he brings the run to its end.
*/
export class Operator {
	state: RunState = newRun;
	#handle: RunHandle | undefined;
	#isAsking = false;
	readonly #parts: Parts;
	readonly #tries = new Map<string, number>();

	constructor(parts: Parts) {
		this.#parts = parts;
	}

	/** He sits down at another process, and reads what it shows. */
	opens(handle: RunHandle): void {
		this.#handle = handle;
		this.state = newRun;
		this.#isAsking = false;
	}

	/** He looks up, and perhaps asks for something. Rejects if nothing can be asked there any more. */
	async looks(): Promise<void> {
		const handle = this.#handle;
		if (handle === undefined) {
			return;
		}

		const {events} = await handle.pull({afterSeq: this.state.lastSeq, output: undefined});
		if (this.#handle !== handle) {
			return;
		}

		this.state = events.reduce(evolve, this.state);
		if (!this.#isAsking && this.state.status !== 'new' && this.state.status !== 'finished') {
			const request = this.#wants();
			if (request !== undefined) {
				await this.#ask(handle, request);
			}
		}
	}

	async #ask(handle: RunHandle, request: Request): Promise<void> {
		this.#isAsking = true;
		const answer = await handle.request(request);
		this.#parts.tell(`asks ${JSON.stringify(request)}: ${answer.accepted ? 'accepted' : answer.because}`);
		if (this.#handle === handle) {
			this.#isAsking = false;
			if (!answer.accepted && answer.because === 'The run has stopped here.') {
				throw new Error(answer.because);
			}
		}
	}

	#wants(): Request | undefined {
		const {graph, machines, chance} = this.#parts;
		const [first, ...others] = questions(graph, this.state);
		if (machines.isCalm) {
			return first === undefined ? undefined : this.#brings(first);
		}

		const mood = chance.below(20);
		if (mood < 3) {
			return undefined;
		}

		if (mood < 14) {
			const question = others.length > 0 && chance.maybe(0.2) ? chance.pick(others) : first;
			return question === undefined ? undefined : this.#brings(question);
		}

		return this.#whim();
	}

	/** What brings the run forward. */
	#brings(question: Question): Request | undefined {
		const {chance} = this.#parts;
		switch (question.kind) {
			case 'begin': {
				const [problem] = question.problems;
				// A host that was to go is gone for as long as the run does not go on
				return problem !== undefined && chance.maybe(0.7) ? {kind: 'contact-again', host: problem} : {kind: 'begin'};
			}

			case 'resume':
				return this.#afterPause();
			case 'trust':
				return {kind: 'trust', host: question.host, fingerprint: question.fingerprint};
			case 'go':
				return {kind: 'go', step: question.step};
			case 'gate':
				return {kind: 'pass-gate', step: question.step, typed: question.names};
			case 'manual':
				return this.#doesByHand(question.step, question.host);
			case 'evidence':
				return {
					...{kind: 'evidence', step: question.step, host: question.host, text: 'seen', file: null},
					evidence: question.missing[0] ?? '',
				};
			case 'undone':
				return {kind: 'retry', step: question.step};
			case 'failed':
				return this.#afterFailure(question.step, question.hosts);
			case 'unknown':
				return this.#settles(question.step, chance.pick(question.hosts));
			case 'choose-way':
				return {kind: 'choose-way', phase: question.phase, way: chance.pick(question.ways)};
			case 'choose-host':
				return undefined;
		}
	}

	/** What hinders the run to go on is cleared away first. */
	#afterPause(): Request {
		for (const [host, known] of this.state.hosts) {
			if (known.kind === 'firstContact') {
				return {kind: 'trust', host, fingerprint: known.fingerprint};
			}

			if (known.kind === 'refused') {
				return {kind: 'contact-again', host};
			}
		}

		return {kind: 'begin'};
	}

	#doesByHand(step: string, host: string): Request | undefined {
		const {machines, chance} = this.#parts;
		const expects = this.#expects(step);
		const machine = this.#machine(host);
		const name = `${step}@${host}`;
		const tries = this.#tries.get(name) ?? 0;
		this.#tries.set(name, tries + 1);
		if (expects === undefined || machine === undefined) {
			this.doesDeed(step, host);
			const canLab = this.state.started?.mode === 'rehearsal' && chance.maybe(0.5);
			const choice = machines.isCalm || chance.maybe(0.9) ? 'done' : 'cannot';
			return canLab ? {kind: 'hand', step, host} : {kind: 'answer', step, host, choice, note: 'as told', value: ''};
		}

		// Once, and then he waits for the watchers to see it
		if (tries % 8 === 0) {
			this.doesDeed(step, host);
		}

		return tries % 8 === 7 ? {kind: 'answer', step, host, choice: 'done', note: 'as told', value: ''} : undefined;
	}

	/** What the step asks of a person, or of the lab's hand. */
	doesDeed(step: string, host: string): void {
		const {action} = this.#node(step).step;
		const hosts = action.kind === 'manual' && action.once ? hostsOf(this.#node(step), this.state) : [host];
		for (const each of hosts) {
			this.#does(step, this.#machine(each));
		}
	}

	#does(step: string, machine: Machine | undefined): void {
		switch (this.#expects(step)) {
			case 'down':
				machine?.goDown();
				break;
			case 'up':
				machine?.comeUp();
				break;
			case undefined:
				machine?.things.set(step, true);
		}
	}

	#expects(step: string): 'down' | 'up' | undefined {
		const {action} = this.#node(step).step;
		return action.kind === 'manual' ? action.expects : undefined;
	}

	#afterFailure(step: string, hosts: readonly string[]): Request {
		const {chance, machines} = this.#parts;
		const tries = (this.#tries.get(step) ?? 0) + 1;
		this.#tries.set(step, tries);
		for (const machine of machines.isCalm ? machines.all() : []) {
			machine.comeUp();
		}

		if (machines.isCalm && tries > PATIENCE) {
			const [host = NO_HOST] = hosts;
			this.#machine(host)?.things.set(step, true);
			return {kind: 'mark', step, host, as: 'done', reason: 'done by hand'};
		}

		return chance.maybe(0.5) ? {kind: 'retry', step} : {kind: 'retry', step, host: chance.pick(hosts)};
	}

	/** He says what is so on the host, once nothing works on it any more. */
	#settles(step: string, host: string): Request | undefined {
		const {chance} = this.#parts;
		const node = this.#node(step);
		const machine = this.#machine(host);
		const {sent, looked} = progressOf(this.state, node, host);
		const isJob = sent?.trace?.kind === 'job';
		const verdict = isJob ? machine?.jobs?.verdict(sent.trace?.job ?? '').kind : undefined;
		const couldTell = verdict === 'finished' || verdict === 'running';
		const wasRefused = looked?.seen.kind === 'unanswered' && looked.seen.refused !== undefined;
		if (this.#parts.machines.isCalm && couldTell && !wasRefused && looked?.seen.kind !== 'superseded') {
			const name = `asked in vain ${step}@${host}`;
			this.#tries.set(name, (this.#tries.get(name) ?? 0) + 1);
			if (this.#tries.get(name) === 200) {
				this.#parts.asksInVain(step, host);
			}
		}

		if (sent?.trace !== undefined && (wasRefused || chance.maybe(0.2))) {
			return {kind: 'look', step, host};
		}

		if (machine === undefined || machine.isWorkingOn(step)) {
			return undefined;
		}

		if (hasCheck(node.step) && machine.isUp && chance.maybe(0.3)) {
			return {kind: 'check', step, host};
		}

		const reason = 'seen there';
		if (machine.isThere(step)) {
			return {kind: 'mark', step, host, as: 'done', reason};
		}

		return {kind: 'mark', step, host, as: sent?.part === 'undo' ? 'undone' : 'failed', reason};
	}

	/** What people think of. */
	#whim(): Request {
		const {graph, chance} = this.#parts;
		const node = chance.pick(graph.nodes);
		const step = node.step.id;
		const host = chance.pick(hostsOf(node, this.state));
		const on = chance.maybe(0.5) ? {host} : {};
		switch (chance.below(14)) {
			case 0:
				return {kind: 'pause', reason: 'lunch'};
			case 1:
				return {kind: 'set-pace', pace: chance.pick(['step', 'phase', 'auto'])};
			case 2:
			case 3:
				return {kind: 'cancel', step, ...on};
			case 4:
			case 5:
				return {kind: 'retry', step, ...on};
			case 6:
				return {kind: 'skip', step, ...on, reason: 'not here'};
			case 7:
			case 8:
				return {kind: 'undo', step, ...on};
			case 9:
				return {kind: 'undo-phase', phase: chance.pick(graph.phases).id};
			case 10:
				return {kind: 'give-up', phase: chance.pick(graph.phases).id, reason: 'no time'};
			case 11:
				return {kind: 'note', step, text: 'a note'};
			case 12:
				return {kind: 'check', step, ...on};
			default:
				return this.#mark(node, host);
		}
	}

	/** Of what is nowhere under way he may have done it by hand; then it is so. */
	#mark({step: {id}}: StepNode, host: string): Request {
		const machine = this.#machine(host);
		const isQuiet = machine !== undefined && !machine.isWorkingOn(id);
		if (!isQuiet) {
			return {kind: 'note', step: id, text: 'it works on it'};
		}

		if (machine.isThere(id) || this.#parts.chance.maybe(0.3)) {
			machine.things.set(id, true);
			return {kind: 'mark', step: id, host, as: 'done', reason: 'I saw to it'};
		}

		return {kind: 'mark', step: id, host, as: this.#parts.chance.pick(['failed', 'undone']), reason: 'not there'};
	}

	#node(step: string): StepNode {
		const node = nodeOf(this.#parts.graph, step);
		if (node === undefined) {
			throw new Error(`There is no step ${step}`);
		}

		return node;
	}

	/** Undefined for a role that nobody has looked up. */
	#machine(host: string): Machine | undefined {
		return this.#parts.machines.all().find(({name}) => name === host);
	}
}
