import {cpSync} from 'node:fs';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import type {FaultName} from '../../src/lab/faults.js';
import {lookAtRun} from '../../src/store/look.js';
import {type Rehearsal, rehearse, resume} from './engineer.js';
import {Fieldbook, root} from './fieldbook.js';

/**
What goes wrong with ESXi, its initiator, SSH and licences, as the notes on the domain list it (4.1): the run stops where a real one
would, shows the words of the host, and after the engineer's remedy goes on to the end.
*/

let fieldbook: Fieldbook;
beforeEach(() => {
	fieldbook = new Fieldbook();
	fieldbook.env['LICENSE_KEY'] = 'AAAAA-BBBBB-CCCCC-DDDDD-EEEEE';
	cpSync(join(root, 'test/cli/faults'), fieldbook.folder, {recursive: true});
});
afterEach(() => fieldbook.remove());

/** What an engineer does about it: types on a host, or goes to a machine. */
type Remedy = {readonly on: string; readonly types: string} | {readonly goes: readonly string[]} | 'none';

type Story = {
	readonly page: string;
	readonly fault: FaultName;
	/** 1 unless given. */
	readonly seed?: number;
	/** The step that stops. */
	readonly step: string;
	/** What the host says about it. */
	readonly words: readonly string[];
	readonly remedy: Remedy;
};

const esxi = (types: string): Remedy => ({on: 'esxi1', types});

/** > | Virtual machine message 19:   answers that one with a number */
const answering = (vm: number, choice: number) =>
	`question=$(vim-cmd vmsvc/message ${vm} | sed -n 's/^Virtual machine message \\(.*\\):$/\\1/p'); vim-cmd vmsvc/message ${vm} $question ${choice}`;

const stories: readonly Story[] = [
	{
		page: 'network',
		fault: 'switch-exists',
		step: 'switch',
		words: ['A portset with this name already exists'],
		remedy: 'none',
	},
	{
		page: 'network',
		fault: 'uplink-busy',
		step: 'uplink',
		words: ['Unable to Set: Busy'],
		remedy: esxi('esxcfg-vswitch --unlink=vmnic3 vSwitch0'),
	},
	{
		page: 'network',
		fault: 'port-group-exists',
		step: 'port-group',
		words: ['A portgroup with the name Backup already exists'],
		remedy: esxi('esxcfg-vswitch --del-pg=Backup vSwitch0'),
	},
	{
		page: 'network',
		fault: 'switch-missing',
		step: 'port-group',
		words: ['Unable to find vswitch Backup_vswitch'],
		remedy: esxi('esxcfg-vswitch --add Backup_vswitch && esxcfg-vswitch --link=vmnic3 Backup_vswitch'),
	},
	{
		page: 'network',
		fault: 'vmkernel-nic-exists',
		step: 'vmkernel-nic',
		words: ['A vmkernel nic for the connection point already exists'],
		remedy: esxi('esxcfg-vmknic --del Backup'),
	},
	{
		page: 'network',
		fault: 'port-group-missing',
		step: 'vmkernel-nic',
		words: ['Sysinfo error: Not found'],
		remedy: esxi('esxcfg-vswitch --add-pg=Backup Backup_vswitch'),
	},
	{
		page: 'network',
		fault: 'address-taken',
		step: 'vmkernel-nic',
		words: ['Sysinfo error: Busy (172.31.252.2)'],
		remedy: esxi('esxcfg-vmknic --del Test'),
	},
	{
		page: 'machine',
		fault: 'vm-moved',
		step: 'on',
		words: ['msg.uuid.altered:This virtual machine might have been moved or copied.', '1. I Moved It (I _Moved It)'],
		remedy: esxi(answering(1, 1)),
	},
	{
		page: 'machine',
		fault: 'vm-disk-locked',
		step: 'on',
		words: ['Powering on VM:', 'Power on failed', 'Failed to lock the file'],
		remedy: {goes: ['set lock app on esxi1 off']},
	},
	{
		page: 'machine',
		fault: 'vm-lock-lost',
		step: 'off',
		words: ['(vim.fault.QuestionPending) {', 'msg.hbacommon.locklost:'],
		remedy: esxi(answering(1, 0)),
	},
	{
		page: 'machine',
		fault: 'vm-invalid',
		step: 'valid',
		words: ["Skipping invalid VM '1'"],
		remedy: esxi('cd /vmfs/volumes/datastore1/app && mv app.vmx.moved app.vmx'),
	},
	{
		page: 'machine',
		fault: 'free-license',
		step: 'on',
		words: [
			'(vim.fault.RestrictedVersion) {',
			'Current license or ESXi version prohibits execution of the requested operation.',
		],
		remedy: esxi('vim-cmd vimsvc/license --set=AAAAA-BBBBB-CCCCC-DDDDD-EEEEE'),
	},
	{
		page: 'machine',
		fault: 'object-deleted',
		step: 'on',
		words: [
			'(vmodl.fault.ManagedObjectNotFound) {',
			'msg = "The object has already been deleted or has not been completely created"',
		],
		remedy: 'none',
	},
	{
		page: 'machine',
		fault: 'guest-stuck',
		step: 'heartbeat',
		words: ['guestHeartbeatStatus = "red"'],
		remedy: esxi('vim-cmd vmsvc/power.reset 1 && sleep 61'),
	},
	{
		page: 'target',
		fault: 'acl-mistyped',
		step: 'disk',
		words: ['Unqualified Login Status. (Error=0x40000)'],
		remedy: {
			on: 'ec1',
			types:
				'targetcli /iscsi/iqn.1996-10.com.ecx/tpg1/acls create iqn.1998-01.com.vmware:esxi1-5f2a60b1 && targetcli saveconfig',
		},
	},
	{
		page: 'target',
		fault: 'target-unreachable',
		step: 'disk',
		words: ['1 packets transmitted, 0 packets received, 100% packet loss', '172.31.254.11 does not answer.'],
		remedy: {goes: ['set cable esxi1 vmnic2 in']},
	},
	{
		page: 'target',
		fault: 'discovery-address-exists',
		step: 'discovery',
		words: ["The specified key, name, or identifier '172.31.254.11:3260' already exists."],
		remedy: 'none',
	},
	{
		page: 'licences',
		fault: 'license-refused',
		step: 'host-license',
		words: ['The license is not valid.'],
		remedy: 'none',
	},
	{
		page: 'licences',
		fault: 'cluster-license-refused',
		step: 'cluster-licence',
		words: ['/root/ECX4.x-A.key is not a license file.'],
		remedy: {on: 'ec1', types: 'mv /root/ECX4.x-A.key.old /root/ECX4.x-A.key'},
	},
	{
		page: 'machine',
		fault: 'hostd-restarts',
		seed: 13,
		step: 'off',
		words: ['Connect to localhost failed: Connection failure'],
		remedy: esxi('until vim-cmd hostsvc/net/vnic_info; do sleep 5; done'),
	},
	{
		page: 'machine',
		fault: 'power-fails',
		step: 'off',
		words: ['Could not reach esxi1', 'connect ECONNREFUSED'],
		remedy: {goes: ['power on esxi1', 'wait 5m']},
	},
];

test.each(stories.map(story => [story.fault, story] as const))(
	'--fault %s: the run stops where a real one would, says it in the words of the host, and after the remedy goes on to the end',
	async (fault, {page, seed = 1, step, words, remedy}) => {
		const run = rehearsed(page, '--fault', fault, '--seed', String(seed));
		const said = await run.asked();
		for (const line of words) {
			expect(said).toContain(line);
		}

		await apply(remedy, run);
		run.answer('r');

		expect(await run.exited).toMatchObject({status: 0});
		const {events} = lookAtRun(join(fieldbook.folder, `${page}.fieldbook`));
		expect(events.flatMap(({event}) => (event.type === 'RetryAsked' ? [event.step] : []))).toEqual([step]);
		expect(events.at(-1)?.event.type).toBe('RunFinished');
	},
);

test('what follows from what was done needs no fault: it stops the run as well, and goes on after the remedy', async () => {
	const run = rehearsed('by-itself');
	const stops: ReadonlyArray<readonly [says: string, remedy: Remedy, ...answer: readonly string[]]> = [
		['Host key verification failed.', {on: 'ec1', types: 'ssh-keyscan 172.31.255.2 >>/root/.ssh/known_hosts'}, 'r'],
		[
			'esxi1 | esxi1\r',
			esxi('until esxcli system hostname set --host=esxi-a; do sleep 5; done; /sbin/auto-backup.sh'),
			'r',
		],
		['No such uplink: vmnic9', 'none', 'd', 'the NIC is ordered'],
		['This virtual machine might have been moved or copied.', esxi(answering(2, 1)), 'r'],
		['guestHeartbeatStatus = "red"', 'none', 'r'],
		['ec1 | Continue?', 'none', 'd', 'yes'],
		['was lost before an exit status came', 'none', 'd', 'it restarts'],
	];
	for (const [says, remedy, ...answer] of stops) {
		expect(await run.asked()).toContain(says);

		await apply(remedy, run);
		run.answer(...answer);
	}

	expect(await run.exited).toMatchObject({status: 0});
});

test('a server that takes no more connections says so before the run begins, and lets the next ones in', async () => {
	const run = rehearsed('network', '--fault', 'max-startups');

	expect(await run.asked()).toContain('it said "Exceeded MaxStartups" and closed the connection');

	run.answer('t');

	expect(await run.exited).toMatchObject({status: 0});
});

test('a key that is no licence stops the run; with the right one it is resumed and goes on', async () => {
	const page = join(fieldbook.folder, 'licences.md');
	fieldbook.env['LICENSE_KEY'] = 'AAAAA';
	const begun = rehearse(fieldbook, page);

	expect(await begun.asked()).toContain('The license is not valid.');

	begun.answer('q');

	expect(await begun.exited).toMatchObject({status: 1});

	fieldbook.env['LICENSE_KEY'] = 'FFFFF-GGGGG-HHHHH-IIIII-JJJJJ';
	const resumed = resume(fieldbook, page);
	await resumed.asked();
	resumed.answer('r');

	expect(await resumed.exited).toMatchObject({status: 0});
});

function rehearsed(page: string, ...options: readonly string[]): Rehearsal {
	return rehearse(fieldbook, join(fieldbook.folder, `${page}.md`), ['--yes', ...options]);
}

async function apply(remedy: Remedy, run: Rehearsal): Promise<void> {
	if (remedy === 'none') {
		return;
	}

	if ('on' in remedy) {
		await run.at(remedy.on, remedy.types);
		return;
	}

	for (const deed of remedy.goes) {
		const {status, err} = await fieldbook.run('lab', 'do', ...deed.split(' '));
		expect([status, err]).toEqual([0, '']);
	}
}
