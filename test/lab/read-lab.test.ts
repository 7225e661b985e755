import {readFileSync} from 'node:fs';
import {expect, test} from 'vitest';
import type {Cluster} from '../../src/lab/expresscluster/cluster.js';
import {SlotSchema} from '../../src/lab/expresscluster/slot.js';
import {readLab} from '../../src/lab/read-lab.js';
import {tinyTopology} from './tiny-room.js';

const read = (yaml: string) => readLab('lab.yaml', yaml, [tinyTopology]);
const problems = (yaml: string) =>
	read(yaml).problems.map(({at, code, message, help}) => `${at.line}:${at.column} ${code} ${message} ${help}`);

test('topology, start and every form of hands', () => {
	const {lab, problems: found} = read(`
topology: tiny
start: dark
hands:
  off: power off alpha
  on: power on HOST
  note: set note HOST it is here
  both: [power off alpha, power off beta]
  read-name: {alpha: answer vmhba64, beta: answer two words}
  see: look around
`);

	expect(found).toEqual([]);
	expect(lab).toEqual({
		topology: 'tiny',
		hosts: ['alpha', 'beta'],
		start: 'dark',
		starts: {},
		hands: {
			off: {'*': [{kind: 'world', words: ['power', 'off', 'alpha']}]},
			on: {'*': [{kind: 'world', words: ['power', 'on', 'HOST']}]},
			note: {'*': [{kind: 'world', words: ['set', 'note', 'HOST', 'it', 'is', 'here']}]},
			both: {
				'*': [
					{kind: 'world', words: ['power', 'off', 'alpha']},
					{kind: 'world', words: ['power', 'off', 'beta']},
				],
			},
			'read-name': {alpha: [{kind: 'answer', value: 'vmhba64'}], beta: [{kind: 'answer', value: 'two words'}]},
			see: {'*': [{kind: 'world', words: ['look', 'around']}]},
		},
	});
});

test('without a start it is the first one', () => {
	expect(read('topology: tiny').lab?.start).toBe('ready');
});

test('each runbook of the folder may have a start of its own', () => {
	expect(read('topology: tiny\nstart: { tests.md: dark, "*": ready }').lab).toMatchObject({
		start: 'ready',
		starts: {'tests.md': 'dark', '*': 'ready'},
	});
	expect(problems('topology: tiny\nstart: { tests: dark, all.md: drak }')).toEqual([
		'2:10 bad-value "tests" is no runbook. Write the name of its file, or "*" for all others.',
		'2:31 unknown-start tiny has no state "drak" to start in. Did you mean "dark"?',
	]);
});

test('every problem at its place, with what was probably meant', () => {
	expect(
		problems(`topology: tiny
start: drak
handz: {}
hands:
  a: powr off alpha
  b: power off gamma
  c: power sideways alpha
  d: set nothing alpha
  e: answer
  f: {alpah: answer x}
  g: {alpha: {deeper: x}}
`),
	).toEqual([
		'2:8 unknown-start tiny has no state "drak" to start in. Did you mean "dark"?',
		'3:1 unknown-key Unknown key "handz" in the lab file. Did you mean "hands"?',
		'5:6 bad-hand Hands cannot "powr". Did you mean "power"?',
		'6:6 unknown-host tiny has no host "gamma". There are: alpha, beta.',
		'7:6 bad-hand "power sideways alpha" is not how power is switched. Write power off HOST or power on HOST.',
		'8:6 bad-hand Nobody can set nothing. Known here: set note HOST TEXT, set work HOST COMMAND, set kill HOST NUMBER.',
		'9:6 bad-hand `answer` says nothing. Write what is read off the screen: answer vmhba64.',
		'10:7 unknown-host tiny has no host "alpah". Did you mean "alpha"?',
		'11:14 bad-value Hands are written as one deed or a list of deeds. For example: power off esxi1.',
	]);
});

test('a file without a topology, with an unknown one, or that is no YAML gives no lab', () => {
	expect(read('start: ready').lab).toBeUndefined();
	expect(problems('topology: tinny')).toEqual([
		'1:11 unknown-topology There is no topology "tinny". Did you mean "tiny"?',
	]);
	expect(read('topology: [').lab).toBeUndefined();
	expect(read('').problems).not.toEqual([]);
});

test('a topology of its own: hosts by platform, and nothing else to start from', () => {
	const own = `topology:
  hosts:
    esxi1: { platform: esxi, address: 172.31.255.2, label: "ESXi#1", state: bare }
    esxi2: { platform: esxi, address: 172.31.255.3 }
hands:
  off: power off esxi2
  console: set console HOST
`;
	const {lab, problems: found} = read(own);

	expect(found).toEqual([]);
	expect(lab).toMatchObject({
		topology: {
			name: 'lab.yaml',
			world: {
				version: 1,
				hosts: [
					{kind: 'esxi', name: 'esxi1', label: 'ESXi#1'},
					{kind: 'esxi', name: 'esxi2', label: 'esxi2'},
				],
			},
		},
		hosts: ['esxi1', 'esxi2'],
		start: 'described',
	});
});

test('every problem of a topology of its own, at its place', () => {
	expect(
		problems(`topology:
  host: {}
  hosts:
    esxi1: { platform: esxy, address: 172.31.255.2 }
    esxi2: { platform: esxi, adress: 172.31.255.3 }
    esxi3: { address: 172.31.255.4 }
    local: { platform: esxi, address: 172.31.255.5 }
    esxi4: { platform: esxi, address: 172.31.255.6, state: reddy }
start: bare
`),
	).toEqual([
		'2:3 unknown-key Unknown key "host" in a topology. Did you mean "hosts"?',
		'4:24 unknown-platform The lab has no hosts of platform "esxy". Did you mean "esxi"?',
		'5:12 missing-key A host has no `address`. Write a text.',
		'5:30 unknown-key Unknown key "adress" in a host. Did you mean "address"?',
		'6:12 missing-key esxi3 has no `platform`. There are: esxi, linux, windows, esx4.',
		'7:5 reserved-name No host can be called "local": it has a meaning of its own. ',
		'8:60 bad-value `state` of a host cannot be used. Write bare or esxi-ready.',
		'9:8 unknown-start lab.yaml has no state "bare" to start in. There are: described.',
	]);
});

test('every key of a Linux host, and what it begins with', () => {
	const {lab, problems: found} = read(`topology:
  hosts:
    esxi1: { platform: esxi, address: 172.31.255.2 }
    ec1:
      platform: linux
      label: Node 1
      hostname: ec1.example.com
      address: 172.31.255.11
      networks: { mirror: 172.31.253.11 }
      runs_on: esxi1
      autostart: true
      power: off
      user: admin
      password: secret
      sudo: nopasswd
      requiretty: true
      services: { target: running, firewalld: stopped }
      packages: [targetcli]
      files:
        /etc/motd: hello
        /etc/secret: { text: key, mode: 0600, owner: admin }
`);

	expect(found).toEqual([]);
	expect(typeof lab?.topology === 'object' && lab.topology.world.hosts[1]).toMatchObject({
		label: 'Node 1',
		hostname: 'ec1.example.com',
		runsOn: 'esxi1',
		autostart: true,
		power: {kind: 'off'},
		requiretty: true,
		users: [
			{name: 'admin', password: 'secret', sudo: 'nopasswd'},
			{name: 'root', password: 'secret'},
		],
		nics: [
			{name: 'ens192', network: 'management', addresses: ['172.31.255.11/24']},
			{name: 'ens224', network: 'mirror', addresses: ['172.31.253.11/24']},
		],
		units: {target: {enabled: true, active: true}, firewalld: {enabled: false, active: false}},
		packages: {targetcli: '2.1.53-2.el8.noarch'},
		files: {
			'/etc/motd': {text: 'hello', mode: 0o644, owner: 'root'},
			'/etc/secret': {text: 'key', mode: 0o600, owner: 'admin'},
		},
	});
});

test('what is wrong with a Linux host is told at its place', () => {
	expect(
		problems(`topology:
  hosts:
    ec1: { platform: linux, address: 172.31.255.11, runs_on: ec2 }
    ec2: { platform: linux, address: 172.31.255, runs_on: ec2 }
    ec3: { platform: linux, address: 172.31.255.13, sudo: maybe, packages: [nosuch] }
    ec4: { platform: linux, address: 172.31.255.14, files: {/etc/x: {text: x, mode: 9}} }
hands:
  console: set console ec1
  cable: set cable ec1 ens192
`),
	).toEqual([
		'3:62 unknown-host ec1 cannot run on "ec2". Did you mean "ec3"?',
		'4:38 bad-value `address` of a host cannot be used. Write an IPv4 address.',
		'4:59 unknown-host ec2 cannot run on "ec2". Did you mean "ec3"?',
		'5:59 bad-value `sudo` of a host cannot be used. Write password, nopasswd or none.',
		'5:77 bad-value `packages` of a host cannot be used. The lab knows no package of this name.',
		'6:85 bad-value `files` of a host cannot be used. Write a mode as octal digits, such as 0644.',
		'8:12 bad-hand Nobody here can set console; known are: set cables HOST in|out, set cable HOST NIC in|out, set file HOST PATH, set system HOST, set hang HOST target, set hang HOST target off, set pdl HOST on|off. Known here: set cables HOST in|out, set cable HOST NIC in|out, set file HOST PATH, set system HOST, set hang HOST target, set hang HOST target off, set pdl HOST on|off.',
		'9:10 bad-hand Write which NIC and whether the cable goes in or out: set cable ec1 ens192 out. Known here: set cables HOST in|out, set cable HOST NIC in|out, set file HOST PATH, set system HOST, set hang HOST target, set hang HOST target off, set pdl HOST on|off.',
	]);
});

const pair = `topology:
  hosts:
    esxi1: { platform: esxi, address: 172.31.255.2 }
    ec1: { platform: linux, address: 172.31.255.11 }
    ec2: { platform: linux, address: 172.31.255.12 }
  clusters:
`;

/** The first cluster of a lab file's world. */
function clusterOf(lab: ReturnType<typeof read>['lab']): Cluster | undefined {
	const part = typeof lab?.topology === 'object' ? lab.topology.world.parts?.[0] : undefined;
	return part === undefined ? undefined : SlotSchema.parse(part).cluster;
}

test('a cluster, its groups as a list or with their keys', () => {
	const {lab, problems: found} = read(
		`${pair}    ec: { hosts: [ec2, ec1], groups: [one, two], heartbeat_timeout: 30s }\n`,
	);
	expect(found).toEqual([]);
	expect(typeof lab?.topology === 'object' && lab.topology.world).toMatchObject({
		hosts: [{name: 'esxi1'}, {packages: {expresscls: '4.3.0-1.x86_64'}}, {packages: {expresscls: '4.3.0-1.x86_64'}}],
		parts: [{name: 'ec', hosts: ['ec2', 'ec1']}],
	});
	expect(clusterOf(lab)).toMatchObject({
		servers: {ec2: {groups: {one: {kind: 'online'}, two: {kind: 'online'}}}, ec1: {groups: {}}},
	});
	expect(clusterOf(lab)?.conf).toMatch(/<timeout>30000<[\s\S]*<group name="one">[\s\S]*<group name="two">/);

	const keyed = read(
		`${pair}    ec: { hosts: [ec1, ec2], groups: { fo: { current: ec2, resources: [md], floating_ip: 10.0.0.1 } } }\n`,
	);
	expect(keyed.problems).toEqual([]);
	expect(clusterOf(keyed.lab)).toMatchObject({
		servers: {ec2: {groups: {fo: {kind: 'online'}}, resources: {fip: {kind: 'online'}, md: {kind: 'online'}}}},
	});
	expect(clusterOf(keyed.lab)?.conf).toMatch(/<timeout>50000<[\s\S]*<ip>10.0.0.1</);
});

test('a cluster with types, scripts and monitors', () => {
	const {lab, problems: found} = read(`${pair}    ec:
      hosts: [ec1, ec2]
      survivor: ec2
      interconnects: [management]
      groups:
        fo:
          resources:
            exec-app: { type: exec, start: "exit 0", after: [md-app], timeout: 5m }
            md-app: { type: md, disk: sdb }
      monitors:
        genw-app: { type: genw, script: "exit 0", target: exec-app, timing: active, recovery: fo }
`);
	expect(found).toEqual([]);
	expect(clusterOf(lab)).toMatchObject({
		hearsOnAnyNetwork: false,
		scripts: {'fo/exec-app/start.sh': 'exit 0', 'monitor.s/genw-app/genw.sh': 'exit 0'},
	});
	expect(clusterOf(lab)?.conf).toMatch(/<survive>1<[\s\S]*<depend name="md-app"\/>[\s\S]*<genw name="genw-app">/);
});

test('what cannot be in a cluster with types is told', () => {
	expect(
		problems(`${pair}    ec: { hosts: [ec1, ec2], groups: { fo: { resources: { a: { type: exec, after: [b] } } } } }
`),
	).toEqual(['7:5 bad-value The cluster ec cannot be. There is no resource b.']);
});

test('what is wrong with a cluster is told at its place', () => {
	expect(
		problems(`${pair}    a: { hosts: [] }
    b: { hosts: [ec1, esxi1], heartbeat_timeout: 30 }
    c: { hosts: [ec1, ec2], group: [fo] }
    d: { hosts: [ec2, ec3], groups: { fo: { current: ec9 } } }
`),
	).toEqual([
		'7:17 bad-value `hosts` of a cluster cannot be used. A cluster has at least one host.',
		'8:23 unknown-host b cannot have "esxi1". It can be: ec1, ec2.',
		'8:50 bad-value `heartbeat_timeout` of a cluster cannot be used. Write a number and a unit: 30s, 2m.',
		'9:18 unknown-host c cannot have "ec1". Did you mean "ec2"?',
		'9:29 unknown-key Unknown key "group" in a cluster. Did you mean "groups"?',
		'10:18 unknown-host d cannot have "ec2". ',
		'10:23 unknown-host d cannot have "ec3". ',
		'10:54 unknown-host fo cannot be on "ec9". Did you mean "ec2"?',
	]);
});

test('what is wrong with a protected virtual machine is told at its place', () => {
	const hosts = `topology:
  hosts:
    esxi1: { platform: esxi, address: 172.31.255.2 }
    ec1: { platform: linux, address: 172.31.255.11, runs_on: esxi1 }
    ec2: { platform: linux, address: 172.31.255.12 }
    vm1: { platform: linux, address: 172.31.255.21, protected_by: fo2 }
    vm2: { platform: linux, address: 172.31.255.22, protected_by: here, runs_on: esxi1 }
    vm3: { platform: linux, address: 172.31.255.23, protected_by: there }
  clusters:
    ec: { hosts: [ec1, ec2], groups: { here: {}, there: { current: ec2 } } }
`;

	expect(problems(hosts)).toEqual([
		'6:67 unknown-group No cluster has a group "fo2". There are: here, there.',
		'7:67 bad-value vm2 is where here is. Take its `runs_on` out.',
		'8:67 missing-key vm3 has nowhere to run. Give the servers of there a `runs_on`.',
	]);
});

test('aliases are not read', () => {
	expect(problems('topology: tiny\nhands:\n  a: &x power off alpha\n  b: *x')).toContainEqual(
		expect.stringContaining('no-aliases'),
	);
});

test('the lab file of our own runbook is right', () => {
	const file = new URL('../../runbooks/vmware-host-clustering/lab.yaml', import.meta.url);

	expect(readLab('lab.yaml', readFileSync(file, 'utf8')).problems).toEqual([]);
});
