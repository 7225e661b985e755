import {expect, test} from 'vitest';
import {readWords} from '../../src/runbook/words.js';

const start = {line: 10, column: 7, length: 1};

test('words, values and values in quotes have places', () => {
	const {words, faults} = readWords(` on=esxi1  serial when="a == 'b c'"`, start);

	expect(faults).toEqual([]);
	expect(words).toEqual([
		{name: 'on', value: 'esxi1', at: {line: 10, column: 8, length: 8}, valueAt: {line: 10, column: 11, length: 5}},
		{
			name: 'serial',
			value: undefined,
			at: {line: 10, column: 18, length: 6},
			valueAt: {line: 10, column: 18, length: 6},
		},
		{
			name: 'when',
			value: "a == 'b c'",
			at: {line: 10, column: 25, length: 17},
			valueAt: {line: 10, column: 31, length: 10},
		},
	]);
});

test('a comment may span lines; its later lines begin in column 1', () => {
	const {words} = readWords('wait on=ec2\n  every=5s\n', start);

	expect(words.map(({name, at: {line, column}}) => [name, line, column])).toEqual([
		['wait', 10, 7],
		['on', 10, 12],
		['every', 11, 3],
	]);
});

test.each([
	['when="a', 'The quotes of when= are never closed.', 7],
	['on= esxi1', 'on= has no value.', 7],
	['id=""', 'id= has no value.', 7],
	['serial on="a"b', 'on="a"b is neither a word nor key=value.', 14],
	['=x', '=x is neither a word nor key=value.', 7],
	['"on=x"', '"on=x" is neither a word nor key=value.', 7],
	['a"b', 'a"b is neither a word nor key=value.', 7],
])('%s: %s', (text, message, column) => {
	expect(readWords(text, start).faults).toMatchObject([{message, at: {line: 10, column}}]);
});

test.each(['', '   ', '\n'])('%j holds no word', text => {
	expect(readWords(text, start)).toEqual({words: [], faults: []});
});

test('100,000 words are read in one pass', () => {
	expect(readWords('a=b '.repeat(100_000), start).words).toHaveLength(100_000);
	expect(readWords('"'.repeat(100_000), start).faults).toHaveLength(1);
});
