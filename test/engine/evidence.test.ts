import {describe, expect, test} from 'vitest';
import {createVault} from '../../src/engine/vault.js';
import {questions} from '../../src/run/next.js';
import {createMemoryStore} from '../../src/store/run-file.js';
import {byHand, graphOf, step} from '../run/given.js';
import {Run} from './fake-world.js';

const graph = graphOf([step('a', {needs: ['photo']})]);
const evidence = {kind: 'evidence', step: 'a', evidence: 'photo', text: ''} as const;
// printf hello | sha256sum
const hash = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';

describe('evidence', () => {
	test('is kept in the run file, once, under its hash, before the step counts as done', async () => {
		const store = createMemoryStore();
		const run = new Run(graph, {store});
		await run.begin();
		await run.until(state => questions(graph, state).length > 0);
		expect(store.blob(`evidence/${hash}`)).toBeUndefined();
		const file = {name: 'rack.jpg', bytes: new TextEncoder().encode('hello')};
		await run.ask({...evidence, file});
		const state = await run.until(({status}) => status === 'finished');
		expect(Buffer.from(store.blob(`evidence/${hash}`) ?? []).toString()).toBe('hello');
		expect(state.progress.get('a@web-1')?.evidence).toEqual([
			{kind: 'photo', text: '', blob: {sha256: hash, name: 'rack.jpg', bytes: 5}, by: 'ana'},
		]);
	});

	test('that holds a secret is refused as a file, and has it taken out as a text', async () => {
		const run = new Run(graph, {vault: createVault({pin: {'*': 'open-sesame-42'}})});
		await run.begin();
		await run.until(state => questions(graph, state).length > 0);
		const file = {name: 'notes.txt', bytes: new TextEncoder().encode('the pin is open-sesame-42')};
		expect(await run.handle.request({...evidence, file})).toEqual({
			accepted: false,
			because: 'notes.txt holds a secret of this run: take it out first.',
		});
		await run.ask({...evidence, text: 'it says open-sesame-42', file: null});
		const state = await run.until(({status}) => status === 'finished');
		expect(state.progress.get('a@web-1')?.evidence).toMatchObject([{text: 'it says [secret]'}]);
	});
});

describe('a time limit of a manual step', () => {
	const limited = graphOf([step('a', {action: byHand, timeoutMs: 60_000})]);

	test('makes it failed when nobody has done it', async () => {
		const run = new Run(limited);
		await run.begin();
		const state = await run.reaches('a@web-1', 'failed');
		expect(state.progress.get('a@web-1')?.because).toBe('not done after 60 s, its time limit');
	});

	test('says nothing about a step that was done in time, nor while the run is paused', async () => {
		let wake: (() => void) | undefined;
		const clock = {
			now: async () => 0,
			sleep: (_: number, signal?: AbortSignal) =>
				new Promise<void>(resolve => {
					wake = resolve;
					signal?.addEventListener('abort', () => resolve());
				}),
		};
		const run = new Run(limited, {clock});
		await run.begin();
		await run.until(state => questions(limited, state).some(({kind}) => kind === 'manual'));
		await run.ask({kind: 'pause', reason: 'lunch'});
		wake?.();
		await run.ask({kind: 'begin'});
		await run.until(({status}) => status === 'running');
		await run.ask({kind: 'answer', step: 'a', choice: 'done', note: '', value: ''});
		const state = await run.until(({status}) => status === 'finished');
		wake?.();
		expect(state.progress.get('a@web-1')?.state).toBe('done');
	});
});
