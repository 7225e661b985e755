/** Written to something that nobody reads any more. The process gets SIGPIPE. */
export class BrokenPipe extends Error {}

/** A descriptor that is closed or goes the other way. */
export class BadDescriptor extends Error {}

/**
What a file descriptor stands for: a pipe's end, an open file, a channel. Shared by all descriptors duplicated from it;
closed when the last of them lets go.
*/
export abstract class Stream {
	#holders = 1;
	/** A terminal in the sense of `[ -t 0 ]`. */
	readonly terminal: boolean = false;

	retain(): this {
		this.#holders += 1;
		return this;
	}

	release(): void {
		this.#holders -= 1;
		if (this.#holders === 0) {
			this.closed();
		}
	}

	/** Whatever is there, at least one byte; undefined at the end. */
	read(): Promise<Uint8Array | undefined> {
		return Promise.reject(new BadDescriptor());
	}

	/** Gives back what was read too much. */
	unread(_bytes: Uint8Array): void {}

	write(_bytes: Uint8Array): Promise<void> {
		return Promise.reject(new BadDescriptor());
	}

	/** How long the file behind it is; undefined where none is. */
	fileSize(): Promise<number | undefined> {
		return Promise.resolve(undefined);
	}

	protected closed(): void {}
}

/** Bytes from somewhere, with a place for what was read too much. */
export abstract class Source extends Stream {
	#returned: Uint8Array[] = [];

	override read(): Promise<Uint8Array | undefined> {
		const returned = this.#returned.pop();
		return returned === undefined ? this.next() : Promise.resolve(returned);
	}

	override unread(bytes: Uint8Array): void {
		if (bytes.length > 0) {
			this.#returned.push(bytes);
		}
	}

	protected abstract next(): Promise<Uint8Array | undefined>;
}

/** `/dev/null`. */
export class NullStream extends Stream {
	override read(): Promise<undefined> {
		return Promise.resolve(undefined);
	}

	override write(): Promise<void> {
		return Promise.resolve();
	}
}

/** Bytes known beforehand: a here-document, a file as it was when it was opened. */
export class BytesSource extends Source {
	#bytes: Uint8Array | undefined;

	constructor(bytes: Uint8Array) {
		super();
		this.#bytes = bytes.length === 0 ? undefined : bytes;
	}

	protected override next(): Promise<Uint8Array | undefined> {
		const bytes = this.#bytes;
		this.#bytes = undefined;
		return Promise.resolve(bytes);
	}
}

/** As much as a pipe of Linux holds. */
const pipeCapacity = 64 * 1024;

/** A queue of bytes between a writer and a reader; a pipe, or the input of a channel. */
export class ByteQueue {
	readonly #chunks: Uint8Array[] = [];
	#size = 0;
	#ended = false;
	#abandoned = false;
	#readable: Array<() => void> = [];
	#writable: Array<() => void> = [];

	async take(): Promise<Uint8Array | undefined> {
		for (;;) {
			const chunk = this.#chunks.shift();
			if (chunk !== undefined) {
				this.#size -= chunk.length;
				this.#wake('writable');
				return chunk;
			}
			if (this.#ended) {
				return undefined;
			}
			await new Promise<void>(resolve => this.#readable.push(resolve));
		}
	}

	/** Resolves once there is room again. Rejects with BrokenPipe if nobody will read. */
	async put(bytes: Uint8Array): Promise<void> {
		while (this.#size >= pipeCapacity && !this.#abandoned) {
			await new Promise<void>(resolve => this.#writable.push(resolve));
		}
		if (this.#abandoned) {
			throw new BrokenPipe();
		}
		if (bytes.length > 0) {
			this.#chunks.push(bytes);
			this.#size += bytes.length;
			this.#wake('readable');
		}
	}

	/** Nothing more will come. */
	end(): void {
		this.#ended = true;
		this.#wake('readable');
	}

	/** Nobody reads any more. */
	abandon(): void {
		this.#abandoned = true;
		this.#wake('writable');
	}

	#wake(side: 'readable' | 'writable'): void {
		const waiting = side === 'readable' ? this.#readable : this.#writable;
		if (side === 'readable') {
			this.#readable = [];
		} else {
			this.#writable = [];
		}
		for (const wake of waiting) {
			wake();
		}
	}
}

class PipeReader extends Source {
	readonly #queue: ByteQueue;

	constructor(queue: ByteQueue) {
		super();
		this.#queue = queue;
	}

	protected override next(): Promise<Uint8Array | undefined> {
		return this.#queue.take();
	}

	protected override closed(): void {
		this.#queue.abandon();
	}
}

class PipeWriter extends Stream {
	readonly #queue: ByteQueue;

	constructor(queue: ByteQueue) {
		super();
		this.#queue = queue;
	}

	override write(bytes: Uint8Array): Promise<void> {
		return this.#queue.put(bytes);
	}

	protected override closed(): void {
		this.#queue.end();
	}
}

export function pipe(): {readonly reader: Stream; readonly writer: Stream} {
	const queue = new ByteQueue();
	return {reader: new PipeReader(queue), writer: new PipeWriter(queue)};
}

/** Keeps everything in memory; for `$(...)` and for tools that answer all at once. */
export class Collector extends Stream {
	readonly #chunks: Uint8Array[] = [];

	override write(bytes: Uint8Array): Promise<void> {
		this.#chunks.push(bytes);
		return Promise.resolve();
	}

	bytes(): Uint8Array {
		return Buffer.concat(this.#chunks);
	}
}

export async function readAll(stream: Stream): Promise<Uint8Array> {
	const chunks: Uint8Array[] = [];
	for (let chunk = await stream.read(); chunk !== undefined; chunk = await stream.read()) {
		chunks.push(chunk);
	}
	return Buffer.concat(chunks);
}
