import type {ChildProcess} from 'node:child_process';
import type {Readable, Writable} from 'node:stream';
import {fitsOneLine} from './posix.js';
import type {Listener, Place, Session, Started} from './session.js';

/** This laptop as a place: `sh` in a process group of its own, in the folder where fieldbook runs. */
export const laptop: Place = {
	name: 'this laptop',
	shell: {isPosix: true},
	fits: fitsOneLine,
	start: async (line, listener, {cancel}) =>
		cancel?.aborted === true
			? {kind: 'notStarted', reason: 'It was cancelled before it began.'}
			: startLocally(line, listener),
};

async function startLocally(line: string, listener: Listener): Promise<Started> {
	const {execa} = await import('execa'); // Costs as much as a connection, and few runbooks need it
	const running = execa('sh', ['-c', line], {
		detached: true,
		stdin: 'pipe',
		buffer: false,
		reject: false,
		encoding: 'buffer',
	});
	const {stdin, stdout, stderr, nodeChildProcess: child} = running;
	child.on('exit', (code, signal) =>
		listener.exit(code === null ? {kind: 'signaled', signal: signal ?? 'SIG'} : {kind: 'exited', code}),
	);
	child.on('close', () => listener.close(undefined));
	stdout.on('data', (bytes: Buffer) => listener.output('out', bytes));
	stderr.on('data', (bytes: Buffer) => listener.output('err', bytes));
	stdin.on('error', ignore);
	const spawned = new Promise<true>(resolve => child.on('spawn', () => resolve(true)));
	const began = await Promise.race([spawned, running]);
	return began === true
		? {kind: 'started', session: new LocalSession(child, stdin, [stdout, stderr])}
		: {
				kind: 'notStarted',
				reason: `There is no "sh" on this laptop that could be started: ${began.shortMessage ?? ''}`,
			};
}

class LocalSession implements Session {
	readonly #child: ChildProcess;
	readonly #stdin: Writable;
	readonly #outputs: readonly Readable[];

	constructor(child: ChildProcess, stdin: Writable, outputs: readonly Readable[]) {
		this.#child = child;
		this.#stdin = stdin;
		this.#outputs = outputs;
	}

	write(bytes: Uint8Array): Promise<void> {
		return new Promise(resolve => {
			this.#child.once('close', resolve);
			this.#stdin.write(bytes, () => resolve());
		});
	}

	end(): void {
		this.#stdin.end();
	}

	signal(name: string): void {
		const {pid} = this.#child;
		if (pid !== undefined) {
			signalGroup(pid, `SIG${name}`);
		}
	}

	close(): void {
		this.#stdin.destroy();
		for (const output of this.#outputs) {
			output.destroy();
		}
	}

	/** What holds the output open may go on; fieldbook may end. */
	release(): void {
		this.#child.unref();
		for (const output of this.#outputs) {
			if ('unref' in output && typeof output.unref === 'function') {
				output.unref();
			}
		}
	}
}

function signalGroup(pid: number, signal: string): void {
	try {
		process.kill(-pid, signal);
	} catch {
		// It has ended meanwhile
	}
}

function ignore(): void {
	// A command that ends without reading: its end says all that matters
}
