import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {StreamDecoder} from '../../src/text/stream-decoder.js';

function decoded(bytes: Uint8Array, encoding: string, sizes: readonly number[]): string {
	const decoder = new StreamDecoder(encoding);
	let text = '';
	let from = 0;
	for (const size of sizes) {
		text += decoder.push(bytes.subarray(from, from + size));
		from += size;
	}

	return text + decoder.push(bytes.subarray(from)) + decoder.end();
}

/** Lead bytes, digits, letters and blanks meet often. */
const bytes = fc
	.array(
		fc.oneof(fc.integer({min: 0x80, max: 0xff}), fc.integer({min: 0x30, max: 0x7e}), fc.constantFrom(0x0a, 0x20, 0x1b)),
		{
			maxLength: 30,
		},
	)
	.map(all => Uint8Array.from(all));

describe.each(['utf-8', 'gbk', 'gb18030', 'euc-jp', 'shift_jis', 'big5', 'euc-kr', 'iso-2022-jp', 'utf-16le'])(
	'%s',
	encoding => {
		test('any bytes in any pieces give the text of the whole', () => {
			fc.assert(
				fc.property(bytes, fc.array(fc.integer({min: 1, max: 6})), (all, sizes) => {
					expect(decoded(all, encoding, sizes)).toBe(new TextDecoder(encoding).decode(all));
				}),
				{numRuns: 3000},
			);
		});
	},
);

test('bytes at which Node throws, though it was not asked to be strict', () => {
	const node = new TextDecoder('euc-jp');
	const halves = [Uint8Array.of(0x8f, 0xc5), Uint8Array.of(0x8d)] as const;
	node.decode(halves[0], {stream: true});
	expect(() => node.decode(halves[1], {stream: true}) + node.decode()).toThrow(TypeError);
	expect(decoded(Uint8Array.of(0x8f, 0xc5, 0x8d), 'euc-jp', [2])).toContain('\uFFFD');
});

test('a flood without an end of any character is not remembered whole', () => {
	const decoder = new StreamDecoder('euc-jp');
	const piece = new Uint8Array(50_001).fill(0xa4);
	let length = 0;
	for (let count = 0; count < 20; count++) {
		length += decoder.push(piece).length;
	}

	expect(length + decoder.end().length).toBeGreaterThan(500_000);
});
