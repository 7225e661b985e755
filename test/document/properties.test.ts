import fc from 'fast-check';
import {expect, test} from 'vitest';
import type {Document} from '../../src/document/document.js';
import {formatProblems} from '../../src/document/format-problem.js';
import {readDocument} from '../../src/document/read.js';
import {readCode} from '../../src/document/transcript.js';
import {unfilledPlaceholders} from '../../src/document/unfilled.js';
import {blocksOf, placesIn} from './read.js';

const fragments = [
	...['# Heading', '## Two <!-- id=two -->', '---', '===', '****'],
	...['```', '```sh on=esxi1', '````', '~~~', '~~~~ text', '`', '``'],
	...['- ', '* ', '1. ', '10) ', '- [ ] ', '- [x] ', '> ', '> [!CAUTION]', '> [!NOTE] x', '> [!DANGER]'],
	...[
		'<!-- on=ec1 -->',
		'<!-- open',
		'-->',
		'<!-->',
		'<details>',
		'<summary>Undo</summary>',
		'</details>',
		'</summary>',
	],
	...['<div>', '<pre>', '</pre>', '<script>', '</script>', '<?x', '?>', '<!X', '<![CDATA[', ']]>', '<br>', '<b', '/>'],
	...[
		'| a | b |',
		'|---|:-:|',
		'| `x|y` |',
		'\\|',
		'[link](to.md)',
		'![image](a.png)',
		'[label]',
		'[a][label]',
		'[^1]',
		'[^1]: note',
	],
	...[
		'[label]: to.md',
		'**bold',
		'*',
		'~~',
		'&amp;',
		'&#0;',
		'\\',
		'http://192.0.2.1/',
		'text',
		'漢字かな',
		'😀',
		'e\u0301',
		'\u200D',
	],
	...['\t', '  ', '    ', '\u00A0', '\u3000', '\v', '\f', '{{name}}', '$ ls', 'PS C:\\> dir', '%%X%%'],
];

const indents = ['', '', '', ' ', '  ', '   ', '    ', '     ', '\t', ' \t', '- ', '> ', '1.  '];

/** Lines of such fragments. */
const line = fc
	.tuple(fc.constantFrom(...indents), fc.array(fc.constantFrom(...fragments), {maxLength: 4}))
	.map(([indent, parts]) => indent + parts.join(''));

const markdown = fc.array(line, {maxLength: 25}).map(lines => lines.join('\n'));

const frontMatter = fc.constantFrom('', '', '---\nfieldbook: 1\n---\n', '---\nfieldbook: 1\n');
const nasty = fc.tuple(frontMatter, markdown).map(parts => parts.join(''));
const noise = fc.string({unit: 'binary', maxLength: 200});

/** Places that are not in the file, and lines of code that are not where the fence says. */
function misplaced(document: Document, problems: unknown): readonly unknown[] {
	const lines = document.source.split('\n');
	const lengthOf = (line: number) => lines[line - 1]?.length ?? -1;
	const outside = [...placesIn(document.sections), ...placesIn(problems)].filter(
		({line, column, length}) =>
			column < 1 || length < 1 || column - 1 + length > Math.max(lengthOf(line), column) || column - 1 > lengthOf(line),
	);
	const lost = blocksOf(document)
		.flatMap(block => (block.kind === 'fence' && block.code !== '' ? [block] : []))
		.filter(({code, codeLine}) =>
			code.split('\n').some((line, index) => lines[codeLine - 1 + index]?.endsWith(line.trimStart()) !== true),
		);
	return [...outside, ...lost];
}

test('whatever is read, every place is in the file and every line of code stands where it is said to', () => {
	fc.assert(
		fc.property(fc.oneof(nasty, nasty, noise), source => {
			const {document, problems} = readDocument('book.md', source);

			expect(misplaced(document, problems)).toEqual([]);
		}),
		{numRuns: 400},
	);
});

test('the check above notices a place outside and code that stands elsewhere', () => {
	const {document} = readDocument('book.md', '# Hosts\n\n```sh\necho one\n```\n');
	const shift = (by: number): Document =>
		JSON.parse(JSON.stringify(document).replace('"codeLine":4', `"codeLine":${4 + by}`));
	const place = {line: 1, column: 8, length: 2};

	expect(misplaced(document, [])).toEqual([]);
	expect(misplaced(shift(0), [])).toEqual([]);
	expect(misplaced(shift(1), [])).toHaveLength(1);
	expect(misplaced(document, [place])).toEqual([place]);
});

/** Below indented code, micromark 4.0.3 takes a list in a quote for one that interrupts a paragraph, where other rules hold. */
function isReadByWhatStandsAbove(source: string): boolean {
	return /^(?: {4}| {0,3}\t)/m.test(source) && source.includes('>');
}

test('in pieces, a document reads as it does in one piece', () => {
	fc.assert(
		fc.property(nasty, source => {
			fc.pre(!isReadByWhatStandsAbove(source));
			expect(readDocument('book.md', source, 1)).toEqual(readDocument('book.md', source, Number.POSITIVE_INFINITY));
		}),
		{numRuns: 300},
	);
});

test('line ends do not matter', () => {
	fc.assert(
		fc.property(nasty, fc.constantFrom('\r\n', '\r'), (source, end) => {
			expect(readDocument('book.md', source.replaceAll('\n', end))).toEqual(readDocument('book.md', source));
		}),
		{numRuns: 100},
	);
});

test('every problem can be shown, each in a headline and at most three lines', () => {
	fc.assert(
		fc.property(nasty, source => {
			for (const problem of readDocument('book.md', source).problems) {
				expect(formatProblems([problem], source).split('\n').length).toBeLessThanOrEqual(4);
			}
		}),
		{numRuns: 100},
	);
});

test('every code block is a script, a transcript or a listing, and its commands stand in it', () => {
	fc.assert(
		fc.property(fc.oneof(markdown, noise), fc.constantFrom('', 'sh', 'console', 'perl'), (code, language) => {
			const reading = readCode(language, code);
			const lines = code.split('\n');
			for (const {line, prompt, command} of reading.kind === 'transcript' ? reading.entries : []) {
				expect(lines[line - 1]).toContain(prompt);
				expect(lines[line - 1]).toContain(command.split('\n')[0]);
			}
		}),
	);
});

test('every placeholder stands where it is said to', () => {
	fc.assert(
		fc.property(fc.oneof(markdown, noise), code => {
			for (const {text, line, column} of unfilledPlaceholders(code)) {
				expect(code.split('\n')[line - 1]?.slice(column - 1, column - 1 + text.length)).toBe(text);
			}
		}),
	);
});
