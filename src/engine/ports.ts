import type {HostFacts, OutputFacts, Part, RecordedEvent, RunEvent} from '../run/event.js';
import type {JobSeen, Outcome, Refusal} from '../run/outcome.js';
import type {HostName, ParamName, StepId} from '../runbook/runbook.js';
import type {SiteHost} from '../runbook/site.js';

/** Everything the engine needs from the world. If it is not here, the engine cannot do it. */
export type World = {
	readonly transport: Transport;
	readonly store: Store;
	readonly clock: Clock;
	/** `undefined` on real hosts. */
	readonly hands: Hands | undefined;
	readonly secrets: Secrets;
	/** 128 random bits as 26 characters of `[0-9a-z]`. */
	readonly newId: () => string;
};

export type Clock = {
	/** Milliseconds since 1970. In a rehearsal this is the lab's time, which lives in another process: hence the promise. */
	now(): Promise<number>;
	/** Resolves after `ms` of this clock; at once when `signal` is aborted. Never rejects. */
	sleep(ms: number, signal?: AbortSignal): Promise<void>;
};

/** The lab's hands, which do to the simulated world what a step asks of a person. */
export type Hands = {
	/** `undefined`: `lab.yaml` says nothing about this step. Rejects with a UserError if it says something impossible. */
	perform(
		step: StepId,
		host: HostName,
	): Promise<{readonly did: string; readonly answer: string | undefined} | undefined>;
	/** What everybody should know of this rehearsal, in a sentence; undefined: nothing. */
	readonly caution?: string | undefined;
};

/** A host as the transport needs it: the sheet's line, its name and its platform. */
export type HostAccess = SiteHost & {readonly name: HostName; readonly platform: 'esxi' | 'linux' | 'windows' | 'esx4'};

export type Contact =
	| {readonly kind: 'reached'; readonly facts: HostFacts}
	/** `about`: what a person should know of that key besides; it may be that of a host on the way. */
	| {readonly kind: 'firstContact'; readonly keyType: string; readonly fingerprint: string; readonly about?: string}
	| {
			readonly kind: 'refused';
			readonly refusal: Refusal | 'unreachable';
			readonly reason: string;
			readonly next: string;
	  };

export type RemoteCommand = {
	/** `RUN.STEP.HOST.ATTEMPT.PART`: `[A-Za-z0-9._-]+`, the same for the same attempt for ever. */
	readonly job: string;
	/** Interpreter and its flags: `['sh', '-eu']`, or the shebang's. The script is its text, values already quoted. */
	readonly interpreter: readonly [string, ...string[]];
	readonly script: string;
	/** Exported before the script runs. Names are `[A-Za-z_][A-Za-z0-9_]*`. */
	readonly variables: Readonly<Record<string, string>>;
	/** Exported too, but fed through stdin: they stand in no argument list and no file. */
	readonly secrets: Readonly<Record<string, string>>;
	/** `as=root`; undefined: the login user. */
	readonly as: string | undefined;
	/** `undefined`: no limit. After it the script is cancelled and its end confirmed. */
	readonly timeoutMs: number | undefined;
};

/** A job of ours on its host, found again by its name alone: after a lost link, after a crash, from another laptop. */
export type JobRef = {
	/** `RUN.STEP.HOST.ATTEMPT.PART`: `[A-Za-z0-9._-]+`, the same for the same attempt for ever. */
	readonly job: string;
	/** Who it runs as, in whose folder it is then; undefined: the login user. */
	readonly as: string | undefined;
	/** `HostFacts.bootId` of the host when the job was intended; undefined: it did not say. */
	readonly boot: string | undefined;
	/** Of the run's lease, from 1: a host that saw a higher one refuses. */
	readonly epoch: number;
};

export type Stream = 'out' | 'err';

/** Takes the bytes as they come. Must not keep the buffer: it is the caller's. */
export type OutputSink = (stream: Stream, bytes: Uint8Array) => void;

export type FileToPut = {
	readonly path: string;
	readonly bytes: Uint8Array;
	/** Octal: `0755`; undefined: as the old file, else the host's default. */
	readonly mode: string | undefined;
	/** `root`, or `root:wheel`; undefined: as the old file, else who puts it there. */
	readonly owner: string | undefined;
	/** Who puts it there: `root`; undefined: the login user. */
	readonly as: string | undefined;
	/** The old file is kept under this path if there is one. */
	readonly backup: string;
	/** How long to wait for the answer; undefined: as long as such a file takes on a bad link. */
	readonly timeoutMs?: number | undefined;
};

/** What an undo of a file step wants back. */
export type FileToRestore = {
	readonly path: string;
	/** What we have put there. Anything else was put there by somebody since, and stays. */
	readonly sha256: string;
	/** Where the old file was kept, with its hash; undefined: there was none. */
	readonly old: {readonly path: string; readonly sha256: string} | undefined;
	/** Who restores it: `root`; undefined: the login user. */
	readonly as: string | undefined;
	readonly timeoutMs?: number | undefined;
};

/** A file as it is on a host. */
export type FoundFile = {
	/** In hex. */
	readonly sha256: string;
	/** Octal: `0755`. */
	readonly mode: string;
	/** `root:wheel`, as the host names them. */
	readonly owner: string;
};

/** Hosts that run scripts. Real ones and the lab's are reached through the same one. */
export type Transport = {
	/**
	Logs in and asks the host what it is; changes nothing. Never rejects because of a host.
	`trusted` is a fingerprint that a person has confirmed on first contact: it is then written to known_hosts.
	*/
	contact(host: HostAccess, trusted: string | undefined): Promise<Contact>;
	/**
	Runs one command. Never rejects because of a host or a network: that is an `Outcome`; a rejection is our bug.
	`cancel` aborted: ends the command's process group; the outcome is `signaled` or `lost`, as the host says.
	*/
	exec(host: HostAccess, command: RemoteCommand, sink: OutputSink, cancel: AbortSignal): Promise<Outcome>;
	/** The same on this laptop, for `on=local`. */
	execLocal(command: RemoteCommand, sink: OutputSink, cancel: AbortSignal): Promise<Outcome>;
	/**
	Runs one command like `exec`, but left to its host (undefined: this laptop): a lost link leaves it running. Short
	losses are bridged inside, to the byte; after a longer one the outcome is `lost`, and `lookUpJob` tells more. A job of
	this name that is there already is never started again, but followed. On Windows it is plain `exec`.
	*/
	execJob(
		host: HostAccess | undefined,
		job: JobRef,
		command: RemoteCommand,
		sink: OutputSink,
		cancel: AbortSignal,
	): Promise<Outcome>;
	/** Asks once what became of a job. Never rejects because of a host. */
	lookUpJob(host: HostAccess | undefined, job: JobRef): Promise<JobSeen>;
	/**
	Hands out all of a job's output from its first byte on, and follows it to its end; only for one seen `running` or
	`finished`. `cancel` ends it, as in `exec`.
	*/
	followJob(host: HostAccess | undefined, job: JobRef, sink: OutputSink, cancel: AbortSignal): Promise<Outcome>;
	/** Its outcome is durable: what the host keeps of it goes, and what other runs left there over a month ago. */
	forgetJob(host: HostAccess | undefined, job: JobRef): Promise<void>;
	/** The file, looked at by this user (undefined: the login user); null if there is none. An `Outcome` if we could not look. */
	statFile(host: HostAccess, path: string, as?: string): Promise<FoundFile | null | Outcome>;
	/** Atomic: the whole new file or the old one. `exited` with 0 only after the hash was read back and agreed. */
	putFile(host: HostAccess, file: FileToPut, job: string): Promise<Outcome>;
	/** What stands in a file of at most 256 KiB; null if there is none. An `Outcome` if we could not look, or it is longer. */
	readFile(host: HostAccess, path: string, as?: string): Promise<Uint8Array | null | Outcome>;
	/**
	Puts the old file back, or takes the new one away where there was none. `exited` with 0 also if that is so already;
	`notStarted` if it was changed since or the old one is not there any more: then all was left as it is.
	*/
	restoreFile(host: HostAccess, file: FileToRestore, job: string): Promise<Outcome>;
	/** The same four on this laptop, for `on=local`. */
	statLocalFile(path: string, as?: string): ReturnType<Transport['statFile']>;
	putLocalFile(file: FileToPut): Promise<Outcome>;
	readLocalFile(path: string, as?: string): ReturnType<Transport['readFile']>;
	restoreLocalFile(file: FileToRestore): Promise<Outcome>;
	/** Does the host answer at all right now: TCP, banner. Looks once, at most 3 s. */
	answers(host: HostAccess): Promise<boolean>;
	/** Ends every connection. */
	close(): Promise<void>;
};

/** Names one stretch of output. */
export type OutputKey = {readonly step: StepId; readonly host: HostName; readonly attempt: number; readonly part: Part};

/** The run file, or its twin in memory. One writer. */
export type Store = {
	/** In order, all at once or none. Resolves only once they are on disk. `at` is milliseconds since 1970. */
	append(events: readonly RunEvent[], at: number): Promise<readonly RecordedEvent[]>;
	/** From `afterSeq` on, oldest first. */
	read(afterSeq: number): Iterable<RecordedEvent>;
	/**
	Takes redacted bytes; they are durable at the latest with the next `append`. The first one behind an `endOutput` of the
	same stretch, or behind a crash, takes the place of all that stood there: output that is fetched anew begins at its
	first byte, and is redacted anew.
	*/
	writeOutput(key: OutputKey, stream: Stream, bytes: Uint8Array): void;
	/** Ends a stretch of output: its facts, to be appended by the caller. */
	endOutput(key: OutputKey): OutputFacts;
	/** The newest `maxBytes` of a stretch. Works while it is written and later. */
	tail(key: OutputKey, maxBytes: number): OutputWindow;
	/** `maxBytes` from the first kept byte at or behind `start` on; fewer where the stretch ends, or where bytes were not kept. */
	outputFrom(key: OutputKey, start: number, maxBytes: number): OutputWindow;
	/** The stretch as kept, in order of arrival. */
	readOutput(key: OutputKey): Iterable<KeptOutput>;
	/** Keeps a file under this name; it is durable at the latest with the next `append`. One that is there already stays. */
	keepFile(name: string, bytes: Uint8Array): void;
	/**
	Undefined while the disk has room for what one more command brings, and for `moreBytes` besides; else a sentence that
	says how full it is. Asked before each intent.
	*/
	shortOfRoom(moreBytes: number): string | undefined;
	/** What everybody should know of the place where the run is kept, in a sentence; undefined: nothing. */
	readonly caution: string | undefined;
	/** Checkpoints and leaves one plain file. */
	close(): Promise<void>;
};

/** A piece of kept output. `start` counts the bytes of both streams before it, kept or not. */
export type KeptOutput = {
	readonly stream: Stream;
	readonly start: number;
	readonly bytes: Uint8Array;
	readonly times: readonly OutputTime[];
};

/** The byte at `offset` of a stretch came at `at`, in this laptop's milliseconds since 1970; those behind it within a second of it. */
export type OutputTime = {readonly offset: number; readonly at: number};

export type OutputWindow = {
	/** Both streams in order of arrival. */
	readonly bytes: Uint8Array;
	/** Of the first of them in the stretch. */
	readonly start: number;
	/** All that came so far, `bytes` included. */
	readonly total: number;
	/** In order; the first one may stand before `start`. Empty where nobody noted them. */
	readonly times: readonly OutputTime[];
	/** When the last byte came, in the laptop's milliseconds since 1970; 0 if none came. */
	readonly lastAt: number;
};

/** Where the values of secrets come from. They exist in memory only. */
export type Secrets = {
	/** The value if it is known, else whatever a person types when asked; undefined: nobody can say. */
	obtain(prompt: SecretPrompt): Promise<string | undefined>;
	/** Every secret known so far, for the redactor. */
	known(): readonly string[];
	/** The host or the key file did not take the value: if a person typed it, it is forgotten, and asked for next time. */
	refused?(prompt: SecretPrompt): void;
};

export type SecretPrompt = {
	/** A parameter of type `secret`, or `password`, `passphrase`, `answer` for logging in, `sudo` for `as=`. */
	readonly name: ParamName;
	readonly host: HostName;
	/** What the server or the key file asks for: remote text. */
	readonly text: string;
	/** False: what is typed is not shown. */
	readonly echo: boolean;
	/** The run had it before it was opened again. Without it, it is not taken out of what hosts print. */
	readonly again?: true;
};
