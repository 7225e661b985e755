import type {Stream} from '../engine/ports.js';
import type {Outcome} from '../run/outcome.js';

/** How a process ended, as its host said. `signal` has its `SIG`. */
export type Ending =
	| {readonly kind: 'exited'; readonly code: number}
	| {readonly kind: 'signaled'; readonly signal: string};

/** Hears what one command does. The buffers belong to the caller. */
export type Listener = {
	output(stream: Stream, bytes: Uint8Array): void;
	exit(ending: Ending): void;
	/** The last call. `linkLost` says why the connection went away, if that is what took the command's channel along. */
	close(linkLost: string | undefined): void;
};

/** One command under way on a host or on this laptop. */
export type Session = {
	/** Its process group, where that is not the process that its marker names. */
	readonly group?: string;
	/** Resolves when the bytes were taken or can never be; never rejects. A command that reads nothing holds up nobody. */
	write(bytes: Uint8Array): Promise<void>;
	/** No more input comes. After it `signal` does nothing (trap 3). */
	end(): void;
	/** As SSH sends it, `TERM` without `SIG`. An older sshd ignores it for root and says nothing (trap 4). */
	signal(name: string): void;
	/** Gives the command up. A silent one lives on at its host (trap 5). */
	close(): void;
	/** The command has ended, but something holds its output open: let that go on, unheard. */
	release(): void;
};

export type Started =
	| {readonly kind: 'started'; readonly session: Session}
	| Extract<Outcome, {readonly kind: 'notStarted' | 'lost'}>;

/** Where commands can run: a host, or this laptop. */
export type Place = {
	/** For messages: `esxi1 (172.31.255.2:22)`. */
	readonly name: string;
	/** What is known of the shell that reads our lines; kept as long as fieldbook runs. */
	readonly shell: LoginShell;
	/** Can a line of this length be sent? */
	fits(line: string): boolean;
	/** `line` is read by the login shell. Never rejects. */
	start(line: string, listener: Listener, how: StartOptions): Promise<Started>;
};

/**
`isPosix`: it reads POSIX sh, so that nothing need stand between it and the script. `windows`: which of the two it is on a
Windows host, once it was asked.
*/
export type LoginShell = {isPosix: boolean; windows?: 'cmd' | 'powershell' | undefined};

export type StartOptions = {
	/** Goes ahead of the queue for channels: it is to end something that occupies one. */
	readonly urgent?: boolean;
	/** Aborted before anything was sent: `notStarted`. Has no meaning later. */
	readonly cancel?: AbortSignal;
};
