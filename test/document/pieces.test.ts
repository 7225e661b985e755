import {expect, test} from 'vitest';
import {readDocument} from '../../src/document/read.js';

const whole = Number.POSITIVE_INFINITY;

/** In pieces as short as possible, it reads as it does in one piece. */
function readsAlike(...lines: readonly string[]) {
	const source = lines.join('\n');
	const {document, problems} = readDocument('book.md', source, 1);

	expect({document, problems}).toEqual(readDocument('book.md', source, whole));
	return document.sections;
}

test.each([
	['a fence of backticks', '```sh', '```'],
	['a fence of tildes', '~~~', '~~~~'],
	['a longer fence around a shorter one', '````', '````'],
	['an indented fence', '   ```', ' ```'],
	['a comment', '<!--', '-->'],
	['a comment that begins in its line', '<!-- note', 'end --> trailing'],
	['a script', '<script>', '</script>'],
	['preformatted HTML', '<pre>', 'text</pre>'],
	['a processing instruction', '<?xml', '?>'],
	['a declaration', '<!DOCTYPE', '>'],
	['character data', '<![CDATA[', ']]>'],
])('%s is not cut in the middle', (_what, open, close) => {
	const sections = readsAlike(
		'# Before',
		'',
		open,
		'# one',
		'',
		'# two',
		'',
		'```x',
		'',
		'# three',
		close,
		'',
		'# After',
	);

	expect(sections.map(({title}) => title)).toEqual(['Before', 'After']);
});

test('what looks like a fence inside of a closed list item hides nothing below it', () => {
	const sections = readsAlike(
		'- Item',
		'',
		'  ```',
		'  never closed',
		'',
		'# One',
		'',
		'```',
		'',
		'# code',
		'```',
		'',
		'# Two',
	);

	expect(sections.map(({title}) => title)).toEqual(['', 'One', 'Two']);
});

test('what looks like a fence does not keep a long document in one piece', () => {
	const filler = Array.from({length: 400}, (_, index) => [`# Section ${index}`, '']).flat();

	expect(readsAlike('- Item', '', '  ```', '', ...filler)).toHaveLength(401);
});

test('a list goes on over blank lines', () => {
	const [section] = readsAlike(
		'- one',
		'',
		'- two',
		'',
		'* other list',
		'',
		'1. ordered',
		'',
		'2) other list',
		'',
		'Text.',
	);

	expect(section?.blocks.map(({kind}) => kind)).toEqual(['list', 'list', 'list', 'list', 'prose']);
});

test('details that span headings hold them', () => {
	const sections = readsAlike(
		'# A',
		'',
		'<details><summary>S</summary>',
		'',
		'# B',
		'',
		'Text.',
		'',
		'</details>',
		'',
		'# C',
	);

	expect(sections.map(({title}) => title)).toEqual(['A', 'C']);
	expect(sections[0]?.blocks).toMatchObject([{kind: 'details', summary: 'S', blocks: [{text: 'B'}, {text: 'Text.'}]}]);
});

test('definitions serve references in every piece, the first one wins', () => {
	const sections = readsAlike(
		'See [one], [Two Words][], [text][three], [none].',
		'',
		'[one]: first.md',
		'',
		'- [Two',
		'  words]: two.md',
		'',
		'> [three]: three.md',
		'',
		'[one]: later.md',
		'',
		'Again [ONE].',
		'',
		'```',
		'[one] in code that is never closed',
	);

	const links = sections.flatMap(({blocks}) => blocks.flatMap(block => (block.kind === 'prose' ? block.links : [])));
	expect(links.map(({url, text, at}) => `${at.line}:${at.column}+${at.length} ${text} ${url}`)).toEqual([
		'1:5+5 one first.md',
		'1:12+13 Two Words two.md',
		'1:27+13 text three.md',
		'12:7+5 ONE first.md',
	]);
});

test('a heading underlined with dashes and a rule at the start of a piece stay what they are', () => {
	const sections = readsAlike('Title', '---', '', '---', '', 'key: value', '---');

	expect(sections.map(({title}) => title)).toEqual(['Title', 'key: value']);
});
