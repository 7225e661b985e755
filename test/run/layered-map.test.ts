import fc from 'fast-check';
import {expect, test} from 'vitest';
import {LayeredMap} from '../../src/run/layered-map.js';

test('whatever is put into it in whatever order, it is as a Map would be', () => {
	const entry = fc.tuple(fc.nat({max: 700}), fc.nat());
	fc.assert(
		fc.property(fc.array(entry, {maxLength: 1500}), fc.array(entry), (puts, first) => {
			const ground = new Map(first);
			const made = puts.reduce((map, [key, value]) => map.with(key, value), LayeredMap.over<number, number>(ground));
			const expected = new Map([...first, ...puts]);

			expect([...made]).toEqual([...expected]);
			expect(made.size).toBe(expected.size);
			expect([...made.keys()]).toEqual([...expected.keys()]);
			expect([...made.values()]).toEqual([...expected.values()]);
			for (const key of [0, 350, 700]) {
				expect([made.has(key), made.get(key)]).toEqual([expected.has(key), expected.get(key)]);
			}
		}),
	);
});

test('the one that it was made of stays as it was', () => {
	const one = LayeredMap.over(new Map([['a', 1]]));
	const other = one.with('a', 2).with('b', 3);
	expect([[...one], [...other]]).toEqual([
		[['a', 1]],
		[
			['a', 2],
			['b', 3],
		],
	]);
});
