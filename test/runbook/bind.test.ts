import {expect, test} from 'vitest';
import {bindSite, keyOfField} from '../../src/runbook/bind.js';
import {emptySite, readSite} from '../../src/runbook/read-site.js';
import type {Param, Runbook} from '../../src/runbook/runbook.js';
import {compile} from './compile.js';

const at = {line: 7, column: 3, length: 5};

function param(name: string, type: Param['type'], more: Partial<Param> = {}): Param {
	return {name, type, label: name, default: undefined, each: undefined, of: [], columns: [], given: {}, at, ...more};
}

function runbookWith(...params: readonly Param[]): Runbook {
	const host = {platform: 'esxi' as const, label: '', runsOn: undefined, at};
	return {
		file: 'a.md',
		title: '',
		plain: false,
		hosts: [
			{...host, name: 'esxi1', group: 'esxi'},
			{...host, name: 'esxi2', group: 'esxi'},
		],
		roles: [],
		params,
		phases: [],
		steps: [],
		closing: {},
	};
}

const hosts = 'hosts:\n  esxi1: { address: 10.0.0.1 }\n  esxi2: { address: 10.0.0.2 }\n';

function bind(
	params: readonly Param[],
	yaml: string,
	set: Record<string, string> = {},
	environment: Record<string, string> = {},
) {
	const bound = bindSite(runbookWith(...params), readSite('site.yaml', hosts + yaml).site, set, environment);
	return {
		...bound,
		told: bound.problems.map(
			({file, at: {line, column}, severity, code, message}) =>
				`${file}:${line}:${column} ${severity} ${code} ${message}`,
		),
	};
}

test('the command line wins over the sheet, the sheet over the document, the document over the default', () => {
	const params = [
		param('a', 'text', {default: 'default'}),
		param('b', 'text', {default: 'default', given: {'*': 'table'}}),
		param('c', 'text', {default: 'default', given: {'*': 'table'}}),
		param('d', 'text', {default: 'default'}),
		param('e', 'text', {each: 'esxi', given: {esxi1: 'one', '*': 'all'}}),
		param('f', 'text', {each: 'esxi', default: 'default'}),
	];

	const {values, told} = bind(params, 'values:\n  c: sheet\n  d: sheet\n  f: { esxi1: sheet }\n', {
		d: 'set',
		'f@esxi2': 'set',
	});

	expect(told).toEqual([]);
	expect(values).toEqual({
		a: {'*': 'default'},
		b: {'*': 'table'},
		c: {'*': 'sheet'},
		d: {'*': 'set'},
		e: {esxi1: 'one', esxi2: 'all'},
		f: {esxi1: 'sheet', esxi2: 'set'},
	});
});

test('a secret is named and never a value', () => {
	const params = [param('key', 'secret', {each: 'esxi'}), param('later', 'secret')];

	const {values, fields, told} = bind(params, 'values:\n  key: env:KEY\n', {}, {KEY: 'hunter2'});

	expect(told).toEqual([]);
	expect(values).toEqual({});
	expect(fields.filter(({secret}) => secret).map(field => [keyOfField(field), field.value])).toEqual([
		['key@esxi1', 'env:KEY'],
		['key@esxi2', 'env:KEY'],
		['later', ''],
	]);
});

test('a secret in clear is refused and not repeated', () => {
	const inSheet = bind([param('key', 'secret')], 'values:\n  key: hunter2\n');
	const inSet = bind([param('key', 'secret')], '', {key: 'hunter2'});

	expect(inSheet.told).toEqual(['site.yaml:5:8 error secret-in-clear A secret stands here in clear.']);
	expect(inSet.told).toEqual(['--set:1:1 error secret-in-clear A secret stands here in clear.']);
	expect(JSON.stringify([inSheet, inSet])).not.toContain('hunter2');
});

test('a variable that is not there is asked for later', () => {
	expect(bind([param('key', 'secret')], 'values:\n  key: env:KEY\n').told).toEqual([
		'site.yaml:5:8 warning no-variable The environment has no KEY.',
	]);
});

test('each value that is missing or wrong is told where it stands or should stand', () => {
	const params = [
		param('ntp', 'ip'),
		param('vmk', 'ip', {each: 'esxi'}),
		param('os', 'choice', {of: ['linux', 'windows']}),
		param('one', 'text'),
	];

	const {told, fields} = bind(
		params,
		'values:\n  ntp:\n  vmk: { esxi1: 10.0.1.1, esxi2: 10.0.1.1, esxi3: 10.0.1.3 }\n  os: linus\n  one: { esxi1: x }\n',
	);

	expect(told).toEqual([
		'site.yaml:5:3 error no-value "ntp" has no value.',
		'site.yaml:6:34 error same-value "vmk" of esxi2 is the same as that of esxi1: 10.0.1.1.',
		'site.yaml:6:51 error unknown-host "vmk" has no value for "esxi3".',
		'site.yaml:7:7 error bad-value "os" is none of linux, windows (did you mean "linux"?).',
		'site.yaml:8:3 error bad-value "one" is one value for all hosts.',
		'site.yaml:8:3 error no-value "one" has no value.',
	]);
	expect(fields.map(field => [keyOfField(field), field.problem])).toEqual([
		['esxi1.address', ''],
		['esxi2.address', ''],
		['ntp', 'is empty'],
		['vmk@esxi1', ''],
		['vmk@esxi2', 'the same as esxi1'],
		['os', 'is none of linux, windows (did you mean "linux"?)'],
		['one', 'is empty'],
	]);
});

test('hosts want addresses of their own', () => {
	const {site} = readSite('site.yaml', 'hosts:\n  esxi2: { address: 10.0.0.1 }\n  ec1: { address: 10.0.0.9 }\n');

	const none = bindSite(runbookWith(), emptySite, {}, {});
	const same = bindSite(runbookWith(), site, {'esxi1.address': '10.0.0.1', 'esxi1.port': '2201'}, {});
	const clash = bindSite(runbookWith(), site, {'esxi1.address': '10.0.0.1', 'esxi2.user': '-x'}, {});

	expect(none.problems.map(({file, code, message}) => `${file} ${code} ${message}`)).toEqual([
		'a.md no-address The host esxi1 has no address.',
		'a.md no-address The host esxi2 has no address.',
	]);
	expect(same.problems).toEqual([]);
	expect(same.hosts['esxi1']).toMatchObject({address: '10.0.0.1', port: 2201});
	expect(Object.keys(same.hosts)).toEqual(['esxi1', 'esxi2']);
	expect(clash.problems.map(({code}) => code)).toEqual(['bad-value', 'same-value']);
});

test.each([
	['the sheet', 'values:\n  a: "x\\u001b[2K"\n', {}, 'site.yaml:5:6'],
	['the command line', '', {a: 'x\nreboot'}, '--set:1:1'],
	['a table of the document', '', {}, 'a.md:7:3'],
])('a control character from %s is refused', (_where, yaml, set, place) => {
	const {told, values} = bind([param('a', 'text', {given: {'*': 'x\u202Ey'}})], yaml, set);

	expect(told).toEqual([`${place} error bad-value "a" holds a control character.`]);
	expect(values).toEqual({});
});

test('a control character in an address or a login is refused', () => {
	const yaml = 'hosts:\n  esxi1: { address: "10.0.0.1\\nx", user: "ro\\rot" }\n';

	expect(readSite('site.yaml', yaml).problems.map(({at: {line, column}, code}) => `${line}:${column} ${code}`)).toEqual(
		['2:21 bad-value', '2:42 bad-value'],
	);
});

test('a host that the way leads through has an address too', () => {
	const {site} = readSite(
		'site.yaml',
		'hosts:\n  esxi1: { address: 10.0.0.1, jump: gate }\n  esxi2: { address: 10.0.0.2 }\n  gate: { user: ops }\n',
	);

	expect(bindSite(runbookWith(), site, {}, {}).problems.map(({at: {line}, message}) => `${line} ${message}`)).toEqual([
		'4 The way leads through gate, which has no address.',
	]);
});

test('the site file cannot make a Windows host of one whose scripts are for another shell', () => {
	const {site} = readSite(
		'site.yaml',
		'hosts:\n  esxi1: { address: 10.0.0.1, jump: gate }\n  esxi2: { address: 10.0.0.2, platform: windows }\n  gate: { address: 10.0.0.3 }\n',
	);

	const {hosts: bound, problems} = bindSite(runbookWith(), site, {}, {});

	expect(Object.keys(bound)).toEqual(['esxi1', 'esxi2', 'gate']);
	expect(problems.map(({at: {line, column}, code, message}) => `${line}:${column} ${code} ${message}`)).toEqual([
		"3:41 wrong-platform The runbook's scripts for esxi2 are for platform esxi, not windows.",
	]);
});

test('as= on a host whose login is somebody else without sudo is said before anything runs', () => {
	const {runbook} = compile(
		[
			'---',
			'fieldbook: 1',
			'hosts:',
			...['ec1', 'ec2', 'ec3'].map(name => `  ${name}: { group: ec }`),
			'---',
			'# Stop',
			'Stop it.',
			'```sh on=ec as=root id=stop',
			'systemctl stop it',
			'```',
		].join('\n'),
	);
	const {site} = readSite(
		'site.yaml',
		[
			'hosts:',
			'  ec1: { address: 10.0.0.1, user: admin }',
			'  ec2: { address: 10.0.0.2, user: admin, sudo: true }',
			'  ec3: { address: 10.0.0.3, user: root }',
		].join('\n'),
	);

	expect(
		bindSite(runbook, site, {}, {}).problems.map(({at: {line}, code, message}) => `${line} ${code} ${message}`),
	).toEqual(['2 no-sudo The step stop says as=root, but the login on ec1 is admin and may not use sudo.']);
});

test('a name that looks like a missing one is pointed out, any other may belong to another runbook', () => {
	const {problems} = bind([param('ntp_server', 'ip')], 'values:\n  ntp_sever: 10.0.0.1\n  gateway: 10.0.0.1\n', {
		ntp_srver: 'x',
	});

	expect(problems.map(({code, help}) => `${code} ${help}`)).toEqual([
		'unknown-key Did you mean "ntp_server"?',
		'unknown-name Did you mean "ntp_server"?',
		'no-value Write it under `values:` of the site file, or --set ntp_server=…',
	]);
});

const vms = param('vms', 'table', {
	columns: [
		{name: 'name', type: 'name'},
		{name: 'vmx', type: 'path'},
	],
});

const twoRows = 'tables:\n  vms:\n    - { name: vm1, vmx: /vm1.vmx }\n    - { name: vm2, vmx: /vm2.vmx }\n';

test('the rows of a table are checked cell by cell', () => {
	expect(bind([vms], '').told).toEqual(['a.md:7:3 error no-value The table "vms" has no rows.']);
	expect(
		bind([vms], 'tables:\n  vms:\n    - { name: vm1, vmx: /vm1.vmx }\n    - { name: "vm 2", vxm: /vm2.vmx }\n').told,
	).toEqual([
		'site.yaml:7:7 error bad-value "vmx" in row 2 of "vms" is empty.',
		'site.yaml:7:15 error bad-value "name" in row 2 of "vms" is no name: letters, digits, `.`, `_` and `-`, at most 80, a letter or digit first.',
		'site.yaml:7:28 error unknown-key The table "vms" has no column "vxm".',
	]);
});

test('two rows of one name are told apart by nobody', () => {
	const {told, tables} = bind([vms], twoRows.replace('vm2,', 'vm1,'));

	expect(told).toEqual([
		'site.yaml:7:15 error same-value "name" in row 2 of "vms" tells it from no other: ids would be the same as in row 1, "vm1".',
	]);
	expect(tables).toEqual({vms: [{name: 'vm1', vmx: '/vm1.vmx'}]});
});

test('each cell is a field of the sheet, and a blank row behind them is where the next one begins', () => {
	const {fields, tables, values} = bind([vms], twoRows);

	expect(fields.filter(({cell}) => cell !== undefined).map(field => [keyOfField(field), field.value])).toEqual([
		['vms[0].name', 'vm1'],
		['vms[0].vmx', '/vm1.vmx'],
		['vms[1].name', 'vm2'],
		['vms[1].vmx', '/vm2.vmx'],
		['vms[2].name', ''],
		['vms[2].vmx', ''],
	]);
	expect(fields.at(-1)).toMatchObject({
		cell: {table: 'vms', row: 2, column: 'vmx'},
		label: 'vms 3: vmx',
		type: 'path',
		problem: '',
	});
	expect(tables).toEqual({
		vms: [
			{name: 'vm1', vmx: '/vm1.vmx'},
			{name: 'vm2', vmx: '/vm2.vmx'},
		],
	});
	expect(values).toEqual({});
});

test('--set changes a cell, adds the next row, and takes a row away with its texts', () => {
	const set = {'vms[0].vmx': '/new.vmx', 'vms[1].name': '', 'vms[1].vmx': '', 'vms[2].name': 'vm3', 'vms[2].vmx': '/3'};

	expect(bind([vms], twoRows, set)).toMatchObject({
		told: [],
		tables: {
			vms: [
				{name: 'vm1', vmx: '/new.vmx'},
				{name: 'vm3', vmx: '/3'},
			],
		},
	});
	expect(bind([vms], '', {'vms[0].name': 'vm1'}).told).toEqual([
		'--set:1:1 error bad-value "vmx" in row 1 of "vms" is empty.',
	]);
	expect(bind([vms], twoRows, {'vms[7].name': 'vm8'}).told).toEqual([
		'--set:1:1 error unknown-key "vms[7].name" is no value of this runbook.',
	]);
});

test('a table without rows asks for its first one', () => {
	expect(bind([vms], '').fields.map(({param: key, problem}) => `${key} ${problem}`)).toEqual([
		'host.address ',
		'host.address ',
		'vms[0].name is empty',
		'vms[0].vmx is empty',
	]);
});

test('a plain document may use every host of the sheet', () => {
	const {site} = readSite('site.yaml', hosts);

	expect(Object.keys(bindSite({...runbookWith(), plain: true, hosts: []}, site, {}, {}).hosts)).toEqual([
		'esxi1',
		'esxi2',
	]);
});
