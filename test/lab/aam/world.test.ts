import {afterEach, beforeEach, expect, test} from 'vitest';
import {begin, command, execOn} from '../../transport/parts.js';
import {openLinux} from '../linux/linux-lab.js';
import type {OpenRoom} from '../open-room.js';

let room: OpenRoom;
beforeEach(async () => {
	room = await openLinux(`topology:
  hosts:
    esx3: { platform: esx4, address: 10.0.0.3, luns: { shared2: vmfs } }
    esx4: { platform: esx4, address: 10.0.0.4, luns: { shared2: vmfs } }
    vm2: { platform: linux, address: 10.0.0.12, runs_on: esx3, datastore: shared2 }
    gateway: { platform: linux, address: 10.0.0.254 }
  vmware_ha:
    ha4: { hosts: [esx3, esx4], isolation_addresses: [10.0.0.254] }
`);
});

afterEach(() => room.stop());

const seconds = (count: number) => room.room.clock.sleep(count * 1000);
const out = async (host: string, script: string) =>
	(await begin(execOn(room.transport, room.host(host, {legacy: true})), command(script)).result).out;
const perform = (words: string) => room.room.perform(words.split(' '));
const listed = 'vmware-cmd -l | grep -c /vm2/vm2.vmx';
const state = 'vmware-cmd /vmfs/volumes/shared2/vm2/vm2.vmx getstate';

test('a machine of a host without power is on on the other one, asks nobody whether it was moved, and its guest boots', async () => {
	expect(await perform('look ha4')).toBe('ha4: esx3 connected, esx4 connected; vm2 on esx3');
	await perform('power off esx3');
	await seconds(12);
	expect(await out('esx4', listed)).toBe('0\n');
	await seconds(3);
	expect(await perform('look ha4')).toBe('ha4: esx3 not responding, esx4 connected; vm2 on esx4');
	expect(await out('esx4', state)).toBe('getstate() = on\n');
	await seconds(30);
	expect(await out('esx4', 'ping -c 1 -W 2 10.0.0.12 | grep -c " 0% packet loss"')).toBe('1\n');
	await perform('power on esx3');
	await seconds(250);
	expect(await out('esx3', listed)).toBe('0\n');
});

test('a machine of a host without network shuts down, and is on on the other one at the second attempt', async () => {
	await perform('set cables esx3 out');
	await seconds(25);
	expect(await perform('look ha4')).toMatch(
		/^ha4: esx3 isolated, esx4 connected; vm2 on no host; vm2: attempt 2 of 6 at \d\d:02:15$/,
	);
	await seconds(115);
	expect(await perform('look ha4')).toContain('vm2 on esx4');
	await perform('set cables esx3 in');
	await seconds(5);
	expect(await out('esx3', listed)).toBe('0\n');
});

test('VMotion carries a machine to another host while its guest works on', async () => {
	const before = await out('vm2', 'cat /proc/sys/kernel/random/boot_id');
	await perform('set place ha4 vm2 esx4');
	expect(await out('esx3', listed)).toBe('0\n');
	expect(await out('esx4', state)).toBe('getstate() = on\n');
	expect(await out('vm2', 'cat /proc/sys/kernel/random/boot_id')).toBe(before);
	await expect(perform('set place ha4 vm9 esx4')).rejects.toThrow('vm9 runs on no host of ha4');
});

test('with the response leaveOn a machine stays where it is, and nobody starts it a second time', async () => {
	await perform('set response ha4 leaveOn');
	await perform('set cables esx3 out');
	await seconds(600);
	expect(await perform('look ha4')).toContain('vm2 on esx3; vm2: attempt 4 of 6');
});
