import {afterEach, describe, expect, test} from 'vitest';
import {openLinux, run} from '../linux/linux-lab.js';
import type {OpenRoom} from '../open-room.js';

const yaml = `topology:
  hosts:
    ec1: { platform: linux, address: 172.31.255.11, networks: { mirror: 172.31.253.11 } }
    ec2: { platform: linux, address: 172.31.255.12, networks: { mirror: 172.31.253.12 } }
    out: { platform: linux, address: 172.31.255.20, files: { /root/expresscls-4.3.0-1.x86_64.rpm: "" } }
  clusters:
    ec:
      hosts: [ec1, ec2]
      heartbeat_timeout: 50s
      interconnects: [management, mirror]
      mirror_connect: mirror
      groups:
        fo:
          resources:
            fip-a: { type: fip, address: 172.31.255.30 }
            md-a: { type: md, disk: sdb, after: [fip-a] }
            exec-a: { type: exec, start: "echo a start >> /tmp/log", stop: "echo a stop >> /tmp/log", after: [md-a] }
            exec-b: { type: exec, start: "echo b start >> /tmp/log", stop: "echo b stop >> /tmp/log", after: [exec-a] }
        other: { current: ec2, resources: { exec-o: { type: exec, start: "exit 0", stop: "exit 0" } } }
      monitors:
        genw-a: { type: genw, script: "test ! -e /tmp/sick", target: exec-a, timing: active, interval: 10s }
`;

let room: OpenRoom;
afterEach(() => room.stop());

const seconds = (count: number) => room.room.clock.sleep(count * 1000);
const out = async (host: string, script: string) => (await run(room, host, script)).out;
const perform = (...words: readonly string[]) => room.room.perform(words);
const open = async () => {
	room = await openLinux(yaml);
};
/** What each line says on standard error; each ends with 1 and prints nothing else. */
async function refusals(host: string, lines: readonly string[]): Promise<Readonly<Record<string, string>>> {
	const said: Record<string, string> = {};
	for (const line of lines) {
		const {code, err, out: printed} = await run(room, host, line);
		said[line] = code === 1 && printed === '' ? err.trimEnd() : `${code}: ${printed}${err}`;
	}

	return said;
}

const invalid = 'Invalid option.';

test('an option that a command does not know is refused, and so is a command line that asks for nothing', async () => {
	await open();
	const lines = [
		'clpstat -z',
		'clpstat -f',
		'clpstat ec1 ec2',
		'clpgrp',
		'clpgrp fo',
		'clpgrp -s fo other',
		'clprsc exec-a',
		'clprsc -s',
		'clpcl',
		'clpcl -s ec1',
		'clpcl -s -h',
		'clpdown now',
		'clpstdn -h ec2',
		'clpmdstat',
		'clpmdstat -m',
		'clpmdctrl md-a',
		'clpmdctrl -f',
		'clpmdctrl --rwait md-a -timeout soon',
		'clpmonctrl',
		'clpmonctrl -m genw-a',
		'clpcfctrl -x /tmp',
		'clplcnsc',
		'clpfwctrl',
		'clplogcmd -l INFO',
		'clplogcmd -m two words',
		'clplogcmd -m text -l LOUD',
		'clplogcc now',
		'clptrnreq -t GRP_STOP -r exec-a -h 172.31.255.11',
		'clptrnreq -t GRP_FAILOVER -h 172.31.255.11',
		'clprexec --script a.sh',
		'clprexec --script a.sh --failover fo -h 172.31.255.11',
		'clprexec fo -h 172.31.255.11',
	];
	expect(await refusals('ec1', lines)).toEqual(Object.fromEntries(lines.map(line => [line, invalid])));
});

test('a host with the software and without a cluster says so', async () => {
	await open();
	await run(room, 'out', 'rpm -ivh /root/expresscls-4.3.0-1.x86_64.rpm');
	const lines = [
		...['clpstat', 'clpgrp -n fo', 'clprsc -s exec-a', 'clpcl -s', 'clpdown', 'clpstdn'],
		...['clpmdstat -l', 'clpmdctrl -f md-a', 'clpmonctrl -s'],
	];
	expect(await refusals('out', lines)).toEqual(
		Object.fromEntries(lines.map(line => [line, 'The cluster is not created.'])),
	);
});

describe('clpstat', () => {
	test('shows the wide form, itself alone, and what another server knows', async () => {
		await open();
		expect(await out('ec1', 'clpstat --long | grep -E "ec2 |genw"')).toBe(
			`    ec2 .............................: Online\n    genw-a                           : Normal\n`,
		);
		expect(await out('ec1', 'clpstat -s | md5sum; clpstat | md5sum | cat')).toMatch(/^(.+)\n\1\n$/);
		expect(await out('ec2', 'clpstat --local | grep -E "  ec|[*]ec|fo|exec-|genw"')).toBe(
			`   *ec2 .............: Online
    fo ..............: Offline
      exec-a         : Offline
      exec-b         : Offline
      exec-o         : Online
    genw-a           : Offline
`,
		);
		expect(await out('ec1', 'clpstat -h ec2 | grep "\\*"; clpstat -h 172.31.255.12 | grep "\\*"')).toBe(
			'   *ec2 .............: Online\n'.repeat(2),
		);
	});

	test('maps groups, monitors and heartbeats', async () => {
		await open();
		await perform('set', 'cable', 'ec2', 'ens224', 'out');
		expect(await out('ec1', 'clpstat -g | grep "\\["')).toBe('    ec1 [o] : fo[o] \n    ec2 [o] : other[o] \n');
		expect(await out('ec1', 'clpstat -m | grep -A1 genw')).toBe(
			'  genw-a          : Normal\n    server0: Normal   server1: Offline\n',
		);
		expect(await out('ec1', 'clpstat -n')).toBe(` ====================  HEARTBEAT RESOURCE STATUS  ====================
  Cluster : ec
   *server0 : ec1
    server1 : ec2
    HB0 : lankhb1
    HB1 : lankhb2

   [on server0]
          HB 0 1
     server0 : o o
     server1 : o x

   [on server1]
          HB 0 1
     server0 : o x
     server1 : o o
 =====================================================================
`);
	});

	test('tells of one thing or of all of a kind, and refuses what is not there', async () => {
		await open();
		expect(
			await out('ec1', 'clpstat --hb lankhb1'),
		).toBe(` =======================  CLUSTER INFORMATION  =======================
[HB0 : lankhb1]
  Type                                                   : lankhb
  Comment                                                : Kernel Mode LAN Heartbeat
 =====================================================================
`);
		expect(
			await out('ec1', 'for of in cl sv hb fnc svg grp rsc mon; do clpstat --$of | grep -c "^\\[" || true; done'),
		).toBe('1\n2\n2\n0\n0\n2\n5\n2\n');
		expect(await out('ec1', 'clpstat --rsc md-a --detail | grep -E "Depends|dppath"')).toMatch(
			/Depends on +: fip-a\n +parameters\/diskdev\/dppath +: \/dev\/sdb2\n/,
		);
		expect(await out('ec1', 'clpstat -i | grep -c "^\\["')).toBe('14\n');
		expect(await refusals('ec1', ['clpstat --mon genw-b', 'clpstat -h ec3'])).toEqual({
			'clpstat --mon genw-b': 'Invalid resource name.',
			'clpstat -h ec3': 'Invalid server name.',
		});

		await perform('power', 'off', 'ec2');
		expect(await refusals('ec1', ['clpstat -h ec2'])).toEqual({'clpstat -h ec2': 'Server ec2 cannot be reached.'});
	});
});

describe('clpgrp', () => {
	test('says where a group is, and refuses what cannot be', async () => {
		await open();
		expect(await out('ec2', 'clpgrp -n fo')).toBe('ec1\n');
		expect(
			await refusals('ec1', [
				'clpgrp -n nosuch',
				'clpgrp -s fo -h ec3',
				'clpgrp -s fo -h ec2',
				'clpgrp -t fo -h ec2',
				'clpgrp -m fo -h ec2 -a ec1',
				'clpgrp -m fo -a ec1',
				'clpgrp -s',
			]),
		).toEqual({
			'clpgrp -n nosuch': 'Invalid group name.',
			'clpgrp -s fo -h ec3': 'Invalid server name.',
			'clpgrp -s fo -h ec2': 'Group is started on another server.',
			'clpgrp -t fo -h ec2': 'Group is not started.',
			'clpgrp -m fo -h ec2 -a ec1': 'Group is not started.',
			'clpgrp -m fo -a ec1': 'Invalid server status.',
			'clpgrp -s': 'Group is started already.',
		});

		await run(room, 'ec1', 'clpgrp -t fo');
		expect(await refusals('ec1', ['clpgrp -t fo', 'clpgrp -m fo', 'clpgrp -n fo'])).toEqual({
			'clpgrp -t fo': 'Group is not started.',
			'clpgrp -m fo': 'Group is not started.',
			'clpgrp -n fo': 'Group is not started.',
		});
		await run(room, 'ec1', 'clpcl --suspend');
		expect(await refusals('ec1', ['clpgrp -s fo', 'clpgrp -m other'])).toEqual({
			'clpgrp -s fo': 'The cluster is suspended.',
			'clpgrp -m other': 'The cluster is suspended.',
		});
		await run(room, 'ec1', 'clpcl --resume; clpcl -t');
		expect(await refusals('ec1', ['clpgrp -n other'])).toEqual({'clpgrp -n other': 'The cluster is not started.'});
	});

	test('without a name stops all that is started, and starts all that is not', async () => {
		await open();
		await run(room, 'ec1', 'clpgrp -t fo');
		expect(await run(room, 'ec1', 'clpgrp -t')).toMatchObject({code: 0, out: 'Command succeeded.\n'});
		expect(await perform('look', 'ec')).toBe('ec: fo on no server; other on no server');

		expect(await run(room, 'ec1', 'clpgrp -s')).toMatchObject({code: 0, out: 'Command succeeded.\n'.repeat(2)});
		expect(await perform('look', 'ec')).toBe('ec: fo on ec1; other on ec1');
	});

	test('starts resources in the order of their dependencies, and stops them the other way', async () => {
		await open();
		await run(room, 'ec1', 'clpgrp -m fo -h ec1 -a ec2');
		expect([await out('ec1', 'cat /tmp/log'), await out('ec2', 'cat /tmp/log')]).toEqual([
			'b stop\na stop\n',
			'a start\nb start\n',
		]);
		const order = (word: string) =>
			`grep -o "${word} [a-z0-9-]* resource has completed" /var/log/messages | cut -d" " -f2`;
		expect(await out('ec2', order('Activating'))).toBe('fip-a\nmd-a\nexec-a\nexec-b\n');
		expect(await out('ec1', order('Stopping'))).toBe('exec-b\nexec-a\nmd-a\nfip-a\n');
	});
});

describe('clprsc', () => {
	test('wants what a resource depends on, and nothing that depends on it, unless it is to see to that itself', async () => {
		await open();
		expect(await out('ec2', 'clprsc -n exec-a')).toBe('ec1\n');
		expect(
			await refusals('ec1', [
				'clprsc -t exec-a',
				'clprsc -s nosuch',
				'clprsc -s exec-a -h ec2',
				'clprsc -s exec-a -h ec3',
			]),
		).toEqual({
			'clprsc -t exec-a': 'Resource exec-b depends on it.',
			'clprsc -s nosuch': 'Invalid resource name.',
			'clprsc -s exec-a -h ec2': 'Group is not started.',
			'clprsc -s exec-a -h ec3': 'Invalid server name.',
		});

		expect(await out('ec1', 'clprsc -t md-a -f; cat /tmp/log')).toBe('Command succeeded.\nb stop\na stop\n');
		expect(await out('ec1', 'clpstat | grep -A5 "fo \\." | cut -c1-30')).toBe(
			`    fo ..............: Online
      current        : ec1
      fip-a          : Online
      md-a           : Offline
      exec-a         : Offline
      exec-b         : Offline
`,
		);
		expect(await refusals('ec1', ['clprsc -s exec-b'])).toEqual({'clprsc -s exec-b': 'It depends on resource exec-a.'});
		expect(await out('ec1', ': >/tmp/log; clprsc -s exec-b -f; cat /tmp/log; clpmdstat -m md-a | grep -c GREEN')).toBe(
			'Command succeeded.\na start\nb start\n1\n',
		);
	});

	test('does nothing while the cluster is suspended, stopped, or the group nowhere', async () => {
		await open();
		await run(room, 'ec1', 'clpgrp -t fo; clpcl --suspend');
		expect(await refusals('ec1', ['clprsc -s exec-o'])).toEqual({'clprsc -s exec-o': 'The cluster is suspended.'});
		await run(room, 'ec1', 'clpcl --resume');
		expect(await refusals('ec1', ['clprsc -s exec-a'])).toEqual({'clprsc -s exec-a': 'Group is not started.'});
		await run(room, 'ec1', 'clpcl -t');
		expect(await refusals('ec1', ['clprsc -t exec-o'])).toEqual({'clprsc -t exec-o': 'The cluster is not started.'});
	});
});

describe('clpcl', () => {
	test('stops and starts all servers; a cluster that was suspended before is not any more', async () => {
		await open();
		await run(room, 'ec1', 'clpcl --suspend');
		expect(await run(room, 'ec1', 'clpcl -t -a')).toMatchObject({
			code: 0,
			out: 'Stop ec1 : Command succeeded.\nStop ec2 : Command succeeded.\n',
		});
		expect(await out('ec1', 'clpstat | grep -c Online')).toBe('0\n');

		expect(await out('ec2', 'clpcl -s -a')).toBe('Start ec1 : Command succeeded.\nStart ec2 : Command succeeded.\n');
		await seconds(25);
		expect(await perform('look', 'ec')).toBe('ec: fo on ec1; other on ec1');
	});

	test('hands the groups over before it returns a server to the cluster', async () => {
		await open();
		expect(await out('ec1', 'clpcl -r')).toBe('Return ec1 : Command succeeded.\n');
		await seconds(30);
		expect(await perform('look', 'ec')).toBe('ec: fo on ec2; other on ec2');
		expect(await out('ec1', 'clpstat | grep "\\*ec1"')).toBe('   *ec1 .............: Online\n');
		expect(await run(room, 'ec1', 'clpcl -r --web')).toMatchObject({code: 0, out: '', err: ''});
	});

	test('refuses servers that are unknown or out of reach, and a state that it has already', async () => {
		await open();
		await perform('set', 'cables', 'ec2', 'out');
		expect(
			await refusals('ec1', [
				'clpcl -s -h ec3',
				'clpcl -t -h ec2',
				'clpcl -s -h ec2',
				'clpdown -h ec3',
				'clpdown -h ec2',
				'clpcl --resume',
			]),
		).toEqual({
			'clpcl -s -h ec3': 'Invalid server name.',
			'clpcl -t -h ec2': 'Stop ec2 : Command failed. The server is not found.',
			'clpcl -s -h ec2': 'Start ec2 : Command failed. The server is not found.',
			'clpdown -h ec3': 'Invalid server name.',
			'clpdown -h ec2': 'The server is not found.',
			'clpcl --resume': 'Invalid server status.',
		});
		expect(await perform('look', 'ec2')).toContain('ec2 is on');
	});
});

describe('a server', () => {
	test('that clpdown takes away stops its groups in order, and they go on elsewhere', async () => {
		await open();
		expect(await run(room, 'ec1', 'clpdown')).toMatchObject({code: 0});
		await seconds(30);
		expect([await perform('look', 'ec1'), await perform('look', 'ec')]).toEqual([
			'ec1 is off',
			'ec: fo on ec2; other on ec2',
		]);
		await perform('power', 'on', 'ec1');
		await seconds(60);
		expect(await out('ec1', 'cat /tmp/log')).toBe('b stop\na stop\n');
		expect(await out('ec1', 'grep -c "Stopping exec-b resource has completed" /var/log/messages')).toBe('1\n');
	});

	test('comes back from clpdown -r, asked for from the other one', async () => {
		await open();
		await run(room, 'ec2', 'clpdown -r -h ec1');
		await seconds(10);
		expect(await perform('look', 'ec1')).toMatch(/booting|shutting/);
		await seconds(70);
		expect(await out('ec1', 'clpstat | grep -c ": Online$"')).toBe('9\n');
	});

	test('goes with all others at clpstdn, and nothing is handed over', async () => {
		await open();
		await run(room, 'ec1', 'clpstdn');
		await seconds(30);
		expect([await perform('look', 'ec1'), await perform('look', 'ec2'), await perform('look', 'ec')]).toEqual([
			'ec1 is off',
			'ec2 is off',
			'ec: fo on no server; other on no server',
		]);
	});
});

describe('clpmonctrl', () => {
	test('suspends one monitor or all of a server, counts what they did, and goes on with them', async () => {
		await open();
		const states = () => out('ec1', 'clpstat | grep -E "genw|userw" | cut -d: -f2');
		await run(room, 'ec1', 'clpmonctrl -s -m genw-a; touch /tmp/sick');
		await seconds(60);
		expect(await states()).toBe(' Suspend\n Normal\n');
		await run(room, 'ec1', 'clpmonctrl -s');
		expect(await states()).toBe(' Suspend\n Suspend\n');

		expect(await run(room, 'ec2', 'clpmonctrl -r -h ec1')).toMatchObject({code: 0, out: 'Command succeeded.\n'});
		await seconds(15);
		expect(await states()).toBe(' Error\n Normal\n');
		expect(await out('ec1', 'clpmonctrl -c -m genw-a; clpmonctrl -v -m genw-a')).toBe(
			'Command succeeded.\ngenw-a           : restart 0 failover 0\n',
		);
		expect(await refusals('ec1', ['clpmonctrl -s -m nosuch', 'clpmonctrl -s -h ec3'])).toEqual({
			'clpmonctrl -s -m nosuch': 'Invalid monitor resource name.',
			'clpmonctrl -s -h ec3': 'Invalid server status.',
		});
	});
});

describe('clpmdctrl', () => {
	const status = (host: string) =>
		out(host, 'clpmdstat -m md-a | sed -n "s/.*Status: //p;s/ *Mirror Color *//p" | head -2');
	/** Leaves ec1 with an older half than ec2. */
	async function grownApart(): Promise<void> {
		await open();
		await perform('power', 'off', 'ec1');
		await seconds(70);
		await perform('power', 'on', 'ec1');
		await seconds(45);
	}

	test('waits for a recovery, for as long as it may', async () => {
		await grownApart();
		expect(await status('ec1')).toBe('Recovering\nYELLOW               YELLOW\n');
		const begun = room.room.clock.now();
		expect(await run(room, 'ec1', 'clpmdctrl --rwait md-a -timeout 20')).toMatchObject({code: 1, err: 'Timeout.\n'});
		expect((room.room.clock.now() - begun) / 1000).toBeCloseTo(20, -0.5);
		expect(await run(room, 'ec1', 'clpmdctrl --rwait md-a')).toMatchObject({code: 0, out: 'Command succeeded.\n'});
		expect(await status('ec1')).toBe('Normal\nGREEN                GREEN\n');
		expect(await run(room, 'ec1', 'clpmdctrl --rwait md-a -timeout 20')).toMatchObject({code: 0});
	});

	test('breaks a recovery off, which begins again when a person says so or the server comes back', async () => {
		await grownApart();
		expect(await run(room, 'ec2', 'clpmdctrl -b md-a')).toMatchObject({code: 0});
		await seconds(200);
		expect(await status('ec2')).toBe('Abnormal\nGREEN                RED\n');
		expect(await refusals('ec2', ['clpmdctrl -b md-a'])).toEqual({
			'clpmdctrl -b md-a': 'Mirror recovery is not in progress.',
		});

		expect(await run(room, 'ec2', 'clpmdctrl -r md-a; clpmdctrl --rwait md-a -timeout 5 -rcancel')).toMatchObject({
			code: 1,
		});
		expect(await status('ec2')).toBe('Abnormal\nGREEN                RED\n');
		await run(room, 'ec1', 'reboot');
		await seconds(50);
		expect(await status('ec2')).toBe('Recovering\nYELLOW               YELLOW\n');
		expect(await out('ec2', 'clpmdstat -m md-a --detail | grep -E "Active|Device"')).toBe(
			' Device:              /dev/NMP1\n Active Server:       ec2\n',
		);
	});

	test('activates and deactivates by hand, where the data allow it', async () => {
		await open();
		await run(room, 'ec1', 'clpgrp -t fo');
		expect(await run(room, 'ec1', 'test -e /dev/NMP1')).toMatchObject({code: 1});
		expect(await run(room, 'ec1', 'clpmdctrl -a md-a; test -e /dev/NMP1')).toMatchObject({code: 0});
		expect(await run(room, 'ec1', 'clpmdctrl -d md-a; test -e /dev/NMP1')).toMatchObject({code: 1});
		expect(
			await refusals('ec1', [
				'clpmdctrl -d md-a',
				'clpmdctrl -r md-a',
				'clpmdctrl -a nosuch',
				'clpmdctrl --resize md-a',
				'clpmdstat -m nosuch',
			]),
		).toEqual({
			'clpmdctrl -d md-a': 'Mirror disk md-a is not active on this server.',
			'clpmdctrl -r md-a': 'Mirror disk md-a is not active.',
			'clpmdctrl -a nosuch': 'Invalid resource name.',
			'clpmdctrl --resize md-a': 'Resizing is not simulated.',
			'clpmdstat -m nosuch': 'Invalid resource name.',
		});
	});

	test('refuses to activate older data, to recover over a cut line, and to force what is in use', async () => {
		await grownApart();
		expect(await refusals('ec1', ['clpmdctrl -a md-a', 'clpmdctrl -f md-a'])).toEqual({
			'clpmdctrl -a md-a': 'Mirror disk md-a cannot be activated: mirror recovery is in progress.',
			'clpmdctrl -f md-a': 'Mirror disk md-a is being recovered.',
		});
		await perform('set', 'cable', 'ec1', 'ens224', 'out');
		expect(await refusals('ec1', ['clpmdctrl -a md-a'])).toEqual({
			'clpmdctrl -a md-a': 'Mirror disk md-a cannot be activated: the data is not up-to-date.',
		});
		expect(await refusals('ec2', ['clpmdctrl -r md-a', 'clpmdctrl -f md-a'])).toEqual({
			'clpmdctrl -r md-a': 'Invalid server status.',
			'clpmdctrl -f md-a': 'Mirror disk md-a is active.',
		});
		expect(await out('ec2', 'grep -o "Mirror recovery of md-a has failed" /var/log/messages')).toContain('failed');
	});
});

describe('other commands', () => {
	test('licences are registered from files that hold something, and listed', async () => {
		await open();
		await run(room, 'out', 'rpm -ivh /root/expresscls-4.3.0-1.x86_64.rpm; echo A >a.key; echo B >b.key; : >empty.key');
		expect(await refusals('out', ['clplcnsc -i empty.key', 'clplcnsc -i nosuch.key'])).toEqual({
			'clplcnsc -i empty.key': 'empty.key is not a license file.\nCommand failed.',
			'clplcnsc -i nosuch.key': 'Failed to open the license file nosuch.key.\nCommand failed.',
		});
		expect(await out('out', 'clplcnsc -i a.key b.key -p BASE43; clplcnsc -l -p BASE43')).toBe(
			'Command succeeded.\n1. Product name... A\n   Status......... valid\n2. Product name... B\n   Status......... valid\n',
		);
	});

	test('a configuration is fetched and brought by root alone, from a folder that has one', async () => {
		await open();
		expect(
			await refusals('ec1', [
				'mkdir -p /tmp/e; clpcfctrl --push -l -x /tmp/e',
				'echo x >/tmp/e/clp.conf; clpcfctrl --push -l -x /tmp/e',
			]),
		).toEqual({
			'mkdir -p /tmp/e; clpcfctrl --push -l -x /tmp/e': '/tmp/e/clp.conf does not exist.\nCommand failed. (code:1)',
			'echo x >/tmp/e/clp.conf; clpcfctrl --push -l -x /tmp/e':
				'clp.conf is not a configuration file.\nCommand failed. (code:1)',
		});
		expect(await out('ec2', 'cd /tmp; clpcfctrl --pull -w -x got; find got -type f | sort')).toBe(
			`Command succeeded.(code:0)\n${['clp.conf', 'scripts/fo/exec-a/start.sh', 'scripts/fo/exec-a/stop.sh', 'scripts/fo/exec-b/start.sh', 'scripts/fo/exec-b/stop.sh', 'scripts/monitor.s/genw-a/genw.sh', 'scripts/other/exec-o/start.sh', 'scripts/other/exec-o/stop.sh'].map(file => `got/${file}\n`).join('')}`,
		);
	});

	test('the log takes a line, its collection makes a file, and the firewall is asked for nothing else', async () => {
		await open();
		expect(await run(room, 'ec1', 'clplogcmd -m "by hand" -l ERR -i 7')).toMatchObject({code: 0, out: ''});
		expect(await out('ec1', 'grep -o "\\[E\\].*by hand" /var/log/messages')).toBe(
			'[E] <type: logcmd><event: 7> by hand\n',
		);
		expect(await out('ec1', 'clplogcc -o /tmp/logs; ls /tmp/logs')).toBe('Command succeeded.\nec1-log.tar.gz\n');
		expect(await run(room, 'ec1', 'clpfwctrl --add')).toMatchObject({code: 0, out: 'Command succeeded.\n'});
	});

	test('another machine asks for a failover: of a resource, of a group, at the first address that does it', async () => {
		await open();
		await run(room, 'out', 'rpm -ivh /root/expresscls-4.3.0-1.x86_64.rpm');
		const ask = 'clptrnreq -t GRP_FAILOVER -r exec-a -h';
		expect(
			await refusals('out', [
				`${ask} 172.31.255.99`,
				'clptrnreq -t GRP_FAILOVER -r nosuch -h 172.31.255.11',
				'clprexec --failover nosuch -h 172.31.255.11',
			]),
		).toEqual({
			[`${ask} 172.31.255.99`]: 'GRP_FAILOVER 172.31.255.99: Could not connect to the server.',
			'clptrnreq -t GRP_FAILOVER -r nosuch -h 172.31.255.11': 'GRP_FAILOVER 172.31.255.11: Invalid resource name.',
			'clprexec --failover nosuch -h 172.31.255.11': 'Command failed.',
		});
		expect(await run(room, 'out', `${ask} 172.31.255.99,172.31.255.12`)).toMatchObject({
			code: 0,
			out: 'GRP_FAILOVER 172.31.255.12: Success\n',
		});
		expect(await refusals('out', [`${ask} 172.31.255.11`])).toEqual({
			[`${ask} 172.31.255.11`]: 'GRP_FAILOVER 172.31.255.11: Group is not started.',
		});
		await seconds(30);
		expect(await perform('look', 'ec')).toBe('ec: fo on ec2; other on ec2');
		expect(await run(room, 'out', 'clprexec --failover fo -h 172.31.255.11')).toMatchObject({code: 0});
		await seconds(30);
		expect(await perform('look', 'ec')).toBe('ec: fo on ec1; other on ec2');
	});

	test('another machine has a script run that lies ready there, and no other', async () => {
		await open();
		await run(room, 'out', 'rpm -ivh /root/expresscls-4.3.0-1.x86_64.rpm');
		const put =
			'cd /opt/nec/clusterpro/work; mkdir -p rexec; echo "echo ran >/tmp/ran" >rexec/do.sh; chmod +x rexec/do.sh';
		await run(room, 'ec2', put);
		expect(await run(room, 'out', 'clprexec --script do.sh -h 172.31.255.99,172.31.255.12')).toMatchObject({code: 0});
		await seconds(1);
		expect(await out('ec2', 'cat /tmp/ran')).toBe('ran\n');
		expect(
			await refusals('out', [
				'clprexec --script /bin/true -h 172.31.255.12',
				'clprexec --script do.sh -h 172.31.255.99',
			]),
		).toEqual({
			'clprexec --script /bin/true -h 172.31.255.12': 'Command failed.',
			'clprexec --script do.sh -h 172.31.255.99': 'Command failed.',
		});
	});
});
