import {execFileSync} from 'node:child_process';
import fc from 'fast-check';
import {expect, test} from 'vitest';
import {nearest} from '../../src/text/nearest.js';
import {quotePosix, quotePowerShell} from '../../src/text/quote.js';

test('a quoted text is one word that the shell gives back unchanged', () => {
	const texts = ["it's", '$(reboot)', '`id`', 'a b\\', '"', '', "'", "''", '!!', '~', '日本語', 'a\nb', '-n', '*'];

	const printed = execFileSync('/bin/sh', ['-c', texts.map(text => `printf '%s\\0' ${quotePosix(text)}`).join('\n')]);

	expect(printed.toString().split('\0').slice(0, -1)).toEqual(texts);
});

test('whatever the text, taking the quoting off again gives it back', () => {
	const unit = fc.constantFrom("'", '‘', '’', '‚', '‛', '"', '\\', '`', '$', '(', '\n', 'a', '日');
	fc.assert(
		fc.property(fc.string({unit}), text => {
			expect(quotePosix(text).slice(1, -1).replaceAll("'\\''", "'")).toBe(text);
			expect(
				quotePowerShell(text)
					.slice(1, -1)
					.replaceAll(/(['\u2018-\u201B])\1/g, '$1'),
			).toBe(text);
		}),
	);
});

test.each([
	["it's", "'it''s'"],
	['“quoted” and ‘single’', "'“quoted” and ‘‘single’’'"],
	['$env:PATH', "'$env:PATH'"],
])('PowerShell reads %s as itself', (text, quoted) => {
	expect(quotePowerShell(text)).toBe(quoted);
});

test('a text with NUL is refused', () => {
	expect(() => quotePosix('a\0b')).toThrow(RangeError);
	expect(() => quotePowerShell('\0')).toThrow(RangeError);
});

test.each([
	['serail', 'serial'],
	['readnoly', 'readonly'],
	['tiemout', 'timeout'],
	['Serial', 'serial'],
	['esxi3', 'esxi1'],
	['srl', 'serial'],
	['rdonly', 'readonly'],
	['clp-monitor', undefined],
	['x', undefined],
	['', undefined],
	['y'.repeat(100_000), undefined],
])('%s probably means %s', (word, meant) => {
	expect(nearest(word, ['serial', 'readonly', 'timeout', 'esxi1', 'esxi2', 'on'])).toBe(meant);
});
