import {expect, test} from 'vitest';
import {formatProblems} from '../../src/document/format-problem.js';
import type {Problem} from '../../src/document/problem.js';
import {widthOf} from '../../src/text/width.js';

function problem(line: number, column: number, length: number, more: Partial<Problem> = {}): Problem {
	return {
		file: 'book.md',
		at: {line, column, length},
		severity: 'error',
		code: 'unknown-key',
		message: 'There is no key "tmeout".',
		help: 'Did you mean "timeout"?',
		...more,
	};
}

test('shows where, what, the line with a caret, and what was meant', () => {
	expect(formatProblems([problem(2, 16, 6)], '# Hosts\n```sh on=esxi1 tmeout=2m\n')).toBe(
		`book.md:2:16 error[unknown-key] There is no key "tmeout".
   2 | \`\`\`sh on=esxi1 tmeout=2m
     |                ^^^^^^
  Did you mean "timeout"?`,
	);
});

test('shows every problem, without help and without a line where there is none', () => {
	const problems = [problem(9, 1, 1, {help: ''}), problem(1, 3, 5, {severity: 'warning', help: ''})];

	expect(formatProblems(problems, '# Hosts')).toBe(
		`book.md:9:1 error[unknown-key] There is no key "tmeout".
book.md:1:3 warning[unknown-key] There is no key "tmeout".
   1 | # Hosts
     |   ^^^^^`,
	);
	expect(formatProblems([], '# Hosts')).toBe('');
});

/** The source line as shown, and what of it stands above the carets. */
function shown(source: string, column: number, length: number) {
	const [, line = '', carets = ''] = formatProblems([problem(1, column, length)], source).split('\n');
	const start = carets.indexOf('^');
	const width = carets.length - start;
	let cells = 0;
	let marked = '';
	for (const {segment} of new Intl.Segmenter().segment(line)) {
		marked += cells >= start && cells < start + width ? segment : '';
		cells += widthOf(segment);
	}

	return {line, marked, width};
}

test.each([
	['tabs', '\t\tkey\t=value', 3, 3, 'key'],
	['wide characters', '手順書の key=値', 6, 3, 'key'],
	['wide characters that are marked', 'id=手順 on=x', 4, 2, '手順'],
	['combining marks', 'cafe\u0301 key', 7, 3, 'key'],
	['pictographs', '👩‍💻 key', 7, 3, 'key'],
	['CR LF and a byte order mark', '\uFEFFkey\r\nnext', 1, 3, 'key'],
	['control characters', 'a\u001B[31m key', 8, 3, 'key'],
])('the caret stands right behind %s', (_what, source, column, length, marked) => {
	expect(shown(source, column, length).marked).toBe(marked);
});

test.each([
	['before it', 'x'.repeat(3000), '', 3],
	['behind it', '', 'x'.repeat(3000), 3],
	['around it', '手'.repeat(3000), '順'.repeat(3000), 3],
])('a line that is long %s is cut around the caret', (_where, before, after, length) => {
	const {line, marked} = shown(`${before}key${after}`, before.length + 1, length);

	expect(marked).toBe('key');
	expect(line).toContain('…');
	expect(widthOf(line)).toBeLessThanOrEqual(103);
});

test('a caret as long as the line is cut, too', () => {
	const {line, width} = shown('x'.repeat(3000), 1, 3000);

	expect(widthOf(line)).toBe(103);
	expect(width).toBe(96);
});

test('an empty place past the end of the line has one caret', () => {
	expect(shown('- [ ] Step', 11, 1)).toMatchObject({width: 1, marked: ''});
});

test('nothing from a document reaches the terminal as it is', () => {
	const hostile = 'a\u001B]0;title\u0007\u202Eb';
	const text = formatProblems(
		[problem(1, 1, hostile.length, {file: hostile, message: `one\n${hostile}`, help: hostile})],
		hostile,
	);

	for (const character of ['\u001B', '\u0007', '\u202E']) {
		expect(text).not.toContain(character);
	}

	expect(text.split('\n')).toHaveLength(4);
});

test('a line in which a secret was written down is not shown', () => {
	expect(formatProblems([problem(1, 6, 14, {code: 'secret-in-clear'})], 'key: zebra-crossing')).not.toContain('zebra');
});
