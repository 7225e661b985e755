import {describe, expect, test} from 'vitest';
import type {Store} from '../../src/engine/ports.js';
import {createMemoryStore} from '../../src/store/run-file.js';
import {graphOf, runs, step, twoHosts} from '../run/given.js';
import {access, DreamClock, FakeTransport, ok, Run} from './fake-world.js';

/** A store that tells of its appends, before and after. */
function spiedStore(spy: {before?: (types: string[]) => Promise<void>; after?: (types: string[]) => void}): Store {
	const store = createMemoryStore();
	const {append} = store;
	store.append = async (events, at) => {
		const types = events.map(({type}) => type);
		await spy.before?.(types);
		const recorded = await append.call(store, events, at);
		spy.after?.(types);
		return recorded;
	};
	return store;
}

describe('the intent', () => {
	test('is durable before anything is sent', async () => {
		const log: string[] = [];
		const store = spiedStore({after: types => log.push(...types)});
		const transport = new FakeTransport();
		transport.behaviour = ({command}) => {
			log.push(`sent ${command.job}`);
			return ok;
		};
		await new Run(graphOf([step('a'), step('b')]), {store, transport}).finish();
		expect(log.slice(log.indexOf('RunBegun') + 1)).toEqual([
			'PartIntended',
			'sent r1.a.web-1.1.run',
			'PartEnded',
			'PartIntended',
			'sent r1.b.web-1.1.run',
			'PartEnded',
			'RunFinished',
		]);
	});

	test('that is never acknowledged is never acted upon', async () => {
		const reached = Promise.withResolvers<void>();
		const store = spiedStore({
			before: types => {
				if (types.includes('PartIntended')) {
					reached.resolve();
					return new Promise(() => {});
				}

				return Promise.resolve();
			},
		});
		const run = new Run(graphOf([step('a')]), {store});
		void run.begin();
		await reached.promise;
		await new Promise(setImmediate);
		expect(run.transport.sent).toEqual([]);
	});

	test('that fails stops the run, and nothing is sent', async () => {
		const store = spiedStore({
			before: async types => {
				if (types.includes('PartIntended')) {
					throw new Error('database or disk is full');
				}
			},
		});
		const run = new Run(graphOf([step('a')]), {store});
		await expect(run.begin()).rejects.toThrow('database or disk is full');
		await expect(run.handle.ended).rejects.toThrow('The run r1 ("A test") stopped: database or disk is full');
		expect(run.transport.sent).toEqual([]);
		expect(await run.handle.request({kind: 'pause', reason: ''})).toMatchObject({accepted: false});
	});

	test('whose outcome cannot be written is unknown when the run is taken up again', async () => {
		let isFull = true;
		const store = spiedStore({
			before: async types => {
				if (isFull && types.includes('PartEnded')) {
					throw new Error('database or disk is full');
				}
			},
		});
		const graph = graphOf([step('a'), step('b')]);
		const first = new Run(graph, {store});
		await first.begin();
		await expect(first.handle.ended).rejects.toThrow('disk is full');
		isFull = false;
		const open = {kind: 'resume', by: 'ben', device: 'laptop', version: '0.1.0', pace: undefined} as const;
		const second = new Run(graph, {store, plan: {open}});
		await second.begin();
		await second.reaches('a@web-1', 'unknown');
		expect(second.transport.sent).toEqual([]);
	});

	test('that fails is told, also where the run was paused and gone on with before', async () => {
		let isBroken = false;
		const store = spiedStore({
			before: async () => {
				if (isBroken) {
					throw new Error('the disk is gone');
				}
			},
		});
		const run = new Run(graphOf([step('a')]), {store, start: {pace: 'step'}});
		await run.begin();
		await run.ask({kind: 'pause', reason: 'lunch'});
		await run.handle.ended;
		await run.ask({kind: 'begin'});
		isBroken = true;
		await expect(run.ask({kind: 'go', step: 'a'})).rejects.toThrow('the disk is gone');
		await expect(run.handle.died).rejects.toThrow('The run r1 ("A test") stopped: the disk is gone');
	});

	test('names what is sent by its hash', async () => {
		const run = new Run(graphOf([step('a', {action: runs('echo hello')})]));
		await run.finish();
		expect(run.events.map(({event}) => event)).toContainEqual(
			expect.objectContaining({
				type: 'PartIntended',
				job: 'r1.a.web-1.1.run',
				changes: true,
				// printf %s 'echo hello' | sha256sum
				scriptHash: '584a331fd6b02dcb1ecbe2eba731f609a2e1e3dac0bb73ae998dfad14c309a77',
			}),
		);
	});
});

describe('commits', () => {
	test('a hundred steps cost one each, and nothing waits between them', async () => {
		const appends: string[][] = [];
		const store = spiedStore({after: types => appends.push(types)});
		const steps = Array.from({length: 100}, (_, index) => step(`s${index}`));
		const clock = new DreamClock();
		const run = new Run(graphOf(steps), {store, clock});
		await run.begin();
		let turns = 0;
		setImmediate(() => turns++);
		await run.handle.ended;
		expect(turns).toBe(0);
		expect(clock.slept).toEqual([]);
		expect(appends.length).toBe('start, contact, begin'.split(', ').length + 100);
		expect(appends.at(-2)).toEqual(['PartEnded', 'PartIntended']);
		expect(appends.at(-1)).toEqual(['PartEnded', 'RunFinished']);
	});

	test('what becomes due together is written together', async () => {
		const appends: string[][] = [];
		const store = spiedStore({after: types => appends.push(types)});
		await new Run(graphOf([step('a', {hosts: twoHosts})]), {store}).finish();
		expect(appends).toContainEqual(['RunBegun', 'PartIntended', 'PartIntended']);
		expect(appends.at(-1)).toEqual(['PartEnded', 'PartEnded', 'RunFinished']);
	});

	test('a thousand hosts that answer in the same moment are a few', async () => {
		const appends: string[][] = [];
		const store = spiedStore({after: types => appends.push(types)});
		const names = Array.from({length: 1000}, (_, index) => `h${index + 1}`);
		const hosts = Object.fromEntries(names.map(name => [name, access(name, name)]));
		const state = await new Run(graphOf([step('a', {hosts: names})]), {store, plan: {hosts}}).finish();

		expect([...state.progress.values()].map(({state}) => state)).toEqual(names.map(() => 'done'));
		expect(appends.length).toBeLessThan(20);
	});

	test('a row of skipped steps is one', async () => {
		const appends: string[][] = [];
		const store = spiedStore({after: types => appends.push(types)});
		const steps = Array.from({length: 20}, (_, index) => step(`s${index}`));
		await new Run(graphOf(steps), {store, start: {selection: {startAt: 's19', only: null}}}).finish();
		expect(appends.map(types => types.length)).toContain('begun, intended'.split(', ').length + 19);
	});
});
