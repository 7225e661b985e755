import type {Contact, HostAccess, JobRef, Transport} from '../engine/ports.js';
import {isSameBoot} from '../run/boot.js';
import type {HostFacts} from '../run/event.js';
import type {JobSeen, Outcome} from '../run/outcome.js';
import type {ConfigSource} from './config/files.js';
import {type ConnectionOptions, Connections} from './connections.js';
import {SystemSsh} from './control-master.js';
import {factsArguments, factsScript, readFacts, shellIn} from './facts.js';
import {putFile, readFile, restoreFile, statFile} from './files.js';
import {fingerprintOf, keyTypeOf} from './fingerprint.js';
import {ask} from './helper.js';
import {nameFor} from './hop.js';
import {defaultKeptOutput, followJob, forgetJob, lookUpJob, runJob} from './jobs.js';
import type {KeyReader} from './key-files.js';
import {laptop} from './local.js';
import {isPosixShell} from './posix.js';
import {runScript} from './run-script.js';
import type {Place} from './session.js';
import {parsePrivateKey} from './ssh-client.js';
import {placeAs} from './sudo.js';
import {defaultTiming, type Timing} from './timing.js';
import {askFacts, readWindowsFacts, runPowerShell} from './windows.js';
import {windowsFiles} from './windows-files.js';

export type {HostKeyPolicy} from './host-key.js';
export type {KeyReader} from './key-files.js';
export {type PrivateKey, parsePrivateKey} from './ssh-client.js';

export type TransportOptions = Omit<
	ConnectionOptions,
	'timing' | 'agentSocket' | 'sshConfig' | 'hosts' | 'keyReader'
> & {
	/** Where ssh's configuration is read; undefined: nowhere. */
	readonly sshConfig?: ConfigSource | undefined;
	/** The sheet's hosts, through which others may be reached. */
	readonly hosts?: Readonly<Record<string, HostAccess>>;
	/** Reads encrypted keys; undefined: in this thread. */
	readonly keyReader?: KeyReader | undefined;
	/** `SSH_AUTH_SOCK`, or a named pipe on Windows; undefined: no agent. */
	readonly agentSocket?: string | undefined;
	/** What the system's ssh reads instead of its configuration; undefined: the user's own. */
	readonly systemSshConfig?: string | undefined;
	/** So many bytes of each stream of a job stay on its host, at most; undefined: 64 MiB. */
	readonly keptOutput?: number;
	/** Other waits than the defaults. */
	readonly timing?: Partial<Timing>;
};

/** Runs scripts on real hosts over SSH, and on this laptop. Connects when something is first asked of a host. */
export function createTransport(options: TransportOptions): Transport {
	const timing = {...defaultTiming, ...options.timing};
	const connections = new Connections({
		...options,
		agentSocket: options.agentSocket,
		sshConfig: options.sshConfig ?? {kind: 'none'},
		hosts: options.hosts ?? {},
		keyReader: options.keyReader ?? (async (text, passphrase) => parsePrivateKey(text, passphrase)),
		timing,
	});
	const {secrets} = options;
	const systemSsh = new SystemSsh({
		knownHostsFiles: options.knownHosts.files,
		policy: options.knownHosts.policy,
		hosts: options.hosts ?? {},
		configFile: options.systemSshConfig,
		timing,
	});
	const own = (host: HostAccess): Place =>
		host.transport === 'system' ? systemSsh.place(host) : connections.place(host);
	const placeFor = (host: HostAccess, as: string | undefined): Place =>
		as === undefined ? own(host) : placeAs(own(host), {user: as, maySudo: host.sudo, host: host.name, secrets}, timing);
	const laptopFor = (as: string | undefined): Place =>
		as === undefined ? laptop : placeAs(laptop, {user: as, maySudo: true, host: 'local', secrets}, timing);
	const closing = new AbortController();
	const jobOptions = {timing, keptOutput: options.keptOutput ?? defaultKeptOutput, closing: closing.signal};
	const jobPlace = (host: HostAccess | undefined, {as}: JobRef): Place =>
		host === undefined ? laptopFor(as) : placeFor(host, as);
	const exec: Transport['exec'] = async (host, command, sink, cancel) =>
		noSudo(host, command.as) ??
		(host.platform === 'windows'
			? runPowerShell(placeFor(host, undefined), host, command, sink, cancel, timing)
			: runScript(placeFor(host, command.as), command, sink, cancel, timing));
	const execLocal: Transport['execLocal'] = (command, sink, cancel) =>
		runScript(laptopFor(command.as), command, sink, cancel, timing);
	return {
		contact: (host, trusted) =>
			host.transport === 'system'
				? contactThroughSystem(systemSsh, host, timing)
				: contact(connections, host, trusted, timing),
		exec,
		execLocal,
		execJob: async (host, job, command, sink, cancel) =>
			isAttached(host)
				? exec(host, command, sink, cancel)
				: runJob(jobPlace(host, job), job, command, sink, cancel, jobOptions),
		lookUpJob: async (host, job) =>
			isAttached(host)
				? lookUpAttached(() => contact(connections, host, undefined, timing), job)
				: lookUpJob(jobPlace(host, job), job, timing),
		followJob: async (host, job, sink, cancel) =>
			isAttached(host)
				? {kind: 'lost', evidence: `${host.name} keeps nothing of it.`}
				: followJob(jobPlace(host, job), job, sink, cancel, jobOptions),
		forgetJob: async (host, job) => {
			if (!isAttached(host)) {
				await forgetJob(jobPlace(host, job), job, timing);
			}
		},
		statFile: async (host, path, as) => noSudo(host, as) ?? filesOf(host).statFile(placeFor(host, as), path, timing),
		putFile: async (host, file) =>
			noSudo(host, file.as) ?? filesOf(host).putFile(placeFor(host, file.as), file, timing),
		readFile: async (host, path, as) => noSudo(host, as) ?? filesOf(host).readFile(placeFor(host, as), path, timing),
		restoreFile: async (host, file) =>
			noSudo(host, file.as) ?? filesOf(host).restoreFile(placeFor(host, file.as), file, timing),
		statLocalFile: (path, as) => posixFiles.statFile(laptopFor(as), path, timing),
		putLocalFile: file => posixFiles.putFile(laptopFor(file.as), file, timing),
		readLocalFile: (path, as) => posixFiles.readFile(laptopFor(as), path, timing),
		restoreLocalFile: file => posixFiles.restoreFile(laptopFor(file.as), file, timing),
		answers: host => (host.transport === 'system' ? systemSsh : connections).answers(host),
		close: async () => {
			closing.abort();
			await Promise.all([connections.close(), systemSsh.close()]);
		},
	};
}

const posixFiles = {statFile, putFile, readFile, restoreFile};

function filesOf({platform}: HostAccess): typeof posixFiles {
	return platform === 'windows' ? windowsFiles : posixFiles;
}

/** A job cannot be left to a Windows host: a script runs as long as its link, or goes on unseen. */
function isAttached(host: HostAccess | undefined): host is HostAccess {
	return host?.platform === 'windows';
}

/** Only a boot is known to have ended it. */
async function lookUpAttached(contact: () => Promise<Contact>, {boot}: JobRef): Promise<JobSeen> {
	const found = await contact();
	switch (found.kind) {
		case 'reached': {
			const {bootId = null} = found.facts;
			const isOtherBoot = boot !== undefined && bootId !== null && !isSameBoot(boot, bootId);
			return {kind: 'gone', because: isOtherBoot ? 'rebooted' : 'attached'};
		}

		case 'firstContact':
			return {kind: 'unanswered', evidence: 'Its host key is not known.', refused: 'host-key-unknown'};
		case 'refused': {
			const {refusal, reason} = found;
			return {kind: 'unanswered', evidence: reason, ...(refusal === 'unreachable' ? {} : {refused: refusal})};
		}
	}
}

/** Windows has no sudo: nothing is sent. */
function noSudo(
	{name, platform}: HostAccess,
	as: string | undefined,
): Extract<Outcome, {kind: 'notStarted'}> | undefined {
	return platform === 'windows' && as !== undefined
		? {kind: 'notStarted', reason: `as=${as}: ${name} is a Windows host, which has no sudo. Log in as ${as}.`}
		: undefined;
}

async function contact(
	connections: Connections,
	host: HostAccess,
	trusted: string | undefined,
	timing: Timing,
): Promise<Contact> {
	const reached = await connections.reach(host, trusted);
	switch (reached.kind) {
		case 'reached': {
			const {hostKey} = reached.channels.link;
			const {way, note} = reached;
			const known = {
				keyType: keyTypeOf(hostKey),
				fingerprint: fingerprintOf(hostKey),
				...(way === '' ? {} : {way}),
				...(note === '' ? {} : {note}),
			};
			return facts(connections.place(host), host, known, timing);
		}

		case 'firstContact': {
			const {keyType, fingerprint, about} = reached;
			return {kind: 'firstContact', keyType, fingerprint, ...(about === '' ? {} : {about})};
		}

		case 'refused': {
			const {refusal, reason, next} = reached;
			return {kind: 'refused', refusal, reason, next};
		}
	}
}

/** The system's ssh judges the host's key, and says which one it was. */
async function contactThroughSystem(systemSsh: SystemSsh, host: HostAccess, timing: Timing): Promise<Contact> {
	const reached = await systemSsh.reach(host);
	if (reached.kind === 'refused') {
		return reached;
	}

	const {keyType, fingerprint} = reached;
	return facts(systemSsh.place(host), host, {keyType, fingerprint}, timing);
}

async function facts(
	place: Place,
	host: HostAccess,
	known: Pick<HostFacts, 'keyType' | 'fingerprint' | 'way' | 'note'>,
	timing: Timing,
): Promise<Contact> {
	const sentAt = Date.now();
	const isWindows = host.platform === 'windows';
	const reply = isWindows
		? await askFacts(place, timing)
		: await ask(place, {script: factsScript, args: factsArguments(host)}, timing);
	const receivedAt = Date.now();
	if (reply.kind !== 'replied') {
		return unreachable(whyNot(reply), `Log in to ${nameFor(host)} with ssh and see what its login shell does.`);
	}

	place.shell.isPosix ||= isPosixShell(shellIn(reply.out));
	const own = (isWindows ? readWindowsFacts : readFacts)(reply.out, sentAt, receivedAt);
	return {kind: 'reached', facts: {...own, ...known}};
}

function unreachable(reason: string, next: string): Contact {
	return {kind: 'refused', refusal: 'unreachable', reason, next};
}

function whyNot(outcome: Extract<Outcome, {kind: 'notStarted' | 'lost'}>): string {
	return outcome.kind === 'notStarted' ? outcome.reason : outcome.evidence;
}
