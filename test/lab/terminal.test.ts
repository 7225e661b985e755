import {expect, test} from 'vitest';
import {Terminal} from '../../src/lab/ssh/terminal.js';

/** Types the keys; gives what was handed on, and what the screen shows at the end. */
function typed(...keys: string[]) {
	const handed: string[] = [];
	let echoed = '';
	const terminal = new Terminal({
		echo: text => {
			echoed += text;
		},
		line: text => handed.push(text),
		end: () => handed.push('END'),
		interrupt: () => handed.push('INT'),
	});
	for (const key of keys) {
		terminal.type(key);
	}
	return {handed, echoed};
}

test('a line is echoed and handed on whole', () => {
	expect(typed('ls -l', '\r')).toEqual({handed: ['ls -l\n'], echoed: 'ls -l\r\n'});
});

test('backspace, ^U and ^W edit the line', () => {
	expect(typed('lsx', '\x7f', ' -a', '\r').handed).toEqual(['ls -a\n']);
	expect(typed('rm -rf /', '\x15', 'ls', '\r').handed).toEqual(['ls\n']);
	expect(typed('echo one two', '\x17', 'three', '\r').handed).toEqual(['echo one three\n']);
	expect(typed('日本', '\x7f', '\r').handed).toEqual(['日\n']);
});

test('^C drops the line, ^D ends an empty one only', () => {
	expect(typed('half', '\x03', 'x', '\r').handed).toEqual(['INT', 'x\n']);
	expect(typed('\x04').handed).toEqual(['END']);
	expect(typed('x', '\x04', '\r').handed).toEqual(['x\n']);
});

test('the arrows go through the lines before', () => {
	expect(typed('one\r', 'two\r', '\x1b[A', '\x1b[A', '\r').handed).toEqual(['one\n', 'two\n', 'one\n']);
	expect(typed('one\r', '\x1b[A', '\x1b[B', 'new\r').handed).toEqual(['one\n', 'new\n']);
	expect(typed('\x1b[C', '\x1b[1;5D', 'x\r').handed).toEqual(['x\n']);
});
