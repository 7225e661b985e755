import {connect, type Socket} from 'node:net';
import * as z from 'zod';
import type {Clock} from '../../engine/ports.js';
import {UserError} from '../../text/user-error.js';
import type {NamedSecret} from '../lab-secrets.js';
import {ControlAnswer, type ControlRequest, Hello, Lines} from './protocol.js';

/** The lab has ended, or was ended, under whoever uses it. */
function labGone(): UserError {
	return new UserError(
		'lab-ended',
		'The lab has ended: somebody stopped it, or its process was killed.',
		'Go on with the run: the lab comes back with its world as it was.',
		1,
	);
}

type Waiting = {resolve(value: unknown): void; reject(error: Error): void};

/** A request still without the id that `ask` gives it. */
type Question = ControlRequest extends infer Each ? (Each extends {id: number} ? Omit<Each, 'id'> : never) : never;

/** Turns of the event loop without anything to do, before we call it rest. */
const turnsAtRest = 3;

/** One user's line to a living lab. */
export class ControlClient {
	readonly #socket: Socket;
	readonly #waiting = new Map<number, Waiting>();
	/** Answers that are on their way. */
	readonly #asking = new Set<Promise<unknown>>();
	#nextId = 1;
	#gone = false;

	/** Undefined if nobody answers there. */
	static connect(address: string): Promise<ControlClient | undefined> {
		return new Promise(resolve => {
			const socket = connect(address);
			socket.once('error', () => resolve(undefined));
			socket.once('connect', () => resolve(new ControlClient(socket)));
		});
	}

	private constructor(socket: Socket) {
		this.#socket = socket;
		const lines = new Lines();
		socket.setEncoding('utf8');
		socket.on('error', () => {}); // `close` follows
		socket.on('close', () => this.#lost());
		socket.on('data', (text: string) => {
			for (const line of lines.push(text)) {
				this.#hear(line);
			}
		});
	}

	async hello(): Promise<Hello> {
		return Hello.parse(await this.#ask({do: 'hello'}).answer);
	}

	/** Rejects with the lab's sentence. */
	async perform(words: readonly string[]): Promise<string> {
		return z.string().parse(await this.#soon(this.#ask({do: 'perform', words: [...words]}).answer));
	}

	/** Resolves when none of them is saved any more, and those that a saved world names stand in its files again. */
	async learn(secrets: readonly NamedSecret[]): Promise<void> {
		await this.#soon(this.#ask({do: 'secrets', secrets: [...secrets]}).answer);
	}

	/** An answer that comes without the world's time moving. */
	async #soon<T>(answer: Promise<T>): Promise<T> {
		this.#asking.add(answer);
		try {
			return await answer;
		} finally {
			this.#asking.delete(answer);
		}
	}

	/** Resolves when the lab's process has let go of everything. */
	async stop(): Promise<void> {
		const closed = new Promise<void>(resolve => this.#socket.once('close', resolve));
		await this.#ask({do: 'stop'}).answer;
		await closed;
	}

	/** Tells of an exchange with a host that begins now. Returns what is to be called when it has ended. */
	beginExchange(host: string): () => void {
		this.#send({do: 'exchange', host, change: 1});
		return () => void this.#atRest().then(() => this.#send({do: 'exchange', host, change: -1}));
	}

	/** World time. `sleep` never rejects: if the lab is gone, it is over. */
	readonly clock: Clock = {
		now: async () => z.number().parse(await this.#soon(this.#ask({do: 'now'}).answer)),
		sleep: async (ms, signal) => {
			if (signal?.aborted) {
				return;
			}
			const {id, answer} = this.#ask({do: 'sleep', ms});
			const wake = () => this.#send({do: 'wake', sleep: id});
			signal?.addEventListener('abort', wake, {once: true});
			await answer.catch(() => {}); // `now` tells that the lab is gone
			signal?.removeEventListener('abort', wake);
			void this.#atRest().then(() => this.#send({do: 'rest'}));
		},
	};

	/**
	Resolves once this thread has nothing left to do but wait.

	Whoever has got an answer acts on it first: writes events, asks for the time, begins the next exchange. Were the world to
	move meanwhile, its times would depend on the laptop.
	*/
	async #atRest(): Promise<void> {
		for (let idleTurns = 0; idleTurns < turnsAtRest; ) {
			if (this.#asking.size > 0) {
				await Promise.allSettled(this.#asking);
				idleTurns = 0;
			} else {
				await new Promise(resolve => setImmediate(resolve));
				idleTurns += 1;
			}
		}
	}

	/** The lab lives on. */
	close(): void {
		this.#socket.destroy();
		this.#lost();
	}

	#ask(question: Question): {readonly id: number; readonly answer: Promise<unknown>} {
		const id = this.#nextId++;
		const answer = new Promise<unknown>((resolve, reject) => {
			if (this.#gone) {
				reject(labGone());
			} else {
				this.#waiting.set(id, {resolve, reject});
				this.#send({...question, id});
			}
		});
		return {id, answer};
	}

	#send(request: ControlRequest): void {
		if (!this.#gone) {
			this.#socket.write(`${JSON.stringify(request)}\n`);
		}
	}

	#hear(line: string): void {
		const answer = ControlAnswer.parse(JSON.parse(line));
		const waiting = this.#waiting.get(answer.id);
		this.#waiting.delete(answer.id);
		if ('error' in answer) {
			waiting?.reject(new Error(answer.error));
		} else {
			waiting?.resolve(answer.value);
		}
	}

	#lost(): void {
		this.#gone = true;
		for (const waiting of this.#waiting.values()) {
			waiting.reject(labGone());
		}
		this.#waiting.clear();
	}
}
