import {afterEach, describe, expect, test} from 'vitest';
import {openLinux, run} from '../linux/linux-lab.js';
import type {OpenRoom} from '../open-room.js';

const yaml = `topology:
  hosts:
    esxi1: { platform: esxi, address: 172.31.255.2 }
    esxi2: { platform: esxi, address: 172.31.255.3 }
    ec1: { platform: linux, address: 172.31.255.11, networks: { iscsi: 172.31.254.11 }, runs_on: esxi1, autostart: true }
    ec2: { platform: linux, address: 172.31.255.12, networks: { iscsi: 172.31.254.12 }, runs_on: esxi2, autostart: true }
  clusters:
    ec:
      hosts: [ec1, ec2]
      heartbeat_timeout: 50s
      groups:
        failover-vm: { resources: [fip-iscsi, exec-vm1], floating_ip: 172.31.254.10 }
`;

let room: OpenRoom;
afterEach(() => room.stop());

const seconds = (count: number) => room.room.clock.sleep(count * 1000);
const out = async (host: string, script: string) => (await run(room, host, script)).out;
const current = (host: string) => out(host, 'clpgrp -n failover-vm || true');
/** Seconds of world time until the group is Online as `host` sees it. */
async function untilOnline(host: string, on: string): Promise<number> {
	const begun = room.room.clock.now();
	const wanted = `current        : ${on}\n`;
	while (!(await out(host, 'clpstat')).includes(`failover-vm .....: Online\n      ${wanted}`)) {
		await seconds(1);
		if (room.room.clock.now() - begun > 600_000) {
			throw new Error(await out(host, 'clpstat'));
		}
	}

	return (room.room.clock.now() - begun) / 1000;
}

describe('clpstat', () => {
	test('shows the cluster as the notes on the domain have it', async () => {
		room = await openLinux(yaml);

		expect(await out('ec1', 'clpstat')).toBe(` ========================  CLUSTER STATUS  ===========================
  Cluster : ec
  <server>
   *ec1 .............: Online
      lankhb1        : Normal           Kernel Mode LAN Heartbeat
    ec2 .............: Online
      lankhb1        : Normal           Kernel Mode LAN Heartbeat
  <group>
    failover-vm .....: Online
      current        : ec1
      fip-iscsi      : Online
      exec-vm1       : Online
  <monitor>
    userw            : Normal
 =====================================================================
`);
		expect(await out('ec2', 'clpstat -g | tail -3')).toBe(`    ec1 [o] : failover-vm[o] 
    ec2 [o] : 
 =====================================================================
`);
	});

	test('is root’s', async () => {
		room = await openLinux(yaml.replace('runs_on: esxi1', 'runs_on: esxi1, user: admin'));

		expect(await run(room, 'ec1', 'clpstat')).toMatchObject({code: 1, err: 'Log in as root.\n'});
	});
});

describe('a group', () => {
	test('is moved, and its address goes along', async () => {
		room = await openLinux(yaml);
		expect(await current('ec2')).toBe('ec1\n');
		expect((await run(room, 'ec2', 'ip addr | grep -c 172.31.254.10/')).out).toBe('0\n');

		const begun = room.room.clock.now();
		expect(await out('ec1', 'clpgrp -m failover-vm -a ec2')).toBe('Command succeeded.\n');
		expect((room.room.clock.now() - begun) / 1000).toBeCloseTo(15, 0);
		expect(await current('ec1')).toBe('ec2\n');
		expect(await out('ec2', 'ip addr | grep -c 172.31.254.10/')).toBe('1\n');
		expect((await run(room, 'esxi1', 'vmkping -c 1 172.31.254.10')).code).toBe(0);
	});

	test('that a person has stopped stays stopped, until he starts it', async () => {
		room = await openLinux(yaml);
		expect(await out('ec2', 'clpgrp -t failover-vm')).toBe('Command succeeded.\n');
		await seconds(120);
		expect(await run(room, 'ec1', 'clpgrp -n failover-vm')).toMatchObject({code: 1, out: ''});
		expect((await run(room, 'esxi1', 'vmkping -c 1 172.31.254.10')).code).toBe(1);

		expect(await out('ec2', 'clpgrp -s failover-vm')).toBe('Command succeeded.\n');
		expect(await current('ec1')).toBe('ec2\n');
	});

	test.each([
		['clpgrp -m failover-wm', 'Invalid group name.'],
		['clpgrp -m failover-vm -a ec3', 'Invalid server name.'],
		['clpgrp -m failover-vm -a ec1', 'Invalid server status.'],
		['clpcl --resume', 'Invalid server status.'],
		['clprsc -t nosuch', 'Invalid resource name.'],
	])('%s is refused', async (line, message) => {
		room = await openLinux(yaml);

		expect(await run(room, 'ec1', line)).toMatchObject({code: 1, err: `${message}\n`});
	});

	test('a resource can be stopped alone', async () => {
		room = await openLinux(yaml);
		await run(room, 'ec1', 'clprsc -t exec-vm1');

		expect(await out('ec2', 'clpstat | grep exec-vm1')).toBe('      exec-vm1       : Offline\n');
		expect(await out('ec1', 'clprsc -s exec-vm1 >/dev/null; clpstat | grep exec-vm1')).toBe(
			'      exec-vm1       : Online\n',
		);
	});
});

describe('a failover', () => {
	test('begins when the active host has been silent for the heartbeat time-out, and takes 5 to 15 s more', async () => {
		room = await openLinux(yaml);
		await room.room.perform(['power', 'off', 'esxi1']);
		await seconds(45);
		expect(await out('ec2', 'clpstat | grep -A1 "ec1 \\."')).toBe(
			'    ec1 .............: Online\n      lankhb1        : Error            Kernel Mode LAN Heartbeat\n',
		);

		const took = 45 + (await untilOnline('ec2', 'ec2'));
		expect(took).toBeGreaterThanOrEqual(55);
		expect(took).toBeLessThanOrEqual(65);
		expect(await out('ec2', 'clpstat | grep -A1 "ec1 \\."')).toBe(
			'    ec1 .............: Offline\n      lankhb1        : Offline          Kernel Mode LAN Heartbeat\n',
		);
	});

	test('does not come back by itself when the host does', async () => {
		room = await openLinux(yaml);
		await room.room.perform(['power', 'off', 'esxi1']);
		await untilOnline('ec2', 'ec2');
		await room.room.perform(['power', 'on', 'esxi1']);
		await seconds(240 + 30 + 11);

		expect(await out('ec1', 'clpstat | grep -c ": Online$"')).toBe('5\n');
		expect(await current('ec1')).toBe('ec2\n');
		expect(await out('ec1', 'clpgrp -m failover-vm -a ec1')).toBe('Command succeeded.\n');
	});

	test('is not waited for where a host leaves in order', async () => {
		room = await openLinux(yaml);
		await run(room, 'ec1', 'shutdown -h now');

		expect(await untilOnline('ec2', 'ec2')).toBeLessThanOrEqual(12);
	});

	test('does not happen while the cluster is suspended', async () => {
		room = await openLinux(yaml);
		expect(await out('ec2', 'clpcl --suspend')).toBe(
			'Suspend ec1 : Command succeeded.\nSuspend ec2 : Command succeeded.\n',
		);
		await room.room.perform(['power', 'off', 'esxi1']);
		await seconds(120);
		expect(await out('ec2', 'clpstat | grep current')).toBe('      current        : None\n');

		await run(room, 'ec2', 'clpcl --resume');
		expect(await untilOnline('ec2', 'ec2')).toBeLessThanOrEqual(12);
	});

	test('of a cut network makes both active; when they meet again, the second one goes', async () => {
		room = await openLinux(yaml);
		await room.room.perform(['set', 'cables', 'esxi2', 'out']);
		await seconds(70);
		expect(await current('ec1')).toBe('ec1\n');
		expect(await room.room.perform(['look', 'ec'])).toBe('ec: failover-vm on ec1 and ec2');

		await room.room.perform(['set', 'cables', 'esxi2', 'in']);
		await seconds(1);
		expect(await room.room.perform(['look', 'ec2'])).toBe('ec2 is off');
		expect(await room.room.perform(['look', 'ec'])).toBe('ec: failover-vm on ec1');
	});

	test('of both hosts ends where the first one starts the group', async () => {
		room = await openLinux(yaml);
		await room.room.perform(['power', 'off', 'esxi1']);
		await room.room.perform(['power', 'off', 'esxi2']);
		await room.room.perform(['power', 'on', 'esxi1']);
		await room.room.perform(['power', 'on', 'esxi2']);
		await seconds(240 + 30 + 11);

		expect(await untilOnline('ec1', 'ec1')).toBeLessThanOrEqual(12);
	});
});

describe('a mirror disk', () => {
	const mirrored = yaml.replace('[fip-iscsi, exec-vm1]', '[fip-iscsi, md-iscsi, exec-vm1], mirror: md-iscsi');
	const colours = async (host: string) =>
		/Mirror Color +(.*)/.exec(await out(host, 'clpmdstat -m md-iscsi'))?.[1]?.split(/ +/);

	test('is green on both sides', async () => {
		room = await openLinux(mirrored);

		expect(await out('ec2', 'clpmdstat -l')).toBe('<md-iscsi>\n');
		expect(await out('ec2', 'clpmdstat -m md-iscsi')).toBe(` Mirror Status: Normal

 md-iscsi             ec2                  ec1
 ------------------------------------------------------------
 Mirror Color         GREEN                GREEN
`);
	});

	test('grows old where a server is away, and is copied when it is back; until then nothing moves there', async () => {
		room = await openLinux(mirrored);
		await room.room.perform(['power', 'off', 'esxi1']);
		await untilOnline('ec2', 'ec2');
		expect(await colours('ec2')).toEqual(['GREEN', 'GRAY']);

		await room.room.perform(['power', 'on', 'esxi1']);
		await seconds(240 + 30 + 11);
		expect(await colours('ec2')).toEqual(['YELLOW', 'YELLOW']);
		expect(await out('ec1', 'clpmdstat -m md-iscsi | grep Direction')).toBe(' Direction:           ec2 -> ec1\n');
		expect(await run(room, 'ec2', 'clpgrp -m failover-vm -a ec1')).toMatchObject({
			code: 1,
			err: 'Server ec1 is not in a condition to start group failover-vm.\n',
		});

		await seconds(120);
		expect(await colours('ec1')).toEqual(['GREEN', 'GREEN']);
		expect(await out('ec2', 'clpgrp -m failover-vm -a ec1')).toBe('Command succeeded.\n');
	});

	test('keeps a group from starting where its data are old', async () => {
		room = await openLinux(mirrored);
		await room.room.perform(['power', 'off', 'esxi1']);
		await untilOnline('ec2', 'ec2');
		await room.room.perform(['power', 'off', 'esxi2']);
		await room.room.perform(['power', 'on', 'esxi1']);
		await seconds(600);
		expect(await colours('ec1')).toEqual(['RED', 'GRAY']);
		expect(await out('ec1', 'clpstat | grep current')).toBe('      current        : None\n');

		await room.room.perform(['power', 'on', 'esxi2']);
		await seconds(240);
		expect(await untilOnline('ec1', 'ec2')).toBeLessThanOrEqual(60);
	});
});

describe('a protected virtual machine', () => {
	const withVm = yaml.replace(
		'  clusters:',
		'    vm1: { platform: linux, address: 172.31.255.21, protected_by: failover-vm }\n  clusters:',
	);
	const inventory = async (host: string) => out(host, 'vim-cmd vmsvc/getallvms | tail -n +2 | cut -c8-10');

	test('goes with its group: stopped here, started there', async () => {
		room = await openLinux(withVm);
		expect([await inventory('esxi1'), await inventory('esxi2')]).toEqual(['ec1\nvm1\n', 'ec2\n']);

		await run(room, 'ec1', 'touch /etc/mine');
		await run(room, 'vm1', 'touch /etc/kept');
		await run(room, 'ec1', 'clpgrp -m failover-vm');
		expect([await inventory('esxi1'), await inventory('esxi2')]).toEqual(['ec1\n', 'ec2\nvm1\n']);

		await seconds(30);
		expect(await out('vm1', 'ls /etc/kept')).toBe('/etc/kept\n');
	});

	test('comes up on the other host after a power cut', async () => {
		room = await openLinux(withVm);
		await room.room.perform(['power', 'off', 'esxi1']);
		await seconds(50 + 10 + 30);

		expect(await out('esxi2', 'vim-cmd vmsvc/power.getstate 2')).toContain('Powered on');
		expect(await out('vm1', 'hostname')).toBe('vm1\n');
	});

	test('is off while its group is', async () => {
		room = await openLinux(withVm);
		await run(room, 'ec1', 'clpgrp -t failover-vm');
		expect(await room.room.perform(['look', 'vm1'])).toBe('vm1 is off');

		await run(room, 'ec1', 'clpgrp -s failover-vm');
		expect(await room.room.perform(['look', 'vm1'])).toBe('vm1 is booting');
	});
});

describe('the cluster service', () => {
	test('can be stopped and started: clpcl, systemctl', async () => {
		room = await openLinux(yaml);
		expect(await out('ec1', 'clpcl -t -h ec2')).toBe('Stop ec2 : Command succeeded.\n');
		expect(await out('ec2', 'systemctl is-active clusterpro || clpstat | grep -c Offline')).toBe('inactive\n8\n');
		expect(await out('ec1', 'clpstat | grep "ec2 \\."')).toBe('    ec2 .............: Offline\n');

		await run(room, 'ec2', 'systemctl start clusterpro');
		await seconds(11);
		expect(await out('ec1', 'clpstat | grep "ec2 \\."')).toBe('    ec2 .............: Online\n');
	});

	test('is saved with the world, in the middle of a failover too', async () => {
		room = await openLinux(yaml);
		await room.room.perform(['power', 'off', 'esxi1']);
		await seconds(52);
		await out('ec2', ':');
		const saved = structuredClone(room.saved());
		await room.stop();

		room = await openLinux(yaml, {from: {kind: 'saved', saved}});
		expect(await out('ec2', 'clpstat | grep -A1 failover-vm')).toBe(
			'    failover-vm .....: Online Pending\n      current        : ec2\n',
		);
		expect(await untilOnline('ec2', 'ec2')).toBeLessThanOrEqual(10);
	});
});
