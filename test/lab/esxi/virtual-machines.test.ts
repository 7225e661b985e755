import {expect, test} from 'vitest';
import {twoMachines} from './two-machines.js';

test('a script makes a virtual machine: its id, vmx, disks by size, power', async () => {
	const machines = await twoMachines('esxi-ready');
	try {
		const made = await machines.run(
			'esxi1',
			`DS=/vmfs/volumes/datastore1
ID=$(vim-cmd vmsvc/createdummyvm vm1 $DS)
sed -i 's/^guestOS = .*/guestOS = "centos8-64"/' $DS/vm1/vm1.vmx
vmkfstools --extendvirtualdisk 16G --diskformat eagerzeroedthick $DS/vm1/vm1.vmdk | tail -1
vmkfstools -c 800G -d eagerzeroedthick $DS/vm1/big.vmdk 2>&1 || echo "status $?"
vim-cmd vmsvc/reload $ID
vim-cmd vmsvc/getallvms
vim-cmd solo/registervm $DS/vm1/vm1.vmx || true
vim-cmd vmsvc/power.on $ID
vim-cmd vmsvc/power.getstate $ID
vim-cmd vmsvc/power.off $ID
vim-cmd vmsvc/unregister $ID
vim-cmd solo/registervm $DS/vm1/vm1.vmx`,
		);
		expect(made.err).toBe('');
		expect(made.out).toContain('Grow: 100% done.\n');
		expect(made.out).toContain('not enough space');
		expect(made.out).toMatch(/^1 +vm1 +\[datastore1\] vm1\/vm1\.vmx +centos8_64Guest /m);
		expect(made.out).toContain(`msg = "The specified key, name, or identifier '1' already exists."`);
		expect(made.out).toContain('Powering on VM:\nRetrieved runtime info\nPowered on\nPowering off VM:\n2\n');
	} finally {
		machines.stop();
	}
});

test('a virtual machine whose files are gone is invalid, until it is unregistered', async () => {
	const machines = await twoMachines('esxi-ready');
	try {
		const {out} = await machines.run(
			'esxi1',
			`vim-cmd vmsvc/createdummyvm vm1 /vmfs/volumes/datastore1
rm -rf /vmfs/volumes/datastore1/vm1
vim-cmd vmsvc/getallvms | head -1
vim-cmd vmsvc/unregister 1
vim-cmd vmsvc/getallvms | wc -l`,
		);
		expect(out).toBe("1\nSkipping invalid VM '1'\n1\n");
	} finally {
		machines.stop();
	}
});

test('files that another host has locked make a virtual machine invalid, and free again it starts', async () => {
	const machines = await twoMachines('esxi-ready');
	try {
		await machines.run('esxi1', 'vim-cmd vmsvc/createdummyvm vm1 /vmfs/volumes/datastore1');
		const {world, clock} = machines;
		world.deed(['lock', 'vm1', 'on', 'esxi1'], clock.now());
		const locked = await machines.run('esxi1', 'vim-cmd vmsvc/getallvms | head -1; vim-cmd vmsvc/power.on 1 || true');
		expect(locked.out).toBe("Skipping invalid VM '1'\nPowering on VM:\nPower on failed\n");

		world.deed(['lock', 'vm1', 'on', 'esxi1', 'off'], clock.now());
		expect((await machines.run('esxi1', 'vim-cmd vmsvc/power.on 1')).out).toBe('Powering on VM:\n');

		world.deed(['lock', 'vm1', 'on', 'esxi1'], clock.now());
		const lost = await machines.run(
			'esxi1',
			`vim-cmd vmsvc/power.shutdown 1 | head -1
Q=$(vim-cmd vmsvc/message 1 | sed -n 's/^Virtual machine message \\([0-9]*\\):/\\1/p')
vim-cmd vmsvc/message 1 $Q 0
vim-cmd vmsvc/power.getstate 1`,
		);
		expect(lost.out).toBe('(vim.fault.QuestionPending) {\nRetrieved runtime info\nPowered off\n');
	} finally {
		machines.stop();
	}
});

test('a deployed virtual machine is registered and has a system', async () => {
	const machines = await twoMachines('esxi-ready');
	try {
		const {world, clock} = machines;
		expect(world.deed(['vm', 'vm1', 'on', 'esxi1', 'datastore1'], clock.now())).toBe(
			'vm1 is deployed on ESXi#1, on datastore1',
		);
		await machines.run('esxi1', 'vim-cmd vmsvc/power.on 1; sleep 70');
		expect((await machines.run('esxi1', 'vim-cmd vmsvc/get.summary 1 | grep Heartbeat')).out).toContain('"green"');
	} finally {
		machines.stop();
	}
});
