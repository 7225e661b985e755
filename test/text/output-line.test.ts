import {expect, test} from 'vitest';
import {type OutputLine, paintLine, textOf, wrapOutputLine} from '../../src/text/output-line.js';

const line: OutputLine = [
	{text: 'ok ', sgr: ''},
	{text: '日本語', sgr: '1;31'},
	{text: ' end', sgr: ''},
];

test('a line is cut to its cells, and every look ends with it', () => {
	expect(paintLine(line, {columns: 7, colour: true})).toBe('ok \u001B[1;31m日本\u001B[0m');
	expect(paintLine(line, {columns: 6, colour: true})).toBe('ok \u001B[1;31m日\u001B[0m');
	expect(paintLine(line, {columns: 80, colour: false})).toBe('ok 日本語 end');
});

test('scrolled sideways, half of a wide character is a blank', () => {
	expect(paintLine(line, {from: 4, columns: 4, colour: false})).toBe(' 本');
	expect(paintLine(line, {from: 4, columns: 5, colour: false})).toBe(' 本語');
	expect(paintLine(line, {from: 9, columns: 9, colour: false})).toBe(' end');
	expect(paintLine(line, {from: 40, columns: 9, colour: false})).toBe('');
});

test('wrapped, nothing is lost and the looks go along', () => {
	const pieces = wrapOutputLine(line, 5);
	expect(pieces.map(textOf)).toEqual(['ok 日', '本語 ', 'end']);
	expect(pieces[1]).toEqual([
		{text: '本語', sgr: '1;31'},
		{text: ' ', sgr: ''},
	]);
	expect(wrapOutputLine([], 5)).toEqual([[]]);
});
