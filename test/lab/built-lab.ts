import {type ChildProcess, spawn, spawnSync} from 'node:child_process';
import {chmodSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {build} from 'esbuild';
import {vi} from 'vitest';
import {type Lab, type LabOptions, openLab} from '../../src/lab/start.js';

/** Labs in processes of their own, as they are shipped, and the system's `ssh` to reach them. */
export type BuiltLab = {
	readonly stateDir: string;
	open(changes?: Partial<LabOptions>): Promise<Lab>;
	/** Runs `ssh` to the end. `lines` is its standard input. */
	ssh(lab: Lab, host: string, args: readonly string[], lines?: string): Promise<SshResult>;
	/** Runs `ssh` and lets the test type. */
	type(lab: Lab, host: string, args: readonly string[]): Typist;
	/** Ends every lab that was opened, and removes all files. */
	stop(): Promise<void>;
};

type SshResult = {readonly out: string; readonly err: string; readonly status: number | null};

type Typist = {
	keys(text: string): void;
	/** Resolves once `text` was printed behind what was waited for before. */
	sees(text: string): Promise<void>;
	readonly result: Promise<SshResult>;
};

const root = join(import.meta.dirname, '..', '..');

/** Says so where there is no `ssh`: the tests are skipped then, and in CI that is a failure. */
export function haveSsh(): boolean {
	if (spawnSync('ssh', ['-V']).error === undefined) {
		return true;
	}
	if (process.env['CI'] !== undefined) {
		throw new Error('There is no ssh on this machine: install an OpenSSH client.');
	}
	console.warn('SKIPPED: there is no ssh on this machine.');
	return false;
}

export async function buildLab(): Promise<BuiltLab> {
	// Inside the repository, so that the packages are found from there
	const bundle = mkdtempSync(join(root, 'node_modules', '.lab-test-'));
	const entry = join(bundle, 'lab.js');
	await build({
		entryPoints: [join(root, 'src', 'lab', 'main.ts')],
		outfile: entry,
		bundle: true,
		packages: 'external',
		format: 'esm',
		platform: 'node',
		logLevel: 'warning',
	});
	const stateDir = mkdtempSync(join(tmpdir(), 'fieldbook-lab-'));
	const askpass = join(stateDir, 'askpass');
	writeFileSync(askpass, '#!/bin/sh\necho "$LAB_PASSWORD"\n');
	chmodSync(askpass, 0o700);
	const opened: Lab[] = [];
	const clients = new Set<ChildProcess>();
	const start = (lab: Lab, host: string, args: readonly string[]) => {
		const {port, address, user, password} = lab.hosts[host] ?? {port: 0, address: '', user: '', password: ''};
		const options = ['-F', 'none', '-o', `UserKnownHostsFile=${lab.knownHostsFile}`, '-o', 'StrictHostKeyChecking=yes'];
		const child = spawn('ssh', [...options, '-p', String(port), '-l', user, address, ...args], {
			env: {
				...process.env,
				SSH_ASKPASS: askpass,
				SSH_ASKPASS_REQUIRE: 'force',
				LAB_PASSWORD: password,
				SSH_AUTH_SOCK: '',
			},
		});
		clients.add(child);
		let out = '';
		let err = '';
		child.stdout.on('data', bytes => {
			out += bytes;
		});
		child.stderr.on('data', bytes => {
			err += bytes;
		});
		child.stdin.on('error', () => {}); // It ended without reading
		const result = new Promise<SshResult>(resolve => {
			child.on('close', status => {
				clients.delete(child);
				resolve({out, err, status});
			});
		});
		return {child, result, seen: () => out};
	};
	return {
		stateDir,
		open: async changes => {
			const lab = await openLab({
				stateDir,
				runId: 'run-1',
				topology: 'vmware-host-clustering',
				start: 'bare',
				hands: {},
				speed: Number.POSITIVE_INFINITY,
				entry,
				...changes,
			});
			opened.push(lab);
			return lab;
		},
		ssh: (lab, host, args, lines = '') => {
			const {child, result} = start(lab, host, args);
			child.stdin.end(lines);
			return result;
		},
		type: (lab, host, args) => {
			const {child, result, seen} = start(lab, host, args);
			let from = 0;
			return {
				keys: text => child.stdin.write(text),
				sees: async text => {
					await vi.waitUntil(() => seen().indexOf(text, from) !== -1, {timeout: 30_000, interval: 5});
					from = seen().indexOf(text, from) + text.length;
				},
				result,
			};
		},
		stop: async () => {
			for (const child of clients) {
				child.kill();
			}
			for (const lab of opened) {
				await lab.stop().catch(() => {}); // It may have ended already: that is what we want
			}
			rmSync(bundle, {recursive: true});
			rmSync(stateDir, {recursive: true});
		},
	};
}

export function lives(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
}
