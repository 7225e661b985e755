import type {StepGraph, StepNode} from '../../src/graph/graph.js';
import type {RecordedEvent, RunEvent} from '../../src/run/event.js';
import {exitStatusOf} from '../../src/run/exit-status.js';
import {hostsOf, nodeOf, progressOf} from '../../src/run/nodes.js';
import type {JobSeen, Outcome} from '../../src/run/outcome.js';
import {changesSomething, policyOf} from '../../src/run/policy.js';
import type {RunState} from '../../src/run/state.js';
import {Witness} from '../run/witness.js';
import {type Execution, type Machines, readJob} from './machines.js';
import {type Disk, stretchOf} from './store.js';

/** What must never be. */
export type Wrong =
	/** A change ran again although nobody and nothing had said so. */
	| 'double'
	/** Something that was acknowledged is not there any more. */
	| 'lost-event'
	/** Something was sent that no durable event announces. */
	| 'no-intent'
	/** The run says something that is not so on the hosts. */
	| 'untrue'
	/** An event that the model's witness objects to. */
	| 'event'
	/** It does not come to its end although nothing goes wrong any more. */
	| 'no-rest'
	/** The engine died, or could not be opened. */
	| 'died';

export type Violation = {readonly wrong: Wrong; readonly because: string};

const ENDS: readonly string[] = ['done', 'satisfied', 'skipped'];

type Intended = {
	readonly seq: number;
	readonly event: Extract<RunEvent, {type: 'PartIntended'}>;
	ended: boolean;
};

/** Sees what is written down, what is sent and what really runs, and says what does not fit. */
export class Oracles {
	readonly violations: Violation[] = [];
	readonly #graph: StepGraph;
	readonly #machines: Machines;
	readonly #disk: Disk;
	readonly #witness: Witness;
	readonly #intended = new Map<string, Intended>();
	readonly #probes = new Map<string, string>();
	readonly #acknowledged: RecordedEvent[] = [];
	/** What we were told of each job, in words that can be compared. */
	readonly #told = new Map<string, Set<string>>();
	readonly #seen = new Map<string, JobSeen>();
	#epoch = 0;
	/** When somebody asked for a step on a host to be run again, or to be undone. */
	readonly #asked: RecordedEvent[] = [];

	readonly #blind: readonly Wrong[];

	/** `blind`: what they do not see, for a control. */
	constructor(graph: StepGraph, machines: Machines, disk: Disk, blind: readonly Wrong[]) {
		this.#blind = blind;
		this.#graph = graph;
		this.#machines = machines;
		this.#disk = disk;
		this.#witness = new Witness(graph);
	}

	object(wrong: Wrong, because: string): void {
		if (!this.#blind.includes(wrong)) {
			this.violations.push({wrong, because});
		}
	}

	durable(recorded: RecordedEvent): void {
		const {seq, event} = recorded;
		try {
			this.#witness.see(event);
		} catch (error) {
			this.object('event', String(error));
		}

		switch (event.type) {
			case 'PartIntended':
				this.#intended.set(event.job, {seq, event, ended: false});
				break;
			case 'ProbeBegan':
				this.#probes.set(event.job, event.scriptHash);
				break;
			case 'RetryAsked':
			case 'UndoAsked':
				this.#asked.push(recorded);
				break;
			case 'PartEnded':
				this.#seeEnd(event);
				break;
			case 'JobLookedUp':
				this.#seeLook(event);
				break;
			case 'RunStarted':
				this.#epoch = 1;
				break;
			case 'RunResumed':
				this.#epoch = event.epoch ?? this.#epoch + 1;
				break;
			default:
		}
	}

	/** Of the run's lease, as the events tell it. */
	get epoch(): number {
		return this.#epoch;
	}

	acknowledged(events: readonly RecordedEvent[]): void {
		this.#acknowledged.push(...events);
	}

	/** What somebody who opens the run file finds in it. */
	reopened(): void {
		const lost = this.#acknowledged.find(({seq, event}) => this.#disk.durable[seq - 1]?.event !== event);
		if (lost !== undefined) {
			this.object('lost-event', `event ${lost.seq}, ${lost.event.type}, was acknowledged and is gone`);
		}
	}

	/** `epoch`: of the lease, where it is left to its host. */
	sent(job: string, sha256: string, epoch?: number): void {
		const {intended, part, step} = readJob(job);
		if (part === 'role') {
			return;
		}

		const isAcknowledged = this.#acknowledged.some(
			({event}) => (event.type === 'PartIntended' || event.type === 'ProbeBegan') && event.job === intended,
		);
		const hash = this.#intended.get(intended)?.event.scriptHash ?? this.#probes.get(intended);
		const isOver = this.#intended.get(intended)?.ended === true;
		if (!isAcknowledged || isOver) {
			this.object('no-intent', `${job} is sent, ${isOver ? 'and has ended before' : 'and no durable event says so'}`);
		} else if (sha256 !== '' && hash !== sha256) {
			this.object('no-intent', `${job} is not what its event says is sent for ${step}`);
		} else if (epoch !== undefined && epoch !== this.#epoch) {
			this.object('untrue', `${job} is left to its host for epoch ${epoch}, and the run's is ${this.#epoch}`);
		}
	}

	outcome(job: string, outcome: Outcome): void {
		this.#tellOf(job, wordsOf(outcome));
	}

	seen(job: string, seen: JobSeen): void {
		this.#seen.set(job, seen);
		switch (seen.kind) {
			case 'finished':
				this.#tellOf(job, wordsOf({kind: 'exited', code: seen.code}));
				break;
			case 'notStarted':
				this.#tellOf(job, wordsOf(seen));
				break;
			case 'gone':
			case 'superseded':
			case 'unanswered':
				this.#tellOf(job, 'lost');
				break;
			case 'running':
		}
	}

	#tellOf(job: string, words: string): void {
		const {intended} = readJob(job);
		this.#told.set(intended, (this.#told.get(intended) ?? new Set()).add(words));
	}

	starts(execution: Execution): void {
		const {step, part, job, intended, machine} = execution;
		const node = nodeOf(this.#graph, step);
		if (node === undefined || part === 'role' || !changesSomething(node.step, part)) {
			return;
		}

		const {executions} = this.#machines;
		if (executions.some(other => other.intended === intended)) {
			this.object('double', `${job} ran before`);
			return;
		}

		const last = executions.findLast(other => other.step === step && other.machine === machine && other.part === part);
		const isAsked = this.#isAskedBetween(last, execution, part === 'undo' ? 'UndoAsked' : 'RetryAsked');
		const isFirst = last === undefined && part === 'run';
		const isRerun = last !== undefined && part === 'run' && policyOf(node.step) === 'rerun' && !this.#isKnown(last);
		if (!isFirst && !isAsked && !isRerun) {
			this.object('double', `${job} runs on ${machine} after ${last?.job ?? 'nothing'}, and nobody asked for that`);
		}
	}

	#isAskedBetween(last: Execution | undefined, {step, host, intended}: Execution, type: RunEvent['type']): boolean {
		const after = last === undefined ? 0 : (this.#intended.get(last.intended)?.seq ?? 0);
		const before = this.#intended.get(intended)?.seq ?? 0;
		return this.#asked.some(
			({seq, event}) =>
				event.type === type &&
				'host' in event &&
				'step' in event &&
				event.step === step &&
				(event.host === host || event.host === last?.host) &&
				seq > after &&
				seq < before,
		);
	}

	/** What the program answers for the run as it is now, finished or not. */
	answers(state: RunState): void {
		const status = exitStatusOf(this.#graph, state);
		const states = [...state.progress.values()].map(({state}) => state);
		const isOpen = state.status !== 'finished';
		const isAtEnd = this.#graph.nodes.every(node =>
			hostsOf(node, state).every(host => ENDS.includes(progressOf(state, node, host).state)),
		);
		const isWrong =
			(status === 0 && (isOpen || !isAtEnd)) ||
			(status === 1 && states.includes('unknown')) ||
			(status === 3 && !states.includes('unknown'));
		if (isWrong) {
			this.object(
				'untrue',
				`the program answers ${status} for a run that is ${state.status}, with steps ${states.join(', ')}`,
			);
		}
	}

	/** At the end of the run. */
	finished(state: RunState): void {
		this.answers(state);
		for (const [key, {state: own}] of state.progress) {
			const [id = '', host = ''] = key.split('@');
			const node = nodeOf(this.#graph, id);
			const action = node?.step.action;
			// Of these it counts that the machine went or came, whoever made it
			const isOfPower =
				(action?.kind === 'manual' && action.expects !== undefined) ||
				(action?.kind === 'script' && action.reboot !== undefined);
			const isChange = node !== undefined && !isOfPower && changesSomething(node.step, 'run');
			if (!isChange || host === '' || host === 'active') {
				continue;
			}

			const machine = this.#machines.named(host);
			const isThere = machine.isThere(id);
			const isSaid = own === 'done' || own === 'satisfied';
			if (isSaid && !isThere && !this.#hasOrphanedUndo(id, host)) {
				this.object('untrue', `${key} is said to be ${own}, and is not there`);
			}

			if (own === 'undone' && isThere && !machine.isWorkingOn(id) && !this.#hasOrphanedRun(id, host)) {
				this.object('untrue', `${key} is said to be undone, and is there`);
			}
		}

		for (const {event} of this.#disk.durable) {
			const isEnd = event.type === 'PartEnded' && event.outcome.kind === 'notStarted' && event.tries <= 1;
			if (isEnd || (event.type === 'JobLookedUp' && event.seen.kind === 'notStarted')) {
				this.#seeNotStarted(event);
			}
		}
	}

	#seeEnd(event: Extract<RunEvent, {type: 'PartEnded'}>): void {
		const job = this.#jobOf(event);
		const intended = this.#intended.get(job);
		if (intended !== undefined) {
			intended.ended = true;
		}

		const {outcome} = event;
		const told = this.#told.get(job);
		if (told === undefined && this.#looksAtFile(event)) {
			return;
		}

		// The engine itself says of what was called off before it began that it was not sent, and of a restart that nobody saw it end
		const {action} = this.#nodeOf(event.step).step;
		const isOurs =
			(outcome.kind === 'notStarted' && (told === undefined || event.tries > 1)) ||
			(outcome.kind === 'lost' && action.kind === 'script' && action.reboot !== undefined);
		if (!isOurs && !told?.has(wordsOf(outcome))) {
			this.object(
				'untrue',
				`${job} is said to have come to ${wordsOf(outcome)}; told was ${[...(told ?? [])].join('; ')}`,
			);
		}

		const last = this.#machines.executions.findLast(({intended}) => intended === job);
		if (outcome.kind !== 'exited') {
			return;
		}

		const isEnd = last?.end?.kind === 'exited' ? last.end.code === outcome.code : outcome.code === 143;
		if (!isEnd) {
			this.object(
				'untrue',
				`${job} is said to have exited with ${outcome.code}, and came to ${JSON.stringify(last?.end)}`,
			);
		}

		const kept = this.#disk.output.get(stretchOf(event)) ?? '';
		if (event.tries <= 1 && (kept !== last?.printed || event.output.bytes !== kept.length)) {
			const {bytes} = event.output;
			this.object(
				'untrue',
				`${job} printed ${JSON.stringify(last?.printed)}, and kept is ${JSON.stringify(kept)}, ${bytes} bytes`,
			);
		}
	}

	#seeLook({step, host, attempt, part, seen, unasked}: Extract<RunEvent, {type: 'JobLookedUp'}>): void {
		const {action} = this.#nodeOf(step).step;
		const job = this.#jobOf({step, host, attempt, part});
		const isRestart = action.kind === 'script' && action.reboot !== undefined;
		if (!unasked && !isRestart && JSON.stringify(this.#seen.get(job)) !== JSON.stringify(seen)) {
			this.object('untrue', `${job} is said to be ${seen.kind}, and its host said ${this.#seen.get(job)?.kind}`);
		}
	}

	/** The run asks a person what came of it, although its host could tell and nothing is in the way. */
	asksInVain(step: string, host: string): void {
		this.object('untrue', `a person is asked what became of ${step} on ${host}, and the host knows`);
	}

	#seeNotStarted(event: Extract<RunEvent, {type: 'PartEnded' | 'JobLookedUp'}>): void {
		const job = this.#jobOf(event);
		if (this.#machines.executions.some(({intended}) => intended === job)) {
			this.object('untrue', `${job} is said not to have started, and ran`);
		}
	}

	#looksAtFile({step, part}: {readonly step: string; readonly part: string}): boolean {
		return this.#nodeOf(step).step.action.kind === 'file' && part === 'check';
	}

	#nodeOf(step: string): StepNode {
		const node = nodeOf(this.#graph, step);
		if (node === undefined) {
			throw new Error(`There is no step ${step}`);
		}

		return node;
	}

	/** Whether anybody was told how it ended. */
	#isKnown({intended}: Execution): boolean {
		return this.#disk.durable.some(
			({event}) => event.type === 'PartEnded' && this.#jobOf(event) === intended && event.outcome.kind !== 'lost',
		);
	}

	#hasOrphanedUndo(step: string, machine: string): boolean {
		return this.#runs(step, machine).some(({part}) => part === 'undo');
	}

	#hasOrphanedRun(step: string, machine: string): boolean {
		return this.#runs(step, machine).some(execution => execution.part === 'run' && !this.#isKnown(execution));
	}

	#runs(step: string, machine: string): readonly Execution[] {
		return this.#machines.executions.filter(other => other.step === step && other.machine === machine);
	}

	#jobOf({step, host, attempt, part}: {step: string; host: string; attempt: number; part: string}): string {
		return `r1.${step}.${host}.${attempt}.${part}`;
	}
}

/** > | exited 3      notStarted: no route to host      lost */
function wordsOf(outcome: Outcome): string {
	switch (outcome.kind) {
		case 'exited':
			return `exited ${outcome.code}`;
		case 'notStarted':
			return `notStarted: ${outcome.reason}`;
		case 'signaled':
		case 'timedOut':
			// Who ended it is the follower's to say
			return 'ended';
		case 'lost':
			return 'lost';
	}
}
