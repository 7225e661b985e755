import {describe, expect, test} from 'vitest';
import type {RunEvent} from '../../src/run/event.js';
import {afterTry, gapsUntil, startProbing} from '../../src/run/probing.js';
import {createMemoryStore} from '../../src/store/run-file.js';
import {graphOf, phase, probe, runs, step} from '../run/given.js';
import {DreamClock, FakeTransport, ok, Run, type Sent} from './fake-world.js';

const unreachable = {kind: 'notStarted', reason: 'connection refused'} as const;

/** A probe every second beside a step that takes so long. */
function beside(seconds: number, isUp: (second: number) => boolean) {
	const clock = new DreamClock();
	const transport = new FakeTransport();
	transport.behaviour = async ({command}: Sent) => {
		const at = await clock.now();
		begunAt ??= at;
		if (command.job.includes('.long.')) {
			await clock.sleep(seconds * 1000 + 1);
			return ok;
		}

		const isPing = command.job.includes('.ping.');
		return !isPing || isUp(Math.round((at - begunAt) / 1000)) ? ok : unreachable;
	};
	let begunAt: number | undefined;
	const graph = graphOf(
		[
			step('ping', {action: probe, phase: 'p', measure: {name: 'outage', from: undefined, maxMs: 5000}}),
			{...step('long', {action: runs('sleep'), phase: 'p'}), after: ['ping']},
			step('next', {phase: 'p'}),
		],
		[phase('p')],
	);
	return {graph, clock, transport};
}

function endsOf(run: Run): ReadonlyArray<Extract<RunEvent, {type: 'ProbeEnded'}>> {
	return run.events.flatMap(({event}) => (event.type === 'ProbeEnded' ? [event] : []));
}

describe('a probe', () => {
	test('tries beside the other steps of its phase, and tells the longest gap between two tries that succeed', async () => {
		const {graph, clock, transport} = beside(20, second => ![3, 4, 5, 9].includes(second));
		const run = new Run(graph, {clock, transport});
		await run.finish();
		const [end, ...others] = endsOf(run);
		expect(others).toEqual([]);
		expect(end).toMatchObject({attempt: 1, longestGapMs: 4000, because: '', settles: 'done'});
		expect(end?.gaps.map(({from, to}) => Date.parse(to) - Date.parse(from))).toEqual([4000, 2000]);
		expect(end?.tries).toBeGreaterThan(15);
	});

	test('whose host never comes back tells the gap until its end; one that never succeeded has failed', async () => {
		const gone = beside(10, second => second < 2);
		const run = new Run(gone.graph, gone);
		await run.finish();
		expect(endsOf(run)).toMatchObject([{settles: 'done'}]);
		expect(endsOf(run)[0]?.longestGapMs).toBeGreaterThanOrEqual(8000);

		const never = beside(3, () => false);
		const silent = new Run(never.graph, never);
		await silent.begin();
		await silent.reaches('ping@web-1', 'failed');
		expect(endsOf(silent)[0]?.because).toMatch(/^it never succeeded in \d tries$/);
	});

	test('stops while the run is paused, and begins again in a new attempt', async () => {
		const {graph, clock, transport} = beside(10, () => true);
		const store = createMemoryStore();
		const run = new Run(graph, {clock, transport, store});
		await run.begin();
		await run.reaches('ping@web-1', 'running');
		await run.ask({kind: 'pause', reason: ''});
		await run.handle.ended;
		await run.until(({progress}) => progress.get('ping@web-1')?.underWay === false);
		expect(endsOf(run)).toMatchObject([{attempt: 1, settles: null}]);
		await run.handle.close();

		const open = {kind: 'resume', by: 'ben', device: 'laptop', version: '0.1.0', pace: undefined} as const;
		const again = new Run(graph, {clock, transport, store, plan: {open}});
		await again.begin();
		await again.until(({progress}) => progress.get('ping@web-1')?.attempt === 2);
	});

	test('that is cancelled has failed', async () => {
		const {graph, clock, transport} = beside(60, () => true);
		const run = new Run(graph, {clock, transport});
		await run.begin();
		await run.reaches('ping@web-1', 'running');
		await run.ask({kind: 'cancel', step: 'ping'});
		await run.reaches('ping@web-1', 'failed');
		expect(endsOf(run)).toMatchObject([{because: 'cancelled'}]);
	});
});

describe('gaps', () => {
	test('are counted from the last try that succeeded; before the first, from the beginning', () => {
		const tries = [false, true, true, false, true];
		const probing = tries.reduce((so, isGood, index) => afterTry(so, isGood, 1000 * (index + 1)), startProbing(0));
		expect(gapsUntil(probing, 9000)).toEqual({
			longestGapMs: 2000,
			gaps: [
				{from: '1970-01-01T00:00:00.000Z', to: '1970-01-01T00:00:02.000Z'},
				{from: '1970-01-01T00:00:03.000Z', to: '1970-01-01T00:00:05.000Z'},
			],
		});
	});

	test('of a long outage in pieces are kept by their length', () => {
		let probing = startProbing(0);
		let now = 0;
		for (let length = 1; length <= 40; length++) {
			probing = afterTry(probing, true, now);
			probing = afterTry(probing, false, now + 1);
			now += length * 1000;
			probing = afterTry(probing, true, now);
		}

		const {gaps, longestGapMs} = gapsUntil(probing, now);
		expect(longestGapMs).toBe(40_000);
		expect(gaps).toHaveLength(20);
		expect(Date.parse(gaps[0]?.to ?? '') - Date.parse(gaps[0]?.from ?? '')).toBe(21_000);
	});
});
