import {createHash} from 'node:crypto';
import type {
	Contact,
	FileToPut,
	FileToRestore,
	FoundFile,
	HostAccess,
	JobRef,
	JobSeen,
	OutputSink,
	RemoteCommand,
	Transport,
} from '../../src/engine/ports.js';
import type {Outcome} from '../../src/run/outcome.js';
import {facts} from '../run/given.js';
import type {Chance} from './chance.js';
import {type Life, never} from './life.js';
import type {Execution, Machine, Machines, Process} from './machines.js';
import type {Timeline} from './timeline.js';

/** What is told of each thing that is about to be sent, and of what we were told came of it. */
type Sending = {
	readonly sent: (job: string, sha256: string) => void;
	readonly outcome: (job: string, outcome: Outcome) => void;
};

type Parts = {
	readonly life: Life;
	readonly timeline: Timeline;
	readonly chance: Chance;
	readonly machines: Machines;
	readonly sending: Sending;
	/** Whose keys this laptop knows. */
	readonly known: Set<string>;
};

/** How one exchange with a host goes wrong. */
type Trouble = 'none' | 'refused' | 'no-way' | 'drops-while-sending' | 'drops-while-running' | 'status-lost';

const lost: Outcome = {kind: 'lost', evidence: 'the connection broke'};
const unreachable: Outcome = {kind: 'notStarted', reason: 'no route to host'};

/** Connections of one life to the machines; all of them break when it ends. */
export class SimulatedTransport implements Transport {
	readonly #parts: Parts;

	constructor(parts: Parts) {
		this.#parts = parts;
	}

	async contact(host: HostAccess, trusted: string | undefined): Promise<Contact> {
		const {life, chance, machines, known} = this.#parts;
		if (!life.passes(`contact ${host.name}`)) {
			return never();
		}

		await life.hears(chance.between(5, 500), true, `contact ${host.name} answered`);
		const machine = machines.named(host.name);
		const isRefused = !machines.isCalm && chance.maybe(0.02);
		if (!machine.isUp || isRefused) {
			return {
				kind: 'refused',
				refusal: isRefused && machine.isUp ? 'auth' : 'unreachable',
				reason: 'no',
				next: 'Try again.',
			};
		}

		if (trusted !== undefined) {
			known.add(host.name);
		}

		return known.has(host.name)
			? {kind: 'reached', facts: facts(`${host.name}.example`)}
			: {kind: 'firstContact', keyType: 'ssh-ed25519', fingerprint: 'SHA256:x'};
	}

	exec(host: HostAccess, command: RemoteCommand, sink: OutputSink, cancel: AbortSignal): Promise<Outcome> {
		return this.#run(host.name, command, sink, cancel);
	}

	execLocal(command: RemoteCommand, sink: OutputSink, cancel: AbortSignal): Promise<Outcome> {
		return this.#run('local', command, sink, cancel);
	}

	execJob(
		host: HostAccess | undefined,
		_: JobRef,
		command: RemoteCommand,
		sink: OutputSink,
		cancel: AbortSignal,
	): Promise<Outcome> {
		return this.#run(host?.name ?? 'local', command, sink, cancel);
	}

	async lookUpJob(): Promise<JobSeen> {
		return {kind: 'gone', because: 'attached'};
	}

	followJob(): Promise<Outcome> {
		throw new Error('No job was left to a host');
	}

	async forgetJob(): Promise<void> {}

	async statFile(host: HostAccess, path: string): Promise<FoundFile | null | Outcome> {
		const bytes = await this.readFile(host, path);
		return bytes instanceof Uint8Array ? {sha256: sha256(bytes), mode: '0644', owner: 'root:root'} : bytes;
	}

	async readFile({name}: Pick<HostAccess, 'name'>, path: string): Promise<Uint8Array | null | Outcome> {
		const {life, chance, machines} = this.#parts;
		if (!life.passes(`look at ${path} on ${name}`)) {
			return never();
		}

		await life.hears(chance.between(5, 300), true, `seen ${path} on ${name}`);
		const machine = machines.named(name);
		return machine.isUp && !this.#isTroubled(0.03) ? (machine.files.get(path) ?? null) : unreachable;
	}

	putFile({name}: Pick<HostAccess, 'name'>, {path, bytes, backup}: FileToPut, job: string): Promise<Outcome> {
		return this.#change(name, job, sha256(bytes), machine => {
			const before = machine.files.get(path);
			if (before !== undefined) {
				machine.files.set(backup, before);
			}

			machine.files.set(path, bytes);
			return {kind: 'exited', code: 0};
		});
	}

	restoreFile({name}: Pick<HostAccess, 'name'>, file: FileToRestore, job: string): Promise<Outcome> {
		return this.#change(name, job, undefined, machine => {
			const there = machine.files.get(file.path);
			const old = file.old && machine.files.get(file.old.path);
			const isBack = there === undefined ? old === undefined : sha256(there) === file.old?.sha256;
			if (isBack) {
				return {kind: 'exited', code: 0};
			}

			if (there === undefined || sha256(there) !== file.sha256 || (file.old !== undefined && old === undefined)) {
				return {kind: 'notStarted', reason: 'it was changed since'};
			}

			machine.files.delete(file.path);
			if (old !== undefined) {
				machine.files.set(file.path, old);
			}

			return {kind: 'exited', code: 0};
		});
	}

	statLocalFile(path: string): ReturnType<Transport['statFile']> {
		return this.statFile(local, path);
	}

	readLocalFile(path: string): ReturnType<Transport['readFile']> {
		return this.readFile(local, path);
	}

	putLocalFile(): Promise<Outcome> {
		throw new Error('No runbook of the simulation puts files on this laptop');
	}

	restoreLocalFile(): Promise<Outcome> {
		throw new Error('No runbook of the simulation puts files on this laptop');
	}

	async answers({name}: HostAccess): Promise<boolean> {
		const {life, chance, machines} = this.#parts;
		await life.hears(chance.between(1, 100), true, `heard of ${name}`);
		return machines.named(name).isUp && !this.#isTroubled(0.03);
	}

	async close(): Promise<void> {}

	#isTroubled(probability: number): boolean {
		return !this.#parts.machines.isCalm && this.#parts.chance.maybe(probability);
	}

	#trouble(): Trouble {
		return this.#isTroubled(0.15)
			? this.#parts.chance.pick(['refused', 'no-way', 'drops-while-sending', 'drops-while-running', 'status-lost'])
			: 'none';
	}

	/** At one moment, and whole. */
	async #change(
		name: string,
		job: string,
		hash: string | undefined,
		apply: (machine: Machine) => Outcome,
	): Promise<Outcome> {
		const {life, timeline, chance, machines, sending} = this.#parts;
		if (!life.passes(`change a file on ${name}: ${job}`)) {
			return never();
		}

		sending.sent(job, hash ?? '');
		const trouble = this.#trouble();
		const answer = Promise.withResolvers<Outcome>();
		timeline.after(chance.between(1, 400), () => {
			const machine = machines.named(name);
			if (life.isOver && chance.maybe(0.5)) {
				return;
			}

			if (!machine.isUp || trouble === 'no-way' || trouble === 'refused') {
				answer.resolve(unreachable);
				return;
			}

			if (trouble === 'drops-while-sending') {
				answer.resolve(lost);
				return;
			}

			const outcome = apply(machine);
			if (outcome.kind === 'exited') {
				machines.didAtOnce(machine, job);
			}

			answer.resolve(trouble === 'none' ? outcome : lost);
		});
		const outcome = await answer.promise;
		await life.hears(chance.between(0, 20), true, `${job} ended`);
		sending.outcome(job, outcome);
		return outcome;
	}

	async #run(name: string, command: RemoteCommand, sink: OutputSink, cancel: AbortSignal): Promise<Outcome> {
		const {life, chance, sending} = this.#parts;
		if (!life.passes(`send ${command.job} to ${name}`)) {
			return never();
		}

		sending.sent(command.job, sha256(command.script));
		const outcome = await this.#connected(name, command, sink, cancel);
		await life.hears(chance.between(0, 20), true, `${command.job} ended`);
		sending.outcome(command.job, outcome);
		return outcome;
	}

	/** From the first packet to the exit status. */
	#connected(name: string, command: RemoteCommand, sink: OutputSink, cancel: AbortSignal): Promise<Outcome> {
		const {timeline, chance, machines} = this.#parts;
		const {promise, resolve} = Promise.withResolvers<Outcome>();
		const trouble = name === 'local' ? 'none' : this.#trouble();
		timeline.after(chance.between(1, 200), () => {
			const machine = machines.named(name);
			if (cancel.aborted) {
				resolve({kind: 'notStarted', reason: 'cancelled before it was sent'});
			} else if (trouble === 'refused') {
				resolve({kind: 'notStarted', reason: 'Permission denied', refused: 'auth'});
			} else if (!machine.isUp || trouble === 'no-way') {
				timeline.after(chance.between(0, 3000), () => resolve(unreachable));
			} else if (trouble === 'drops-while-sending' && chance.maybe(0.5)) {
				resolve(lost);
			} else {
				this.#attend(machine, command, sink, cancel, trouble, resolve);
			}
		});
		return promise;
	}

	#attend(
		machine: Machine,
		{job, script, timeoutMs}: RemoteCommand,
		sink: OutputSink,
		cancel: AbortSignal,
		trouble: Trouble,
		resolve: (outcome: Outcome) => void,
	): void {
		const {life, timeline, chance, machines} = this.#parts;
		// The packet was under way when whoever sent it died
		if (life.isOver && chance.maybe(0.5)) {
			return;
		}

		const process: Process = machines.start(machine, job, script, {
			printed: text => {
				if (!life.isOver) {
					sink('out', new TextEncoder().encode(text));
				}
			},
			ended: execution => resolve(trouble === 'status-lost' ? lost : outcomeOf(execution)),
			cut: () => timeline.after(chance.between(0, 15_000), () => resolve(lost)),
		});
		/** Nobody is connected to it any more: it goes on, or dies of that at its next word. */
		const leave = () => {
			process.listener = undefined;
			if (process.execution.end === undefined && chance.maybe(0.5)) {
				timeline.after(chance.between(0, 5000), () => process.kill());
			}
		};
		const end = (outcome: Outcome) => {
			if (process.execution.end === undefined) {
				process.kill();
				process.listener = undefined;
				resolve(outcome);
			}
		};
		life.onEnd(leave);
		if (life.isOver) {
			leave();
		}

		if (trouble === 'drops-while-sending' || trouble === 'drops-while-running') {
			timeline.after(trouble === 'drops-while-sending' ? 0 : chance.between(0, 8000), () => {
				if (process.execution.end === undefined) {
					leave();
					timeline.after(chance.between(0, 15_000), () => resolve(lost));
				}
			});
		}

		if (timeoutMs !== undefined) {
			timeline.after(timeoutMs, () => {
				if (process.listener !== undefined) {
					end(this.#isTroubled(0.2) ? lost : {kind: 'timedOut', afterMs: timeoutMs});
				}
			});
		}

		cancel.addEventListener('abort', () => {
			timeline.after(chance.between(1, 300), () => {
				if (process.listener !== undefined) {
					end(this.#isTroubled(0.2) ? lost : {kind: 'signaled', signal: 'TERM'});
				}
			});
		});
	}
}

const local = {name: 'local'} as HostAccess;

function outcomeOf({end}: Execution): Outcome {
	return end?.kind === 'exited' ? {kind: 'exited', code: end.code} : lost;
}

function sha256(bytes: string | Uint8Array): string {
	return createHash('sha256').update(bytes).digest('hex');
}
