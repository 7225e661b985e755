import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, afterEach, beforeAll, describe, expect, test} from 'vitest';
import type {HostAccess, Transport} from '../../src/engine/ports.js';
import type {TransportOptions} from '../../src/transport/transport.js';
import {haveSshd, makeKey, type Sshd, startSshd} from '../sshd.js';
import {begin, command, execOn, hostOf, run, transportFor, until, vaultWith} from './parts.js';
import {type Cable, cableTo, jumpServer, listen} from './servers.js';

const cleanUp: Array<() => Promise<void>> = [];
afterEach(async () => {
	for (const undo of cleanUp.splice(0).reverse()) {
		await undo();
	}
});

describe.skipIf(!haveSshd())('a host behind others', () => {
	let gate: Sshd;
	let inner: Sshd;
	let target: Sshd;
	beforeAll(async () => {
		[gate, inner, target] = await Promise.all([startSshd(), startSshd(), startSshd()]);
	});
	afterAll(async () => {
		await Promise.all([gate.stop(), inner.stop(), target.stop()]);
	});

	test('is reached through the host that the sheet names, which stays its own host', async () => {
		const {transport, host} = behind(['gate'], {gate: hostOf(gate, {name: 'gate'})});
		const before = [logins(gate), logins(target)];

		expect((await run(transport, host, command('echo "$SSH_CONNECTION"'))).out).toContain(`127.0.0.1 ${target.port}`);
		expect((await run(transport, hostOf(gate, {name: 'gate'}), command('echo gate'))).out).toBe('gate\n');
		expect([logins(gate), logins(target)].map((count, at) => count - (before[at] ?? 0))).toEqual([1, 1]);
	});

	test('is reached through a chain, and one connection to each jump host serves all who go through it', async () => {
		const {transport, host, hosts} = behind(['gate', 'inner'], {
			gate: hostOf(gate, {name: 'gate'}),
			inner: hostOf(inner, {name: 'inner', jump: 'gate'}),
		});
		const before = [logins(gate), logins(inner), logins(target)];
		const names = ['web-1', 'web-2', 'web-3'];
		const results = await Promise.all(names.map(name => run(transport, {...host, name}, command(`echo ${name}`))));

		expect(results.map(({out}) => out)).toEqual(names.map(name => `${name}\n`));
		expect(Object.keys(hosts)).toEqual(['gate', 'inner']);
		expect([logins(gate), logins(inner), logins(target)].map((count, at) => count - (before[at] ?? 0))).toEqual([
			1, 1, 3,
		]);
	});

	test('a jump host is asked to do nothing, once: after a command its sshd no longer holds back what it forwards', async () => {
		const {transport, host} = behind(['gate'], {gate: hostOf(gate, {name: 'gate'})});
		const commands = () => gate.log().match(/Starting session: .*/g) ?? [];
		const before = commands().length;
		for (const name of ['web-1', 'web-2']) {
			await run(transport, {...host, name}, command('true'));
		}

		await until(() => commands().length > before);
		expect(commands().slice(before)).toEqual([expect.stringMatching(/^Starting session: command for /)]);
	});

	test('a jump host that allows no session forwards all the same', async () => {
		const bastion = await startSshd({maxSessions: 0});
		cleanUp.push(bastion.stop);
		const {transport, host} = behind(['gate'], {gate: hostOf(bastion, {name: 'gate'})});

		expect((await run(transport, host, command('echo there'))).out).toBe('there\n');
	});

	test('that is defined in an ssh configuration alone is reached as ssh would', async () => {
		const config = sshConfig(`
			Host gate
				HostName 127.0.0.1
				Port ${gate.port}
				User ${gate.user}
				IdentityFile ${gate.userKey}
			Host inner
				HostName 127.0.0.1
				Port ${inner.port}
				IdentityFile ${inner.userKey}
				ProxyJump gate
			Host target
				HostName 127.0.0.1
				Port ${target.port}
				User ${target.user}
				IdentityFile ${target.userKey}
				UserKnownHostsFile ${target.folder}/known_by_config
				ProxyJump inner`);
		const transport = started({sshConfig: config, knownHosts: {policy: 'accept-new'}, localUser: inner.user});
		const host = hostOf(target, {address: 'target', port: undefined, user: undefined, key: undefined});
		const before = logins(gate);

		expect((await run(transport, host, command('echo there'))).out).toBe('there\n');
		expect(await transport.answers(host)).toBe(true);
		expect(logins(gate) - before).toBe(1);
		expect(readFileSync(join(target.folder, 'known_by_config'), 'utf8')).toBe(
			`[127.0.0.1]:${target.port} ${target.hostKeyLines[0]}\n`,
		);
	});

	test('a list in ProxyJump is gone through in its order, whatever those hosts have for themselves', async () => {
		const config = sshConfig(`
			Host *
				IdentityFile ${gate.userKey}
				IdentityFile ${inner.userKey}
				IdentityFile ${target.userKey}
			Host inner
				HostName 127.0.0.1
				ProxyJump nowhere.invalid
			Host target
				HostName 127.0.0.1
				Port ${target.port}
				ProxyJump ${gate.user}@127.0.0.1:${gate.port},${inner.user}@inner:${inner.port}`);
		const transport = started({sshConfig: config});
		const host = hostOf(target, {address: 'target', port: undefined, key: undefined});

		expect((await run(transport, host, command('echo there'))).out).toBe('there\n');
	});

	test('each hop asks for what it needs, under its own name', async () => {
		const keys = join(gate.folder, 'keys');
		mkdirSync(keys);
		const [atGate, atTarget] = [makeKey(keys, 'gate', 'ed25519', 'one'), makeKey(keys, 'target', 'ed25519', 'two')];
		allow(gate, `${atGate}.pub`);
		allow(target, `${atTarget}.pub`);
		const secrets = vaultWith();
		const byHost: Readonly<Record<string, string>> = {gate: 'one', 'web-1': 'two'};
		const transport = started({
			secrets: {
				...secrets,
				obtain: async prompt => {
					secrets.asked.push(prompt);
					return byHost[prompt.host];
				},
			},
			hosts: {gate: hostOf(gate, {name: 'gate', key: atGate})},
		});

		expect(await transport.contact(hostOf(target, {jump: 'gate', key: atTarget}), undefined)).toMatchObject({
			kind: 'reached',
		});
		expect(secrets.asked.map(({host, text}) => `${host}: ${text}`)).toEqual([
			`gate: Passphrase for ${atGate}`,
			`web-1: Passphrase for ${atTarget}`,
		]);
	});

	test('each hop’s key is judged: one on the way is met first, and it is said whose it is', async () => {
		const {transport, host} = behind(['gate'], {gate: hostOf(gate, {name: 'gate'})}, {policy: 'ask'});
		const first = await transport.contact(host, undefined);

		expect(first).toEqual({
			kind: 'firstContact',
			keyType: 'ssh-ed25519',
			fingerprint: gate.hostKeyFingerprints[0],
			about: `It is the key of gate (127.0.0.1:${gate.port}), which the way leads through. The way to web-1 (127.0.0.1:${target.port}) leads through gate.`,
		});
		const second = await transport.contact(host, gate.hostKeyFingerprints[0]);
		expect(second).toMatchObject({kind: 'firstContact', fingerprint: target.hostKeyFingerprints[0]});
		expect(await transport.contact(host, target.hostKeyFingerprints[0])).toMatchObject({kind: 'reached'});
	});

	test('a changed key on the way is refused, and the host behind it gets nothing', async () => {
		const other = readFileSync(`${makeKey(gate.folder, 'changed', 'ed25519')}.pub`, 'utf8');
		const before = logins(target);
		const {transport, host} = behind(
			['gate'],
			{gate: hostOf(gate, {name: 'gate'})},
			{known: `[127.0.0.1]:${gate.port} ${other}`},
		);

		expect(await transport.contact(host, undefined)).toMatchObject({
			refusal: 'host-key-changed',
			reason: expect.stringMatching(/^The host key of gate .* leads through gate\.$/),
		});
		expect(logins(target)).toBe(before);
	});

	test('a refused login on the way names the hop, the way, and what to do there', async () => {
		const stranger = makeKey(gate.folder, 'stranger', 'ed25519');
		const {transport, host} = behind(['gate', 'inner'], {
			gate: hostOf(gate, {name: 'gate'}),
			inner: hostOf(inner, {name: 'inner', jump: 'gate', key: stranger}),
		});

		expect(await transport.contact(host, undefined)).toMatchObject({
			refusal: 'auth',
			reason: expect.stringMatching(
				/^Could not log in to inner \(127.*\. The way to web-1 \(.*\) leads through gate, inner\.$/,
			),
			next: expect.stringContaining('for inner in the sheet'),
		});
	});

	test('where nothing listens behind the jump host, that is said of the right host', async () => {
		const gone = await listen(() => {});
		await gone.stop();
		const {transport, host} = behind(['gate'], {gate: hostOf(gate, {name: 'gate'})});
		const away = {...host, port: gone.port};

		expect(await transport.contact(away, undefined)).toMatchObject({
			refusal: 'unreachable',
			reason: expect.stringMatching(/^Could not reach web-1 .*gate \(.*\) could not connect to it/),
			next: expect.stringContaining('as gate sees them'),
		});
		expect(await transport.answers(away)).toBe(false);
	});

	test('a host that forwards nothing, as ESXi, is named', async () => {
		const closed = await startSshd({config: ['AllowTcpForwarding no']});
		cleanUp.push(closed.stop);
		const {transport, host} = behind(['gate'], {gate: hostOf(closed, {name: 'gate'})});

		expect(await transport.contact(host, undefined)).toMatchObject({
			reason: expect.stringContaining('gate'),
			next: expect.stringContaining('AllowTcpForwarding'),
		});
	});

	test('the way is cut: what ran behind it is lost, and the next command makes the way anew', async () => {
		const cable = await cableTo(gate.port);
		cleanUp.push(cable.stop);
		const {transport, host} = behind(['gate'], {gate: hostOf({...gate, port: cable.port}, {name: 'gate'})});
		const running = begin(execOn(transport, host), command('echo begun; sleep 600'));
		await running.printed('begun');
		cable.cut('reset');

		expect((await running.result).outcome).toMatchObject({
			kind: 'lost',
			evidence: expect.stringContaining('the way through gate'),
		});
		expect((await run(transport, host, command('echo again'))).out).toBe('again\n');
	});

	test('the way goes silent: that is noticed, and the host behind it is lost too', async () => {
		const cable: Cable = await cableTo(gate.port);
		cleanUp.push(cable.stop);
		const {transport, host} = behind(
			['gate'],
			{gate: hostOf({...gate, port: cable.port}, {name: 'gate'})},
			{timing: {keepAlive: 50}},
		);
		const running = begin(execOn(transport, host), command('echo begun; sleep 600'));
		await running.printed('begun');
		cable.freeze();

		expect((await running.result).outcome.kind).toBe('lost');
	});

	test('eight at most shake hands behind one jump host at the same time', async () => {
		let [now, most] = [0, 0];
		const waiting: Array<() => void> = [];
		const silent = await listen(socket => {
			now += 1;
			most = Math.max(most, now);
			waiting.push(() => {
				now -= 1;
				socket.destroy();
			});
		});
		const jump = await jumpServer();
		cleanUp.push(silent.stop, jump.stop);
		const user = {port: silent.port, userKey: '/no/key', user: 'root'};
		const {transport, host} = behind(['gate'], {gate: hostOf({...user, port: jump.port}, {name: 'gate'})});
		const contacts = Array.from({length: 12}, (_, index) =>
			transport.contact({...host, name: `web-${index}`, port: silent.port, address: `127.0.0.${index + 1}`}, undefined),
		);
		await until(() => waiting.length >= 8);
		let isOver = false;
		const all = Promise.all(contacts).then(() => {
			isOver = true;
		});
		await until(() => {
			waiting.shift()?.();
			return isOver;
		});
		await all;

		expect(most).toBe(8);
		expect(jump.connections()).toBe(1);
	});

	/** A transport, the target behind the last of these hosts, and known_hosts in a fresh file. */
	function behind(
		way: readonly string[],
		hosts: Readonly<Record<string, HostAccess>>,
		changes: {
			readonly policy?: 'ask';
			readonly known?: string;
			readonly timing?: NonNullable<TransportOptions['timing']>;
		} = {},
	) {
		const {policy = 'accept-new', known = '', timing = {}} = changes;
		fresh += 1;
		const file = join(target.folder, `known_${fresh}`);
		writeFileSync(file, known);
		const transport = started({hosts, knownHosts: {files: [file], policy}, timing});
		return {transport, hosts, host: hostOf(target, {jump: way.at(-1)})};
	}

	function started(changes: Partial<TransportOptions>): Transport {
		const transport = transportFor(target, changes);
		cleanUp.push(() => transport.close());
		return transport;
	}

	function sshConfig(text: string): {readonly kind: 'file'; readonly path: string} {
		fresh += 1;
		const path = join(target.folder, `config_${fresh}`);
		writeFileSync(path, text);
		return {kind: 'file', path};
	}
});

let fresh = 0;

function logins(sshd: Sshd): number {
	return sshd.log().match(/Accepted publickey/g)?.length ?? 0;
}

function allow(sshd: Sshd, publicKey: string): void {
	writeFileSync(join(sshd.folder, 'authorized_keys'), readFileSync(publicKey), {flag: 'a'});
}
