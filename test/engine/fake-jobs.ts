import type {JobRef, OutputSink, Stream} from '../../src/engine/ports.js';
import type {JobSeen, Outcome} from '../../src/run/outcome.js';

type Kept = {
	seen: JobSeen;
	readonly output: Array<readonly [Stream, Uint8Array]>;
	readonly followers: Set<() => void>;
};

/** What the hosts of a fake world keep of jobs. A test says what became of them, and sees what was asked. */
export class FakeJobs {
	/** `began`, `looked up`, `followed`, `forgot`, each with the job's name and the epoch of who asked. */
	readonly asked: string[] = [];
	/** What look-ups say in turn, before they say the truth. */
	readonly answers: JobSeen[] = [];
	readonly #jobs = new Map<string, Kept>();
	readonly #epochs = new Map<string, number>();

	/** Its truth from now on; `finished` and `gone` end who follows it. One that is not there yet is there then. */
	become(job: string, seen: JobSeen): void {
		const kept = this.#keptOf(job);
		kept.seen = seen;
		for (const wake of kept.followers) {
			wake();
		}
	}

	/** It prints while nobody, or somebody, follows. */
	print(job: string, text: string, stream: Stream = 'out'): void {
		const kept = this.#keptOf(job);
		kept.output.push([stream, new TextEncoder().encode(text)]);
		for (const wake of kept.followers) {
			wake();
		}
	}

	/** The host has seen this epoch of the run, as after a take-over. */
	seeEpoch(run: string, epoch: number): void {
		this.#epochs.set(run, Math.max(epoch, this.#epochs.get(run) ?? 0));
	}

	async begin({job, epoch}: JobRef, sink: OutputSink, run: (keep: OutputSink) => Promise<Outcome>): Promise<Outcome> {
		this.asked.push(`began ${job} #${epoch}`);
		const higher = this.#higherEpoch(job, epoch);
		if (higher !== undefined) {
			return {kind: 'notStarted', reason: `A colleague took this run over (epoch ${higher}).`};
		}

		const kept = this.#keptOf(job);
		kept.seen = {kind: 'running'};
		const outcome = await run((stream, bytes) => {
			kept.output.push([stream, bytes.slice()]);
			sink(stream, bytes);
		});
		switch (outcome.kind) {
			case 'exited':
				this.become(job, {kind: 'finished', code: outcome.code});
				break;
			case 'signaled':
			case 'timedOut':
				this.become(job, {kind: 'gone', because: 'vanished'});
				break;
			case 'notStarted':
				this.become(job, {kind: 'notStarted', reason: outcome.reason});
				break;
			case 'lost':
		}

		return outcome;
	}

	lookUp({job, epoch}: JobRef): JobSeen {
		this.asked.push(`looked up ${job} #${epoch}`);
		const answer = this.answers.shift();
		if (answer !== undefined) {
			return answer;
		}

		const higher = this.#higherEpoch(job, epoch);
		return higher === undefined
			? (this.#jobs.get(job)?.seen ?? {kind: 'notStarted', reason: 'It never came to its host.'})
			: {kind: 'superseded', epoch: higher};
	}

	async follow({job, epoch}: JobRef, sink: OutputSink, cancel: AbortSignal): Promise<Outcome> {
		this.asked.push(`followed ${job} #${epoch}`);
		const kept = this.#keptOf(job);
		for (let next = 0; ; ) {
			for (; next < kept.output.length; next++) {
				const [stream, bytes] = kept.output[next] ?? ['out', new Uint8Array()];
				sink(stream, bytes);
			}

			if (kept.seen.kind === 'finished') {
				return {kind: 'exited', code: kept.seen.code};
			}

			if (cancel.aborted) {
				this.become(job, {kind: 'gone', because: 'vanished'});
				return {kind: 'signaled', signal: 'SIGTERM'};
			}

			if (kept.seen.kind !== 'running') {
				return {kind: 'lost', evidence: `The job is ${kept.seen.kind}.`};
			}

			await this.#change(kept, cancel);
		}
	}

	forget({job, epoch}: JobRef): void {
		this.asked.push(`forgot ${job} #${epoch}`);
		this.become(job, {kind: 'gone', because: 'folder-lost'});
	}

	#change({followers}: Kept, cancel: AbortSignal): Promise<void> {
		return new Promise(resolve => {
			const wake = () => {
				followers.delete(wake);
				cancel.removeEventListener('abort', wake);
				resolve();
			};
			followers.add(wake);
			cancel.addEventListener('abort', wake);
		});
	}

	#keptOf(job: string): Kept {
		const kept = this.#jobs.get(job) ?? {seen: {kind: 'running'}, output: [], followers: new Set()};
		this.#jobs.set(job, kept);
		return kept;
	}

	#higherEpoch(job: string, epoch: number): number | undefined {
		const run = job.split('.')[0] ?? '';
		const highest = this.#epochs.get(run) ?? 0;
		this.seeEpoch(run, epoch);
		return highest > epoch ? highest : undefined;
	}
}
