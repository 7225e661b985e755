import {describe, expect, test} from 'vitest';
import {cutLine, fitLine, justify, type Line, paint, span, widthOfLine} from '../../src/ui/line.js';
import {themeOf} from '../../src/ui/theme.js';

const text = (line: Line) => line.map(part => part.text).join('');
const words: Line = [span('esxi1 '), span('running', 'busy'), span(' 12 s', 'quiet')];

describe('a line', () => {
	test.for([
		[40, 'esxi1 running 12 s'],
		[18, 'esxi1 running 12 s'],
		[15, 'esxi1 running …'],
		[14, 'esxi1 running…'],
		[13, 'esxi1 runnin…'],
		[6, 'esxi1…'],
		[1, '…'],
	] as const)('is cut to %i cells with a mark where something is missing', ([columns, wanted]) => {
		expect(text(cutLine(words, columns, '…'))).toBe(wanted);
	});

	test('never cuts a wide character in two', () => {
		expect(widthOfLine(fitLine([span('日本語')], 4, '…'))).toBe(4);
	});

	test('has its ends at both edges, and its left part is cut first', () => {
		expect(text(justify([span('left')], [span('right')], 12, '…'))).toBe('left   right');
		expect(text(justify([span('leftmost')], [span('right')], 10, '…'))).toBe('left…right');
	});
});

describe('painting', () => {
	const colored = themeOf({color: true, glyphs: 'unicode'});
	const plain = themeOf({color: false, glyphs: 'unicode'});

	test('opens and closes the look of a role', () => {
		expect(paint([[span('done', 'good')]], colored)).toBe('\x1b[32mdone\x1b[39m');
	});

	test('uses no colour without colours, but keeps weight and inversion', () => {
		const painted = paint([[span('chosen', 'chosen'), span('failed', 'bad'), span('done', 'good')]], plain);
		expect(painted).toBe('\x1b[7mchosen\x1b[27m\x1b[1mfailed\x1b[22mdone');
	});

	test('lets no control character through, whoever forgot to take it out', () => {
		expect(paint([[span('a\x1b]0;x\x07b\u009bc')]], plain)).toBe('a\ufffd]0;x\ufffdb\ufffdc');
	});
});
