import {expect, test} from 'vitest';
import {compile} from './compile.js';

function problemsOf(yaml: string): readonly string[] {
	return compile(`---\n${yaml}\n---\n\n# A\n`)
		.problems.filter(({code}) => code !== 'unused-param')
		.map(({at, code}) => `${at.line}:${at.column} ${code}`);
}

const esxi = 'hosts:\n  esxi1: { group: esxi, platform: esxi }\n';

const mistakes: ReadonlyArray<readonly [what: string, yaml: string, problems: readonly string[]]> = [
	['another version', 'fieldbook: 2', ['2:12 bad-value']],
	['an unknown key', 'fieldbook: 1\nhost: {}', ['3:1 unknown-key']],
	['a title of several lines', 'fieldbook: 1\ntitle: "a\\nb"', ['3:8 bad-value']],
	['hosts as a list', 'fieldbook: 1\nhosts: [esxi1]', ['3:8 bad-value']],
	['a host without a platform', 'fieldbook: 1\nhosts:\n  esxi1: { group: esxi }', ['4:10 missing-key']],
	['a host without anything', 'fieldbook: 1\nhosts:\n  esxi1:', ['4:8 bad-value']],
	['a host name that is none', 'fieldbook: 1\nhosts:\n  1.2.3.4: { platform: esxi }', ['4:3 bad-name']],
	['a host that is this laptop', 'fieldbook: 1\nhosts:\n  local: { platform: esxi }', ['4:3 reserved-name']],
	['a host that JavaScript has', 'fieldbook: 1\nhosts:\n  constructor: { platform: esxi }', ['4:3 reserved-name']],
	['a host that pollutes', 'fieldbook: 1\nhosts:\n  __proto__: { platform: esxi }', ['4:3 reserved-name']],
	['a host twice', 'fieldbook: 1\nhosts:\n  a: { platform: esxi }\n  a: { platform: esxi }', ['5:3 duplicate-key']],
	['a group named as a host', 'fieldbook: 1\nhosts:\n  a: { group: a, platform: esxi }', ['4:3 duplicate-name']],
	['a group that is no name', 'fieldbook: 1\nhosts:\n  a: { group: "b c", platform: esxi }', ['4:15 bad-name']],
	['a host that runs on itself', 'fieldbook: 1\nhosts:\n  a: { platform: esxi, runs_on: a }', ['4:33 unknown-host']],
	['a role of no group', `fieldbook: 1\n${esxi}roles:\n  a: { of: exsi, by: x }`, ['6:12 unknown-group']],
	['a role without a command', `fieldbook: 1\n${esxi}roles:\n  a: { of: esxi }`, ['6:6 missing-key']],
	['a role with a placeholder', `fieldbook: 1\n${esxi}roles:\n  a: { of: esxi, by: "x {{y}}" }`, ['6:22 bad-value']],
	['a parameter without a type', 'fieldbook: 1\nparams:\n  a: {}', ['4:6 missing-key']],
	['an unknown type', 'fieldbook: 1\nparams:\n  a: { type: txet }', ['4:14 unknown-type']],
	['a name that shells use', 'fieldbook: 1\nparams:\n  Path: { type: text }', ['4:3 reserved-name']],
	['a secret called what a login asks for', 'fieldbook: 1\nparams:\n  sudo: { type: secret }', ['4:3 reserved-name']],
	['a name that is no variable', 'fieldbook: 1\nparams:\n  a-b: { type: text }', ['4:3 bad-name']],
	['each of no group', `fieldbook: 1\n${esxi}params:\n  a: { type: ip, each: exsi }`, ['6:24 unknown-group']],
	['a default of another type', 'fieldbook: 1\nparams:\n  a: { type: ip, default: x }', ['4:27 bad-value']],
	[
		'a default that is no choice',
		'fieldbook: 1\nparams:\n  a: { type: choice, of: [b, c], default: d }',
		['4:43 bad-value'],
	],
	['a default of a secret', 'fieldbook: 1\nparams:\n  a: { type: secret, default: hunter2 }', ['4:31 secret-in-clear']],
	['a choice of nothing', 'fieldbook: 1\nparams:\n  a: { type: choice }', ['4:6 missing-key']],
	['a choice of an empty list', 'fieldbook: 1\nparams:\n  a: { type: choice, of: [] }', ['4:26 bad-value']],
	['words of no choice', 'fieldbook: 1\nparams:\n  a: { type: text, of: [b] }', ['4:24 misplaced-key']],
	['a table without columns', 'fieldbook: 1\nparams:\n  a: { type: table }', ['4:6 missing-key']],
	[
		'a table with a default',
		'fieldbook: 1\nparams:\n  a: { type: table, columns: { b: name }, default: x }',
		['4:52 misplaced-key'],
	],
	[
		'a column of an unknown type',
		'fieldbook: 1\nparams:\n  a: { type: table, columns: { b: nmae } }',
		['4:35 unknown-type'],
	],
	['a parameter named as a host', `fieldbook: 1\n${esxi}params:\n  esxi1: { type: text }`, ['6:3 duplicate-name']],
	[
		'an alias bomb',
		`fieldbook: 1\na: &a [x]\nb: [*a, *a]`,
		['3:1 unknown-key', '3:7 no-aliases', '4:1 unknown-key', '4:5 no-aliases', '4:9 no-aliases'],
	],
	['a merge key', 'fieldbook: 1\nhosts:\n  a:\n    <<: { platform: esxi }', ['5:5 no-aliases', '5:5 missing-key']],
	['deep nesting', `fieldbook: 1\nhosts: ${'['.repeat(100)}`, ['2:1 too-deep']],
	['no columns', 'fieldbook: 1\nparams:\n  a: { type: table, columns: {} }', ['4:30 bad-value']],
	['broken YAML', 'fieldbook: 1\nhosts: {', ['3:8 bad-yaml']],
];

test.each(mistakes)('%s', (_what, yaml, problems) => {
	expect(problemsOf(yaml)).toEqual(problems);
});

test('the front matter of another tool makes no runbook of ours', () => {
	const {runbook, problems} = compile('---\nlayout: post\nhosts: [a]\n---\n\n- Do.\n');

	expect(runbook.plain).toBe(true);
	expect(problems).toEqual([]);
});

test('hosts, roles and parameters keep their order, labels and defaults', () => {
	const {runbook, problems} = compile(`---
fieldbook: 1
title: Two hosts
hosts:
  b: { group: g, platform: esxi, label: "B#1" }
  a: { group: g, platform: linux, runs_on: b }
roles:
  active: { of: g, by: who }
params:
  port: { type: port, default: "022" }
---

# Another title
`);

	expect(problems.map(({code}) => code)).toEqual(['unused-param', 'bad-value']);
	expect(runbook).toMatchObject({
		title: 'Two hosts',
		plain: false,
		hosts: [
			{name: 'b', group: 'g', platform: 'esxi', label: 'B#1', runsOn: undefined},
			{name: 'a', group: 'g', platform: 'linux', label: 'a', runsOn: 'b'},
		],
		roles: [{name: 'active', of: 'g', by: 'who'}],
		params: [{name: 'port', type: 'port', label: 'port', default: '022', each: undefined, given: {}}],
	});
});
