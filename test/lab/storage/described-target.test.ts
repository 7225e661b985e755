import {afterEach, expect, test} from 'vitest';
import {openLinux, run} from '../linux/linux-lab.js';
import type {OpenRoom} from '../open-room.js';

const yaml = `topology:
  hosts:
    esxi1: { platform: esxi, address: 172.31.255.2, iscsi_targets: [172.31.254.11] }
    ec1:
      platform: linux
      address: 172.31.255.11
      networks: { iscsi: 172.31.254.11 }
      disks: { sdb: 500G }
      packages: [targetcli, target-restore]
      services: { firewalld: stopped, target: running }
      target:
        iqn: iqn.1996-10.com.ecx
        device: /dev/sdb2
        initiators: ["iqn.1998-01.com.vmware:esxi1-5f2a60b1"]
        datastore: EC_iSCSI
`;

let room: OpenRoom;
afterEach(() => room.stop());

test('a described target runs from the start, its initiators are logged in, and its volume is mounted', async () => {
	room = await openLinux(yaml);
	expect((await run(room, 'ec1', 'targetcli ls /iscsi | head -1')).out).toContain('[Targets: 1]');
	await room.room.clock.sleep(2_000);
	const {out} = await run(room, 'esxi1', 'esxcli storage vmfs extent list | grep -c EC_iSCSI');
	expect(out).toBe('1\n');
});
