import {afterEach, describe, expect, test} from 'vitest';
import {begin, command, execOn} from '../../transport/parts.js';
import {openLinux} from '../linux/linux-lab.js';
import type {OpenRoom} from '../open-room.js';

let room: OpenRoom;
afterEach(() => room.stop());

const seconds = (count: number) => room.room.clock.sleep(count * 1000);
const perform = (words: string) => room.room.perform(words.split(' '));
const out = async (name: string, line: string) =>
	(await begin(execOn(room.transport, room.host(name, {legacy: true})), command(line)).result).out;

describe('LUNs', () => {
	test('are gone for the host whose storage cables are out, and then as others have left them', async () => {
		room = await openLinux(`topology:
  hosts:
    esx1: { platform: esx4, address: 10.0.0.1, luns: { shared1: vmfs } }
    esx2: { platform: esx4, address: 10.0.0.2, luns: { shared1: vmfs } }
`);
		await perform('set luns esx1 out');
		expect(await out('esx1', 'ls /vmfs/volumes/shared1 || echo gone; ls -d /vmfs/volumes/Storage1')).toBe(
			'gone\n/vmfs/volumes/Storage1\n',
		);
		expect(await out('esx2', 'mkdir /vmfs/volumes/shared1/here; ls /vmfs/volumes/shared1')).toBe('here\n');
		await perform('set luns esx1 in');
		expect(await out('esx1', 'ls /vmfs/volumes/shared1')).toBe('here\n');
	});

	test('are mapped as raw devices to a machine that is off, unless there is a volume on them', async () => {
		room = await openLinux(`topology:
  hosts:
    esx1: { platform: esx4, address: 10.0.0.1, luns: { shared1: vmfs, rdm1: raw } }
    vm1: { platform: linux, address: 10.0.0.11, vm: vm1, power: off }
`);
		await perform('set vm vm1 on esx1 shared1');
		await expect(perform('set rdm vm1 on esx1 shared1')).rejects.toThrow('esx1 has no LUN shared1 as it comes');
		expect(await perform('set rdm vm1 on esx1 rdm1')).toBe('vm1 has the LUN rdm1 by raw device mapping');
		await perform('power on vm1');
		expect(await out('esx1', 'grep -c PassthroughRawDeviceMap /vmfs/volumes/shared1/vm1/vm1_lun.vmdk')).toBe('1\n');
		expect(await out('esx1', 'vmware-cmd /vmfs/volumes/shared1/vm1/vm1.vmx getstate')).toBe('getstate() = on\n');
	});
});

test('SingleServerSafe shuts a host down whose disk cannot be read, and watches again when it is back', async () => {
	room = await openLinux(`topology:
  hosts:
    esx1: { platform: esx4, address: 10.0.0.1, luns: { shared1: vmfs } }
  clusters:
    sss:
      hosts: [esx1]
      monitors: { diskw: { type: diskw, device: /dev/sdb, interval: 30s, retry: 1, restart: 0, failover: 0, final: shutdown } }
`);
	expect(await out('esx1', 'clpstat | grep -c "diskw *: Normal"')).toBe('1\n');
	await perform('set luns esx1 out');
	await seconds(90);
	expect(await perform('look esx1')).toBe('esx1 is off');
	await perform('set luns esx1 in');
	await perform('power on esx1');
	await seconds(300);
	expect(await out('esx1', 'clpstat | grep -c "diskw *: Normal"')).toBe('1\n');
});
