import {expect, test} from 'vitest';
import type {RunEvent} from '../../src/run/event.js';
import {exitStatusOf} from '../../src/run/exit-status.js';
import {graphHash} from '../../src/run/graph-hash.js';
import {DISK_FULL} from '../../src/run/stage.js';
import {
	begun,
	contacted,
	did,
	ended,
	exited,
	given,
	graphOf,
	intended,
	lost,
	started,
	step,
	twoHosts,
} from './given.js';

const refused: RunEvent = {type: 'HostRefused', host: 'web-2', refusal: 'auth', reason: '', next: ''};
const unreachable: RunEvent = {...refused, refusal: 'unreachable'};
const met: RunEvent = {type: 'HostKeyMet', host: 'web-2', keyType: 'rsa', fingerprint: 'SHA256:x'};
const start = [started(), contacted('web-1'), contacted('web-2'), begun];
const unknown = [intended({step: 'a'}), ended({step: 'a'}, 'unknown', lost)];

test.for<readonly [string, readonly RunEvent[], number]>([
	['all done', [...start, ...did({step: 'a'}), ...did({step: 'a', host: 'web-2'}), {type: 'RunFinished'}], 0],
	[
		'all given up, with a step taken back',
		[
			...start,
			...did({step: 'a'}),
			{type: 'UndoAsked', step: 'a', host: 'web-1', by: 'ana'},
			...did({step: 'a', attempt: 2, part: 'undo'}, 'undone'),
			{type: 'RunFinished'},
		],
		1,
	],
	['not begun', [started()], 1],
	['paused', [...start, {type: 'RunPaused', by: 'ana', reason: ''}], 1],
	['failed', [...start, ...did({step: 'a'}, 'failed', exited(1))], 1],
	['a host cannot be reached', [started(), contacted('web-1'), unreachable], 1],
	['unknown', [...start, ...unknown], 3],
	['unknown and failed', [...start, ...unknown, ...did({step: 'a', host: 'web-2'}, 'failed', exited(1))], 3],
	['a host refused us', [started(), contacted('web-1'), refused], 4],
	['a key that nobody trusted', [started(), contacted('web-1'), met], 4],
	['paused on a full disk', [...start, ...unknown, {type: 'RunPaused', by: 'fieldbook', reason: DISK_FULL}], 5],
	[
		'a host refused us later',
		[...start, ...did({step: 'a'}, 'failed', {kind: 'notStarted', reason: '', refused: 'auth'})],
		4,
	],
	['refused and unknown', [...start, ...unknown, refused], 4],
])('%s', ([, events, status]) => {
	expect(exitStatusOf(graphOf([step('a', {hosts: twoHosts})]), given(...events))).toBe(status);
});

test('a graph has the same hash while its steps are the same, in the same order', () => {
	const hashes = [
		graphOf([step('a'), step('b')]),
		graphOf([step('a', {title: 'another title'}), step('b')]),
		graphOf([step('b'), step('a')]),
		graphOf([step('a')]),
		graphOf([{...step('a'), hash: 'h1:other'}, step('b')]),
	].map(graphHash);
	expect(hashes[0]).toBe(hashes[1]);
	expect(new Set(hashes).size).toBe(4);
});
