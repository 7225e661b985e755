import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {discover, format, iqn, naa, twoTargets} from './two-targets.js';

let lab: Awaited<ReturnType<typeof twoTargets>>;
beforeEach(async () => {
	lab = await twoTargets();
});
afterEach(() => lab.room.stop());

describe('a LUN', () => {
	test('is found by an ESXi host behind a floating address, formatted there, and seen by the other one after its rescan', async () => {
		expect((await lab.target('ec1', await lab.initiators())).code).toBe(0);
		expect((await lab.on('esxi1', discover)).code).toBe(0);
		expect(await lab.out('esxi1', 'esxcli storage core device list | grep -A1 ^naa.6001405')).toBe(
			`${naa}\n   Display Name: LIO-ORG iSCSI Disk (${naa})\n`,
		);
		expect(await lab.out('esxi1', 'esxcli iscsi adapter target portal list | tail -1')).toBe(
			`vmhba64  ${iqn}  172.31.254.10  3260     1\n`,
		);
		expect(await lab.state('esxi1')).toBe('active');
		expect(await lab.out('esxi1', `partedUtil getptbl /vmfs/devices/disks/${naa}`)).toMatch(
			/^unknown\n\d+ 255 63 1046476800\n$/,
		);

		expect(await lab.on('esxi1', format)).toMatchObject({code: 0});
		expect(await lab.volumes('esxi1')).toBe(`${naa}\n`);
		expect((await lab.on('esxi1', 'ls -d /vmfs/volumes/EC_iSCSI')).code).toBe(0);

		await lab.on('esxi2', discover);
		expect(await lab.volumes('esxi2')).toBe(`${naa}\n`);
		expect(await lab.out('ec1', 'wipefs /dev/sdb2 | tail -1')).toBe('sdb2   0x200  gpt\n');
	});

	test('whose volume was made after the other host had looked is not mounted there before a rescan', async () => {
		await lab.target('ec1', await lab.initiators());
		await lab.on('esxi1', discover);
		await lab.on('esxi2', discover);
		await lab.on('esxi1', format);
		expect(await lab.volumes('esxi2')).toBe('');
		await lab.on('esxi2', 'esxcli storage core adapter rescan --all');
		expect(await lab.volumes('esxi2')).toBe(`${naa}\n`);
	});
});

describe('a login', () => {
	test('is refused to an initiator that has no entry, and both sides say so', async () => {
		const [first = ''] = await lab.initiators();
		await lab.target('ec1', [first]);
		await lab.on('esxi2', discover);
		expect(await lab.out('esxi2', 'esxcli iscsi adapter target list | tail -1')).toBe(
			`vmhba64  ${iqn}         0  SENDTARGETS       Unqualified Login Status. (Error=0x40000)\n`,
		);
		expect(await lab.out('esxi2', 'esxcli iscsi session list')).toBe('');
		expect(await lab.out('ec1', 'grep -c "iSCSI Login negotiation failed." /var/log/messages')).toBe('1\n');
	});

	test('finds nobody where no target runs, or where firewalld lets nobody in', async () => {
		expect((await lab.on('esxi1', discover)).code).toBe(0);
		expect(await lab.out('esxi1', 'esxcli iscsi adapter target list')).toBe('');
		await lab.target('ec1', await lab.initiators());
		await lab.on('ec1', 'systemctl start firewalld');
		await lab.on('esxi1', 'esxcli storage core adapter rescan --all');
		expect(await lab.out('esxi1', 'esxcli iscsi adapter target list')).toBe('');
		await lab.on('ec1', 'firewall-cmd --add-port=3260/tcp');
		await lab.on('esxi1', 'esxcli storage core adapter rescan --all');
		expect(await lab.state('esxi1')).toBe('active');
	});
});
