import {endsProcess, type SignalName, signalNumber} from './signals.js';
import {BrokenPipe, type Stream} from './stream.js';

export type Ending =
	| {readonly kind: 'exited'; readonly code: number}
	| {readonly kind: 'signaled'; readonly signal: SignalName};

/** As a parent shell sees it: 128 and the number where a signal ended it. */
export function statusOf(ending: Ending): number {
	return ending.kind === 'exited' ? ending.code : 128 + signalNumber(ending.signal);
}

/** Thrown inside a process at its next step after it was killed. */
class Killed extends Error {
	readonly signal: SignalName;

	constructor(signal: SignalName) {
		super(`killed by SIG${signal}`);
		this.signal = signal;
	}
}

/** What a process does on a signal instead of ending: nothing, or what its shell's `trap` says at its next step. */
export type Disposition = 'ignore' | 'trap';

/** Everything a process has from its parent; descriptors are retained for it by whoever starts it. */
export type ProcessBirth = {
	readonly parent: Process | undefined;
	readonly user: string;
	readonly command: string;
	readonly cwd: string;
	readonly env: ReadonlyMap<string, string>;
	readonly descriptors: ReadonlyMap<number, Stream>;
	/** A group of its own; `session` leads a new session too. */
	readonly leads: 'nothing' | 'group' | 'session';
	/** How much of an exit status is kept; as the parent's, else 8. */
	readonly statusBits?: 8 | 32;
};

/** What the host does for a process that waits. */
export type Accounting = {
	/** Works again, or begins to. */
	busy(): void;
	/** Waits, or ended. */
	idle(): void;
	/** Sleeps in world time; resolves at once when the signal is aborted. */
	sleep(ms: number, signal: AbortSignal): Promise<void>;
	ended(process: Process): void;
	/** Our bug: the process ends with 70. */
	failed(process: Process, error: unknown): void;
};

export class Process {
	readonly pid: number;
	readonly parent: Process | undefined;
	readonly group: number;
	readonly session: number;
	readonly user: string;
	command: string;
	cwd: string;
	umask: number;
	/** `ulimit -f`, in bytes. */
	fileLimit: number | undefined;
	env: ReadonlyMap<string, string>;
	readonly descriptors: Map<number, Stream>;
	readonly dispositions: Map<SignalName, Disposition>;
	/** Caught by `trap` and not yet acted upon. */
	readonly pending: SignalName[] = [];
	readonly ended: Promise<Ending>;
	/** True while it sleeps in world time, or hangs for ever. */
	sleeping = false;
	#restsWith: (() => boolean) | undefined;
	readonly #accounting: Accounting;
	readonly #stop = new AbortController();
	readonly #statusBits: 8 | 32;
	#end: (ending: Ending) => void = () => {};
	#caught: () => void = () => {};

	constructor(pid: number, birth: ProcessBirth, accounting: Accounting) {
		const {parent} = birth;
		this.pid = pid;
		this.parent = parent;
		this.group = birth.leads === 'nothing' && parent !== undefined ? parent.group : pid;
		this.session = birth.leads !== 'session' && parent !== undefined ? parent.session : pid;
		this.user = birth.user;
		this.command = birth.command;
		this.cwd = birth.cwd;
		this.umask = parent?.umask ?? 0o022;
		this.fileLimit = parent?.fileLimit;
		this.env = birth.env;
		this.descriptors = new Map(birth.descriptors);
		// Ignored stays ignored in a child; a trap is the shell's own
		this.dispositions = new Map([...(parent?.dispositions ?? [])].filter(([, what]) => what === 'ignore'));
		this.#accounting = accounting;
		this.#statusBits = birth.statusBits ?? (parent === undefined ? 8 : parent.#statusBits);
		this.ended = new Promise(resolve => {
			this.#end = resolve;
		});
	}

	/** Aborted when it is killed. */
	get signal(): AbortSignal {
		return this.#stop.signal;
	}

	/** Whether it only waits for world time, by itself or with what it waits for. */
	get resting(): boolean {
		return this.sleeping || this.#restsWith?.() === true;
	}

	/** From now on it rests whenever what it waits for, on another host, does; undefined: no longer. */
	restsWith(others: (() => boolean) | undefined): void {
		this.#restsWith = others;
	}

	/** Runs `body` to its end, which is then told by `ended`. Never rejects. */
	async run(body: (process: Process) => Promise<number>): Promise<void> {
		this.#accounting.busy();
		const ending = await this.#endingOf(body);
		for (const stream of this.descriptors.values()) {
			stream.release();
		}
		this.descriptors.clear();
		this.#accounting.ended(this);
		this.#end(ending);
		this.#accounting.idle();
	}

	async #endingOf(body: (process: Process) => Promise<number>): Promise<Ending> {
		try {
			const code = await body(this);
			this.check();
			return {kind: 'exited', code: this.#statusBits === 8 ? code & 0xff : code >>> 0};
		} catch (error) {
			if (error instanceof Killed) {
				return {kind: 'signaled', signal: error.signal};
			}
			this.#accounting.failed(this, error);
			return {kind: 'exited', code: 70};
		}
	}

	deliver(signal: SignalName): void {
		const disposition = signal === 'KILL' ? undefined : this.dispositions.get(signal);
		if (disposition === 'trap') {
			this.pending.push(signal);
			this.#caught();
		} else if (disposition === undefined && endsProcess(signal)) {
			this.#stop.abort(new Killed(signal));
		}
	}

	/** Throws `Killed` if it was killed. */
	check(): void {
		this.#stop.signal.throwIfAborted();
	}

	/** Waits for something that others do. Rejects with `Killed` as soon as it is killed. */
	async wait<T>(promise: Promise<T>): Promise<T> {
		this.check();
		this.#accounting.idle();
		const {signal} = this.#stop;
		let abort = () => {};
		try {
			const killed = new Promise<never>((_, reject) => {
				abort = () => reject(signal.reason);
				signal.addEventListener('abort', abort, {once: true});
			});
			const value = await Promise.race([promise, killed]);
			this.check(); // What it waited for may have come because it was killed
			return value;
		} finally {
			signal.removeEventListener('abort', abort);
			this.#accounting.busy();
		}
	}

	/** The same, but returns undefined as soon as a signal is caught that a trap waits for. */
	async waitOrCatch<T>(promise: Promise<T>): Promise<T | undefined> {
		if (this.pending.length > 0) {
			return undefined;
		}
		const caught = new Promise<undefined>(resolve => {
			this.#caught = () => resolve(undefined);
		});
		return this.wait(Promise.race([promise, caught]));
	}

	/** World time. Rejects with `Killed`. */
	async sleep(ms: number): Promise<void> {
		this.sleeping = true;
		try {
			await this.wait(this.#accounting.sleep(ms, this.#stop.signal));
		} finally {
			this.sleeping = false;
		}
	}

	read(stream: Stream): Promise<Uint8Array | undefined> {
		return this.wait(stream.read());
	}

	/** Writing to a pipe without a reader sends SIGPIPE, as everywhere. */
	async write(stream: Stream | undefined, bytes: Uint8Array | string): Promise<void> {
		if (stream === undefined) {
			return;
		}
		const all = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
		const room = await this.#roomIn(stream);
		try {
			await this.wait(stream.write(room < all.length ? all.subarray(0, room) : all));
		} catch (error) {
			if (!(error instanceof BrokenPipe)) {
				throw error;
			}
			this.deliver('PIPE');
			this.check();
		}
		if (room < all.length) {
			this.deliver('XFSZ');
			this.check();
		}
	}

	async #roomIn(stream: Stream): Promise<number> {
		const size = this.fileLimit === undefined ? undefined : await this.wait(stream.fileSize());
		return size === undefined ? Number.POSITIVE_INFINITY : Math.max(0, (this.fileLimit ?? size) - size);
	}

	out(text: string): Promise<void> {
		return this.write(this.descriptors.get(1), text);
	}

	err(text: string): Promise<void> {
		return this.write(this.descriptors.get(2), text);
	}

	/** Lets go of a descriptor and puts another in its place, whose hold passes over. */
	redirect(descriptor: number, stream: Stream | undefined): void {
		this.descriptors.get(descriptor)?.release();
		if (stream === undefined) {
			this.descriptors.delete(descriptor);
		} else {
			this.descriptors.set(descriptor, stream);
		}
	}
}
