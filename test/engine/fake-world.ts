import {openRun} from '../../src/engine/engine.js';
import type {RunHandle} from '../../src/engine/handle.js';
import type {RunPlan, StartRun} from '../../src/engine/plan.js';
import type {
	Clock,
	Contact,
	FileToPut,
	FileToRestore,
	Hands,
	HostAccess,
	JobRef,
	OutputSink,
	RemoteCommand,
	Store,
	Transport,
} from '../../src/engine/ports.js';
import {createVault, type Vault} from '../../src/engine/vault.js';
import type {StepGraph} from '../../src/graph/graph.js';
import type {Part, RecordedEvent} from '../../src/run/event.js';
import {evolve, newRun} from '../../src/run/evolve.js';
import {questions} from '../../src/run/next.js';
import type {JobSeen, Outcome} from '../../src/run/outcome.js';
import type {Request} from '../../src/run/request.js';
import type {RunState} from '../../src/run/state.js';
import type {HostName, Runbook} from '../../src/runbook/runbook.js';
import {createMemoryStore} from '../../src/store/run-file.js';
import {facts} from '../run/given.js';
import {FakeJobs} from './fake-jobs.js';

/** Time that passes only while somebody sleeps: the next sleeper wakes as soon as nothing else is to be done. */
export class DreamClock implements Clock {
	#now = Date.UTC(2026, 10, 20, 10);
	readonly #sleepers = new Set<{readonly until: number; readonly wake: () => void}>();
	slept: number[] = [];

	async now(): Promise<number> {
		return this.#now;
	}

	sleep(ms: number, signal?: AbortSignal): Promise<void> {
		if (signal?.aborted) {
			return Promise.resolve();
		}

		this.slept.push(ms);
		return new Promise(resolve => {
			const sleeper = {until: this.#now + ms, wake: resolve};
			this.#sleepers.add(sleeper);
			signal?.addEventListener('abort', () => {
				this.#sleepers.delete(sleeper);
				resolve();
			});
			setImmediate(() => this.#wakeNext());
		});
	}

	#wakeNext(): void {
		const next = [...this.#sleepers].toSorted((a, b) => a.until - b.until)[0];
		if (next !== undefined) {
			this.#sleepers.delete(next);
			this.#now = Math.max(this.#now, next.until);
			next.wake();
		}
	}
}

export type Sent = {readonly host: HostName; readonly command: RemoteCommand};

/** What a host does with a script. */
export type Behaviour = (sent: Sent, sink: OutputSink, cancel: AbortSignal) => Outcome | Promise<Outcome>;

export const ok: Outcome = {kind: 'exited', code: 0};

export function print(sink: OutputSink, text: string, stream: 'out' | 'err' = 'out'): void {
	sink(stream, new TextEncoder().encode(text));
}

/** Hosts that do what the test says, and remember what they were sent. */
export class FakeTransport implements Transport {
	readonly sent: Sent[] = [];
	readonly local: RemoteCommand[] = [];
	readonly files = new Map<string, FileToPut>();
	readonly trusted: Array<string | undefined> = [];
	behaviour: Behaviour = () => ok;
	contactWith: (host: HostAccess) => Contact | Promise<Contact> = host => ({
		kind: 'reached',
		facts: facts(`${host.name}.example`),
	});
	isUp: (host: HostName) => boolean = () => true;
	stat: Transport['statFile'] = async () => null;
	read: Transport['readFile'] = async () => null;
	readonly restored: Array<readonly [HostName, FileToRestore]> = [];
	/** What hosts keep of jobs, and what was asked of them. */
	readonly kept = new FakeJobs();

	async contact(host: HostAccess, trusted: string | undefined): Promise<Contact> {
		this.trusted.push(trusted);
		return this.contactWith(host);
	}

	async exec(host: HostAccess, command: RemoteCommand, sink: OutputSink, cancel: AbortSignal): Promise<Outcome> {
		const sent = {host: host.name, command};
		this.sent.push(sent);
		return this.behaviour(sent, sink, cancel);
	}

	async execLocal(command: RemoteCommand, sink: OutputSink, cancel: AbortSignal): Promise<Outcome> {
		this.local.push(command);
		return this.behaviour({host: 'local', command}, sink, cancel);
	}

	/** The host goes on with it where the behaviour says `lost`. */
	async execJob(
		host: HostAccess | undefined,
		job: JobRef,
		command: RemoteCommand,
		sink: OutputSink,
		cancel: AbortSignal,
	): Promise<Outcome> {
		return this.kept.begin(job, sink, keep =>
			host === undefined ? this.execLocal(command, keep, cancel) : this.exec(host, command, keep, cancel),
		);
	}

	async lookUpJob(_host: HostAccess | undefined, job: JobRef): Promise<JobSeen> {
		return this.kept.lookUp(job);
	}

	async followJob(_host: HostAccess | undefined, job: JobRef, sink: OutputSink, cancel: AbortSignal): Promise<Outcome> {
		return this.kept.follow(job, sink, cancel);
	}

	async forgetJob(_host: HostAccess | undefined, job: JobRef): Promise<void> {
		this.kept.forget(job);
	}

	async statFile(host: HostAccess, path: string): ReturnType<Transport['statFile']> {
		return this.stat(host, path);
	}

	async putFile(host: HostAccess, file: FileToPut): Promise<Outcome> {
		this.files.set(`${host.name}:${file.path}`, file);
		return ok;
	}

	async statLocalFile(path: string): ReturnType<Transport['statFile']> {
		return this.stat(access('local', ''), path);
	}

	async putLocalFile(file: FileToPut): Promise<Outcome> {
		this.files.set(`local:${file.path}`, file);
		return ok;
	}

	async readFile(host: HostAccess, path: string): ReturnType<Transport['readFile']> {
		return this.read(host, path);
	}

	async restoreFile(host: HostAccess, file: FileToRestore): Promise<Outcome> {
		this.restored.push([host.name, file]);
		return ok;
	}

	async readLocalFile(path: string): ReturnType<Transport['readFile']> {
		return this.read(access('local', ''), path);
	}

	async restoreLocalFile(file: FileToRestore): Promise<Outcome> {
		this.restored.push(['local', file]);
		return ok;
	}

	async answers(host: HostAccess): Promise<boolean> {
		return this.isUp(host.name);
	}

	async close(): Promise<void> {}

	/** The names of the jobs that hosts were sent, in order. */
	get jobs(): readonly string[] {
		return this.sent.map(({command}) => command.job);
	}
}

export function access(name: HostName, address: string): HostAccess {
	return {
		name,
		address,
		port: 22,
		user: 'root',
		auth: undefined,
		key: undefined,
		password: undefined,
		jump: undefined,
		legacy: false,
		sudo: false,
		platform: 'linux',
		encoding: 'utf-8',
	};
}

function runbookOf(graph: StepGraph, more: Partial<Runbook> = {}): Runbook {
	return {
		file: 'test.md',
		title: graph.title,
		plain: false,
		hosts: graph.hosts,
		roles: [],
		params: [],
		phases: graph.phases,
		steps: graph.nodes.map(({step}) => step),
		closing: {},
		...more,
	};
}

const start: StartRun = {
	kind: 'start',
	runId: 'r1',
	runbook: {file: 'test.md', sha256: '00'},
	mode: 'real',
	pace: 'auto',
	values: {},
	selection: {startAt: null, only: null},
	by: 'ana',
	device: 'laptop',
	version: '0.1.0',
};

export type Given = {
	readonly transport?: FakeTransport;
	readonly store?: Store;
	readonly clock?: Clock;
	readonly hands?: Hands;
	readonly vault?: Vault;
	readonly runbook?: Partial<Runbook>;
	readonly plan?: Partial<RunPlan>;
	readonly start?: Partial<StartRun>;
};

/** A run as somebody at a screen has it: he sees its events and waits for what he expects. */
export class Run {
	readonly handle: RunHandle;
	readonly transport: FakeTransport;
	readonly store: Store;
	readonly events: RecordedEvent[] = [];
	state: RunState = newRun;

	readonly #graph: StepGraph;
	/** The last event of the run file that it was opened with. */
	readonly #seqBefore: number;

	constructor(graph: StepGraph, given: Given = {}) {
		this.#graph = graph;
		this.transport = given.transport ?? new FakeTransport();
		this.store = given.store ?? createMemoryStore();
		this.#seqBefore = Iterator.from(this.store.read(0)).reduce((_, {seq}) => seq, 0);
		this.handle = openRun(
			{
				transport: this.transport,
				store: this.store,
				clock: given.clock ?? new DreamClock(),
				hands: given.hands,
				secrets: given.vault ?? createVault({}),
				newId: () => 'id',
			},
			{
				runbook: runbookOf(graph, given.runbook),
				graph,
				hosts: {'web-1': access('web-1', '10.0.0.1'), 'web-2': access('web-2', '10.0.0.2')},
				linkedFiles: new Map(),
				detach: 'auto',
				open: {...start, ...given.start},
				...given.plan,
			},
		);
	}

	/** Looks until the run is as expected. Rejects if it dies before. */
	async until(isExpected: (state: RunState) => boolean): Promise<RunState> {
		for (;;) {
			const changed = Promise.withResolvers<void>();
			const unsubscribe = this.handle.subscribe(() => changed.resolve());
			const {events} = await this.handle.pull({afterSeq: this.state.lastSeq, output: undefined});
			this.events.push(...events);
			this.state = events.reduce(evolve, this.state);
			if (isExpected(this.state)) {
				unsubscribe();
				return this.state;
			}

			await Promise.race([changed.promise, this.#death()]);
			unsubscribe();
		}
	}

	/** Lets it begin as soon as all hosts have answered. */
	async begin(): Promise<void> {
		await this.until(
			state => state.lastSeq > this.#seqBefore && questions(this.#graph, state).some(({kind}) => kind === 'begin'),
		);
		await this.ask({kind: 'begin'});
	}

	/** Asks and is accepted. */
	async ask(request: Request): Promise<void> {
		const answer = await this.handle.request(request);
		if (!answer.accepted) {
			throw new Error(`${request.kind} was refused: ${answer.because}`);
		}
	}

	async finish(): Promise<RunState> {
		await this.begin();
		return this.until(({status}) => status === 'finished');
	}

	/** Until the step is in one of these states. */
	async reaches(key: string, ...states: readonly string[]): Promise<RunState> {
		return this.until(({progress}) => states.includes(progress.get(key)?.state ?? 'open'));
	}

	/** What was printed and kept. */
	output(step: string, more: {readonly attempt?: number; readonly part?: Part} = {}): string {
		const chunks = this.store.readOutput({step, host: 'web-1', attempt: 1, part: 'run', ...more});
		return Buffer.concat([...chunks].map(({bytes}) => bytes)).toString();
	}

	async #death(): Promise<never> {
		await this.handle.ended;
		return new Promise(() => {});
	}
}
