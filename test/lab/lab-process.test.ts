import {once} from 'node:events';
import {copyFileSync, existsSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {connect, type Socket} from 'node:net';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test, vi} from 'vitest';
import {readLab} from '../../src/lab/read-lab.js';
import {stopLabs} from '../../src/lab/start.js';
import {UserError} from '../../src/text/user-error.js';
import {type BuiltLab, buildLab, haveSsh, lives} from './built-lab.js';

let built: BuiltLab;
beforeAll(async () => {
	built = await buildLab();
});
afterAll(() => built.stop());

describe('a lab in its own process', () => {
	test('is found again by whoever asks for the same run, and by nobody else', async () => {
		const first = await built.open({runId: 'found'});
		const again = await built.open({runId: 'found'});
		const other = await built.open({runId: 'other'});

		expect(again.pid).toBe(first.pid);
		expect(other.pid).not.toBe(first.pid);
		expect(first.pid).not.toBe(process.pid);
		expect(other.hosts['esxi1']?.port).not.toBe(first.hosts['esxi1']?.port);
	});

	test('belongs to its user alone', async () => {
		await built.open({runId: 'private'});
		const folder = join(built.stateDir, 'labs', 'private');
		const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

		expect(mode(folder)).toBe('700');
		expect(mode(join(folder, 'lab.sock'))).toBe('600');
		expect(mode(join(folder, 'world.json'))).toBe('600');
	});

	test('lives on when its user goes, and its time stands', async () => {
		const lab = await built.open({runId: 'left'});
		await lab.clock.sleep(5000);
		const now = await lab.clock.now();
		void lab.clock.sleep(3_600_000_000_000); // Whoever goes sleeps no more
		await lab.close();

		expect(lives(lab.pid)).toBe(true);
		await expect(lab.clock.now()).rejects.toThrow('The lab has ended');

		const again = await built.open({runId: 'left'});

		expect(again.pid).toBe(lab.pid);
		expect(await again.clock.now()).toBe(now);

		await again.clock.sleep(7000);

		expect(await again.clock.now()).toBe(now + 7000);
	});

	test('killed, it comes back as it was: world, time, keys, ports', async () => {
		const lab = await built.open({runId: 'killed'});
		const before = lab.hosts;
		await lab.perform(['power', 'off', 'esxi2']);
		await lab.clock.sleep(90_000);
		await lab.perform(['set', 'cables', 'esxi1']);
		const now = await lab.clock.now();
		process.kill(lab.pid, 'SIGKILL');
		await vi.waitUntil(() => !lives(lab.pid), {timeout: 30_000});

		const restored = await built.open({runId: 'killed'});

		expect(restored.pid).not.toBe(lab.pid);
		expect(restored.hosts).toEqual(before);
		expect(await restored.clock.now()).toBe(now);
		expect(await restored.perform(['look', 'esxi2'])).toMatch(/off/);
		expect(await restored.perform(['look', 'esxi1'])).toMatch(/vmnic3/);
	});

	test('ends by itself also where the cable of a connection was pulled before it ended', async () => {
		const lab = await built.open({runId: 'pulled', idleMs: 50});
		const {address = '', port = 0} = lab.hosts['esxi1'] ?? {};
		const socket = connect(port, address);
		await once(socket, 'data');
		await lab.perform(['set', 'cables', 'esxi1', 'out']);
		socket.destroy();
		await lab.close();

		await vi.waitUntil(() => !lives(lab.pid), {timeout: 30_000});
	});

	test('ends by itself when nobody uses it', async () => {
		const lab = await built.open({runId: 'forgotten', idleMs: 50});
		await lab.close();

		await vi.waitUntil(() => !lives(lab.pid), {timeout: 30_000});

		expect(existsSync(lab.knownHostsFile)).toBe(false);
		expect(JSON.parse(readFileSync(lab.worldFile, 'utf8'))).toMatchObject({topology: 'vmware-host-clustering'});
	});

	test('told to end while people are on its hosts, it saves its world, closes every socket, and is gone', async () => {
		const names = Array.from({length: 40}, (_, index) => `h${index + 1}`);
		const hosts = names.map((name, index) => `    ${name}: { platform: esxi, address: 10.0.0.${index + 2} }\n`);
		const topology = readLab('lab.yaml', `topology:\n  hosts:\n${hosts.join('')}`).lab?.topology ?? '';
		const lab = await built.open({runId: 'many', topology, start: 'described'});
		await lab.perform(['power', 'off', 'h40']);
		const callers = await Promise.all(
			names.slice(0, 39).map(async name => {
				const {port = 0, address = ''} = lab.hosts[name] ?? {};
				const socket = connect(port, address);
				socket.on('error', () => {}); // A reset is an end too
				await once(socket, 'data');
				return {socket, closed: once(socket.resume(), 'close')};
			}),
		);
		process.kill(lab.pid, 'SIGTERM');
		await Promise.all(callers.map(({closed}) => closed));
		await vi.waitUntil(() => !lives(lab.pid), {timeout: 30_000});
		const saved = JSON.parse(readFileSync(lab.worldFile, 'utf8'));

		expect(Object.keys(saved.hosts)).toEqual(names);
		expect(existsSync(lab.knownHostsFile)).toBe(false);

		const again = await built.open({runId: 'many', topology, start: 'described'});

		expect(await again.perform(['look', 'h40'])).toMatch(/off/);
		expect(again.hosts).toEqual(lab.hosts);
	});

	test('begins with the world of another, and leaves that one alone', async () => {
		const lab = await built.open({runId: 'model'});
		await lab.perform(['power', 'off', 'esxi1']);
		const model = join(built.stateDir, 'model.json');
		copyFileSync(lab.worldFile, model);
		const text = readFileSync(model, 'utf8');
		const copy = await built.open({runId: 'copy', fromWorld: model});
		await copy.perform(['power', 'on', 'esxi1']);

		expect(await lab.perform(['look', 'esxi1'])).toMatch(/off/);
		expect(await copy.perform(['look', 'esxi1'])).toMatch(/boot/);
		expect(readFileSync(model, 'utf8')).toBe(text);
	});

	test('has the hosts that a lab file describes, and begins with the world of another run of it', async () => {
		const yaml = `topology:
  hosts:
    web: { platform: linux, address: 10.0.0.1, user: admin, password: pw }
    db: { platform: linux, address: 10.0.0.2 }
`;
		const {lab: described} = readLab('lab.yaml', yaml);
		const topology = described?.topology ?? '';
		const lab = await built.open({runId: 'own', topology, start: 'described'});
		expect(lab.hosts['web']).toMatchObject({platform: 'linux', user: 'admin', password: 'pw'});
		await lab.perform(['power', 'off', 'db']);
		await lab.stop();

		const again = await built.open({runId: 'own-again', topology, start: 'described', fromWorld: lab.worldFile});
		expect(await again.perform(['look', 'db'])).toBe('db is off');
		const smaller = readLab('lab.yaml', yaml.replace(/ {4}db:.*\n/, '')).lab?.topology ?? '';
		await expect(
			built.open({runId: 'smaller', topology: smaller, start: 'described', fromWorld: lab.worldFile}),
		).rejects.toThrow('The saved world has the hosts web, db, and not web.');
	});

	test('says of a world that another version has kept what it is, and what now', async () => {
		const yaml = `topology:
  hosts:
    ec1: { platform: linux, address: 10.0.0.1 }
    ec2: { platform: linux, address: 10.0.0.2 }
  clusters: { ec: { hosts: [ec1, ec2], groups: [fo] } }
`;
		const topology = readLab('lab.yaml', yaml).lab?.topology ?? '';
		const lab = await built.open({runId: 'newer', topology, start: 'described'});
		await lab.stop();
		const kept = JSON.parse(readFileSync(lab.worldFile, 'utf8'));
		// As clusters were kept before they had a configuration
		const groups = [{name: 'fo', resources: [], floatingIps: [], stopped: false, stoppedResources: []}];
		const clusters = [
			{name: 'ec', hosts: ['ec1', 'ec2'], heartbeatTimeoutMs: 50_000, suspended: false, groups, servers: {}},
		];
		const file = join(built.stateDir, 'older.world.json');
		const older = JSON.stringify({...kept, world: {...kept.world, parts: [], clusters}});
		writeFileSync(file, older);

		const begin = await built
			.open({runId: 'older', topology, start: 'described', fromWorld: file})
			.catch(error => error);
		expect(begin).toBeInstanceOf(UserError);
		expect(begin).toMatchObject({code: 'old-world', status: 2});
		expect(begin.message).toMatch(
			/older\.world\.json holds the simulated hosts in a form that another version of fieldbook has written \(expresscluster ec: Unrecognized keys: .*\)\. Nothing was changed\.$/,
		);
		expect(begin.next).toMatch(/^Leave --world out, or /);

		const resume = built.open({runId: 'older-2', topology, start: 'described', worldFile: file});
		await expect(resume).rejects.toMatchObject({
			code: 'old-world',
			status: 1,
			next: expect.stringMatching(/^Rehearse /),
		});
		expect(readFileSync(file, 'utf8')).toBe(older);
	});

	test('leaves nothing behind if its world is kept elsewhere', async () => {
		const worldFile = join(built.stateDir, 'elsewhere.world.json');
		const lab = await built.open({runId: 'tidy', worldFile});
		await lab.stop();

		expect(existsSync(join(built.stateDir, 'labs', 'tidy'))).toBe(false);
		expect(existsSync(worldFile)).toBe(true);
	});

	test('says why it does not start', async () => {
		const damaged = join(built.stateDir, 'damaged.json');
		writeFileSync(damaged, '{"version": 1, "topology"');

		await expect(built.open({runId: 'nowhere', topology: 'no-such-place'})).rejects.toThrow(/no-such-place/);
		await expect(built.open({runId: 'damaged', worldFile: damaged})).rejects.toThrow(/damaged\.json is no saved lab/);
	});

	test('garbage at its ports and at its control socket harms nobody', async () => {
		const lab = await built.open({runId: 'garbage'});
		const {port = 0, address = ''} = lab.hosts['esxi1'] ?? {};
		const throwAt = (socket: Socket) =>
			new Promise<void>(resolve => {
				socket.on('error', () => {}); // Being thrown out is right
				socket.on('close', () => resolve()).resume();
				socket.write(`${'\xff{"do":"dance"}\n'.repeat(50)}${'x'.repeat(100_000)}`, () => socket.end());
			});
		await throwAt(connect(port, address));
		await throwAt(connect(join(built.stateDir, 'labs', 'garbage', 'lab.sock')));

		expect(await lab.perform(['look', 'esxi1'])).toMatch(/on/);
	});

	test('hands do what the plan says, and say so', async () => {
		const lab = await built.open({
			runId: 'hands',
			hands: {
				off: {'*': [{kind: 'world', words: ['power', 'off', 'HOST']}]},
				read: {esxi1: [{kind: 'answer', value: 'vmhba64'}]},
				wrong: {'*': [{kind: 'world', words: ['look', 'nowhere']}]},
			},
		});

		expect(await lab.hands.perform('off', 'esxi2')).toEqual({did: 'ESXi#2 lost power', answer: undefined});
		expect(await lab.hands.perform('read', 'esxi1')).toEqual({did: 'answered vmhba64', answer: 'vmhba64'});
		expect(await lab.hands.perform('read', 'esxi2')).toBeUndefined();
		expect(await lab.hands.perform('constructor', 'esxi1')).toBeUndefined();
		await expect(lab.hands.perform('wrong', 'esxi1')).rejects.toThrow(UserError);
	});

	test('a fault is told in words', async () => {
		const lab = await built.open({runId: 'fault', fault: {name: 'hang', seed: 3, hosts: ['esxi1', 'esxi2']}});

		expect(lab.fault).toMatch(/^command \d+ on esxi[12] hangs$/);
	});

	test('all labs can be stopped at once', async () => {
		const stateDir = join(built.stateDir, 'elsewhere');
		const labs = [await built.open({stateDir, runId: 'one'}), await built.open({stateDir, runId: 'two'})];

		expect((await stopLabs(stateDir)).toSorted()).toEqual(['one', 'two']);

		await vi.waitUntil(() => labs.every(({pid}) => !lives(pid)), {timeout: 30_000});

		expect(await stopLabs(stateDir)).toEqual([]);
	});
});

describe.skipIf(!haveSsh())("the system's own ssh", () => {
	test('runs a command with its output, its input and its exit status', async () => {
		const lab = await built.open({runId: 'ssh'});

		expect(await built.ssh(lab, 'esxi1', ['hostname; date +%Y; exit 3'])).toMatchObject({
			out: 'esxi1\n2026\n',
			status: 3,
		});
		expect(await built.ssh(lab, 'esxi1', ['wc -c'], 'x'.repeat(300_000))).toMatchObject({out: '300000\n', status: 0});
		expect(await built.ssh(lab, 'esxi1', ['nosuch'])).toMatchObject({
			err: expect.stringContaining('sh: nosuch: not found'),
			status: 127,
		});
	});

	test('reaches two hosts at once', async () => {
		const lab = await built.open({runId: 'ssh'});
		const results = await Promise.all(
			['esxi1', 'esxi2', 'esxi1', 'esxi2'].map(host =>
				built.ssh(lab, host, ['for i in 1 2 3; do sleep 1; hostname; done']),
			),
		);

		expect(results.map(({out}) => out)).toEqual(
			['esxi1', 'esxi2', 'esxi1', 'esxi2'].map(name => `${name}\n`.repeat(3)),
		);
	});

	test('without a terminal the shell reads its commands from standard input', async () => {
		const lab = await built.open({runId: 'ssh'});
		const {out, status} = await built.ssh(
			lab,
			'esxi1',
			['-T'],
			'read x\na line\necho "[$x]"\nif true; then\necho inside\nfi\nexit 5\n',
		);

		expect(out).toBe('[a line]\ninside\n');
		expect(status).toBe(5);
	});

	test('with a terminal there is a greeting, a prompt and an echo', async () => {
		const lab = await built.open({runId: 'ssh'});
		const typist = built.type(lab, 'esxi1', ['-tt']);
		await typist.sees('The time and date of this login');
		await typist.sees('[root@esxi1:~] ');
		typist.keys('cd /etc\r');
		await typist.sees('cd /etc\r\n[root@esxi1:/etc] ');
		typist.keys('echo $((40+2)) xx\x7f\x7f\r');
		await typist.sees('\r\n42\r\n[root@esxi1:/etc] ');
		typist.keys('exit 4\r');
		const {out, status} = await typist.result;

		expect(out.replaceAll('\r\n', '')).not.toContain('\n');
		expect(status).toBe(4);
	});

	test('^C ends the command and not the shell, ^D ends the shell', async () => {
		const lab = await built.open({runId: 'ssh'});
		const typist = built.type(lab, 'esxi1', ['-tt']);
		await typist.sees('[root@esxi1:~] ');
		typist.keys('echo begun; sleep infinity; echo never\r');
		await typist.sees('\r\nbegun\r\n');
		typist.keys('\x03');
		await typist.sees('^C\r\n[root@esxi1:~] ');
		typist.keys('half a line\x03');
		await typist.sees('^C\r\n[root@esxi1:~] ');
		typist.keys('echo $?\r');
		await typist.sees('\r\n130\r\n[root@esxi1:~] ');
		typist.keys('\x04');
		const {out, status} = await typist.result;

		expect(out).not.toContain('\r\nnever');
		expect(status).toBe(0);
	});

	test('a cut of power ends it', async () => {
		const lab = await built.open({runId: 'ssh'});
		const running = built.ssh(lab, 'esxi2', ['echo begun > /tmp/begun; sleep infinity']);
		await vi.waitUntil(async () => (await built.ssh(lab, 'esxi2', ['test -e /tmp/begun'])).status === 0, {
			timeout: 30_000,
		});
		await lab.perform(['power', 'off', 'esxi2']);

		expect((await running).status).toBe(255);
		expect((await built.ssh(lab, 'esxi2', ['true'])).err).toContain('refused');
	});

	test('a changed host key is seen', async () => {
		const hosts = ['esxi1', 'esxi2'];
		const lab = await built.open({runId: 'ssh-key', fault: {name: 'changed-host-key', seed: 1, hosts}});
		const results = await Promise.all(hosts.map(host => built.ssh(lab, host, ['true'])));

		expect(results.map(({status}) => status).toSorted()).toEqual([0, 255]);
		expect(results.map(({err}) => err).join('')).toContain('REMOTE HOST IDENTIFICATION HAS CHANGED');
	});

	test('what ssh has done is there after the lab was killed', async () => {
		const lab = await built.open({runId: 'ssh-killed'});
		await built.ssh(lab, 'esxi1', ['esxcfg-vswitch --add Mirror_vswitch && echo kept > /etc/kept']);
		process.kill(lab.pid, 'SIGKILL');
		await vi.waitUntil(() => !lives(lab.pid), {timeout: 30_000});
		const restored = await built.open({runId: 'ssh-killed'});

		expect((await built.ssh(restored, 'esxi1', ['cat /etc/kept; esxcfg-vswitch -l'])).out).toMatch(
			/^kept\n[\s\S]*Mirror_vswitch/,
		);
	});
});
