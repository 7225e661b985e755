import {expect, test} from 'vitest';
import {compile} from './compile.js';

const head = (declarations = '') =>
	`---\nfieldbook: 1\nhosts:\n  a1: { group: a, platform: linux }\n${declarations}---\n\n`;

const bare = '---\nfieldbook: 1\n---\n\n';

const step = (words: string, code = 'true', title = 'Do it.') => `${title}\n\n\`\`\`sh ${words}\n${code}\n\`\`\`\n\n`;

const link = (url: string) => `[More](${url}) <!-- include -->\n\n`;

/** `file:line:column code message`, warnings left out; the outermost document is `all.md`. */
function told(body: string, beside: Readonly<Record<string, string>> = {}): readonly string[] {
	const {problems} = compile(body, 'all.md', beside);
	return problems
		.filter(({severity}) => severity === 'error')
		.map(({file, at, code, message}) => `${file}:${at.line}:${at.column} ${code} ${message}`);
}

function idsOf(body: string, beside: Readonly<Record<string, string>>): readonly string[] {
	expect(told(body, beside)).toEqual([]);
	return compile(body, 'all.md', beside).runbook.steps.map(({id}) => id);
}

test('an included runbook stands where its link stands, under names of its own', () => {
	const parts = {'p.md': `${head()}# P\n\n${step('on=a1 id=x')}## Q\n\n- [ ] Look. <!-- id=y after=x -->\n`};
	const body = `${bare}# All\n\n- [ ] One. <!-- id=one -->\n\n${link('p.md')}- [ ] Two. <!-- id=two after=p/y,one -->\n`;
	const {runbook} = compile(body, 'all.md', parts);

	expect(idsOf(body, parts)).toEqual(['one', 'p/x', 'p/y', 'two']);
	expect(runbook.phases.map(({id, parent, depth}) => [id, parent, depth])).toEqual([
		['all', undefined, 1],
		['p/p', 'all', 2],
		['p/q', 'p/p', 3],
	]);
	expect(runbook.steps.map(({phase, after}) => [phase, after])).toEqual([
		['all', undefined],
		['p/p', undefined],
		['p/q', ['p/x']],
		['all', ['p/y', 'one']],
	]);
	expect(runbook.hosts.map(({name}) => name)).toEqual(['a1']);
	expect(runbook.steps[1]?.at).toMatchObject({line: 11, file: 'p.md'});
});

test('what stands above the link belongs to its first step, a danger that names no host only where that step has one', () => {
	const parts = {'p.md': `${head()}# P\n\n${step('on=a1 id=x')}`, 'q.md': `${head()}# Q\n\n- [ ] Look.\n`};
	const gate = '> [!CAUTION]\n> It stops.\n\n';
	const {runbook} = compile(`${bare}# All\n\nRead this.\n\n${gate}${link('p.md')}`, 'all.md', parts);

	expect(runbook.steps[0]?.context.map(({markdown}) => markdown)).toEqual(['Read this.', '[More](p.md)', 'Do it.']);
	expect(runbook.steps[0]?.gates.map(({text}) => text)).toEqual(['It stops.']);
	expect(told(`${bare}# All\n\n${gate}${link('q.md')}`, parts)).toEqual([
		'all.md:7:1 no-host This gate asks for the name of the host, but its step has none.',
	]);
});

test('a satellite below the link belongs to no step above it', () => {
	const parts = {'p.md': `${head()}# P\n\n${step('on=a1')}`};

	expect(told(`${head()}${step('on=a1')}${link('p.md')}Seen:\n\`\`\`sh verify\ntrue\n\`\`\`\n`, parts)).toEqual([
		'all.md:16:1 stray-satellite This `verify` belongs to no step.',
	]);
});

test('serial and each around the link hold for what is included', () => {
	const parts = {'p.md': `${head()}# P\n\n${step('on=a id=x')}`};
	const {runbook} = compile(`${head()}# All\n<!-- serial each="h in a" -->\n\n${link('p.md')}`, 'all.md', parts);

	expect(runbook.steps[0]).toMatchObject({id: 'p/x', serial: true, phase: 'p/p'});
	expect(runbook.phases[0]?.each).toEqual({variable: 'h', of: 'a'});
});

test('includes nest; links and places are those of the document that they stand in', () => {
	const file = '[x](files/x) <!-- file=/tmp/x on=a1 id=x -->\n';
	const parts = {
		'sub/p.md': `${head()}# P\n\n${link('deep/q.md')}${file}`,
		'sub/deep/q.md': `${head()}# Q\n\n${file}`,
	};
	const body = `${bare}# All\n\n${link('sub/p.md')}`;
	const {runbook, included} = compile(body, 'book/all.md', parts);

	expect(idsOf(body, parts)).toEqual(['p/q/x', 'p/x']);
	expect(runbook.steps.map(({action}) => action.kind === 'file' && action.content)).toEqual([
		{kind: 'linked', url: 'sub/deep/files/x'},
		{kind: 'linked', url: 'sub/files/x'},
	]);
	expect(runbook.steps.map(({at}) => at.file)).toEqual(['book/sub/deep/q.md', 'book/sub/p.md']);
	expect(included.map(({path, file: named}) => [path, named])).toEqual([
		['sub/p.md', 'book/sub/p.md'],
		['sub/deep/q.md', 'book/sub/deep/q.md'],
	]);
});

test('values that are read in an included runbook are known below its link', () => {
	const parts = {
		'p.md': `${head()}# P\n\n${step('on=a1 readonly capture=disk type=name')}# R\n<!-- each="h in a" -->\n\n${step('on=local readonly capture=row')}`,
	};

	expect(told(`${head()}${link('p.md')}${step('on=a1 when="disk == \'sda\'"', 'use {{disk}}')}`, parts)).toEqual([]);
	expect(told(`${head()}${step('on=a1', 'use {{disk}}')}${link('p.md')}`, parts)).toEqual([
		'all.md:10:5 captured-later "disk" is captured only on line 13.',
	]);
	expect(told(`${head()}${link('p.md')}${step('on=a1', 'use {{row}}')}`, parts)).toEqual([
		'all.md:12:5 repeated-value "row" is read on line 7 once for each repetition of its phase, and this stands outside of it.',
	]);
	expect(told(`${head('params:\n  disk: { type: name }\n')}${link('p.md')}`, parts)).toEqual([
		'all.md:9:1 duplicate-name "disk" is read in p.md, and means something else here.',
	]);
});

test('hosts, groups, roles and parameters of one name must agree; each difference is told with both places', () => {
	const other = `---
fieldbook: 1
hosts:
  a1: { group: a, platform: esxi, label: one }
  a2: { group: a, platform: linux }
  role1: { platform: linux }
roles:
  active: { of: a, by: hostname }
params:
  port: { type: port }
  word: { type: name }
---

- [ ] Do.
`;
	const own =
		'roles:\n  active: { of: a, by: clpstat }\n  role1: { of: a, by: x }\nparams:\n  port: { type: port, default: "22" }\n';

	expect(told(`${head(own)}${link('p.md')}`, {'p.md': other}).toSorted()).toEqual([
		'p.md:10:3 disagreement The parameter "port" is declared otherwise in all.md:9: `default` is nothing here and 22 there.',
		'p.md:4:3 disagreement The group "a" has a1, a2 here and a1 in all.md:4.',
		'p.md:4:3 disagreement The host "a1" is declared otherwise in all.md:4: `platform` is esxi here and linux there; `label` is one here and a1 there.',
		'p.md:6:3 duplicate-name "role1" is a host here and a role in all.md:7.',
		'p.md:8:3 disagreement The role "active" is declared otherwise in all.md:6: `by` is hostname here and clpstat there.',
	]);
});

test('parameter tables of several documents give the same', () => {
	const params = 'params:\n  port: { type: port }\n';
	const table = (value: string) => `| Name | Value |\n|---|---|\n| port | ${value} |\n<!-- params -->\n\n`;
	const parts = {
		'p.md': `${head(params)}${table('22')}${step('on=a1', 'use {{port}}')}`,
		'q.md': `${head(params)}${table('23')}${step('on=a1', 'use {{port}}')}`,
	};

	expect(compile(`${bare}# A\n\n${link('p.md')}`, 'all.md', parts).runbook.params[0]?.given).toEqual({'*': '22'});
	expect(told(`${bare}# A\n\n${link('p.md')}${link('q.md')}`, parts)).toEqual([
		'q.md:6:3 disagreement The tables of two documents give "port": "23" here and "22" in p.md:6.',
	]);
	expect(told(`${head(params)}${link('p.md')}${table('24')}`, parts)).toEqual([
		'all.md:13:10 duplicate-value "port" is given twice.',
	]);
});

test('a document that stands in itself is told with the whole way round', () => {
	const parts = {'p.md': `${bare}# P\n\n${link('q.md')}`, 'q.md': `${bare}# Q\n\n${link('p.md')}- [ ] Do.\n`};

	expect(told(`${bare}# A\n\n${link('all.md')}`)).toEqual([
		'all.md:7:1 include-cycle This document would stand in itself: all.md, which includes all.md.',
	]);
	expect(told(`${bare}# A\n\n${link('p.md')}`, parts)).toEqual([
		'all.md:7:1 bad-include p.md has an error.',
		'p.md:7:1 bad-include q.md has an error.',
		'q.md:7:1 include-cycle This document would stand in itself: p.md, which includes q.md, which includes p.md.',
	]);
});

test('documents in documents end at a depth that somebody can follow, and never fill the memory', () => {
	const chain = Object.fromEntries(
		Array.from({length: 20}, (_, index) => [`d${index}.md`, `${bare}# D\n\n${link(`d${index + 1}.md`)}- [ ] Do.\n`]),
	);
	expect(told(`${bare}# A\n\n${link('d0.md')}`, chain)).toContain(
		'd7.md:7:1 include-depth More than 8 documents stand in one another here: all.md, d0.md, d1.md, d2.md, d3.md, d4.md, d5.md, d6.md, d7.md.',
	);

	const width = Array.from({length: 60}, (_, index) => index);
	const dense = Object.fromEntries(
		width.map(index => [
			`d${index}.md`,
			`${bare}# D\n\n- [ ] Do.\n\n${width
				.filter(other => other > index)
				.map(other => link(`d${other}.md`))
				.join('')}`,
		]),
	);
	expect(told(`${bare}# A\n\n${link('d0.md')}`, dense).length).toBeGreaterThan(0);
});

test.each([
	['a plain document', {'p.md': '# P\n\n- Do.\n'}, 'p.md is no runbook of ours.'],
	['nothing', {}, 'There is no p.md.'],
	['a document without steps', {'p.md': `${bare}# P\n`}, 'p.md has no steps.'],
])('%s is not included', (_what, parts, because) => {
	expect(told(`${bare}# A\n\n${link('p.md')}- [ ] Do.\n`, parts)).toEqual([`all.md:7:1 bad-include ${because}`]);
});

test('errors of an included document are told at their own places, behind the one at the link', () => {
	expect(told(`${bare}# A\n\n${link('p.md')}- [ ] Do.\n`, {'p.md': `${head()}${step('on=a9')}`})).toEqual([
		'all.md:7:1 bad-include p.md has an error.',
		'p.md:9:10 unknown-host No host, group or role is called "a9".',
	]);
});

test.each([
	'https://example.com/p.md',
	'/etc/p.md',
	'../p.md',
	'sub/../../p.md',
	'%2e%2e/p.md',
	'file:p.md',
	'p.txt',
	'p.md#part',
])('%s is no link to a document beside the runbook', url => {
	expect(told(`${bare}# A\n\n${link(url)}- [ ] Do.\n`)).toEqual([expect.stringMatching(/^all\.md:7:1 bad-link /)]);
});

test('two runbooks of one name would have the same ids', () => {
	const parts = {'p.md': `${bare}- [ ] Do.\n`, 'q/p.md': `${bare}- [ ] Do.\n`};

	expect(told(`${bare}# A\n\n${link('p.md')}${link('q/p.md')}`, parts)).toEqual([
		'all.md:9:1 duplicate-id A runbook called "p" is included twice, and its ids would not differ.',
	]);
});

test('the same runbook may stand in several', () => {
	const parts = {
		'p.md': `${bare}# P\n\n${link('c.md')}`,
		'q.md': `${bare}# Q\n\n${link('c.md')}`,
		'c.md': `${bare}- [ ] Do. <!-- id=x -->\n`,
	};

	expect(idsOf(`${bare}# A\n\n${link('p.md')}${link('q.md')}`, parts)).toEqual(['p/c/x', 'q/c/x']);
});

test('a test is included under no test, and steps under ways under one of them', () => {
	const parts = {'p.md': `${bare}# P\n<!-- test -->\n\n- [ ] Do.\n`, 'q.md': `${bare}- [ ] Do.\n`};

	expect(told(`${bare}# A\n<!-- test -->\n\n## B\n\n${link('p.md')}`, parts)[0]).toBe(
		'all.md:10:1 contradiction A test cannot stand in a test, and "P" is one.',
	);
	expect(told(`${bare}# A\n<!-- ways -->\n\n${link('q.md')}## B\n\n- [ ] Do.\n`, parts)[0]).toBe(
		'all.md:8:1 step-in-ways These steps are in none of the ways.',
	);
});

test('a parameter that only an included document uses is used', () => {
	const params = 'params:\n  word: { type: name }\n';
	const {problems} = compile(`${head(params)}${link('p.md')}`, 'all.md', {
		'p.md': `${head(params)}${step('on=a1', 'use {{word}}')}`,
	});

	expect(problems).toEqual([]);
});

test('a link is written as links are, and its file is called as files are', () => {
	const parts = {
		'my part.md': `${head()}- [ ] Do. <!-- id=x -->\n\n[f](my%20file) <!-- file=/tmp/f on=a1 id=f -->\n`,
		'50%.md': `${bare}- [ ] Do. <!-- id=y -->\n`,
	};
	const body = `${bare}# A\n\n${link('my%20part.md')}${link('50%.md')}`;

	expect(idsOf(body, parts)).toEqual(['my-part/x', 'my-part/f', '50/y']);
	expect(compile(body, 'all.md', parts).runbook.steps[1]?.action).toMatchObject({content: {url: 'my file'}});
});

test('what is included may restore a test of the document around it, and is told where it restores none', () => {
	const parts = {'back.md': `${head()}# Back\n<!-- restore -->\n\n${step('on=a1 id=back')}`};
	const body = (words: string) =>
		`${bare}# All\n\n## T\n<!-- ${words}id=t -->\n\n- [ ] Look. <!-- id=look -->\n\n${link('back.md')}`;
	expect(told(body('test '), parts)).toEqual([]);
	expect(told(body(''), parts)).toEqual([
		'back.md:7:1 no-test This `restore` is for no test: none stands around it or beside it.',
	]);
});
