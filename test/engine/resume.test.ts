import {describe, expect, test} from 'vitest';
import type {ResumeRun} from '../../src/engine/plan.js';
import type {Store} from '../../src/engine/ports.js';
import type {StepGraph} from '../../src/graph/graph.js';
import type {RecordedEvent, RunEvent} from '../../src/run/event.js';
import {graphHash} from '../../src/run/graph-hash.js';
import {questions} from '../../src/run/next.js';
import {createMemoryStore} from '../../src/store/run-file.js';
import {
	begun,
	contacted,
	did,
	graphOf,
	intended,
	param,
	runs,
	satellite,
	started,
	step,
	twoHosts,
	verify,
} from '../run/given.js';
import {FakeTransport, ok, print, Run} from './fake-world.js';

const again: ResumeRun = {kind: 'resume', by: 'ben', device: 'other laptop', version: '0.1.0', pace: undefined};

async function stored(...events: readonly RunEvent[]): Promise<Store> {
	const store = createMemoryStore();
	await store.append(events, Date.UTC(2026, 10, 20, 9));
	return store;
}

function resume(graph: StepGraph, store: Store, transport = new FakeTransport(), open: ResumeRun = again): Run {
	return new Run(graph, {store, transport, plan: {open}});
}

function startedFor(graph: StepGraph): RunEvent {
	return started({graphHash: graphHash(graph)});
}

describe('secrets that the run had', () => {
	const graph = graphOf([
		step('a', {action: runs('license "$key"')}),
		step('b', {action: runs('cat /etc/license')}),
		step('c', {action: runs('license --again "$key"')}),
	]);

	/** `a` has fed the key to the host; what the host prints of it comes with `b`, which names no secret. */
	async function openedAgain(events: readonly RunEvent[] = did({step: 'a'})): Promise<Run> {
		const transport = new FakeTransport();
		transport.behaviour = (_, sink) => {
			print(sink, 'KEY=zebra-crossing\n');
			return ok;
		};
		const store = await stored(startedFor(graph), contacted('web-1'), begun, ...events);
		return new Run(graph, {
			store,
			transport,
			plan: {open: again},
			runbook: {params: [param('key', {type: 'secret', label: 'Licence key'})]},
		});
	}

	const prompts = async (run: Run) => (await run.handle.pull({afterSeq: 0, output: undefined})).prompts;

	test('are asked for by name before any host prints something, and taken out of it', async () => {
		const run = await openedAgain();
		expect(await prompts(run)).toEqual([{id: 1, name: 'key', host: '', text: 'Licence key', echo: false, again: true}]);
		await run.begin();
		await new Promise(setImmediate);
		expect(run.transport.sent).toEqual([]);
		await run.handle.tell(1, 'zebra-crossing');
		await run.until(({status}) => status === 'finished');
		expect(run.output('b')).toBe('KEY=[secret]\n');
		expect(run.transport.sent.at(-1)?.command.secrets).toEqual({key: 'zebra-crossing'});
	});

	test('need not be given: steps that do without them go on', async () => {
		const run = await openedAgain();
		await run.handle.tell(1, undefined);
		await run.begin();
		await run.reaches('b@web-1', 'done');
		await run.until(() => run.transport.sent.length === 1);
		expect(await prompts(run)).toMatchObject([{name: 'key'}]);
		await run.handle.tell(2, undefined);
		expect((await run.reaches('c@web-1', 'failed')).progress.get('c@web-1')?.because).toContain('key');
	});

	test('are not asked for where no step has used them yet', async () => {
		const run = await openedAgain([]);
		expect(await prompts(run)).toEqual([]);
	});

	test('are wanted for what was under way as well', async () => {
		const run = await openedAgain([intended({step: 'a'})]);
		expect(await prompts(run)).toMatchObject([{name: 'key', again: true}]);
	});
});

describe('coming back', () => {
	test('a change that was under way is unknown and is not sent again', async () => {
		const graph = graphOf([step('a'), step('b')]);
		const store = await stored(startedFor(graph), contacted('web-1'), begun, intended({step: 'a'}));
		const run = resume(graph, store);
		await run.begin();
		const state = await run.reaches('a@web-1', 'unknown');
		expect(questions(graph, state)).toEqual([{kind: 'unknown', step: 'a', hosts: ['web-1']}]);
		expect(run.transport.sent).toEqual([]);
	});

	test('its check says at once that it did happen', async () => {
		const graph = graphOf([step('a', {check: satellite('test -e x')}), step('b')]);
		const store = await stored(startedFor(graph), contacted('web-1'), begun, intended({step: 'a'}));
		const run = resume(graph, store);
		await run.finish();
		expect(run.transport.jobs).toEqual(['r1.a.web-1.2.check', 'r1.b.web-1.1.run']);
	});

	test('it may run again once its check has said that it did not', async () => {
		const graph = graphOf([step('a', {check: satellite('test -e x')})]);
		const transport = new FakeTransport();
		transport.behaviour = ({command}) => ({kind: 'exited', code: command.script === 'test -e x' ? 1 : 0});
		const store = await stored(startedFor(graph), contacted('web-1'), begun, intended({step: 'a'}));
		const run = resume(graph, store, transport);
		await run.begin();
		await run.until(({progress}) => progress.get('a@web-1')?.checkSaid === 'not-there');
		await run.ask({kind: 'retry', step: 'a'});
		await run.until(({status}) => status === 'finished');
		expect(transport.jobs).toEqual(['r1.a.web-1.2.check', 'r1.a.web-1.3.check', 'r1.a.web-1.3.run']);
	});

	test('what was done stays done, under another pace', async () => {
		const graph = graphOf([step('a'), step('b')]);
		const store = createMemoryStore();
		const transport = new FakeTransport();
		transport.behaviour = ({command}) => ({kind: 'exited', code: command.job.includes('.b.') ? 1 : 0});
		const first = new Run(graph, {store, transport});
		await first.begin();
		await first.reaches('b@web-1', 'failed');
		await first.handle.close();
		const second = resume(graph, store, new FakeTransport(), {...again, pace: 'step'});
		await second.begin();
		await second.ask({kind: 'retry', step: 'b'});
		const state = await second.until(({status}) => status === 'finished');
		expect(second.transport.jobs).toEqual(['r1.b.web-1.2.run']);
		expect(state).toMatchObject({pace: 'step', engineers: ['ana', 'ben']});
	});

	test('a run with other steps is not resumed', async () => {
		const store = await stored(startedFor(graphOf([step('a')])));
		expect(() => resume(graphOf([step('b')]), store)).toThrow('not those that the run was started with');
	});

	test('a finished run is not resumed, nor one that makes no sense', async () => {
		const graph = graphOf([]);
		expect(() => resume(graph, createMemoryStore())).toThrow('has not started');
		const nonsense = await stored(startedFor(graph), begun, begun);
		expect(() => resume(graph, nonsense)).toThrow("The run's history makes no sense");
	});

	test('a step that is not there is told before anything is written', () => {
		const store = createMemoryStore();
		const selection = {startAt: null, only: 'z'};
		expect(() => new Run(graphOf([step('a')]), {store, start: {selection}})).toThrow('There is no step z.');
		expect([...store.read(0)]).toEqual([]);
	});
});

/** Remembers per script what it did to each host, as a real one would: running a change twice shows. */
class Fleet extends FakeTransport {
	readonly changes = new Map<string, number>();
	/** Jobs that were ever sent. */
	readonly everSent: string[] = [];

	constructor() {
		super();
		this.behaviour = ({host, command}) => {
			this.everSent.push(command.job);
			const [verb, what = ''] = command.script.split(' ');
			const key = `${what}@${host}`;
			switch (verb) {
				case 'change':
					this.changes.set(key, (this.changes.get(key) ?? 0) + 1);
					return ok;
				case 'look':
					return {kind: 'exited', code: this.changes.has(key) ? 0 : 1};
				default:
					return ok;
			}
		};
	}
}

describe('cut anywhere', () => {
	const graph = graphOf([
		step('a', {hosts: twoHosts, action: runs('change a'), check: satellite('look a'), verify: verify('look a')}),
		step('b', {action: runs('change b'), hosts: ['web-2']}),
		step('c', {action: runs('print c'), readonly: true}),
		step('d', {action: runs('change d'), check: satellite('look d'), unknown: 'ask'}),
	]);

	/** The whole story without a cut. */
	async function story(): Promise<{readonly events: readonly RecordedEvent[]; readonly fleet: Fleet}> {
		const fleet = new Fleet();
		const run = new Run(graph, {transport: fleet});
		await run.finish();
		return {events: run.events, fleet};
	}

	test('the same end is reached, nothing changes twice, and no attempt is sent twice', async () => {
		const {events} = await story();
		const ends: string[] = [];
		for (let length = 1; length < events.length; length++) {
			for (const hasRun of [false, true]) {
				const kept = events.slice(0, length).map(({event}) => event);
				const fleet = fleetAfter(kept, hasRun);
				const before = [...fleet.everSent];
				const run = resume(graph, await stored(...kept), fleet);
				await run.begin();
				await settle(run, fleet);
				expect([...fleet.changes.values()].filter(times => times > 1)).toEqual([]);
				expect(fleet.everSent.slice(before.length).filter(job => before.includes(job))).toEqual([]);
				ends.push([...fleet.changes.keys()].toSorted().join(' '));
			}
		}

		expect(new Set(ends)).toEqual(new Set(['a@web-1 a@web-2 b@web-2 d@web-1']));
	});

	/** What the hosts are like after these events; what was under way at the cut has run there, or has not. */
	function fleetAfter(events: readonly RunEvent[], hasRun: boolean): Fleet {
		const fleet = new Fleet();
		for (const event of events) {
			if (event.type === 'PartIntended') {
				fleet.everSent.push(event.job);
				const isOver = events.some(
					other =>
						other.type === 'PartEnded' &&
						other.step === event.step &&
						other.host === event.host &&
						other.part === event.part &&
						other.attempt === event.attempt,
				);
				if (event.changes && (isOver || hasRun)) {
					fleet.changes.set(`${event.step}@${event.host}`, 1);
				}
			}
		}

		return fleet;
	}

	/** A careful engineer: he says of what is unknown how it really is on the host, and runs again only what did not happen. */
	async function settle(run: Run, fleet: Fleet): Promise<void> {
		for (;;) {
			const state = await run.until(state => state.status === 'finished' || questions(graph, state).length > 0);
			const [question] = questions(graph, state);
			if (question?.kind !== 'unknown') {
				expect(state.status).toBe('finished');
				return;
			}

			const {step, hosts} = question;
			for (const host of hosts) {
				const isThere = fleet.changes.has(`${step}@${host}`);
				if (!isThere && state.progress.get(`${step}@${host}`)?.checkSaid === 'not-there') {
					await run.ask({kind: 'retry', step, host});
				} else {
					await run.ask({kind: 'mark', step, host, as: isThere ? 'done' : 'failed', reason: 'seen there'});
					if (!isThere) {
						await run.ask({kind: 'retry', step, host});
					}
				}
			}

			await run.until(({lastSeq}) => lastSeq > state.lastSeq);
		}
	}
});
