/** How long we wait for what, in milliseconds where nothing else is said. Sources: the defaults of OpenSSH and the measurements behind this project. */
export type Timing = {
	/** For the connection itself. Short, because a host that comes up is noticed at the next try. */
	readonly tcp: number;
	/** From then on until both sides have keys. */
	readonly handshake: number;
	/** Of a server's silence while logging in; a person's time does not count. */
	readonly login: number;
	/** For all tries to connect together, the waits between them included. */
	readonly connect: number;
	/** Before the second try to connect, give or take a half; twice as long before each further one. */
	readonly retry: number;
	/** Between two signs of life. Three missed ones end a connection. */
	readonly keepAlive: number;
	/** For the start of a command on a connection that was silent for `keepAlive`, and on which nothing else happens. */
	readonly channel: number;
	/** Without output, after a command ended and before we say that something holds its output open. */
	readonly heldOpen: number;
	/** For a helper of ours: facts, a hash, the end of a process group. */
	readonly helper: number;
	/** For the first word of a script that is to be cancelled before it said which process it is. */
	readonly marker: number;
	/** For `answers`: one look at a host. */
	readonly answer: number;
	/** After a job's link was lost: the pauses before each new one; and how long in all, until the outcome is `lost`. */
	readonly rejoin: {readonly pauses: readonly number[]; readonly forMs: number};
	/** After so many commands, or so long, a Windows host gets a new connection: its sshd leaks with every command. */
	readonly worn: {readonly commands: number; readonly ms: number};
};

export const defaultTiming: Timing = {
	tcp: 5000,
	handshake: 20_000,
	login: 30_000,
	connect: 30_000,
	retry: 250,
	keepAlive: 15_000,
	channel: 20_000,
	heldOpen: 1500,
	helper: 60_000,
	marker: 5000,
	answer: 3000,
	rejoin: {pauses: [100, 500, 1000, 2000, 4000, 8000], forMs: 30_000}, // A Wi-Fi roams, a laptop's cable is put back
	worn: {commands: 300, ms: 3_600_000}, // Win32-OpenSSH issue 2138
};

/** A timer takes no more than this; it would fire at once. */
const longestTimer = 2 ** 31 - 1;

/**
Rings once `ms` are over; returns what keeps it from doing so.

What has come by then is heard first: a thread that was busy with other hosts must not take its own lateness for their silence.
*/
export function alarm(ms: number, ring: () => void): () => void {
	let late: NodeJS.Immediate | undefined;
	const timer = setTimeout(() => {
		late = setImmediate(ring); // Behind whatever sockets have for us
	}, ms);
	return () => {
		clearTimeout(timer);
		clearImmediate(late);
	};
}

/**
Resolves once `wanted` has resolved or rejected, `ms` are over (over 24 days: no limit), or `cancel` is aborted.

Leaves no timer and no listener behind. Never rejects: whoever needs the value awaits it afterwards.
*/
export function atMost(ms: number, wanted: Promise<unknown>, cancel?: AbortSignal): Promise<void> {
	return new Promise(resolve => {
		const done = () => {
			stop();
			cancel?.removeEventListener('abort', done);
			resolve();
		};
		const stop = ms > longestTimer ? () => {} : alarm(ms, done);
		cancel?.addEventListener('abort', done, {once: true});
		wanted.then(done, done);
		if (cancel?.aborted === true) {
			done();
		}
	});
}

/** Resolves after `ms`. */
export function pause(ms: number): Promise<void> {
	return new Promise(resolve => {
		setTimeout(resolve, ms);
	});
}
