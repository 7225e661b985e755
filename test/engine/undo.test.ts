import {describe, expect, test} from 'vitest';
import type {ResumeRun} from '../../src/engine/plan.js';
import type {StepGraph} from '../../src/graph/graph.js';
import {questions} from '../../src/run/next.js';
import {createMemoryStore} from '../../src/store/run-file.js';
import {byHand, file, graphOf, phase, runs, satellite, step, template, twoHosts} from '../run/given.js';
import {FakeTransport, ok, Run} from './fake-world.js';

const again: ResumeRun = {kind: 'resume', by: 'ben', device: 'other laptop', version: '0.1.0', pace: undefined};

/** Done up to its last step, which waits for a person: so the run stays open. */
function graphWith(...nodes: ReadonlyArray<ReturnType<typeof step>>): StepGraph {
	return graphOf([...nodes, step('end', {action: byHand})], [phase('all')]);
}

async function atEnd(run: Run, graph: StepGraph): Promise<void> {
	await run.begin();
	await run.until(state => questions(graph, state).some(({kind}) => kind === 'manual'));
}

const scripts = ({sent}: FakeTransport) => sent.map(({host, command}) => `${command.script} ${host}`);

describe('an undo', () => {
	const graph = graphWith(
		step('a', {action: runs('do a'), undo: satellite('undo a'), phase: 'all'}),
		step('b', {action: runs('do b'), undo: satellite('undo b'), phase: 'all', hosts: twoHosts}),
	);

	test('of a phase goes backwards, step by step, each durable before it is sent', async () => {
		const run = new Run(graph);
		await atEnd(run, graph);
		await run.ask({kind: 'undo-phase', phase: 'all'});
		await run.reaches('a@web-1', 'undone');
		expect(scripts(run.transport).slice(3)).toEqual(['undo b web-1', 'undo b web-2', 'undo a web-1']);
		expect(run.transport.jobs.slice(3)).toEqual(['r1.b.web-1.2.undo', 'r1.b.web-2.2.undo', 'r1.a.web-1.2.undo']);
		const ended = run.events
			.map(({event}) => event)
			.filter(({type}) => type === 'PartEnded' || type === 'PartIntended');
		expect(ended.at(-2)).toMatchObject({type: 'PartIntended', step: 'a', part: 'undo', changes: true});
		await run.ask({kind: 'retry', step: 'a'});
		await run.reaches('a@web-1', 'done');
		expect(run.transport.jobs.at(-1)).toBe('r1.a.web-1.3.run');
	});

	test('that fails leaves the step as it was, undoes nothing further, and pauses the run', async () => {
		const transport = new FakeTransport();
		transport.behaviour = ({command}) => ({kind: 'exited', code: command.script === 'undo b' ? 4 : 0});
		const run = new Run(graph, {transport});
		await atEnd(run, graph);
		await run.ask({kind: 'undo-phase', phase: 'all'});
		const state = await run.until(({status}) => status === 'paused');
		expect(state.progress.get('b@web-1')).toMatchObject({state: 'done', because: 'undo: exit 4, accepted: 0'});
		expect(state.progress.get('a@web-1')).toMatchObject({state: 'done', asked: undefined});
		expect(state.pausedBecause).toBe('b was not undone');
		expect(scripts(transport)).not.toContain('undo a web-1');
	});

	test('that was lost is unknown, and is not sent again', async () => {
		const transport = new FakeTransport();
		transport.behaviour = ({command}) =>
			command.script === 'undo b' ? {kind: 'lost', evidence: 'read ECONNRESET'} : ok;
		const run = new Run(graph, {transport});
		await atEnd(run, graph);
		await run.ask({kind: 'undo', step: 'b', host: 'web-1'});
		const state = await run.reaches('b@web-1', 'unknown');
		expect(questions(graph, state)[0]).toEqual({kind: 'unknown', step: 'b', hosts: ['web-1']});
		expect(await run.handle.request({kind: 'retry', step: 'b'})).toMatchObject({accepted: false});
		await run.ask({kind: 'mark', step: 'b', as: 'undone', reason: 'looked'});
		await run.reaches('b@web-1', 'undone');
		expect(scripts(transport).filter(script => script === 'undo b web-1')).toHaveLength(1);
	});

	test('cut off in the middle by the end of fieldbook is unknown on resume; what was to follow is not begun', async () => {
		const hung = new FakeTransport();
		const undoing = Promise.withResolvers<void>();
		hung.behaviour = ({command}) => {
			if (!command.script.startsWith('undo')) {
				return ok;
			}

			undoing.resolve();
			return new Promise(() => {});
		};
		const store = createMemoryStore();
		const first = new Run(graph, {transport: hung, store});
		await atEnd(first, graph);
		await first.ask({kind: 'undo-phase', phase: 'all'});
		await undoing.promise;
		await first.handle.close();

		const second = new Run(graph, {store, plan: {open: again}});
		await second.begin();
		const state = await second.reaches('b@web-1', 'unknown');
		expect(state.progress.get('a@web-1')).toMatchObject({state: 'done', asked: undefined});
		expect(second.transport.sent).toEqual([]);
	});

	test('can be cancelled, and then has failed', async () => {
		const transport = new FakeTransport();
		transport.behaviour = ({command}, _, cancel) =>
			command.script.startsWith('undo')
				? new Promise(resolve => {
						cancel.addEventListener('abort', () => resolve({kind: 'signaled', signal: 'SIGTERM'}));
					})
				: ok;
		const run = new Run(graph, {transport});
		await atEnd(run, graph);
		await run.ask({kind: 'undo', step: 'a'});
		await run.until(({progress}) => progress.get('a@web-1')?.underWay === true);
		await run.ask({kind: 'cancel', step: 'a'});
		const state = await run.until(({status}) => status === 'paused');
		expect(state.progress.get('a@web-1')).toMatchObject({state: 'done', because: 'undo: cancelled'});
	});
});

describe('the undo of a file step', () => {
	const put = {...file, path: template('/etc/motd')};
	const graph = graphWith(step('a', {action: put, phase: 'all', timeoutMs: 30_000}));
	// printf hello | sha256sum
	const hash = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';

	test.for([
		[
			'the old file',
			{sha256: '01', mode: '0644', owner: 'root:root'},
			{path: '/etc/motd.fieldbook-r1-ca978112', sha256: '01'},
		],
		['the place where there was none', null, undefined],
	] as const)('wants %s back, and only over what we have put there', async ([, found, old]) => {
		const transport = new FakeTransport();
		transport.stat = async () => found;
		const run = new Run(graph, {transport});
		await atEnd(run, graph);
		expect(transport.files.get('web-1:/etc/motd')).toMatchObject({timeoutMs: 30_000});
		await run.ask({kind: 'undo', step: 'a'});
		const state = await run.reaches('a@web-1', 'undone');
		expect(transport.restored).toEqual([
			['web-1', {path: '/etc/motd', sha256: hash, old, as: undefined, timeoutMs: 30_000}],
		]);
		expect(state.progress.get('a@web-1')?.replaced).toBeUndefined();
	});

	test('of this laptop is undone there', async () => {
		const local = graphWith(step('a', {action: put, hosts: ['local'], phase: 'all'}));
		const run = new Run(local);
		await atEnd(run, local);
		await run.ask({kind: 'undo', step: 'a'});
		await run.reaches('a@local', 'undone');
		expect(run.transport.restored).toMatchObject([['local', {path: '/etc/motd'}]]);
	});

	test('is its own script where it has one', async () => {
		const own = graphWith(step('a', {action: put, undo: satellite('take it away'), phase: 'all'}));
		const run = new Run(own);
		await atEnd(run, own);
		await run.ask({kind: 'undo', step: 'a'});
		await run.reaches('a@web-1', 'undone');
		expect(scripts(run.transport)).toEqual(['take it away web-1']);
		expect(run.transport.restored).toEqual([]);
	});
});

test('a file that was looked at when the run was paused and went on at once is put there all the same', async () => {
	const graph = graphOf([step('a', {action: file})]);
	const store = createMemoryStore();
	let disk: Promise<void> = Promise.resolve();
	const slow = new Proxy(store, {
		get: (target, name) =>
			name === 'append'
				? async (...words: Parameters<typeof store.append>) => {
						await disk;
						return target.append(...words);
					}
				: Reflect.get(target, name)?.bind?.(target),
	});
	const transport = new FakeTransport();
	const looked = Promise.withResolvers<null>();
	const looking = Promise.withResolvers<void>();
	let looks = 0;
	transport.stat = async () => {
		looks++;
		if (looks === 1) {
			return null;
		}

		looking.resolve();
		return looked.promise;
	};
	const run = new Run(graph, {store: slow, transport});
	await run.begin();
	await looking.promise;
	await run.ask({kind: 'pause', reason: 'lunch'});
	const written = Promise.withResolvers<void>();
	disk = written.promise;
	const note = run.ask({kind: 'note', step: null, text: 'back'});
	await new Promise(resolve => setImmediate(resolve));
	looked.resolve(null);
	await new Promise(resolve => setImmediate(resolve));
	const on = run.ask({kind: 'begin'});
	written.resolve();
	await Promise.all([note, on]);
	await run.until(({status}) => status === 'finished');
	expect([...transport.files.keys()]).toEqual(['web-1:/etc/motd']);
});

describe('lines of a file', () => {
	const lines = {...file, lines: true, content: {kind: 'inline', text: template('one\ntwo\n')}} as const;
	const graph = graphOf([step('a', {action: lines})]);

	async function over(before: string | null): Promise<string | undefined> {
		const transport = new FakeTransport();
		const bytes = before === null ? null : new TextEncoder().encode(before);
		const {createHash} = await import('node:crypto');
		const sha256 = bytes === null ? '' : createHash('sha256').update(bytes).digest('hex');
		transport.read = async () => bytes;
		transport.stat = async () => (bytes === null ? null : {sha256, mode: '0644', owner: 'root:root'});
		const run = new Run(graph, {transport});
		await run.finish();
		const sent = transport.files.get('web-1:/etc/motd');
		return sent && Buffer.from(sent.bytes).toString();
	}

	test.for<readonly [string | null, string | undefined]>([
		[null, 'one\ntwo\n'],
		['', 'one\ntwo\n'],
		['zero\n', 'zero\none\ntwo\n'],
		['zero', 'zero\none\ntwo\n'],
		['two\nzero\n', 'two\nzero\none\n'],
		['zero\r\ntwo\r\n', 'zero\r\ntwo\r\none\r\n'],
		['  one\ntwo\n', '  one\ntwo\none\n'],
		['two\none\n', undefined],
		['one\r\ntwo', undefined],
	])('over %j come to %j', async ([before, after]) => {
		expect(await over(before)).toBe(after);
	});

	test('that cannot be read fail before anything is put', async () => {
		const transport = new FakeTransport();
		transport.read = async () => ({kind: 'notStarted', reason: 'permission denied'});
		const run = new Run(graph, {transport});
		await run.begin();
		const state = await run.reaches('a@web-1', 'failed');
		expect(state.progress.get('a@web-1')?.because).toBe('check: permission denied');
		expect(transport.files.size).toBe(0);
	});

	test('are not added to what is no text', async () => {
		const transport = new FakeTransport();
		transport.read = async () => new Uint8Array([0xff, 0xfe, 0]);
		const run = new Run(graph, {transport});
		await run.begin();
		const state = await run.reaches('a@web-1', 'failed');
		expect(state.progress.get('a@web-1')?.because).toMatch(/is no text in UTF-8/);
	});
});
