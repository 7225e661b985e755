import type {Writable} from 'node:stream';
import {BrokenPipe, ByteQueue, Source, Stream} from '../process/stream.js';

/** What the other end of a channel sends. */
export class ChannelInput extends Source {
	readonly #queue = new ByteQueue();
	override readonly terminal: boolean;

	constructor(terminal: boolean) {
		super();
		this.terminal = terminal;
	}

	/** Resolves once there is room for more. */
	async push(bytes: Uint8Array): Promise<void> {
		try {
			await this.#queue.put(bytes);
		} catch (error) {
			if (!(error instanceof BrokenPipe)) {
				throw error;
			}
		}
	}

	end(): void {
		this.#queue.end();
	}

	protected override next(): Promise<Uint8Array | undefined> {
		return this.#queue.take();
	}

	protected override closed(): void {
		this.#queue.abandon();
	}
}

export type OutputOptions = {
	readonly terminal: boolean;
	/** Told before each chunk goes out. */
	readonly onChunk: () => void;
	readonly onClosed: () => void;
};

/** What a channel carries back; after the channel is gone, writing to it is a broken pipe. */
export class ChannelOutput extends Stream {
	readonly #writable: Writable;
	readonly #options: OutputOptions;
	override readonly terminal: boolean;
	#broken = false;
	#wake: () => void = () => {};

	constructor(writable: Writable, options: OutputOptions) {
		super();
		this.#writable = writable;
		this.#options = options;
		this.terminal = options.terminal;
	}

	/** The channel is gone. */
	break(): void {
		this.#broken = true;
		this.#wake();
	}

	override async write(bytes: Uint8Array): Promise<void> {
		if (this.#broken) {
			throw new BrokenPipe();
		}
		if (bytes.length === 0) {
			return;
		}
		this.#options.onChunk();
		const shown = this.terminal ? withCarriageReturns(bytes) : bytes;
		// ssh2 never calls back for what it could not send any more
		await new Promise<void>(resolve => {
			this.#wake = resolve;
			this.#writable.write(shown, () => resolve());
		});
		if (this.#broken) {
			throw new BrokenPipe();
		}
	}

	protected override closed(): void {
		this.#options.onClosed();
	}
}

function withCarriageReturns(bytes: Uint8Array): Uint8Array {
	return Buffer.from(Buffer.from(bytes).toString('latin1').replaceAll(/\r?\n/g, '\r\n'), 'latin1');
}
