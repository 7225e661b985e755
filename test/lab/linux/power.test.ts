import {afterEach, describe, expect, test} from 'vitest';
import type {OpenRoom} from '../open-room.js';
import {openLinux, run, topologyIn} from './linux-lab.js';

const yaml = `topology:
  hosts:
    esxi1: { platform: esxi, address: 172.31.255.2, label: "ESXi#1" }
    ec1: { platform: linux, address: 172.31.255.11, runs_on: esxi1, autostart: true, networks: { iscsi: 172.31.254.11 } }
    ec2: { platform: linux, address: 172.31.255.12, runs_on: esxi1 }
    box: { platform: linux, address: 172.31.255.13, networks: { iscsi: 172.31.254.13 } }
`;

let room: OpenRoom;
afterEach(() => room.stop());

const minutes = (count: number) => room.room.clock.sleep(count * 60_000);
const up = (host: string) => room.transport.answers(room.host(host));

describe('power of a Linux host', () => {
	test('boots in half a minute, with another boot id, and keeps its files', async () => {
		room = await openLinux(yaml);
		const identity = 'cat /proc/sys/kernel/random/boot_id';
		const before = (await run(room, 'box', `touch /etc/kept /run/lost; ${identity}`)).out;
		await room.room.perform(['power', 'off', 'box']);
		expect(await up('box')).toBe(false);

		await room.room.perform(['power', 'on', 'box']);
		await room.room.clock.sleep(29_000);
		expect(await up('box')).toBe(false);

		await room.room.clock.sleep(1_000);
		const after = await run(room, 'box', `ls /etc/kept; [ -e /run/lost ] || ${identity}`);
		expect(after.out).toMatch(/^\/etc\/kept\n[0-9a-f-]{36}\n$/);
		expect(after.out).not.toContain(before);
	});

	test('SELinux that its file switches off is off from the next boot on', async () => {
		room = await openLinux(yaml);
		const off = "sed -i 's/^SELINUX=.*/SELINUX=disabled/' /etc/selinux/config; getenforce";
		expect((await run(room, 'box', off)).out).toBe('Enforcing\n');
		await room.room.clock.sleep(1_000);
		await room.room.perform(['power', 'off', 'box']);
		await room.room.perform(['power', 'on', 'box']);
		await minutes(1);
		expect((await run(room, 'box', 'getenforce')).out).toBe('Disabled\n');
	});

	test('reboot goes away after a moment, and what is enabled runs again', async () => {
		room = await openLinux(yaml);
		expect((await run(room, 'box', 'systemctl stop crond; systemctl disable -q firewalld; reboot')).code).toBe(0);
		await room.room.clock.sleep(5_000);
		expect(await up('box')).toBe(false);

		await room.room.clock.sleep(30_000);
		expect((await run(room, 'box', 'systemctl is-active crond; systemctl is-active firewalld')).out).toBe(
			'active\ninactive\n',
		);
	});

	test('a shutdown that is called off does not happen', async () => {
		room = await openLinux(yaml);
		await run(room, 'box', 'shutdown -h +1 2>/dev/null; shutdown -c');
		await minutes(5);

		expect(await up('box')).toBe(true);
	});

	test('without sshd nobody is let in, and the port refuses', async () => {
		room = await openLinux(yaml);
		await run(room, 'box', 'systemctl stop sshd');

		expect(await up('box')).toBe(false);
	});
});

describe('a virtual machine', () => {
	test('loses power with its host, and comes back with it if it starts by itself', async () => {
		room = await openLinux(yaml);
		await room.room.perform(['power', 'off', 'esxi1']);

		expect(await Promise.all([up('ec1'), up('ec2'), up('box')])).toEqual([false, false, true]);
		await expect(room.room.perform(['power', 'on', 'ec2'])).rejects.toThrow(
			'ec2 cannot be powered on: ESXi#1, which it runs on, is not up',
		);

		await room.room.perform(['power', 'on', 'esxi1']);
		await minutes(4);
		expect(await up('ec1')).toBe(false);

		await room.room.clock.sleep(30_000);
		expect(await Promise.all([up('ec1'), up('ec2')])).toEqual([true, false]);
		expect(await room.room.perform(['power', 'on', 'ec2'])).toBe('ec2 got power and boots');
	});

	test('has the networks that the switches of its host have', async () => {
		room = await openLinux(yaml);
		const ping = 'ping -c 1 172.31.254.13 >/dev/null';
		expect((await run(room, 'ec1', ping)).code).toBe(0);

		await run(room, 'esxi1', 'esxcfg-vswitch --unlink=vmnic2 iSCSI_vswitch');
		expect((await run(room, 'ec1', ping)).code).toBe(1);

		await room.room.perform(['set', 'cable', 'esxi1', 'vmnic0', 'out']);
		expect(await Promise.all([up('ec1'), up('box')])).toEqual([false, true]);
	});

	test('is in the inventory of its host, which switches it', async () => {
		room = await openLinux(yaml);
		const {out} = await run(room, 'esxi1', 'vim-cmd vmsvc/getallvms');
		expect(out).toBe(
			[
				'Vmid   Name   File                       Guest OS          Version   Annotation\n',
				'1      ec1    [datastore1] ec1/ec1.vmx   centos8_64Guest   vmx-19\n',
				'2      ec2    [datastore1] ec2/ec2.vmx   centos8_64Guest   vmx-19\n',
			].join(''),
		);
		expect((await run(room, 'esxi1', 'vim-cmd vmsvc/power.getstate 2')).out).toBe(
			'Retrieved runtime info\nPowered on\n',
		);
		expect((await run(room, 'esxi1', 'vim-cmd vmsvc/power.on 2')).code).toBe(1);

		await run(room, 'esxi1', 'vim-cmd vmsvc/power.shutdown 2');
		await room.room.clock.sleep(6_000);
		expect((await run(room, 'esxi1', 'vim-cmd vmsvc/power.getstate 2')).out).toContain('Powered off');

		await run(room, 'esxi1', 'vim-cmd vmsvc/power.on 2');
		expect((await run(room, 'esxi1', 'vim-cmd vmsvc/get.summary 2 | grep Heartbeat')).out).toContain('"gray"');
		await room.room.clock.sleep(30_000);
		expect((await run(room, 'esxi1', 'vim-cmd vmsvc/get.summary 2 | grep Heartbeat')).out).toContain('"green"');
		expect(await up('ec2')).toBe(true);
		expect((await run(room, 'esxi1', 'vim-cmd vmsvc/power.getstate 9')).out).toContain('Unable to find a VM');
	});

	test('its own cable can be pulled too', async () => {
		room = await openLinux(yaml);

		expect(await room.room.perform(['set', 'cable', 'ec1', 'ens224', 'out'])).toBe('ec1: the cable of ens224 is out');
		expect(await room.room.perform(['look', 'ec1'])).toBe('ec1 is on; login prompt of ec1; links: ens192');
		await expect(room.room.perform(['set', 'cable', 'ec1', 'ens9', 'in'])).rejects.toThrow(
			'There is no ens9 on this host',
		);
	});
});

test('an ESXi host sees the Linux hosts on its networks, and they see it', async () => {
	room = await openLinux(yaml);

	expect((await run(room, 'esxi1', 'vmkping -c 1 172.31.254.13 | grep received')).out).toContain('1 packets received');
	expect((await run(room, 'box', 'ping -c 1 172.31.255.2 | grep received')).out).toContain('1 received');
});

test('a saved room comes back as it was: hosts, files and whose they are, users, services, power', async () => {
	room = await openLinux(yaml);
	await run(
		room,
		'box',
		'useradd ops; touch /srv/x; chown ops /srv/x; systemctl stop crond; hostnamectl set-hostname other',
	);
	await room.room.perform(['power', 'off', 'ec2']);
	const saved = structuredClone(room.saved());
	await room.stop();

	room = await openLinux(yaml, {from: {kind: 'saved', saved}});
	expect((await run(room, 'box', 'id -u ops; stat -c %U /srv/x; systemctl is-active crond || hostname')).out).toBe(
		'1000\nops\ninactive\nother\n',
	);
	expect(await up('ec2')).toBe(false);
	expect(room.saved().world).toMatchObject({
		version: 1,
		hosts: [{name: 'esxi1'}, {name: 'ec1'}, {name: 'ec2'}, {name: 'box'}],
	});
});

test('a world of other hosts is refused in words', async () => {
	room = await openLinux(yaml);
	const saved = structuredClone(room.saved());
	const other = topologyIn('topology:\n  hosts:\n    web: { platform: linux, address: 10.0.0.1 }\n');

	await expect(openLinux('', {topology: other, from: {kind: 'saved', saved}})).rejects.toThrow(
		'The saved world has the hosts esxi1, ec1, ec2, box, and not web.',
	);
});
