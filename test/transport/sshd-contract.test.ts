import {execFileSync} from 'node:child_process';
import {chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe} from 'vitest';
import {haveSshd, type SshdOptions, startSshd} from '../sshd.js';
import {describeExec, describeFiles, describePosixHost, type Subject} from './contract.js';
import {hostOf, transportFor} from './parts.js';

const isRoot = process.getuid?.() === 0;

async function subject(options: SshdOptions, asTestUser: boolean): Promise<Subject> {
	const sshd = await startSshd(options);
	const folder = join(sshd.folder, 'files');
	mkdirSync(folder, {mode: 0o777});
	const transport = transportFor(sshd);
	const host = hostOf(sshd, asTestUser ? {user: sshd.passwordUser?.name} : {});
	return {
		transport,
		host,
		folder: asTestUser ? join(sshd.folder, 'home') : folder,
		stop: async () => {
			await transport.close();
			await sshd.stop();
		},
	};
}

describe.skipIf(!haveSshd())('OpenSSH', () => {
	describePosixHost('an sshd with the tester’s own shell', () => subject({}, false));
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
	const transport = transportFor({folder: '/nowhere'});
	const folder = mkdtempSync(join(tmpdir(), 'fieldbook-laptop-'));
	afterAll(() => rmSync(folder, {recursive: true}));

	describeExec(() => transport.execLocal);
	describeFiles(() => ({
		folder,
		stat: path => transport.statLocalFile(path),
		put: file => transport.putLocalFile(file),
		read: path => transport.readLocalFile(path),
		restore: file => transport.restoreLocalFile(file),
		exec: transport.execLocal,
	}));
});
