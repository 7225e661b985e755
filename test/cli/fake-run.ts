import type {Found, Pull, Pulled, Read, RunHandle} from '../../src/engine/handle.js';
import type {OutputWindow} from '../../src/engine/ports.js';
import type {StepGraph} from '../../src/graph/graph.js';
import {decide} from '../../src/run/decide.js';
import type {RecordedEvent, RunEvent} from '../../src/run/event.js';
import {evolve, newRun} from '../../src/run/evolve.js';
import {type Effect, nextEffects} from '../../src/run/next.js';
import type {Answer, Request} from '../../src/run/request.js';
import type {RunState} from '../../src/run/state.js';

/**
A run without engine and hosts: the rules are the real ones, and what the world does to an effect is `perform`'s to say.
An effect that gives no events stays under way for ever, until `happen` tells what came of it.
*/
export class FakeRun implements RunHandle {
	readonly events: RecordedEvent[] = [];
	readonly requests: Request[] = [];
	readonly told: Array<readonly [number, string | undefined]> = [];
	prompts: Pulled['prompts'] = [];
	output = new Uint8Array();
	/** When the last of it came, in the laptop's milliseconds since 1970; 0: nobody noted it. */
	outputAt = 0;
	/** How many pulls for events there were. */
	pulls = 0;
	readonly ended: Promise<void>;
	readonly died = new Promise<never>(() => {});
	#state: RunState = newRun;
	readonly #listeners = new Set<() => void>();
	readonly #ending = Promise.withResolvers<void>();
	readonly #graph: StepGraph;
	perform: (effect: Effect) => readonly RunEvent[];

	constructor(graph: StepGraph, first: readonly RunEvent[], perform: (effect: Effect) => readonly RunEvent[]) {
		this.#graph = graph;
		this.perform = perform;
		this.ended = this.#ending.promise;
		this.happen(...first);
	}

	get listeners(): number {
		return this.#listeners.size;
	}

	happen(...events: readonly RunEvent[]): void {
		for (const event of events) {
			const seq = this.events.length + 1;
			const recorded = {seq, at: new Date(Date.UTC(2026, 10, 20, 14, 30, seq)).toISOString(), event};
			this.events.push(recorded);
			this.#state = evolve(this.#state, recorded);
		}

		for (const effect of nextEffects(this.#graph, this.#state)) {
			const follow = effect.kind === 'record' ? [effect.event] : this.perform(effect);
			if (follow.length > 0) {
				this.happen(...follow);
				return;
			}
		}

		const isIdle = [...this.#state.progress.values()].every(({underWay}) => !underWay);
		if (this.#state.status === 'finished' || (this.#state.status === 'paused' && isIdle)) {
			this.#ending.resolve();
		}

		this.ring();
	}

	ring(): void {
		for (const listener of this.#listeners) {
			listener();
		}
	}

	die(error: Error): void {
		this.#ending.reject(error);
	}

	async pull({afterSeq, output}: Pull): Promise<Pulled> {
		this.pulls += output === undefined ? 1 : 0;
		const bytes = this.output.slice(-(output?.maxBytes ?? 0));
		const total = this.output.length;
		const tail = {bytes, start: total - bytes.length, total, times: [], lastAt: this.outputAt};
		return {
			events: this.events.filter(({seq}) => seq > afterSeq).slice(0, 3),
			output: output && tail,
			prompts: this.prompts,
			now: 0,
		};
	}

	async request(request: Request): Promise<Answer> {
		this.requests.push(request);
		const decision = decide(this.#graph, this.#state, request, 'ada');
		if (decision.accepted) {
			this.happen(...decision.events);
			return {accepted: true};
		}

		return decision;
	}

	async read({start}: Read): Promise<OutputWindow> {
		return {bytes: this.output.subarray(start), start, total: this.output.length, times: [], lastAt: 0};
	}

	async search(): Promise<Found> {
		return {hits: [], isCut: false};
	}

	async tell(prompt: number, value: string | undefined): Promise<void> {
		this.told.push([prompt, value]);
		this.prompts = this.prompts.filter(({id}) => id !== prompt);
	}

	subscribe(listener: () => void): () => void {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	async close(): Promise<void> {}
}
