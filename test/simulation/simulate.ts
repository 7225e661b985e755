import {openRun} from '../../src/engine/engine.js';
import type {RunHandle} from '../../src/engine/handle.js';
import type {RunPlan} from '../../src/engine/plan.js';
import type {Hands, Store} from '../../src/engine/ports.js';
import {createVault} from '../../src/engine/vault.js';
import type {StepGraph} from '../../src/graph/graph.js';
import type {RecordedEvent, RunEvent} from '../../src/run/event.js';
import {evolve, newRun} from '../../src/run/evolve.js';
import type {JobSeen, Outcome} from '../../src/run/outcome.js';
import {RunEventSchema} from '../../src/run/schema.js';
import type {Runbook} from '../../src/runbook/runbook.js';
import {access} from '../engine/fake-world.js';
import {Chance} from './chance.js';
import {Life} from './life.js';
import {Machines} from './machines.js';
import {Operator} from './operator.js';
import {Oracles, type Violation, type Wrong} from './oracles.js';
import {randomRunbook} from './runbook.js';
import {type BrokenDisk, Disk, openStore} from './store.js';
import {stillness, Timeline} from './timeline.js';
import {SimulatedTransport} from './transport.js';

/** So many things may happen before a run that nothing hinders any more must have come to its end. */
const MAX_HAPPENINGS = 20_000;

export type Simulated = {
	readonly seed: number;
	/** The first of them; undefined: all is as it should be. */
	readonly violation: Violation | undefined;
	readonly events: number;
	readonly lives: number;
	readonly executions: number;
	/** What kinds of things were written down: `PartEnded lost`, `JobLookedUp gone`, `RunPaused`. */
	readonly kinds: ReadonlySet<string>;
	/** What happened, one line each; empty unless it was asked for. */
	readonly trace: readonly string[];
};

export type Conditions = {
	readonly traced?: boolean;
	readonly broken?: BrokenDisk;
	/** What is not looked at. */
	readonly blind?: readonly Wrong[];
};

/** One run from its beginning to its end, with everything that the seed makes of it. The same seed always gives the same. */
export async function simulate(seed: number, conditions: Conditions = {}): Promise<Simulated> {
	const world = new World(seed, conditions);
	await world.live();
	return {
		seed,
		violation: world.oracles.violations[0],
		events: world.disk.durable.length,
		lives: world.lives,
		executions: world.machines.executions.length,
		kinds: new Set(world.disk.durable.map(({event}) => kindOf(event))),
		trace: world.trace,
	};
}

/** As from a disk, through the border at which events are read; that costs as much as all the rest. */
function readAgain({seq, at, event}: RecordedEvent): RecordedEvent {
	return {seq, at, event: RunEventSchema.parse(JSON.parse(JSON.stringify(event)))};
}

function same(recorded: RecordedEvent): RecordedEvent {
	return recorded;
}

function kindOf(event: RunEvent): string {
	switch (event.type) {
		case 'PartEnded':
			return `PartEnded ${event.outcome.kind}`;
		case 'JobLookedUp':
			return `JobLookedUp ${event.seen.kind}`;
		default:
			return event.type;
	}
}

class World {
	readonly timeline = new Timeline();
	readonly disk: Disk;
	readonly machines: Machines;
	readonly oracles: Oracles;
	readonly trace: string[] = [];
	lives = 0;
	readonly #seed: number;
	readonly #chance: Chance;
	readonly #graph: StepGraph;
	readonly #operator: Operator;
	readonly #known = new Set<string>();
	readonly #mode: 'real' | 'rehearsal';
	readonly #detach: 'auto' | 'always';
	readonly #traced: boolean;
	#life: Life | undefined;
	#handle: RunHandle | undefined;
	#ids = 0;
	#isFinished = false;
	/** How often one of us dies. */
	readonly #lifetime: number;

	constructor(seed: number, {traced = false, broken, blind = []}: Conditions) {
		const chance = new Chance(seed);
		this.#seed = seed;
		this.#chance = chance;
		this.#traced = traced;
		this.#graph = randomRunbook(chance);
		this.disk = new Disk(broken);
		this.machines = new Machines(['web-1', 'web-2', 'local'], this.timeline, chance);
		this.oracles = new Oracles(this.#graph, this.machines, this.disk, blind);
		this.disk.onDurable = event => {
			this.#tell(() => `durable ${event.seq} ${JSON.stringify(event.event)}`);
			this.oracles.durable(event);
		};
		this.machines.onStart = execution => {
			this.#tell(() => `starts ${execution.job} on ${execution.machine}`);
			this.oracles.starts(execution);
		};
		const {machines} = this;
		this.#operator = new Operator({
			graph: this.#graph,
			machines,
			chance,
			tell: what => this.#tell(() => what),
			asksInVain: (step, host) => this.oracles.asksInVain(step, host),
		});
		this.#mode = chance.maybe(0.3) ? 'rehearsal' : 'real';
		this.#detach = chance.maybe(0.3) ? 'always' : 'auto';
		this.#lifetime = chance.pick([20, 60, 200, 1000]);
		for (const host of chance.maybe(0.8) ? ['web-1', 'web-2'] : []) {
			this.#known.add(host);
		}
	}

	async live(): Promise<void> {
		const {timeline} = this;
		for (const {step, hosts, after} of this.#graph.nodes) {
			const {id, phase, title, at, context, idIsExplicit, on, ...rest} = step;
			const told = JSON.stringify(rest, (key, value) => (key === 'at' || key === 'parts' ? undefined : value));
			this.#tell(() => `step ${id} in ${phase} on ${hosts.join(', ')} after ${after.join(', ')} ${told}`);
		}

		const calmAfter = this.#chance.between(40, 500);
		this.#open();
		this.#catchUp();
		this.#goOnLooking();
		this.#weather();
		for (let happenings = 0; this.oracles.violations.length === 0 && !this.#isFinished; happenings++) {
			if (happenings === calmAfter) {
				this.#calmDown();
			}

			await stillness();
			if (this.#life?.isOver) {
				this.#dies();
			}

			if (happenings > MAX_HAPPENINGS || !timeline.step()) {
				this.oracles.object('no-rest', `it is ${this.#operator.state.status}, and does not come to its end`);
			}
		}

		if (this.oracles.violations.length === 0) {
			this.oracles.reopened();
			const isRead = this.#seed % 16 === 0;
			this.oracles.finished(this.disk.durable.map(isRead ? readAgain : same).reduce(evolve, newRun));
		}

		this.#life?.end();
	}

	/** A new process on this laptop or another one, with what is durable. */
	#open(): void {
		const chance = this.#chance;
		if (this.disk.durable.at(-1)?.event.type === 'RunFinished') {
			this.#isFinished = true;
			return;
		}

		this.lives++;
		const life = new Life(
			this.lives,
			this.machines.isCalm ? Number.POSITIVE_INFINITY : chance.below(this.#lifetime),
			this.timeline,
			what => this.#tell(() => what),
		);
		this.oracles.reopened();
		this.disk.hasRefused = false;
		const isNew = this.disk.durable.length === 0;
		const by = chance.pick(['ana', 'ben']);
		const store = this.#acknowledging(openStore(this.disk, life, chance));
		const parts = {
			...{life, chance},
			...{timeline: this.timeline, machines: this.machines, known: this.#known},
			sending: {
				sent: (job: string, sha256: string, epoch?: number) => this.oracles.sent(job, sha256, epoch),
				outcome: (job: string, outcome: Outcome) => {
					this.#tell(() => `${job} came to ${JSON.stringify(outcome)}`);
					this.oracles.outcome(job, outcome);
				},
				seen: (job: string, seen: JobSeen) => {
					this.#tell(() => `of ${job} its host says ${JSON.stringify(seen)}`);
					this.oracles.seen(job, seen);
				},
			},
		};
		const plan: RunPlan = {
			runbook: runbookOf(this.#graph),
			graph: this.#graph,
			hosts: {'web-1': access('web-1', '10.0.0.1'), 'web-2': access('web-2', '10.0.0.2')},
			linkedFiles: new Map(),
			detach: this.#detach,
			open: isNew
				? {
						kind: 'start',
						...{runId: 'r1', runbook: {file: 'test.md', sha256: '00'}, mode: this.#mode, values: {}},
						...{pace: chance.pick(['step', 'phase', 'auto']), selection: {startAt: null, only: null}},
						...{by, device: `${by}'s laptop`, version: '0.1.0'},
					}
				: {kind: 'resume', pace: undefined, by, device: `${by}'s laptop`, version: '0.1.0', ...this.#lease()},
		};
		this.#tell(() => `${by} opens life ${life.number}`);
		const handle = this.#tryTo(() =>
			openRun(
				{
					...{store, clock: life.clock, transport: new SimulatedTransport(parts)},
					hands: this.#mode === 'rehearsal' ? this.#hands(life) : undefined,
					secrets: createVault({}),
					newId: () => `id${++this.#ids}`,
				},
				plan,
			),
		);
		if (handle === undefined) {
			return;
		}

		this.#life = life;
		this.#handle = handle;
		this.#operator.opens(handle);
		handle.died.catch(error => this.#engineDied(life, error));
	}

	/** A run file that cannot be opened is the end of it. */
	#tryTo(open: () => RunHandle): RunHandle | undefined {
		try {
			return open();
		} catch (error) {
			this.oracles.object('died', String(error));
			this.#isFinished = true;
			return undefined;
		}
	}

	/** Only a full disk may do that. */
	#engineDied(life: Life, error: Error): void {
		if (!life.isOver) {
			life.end();
			if (!this.disk.hasRefused) {
				this.oracles.object('died', `${error.stack}`);
			}
		}
	}

	/** Whoever knows that somebody else has gone on with the run takes it over; so does who opens it elsewhere. */
	#lease(): {epoch?: number; takenFrom?: {by: string; device: string; epoch: number}} {
		const {epoch} = this.oracles;
		const highest = Math.max(epoch, ...this.machines.all().map(({jobs}) => jobs?.epoch ?? 0));
		return highest > epoch || this.#chance.maybe(0.2)
			? {epoch: highest + 1000, takenFrom: {by: 'ana', device: "ana's laptop", epoch}}
			: {};
	}

	#acknowledging(store: Store): Store {
		return {
			...store,
			append: async (events, at) => {
				const recorded = await store.append(events, at);
				this.oracles.acknowledged(recorded);
				return recorded;
			},
		};
	}

	#hands(life: Life): Hands {
		return {
			perform: async (step, host) => {
				if (!life.passes(`hand at ${step}`)) {
					return life.hears(0, undefined, '');
				}

				this.#operator.doesDeed(step, host);
				await life.hears(this.#chance.between(0, 2000), true, `hand at ${step} is done`);
				return this.#chance.maybe(0.9) ? {did: 'did it', answer: undefined} : undefined;
			},
		};
	}

	/** The process is gone; somebody will open the run again. */
	#dies(): void {
		this.#life = undefined;
		this.#handle = undefined;
		this.disk.losePower();
		if (this.disk.broken === undefined) {
			this.oracles.answers(this.disk.durable.reduce(evolve, newRun));
		}

		this.timeline.after(this.#chance.between(1000, 60_000), () => this.#open());
	}

	/** Of a disk that acknowledges before it writes. */
	#catchUp(): void {
		if (this.disk.broken === 'writesBehind') {
			this.timeline.after(5000, () => {
				this.disk.catchUp();
				this.#catchUp();
			});
		}
	}

	#goOnLooking(): void {
		const isCalm = this.machines.isCalm;
		this.timeline.after(isCalm ? 2000 : this.#chance.between(50, 6000), () => {
			this.#looks();
			if (!this.#isFinished) {
				this.#goOnLooking();
			}
		});
	}

	#looks(): void {
		const handle = this.#handle;
		const life = this.#life;
		if (handle === undefined || life === undefined) {
			return;
		}

		const isOvertaken =
			this.machines.isCalm && this.machines.all().some(({jobs}) => (jobs?.epoch ?? 0) > this.oracles.epoch);
		if (isOvertaken || (!this.machines.isCalm && this.#chance.maybe(0.01))) {
			this.#closes(handle, life);
			return;
		}

		this.#operator.looks().then(
			() => {
				this.#isFinished ||= this.#operator.state.status === 'finished';
			},
			error => this.#engineDied(life, error),
		);
	}

	/** He puts the run away for another day. */
	#closes(handle: RunHandle, life: Life): void {
		this.#handle = undefined;
		this.#tell(() => `life ${life.number} is closed`);
		handle.close().then(() => life.end());
	}

	/** What befalls the hosts. */
	#weather(): void {
		const {timeline, machines} = this;
		const chance = this.#chance;
		timeline.after(chance.between(1000, 120_000), () => {
			if (machines.isCalm) {
				return;
			}

			const machine = machines.named(chance.pick(['web-1', 'web-2']));
			switch (chance.below(12)) {
				case 0:
				case 1:
					this.#tell(() => `${machine.name} goes down`);
					machine.goDown();
					timeline.after(chance.between(1000, 60_000), () => machine.comeUp());
					break;
				case 2:
					machines.active = machine.name;
					break;
				case 3:
					this.disk.isShort = true;
					this.disk.isFull = chance.maybe(0.3);
					timeline.after(chance.between(1000, 20_000), () => {
						this.disk.isShort = false;
						this.disk.isFull = false;
					});
					break;
				case 4:
					this.#tell(() => `${machine.name} is cut off`);
					machine.cutOff();
					timeline.after(chance.between(500, 90_000), () => machine.heal());
					break;
				case 6:
					this.#tell(() => `a colleague was at ${machine.name}`);
					machine.jobs?.seeEpoch(this.oracles.epoch + 1 + chance.below(1000));
					break;
				case 5:
					for (const job of machine.jobs?.running() ?? []) {
						this.#tell(() => `somebody kills ${job}`);
						machine.jobs?.kill(job);
					}

					break;
				default:
					machine.comeUp();
			}

			this.#weather();
		});
	}

	/** From now on nothing goes wrong. */
	#calmDown(): void {
		this.#tell(() => 'all is calm');
		this.machines.isCalm = true;
		this.disk.isShort = false;
		this.disk.isFull = false;
		this.#life?.becomesSafe();
		for (const machine of this.machines.all()) {
			machine.comeUp();
			machine.heal();
		}
	}

	#tell(what: () => string): void {
		if (this.#traced) {
			this.trace.push(`${new Date(this.timeline.now).toISOString().slice(11, 23)} ${what()}`);
		}
	}
}

function runbookOf(graph: StepGraph): Runbook {
	return {
		...{file: 'test.md', title: graph.title, plain: false, hosts: graph.hosts, roles: [], params: []},
		...{phases: graph.phases, steps: graph.nodes.map(({step}) => step), closing: {}},
	};
}
