import type {IFileSystem} from 'just-bash';
import type {CipherAlgorithm, KexAlgorithm, MacAlgorithm, ServerHostKeyAlgorithm} from 'ssh2';
import type {Struck} from './domain-faults.js';

/**
The border inside the lab: what a simulated world and its platforms give, and what the lab gives them.

The world (`world/`) holds what is true: power, links, disks, services. The platforms (`esxi/`, `linux/`) hold what a host answers.
The lab holds the rest: time, processes, file systems, SSH servers, faults. Neither side knows more of the other than this file
and `topologyOf` of `world/topologies.ts`.
*/

/** Milliseconds since 1970 of the world's clock. */
export type WorldTime = number;

/** One arrangement of hosts that `lab.yaml` can name. */
export type Topology = {
	readonly name: string;
	/** One line for people. */
	readonly title: string;
	/** In the order in which people see them. */
	readonly hosts: readonly string[];
	/** Of one of them. Throws a RangeError for an unknown name. */
	platformOf(host: string): Platform['name'];
	/** Names of the states it can start in; the first is the default. */
	readonly starts: readonly [string, ...string[]];
	/** World time of a new world. */
	readonly epoch: WorldTime;
	/** The `set …` forms that `deed` knows, for messages: `set license HOST`. */
	readonly deeds: readonly string[];
	/** A problem with the words behind `set` that can be seen before there is a world; undefined: they can be done. */
	checkDeed(words: readonly string[]): string | undefined;
	/** A new world. `start` is one of `starts`; `changed` is called after each change, and may be called often. */
	create(start: string, changed: () => void): SimulatedWorld;
	/** The world that `toJSON` described. Throws if `saved` is not one. */
	restore(saved: unknown, changed: () => void): SimulatedWorld;
};

/** Everything true in the simulated machine room. State inside is plain JSON, replaced by pure functions. */
export type SimulatedWorld = {
	/** As it is at this moment; ask again after a change. Throws a RangeError for an unknown name. */
	host(name: string): LabHost;
	/** When something will happen by itself (a boot ends, a service is up again); undefined: nothing is under way. */
	nextChange(): WorldTime | undefined;
	/** Lets everything happen that is due. Called with times that never decrease, and before every command. */
	advance(now: WorldTime): void;
	/** Cuts the power at once, or begins to boot. Says what was done: `ESXi#1 lost power`. No change if it is so already. */
	power(host: string, to: 'on' | 'off', now: WorldTime): string;
	/** `set …`: a person's work in a screen that the lab does not have. `words` are those behind `set`; returns what was done. Throws an Error with a sentence. */
	deed(words: readonly string[], now: WorldTime): string;
	/** `look …`: what a person would see, as one line. Throws an Error with a sentence. */
	look(words: readonly string[], now: WorldTime): string;
	/** Commands that the world itself begins on its hosts now, each handed out once, and the ids of those to be killed. */
	takeWork(): {readonly begin: readonly WorldWork[]; readonly kill: readonly string[]};
	/** One of them has ended. `status` undefined: its host lost power. */
	workEnded(id: string, status: number | undefined, now: WorldTime): void;
	/** Which host answers at an address of those that `from` gets to; itself too. Undefined: none. */
	hostAt(address: string, from: string): string | undefined;
	toJSON(): unknown;
};

/** A command that the world runs on one of its hosts: the script of a cluster's resource. */
export type WorldWork = {
	/** Unique as long as it runs. */
	readonly id: string;
	readonly host: string;
	readonly user: string;
	/** Read by the user's login shell. Its output is what it does with it. */
	readonly command: string;
	/** Exported to it. */
	readonly env: Readonly<Record<string, string>>;
};

export type HostPower =
	| {readonly kind: 'off'}
	| {readonly kind: 'booting'; readonly until: WorldTime}
	/** `bootId` differs for every boot of every host. */
	| {readonly kind: 'on'; readonly bootedAt: WorldTime; readonly bootId: string};

/** One host as the world has it now. */
export type LabHost = {
	/** `esxi1`. */
	readonly name: string;
	/** What `hostname` prints; the prompt shows the part before the first dot. */
	readonly hostname: string;
	/** Where people think it is: `172.31.255.2`. The lab serves it on loopback. */
	readonly address: string;
	readonly platform: Platform;
	readonly power: HostPower;
	/** What somebody outside meets at port 22 while the host is on: `refuses`: the service is stopped; `silent`: packets vanish. */
	readonly ssh: 'answers' | 'refuses' | 'silent';
	/** Login names and passwords; the first is whom a rehearsal logs in as. */
	readonly users: Readonly<Record<string, string>>;
	/** Who is who, where that matters; undefined: there is only root. */
	readonly accounts?: Readonly<Record<string, Account>>;
	/** `sudo` wants a terminal. */
	readonly requiretty?: boolean;
	/** Hosts whose keys root knew before the world began. */
	readonly knows?: readonly string[];
};

type Account = {
	readonly uid: number;
	/** Beside the group of his own name. */
	readonly groups: readonly string[];
	/** Whether `sudo` wants the password; undefined: it refuses. */
	readonly sudo: 'password' | 'nopasswd' | undefined;
};

/** A text, a text that not everybody may read or write, or a symbolic link. */
export type DictatedFile =
	| string
	| {readonly text: string; readonly mode: number; readonly owner: string}
	| {readonly link: string};

/** A folder whose files are the world's, because other hosts see them too. */
export type Volume = {
	/** `/vmfs/volumes/69689…`. */
	readonly folder: string;
	/** Another path to it: `/vmfs/volumes/datastore1`; empty: none. */
	readonly alias: string;
	/** Text by path below the folder, as it is now; a path that ends in `/` is a folder. */
	read(): Readonly<Record<string, string>>;
	/** What somebody has changed there; undefined: it is gone. */
	write(changes: Readonly<Record<string, string | undefined>>): void;
};

/** What a host is to the lab: its commands, files and how it answers. */
export type Platform = PosixPlatform | OwnShellPlatform;

/** A host whose shell and common tools are the lab's. */
export type PosixPlatform = AnyPlatform & {
	readonly name: 'esxi' | 'linux' | 'esx4';
	/** The name that the shell gives itself in messages. */
	readonly shellName: 'sh' | 'bash';
	/** On standard error when no such command is there: `sh: NAME: not found`. */
	notFound(name: string): string;
	/** Whose the small tools are: they differ in how they end. */
	readonly tools: 'busybox' | 'gnu';
	/** `uname -a` and `uname -s`, `-r` and so on, from these. */
	readonly uname: {
		readonly system: string;
		readonly release: string;
		readonly version: string;
		readonly machine: string;
		/** `GNU/Linux`. */
		readonly os: string;
	};
	/** Printed after an interactive login; empty: nothing. */
	readonly greeting: string;
	/** `[root@esxi1:~] `; `cwd` is `~` in the user's home. */
	prompt(user: string, hostname: string, cwd: string): string;
	/** Text tools that every other host has and this one has not: `tr`. */
	readonly lacks: readonly string[];
	/** True: files that did not come with the system cannot be executed, only read by `sh FILE`. */
	readonly runsOnlyInstalled: boolean;
	/** Commands that only this platform has. Those of every host (`date`, `hostname`, `uname`, `kill`, `sleep`, …) are the lab's. */
	commands(host: HostView): readonly LabCommand[];
};

/** A host that brings its own shell, and all that it runs. Statuses are 32 bits wide, and no signal ends a command. */
export type OwnShellPlatform = AnyPlatform & {
	readonly name: 'windows';
	/** Reads what somebody who logged in sent (undefined: he wants a prompt) to its end; returns the exit status. */
	shell(host: HostView, line: string | undefined, io: ShellIo): Promise<number>;
};

/** By the names that go over the wire. */
export type SshAlgorithms = {
	readonly kex: readonly KexAlgorithm[];
	readonly cipher: readonly CipherAlgorithm[];
	readonly hmac: readonly MacAlgorithm[];
	/** Of its host key; undefined: whatever the key can do. */
	readonly serverHostKey?: readonly ServerHostKeyAlgorithm[];
};

type AnyPlatform = {
	readonly ssh: {
		/** Without `SSH-2.0-`: `OpenSSH_8.8`. */
		readonly ident: string;
		/** In order of the server's preference. */
		readonly methods: readonly ('publickey' | 'keyboard-interactive' | 'password')[];
		/** User key types that are taken: `ssh-rsa`, `ecdsa-sha2-nistp256`, `ssh-ed25519`. */
		readonly userKeys: readonly string[];
		readonly hostKeys: readonly ('rsa' | 'ecdsa' | 'ed25519')[];
		/** Where the public keys of a user lie. */
		authorizedKeys(user: string): string;
		/** False: signals to root's commands are ignored, as OpenSSH before 9.8 does. */
		readonly signalsForRoot: boolean;
		/** What its server offers, in order of its preference; undefined: what servers of today do. */
		readonly algorithms?: SshAlgorithms;
	};
	home(user: string): string;
	/** Prefixes of paths that a reboot empties: `/tmp`. */
	readonly volatile: readonly string[];
	/**
	Files as the world dictates them now, by absolute path; a path that ends in `/` is an empty folder.
	Asked for again after each change: what is new or differs is written, what is gone is removed, all others are left alone.
	*/
	files(host: LabHost): Readonly<Record<string, DictatedFile>>;
	/** What is mounted now. */
	volumes?(host: LabHost): readonly Volume[];
	/** Files that say how it is at the moment they are read: `/proc/uptime`. */
	readonly shows?: Readonly<Record<string, (host: LabHost, now: WorldTime) => string>>;
};

/** A host that a command belongs to, whatever happens to it meanwhile. */
export type HostView = {readonly name: string; now(): LabHost};

export type LabCommand = {
	/** A word looked up in PATH, or an absolute path, where an executable file then appears: `/etc/init.d/hostd`. */
	readonly name: string;
	/** False: what brings it is not installed, and nobody finds it. Undefined: it is always there. */
	isPresent?(): boolean;
	/** The exit status, 0 to 255. May reject only when `io.signal` is aborted, or because of our bug. */
	run(args: readonly string[], io: CommandIo): Promise<number>;
};

/** One simulated command at work. */
export type CommandIo = {
	/** Reads standard input to its end, as UTF-8 text. Ask only where the real command reads it: a channel may stay open for ever. */
	stdin(): Promise<string>;
	/** Seen on the other side at once, unless it goes into a pipe or a file. Line ends are the command's. */
	out(text: string): void;
	err(text: string): void;
	/** Works for `ms` of world time. Rejects when the command is killed or the host loses power: let it pass. */
	sleep(ms: number): Promise<void>;
	/** World time. */
	now(): WorldTime;
	/** Aborted when the command is killed or the host loses power. */
	readonly signal: AbortSignal;
	/** Whose command it is. */
	readonly user: string;
	readonly env: Readonly<Record<string, string>>;
	readonly cwd: string;
	/** The host's files. Kept with the world. */
	readonly fs: IFileSystem;
};

/** One process of a host with its own shell. */
export type ShellIo = {
	readonly user: string;
	readonly processId: number;
	/** World time. */
	readonly startedAt: WorldTime;
	/** The fault `hang`: stops for ever at the first work that it was sent. */
	readonly hangs: boolean;
	/** Whatever has come on standard input; undefined at its end. */
	read(): Promise<Uint8Array | undefined>;
	write(stream: 'out' | 'err', bytes: Uint8Array): Promise<void>;
	/** Works for `ms` of world time. Rejects when the process is killed: let it pass. */
	sleep(ms: number): Promise<void>;
	now(): WorldTime;
	readonly fs: IFileSystem;
	/** What a fault makes of this call; undefined: none strikes. */
	strike(command: string, args: readonly string[]): Struck | undefined;
	/** Every process of the host. */
	processes(): readonly ShellProcess[];
	/** Ends a process. False if there is none. */
	kill(processId: number): boolean;
	/** Runs a child to its end, its streams being ours; returns its exit status, 1 if it was killed. */
	child(command: string, body: (io: ShellIo) => Promise<number>): Promise<number>;
};

type ShellProcess = {
	readonly processId: number;
	readonly parentId: number;
	/** Its command line. */
	readonly command: string;
	readonly user: string;
	readonly startedAt: WorldTime;
};
