import type {Part} from '../../src/run/event.js';
import type {Chance} from './chance.js';
import {JobFolder} from './jobs.js';
import {callOff, type Due, type Timeline} from './timeline.js';

/** What a script was sent as: `RUN.STEP.HOST.ATTEMPT.PART`, and the number of the try where it is not the first. */
export type Job = {
	/** As it was intended. */
	readonly intended: string;
	readonly step: string;
	readonly host: string;
	readonly part: Part | 'role';
	readonly attempt: number;
};

export function readJob(job: string): Job {
	const [run = '', step = '', host = '', attempt = '', part = ''] = job.split('.');
	const intended = [run, step, host, attempt, part].join('.');
	return step === 'role'
		? {intended: job, step, host: attempt, part: 'role', attempt: 0}
		: {intended, step, host, part: part as Part, attempt: Number(attempt)};
}

/** What really ran on a machine, whoever knows of it. */
export type Execution = Job & {
	readonly job: string;
	readonly machine: string;
	/** It did what it was there to do. */
	applied: boolean;
	end: {readonly kind: 'exited'; readonly code: number} | {readonly kind: 'killed'} | undefined;
	printed: string;
};

/** Whoever started a process and is still connected to it. */
export type Listener = {
	readonly printed: (text: string) => void;
	readonly ended: (execution: Execution) => void;
	/** Its machine went away under it. */
	readonly cut: () => void;
};

type Plan = {
	readonly durationMs: number;
	/** When it does what it does, in milliseconds from its start; undefined: never. */
	readonly appliesAfterMs: number | undefined;
	readonly code: () => number;
	readonly prints: () => string;
	/** What else it does in the same moment. */
	readonly also?: () => void;
};

export class Process {
	readonly execution: Execution;
	listener: Listener | undefined;
	readonly #dues: Due[] = [];
	readonly #machine: Machine;

	constructor(machine: Machine, timeline: Timeline, execution: Execution, plan: Plan, listener: Listener) {
		this.#machine = machine;
		this.execution = execution;
		this.listener = listener;
		this.#dues.push(
			timeline.after(plan.durationMs, () => {
				this.#print(plan.prints());
				execution.end = {kind: 'exited', code: plan.code()};
				machine.processes.delete(this);
				this.listener?.ended(execution);
			}),
		);
		if (plan.appliesAfterMs !== undefined) {
			this.#dues.push(
				timeline.after(plan.appliesAfterMs, () => {
					execution.applied = true;
					machine.apply(execution);
					this.#print(`did ${execution.step}\n`);
					plan.also?.();
				}),
			);
		}
	}

	kill(): void {
		if (this.execution.end === undefined) {
			this.execution.end = {kind: 'killed'};
			this.#machine.processes.delete(this);
			for (const due of this.#dues) {
				callOff(due);
			}
		}
	}

	#print(text: string): void {
		if (text !== '') {
			this.execution.printed += text;
			this.listener?.printed(text);
		}
	}
}

/** One machine as it really is. */
export class Machine {
	readonly name: string;
	isUp = true;
	/** Its network is away, and all that runs there goes on. */
	isCutOff = false;
	boot = 1;
	/** What it keeps does not survive its going down. */
	isForgetful = false;
	/** Made by `Machines`. */
	jobs: JobFolder | undefined;
	/** By step: whether what the step is there for is there now. */
	readonly things = new Map<string, boolean>();
	readonly files = new Map<string, Uint8Array>();
	readonly processes = new Set<Process>();

	constructor(name: string) {
		this.name = name;
	}

	get isReachable(): boolean {
		return this.isUp && !this.isCutOff;
	}

	/** What tells this boot from every other one. */
	get bootId(): string {
		return `boot-${this.boot}`;
	}

	apply({step, part}: Execution): void {
		this.things.set(step, part !== 'undo');
	}

	isThere(step: string): boolean {
		return this.things.get(step) === true;
	}

	isWorkingOn(step: string): boolean {
		return [...this.processes].some(
			({execution}) => execution.step === step && (execution.part === 'run' || execution.part === 'undo'),
		);
	}

	/** Everything that ran there is gone. */
	goDown(): void {
		this.isUp = false;
		for (const process of [...this.processes]) {
			process.kill();
			process.listener?.cut();
		}

		if (this.isForgetful) {
			this.jobs?.lose();
		}

		this.jobs?.powerChanged();
	}

	/** Every connection breaks. */
	cutOff(): void {
		this.isCutOff = true;
		for (const process of this.processes) {
			process.listener?.cut();
		}

		this.jobs?.powerChanged();
	}

	heal(): void {
		this.isCutOff = false;
	}

	comeUp(): void {
		if (!this.isUp) {
			this.isUp = true;
			this.boot++;
		}
	}
}

/** All machines, and everything that ever ran on them. */
export class Machines {
	readonly executions: Execution[] = [];
	/** Told before anything starts. */
	onStart: (execution: Execution) => void = () => {};
	readonly #byName: ReadonlyMap<string, Machine>;
	readonly #timeline: Timeline;
	readonly #chance: Chance;
	/** Where the role is. */
	active: string;
	/** From now on everything goes well. */
	isCalm = false;

	constructor(names: readonly string[], timeline: Timeline, chance: Chance) {
		this.#byName = new Map(names.map(name => [name, new Machine(name)]));
		this.#timeline = timeline;
		this.#chance = chance;
		this.active = names[0] ?? '';
		for (const machine of this.#byName.values()) {
			machine.isForgetful = chance.maybe(0.2);
			machine.jobs = new JobFolder(machine, this, timeline, chance);
		}
	}

	named(name: string): Machine {
		const machine = this.#byName.get(name);
		if (machine === undefined) {
			throw new Error(`There is no machine ${name}`);
		}

		return machine;
	}

	all(): readonly Machine[] {
		return [...this.#byName.values()];
	}

	/** What is done in one moment, and whole: a file is put there. */
	didAtOnce(machine: Machine, job: string): void {
		const execution: Execution = {
			...readJob(job),
			...{job, machine: machine.name, applied: true, end: {kind: 'exited', code: 0}, printed: ''},
		};
		this.onStart(execution);
		this.executions.push(execution);
		machine.apply(execution);
	}

	start(machine: Machine, job: string, script: string, listener: Listener): Process {
		const execution: Execution = {
			...readJob(job),
			...{job, machine: machine.name, applied: false, end: undefined, printed: ''},
		};
		this.onStart(execution);
		this.executions.push(execution);
		const process = new Process(machine, this.#timeline, execution, this.#plan(machine, script), listener);
		machine.processes.add(process);
		return process;
	}

	/** Words that a machine of ours understands: `change s0`, `reboot s0`, `cut s0`, `look s0`, `undo s0`, `read s0`, `ready`, `who`. */
	#plan(machine: Machine, script: string): Plan {
		const [verb, step = ''] = script.split(' ');
		const chance = this.#chance;
		const quick = chance.between(5, 400);
		switch (verb) {
			case 'change':
			case 'undo':
				return this.#changing();
			case 'reboot':
				return this.#changing(() => this.#restart(machine));
			case 'cut':
				return this.#changing(() => this.#cutOff(machine));
			case 'look':
				return looking(quick, () => (machine.isThere(step) ? 0 : 1));
			case 'read':
				return {...looking(quick, () => 0), prints: () => 'value\n'};
			case 'who':
				return {...looking(quick, () => 0), prints: () => `${this.active}\n`};
			case 'ready':
				return looking(quick, () => (this.isCalm || chance.maybe(0.6) ? 0 : 1));
			default:
				throw new Error(`No machine understands "${script}"`);
		}
	}

	#restart(machine: Machine): void {
		this.#timeline.after(this.#chance.between(0, 3000), () => {
			machine.goDown();
			this.#timeline.after(this.#chance.between(3000, 40_000), () => machine.comeUp());
		});
	}

	#cutOff(machine: Machine): void {
		machine.cutOff();
		this.#timeline.after(this.#chance.between(1000, 100_000), () => machine.heal());
	}

	#changing(also: () => void = () => {}): Plan {
		const chance = this.#chance;
		const durationMs = chance.maybe(0.85) ? chance.between(10, 8000) : chance.between(8000, 90_000);
		const isGood = this.isCalm || chance.maybe(0.85);
		const applies = isGood || chance.maybe(0.3);
		return {
			durationMs,
			appliesAfterMs: applies ? Math.floor(durationMs * chance.fraction()) : undefined,
			code: () => (isGood ? 0 : 1),
			prints: () => (chance.maybe(0.5) ? 'the end\n' : ''),
			also,
		};
	}
}

function looking(durationMs: number, code: () => number): Plan {
	return {durationMs, appliesAfterMs: undefined, code, prints: () => ''};
}
