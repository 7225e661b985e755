import fc from 'fast-check';
import {expect, test} from 'vitest';
import {sanitiseLine, sanitiseText} from '../../src/text/sanitise.js';
import {hostileVectors} from './hostile.js';

test.each([
	['esxi1.example', 'esxi1.example'],
	['日本語 café', '日本語 café'],
	['rm -rf /\recho ok', 'rm -rf /␍echo ok'],
	['rm\b\bls', 'rm␈␈ls'],
	['\u001B[31mred', '␛[31mred'],
	['a\tb', 'a    b'],
	['a\nb', 'a␊b'],
	['\u007F\u0000', '␡␀'],
	['\u009B31m', '<U+009B>31m'],
	['evil\u202Egnp', 'evil<U+202E>gnp'],
	['a\u200Bb', 'a<U+200B>b'],
	['ok\u{E0041}', 'ok<U+E0041>'],
	['\uD800', '<U+D800>'],
	['⚠\uFE0F careful', '⚠ careful'],
	['a\uFE0F', 'a<U+FE0F>'],
	[`Z${'\u0351'.repeat(20)}`, `Z${'\u0351'.repeat(8)}`],
	['\u0301x', ' \u0301x'],
])('%j is shown as %j', (text, shown) => {
	expect(sanitiseLine(text)).toBe(shown);
});

test('text of several lines keeps its line ends, and only these', () => {
	expect(sanitiseText('one\r\ntwo\n\rthree')).toEqual(['one', 'two', '␍three']);
});

const dangerous = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\p{Cs}]|\p{M}{9}|^\p{M}/u;

test('no hostile vector and no text gets a control or invisible character through', () => {
	for (const [, bytes] of hostileVectors) {
		expect(sanitiseLine(new TextDecoder().decode(bytes))).not.toMatch(dangerous);
	}

	fc.assert(
		fc.property(fc.oneof(fc.string({unit: 'binary'}), fc.string({unit: 'grapheme'})), text => {
			expect(sanitiseLine(text)).not.toMatch(dangerous);
		}),
		{numRuns: 1000},
	);
});
