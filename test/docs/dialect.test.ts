import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {readDocument} from '../../src/document/read.js';
import {compileRunbook} from '../../src/runbook/compile.js';
import {frontMatterKeys, HostShape, RoleShape} from '../../src/runbook/front-matter.js';
import {ParamShape} from '../../src/runbook/params.js';
import {readSite, SiteHostShape, siteKeys} from '../../src/runbook/read-site.js';
import {paramTypes, parseValue} from '../../src/runbook/value.js';
import {isWordName, ruleOf, wordNames} from '../../src/runbook/vocabulary.js';

const reference = readFileSync(join(import.meta.dirname, '../../docs/dialect.md'), 'utf8');

/** The fences of the reference that a test reads: kind, line and text. */
const fences = [
	...reference.matchAll(/^(`{3,})(\w+) (front-matter|example|wrong|warned|problems|site)\n([\s\S]*?)^\1$/gm),
].map(([, , , kind = '', text = ''], index, all) => ({kind, text, line: lineOf(all[index]?.index ?? 0)}));

const shared = `---\n${fences.find(({kind}) => kind === 'front-matter')?.text}---\n`;

function lineOf(offset: number): number {
	return reference.slice(0, offset).split('\n').length;
}

function problemsOf(text: string): readonly string[] {
	const isWhole = text.startsWith('---\n');
	const {document, problems} = readDocument('example.md', isWhole ? text : shared + text);
	const above = isWhole ? 0 : shared.split('\n').length - 1;
	return [...problems, ...compileRunbook(document, included).problems]
		.filter(({at, code}) => at.line > above || code !== 'unused-param')
		.toSorted((a, b) => a.at.line - b.at.line || a.at.column - b.at.column)
		.map(({at, code, message, help}) => `${at.line - above}:${at.column} ${code} ${message} ${help}`.trimEnd());
}

/** What an example includes is a small runbook with a step `switches`. */
function included(): {readonly text: string} {
	return {text: '---\nfieldbook: 1\n---\n\n- [ ] Look. <!-- id=switches -->\n'};
}

const examples = fences.filter(({kind}) => kind === 'example');

test.each(examples)('the example on line $line has no problem', ({text}) => {
	expect(problemsOf(text)).toEqual([]);
});

const mistakes = fences.flatMap((fence, index) =>
	fence.kind === 'wrong' || fence.kind === 'warned' ? [{...fence, problems: fences[index + 1]?.text ?? ''}] : [],
);

test.each(mistakes)('the mistakes on line $line are told as the page says', ({text, problems}) => {
	expect(problemsOf(text).toSorted()).toEqual(problems.trim().split('\n').toSorted());
});

test('the page shows mistakes and warnings, and every fence with problems belongs to one', () => {
	expect(examples.length).toBeGreaterThan(8);
	expect(mistakes.length).toBeGreaterThan(4);
	expect(fences.filter(({kind}) => kind === 'problems')).toHaveLength(mistakes.length);
});

test('the site file on the page is one', () => {
	const [site] = fences.filter(({kind}) => kind === 'site');

	expect(readSite('site.yaml', site?.text ?? '').problems).toEqual([]);
});

/** The code in the first column of all tables. */
const explained = new Set(
	[...reference.matchAll(/^\| (`[^|]*`) \|/gm)].flatMap(([, cell = '']) =>
		[...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code),
	),
);

test.each(wordNames)('`%s` is explained and used in an example', name => {
	const form = isWordName(name) ? ruleOf(name).form : 'word';
	const isUsed = (pattern: string) =>
		examples.some(({text}) => new RegExp(`(?:^\`{3}|<!--).*[ ]${pattern}(?=[ ]|$)|^<!--.*${pattern}`, 'm').test(text));

	if (form !== 'key') {
		expect(explained).toContain(name);
		expect(isUsed(name)).toBe(true);
	}

	if (form !== 'word') {
		expect(explained).toContain(`${name}=`);
		expect(isUsed(`${name}=\\S.*?`)).toBe(true);
	}
});

test('every key of the front matter and of the site file is explained', () => {
	const keys = [
		frontMatterKeys,
		siteKeys,
		...[HostShape, RoleShape, ParamShape, SiteHostShape].map(shape => Object.keys(shape.shape)),
	].flat();

	expect([...explained]).toEqual(expect.arrayContaining(keys));
});

const types = [...reference.matchAll(/^\| `(\w+)` \| (.+?) \| (.*?) ?\|$/gm)]
	.map(([, type = '', good = '', bad = '']) => ({
		type,
		good: /^`(.*)`$/.exec(good)?.[1],
		bad: /^`(.*)`$/.exec(bad)?.[1],
	}))
	.filter(({type}) => paramTypes.some(name => name === type));

test.each(paramTypes)('the type `%s` is what the page says', type => {
	const row = types.find(candidate => candidate.type === type);

	expect(row).toBeDefined();
	expect(row?.good === undefined || parseValue(type, row.good).ok).toBe(true);
	expect(row?.bad !== undefined && parseValue(type, row.bad).ok).toBe(false);
});
