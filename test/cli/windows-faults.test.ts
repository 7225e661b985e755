import {afterAll, beforeAll, expect, test} from 'vitest';
import {cluster, logIn, prepareDisks, role, target, twoHosts} from '../lab/wsfc/two-hosts.js';
import {type Rehearsal, rehearse, seedFor, writePages} from './engineer.js';
import {Fieldbook} from './fieldbook.js';

/**
What goes wrong with Hyper-V and failover clusters, as the notes on the domain list it (4.1, number 24): the run stops where a real
one would, shows the words of the hosts, and after the engineer's remedy goes on to the end.
*/

let fieldbook: Fieldbook;
/** The run whose world the others begin with: a failover cluster with a virtual machine on hv1. */
let before: string;

const patience = 120_000;
const site = `hosts:
  hv1: { address: 192.168.137.196, user: Administrator }
  hv2: { address: 192.168.137.197, user: Administrator }
  san: { address: 192.168.137.9, user: root }
`;
const lab = `topology:
${twoHosts.replace(/^/gm, '  ')}
hands:
  storm: look hv1
`;
const front = `---
fieldbook: 1
title: What goes wrong with Windows
hosts:
  hv1: { group: hv, platform: windows, label: "Host 1" }
  hv2: { group: hv, platform: windows, label: "Host 2" }
  san: { platform: linux }
---

# What goes wrong with Windows

`;

beforeAll(async () => {
	fieldbook = new Fieldbook();
	const book = writePages(fieldbook, 'before', {
		site,
		lab,
		book: `${front}
The server outside is a target.

\`\`\`sh on=san
${target}
\`\`\`

Both hosts log in to it.

\`\`\`powershell on=hv
${logIn}
\`\`\`

The disks are ready.

\`\`\`powershell on=hv1
${prepareDisks}
\`\`\`

The hosts are a cluster.

\`\`\`powershell on=hv1
${cluster}
\`\`\`

It has a virtual machine.

\`\`\`powershell on=hv1
${role}
\`\`\`
`,
	});
	before = book.replace(/\.md$/, '.fieldbook');
	const {status, out, err} = await fieldbook.run('rehearse', book, '--plain', '--yes', '--run-file', before);
	await fieldbook.run('lab', 'stop');
	expect([status, out, err]).toEqual([0, expect.anything(), '']);
}, patience);
afterAll(() => fieldbook.remove());

/** Plays a page on the hosts as they were left. */
function play(name: string, page: string, words: readonly string[]): Rehearsal {
	const book = writePages(fieldbook, name, {site, lab, book: `${front}${page}`});
	return rehearse(fieldbook, book, ['--world', before, ...words]);
}

test(
	'the first move of a shared volume fails, and the second does not',
	async () => {
		const run = play(
			'csv',
			`
Move the volume.

\`\`\`powershell on=hv1 id=move
Move-ClusterSharedVolume -Name 'Cluster Disk 1' -Node ws2019-host-1
\`\`\`
`,
			['--yes', ...seedFor('csv-move-fails', 'hv1', ['hv1', 'hv2'])],
		);

		expect(await run.asked()).toMatch(/hv1 \| The operation on 'Cluster Disk 1' failed\./);
		run.answer('r');

		expect(await run.exited).toMatchObject({status: 0});
		expect(await run.said('move')).toMatch(/attempt 2\n[\s\S]*Cluster Disk 1 Online ws2019-host-1/);
	},
	patience,
);

test(
	'a host without memory starts no virtual machine, until somebody gives it more',
	async () => {
		const run = play(
			'memory',
			`
The machine stops.

\`\`\`powershell on=hv1 id=stop
Stop-VM Cent8.2-1 -Force
\`\`\`

It starts again.

\`\`\`powershell on=hv1 id=start
Start-VM Cent8.2-1
(Get-VM Cent8.2-1).State
\`\`\`
It prints:
\`\`\`text expect
Running
\`\`\`
`,
			['--yes', ...seedFor('out-of-memory', 'hv1', ['hv1', 'hv2'])],
		);

		expect(unwrapped(await run.asked())).toContain(
			"'Cent8.2-1' failed to start. Not enough memory in the system to start the virtual machine Cent8.2-1. Could not initialize memory: Ran out of memory (0x8007000E).",
		);
		await run.inTheRoom('set memory hv1 9216');
		run.answer('r');

		expect(await run.exited).toMatchObject({status: 0});
	},
	patience,
);

test(
	'a machine whose volume goes away stands still, then fails, and is started again by hand',
	async () => {
		const run = play(
			'paused',
			`
- [ ] Look whether everything is well. <!-- id=storm -->

The machine runs.

\`\`\`powershell on=hv1 id=runs
(Get-VM Cent8.2-1).State
(Get-ClusterSharedVolume 'Cluster Disk 1').State
if ((Get-VM Cent8.2-1).State -ne 'Running') { exit 1 }
\`\`\`

The volume is on Host 1.

\`\`\`powershell on=hv1 id=volume
Move-ClusterSharedVolume -Name 'Cluster Disk 1' -Node ws2019-host-1
\`\`\`
`,
			[],
		);
		await begin(run);
		await run.inTheRoom('set cable san ens224 out');
		run.answer('');

		expect(await run.asked()).toMatch(/hv1 \| PausedCritical/);
		await run.pass(90);
		run.answer('r');

		expect(await run.asked()).toMatch(/hv1 \| PausedCritical\s+hv1 \| Failed/);
		await run.inTheRoom('set cable san ens224 in');
		await run.pass(10);
		const move = `powershell -Command "Move-ClusterSharedVolume 'Cluster Disk 1' -Node ws2019-host-2"`;
		expect(await run.at('hv2', move)).toContain("Move-ClusterSharedVolume : The operation on 'Cluster Disk 1' failed.");
		expect(await run.at('hv2', move)).toContain('Cluster Disk 1 Online ws2019-host-2');
		expect(
			await run.at('hv1', `powershell -Command "Start-ClusterResource 'Virtual Machine Configuration Cent8.2-1'"`),
		).toContain('Virtual Machine Configuration Cent8.2-1 Online');
		run.answer('r');

		expect(await run.exited).toMatchObject({status: 0});
	},
	patience,
);

test(
	'a node that was lost too often is quarantined, until somebody clears that',
	async () => {
		const run = play(
			'quarantine',
			`
- [ ] Look whether everything is well. <!-- id=storm -->

Both nodes are in the cluster.

\`\`\`powershell on=hv2 id=nodes
Get-ClusterNode
if ((Get-ClusterNode ws2019-host-1).State -ne 'Up') { exit 1 }
\`\`\`
`,
			[],
		);
		await begin(run);
		for (let times = 0; times < 3; times += 1) {
			await run.inTheRoom('set cables hv1 out');
			await run.pass(20);
			await run.inTheRoom('set cables hv1 in');
			await run.pass(60);
		}
		run.answer('');

		expect(await run.asked()).toMatch(/hv2 \| ws2019-host-1 Quarantined Node/);
		await run.at('hv1', 'powershell -Command "Start-ClusterNode -ClearQuarantine"');
		await run.pass(30);
		run.answer('r');

		expect(await run.exited).toMatchObject({status: 0});
	},
	patience,
);

/** Past the question whether the run may begin, to its manual step. */
async function begin(run: Rehearsal): Promise<void> {
	await run.asked();
	run.answer('');
	expect(await run.asked()).toMatch(/Look whether everything is well/);
}

/** Lines of a host that the screen has wrapped, as one. */
function unwrapped(printed: string): string {
	return printed.replaceAll(/\r?\n(?: {4}hv\d \| ?)?/g, '');
}
