import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {ScriptFolder} from './script-folder.js';

/*
The scripts that go to the EC VMs, run by this machine's own sh, with programs around them that say what the test wants.
*/

const scripts = 'runbooks/vmware-host-clustering/scripts';

const marks: Readonly<Record<string, string>> = {
	VMX: '/vmfs/volumes/EC_iSCSI/vm1/vm1.vmx',
	DATASTORE: 'EC_iSCSI',
	VMHBA1: 'vmhba64',
	VMHBA2: 'vmhba65',
	VMK1: '172.31.255.2',
	VMK2: '172.31.255.3',
	EC1: '172.31.255.11',
	EC2: '172.31.255.12',
	VMADN1: 'ec1',
	VMADN2: 'ec2',
	VMA1: '172.31.255.11',
	VMA2: '172.31.255.12',
};

let folder: ScriptFolder;

beforeEach(() => {
	folder = new ScriptFolder();
	folder.program('ip', 'echo "    inet 172.31.255.12/24 brd 172.31.255.255 scope global ens192"');
	folder.program('hostname', 'echo ec2');
	folder.program('sleep', 'true');
});

afterEach(() => folder.remove());

/** ESXi as `ssh` reaches it: an answer for each beginning of a command; what it remembers lies in files. */
function esxi(answers: Readonly<Record<string, string>>): void {
	const cases = Object.entries(answers).map(([command, body]) => `'${command}'*) ${body} ;;`);
	folder.program('ssh', `for last; do :; done\ncase $last in\n${cases.join('\n')}\nesac`);
}

async function run(script: string): Promise<{readonly status: number | undefined; readonly calls: readonly string[]}> {
	folder.bring(`${scripts}/${script}`, marks, 'script.sh');
	folder.bring(`${scripts}/vm.sh`, marks, 'vm.sh'); // What start and stop share lies beside them
	folder.keep('calls', '');
	const {status, calls} = await folder.run('/bin/sh', 'script.sh');
	return {status, calls: calls.split('\n').map(line => line.replace(/^ssh .*root@(\S+) /, 'ssh $1 '))};
}

const inventory = `Vmid       Name    File    Guest OS       Version   Annotation
3      ec2     [datastore1] ec2/ec2.vmx     centos8_64Guest    vmx-19
7      vm1     [EC_iSCSI] vm1/vm1.vmx     centos8_64Guest    vmx-19
`;

const storage = {
	'esxcli storage vmfs extent list': 'echo "EC_iSCSI     5bc7459f-967eeb48-b3f7-20677cd9a16c   0  naa.6001405   1"',
	'esxcli storage core path list': 'echo "   State: active"',
};

const question = `printf '%s\\n' 'Virtual machine message 19:' 'msg.uuid.altered:This virtual machine might have been moved or copied.' '0. Cancel (Cancel)' '2. I Moved It (I _Moved It)' '1. I Co_pied It (I Co_pied It) [default]'`;

describe('vm-start.sh', () => {
	test('clears invalid VMs, registers the VM, says that it was moved, and waits until it is on', async () => {
		folder.keep('inventory', "Skipping invalid VM '12'\nVmid       Name\n");
		folder.keep('power', 'Powered off');
		esxi({
			...storage,
			'vim-cmd vmsvc/getallvms': 'cat inventory',
			'vim-cmd vmsvc/unregister 12': 'echo "Vmid Name" >inventory',
			'vim-cmd solo/registervm': 'echo 7',
			'vim-cmd vmsvc/power.getstate': 'cat power',
			'vim-cmd vmsvc/message 7 19 2': 'echo "Powered on" >power',
			'vim-cmd vmsvc/message 7': question,
		});
		const {status, calls} = await run('vm-start.sh');
		expect(status).toBe(0);
		expect(calls).toContain('ssh 172.31.255.3 vim-cmd vmsvc/unregister 12');
		expect(calls).toContain("ssh 172.31.255.3 vim-cmd solo/registervm '/vmfs/volumes/EC_iSCSI/vm1/vm1.vmx'");
		expect(calls).toContain('ssh 172.31.255.3 vim-cmd vmsvc/power.on 7');
	});

	test('leaves a VM that is on as it is', async () => {
		folder.keep('inventory', inventory);
		esxi({'vim-cmd vmsvc/getallvms': 'cat inventory', 'vim-cmd vmsvc/power.getstate 7': 'echo Powered on'});
		const {status, calls} = await run('vm-start.sh');
		expect(status).toBe(0);
		expect(calls.join('\n')).not.toContain('power.on');
	});

	test('takes the number out of the fault where the VM is registered already', async () => {
		esxi({
			...storage,
			'vim-cmd solo/registervm': `echo "   msg = \\"The specified key, name, or identifier '51' already exists.\\""`,
			'vim-cmd vmsvc/power.getstate 51': 'echo Powered on',
		});
		expect((await run('vm-start.sh')).status).toBe(0);
	});

	test('gives up when the datastore does not come', async () => {
		esxi({'esxcli storage vmfs extent list': 'true'});
		const {status, calls} = await run('vm-start.sh');
		expect(status).toBe(1);
		expect(calls).toContain('ssh 172.31.255.3 esxcli storage core adapter rescan --adapter=vmhba65');
	});

	test('fails where another host has the lock', async () => {
		esxi({
			...storage,
			'vim-cmd solo/registervm': 'echo 7',
			'vim-cmd vmsvc/power.getstate': 'echo Powered off',
			'vim-cmd vmsvc/power.on': 'echo "Powering on VM:"; echo "Power on failed"',
		});
		expect((await run('vm-start.sh')).status).toBe(1);
	});
});

test.each(['vm-start.sh', 'vm-stop.sh'])(
	'%s does nothing on a third server, nor without what both read',
	async script => {
		esxi({});
		folder.program('ip', 'echo "    inet 172.31.255.111/24 scope global ens192"');
		expect(await run(script)).toMatchObject({status: 1, calls: ['ip address', 'ip address', '']});

		folder.bring(`${scripts}/${script}`, marks, 'alone/script.sh');
		folder.keep('calls', '');
		const alone = await folder.run('/bin/sh', 'alone/script.sh');
		expect([alone.status !== 0, alone.calls]).toEqual([true, '']);
	},
);

describe('vm-stop.sh', () => {
	test('shuts the VM down and unregisters it', async () => {
		folder.keep('inventory', inventory);
		folder.keep('power', 'Powered on');
		esxi({
			...storage,
			'vim-cmd vmsvc/getallvms': 'cat inventory',
			'vim-cmd vmsvc/power.shutdown 7': 'echo "Powered off" >power',
			'vim-cmd vmsvc/power.getstate 7': 'cat power',
		});
		const {status, calls} = await run('vm-stop.sh');
		expect(status).toBe(0);
		expect(calls.join('\n')).not.toContain('power.off');
		expect(calls).toContain('ssh 172.31.255.3 vim-cmd vmsvc/unregister 7');
	});

	test('switches a VM off that has lost its disk, and answers what it asks', async () => {
		folder.keep('inventory', inventory);
		folder.keep('power', 'Powered on');
		esxi({
			'vim-cmd vmsvc/getallvms': 'cat inventory',
			'vim-cmd vmsvc/power.getstate 7': 'cat power',
			'vim-cmd vmsvc/message 7 5 0': 'true',
			'vim-cmd vmsvc/message 7': 'echo "Virtual machine message 5:"; echo "0. OK (OK)"',
			'vim-cmd vmsvc/power.off 7': 'echo "Powered off" >power',
		});
		const {status, calls} = await run('vm-stop.sh');
		expect(status).toBe(0);
		expect(calls).toContain('ssh 172.31.255.3 vim-cmd vmsvc/message 7 5 0');
		expect(calls).toContain('ssh 172.31.255.3 vim-cmd vmsvc/power.off 7');
	});

	test('has nothing to do for a VM that is not there', async () => {
		esxi({'vim-cmd vmsvc/getallvms': 'echo "Vmid Name"'});
		expect((await run('vm-stop.sh')).status).toBe(0);
	});
});

describe('genw-vm.sh', () => {
	test.for([
		['green', 'Powered on', 0],
		['yellow', 'Powered on', 0],
		['red', 'Powered on', 1],
		['gray', 'Powered on', 0],
		['gray', 'Powered off', 1],
	] as const)('a %s heartbeat of a VM that is %s is %i', async ([heartbeat, power, expected]) => {
		folder.keep('inventory', inventory);
		esxi({
			'vim-cmd vmsvc/getallvms': 'cat inventory',
			'vim-cmd vmsvc/get.summary 7': `echo '      guestHeartbeatStatus = "${heartbeat}",'`,
			'vim-cmd vmsvc/power.getstate 7': `echo ${power}`,
		});
		expect((await run('genw-vm.sh')).status).toBe(expected);
	});

	test('a VM that is not in the inventory is an error', async () => {
		esxi({'vim-cmd vmsvc/getallvms': 'echo "Vmid       Name"'});
		expect((await run('genw-vm.sh')).status).toBe(1);
	});

	test('a hostd that restarts is none', async () => {
		esxi({'vim-cmd vmsvc/getallvms': 'echo "Connect to localhost failed: Connection failure"'});
		expect((await run('genw-vm.sh')).status).toBe(0);
	});
});

describe('genw-remote-node.sh', () => {
	const clpstat = (state: string) => `cat <<'END'
 ========================  CLUSTER STATUS  ===========================
  Cluster : HCI-Cluster
  <server>
    ec1 .............: ${state}          
      lankhb1        : Error            Kernel Mode LAN Heartbeat
   *ec2 .............: Online           
      lankhb1        : Normal           Kernel Mode LAN Heartbeat
  <group>
    failover-vm .....: Offline          
END`;

	beforeEach(() => {
		folder.program('clpstat', clpstat('Offline'));
		folder.program('clpcl', 'true');
	});

	test('starts the cluster service of the other EC VM if that answers', async () => {
		folder.program('ping', 'true');
		expect((await run('genw-remote-node.sh')).calls).toContain('clpcl -s -h ec1');
	});

	test('powers the other EC VM on where only its host answers', async () => {
		folder.program('ping', 'case "$*" in *172.31.255.11) exit 1 ;; esac');
		esxi({
			'vim-cmd vmsvc/getallvms': 'echo "4      ec1     [datastore1] ec1/ec1.vmx     centos8_64Guest    vmx-19"',
			'vim-cmd vmsvc/power.getstate 4': 'echo Powered off',
		});
		expect((await run('genw-remote-node.sh')).calls).toContain('ssh 172.31.255.2 vim-cmd vmsvc/power.on 4');
	});

	test('leaves a server alone that is Online', async () => {
		folder.program('clpstat', clpstat('Online'));
		const {calls} = await run('genw-remote-node.sh');
		expect(calls.join('\n')).not.toMatch(/ping|clpcl|ssh/);
	});
});

describe('the mirror, seen from ec2', () => {
	const mirror = (first: string, second: string) =>
		folder.program(
			'clpmdstat',
			`cat <<'END'
 Mirror Status: Abnormal
 md-iscsi             ec1                  ec2
 ------------------------------------------------------------
 Mirror Color         ${first}                ${second}
END`,
		);

	beforeEach(() => folder.program('clpmdctrl', 'cat >/dev/null'));

	test.for([
		['genw-md.sh', 'GREEN', 'RED'],
		['exec-md-recovery.sh', 'GREEN', 'RED'],
	] as const)('%s makes no master of the side with the old data', async ([script, there, here]) => {
		mirror(there, here);
		const {status, calls} = await run(script);
		expect(status).toBe(1);
		expect(calls.join('\n')).not.toContain('clpmdctrl');
	});

	test.for([
		['genw-md.sh', 'RED', 'RED'],
		['exec-md-recovery.sh', 'RED', 'RED'],
		['exec-md-recovery.sh', 'GRAY', 'RED'],
	] as const)(
		'%s makes this side the master where neither is good: %s there, %s here',
		async ([script, there, here]) => {
			mirror(there, here);
			const {status, calls} = await run(script);
			expect(status).toBe(0);
			expect(calls).toContain('clpmdctrl -f md-iscsi');
		},
	);

	test.for(['genw-md.sh', 'exec-md-recovery.sh'])('%s leaves a mirror alone that is whole', async script => {
		mirror('GREEN', 'GREEN');
		const {status, calls} = await run(script);
		expect(status).toBe(0);
		expect(calls.join('\n')).not.toContain('clpmdctrl');
	});
});
