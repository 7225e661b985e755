import {expect, test} from 'vitest';
import {readDocument} from '../../src/document/read.js';
import {refusalOf} from '../../src/document/refuse.js';
import {blocksOf, codesOf, read, readStrictly} from './read.js';

const megabyte = 1024 * 1024;

test.each([
	['over 16 MB', 'x'.repeat(16 * megabyte + 1), 'too-large'],
	['with NUL', '# Title\n\0\n', 'binary'],
	['empty', '', 'empty-document'],
	['blank', '\uFEFF \r\n\t\n', 'empty-document'],
])('a document %s is refused', (_what, source, code) => {
	const {document, problems} = readDocument('book.md', source);

	expect(codesOf(problems)).toEqual([`1:1 error ${code}`]);
	expect(document.sections).toEqual([]);
});

test('16 MB are not too much', () => {
	expect(refusalOf('book.md', 'x'.repeat(16 * megabyte))).toBeUndefined();
});

test.each([
	['blank lines', ''],
	['a list', '- item'],
	['a table', '| a | b |'],
	['a listing', '    log'],
])('thousands of lines in one block (%s) are a problem, and what follows is read', (_what, line) => {
	const lines = Array.from({length: 20_001}, () => line);
	const {document, problems} = read('# One', '', ...lines, '', '# Two');

	expect(codesOf(problems)).toEqual(['1:1 error too-long']);
	expect(document.sections.map(({title}) => title)).toEqual(['Two']);
});

test('one character that could not be decoded is a warning, many are an error', () => {
	const one = read('# Hosts', `${'a long line of text '.repeat(20)}caf\uFFFD`);
	const many = read('# \uFFFD\uFFFD', '\uFFFDH\uFFFD\uFFFDz');

	expect(codesOf(one.problems)).toEqual(['2:404 warning not-utf8']);
	expect(codesOf(many.problems)).toEqual(['1:3 error not-utf8']);
	expect(many.problems[0]?.message).toContain('5 characters');
});

test('line ends and a byte order mark move no place', () => {
	const lines = [
		'# Hosts <!-- id=hosts -->',
		'',
		'- a',
		'',
		'  ```sh on=esxi1',
		'  echo one',
		'  ',
		'  echo two',
		'  ```',
		'',
	];
	const {document} = readDocument('book.md', lines.join('\n'));

	for (const end of ['\r\n', '\r']) {
		expect(readDocument('book.md', `\uFEFF${lines.join(end)}`).document).toEqual(document);
	}

	expect(blocksOf(document)[1]).toMatchObject({code: 'echo one\n\necho two', codeLine: 6, codeColumn: 3});
});

test('a document without headings is one section of depth 0', () => {
	const {document} = read('', 'Text.', '', 'More.');

	expect(document.sections).toMatchObject([{depth: 0, title: '', at: {line: 2, column: 1, length: 5}}]);
	expect(document.sections[0]?.blocks).toHaveLength(2);
});

test('what GitHub draws differently is an error in a fieldbook and a warning elsewhere', () => {
	expect(codesOf(read('```sh', 'ls').problems)).toEqual(['1:1 warning unclosed-fence']);
	expect(codesOf(readStrictly('```sh', 'ls').problems)).toEqual(['4:1 error unclosed-fence']);
});

test('problems come in the order of the document', () => {
	const {problems} = readStrictly(
		'> [!DANGER]',
		'> x',
		'',
		'<!-- a',
		'',
		'-->',
		'',
		'<details>',
		'',
		'Text <!-- b',
		'',
		'```',
	);

	expect(codesOf(problems)).toEqual([
		'4:3 error unknown-alert',
		'11:1 error unclosed-details',
		'13:6 error unclosed-comment',
		'15:1 error unclosed-fence',
	]);
});

test('front matter over 64 KiB is a problem, and the Markdown below it is read', () => {
	const {document, problems} = read('---', 'fieldbook: 1', `# ${'x'.repeat(64 * 1024)}`, '---', '# Title');

	expect(codesOf(problems)).toEqual(['1:1 error front-matter-too-long']);
	expect(document.frontMatter).toBeUndefined();
	expect(document.sections).toMatchObject([{title: 'Title', at: {line: 5}}]);
});

test('empty front matter is front matter', () => {
	expect(read('---', '---', 'Text.').document.frontMatter).toEqual({yaml: '', line: 2});
});

test('thousands of nested quotes are a problem, and the sections around them are read', () => {
	const {document, problems} = readDocument('book.md', `# One\n\n${'> '.repeat(8000)}x\n\n# Two\n`, 1);

	expect(codesOf(problems)).toEqual(['3:1 error too-deep']);
	expect(document.sections.map(({title}) => title)).toEqual(['One', 'Two']);
});
