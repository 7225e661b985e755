import {randomBytes} from 'node:crypto';
import {mkdirSync} from 'node:fs';
import {homedir} from 'node:os';
import {dirname} from 'node:path';
import {openRun} from '../engine/engine.js';
import type {RunHandle} from '../engine/handle.js';
import type {RunPlan} from '../engine/plan.js';
import type {Clock, Hands, Transport} from '../engine/ports.js';
import {createVault, type Vault} from '../engine/vault.js';
import type {LabOptions} from '../lab/start.js';
import type {Values} from '../runbook/site.js';
import {type DeviceKey, openDeviceKey} from '../store/device-key.js';
import {serveHolder} from '../store/holder-server.js';
import {createRunFile, openRunFile} from '../store/run-file.js';
import type {Blob} from '../store/tables.js';
import type {RunFile} from '../store/writer.js';
import type {HostKeyPolicy} from '../transport/transport.js';
import {openKeyThread} from './key-thread.js';
import {wallClock} from './wall-clock.js';

/** Everything that a run needs, as data: it is made in one thread and opened in another. */
export type SessionSpec = {
	readonly plan: RunPlan;
	readonly runFile: RunFileSpec;
	readonly world: WorldSpec;
	/** Secrets that are known from the start, by name and host; sealed. They stay in memory. */
	readonly secrets: Values;
	/** Who logs in where the sheet names nobody. */
	readonly localUser: string;
	/** Holds the key that the run file is signed with. */
	readonly stateFolder: string;
};

type RunFileSpec =
	| {
			readonly kind: 'new';
			readonly path: string;
			readonly meta: Readonly<Record<string, string>>;
			readonly blobs: readonly Blob[];
	  }
	| {readonly kind: 'existing'; readonly path: string};

export type WorldSpec =
	| {
			readonly kind: 'real';
			/** Undefined: those that ssh would read. */
			readonly knownHosts?: readonly [string, ...string[]] | undefined;
			/** An ssh configuration; undefined: the user's own. */
			readonly sshConfig?: string | undefined;
			readonly policy: HostKeyPolicy;
	  }
	| {readonly kind: 'lab'; readonly lab: LabOptions};

/** Opens the run file, the world and the engine, in this order. Rejects with a UserError; then nothing is left open. */
export async function openSession(spec: SessionSpec): Promise<RunHandle> {
	const opened: Array<() => Promise<void>> = [];
	const closeAll = async () => {
		const troubles: unknown[] = [];
		for (const close of opened.splice(0).toReversed()) {
			await close().catch(error => troubles.push(error));
		}

		if (troubles.length > 0) {
			throw troubles[0];
		}
	};
	try {
		const world = await openWorld(spec, opened);
		const store = openStore(spec.runFile, openDeviceKey(spec.stateFolder));
		opened.push(() => store.close());
		const {by, device} = spec.plan.open;
		const since = new Date().toISOString();
		const server = await serveHolder(spec.runFile.path, store, {by, device, since, pid: process.pid});
		opened.push(async () => server?.close());
		const handle = openRun(
			{transport: world.transport, store, clock: world.clock, hands: world.hands, secrets: world.vault, newId},
			spec.plan,
		);
		return closing(handle, closeAll);
	} catch (error) {
		await closeAll().catch(() => {});
		throw error;
	}
}

type OpenWorld = {
	readonly vault: Vault;
	readonly transport: Transport;
	readonly clock: Clock;
	readonly hands: Hands | undefined;
};

/** Rehearsal and reality differ in where the hosts are and whose time it is, and in nothing else. */
async function openWorld(spec: SessionSpec, opened: Array<() => Promise<void>>): Promise<OpenWorld> {
	const {createTransport} = await import('../transport/transport.js');
	const {contactsInTurn} = await import('../transport/contacts-in-turn.js');
	const basics = {home: homedir(), localUser: spec.localUser};
	const {world} = spec;
	if (world.kind === 'real') {
		const vault = createVault(spec.secrets);
		const keys = openKeyThread();
		const transport = createTransport({
			...basics,
			secrets: vault,
			knownHosts: {files: world.knownHosts, policy: world.policy},
			sshConfig: world.sshConfig === undefined ? {kind: 'usual'} : {kind: 'file', path: world.sshConfig},
			hosts: spec.plan.hosts,
			agentSocket: usualAgent(),
			keyReader: keys.read,
		});
		opened.push(
			() => keys.close(),
			() => transport.close(),
		);
		return {vault, transport: contactsInTurn(transport), clock: wallClock, hands: undefined};
	}

	// The world is kept beside the run, and before it.
	mkdirSync(dirname(spec.runFile.path), {recursive: true, mode: 0o700});
	const {openLab} = await import('../lab/start.js');
	const lab = await openLab(world.lab);
	opened.push(() => lab.close());
	const passwords = Object.fromEntries(Object.entries(lab.hosts).map(([name, {password}]) => [name, password]));
	const vault = createVault({...spec.secrets, password: passwords, sudo: passwords});
	const {labTransport} = await import('./lab-transport.js');
	const ssh = createTransport({
		...basics,
		secrets: vault,
		knownHosts: {files: [lab.knownHostsFile], policy: 'strict'},
		// The lab's time stands still while a link is looked for: longer waits are the engine's, in that time. What is silent
		// for long is no bad line here, but a network that the runbook took away
		timing: {
			...patienceWith(Object.keys(lab.hosts).length),
			...{connect: 10_000, retry: 25, rejoin: {pauses: [50, 200], forMs: 500}},
		},
	});
	const transport = contactsInTurn(labTransport(lab.attend(ssh), lab, () => vault.named()));
	opened.push(() => transport.close());
	const {fault} = world.lab;
	const caution =
		fault && `Something goes wrong in this rehearsal on purpose: --fault ${fault.name} --seed ${fault.seed}.`;
	return {vault, transport, clock: lab.clock, hands: {...lab.hands, caution}};
}

/** One process serves all hosts of a lab: the more there are, the longer one waits for what the others do. In milliseconds. */
function patienceWith(hosts: number): {
	readonly handshake: number;
	readonly keepAlive: number;
	readonly channel: number;
} {
	const others = 100 * hosts;
	return {
		handshake: Math.max(10_000, others),
		keepAlive: Math.max(5000, others),
		channel: Math.max(20_000, 4 * others),
	};
}

/** What `ssh` asks: SSH_AUTH_SOCK, and on Windows the service's pipe. */
function usualAgent(): string | undefined {
	return process.env['SSH_AUTH_SOCK'] ?? (process.platform === 'win32' ? '\\\\.\\pipe\\openssh-ssh-agent' : undefined);
}

function openStore(spec: RunFileSpec, key: DeviceKey): RunFile {
	return spec.kind === 'new' ? createRunFile(spec.path, spec.meta, spec.blobs, key) : openRunFile(spec.path, key);
}

/** The same handle, which also closes what it stands on. */
function closing(handle: RunHandle, closeAll: () => Promise<void>): RunHandle {
	return {
		pull: want => handle.pull(want),
		request: request => handle.request(request),
		read: want => handle.read(want),
		search: search => handle.search(search),
		tell: (prompt, value) => handle.tell(prompt, value),
		subscribe: listener => handle.subscribe(listener),
		ended: handle.ended,
		died: handle.died,
		close: async () => {
			await handle.close();
			await closeAll();
		},
	};
}

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** 130 random bits: 26 characters of 5 bits each. */
export function newId(): string {
	return [...randomBytes(26)].map(byte => ALPHABET[byte & 31]).join('');
}
