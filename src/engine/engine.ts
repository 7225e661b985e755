import {decide} from '../run/decide.js';
import type {RunEvent} from '../run/event.js';
import {evolve, IllegalEvent, newRun} from '../run/evolve.js';
import {graphHash} from '../run/graph-hash.js';
import {type Effect, effectKey, nextEffects} from '../run/next.js';
import {nodeOf} from '../run/nodes.js';
import {redactText} from '../run/redaction.js';
import type {Answer, Request} from '../run/request.js';
import {BY_ITSELF} from '../run/stage.js';
import type {RunState} from '../run/state.js';
import {UserError} from '../text/user-error.js';
import {performContact} from './contact.js';
import type {Desk} from './desk.js';
import {attachedTo, evidenceName, holdsSecret} from './evidence.js';
import {performFollow} from './follow.js';
import {performHand} from './hand.js';
import type {Found, Pull, Pulled, Read, RunHandle, Search} from './handle.js';
import {Ledger} from './ledger.js';
import {performLimit} from './limit.js';
import {performLook} from './look-up.js';
import {type Intent, intendPart, performPart} from './part.js';
import type {EditedRunbook, RunPlan} from './plan.js';
import type {OutputWindow, SecretPrompt, Store, World} from './ports.js';
import {sha256} from './prepared.js';
import {performProbe} from './probe.js';
import {performRole} from './role.js';
import {searchOutput} from './search.js';
import {secretsHad} from './secrets-had.js';
import type {Vault} from './vault.js';
import {performWatch} from './watch.js';

/** A run hands out so many events at once; who wants more pulls again. */
const MAX_PULLED_EVENTS = 500;

/**
Opens a run and keeps it going: a new one, or one that the store holds already. Nothing happens on a host before
somebody requests `begin`.

Throws a UserError if the store's run is damaged or finished (status 5), or is not the plan's (status 2).
*/
export function openRun(world: World & {readonly secrets: Vault}, plan: RunPlan): RunHandle {
	const {open, graph} = plan;
	const {selection} = open.kind === 'start' ? open : {selection: undefined};
	for (const id of [selection?.only, selection?.startAt]) {
		if (id !== undefined && id !== null && nodeOf(graph, id) === undefined) {
			throw new UserError('unknown-step', `There is no step ${id}.`, '`fieldbook graph` lists the steps.', 2);
		}
	}

	const state = fold(world.store);
	return new Engine(world, plan, state, [...openingEvents(plan, state), ...cautions(world)]);
}

function fold(store: Store): RunState {
	try {
		return Iterator.from(store.read(0)).reduce(evolve, newRun);
	} catch (error) {
		if (error instanceof IllegalEvent) {
			throw new UserError(
				'run-damaged',
				`The run's history makes no sense: ${error.message}`,
				'Go on from an intact copy.',
				5,
			);
		}

		throw error;
	}
}

/** Facts of the run like any others: whoever reads it knows where it was kept, and what went wrong in it on purpose. */
function cautions({store, hands}: World): readonly RunEvent[] {
	return [store.caution, hands?.caution].flatMap(text =>
		text === undefined ? [] : [{type: 'NoteTaken' as const, step: null, text, by: BY_ITSELF}],
	);
}

function openingEvents({open, graph, hosts}: RunPlan, state: RunState): readonly RunEvent[] {
	const hash = graphHash(graph);
	switch (open.kind) {
		case 'start': {
			if (state.status !== 'new') {
				throw new Error('A new run wants an empty store');
			}

			const {kind, ...rest} = open;
			const sheet = Object.values(hosts).map(({name, address, port, user}) => [
				name,
				{address, port: port ?? 22, user: user ?? ''},
			]);
			return [{type: 'RunStarted', ...rest, title: graph.title, hosts: Object.fromEntries(sheet), graphHash: hash}];
		}

		case 'resume': {
			if (state.status === 'new' || state.status === 'finished') {
				const what = state.status === 'new' ? 'has not started' : 'is finished';
				throw new UserError('nothing-to-resume', `The run ${what}.`, 'Start a new one with `fieldbook run`.', 5);
			}

			const {kind, pace, edited, ...rest} = open;
			const expected = edited?.event.type === 'RunbookAdopted' ? edited.event.graphHash : state.executes?.graphHash;
			if (expected !== hash) {
				throw new UserError(
					'other-graph',
					'The steps are not those that the run was started with.',
					'Resume it with its stored runbook and the fieldbook that started it.',
					2,
				);
			}

			// Whoever asked has looked at the file before it was held: meanwhile somebody may have gone on with it.
			if (open.epoch !== undefined && open.epoch <= (state.lease?.epoch ?? 0)) {
				throw new UserError(
					'run-moved-on',
					`${state.lease?.by} on ${state.lease?.device} has gone on with the run a moment ago.`,
					'Look at it with `fieldbook show`, then resume it again.',
					5,
				);
			}

			return [
				{type: 'RunResumed', ...rest},
				...(edited === undefined ? [] : [edited.event]),
				...(pace === undefined ? [] : [{type: 'PaceSet', pace, by: open.by} as const]),
			];
		}
	}
}

/** What comes into the run file with the events that open the run. */
function filesOf({open}: RunPlan): EditedRunbook['files'] {
	return open.kind === 'resume' ? (open.edited?.files ?? []) : [];
}

/** Nothing is lost when it is called off: it goes on only as long as the facts call for it. */
function isOnlyLooking({kind}: Effect): boolean {
	return kind === 'watch' || kind === 'look' || kind === 'role' || kind === 'limit' || kind === 'probe';
}

/** For how long the end of a run waits for hosts to be tidied up, in the laptop's time. */
const MOST_TIDYING_MS = 3000;

/** Resolves with the promise, or when that takes longer than so many milliseconds. */
async function soon(promise: Promise<unknown>, ms: number): Promise<void> {
	const {promise: late, resolve} = Promise.withResolvers<void>();
	const timer = setTimeout(resolve, ms);
	await Promise.race([promise, late]);
	clearTimeout(timer);
}

/** Something that a host prints comes into the run. */
function bringsOutput({kind}: Effect): boolean {
	return kind === 'part' || kind === 'probe' || kind === 'role' || kind === 'look' || kind === 'follow';
}

/** The only loop: what the facts call for is begun once, and what comes of it becomes facts. */
class Engine implements RunHandle {
	readonly ended: Promise<void>;
	readonly died: Promise<never>;
	readonly #desk: Desk;
	readonly #underWay = new Map<string, {readonly effect: Effect; readonly controller: AbortController}>();
	readonly #listeners = new Set<() => void>();
	readonly #ending = Promise.withResolvers<void>();
	readonly #dying = Promise.withResolvers<never>();
	/** Written along with what called for them, and to be performed after the write. */
	#intents: Intent[] = [];
	readonly #tidying = new Set<Promise<void>>();
	/** Secrets that the run had are being asked for again. Until that is settled, nothing that may print them begins. */
	#lacksSecrets = false;
	#hasToldChange = false;
	#isStopped = false;
	#isClosed = false;

	constructor(world: Desk['world'], plan: RunPlan, state: RunState, opening: readonly RunEvent[]) {
		const ledger = new Ledger(plan.graph, state, world, () => world.secrets.known(), {
			along: (effects, folded) => this.#intend(effects, folded),
			written: effects => this.#afterWrite(effects),
			mayTellMore: () => this.#underWay.size > 1,
			broken: error => this.#fail(error),
		});
		const runId = plan.open.kind === 'start' ? plan.open.runId : (state.started?.runId ?? '');
		this.#desk = {
			...{world, plan, runId, ledger},
			writeOutput: (key, stream, bytes) => {
				if (!this.#isClosed) {
					world.store.writeOutput(key, stream, bytes);
					this.#tellChange();
				}
			},
			tidy: work => this.#tidy(work),
		};
		this.ended = this.#ending.promise;
		this.ended.catch(() => {});
		this.died = this.#dying.promise;
		this.died.catch(() => {});
		world.secrets.subscribe(() => this.#tellChange());
		this.#askAgain(plan.open.kind === 'resume' ? secretsHad(plan, state) : []);
		ledger
			.propose(() => {
				for (const {name, bytes} of filesOf(plan)) {
					world.store.keepFile(name, bytes);
				}

				return opening;
			})
			.catch(() => {});
	}

	async request(request: Request): Promise<Answer> {
		const {plan, ledger} = this.#desk;
		let answer: Answer = {accepted: false, because: 'The run has stopped here.'};
		if (this.#isStopped) {
			return answer;
		}

		const {store, secrets} = this.#desk.world;
		const file = attachedTo(request);
		if (file !== undefined && holdsSecret(file, secrets.known())) {
			return {accepted: false, because: `${file.name} holds a secret of this run: take it out first.`};
		}

		const shortage =
			request.kind === 'begin' || file !== undefined ? store.shortOfRoom(file?.bytes.length ?? 0) : undefined;
		if (shortage !== undefined) {
			return {accepted: false, because: shortage};
		}

		const clean = (text: string) => redactText(text, secrets.known());
		if (request.kind === 'answer' && clean(request.value) !== request.value) {
			return {accepted: false, because: 'That value holds a secret of this run, and it would be written down.'};
		}

		await ledger.propose(state => {
			const decision = decide(plan.graph, state, request, plan.open.by);
			answer = decision.accepted ? {accepted: true} : {...decision, because: clean(decision.because)};
			if (!decision.accepted) {
				return [];
			}

			if (file !== undefined) {
				store.keepFile(evidenceName(sha256(file.bytes)), file.bytes);
			}

			return decision.events;
		});
		return answer;
	}

	async pull({afterSeq, output}: Pull): Promise<Pulled> {
		const {store, clock, secrets} = this.#desk.world;
		this.#hasToldChange = false;
		const events = Iterator.from(store.read(afterSeq)).take(MAX_PULLED_EVENTS).toArray();
		if (events.length === MAX_PULLED_EVENTS) {
			queueMicrotask(() => this.#tellChange());
		}

		return {
			events,
			output: output && store.tail(output, output.maxBytes),
			prompts: secrets.prompts().map(prompt => ({...prompt, text: redactText(prompt.text, secrets.known())})),
			now: await clock.now(),
		};
	}

	async read({key, start, maxBytes}: Read): Promise<OutputWindow> {
		return this.#desk.world.store.outputFrom(key, start, maxBytes);
	}

	async search(search: Search): Promise<Found> {
		const {world, plan} = this.#desk;
		return searchOutput(
			{
				events: world.store.read(0),
				outputOf: key => world.store.readOutput(key),
				encodingOf: host => plan.hosts[host]?.encoding ?? 'utf-8',
			},
			search,
		);
	}

	async tell(prompt: number, value: string | undefined): Promise<void> {
		this.#desk.world.secrets.tell(prompt, value);
	}

	subscribe(listener: () => void): () => void {
		this.#listeners.add(listener);
		if (this.#hasToldChange) {
			queueMicrotask(listener);
		}

		return () => this.#listeners.delete(listener);
	}

	/** The world belongs to whoever made it, and is closed by him afterwards: what comes from it is not heard any more. */
	async close(): Promise<void> {
		const {ledger, world} = this.#desk;
		this.#stop();
		this.#isClosed = true;
		await ledger.close();
		await soon(Promise.all(this.#tidying), MOST_TIDYING_MS);
		world.secrets.close();
		this.#ending.resolve();
	}

	/** What can be prepared at once is intended in the write that calls for it: it waits for the disk once instead of twice. */
	#intend(effects: readonly Effect[], state: RunState): readonly RunEvent[] {
		this.#intents = effects.flatMap(effect => {
			const isNew = effect.kind === 'part' && this.#mayBegin(effect) && !this.#underWay.has(effectKey(effect));
			return isNew ? (intendPart(this.#desk, effect, state) ?? []) : [];
		});
		return this.#intents.map(({event}) => event);
	}

	#afterWrite(effects: readonly Effect[]): void {
		for (const {effect, perform} of this.#intents.splice(0)) {
			this.#start(effect, perform);
		}

		this.#begin(effects);
		const {status, progress} = this.#desk.ledger.state;
		const isIdle = status === 'paused' && ![...progress.values()].some(({underWay}) => underWay);
		if (status === 'finished' || isIdle) {
			this.#ending.resolve();
		}

		this.#tellChange();
	}

	#begin(effects: readonly Effect[]): void {
		const wanted = new Map(effects.map(effect => [effectKey(effect), effect]));
		for (const [key, {effect, controller}] of this.#underWay) {
			if (isOnlyLooking(effect) && !wanted.has(key)) {
				controller.abort();
				this.#underWay.delete(key);
			}
		}

		for (const [key, effect] of wanted) {
			if (!this.#underWay.has(key) && this.#mayBegin(effect)) {
				this.#start(effect, signal => this.#perform(effect, signal));
			}
		}
	}

	#askAgain(prompts: readonly SecretPrompt[]): void {
		const {world, plan, ledger} = this.#desk;
		if (prompts.length > 0) {
			this.#lacksSecrets = true;
			void Promise.all(prompts.map(prompt => world.secrets.obtain(prompt))).then(() => {
				this.#lacksSecrets = false;
				if (!this.#isStopped) {
					this.#begin(nextEffects(plan.graph, ledger.state));
				}
			});
		}
	}

	#mayBegin(effect: Effect): boolean {
		return !this.#isStopped && !(this.#lacksSecrets && bringsOutput(effect));
	}

	#start(effect: Effect, perform: (signal: AbortSignal) => Promise<void>): void {
		const key = effectKey(effect);
		const controller = new AbortController();
		this.#underWay.set(key, {effect, controller});
		perform(controller.signal).then(
			() => this.#forget(key, controller),
			error => this.#fail(error),
		);
	}

	async #perform(effect: Effect, signal: AbortSignal): Promise<void> {
		switch (effect.kind) {
			case 'contact':
				return performContact(this.#desk, effect);
			case 'part':
				return performPart(this.#desk, effect, signal);
			case 'look':
				return performLook(this.#desk, effect, signal);
			case 'follow':
				return performFollow(this.#desk, effect, signal);
			case 'watch':
				return performWatch(this.#desk, effect, signal);
			case 'role':
				return performRole(this.#desk, effect, signal);
			case 'limit':
				return performLimit(this.#desk, effect, signal);
			case 'probe':
				return performProbe(this.#desk, effect, signal);
			case 'hand':
				return performHand(this.#desk, effect);
			case 'cancel':
				return this.#cancel(effect);
			case 'record':
				throw new Error(`${effect.event.type} should have been written along`);
		}
	}

	/** A watch that was called off may end after the next one of the same name has begun. */
	#forget(key: string, controller: AbortController): void {
		if (this.#underWay.get(key)?.controller === controller) {
			this.#underWay.delete(key);
		}
	}

	#cancel({step, host, attempt}: Extract<Effect, {kind: 'cancel'}>): void {
		for (const {effect, controller} of this.#underWay.values()) {
			const isRunning = effect.kind === 'part' || effect.kind === 'follow' || effect.kind === 'probe';
			if (isRunning && effect.step === step && effect.host === host && effect.attempt === attempt) {
				controller.abort();
			}
		}
	}

	/** What a host keeps too long is only untidy. */
	async #tidy(work: () => Promise<void>): Promise<void> {
		const done = work().catch(() => {});
		this.#tidying.add(done);
		await done;
		this.#tidying.delete(done);
	}

	/** Nothing new begins. What runs on a host goes on there. */
	#stop(): void {
		this.#isStopped = true;
		for (const {effect, controller} of this.#underWay.values()) {
			if (isOnlyLooking(effect)) {
				controller.abort();
			}
		}
	}

	/** Our bug, or a store that cannot be written to any more. */
	#fail(error: unknown): void {
		this.#stop();
		const {plan, runId} = this.#desk;
		const because = redactText(
			error instanceof Error ? error.message : String(error),
			this.#desk.world.secrets.known(),
		);
		const death =
			error instanceof UserError
				? error
				: new Error(`The run ${runId} ("${plan.graph.title}") stopped: ${because}`, {cause: error});
		this.#ending.reject(death);
		this.#dying.reject(death);
		this.#tellChange();
	}

	#tellChange(): void {
		if (!this.#hasToldChange) {
			this.#hasToldChange = true;
			for (const listener of this.#listeners) {
				listener();
			}
		}
	}
}
