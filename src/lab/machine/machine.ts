import {createHash} from 'node:crypto';
import {isDeepStrictEqual} from 'node:util';
import * as z from 'zod';
import type {Strike, Struck} from '../domain-faults.js';
import type {
	CommandIo,
	DictatedFile,
	LabCommand,
	LabHost,
	OwnShellPlatform,
	Platform,
	PosixPlatform,
	ShellIo,
} from '../host.js';
import type {Accounting, Process} from '../process/process.js';
import {type SignalName, signalNamed} from '../process/signals.js';
import {readAll, type Stream} from '../process/stream.js';
import {ProcessTable} from '../process/table.js';
import type {ChildBirth, FoundProgram, Program} from '../shell/shell.js';
import type {PublicKey} from '../ssh/host-keys.js';
import {clockTools} from '../tools/clock-tools.js';
import {compareTools} from '../tools/compare-tools.js';
import {fileTools, keepingOwners} from '../tools/file-tools.js';
import {type ProcessHost, processTools} from '../tools/process-tools.js';
import {sshTools} from '../tools/ssh-tools.js';
import {streamTools} from '../tools/stream-tools.js';
import {systemTools} from '../tools/system-tools.js';
import {TextTools} from '../tools/text-tools.js';
import {userTools} from '../tools/user-tools.js';
import {HostFiles, SavedFiles} from './host-files.js';
import {isRefusal} from './owned-files.js';

/** A host as it is kept with the world: its files and how far its process numbers have come. */
export const SavedMachine = z.object({
	files: SavedFiles,
	nextPid: z.number(),
	bootId: z.string(),
	/** A print of each file that the world had dictated by then; undefined: it was not noted, and the world dictates the same now. */
	dictated: z.record(z.string(), z.string()).optional(),
});
export type SavedMachine = z.infer<typeof SavedMachine>;

/** The files of `now` as far as they were dictated then already; the world may have gone on while the machine was asleep. */
function dictatedBefore(
	prints: SavedMachine['dictated'],
	now: Readonly<Record<string, DictatedFile>>,
): Readonly<Record<string, DictatedFile | undefined>> {
	return prints === undefined
		? now
		: Object.fromEntries(
				Object.entries(prints).map(([file, print]) => [file, printOf(now[file]) === print ? now[file] : undefined]),
			);
}

function printOf(content: DictatedFile | undefined): string {
	return createHash('sha256')
		.update(JSON.stringify(content ?? null))
		.digest('hex')
		.slice(0, 16);
}

/** What a machine needs from the lab around it. */
export type MachineRoom = {
	readonly now: () => number;
	/** This machine's host as the world has it. */
	readonly view: () => LabHost;
	/** Lets the world do what is due. */
	readonly advance: () => void;
	/** What its SSH server shows. */
	readonly keys: readonly PublicKey[];
	/** What known_hosts has of another host. */
	readonly hostKeyLines: (host: string) => string;
	/** The host that answers at an address in the networks of this machine; undefined: none. */
	readonly hostAt: (address: string) => RemoteHost | undefined;
	/** What a fault makes of this call; undefined: none strikes. */
	readonly strike: (command: string, args: readonly string[]) => Struck | undefined;
	readonly accounting: Omit<Accounting, 'ended'>;
};

/** Another host of the lab, as one reaches it over the network. */
export type RemoteHost = {
	readonly name: string;
	readonly view: () => LabHost;
	/** What its SSH server shows. */
	readonly keys: readonly PublicKey[];
	readonly machine: () => Promise<Machine>;
	/** Whether it still answers at the address that it was found at. */
	readonly isReached: () => boolean;
};

/** A session of a user: somebody logged in and started one command or a shell. */
export type Login = {
	readonly user: string;
	/** Read by the login shell; undefined: the shell itself. */
	readonly command: string | undefined;
	readonly stdin: Stream;
	readonly stdout: Stream;
	readonly stderr: Stream;
	/** `TERM` where there is a terminal. */
	readonly terminal: string | undefined;
	/** Stops for ever at the first program that is no shell. */
	readonly hangs: boolean;
	/** World time until it begins; 0 unless given. */
	readonly delayMs?: number;
	/** Exported, beside what a login has. */
	readonly env?: Readonly<Record<string, string>>;
};

const firstPid = 2_097_500;
/** A refusal takes about as long as a command of hostd. */
const STRUCK_MS = 1_000;
const path = '/bin:/sbin:/usr/bin:/usr/sbin';

/** One simulated host: its files, processes and commands. Whether it is on is the world's. */
export class Machine {
	readonly name: string;
	readonly files: HostFiles;
	readonly platform: Platform;
	readonly #room: MachineRoom;
	readonly #programs: ReadonlyMap<string, Program>;
	/** Commands that are not always there. */
	readonly #optional: {readonly path: string; readonly isPresent: () => boolean; wasPresent: boolean}[] = [];
	readonly #hanging = new Set<number>();
	readonly #startTimes = new WeakMap<Process, number>();
	/** What was dictated last, by path; undefined: something else than now. */
	#dictated: Readonly<Record<string, DictatedFile | undefined>> = {};
	#following: Promise<void> = Promise.resolve();
	/** The one that has not begun: whoever comes while it waits for its turn is served by it. */
	#nextFollow: Promise<void> | undefined;
	#processes: ProcessTable;
	#bootId = '';

	constructor(room: MachineRoom) {
		const host = room.view();
		this.name = host.name;
		this.platform = host.platform;
		this.#room = room;
		this.files = new HostFiles(room.now);
		this.#processes = new ProcessTable(firstPid, room.accounting);
		this.#programs = this.platform.name === 'windows' ? new Map() : this.#install(this.platform);
	}

	/** As a new host is, with nothing but what its platform brings. */
	async begin(): Promise<void> {
		await this.#seal();
		const folders = this.platform.name === 'windows' ? [] : ['/tmp', '/etc', '/var/log', this.platform.home('root')];
		for (const folder of folders) {
			await this.files.mkdir(folder, {recursive: true});
		}
		await this.follow();
	}

	async restore(saved: SavedMachine): Promise<void> {
		await this.#seal();
		await this.files.restore(saved.files);
		this.#bootId = saved.bootId;
		this.#processes = new ProcessTable(saved.nextPid, this.#room.accounting);
		this.#dictated = dictatedBefore(saved.dictated, this.#filesNow());
	}

	async #seal(): Promise<void> {
		await this.files.seal();
		for (const [path, show] of Object.entries(this.platform.shows ?? {})) {
			this.files.show(path, () => show(this.#room.view(), this.#room.now()));
		}
	}

	/** What its next process will be called. */
	get nextPid(): number {
		return this.#processes.nextPid;
	}

	async save(): Promise<SavedMachine> {
		return {
			files: await this.files.as('root', () => this.files.save()),
			nextPid: this.#processes.nextPid,
			bootId: this.#bootId,
			dictated: Object.fromEntries(Object.entries(this.#dictated).map(([file, content]) => [file, printOf(content)])),
		};
	}

	/** See `HostFiles.fill`. */
	async fillFiles(change: (bytes: Uint8Array) => Uint8Array): Promise<boolean> {
		return this.files.as('root', () => this.files.fill(change));
	}

	/** To be called whenever the world may have changed: power goes, comes back, files appear. Commands wait for it. */
	follow(): Promise<void> {
		// A command may have changed the world; its files are the lab's to write, not those of whoever ran it
		this.#nextFollow ??= this.files.as('root', () =>
			this.#following.then(() => {
				this.#nextFollow = undefined;
				return this.#follow();
			}),
		);
		this.#following = this.#nextFollow;
		return this.#nextFollow;
	}

	async #follow(): Promise<void> {
		const host = this.#room.view();
		if (host.power.kind !== 'on') {
			this.#processes.killAll();
			return;
		}
		if (host.power.bootId !== this.#bootId) {
			this.#processes.killAll();
			await this.#boot(host.power.bootId);
		}
		await this.#installOptional();
		await this.#writeDictated(this.#filesNow());
		await this.files.mount(this.platform.volumes?.(host) ?? []);
	}

	/** What the world dictates, and the public halves of its host keys. */
	#filesNow(): Readonly<Record<string, DictatedFile>> {
		const host = this.#room.view();
		const folder = host.platform.name === 'windows' ? '/C/ProgramData/ssh' : '/etc/ssh';
		const keys = this.#room.keys.map(({type, base64}) => {
			const kind = type.startsWith('ecdsa') ? 'ecdsa' : type.replace('ssh-', '');
			return [`${folder}/ssh_host_${kind}_key.pub`, `${type} ${base64} root@${host.hostname}\n`];
		});
		return {...this.platform.files(host), ...Object.fromEntries(keys), ...this.#knownHosts(host)};
	}

	/** What root has learnt before of the keys of other hosts. */
	#knownHosts({knows = []}: LabHost): Readonly<Record<string, DictatedFile>> {
		const text = knows.map(name => this.#room.hostKeyLines(name)).join('');
		return knows.length === 0
			? {}
			: {[`${this.platform.home('root')}/.ssh/known_hosts`]: {text, mode: 0o600, owner: 'root'}};
	}

	/** Commands come and go with what brings them. */
	async #installOptional(): Promise<void> {
		for (const command of this.#optional) {
			const isPresent = command.isPresent();
			if (isPresent && !command.wasPresent) {
				this.files.install(command.path);
			} else if (!isPresent && command.wasPresent) {
				await this.files.uninstall(command.path);
			}

			command.wasPresent = isPresent;
		}
	}

	async #boot(bootId: string): Promise<void> {
		this.#bootId = bootId;
		const {volatile} = this.platform;
		for (const folder of volatile) {
			await this.files.rm(folder, {recursive: true, force: true});
			await this.files.mkdir(folder, {recursive: true});
		}
		const isGone = (file: string) => volatile.some(folder => file.startsWith(`${folder}/`));
		this.#dictated = Object.fromEntries(Object.entries(this.#dictated).filter(([file]) => !isGone(file)));
	}

	async #writeDictated(files: Readonly<Record<string, DictatedFile>>): Promise<void> {
		const before = this.#dictated;
		this.#dictated = files;
		for (const file of Object.keys(before).filter(each => !Object.hasOwn(files, each))) {
			await this.files.rm(file.replace(/\/$/, ''), {recursive: true, force: true});
		}
		for (const [file, content] of Object.entries(files)) {
			if (!isDeepStrictEqual(before[file], content)) {
				await this.files.dictate(file, content);
			}
		}
	}

	/** Starts a session. The host is on: that is the caller's to know. */
	login(login: Login): Process {
		return this.platform.name === 'windows'
			? this.#loginToOwnShell(this.platform, login)
			: this.#loginToPosix(this.platform, login);
	}

	#loginToOwnShell(platform: OwnShellPlatform, login: Login): Process {
		const {user, command, stdin, stdout, stderr, hangs} = login;
		const descriptors = new Map([
			[0, stdin],
			[1, stdout],
			[2, stderr],
		]);
		const host = {name: this.name, now: () => this.#room.view()};
		return this.#processes.start(
			{
				parent: undefined,
				user,
				command: command ?? 'cmd.exe',
				cwd: platform.home(user),
				env: new Map(),
				descriptors,
				leads: 'session',
				statusBits: 32,
			},
			async process => {
				await this.#following;
				if (login.delayMs) {
					await process.sleep(login.delayMs);
				}
				this.#room.advance();
				// Who may do what with a file is not simulated there
				return this.files.as('root', () => platform.shell(host, command, this.#shellIo(process, hangs)));
			},
		);
	}

	#shellIo(process: Process, hangs: boolean): ShellIo {
		const startedAt = this.#startedAt(process);
		return {
			user: process.user,
			processId: process.pid,
			startedAt,
			hangs,
			read: async () => {
				const input = process.descriptors.get(0);
				return input === undefined ? undefined : process.read(input);
			},
			write: (stream, bytes) => process.write(process.descriptors.get(stream === 'out' ? 1 : 2), bytes),
			sleep: async ms => {
				await process.sleep(ms);
				this.#room.advance();
			},
			now: () => this.#room.now(),
			fs: this.files,
			processes: () =>
				this.#processes.all().map(each => ({
					processId: each.pid,
					parentId: each.parent?.pid ?? 0,
					command: each.command,
					user: each.user,
					startedAt: this.#startedAt(each),
				})),
			strike: (command, args) => this.#room.strike(command, args),
			kill: processId => this.#processes.kill(processId, 'KILL', 'root') === 'done',
			child: async (command, body) => {
				const child = this.#start(process, {command}, own =>
					this.files.as('root', () => body(this.#shellIo(own, hangs))),
				);
				const ending = await process.wait(child.ended);
				return ending.kind === 'exited' ? ending.code : 1;
			},
		};
	}

	/** Somebody else at the host, whose output nobody here sees. A child of ours, so that world time waits for it as for us. */
	#typed(script: string, beside: Process): Process {
		const argv = ['sh', '-c', `{ ${script}\n} </dev/null >/dev/null 2>&1`];
		return this.#start(beside, {command: argv.join(' '), user: 'root'}, process =>
			this.#programNamed('sh')(process, argv),
		);
	}

	/** World time, noted when it is first asked for: that is when the process begins. */
	#startedAt(process: Process): number {
		const known = this.#startTimes.get(process) ?? this.#room.now();
		this.#startTimes.set(process, known);
		return known;
	}

	#loginToPosix(platform: PosixPlatform, login: Login): Process {
		const home = platform.home(login.user);
		const shell = platform.shellName;
		const env = new Map([
			['HOME', home],
			['USER', login.user],
			['LOGNAME', login.user],
			['SHELL', `/bin/${shell}`],
			['PATH', path],
			['PWD', home],
			...(login.terminal === undefined ? [] : [['TERM', login.terminal] as const]),
			...Object.entries(login.env ?? {}),
		]);
		const descriptors = new Map([
			[0, login.stdin],
			[1, login.stdout],
			[2, login.stderr],
		]);
		const argv = login.command === undefined ? [`-${shell}`] : [shell, '-c', login.command];
		return this.#processes.start(
			{parent: undefined, user: login.user, command: argv.join(' '), cwd: home, env, descriptors, leads: 'session'},
			process =>
				this.files.as(login.user, async () => {
					if (login.hangs) {
						this.#hanging.add(process.session);
					}
					if (login.delayMs) {
						await process.sleep(login.delayMs);
					}
					if (login.command === undefined && login.terminal !== undefined) {
						await process.out(platform.greeting);
					}
					return this.#programNamed(shell)(process, argv);
				}),
		);
	}

	/** Of this session, the leader included. */
	processesOf(session: number): readonly Process[] {
		return this.#processes.all().filter(process => process.session === session);
	}

	/** Positive: a process; negative: a group. `by` reaches only his own, unless he is root. */
	kill(target: number, signal: SignalName, by: string): void {
		this.#processes.kill(target, signal, by);
	}

	#programNamed(name: string): Program {
		const program = this.#programs.get(name);
		if (program === undefined) {
			throw new Error(`${this.name} has no ${name}`);
		}
		return program;
	}

	/** Puts every command into the files and into one table, the platform's own first. */
	#install(platform: PosixPlatform): ReadonlyMap<string, Program> {
		const host = {
			fs: this.files,
			view: () => this.#room.view(),
			uname: platform.uname,
			now: () => this.#room.now(),
			home: (user: string) => platform.home(user),
		};
		const shellHost = this.#asShellHost(platform);
		const own = new Map<string, Program>([
			...clockTools(this.#room.now),
			...streamTools(this.files),
			...compareTools(this.files),
			...systemTools(host),
			...fileTools(this.files, host.view),
			...processTools(shellHost),
			...userTools(shellHost),
			...sshTools({fs: this.files, home: host.home, hostAt: this.#room.hostAt}),
		]);
		const bash = own.get('sh');
		if (platform.shellName === 'bash' && bash !== undefined) {
			own.set('bash', bash);
		}
		for (const command of platform.commands({name: this.name, now: () => this.#room.view()})) {
			own.set(command.name, this.#programOf(command));
			if (command.isPresent !== undefined) {
				this.#optional.push({
					path: fileOf(command.name),
					isPresent: () => command.isPresent?.() === true,
					wasPresent: true,
				});
			}
		}
		for (const name of platform.lacks) {
			own.delete(name);
		}
		const tools = new TextTools(this.files, own, platform.lacks);
		const programs = new Map([...tools.programs(), ...own]);
		const cp = programs.get('cp');
		if (cp !== undefined) {
			programs.set('cp', keepingOwners(cp, this.files));
		}
		for (const name of programs.keys()) {
			this.files.install(fileOf(name));
		}
		return programs;
	}

	#programOf(command: LabCommand): Program {
		return async (process, [, ...args]) => {
			this.#room.advance();
			const strike = this.#room.strike(command.name, args);
			const inPlaceOfIt = inPlace(strike);
			if (inPlaceOfIt !== undefined) {
				return struck(process, inPlaceOfIt);
			}
			if (strike?.kind === 'before') {
				await process.wait(this.#typed(strike.script, process).ended);
				this.#room.advance();
			} else if (strike?.kind === 'mishap') {
				await process.wait(strike.over);
			}

			let written: Promise<void> = Promise.resolve();
			const write = (descriptor: 1 | 2, text: string) => {
				written = written.then(() => process.write(process.descriptors.get(descriptor), text));
				written.catch(() => {}); // Heard where it is waited for
			};
			const io: CommandIo = {
				stdin: async () => {
					const input = process.descriptors.get(0);
					return input === undefined ? '' : Buffer.from(await process.wait(readAll(input))).toString();
				},
				out: text => write(1, text),
				err: text => write(2, text),
				sleep: async ms => {
					await written;
					await process.sleep(ms);
					this.#room.advance();
				},
				now: () => this.#room.now(),
				signal: process.signal,
				user: process.user,
				env: Object.fromEntries(process.env),
				cwd: process.cwd,
				fs: this.files,
			};
			try {
				const status = await command.run(strike?.kind === 'instead' ? strike.args : args, io);
				await written;
				return status;
			} catch (error) {
				process.check();
				throw error;
			}
		};
	}

	#asShellHost(platform: PosixPlatform): ProcessHost {
		return {
			shellName: platform.shellName,
			tools: platform.tools,
			fs: this.files,
			notFound: name => platform.notFound(name),
			find: (name, env, cwd) => this.#find(name, env, cwd, platform),
			start: (parent, birth, body) => this.#start(parent, birth, body),
			kill: (target, signal, by) => this.#processes.kill(target, namedOrNone(signal), by),
			view: () => this.#room.view(),
			home: user => platform.home(user),
			processes: () => this.#processes.all(),
			prompt: (user, cwd) => {
				const home = platform.home(user);
				const shown = cwd === home ? '~' : cwd;
				return platform.prompt(user, this.#room.view().hostname, shown);
			},
		};
	}

	#start(parent: Process, birth: ChildBirth, body: (process: Process) => Promise<number>): Process {
		const user = birth.user ?? parent.user;
		const descriptors = new Map([...parent.descriptors].map(([descriptor, stream]) => [descriptor, stream.retain()]));
		return this.#processes.start(
			{
				parent,
				user,
				command: birth.command,
				cwd: birth.cwd ?? parent.cwd,
				env: birth.env ?? parent.env,
				descriptors,
				leads: birth.leads ?? 'nothing',
			},
			process => this.files.as(user, () => body(process)),
		);
	}

	async #find(
		name: string,
		env: ReadonlyMap<string, string>,
		cwd: string,
		platform: PosixPlatform,
	): Promise<FoundProgram> {
		await this.#following;
		for (const file of name.includes('/') ? [this.files.resolvePath(cwd, name)] : candidates(name, env)) {
			const found = await this.#programAt(file, name, platform);
			if (found !== undefined) {
				return found;
			}
		}
		return {kind: 'none'};
	}

	async #programAt(file: string, called: string, platform: PosixPlatform): Promise<FoundProgram | undefined> {
		if (!(await this.files.exists(file))) {
			return undefined;
		}
		const installed = this.files.isSystem(file)
			? (this.#programs.get(file) ?? this.#programs.get(file.slice(file.lastIndexOf('/') + 1)))
			: undefined;
		if (installed !== undefined) {
			return {kind: 'program', path: file, program: this.#hangable(file, installed)};
		}
		const {isDirectory, mode} = await this.files.stat(file);
		if (isDirectory || (mode & 0o111) === 0) {
			return called.includes('/') ? {kind: 'refused', because: 'Permission denied'} : undefined;
		}
		if (platform.runsOnlyInstalled) {
			return {kind: 'refused', because: 'Operation not permitted'};
		}
		return this.#script(file);
	}

	/** An executable text: its first line names what reads it. */
	async #script(file: string): Promise<FoundProgram> {
		const [first = ''] = (await this.files.readFile(file)).split('\n', 1);
		const [interpreter = '', ...flags] = first.startsWith('#!') ? first.slice(2).trim().split(/\s+/) : ['/bin/sh'];
		const named = interpreter.endsWith('/env') ? (flags.shift() ?? '') : interpreter;
		const program = this.#programs.get(named.slice(named.lastIndexOf('/') + 1));
		if (program === undefined) {
			return {kind: 'none'};
		}
		return {
			kind: 'program',
			path: file,
			program: (process, [, ...args]) => program(process, [named, ...flags, file, ...args]),
		};
	}

	/** The fault `hang` takes the first program of its session that is more than a shell. */
	#hangable(file: string, program: Program): Program {
		const isShell = /\/(sh|ash|bash|env|printf)$/.test(file);
		return async (process, argv) => {
			if (!isShell && this.#hanging.delete(process.session)) {
				await process.sleep(Number.POSITIVE_INFINITY);
			}
			try {
				return await program(process, argv);
			} catch (error) {
				if (!isRefusal(error)) {
					throw error;
				}
				await process.err(`${argv[0]}: ${error.path}: ${error.why}\n`);
				return 1;
			}
		};
	}
}

/** What a command does not live through. */
function inPlace(strike: Struck | undefined): Strike | undefined {
	return strike?.kind === 'answer' || strike?.kind === 'hang' ? strike : undefined;
}

/** What a fault makes of a command. */
async function struck(process: Process, strike: Strike): Promise<number> {
	switch (strike.kind) {
		case 'hang':
			await process.sleep(Number.POSITIVE_INFINITY);
			return 1;
		case 'answer':
			await process.sleep(STRUCK_MS);
			await process.out(strike.out);
			await process.err(strike.err);
			return strike.status;
	}
}

/** > | clpstat   /bin/clpstat */
function fileOf(command: string): string {
	return command.startsWith('/') ? command : `/bin/${command}`;
}

function candidates(name: string, env: ReadonlyMap<string, string>): readonly string[] {
	return (env.get('PATH') ?? path).split(':').map(folder => `${folder === '' ? '.' : folder}/${name}`);
}

function namedOrNone(signal: string | undefined): SignalName | undefined {
	return signal === undefined ? undefined : signalNamed(signal);
}
