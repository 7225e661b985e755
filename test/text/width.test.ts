import fc from 'fast-check';
import stringWidth from 'string-width';
import {expect, test} from 'vitest';
import {cutToWidth, graphemesOf, padToWidth, widthOf, wrapToWidth} from '../../src/text/width.js';

test.each([
	['', 0],
	['esxi1', 5],
	['日本語', 6],
	['ﾊﾝｶｸ', 4],
	['が', 2],
	['한글', 4],
	['①', 1],
	['✔ ✘ ▶', 5],
	['e\u0301', 1],
	['全角　空白', 10],
	['▇▁━│', 4],
])('%j takes %i cells', (text, width) => {
	expect(widthOf(text)).toBe(width);
});

test('every character that is measured without segmenting is as wide as string-width says', () => {
	const wrong: string[] = [];
	for (let code = 0xa0; code < 0xffff; code++) {
		const character = String.fromCharCode(code);
		if (code !== 0xad && widthOf(character) !== stringWidth(character)) {
			wrong.push(code.toString(16));
		}
	}

	expect(wrong).toEqual([]);
});

test('text of many scripts is as wide as string-width says, and its graphemes join to the text', () => {
	fc.assert(
		fc.property(fc.string({unit: 'grapheme'}), text => {
			fc.pre(!text.includes('\u001B') && !text.includes('\u009B'));
			expect(widthOf(text)).toBe(stringWidth(text));
			expect([...graphemesOf(text)].join('')).toBe(text);
		}),
	);
});

test.each([
	['esxi1', 5, 'esxi1'],
	['esxi1.example', 8, 'esxi1.e…'],
	['日本語', 6, '日本語'],
	['日本語', 5, '日本…'],
	['日本語', 4, '日…'],
	['e\u0301e\u0301e\u0301', 2, 'e\u0301…'],
	['esxi1', 0, ''],
])('%j cut to %i cells is %j', (text, columns, expected) => {
	expect(cutToWidth(text, columns)).toBe(expected);
});

test('the mark of a cut can be ASCII, and is left out where it has no room', () => {
	expect(cutToWidth('esxi1.example', 8, '...')).toBe('esxi1...');
	expect(cutToWidth('esxi1.example', 2, '...')).toBe('es');
});

test('padding fills to exactly the width, also where a wide character was cut in half', () => {
	expect(padToWidth('日本語', 4)).toBe('日… ');
	expect(padToWidth('ab', 4)).toBe('ab  ');
});

test.each([
	['one two three', 8, ['one two', 'three']],
	['one  two', 4, ['one', 'two']],
	['abcdefghij', 4, ['abcd', 'efgh', 'ij']],
	['日本語を書く', 5, ['日本', '語を', '書く']],
	['switch 切替 done', 9, ['switch 切', '替 done']],
	['a\n\nb', 9, ['a', '', 'b']],
	['  indented', 12, ['  indented']],
	['', 5, ['']],
])('%j wrapped at %i cells', (text, columns, lines) => {
	expect(wrapToWidth(text, columns)).toEqual(lines);
});

test('no cut or wrapped line is wider than asked, and wrapping loses nothing but blanks', () => {
	const anything = fc.oneof(fc.string({unit: 'grapheme'}), fc.string({unit: 'binary'}), fc.lorem());
	fc.assert(
		fc.property(anything, fc.integer({min: 2, max: 30}), (raw, columns) => {
			const text = raw.replaceAll(/[\p{Cc}\p{Cs}]/gu, '');
			const lines = wrapToWidth(text, columns);
			expect(lines.every(line => widthOf(line) <= columns)).toBe(true);
			expect(lines.join('').replaceAll(/\s/g, '')).toBe(text.replaceAll(/\s/g, ''));
			expect(widthOf(cutToWidth(text, columns))).toBeLessThanOrEqual(columns);
			expect(widthOf(padToWidth(text, columns))).toBe(columns);
		}),
		{numRuns: 500},
	);
});
