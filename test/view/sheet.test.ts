import {expect, test} from 'vitest';
import type {SheetField} from '../../src/runbook/site.js';
import {sheetNote, sheetView} from '../../src/view/sheet.js';

const field = (param: string, host: string | undefined, more: Partial<SheetField> = {}): SheetField => ({
	param,
	host,
	label: `Label of ${param}`,
	type: 'ip',
	secret: false,
	options: [],
	value: '172.31.255.1',
	problem: '',
	...more,
});

test('hosts stand side by side, a value for all stands alone, secrets are dots', () => {
	const view = sheetView([
		field('host.address', 'esxi1'),
		field('host.address', 'esxi2', {value: ''}),
		field('ntp_server', undefined),
		field('iscsi_ip', 'esxi2', {problem: 'the same\u0007 as esxi1', label: ''}),
		field('license_key', undefined, {secret: true, value: '', type: 'secret'}),
		field('password', undefined, {secret: true, value: 'env:PASSWORD', type: 'secret'}),
		field('os', undefined, {type: 'choice', options: ['linux', 'windows'], value: 'linux'}),
	]);
	expect(view.columns).toEqual([
		{host: 'esxi1', title: 'esxi1'},
		{host: 'esxi2', title: 'esxi2'},
	]);
	expect(view.rows.map(({label, type, cells}) => [label, type, cells.map(cell => cell?.text)])).toEqual([
		['Label of host.address', 'ip', ['172.31.255.1', '']],
		['Label of ntp_server', 'ip', ['172.31.255.1']],
		['iscsi_ip', 'ip', [undefined, '172.31.255.1']],
		['Label of license_key', 'secret', ['(asked when needed)']],
		['Label of password', 'secret', ['•••••']],
		['Label of os', 'linux or windows', ['linux']],
	]);
	expect(view.rows[2]?.cells[1]?.problem).toBe('the same␇ as esxi1');
	expect(sheetNote(view)).toBe('1 empty, 1 wrong');
});

test('a complete sheet has nothing to note', () => {
	expect(sheetNote(sheetView([field('ntp_server', undefined)]))).toBe('');
});
