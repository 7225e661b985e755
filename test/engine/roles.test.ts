import {describe, expect, test} from 'vitest';
import type {ResumeRun} from '../../src/engine/plan.js';
import {graphHash} from '../../src/run/graph-hash.js';
import {createMemoryStore} from '../../src/store/run-file.js';
import {begun, contacted, graphOf, onActive, runs, satellite, started, step, verify, waits} from '../run/given.js';
import {FakeTransport, ok, print, Run} from './fake-world.js';

/** Hosts that answer the role's command with these words; undefined: they do not answer at all. */
function saying(words: Readonly<Record<string, string | undefined>>): FakeTransport {
	const transport = new FakeTransport();
	transport.isUp = host => words[host] !== undefined;
	transport.behaviour = ({host, command}, sink) => {
		if (command.script === 'who') {
			print(sink, `${words[host]}\n`);
		}

		return ok;
	};
	return transport;
}

const asked = ({sent}: FakeTransport) => sent.filter(({command}) => command.script === 'who').map(({host}) => host);
const ran = ({sent}: FakeTransport) => sent.filter(({command}) => command.script !== 'who').map(({host}) => host);

describe('a step on a role', () => {
	test('runs on the host that the first one names', async () => {
		const transport = saying({'web-1': 'WEB-2', 'web-2': 'web-2'});
		const run = new Run(graphOf([onActive('a')]), {transport});
		await run.finish();
		expect(asked(transport)).toEqual(['web-1']);
		expect(ran(transport)).toEqual(['web-2']);
		expect(run.events.map(({event}) => event)).toContainEqual({
			...{type: 'RoleFound', step: 'a', host: 'web-2', because: 'web-1 says web-2'},
		});
	});

	test('is asked of the next host where one does not answer, or says something else', async () => {
		const silent = saying({'web-1': undefined, 'web-2': 'web-2.example'});
		await new Run(graphOf([onActive('a')]), {transport: silent}).finish();
		expect(ran(silent)).toEqual(['web-2']);
		const odd = saying({'web-1': 'Group is not started.', 'web-2': 'web-1'});
		await new Run(graphOf([onActive('a')]), {transport: odd}).finish();
		expect(asked(odd)).toEqual(['web-1', 'web-2']);
		expect(ran(odd)).toEqual(['web-1']);
	});

	test('fails by itself with all the reasons where nobody knows, and a retry asks again', async () => {
		const transport = saying({'web-1': 'moon', 'web-2': undefined});
		const run = new Run(graphOf([onActive('a')]), {transport});
		await run.begin();
		const state = await run.reaches('a@active', 'failed');
		expect(state.progress.get('a@active')?.because).toBe(
			'nobody says where active is: web-1 says "moon", which is no host of the group web; web-2 does not answer',
		);
		transport.isUp = () => true;
		transport.behaviour = ({command}, sink) => {
			if (command.script === 'who') {
				print(sink, 'web-2');
			}

			return ok;
		};
		await run.ask({kind: 'retry', step: 'a'});
		await run.until(({status}) => status === 'finished');
		expect(ran(transport)).toEqual(['web-2']);
	});

	test('that waits goes on looking until it is found and answers', async () => {
		const transport = saying({'web-1': undefined, 'web-2': undefined});
		let looks = 0;
		transport.isUp = host => ++looks > 7 && (host === 'web-2' || looks > 12);
		transport.behaviour = ({command}, sink) => {
			if (command.script === 'who') {
				print(sink, 'web-1');
			}

			return ok;
		};
		const run = new Run(graphOf([onActive('a', {action: waits(5000, 600_000)})]), {transport});
		const state = await run.finish();
		expect(state.progress.get('a@web-1')?.state).toBe('done');
		expect(asked(transport).length).toBeGreaterThan(1);
	});

	test('that waits fails when its time is over', async () => {
		const transport = saying({'web-1': undefined, 'web-2': undefined});
		const run = new Run(graphOf([onActive('a', {action: waits(5000, 20_000)})]), {transport});
		await run.begin();
		const state = await run.reaches('a@active', 'failed');
		expect(state.progress.get('a@active')?.because).toMatch(/web-1 does not answer; web-2 does not answer/);
		expect(asked(transport)).toEqual([]);
	});

	test('whose look-up was cut off is looked up again when the run is resumed, and runs once', async () => {
		const graph = graphOf([onActive('a')]);
		const hung = new FakeTransport();
		const asking = Promise.withResolvers<void>();
		hung.behaviour = () => {
			asking.resolve();
			return new Promise(() => {});
		};
		const store = createMemoryStore();
		const first = new Run(graph, {transport: hung, store});
		await first.begin();
		await asking.promise;
		await first.handle.close();

		const transport = saying({'web-1': 'web-2', 'web-2': 'web-2'});
		const open: ResumeRun = {kind: 'resume', by: 'ben', device: 'x', version: '0.1.0', pace: undefined};
		const second = new Run(graph, {transport, store, plan: {open}});
		await second.finish();
		expect(asked(transport)).toEqual(['web-1']);
		expect(transport.jobs.at(-1)).toBe('r1.a.web-2.1.run');
	});

	test('stops looking when the run is paused', async () => {
		const transport = saying({'web-1': undefined, 'web-2': undefined});
		const run = new Run(graphOf([onActive('a', {action: waits(5000, 600_000)})]), {transport});
		await run.begin();
		await run.ask({kind: 'pause', reason: 'lunch'});
		await run.handle.ended;
		expect(run.state.progress.get('a@active')?.state ?? 'open').toBe('open');
	});

	test('on the host under it runs there', async () => {
		const hosts = [
			{
				name: 'web-1',
				group: 'web',
				platform: 'linux',
				label: 'W1',
				runsOn: 'web-2',
				at: {line: 1, column: 1, length: 1},
			},
		] as const;
		const graph = {
			...graphOf([step('a', {hosts: ['active.runs_on'], on: {kind: 'runsOn', role: 'active'}})]),
			hosts,
		};
		const transport = saying({'web-1': 'w1', 'web-2': ''});
		const run = new Run(graph, {transport});
		await run.finish();
		expect(ran(transport)).toEqual(['web-2']);
		expect(run.events.map(({event}) => event)).toContainEqual(
			expect.objectContaining({type: 'RoleFound', because: 'web-1 says web-1, which runs on web-2'}),
		);
	});
});

describe('a satellite', () => {
	const group = {kind: 'group', group: 'web'} as const;

	test('on a group runs on each of its hosts, and all must succeed', async () => {
		const graph = graphOf([step('a', {verify: verify('look', {on: group})})]);
		const run = new Run(graph);
		await run.finish();
		expect(run.transport.sent.map(({host, command}) => `${command.script} ${host}`)).toEqual([
			'true web-1',
			'look web-1',
			'look web-2',
		]);
		expect(run.events.map(({event}) => event)).toContainEqual(
			expect.objectContaining({type: 'PartIntended', part: 'verify', on: ['web-1', 'web-2']}),
		);
	});

	test('on a group tells which host fails, and asks none behind it', async () => {
		const transport = new FakeTransport();
		transport.behaviour = ({host, command}) => ({
			kind: 'exited',
			code: command.script === 'look' && host === 'web-1' ? 3 : 0,
		});
		const run = new Run(graphOf([step('a', {verify: verify('look', {on: group})})]), {transport});
		await run.begin();
		const state = await run.reaches('a@web-1', 'failed');
		expect(state.progress.get('a@web-1')?.because).toBe('web-1: verify: exit 3, accepted: 0');
		expect(transport.sent.map(({host}) => host)).toEqual(['web-1', 'web-1']);
	});

	test('as a check on a group is satisfied only if all hosts are', async () => {
		const transport = new FakeTransport();
		transport.behaviour = ({host}) => ({kind: 'exited', code: host === 'web-2' ? 1 : 0});
		const run = new Run(graphOf([step('a', {check: satellite('look', {on: group})})]), {transport});
		await run.finish();
		expect(transport.sent.map(({host, command}) => `${command.script} ${host}`)).toEqual([
			'look web-1',
			'look web-2',
			'true web-1',
		]);
	});

	test('on a role runs where that is at the moment', async () => {
		const transport = saying({'web-1': 'web-2', 'web-2': 'web-2'});
		const graph = graphOf([
			step('a', {action: runs('move'), verify: verify('look', {on: {kind: 'role', role: 'active'}})}),
		]);
		const run = new Run(graph, {transport});
		await run.finish();
		expect(transport.sent.map(({host, command}) => `${command.script} ${host}`)).toEqual([
			'move web-1',
			'who web-1',
			'look web-2',
		]);
		expect(run.events.map(({event}) => event)).toContainEqual(
			expect.objectContaining({type: 'PartIntended', part: 'verify', host: 'web-1', on: ['web-2']}),
		);
	});

	test('tells where it failed, if that is not where the step is', async () => {
		const transport = saying({'web-1': 'web-2', 'web-2': 'web-2'});
		const {behaviour} = transport;
		transport.behaviour = (sent, ...rest) =>
			sent.command.script === 'look' ? {kind: 'exited', code: 3} : behaviour(sent, ...rest);
		const graph = graphOf([step('a', {verify: verify('look', {on: {kind: 'role', role: 'active'}})})]);
		const run = new Run(graph, {transport});
		await run.begin();
		const state = await run.reaches('a@web-1', 'failed');
		expect(state.progress.get('a@web-1')?.because).toBe('web-2: verify: exit 3, accepted: 0');
	});

	test('on a role that nobody knows fails before anything is sent, and says why', async () => {
		const transport = saying({'web-1': undefined, 'web-2': undefined});
		const graph = graphOf([step('a', {verify: verify('look', {on: {kind: 'role', role: 'active'}})})]);
		const run = new Run(graph, {transport});
		await run.begin();
		const state = await run.reaches('a@web-1', 'failed');
		expect(state.progress.get('a@web-1')?.because).toMatch(/^verify: nobody says where active is/);
	});
});

test('a host that turned us away is not asked where a role is: that could lock the account', async () => {
	const transport = saying({'web-1': 'web-1', 'web-2': 'web-2'});
	const graph = graphOf([onActive('a')]);
	const store = createMemoryStore();
	await store.append([started({graphHash: graphHash(graph)}), contacted('web-1'), contacted('web-2'), begun], 0);
	transport.contactWith = host =>
		host.name === 'web-1'
			? {kind: 'refused', refusal: 'unreachable', reason: 'away', next: ''}
			: {
					kind: 'reached',
					facts: {name: 'x', version: '', keyType: '', fingerprint: '', clockSkewMs: 0, uptimeSeconds: 1},
				};
	const open: ResumeRun = {kind: 'resume', by: 'ben', device: 'x', version: '0.1.0', pace: undefined};
	const run = new Run(graph, {transport, store, plan: {open}});
	await run.begin();
	await run.until(({status}) => status === 'finished');
	expect(asked(transport)).toEqual(['web-1']);

	transport.contactWith = () => ({kind: 'refused', refusal: 'auth', reason: 'wrong password', next: ''});
	const refused = new Run(graphOf([onActive('b')]), {transport});
	await refused.until(({hosts}) => hosts.get('web-1')?.kind === 'refused');
	expect(await refused.handle.request({kind: 'begin'})).toMatchObject({accepted: false});
});
