import {describe, expect, test} from 'vitest';
import {addAfterwards} from '../../src/engine/afterwards.js';
import {createMemoryStore} from '../../src/store/run-file.js';
import {graphOf, step} from '../run/given.js';
import {Run} from './fake-world.js';

const graph = graphOf([step('a')]);
const opening = {by: 'ben', device: 'other', version: '1', epoch: 1001};
const note = {kind: 'note', step: 'a', text: 'cold in here'} as const;
const noSecrets = {secrets: [], now: 0};

async function finishedStore() {
	const store = createMemoryStore();
	const run = new Run(graph, {store});
	await run.begin();
	await run.until(({status}) => status === 'finished');
	return store;
}

describe('what is added to a run that nobody has open', () => {
	test('comes behind the lease of whoever adds it, and never before the last event', async () => {
		const store = await finishedStore();
		const last = [...store.read(0)].at(-1);
		expect(await addAfterwards(store, graph, opening, [note], noSecrets)).toEqual({accepted: true});
		const added = [...store.read(last?.seq ?? 0)];
		expect(added.map(({event}) => event)).toEqual([
			{type: 'RunResumed', ...opening},
			{type: 'NoteTaken', step: 'a', text: 'cold in here', by: 'ben'},
		]);
		expect(added.every(({at}) => at >= (last?.at ?? ''))).toBe(true);
	});

	test('is refused as a whole where one piece of it is', async () => {
		const store = await finishedStore();
		const before = [...store.read(0)].length;
		const nowhere = {kind: 'note', step: 'z', text: 'x'} as const;
		expect(await addAfterwards(store, graph, opening, [note, nowhere], noSecrets)).toEqual({
			accepted: false,
			because: 'There is no step z.',
		});
		expect([...store.read(0)]).toHaveLength(before);
	});

	test('is refused where somebody has gone on with the run meanwhile', async () => {
		const store = await finishedStore();
		await addAfterwards(store, graph, opening, [note], noSecrets);
		expect(await addAfterwards(store, graph, opening, [note], noSecrets)).toMatchObject({
			accepted: false,
			because: expect.stringMatching(/gone on with the run/),
		});
	});

	test('holds no secret that is known: a file is refused, of a text it is taken out', async () => {
		const store = await finishedStore();
		const evidence = {kind: 'evidence', step: 'a', text: '', file: null} as const;
		const file = {name: 'pin.txt', bytes: new TextEncoder().encode('it is open-sesame-42')};
		const known = {secrets: ['open-sesame-42'], now: 0};
		expect(await addAfterwards(store, graph, opening, [{...evidence, file}], known)).toEqual({
			accepted: false,
			because: 'pin.txt holds a secret of this run: take it out first.',
		});
		const text = {...evidence, text: 'it is open-sesame-42'};
		expect(await addAfterwards(store, graph, opening, [text], known)).toEqual({accepted: true});
		expect([...store.read(0)].at(-1)?.event).toMatchObject({type: 'EvidenceTaken', text: 'it is [secret]'});
	});
});
