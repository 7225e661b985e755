import {describe, expect, test} from 'vitest';
import type {ResumeRun} from '../../src/engine/plan.js';
import {createVault} from '../../src/engine/vault.js';
import {graphHash} from '../../src/run/graph-hash.js';
import {questions} from '../../src/run/next.js';
import type {Outcome} from '../../src/run/outcome.js';
import type {Param} from '../../src/runbook/runbook.js';
import {createMemoryStore} from '../../src/store/run-file.js';
import {begun, contacted, facts, graphOf, intended, lost, runs, started, step} from '../run/given.js';
import {DreamClock, FakeTransport, ok, print, Run} from './fake-world.js';

const again: ResumeRun = {kind: 'resume', by: 'ben', device: 'other laptop', version: '0.1.0', pace: undefined};
const long = runs('copy', {long: true});
const graph = graphOf([step('a', {action: long}), step('b')]);
const job = 'r1.a.web-1.1.run';
const silent = {kind: 'unanswered', evidence: 'no route to host'} as const;

/** The link is lost while it runs, and its host goes on with it. */
function losing(text = ''): FakeTransport {
	const transport = new FakeTransport();
	transport.behaviour = ({command}, sink) => {
		print(sink, command.script === 'copy' ? text : '');
		return command.script === 'copy' ? lost : ok;
	};
	return transport;
}

async function afterCrash(transport: FakeTransport, more: ConstructorParameters<typeof Run>[1] = {}, own = graph) {
	const store = createMemoryStore();
	const sent = intended({step: 'a'}, true, {detached: true, boot: 'b1'});
	await store.append(
		[started({graphHash: graphHash(own)}), contacted('web-1'), begun, sent],
		Date.UTC(2026, 10, 20, 9),
	);
	store.writeOutput({step: 'a', host: 'web-1', attempt: 1, part: 'run'}, 'out', Buffer.from('1 of 9\n'));
	return new Run(own, {store, transport, ...more, plan: {open: again}});
}

describe('a long step', () => {
	test('is left to its host, whose boot is known by then, and forgotten there once its outcome is durable', async () => {
		const transport = new FakeTransport();
		transport.contactWith = () => ({kind: 'reached', facts: {...facts('x'), bootId: 'b7'}});
		const run = new Run(graph, {transport});
		await run.finish();
		await run.handle.close();
		expect(transport.kept.asked).toEqual([`began ${job} #1`, `forgot ${job} #1`]);
		expect(run.events.map(({event}) => event)).toContainEqual(
			expect.objectContaining({type: 'PartIntended', step: 'a', detached: true, boot: 'b7'}),
		);
	});

	test('whose link is lost is found again by itself, and all of its output is there once', async () => {
		const transport = losing('1 of 9\n');
		transport.kept.answers.push(silent, silent);
		const run = new Run(graph, {transport});
		await run.begin();
		await run.until(({progress}) => progress.get('a@web-1')?.looked?.silentTimes === 1);
		transport.kept.print(job, '9 of 9\n');
		await run.until(() => transport.kept.asked.includes(`followed ${job} #1`));
		transport.kept.become(job, {kind: 'finished', code: 0});
		await run.until(({status}) => status === 'finished');
		await run.handle.close();
		expect(run.output('a')).toBe('1 of 9\n9 of 9\n');
		expect(transport.kept.asked).toEqual([
			`began ${job} #1`,
			...[1, 2, 3].map(() => `looked up ${job} #1`),
			`followed ${job} #1`,
			`forgot ${job} #1`,
		]);
	});

	test('is followed after a crash, from its first byte', async () => {
		const transport = new FakeTransport();
		transport.kept.print(job, '1 of 9\n9 of 9\n');
		transport.kept.become(job, {kind: 'finished', code: 0});
		const run = await afterCrash(transport);
		await run.finish();
		expect(run.output('a')).toBe('1 of 9\n9 of 9\n');
		expect(transport.jobs).toEqual(['r1.b.web-1.1.run']);
		expect(transport.kept.asked[0]).toBe(`looked up ${job} #2`);
	});

	test('keeps what was seen of it if nothing more comes', async () => {
		const transport = new FakeTransport();
		transport.kept.become(job, {kind: 'finished', code: 0});
		const run = await afterCrash(transport);
		const {progress} = await run.finish();
		expect(run.output('a')).toBe('1 of 9\n');
		expect(progress.get('a@web-1')?.output).toMatchObject({bytes: 7, kept: 7});
	});

	test('is cancelled on its host, whoever follows it', async () => {
		const transport = new FakeTransport();
		transport.kept.become(job, {kind: 'running'});
		const run = await afterCrash(transport);
		await run.begin();
		await run.until(() => transport.kept.asked.includes(`followed ${job} #2`));
		await run.ask({kind: 'cancel', step: 'a'});
		const {progress} = await run.reaches('a@web-1', 'failed');
		expect(progress.get('a@web-1')?.because).toBe('cancelled');
	});

	test('has its time from when it was sent, also after a crash', async () => {
		const transport = new FakeTransport();
		transport.kept.become(job, {kind: 'running'});
		const run = await afterCrash(transport);
		await run.begin();
		const {progress} = await run.reaches('a@web-1', 'failed');
		expect(progress.get('a@web-1')?.outcome).toEqual({kind: 'timedOut', afterMs: 600_000});
	});

	test('that ended in its time is only read, however late that is', async () => {
		const transport = new FakeTransport();
		transport.kept.become(job, {kind: 'finished', code: 0});
		transport.followJob = async (_host, _job, _sink, cancel) => {
			await new Promise(resolve => setImmediate(resolve));
			return cancel.aborted ? {kind: 'signaled', signal: 'TERM'} : ok;
		};
		const run = await afterCrash(transport);
		expect((await run.finish()).progress.get('a@web-1')?.state).toBe('done');
	});

	test('that never began begins in the next attempt', async () => {
		const run = await afterCrash(new FakeTransport());
		await run.finish();
		expect(run.transport.jobs).toEqual(['r1.a.web-1.2.run', 'r1.b.web-1.1.run']);
	});

	test('is not begun where the host shows another key than before', async () => {
		const transport = new FakeTransport();
		const run = new Run(graph, {transport});
		await run.until(state => questions(graph, state).some(({kind}) => kind === 'begin'));
		transport.contactWith = () => ({
			...{kind: 'refused', refusal: 'host-key-changed'},
			...{reason: 'its key has changed', next: ''},
		});
		await run.ask({kind: 'begin'});
		const {progress} = await run.reaches('a@web-1', 'failed');
		expect(progress.get('a@web-1')).toMatchObject({
			because: 'its key has changed',
			outcome: {kind: 'notStarted', refused: 'host-key-changed'},
		});
		expect(transport.jobs).toEqual([]);
	});

	test('a failure to tidy up is nobody’s', async () => {
		const transport = new FakeTransport();
		transport.forgetJob = async () => {
			throw new Error('the disk is gone');
		};
		const run = new Run(graph, {transport});
		expect((await run.finish()).status).toBe('finished');
		await run.handle.close();
	});
});

describe('the secrets of a long step', () => {
	const secret: Param = {
		...{name: 'pass', type: 'secret', label: 'Password', default: undefined, each: undefined},
		...{of: [], columns: [], given: {}, at: {line: 1, column: 1, length: 1}},
	};
	const own = graphOf([step('a', {action: runs('copy "$pass"', {long: true})})]);

	test('are asked for before its output is read on another laptop, and stand nowhere in it', async () => {
		const transport = new FakeTransport();
		transport.kept.print(job, 'using hunter22222\n');
		transport.kept.become(job, {kind: 'finished', code: 0});
		const run = await afterCrash(transport, {runbook: {params: [secret]}, vault: createVault({})}, own);
		await run.begin();
		await run.until(({progress}) => progress.get('a@web-1')?.state === 'unknown');
		const {prompts} = await run.handle.pull({afterSeq: 0, output: undefined});
		expect(prompts).toMatchObject([{name: 'pass'}]);
		expect(transport.kept.asked).toEqual([]);
		await run.handle.tell(prompts[0]?.id ?? 0, 'hunter22222');
		await run.until(({status}) => status === 'finished');
		expect(run.output('a')).not.toContain('hunter22222');
		expect(run.output('a')).toContain('using ');
	});

	test('that nobody gives leave its output unread, and a person is asked', async () => {
		const transport = new FakeTransport();
		transport.kept.become(job, {kind: 'finished', code: 0});
		const run = await afterCrash(transport, {runbook: {params: [secret]}, vault: createVault({})}, own);
		// Once because the run had it, and once more where its output cannot be read without
		await run.handle.tell(1, undefined);
		await run.begin();
		for (let open = 0; open === 0; await new Promise(setImmediate)) {
			open = (await run.handle.pull({afterSeq: 0, output: undefined})).prompts.length;
		}

		await run.handle.tell(2, undefined);
		const state = await run.until(state => questions(own, state).some(({kind}) => kind === 'unknown'));
		expect(state.progress.get('a@web-1')?.looked).toMatchObject({
			unasked: true,
			seen: {evidence: 'nobody gave pass, without which its output must not be read'},
		});
		expect(transport.kept.asked).toEqual([]);
	});
});

test('a colleague who took the run over stops it', async () => {
	const transport = losing();
	transport.kept.answers.push({kind: 'superseded', epoch: 1003});
	const run = new Run(graph, {transport});
	await run.begin();
	const {pausedBecause} = await run.until(({status}) => status === 'paused');
	expect(pausedBecause).toBe('a colleague has taken over this run: web-1 knows his epoch 1003, ours is 1');
});

test('with `always`, whatever changes something is left to its host, and nothing else', async () => {
	const mixed = graphOf([step('a'), step('b', {readonly: true})]);
	const run = new Run(mixed, {plan: {detach: 'always'}});
	await run.finish();
	expect(run.transport.kept.asked.filter(one => one.startsWith('began'))).toEqual([`began ${job} #1`]);
});

describe('a step that cuts the network', () => {
	const cut = graphOf([step('a', {action: runs('copy', {cut: {forMs: 300_000}})})]);

	test('is running while it is away, and its outcome is read afterwards', async () => {
		const transport = losing('cut\n');
		transport.kept.answers.push(silent, silent, silent);
		const run = new Run(cut, {transport});
		await run.begin();
		await run.until(() => transport.kept.asked.filter(one => one.startsWith('looked')).length >= 2);
		expect(run.state.progress.get('a@web-1')?.state).toBe('running');
		transport.kept.become(job, {kind: 'finished', code: 0});
		await run.until(({status}) => status === 'finished');
		expect(run.output('a')).toBe('cut\n');
		expect(run.events.some(({event}) => event.type === 'JobLookedUp')).toBe(false);
	});

	test('is read whole, also if its time limit has passed while it was away', async () => {
		const transport = losing('cut\n');
		const clock = new DreamClock();
		const {followJob} = transport;
		transport.followJob = async (host, ref, sink, cancel) => {
			await clock.sleep(100); // A connection takes its time
			transport.kept.print(job, 'whole\n');
			transport.kept.become(job, {kind: 'finished', code: 0});
			return cancel.aborted ? {kind: 'exited', code: 0} : followJob.call(transport, host, ref, sink, cancel);
		};
		transport.kept.answers.push(silent, silent, silent, {kind: 'finished', code: 0});
		const late = graphOf([step('a', {timeoutMs: 20_000, action: runs('copy', {cut: {forMs: 300_000}})})]);
		const run = new Run(late, {transport, clock});
		await run.finish();
		expect(run.output('a')).toBe('cut\nwhole\n');
	});

	test('is unknown if the network stays away longer, and looked up on', async () => {
		const transport = losing();
		transport.kept.answers.push(...Array.from({length: 60}, () => silent));
		const run = new Run(cut, {transport});
		await run.begin();
		await run.reaches('a@web-1', 'unknown');
		await run.until(state => questions(cut, state).some(({kind}) => kind === 'unknown'));
		expect(run.transport.kept.asked.filter(one => one.startsWith('looked')).length).toBeGreaterThan(42);
	});
});

describe('a step that makes its host restart', () => {
	const own = graphOf([step('a', {action: runs('reboot', {reboot: {forMs: 600_000}})}), step('b')]);

	/** Up with the first boot, then silent for so many looks, then up with another one. */
	function restarting(outcome: Outcome, {silentFor, boots = ['b1', 'b2']}: {silentFor: number; boots?: string[]}) {
		const transport = new FakeTransport();
		let isSent = false;
		let looks = 0;
		transport.behaviour = ({command}) => {
			isSent ||= command.script === 'reboot';
			return command.script === 'reboot' ? outcome : ok;
		};
		transport.isUp = () => !isSent || ++looks > silentFor;
		transport.contactWith = () => ({
			kind: 'reached',
			facts: {...facts('x'), uptimeSeconds: 99_999, bootId: boots[isSent ? 1 : 0] ?? ''},
		});
		return transport;
	}

	test.for<readonly [string, Outcome]>([
		['whose link goes with it', lost],
		['that ends before it goes', ok],
		['whose shell is ended by it', {kind: 'exited', code: 143}],
	])('is done when it is back with another boot: one %s', async ([, outcome]) => {
		const run = new Run(own, {transport: restarting(outcome, {silentFor: 7})});
		const {progress, hosts} = await run.finish();
		expect(progress.get('a@web-1')?.state).toBe('done');
		expect(hosts.get('web-1')).toMatchObject({facts: {bootId: 'b2'}});
		expect(run.events.map(({event}) => event)).toContainEqual(
			expect.objectContaining({type: 'PartIntended', reboots: true, boot: 'b1'}),
		);
	});

	test('fails at once if it fails and the host stays up', async () => {
		const transport = restarting({kind: 'exited', code: 3}, {silentFor: 0, boots: ['b1', 'b1']});
		const run = new Run(own, {transport});
		await run.begin();
		const {progress} = await run.reaches('a@web-1', 'failed');
		expect(progress.get('a@web-1')?.because).toBe('exit 3, accepted: 0');
	});

	test('fails if the host still has the same boot when its time is over', async () => {
		const run = new Run(own, {transport: restarting(ok, {silentFor: 0, boots: ['b1', 'b1']})});
		await run.begin();
		const {progress} = await run.reaches('a@web-1', 'failed');
		expect(progress.get('a@web-1')?.because).toBe('it did not restart within 600 s');
	});

	test('is unknown if it does not come back in time, and done if it comes back later', async () => {
		const run = new Run(own, {transport: restarting(lost, {silentFor: 130})});
		await run.begin();
		const {progress} = await run.reaches('a@web-1', 'unknown');
		expect(progress.get('a@web-1')?.because).toBe('it did not come back within 600 s: it does not answer');
		await run.until(({status}) => status === 'finished');
	});

	test('is not begun where nobody could tell that it restarted', async () => {
		const transport = new FakeTransport();
		transport.contactWith = () => ({kind: 'reached', facts: {...facts('x'), uptimeSeconds: null}});
		const run = new Run(own, {transport});
		await run.begin();
		const {progress} = await run.reaches('a@web-1', 'failed');
		expect(progress.get('a@web-1')?.because).toMatch(/does not say when it booted/);
		expect(transport.jobs).toEqual([]);
	});

	test.for(['b1', 'b2'])('after a crash its boot is compared: %s', async boot => {
		const store = createMemoryStore();
		const sent = intended({step: 'a'}, true, {reboots: true, boot: 'b1'});
		const hash = graphHash(own);
		await store.append([started({graphHash: hash}), contacted('web-1'), begun, sent], Date.UTC(2026, 10, 20, 9));
		const transport = new FakeTransport();
		transport.contactWith = () => ({kind: 'reached', facts: {...facts('x'), bootId: boot}});
		const run = new Run(own, {store, transport, plan: {open: again}});
		await run.begin();
		const {progress} = await run.reaches('a@web-1', 'failed', 'done');
		expect(progress.get('a@web-1')?.state).toBe(boot === 'b1' ? 'failed' : 'done');
	});
});
