import {afterEach, describe, expect, test} from 'vitest';
import {topologyOf} from '../../../src/lab/world/topologies.js';
import {openLinux, run} from '../linux/linux-lab.js';
import type {OpenRoom} from '../open-room.js';

let room: OpenRoom;
afterEach(() => room.stop());

async function open(): Promise<void> {
	const topology = topologyOf('vsphere-ha');
	if (topology === undefined) {
		throw new Error('There is no topology vsphere-ha');
	}

	room = await openLinux('', {topology});
}

const seconds = (count: number) => room.room.clock.sleep(count * 1000);
const out = async (host: string, script: string) => (await run(room, host, script)).out;
const perform = (words: string) => room.room.perform(words.split(' '));
const folder = '/vmfs/volumes/ha-ds1/.vSphere-HA/FDM-*';

describe('a host of a vSphere HA cluster', () => {
	test('shows its agent, its files and its connections', async () => {
		await open();
		expect(await out('esxi1', '/etc/init.d/vmware-fdm status')).toBe('vmware-fdm is running\n');
		expect(await out('esxi1', "ps | grep -c '[f]dm/fdm'")).toBe('1\n');
		expect(await out('esxi1', 'esxcli software vib list | grep -c vmware-fdm')).toBe('1\n');
		expect(await out('esxi1', 'ls /etc/opt/vmware/fdm')).toBe(
			'clusterconfig\ncompatlist\nfdm.cfg\nhostlist\nvmmetadata\n',
		);
		expect(await out('esxi1', "/opt/vmware/fdm/fdm/prettyPrint.sh hostlist | grep '^      <hostId>' | head -n 1")).toBe(
			'      <hostId>host-99</hostId>\n',
		);
		expect(await out('esxi1', "esxcli network ip connection list | grep -c ':8182 .*ESTABLISHED'")).toBe('3\n');
		expect(await out('esxi2', "esxcli network ip connection list | grep -c ':8182 .*ESTABLISHED'")).toBe('1\n');
		expect(await out('esxi2', 'tail -n 1 /var/log/fdm.log')).toMatch(
			/^2026-01-15T09:00:00\.000Z info fdm\[\d+\] \[Originator@6876 sub=Cluster opID=SWI-\w+\] \[ClusterManagerImpl::LogState\] hostId=host-100 state=Slave master=host-99 isolated=false /,
		);
	});

	test('finds on its datastores what every host has written there', async () => {
		await open();
		expect(await out('esxi4', `cd ${folder} && ls | grep -v proton`)).toBe(
			['host-100', 'host-28', 'host-31', 'host-99']
				.map(id => `${id}-hb\n${id}-poweron\n`)
				.join('')
				.concat('protectedlist\n'),
		);
		expect(await out('esxi4', `head -n 1 ${folder}/host-100-poweron`)).toBe('0\n');
		expect(await out('esxi4', `vmkfstools -D ${folder}/protectedlist | grep -o 'owner .* mtime'`)).toMatch(
			/-00005e005310 mtime\n$/,
		);
		await run(room, 'esxi3', 'echo hello >/vmfs/volumes/ha-ds2/note');
		expect(await out('esxi4', 'cat /vmfs/volumes/ha-ds2/note')).toBe('hello\n');
	});

	test('that shows a purple screen is dead until its power was away', async () => {
		await open();
		await run(room, 'esxi2', 'vsish -e set /reliability/crashMe/Panic 1').catch(() => undefined);
		await seconds(600);
		expect(await perform('look ha')).toContain('esxi2 hostDown');
		expect(await perform('look ha')).toContain('ha-test on esxi');
		expect(await perform('power on esxi2')).toBe('ESXi#2 was on already');
		await perform('power off esxi2');
		await perform('power on esxi2');
		await seconds(260);
		expect(await perform('look ha')).toContain('esxi2 connectedToMaster');
	});
});

describe('an agent', () => {
	test('that is killed is started again by its watchdog, as another process', async () => {
		await open();
		const pid = await out('esxi2', "ps | awk '/[f]dm.fdm/ {print $1}'");
		await run(room, 'esxi2', `kill -9 ${pid}`);
		await seconds(20);
		const after = await out('esxi2', "ps | awk '/[f]dm.fdm/ {print $1}'");
		expect(after).not.toBe(pid);
		expect(after).toMatch(/^\d+\n$/);
		expect(await perform('look ha')).toContain('esxi2 connectedToMaster');
	});

	test('that is stopped by hand stays stopped', async () => {
		await open();
		await run(room, 'esxi2', '/etc/init.d/vmware-fdm stop');
		await seconds(60);
		expect(await run(room, 'esxi2', '/etc/init.d/vmware-fdm status')).toMatchObject({code: 3});
		expect(await perform('look ha')).toContain('esxi2 fdmUnreachable');
		await run(room, 'esxi2', '/etc/init.d/vmware-fdm start');
		await seconds(10);
		expect(await perform('look ha')).toContain('esxi2 connectedToMaster');
	});
});

describe('hands', () => {
	test('split a switch, and heal it', async () => {
		await open();
		await perform('set partition ha esxi1,esxi2 | esxi3,esxi4');
		await seconds(40);
		expect(await perform('look ha')).toMatch(/esxi3 networkPartitionedFromMaster, esxi4 networkPartitionedFromMaster/);
		await perform('set partition ha healed');
		await seconds(1);
		expect(await perform('look ha')).toMatch(/esxi3 connectedToMaster, esxi4 connectedToMaster/);
	});

	test('change no setting while vCenter is down', async () => {
		await open();
		await perform('set vcenter ha down');
		await expect(perform('set response ha leaveOn')).rejects.toThrow('Nobody can change ha: vCenter is down');
	});

	test.each([
		['set partition ha esxi1', 'Write it so: set partition NAME HOST,HOST… | HOST,HOST…'],
		['set guest ha ha-test asleep', 'Write it so: set guest NAME VM crashed|toolsStopped|well'],
		['set paths san esxi1', 'Write for which host'],
		['set paths san esxi9 out', 'esxi9 is not wired to san'],
		['set place ha nosuch esxi1', 'There is no nosuch in ha'],
	])('%s is refused', async (words, message) => {
		await open();
		await expect(perform(words)).rejects.toThrow(message);
	});
});
