import type {JobSeen} from '../../src/run/outcome.js';
import type {Chance} from './chance.js';
import type {Machine, Machines, Process} from './machines.js';
import type {Timeline} from './timeline.js';

/** What a machine keeps of one job: the claim, and what became of it. */
type Kept = {
	/** In which the claim was taken. */
	readonly boot: number;
	/** The script has begun, or never will: whoever comes first decides. */
	started: 'no' | 'runs' | 'vetoed';
	process: Process | undefined;
	code: number | undefined;
	out: string;
	isForgotten: boolean;
};

/** As `job-scripts.ts` words it. `waiting`: the claim is taken, and the script has not begun. */
type Verdict =
	| Extract<JobSeen, {kind: 'finished' | 'running' | 'gone'}>
	| {readonly kind: 'vetoed'}
	| {readonly kind: 'waiting'};

/**
What is kept on a machine of the jobs that were left to it, as the scripts of `src/transport/job-scripts.ts` keep it: the
same claims, vetoes, epochs and boots, without the shell.
*/
export class JobFolder {
	readonly #machine: Machine;
	readonly #machines: Machines;
	readonly #timeline: Timeline;
	readonly #chance: Chance;
	#jobs = new Map<string, Kept>();
	#boots = new Set<number>();
	#epoch = 0;
	/** Whoever waits for something to become of a job. */
	readonly #followers = new Set<() => void>();

	constructor(machine: Machine, machines: Machines, timeline: Timeline, chance: Chance) {
		this.#machine = machine;
		this.#machines = machines;
		this.#timeline = timeline;
		this.#chance = chance;
	}

	/** The highest lease of the run that it has seen. */
	get epoch(): number {
		return this.#epoch;
	}

	/** A colleague has taken the run over, on a copy that we do not know, and was here. */
	seeEpoch(epoch: number): void {
		this.#boots.add(this.#machine.boot);
		this.#fence(epoch);
	}

	/** All that was kept is gone: the folder was in memory, or somebody has cleaned up. */
	lose(): void {
		this.#jobs = new Map();
		this.#boots = new Set();
		this.#epoch = 0;
		this.#wake();
	}

	/** Claims it and starts it, unless it is there already. False: a higher epoch was seen. */
	launch(job: string, script: string, epoch: number): boolean {
		if (this.#jobs.has(job)) {
			return true;
		}

		if (!this.#fence(epoch)) {
			return false;
		}

		const kept: Kept = {
			...{boot: this.#machine.boot, started: 'no', process: undefined, code: undefined, out: '', isForgotten: false},
		};
		this.#jobs.set(job, kept);
		this.#boots.add(this.#machine.boot);
		this.#timeline.after(this.#chance.between(0, 40), () => {
			const isLate = kept.started !== 'no' || this.#jobs.get(job) !== kept;
			if (!isLate && this.#machine.isUp && this.#machine.boot === kept.boot) {
				this.#begin(kept, job, script);
			}
		});
		return true;
	}

	has(job: string): boolean {
		return this.#jobs.has(job);
	}

	/** Of a job that is not kept here: what was kept cannot have been lost since it was intended. */
	provesNeverRan(intendedIn: number | undefined): boolean {
		return intendedIn !== undefined && (intendedIn === this.#machine.boot || this.#boots.has(intendedIn));
	}

	/** What became of it; one that has not begun never will from now on. */
	look(job: string, epoch: number, intendedIn: number | undefined): JobSeen {
		if (this.#boots.size > 0 && !this.#fence(epoch)) {
			return {kind: 'superseded', epoch: this.#epoch};
		}

		if (!this.#jobs.has(job)) {
			if (!this.provesNeverRan(intendedIn)) {
				return {kind: 'gone', because: 'folder-lost'};
			}

			this.#fence(epoch);
			this.#jobs.set(job, {
				...{boot: this.#machine.boot, started: 'no', process: undefined, code: undefined, out: '', isForgotten: false},
			});
		}

		const verdict = this.verdict(job);
		switch (verdict.kind) {
			case 'waiting':
				this.veto(job);
				return {kind: 'notStarted', reason: 'It had not begun on its host, and never will.'};
			case 'vetoed':
				return {kind: 'notStarted', reason: 'It had not begun on its host, and never will.'};
			case 'finished':
			case 'running':
			case 'gone':
				return verdict;
		}
	}

	verdict(job: string): Verdict {
		const kept = this.#jobs.get(job);
		if (kept === undefined || kept.isForgotten) {
			return {kind: 'gone', because: 'folder-lost'};
		}

		if (kept.code !== undefined) {
			return {kind: 'finished', code: kept.code};
		}

		if (kept.started !== 'runs') {
			return {kind: kept.started === 'vetoed' ? 'vetoed' : 'waiting'};
		}

		if (kept.boot !== this.#machine.boot) {
			return {kind: 'gone', because: 'rebooted'};
		}

		return kept.process?.execution.end === undefined ? {kind: 'running'} : {kind: 'gone', because: 'vanished'};
	}

	veto(job: string): void {
		const kept = this.#jobs.get(job);
		if (kept?.started === 'no') {
			kept.started = 'vetoed';
			this.#wake();
		}
	}

	/** Ended by a signal; the runner still writes down a status. False: nothing ran. */
	stop(job: string): boolean {
		const kept = this.#jobs.get(job);
		if (kept === undefined || this.verdict(job).kind !== 'running') {
			return false;
		}

		kept.process?.kill();
		kept.code = 143;
		this.#wake();
		return true;
	}

	forget(job: string): void {
		const kept = this.#jobs.get(job);
		if (kept !== undefined && this.verdict(job).kind !== 'running') {
			kept.isForgotten = true;
			kept.out = '';
		}
	}

	/** Its process is killed by somebody else, without a status. */
	kill(job: string): void {
		this.#jobs.get(job)?.process?.kill();
		this.#wake();
	}

	/** Those that run here now. */
	running(): readonly string[] {
		return [...this.#jobs.keys()].filter(job => this.verdict(job).kind === 'running');
	}

	printed(job: string): string {
		return this.#jobs.get(job)?.out ?? '';
	}

	/** Calls whenever something has changed. Returns the unsubscriber. */
	onChange(call: () => void): () => void {
		this.#followers.add(call);
		return () => this.#followers.delete(call);
	}

	/** The machine went down or came back. */
	powerChanged(): void {
		this.#wake();
	}

	#begin(kept: Kept, job: string, script: string): void {
		kept.started = 'runs';
		kept.process = this.#machines.start(this.#machine, job, script, {
			printed: text => {
				kept.out += text;
				this.#wake();
			},
			ended: ({end}) => {
				kept.code = end?.kind === 'exited' ? end.code : undefined;
				this.#wake();
			},
			cut: () => {},
		});
	}

	#fence(epoch: number): boolean {
		if (epoch < this.#epoch) {
			return false;
		}

		this.#epoch = epoch;
		return true;
	}

	#wake(): void {
		for (const call of [...this.#followers]) {
			call();
		}
	}
}
