import type {StepGraph} from '../graph/graph.js';
import type {RunEvent} from '../run/event.js';
import {evolve} from '../run/evolve.js';
import {type Effect, nextEffects} from '../run/next.js';
import {BY_ITSELF, DISK_FULL} from '../run/stage.js';
import type {RunState} from '../run/state.js';
import type {Clock, Store} from './ports.js';
import {withoutSecrets} from './without-secrets.js';

/** The facts that hold for the run as it is when they are written down; none if they come too late. */
export type Proposal = (state: RunState) => readonly RunEvent[];

export type LedgerListener = {
	/** Before each write: what else is a fact once these effects are called for in this state. */
	along(effects: readonly Effect[], state: RunState): readonly RunEvent[];
	/** After each write: what the facts call for now. */
	written(effects: readonly Effect[]): void;
	/** Is more than one thing under way, so that others may tell something in the same moment? */
	mayTellMore(): boolean;
	/** What made writing impossible. */
	broken(error: unknown): void;
};

type Waiting = {readonly proposal: Proposal; readonly done: PromiseWithResolvers<readonly RunEvent[]>};

/**
The one way into the store. Whatever is proposed while a write is under way goes into the next one together, so that
no two facts are ever decided on the same state, and none waits for a timer. What many hosts tell in the same turn of
the event loop goes into two writes: the first of it at once, the rest together.
*/
export class Ledger {
	readonly #graph: StepGraph;
	readonly #store: Store;
	readonly #clock: Clock;
	readonly #secrets: () => readonly string[];
	readonly #listener: LedgerListener;
	#state: RunState;
	#waiting: Waiting[] = [];
	#writing: Promise<void> | undefined;
	/** Resolves with the turn of the event loop in which something was written; undefined in every other one. */
	#turn: Promise<void> | undefined;
	#isClosed = false;
	#brokenBy: {readonly error: unknown} | undefined;

	constructor(
		graph: StepGraph,
		state: RunState,
		{store, clock}: {readonly store: Store; readonly clock: Clock},
		secrets: () => readonly string[],
		listener: LedgerListener,
	) {
		this.#graph = graph;
		this.#state = state;
		this.#store = store;
		this.#clock = clock;
		this.#secrets = secrets;
		this.#listener = listener;
	}

	/** All that is durable so far. */
	get state(): RunState {
		return this.#state;
	}

	/** Resolves with the events of this proposal once they are durable. Rejects if nothing can be written any more. */
	async propose(proposal: Proposal): Promise<readonly RunEvent[]> {
		if (this.#brokenBy !== undefined) {
			throw this.#brokenBy.error;
		}

		if (this.#isClosed) {
			return [];
		}

		const done = Promise.withResolvers<readonly RunEvent[]>();
		this.#waiting.push({proposal, done});
		this.#writing ??= this.#write();
		return done.promise;
	}

	/** Nothing is written from now on. Resolves when the last write has ended. */
	async close(): Promise<void> {
		this.#isClosed = true;
		await this.#writing;
	}

	async #write(): Promise<void> {
		let batch: readonly Waiting[] = [];
		try {
			while (this.#waiting.length > 0) {
				await (this.#listener.mayTellMore() ? this.#turn : undefined);
				const at = await this.#clock.now();
				batch = this.#waiting.splice(0);
				await this.#writeBatch(batch, at);
			}
		} catch (error) {
			this.#brokenBy = {error};
			for (const {done} of [...batch, ...this.#waiting.splice(0)]) {
				done.reject(error);
			}

			this.#listener.broken(error);
		} finally {
			this.#writing = undefined;
		}
	}

	#endTurn(): void {
		this.#turn ??= new Promise(resolve => {
			setImmediate(() => {
				this.#turn = undefined;
				resolve();
			});
		});
	}

	async #writeBatch(batch: readonly Waiting[], at: number): Promise<void> {
		const fold = new Fold(this.#state, new Date(at).toISOString());
		const secrets = this.#secrets();
		const isFull = this.#store.shortOfRoom(0) !== undefined;
		fold.pauseIf(isFull);
		const events = batch.map(({proposal}) => {
			const proposed = proposal(fold.state).map(event => withoutSecrets(event, secrets));
			fold.add(proposed);
			fold.pauseIf(isFull);
			return proposed;
		});
		let effects = fold.addWhatFollows(this.#graph);
		const along = this.#listener.along(effects, fold.state).map(event => withoutSecrets(event, secrets));
		if (along.length > 0) {
			fold.add(along);
			effects = fold.addWhatFollows(this.#graph);
		}

		if (fold.events.length > 0) {
			this.#endTurn();
			const recorded = await this.#store.append(fold.events, at);
			if (recorded.at(-1)?.seq !== fold.state.lastSeq) {
				throw new Error(`The store has ${recorded.at(-1)?.seq} events where the run has ${fold.state.lastSeq}`);
			}

			this.#state = fold.state;
		}

		batch.forEach(({done}, index) => {
			done.resolve(events[index] ?? []);
		});
		if (fold.events.length > 0) {
			this.#listener.written(effects);
		}
	}
}

/** The state as it will be once these events are durable. */
class Fold {
	readonly events: RunEvent[] = [];
	state: RunState;
	readonly #at: string;

	constructor(state: RunState, at: string) {
		this.state = state;
		this.#at = at;
	}

	add(events: readonly RunEvent[]): void {
		for (const event of events) {
			this.state = evolve(this.state, {seq: this.state.lastSeq + 1, at: this.#at, event});
			this.events.push(event);
		}
	}

	/** Nothing new is called for while the disk has no room: what begins must be written down, and its outcome too. */
	pauseIf(isFull: boolean): void {
		if (isFull && this.state.status === 'running') {
			this.add([{type: 'RunPaused', by: BY_ITSELF, reason: DISK_FULL}]);
		}
	}

	/** What only has to be written down goes along at once. What remains is for the world. */
	addWhatFollows(graph: StepGraph): readonly Effect[] {
		if (this.events.length === 0) {
			return [];
		}

		for (;;) {
			const effects = nextEffects(graph, this.state);
			const facts = effects.flatMap(effect => (effect.kind === 'record' ? [effect.event] : []));
			if (facts.length === 0) {
				return effects;
			}

			this.add(facts);
		}
	}
}
