import {Worker} from 'node:worker_threads';
import type {Found, Pull, Pulled, Read, RunHandle, Search} from '../engine/handle.js';
import type {OutputWindow} from '../engine/ports.js';
import type {Answer, Request} from '../run/request.js';
import type {SessionSpec} from './session.js';
import {withinPatience} from './stray.js';
import {type Call, errorOf, Message} from './thread-messages.js';

/** `Call` without its number: the handle gives each its own. */
type Words = Call extends infer One ? (One extends Call ? Omit<One, 'id'> : never) : never;

/** More would let the short-lived objects of many handshakes and of fast output take 100 MB. */
const youngMegabytes = 12;

/** More than any run needs: where something goes wrong, the thread is to end before the system ends the program. */
const oldMegabytes = 1024;

/**
Opens a session in a thread of its own and stands for it here.

Rejects with the UserError that opening met. Later troubles of the session reject `ended`; calls to a thread that is
gone reject with what ended it.
*/
export async function openInThread(spec: SessionSpec): Promise<RunHandle> {
	const worker = new Worker(new URL('./engine.js', import.meta.url), {
		workerData: spec,
		resourceLimits: {maxYoungGenerationSizeMb: youngMegabytes, maxOldGenerationSizeMb: oldMegabytes},
	});
	const handle = new ThreadHandle(worker);
	await handle.opened;
	return handle;
}

class ThreadHandle implements RunHandle {
	readonly opened: Promise<void>;
	readonly ended: Promise<void>;
	readonly died: Promise<never>;
	readonly #worker: Worker;
	readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
	readonly #listeners = new Set<() => void>();
	readonly #opening = Promise.withResolvers<void>();
	readonly #ending = Promise.withResolvers<void>();
	readonly #dying = Promise.withResolvers<never>();
	readonly #gone = Promise.withResolvers<void>();
	#nextId = 1;
	/** Then its thread ends as it should. */
	#isClosing = false;
	#endedBy: Error | undefined;

	constructor(worker: Worker) {
		this.#worker = worker;
		this.opened = this.#opening.promise;
		this.ended = this.#ending.promise;
		this.died = this.#dying.promise;
		// Whoever waits for `ended` or `died` hears of it; nobody else has to.
		this.ended.catch(() => {});
		this.died.catch(() => {});
		worker.on('message', message => this.#take(Message.parse(message)));
		worker.on('error', error => this.#end(error instanceof Error ? error : new Error(String(error))));
		worker.on('exit', code => {
			this.#end(new Error(`The engine's thread ended with ${code}`));
			this.#gone.resolve();
		});
	}

	async pull(want: Pull): Promise<Pulled> {
		return this.#call<Pulled>({call: 'pull', want});
	}

	async request(request: Request): Promise<Answer> {
		return this.#call<Answer>({call: 'request', request});
	}

	async read(read: Read): Promise<OutputWindow> {
		return this.#call<OutputWindow>({call: 'read', read});
	}

	async search(search: Search): Promise<Found> {
		return this.#call<Found>({call: 'search', search});
	}

	async tell(prompt: number, value: string | undefined): Promise<void> {
		await this.#call({call: 'tell', prompt, ...(value === undefined ? {} : {value})});
	}

	subscribe(listener: () => void): () => void {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	/** A thread that has failed closes the run file by itself. One that does not come to an end is ended: nothing durable is lost. */
	async close(): Promise<void> {
		this.#isClosing = true;
		try {
			await withinPatience(this.#endedBy === undefined ? this.#call({call: 'close'}) : this.#gone.promise);
		} finally {
			await this.#worker.terminate();
		}
	}

	/** `Value` is what the other side's `perform` returns for this call. */
	async #call<Value = undefined>(words: Words): Promise<Value> {
		if (this.#endedBy !== undefined) {
			throw this.#endedBy;
		}

		const id = this.#nextId++;
		const reply = Promise.withResolvers<unknown>();
		this.#waiting.set(id, reply);
		this.#worker.postMessage({...words, id});
		// The compiler cannot follow a value through a message port; `perform` in engine-thread.ts returns it.
		return (await reply.promise) as Value;
	}

	#take(message: Message): void {
		switch (message.kind) {
			case 'opened':
				this.#opening.resolve();
				return;
			case 'changed':
				for (const listener of this.#listeners) {
					listener();
				}

				return;
			case 'reply':
				this.#waiting.get(message.id)?.resolve(message.value);
				this.#waiting.delete(message.id);
				return;
			case 'failed':
				this.#waiting.get(message.id)?.reject(errorOf(message.trouble));
				this.#waiting.delete(message.id);
				return;
			case 'ended':
				if (message.trouble === undefined) {
					this.#ending.resolve();
				} else {
					const error = errorOf(message.trouble);
					this.#opening.reject(error);
					this.#ending.reject(error);
					this.#dying.reject(error);
				}

				return;
			case 'broke':
				this.#end(errorOf(message.trouble));
		}
	}

	/** The thread is gone: by itself after `close`, or by an error that nothing caught. */
	#end(error: Error): void {
		this.#endedBy ??= error;
		this.#opening.reject(error);
		this.#ending.reject(error);
		if (!this.#isClosing) {
			this.#dying.reject(error);
		}

		for (const reply of this.#waiting.values()) {
			reply.reject(error);
		}

		this.#waiting.clear();
	}
}
