import {describe, expect, test} from 'vitest';
import {cases, tell} from '../ring.js';
import {type Found, hunt} from '../simulation/hunt.js';
import {simulate} from '../simulation/simulate.js';

/**
Runs in worlds where everything goes wrong that can: see `test/simulation/`. One seed is one run, from its first event to its last.

`FIELDBOOK_SEED=7 vitest run --project rings test/rings/simulation.test.ts` shows what happens in the seventh.
*/

const SEEDS = cases(20_000, 1_000_000);

/** What must have happened in one of them at least. */
const HAPPENINGS = [
	...['RunResumed', 'RunPaused', 'RunFinished', 'HostKeyTrusted', 'HostRefused', 'HostContactAsked', 'PaceSet'],
	...['StepConfirmed', 'GatePassed', 'RoleFound', 'HostSeen', 'ManualAnswered', 'HandAsked', 'HandDone'],
	...['StepSkipped', 'StepMarked', 'RetryAsked', 'CheckAsked', 'LookAsked', 'CancelAsked', 'UndoAsked'],
	...['PhaseGivenUp', 'WayChosen', 'ProbeBegan', 'ProbeEnded', 'EvidenceTaken', 'NoteTaken'],
	...['exited', 'notStarted', 'signaled', 'timedOut', 'lost'].map(kind => `PartEnded ${kind}`),
	...['finished', 'running', 'notStarted', 'gone', 'superseded', 'unanswered'].map(kind => `JobLookedUp ${kind}`),
];

/** How the first seeds that failed can be looked at. */
async function told({failed}: Found): Promise<string> {
	const [first] = failed;
	if (first === undefined) {
		return '';
	}

	const {trace} = await simulate(first.seed, {traced: true});
	const list = failed.map(({seed, wrong, because}) => `seed ${seed}: ${wrong}: ${because}`);
	return [...list, '', `FIELDBOOK_SEED=${first.seed} shows all of:`, ...trace.slice(-60)].join('\n');
}

const alone = process.env['FIELDBOOK_SEED'];

if (alone !== undefined) {
	test('one seed, shown', async () => {
		const {trace, violation} = await simulate(Number(alone), {traced: true});
		process.stdout.write(`${trace.join('\n')}\n`);
		expect(violation).toBe(undefined);
	});
}

describe.skipIf(alone !== undefined)('whatever goes wrong', () => {
	test('no change runs twice unasked, no event is lost, and every run comes to its end', async () => {
		const found = await hunt(1, SEEDS + 1);
		tell('simulation', {
			seeds: found.seeds,
			events: found.events,
			crashes: found.crashes,
			'scripts run': found.executions,
			'silent double runs': found.failed.filter(({wrong}) => wrong === 'double').length,
			'lost events': found.failed.filter(({wrong}) => wrong === 'lost-event').length,
			'failed in any way': found.failed.length,
		});
		expect(await told(found)).toBe('');
		// Nothing of what it hunts through is left out by mistake
		const missing = HAPPENINGS.filter(kind => !found.kinds.has(kind));
		expect(missing).toEqual([]);
	});

	test('the same seed gives the same run', async () => {
		for (const seed of [3, 17, 400]) {
			const [one, other] = [await simulate(seed, {traced: true}), await simulate(seed, {traced: true})];
			expect(other).toEqual(one);
			expect(one.events).toBeGreaterThan(5);
		}
	});
});

describe.skipIf(alone !== undefined)('control', () => {
	test('a journal of outcomes alone lets changes run twice', async () => {
		const {failed, seeds} = await hunt(1, 400, {broken: 'losesIntents', blind: ['lost-event', 'event']});
		const doubles = failed.filter(({wrong}) => wrong === 'double').length;
		tell('simulation, a journal of outcomes alone', {seeds, 'silent double runs seen': doubles});
		expect(doubles).toBeGreaterThan(0);
	});

	test('a disk that acknowledges before it writes lets changes run twice', async () => {
		const {failed} = await hunt(1, 400, {broken: 'writesBehind', blind: ['lost-event', 'event', 'untrue']});
		expect(failed.map(({wrong}) => wrong)).toContain('double');
	});

	test('a disk that loses what it acknowledged is seen', async () => {
		const {failed} = await hunt(1, 400, {broken: 'losesAcknowledged'});
		expect(failed.map(({wrong}) => wrong)).toContain('lost-event');
	});
});
