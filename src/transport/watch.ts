import type {OutputSink, Stream} from '../engine/ports.js';
import type {Outcome} from '../run/outcome.js';
import {withoutClixml} from '../text/clixml.js';
import {sanitiseLine} from '../text/sanitise.js';
import {MarkerFilter} from './marker.js';
import type {Ending, Listener, Session} from './session.js';

/**
Hears one command to its end and says what is known about it then.

The end is where the exit status *and* the last byte have come, or the channel is gone. Where a child in the background
holds the output open, it is `heldOpenMs` without a byte after the exit status.
*/
export class Watch implements Listener {
	/** Resolves once the marker has come, or can never come. */
	readonly began: Promise<void>;
	/** Resolves once nothing more is to be expected. */
	readonly ended: Promise<void>;
	ending: Ending | undefined;
	isOver = false;
	#session: Session | undefined;
	#closed = false;
	#linkLost: string | undefined;
	#sinkError: unknown;
	#lastByteAt = 0;
	#timer: NodeJS.Timeout | undefined;
	#hasBegun: () => void;
	#hasEnded: () => void;
	readonly #place: string;
	readonly #markers: Readonly<Record<Stream, MarkerFilter>>;
	readonly #sink: OutputSink;
	readonly #heldOpenMs: number;

	constructor(place: string, token: string, sink: OutputSink, heldOpenMs: number) {
		this.#place = place;
		this.#markers = {out: new MarkerFilter(token), err: new MarkerFilter(token)};
		this.#sink = sink;
		this.#heldOpenMs = heldOpenMs;
		({promise: this.began, resolve: this.#hasBegun} = Promise.withResolvers<void>());
		({promise: this.ended, resolve: this.#hasEnded} = Promise.withResolvers<void>());
	}

	/** What stands behind the marker's token: a process, `-` or `ok`. */
	get word(): string | undefined {
		return this.#markers.out.word;
	}

	attach(session: Session): void {
		this.#session = session;
	}

	output(stream: Stream, bytes: Uint8Array): void {
		this.#lastByteAt = performance.now();
		if (this.isOver) {
			return; // Whoever wanted to know has gone
		}

		const rest = this.#markers[stream].push(bytes);
		if (this.word !== undefined) {
			this.#hasBegun();
		}

		if (rest !== undefined) {
			this.#give(stream, rest);
		}
	}

	exit(ending: Ending): void {
		this.ending = ending;
		this.#lastByteAt = performance.now();
		this.#waitForSilence();
	}

	close(linkLost: string | undefined): void {
		this.#closed = true;
		this.#linkLost = linkLost;
		this.#finish();
	}

	/**
	What is known now. Throws what the sink threw: then the output is not where it belongs.

	Only an exit status makes an outcome `exited`; a channel that closes without one says nothing (RFC 4254, section 6.10).
	*/
	outcome(): Outcome {
		this.#finish();
		if (this.#sinkError !== undefined) {
			throw this.#sinkError;
		}

		if (this.ending === undefined) {
			return {kind: 'lost', evidence: this.#whyNoEnding()};
		}

		if (this.word === undefined) {
			return this.#endedBeforeTheScript(this.ending);
		}

		return this.ending;
	}

	#give(stream: Stream, bytes: Uint8Array): void {
		if (this.#sinkError !== undefined) {
			return;
		}

		try {
			this.#sink(stream, bytes);
		} catch (error) {
			this.#sinkError = error; // Not the connection's fault: it goes on, and `outcome` tells
		}
	}

	#waitForSilence(): void {
		const left = this.#lastByteAt + this.#heldOpenMs - performance.now();
		if (left <= 0) {
			this.#finish();
			this.#session?.release();
		} else if (!this.isOver) {
			this.#timer = setTimeout(() => this.#waitForSilence(), Math.ceil(left));
		}
	}

	#finish(): void {
		clearTimeout(this.#timer);
		this.#markers.out.end();
		this.#markers.err.end();
		this.isOver = true;
		this.#hasBegun();
		this.#hasEnded();
	}

	#whyNoEnding(): string {
		if (!this.#closed) {
			return `${this.#place} had not said yet how the command ended.`;
		}

		return this.#linkLost === undefined
			? `${this.#place} closed the channel without an exit status.`
			: `The connection to ${this.#place} was lost before an exit status came: ${this.#linkLost}.`;
	}

	/** Without the marker the wrapper has not come to the script. Only if output is missing can that be wrong. */
	#endedBeforeTheScript(ending: Ending): Outcome {
		const how = ending.kind === 'exited' ? `exit ${ending.code}` : ending.signal;
		if (!this.#closed || this.#linkLost !== undefined) {
			return {kind: 'lost', evidence: `${this.#place} reported ${how}, but its output was cut off.`};
		}

		const said = firstLine(this.#markers.err.noise) || firstLine(this.#markers.out.noise);
		return {
			kind: 'notStarted',
			reason: `The login shell of ${this.#place} ended (${how}) before the script began${said === '' ? '.' : `: ${said}`}`,
		};
	}
}

function firstLine(text: string): string {
	return sanitiseLine(withoutClixml(text).trim().split('\n')[0] ?? '').slice(0, 300);
}
