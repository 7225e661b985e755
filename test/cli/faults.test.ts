import {cpSync} from 'node:fs';
import {join} from 'node:path';
import ssh2 from 'ssh2';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {ControlClient} from '../../src/lab/control/control-client.js';
import {placesIn} from '../../src/lab/control/place.js';
import type {Hello} from '../../src/lab/control/protocol.js';
import type {FaultName} from '../../src/lab/faults.js';
import {lookAtRun} from '../../src/store/look.js';
import {startInTerminal, type TerminalProgram} from '../terminal.js';
import {Fieldbook, root} from './fieldbook.js';

let fieldbook: Fieldbook;
beforeAll(() => {
	fieldbook = new Fieldbook();
	cpSync(join(root, 'test/cli/faults'), fieldbook.folder, {recursive: true});
});
afterAll(() => fieldbook.remove());

/** What an engineer does about it: types on a host, or goes to a machine. */
type Remedy = {readonly on: string; readonly types: string} | {readonly goes: string} | 'none';

type Story = {
	readonly page: string;
	readonly fault: FaultName;
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
		remedy: {goes: 'set lock app on esxi1 off'},
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
		step: 'inventory',
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
		remedy: {goes: 'set cable esxi1 vmnic2 in'},
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
];

test.each(stories.map(story => [story.fault, story] as const))(
	'--fault %s: the run stops where a real one would, says it in the words of the host, and after the remedy goes on to the end',
	async (fault, {page, step, words, remedy}) => {
		const rehearsal = rehearse(page, fault, '--fault', fault);
		await rehearsal.stops(1);

		for (const line of words) {
			expect(rehearsal.said()).toContain(line);
		}

		await rehearsal.apply(remedy);
		rehearsal.program.press('r', 'Enter');

		expect(await rehearsal.program.exited).toMatchObject({status: 0});
		const {events} = lookAtRun(rehearsal.run);
		expect(events.flatMap(({event}) => (event.type === 'RetryAsked' ? [event.step] : []))).toEqual([step]);
		expect(events.at(-1)?.event.type).toBe('RunFinished');
	},
);

test('what follows from what was done needs no fault: it stops the run as well, and goes on after the remedy', async () => {
	const rehearsal = rehearse('by-itself', 'by-itself');
	const {program} = rehearsal;
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
	];
	for (const [index, [says, remedy, ...answer]] of stops.entries()) {
		await rehearsal.stops(index + 1);

		expect(rehearsal.said()).toContain(says);

		await rehearsal.apply(remedy);
		program.press(...answer.flatMap(word => [word, 'Enter']));
	}

	expect(await program.exited).toMatchObject({status: 0});
});

test('a hostd that somebody restarts is back when the engineer has looked at it for a while', async () => {
	const rehearsal = rehearse('machine', 'hostd-restarts', '--fault', 'hostd-restarts', '--seed', '13');
	await rehearsal.stops(1);

	expect(rehearsal.said()).toContain('Connect to localhost failed: Connection failure');

	await rehearsal.apply(esxi('until vim-cmd hostsvc/net/vnic_info; do sleep 5; done'));
	rehearsal.program.press('r', 'Enter');

	expect(await rehearsal.program.exited).toMatchObject({status: 0});
});

test('a server that takes no more connections says so before the run begins, and lets the next ones in', async () => {
	const rehearsal = rehearse('network', 'max-startups', '--fault', 'max-startups');

	await rehearsal.program.waitFor(() => /t: try[^>]*> /.test(rehearsal.said()));

	expect(rehearsal.said()).toContain('it said "Exceeded MaxStartups" and closed the connection');

	rehearsal.program.press('t', 'Enter');

	expect(await rehearsal.program.exited).toMatchObject({status: 0});
});

test('a key that is no licence stops the run; with the right one it is resumed and goes on', async () => {
	const page = join(fieldbook.folder, 'licences.md');
	const run = join(fieldbook.folder, 'wrong-key.fieldbook');
	const begun = atTerminal({LICENSE_KEY: 'AAAAA'}, 'rehearse', page, '--run-file', run, '--yes', '--pace', 'auto');
	await asked(begun, 1);

	expect(begun.received()).toContain('The license is not valid.');

	begun.press('q', 'Enter');

	expect(await begun.exited).toMatchObject({status: 1});

	const resumed = atTerminal({LICENSE_KEY: 'FFFFF-GGGGG-HHHHH-IIIII-JJJJJ'}, 'resume', run, '--yes');
	await asked(resumed, 1);
	resumed.press('r', 'Enter');

	expect(await resumed.exited).toMatchObject({status: 0});
});

/** The program at a terminal where it asks line by line. */
function atTerminal(env: Readonly<Record<string, string>>, ...words: readonly string[]): TerminalProgram {
	return startInTerminal([process.execPath, join(root, 'bin/fieldbook.js'), ...words], {
		columns: 200,
		rows: 50,
		env: {...fieldbook.env, NO_COLOR: undefined, TERM: 'dumb', ...env},
		cwd: fieldbook.folder,
	});
}

/** A rehearsal, and the engineer in front of it. */
function rehearse(page: string, name: string, ...options: readonly string[]) {
	const run = join(fieldbook.folder, `${name}.fieldbook`);
	const words = ['rehearse', join(fieldbook.folder, `${page}.md`), '--run-file', run, '--yes', '--pace', 'auto'];
	const program = atTerminal({LICENSE_KEY: 'AAAAA-BBBBB-CCCCC-DDDDD-EEEEE'}, ...words, ...options);
	return {
		run,
		program,
		said: () => program.received(),
		/** Resolves when it has asked so many times what to do about a step that failed. */
		stops: (times: number) => asked(program, times),
		apply: (remedy: Remedy) => apply(remedy, run),
	};
}

/** Behind the words that the prompt ends in. */
async function asked(program: TerminalProgram, times: number): Promise<void> {
	await program.waitFor(() => program.received().split(/r: run again[^>]*> /).length > times);
}

async function apply(remedy: Remedy, run: string): Promise<void> {
	if (remedy === 'none') {
		return;
	}

	if ('goes' in remedy) {
		const {status, err} = await fieldbook.run('lab', 'do', '--run', run, ...remedy.goes.split(' '));
		expect([status, err]).toEqual([0, '']);
		return;
	}

	const {hosts} = await labOf(run);
	const host = hosts.find(({name}) => name === remedy.on);
	expect(await typed(host, remedy.types)).toBe(0);
}

async function labOf(run: string): Promise<Hello> {
	for (const {control} of placesIn(fieldbook.env['FIELDBOOK_HOME'] ?? '')) {
		const client = await ControlClient.connect(control);
		const hello = await client?.hello();
		client?.close();
		if (hello?.worldFile === run.replace('.fieldbook', '.world.json')) {
			return hello;
		}
	}

	throw new Error(`The lab of ${run} is not running`);
}

/** The exit status of a command that an engineer types on a host of the lab, through SSH. */
function typed(host: Hello['hosts'][number] | undefined, command: string): Promise<number> {
	return new Promise((resolve, reject) => {
		const client = new ssh2.Client();
		client
			.on('ready', () =>
				client.exec(command, (error, channel) => {
					if (error) {
						reject(error);
						return;
					}

					channel.resume();
					channel.stderr.resume();
					channel.on('exit', (status: number) => {
						client.end();
						resolve(status);
					});
				}),
			)
			.on('keyboard-interactive', (_name, _instructions, _language, _prompts, answer) => answer([host?.password ?? '']))
			.on('error', reject)
			.connect({
				host: host?.address ?? '',
				port: host?.port ?? 0,
				username: host?.user ?? '',
				password: host?.password ?? '',
				tryKeyboard: true,
				// The key of a host of the lab of this test
				hostVerifier: () => true,
			});
	});
}
