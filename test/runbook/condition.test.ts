import {expect, test} from 'vitest';
import {checkCondition, evaluateCondition, readCondition} from '../../src/runbook/condition.js';
import type {ParamType} from '../../src/runbook/runbook.js';

const types = new Map<string, ParamType>([
	['ec_os', 'choice'],
	['mirror', 'boolean'],
	['nodes', 'number'],
	['port', 'port'],
]);
const values = {ec_os: 'linux', mirror: 'true', nodes: '2', port: '8080'};
const host = {name: 'ec1', group: 'ec', platform: 'linux'};

test.each([
	["ec_os == 'linux'", true],
	["ec_os in ['windows', 'esxi']", false],
	['mirror', true],
	['!mirror', false],
	['nodes >= 2 && nodes < 2.5', true],
	['port > 1024', true],
	["host.name == 'ec1' && host.group == 'ec'", true],
	["host.platform.startsWith('win')", false],
	["['ec1', 'ec2'].exists(n, n == host.name)", true],
])('%s is %s', (source, expected) => {
	const condition = {source, at: {line: 1, column: 1, length: 1}, types: Object.fromEntries(types)};

	expect(checkCondition(source)).toBeUndefined();
	expect(readCondition(source, types).ok).toBe(true);
	expect(evaluateCondition(condition, {values, host})).toEqual({ok: true, value: expected});
});

test('a condition knows which values it needs', () => {
	expect(readCondition("mirror && host.name != 'x' && [1].exists(port, port > 0)", types)).toEqual({
		ok: true,
		uses: ['mirror', 'port'],
		rows: [],
	});
});

test.each([
	['1 +', 'Unexpected token at its end'],
	["ec_os = 'linux'", 'Unexpected character: ='],
	['', 'Unexpected token at its end'],
	["ec_os.matches('^(a+)+$')", 'Patterns are not offered here: use ==, in, contains, startsWith or endsWith'],
	[`${'('.repeat(100)}1${')'.repeat(100)}`, 'Exceeded maxDepth (40)'],
])('%s is not read: %s', (source, because) => {
	expect(checkCondition(source)).toBe(because);
});

test.each([
	['ec_oss == "linux"', 'Unknown variable: ec_oss', 0, 6],
	['"x" == ec_oss', 'Unknown variable: ec_oss', 7, 13],
	['host.nam == "x"', 'No such key: nam', 5, 8],
	['ec_os', 'It gives string, not true or false', 0, 5],
	['port == "8080"', 'no such overload: int == string', 0, 14],
])('%s names what is wrong: %s', (source, because, start, end) => {
	expect(readCondition(source, types)).toEqual({ok: false, because, start, end});
});

test('a value that is not known yet is neither true nor false', () => {
	const condition = {source: 'mirror', at: {line: 1, column: 1, length: 1}, types: {mirror: 'boolean' as const}};

	expect(evaluateCondition(condition, {values: {}, host})).toEqual({ok: false, because: 'mirror has no value yet.'});
});

test('a step without a host has an empty one', () => {
	const condition = {source: "host.name == ''", at: {line: 1, column: 1, length: 1}};

	expect(evaluateCondition(condition, {values: {}, host: undefined})).toEqual({ok: true, value: true});
});

const columns = {name: 'name', disks: 'number', started: 'boolean'} as const;

test.each([
	["vm.name == 'vm1' && vm.started", true],
	['vm.disks > 1 && vm.disks < 2.5', true],
	['!vm.started || nodes == vm.disks', true],
])('of the row, %s is %s', (source, expected) => {
	const read = readCondition(source, types, new Map([['vm', columns]]));
	const rows = {vm: {types: columns, values: {name: 'vm1', disks: '2', started: 'true'}}};
	const condition = {source, at: {line: 1, column: 1, length: 1}, types: Object.fromEntries(types), rows};

	expect(read).toMatchObject({ok: true, rows: ['vm']});
	expect(evaluateCondition(condition, {values, host})).toEqual({ok: true, value: expected});
});

test('a row that nobody has written is neither true nor false', () => {
	const condition = {source: 'vm.started', at: {line: 1, column: 1, length: 1}, rows: {vm: {types: columns}}};

	expect(evaluateCondition(condition, {values: {}, host})).toEqual({ok: false, because: 'vm has no value yet.'});
});

test('the values of single rows have no name in a condition', () => {
	const condition = {source: 'mirror', at: {line: 1, column: 1, length: 1}, types: {mirror: 'boolean' as const}};
	const known = {mirror: 'true', 'vmid[vm1]': '12'};

	expect(evaluateCondition(condition, {values: known, host})).toEqual({ok: true, value: true});
});
