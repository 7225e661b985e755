import {join} from 'node:path';
import type {FileToPut, HostAccess, RemoteCommand, SecretPrompt, Secrets, Transport} from '../../src/engine/ports.js';
import type {Outcome} from '../../src/run/outcome.js';
import {createTransport, type TransportOptions} from '../../src/transport/transport.js';
import type {Sshd} from '../sshd.js';

/** A host on loopback that logs in with the server's key, unless told otherwise. */
export function hostOf(sshd: Pick<Sshd, 'port' | 'userKey' | 'user'>, changes: Partial<HostAccess> = {}): HostAccess {
	return {
		name: 'web-1',
		address: '127.0.0.1',
		port: sshd.port,
		user: sshd.user,
		auth: undefined,
		key: sshd.userKey,
		password: undefined,
		jump: undefined,
		legacy: false,
		sudo: false,
		platform: 'linux',
		encoding: 'utf-8',
		...changes,
	};
}

/** A vault that knows these answers by the prompt's name, and keeps what it was asked. */
export type Vault = Secrets & {readonly asked: SecretPrompt[]; readonly refusals: SecretPrompt[]};

export function vaultWith(answers: Readonly<Record<string, string>> = {}): Vault {
	const asked: SecretPrompt[] = [];
	const refusals: SecretPrompt[] = [];
	return {
		asked,
		refusals,
		obtain: async prompt => {
			asked.push(prompt);
			return answers[prompt.name];
		},
		known: () => Object.values(answers),
		refused: prompt => {
			refusals.push(prompt);
		},
	};
}

/** A transport whose home and known_hosts are in the server's scratch folder; new host keys are accepted. */
export function transportFor(sshd: Pick<Sshd, 'folder'>, changes: Partial<TransportOptions> = {}): Transport {
	return createTransport({
		secrets: vaultWith(),
		knownHosts: {files: [join(sshd.folder, 'known_hosts')], policy: 'accept-new'},
		home: join(sshd.folder, 'empty-home'),
		localUser: 'nobody',
		...changes,
	});
}

export function command(script: string, changes: Partial<RemoteCommand> = {}): RemoteCommand {
	return {
		job: 'run.step.web-1.1.run',
		interpreter: ['sh', '-eu'],
		script,
		variables: {},
		secrets: {},
		as: undefined,
		timeoutMs: undefined,
		...changes,
	};
}

/** A file to put, empty unless told otherwise. */
export function fileAt(path: string, changes: Partial<FileToPut> = {}): FileToPut {
	return {
		path,
		bytes: Buffer.alloc(0),
		mode: undefined,
		owner: undefined,
		as: undefined,
		backup: `${path}.before`,
		...changes,
	};
}

export type Result = {readonly outcome: Outcome; readonly out: string; readonly err: string};

export type Running = {
	readonly result: Promise<Result>;
	/** Resolves with what was printed so far once it contains `text`; rejects if the command ends before. */
	printed(text: string): Promise<string>;
	cancel(): void;
};

export type Exec = (
	command: RemoteCommand,
	sink: (stream: 'out' | 'err', bytes: Uint8Array) => void,
	cancel: AbortSignal,
) => Promise<Outcome>;

/** Starts a command and collects what it prints. */
export function begin(exec: Exec, remote: RemoteCommand, encoding = 'utf-8'): Running {
	const chunks: Record<'out' | 'err', Uint8Array[]> = {out: [], err: []};
	const text = (stream: 'out' | 'err') =>
		new TextDecoder(encoding, {ignoreBOM: true}).decode(Buffer.concat(chunks[stream]));
	const waiting = new Set<() => void>();
	const cancel = new AbortController();
	const result = exec(
		remote,
		(stream, bytes) => {
			chunks[stream].push(Buffer.from(bytes));
			for (const look of waiting) {
				look();
			}
		},
		cancel.signal,
	).then(outcome => ({outcome, out: text('out'), err: text('err')}));
	return {
		result,
		printed: wanted =>
			new Promise((resolve, reject) => {
				const look = () => {
					if (text('out').includes(wanted)) {
						resolve(text('out'));
					}
				};
				waiting.add(look);
				look();
				result.then(({outcome, err}) => reject(new Error(`Ended as ${JSON.stringify(outcome)}: ${err}`)), reject);
			}),
		cancel: () => cancel.abort(),
	};
}

/** Runs a command on a host to its end. */
export function run(transport: Transport, host: HostAccess, remote: RemoteCommand): Promise<Result> {
	return begin(execOn(transport, host), remote).result;
}

export function execOn(transport: Transport, host: HostAccess): Exec {
	return (remote, sink, cancel) => transport.exec(host, remote, sink, cancel);
}

/** Resolves once `look` is true. The bound is the test's own. */
export async function until(look: () => boolean | Promise<boolean>): Promise<void> {
	while (!(await look())) {
		await new Promise(resolve => setTimeout(resolve, 10));
	}
}
