import type {Pull, Pulled, RunHandle} from '../../src/engine/handle.js';
import type {OutputKey, OutputTime, OutputWindow} from '../../src/engine/ports.js';
import {searchOutput} from '../../src/engine/search.js';
import type {StepGraph} from '../../src/graph/graph.js';
import {decide} from '../../src/run/decide.js';
import type {HostFacts, Pace, RecordedEvent, RunEvent} from '../../src/run/event.js';
import {evolve, newRun} from '../../src/run/evolve.js';
import {type Effect, effectKey, nextEffects} from '../../src/run/next.js';
import type {Outcome} from '../../src/run/outcome.js';
import type {RunState} from '../../src/run/state.js';
import type {Runbook} from '../../src/runbook/runbook.js';
import type {Mode, OpenRun} from '../../src/ui/workbench.js';
import {noEstimates} from '../../src/view/estimates.js';

/** What a host does with one part of a step. `hangs`: until the test lets it end with `FakeRun.end`. */
type Play = {
	readonly output?: string | Uint8Array;
	readonly outcome?: Outcome;
	readonly because?: string;
	readonly settles?: Extract<RunEvent, {type: 'PartEnded'}>['settles'];
	readonly hangs?: boolean;
};

export type Cast = {
	readonly mode?: Mode;
	readonly pace?: Pace;
	/** By `step.part`, `step` alone for its run, `step@host` for one host's; what is missing goes well without output. */
	readonly plays?: Readonly<Record<string, Play>>;
	/** What a host answers; missing: it is reached. The second entry holds after the key was trusted or it was tried again. */
	readonly contacts?: Readonly<Record<string, readonly RunEvent[]>>;
};

export type FakeRun = OpenRun & {
	readonly state: () => RunState;
	readonly events: () => readonly RunEvent[];
	/** What happens by itself: what a watcher saw. */
	append(...events: readonly RunEvent[]): void;
	/** More output of what hangs. */
	print(key: string, bytes: string | Uint8Array): void;
	/** Ends what hangs. */
	end(key: string): void;
	prompt(text: string, echo: boolean): void;
	readonly told: () => readonly (string | undefined)[];
};

const start = Date.parse('2026-11-20T14:00:00Z');

function factsOf(host: string, more: Partial<HostFacts> = {}): HostFacts {
	return {
		name: `${host}.example`,
		version: 'VMware ESXi 7.0.3 build-20036589',
		keyType: 'ssh-ed25519',
		fingerprint: 'SHA256:Zx1bqT7qL0rZ4oQm2b8kC1yq0Vv6m3r8',
		clockSkewMs: 400,
		uptimeSeconds: 180_000,
		...more,
	};
}

type FakeOutput = {
	readonly bytes: Buffer;
	readonly total: number;
	readonly times: readonly OutputTime[];
	readonly lastAt: number;
};

function windowOf(
	{bytes, total, times, lastAt}: FakeOutput = {bytes: Buffer.alloc(0), total: 0, times: [], lastAt: 0},
	start: number | undefined,
	maxBytes: number,
): OutputWindow {
	const first = total - bytes.length;
	const from = start === undefined ? Math.max(first, total - maxBytes) : start;
	return {bytes: bytes.subarray(from - first, from - first + maxBytes), start: from, total, times, lastAt};
}

/** A run whose engine lives in the test: it keeps the run's own rules and needs no host, no file and no time. */
export function fakeRun(
	runbook: Runbook,
	graph: StepGraph,
	{mode = 'real', pace = 'step', plays = {}, contacts = {}}: Cast = {},
): FakeRun {
	const recorded: RecordedEvent[] = [];
	const outputs = new Map<string, FakeOutput>();
	const listeners = new Set<() => void>();
	const underWay = new Set<string>();
	const hanging = new Map<string, () => void>();
	const prompts: Array<Pulled['prompts'][number]> = [];
	const told: Array<string | undefined> = [];
	const contacted = new Map<string, number>();
	const ended = Promise.withResolvers<void>();
	const died = Promise.withResolvers<never>();
	let state = newRun;

	const changed = () => {
		for (const listener of listeners) {
			listener();
		}
	};

	const append = (...events: readonly RunEvent[]) => {
		for (const event of events) {
			const seq = recorded.length + 1;
			const entry = {seq, at: new Date(start + seq * 1000).toISOString(), event};
			state = evolve(state, entry);
			recorded.push(entry);
		}
		changed();
		queueMicrotask(advance);
	};

	const advance = () => {
		for (const effect of nextEffects(graph, state)) {
			const key = effectKey(effect);
			if (!underWay.has(key)) {
				underWay.add(key);
				setImmediate(() => {
					underWay.delete(key);
					perform(effect);
				});
			}
		}
		if (state.status === 'finished' || (state.status === 'paused' && hanging.size === 0)) {
			ended.resolve();
		}
	};

	const perform = (effect: Effect) => {
		if (!nextEffects(graph, state).some(due => effectKey(due) === effectKey(effect))) {
			return;
		}
		switch (effect.kind) {
			case 'record':
				return append(effect.event);
			case 'contact': {
				const {host} = effect;
				const times = contacted.get(host) ?? 0;
				contacted.set(host, times + 1);
				return append(contacts[host]?.[times] ?? {type: 'HostContacted', host, facts: factsOf(host)});
			}
			case 'part':
				return performPart(effect);
			case 'hand':
				return append(
					...effect.hosts.map(
						host =>
							({
								type: 'HandDone',
								step: effect.step,
								host,
								did: 'done in the lab',
								watched: false,
								captured: {},
							}) as const,
					),
				);
			case 'cancel':
				return end(`${effect.step}.${effect.part}`, {kind: 'signaled', signal: 'TERM'});
			case 'watch':
				return undefined;
		}
	};

	const performPart = (effect: Extract<Effect, {kind: 'part'}>) => {
		const {step, host, attempt, part} = effect;
		const play = plays[`${step}.${part}`] ?? (part === 'run' ? (plays[`${step}@${host}`] ?? plays[step] ?? {}) : {});
		const about = {step, host, attempt, part};
		const isLong = graph.nodes.some(
			({step: {id, action}}) => id === step && action.kind === 'script' && action.long && part === 'run',
		);
		append({
			type: 'PartIntended',
			...{...about, job: `j.${step}`, scriptHash: '', changes: part === 'run'},
			...(isLong ? {detached: true} : {}),
		});
		const finish = (outcome: Outcome) => {
			const output = outputs.get(outputKey(about));
			append({
				type: 'PartEnded',
				...about,
				outcome,
				output: {bytes: output?.total ?? 0, kept: output?.total ?? 0, sha256: ''},
				tries: 1,
				because: play.because ?? '',
				settles: play.settles === undefined ? settled(part, outcome, hasVerify(step)) : play.settles,
				captured: {},
			});
		};
		if (play.output !== undefined) {
			write(about, play.output);
		}
		if (play.hangs === true) {
			hanging.set(`${step}.${part}@${host}`, () => finish(play.outcome ?? {kind: 'exited', code: 0}));
		} else {
			setImmediate(() => finish(play.outcome ?? {kind: 'exited', code: part === 'check' ? 1 : 0}));
		}
	};

	const hasVerify = (id: string) => graph.nodes.some(({step}) => step.id === id && step.verify !== undefined);

	const write = (key: OutputKey, text: string | Uint8Array) => {
		const before = outputs.get(outputKey(key)) ?? {bytes: Buffer.alloc(0), total: 0, times: [], lastAt: 0};
		const fresh = Buffer.from(text);
		outputs.set(outputKey(key), {
			bytes: Buffer.concat([before.bytes, fresh]).subarray(-1_000_000),
			total: before.total + fresh.length,
			times: [...before.times, {offset: before.total, at: Date.now()}],
			lastAt: Date.now(),
		});
		changed();
	};

	const end = (key: string, outcome?: Outcome) => {
		for (const [name, finish] of hanging) {
			if (name.startsWith(`${key}@`)) {
				hanging.delete(name);
				outcome === undefined ? finish() : finish();
			}
		}
	};

	const handle: RunHandle = {
		async pull({afterSeq, output}: Pull): Promise<Pulled> {
			const stretch = output === undefined ? undefined : outputs.get(outputKey(output));
			return {
				events: recorded.slice(afterSeq, afterSeq + 500),
				output: output && windowOf(stretch, undefined, output.maxBytes),
				prompts: [...prompts],
				now: start + recorded.length * 1000,
			};
		},
		read: async ({key, start, maxBytes}) => windowOf(outputs.get(outputKey(key)), start, maxBytes),
		search: async search =>
			searchOutput(
				{
					events: recorded,
					outputOf: key => {
						const stretch = outputs.get(outputKey(key));
						return stretch === undefined ? [] : [{stream: 'out', start: 0, bytes: stretch.bytes, times: stretch.times}];
					},
					encodingOf: () => 'utf-8',
				},
				search,
			),
		async request(request) {
			const decision = decide(graph, state, request, 'anna');
			if (!decision.accepted) {
				return decision;
			}
			append(...decision.events);
			return {accepted: true};
		},
		async tell(prompt, value) {
			told.push(value);
			prompts.splice(
				prompts.findIndex(({id}) => id === prompt),
				1,
			);
			changed();
		},
		subscribe(listener) {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
		ended: ended.promise,
		died: died.promise,
		async close() {},
	};

	append({
		type: 'RunStarted',
		runId: 'r1',
		title: runbook.title,
		runbook: {file: runbook.file, sha256: ''},
		mode,
		pace,
		values: {},
		hosts: Object.fromEntries(
			runbook.hosts.map(({name}, index) => [name, {address: `172.31.255.${index + 2}`, port: 22, user: 'root'}]),
		),
		selection: {startAt: null, only: null},
		by: 'anna',
		device: 'laptop',
		version: '0.1.0',
		graphHash: '',
	});

	return {
		handle,
		runbook,
		graph,
		file: '/runs/fake.fieldbook',
		encodingOf: () => 'utf-8',
		estimates: async () => noEstimates,
		state: () => state,
		events: () => recorded.map(({event}) => event),
		append,
		print(key, bytes) {
			const [name = '', host = ''] = key.split('@');
			const [step = '', part] = name.split('.');
			write({step, host, attempt: 1, part: part === 'check' || part === 'verify' ? part : 'run'}, bytes);
		},
		end,
		prompt(text, echo) {
			prompts.push({id: prompts.length + told.length + 1, name: 'password', host: 'esxi1', text, echo});
			changed();
		},
		told: () => told,
	};
}

function outputKey({step, host, attempt, part}: OutputKey): string {
	return `${step}@${host}#${attempt}.${part}`;
}

function settled(
	part: OutputKey['part'],
	outcome: Outcome,
	hasVerify: boolean,
): Extract<RunEvent, {type: 'PartEnded'}>['settles'] {
	if (part === 'check') {
		return outcome.kind === 'exited' && outcome.code === 0 ? 'satisfied' : null;
	}
	switch (outcome.kind) {
		case 'lost':
			return 'unknown';
		case 'exited':
			return outcome.code === 0 ? (part === 'run' && hasVerify ? null : 'done') : 'failed';
		case 'notStarted':
		case 'signaled':
		case 'timedOut':
			return 'failed';
	}
}
