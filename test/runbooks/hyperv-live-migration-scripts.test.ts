import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {ScriptFolder} from './script-folder.js';

/*
The scripts that go to the EC VMs, run by this machine's own bash, with programs around them that say what the test wants.
*/

const scripts = 'runbooks/hyperv-live-migration/scripts';

const marks: Readonly<Record<string, string>> = {
	VM: 'Cent8.2-1',
	CSV: 'Cluster Disk 1',
	FIP: '192.168.139.201',
	ACCOUNT: 'Administrator@2016dom.local',
	EC1: '192.168.137.199',
	EC2: '192.168.137.200',
	HOST1: '192.168.137.196',
	HOST2: '192.168.137.197',
	VM1: 'ec1',
	VM2: 'ec2',
};

let folder: ScriptFolder;

beforeEach(() => {
	folder = new ScriptFolder();
	folder.program('ip', 'echo "    inet 192.168.137.200/24 brd 192.168.137.255 scope global eth0"');
	folder.program('clplogcmd', 'true');
	folder.program('clpcl', 'true');
	folder.program('sleep', 'true');
	folder.keep('calls', '');
});

afterEach(() => folder.remove());

/** A Hyper-V host as `ssh` reaches it, line ends and all: an answer for each piece of a line of PowerShell. */
function host(answers: Readonly<Record<string, string>>): void {
	const cases = Object.entries(answers).map(([piece, body]) => `*"${piece}"*) ${body} ;;`);
	folder.program('ssh', `for last; do :; done\ncase $last in\n${cases.join('\n')}\nesac`);
}

const says = (text: string) => `printf '%s\\r\\n' '' '${text}' ''`;

const asUsual = {
	'Stop; hostname': says('ws2019-host-2'),
	'Get-IscsiConnection': `${says('192.168.139.202')}; ${says('192.168.139.201')}`,
	'.OwnerNode.Name': says('ws2019-host-2'),
	"(Get-ClusterGroup -Name 'Cent8.2-1').State": says('Online'),
	"(Get-VM -Name 'Cent8.2-1').State": says('Running'),
	"(Get-VM -Name 'Cent8.2-1').Status": says('Operating normally'),
};

async function run(script: string, env: Readonly<Record<string, string>> = {}) {
	folder.bring(`${scripts}/${script}`, marks, 'script.sh');
	folder.bring(`${scripts}/vm.sh`, marks, 'vm.sh'); // What start and stop share lies beside them
	const {status, said, calls} = await folder.run('/bin/bash', 'script.sh', env);
	const orders = calls
		.split('\n')
		.flatMap(line => /^ssh .* (\S+) powershell .*Stop; (.*)"$/.exec(line)?.slice(1).join(' ') ?? []);
	return {status, said, orders, calls};
}

const live = "192.168.137.197 Move-ClusterVirtualMachineRole -Name 'Cent8.2-1' -Node ws2019-host-2 -MigrationType Live";
const quick = live.replace('Live', 'Quick');

describe('vm-start.sh', () => {
	test('moves a VM that runs on the other host while it runs, if the group was moved', async () => {
		host({...asUsual, '.OwnerNode.Name': says('WS2019-HOST-1')});
		const {status, orders} = await run('vm-start.sh', {CLP_EVENT: 'START'});
		expect(status).toBe(0);
		expect(orders).toContain(live);
		expect(orders).not.toContain("192.168.137.197 Start-VM -Name 'Cent8.2-1'");
	});

	test('takes it over and starts it after a failure; the first moves of the volume are refused', async () => {
		host({
			...asUsual,
			'Move-ClusterSharedVolume': 'echo x >>moves; [ "$(wc -l <moves)" -gt 2 ] || { echo refused; exit 1; }',
			'.OwnerNode.Name': says('ws2019-host-1'),
			"(Get-VM -Name 'Cent8.2-1').State": `if [ -e started ]; then ${says('Running')}; else ${says('Off')}; fi`,
			'Start-VM': 'touch started',
		});
		const {status, orders, said} = await run('vm-start.sh', {CLP_EVENT: 'FAILOVER'});
		expect(status).toBe(0);
		expect(said).toContain('Cluster Disk 1 comes to ws2019-host-2: not yet (2): refused');
		expect(orders).toContain(quick);
		expect(orders.at(-2)).toBe("192.168.137.197 Start-VM -Name 'Cent8.2-1'");
	});

	test('tries a live move where the other host has not given the VM up yet', async () => {
		host({...asUsual, '.OwnerNode.Name': says('ws2019-host-1'), 'MigrationType Quick': 'echo busy; exit 1'});
		const {status, orders} = await run('vm-start.sh', {CLP_EVENT: 'FAILOVER'});
		expect(status).toBe(0);
		expect(orders.filter(order => order === quick || order === live)).toEqual([quick, live]);
	});

	test('stops a failed one before it starts it, and waits for one whose disk was away', async () => {
		host({
			...asUsual,
			"(Get-ClusterGroup -Name 'Cent8.2-1').State": says('Failed'),
			"(Get-VM -Name 'Cent8.2-1').State": `if [ -e asked ]; then ${says('Running')}; else touch asked; ${says('PausedCritical')}; fi`,
		});
		const {status, orders, said} = await run('vm-start.sh');
		expect(status).toBe(0);
		expect(orders).toContain("192.168.137.197 Stop-ClusterResource -Name 'Virtual Machine Cent8.2-1'");
		expect(said).toContain('Cent8.2-1 is PausedCritical; waiting for its disk');
		expect(orders.join('\n')).not.toContain('Start-VM');
	});

	test('fails, after five minutes and no sooner, where the host does not get its disk back', async () => {
		host({...asUsual, 'Get-IscsiConnection': says('192.168.139.202')});
		const {status, calls} = await run('vm-start.sh');
		expect(status).toBe(1);
		expect(calls.match(/^sleep 6$/gm)).toHaveLength(49);
	});

	test('fails on a server that is none of the two', async () => {
		folder.program('ip', 'echo "    inet 10.0.0.1/24"');
		expect((await run('vm-start.sh')).status).toBe(1);
	});
});

test.each(['vm-start.sh', 'vm-stop.sh'])(
	'%s does nothing on a third server, nor without what both read',
	async script => {
		host(asUsual);
		folder.program('ip', 'echo "    inet 192.168.137.19/24 scope global eth0"');
		const {status, orders, said} = await run(script);
		expect({status, orders}).toEqual({status: 1, orders: []});
		expect(said).toContain('wrong configuration');

		folder.bring(`${scripts}/${script}`, marks, 'alone/script.sh');
		expect((await folder.run('/bin/bash', 'alone/script.sh')).status).toBe(1);
	},
);

describe('vm-stop.sh', () => {
	test('does nothing when the group moves', async () => {
		host(asUsual);
		expect(await run('vm-stop.sh', {CLP_FACTOR: 'GROUPMOVE'})).toMatchObject({status: 0, orders: []});
	});

	test('shuts the VM down, then releases its configuration and the volume', async () => {
		host({
			...asUsual,
			"(Get-ClusterGroup -Name 'Cent8.2-1').State": `if [ -e off ]; then ${says('Offline')}; else ${says('Online')}; fi`,
			'Stop-VM': 'touch off',
		});
		const {status, orders} = await run('vm-stop.sh', {CLP_FACTOR: 'GROUPSTOP'});
		expect(status).toBe(0);
		expect(orders.filter(order => !order.includes('Get-'))).toEqual([
			"192.168.137.197 Stop-VM -Name 'Cent8.2-1' -Force",
			"192.168.137.197 Stop-ClusterResource -Name 'Virtual Machine Configuration Cent8.2-1'",
			"192.168.137.197 Stop-ClusterResource -Name 'Cluster Disk 1'",
		]);
	});

	test('keeps the volume where the VM does not stop', async () => {
		host(asUsual);
		const {status, orders} = await run('vm-stop.sh', {CLP_FACTOR: 'GROUPSTOP'});
		expect(status).toBe(1);
		expect(orders.join('\n')).not.toContain('Stop-ClusterResource');
	});
});

describe('genw-vm.sh', () => {
	test.each([
		['is content with a VM that runs and is heard', {}, 0],
		['fails where it is not heard', {"(Get-VM -Name 'Cent8.2-1').Status": says('No contact')}, 1],
		['fails where it is off', {"(Get-VM -Name 'Cent8.2-1').State": says('Off')}, 1],
		['fails where it is not on this host', {"(Get-VM -Name 'Cent8.2-1').Status": 'echo "not found"; exit 1'}, 1],
	])('%s', async (_, other, expected) => {
		host({...asUsual, ...other});
		expect((await run('genw-vm.sh')).status).toBe(expected);
	});
});

describe('genw-remote-node.sh', () => {
	const clpstat = (state: string) => `printf '%s\\n' '  <server>' '    ec1 .............: ${state}           ' \
'      lankhb1        : Normal           Kernel Mode LAN Heartbeat' '   *ec2 .............: Online           ' \
'      lankhb1        : Normal           Kernel Mode LAN Heartbeat' '  <group>' '    failover-vm .....: Offline'`;
	const answers = (...addresses: readonly string[]) =>
		folder.program(
			'ping',
			`for last; do :; done; case $last in ${addresses.join('|') || 'none'}) ;; *) exit 1 ;; esac`,
		);

	test('leaves a server alone that is online', async () => {
		folder.program('clpstat', clpstat('Online'));
		host({});
		const {status, calls} = await run('genw-remote-node.sh');
		expect(status).toBe(0);
		expect(calls).not.toMatch(/^(ssh|clpcl|sleep) /m);
	});

	test('starts the cluster where the EC VM answers, after a second look', async () => {
		folder.program('clpstat', clpstat('Offline'));
		answers('192.168.137.199');
		const {calls} = await run('genw-remote-node.sh');
		expect(calls).toMatch(/^sleep 10$/m);
		expect(calls).toMatch(/^clpcl -s -h ec1$/m);
	});

	test('starts the EC VM where only its host answers, and nothing where that is off too', async () => {
		folder.program('clpstat', clpstat('Offline'));
		host({});
		answers('192.168.137.196');
		const onHost = await run('genw-remote-node.sh');
		expect(onHost.calls).toMatch(/^ssh .* 192\.168\.137\.196 powershell .*Start-VM -Name 'ec1'"$/m);

		folder.keep('calls', '');
		answers();
		const off = await run('genw-remote-node.sh');
		expect(off.status).toBe(0);
		expect(off.calls).not.toMatch(/^(ssh|clpcl) /m);
	});
});
