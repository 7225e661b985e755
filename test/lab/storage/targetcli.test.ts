import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {openLinux, run} from '../linux/linux-lab.js';
import type {OpenRoom} from '../open-room.js';

const yaml = `topology:
  hosts:
    ec1: { platform: linux, address: 172.31.255.11, disks: { sdb: 500G }, packages: [targetcli, target-restore] }
    ec2: { platform: linux, address: 172.31.255.12, disks: { sdb: 500G }, packages: [targetcli, target-restore] }
    bare: { platform: linux, address: 172.31.255.13 }
`;
const iqn = 'iqn.1996-10.com.ecx';
const initiator = 'iqn.1998-01.com.vmware:esxi1-5f2a60b1';
const setUp = `targetcli /backstores/block create name=idisk1 dev=/dev/sdb
targetcli /iscsi create ${iqn}
targetcli /iscsi/${iqn}/tpg1/luns create /backstores/block/idisk1
targetcli /iscsi/${iqn}/tpg1/acls create ${initiator}
targetcli saveconfig`;

let room: OpenRoom;
beforeEach(async () => {
	room = await openLinux(yaml);
});
afterEach(() => room.stop());

const on = (host: string, script: string) => run(room, host, script);

describe('targetcli', () => {
	test('comes with its package', async () => {
		expect(await on('bare', 'targetcli ls')).toMatchObject({code: 127});
		expect((await on('ec1', 'targetcli ls /iscsi')).code).toBe(0);
	});

	test('makes a target as the guide does, in its own words', async () => {
		expect(await on('ec1', setUp)).toMatchObject({
			code: 0,
			out: `Created block storage object idisk1 using /dev/sdb.
Created target ${iqn}.
Created TPG 1.
Global pref auto_add_default_portal=true
Created default portal listening on all IPs (0.0.0.0), port 3260.
Created LUN 0.
Created Node ACL for ${initiator}
Created mapped LUN 0.
Configuration saved to /etc/target/saveconfig.json
`,
		});
		const {out} = await on('ec1', 'targetcli ls');
		expect(out.replaceAll(/\.{4,}/g, '…')).toBe(`o- / … [...]
  o- backstores … [...]
  | o- block … [Storage Objects: 1]
  |   o- idisk1 … [/dev/sdb (500.0GiB) write-thru activated]
  o- iscsi … [Targets: 1]
  | o- ${iqn} … [TPGs: 1]
  |   o- tpg1 … [no-gen-acls, no-auth]
  |     o- acls … [ACLs: 1]
  |     | o- ${initiator} … [Mapped LUNs: 1]
  |     |   o- mapped_lun0 … [lun0 block/idisk1 (rw)]
  |     o- luns … [LUNs: 1]
  |     | o- lun0 … [block/idisk1 (/dev/sdb) (default_tg_pt_gp)]
  |     o- portals … [Portals: 1]
  |       o- 0.0.0.0:3260 … [OK]
  o- loopback … [Targets: 0]
`);
	});

	test('refuses what is there already, and a device that is not there', async () => {
		await on('ec1', setUp);
		const refusals = await on(
			'ec1',
			`targetcli /backstores/block create name=idisk1 dev=/dev/sdb || echo $?
targetcli /iscsi create ${iqn} || targetcli /iscsi/${iqn}/tpg1/acls create ${initiator} ||
targetcli /backstores/block create name=idisk2 dev=/dev/NMP1 || echo $?
targetcli /nowhere ls`,
		);
		expect(refusals.out).toBe(`Storage object block/idisk1 exists
1
This Target already exists in configFS
This NodeACL already exists in configFS
Cannot configure StorageObject because device /dev/NMP1 does not exist
1
No such path /nowhere
`);
	});

	test('takes a list of commands, and saves at the end', async () => {
		const {out} = await on(
			'ec1',
			`targetcli <<EOF
cd /backstores/block
create name=idisk1 dev=/dev/sdb
cd /iscsi
create ${iqn}
exit
EOF`,
		);
		expect(out).toContain('Created block storage object idisk1 using /dev/sdb.\n');
		expect(out.endsWith('Configuration saved to /etc/target/saveconfig.json\n')).toBe(true);
	});
});

describe('target.service', () => {
	test('forgets at its stop and reads what was saved at its start, on another server too', async () => {
		await on('ec1', `${setUp}; systemctl start target; systemctl stop target`);
		expect((await on('ec1', 'targetcli ls /iscsi | head -1')).out).toContain('[Targets: 0]');
		await on('ec1', 'systemctl start target');
		expect((await on('ec1', `targetcli ls /iscsi/${iqn}/tpg1/acls | tail -1`)).out).toContain('lun0 block/idisk1 (rw)');
		const {out: saved} = await on('ec1', 'cat /etc/target/saveconfig.json');
		await on(
			'ec2',
			`mkdir -p /etc/target; cat > /etc/target/saveconfig.json <<'EOF'\n${saved}EOF\nsystemctl start target`,
		);
		expect((await on('ec2', 'targetcli ls /iscsi | head -1')).out).toContain('[Targets: 1]');
	});

	test('leaves out a backstore whose device is not there, and says so in the journal', async () => {
		await on('ec1', `${setUp}; sed -i s,/dev/sdb,/dev/NMP1, /etc/target/saveconfig.json; systemctl start target`);
		expect((await on('ec1', 'targetcli ls /backstores/block | head -1')).out).toContain('[Storage Objects: 0]');
		expect((await on('ec1', 'journalctl --no-pager -u target')).out).toContain('Could not create StorageObject idisk1');
	});

	test('reads it after a boot too, if it is enabled', async () => {
		await on('ec1', `${setUp}; systemctl enable target`);
		await room.room.perform(['power', 'off', 'ec1']);
		await room.room.perform(['power', 'on', 'ec1']);
		await room.room.clock.sleep(40_000);
		expect((await on('ec1', 'targetcli ls /iscsi | head -1')).out).toContain('[Targets: 1]');
	});

	test('hangs at its stop when somebody wants it to, until he does not', async () => {
		await on('ec1', `${setUp}; systemctl start target`);
		await room.room.perform(['set', 'hang', 'ec1', 'target']);
		expect((await on('ec1', 'timeout 60 systemctl stop target || echo hung')).out).toBe('hung\n');
		await room.room.perform(['set', 'hang', 'ec1', 'target', 'off']);
		expect((await on('ec1', 'systemctl stop target; echo $?')).out).toBe('0\n');
	});
});
