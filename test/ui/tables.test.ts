import {describe, expect, test} from 'vitest';
import {bindSite, keyOfField} from '../../src/runbook/bind.js';
import {readSite} from '../../src/runbook/read-site.js';
import {blockOf} from '../../src/ui/sheet/block.js';
import type {SheetEdit, Workbench} from '../../src/ui/workbench.js';
import {compile} from '../runbook/compile.js';
import {deskAt} from './desk.js';
import {fakeWorkbench} from './fake-workbench.js';

const runbook = `---
fieldbook: 1
title: Protected VMs
hosts:
  esxi1: { group: esxi, platform: esxi }
  esxi2: { group: esxi, platform: esxi }
params:
  iscsi_ip: { type: ip, each: esxi, label: iSCSI address }
  mirror_ip: { type: ip, each: esxi, label: Mirror address }
  vms: { type: table, columns: { name: name, vmx: path, size: number }, label: VMs }
---
# Protected VMs
- [ ] Look. <!-- id=look -->
`;

const site = `hosts:
  esxi1: { address: 172.31.255.2 }
  esxi2: { address: 172.31.255.3 }
tables:
  vms:
    - { name: vm1, vmx: /vmfs/vm1.vmx, size: 40 }
`;

/** Somebody in front of the sheet of that runbook, with what the runbook's own rules make of it. */
async function atSheet() {
	const {runbook: compiled} = compile(runbook);
	const read = readSite('site.yaml', site).site;
	const bound = (edits: readonly SheetEdit[]) =>
		bindSite(compiled, read, Object.fromEntries(edits.map(edit => [keyOfField(edit), edit.text])), {});
	const fake = fakeWorkbench(() => {
		throw new Error('no run is played here');
	}).workbench;
	const workbench: Workbench = {
		...fake,
		open: async file => ({
			...(await fake.open(file)),
			title: 'Protected VMs',
			sheet(_mode, edits) {
				const {fields, problems} = bound(edits);
				return {fields, problems: [], steps: '8 steps', ready: !problems.some(({severity}) => severity === 'error')};
			},
		}),
	};
	const desk = await deskAt(workbench, {kind: 'open', file: '/books/vms.md', mode: 'real'}, () => undefined);
	const edits = () => {
		const {screen} = desk.model();
		return screen.kind === 'sheet' ? bound(screen.edits) : undefined;
	};
	return {desk, bound: edits};
}

describe('a table in the sheet', () => {
	test('has its rows under its columns, and a blank one behind them', async () => {
		const {desk} = await atSheet();
		expect(desk.screen()).toMatch(/VMs +name +vmx +size\n +1 +vm1 +\/vmfs\/vm1\.vmx +40\n +2 +- +- +-/);
	});

	test('gets another row when the blank one is typed into', async () => {
		const {desk, bound} = await atSheet();
		await desk.press(...Array<string>(7).fill('enter'), ...'vm2', 'enter', ...'/vmfs/vm2.vmx', 'enter', ...'80');
		expect(bound()?.tables['vms']).toEqual([
			{name: 'vm1', vmx: '/vmfs/vm1.vmx', size: '40'},
			{name: 'vm2', vmx: '/vmfs/vm2.vmx', size: '80'},
		]);
		expect(desk.screen()).toMatch(/\n +3 +- +- +-/);
	});
});

describe('a block that was copied from a spreadsheet', () => {
	test('fills cells to the right and below', async () => {
		const {desk, bound} = await atSheet();
		await desk.send({kind: 'pasted', text: '172.31.254.2\t172.31.254.3\n172.31.253.2\t172.31.253.3\n'});
		expect(desk.screen()).toContain('Pasted 4 values.');
		expect(bound()?.values).toMatchObject({
			iscsi_ip: {esxi1: '172.31.254.2', esxi2: '172.31.254.3'},
			mirror_ip: {esxi1: '172.31.253.2', esxi2: '172.31.253.3'},
		});
	});

	test('with a line of column names goes where the names say', async () => {
		const {desk, bound} = await atSheet();
		await desk.send({
			kind: 'pasted',
			text: ',esxi2,esxi1\nMirror address,10.0.0.2,10.0.0.1\niscsi_ip,10.1.0.2,10.1.0.1',
		});
		expect(bound()?.values).toMatchObject({
			mirror_ip: {esxi1: '10.0.0.1', esxi2: '10.0.0.2'},
			iscsi_ip: {esxi1: '10.1.0.1', esxi2: '10.1.0.2'},
		});
	});

	test('adds the rows that a table needs', async () => {
		const {desk, bound} = await atSheet();
		await desk.press(...Array<string>(4).fill('enter'));
		await desk.send({
			kind: 'pasted',
			text: 'size;name;vmx\r\n10;a;/v/a.vmx\r\n20;"b";/v/b.vmx\r\n30;c;"/v/c d.vmx"\r\n',
		});
		expect(bound()?.tables['vms']).toEqual([
			{name: 'a', vmx: '/v/a.vmx', size: '10'},
			{name: 'b', vmx: '/v/b.vmx', size: '20'},
			{name: 'c', vmx: '/v/c d.vmx', size: '30'},
		]);
	});

	test('says what had no place', async () => {
		const {desk} = await atSheet();
		await desk.send({kind: 'pasted', text: '10.0.0.1\t10.0.0.2\t10.0.0.3'});
		expect(desk.screen()).toContain('Pasted 2 values; 1 had no place here.');
	});

	test.each([
		['one value', '10.0.0.1', true, undefined],
		['one value with a comma, where there is one column', 'a, b', false, undefined],
		['commas, where there are several', 'a,b', true, [['a', 'b']]],
		[
			'quotes',
			'"a ""b""",c\nd,e',
			true,
			[
				['a "b"', 'c'],
				['d', 'e'],
			],
		],
		['a line end inside quotes', '"a\nb",c', true, [['a\nb', 'c']]],
		[
			'line ends of Windows',
			'a\tb\r\nc\td\r\n',
			true,
			[
				['a', 'b'],
				['c', 'd'],
			],
		],
	])('%s', (_name, text, hasColumns, block) => {
		expect(blockOf(text, hasColumns)).toEqual(block);
	});
});
