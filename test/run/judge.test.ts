import {describe, expect, test} from 'vitest';
import {unexpected} from '../../src/run/expect.js';
import {judge, looksAtOutput, nextTryAfterMs, type Tried} from '../../src/run/judge.js';
import type {Outcome} from '../../src/run/outcome.js';
import type {ExpectedLine} from '../../src/runbook/runbook.js';
import {exited, file, lost, runs, type StepGiven, satellite, step, verify, waits} from './given.js';

const at = {line: 1, column: 1, length: 1};
const line = (text: string, match: ExpectedLine['match'] = 'exact'): ExpectedLine => ({text, match, at});
const notStarted: Outcome = {kind: 'notStarted', reason: 'connection refused'};
const killed: Outcome = {kind: 'signaled', signal: 'KILL'};
const timedOut: Outcome = {kind: 'timedOut', afterMs: 90_000};

function tried(outcome: Outcome, more: Partial<Tried> = {}): Tried {
	return {outcome, output: {out: '', err: ''}, overflowed: false, cancelled: false, tries: 1, ...more};
}

const given = (more: StepGiven = {}) => step('a', more).step;

describe('a run', () => {
	test.for<readonly [string, StepGiven, Outcome, string | null, string]>([
		['exit 0', {}, exited(0), 'done', ''],
		['exit 0 with a verify to come', {verify: verify()}, exited(0), null, ''],
		['exit 1', {}, exited(1), 'failed', 'exit 1, accepted: 0'],
		['exit 1 where it is accepted', {action: runs('x', {accepts: {codes: [0, 1]}})}, exited(1), 'done', ''],
		[
			'exit 2 beside the accepted',
			{action: runs('x', {accepts: {codes: [0, 1]}})},
			exited(2),
			'failed',
			'exit 2, accepted: 0, 1',
		],
		['exit 3 of what must fail', {action: runs('x', {accepts: 'any-but-zero'})}, exited(3), 'done', ''],
		[
			'exit 0 of what must fail',
			{action: runs('x', {accepts: 'any-but-zero'})},
			exited(0),
			'failed',
			'exit 0, accepted: any but 0',
		],
		[
			'a lost link of what must fail',
			{action: runs('x', {accepts: 'any-but-zero'})},
			lost,
			'unknown',
			'read ECONNRESET',
		],
		['never started', {}, notStarted, 'failed', 'connection refused'],
		['killed', {}, killed, 'failed', 'ended by signal KILL'],
		['out of time', {}, timedOut, 'failed', 'cancelled after 90 s, its time limit'],
		['lost', {}, lost, 'unknown', 'read ECONNRESET'],
		['lost, but changing nothing', {readonly: true}, lost, 'failed', 'read ECONNRESET'],
		['a wait that was lost', {action: waits()}, lost, 'failed', 'read ECONNRESET'],
		['a file that was lost', {action: file}, lost, 'unknown', 'read ECONNRESET'],
	])('%s', ([, more, outcome, settles, because]) => {
		expect(judge(given(more), 'run', 'running', tried(outcome))).toEqual({settles, because, captured: {}});
	});

	test('that was cancelled is told apart from one that was killed', () => {
		expect(judge(given(), 'run', 'running', tried(killed, {cancelled: true})).because).toBe('cancelled');
		expect(judge(given(), 'run', 'running', tried(lost, {cancelled: true}))).toMatchObject({
			settles: 'unknown',
			because: 'cancelled, but nobody saw it end: read ECONNRESET',
		});
	});
});

test('what was left to its host and got lost is unknown also where it changes nothing, and not sent again', () => {
	const left = tried(lost, {detached: true});
	const judgement = judge(given({readonly: true}), 'run', 'running', left);
	expect(judgement.settles).toBe('unknown');
	expect(nextTryAfterMs(given({readonly: true}), 'run', judgement, left, 0)).toBeUndefined();
});

describe('a script that makes its host restart', () => {
	const action = runs('reboot', {reboot: {forMs: 600_000}});
	const away = {kind: 'away', evidence: 'no route to host'} as const;
	test.for<readonly [string, Outcome, Partial<Tried>, StepGiven, string | null, string]>([
		['is done when the host is back, whatever became of the link', lost, {restart: {kind: 'back'}}, {}, 'done', ''],
		['is verified then', lost, {restart: {kind: 'back'}}, {verify: verify()}, null, ''],
		[
			'has failed if the host stays up',
			exited(0),
			{restart: {kind: 'none'}},
			{},
			'failed',
			'it did not restart within 600 s',
		],
		[
			'is unknown if the host stays away',
			lost,
			{restart: away},
			{},
			'unknown',
			'it did not come back within 600 s: no route to host',
		],
		['has failed at once if it failed before', exited(3), {}, {}, 'failed', 'exit 3, accepted: 0'],
		[
			'has failed if it is cancelled before the host goes',
			exited(0),
			{restart: {kind: 'none'}, cancelled: true},
			{},
			'failed',
			'cancelled before it had restarted',
		],
		[
			'is unknown if it is cancelled while the host is away',
			lost,
			{restart: away, cancelled: true},
			{},
			'unknown',
			'cancelled while it was away: no route to host',
		],
		[
			'must have printed what is expected all the same',
			lost,
			{restart: {kind: 'back'}},
			{expect: [line('restarting')]},
			'failed',
			'The line "restarting" did not appear.',
		],
	])('%s', ([, outcome, more, step, settles, because]) => {
		expect(judge(given({action, ...step}), 'run', 'running', tried(outcome, more))).toMatchObject({settles, because});
	});
});

describe('a check', () => {
	test.for<readonly [string, 'open' | 'unknown', Outcome, string | null]>([
		['there', 'open', exited(0), 'satisfied'],
		['not there', 'open', exited(1), null],
		['lost', 'open', lost, 'failed'],
		['never started', 'open', notStarted, 'failed'],
		['out of time', 'open', timedOut, 'failed'],
		['there after all', 'unknown', exited(0), 'done'],
		['not there after all', 'unknown', exited(1), 'unknown'],
		['still lost', 'unknown', lost, 'unknown'],
		['still not reached', 'unknown', notStarted, 'unknown'],
	])('%s, of a step that was %s', ([, before, outcome, settles]) => {
		expect(judge(given({check: satellite()}), 'check', before, tried(outcome)).settles).toBe(settles);
	});

	test('that was cancelled lets nothing run behind it', () => {
		const judgement = judge(given({check: satellite()}), 'check', 'open', tried(exited(1), {cancelled: true}));
		expect(judgement).toMatchObject({settles: 'failed', because: 'check: cancelled'});
	});

	test('with other output than expected has not found it', () => {
		const check = satellite('cat x', {expect: [line('on')]});
		const printed = tried(exited(0), {output: {out: 'off\n', err: ''}});
		expect(judge(given({check}), 'check', 'open', printed)).toMatchObject({
			settles: null,
			because: 'not there: The line "on" did not appear.',
		});
	});
});

describe('a verify', () => {
	test.for<readonly [Outcome, string, string]>([
		[exited(0), 'done', ''],
		[exited(1), 'failed', 'verify: exit 1, accepted: 0 after 3 tries'],
		[lost, 'failed', 'verify: read ECONNRESET'],
	])('%j', ([outcome, settles, because]) => {
		expect(judge(given({verify: verify()}), 'verify', 'running', tried(outcome, {tries: 3}))).toMatchObject({
			settles,
			because,
		});
	});
});

describe('what a run prints', () => {
	const captures = {name: 'vmhba', type: 'name', optional: false} as const;
	const printed = (out: string, more: Partial<Tried> = {}) => tried(exited(0), {output: {out, err: ''}, ...more});

	test('becomes a value, blanks around it taken off', () => {
		expect(judge(given({captures}), 'run', 'running', printed(' vmhba64\r\n'))).toEqual({
			settles: 'done',
			because: '',
			captured: {vmhba: 'vmhba64'},
		});
	});

	test.for<readonly [string, Partial<Tried>, string]>([
		['\n', {}, 'vmhba: "" is empty'],
		['two words', {}, 'vmhba: "two words" is no name'],
		['vmhba64', {overflowed: true}, 'more output than the 1 MiB'],
	])('%j %j is no value', ([out, more, because]) => {
		const judgement = judge(given({captures}), 'run', 'running', printed(out, more));
		expect(judgement).toMatchObject({settles: 'failed', captured: {}});
		expect(judgement.because).toContain(because);
	});

	test('may be nothing where the value is optional', () => {
		const judgement = judge(given({captures: {...captures, optional: true}}), 'run', 'running', printed(''));
		expect(judgement).toEqual({settles: 'done', because: '', captured: {}});
	});

	test('is looked into only where something asks for it', () => {
		expect(looksAtOutput(given(), 'run')).toBe(false);
		expect(looksAtOutput(given({captures}), 'run')).toBe(true);
		expect(looksAtOutput(given({captures, check: satellite()}), 'check')).toBe(false);
		expect(looksAtOutput(given({expect: [line('x')]}), 'run')).toBe(true);
		expect(looksAtOutput(given({verify: verify('x', {expect: [line('x')]})}), 'verify')).toBe(true);
	});
});

describe('the next try', () => {
	const pauseAfter = (more: StepGiven, outcome: Outcome, elapsedMs: number, about: Partial<Tried> = {}) => {
		const part = more.verify === undefined ? 'run' : 'verify';
		const one = tried(outcome, about);
		return nextTryAfterMs(given(more), part, judge(given(more), part, 'running', one), one, elapsedMs);
	};

	test.for<readonly [string, StepGiven, Outcome, number, number | undefined]>([
		['of a wait', {action: waits(5000, 60_000)}, exited(1), 0, 5000],
		['of a wait that just fits', {action: waits(5000, 60_000)}, exited(1), 55_000, 5000],
		['of a wait whose time is over', {action: waits(5000, 60_000)}, exited(1), 55_001, undefined],
		['of a wait that succeeded', {action: waits(5000, 60_000)}, exited(0), 0, undefined],
		['of a wait for a host that is down', {action: waits(5000, 60_000)}, notStarted, 0, 5000],
		['of a wait that was lost', {action: waits(5000, 60_000)}, lost, 0, 5000],
		['of a verify', {verify: verify('x', {everyMs: 2000, forMs: 9000})}, exited(1), 0, 2000],
		['of a verify that is tried once', {verify: verify()}, exited(1), 0, undefined],
		['of a lost change', {}, lost, 0, undefined],
		['of a failed change', {}, exited(1), 0, undefined],
		['of a lost script that changes nothing', {readonly: true}, lost, 0, 1000],
		['of a lost verify', {verify: verify()}, lost, 0, 1000],
		['of a readonly script that failed', {readonly: true}, exited(1), 0, undefined],
	])('%s', ([, more, outcome, elapsedMs, expected]) => {
		expect(pauseAfter(more, outcome, elapsedMs)).toBe(expected);
	});

	test('comes three times for what was lost, ever later', () => {
		const pauses = [1, 2, 3, 4].map(tries => pauseAfter({readonly: true}, lost, 0, {tries}));
		expect(pauses).toEqual([1000, 2000, 4000, undefined]);
	});

	test('does not come once somebody cancelled, nor where we are turned away', () => {
		expect(pauseAfter({action: waits()}, exited(1), 0, {cancelled: true})).toBeUndefined();
		expect(pauseAfter({action: waits()}, {...notStarted, refused: 'auth'}, 0)).toBeUndefined();
	});
});

describe('expected lines', () => {
	const output = '== nodes ==\r\n *ec1 ....: Online  \n  ec2 ....: Online\ntotal 2\n';

	test.for<readonly [string, readonly ExpectedLine[], boolean]>([
		['exact', [line('total 2')], true],
		['part of a line', [line('total')], false],
		['leading blanks count', [line('ec2 ....: Online')], false],
		['trailing blanks and CR do not', [line('== nodes =='), line(' *ec1 ....: Online')], true],
		['glob', [line(' *ec1 *: Online', 'glob'), line('  ec? *: Online', 'glob')], true],
		['an escaped star', [line(String.raw` \*ec1 *: Online`, 'glob')], true],
		['an escaped star where none is', [line(String.raw`total \*`, 'glob')], false],
		['a dot is a dot in a glob', [line('total.2', 'glob')], false],
		['pattern over the whole line', [line('total [0-9]+', 're')], true],
		['pattern over a part of it', [line('[0-9]+', 're')], false],
		['in order', [line('total 2'), line('== nodes ==')], false],
		['the same line twice', [line('total 2'), line('total 2')], false],
		['absent', [line('Offline', 'absent')], true],
		['absent and there', [line('total 2', 'absent')], false],
		['absent stands in no order', [line('total 2'), line('== nodes ==', 'absent')], false],
	])('%s', ([, expected, isMet]) => {
		expect(unexpected(expected, output) === undefined).toBe(isMet);
	});

	test('a pattern that would take JavaScript for ever takes no time', () => {
		expect(unexpected([line('(a+)+b', 're')], 'a'.repeat(5000))).toBe('The line "(a+)+b" did not appear.');
	});
});
