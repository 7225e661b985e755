import {afterEach, describe, expect, test} from 'vitest';
import {openLinux, run} from '../linux/linux-lab.js';
import type {OpenRoom} from '../open-room.js';

/** Two servers, somebody else on their network, one group with what is written in braces, and monitors. */
const cluster = (resources: string, {monitors = '{}', more = ''} = {}) => `topology:
  hosts:
    ec1: { platform: linux, address: 172.31.255.11 }
    ec2: { platform: linux, address: 172.31.255.12 }
    else: { platform: linux, address: 172.31.255.30, power: off }
  clusters:
    ec:
      hosts: [ec1, ec2]
      heartbeat_timeout: 50s
      interconnects: [management]${more}
      groups: { fo: { resources: { ${resources} } } }
      monitors: ${monitors}
`;

let room: OpenRoom;
afterEach(() => room.stop());

const open = async (yaml: string) => {
	room = await openLinux(yaml);
};
const seconds = (count: number) => room.room.clock.sleep(count * 1000);
const secondsSince = (begun: number) => (room.room.clock.now() - begun) / 1000;
const out = async (host: string, script: string) => (await run(room, host, script)).out;
const perform = (...words: readonly string[]) => room.room.perform(words);
/** What the cluster has said on a server, each as `rc 32 Activating …`. */
const alerts = async (host: string, pattern = '.') =>
	(
		await out(
			host,
			`sed -n 's/.*<type: \\(.*\\)><event: \\(.*\\)> /\\1 \\2 /p' /var/log/messages | grep -E '${pattern}' || true`,
		)
	)
		.split('\n')
		.filter(line => line !== '');
/** Changes the configuration as a person does, the group stopped meanwhile; it runs on ec1 then. */
async function reconfigure(...calls: readonly string[]): Promise<void> {
	const edit = ['clpcfctrl --pull -l -x .', ...calls.map(call => `clpcfset ${call}`), 'clpcfctrl --push -l -x .'];
	const script = [
		'mkdir /tmp/conf',
		'cd /tmp/conf',
		'clpgrp -t fo',
		'clpcl --suspend',
		...edit,
		'clpcl --resume',
		'clpgrp -s fo -h ec1',
	];
	expect(await run(room, 'ec1', script.join(' && '))).toMatchObject({code: 0, err: ''});
}

describe('a start script', () => {
	const slow =
		'exec-a: { type: exec, start: "test ! -e /tmp/slow || sleep 100; echo done >> /tmp/log", stop: "exit 0", timeout: 20s }';

	test('that takes too long is killed, and its group goes where nobody has tried yet', async () => {
		await open(cluster(slow));
		await out('ec2', 'touch /tmp/slow');
		const begun = room.room.clock.now();
		expect(await run(room, 'ec1', 'clpgrp -m fo -a ec2')).toMatchObject({code: 1, err: 'Command failed.\n'});
		expect(secondsSince(begun)).toBeCloseTo(20, -0.5);
		expect([await perform('look', 'ec'), await out('ec1', 'cat /tmp/log')]).toEqual(['ec: fo on ec1', 'done\n']);
		expect(await alerts('ec2', '^rc (32|12|60)')).toEqual([
			'rc 32 Activating exec-a resource has failed.(99 : it took too long)',
			'rc 12 Activating fo group has failed.',
			'rc 60 Failover fo group has started.',
		]);

		await seconds(120);
		expect(await out('ec2', 'ls /tmp; ps | grep -c "[s]leep 100" || true')).toBe('slow\n0\n');
	});

	test('that fails everywhere leaves its group where it was tried last, until a person looks after it', async () => {
		await open(cluster(slow));
		for (const host of ['ec1', 'ec2']) {
			await out(host, 'touch /tmp/slow');
		}

		await run(room, 'ec1', 'clpgrp -m fo -a ec2');
		expect(await out('ec1', 'clpstat | grep -A2 "fo \\."')).toBe(
			'    fo ..............: Online Failure\n      current        : ec1\n      exec-a         : Online Failure\n',
		);
		expect(await run(room, 'ec1', 'rm /tmp/slow; clpgrp -s fo')).toMatchObject({code: 0});
		expect(await out('ec2', 'rm /tmp/slow; clpgrp -m fo')).toBe('Command succeeded.\n');
	});

	test('is tried again as often as the configuration says', async () => {
		await open(
			cluster(
				'exec-a: { type: exec, start: "echo try >> /tmp/tries; test $(grep -c try /tmp/tries) -ge 3", stop: "rm -f /tmp/tries" }',
			),
		);
		await reconfigure('add rscparam exec exec-a act/retry 2');

		expect([await out('ec1', 'wc -l < /tmp/tries'), await perform('look', 'ec')]).toEqual(['3\n', 'ec: fo on ec1']);
		expect(await alerts('ec1', '^rc (32|12)')).toEqual([]);
	});
});

describe('a stop script', () => {
	const stuck =
		'exec-a: { type: exec, start: "exit 0", stop: "test ! -e /tmp/stuck || sleep 1000", stop_timeout: 15s }';

	test('that takes too long shuts its server down, and the group fails over', async () => {
		await open(cluster(stuck));
		await out('ec1', 'touch /tmp/stuck');
		const begun = room.room.clock.now();
		await run(room, 'ec2', 'clpgrp -m fo -a ec2');
		expect(await perform('look', 'ec1')).toBe('ec1 is off');
		expect(secondsSince(begun)).toBeCloseTo(15, -0.5);
		await seconds(70);
		expect(await perform('look', 'ec')).toBe('ec: fo on ec2');

		await perform('power', 'on', 'ec1');
		await seconds(60);
		expect(await alerts('ec1', '^rc 42')).toEqual([
			'rc 42 Stopping exec-a resource has failed.(99 : it took too long)',
		]);
	});

	test('that fails where the configuration wants nothing done leaves the group as it is, and is run again when it is asked for again', async () => {
		await open(cluster('exec-a: { type: exec, start: "exit 0", stop: "test ! -e /tmp/bad" }'));
		await reconfigure('add rscparam exec exec-a deact/action 0');
		await out('ec1', 'touch /tmp/bad');

		expect(await run(room, 'ec1', 'clpgrp -t fo')).toMatchObject({code: 1, err: 'Command failed.\n'});
		expect(await out('ec2', 'clpstat | grep -A2 "fo \\."')).toBe(
			'    fo ..............: Offline Failure\n      current        : ec1\n      exec-a         : Offline Failure\n',
		);
		expect(await alerts('ec1', '^rc 22')).toEqual(['rc 22 Stopping fo group has failed.']);
		expect(await out('ec1', 'rm /tmp/bad; clpgrp -t fo')).toBe('Command succeeded.\n');
		expect(await perform('look', 'ec')).toBe('ec: fo on no server');
	});

	test('is run for what a group that could not be activated has left behind, when its server goes', async () => {
		await open(
			cluster(
				'exec-a: { type: exec, start: "exit 0", stop: "touch /tmp/stopped" }, exec-b: { type: exec, start: "test ! -e /tmp/bad", stop: "exit 0", after: [exec-a] }',
			),
		);
		for (const host of ['ec1', 'ec2']) {
			await out(host, 'touch /tmp/bad');
		}

		await run(room, 'ec1', 'clpgrp -m fo -a ec2; rm /tmp/stopped; clpcl -t');
		expect(await out('ec1', 'ls /tmp/stopped')).toBe('/tmp/stopped\n');
	});
});

test('a floating address that somebody else has keeps a group from starting, and is free when he is gone', async () => {
	await open(cluster('fip-a: { type: fip, address: 172.31.255.30 }'));
	await run(room, 'ec1', 'clpgrp -t fo');
	await perform('power', 'on', 'else');
	await seconds(40);

	expect(await run(room, 'ec1', 'clpgrp -s fo')).toMatchObject({code: 1, err: 'Command failed.\n'});
	expect(await out('ec1', 'clpstat | grep -E "current|fip"')).toBe(
		'      current        : ec2\n      fip-a          : Online Failure\n',
	);
	expect([...(await alerts('ec1', '^rc 32')), ...(await alerts('ec2', '^rc 32'))]).toEqual(
		Array(2).fill('rc 32 Activating fip-a resource has failed.(99 : IP address already exists)'),
	);
	expect(await out('ec2', 'ip addr | grep -c 172.31.255.30 || true')).toBe('0\n');

	await perform('set', 'cables', 'else', 'out');
	expect(await out('ec2', 'clpgrp -s fo; ip addr | grep -c 172.31.255.30')).toBe('Command succeeded.\n1\n');
});

describe('a custom monitor', () => {
	const exec = 'exec-a: { type: exec, start: "exit 0", stop: "exit 0" }';
	const monitor = (more: string) => ({
		monitors: `{ genw-a: { type: genw, script: "date +%s >> /tmp/looks; test ! -e /tmp/sick", target: exec-a, timing: active, interval: 10s, recovery: fo, ${more} } }`,
	});
	const state = (host: string) => out(host, 'clpstat | sed -n "s/.*genw-a *: //p"');

	test('looks for the first time when its first wait is over, and then at its interval', async () => {
		await open(cluster(exec, monitor('first_wait: 30s')));
		await run(room, 'ec1', 'clpgrp -t fo; rm -f /tmp/looks');
		expect(await state('ec1')).toBe('Offline\n');
		await run(room, 'ec1', 'clpgrp -s fo; date +%s > /tmp/online');
		await seconds(51);
		const [online = 0, ...looks] = (await out('ec1', 'cat /tmp/online /tmp/looks')).trim().split('\n').map(Number);
		expect(looks.map(each => Math.round((each - online) / 10))).toEqual([3, 4, 5]);
	});

	test('bears as many misses as it is told to, then acts, and says so when all is well again', async () => {
		await open(cluster(exec, monitor('retry: 2, restart: 0, failover: 0')));
		await out('ec1', 'touch /tmp/sick; rm /tmp/looks');
		await seconds(25);
		expect([await state('ec1'), (await alerts('ec1', '^rm 9')).length]).toEqual(['Normal\n', 0]);
		await seconds(10);
		expect(await state('ec1')).toBe('Error\n');
		await out('ec1', 'rm /tmp/sick');
		await seconds(15);
		expect(await alerts('ec1', '^rm (9|26)')).toEqual([
			'rm 9 Detected an error in monitoring genw-a. (1 : script ended with 1)',
			'rm 26 The status of genw-a was changed from error to normal.',
		]);
		expect(await perform('look', 'ec')).toBe('ec: fo on ec1');
	});

	test('that takes too long counts as an error', async () => {
		const {monitors} = monitor('timeout: 5s, failover: 0');
		await open(cluster(exec, {monitors: monitors.replace('test ! -e /tmp/sick', 'test ! -e /tmp/sick || sleep 60')}));
		await out('ec1', 'touch /tmp/sick');
		await seconds(20);
		expect(await alerts('ec1', '^rm 9')).toEqual(['rm 9 Detected an error in monitoring genw-a. (1 : timeout)']);
	});

	test('restarts, then fails over, then stops the group for good: each as often as configured, on each server', async () => {
		await open(cluster(exec, monitor('restart: 1, failover: 1, final: stop-group')));
		for (const host of ['ec1', 'ec2']) {
			await out(host, 'touch /tmp/sick');
		}

		await seconds(180);
		const acts = async (host: string) =>
			(await alerts(host, '^rm 1[24]|^rc 2[01]')).map(line => line.split(' ').slice(0, 2).join(' '));
		expect(await acts('ec1')).toEqual(['rm 12', 'rc 20', 'rc 21', 'rm 14', 'rc 20', 'rc 21', 'rc 20', 'rc 21']);
		expect(await acts('ec2')).toEqual(['rm 12', 'rc 20', 'rc 21', 'rm 14', 'rc 20', 'rc 21']);
		expect(await perform('look', 'ec')).toBe('ec: fo on no server');
		expect(await out('ec1', 'clpmonctrl -v -m genw-a')).toContain('restart 1 failover 1');
	});

	test.each([
		['stop-service', 'ec1 is on', 'ec: fo on ec2'],
		['shutdown', 'ec1 is off', 'ec: fo on ec2'],
		['reboot', 'ec1 is booting', 'ec: fo on no server'],
	] as const)('acts finally: %s', async (final, host, group) => {
		await open(cluster(exec, monitor(`failover: 0, final: ${final}`)));
		await out('ec1', 'touch /tmp/sick');
		await seconds(final === 'reboot' ? 15 : 80);
		expect(await perform('look', 'ec1')).toContain(host);
		expect(await perform('look', 'ec')).toBe(group);
	});

	test('pauses while the cluster is suspended, and nothing else begins either', async () => {
		await open(cluster(exec, monitor('retry: 0')));
		await run(room, 'ec1', 'clpcl --suspend; touch /tmp/sick; rm -f /tmp/looks');
		await seconds(60);
		expect([await state('ec1'), await run(room, 'ec1', 'test -e /tmp/looks')]).toMatchObject(['Suspend\n', {code: 1}]);
		await run(room, 'ec1', 'rm /tmp/sick; clpcl --resume');
		await seconds(2);
		expect([await state('ec1'), await out('ec1', 'wc -l < /tmp/looks'), await perform('look', 'ec')]).toEqual([
			'Normal\n',
			'1\n',
			'ec: fo on ec1',
		]);
	});
});

test('a monitor without a script sees what it is for: an address, a device, a mirror and its line', async () => {
	await open(`topology:
  hosts:
    ec1: { platform: linux, address: 172.31.255.11, networks: { mirror: 172.31.253.11 }, disks: { sdc: 10G } }
    ec2: { platform: linux, address: 172.31.255.12, networks: { mirror: 172.31.253.12 } }
    else: { platform: linux, address: 172.31.255.30 }
  clusters:
    ec:
      hosts: [ec1, ec2]
      heartbeat_timeout: 50s
      interconnects: [management]
      mirror_connect: mirror
      groups: { fo: { resources: { fip-a: { type: fip, address: 172.31.255.40 }, md-a: { type: md, disk: sdb } } } }
      monitors:
        fipw-a: { type: fipw, target: fip-a, interval: 10s }
        mdw-a: { type: mdw, target: md-a, interval: 10s }
        mdnw-a: { type: mdnw, target: md-a, interval: 10s }
        ipw-a: { type: ipw, address: 172.31.255.30, interval: 10s }
        diskw-a: { type: diskw, device: /dev/sdc1, interval: 10s }
`);
	const states = async (host: string) =>
		(await out(host, 'clpstat --local | sed -n "s/^    [a-z]*w-a *: //p"')).trim().replaceAll('\n', ' ');
	await seconds(15);
	expect(await states('ec1')).toBe('Normal Normal Normal Normal Error');
	expect(await states('ec2')).toBe('Offline Normal Normal Normal Error');

	await run(room, 'ec1', 'parted -s /dev/sdc mklabel msdos mkpart primary 0% 100%');
	await perform('set', 'cables', 'else', 'out');
	await perform('set', 'cable', 'ec2', 'ens224', 'out');
	await seconds(15);
	expect(await states('ec1')).toBe('Normal Normal Error Error Normal');
	await perform('set', 'cables', 'else', 'in');
	await perform('set', 'cable', 'ec2', 'ens224', 'in');
	await seconds(15);
	expect(await states('ec1')).toBe('Normal Caution Normal Normal Normal');
});

describe('a witness', () => {
	const witness = cluster('exec-a: { type: exec, start: "exit 0" }', {
		more: '\n      witness: 172.31.255.30:80',
	}).replace(', power: off', '');

	test('that nobody reaches any more with all heartbeats cut takes both servers down', async () => {
		await open(witness);
		await perform('set', 'cables', 'ec1', 'out');
		await perform('set', 'cables', 'ec2', 'out');
		await seconds(60);
		expect([await perform('look', 'ec1'), await perform('look', 'ec2')]).toEqual(['ec1 is off', 'ec2 is off']);
	});

	test('alone away changes nothing, and is shown', async () => {
		await open(witness);
		await perform('power', 'off', 'else');
		await seconds(120);
		expect(await perform('look', 'ec')).toBe('ec: fo on ec1');
		expect(await out('ec1', 'clpstat | grep -A3 "[*]ec1"')).toBe(`   *ec1 .............: Online
      lankhb1        : Normal           Kernel Mode LAN Heartbeat
      witnesshb1     : Normal           Witness Heartbeat
      httpnp1        : Error            http resolution
`);
	});

	test('keeps the heartbeat where the servers do not hear each other themselves', async () => {
		await open(`topology:
  hosts:
    ec1: { platform: linux, address: 172.31.255.11, networks: { hb: 172.31.250.11 } }
    ec2: { platform: linux, address: 172.31.255.12, networks: { hb: 172.31.250.12 } }
    else: { platform: linux, address: 172.31.255.30 }
  clusters:
    ec: { hosts: [ec1, ec2], heartbeat_timeout: 50s, interconnects: [hb], witness: "172.31.255.30:80", groups: [fo] }
`);
		await perform('set', 'cable', 'ec2', 'ens224', 'out');
		await seconds(120);
		expect(await perform('look', 'ec')).toBe('ec: fo on ec1');
		expect(await out('ec1', 'clpstat | grep -A2 "  ec2"')).toBe(`    ec2 .............: Online
      lankhb1        : Error            Kernel Mode LAN Heartbeat
      witnesshb1     : Normal           Witness Heartbeat
`);
	});

	test('that is not reached keeps a server from coming back alone; once the network is there, it comes', async () => {
		await open(witness);
		await perform('set', 'cables', 'ec1', 'out');
		await seconds(80);
		expect(await perform('look', 'ec')).toBe('ec: fo on ec2');
		await perform('power', 'on', 'ec1');
		await seconds(400);
		await perform('set', 'cables', 'ec1', 'in');
		expect(await run(room, 'ec1', 'systemctl is-active clusterpro')).toMatchObject({out: 'inactive\n'});
		expect(await alerts('ec1', 'not started')).toEqual([
			'nm 30 Network partition was detected. The cluster service is not started.',
		]);

		expect(await out('ec2', 'clpcl -s -h ec1')).toBe('Start ec1 : Command succeeded.\n');
		await seconds(15);
		expect(await out('ec2', 'clpstat | grep "  ec1"')).toBe('    ec1 .............: Online\n');
	});
});

describe('a world that is saved and brought back', () => {
	const resources =
		'fip-a: { type: fip, address: 172.31.255.40 }, md-a: { type: md, disk: sdb, after: [fip-a] }, exec-a: { type: exec, start: "echo begun >> /tmp/log; sleep 30; echo done >> /tmp/log", stop: "exit 0", timeout: 60s, after: [md-a] }';
	const again = async (yaml: string) => {
		await room.room.save();
		const saved = structuredClone(room.saved());
		await room.stop();
		room = await openLinux(yaml, {from: {kind: 'saved', saved}});
	};
	/** What ec2 says of a failover, of the script's 30 s, and of the mirror's recovery, with the times since the power cut. */
	async function story(pauses: readonly number[]): Promise<readonly string[]> {
		const yaml = cluster(resources);
		await open(yaml);
		const begun = room.room.clock.now();
		await perform('power', 'off', 'ec1');
		for (const [index, at] of [...pauses, 100].entries()) {
			await seconds(at - secondsSince(begun));
			if (index < pauses.length) {
				await again(yaml);
			}
		}

		await perform('power', 'on', 'ec1');
		await seconds(100);
		if (pauses.length > 0) {
			await again(yaml);
		}

		await seconds(120);
		const lines = (await out('ec2', 'grep clusterpro: /var/log/messages')).trim().split('\n');
		return lines;
	}

	test('goes on exactly where it was: in the time-out, in a failover, in a mirror recovery', async () => {
		const straight = await story([]);
		await room.stop();
		expect(straight.join('\n')).toMatch(/event: 2>.*event: 11>.*event: 17>.*event: 6>/s);

		expect(await story([20, 49, 52, 55])).toEqual(straight);
	});

	test('begins a script anew that was running, once, and lets it have what is left of its time', async () => {
		const yaml = cluster(resources);
		await open(yaml);
		await perform('power', 'off', 'ec1');
		await seconds(50 + 10 + 15);
		expect(await out('ec2', 'cat /tmp/log')).toBe('begun\n');
		await again(yaml);
		await seconds(20);
		expect(await out('ec2', 'cat /tmp/log; clpstat | grep exec-a')).toBe(
			'begun\nbegun\n      exec-a         : Online Pending\n',
		);
		await seconds(11);
		expect(await out('ec2', 'cat /tmp/log; clpstat | grep exec-a')).toBe(
			'begun\nbegun\ndone\n      exec-a         : Online\n',
		);
		await again(yaml);
		await seconds(60);
		expect(await out('ec2', 'grep -c begun /tmp/log')).toBe('2\n');
	});
});
