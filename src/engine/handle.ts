import type {RecordedEvent} from '../run/event.js';
import type {Answer, Request} from '../run/request.js';
import type {OutputKey, OutputWindow, SecretPrompt} from './ports.js';
import type {Found, Search} from './search.js';

/**
A run as a screen sees it, whichever thread it lives in.

Nothing is pushed but "changed": whoever looks pulls what is new, as much of it as he can show.
*/
export type RunHandle = {
	/** At most 500 events after `afterSeq`, oldest first, and the tail of one stretch of output if asked for. */
	pull(want: Pull): Promise<Pulled>;
	/** Accepted once its events are durable. */
	request(request: Request): Promise<Answer>;
	/** Looks for a text in all output that the run has kept. */
	search(search: Search): Promise<Found>;
	/** Answers a prompt of `Pulled.prompts`; undefined: not now. */
	tell(prompt: number, value: string | undefined): Promise<void>;
	/** `listener` is called when there is something to pull, at most once until the next `pull`. Returns the unsubscriber. */
	subscribe(listener: () => void): () => void;
	/** The run is over, paused with nothing under way, or died: rejects with the error that ended it. */
	readonly ended: Promise<void>;
	/** Lets what is under way go on its host, writes the run file's last page, ends the thread. */
	close(): Promise<void>;
};

export type Pull = {
	readonly afterSeq: number;
	/** `start` undefined: the newest bytes. */
	readonly output: (OutputKey & {readonly maxBytes: number; readonly start?: number | undefined}) | undefined;
};

export type Pulled = {
	readonly events: readonly RecordedEvent[];
	readonly output: OutputWindow | undefined;
	/** Secrets and login questions that wait for a person, oldest first. */
	readonly prompts: ReadonlyArray<SecretPrompt & {readonly id: number}>;
	/** The run's clock, in milliseconds since 1970. */
	readonly now: number;
};
