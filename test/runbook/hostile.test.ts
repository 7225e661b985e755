import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import fc from 'fast-check';
import {expect, test} from 'vitest';
import {expandRunbook} from '../../src/runbook/expand.js';
import {compile, frontMatter} from './compile.js';

const folder = join(import.meta.dirname, 'golden');
const documents = readdirSync(folder)
	.filter(name => name.endsWith('.md'))
	.map(name => readFileSync(join(folder, name), 'utf8'));

/** Pieces that mean something somewhere. */
const pieces = [
	'{{',
	'}}',
	'\\{{',
	'`',
	'```',
	'"',
	"'",
	'<!--',
	'-->',
	'\n',
	'\n\n',
	'- [ ] ',
	'> [!CAUTION]\n',
	'# ',
	'|',
	'---\n',
	'on=',
	'each="h in ec"',
	'<details>',
	'$(',
	'\t',
	'  ',
	'\0',
	'\u202E',
	'@',
	'.start',
	'check',
	' when="',
];

const edit = fc.record({at: fc.nat(2000), remove: fc.nat(20), insert: fc.constantFrom('', ...pieces)});

test('whatever becomes of a document, compiling it gives a runbook and problems inside of the file', () => {
	fc.assert(
		fc.property(fc.constantFrom(...documents), fc.array(edit, {maxLength: 6}), (source, edits) => {
			const broken = edits.reduce((text, {at, remove, insert}) => {
				const place = at % (text.length + 1);
				return text.slice(0, place) + insert + text.slice(place + remove);
			}, source);

			const {runbook, problems} = compile(broken);

			const lines = broken.split(/\r\n?|\n/);
			for (const {at, message} of problems) {
				expect(message).not.toBe('');
				expect(at.line).toBeGreaterThanOrEqual(1);
				expect(at.line).toBeLessThanOrEqual(Math.max(1, lines.length));
				expect(at.column).toBeGreaterThanOrEqual(1);
				expect(at.length).toBeGreaterThanOrEqual(1);
			}

			expect(expandRunbook(runbook, {}).phases.every(({each}) => each === undefined)).toBe(true);
			const ids = [...runbook.phases, ...runbook.steps].map(({id}) => id);
			expect(runbook.steps.every(({phase}) => phase === undefined || ids.includes(phase))).toBe(true);
		}),
		{numRuns: 60},
	);
}, 30_000);

test.each([
	['headings', '# a\n\n'],
	['items', '- [ ] a\n'],
	['comments', '<!-- on=ec1 -->\n\n'],
	['placeholders', 'x {{vm}} {{nope}}\n\n'],
	['alerts', '> [!CAUTION]\n> a\n\n'],
])('thousands of %s are compiled', (_what, piece) => {
	const {problems} = compile(frontMatter + piece.repeat(2000));

	expect(problems.length).toBeLessThan(10_000);
});

test.each(['constructor', '__proto__', 'valueOf'])('no variable is called %s', variable => {
	const {problems} = compile(`${frontMatter}# A\n<!-- each="${variable} in vms" -->\n\n- [ ] Do.\n`);

	expect(problems.map(({code}) => code)).toContain('duplicate-name');
});

test('a heading can have any name', () => {
	const titles = ['constructor', '__proto__', 'toString', '日本語', '日本', '', '!!!', 'a'.repeat(500)];

	const {runbook} = compile(
		`${frontMatter}${titles.map(title => `## ${title}\n\n- [ ] Do.\n\nThe end of ${title}.\n\n`).join('')}`,
	);

	const ids = [...runbook.phases, ...runbook.steps].map(({id}) => id);
	expect(new Set(ids).size).toBe(ids.length);
	expect(ids.every(id => /^[A-Za-z0-9._-]{1,60}$/.test(id))).toBe(true);
	expect(Object.keys(runbook.closing)).toHaveLength(titles.length);
});
