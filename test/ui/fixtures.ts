import {readDocument} from '../../src/document/read.js';
import {buildGraph} from '../../src/graph/build.js';
import type {StepGraph} from '../../src/graph/graph.js';
import {compileRunbook} from '../../src/runbook/compile.js';
import type {Context, Gate, Runbook} from '../../src/runbook/runbook.js';
import {
	at,
	host,
	manual,
	onGroup,
	onHost,
	phase,
	runbook,
	satellite,
	script,
	step,
	verify,
	wait,
} from '../graph/make.js';

/** Runbooks for the screens: small, but with everything that a screen has to show. */

const prose = (markdown: string): readonly Context[] => [{kind: 'prose', markdown, at: at(1)}];
const warning = (text: string): Gate => ({kind: 'warning', text, type: undefined, at: at(1)});
const danger = (text: string): Gate => ({kind: 'danger', text, type: undefined, at: at(1)});

const hosts = [
	{...host('esxi1', 'esxi'), label: 'ESXi#1'},
	{...host('esxi2', 'esxi'), label: 'ESXi#2'},
];

/** Two hosts, four phases: scripts, a check and a verify, gates, a manual step that reads a value, a wait. */
export const setUp: Runbook = runbook(
	[
		step('ssh-service', {
			title: 'SSH and the ESXi shell start with the host',
			phase: 'base',
			on: onGroup('esxi'),
			context: prose('Both services start with the host, so that nobody has to walk to the console.'),
			action: script('vim-cmd hostsvc/enable_ssh\nvim-cmd hostsvc/start_ssh'),
			check: satellite('vim-cmd hostsvc/runtimeinfo'),
		}),
		step('time', {
			title: 'Time comes from the site',
			phase: 'base',
			on: onGroup('esxi'),
			action: script('esxcli system ntp set --server=172.31.255.1 --enabled=true'),
			verify: verify('esxcli system ntp get', 2000, 60_000),
		}),
		step('virtual-switches', {
			title: 'Add the virtual switches',
			phase: 'network',
			on: onGroup('esxi'),
			context: prose(
				'Three switches, each with its own uplink: **mirror**, iSCSI and users. The names are the same on both hosts.',
			),
			action: script(
				'esxcfg-vswitch --add Mirror_vswitch\nesxcfg-vswitch --add iSCSI_vswitch\nesxcfg-vswitch --add user_vswitch\nesxcfg-vswitch --link=vmnic1 Mirror_vswitch',
			),
		}),
		step('uplinks', {
			title: 'Connect the uplinks',
			phase: 'network',
			on: onHost('esxi1'),
			gates: [warning('The management network is interrupted for a moment.')],
			action: script('esxcfg-vswitch --link=vmnic2 iSCSI_vswitch'),
		}),
		step('read-vmhba', {
			title: 'Read the name of the iSCSI adapter',
			phase: 'storage',
			on: onHost('esxi1'),
			action: manual('Open *Storage > Adapters* in the host client and read the name of the software iSCSI adapter.'),
			captures: {name: 'vmhba', type: 'name', optional: false},
		}),
		step('erase-disk', {
			title: 'Create the datastore',
			phase: 'storage',
			on: onHost('esxi1'),
			gates: [danger('Everything on the iSCSI disk is lost.')],
			action: script('vmkfstools --createfs vmfs6 -S EC_iSCSI /vmfs/devices/disks/naa.6001405:1'),
		}),
		step('cabling', {
			title: 'Look at the cabling',
			phase: 'acceptance',
			on: undefined,
			action: manual('Both mirror links are plugged into the same switch.'),
		}),
		step('vm-answers', {
			title: 'The protected VM answers',
			phase: 'acceptance',
			on: onHost('esxi2'),
			action: wait('ping -c 1 172.31.255.20'),
		}),
	],
	{
		title: 'VMware host clustering',
		hosts,
		phases: [
			phase('base', {title: 'Base'}),
			phase('network', {title: 'Network'}),
			phase('storage', {title: 'Storage'}),
			phase('acceptance', {title: 'Acceptance'}),
		],
	},
);

/** The same with what CJK names and texts do to columns. */
export const inJapanese: Runbook = {
	...setUp,
	title: 'クラスター構築手順書 横浜',
	phases: setUp.phases.map((own, index) => ({
		...own,
		title: ['基本設定', 'ネットワーク', '共有ディスク', '受入試験'][index] ?? '',
	})),
	steps: setUp.steps.map(own => ({
		...own,
		title: own.id === 'virtual-switches' ? '仮想スイッチを両方のホストに追加する' : own.title,
		context:
			own.id === 'virtual-switches'
				? prose('三つの仮想スイッチを追加します。名前は両方のホストで同じにしてください。')
				: own.context,
	})),
};

/** Many steps, for lists that are longer than the screen. */
export const long: Runbook = runbook(
	Array.from({length: 300}, (_, index) =>
		step(`step-${index + 1}`, {
			title: `Step number ${index + 1}`,
			phase: `phase-${Math.floor(index / 20) + 1}`,
			on: onGroup('esxi'),
		}),
	),
	{
		title: 'Three hundred steps',
		hosts,
		phases: Array.from({length: 15}, (_, index) => phase(`phase-${index + 1}`, {title: `Phase ${index + 1}`})),
	},
);

/** One step on so many hosts that they are a list. */
export function fleet(count: number): Runbook {
	return runbook([step('patch', {title: 'Patch them all', on: onGroup('web'), action: script('patch')})], {
		title: 'Fleet',
		hosts: Array.from({length: count}, (_, index) => host(`web${String(index + 1).padStart(4, '0')}`, 'web')),
	});
}

/** A test that is watched: somebody pulls a cord, and the group is waited for, with a limit. */
export const powerTest: Runbook = runbook(
	[
		step('power-off', {
			title: 'Pull both power cords of ESXi#1',
			phase: 'power-1',
			on: onHost('esxi1'),
			action: manual('Pull both power cords.', {expects: 'down'}),
		}),
		step('group', {
			title: 'The group comes up on ESXi#2',
			phase: 'power-1',
			on: onHost('esxi2'),
			action: wait('clpstat'),
			measure: {name: 'failover', from: 'power-off', maxMs: 120_000},
		}),
		step('log-in', {title: 'Log in to the VM', phase: 'power-1', on: undefined, action: manual('Log in.')}),
	],
	{title: 'Acceptance', hosts, phases: [phase('power-1', {title: 'Power off ESXi#1', kind: 'test'})]},
);

/** One script step on one host: for what a single step has to show. */
export const single: Runbook = runbook(
	[step('flood', {title: 'Copy the image', on: onHost('esxi1'), action: script('cat /big')})],
	{
		title: 'One step',
		hosts: hosts.slice(0, 1),
	},
);

/** The same step on two hosts. */
/** A step that takes hours and is left to its host. */
export const copying: Runbook = runbook(
	[
		step('copy', {
			title: 'Copy the system disk',
			phase: 'storage',
			on: onHost('esxi1'),
			context: prose('Two hours for 200 GB.'),
			action: script('vmkfstools -i /vmfs/volumes/datastore1/vm1.vmdk /vmfs/volumes/EC_iSCSI/vm1.vmdk', {long: true}),
			check: satellite('vmkfstools -e /vmfs/volumes/EC_iSCSI/vm1.vmdk'),
			unknown: 'ask',
		}),
		step('register', {title: 'Register the copy', phase: 'storage', on: onHost('esxi1')}),
	],
	{title: 'VMware host clustering', hosts, phases: [phase('storage', {title: 'Storage'})]},
);

export const onBoth: Runbook = runbook(
	[step('flood', {title: 'Copy the image', on: onGroup('esxi'), action: script('cat /big')})],
	{title: 'One step', hosts},
);

/** Two steps on two hosts that say how they are taken back, and one in between that does not. */
export const undoable: Runbook = runbook(
	[
		step('switches', {
			title: 'Add the switches',
			phase: 'network',
			on: onGroup('esxi'),
			undo: satellite('esxcfg-vswitch --delete Mirror_vswitch'),
		}),
		step('look', {title: 'Look at them', phase: 'network', on: onGroup('esxi')}),
		step('nic', {
			title: 'Add the NIC',
			phase: 'network',
			on: onHost('esxi1'),
			undo: satellite(
				['esxcfg-vmknic --del iSCSI', ...Array.from({length: 12}, (_, line) => `echo ${line}`)].join('\n'),
			),
		}),
		step('last', {title: 'The last one', phase: 'end', on: onHost('esxi1')}),
	],
	{title: 'Undo', hosts, phases: [phase('network', {title: 'Network'}), phase('end', {title: 'End'})]},
);

/** A step by hand that wants to be proved. */
export const proved: Runbook = runbook(
	[step('rack', {title: 'Close the rack', on: undefined, needs: ['photo'], action: manual('Close the rack.')})],
	{title: 'Proved', hosts},
);

/** Two ways to do the same. */
export const twoWays: Runbook = runbook(
	[
		step('by-script', {title: 'Run the script', phase: 'script', on: onHost('esxi1')}),
		step('by-click', {title: 'Click through it', phase: 'click', on: onHost('esxi1'), action: manual('Click.')}),
	],
	{
		title: 'Ways',
		hosts,
		phases: [
			phase('adapter', {title: 'Switch the adapter on', kind: 'ways'}),
			phase('script', {title: 'With a script', kind: 'way', parent: 'adapter', depth: 2}),
			phase('click', {title: 'In the host client', kind: 'way', parent: 'adapter', depth: 2}),
		],
	},
);

/** A script that no low terminal shows at once, behind a warning, and once more without one. */
export const tall: Runbook = runbook(
	['free', 'gated'].map(id =>
		step(id, {
			title: `A long script, ${id}`,
			on: onHost('esxi1'),
			gates: id === 'gated' ? [warning('Read it to its end.')] : [],
			action: script(Array.from({length: 40}, (_, line) => `echo line ${line + 1}`).join('\n')),
		}),
	),
	{title: 'Tall', hosts: hosts.slice(0, 1)},
);

/** One step by hand on each of two hosts. */
export const byHand: Runbook = runbook(
	[step('cables', {title: 'Plug in the cables', on: onGroup('esxi'), action: manual('Plug in the cables.')})],
	{title: 'By hand', hosts},
);

/** A danger on two hosts, each of which gets a script of its own. */
export const wipe: Runbook = compileRunbook(
	readDocument(
		'wipe.md',
		`---
fieldbook: 1
title: Wipe
hosts:
  esxi1: { group: esxi, platform: esxi }
  esxi2: { group: esxi, platform: esxi }
---

# Disks
<!-- on=esxi -->

> [!CAUTION]
> The disk is lost.

Wipe it.

\`\`\`sh id=wipe
wipe --first {{host.address}}
wipe --second {{host.address}}
\`\`\`
`,
	).document,
).runbook;

export function graphOf(book: Runbook): StepGraph {
	return buildGraph(book).graph;
}
