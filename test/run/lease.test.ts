import {describe, expect, test} from 'vitest';
import type {RunEvent} from '../../src/run/event.js';
import {IllegalEvent} from '../../src/run/evolve.js';
import {type LeaseFacts, resumption} from '../../src/run/lease.js';
import type {Lease} from '../../src/run/state.js';
import {given, resumed, started} from './given.js';

const ana = {by: 'ana', device: 'laptop', deviceKey: 'SHA256:ana'};
const ben = {by: 'ben', device: 'desk', deviceKey: 'SHA256:ben'};

describe('a run is whose who opened it last', () => {
	test('by the first event', () => {
		expect(given(started({deviceKey: 'SHA256:ana'})).lease).toEqual({
			...ana,
			epoch: 1,
			since: '2026-11-20T10:00:01.000Z',
		});
	});

	test('by a resume, which says its epoch', () => {
		const state = given(started(), {type: 'RunResumed', ...ben, version: '1', epoch: 2, signed: 1});
		expect(state.lease).toEqual({...ben, epoch: 2, since: '2026-11-20T10:00:02.000Z'});
		expect(state.takeOvers).toEqual([]);
	});

	test('whose epochs count up where nobody said them, as in runs of fieldbook 0.1', () => {
		const state = given(started(), resumed, resumed);
		expect(state.lease).toMatchObject({by: 'ben', device: 'other laptop', deviceKey: undefined, epoch: 3});
	});

	test('and a take-over is remembered with whom it was taken from', () => {
		const from = {by: 'ana', device: 'laptop', epoch: 1};
		const taken: RunEvent = {type: 'RunResumed', ...ben, version: '1', epoch: 1001, takenFrom: from};
		const {lease, takeOvers} = given(started(), taken, resumed);
		expect(takeOvers).toEqual([{...ben, epoch: 1001, since: '2026-11-20T10:00:02.000Z', from}]);
		expect(lease?.epoch).toBe(1002);
	});

	test('an epoch that was reached before cannot have been given again', () => {
		const again: RunEvent = {type: 'RunResumed', ...ben, version: '1', epoch: 2};
		expect(() => given(started(), resumed, again)).toThrow(IllegalEvent);
	});
});

describe('whoever wants to go on', () => {
	const lease: Lease = {...ana, epoch: 3, since: ''};
	const held: LeaseFacts = {lease, isReleased: false, otherEpoch: undefined};
	const old: LeaseFacts = {...held, lease: {...lease, deviceKey: undefined}};
	const granted = {kind: 'granted', epoch: 4, takenFrom: undefined};
	const leapt = {kind: 'granted', epoch: 1003, takenFrom: undefined};
	const takenFrom = {by: 'ana', device: 'laptop', epoch: 3};

	const table: ReadonlyArray<readonly [string, LeaseFacts, typeof ana, boolean, object]> = [
		[
			'may where it was let go of, far above what the one before may count up to',
			{...held, isReleased: true},
			ben,
			false,
			leapt,
		],
		['may where he let go of it himself', {...held, isReleased: true}, ana, false, granted],
		['may where it is his own', held, ana, false, granted],
		['may on the device of the same name where it had no key', old, {...ben, device: 'laptop'}, false, granted],
		['must take over from another device', held, ben, false, {kind: 'needs-take-over', because: 'held'}],
		['must take over from another device that had no key', old, ben, false, {kind: 'needs-take-over', because: 'held'}],
		[
			'must take over where another file knows more, whosever it is',
			{...held, isReleased: true, otherEpoch: 3},
			ana,
			false,
			{kind: 'needs-take-over', because: 'other-file'},
		],
		['takes over far above what the other may count up to', held, ben, true, {...granted, epoch: 1003, takenFrom}],
		[
			'takes over above the other file too',
			{...held, otherEpoch: 1003},
			ben,
			true,
			{...granted, epoch: 2003, takenFrom},
		],
		['takes nothing over where it is free', {...held, isReleased: true}, ben, true, leapt],
	];

	test.for(table)('%s', ([, facts, opener, takeOver, expected]) => {
		expect(resumption(facts, opener, takeOver)).toEqual(expected);
	});
});
