import {expect, test} from 'vitest';
import type {EditedRunbook, ResumeRun} from '../../src/engine/plan.js';
import type {Store} from '../../src/engine/ports.js';
import {buildGraph} from '../../src/graph/build.js';
import type {StepGraph} from '../../src/graph/graph.js';
import type {Same} from '../../src/graph/same-steps.js';
import {adoptionOf, type Drift, driftOf} from '../../src/run/drift.js';
import {evolve, newRun} from '../../src/run/evolve.js';
import {questions} from '../../src/run/next.js';
import {stepAndHost} from '../../src/run/progress.js';
import type {Request} from '../../src/run/request.js';
import type {Question, RunState} from '../../src/run/state.js';
import {expandRunbook} from '../../src/runbook/expand.js';
import type {Runbook} from '../../src/runbook/runbook.js';
import {createMemoryStore} from '../../src/store/run-file.js';
import {access, FakeTransport, ok, print, Run} from '../engine/fake-world.js';
import {cases, tell} from '../ring.js';
import {resumed} from '../run/given.js';
import {compile} from '../runbook/compile.js';

/**
Random runbooks are stopped in the middle, edited at random, and gone on with, adopted or kept. Every step carries a mark that
no edit takes away, so that the test knows who it is without asking the program.
*/
type Unit = {
	readonly mark: string;
	readonly id: string | undefined;
	readonly title: string;
	readonly script: string;
	readonly on: 'web-1' | 'web-2' | 'web';
	readonly kind: 'script' | 'checked' | 'manual';
};

type Book = ReadonlyArray<{readonly title: string; readonly units: readonly Unit[]}>;

const front = `---
fieldbook: 1
hosts:
  web-1: { group: web, platform: linux }
  web-2: { group: web, platform: linux }
---
# A book
`;

function write(book: Book): string {
	return front + book.map(({title, units}) => `\n## ${title}\n${units.map(unitText).join('')}`).join('');
}

function unitText({id, title, script, on, kind}: Unit): string {
	const name = id === undefined ? '' : ` id=${id}`;
	if (kind === 'manual') {
		return `\n- [ ] ${title} ${script} <!-- on=${on}${name} -->\n`;
	}

	const check = `\nIt is there already if:\n\n\`\`\`sh check\ntest -e ${script.split(' ')[0]}\n\`\`\`\n`;
	return `\n${title}\n\n\`\`\`sh on=${on}${name}\n${script}\n\`\`\`\n${kind === 'checked' ? check : ''}`;
}

type Text = {readonly runbook: Runbook; readonly graph: StepGraph};

function read(book: Book): Text {
	const {runbook, problems} = compile(write(book));
	const errors = problems.filter(({severity}) => severity === 'error');
	if (errors.length > 0) {
		throw new Error(`${JSON.stringify(errors)}\n${write(book)}`);
	}

	const expanded = expandRunbook(runbook, {});
	return {runbook: expanded, graph: buildGraph(expanded).graph};
}

/** mulberry32. */
class Chance {
	#state: number;

	constructor(seed: number) {
		this.#state = seed;
	}

	next(): number {
		this.#state = (this.#state + 0x6d2b79f5) | 0;
		let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
	}

	below(count: number): number {
		return Math.floor(this.next() * count);
	}

	is(share: number): boolean {
		return this.next() < share;
	}

	pick<T>(all: readonly T[]): T {
		const found = all[this.below(all.length)];
		if (found === undefined) {
			throw new Error('Nothing to choose from');
		}

		return found;
	}
}

class Author {
	readonly #chance: Chance;
	#units = 0;

	constructor(chance: Chance) {
		this.#chance = chance;
	}

	book(): Book {
		return Array.from({length: 1 + this.#chance.below(3)}, (_, phase) => ({
			title: `Part ${phase}`,
			units: Array.from({length: 1 + this.#chance.below(4)}, () => this.#unit()),
		}));
	}

	#unit(): Unit {
		const mark = `u${++this.#units}`;
		return {
			mark,
			id: this.#chance.is(0.4) ? `step-${mark}` : undefined,
			title: `Set unit ${mark}.`,
			script: `tool-${mark} size-${mark}=4 name-${mark} path-${mark} fast`,
			on: this.#chance.pick(['web-1', 'web-2', 'web'] as const),
			kind: this.#chance.pick(['script', 'script', 'checked', 'manual'] as const),
		};
	}

	/**
	One to six edits. Where a step has no id, only one of its title and its text is changed, and neither of a manual step's, which
	are the same: of which both are changed, that is another step.
	*/
	edited(book: Book): Book {
		const touched = new Set<string>();
		return Array.from({length: 1 + this.#chance.below(6)}).reduce<Book>(before => this.#edit(before, touched), book);
	}

	#edit(book: Book, touched: Set<string>): Book {
		const chance = this.#chance;
		const at = chance.below(book.length);
		const units = book[at]?.units ?? [];
		const index = chance.below(units.length + 1);
		const unit = units[index];
		const withUnits = (next: readonly Unit[]): Book =>
			book.map((phase, other) => (other === at ? {...phase, units: next} : phase));
		const kind = chance.pick([
			'insert',
			'delete',
			'swap',
			'script',
			'rewrite',
			'prose',
			'heading',
			'hosts',
			'id',
			'move',
		] as const);
		if (kind === 'heading') {
			return book.map((phase, other) => (other === at ? {...phase, title: `${phase.title} again`} : phase));
		}

		if (kind === 'insert') {
			return withUnits(units.toSpliced(index, 0, this.#unit()));
		}

		const count = book.reduce((sum, phase) => sum + phase.units.length, 0);
		if (unit === undefined || (kind === 'delete' && count === 1)) {
			return book;
		}

		const change = (next: Partial<Unit>): Book => {
			const isOneText =
				unit.kind === 'manual' && unit.id === undefined && next.on === undefined && next.id === undefined;
			if (touched.has(unit.mark) || isOneText) {
				return book;
			}

			touched.add(unit.mark);
			return withUnits(units.with(index, {...unit, ...next}));
		};
		const {mark} = unit;
		switch (kind) {
			case 'delete':
				return withUnits(units.toSpliced(index, 1));
			case 'swap': {
				const next = units[index + 1];
				return next === undefined ? book : withUnits(units.with(index, next).with(index + 1, unit));
			}

			case 'move': {
				const to = chance.below(book.length);
				const without = withUnits(units.toSpliced(index, 1));
				return without.map((phase, other) =>
					other === to
						? {...phase, units: phase.units.toSpliced(chance.below(phase.units.length + 1), 0, unit)}
						: phase,
				);
			}

			case 'script':
				return change({script: unit.script.replace('=4', `=${5 + chance.below(4)}`)});
			case 'rewrite':
				return change({script: `other-${mark} --all`});
			case 'prose':
				return change({title: `Now set unit ${mark} up.`});
			case 'hosts':
				return change({on: chance.pick(['web-1', 'web-2', 'web'] as const)});
			case 'id':
				return change({id: chance.is(0.5) ? undefined : `renamed-${mark}`});
		}
	}
}

/** \`u7\` of the step, whatever it is called. */
function markOf(graph: StepGraph, step: string): string | undefined {
	const action = graph.nodes.find(node => node.step.id === step)?.step.action;
	const text =
		action?.kind === 'manual'
			? action.instruction.source
			: action?.kind === 'script'
				? action.script.template.source
				: '';
	return /-(u\d+)/.exec(text)?.[1];
}

/** Says yes to everything; what failed is tried again, and what nobody knows is done, or tried again. */
function answer(question: Question, chance: Chance): Request {
	switch (question.kind) {
		case 'begin':
			return {kind: 'begin'};
		case 'go':
			return {kind: 'go', step: question.step};
		case 'manual':
			return {kind: 'answer', step: question.step, host: question.host, choice: 'done', note: '', value: ''};
		case 'failed':
			return {kind: 'retry', step: question.step};
		case 'unknown':
			return chance.is(0.5)
				? {kind: 'mark', step: question.step, as: 'done', reason: 'I looked'}
				: {kind: 'mark', step: question.step, as: 'failed', reason: 'I looked'};
		default:
			throw new Error(`Nobody expects ${question.kind}`);
	}
}

/** What happened up to \`from\` is old news. */
async function drive(
	run: Run,
	graph: StepGraph,
	chance: Chance,
	from: number,
	isOver: (state: RunState) => boolean,
): Promise<void> {
	for (;;) {
		const isAt = (state: RunState) => state.status === 'finished' || isOver(state);
		const state = await run.until(
			now => now.lastSeq > from && (isAt(now) || (now.status !== 'new' && questions(graph, now).length > 0)),
		);
		const [question] = questions(graph, state);
		if (isAt(state) || question === undefined) {
			return;
		}

		await run.ask(answer(question, chance));
	}
}

const hosts = {'web-1': access('web-1', '10.0.0.1'), 'web-2': access('web-2', '10.0.0.2')};

/** Until so many steps have been done, or while one of them is under way. */
async function beginAndStop({runbook, graph}: Text, store: Store, chance: Chance): Promise<FakeTransport> {
	const transport = new FakeTransport();
	const stopsAfter = chance.below(graph.nodes.length + 1);
	const hangs = chance.is(0.3);
	let isHanging = false;
	transport.behaviour = ({command}, sink) => {
		const isRun = command.job.endsWith('.run');
		if (isRun && hangs && transport.jobs.filter(job => job.endsWith('.run')).length > stopsAfter) {
			isHanging = true;
			print(sink, 'begun\n');
			return new Promise(() => {});
		}

		return isRun ? (chance.is(0.1) ? {kind: 'exited', code: 1} : ok) : {kind: 'exited', code: chance.is(0.2) ? 0 : 1};
	};
	const run = new Run(graph, {store, transport, plan: {runbook, graph, hosts}});
	const isDone = (state: RunState) =>
		[...state.progress.values()].filter(own => own.state === 'done').length >= stopsAfter;
	await drive(run, graph, chance, 0, state => isHanging || (state.status === 'running' && !hangs && isDone(state)));
	await run.handle.close();
	return transport;
}

async function goOn(
	text: Text,
	store: Store,
	chance: Chance,
	edited: EditedRunbook | undefined,
): Promise<FakeTransport> {
	const transport = new FakeTransport();
	transport.behaviour = ({command}) => ({kind: 'exited', code: command.job.endsWith('.check') ? 1 : 0});
	const open: ResumeRun = {
		...{kind: 'resume', by: 'ben', device: 'laptop', version: '0.1.0', pace: undefined},
		...(edited === undefined ? {} : {edited}),
	};
	const from = fold(store).lastSeq;
	const run = new Run(text.graph, {store, transport, plan: {...text, hosts, open}});
	await drive(run, text.graph, chance, from, () => false);
	await run.handle.close();
	return transport;
}

function fold(store: Store): RunState {
	return Iterator.from(store.read(0)).reduce(evolve, newRun);
}

const counts = () => ({
	edits: 0,
	adopted: 0,
	'held back by an unknown outcome': 0,
	'done steps run again': 0,
	'changed steps run unseen': 0,
	'steps taken for others': 0,
	'jobs of two attempts': 0,
});
type Counts = ReturnType<typeof counts>;

async function play(seed: number, found: Counts, same?: (before: StepGraph, now: StepGraph) => Same): Promise<void> {
	const chance = new Chance(seed);
	const author = new Author(chance);
	const book = author.book();
	const before = read(book);
	const store = createMemoryStore();
	const first = await beginAndStop(before, store, chance);
	const state = fold(store);
	if (state.status === 'finished') {
		return;
	}

	found.edits++;

	const done = new Set(
		[...state.progress].flatMap(([key, own]) => {
			const {step, host} = stepAndHost(key);
			return own.state === 'done' || own.state === 'satisfied' ? [`${markOf(before.graph, step)}@${host}`] : [];
		}),
	);
	const now = read(author.edited(book));
	const atResume = evolve(state, {seq: state.lastSeq + 1, at: '', event: resumed});
	const drift = driftOf(
		{graph: before.graph, linked: new Map()},
		{runbook: now.runbook, linked: new Map()},
		atResume,
		same,
	);
	found['held back by an unknown outcome'] += drift.obstacles.length > 0 ? 1 : 0;
	const adopts = drift.obstacles.length === 0 && chance.is(0.8);
	const about = {by: 'ben', runbook: {file: 'book.md', sha256: '01'}, copy: '02', before: null, values: {}};
	const event = adopts ? adoptionOf(drift, before.graph, about) : {type: 'RunbookKept' as const, by: 'ben', copy: '02'};
	const text = adopts ? {runbook: drift.runbook, graph: drift.graph} : before;
	found.adopted += adopts ? 1 : 0;
	const firstSeq = state.lastSeq;
	const second = await goOn(text, store, chance, {event, files: []});
	const after = fold(store);
	expect(after.status).toBe('finished');
	const byHand = [...store.read(firstSeq)].flatMap(({event: own}) =>
		own.type === 'ManualAnswered' ? [{step: own.step, host: own.host}] : [],
	);
	const sent = second.sent
		.filter(({command}) => command.job.endsWith('.run'))
		.map(({host, command}) => ({host, mark: /-(u\d+)/.exec(command.script)?.[1], script: command.script}));
	const ran = [...sent, ...byHand.map(({step, host}) => ({host, mark: markOf(text.graph, step)}))];
	found['done steps run again'] += ran.filter(({mark, host}) => done.has(`${mark}@${host}`)).length;
	found['changed steps run unseen'] += sent.filter(
		({mark, script}) => !wasShown(mark, script, {before, drift, adopts}),
	).length;
	found['steps taken for others'] += text.graph.nodes.filter(
		({step}) =>
			before.graph.nodes.some(other => other.step.id === step.id) && isOther(before.graph, text.graph, step.id, drift),
	).length;
	const jobs = [...first.jobs, ...second.jobs];
	found['jobs of two attempts'] += jobs.length - new Set(jobs).size;
}

/** Its text is the one that it had, or the difference said that it is another one. */
function wasShown(
	mark: string | undefined,
	script: string,
	{before, drift, adopts}: {readonly before: Text; readonly drift: Drift; readonly adopts: boolean},
): boolean {
	const old = before.graph.nodes.find(({step}) => markOf(before.graph, step.id) === mark)?.step.action;
	const isOld = old?.kind === 'script' && old.script.template.source === script.trim();
	const shown = drift.steps
		.filter(({kind}) => kind === 'changed' || kind === 'added')
		.map(({step}) => markOf(drift.graph, step));
	return isOld || (adopts && shown.includes(mark));
}

/** The run has one name for two steps. */
function isOther(before: StepGraph, now: StepGraph, step: string, {steps}: Drift): boolean {
	const isNew = steps.some(own => own.step === step && own.kind === 'added');
	return !isNew && markOf(before, step) !== markOf(now, step);
}

async function playAll(edits: number, same?: (before: StepGraph, now: StepGraph) => Same): Promise<Counts> {
	const found = counts();
	for (let seed = 1; found.edits < edits; seed++) {
		await play(seed, found, same).catch(error => {
			throw new Error(`seed ${seed}: ${error instanceof Error ? error.stack : error}`, {cause: error});
		});
	}

	return found;
}

test('whatever is edited while a run is stopped: nothing done runs again, and nothing changed runs unseen', async () => {
	const found = await playAll(cases(1000, 5000));
	tell('drift', found);
	expect(found).toMatchObject({
		'done steps run again': 0,
		'changed steps run unseen': 0,
		'steps taken for others': 0,
		'jobs of two attempts': 0,
	});
	expect(found.adopted).toBeGreaterThan(found.edits / 2);
	expect(found['held back by an unknown outcome']).toBeGreaterThan(0);
});

test('control: who takes the third step of a heading for the third step of it runs done steps again', async () => {
	const byOrdinal = (before: StepGraph, now: StepGraph): Same => {
		const ids = new Set(before.nodes.map(({step}) => step.id));
		const phases = new Set(before.phases.map(({id}) => id));
		return {
			steps: new Map(now.nodes.filter(({step}) => ids.has(step.id)).map(({step}) => [step.id, step.id])),
			phases: new Map(now.phases.filter(({id}) => phases.has(id)).map(({id}) => [id, id])),
		};
	};
	const found = await playAll(100, byOrdinal);
	expect(found['done steps run again']).toBeGreaterThan(0);
	expect(found['steps taken for others']).toBeGreaterThan(0);
});
