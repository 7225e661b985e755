import {expect, test} from 'vitest';
import {readSite} from '../../src/runbook/read-site.js';
import {writeSite} from '../../src/runbook/write-site.js';

const sheet = `# Yokohama
hosts:
  esxi1: { address: 172.31.255.2, user: root }   # upper one
  esxi2: { address: , user: root }
values:
  ntp_server: 172.31.255.1     # asked the customer
  iscsi_ip: { esxi1: 172.31.254.2, esxi2: 172.31.254.3 }
  title: 'the old one'
# kept for later
known_hosts: ./known_hosts
`;

test('a value that is there is replaced, and nothing else', () => {
	const edits = {ntp_server: '10.0.0.1', 'iscsi_ip@esxi2': '10.0.0.3', 'esxi1.address': '10.0.0.2', title: 'new: one'};

	expect(writeSite(sheet, edits)).toBe(
		sheet
			.replace('172.31.255.1  ', '10.0.0.1  ')
			.replace('172.31.254.3', '10.0.0.3')
			.replace('172.31.255.2', '10.0.0.2')
			.replace("'the old one'", '"new: one"'),
	);
});

test('a value that is not there is added, and comments and order stay', () => {
	const written = writeSite(sheet, {'esxi2.address': '172.31.255.3', datastore: 'datastore1', 'vmk@esxi1': 'vmk1'});

	const {site, problems} = readSite('site.yaml', written);
	expect(problems).toEqual([]);
	expect(site.hosts['esxi2']?.address).toBe('172.31.255.3');
	expect(site.values).toEqual({
		...readSite('site.yaml', sheet).site.values,
		datastore: 'datastore1',
		vmk: {esxi1: 'vmk1'},
	});
	expect(written).toContain('# asked the customer');
	expect(written).toContain('# upper one');
	expect(written.indexOf('# kept for later')).toBeLessThan(written.indexOf('known_hosts'));
});

test.each(['', '# only a comment\n', 'values:\n', 'values: {}\n', 'hosts:\n  esxi1:\n'])('into %j', empty => {
	const {site, problems} = readSite(
		'site.yaml',
		writeSite(empty, {ntp: '10.0.0.1', 'esxi1.address': 'h', 'a@esxi1': 'x'}),
	);

	expect(problems).toEqual([]);
	expect(site.values).toEqual({ntp: '10.0.0.1', a: {esxi1: 'x'}});
	expect(site.hosts['esxi1']?.address).toBe('h');
});

test.each([
	'yes',
	'012',
	'1e3',
	'a: b',
	'x # y',
	'{',
	'- a',
	'日本語',
	"it's",
	'a\\b',
	'"',
	'*x',
	'&y',
	'!z',
	'10:20',
	'~',
	'env:KEY',
])('%s is read back as it was written', value => {
	for (const text of [sheet, 'values: { a: x }\n', 'values:\n  a: x\n', '']) {
		expect(readSite('site.yaml', writeSite(text, {a: value})).site.values['a']).toBe(value);
	}
});

test('text that is no YAML stays as it is', () => {
	expect(writeSite('values: {', {a: 'x'})).toBe('values: {');
});

test('rows of a table: a cell is replaced, a row added, and one without texts goes', () => {
	const rows = 'tables:\n  vms:\n    - { name: vm1, vmx: /1 }   # the first\n    - { name: vm2, vmx: /2 }\n';
	const edits = {'vms[0].vmx': '/one', 'vms[1].name': '', 'vms[1].vmx': '', 'vms[2].name': 'vm3', 'vms[2].vmx': '/3'};

	expect(writeSite(rows, edits)).toBe(
		'tables:\n  vms:\n    - { name: vm1, vmx: /one } # the first\n    - { name: vm3, vmx: /3 }\n',
	);
});

test.each(['', 'tables:\n', 'tables:\n  vms:\n', 'tables: {}\n'])('the first row into %j', empty => {
	const {site, problems} = readSite('site.yaml', writeSite(empty, {'vms[0].name': 'vm1', 'vms[0].vmx': '/1'}));

	expect(problems).toEqual([]);
	expect(site.tables).toEqual({vms: [{name: 'vm1', vmx: '/1'}]});
});
