import {expect, test} from 'vitest';
import {relationOf} from '../../src/run/copies.js';

test.for([
	[['a', 'b'], ['a', 'b'], {kind: 'same', common: 2}],
	[['a', 'b', 'c'], ['a', 'b'], {kind: 'ahead', common: 2}],
	[['a'], ['a', 'b', 'c'], {kind: 'behind', common: 1}],
	[['a', 'b', 'c'], ['a', 'd'], {kind: 'fork', common: 1}],
	[['a'], ['b'], {kind: 'fork', common: 0}],
	[[], ['b'], {kind: 'behind', common: 0}],
] as const)('%j beside %j is %j', ([own, other, relation]) => {
	expect(relationOf(own, other)).toEqual(relation);
});
