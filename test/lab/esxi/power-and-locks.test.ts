import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {openLinux, run} from '../linux/linux-lab.js';
import type {OpenRoom} from '../open-room.js';

const yaml = `topology:
  hosts:
    esxi1: { platform: esxi, address: 172.31.255.2 }
    esxi2: { platform: esxi, address: 172.31.255.3 }
    guest: { platform: linux, address: 172.31.255.50, runs_on: esxi1, vm: guest }
  shared_storage:
    san: { hosts: [esxi1, esxi2], datastores: { shared: 500 } }
`;

let room: OpenRoom;
beforeEach(async () => {
	room = await openLinux(yaml);
});
afterEach(() => room.stop());

const seconds = (count: number) => room.room.clock.sleep(count * 1000);
const out = async (host: string, script: string) => (await run(room, host, script)).out;
const perform = (...words: readonly string[]) => room.room.perform(words);
/** The id that a host has for a virtual machine. */
const idOf = async (host: string, vm: string) =>
	(await out(host, `vim-cmd vmsvc/getallvms | awk '$2 == "${vm}" {print $1}'`)).trim();
const stateOf = async (host: string, vm: string) =>
	(await out(host, `vim-cmd vmsvc/power.getstate ${await idOf(host, vm)} | tail -1`)).trim();
const settingOf = (host: string, key: string) => out(host, `sed -n 's/^${key} = //p' /vmfs/volumes/shared/vm1/vm1.vmx`);

describe('autostart', () => {
	const update = (id: string, action: string, delay: string, order: string) =>
		`vim-cmd hostsvc/autostartmanager/update_autostartentry ${id} ${action} ${delay} ${order} systemDefault systemDefault systemDefault`;

	test('begins with the host, in the given order, each with the delay of the one before; what has no order comes last', async () => {
		for (const vm of ['a', 'b', 'c', 'd']) {
			await perform('set', 'vm', vm, 'on', 'esxi1', 'datastore1');
		}

		const ids = Object.fromEntries(
			await Promise.all(['a', 'b', 'c', 'd'].map(async vm => [vm, await idOf('esxi1', vm)])),
		);
		await run(
			room,
			'esxi1',
			[
				'vim-cmd hostsvc/autostartmanager/enable_autostart true',
				update(ids['c'], 'powerOn', '10', '-1'),
				update(ids['a'], 'powerOn', 'systemDefault', '2'),
				update(ids['b'], 'powerOn', '30', '1'),
				update(ids['d'], 'none', '0', '3'),
			].join(' && '),
		);
		await perform('power', 'off', 'esxi1');
		await perform('power', 'on', 'esxi1');
		await seconds(241);
		const states = async () =>
			Promise.all(['a', 'b', 'c', 'd'].map(async vm => (await stateOf('esxi1', vm)).replace('Powered ', '')));
		expect(await states()).toEqual(['off', 'on', 'off', 'off']);
		await seconds(30);
		expect(await states()).toEqual(['on', 'on', 'off', 'off']);
		await seconds(110);
		expect(await states()).toEqual(['on', 'on', 'off', 'off']);
		await seconds(10);
		expect(await states()).toEqual(['on', 'on', 'on', 'off']);
	});

	test('passes over one that cannot be started, and says so in hostd.log', async () => {
		for (const vm of ['a', 'b']) {
			await perform('set', 'vm', vm, 'on', 'esxi1', 'datastore1');
		}

		await run(
			room,
			'esxi1',
			`vim-cmd hostsvc/autostartmanager/enable_autostart true
${update(await idOf('esxi1', 'a'), 'powerOn', '0', '1')}
${update(await idOf('esxi1', 'b'), 'powerOn', '0', '2')}
rm /vmfs/volumes/datastore1/a/a-flat.vmdk /vmfs/volumes/datastore1/a/a.vmdk`,
		);
		await perform('power', 'off', 'esxi1');
		await perform('power', 'on', 'esxi1');
		await seconds(245);
		expect([await stateOf('esxi1', 'a'), await stateOf('esxi1', 'b')]).toEqual(['Powered off', 'Powered on']);
		expect(await out('esxi1', 'grep -c "Auto power on of a failed" /var/log/hostd.log')).toBe('1\n');
	});

	test('turned off starts nothing, and an entry wants a virtual machine that is there and words that it knows', async () => {
		await perform('set', 'vm', 'a', 'on', 'esxi1', 'datastore1');
		const id = await idOf('esxi1', 'a');
		await run(room, 'esxi1', 'vim-cmd hostsvc/autostartmanager/enable_autostart false');
		expect(await run(room, 'esxi1', update(id, 'powerOn', '0', '1'))).toMatchObject({code: 0});
		expect(await run(room, 'esxi1', update('99', 'powerOn', '0', '1'))).toMatchObject({code: 1});
		expect(await run(room, 'esxi1', update(id, 'start', '0', '1'))).toMatchObject({code: 1});
		expect(await run(room, 'esxi1', update(id, 'powerOn', 'soon', '1'))).toMatchObject({code: 1});
		await perform('power', 'off', 'esxi1');
		await perform('power', 'on', 'esxi1');
		await seconds(400);
		expect(await stateOf('esxi1', 'a')).toBe('Powered off');
	});
});

describe('a virtual machine that is started on another host', () => {
	/** It has run on ESXi#1 and is registered on ESXi#2 now. */
	async function handedOver(): Promise<string> {
		await perform('set', 'vm', 'vm1', 'on', 'esxi1', 'shared');
		const id = await idOf('esxi1', 'vm1');
		await run(
			room,
			'esxi1',
			`vim-cmd vmsvc/power.on ${id}; vim-cmd vmsvc/power.off ${id}; vim-cmd vmsvc/unregister ${id}`,
		);
		return (await out('esxi2', 'vim-cmd solo/registervm /vmfs/volumes/shared/vm1/vm1.vmx')).trim();
	}

	const question = async (id: string) => {
		const text = await out('esxi2', `vim-cmd vmsvc/message ${id}`);
		return {text, number: /message (\d+):/.exec(text)?.[1] ?? ''};
	};

	test('asks whether it was moved or copied; until the answer, power.on does not return', async () => {
		const id = await handedOver();
		const bios = await settingOf('esxi2', 'uuid.bios');
		const starting = run(room, 'esxi2', `vim-cmd vmsvc/power.on ${id}; vim-cmd vmsvc/power.getstate ${id} | tail -1`);
		await seconds(60);
		const {text, number} = await question(id);
		expect(text).toContain('This virtual machine might have been moved or copied.');
		expect(await stateOf('esxi2', 'vm1')).toBe('Powered off');
		expect(await run(room, 'esxi2', `vim-cmd vmsvc/message ${id} ${number} 9`)).toMatchObject({code: 1});
		expect(await run(room, 'esxi2', `vim-cmd vmsvc/message ${id} 1 1`)).toMatchObject({code: 1});

		await run(room, 'esxi2', `vim-cmd vmsvc/message ${id} ${number} 1`);
		expect(await starting).toMatchObject({code: 0, out: 'Powering on VM:\nPowered on\n'});
		expect(await settingOf('esxi2', 'uuid.bios')).toBe(bios);
		expect(await out('esxi2', `vim-cmd vmsvc/message ${id}`)).toBe('No message.\n');

		await run(room, 'esxi2', `vim-cmd vmsvc/power.off ${id}; vim-cmd vmsvc/power.on ${id}`);
		expect(await stateOf('esxi2', 'vm1')).toBe('Powered on');
	});

	test('is another machine when the answer is that it was copied, and stays off when it is neither', async () => {
		const id = await handedOver();
		const bios = await settingOf('esxi2', 'uuid.bios');
		const start = async (answer: number) => {
			const starting = run(room, 'esxi2', `vim-cmd vmsvc/power.on ${id}`);
			await seconds(5);
			await run(room, 'esxi2', `vim-cmd vmsvc/message ${id} ${(await question(id)).number} ${answer}`);
			return starting;
		};
		await start(0);
		expect([await stateOf('esxi2', 'vm1'), await settingOf('esxi2', 'uuid.bios')]).toEqual(['Powered off', bios]);
		expect(await start(2)).toMatchObject({code: 0});
		expect(await stateOf('esxi2', 'vm1')).toBe('Powered on');
		expect(await settingOf('esxi2', 'uuid.bios')).not.toBe(bios);
	});

	test('is refused while the first host lives, and takes the lock of a dead one over after 20 s', async () => {
		await perform('set', 'vm', 'vm1', 'on', 'esxi1', 'shared');
		await run(room, 'esxi1', `vim-cmd vmsvc/power.on ${await idOf('esxi1', 'vm1')}`);
		const id = (await out('esxi2', 'vim-cmd solo/registervm /vmfs/volumes/shared/vm1/vm1.vmx')).trim();
		expect(await run(room, 'esxi2', `vim-cmd vmsvc/power.on ${id}`)).toMatchObject({
			code: 1,
			out: 'Powering on VM:\nPower on failed\n',
		});
		expect(await out('esxi2', 'vim-cmd vmsvc/getallvms | head -1')).toBe(`Skipping invalid VM '${id}'\n`);

		await perform('power', 'off', 'esxi1');
		const begun = room.room.clock.now();
		const starting = run(room, 'esxi2', `vim-cmd vmsvc/power.on ${id}`);
		await seconds(19);
		expect(await out('esxi2', `vim-cmd vmsvc/message ${id}`)).toBe('No message.\n');
		await seconds(4);
		expect(await out('esxi2', `vim-cmd vmsvc/message ${id}`)).toContain('moved or copied');
		expect((room.room.clock.now() - begun) / 1000).toBeLessThan(30);
		await run(room, 'esxi2', `vim-cmd vmsvc/message ${id} ${(await question(id)).number} 1`);
		expect(await starting).toMatchObject({code: 0});
		expect(await stateOf('esxi2', 'vm1')).toBe('Powered on');

		await perform('power', 'on', 'esxi1');
		await seconds(250);
		expect(await out('esxi1', 'vim-cmd vmsvc/getallvms | grep -c "Skipping invalid VM"')).toBe('1\n');
	});
});

test('a world that comes back has its open questions and the rest of its autostart', async () => {
	const again = async () => {
		await room.room.save();
		const saved = structuredClone(room.saved());
		await room.stop();
		room = await openLinux(yaml, {from: {kind: 'saved', saved}});
	};
	await perform('set', 'vm', 'vm1', 'on', 'esxi1', 'shared');
	const id = await idOf('esxi1', 'vm1');
	await run(room, 'esxi1', `vim-cmd vmsvc/power.on ${id}`);
	await perform('set', 'lock', 'vm1', 'on', 'esxi1');
	await seconds(30);
	const asked = await out('esxi1', `vim-cmd vmsvc/message ${id}`);
	expect(asked).toContain('Virtual machine message');
	await again();
	expect(await out('esxi1', `vim-cmd vmsvc/message ${id}`)).toBe(asked);
	await seconds(31);
	expect(await out('esxi1', `vim-cmd vmsvc/power.getstate ${id} | tail -1`)).toBe('Powered off\n');

	const autostart = 'vim-cmd hostsvc/autostartmanager/update_autostartentry';
	await perform('set', 'lock', 'vm1', 'on', 'esxi1', 'off');
	await perform('set', 'vm', 'vm2', 'on', 'esxi1', 'datastore1');
	await run(
		room,
		'esxi1',
		`${autostart} ${id} powerOn 60 1 systemDefault systemDefault systemDefault
${autostart} ${await idOf('esxi1', 'vm2')} powerOn 0 2 systemDefault systemDefault systemDefault`,
	);
	await perform('power', 'off', 'esxi1');
	await perform('power', 'on', 'esxi1');
	await seconds(270);
	await again();
	expect([await stateOf('esxi1', 'vm1'), await stateOf('esxi1', 'vm2')]).toEqual(['Powered on', 'Powered off']);
	await seconds(35);
	expect(await stateOf('esxi1', 'vm2')).toBe('Powered on');
});

describe('the power of a virtual machine', () => {
	const boots = () => out('guest', 'cat /proc/sys/kernel/random/boot_id');

	test('is suspended, and comes back when it is switched on', async () => {
		const id = await idOf('esxi1', 'guest');
		expect(await run(room, 'esxi1', `vim-cmd vmsvc/power.suspend ${id}`)).toMatchObject({
			code: 0,
			out: 'Suspending VM:\n',
		});
		expect([await stateOf('esxi1', 'guest'), await perform('look', 'guest')]).toEqual(['Suspended', 'guest is off']);
		expect(await run(room, 'esxi1', `vim-cmd vmsvc/power.suspend ${id}`)).toMatchObject({
			code: 1,
			out: 'Suspending VM:\nSuspend failed\n',
		});
		expect(await run(room, 'esxi1', `vim-cmd vmsvc/power.shutdown ${id}`)).toMatchObject({code: 1});
		await run(room, 'esxi1', `vim-cmd vmsvc/power.on ${id}`);
		await seconds(40);
		expect([await stateOf('esxi1', 'guest'), await out('guest', 'hostname')]).toEqual(['Powered on', 'guest\n']);
	});

	test('is reset: it boots again at once, also where the guest hears nothing', async () => {
		const id = await idOf('esxi1', 'guest');
		const before = await boots();
		await perform('set', 'stuck', 'guest', 'on', 'esxi1');
		expect(await run(room, 'esxi1', `vim-cmd vmsvc/power.reset ${id}`)).toMatchObject({code: 0, out: 'Reset VM:\n'});
		await seconds(40);
		expect(await boots()).not.toBe(before);
		expect(await out('esxi1', `vim-cmd vmsvc/get.summary ${id} | grep Heartbeat`)).toContain('"green"');

		await run(room, 'esxi1', `vim-cmd vmsvc/power.off ${id}`);
		expect(await run(room, 'esxi1', `vim-cmd vmsvc/power.reset ${id}`)).toMatchObject({
			code: 1,
			out: 'Reset VM:\nReset failed\n',
		});
	});
});

test('a VMkernel NIC is bound to the iSCSI adapter once, and let go of again', async () => {
	const portal = (words: string) => run(room, 'esxi1', `esxcli iscsi networkportal ${words}`);
	expect(await portal('list')).toMatchObject({code: 0, out: ''});
	expect(await portal('add -A vmhba64 -n vmk7')).toMatchObject({code: 1});
	expect(await portal('add -A vmhba1 -n vmk1')).toMatchObject({code: 1});
	expect(await portal('add -A vmhba64 --nic=vmk1')).toMatchObject({code: 0});
	expect(await portal('add -A vmhba64 -n vmk1')).toMatchObject({code: 1});
	expect((await portal('list -A vmhba64')).out).toMatch(/Vmknic: vmk1\n(.*\n)*? +IPv4: 172\.31\.254\.2\n/);
	await run(room, 'esxi1', '/sbin/auto-backup.sh');
	await perform('power', 'off', 'esxi1');
	await perform('power', 'on', 'esxi1');
	await seconds(245);
	expect((await portal('list')).out).toContain('Vmknic: vmk1\n');
	expect(await portal('remove -A vmhba64 -n vmk1')).toMatchObject({code: 0});
	expect(await portal('remove -A vmhba64 -n vmk1')).toMatchObject({code: 1});
	expect(await portal('list')).toMatchObject({code: 0, out: ''});
});
