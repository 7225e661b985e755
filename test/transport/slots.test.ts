import {expect, test} from 'vitest';
import {Slots} from '../../src/transport/slots.js';

test('so many at once, in order, and a failure frees its slot', async () => {
	const slots = new Slots(2);
	const begun: number[] = [];
	let [atOnce, most] = [0, 0];
	const work = Array.from({length: 6}, (_, number) =>
		slots.during(async () => {
			begun.push(number);
			atOnce += 1;
			most = Math.max(most, atOnce);
			await Promise.resolve();
			atOnce -= 1;
			if (number === 1) {
				throw new Error('no luck');
			}
		}),
	);
	const settled = await Promise.allSettled(work);

	expect(settled.map(({status}) => status)).toEqual(
		[0, 1, 2, 3, 4, 5].map(number => (number === 1 ? 'rejected' : 'fulfilled')),
	);
	expect(begun).toEqual([0, 1, 2, 3, 4, 5]);
	expect(most).toBe(2);
});
