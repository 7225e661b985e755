import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import type {StepGraph, StepNode} from '../../src/graph/graph.js';
import {decide} from '../../src/run/decide.js';
import type {RecordedEvent, RunEvent} from '../../src/run/event.js';
import {evolve, newRun} from '../../src/run/evolve.js';
import {judge} from '../../src/run/judge.js';
import {type Effect, nextEffects, questions} from '../../src/run/next.js';
import {hostsOf, nodeOf, progressOf} from '../../src/run/nodes.js';
import type {JobSeen, Outcome} from '../../src/run/outcome.js';
import {changesSomething} from '../../src/run/policy.js';
import type {Request} from '../../src/run/request.js';
import type {Question, RunState} from '../../src/run/state.js';
import {isUndoing} from '../../src/run/undo.js';
import {verdictsOf} from '../../src/run/verdict.js';
import {
	byHand,
	contacted,
	danger,
	exited,
	file,
	graphOf,
	lost,
	phase,
	probe,
	resumed,
	runs,
	type StepGiven,
	satellite,
	started,
	step,
	twoHosts,
	verify,
	waits,
	warning,
} from './given.js';
import {phases, Witness} from './witness.js';

/**
Random engineers, random hosts and random crashes, over random runbooks. Whatever they do, some things never happen;
what these are is said by `Witness` (`witness.ts`), which knows events only.
*/

/** A run in which every event is seen by the witness and folded. */
class World {
	state: RunState = newRun;
	readonly events: RecordedEvent[] = [];
	readonly #witness: Witness;
	readonly #graph: StepGraph;
	readonly #next: typeof nextEffects;

	constructor(graph: StepGraph, next: typeof nextEffects = nextEffects) {
		this.#graph = graph;
		this.#next = next;
		this.#witness = new Witness(graph);
		this.append(started({pace: 'step', mode: 'rehearsal'}));
	}

	append(...events: readonly RunEvent[]): void {
		for (const event of events) {
			this.#witness.see(event);
			const recorded = {seq: this.state.lastSeq + 1, at: '2026-11-20T10:00:00.000Z', event};
			this.state = evolve(this.state, recorded);
			this.events.push(recorded);
		}

		const facts = this.#next(this.#graph, this.state).flatMap(effect =>
			effect.kind === 'record' ? [effect.event] : [],
		);
		if (facts.length > 0) {
			this.append(...facts);
		}

		const probe = this.#probeToEnd();
		if (probe !== undefined) {
			this.append(probe);
		}
	}

	/** As the engine does: a probe that is not called for any more ends. */
	#probeToEnd(): RunEvent | undefined {
		const called = this.#next(this.#graph, this.state).flatMap(effect =>
			effect.kind === 'probe' ? [`${effect.step}@${effect.host}`] : [],
		);
		const probes = this.#graph.nodes.filter(({step}) => step.action.kind === 'probe');
		const [ended] = probes.flatMap(node =>
			hostsOf(node, this.state)
				.map(host => ({step: node.step.id, host, progress: progressOf(this.state, node, host)}))
				.filter(({step, host, progress}) => progress.underWay && !called.includes(`${step}@${host}`)),
		);
		const isOver = this.state.status === 'running';
		return (
			ended && {
				type: 'ProbeEnded',
				...{step: ended.step, host: ended.host, attempt: ended.progress.attempt},
				...{longestGapMs: 0, gaps: [], tries: 1, because: '', settles: isOver ? 'done' : null},
			}
		);
	}

	/** One of the things that can happen now, chosen by a number. Four of five bring the run forward. */
	happen(choice: number): void {
		const [pool, other] = choice % 5 < 4 ? [this.#forward(), this.#astray()] : [this.#astray(), this.#forward()];
		const happenings = pool.length > 0 ? pool : other;
		happenings[Math.floor(choice / 5) % happenings.length]?.();
	}

	/** What is due, what is under way ends, and what is asked is answered. */
	#forward(): ReadonlyArray<() => void> {
		const effects = this.#next(this.#graph, this.state).map(effect => () => this.#perform(effect));
		const ends = this.#underWay().flatMap(({node, host}) =>
			[exited(0), exited(0), exited(1), lost].map(outcome => () => this.#end(node, host, outcome)),
		);
		const answers = questions(this.#graph, this.state).flatMap(answersTo);
		return [...effects, ...ends, ...answers.map(request => () => this.ask(request))];
	}

	/** What people think of, rare ends, and the power cut. */
	#astray(): ReadonlyArray<() => void> {
		const ends = this.#underWay().flatMap(({node, host}) =>
			rareOutcomes.map(outcome => () => this.#end(node, host, outcome)),
		);
		return [...this.#requests().map(request => () => this.ask(request)), ...ends, () => this.#crash()];
	}

	#perform(effect: Effect): void {
		this.append(...this.#eventsOf(effect));
	}

	#eventsOf(effect: Effect): readonly RunEvent[] {
		switch (effect.kind) {
			case 'contact':
				return [contacted(effect.host)];
			case 'part': {
				const {kind, ...about} = effect;
				const node = nodeOf(this.#graph, effect.step);
				const changes = node !== undefined && changesSomething(node.step, effect.part);
				const left = isLong(node) && effect.part === 'run' ? {detached: true as const} : {};
				return [{type: 'PartIntended', ...about, job: 'job', scriptHash: '', changes, ...left}];
			}

			case 'look': {
				const {step, host, attempt, part} = effect;
				const seen = sights[this.state.lastSeq % sights.length] ?? {kind: 'running'};
				return [{type: 'JobLookedUp', step, host, attempt, part, seen}];
			}

			case 'watch': {
				const {step, host, expects: what} = effect;
				return [{type: 'HostSeen', step, host, what, since: '2026-11-20T10:00:00.000Z'}];
			}

			case 'hand': {
				const {step, hosts} = effect;
				return hosts.map(host => ({type: 'HandDone', step, host, did: '', watched: true, captured: {}}));
			}

			case 'probe': {
				const {kind, ...about} = effect;
				return this.state.progress.get(`${effect.step}@${effect.host}`)?.underWay
					? []
					: [{type: 'ProbeBegan', ...about, job: 'job', scriptHash: ''}];
			}

			case 'role':
				return [{type: 'RoleFound', step: effect.step, host: this.#active(), because: 'web-1 says so'}];
			case 'limit': {
				const {step, host} = effect;
				return [{type: 'StepMarked', step, host, as: 'failed', reason: 'too late', by: 'fieldbook'}];
			}

			case 'follow':
			case 'cancel':
			case 'record':
				return [];
		}
	}

	/** It moves as the run goes on. */
	#active(): string {
		return twoHosts[this.state.lastSeq % 2] ?? '';
	}

	#underWay() {
		return this.#graph.nodes.flatMap(node =>
			hostsOf(node, this.state)
				.filter(host => node.step.action.kind !== 'probe' && progressOf(this.state, node, host).underWay)
				.map(host => ({node, host})),
		);
	}

	#end(node: StepNode, host: string, outcome: Outcome): void {
		const {state, part, attempt, asked} = progressOf(this.state, node, host);
		if (part === undefined) {
			throw new Error('A part without a name is under way');
		}

		const output = {bytes: 0, kept: 0, sha256: ''};
		const cancelled = asked === 'cancel';
		const judgement = judge(node.step, part, state, {
			...{outcome, cancelled, overflowed: false, tries: 1, detached: isLong(node) && part === 'run'},
			output: {out: '', err: ''},
		});
		this.append({
			type: 'PartEnded',
			...{step: node.step.id, host, attempt, part, outcome, output, tries: 1},
			...judgement,
		});
	}

	#requests(): readonly Request[] {
		const aboutSteps = this.#graph.nodes.flatMap(({step: {id}}): readonly Request[] => [
			{kind: 'retry', step: id},
			{kind: 'check', step: id},
			{kind: 'look', step: id},
			{kind: 'cancel', step: id},
			{kind: 'undo', step: id},
			{kind: 'mark', step: id, as: 'undone', reason: 'x'},
			{kind: 'mark', step: id, as: 'done', reason: 'x'},
			{kind: 'mark', step: id, as: 'failed', reason: 'x'},
			{kind: 'skip', step: id, reason: 'x'},
			{kind: 'pass-gate', step: id, typed: []},
			{kind: 'go', step: id},
		]);
		const aboutPhases = this.#graph.phases.map(({id}): Request => ({kind: 'give-up', phase: id, reason: 'x'}));
		const accepted = [...aboutSteps, ...aboutPhases].filter(
			request => decide(this.#graph, this.state, request, 'ana').accepted,
		);
		return [
			...accepted,
			{kind: 'undo-phase', phase: 'all'},
			{kind: 'pause', reason: ''},
			{kind: 'set-pace', pace: 'auto'},
		];
	}

	/** What is refused changes nothing. */
	ask(...requests: readonly Request[]): void {
		for (const request of requests) {
			const decision = decide(this.#graph, this.state, request, 'ana');
			if (decision.accepted) {
				this.append(...decision.events);
			}
		}
	}

	#crash(): void {
		if (this.state.status !== 'finished') {
			this.append(resumed);
		}
	}
}

/** What an engineer may say to a question. */
function answersTo(question: Question): readonly Request[] {
	switch (question.kind) {
		case 'begin':
		case 'resume':
			return [{kind: 'begin'}];
		case 'go':
			return [{kind: 'go', step: question.step}];
		case 'gate':
			return [{kind: 'pass-gate', step: question.step, typed: question.names}];
		case 'manual': {
			const {step, host} = question;
			const answer = {kind: 'answer', step, host, note: '', value: ''} as const;
			return [
				{...answer, choice: 'done'},
				{...answer, choice: 'cannot'},
				{kind: 'hand', step, host},
			];
		}

		case 'evidence': {
			const {step, host, missing} = question;
			return missing.map(evidence => ({kind: 'evidence', step, host, evidence, text: 'seen', file: null}));
		}

		case 'undone':
			return [{kind: 'retry', step: question.step}];
		case 'failed':
			return [
				{kind: 'retry', step: question.step},
				{kind: 'give-up', phase: 'test-1', reason: 'it failed'},
			];
		case 'unknown':
			return [
				{kind: 'check', step: question.step},
				{kind: 'look', step: question.step},
				{kind: 'retry', step: question.step},
			];
		case 'choose-way':
			return question.ways.map(way => ({kind: 'choose-way', phase: question.phase, way}));
		case 'trust':
		case 'choose-host':
			return [];
	}
}

const rareOutcomes: readonly Outcome[] = [
	{kind: 'notStarted', reason: 'refused'},
	{kind: 'signaled', signal: 'TERM'},
	{kind: 'timedOut', afterMs: 1000},
];

const sights: readonly JobSeen[] = [
	{kind: 'running'},
	{kind: 'unanswered', evidence: 'no route to host'},
	{kind: 'finished', code: 0},
	{kind: 'notStarted', reason: 'vetoed'},
	{kind: 'gone', because: 'rebooted'},
	{kind: 'superseded', epoch: 2},
	{kind: 'gone', because: 'vanished'},
];

function isLong(node: StepNode | undefined): boolean {
	return node?.step.action.kind === 'script' && node.step.action.long;
}

const where: ReadonlyArray<Pick<StepGiven, 'hosts' | 'on'>> = [
	{hosts: ['web-1']},
	{hosts: twoHosts},
	{hosts: ['active'], on: {kind: 'role', role: 'active'}},
];

const long = runs('true', {long: true});

const aStep = fc.record({
	where: fc.constantFrom(...where),
	undo: fc.constantFrom(undefined, satellite()),
	needs: fc.constantFrom([], [], ['note'], ['photo', 'note']),
	serial: fc.boolean(),
	readonly: fc.boolean(),
	check: fc.constantFrom(undefined, satellite(), satellite()),
	verify: fc.constantFrom(undefined, verify()),
	unknown: fc.constantFrom('ask', 'ask', 'ask', 'check', 'rerun'),
	gates: fc.constantFrom([], [], [warning], [danger, warning]),
	action: fc.constantFrom(
		runs(),
		runs(),
		long,
		long,
		file,
		waits(),
		byHand,
		{...byHand, expects: 'down' as const},
		probe,
	),
	after: fc.constantFrom(undefined, undefined, []),
	phase: fc.constantFrom(...phases.map(({id}) => id)),
});

/** Half of them in one phase; where there are more, the steps stand in their order. */
const aGraph = fc.tuple(fc.boolean(), fc.array(aStep, {minLength: 1, maxLength: 5})).map(([hasPhases, steps]) => {
	const place = (id: string | undefined) => phases.findIndex(phase => phase.id === id);
	const inOrder = hasPhases
		? steps.toSorted((one, other) => place(one.phase) - place(other.phase))
		: steps.map(more => ({...more, phase: 'all'}));
	return graphOf(
		inOrder.map(({where, ...more}, index) => step(`s${index}`, plausible({...more, ...where}))),
		hasPhases ? phases : [phase('all')],
	);
});

/** What the reference does not allow is not given: a probe has neither satellites nor gates, nor is it undone. */
function plausible(more: StepGiven): StepGiven {
	return more.action?.kind === 'probe'
		? {...more, check: undefined, verify: undefined, undo: undefined, needs: [], gates: []}
		: more;
}

const choices = fc.array(fc.nat({max: 10_000}), {minLength: 20, maxLength: 120, size: 'max'});

function live(graph: StepGraph, numbers: readonly number[], next = nextEffects): World {
	const world = new World(graph, next);
	for (const number of numbers) {
		world.happen(number);
	}

	return world;
}

/** Only a bound for a machine under load. */
const patience = {timeout: 60_000};

describe('whatever happens', patience, () => {
	test('nothing is begun twice, runs again unasked, or runs before its time', () => {
		fc.assert(
			fc.property(aGraph, choices, (graph, numbers) => {
				live(graph, numbers);
			}),
			{numRuns: 400},
		);
	});

	test('much happens', () => {
		const events = fc
			.sample(fc.tuple(aGraph, choices), {numRuns: 600, seed: 7})
			.flatMap(([graph, numbers]) => live(graph, numbers).events.map(({event}) => event));
		const counts = Map.groupBy(events, ({type}) => type);
		for (const type of [
			'RunResumed',
			'RunFinished',
			'RetryAsked',
			'GatePassed',
			'HandDone',
			'HostSeen',
			'ManualAnswered',
			'CheckAsked',
			'LookAsked',
			'JobLookedUp',
			'CancelAsked',
			'RoleFound',
			'UndoAsked',
			'EvidenceTaken',
			'PhaseGivenUp',
			'WayChosen',
			'ProbeBegan',
			'ProbeEnded',
		] as const) {
			expect([type, (counts.get(type)?.length ?? 0) > 5]).toEqual([type, true]);
		}

		const ends = events.flatMap(event => (event.type === 'PartEnded' ? [event.settles] : []));
		expect(new Set(ends)).toEqual(new Set([null, 'satisfied', 'done', 'failed', 'unknown', 'undone']));
	});

	test('the same events always give the same state', () => {
		fc.assert(
			fc.property(aGraph, choices, (graph, numbers) => {
				const {state, events} = live(graph, numbers);
				expect(events.reduce(evolve, newRun)).toEqual(state);
			}),
			{numRuns: 200},
		);
	});

	test('a run can always be brought to its end', () => {
		fc.assert(
			fc.property(aGraph, choices, (graph, numbers) => {
				const world = live(graph, numbers);
				bringToEnd(world, graph, id => ({kind: 'mark', step: id, as: 'done', reason: 'x'}));
				expect(world.state.status).toBe('finished');
			}),
			{numRuns: 200},
		);
	});

	test('a test that was given up holds up nothing, and each test has its verdict in the end', () => {
		fc.assert(
			fc.property(aGraph, choices, (graph, numbers) => {
				const world = live(graph, numbers);
				bringToEnd(world, graph, (id, phase) =>
					phase === undefined || !/^test|^before/.test(phase) || phase.endsWith('.back')
						? {kind: 'mark', step: id, as: 'done', reason: 'x'}
						: {kind: 'give-up', phase: phase.replace(/\..*/, ''), reason: 'x'},
				);
				expect(world.state.status).toBe('finished');
				expect(verdictsOf(graph, world.state).filter(({verdict}) => verdict === 'open')).toEqual([]);
			}),
			{numRuns: 200},
		);
	});
});

/** Settles whatever can be settled; lets go and pass whatever asks. */
function bringToEnd(
	world: World,
	graph: StepGraph,
	settle: (step: string, phase: string | undefined) => Request,
): void {
	for (let turn = 0; turn < 300 && world.state.status !== 'finished'; turn++) {
		const lastSeq = world.state.lastSeq;
		// Every fifth number is a choice of the next thing that brings the run forward
		for (let choice = 0; choice < 100 && world.state.lastSeq === lastSeq; choice += 5) {
			world.happen(choice);
		}

		world.ask(...graph.nodes.map(({step}) => settle(step.id, step.phase)));
	}
}

describe('control: the witness objects to an engine', patience, () => {
	const undo = satellite();
	const graph = graphOf([step('s0', {undo}), step('s1', {undo})]);
	const left = graphOf([step('s0', {action: long, unknown: 'rerun'})]);
	const broken: ReadonlyArray<readonly [string, string, typeof nextEffects, StepGraph?]> = [
		[
			'that runs what is unknown again',
			'it may have run already',
			(graph, state) => [...nextEffects(graph, state), ...runsFor(graph, state, ({state}) => state === 'unknown')],
		],
		[
			'that runs again what was left to a host and may still run',
			'it may still run there',
			(graph, state) => [...nextEffects(graph, state), ...runsFor(graph, state, ({state}) => state === 'unknown')],
			left,
		],
		[
			'that knows no order',
			's0 is not settled',
			(graph, state) => nextEffects({...graph, nodes: graph.nodes.map(node => ({...node, after: []}))}, state),
		],
		[
			'that begins an attempt again after a crash',
			'this attempt was begun before',
			(graph, state) =>
				nextEffects(graph, state).map(effect => (effect.kind === 'part' ? {...effect, attempt: 1} : effect)),
		],
		[
			'that undoes unasked',
			'nobody asked to undo it',
			(graph, state) => [
				...nextEffects(graph, state),
				...runsFor(graph, state, ({state}) => state === 'done').map(effect => ({...effect, part: 'undo' as const})),
			],
		],
		[
			'that undoes forwards',
			'something behind it is to be undone first',
			(graph, state) => nextEffects(isUndoing(state) ? {...graph, nodes: graph.nodes.toReversed()} : graph, state),
		],
		[
			'that goes on while something is to be undone',
			'something is to be undone first',
			(graph, state) =>
				nextEffects(graph, {
					...state,
					progress: new Map([...state.progress].map(([key, value]) => [key, {...value, asked: undefined}])),
				}),
		],
	];

	/** A run of every step in one of these states. */
	function runsFor(
		{nodes}: StepGraph,
		state: RunState,
		isChosen: (progress: ReturnType<typeof progressOf>) => boolean,
	): ReadonlyArray<Extract<Effect, {kind: 'part'}>> {
		return nodes
			.map(node => ({node, progress: progressOf(state, node, 'web-1')}))
			.filter(({progress}) => state.status === 'running' && !progress.underWay && isChosen(progress))
			.map(({node, progress}) => ({
				...{kind: 'part', part: 'run', step: node.step.id, host: 'web-1'},
				attempt: progress.attempt + 1,
			}));
	}

	test.for(broken)('%s', ([, objection, next, own = graph]) => {
		const checked = fc.check(
			fc.property(choices, numbers => {
				live(own, numbers, next);
			}),
			{numRuns: 400, seed: 7},
		);
		expect(checked.failed).toBe(true);
		expect(String(checked.errorInstance)).toContain(objection);
	});
});
