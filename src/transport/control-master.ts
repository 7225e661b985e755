import type {ChildProcess} from 'node:child_process';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {Readable, Writable} from 'node:stream';
import type {HostAccess} from '../engine/ports.js';
import type {Refusal} from '../run/outcome.js';
import {quotePosix} from '../text/quote.js';
import {sanitiseLine} from '../text/sanitise.js';
import {EndMarker} from './end-marker.js';
import {newToken} from './helper.js';
import {nameFor} from './hop.js';
import type {HostKeyPolicy} from './host-key.js';
import {MarkerFilter} from './marker.js';
import {fitsOneLine} from './posix.js';
import type {Listener, Place, Session, Started, StartOptions} from './session.js';
import {Slots} from './slots.js';
import {atMost, pause, type Timing} from './timing.js';

export type SystemSshOptions = {
	/** The files that the sheet names; undefined: those that ssh would read. */
	readonly knownHostsFiles: readonly [string, ...string[]] | undefined;
	readonly policy: HostKeyPolicy;
	/** The lines of the sheet, for `jump`. */
	readonly hosts: Readonly<Record<string, HostAccess>>;
	/** A configuration instead of the user's own; undefined: what ssh reads. */
	readonly configFile?: string | undefined;
	readonly timing: Timing;
};

export type SystemReached =
	| {readonly kind: 'reached'; readonly keyType: string; readonly fingerprint: string}
	| {
			readonly kind: 'refused';
			readonly refusal: Refusal | 'unreachable';
			readonly reason: string;
			readonly next: string;
	  };

type Master = {readonly reached: Promise<SystemReached>; readonly number: number; isOver: boolean};

const sessionsAtOnce = 4;
const backOffMs = [20, 100, 400];

/** An unused connection ends by itself, should we be killed; a step after a long pause makes a new one. */
const idleSeconds = 600;

/**
Hosts that the sheet gives to this laptop's own `ssh` (`transport: system`): it knows certificates, keys on security
tokens, ProxyCommand and newer key exchanges, and reads its own configuration.

One connection per host (ControlMaster), its socket in a folder of ours alone; the commands go through it. It asks
nobody anything: keys come from the agent, passwords do not go this way. Its exit status says nothing by itself, since
255 may be its own or the command's: a command has begun and ended when our words on standard error say so.
*/
export class SystemSsh {
	readonly #options: SystemSshOptions;
	readonly #masters = new Map<string, Master>();
	readonly #slots = new Map<string, Slots>();
	/** Ours alone (0700), and short: a socket's path may have about a hundred characters. */
	#folder: Promise<string> | undefined;
	#count = 0;

	constructor(options: SystemSshOptions) {
		this.#options = options;
	}

	place(host: HostAccess): Place {
		return {
			name: nameFor(host),
			shell: {isPosix: true},
			fits: line => fitsOneLine(commandLine(line, newToken())),
			start: (line, listener, how) => this.#inTurn(host, line, listener, how),
		};
	}

	/** The host's connection, made if there is none. Never rejects. */
	async reach(host: HostAccess): Promise<SystemReached> {
		const there = this.#masters.get(host.name);
		const master = there === undefined || there.isOver ? this.#openMaster(host) : there;
		const reached = await master.reached;
		if (reached.kind === 'refused') {
			master.isOver = true;
		}

		return reached;
	}

	/** Does an SSH server greet us there right now? Looks once, and does not log in. */
	async answers(host: HostAccess): Promise<boolean> {
		const {timing} = this.#options;
		const {execa} = await import('execa');
		const look = execa(
			'ssh',
			[...this.#way(host), '-v', '-o', 'ControlPath=none', '-o', 'PreferredAuthentications=none', ...destination(host)],
			{reject: false, stdin: 'ignore', stdout: 'ignore', buffer: false, timeout: timing.answer},
		);
		let heard = '';
		for await (const chunk of look.stderr) {
			heard += String(chunk);
			if (/remote software version/i.test(heard)) {
				look.kill();
				return true;
			}
		}

		return false;
	}

	async close(): Promise<void> {
		const masters = [...this.#masters.values()];
		this.#masters.clear();
		const folder = await this.#folder;
		if (folder !== undefined) {
			await Promise.all(masters.map(master => this.#closeMaster(master)));
			await rm(folder, {recursive: true, force: true});
		}
	}

	async #closeMaster({reached, number}: Master): Promise<void> {
		if ((await reached).kind === 'reached') {
			const {execa} = await import('execa');
			await execa('ssh', ['-S', await this.#file(`${number}`), '-O', 'exit', 'host'], {reject: false, timeout: 3000});
		}
	}

	#openMaster(host: HostAccess): Master {
		this.#count += 1;
		const master = {reached: this.#connect(host, this.#count), number: this.#count, isOver: false};
		this.#masters.set(host.name, master);
		return master;
	}

	async #file(name: string): Promise<string> {
		this.#folder ??= mkdtemp(join(tmpdir(), 'fb-ssh-'));
		return join(await this.#folder, name);
	}

	async #connect(host: HostAccess, number: number): Promise<SystemReached> {
		const {execa} = await import('execa');
		const log = await this.#file(`${number}.log`);
		const opening = await execa(
			'ssh',
			[
				...this.#way(host),
				...['-fN', '-v', '-E', log, '-S', await this.#file(`${number}`)],
				...['-o', 'ControlMaster=yes', '-o', `ControlPersist=${idleSeconds}`],
				...destination(host),
			],
			{reject: false, stdio: 'ignore', timeout: this.#options.timing.connect},
		);
		if (opening.code === 'ENOENT') {
			return refused(
				host,
				'unreachable',
				'this laptop has no ssh',
				'Install OpenSSH, or leave `transport: system` out.',
			);
		}

		const said = await readFile(log, 'utf8').catch(() => '');
		const [, keyType = '', fingerprint = ''] = /Server host (?:key|certificate): (\S+) (SHA256:\S+)/.exec(said) ?? [];
		return opening.exitCode === 0
			? {kind: 'reached', keyType, fingerprint}
			: refusalOf(host, said, opening.timedOut ? 'it did not answer in time' : '');
	}

	async #inTurn(host: HostAccess, line: string, listener: Listener, how: StartOptions): Promise<Started> {
		const slots = this.#slots.get(host.name) ?? new Slots(sessionsAtOnce);
		this.#slots.set(host.name, slots);
		const over = Promise.withResolvers<void>();
		const heard: Listener = {
			output: (stream, bytes) => listener.output(stream, bytes),
			exit: ending => listener.exit(ending),
			close: linkLost => {
				over.resolve();
				listener.close(linkLost);
			},
		};
		if (how.urgent === true) {
			return this.#start(host, line, heard, how);
		}

		const started = Promise.withResolvers<Started>();
		void slots.during(async () => {
			const result = await this.#start(host, line, heard, how);
			started.resolve(result);
			await (result.kind === 'started' ? over.promise : undefined);
		});
		return started.promise;
	}

	/** Tries again where our word proves that nothing has begun. */
	async #start(host: HostAccess, line: string, listener: Listener, {cancel}: StartOptions): Promise<Started> {
		for (const waitMs of [...backOffMs, undefined]) {
			const reaching = this.reach(host);
			await atMost(Number.POSITIVE_INFINITY, reaching, cancel);
			if (cancel?.aborted === true) {
				return {kind: 'notStarted', reason: 'It was cancelled before anything was sent.'};
			}

			const reached = await reaching;
			const master = this.#masters.get(host.name);
			if (reached.kind === 'refused' || master === undefined) {
				return notReached(reached);
			}

			const token = newToken();
			const running = new Running(nameFor(host), token, listener);
			const {execa} = await import('execa');
			const log = await this.#file(token.replace(':', '-'));
			const child = execa(
				'ssh',
				[
					...[
						'-S',
						await this.#file(`${master.number}`),
						'-T',
						'-E',
						log,
						'-o',
						'ControlMaster=no',
						'-o',
						'BatchMode=yes',
					],
					// Should the connection be gone, ssh would make another one, unasked
					...['-o', 'ProxyCommand=false', ...destination(host), commandLine(line, token)],
				],
				{reject: false, stdin: 'pipe', buffer: false, encoding: 'buffer'},
			);
			const session = running.attach(child.nodeChildProcess, child.stdin, [child.stdout, child.stderr]);
			await running.settled;
			const complaint = lastLine(await readFile(log, 'utf8').catch(() => ''));
			await rm(log, {force: true});
			if (running.hasBegun) {
				return {kind: 'started', session};
			}

			if (!/refused by peer|request failed|Connection closed|connect\(|Broken pipe|UNKNOWN port/i.test(complaint)) {
				return {kind: 'lost', evidence: `The system's ssh ended before ${nameFor(host)} answered: ${complaint}`};
			}

			if (waitMs === undefined) {
				return {kind: 'notStarted', reason: `${nameFor(host)} opened no session: ${complaint}`};
			}

			master.isOver ||= !/refused by peer|request failed/i.test(complaint);
			await pause(waitMs);
		}

		throw new Error('The last try returns');
	}

	/** What is said to every ssh that may make a connection. */
	#way(host: HostAccess): readonly string[] {
		const {knownHostsFiles, policy, configFile, timing} = this.#options;
		const jumps = this.#jumps(host);
		return [
			...(configFile === undefined ? [] : ['-F', configFile]),
			...['-o', 'BatchMode=yes', '-o', `ConnectTimeout=${Math.ceil(timing.handshake / 1000)}`],
			...['-o', `StrictHostKeyChecking=${policy === 'accept-new' ? 'accept-new' : 'yes'}`],
			...['-o', `ServerAliveInterval=${Math.ceil(timing.keepAlive / 1000)}`, '-o', 'ServerAliveCountMax=3'],
			...(knownHostsFiles === undefined
				? []
				: [
						'-o',
						`UserKnownHostsFile=${knownHostsFiles.map(file => `"${file}"`).join(' ')}`,
						'-o',
						'GlobalKnownHostsFile=none',
					]),
			...(host.key === undefined ? [] : ['-i', host.key, '-o', 'IdentitiesOnly=yes']),
			...(jumps.length === 0 ? [] : ['-J', jumps.join(',')]),
		];
	}

	#jumps({jump}: HostAccess): readonly string[] {
		const via = jump === undefined ? undefined : this.#options.hosts[jump];
		if (via === undefined) {
			return [];
		}

		const {user, address, port} = via;
		return [
			...this.#jumps(via),
			`${user === undefined ? '' : `${user}@`}${address}${port === undefined ? '' : `:${port}`}`,
		];
	}
}

function destination({user, address, port}: HostAccess): readonly string[] {
	return [
		...(user === undefined ? [] : ['-l', user]),
		...(port === undefined ? [] : ['-p', String(port)]),
		'--',
		address,
	];
}

/** Our words before and after the command: `$$` leads its process group, as sshd starts every command. */
function commandLine(line: string, token: string): string {
	const wrapper = [
		`printf '%s go %s\\n' ${token} $$ >&2 || exit 125`,
		'sh -c "$1"',
		'code=$?',
		`printf '%s end %s\\n' ${token} $code >&2`,
	].join('\n');
	return `exec sh -c ${quotePosix(wrapper)} fieldbook ${quotePosix(line)}`;
}

/** One command of the system's ssh, from its words to its end. */
class Running {
	/** Resolves when the command has begun, or can never begin any more. */
	readonly settled: Promise<void>;
	hasBegun = false;
	readonly #place: string;
	readonly #listener: Listener;
	readonly #begin: MarkerFilter;
	readonly #end: EndMarker;
	readonly #settle: () => void;
	#group = '';

	constructor(place: string, token: string, listener: Listener) {
		this.#place = place;
		this.#listener = listener;
		this.#begin = new MarkerFilter(token);
		this.#end = new EndMarker(token);
		({promise: this.settled, resolve: this.#settle} = Promise.withResolvers<void>());
	}

	attach(child: ChildProcess, stdin: Writable, [stdout, stderr]: readonly [Readable, Readable]): Session {
		const group = () => this.#group;
		stdin.on('error', ignore);
		stdout.on('data', (bytes: Buffer) => this.#listener.output('out', bytes));
		stderr.on('data', (bytes: Buffer) => this.#hear(bytes));
		child.on('close', () => this.#close());
		return {
			get group() {
				return group();
			},
			write: bytes =>
				new Promise(resolve => {
					child.once('close', () => resolve());
					stdin.write(bytes, () => resolve());
				}),
			end: () => stdin.end(),
			signal: ignore,
			close: () => child.kill(),
			release: () => child.unref(),
		};
	}

	#hear(bytes: Uint8Array): void {
		const rest = this.hasBegun ? bytes : this.#begin.push(bytes);
		const [kind, group] = this.#begin.word?.split(' ') ?? [];
		if (!this.hasBegun && kind === 'go') {
			this.hasBegun = true;
			this.#group = group ?? '';
			this.#settle();
		}

		if (rest === undefined) {
			return;
		}

		const hadEnded = this.#end.code !== undefined;
		this.#give(this.#end.push(rest));
		if (!hadEnded && this.#end.code !== undefined) {
			this.#listener.exit({kind: 'exited', code: this.#end.code});
		}
	}

	#close(): void {
		this.#settle();
		if (this.hasBegun) {
			this.#give(this.#end.rest());
			const because = `the system's ssh to ${this.#place} ended without our word`;
			this.#listener.close(this.#end.code === undefined ? because : undefined);
		}
	}

	#give(bytes: Uint8Array): void {
		if (bytes.length > 0) {
			this.#listener.output('err', bytes);
		}
	}
}

function refusalOf(host: HostAccess, said: string, otherwise: string): SystemReached {
	const complaint = otherwise || lastLine(said) || 'it ended without a word';
	if (/IDENTIFICATION HAS CHANGED/.test(said)) {
		return refused(
			host,
			'host-key-changed',
			complaint,
			'Compare the new fingerprint at its console; ssh tells the line of known_hosts that is in the way.',
		);
	}

	if (/is revoked|REVOKED HOST KEY/.test(said)) {
		return refused(host, 'host-key-revoked', complaint, 'Ask whoever revoked it; the host needs a new key.');
	}

	if (/Host key verification failed/.test(said)) {
		return refused(
			host,
			'host-key-unknown',
			complaint,
			`Log in once with ssh ${host.address} and confirm its key, or have its certificate authority written into known_hosts.`,
		);
	}

	if (/Permission denied|Too many authentication failures/.test(said)) {
		return refused(
			host,
			'auth',
			complaint,
			`The system's ssh asks nobody here: load the key into the agent (ssh-add), and try: ssh -o BatchMode=yes ${host.address}`,
		);
	}

	return refused(host, 'unreachable', complaint, `See what ssh says of it: ssh -v ${host.address}`);
}

function refused(
	host: HostAccess,
	refusal: Refusal | 'unreachable',
	because: string,
	next: string,
): Extract<SystemReached, {kind: 'refused'}> {
	return {kind: 'refused', refusal, reason: `The system's ssh did not reach ${nameFor(host)}: ${because}`, next};
}

function notReached(reached: SystemReached): Started {
	if (reached.kind === 'reached') {
		return {kind: 'notStarted', reason: 'fieldbook has closed its connections.'};
	}

	const reason = `${reached.reason} ${reached.next}`;
	return reached.refusal === 'unreachable'
		? {kind: 'notStarted', reason}
		: {kind: 'notStarted', reason, refused: reached.refusal};
}

/** The last line that is ssh's complaint, and not a word about its own work. */
function lastLine(log: string): string {
	const lines = log
		.split('\n')
		.filter(line => line.trim() !== '' && !/^(?:debug\d|OpenSSH_|Authenticated to)/.test(line));
	return sanitiseLine(lines.at(-1) ?? '').slice(0, 300);
}

function ignore(): void {
	// What is written to a command that ends without reading; and ssh has no way to send it a signal
}
