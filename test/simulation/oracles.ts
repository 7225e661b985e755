import type {StepGraph} from '../../src/graph/graph.js';
import type {RecordedEvent, RunEvent} from '../../src/run/event.js';
import {nodeOf} from '../../src/run/nodes.js';
import type {Outcome} from '../../src/run/outcome.js';
import {changesSomething, policyOf} from '../../src/run/policy.js';
import type {RunState} from '../../src/run/state.js';
import {Witness} from '../run/witness.js';
import {type Execution, type Machines, readJob} from './machines.js';
import type {Disk} from './store.js';

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
	readonly #outcomes = new Map<string, Outcome>();
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
			default:
		}
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

	sent(job: string, sha256: string): void {
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
		}
	}

	outcome(job: string, outcome: Outcome): void {
		this.#outcomes.set(readJob(job).intended, outcome);
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

	/** At the end of the run. */
	finished(state: RunState): void {
		for (const [key, {state: own}] of state.progress) {
			const [id = '', host = ''] = key.split('@');
			const node = nodeOf(this.#graph, id);
			const isWatched = node?.step.action.kind === 'manual' && node.step.action.expects !== undefined;
			const isChange = node !== undefined && !isWatched && changesSomething(node.step, 'run');
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
			if (event.type === 'PartEnded' && event.outcome.kind === 'notStarted') {
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

		const known = this.#outcomes.get(job);
		if (known === undefined && this.#looksAtFile(event)) {
			return;
		}

		// The engine itself says of a try that was called off before it began that it was not sent
		const isUnsent = (known === undefined || event.tries > 1) && event.outcome.kind === 'notStarted';
		if (!isUnsent && JSON.stringify(known) !== JSON.stringify(event.outcome)) {
			const told = known === undefined ? 'nothing' : JSON.stringify(known);
			this.object('untrue', `${job} is said to have come to ${JSON.stringify(event.outcome)}; we were told ${told}`);
		}

		const {outcome} = event;
		const ran = this.#machines.executions.filter(({intended}) => intended === job);
		if (outcome.kind === 'exited' && known !== undefined) {
			const last = ran.at(-1)?.end;
			if (last?.kind !== 'exited' || last.code !== outcome.code) {
				this.object(
					'untrue',
					`${job} is said to have exited with ${outcome.code}, and came to ${JSON.stringify(last)}`,
				);
			}
		}
	}

	#seeNotStarted(event: Extract<RunEvent, {type: 'PartEnded'}>): void {
		const job = this.#jobOf(event);
		// The last try of several may not have started
		if (event.tries <= 1 && this.#machines.executions.some(({intended}) => intended === job)) {
			this.object('untrue', `${job} is said not to have started, and ran`);
		}
	}

	#looksAtFile({step, part}: {readonly step: string; readonly part: string}): boolean {
		return nodeOf(this.#graph, step)?.step.action.kind === 'file' && part === 'check';
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
