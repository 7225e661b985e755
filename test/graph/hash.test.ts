import {expect, test} from 'vitest';
import {buildGraph} from '../../src/graph/build.js';
import type {Phase, Step} from '../../src/runbook/runbook.js';
import {
	at,
	manual,
	onGroup,
	onHost,
	phase,
	runbook,
	satellite,
	script,
	shellScript,
	step,
	template,
	verify,
	wait,
} from './make.js';

const hashOf = (more: Partial<Step>, around: Partial<Phase> = {}): string =>
	buildGraph(runbook([step('a', {phase: 'p', ...more})], {phases: [phase('p', around)]})).graph.nodes[0]?.hash ?? '';

const expected = [{text: 'ok', match: 'exact', at: at(1)}] as const;
const full: Partial<Step> = {
	check: satellite('test -e x'),
	verify: verify('test -e y', 2000, 60_000),
	undo: satellite('rm x'),
	expect: expected,
	captures: {name: 'vmhba', type: 'name', optional: false},
	measure: {name: 'failover', from: 'b', maxMs: 1000},
	gates: [{kind: 'warning', text: 'Careful', type: undefined, at: at(1)}],
	action: script('make x'),
};
const file: Extract<Step['action'], {kind: 'file'}> = {
	kind: 'file',
	path: template('/etc/x'),
	content: {kind: 'inline', text: template('text')},
	mode: '0644',
	owner: 'root',
	lines: false,
	set: [{name: 'VMX', value: template('a')}],
};

test('a hash names its version and is 64 hexadecimal digits', () => {
	expect(hashOf({})).toMatch(/^h1:[\da-f]{64}$/);
});

test('the hashes of a released version do not change', () => {
	expect(hashOf(full)).toMatchInlineSnapshot(`"h1:f85594e8760d872375a5f8324119e128006968393c8dfab385f0f9fea76a6148"`);
	expect(hashOf({action: file})).toMatchInlineSnapshot(
		`"h1:9a5dd0b0573328b010bd1bcb226fba05e8ca35aa9ee99ebebe39de8ae71ca0e5"`,
	);
	expect(hashOf({action: manual('Look')})).toMatchInlineSnapshot(
		`"h1:8eaa492b9a67f389ba01d2b8279b2edd3a6b0ed36beee72f72a22fe0d5a40513"`,
	);
});

test.each<[string, Partial<Step>, Partial<Step>]>([
	['the script', full, {action: script('make y')}],
	['the shell', full, {action: script('make x', {script: {...shellScript('make x'), shell: 'bash'}})}],
	['the shebang', full, {action: script('make x', {script: {...shellScript('make x'), shebang: ['/bin/sh', '-x']}})}],
	['accepted exits', full, {action: script('make x', {accepts: 'any-but-zero'})}],
	['long', full, {action: script('make x', {long: true})}],
	['reboot', full, {action: script('make x', {reboot: {forMs: 1}})}],
	['cut', full, {action: script('make x', {cut: {forMs: 1}})}],
	['the kind', {action: script('x')}, {action: wait('x')}],
	['every', {action: wait('x')}, {action: {...wait('x'), everyMs: 1} as Step['action']}],
	['for', {action: wait('x')}, {action: {...wait('x'), forMs: 1} as Step['action']}],
	['the instruction', {action: manual('Pull')}, {action: manual('Push')}],
	['what a manual step expects', {action: manual('Pull')}, {action: manual('Pull', {expects: 'down'})}],
	['once', {action: manual('Pull')}, {action: manual('Pull', {once: true})}],
	['the path', {action: file}, {action: {...file, path: template('/etc/y')}}],
	['the text', {action: file}, {action: {...file, content: {kind: 'inline', text: template('other')}}}],
	['the link', {action: file}, {action: {...file, content: {kind: 'linked', url: 'text'}}}],
	['the mode', {action: file}, {action: {...file, mode: '0755'}}],
	['the owner', {action: file}, {action: {...file, owner: undefined}}],
	['lines', {action: file}, {action: {...file, lines: true}}],
	['set', {action: file}, {action: {...file, set: []}}],
	['the host', full, {on: onHost('esxi2')}],
	['more hosts', full, {on: onGroup('esxi')}],
	['as', full, {as: 'root'}],
	['when', full, {when: {source: 'true', at: at(1)}}],
	['serial', full, {serial: true}],
	['the timeout', full, {timeoutMs: 1}],
	['readonly', full, {readonly: true}],
	['the check', full, {check: satellite('test -e z')}],
	['no check', full, {check: undefined}],
	["the check's host", full, {check: {...satellite('test -e x'), on: onHost('esxi2')}}],
	["the check's user", full, {check: {...satellite('test -e x'), as: 'root'}}],
	["the check's time", full, {check: {...satellite('test -e x'), timeoutMs: 1}}],
	['lines that the check must print', full, {check: {...satellite('test -e x'), expect: expected}}],
	['the verify', full, {verify: verify('test -e z', 2000, 60_000)}],
	["the verify's patience", full, {verify: verify('test -e y', 2000, 90_000)}],
	["the verify's rhythm", full, {verify: verify('test -e y', 3000, 60_000)}],
	['the undo', full, {undo: undefined}],
	['expected lines', full, {expect: []}],
	['how they match', full, {expect: [{text: 'ok', match: 'glob', at: at(1)}]}],
	['what is captured', full, {captures: {name: 'vmhba', type: 'text', optional: false}}],
	['the policy for unknown outcomes', full, {unknown: 'rerun'}],
	['the measure', full, {measure: undefined}],
	['needs', full, {needs: ['note']}],
	['optional', full, {optional: true}],
	['a gate', full, {gates: []}],
	['its kind', full, {gates: [{kind: 'danger', text: 'Careful', type: undefined, at: at(1)}]}],
	['what it wants typed', full, {gates: [{kind: 'warning', text: 'Careful', type: template('vm1'), at: at(1)}]}],
])('%s changes the hash', (_, before, change) => {
	expect(hashOf({...before, ...change})).not.toBe(hashOf(before));
});

test.each<[string, Partial<Phase>]>([
	['its condition', {when: {source: 'true', at: at(1)}}],
	['serial', {serial: true}],
])('of the phase around it, %s changes the hash', (_, around) => {
	expect(hashOf(full, around)).not.toBe(hashOf(full));
});

test.each<[string, Partial<Step>]>([
	['the id', {id: 'b'}],
	['how the id came about', {idIsExplicit: false}],
	['the title', {title: 'Another'}],
	['the prose', {context: [{kind: 'prose', markdown: 'New words', at: at(3)}]}],
	['the place', {at: at(99)}],
	['the place of the script', {action: script('make x', {script: {...shellScript('make x'), at: at(99)}})}],
	['the words of a gate', {gates: [{kind: 'warning', text: 'Take care', type: undefined, at: at(9)}]}],
	['its place in the order', {after: []}],
])('%s does not change the hash', (_, change) => {
	expect(hashOf({...full, ...change})).toBe(hashOf(full));
});

test('the title of the phase around it does not change the hash', () => {
	expect(hashOf(full, {title: 'Another'})).toBe(hashOf(full));
});
