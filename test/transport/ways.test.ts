import {chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir, userInfo} from 'node:os';
import {join} from 'node:path';
import {afterAll, afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import type {HostAccess} from '../../src/engine/ports.js';
import {type Hop, wayTo} from '../../src/transport/hop.js';
import {isNoWay, Ways} from '../../src/transport/ways.js';
import {haveSsh} from '../ssh.js';
import {hostOf} from './parts.js';

const {username: me, homedir: home} = userInfo();
const folder = mkdtempSync(join(tmpdir(), 'fieldbook-ways-'));
const path = join(folder, 'config');
const silent = hostOf(
	{port: 1, userKey: '', user: ''},
	{address: 'web', port: undefined, user: undefined, key: undefined},
);

afterAll(() => rmSync(folder, {recursive: true}));

describe('where the sheet is silent', () => {
	test('the ssh configuration decides; where it speaks, the sheet does', async () => {
		const config = `Host web
			HostName 10.0.0.9
			User admin
			Port 2222
			IdentityFile /keys/web
			ProxyJump gate`;

		expect(await hop(config)).toMatchObject({
			settings: {hostName: '10.0.0.9', user: 'admin', port: 2222, identityFiles: ['/keys/web']},
			via: {name: `${me}@gate`},
		});
		expect(await hop(config, {user: 'root', port: 22, key: '/keys/own', jump: 'bastion'})).toMatchObject({
			settings: {hostName: '10.0.0.9', user: 'root', port: 22, identityFiles: ['/keys/own']},
			via: {name: 'bastion', settings: {hostName: '10.0.0.1'}},
		});
	});

	test('a jump host of the sheet may itself be reached as the ssh configuration says', async () => {
		const found = await hop('Host 10.0.0.1\n ProxyJump ops@gate:2222,second', {jump: 'bastion'});

		expect(found === undefined ? '' : wayTo(found)).toBe(`ops@gate, ${me}@second, bastion`);
	});

	test('the known_hosts of the sheet hold for the whole way', async () => {
		const ways = waysWith('Host *\n UserKnownHostsFile /other\nHost web\n ProxyJump gate', ['/sheet']);
		const found = await ways.to(silent);

		expect(found).toMatchObject({
			settings: {knownHostsFiles: ['/sheet'], newKeysFile: '/sheet'},
			via: {settings: {knownHostsFiles: ['/sheet']}},
		});
	});
});

describe('there is no way', () => {
	test.each([
		['to a host without an address', '', {address: ''}, 'no address'],
		['through a host that the sheet does not have', '', {jump: 'nobody'}, 'of which the sheet says nothing'],
		[
			'in a circle of ProxyJump',
			'Host web\n ProxyJump a\nHost a\n ProxyJump b\nHost b\n ProxyJump a',
			{},
			'circle: web-1 → a → b → a',
		],
		['through itself', 'Host *\n ProxyJump gate', {}, 'circle: web-1 → gate → gate'],
		['in a circle of the sheet', '', {name: 'bastion', jump: 'bastion'}, 'circle: bastion → bastion'],
	] as const)('%s', async (_, config, changes, reason) => {
		expect(await waysWith(config).to({...silent, ...changes})).toMatchObject({
			kind: 'noWay',
			reason: expect.stringContaining(reason),
		});
	});

	test.each([
		['to the host', 'Host web\n ProxyCommand nc %h %p', {}],
		['to a host on the way', 'Host web\n ProxyJump gate\nHost gate\n ProxyCommand nc %h %p', {}],
	])('by ourselves where a ProxyCommand leads %s: it needs the system’s ssh', async (_, config, changes) => {
		expect(await waysWith(config).to({...silent, ...changes})).toMatchObject({
			kind: 'noWay',
			reason: expect.stringMatching(/reach (web-1|gate) by itself: .*ProxyCommand/),
			next: expect.stringContaining('transport: system'),
		});
	});

	test('where the ssh configuration that the sheet names is gone: without it other hosts might be meant', async () => {
		const ways = waysWith('Host web\n HostName by.us');
		rmSync(path);

		expect(await ways.to(silent)).toMatchObject({kind: 'noWay', reason: expect.stringContaining('ENOENT')});
	});

	test('but a jump host of the sheet goes before a ProxyCommand', async () => {
		expect(await hop('Host web\n ProxyCommand nc %h %p', {jump: 'bastion'})).toMatchObject({via: {name: 'bastion'}});
	});
});

describe.skipIf(!haveSsh())('whom we ask', () => {
	/** An `ssh` that notes how it was called and says what the test wants. */
	const called = join(folder, 'called');
	beforeEach(() => {
		const fake = join(folder, 'bin', 'ssh');
		mkdirSync(join(folder, 'bin'), {recursive: true});
		rmSync(called, {force: true});
		writeFileSync(
			fake,
			`#!/bin/sh\necho "$*" >>${called}\necho hostname asked.example\necho user asked\necho port 7\n`,
		);
		chmodSync(fake, 0o755);
		vi.stubEnv('PATH', `${join(folder, 'bin')}:${process.env['PATH']}`);
	});
	afterEach(() => vi.unstubAllEnvs());

	test('the system’s ssh, with what the sheet says, and each host once for one wave', async () => {
		const ways = waysWith('Host *\n IdentityFile /some/key');
		const [first] = await Promise.all([ways.to({...silent, port: 9}), ways.to({...silent, port: 9})]);

		expect(first).toMatchObject({settings: {hostName: 'asked.example', user: 'asked', port: 7}});
		expect(readFileSync(called, 'utf8')).toBe(`-G -F ${path} -p 9 -- web\n`);
	});

	test('for many hosts of which it says the same kind of things, once, as long as it says the same as we', async () => {
		const fake = join(folder, 'bin', 'ssh');
		const hosts = ['a', 'b', 'c'].map(name => ({...silent, name, address: name}));
		const ways = waysWith('Host *\n IdentityFile /k\nHost a\n HostName a.us\nHost b\n HostName b.us');
		const answer = (...lines: readonly string[]) =>
			writeFileSync(
				fake,
				`#!/bin/sh\neval name=\\$$#\necho $name >>${called}\n${lines.map(line => `echo ${line}`).join('\n')}\n`,
			);
		answer(`user ${me}`, 'port 22', 'identityfile /k', 'hostname $name.us');
		const [, second] = await Promise.all(hosts.map(host => ways.to(host))); // The third is of another kind

		expect(readFileSync(called, 'utf8').trim().split('\n').toSorted()).toEqual(['a', 'c']);
		expect(second).toMatchObject({settings: {hostName: 'b.us'}});
	});

	test('for each host, where it says something else than we', async () => {
		const ways = waysWith('Host *\n IdentityFile /k');
		const found = [];
		for (const address of ['a', 'b']) {
			found.push(await ways.to({...silent, name: address, address}));
		}

		expect(found).toMatchObject([{settings: {hostName: 'asked.example'}}, {settings: {hostName: 'asked.example'}}]);
		expect(readFileSync(called, 'utf8').match(/-G/g)).toHaveLength(2);
	});

	test('for each host, where it depends on what we do not know', async () => {
		const ways = waysWith('Match tagged x\n User y\nHost *\n IdentityFile /k');
		await Promise.all(['a', 'b'].map(address => ways.to({...silent, name: address, address})));

		expect(readFileSync(called, 'utf8').match(/-G/g)).toHaveLength(2);
	});

	test('nobody, for a host of which the configuration says nothing that concerns us', async () => {
		expect(await hop('Host *\n SendEnv LANG\nHost other\n IdentityFile /k')).toMatchObject({
			settings: {hostName: 'web'},
		});
		expect(existsSync(called)).toBe(false);
	});

	test('nobody, where it has Match exec: ssh would run it. We never do, and say so', async () => {
		const proof = join(folder, 'executed');
		const config = `Include ${folder}/included\nHost web\n HostName by.us`;
		writeFileSync(
			join(folder, 'included'),
			`Host nobody\n User x\nMatch host web exec "touch ${proof}"\n HostName executed\n`,
		);

		expect(await hop(config)).toMatchObject({
			settings: {hostName: 'by.us'},
			note: expect.stringContaining('Match exec'),
		});
		expect([existsSync(called), existsSync(proof)]).toEqual([false, false]);
	});

	test('nobody, for somebody else than who runs us: ssh would read his own files', async () => {
		const found = await waysWith('Host web\n HostName by.us', undefined, {home: '/nowhere'}).to(silent);

		expect(found).toMatchObject({settings: {hostName: 'by.us'}});
		expect(existsSync(called)).toBe(false);
	});

	test('ourselves, where there is no ssh', async () => {
		vi.stubEnv('PATH', '/nowhere');

		expect(await hop('Host web\n HostName by.us')).toMatchObject({settings: {hostName: 'by.us'}, note: ''});
	});

	test('ourselves, where ssh does not take the configuration, and its words are told', async () => {
		writeFileSync(join(folder, 'bin', 'ssh'), '#!/bin/sh\necho "line 3: Bad configuration option" >&2\nexit 255\n');

		expect(await hop('Host web\n HostName by.us')).toMatchObject({
			settings: {hostName: 'by.us'},
			note: expect.stringContaining('line 3: Bad configuration option'),
		});
	});
});

function waysWith(config: string, knownHostsFiles?: readonly [string], changes: {readonly home?: string} = {}): Ways {
	writeFileSync(path, config);
	const bastion: HostAccess = {...silent, name: 'bastion', address: '10.0.0.1', jump: undefined};
	return new Ways({
		sshConfig: {kind: 'file', path},
		hosts: {bastion: {...bastion, jump: undefined}},
		knownHostsFiles,
		home,
		localUser: me,
		...changes,
	});
}

async function hop(config: string, changes: Partial<HostAccess> = {}): Promise<Hop | undefined> {
	const found = await waysWith(config).to({...silent, ...changes});
	return isNoWay(found) ? undefined : found;
}
