import {createHash} from 'node:crypto';
import type {
	Contact,
	FileToPut,
	FileToRestore,
	FoundFile,
	HostAccess,
	JobRef,
	OutputSink,
	RemoteCommand,
	Transport,
} from '../../src/engine/ports.js';
import type {JobSeen, Outcome} from '../../src/run/outcome.js';
import {facts} from '../run/given.js';
import type {Chance} from './chance.js';
import type {JobFolder} from './jobs.js';
import {type Life, never} from './life.js';
import type {Execution, Machine, Machines, Process} from './machines.js';
import {callOff, type Timeline} from './timeline.js';

/** What is told of each thing that is about to be sent, and of what we were told came of it. */
type Sending = {
	/** `epoch`: of the lease, where the job is left to its host. */
	readonly sent: (job: string, sha256: string, epoch?: number) => void;
	readonly outcome: (job: string, outcome: Outcome) => void;
	readonly seen: (job: string, seen: JobSeen) => void;
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
		if (!machine.isReachable || isRefused) {
			return {
				kind: 'refused',
				refusal: isRefused && machine.isReachable ? 'auth' : 'unreachable',
				reason: 'no',
				next: 'Try again.',
			};
		}

		if (trusted !== undefined) {
			known.add(host.name);
		}

		return known.has(host.name)
			? {kind: 'reached', facts: {...facts(`${host.name}.example`), bootId: machine.bootId}}
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
		job: JobRef,
		command: RemoteCommand,
		sink: OutputSink,
		cancel: AbortSignal,
	): Promise<Outcome> {
		return this.#pursue(host?.name ?? 'local', job, command, sink, cancel);
	}

	followJob(host: HostAccess | undefined, job: JobRef, sink: OutputSink, cancel: AbortSignal): Promise<Outcome> {
		return this.#pursue(host?.name ?? 'local', job, undefined, sink, cancel);
	}

	async lookUpJob(host: HostAccess | undefined, {job, epoch, boot}: JobRef): Promise<JobSeen> {
		const {life, chance, sending} = this.#parts;
		const name = host?.name ?? 'local';
		if (!life.passes(`look up ${job} on ${name}`)) {
			return never();
		}

		await this.#passing(chance.between(5, 400));
		const trouble = name === 'local' ? 'none' : this.#trouble();
		const machine = this.#parts.machines.named(name);
		const isLost = trouble !== 'none' && trouble !== 'refused';
		const hasCome = machine.isReachable && (trouble === 'none' || (isLost && chance.maybe(0.5)));
		const said = hasCome ? foldersOf(machine).look(job, epoch, bootOf(boot)) : undefined;
		const seen: JobSeen =
			said !== undefined && trouble === 'none'
				? said
				: {
						...{kind: 'unanswered', evidence: 'it does not answer'},
						...(machine.isReachable && trouble === 'refused' ? {refused: 'auth'} : {}),
					};
		await life.hears(chance.between(0, 100), true, `heard of ${job}`);
		sending.seen(job, seen);
		return seen;
	}

	async forgetJob(host: HostAccess | undefined, {job}: JobRef): Promise<void> {
		const {life, chance, machines} = this.#parts;
		if (!life.passes(`forget ${job}`)) {
			return never();
		}

		const machine = machines.named(host?.name ?? 'local');
		await this.#passing(chance.between(5, 400));
		if (machine.isReachable && !this.#isTroubled(0.1)) {
			foldersOf(machine).forget(job);
		}

		await life.hears(0, true, `forgot ${job}`);
	}

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
		return machine.isReachable && !this.#isTroubled(0.03) ? (machine.files.get(path) ?? null) : unreachable;
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
		return machines.named(name).isReachable && !this.#isTroubled(0.03);
	}

	async close(): Promise<void> {}

	/** Whether or not whoever waits for it is still alive: the network does not ask. */
	#passing(ms: number): Promise<void> {
		return new Promise(resolve => {
			this.#parts.timeline.after(ms, resolve);
		});
	}

	/** As `src/transport/jobs.ts` does: launched once, then followed over as many connections as it takes. */
	async #pursue(
		name: string,
		ref: JobRef,
		launch: RemoteCommand | undefined,
		sink: OutputSink,
		cancel: AbortSignal,
	): Promise<Outcome> {
		const {life, chance, sending} = this.#parts;
		if (!life.passes(`${launch === undefined ? 'follow' : 'leave'} ${ref.job} on ${name}`)) {
			return never();
		}

		if (launch !== undefined) {
			sending.sent(ref.job, sha256(launch.script), ref.epoch);
		}

		const limit = new AbortController();
		const over =
			launch?.timeoutMs === undefined ? undefined : this.#parts.timeline.after(launch.timeoutMs, () => limit.abort());
		const halt = AbortSignal.any([cancel, limit.signal]);
		const came = await this.#toItsEnd(name, ref, launch, sink, halt);
		callOff(over);
		const isLate = came.kind === 'signaled' && !cancel.aborted && launch?.timeoutMs !== undefined;
		const outcome: Outcome = isLate ? {kind: 'timedOut', afterMs: launch.timeoutMs ?? 0} : came;
		await life.hears(chance.between(0, 20), true, `${ref.job} came to ${outcome.kind}`);
		sending.outcome(ref.job, outcome);
		return outcome;
	}

	async #toItsEnd(
		name: string,
		ref: JobRef,
		launch: RemoteCommand | undefined,
		sink: OutputSink,
		halt: AbortSignal,
	): Promise<Outcome> {
		const {life, timeline, chance, machines} = this.#parts;
		const machine = machines.named(name);
		const jobs = foldersOf(machine);
		const came = {bytes: 0};
		let isThere = launch === undefined;
		let wasSent = isThere;
		let lostAt: number | undefined;
		for (;;) {
			const trouble = name === 'local' ? 'none' : this.#trouble();
			await this.#passing(chance.between(1, 200));
			if (life.isOver) {
				if (launch !== undefined && !isThere && machine.isReachable && chance.maybe(0.5)) {
					jobs.launch(ref.job, launch.script, ref.epoch);
				}

				return never();
			}

			if (halt.aborted) {
				if (wasSent) {
					const outcome = await this.#stop(machine, ref);
					// It was over before: then all that it printed is handed out
					sink(
						'out',
						new TextEncoder().encode(outcome.kind === 'exited' ? jobs.printed(ref.job).slice(came.bytes) : ''),
					);
					return outcome;
				}

				return {kind: 'notStarted', reason: 'It was cancelled before it began.'};
			}

			if (trouble === 'refused') {
				return wasSent ? lost : {kind: 'notStarted', reason: 'Permission denied', refused: 'auth'};
			}

			const isReached = machine.isReachable && trouble !== 'no-way';
			if (!isReached && !wasSent) {
				return unreachable;
			}

			if (isReached && wasSent && !isThere && !jobs.has(ref.job) && !jobs.provesNeverRan(bootOf(ref.boot))) {
				return {kind: 'lost', evidence: 'what it kept of the job is not there any more'};
			}

			wasSent = true;
			const before = came.bytes;
			if (isReached) {
				const isLaunched =
					launch === undefined || isThere || (trouble === 'drops-while-sending' && chance.maybe(0.5))
						? undefined
						: jobs.launch(ref.job, launch.script, ref.epoch);
				if (isLaunched === false && trouble !== 'drops-while-sending') {
					return {kind: 'notStarted', reason: 'A colleague took this run over.'};
				}

				if (trouble !== 'drops-while-sending') {
					isThere = true;
					const outcome = await this.#follow(machine, ref.job, came, sink, halt, trouble);
					if (outcome === 'halted') {
						continue;
					}

					if (outcome !== 'cut') {
						return outcome;
					}
				}
			}

			if (lostAt === undefined || came.bytes > before) {
				lostAt = timeline.now;
			}

			const pauseMs = chance.between(200, 5000);
			if (timeline.now + pauseMs - lostAt > MOST_BRIDGED_MS) {
				return lost;
			}

			await this.#passing(pauseMs);
		}
	}

	/** One connection to a job: hands out what came behind what has come, until it is over, the link breaks or it is to be stopped. */
	#follow(
		machine: Machine,
		job: string,
		came: {bytes: number},
		sink: OutputSink,
		halt: AbortSignal,
		trouble: Trouble,
	): Promise<Outcome | 'cut' | 'halted'> {
		const {life, timeline, chance} = this.#parts;
		const jobs = foldersOf(machine);
		const {promise, resolve} = Promise.withResolvers<Outcome | 'cut' | 'halted'>();
		const look = () => {
			if (life.isOver) {
				end('cut');
			} else if (!machine.isReachable) {
				end('cut');
			} else {
				const text = jobs.printed(job).slice(came.bytes);
				came.bytes += text.length;
				if (text !== '') {
					sink('out', new TextEncoder().encode(text));
				}

				const verdict = jobs.verdict(job);
				switch (verdict.kind) {
					case 'finished':
						end({kind: 'exited', code: verdict.code});
						break;
					case 'gone':
						end(lost);
						break;
					case 'vetoed':
						end({kind: 'notStarted', reason: 'It had not begun on its host, and never will.'});
						break;
					case 'running':
					case 'waiting':
				}
			}
		};
		const stopLooking = jobs.onChange(look);
		const drops = trouble === 'none' ? undefined : timeline.after(chance.between(0, 8000), () => end('cut'));
		const patience = timeline.after(2000, () => jobs.veto(job));
		const onHalt = () => end('halted');
		halt.addEventListener('abort', onHalt);
		const end = (outcome: Outcome | 'cut' | 'halted') => {
			stopLooking();
			callOff(drops);
			callOff(patience);
			halt.removeEventListener('abort', onHalt);
			resolve(outcome);
		};
		look();
		return promise;
	}

	async #stop(machine: Machine, {job, epoch, boot}: JobRef): Promise<Outcome> {
		const jobs = foldersOf(machine);
		await this.#passing(this.#parts.chance.between(5, 400));
		if (this.#parts.life.isOver) {
			return never();
		}

		if (!machine.isReachable || this.#isTroubled(0.15)) {
			return lost;
		}

		const seen = jobs.look(job, epoch, bootOf(boot));
		switch (seen.kind) {
			case 'running':
				return jobs.stop(job) ? {kind: 'signaled', signal: 'SIGTERM'} : lost;
			case 'finished':
				return {kind: 'exited', code: seen.code};
			case 'notStarted':
				return {kind: 'notStarted', reason: 'It was cancelled before it began.'};
			case 'gone':
			case 'superseded':
			case 'unanswered':
				return lost;
		}
	}

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

			if (!machine.isReachable || trouble === 'no-way' || trouble === 'refused') {
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
			} else if (!machine.isReachable || trouble === 'no-way') {
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

/** Until then a lost link is bridged. */
const MOST_BRIDGED_MS = 60_000;

function foldersOf({jobs, name}: Machine): JobFolder {
	if (jobs === undefined) {
		throw new Error(`${name} keeps no jobs`);
	}

	return jobs;
}

/** > | boot-3 */
function bootOf(boot: string | undefined): number | undefined {
	return boot === undefined ? undefined : Number(boot.replace('boot-', ''));
}

function outcomeOf({end}: Execution): Outcome {
	return end?.kind === 'exited' ? {kind: 'exited', code: end.code} : lost;
}

function sha256(bytes: string | Uint8Array): string {
	return createHash('sha256').update(bytes).digest('hex');
}
