import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {discover, format, iqn, naa, twoTargets} from './two-targets.js';

let lab: Awaited<ReturnType<typeof twoTargets>>;
beforeEach(async () => {
	lab = await twoTargets();
});
afterEach(() => lab.room.stop());

describe('a session', () => {
	test('is lost when the target stops, and its devices go through APD until the target is back', async () => {
		await lab.target('ec1', await lab.initiators());
		await lab.on('esxi1', discover);
		await lab.on('esxi1', format);
		await lab.on('ec1', 'systemctl start target');
		await lab.on('ec1', 'systemctl stop target');
		expect(await lab.state('esxi1')).toBe('active');
		await lab.seconds(11);
		expect(await lab.state('esxi1')).toBe('dead');
		await lab.on('ec1', 'systemctl start target');
		await lab.seconds(11);
		expect(await lab.state('esxi1')).toBe('active');
		const log = await lab.out('esxi1', 'cat /var/log/vmkernel.log');
		expect(log).toMatch(/"OFFLINE" \(Event:6\).*APD_START \(3\) for vol 'EC_iSCSI'.*"ONLINE".*Out of APD.*APD_EXIT/s);
		const at = (word: string) =>
			Date.parse(
				log
					.split('\n')
					.find(line => line.includes(word))
					?.slice(0, 24) ?? '',
			);
		expect((at('"ONLINE"') - at('"OFFLINE"')) / 1000).toBeCloseTo(21.4, 0);
		expect((at('APD_START') - at('"OFFLINE"')) / 1000).toBeCloseTo(10, 1);
	});

	test('gives its devices up after 140 s of APD', async () => {
		await lab.target('ec1', await lab.initiators());
		await lab.on('esxi1', discover);
		await lab.on('ec1', 'targetcli clearconfig confirm=True');
		await lab.seconds(152);
		expect(await lab.out('esxi1', `esxcli storage core device list -d ${naa} | grep Status:`)).toContain(
			'dead timeout',
		);
	});

	test('outlives a cable that is out for a moment, and stays inside of a host that is cut off', async () => {
		await lab.target('ec1', await lab.initiators());
		await lab.on('esxi1', discover);
		await lab.on('esxi2', discover);
		await lab.room.room.perform(['set', 'cable', 'esxi1', 'vmnic2', 'out']);
		await lab.seconds(5);
		await lab.room.room.perform(['set', 'cable', 'esxi1', 'vmnic2', 'in']);
		await lab.seconds(60);
		expect(await lab.out('esxi2', 'grep -c OFFLINE /var/log/vmkernel.log')).toBe('0\n');
		await lab.room.room.perform(['set', 'cable', 'esxi1', 'vmnic2', 'out']);
		await lab.seconds(60);
		expect([await lab.state('esxi1'), await lab.state('esxi2')]).toEqual(['active', 'dead']);
	});

	test('loses its devices for good when the target says so', async () => {
		await lab.target('ec1', await lab.initiators());
		await lab.on('esxi1', discover);
		await lab.room.room.perform(['set', 'pdl', 'ec1', 'on']);
		expect(await lab.state('esxi1')).toBe('dead');
		expect(await lab.out('esxi1', 'grep -c "Permanent Device Loss" /var/log/vmkernel.log')).toBe('1\n');
		expect(await lab.on('esxi1', `partedUtil mklabel /vmfs/devices/disks/${naa} gpt`)).toMatchObject({code: 255});
		await lab.room.room.perform(['set', 'pdl', 'ec1', 'off']);
		expect(await lab.state('esxi1')).toBe('active');
	});

	test('is ended and begun by hand, of one target or of all, and its disks go and come with it', async () => {
		await lab.target('ec1', await lab.initiators());
		await lab.on('esxi1', discover);
		const session = (words: string) => lab.on('esxi1', `esxcli iscsi session ${words}`);
		const disks = () => lab.out('esxi1', 'esxcli storage core device list | grep -c "Display Name: LIO-ORG" || true');
		expect((await session('list')).out).toContain(`Target: ${iqn}\n`);
		expect(await session('remove -A vmhba64 -n iqn.2001-01.nobody')).toMatchObject({code: 1});
		expect(await session('add -A vmhba64 -n iqn.2001-01.nobody')).toMatchObject({code: 1});
		expect(await disks()).toBe('1\n');

		expect(await session(`remove -A vmhba64 -n ${iqn}`)).toMatchObject({code: 0});
		await lab.seconds(60);
		expect([await disks(), (await session('list')).out]).toEqual(['0\n', '']);
		expect(await session('remove -A vmhba64')).toMatchObject({code: 0});
		expect(await session(`add -A vmhba64 -n ${iqn}`)).toMatchObject({code: 0});
		expect(await disks()).toBe('1\n');

		await session('remove -A vmhba64');
		expect(await disks()).toBe('0\n');
		await lab.on('esxi1', 'esxcli storage core adapter rescan --adapter=vmhba64');
		expect([await disks(), await lab.state('esxi1')]).toEqual(['1\n', 'active']);
	});

	test('is not there after a boot of the host before a rescan, if its target was not', async () => {
		await lab.target('ec1', await lab.initiators());
		await lab.on('esxi2', discover);
		expect(await lab.state('esxi2')).toBe('active');
		await lab.on('esxi2', '/sbin/auto-backup.sh');
		await lab.on('ec1', 'targetcli clearconfig confirm=True');
		await lab.room.room.perform(['power', 'off', 'esxi2']);
		await lab.room.room.perform(['power', 'on', 'esxi2']);
		await lab.seconds(300);
		expect(await lab.out('esxi2', 'esxcli storage core device list | grep -c LIO')).toBe('0\n');
		await lab.on('ec1', 'targetctl restore');
		await lab.on('esxi2', 'esxcli storage core adapter rescan --all');
		expect(await lab.state('esxi2')).toBe('active');
	});
});

describe('a floating address that moves', () => {
	test('brings its sessions to the other server after 21.4 s, and what lies there', async () => {
		const names = await lab.initiators();
		await lab.target('ec1', names);
		await lab.target('ec2', names);
		await lab.on('esxi1', discover);
		await lab.on('esxi1', format);
		expect(await lab.volumes('esxi1')).toBe(`${naa}\n`);
		await lab.on('ec1', 'clpgrp -m failover-vm -a ec2');
		await lab.seconds(30);
		expect(await lab.room.room.perform(['look', 'iscsi'])).toContain('172.31.254.10:3260 on ec2');
		expect(await lab.volumes('esxi1')).toBe('');
		const log = await lab.out('esxi1', "grep -E 'OFFLINE|ONLINE' /var/log/vmkernel.log | cut -c1-24");
		const [lost = '', back = ''] = log.split('\n');
		expect((Date.parse(back) - Date.parse(lost)) / 1000).toBeCloseTo(21.4, 0);
	});

	test('is on both servers when an ESXi host is cut off: each host sees what lies on the server that it reaches', async () => {
		const names = await lab.initiators();
		await lab.target('ec1', names);
		await lab.target('ec2', names);
		await lab.on('esxi1', discover);
		await lab.on('esxi2', discover);
		await lab.room.room.perform(['set', 'cables', 'esxi2', 'out']);
		await lab.seconds(120);
		expect(await lab.room.room.perform(['look', 'iscsi'])).toBe(
			'esxi1: iqn.1996-10.com.ecx at 172.31.254.10:3260 on ec1; esxi2: iqn.1996-10.com.ecx at 172.31.254.10:3260 on ec2',
		);
		await lab.room.room.perform(['set', 'cables', 'esxi2', 'in']);
		await lab.seconds(120);
		expect(await lab.room.room.perform(['look', 'iscsi'])).toMatch(/esxi2: \S+ at \S+ on ec1$/);
	});
});
