import {describe, expect, test} from 'vitest';
import {createVault} from '../../src/engine/vault.js';
import {questions} from '../../src/run/next.js';
import {byHand, facts, graphOf, step, twoHosts} from '../run/given.js';
import {FakeTransport, ok, print, Run} from './fake-world.js';

describe('hosts', () => {
	test('are contacted all at once', async () => {
		const transport = new FakeTransport();
		const waiting: string[] = [];
		const all = Promise.withResolvers<void>();
		transport.contactWith = async ({name}) => {
			waiting.push(name);
			if (waiting.length === 2) {
				all.resolve();
			}

			await all.promise;
			return {kind: 'reached', facts: facts(name)};
		};
		const run = new Run(graphOf([step('a', {hosts: twoHosts})]), {transport});
		await run.finish();
		expect(waiting.toSorted()).toEqual(['web-1', 'web-2']);
	});

	test('that are met for the first time are contacted again once they are trusted', async () => {
		const transport = new FakeTransport();
		const {contactWith} = transport;
		transport.contactWith = () => ({kind: 'firstContact', keyType: 'ssh-ed25519', fingerprint: 'SHA256:9a'});
		const graph = graphOf([step('a')]);
		const run = new Run(graph, {transport});
		const state = await run.until(({hosts}) => hosts.get('web-1')?.kind === 'firstContact');
		expect(questions(graph, state)).toMatchObject([{kind: 'trust'}, {kind: 'begin', problems: ['web-1']}]);
		expect(await run.handle.request({kind: 'begin'})).toMatchObject({accepted: false});
		transport.contactWith = contactWith;
		await run.ask({kind: 'trust', host: 'web-1', fingerprint: 'SHA256:9a'});
		await run.finish();
		expect(transport.trusted).toEqual([undefined, 'SHA256:9a']);
	});
});

describe('the end', () => {
	test('comes with the last step', async () => {
		const run = new Run(graphOf([step('a')]));
		await run.begin();
		await expect(run.handle.ended).resolves.toBeUndefined();
	});

	test('comes with a pause when what was under way has ended', async () => {
		const go = Promise.withResolvers<void>();
		const transport = new FakeTransport();
		transport.behaviour = async () => {
			await go.promise;
			return ok;
		};
		const run = new Run(graphOf([step('a'), step('b')]), {transport});
		await run.begin();
		await run.reaches('a@web-1', 'running');
		await run.ask({kind: 'pause', reason: 'lunch'});
		let hasEnded = false;
		void run.handle.ended.then(() => {
			hasEnded = true;
		});
		await new Promise(setImmediate);
		expect(hasEnded).toBe(false);
		go.resolve();
		await run.handle.ended;
		const state = await run.reaches('a@web-1', 'done');
		expect(state.status).toBe('paused');
		expect(transport.jobs).toEqual(['r1.a.web-1.1.run']);
	});

	test('of a run whose world is broken names the run', async () => {
		const transport = new FakeTransport();
		transport.behaviour = () => Promise.reject(new TypeError('x is not a function'));
		const run = new Run(graphOf([step('a')]), {transport});
		await run.begin();
		await expect(run.handle.ended).rejects.toThrow('The run r1 ("A test") stopped: x is not a function');
		expect(await run.handle.request({kind: 'pause', reason: ''})).toEqual({
			accepted: false,
			because: 'The run has stopped here.',
		});
	});

	test('by closing hears no more of what is under way, which stays without an outcome', async () => {
		const go = Promise.withResolvers<void>();
		const transport = new FakeTransport();
		transport.behaviour = async (_, sink) => {
			await go.promise;
			print(sink, 'too late');
			return ok;
		};
		const run = new Run(graphOf([step('a')]), {transport});
		await run.begin();
		await run.reaches('a@web-1', 'running');
		await run.handle.close();
		await run.handle.ended;
		go.resolve();
		await new Promise(setImmediate);
		expect([...run.store.read(0)].at(-1)?.event.type).toBe('PartIntended');
		expect(run.output('a')).toBe('');
	});
});

describe('who looks', () => {
	test('is told once until he pulls', async () => {
		const run = new Run(graphOf([step('a', {action: byHand})]));
		await run.begin();
		await run.handle.pull({afterSeq: 0, output: undefined});
		let calls = 0;
		const unsubscribe = run.handle.subscribe(() => calls++);
		await run.ask({kind: 'note', step: null, text: 'one'});
		await run.ask({kind: 'note', step: null, text: 'two'});
		expect(calls).toBe(1);
		await run.handle.pull({afterSeq: 0, output: undefined});
		await run.ask({kind: 'note', step: null, text: 'three'});
		expect(calls).toBe(2);
		unsubscribe();
		await run.handle.pull({afterSeq: 0, output: undefined});
		await run.ask({kind: 'note', step: null, text: 'four'});
		expect(calls).toBe(2);
	});

	test('gets at most 500 events, and is told that there are more', async () => {
		const run = new Run(graphOf([step('a', {action: byHand})]));
		await run.begin();
		await Promise.all(Array.from({length: 600}, (_, index) => run.ask({kind: 'note', step: null, text: `${index}`})));
		const told = Promise.withResolvers<void>();
		const first = await run.handle.pull({afterSeq: 0, output: undefined});
		run.handle.subscribe(() => told.resolve());
		await told.promise;
		expect(first.events).toHaveLength(500);
		const second = await run.handle.pull({afterSeq: 500, output: undefined});
		expect(second.events.map(({seq}) => seq)).toEqual(Array.from({length: 103}, (_, index) => 501 + index));
	});
});

describe('the vault', () => {
	const prompt = {name: 'password', host: 'web-1', text: 'Password:', echo: false};

	test('knows what it was given, for all hosts or for one', async () => {
		const vault = createVault({password: {'web-1': 'one', '*': 'all'}});
		expect(await vault.obtain(prompt)).toBe('one');
		expect(await vault.obtain({...prompt, host: 'web-2'})).toBe('all');
		expect(vault.known()).toEqual(['one', 'all']);
	});

	test('asks once for all who want the same', async () => {
		const vault = createVault({});
		const both = Promise.all([vault.obtain(prompt), vault.obtain(prompt)]);
		expect(vault.prompts()).toEqual([{...prompt, id: 1}]);
		vault.tell(1, 'typed');
		expect(await both).toEqual(['typed', 'typed']);
		expect(await vault.obtain(prompt)).toBe('typed');
		expect(vault.known()).toEqual(['typed']);
	});

	test('forgets what was refused, but not that it is a secret', async () => {
		const vault = createVault({});
		const typed = vault.obtain(prompt);
		vault.tell(1, 'wrong');
		await typed;
		vault.refused?.(prompt);
		void vault.obtain(prompt);
		expect(vault.prompts()).toMatchObject([{id: 2}]);
		expect(vault.known()).toEqual(['wrong']);
	});

	test('does not keep a code that is good for one login, nor takes what is shown for a secret', async () => {
		const vault = createVault({});
		const code = {name: 'answer', host: 'web-1', text: 'Code:', echo: true};
		const typed = vault.obtain(code);
		vault.tell(1, '123456');
		await typed;
		void vault.obtain(code);
		expect(vault.prompts()).toHaveLength(1);
		expect(vault.known()).toEqual([]);
	});

	test('leaves nobody waiting when it closes', async () => {
		const vault = createVault({});
		const waiting = vault.obtain(prompt);
		vault.close();
		expect(await waiting).toBeUndefined();
		expect(await vault.obtain(prompt)).toBeUndefined();
	});
});
