import {afterEach, beforeEach, expect, test} from 'vitest';
import type {FaultName} from '../../src/lab/faults.js';
import {type Rehearsal, rehearse, seedFor, writePages} from './engineer.js';
import {Fieldbook} from './fieldbook.js';

/**
What goes wrong with clusters, storage and Windows, as the notes on the domain list it (4.1, by its number there): the run stops
where a real one would, shows the words of the hosts, and after the engineer's remedy goes on to the end.
*/

let fieldbook: Fieldbook;
beforeEach(() => {
	fieldbook = new Fieldbook();
});
afterEach(() => fieldbook.remove());

const patience = 60_000;

const server = (number: number, target: string) =>
	`ec${number}: { platform: linux, address: 172.31.255.1${number}, networks: { mirror: 172.31.253.1${number}, iscsi: 172.31.254.1${number} }, runs_on: esxi${number}, autostart: true, disks: { sdb: 50G }, packages: [targetcli, target-restore], services: { firewalld: stopped, target: ${target} }, target: { iqn: iqn.1996-10.com.ecx, device: /dev/NMP1, initiators: ["iqn.1998-01.com.vmware:esxi1-5f2a60b1", "iqn.1998-01.com.vmware:esxi2-5f2a60b2"], datastore: EC_iSCSI } }`;

type Lab = {readonly hands?: string; readonly cluster?: string; readonly hosts?: string; readonly recovery?: string};

/** Two ESXi hosts with a server each, a mirror disk and an iSCSI target between them. */
const twoServers = ({hands = '  see: look ec', cluster = '', hosts = '', recovery = ''}: Lab) => `topology:
  hosts:
    esxi1: { platform: esxi, address: 172.31.255.2, label: "ESXi#1", iscsi_targets: [172.31.254.10] }
    esxi2: { platform: esxi, address: 172.31.255.3, label: "ESXi#2", iscsi_targets: [172.31.254.10] }
    ${server(1, 'running')}
    ${server(2, 'stopped')}
    ${hosts}
  clusters:
    ec:
      hosts: [ec1, ec2]
      interconnects: [management, mirror]
      mirror_connect: mirror
      ${cluster}
      groups:
        failover-vm:
          resources:
            fip-iscsi: { type: fip, address: 172.31.254.10 }
            ${recovery}
            md-iscsi: { type: md, disk: sdb, after: [${recovery === '' ? 'fip-iscsi' : 'exec-md-recovery'}] }
            exec-iscsi: { type: exec, start: "systemctl start target", stop: "systemctl stop target", stop_timeout: 60s, after: [md-iscsi] }
hands:
${hands}
`;

const site = `hosts:
  esxi1: { address: 172.31.255.2, user: root }
  esxi2: { address: 172.31.255.3, user: root }
  ec1: { address: 172.31.255.11, user: root }
  ec2: { address: 172.31.255.12, user: root }
`;

const front = `---
fieldbook: 1
title: What goes wrong
hosts:
  esxi1: { group: esxi, platform: esxi, label: "ESXi#1" }
  esxi2: { group: esxi, platform: esxi, label: "ESXi#2" }
  ec1: { group: ec, platform: linux, runs_on: esxi1 }
  ec2: { group: ec, platform: linux, runs_on: esxi2 }
---

# What goes wrong

`;

/** Plays a page in the world of the two servers. */
function play(page: string, words: readonly string[], lab: Lab = {}): Rehearsal {
	return rehearse(
		fieldbook,
		writePages(fieldbook, 'page', {site, lab: twoServers(lab), book: `${front}${page}`}),
		words,
	);
}

const everywhere = ['esxi1', 'esxi2', 'ec1', 'ec2'];
const yes = ['--yes'];
const struck = (fault: FaultName, host: string, hosts: readonly string[]) => [...yes, ...seedFor(fault, host, hosts)];

/** Of a line that the cluster has logged, by module, number and text. */
const alert = (module: string, event: number, text: string) => `<type: ${module}><event: ${event}> ${text}`;

const mirrorIsWell = (on: string) => `
Both halves are the same.

\`\`\`sh on=${on} id=mirror wait every=5s for=1h
clpmdstat -m md-iscsi
clpmdstat -m md-iscsi | grep 'Mirror Color.*GREEN.*GREEN'
\`\`\`
`;
const witness: Lab = {
	cluster: 'witness: 172.31.255.10:80',
	hosts: 'witness: { platform: linux, address: 172.31.255.10 }',
};

test(
	'9: a target that does not stop takes its server with it: unknown, until a person has looked',
	async () => {
		const run = play(
			`
Move the group to ec2.

\`\`\`sh on=ec1 id=move timeout=15m
clpgrp -m failover-vm -a ec2
\`\`\`

The group is on ec2.

\`\`\`sh on=ec2 id=online wait every=1s for=5m
[ "$(clpgrp -n failover-vm)" = ec2 ]
\`\`\`

- [ ] Switch ec1 on. <!-- id=on on=ec1 expect=up -->

It says why it went.

\`\`\`sh on=ec1 id=why readonly
grep 'Stopping exec-iscsi resource' /var/log/messages
\`\`\`
`,
			struck('target-stop-hangs', 'ec1', ['ec1', 'ec2']),
			{hands: '  on: power on ec1'},
		);

		expect(await run.asked()).toMatch(/\? move ec1 +unknown: The connection to ec1 .* was lost/);
		expect(run.printed()).toMatch(/goes wrong in this rehearsal on purpose: --fault target-stop-hangs --seed \d+/);
		run.answer('d', 'ec2 takes over');

		expect(await run.exited).toMatchObject({status: 0});
		expect(await run.said('why')).toMatch(/<type: rc><event: 42> Stopping exec-iscsi resource has failed\./);
		// The heartbeat time-out, and what the group takes to start
		expect(await run.seconds('online')).toBeGreaterThan(50);
		expect(await run.seconds('online')).toBeLessThan(65);
	},
	patience,
);

test(
	'10: both servers are active behind a cut network; when they meet again one goes, and both say why',
	async () => {
		const run = play(
			`
- [ ] Pull all network cables of ESXi#2. <!-- id=cut -->

ec1 goes on, and believes that it is alone.

\`\`\`sh on=ec1 id=alone wait every=1s for=2m
clpstat
clpstat | grep -q 'ec2 .*: Offline'
\`\`\`

- [ ] Plug the cables in again. <!-- id=connect -->

The survivor says that both were active.

\`\`\`sh on=ec1 id=survivor wait every=1s for=1m
grep -E 'event: (92|502)>' /var/log/messages
\`\`\`

The other one says that it goes.

\`\`\`sh on=ec2 id=loser
grep -E 'event: (92|504)>' /var/log/messages
\`\`\`
${mirrorIsWell('ec1')}`,
			yes,
			{hands: '  cut: set cables esxi2 out\n  connect: set cables esxi2 in'},
		);

		expect(await run.asked()).toMatch(/x loser ec2 +failed after 0 s: Could not reach ec2/);
		expect(await run.look('ec2')).toBe('ec2 is off');
		await run.inTheRoom('power on ec2');
		await run.pass(60);
		run.answer('r');

		expect(await run.exited).toMatchObject({status: 0});
		const twice = alert('rc', 92, 'Group failover-vm has started on more than one server.');
		const survivor = await run.said('survivor');
		expect(survivor).toContain(twice);
		expect(survivor).toContain(
			alert(
				'rc',
				502,
				'Since server ec1 is specified as that which suppresses shutdown at both-system activation detection. it ignored the shutdown request.',
			),
		);
		const loser = await run.said('loser');
		expect(loser).toContain(twice);
		expect(loser).toMatch(/<type: rc><event: 504> .* executed the shutdown request\./);
	},
	patience,
);

test(
	'11: with a witness the server that is cut off goes, and does not come before its network does',
	async () => {
		const run = play(
			`
- [ ] Pull all network cables of ESXi#1. <!-- id=cut -->

The group starts on ec2.

\`\`\`sh on=ec2 id=takeover wait every=1s for=5m
[ "$(clpgrp -n failover-vm)" = ec2 ]
\`\`\`

- [ ] Switch ec1 on, with the cables still out. <!-- id=boot -->

It boots, and its cluster does not start.

\`\`\`sh on=ec2 id=waits readonly
sleep 400
clpstat | grep 'ec1 .*: Offline'
\`\`\`

- [ ] Plug the cables of ESXi#1 in. <!-- id=connect -->

ec1 is Online.

\`\`\`sh on=ec1 id=online wait every=5s for=30s
clpstat | grep '\\*ec1 .*: Online'
\`\`\`

It says why it went.

\`\`\`sh on=ec1 id=why readonly
grep 'event: 30>' /var/log/messages
\`\`\`
${mirrorIsWell('ec2')}`,
			yes,
			{...witness, hands: '  cut: set cables esxi1 out\n  boot: power on ec1\n  connect: set cables esxi1 in'},
		);

		expect(await run.asked()).toMatch(/x online ec1 +failed/);
		expect(await run.at('ec1', 'clpcl -s')).toBe('Start ec1 : Command succeeded.\n');
		await run.pass(30);
		run.answer('r');

		expect(await run.exited).toMatchObject({status: 0});
		expect(await run.said('why')).toContain(
			alert('nm', 30, 'Network partition was detected. Shut down the server ec1 to protect data.'),
		);
		expect(await run.seconds('takeover')).toBeGreaterThan(50);
		expect(await run.seconds('takeover')).toBeLessThan(65);
	},
	patience,
);

test(
	'12: without witness and heartbeats both servers go, and nothing runs until a person has been there',
	async () => {
		const cables = (to: string) => ['witness', 'esxi1', 'esxi2'].map(host => `set cables ${host} ${to}`).join(', ');
		const run = play(
			`
- [ ] The switch of all hosts fails. <!-- id=cut -->

- [ ] Have a new switch, and all cables in it. <!-- id=connect -->

Each says why it went.

\`\`\`sh on=ec id=why serial
grep 'event: 30>' /var/log/messages
\`\`\`

The group is back.

\`\`\`sh on=ec1 id=back wait every=5s for=7m
clpgrp -n failover-vm
\`\`\`
${mirrorIsWell('ec1')}`,
			[],
			{...witness, hands: `  cut: [${cables('out')}]\n  connect: [${cables('in')}]`},
		);
		for (const [question, answer] of [
			[/Every host was reached/, ''],
			[/The switch of all hosts fails/, ''],
		] as const) {
			expect(await run.asked()).toMatch(question);
			run.answer(answer);
		}
		expect(await run.asked()).toMatch(/Have a new switch/);
		await run.pass(60);
		expect([await run.look('ec1'), await run.look('ec2')]).toEqual(['ec1 is off', 'ec2 is off']);
		run.answer('');

		expect(await run.asked()).toMatch(/Could not reach ec1/);
		await run.inTheRoom('power on ec1', 'power on ec2');
		await run.pass(60);
		run.answer('r');

		expect(await run.exited).toMatchObject({status: 0});
		const why = await run.said('why');
		for (const server of ['ec1', 'ec2']) {
			expect(why).toContain(
				alert('nm', 30, `Network partition was detected. Shut down the server ${server} to protect data.`),
			);
		}
	},
	patience,
);

test(
	'13: a group does not move to a server whose data are old, until the mirror has recovered',
	async () => {
		const run = play(
			`
Move the group to ec2.

\`\`\`sh on=ec1 id=move
clpgrp -m failover-vm -a ec2
\`\`\`

It is there.

\`\`\`sh on=ec1 id=there readonly
grep 'event: 66>' /var/log/messages
[ "$(clpgrp -n failover-vm)" = ec2 ]
\`\`\`
`,
			struck('move-refused', 'ec1', ['ec1', 'ec2']),
		);

		expect(await run.asked()).toMatch(/ec1 \| Server ec2 is not in a condition to start group failover-vm\./);
		expect(await run.at('ec1', 'clpmdstat -m md-iscsi')).toMatch(/Mirror Color +YELLOW +YELLOW/);
		expect(await run.at('ec1', 'clpmdctrl --rwait md-iscsi')).toBe('Command succeeded.\n');
		expect(await run.at('ec1', 'clpmdstat -m md-iscsi')).toMatch(/Mirror Color +GREEN +GREEN/);
		run.answer('r');

		expect(await run.exited).toMatchObject({status: 0});
		expect(await run.said('there')).toContain(
			alert('rc', 66, 'Server ec2 is not in a condition to start group failover-vm.'),
		);
	},
	patience,
);

test(
	'14: after a blackout both halves are RED, and the script of the group decides',
	async () => {
		const run = play(
			`
Look at ec1 for a while.

\`\`\`sh on=ec1 id=busy readonly
for i in $(seq 15); do clpstat; done
\`\`\`

The group is back.

\`\`\`sh on=ec1 id=back wait every=5s for=7m
clpgrp -n failover-vm
\`\`\`

Its log says how.

\`\`\`sh on=ec1 id=how readonly
cat /var/log/recovery
grep 'event: 36>' /var/log/messages
\`\`\`
${mirrorIsWell('ec1')}`,
			struck('blackout', 'ec1', everywhere),
			{
				recovery: `exec-md-recovery: { type: exec, start: "clpmdstat -m md-iscsi >/var/log/recovery; if grep -q 'RED *RED' /var/log/recovery; then yes | clpmdctrl -f md-iscsi; fi", stop: "exit 0", after: [fip-iscsi] }`,
			},
		);

		expect(await run.asked()).toMatch(/Could not reach ec1/);
		await run.inTheRoom('power on esxi1', 'power on esxi2');
		await run.pass(300);
		run.answer('r');

		expect(await run.exited).toMatchObject({status: 0});
		expect(await run.said('how')).toMatch(/Mirror Color +RED +RED\n.*<type: mdadmn><event: 36> /s);
	},
	patience,
);

test(
	'19: a host that loses its path to the storage goes through APD, and comes out of it',
	async () => {
		const run = play(
			`
The path is active.

\`\`\`sh on=esxi2 id=path readonly
disk=$(esxcli storage vmfs extent list | awk '$1 == "EC_iSCSI" {print $4}')
for i in $(seq 15); do
	sleep 10
	esxcli storage core path list -d "$disk" | grep 'State:'
	esxcli storage core path list -d "$disk" | grep -q 'State: active' || exit 1
done
\`\`\`

The kernel says what happened.

\`\`\`sh on=esxi2 id=log readonly
cat /var/log/vmkernel.log
\`\`\`
`,
			struck('storage-path-fails', 'esxi2', ['esxi1', 'esxi2']),
		);

		expect(await run.asked()).toMatch(/esxi2 \| +State: dead/);
		await run.pass(200);
		await run.inTheRoom('set cable esxi2 vmnic2 in');
		await run.pass(30);
		run.answer('r');

		expect(await run.exited).toMatchObject({status: 0});
		const log = await run.said('log');
		const lost = instantOf(log, 'iSCSI connection is being marked "OFFLINE"');
		expect(instantOf(log, "HBX: 6214: APD EventType: APD_START (3) for vol 'EC_iSCSI'")).toBe(lost + 10_000);
		expect(instantOf(log, 'APD_TIMEOUT (4)')).toBe(lost + 150_000);
		expect(log).toMatch(/StorageApdHandler: 1205: APD start for 0x4302ff581ad0 \[naa\.6001405/);
		expect(log).toMatch(
			/"ONLINE"\n.*ScsiDevice: 5036: Device naa\.\w+ is Out of APD; token num:1\n.*APD exit .*\n.*APD_EXIT/,
		);
	},
	patience,
);

/** Of the first line of vmkernel.log that has the words. */
function instantOf(log: string, words: string): number {
	return Date.parse(
		log
			.split('\n')
			.find(line => line.includes(words))
			?.split(' ')[0] ?? '',
	);
}

test(
	'19: a device that its target calls lost for good is dead at once, until the target has it again',
	async () => {
		const run = play(
			`
Look at ec1 for a while.

\`\`\`sh on=ec1 id=busy readonly
for i in $(seq 15); do clpstat; done
\`\`\`

The path is active.

\`\`\`sh on=esxi2 id=path readonly
tail -1 /var/log/vmkernel.log
disk=$(esxcli storage vmfs extent list | awk '$1 == "EC_iSCSI" {print $4}')
esxcli storage core path list -d "$disk" | grep 'State:'
esxcli storage core path list -d "$disk" | grep -q 'State: active'
\`\`\`
`,
			struck('devices-lost', 'ec1', ['ec1', 'ec2']),
		);

		const dead = await run.asked();
		expect(dead).toMatch(/esxi2 \| .*Device "naa\.\w+" has Permanent Device Loss/);
		expect(dead).toMatch(/esxi2 \| +State: dead/);
		await run.inTheRoom('set pdl ec1 off');
		run.answer('r');

		expect(await run.exited).toMatchObject({status: 0});
	},
	patience,
);

test(
	'25: a configuration that is refused in the present state is uploaded when the state is right',
	async () => {
		const run = play(
			`
Fetch the configuration, and suspend the cluster.

\`\`\`sh on=ec1 id=suspend
mkdir -p /root/conf
cd /root/conf
clpcfctrl --pull -l -x .
clpcl --suspend
\`\`\`

Upload it.

\`\`\`sh on=ec1 id=push
cd /root/conf
clpcfctrl --push -l -x .
\`\`\`

The cluster goes on.

\`\`\`sh on=ec1 id=resume
clpcl --resume
\`\`\`
`,
			struck('push-refused', 'ec1', ['ec1', 'ec2']),
		);

		expect(await run.asked()).toMatch(
			/ec1 \| The cluster is running\. Suspend or stop it first\.\s+ec1 \| Command failed\. \(code:1\)/,
		);
		expect(await run.at('ec1', 'clpcl --suspend')).toMatch(/^Suspend ec1 : Command succeeded\./);
		run.answer('r');

		expect(await run.exited).toMatchObject({status: 0});
	},
	patience,
);
