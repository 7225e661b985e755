import fc from 'fast-check';
import {expect, test} from 'vitest';
import {MarkerFilter} from '../../src/transport/marker.js';

const token = 'fieldbook:0123456789abcdef';

test('however the stream is cut, the output is all that follows the marker, and nothing else', () => {
	fc.assert(
		fc.property(
			fc.string({maxLength: 300}),
			fc.uint8Array({maxLength: 300}),
			fc.array(fc.integer({min: 1, max: 40})),
			(noise, output, cuts) => {
				const filter = new MarkerFilter(token);
				const stream = Buffer.concat([Buffer.from(`${noise}${token} 4711\n`), output]);
				const passed = [...chunksOf(stream, cuts)].map(chunk => filter.push(chunk) ?? Buffer.alloc(0));

				expect(Buffer.concat(passed)).toEqual(Buffer.from(output));
				expect(filter.word).toBe('4711');
			},
		),
	);
});

test('without a marker there is no output, only noise, and not much of that is kept', () => {
	const filter = new MarkerFilter(token);

	expect(filter.push(Buffer.from('This account is not available.\n'))).toBeUndefined();
	for (let i = 0; i < 1000; i += 1) {
		expect(filter.push(Buffer.alloc(1000, 'x'))).toBeUndefined();
	}

	filter.end();
	expect(filter.word).toBeUndefined();
	expect(filter.noise).toMatch(/^This account is not available\.\nxxx/);
	expect(filter.noise.length).toBeLessThan(10_000);
});

function* chunksOf(stream: Buffer, cuts: readonly number[]): Generator<Buffer> {
	let at = 0;
	for (const size of cuts) {
		yield stream.subarray(at, at + size);
		at += size;
	}

	yield stream.subarray(at);
}
