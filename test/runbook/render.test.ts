import {expect, test} from 'vitest';
import {renderLinkedFile, renderScript, renderText, variablesFor} from '../../src/runbook/render.js';
import type {Script} from '../../src/runbook/runbook.js';
import {readTemplate, templateOf} from '../../src/runbook/template.js';

const context = {
	host: 'esxi1',
	values: {
		group: {'*': 'failover-vm'},
		iscsi_ip: {esxi1: '172.31.254.2', esxi2: '172.31.254.3'},
		note: {'*': `it's $(reboot) "now" ‘x’`},
	},
	hosts: {esxi1: {address: '172.31.255.2'}, esxi2: {address: '172.31.255.3'}, ec1: {address: ''}},
};

function script(source: string, shell: Script['shell'] = 'sh'): Script {
	return {shell, shebang: undefined, template: templateOf(source), at: {line: 1, column: 1, length: 1}};
}

test('placeholders are quoted for their shell', () => {
	expect(renderScript(script('echo {{note}} --ip={{iscsi_ip}}'), context)).toEqual({
		ok: true,
		text: `echo 'it'\\''s $(reboot) "now" ‘x’' --ip='172.31.254.2'`,
	});
	expect(renderScript(script('echo {{note}}', 'powershell'), context)).toEqual({
		ok: true,
		text: `echo 'it''s $(reboot) "now" ‘‘x’’'`,
	});
});

test('in text they are replaced as they are', () => {
	expect(
		renderText(templateOf('{{host.name}} is {{host.address}}, {{esxi2.address}} has {{iscsi_ip@esxi2}}'), context),
	).toEqual({
		ok: true,
		text: 'esxi1 is 172.31.255.2, 172.31.255.3 has 172.31.254.3',
	});
});

test('`\\{{` is literal', () => {
	expect(renderScript(script("docker ps --format '\\{{.Names}}' # \\{{group}}"), context)).toEqual({
		ok: true,
		text: "docker ps --format '{{.Names}}' # {{group}}",
	});
});

test('every value that is missing is named once', () => {
	const source = '{{nope}} {{nope}} {{iscsi_ip@ec1}} {{ec1.address}} {{constructor}} {{hv9.address}}';

	expect(renderText(templateOf(source), context)).toEqual({
		ok: false,
		missing: ['nope', 'iscsi_ip@ec1', 'ec1.address', 'constructor', 'hv9.address'],
	});
});

test('the path of an earlier file step is filled in too', () => {
	const [placeholder] = readTemplate('{{start.path}}').marks;
	const path = templateOf('/opt/{{group}}/start.sh');
	const template = {
		source: '',
		parts: [{name: 'start.path', host: undefined, path, at: {line: 1, column: 1, length: 1}}],
	};

	expect(placeholder?.placeholder.name).toBe('start.path');
	expect(renderScript({...script(''), template}, context)).toEqual({ok: true, text: "'/opt/failover-vm/start.sh'"});
});

test('placeholders and what is none of them have places', () => {
	const {marks, malformed, template} = readTemplate('a {{x}}\n  b {{y@h}} {{ z }}\n{{1}}', {
		line: 10,
		column: 5,
		indentation: 3,
	});

	expect(marks.map(({placeholder}) => placeholder)).toEqual([
		{name: 'x', host: undefined, at: {line: 10, column: 7, length: 5}},
		{name: 'y', host: 'h', at: {line: 11, column: 7, length: 7}},
	]);
	expect(malformed).toEqual([
		{line: 11, column: 15, length: 2},
		{line: 12, column: 3, length: 2},
	]);
	expect(template.parts.filter(part => typeof part === 'string').join('|')).toBe('a |\n  b | {{ z }}\n{{1}}');
});

test('a linked file is filled mark by mark, and a left-over mark is named', () => {
	const set = [
		{name: 'VMX', value: templateOf('/vmfs/{{group}}.vmx')},
		{name: 'VMK1', value: templateOf('{{esxi1.address}}')},
	];

	expect(renderLinkedFile('x=%%VMX%%;y=%%VMK1%%;z=100%', set, context)).toEqual({
		ok: true,
		text: 'x=/vmfs/failover-vm.vmx;y=172.31.255.2;z=100%',
	});
	expect(renderLinkedFile('%%VMX%% %%VMHBA1%% %%VMHBA1%%', set, context)).toEqual({ok: false, missing: ['%%VMHBA1%%']});
});

test("a host's variables are its own values", () => {
	const param = {label: '', default: undefined, of: [], columns: [], given: {}, at: {line: 1, column: 1, length: 1}};
	const params = [
		{...param, name: 'group', type: 'name' as const, each: undefined},
		{...param, name: 'iscsi_ip', type: 'ip' as const, each: 'esxi'},
		{...param, name: 'license', type: 'secret' as const, each: undefined},
	];

	expect(variablesFor({params, steps: []}, context.values, 'esxi2')).toEqual({
		group: 'failover-vm',
		iscsi_ip: '172.31.254.3',
	});
	expect(variablesFor({params, steps: []}, context.values, 'ec1')).toEqual({group: 'failover-vm'});
});
