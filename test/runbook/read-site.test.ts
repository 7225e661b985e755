import {expect, test} from 'vitest';
import {emptySite, readSite, unknownHost} from '../../src/runbook/read-site.js';

const problemsOf = (yaml: string) =>
	readSite('site.yaml', yaml).problems.map(({at, code, message, help}) =>
		`${at.line}:${at.column}+${at.length} ${code} ${message} ${help}`.trim(),
	);

test('a sheet gives hosts, values, tables and where each of them stands', () => {
	const {site, problems} = readSite(
		'site.yaml',
		`hosts:
  esxi1: { address: 172.31.255.2, user: root, auth: keyboard-interactive }
  ec1: { address: ec1.example.com, port: 2222, auth: key, key: ~/.ssh/id_ed25519, jump: esxi1, sudo: true }
  hv1: { address: 172.31.255.21, user: EXAMPLE\\Administrator, password: env:HV, platform: windows, encoding: shift_jis }
values:
  ntp_server: 172.31.255.1
  vlan: 012
  iscsi_ip: { esxi1: 172.31.254.2 }
tables:
  vms: [ { name: vm1, vmx: /vmfs/vm1.vmx } ]
known_hosts: ./known_hosts
`,
	);

	expect(problems).toEqual([]);
	expect(site.hosts).toEqual({
		esxi1: {...unknownHost, address: '172.31.255.2', user: 'root', auth: 'keyboard-interactive'},
		ec1: {
			...unknownHost,
			address: 'ec1.example.com',
			port: 2222,
			auth: 'key',
			key: '~/.ssh/id_ed25519',
			jump: 'esxi1',
			sudo: true,
		},
		hv1: {
			...unknownHost,
			address: '172.31.255.21',
			user: 'EXAMPLE\\Administrator',
			password: 'env:HV',
			platform: 'windows',
			encoding: 'shift_jis',
		},
	});
	expect(site.values).toEqual({ntp_server: '172.31.255.1', vlan: '012', iscsi_ip: {esxi1: '172.31.254.2'}});
	expect(site.tables).toEqual({vms: [{name: 'vm1', vmx: '/vmfs/vm1.vmx'}]});
	expect(site.knownHosts).toBe('./known_hosts');
	expect(site.places?.['iscsi_ip@esxi1']).toEqual({line: 8, column: 22, length: 12});
	expect(site.places?.['esxi1.address']).toEqual({line: 2, column: 21, length: 12});
});

test.each(['local', 'none', 'host', 'a@b', '-x', '"a\\tb"', 'a.b'])('no host is called %s', name => {
	const {site, problems} = readSite('site.yaml', `hosts:\n  ${name}: { address: 10.0.0.1 }\n`);

	expect(problems.map(({code}) => code.replace(/^reserved/, 'bad'))).toEqual(['bad-name']);
	expect(site.hosts).toEqual({});
});

test.each(['', '# nothing yet\n', 'hosts:\nvalues:\ntables:\nknown_hosts:\n'])('%j is an empty sheet', yaml => {
	const {site, problems} = readSite('site.yaml', yaml);

	expect(problems).toEqual([]);
	expect({...site, places: {}}).toEqual({...emptySite, file: 'site.yaml'});
});

test('every mistake of a sheet is told at its place', () => {
	expect(
		problemsOf(`host: {}
hosts:
  esxi1: { adress: 172.31.255.2, port: 0, user: -oProxyCommand=x }
  esxi2: { address: "a b", auth: passwd, password: hunter2, jump: esxi3, encoding: klingon, sudo: yes }
  esxi2: {}
  ec1: 172.31.255.11
values:
  a: [ 1 ]
  b: { esxi1: { x: 1 } }
  __proto__: 1
tables:
  vms: { name: vm1 }
known_hosts: [ x ]
`),
	).toMatchInlineSnapshot(`
		[
		  "1:1+4 unknown-key Unknown key "host" in the site file. Did you mean "hosts"?",
		  "3:12+6 unknown-key Unknown key "adress" in a host. Did you mean "address"?",
		  "3:40+1 bad-value \`port\` of a host cannot be used. Write a port from 1 to 65535.",
		  "3:49+16 bad-value \`user\` of a host cannot be used. Write a login name: letters, digits, \`.\`, \`_\`, \`-\`, \`@\`; no \`-\` in front.",
		  "4:21+5 bad-value \`address\` of a host cannot be used. Write a host name or an IP address.",
		  "4:34+6 bad-value \`auth\` of a host cannot be used. Write key, agent, password or keyboard-interactive.",
		  "4:52+7 secret-in-clear \`password\` of a host cannot be used. A password is never written here: name a variable, such as env:ESXI_PASSWORD.",
		  "4:67+5 unknown-host \`jump\` of esxi2 names "esxi3", which is no other host of this file. Did you mean "esxi1"?",
		  "4:84+7 bad-value \`encoding\` of a host cannot be used. Write an encoding that browsers know, such as utf-8 or shift_jis.",
		  "4:99+3 bad-value \`sudo\` of a host cannot be used. Write true or false.",
		  "5:3+5 duplicate-key "esxi2" stands here twice. It is already on line 4.",
		  "6:8+13 bad-value A host is written as keys and values. Its keys: address, port, user, auth, key, password, jump, legacy, transport, sudo, platform, encoding.",
		  "8:6+5 bad-value "a" is a list. Write one value, or \`host: value\` for each host.",
		  "9:15+8 bad-value "b" of esxi1 is no single text. Write one value for each host.",
		  "10:3+9 reserved-name "__proto__" cannot be a name here. Choose another one.",
		  "12:8+13 bad-value The table "vms" is no list of rows. Write \`- { column: value }\` for each row.",
		  "13:14+5 bad-value \`known_hosts\` is no path. Write a path relative to this file.",
		]
	`);
});

test.each([
	['an alias', 'values:\n  a: &x 1\n  b: *x\n', ['2:9+1 no-aliases', '3:6+2 no-aliases']],
	['a merge key', 'values:\n  <<: { a: 1 }\n', ['2:3+2 no-aliases']],
	['a tag', 'values:\n  a: !!binary aGk=\n', ['2:15+4 no-tags']],
	['broken YAML', 'values: {\n', ['1:9+1 bad-yaml']],
	['a second document', 'a: 1\n---\nb: 2\n', ['2:1+3 bad-yaml', '1:1+1 unknown-key']],
	['a text', 'just a text', ['1:1+11 bad-value']],
	['deep brackets', `values: ${'['.repeat(70)}`, ['1:1+1 too-deep']],
	[
		'deep indentation',
		`a:\n${Array.from({length: 70}, (_, depth) => `${' '.repeat(depth + 1)}a:\n`).join('')}`,
		['1:1+1 too-deep'],
	],
	['deep dashes', `values:\n- ${'- '.repeat(70)}`, ['1:1+1 too-deep']],
	['a long text', `# ${'x'.repeat(300_000)}`, ['1:1+1 too-large']],
])('%s is refused', (_name, yaml, expected) => {
	expect(
		problemsOf(yaml)
			.map(line => line.split(' ').slice(0, 2).join(' '))
			.toSorted(),
	).toEqual(expected.toSorted());
});

test('a host with one wrong key keeps the others', () => {
	expect(readSite('site.yaml', 'hosts:\n  a: { address: 10.0.0.1, prot: 23 }\n').site.hosts['a']?.address).toBe(
		'10.0.0.1',
	);
});

test('jump hosts that lead back to where the way began are refused, each at its own line', () => {
	const {problems} = readSite(
		'site.yaml',
		'hosts:\n  a: { address: 10.0.0.1, jump: b }\n  b: { address: 10.0.0.2, jump: c }\n  c: { address: 10.0.0.3, jump: b }\n',
	);

	expect(problems.map(({at: {line}, code, message}) => `${line} ${code} ${message}`)).toEqual([
		'3 circle The way to b goes round in a circle: b → c → b.',
		'4 circle The way to c goes round in a circle: c → b → c.',
	]);
});

test('an ssh configuration is a path, an old server is true or false, and a port may be left to ssh', () => {
	const {site, problems} = readSite(
		'site.yaml',
		'hosts:\n  a: { address: gate, legacy: true }\nssh_config: ./ssh_config\n',
	);

	expect(problems).toEqual([]);
	expect(site).toMatchObject({sshConfig: './ssh_config', hosts: {a: {port: undefined, legacy: true}}});
});
