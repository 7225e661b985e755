import {execFileSync} from 'node:child_process';
import {chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe} from 'vitest';
import {haveSshd, type SshdOptions, startSshd} from '../sshd.js';
import {describeExec, describeFiles, describePosixHost, type PosixSubject} from './contract.js';
import {describeJobs} from './jobs-contract.js';
import {hostOf, transportFor} from './parts.js';

const isRoot = process.getuid?.() === 0;

async function subject(options: SshdOptions, asTestUser: boolean): Promise<PosixSubject> {
	const sshd = await startSshd(options);
	const folder = join(sshd.folder, 'files');
	mkdirSync(folder, {mode: 0o777});
	const transport = transportFor(sshd);
	const host = hostOf(sshd, asTestUser ? {user: sshd.passwordUser?.name} : {});
	return {
		transport,
		host,
		folder: asTestUser ? join(sshd.folder, 'home') : folder,
		another: more => transportFor(sshd, more),
		stop: async () => {
			await transport.close();
			await sshd.stop();
		},
	};
}

describe.skipIf(!haveSshd())('OpenSSH', () => {
	const state = mkdtempSync(join(tmpdir(), 'fieldbook-state-'));
	afterAll(() => rmSync(state, {recursive: true}));
	describePosixHost('an sshd with the tester’s own shell', () =>
		subject({config: [`SetEnv XDG_STATE_HOME=${state}`]}, false),
	);
});

describe.skipIf(!haveSshd() || !isRoot)('OpenSSH, another user', () => {
	describePosixHost('a user whose login shell is dash', () => subject({loginShell: '/bin/sh'}, true));
	describePosixHost('a user whose bash prints something first', () =>
		subject({loginShell: '/bin/bash', startUpFile: 'printf "welcome, no line end"; echo oops >&2\n'}, true),
	);
	describePosixHost('a host that allows one session', () => subject({maxSessions: 1}, true));
});

const busybox = (process.env['PATH'] ?? '')
	.split(':')
	.map(folder => join(folder, 'busybox'))
	.find(existsSync);

describe.skipIf(!haveSshd() || !isRoot || busybox === undefined)('OpenSSH on a system of BusyBox', () => {
	let programs: string;
	beforeAll(() => {
		programs = mkdtempSync(join(tmpdir(), 'fieldbook-busybox-'));
		chmodSync(programs, 0o755);
		execFileSync(busybox ?? '', ['--install', '-s', programs]);
	});
	afterAll(() => rmSync(programs, {recursive: true}));

	describePosixHost('a host that has nothing else, as ESXi', () =>
		subject({loginShell: join(programs, 'sh'), config: [`SetEnv PATH=${programs}`]}, true),
	);
});

describe('this laptop', () => {
	const another = (options = {}) => transportFor({folder: '/nowhere'}, options);
	const transport = another();
	const folder = mkdtempSync(join(tmpdir(), 'fieldbook-laptop-'));
	const state = mkdtempSync(join(tmpdir(), 'fieldbook-state-'));
	process.env['XDG_STATE_HOME'] = state;
	afterAll(() => {
		rmSync(folder, {recursive: true});
		rmSync(state, {recursive: true});
	});

	describeExec(() => transport.execLocal);
	describe('jobs', () => {
		const bootId = '/proc/sys/kernel/random/boot_id';
		const boot = existsSync(bootId) ? readFileSync(bootId, 'utf8').trim() : undefined;
		describeJobs(() => ({transport, host: undefined, folder, forever: 'sleep 600', another, boot}));
	});
	describeFiles(() => ({
		folder,
		stat: path => transport.statLocalFile(path),
		put: file => transport.putLocalFile(file),
		read: path => transport.readLocalFile(path),
		restore: file => transport.restoreLocalFile(file),
		exec: transport.execLocal,
	}));
});
