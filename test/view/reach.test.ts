import {expect, test} from 'vitest';
import type {RunEvent} from '../../src/run/event.js';
import {nothingHeard, reachAfter, reachCells} from '../../src/view/reach.js';

const start = Date.parse('2026-11-20T14:00:00Z');
const second = (count: number) => new Date(start + count * 1000).toISOString();

function heard(...events: ReadonlyArray<readonly [number, RunEvent]>) {
	const reach = events.reduce(
		(before, [at, event], index) => reachAfter(before, {seq: index + 1, at: second(at), event}),
		nothingHeard,
	);
	return reach.get('esxi1') ?? [];
}

const contacted = {
	type: 'HostContacted',
	host: 'esxi1',
	facts: {name: '', version: '', keyType: '', fingerprint: '', clockSkewMs: null, uptimeSeconds: null},
} as const;
const seen = (what: 'down' | 'up', at: number): RunEvent => ({
	type: 'HostSeen',
	step: 'a',
	host: 'esxi1',
	what,
	since: second(at),
});
const ended = (outcome: Extract<RunEvent, {type: 'PartEnded'}>['outcome']): RunEvent => ({
	type: 'PartEnded',
	step: 'a',
	host: 'esxi1',
	attempt: 1,
	part: 'run',
	outcome,
	output: {bytes: 0, kept: 0, sha256: ''},
	tries: 1,
	because: '',
	settles: null,
	captured: {},
});

const cells = (list: ReturnType<typeof heard>, from: number, to: number, count: number) =>
	reachCells(list, start + from * 1000, start + to * 1000, count)
		.map(cell => ({heard: '#', silent: '_', unknown: '.'})[cell])
		.join('');

test('a host is silent from when it was last heard, not from when that was noticed', () => {
	expect(cells(heard([0, contacted], [7, seen('down', 4)]), 0, 10, 10)).toBe('####______');
});

test('and heard again from when it came', () => {
	expect(cells(heard([0, contacted], [3, seen('down', 2)], [9, seen('up', 6)]), 0, 10, 10)).toBe('##____####');
});

test('before anybody asked, nothing is known', () => {
	expect(cells(heard([5, contacted]), 0, 10, 10)).toBe('.....#####');
	expect(cells([], 0, 10, 4)).toBe('....');
});

test('an exit was heard, a lost link is silence, an attempt that was not started says nothing', () => {
	expect(heard([0, ended({kind: 'exited', code: 1})]).map(({isHeard}) => isHeard)).toEqual([true]);
	expect(heard([0, contacted], [1, ended({kind: 'lost', evidence: ''})]).map(({isHeard}) => isHeard)).toEqual([
		true,
		false,
	]);
	expect(heard([0, ended({kind: 'notStarted', reason: ''})])).toEqual([]);
});

test('who turns us away has answered', () => {
	const refused = (refusal: 'auth' | 'unreachable'): RunEvent => ({
		type: 'HostRefused',
		host: 'esxi1',
		refusal,
		reason: '',
		next: '',
	});
	expect(heard([0, refused('auth')])).toMatchObject([{isHeard: true}]);
	expect(heard([0, refused('unreachable')])).toMatchObject([{isHeard: false}]);
});

test('a short outage is not lost in a long stretch', () => {
	expect(cells(heard([0, contacted], [40, seen('down', 41)], [43, seen('up', 42)]), 0, 100, 4)).toBe('#_##');
});
