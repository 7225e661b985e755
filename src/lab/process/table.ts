import {type Accounting, Process, type ProcessBirth} from './process.js';
import type {SignalName} from './signals.js';

export type KillResult = 'done' | 'nobody' | 'forbidden';

/** The processes of one host while it is on. */
export class ProcessTable {
	readonly #processes = new Map<number, Process>();
	readonly #accounting: Accounting;
	#nextPid: number;

	constructor(firstPid: number, accounting: Omit<Accounting, 'ended'>) {
		this.#nextPid = firstPid;
		this.#accounting = {
			busy: () => accounting.busy(),
			idle: () => accounting.idle(),
			sleep: (ms, signal) => accounting.sleep(ms, signal),
			ended: process => this.#processes.delete(process.pid),
			failed: (process, error) => accounting.failed(process, error),
		};
	}

	/** Starts at once; what becomes of it is `ended`. */
	start(birth: ProcessBirth, body: (process: Process) => Promise<number>): Process {
		const process = new Process(this.#nextPid, birth, this.#accounting);
		this.#nextPid += 1;
		this.#processes.set(process.pid, process);
		void process.run(body);
		return process;
	}

	/** What the next process will be called. */
	get nextPid(): number {
		return this.#nextPid;
	}

	get(pid: number): Process | undefined {
		return this.#processes.get(pid);
	}

	/** By pid. */
	all(): readonly Process[] {
		return [...this.#processes.values()];
	}

	/** Positive: that process; negative: the group; undefined signal: only asks. `by` reaches his own, root everybody. */
	kill(target: number, signal: SignalName | undefined, by: string): KillResult {
		const meant =
			target > 0 ? this.all().filter(({pid}) => pid === target) : this.all().filter(({group}) => group === -target);
		const reached = meant.filter(({user}) => by === 'root' || by === user);
		if (signal !== undefined) {
			for (const process of reached) {
				process.deliver(signal);
			}
		}
		return reached.length > 0 ? 'done' : meant.length > 0 ? 'forbidden' : 'nobody';
	}

	killAll(): void {
		for (const process of this.#processes.values()) {
			process.deliver('KILL');
		}
	}
}
