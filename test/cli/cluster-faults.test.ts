import {afterEach, beforeEach, expect, test} from 'vitest';
import {rehearse, seedFor, writePages} from './engineer.js';
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

/** Two ESXi hosts with a server each, a mirror disk and an iSCSI target between them. */
const twoServers = (hands: string, more = '') => `topology:
  hosts:
    esxi1: { platform: esxi, address: 172.31.255.2, label: "ESXi#1", iscsi_targets: [172.31.254.10] }
    esxi2: { platform: esxi, address: 172.31.255.3, label: "ESXi#2", iscsi_targets: [172.31.254.10] }
    ${server(1, 'running')}
    ${server(2, 'stopped')}
  clusters:
    ec:
      hosts: [ec1, ec2]
      interconnects: [management, mirror]
      mirror_connect: mirror
      ${more}
      groups:
        failover-vm:
          resources:
            fip-iscsi: { type: fip, address: 172.31.254.10 }
            md-iscsi: { type: md, disk: sdb, after: [fip-iscsi] }
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

test(
	'9: a target that does not stop takes its server with it: unknown, until a person has looked',
	async () => {
		const book = writePages(fieldbook, 'hang', {
			site,
			lab: twoServers('  on: power on ec1'),
			book: `${front}
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
		});
		const run = rehearse(fieldbook, book, seedFor('target-stop-hangs', 'ec1', ['ec1', 'ec2']));

		expect(await run.asked()).toMatch(/\? move ec1 +unknown: The connection to ec1 .* was lost/);
		run.answer('d', 'ec2 takes over');

		expect(await run.exited).toMatchObject({status: 0});
		expect(await run.said('why')).toMatch(/<type: rc><event: 42> Stopping exec-iscsi resource has failed\./);
		// The heartbeat time-out, and what the group takes to start
		expect(await run.seconds('online')).toBeGreaterThan(50);
		expect(await run.seconds('online')).toBeLessThan(65);
	},
	patience,
);
