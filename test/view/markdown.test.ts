import fc from 'fast-check';
import {expect, test} from 'vitest';
import {widthOf} from '../../src/text/width.js';
import {markdownLines} from '../../src/view/markdown.js';
import type {TextLine} from '../../src/view/text-line.js';
import {hostileVectors} from '../text/hostile.js';

/** The lines as text, what is strong in `*`, code in backticks, quiet in `~`. */
function drawn(lines: readonly TextLine[]): string[] {
	const marks = {plain: '', strong: '*', code: '`', quiet: '~'};
	return lines.map(line => line.map(({text, style}) => marks[style] + text + marks[style]).join(''));
}

test.each<[string, string, string[]]>([
	['a paragraph', 'One two\nthree four five', ['One two three four', 'five']],
	['paragraphs', 'One.\n\nTwo.', ['One.', '', 'Two.']],
	['bold and code', 'Set **it** to `on` now', ['Set *it* to `on` now']],
	['bold over a break', 'Set **all of these switches** now', ['Set *all of these*', '*switches* now']],
	['emphasis is strong', 'do *not*', ['do *not*']],
	['a link', '[guide](http://x.y)', ['guide~ (http://x.y)~']],
	['a bare link', '<http://x.y>', ['http://x.y']],
	['a picture', '![rack](a.png)', ['~[rack: a.png]~']],
	['a list', '- one\n- two three four five six', ['- one', '- two three four', '  five six']],
	['numbers', '3. one\n4. two', ['3. one', '4. two']],
	['boxes', '- [ ] open\n- [x] done', ['- [ ] open', '- [x] done']],
	['a list in a list', '- one\n  - two\n    more', ['- one', '  - two more']],
	['a list with room', '- one\n\n- two', ['- one', '', '- two']],
	['code', '```sh\nif x\n  then y\n```', ['  `if x`', '  `  then y`']],
	['long code is cut', '```\nabcdefghijklmnopqrstuvwxyz\n```', ['  `abcdefghijklmnopq…`']],
	['a quote', '> said\n> so', ['| said so']],
	['a hard break', 'one  \ntwo', ['one', 'two']],
	['a table', '| a | bb |\n|---|---|\n| ccc | d |', ['*a    bb*', 'ccc  d']],
	[
		'a table that is too wide',
		'| name | meaning |\n|---|---|\n| a | one two three four |\n| b | |',
		['*name: *a', '*meaning: *one two', 'three four', '', '*name: *b'],
	],
	['a rule', 'a\n\n---\n\nb', ['a', '', '~--------------------~', '', 'b']],
	['HTML is shown', '<img src=x>', ['~<img src=x>~']],
	['nothing', '', []],
])('%s', (_, markdown, lines) => {
	expect(drawn(markdownLines(markdown, 20))).toEqual(lines);
});

test('values stand for placeholders after Markdown was read, in text and in code', () => {
	const fill = (text: string): string => text.replaceAll('{{group}}', '*g*_1_');
	expect(drawn(markdownLines('The {{group}} is **{{group}}** or `{{group}}`', 80, fill))).toEqual([
		'The *g*_1_ is **g*_1_* or `*g*_1_`',
	]);
});

test('no text breaks it, no line is wider than asked, nothing harmful comes out', () => {
	const pieces = fc.constantFrom(
		'**',
		'`',
		'\n',
		'- ',
		'> ',
		'|',
		'1. ',
		'```\n',
		'[a](b)',
		'日本',
		'<b>',
		' ',
		'word',
	);
	const markdown = fc.oneof(
		fc.array(fc.oneof(pieces, fc.string({maxLength: 5})), {maxLength: 30}).map(parts => parts.join('')),
		fc.constantFrom(...hostileVectors.map(([, bytes]) => new TextDecoder().decode(bytes))),
	);
	fc.assert(
		fc.property(markdown, text => {
			for (const line of markdownLines(text, 30)) {
				const shown = line.map(span => span.text).join('');
				expect(shown).not.toMatch(/[\p{Cc}\p{Cf}]/u);
			}
		}),
		{numRuns: 500},
	);
});

test('a prefix, a word and a table never make a line wider than the pane', () => {
	const markdown = `- ${'x'.repeat(100)}\n\n> ${'日本語'.repeat(20)}\n\n| ${'h'.repeat(60)} |\n|---|\n| ${'c'.repeat(60)} |`;
	for (const line of markdownLines(markdown, 30)) {
		expect(widthOf(line.map(({text}) => text).join(''))).toBeLessThanOrEqual(30);
	}
});

test('ten thousand quotes in one line are still lines', () => {
	expect(markdownLines(`${'> '.repeat(2000)}deep`, 80).length).toBeGreaterThan(0);
});
