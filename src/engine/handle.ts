import type {RecordedEvent} from '../run/event.js';
import type {Answer, Request} from '../run/request.js';
import type {OutputKey, OutputWindow, SecretPrompt} from './ports.js';

/**
A run as a screen sees it, whichever thread it lives in.

Nothing is pushed but "changed": whoever looks pulls what is new, as much of it as he can show.
*/
export type RunHandle = {
	/** At most 500 events after `afterSeq`, oldest first, and the tail of one stretch of output if asked for. */
	pull(want: Pull): Promise<Pulled>;
	/** Accepted once its events are durable. */
	request(request: Request): Promise<Answer>;
	/** Kept output from `start` on: see `Store.outputFrom`. */
	read(want: Read): Promise<OutputWindow>;
	/** Looks for a text in all output that the run has kept. */
	search(search: Search): Promise<Found>;
	/** Answers a prompt of `Pulled.prompts`; undefined: not now. */
	tell(prompt: number, value: string | undefined): Promise<void>;
	/** `listener` is called when there is something to pull, at most once until the next `pull`. Returns the unsubscriber. */
	subscribe(listener: () => void): () => void;
	/** The run is over, paused with nothing under way, or died: rejects with the error that ended it. */
	readonly ended: Promise<void>;
	/** Never resolves. Rejects with the error that the run died of, also where it was paused and gone on with before. */
	readonly died: Promise<never>;
	/** Lets what is under way go on its host, writes the run file's last page, ends the thread. */
	close(): Promise<void>;
};

export type Pull = {
	readonly afterSeq: number;
	readonly output: (OutputKey & {readonly maxBytes: number}) | undefined;
};

export type Read = {readonly key: OutputKey; readonly start: number; readonly maxBytes: number};

export type Pulled = {
	readonly events: readonly RecordedEvent[];
	readonly output: OutputWindow | undefined;
	/** Secrets and login questions that wait for a person, oldest first. */
	readonly prompts: ReadonlyArray<SecretPrompt & {readonly id: number}>;
	/** The run's clock, in milliseconds since 1970. */
	readonly now: number;
};

/** What is looked for in all that hosts sent: capitals count only where `text` has some. */
export type Search = {
	readonly text: string;
	/** So many hits at most, the newest ones. */
	readonly limit: number;
};

/** A line of output that has the text in it. */
export type Hit = {
	readonly key: OutputKey;
	/** Of the line's first byte in the stretch. */
	readonly offset: number;
	/** When it came, in this laptop's milliseconds since 1970; 0: nobody noted it. */
	readonly at: number;
	/** Harmless. */
	readonly line: string;
};

/** In the order in which the stretches began. `isCut`: there are older ones. */
export type Found = {readonly hits: readonly Hit[]; readonly isCut: boolean};
