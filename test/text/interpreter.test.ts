import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {OutputInterpreter, toScreenLines} from '../../src/text/interpreter.js';
import {type OutputLine, paintLine, textOf} from '../../src/text/output-line.js';
import {harmIn, hostileVectors, naiveStrip} from './hostile.js';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

function interpret(chunks: readonly Uint8Array[], encoding = 'utf-8'): OutputLine[] {
	const interpreter = new OutputInterpreter({encoding});
	for (const chunk of chunks) {
		interpreter.push(chunk);
	}

	interpreter.end();
	return [...interpreter.lines, interpreter.unfinished];
}

const textsOf = (output: string): string[] => interpret([encode(output)]).map(textOf);

/** What a terminal would get of these lines. */
const paint = (lines: readonly OutputLine[]): string =>
	lines.map(line => paintLine(line, {columns: 10_000, colour: true})).join('\n');

describe('what a line shows', () => {
	test.each<[string, string, string[]]>([
		['plain text', 'one\ntwo\n', ['one', 'two', '']],
		['CR LF', 'one\r\ntwo', ['one', 'two']],
		['a progress bar', '50%\r60%\r100%', ['100%']],
		['CR over a longer text', 'abcdef\rXY', ['XYcdef']],
		['BS', 'abc\b\bX', ['aXc']],
		['a tab', 'a\tb\tc', ['a       b       c']],
		['a tab goes over text and erases none', 'abcdefghij\r\tX', ['abcdefghXj']],
		['erase to the end', 'abcdef\r\u001B[2C\u001B[K', ['ab']],
		['erase to the cursor', 'abcdef\r\u001B[2C\u001B[1K', ['   def']],
		['erase the line', 'abc\u001B[2K\rX', ['X']],
		['columns', 'abc\u001B[1GX\u001B[5GY', ['Xbc Y']],
		['back', 'abc\u001B[2DX', ['aXc']],
		['half of a wide character', '日本\r\u001B[CX', [' X本']],
		['the other half of a wide character', '日本\rX', ['X 本']],
		['a mark joins what came before', 'e\u0301X\r\u001B[CY', ['e\u0301Y']],
		['vertical tab and form feed', 'a\u000Bb\u000Cc', ['a', 'b', 'c']],
		['a title', '\u001B]0;title\u0007text', ['text']],
		['a title without an end hides one line', '\u001B]0;title\ntext', ['', 'text']],
		['bidi becomes visible', 'a\u202Eb', ['a<U+202E>b']],
		['an emoji selector is dropped', '⚠\uFE0F', ['⚠']],
		['a lone selector is shown', 'a\uFE0F', ['a<U+FE0F>']],
		['invalid bytes', 'a\uFFFDb', ['a\uFFFDb']],
		['line drawing stays text', '\u001B(0lqk', ['lqk']],
	])('%s', (_, output, lines) => {
		expect(textsOf(output)).toEqual(lines);
	});

	test('a string sequence hides 4 KiB at most', () => {
		expect(textsOf(`\u001B]0;${'x'.repeat(10_000)}`).join('').length).toBeGreaterThan(5900);
	});

	test('a line without end goes on in the next one, and no line is longer than 4,096 cells', () => {
		const lines = textsOf(`${'x'.repeat(10_000)}${'日'.repeat(3000)}`);
		expect(lines.map(line => line.length).slice(0, 2)).toEqual([4096, 4096]);
		expect(lines.join('')).toBe(`${'x'.repeat(10_000)}${'日'.repeat(3000)}`);
	});

	test('a jump of a few bytes makes no line of thousands of blanks', () => {
		expect(textsOf('\u001B[9999GX\u001B[9999CY').map(line => line.length)).toEqual([502]);
	});

	test('only the newest lines are kept, and it is known how many came before', () => {
		const interpreter = new OutputInterpreter({maxLines: 10});
		for (let number = 1; number <= 1000; number++) {
			interpreter.push(encode(`${number}\n`));
		}

		expect(interpreter.lines.length).toBeLessThan(20);
		expect(interpreter.firstLine + interpreter.lines.length).toBe(1000);
		expect(interpreter.lines.at(-1)).toEqual([{text: '1000', sgr: ''}]);
	});

	test('lines are taken once', () => {
		const interpreter = new OutputInterpreter();
		interpreter.push(encode('one\ntwo\nthr'));
		expect(interpreter.take().map(textOf)).toEqual(['one', 'two']);
		expect(interpreter.take()).toEqual([]);
		expect(interpreter.unfinished.map(span => span.text)).toEqual(['thr']);
	});
});

describe('looks', () => {
	test.each<[string, string, Array<[string, string]>]>([
		[
			'16 colours',
			'\u001B[1;31mred\u001B[0m plain',
			[
				['red', '1;31'],
				[' plain', ''],
			],
		],
		['bright', '\u001B[97;100mx', [['x', '97;100']]],
		['256', '\u001B[38;5;208;48;5;17mx', [['x', '38;5;208;48;5;17']]],
		['RGB', '\u001B[38;2;255;0;0mx', [['x', '38;2;255;0;0']]],
		['RGB with colons', '\u001B[38:2::255:0:0;4:3mx', [['x', '4;38;2;255;0;0']]],
		['256 with colons', '\u001B[48:5:17mx', [['x', '48;5;17']]],
		[
			'off again',
			'\u001B[1;3;4;7;9mx\u001B[22;23;24;27;29my',
			[
				['x', '1;3;4;7;9'],
				['y', ''],
			],
		],
		['default colours', '\u001B[31;42m\u001B[39;49mx', [['x', '']]],
		['no parameter is a reset', '\u001B[31m\u001B[mx', [['x', '']]],
		['they last over lines', '\u001B[31ma\nb', [['b', '31']]],
		['underline colour is passed over', '\u001B[58;5;1;4mx', [['x', '4']]],
		['an impossible colour changes nothing', '\u001B[38;5;999mx', [['x', '']]],
		['blinking and conceal are not kept', '\u001B[5;8mx', [['x', '']]],
		[
			'the colour of its ground',
			'\u001B[31;41mx\u001B[44my',
			[
				['x', ''],
				['y', '31;44'],
			],
		],
		['inverse does not hide it either', '\u001B[7;30;40mx', [['x', '7']]],
		[
			'overwritten cells keep their own',
			'abc\r\u001B[31mX',
			[
				['X', '31'],
				['bc', ''],
			],
		],
		['more than 16 parameters', `\u001B[${'0;'.repeat(16)}31mx`, [['x', '']]],
	])('%s', (_, output, spans) => {
		expect(interpret([encode(output)]).at(-1)).toEqual(spans.map(([text, sgr]) => ({text, sgr})));
	});
});

describe('encodings', () => {
	test.each<[string, number[], string]>([
		['shift_jis', [0x93, 0xfa, 0x96, 0x7b], '日本'],
		['euc-jp', [0xc6, 0xfc, 0xcb, 0xdc], '日本'],
		['utf-16le', [0xe5, 0x65, 0x2c, 0x67], '日本'],
		['windows-1252', [0x9b, 0x33, 0x31, 0x6d], '›31m'],
	])('%s, whole and byte by byte', (encoding, bytes, text) => {
		expect(interpret([Uint8Array.from(bytes)], encoding).map(textOf)).toEqual([text]);
		expect(
			interpret(
				bytes.map(byte => Uint8Array.of(byte)),
				encoding,
			).map(textOf),
		).toEqual([text]);
	});

	test('a label that nobody knows is refused', () => {
		expect(() => new OutputInterpreter({encoding: 'klingon'})).toThrow(RangeError);
	});

	test('a stretch in one call, its unfinished line included', () => {
		expect(toScreenLines(encode('a\nb')).map(textOf)).toEqual(['a', 'b']);
		expect(toScreenLines(encode('a\n')).map(textOf)).toEqual(['a']);
	});
});

describe('hostile output', () => {
	test.each(hostileVectors)('%s: nothing but safe text comes out, however it is cut', (_, vector) => {
		const output = Uint8Array.of(...encode('before '), ...vector, ...encode(' after\nnext line\n'));
		const whole = interpret([output]);
		expect(harmIn(paint(whole))).toEqual([]);
		expect(whole.map(textOf)).toContain('next line');
		for (let cut = 1; cut < output.length; cut++) {
			expect(interpret([output.subarray(0, cut), output.subarray(cut)])).toEqual(whole);
		}
	});

	test('the families that hide text do not', () => {
		expect(textsOf('\u001B[8msecret')).toEqual(['secret']);
		expect(textsOf('ok\u{E0072}')).toEqual(['ok<U+E0072>']);
		expect(textsOf(`Z${'\u0351'.repeat(300)}`)).toEqual([`Z${'\u0351'.repeat(8)}`]);
	});

	test('floods of every kind end, and leave no more than they may', () => {
		const many = 1_000_000;
		const floods = [
			`\u001B]0;${'x'.repeat(many)}`,
			`\u001BP${'x'.repeat(many)}`,
			`\u001B[${'9'.repeat(many)}C`,
			'a\u001B[999999999b'.repeat(1000),
			`${'50%\r'.repeat(100_000)}100%`,
			'\u0001'.repeat(many),
		];
		for (const flood of floods) {
			expect(paint(interpret([encode(flood)])).length).toBeLessThanOrEqual(many);
		}

		expect(textsOf(floods[4] ?? '')).toEqual(['100%']);
	});
});

/** Pieces of which hostile output is made, more likely to meet than random bytes. */
const piece = fc.oneof(
	{weight: 3, arbitrary: fc.constantFrom(...hostileVectors.map(([, bytes]) => bytes))},
	{
		weight: 2,
		arbitrary: fc.constantFrom('\u001B', '[', ']', 'm', 'K', '\u0007', '\\', ';', '31', '\r', '\b', '\n').map(encode),
	},
	{weight: 1, arbitrary: fc.string({unit: 'grapheme', maxLength: 8}).map(encode)},
	{weight: 2, arbitrary: fc.uint8Array({maxLength: 12})},
);
const output = fc.array(piece, {maxLength: 25}).map(pieces => Uint8Array.from(pieces.flatMap(bytes => [...bytes])));

describe('fuzz', () => {
	test('no control character, and the same lines whatever the chunks', () => {
		fc.assert(
			fc.property(output, fc.array(fc.integer({min: 1, max: 40})), (bytes, sizes) => {
				const whole = interpret([bytes]);
				expect(harmIn(paint(whole))).toEqual([]);
				expect(interpret(chunksOf(bytes, sizes))).toEqual(whole);
			}),
			{numRuns: 2000},
		);
	});

	test('the same holds in an encoding of two bytes', () => {
		fc.assert(
			fc.property(output, fc.array(fc.integer({min: 1, max: 9})), (bytes, sizes) => {
				const whole = interpret([bytes], 'shift_jis');
				expect(harmIn(paint(whole))).toEqual([]);
				expect(interpret(chunksOf(bytes, sizes), 'shift_jis')).toEqual(whole);
			}),
			{numRuns: 300},
		);
	});

	test('a stripper of known sequences fails it: the fuzz can see what it is to see', () => {
		const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
		const found = fc.check(
			fc.property(output, fc.array(fc.integer({min: 1, max: 40})), (bytes, sizes) => {
				const stripped = chunksOf(bytes, sizes).map(chunk => naiveStrip(decode(chunk)));
				return harmIn(stripped.join('')).length === 0;
			}),
		);
		expect(found.failed).toBe(true);
		const rebuilt = naiveStrip(decode(encode('\u001B\u001B[0m]52;c;AAAA\u0007')));
		expect(harmIn(rebuilt)).toContain('\u001B');
	});
});

function chunksOf(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
	const chunks: Uint8Array[] = [];
	let start = 0;
	for (const size of sizes) {
		chunks.push(bytes.subarray(start, start + size));
		start += size;
	}

	return [...chunks, bytes.subarray(start)];
}
