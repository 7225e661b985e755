import {connect, type Socket} from 'node:net';
import {z} from 'zod';
import type {Clock} from '../../engine/ports.js';
import {ControlAnswer, type ControlRequest, Hello, Lines} from './protocol.js';

/** The lab has ended, or was ended, under whoever uses it. */
class LabGone extends Error {
	constructor() {
		super('The lab has ended.');
	}
}

type Waiting = {resolve(value: unknown): void; reject(error: Error): void};

/** A request still without the id that `ask` gives it. */
type Question = ControlRequest extends infer Each ? (Each extends {id: number} ? Omit<Each, 'id'> : never) : never;

/** One user's line to a living lab. */
export class ControlClient {
	readonly #socket: Socket;
	readonly #waiting = new Map<number, Waiting>();
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
		return z.string().parse(await this.#ask({do: 'perform', words: [...words]}).answer);
	}

	/** Resolves when the lab's process has let go of everything. */
	async stop(): Promise<void> {
		const closed = new Promise<void>(resolve => this.#socket.once('close', resolve));
		await this.#ask({do: 'stop'}).answer;
		await closed;
	}

	exchange(host: string, change: 1 | -1): void {
		this.#send({do: 'exchange', host, change});
	}

	/** World time. `sleep` never rejects: if the lab is gone, it is over. */
	readonly clock: Clock = {
		now: async () => z.number().parse(await this.#ask({do: 'now'}).answer),
		sleep: async (ms, signal) => {
			if (signal?.aborted) {
				return;
			}
			const {id, answer} = this.#ask({do: 'sleep', ms});
			const wake = () => this.#send({do: 'wake', sleep: id});
			signal?.addEventListener('abort', wake, {once: true});
			await answer.catch(() => {}); // `now` tells that the lab is gone
			signal?.removeEventListener('abort', wake);
		},
	};

	/** The lab lives on. */
	close(): void {
		this.#socket.destroy();
		this.#lost();
	}

	#ask(question: Question): {readonly id: number; readonly answer: Promise<unknown>} {
		const id = this.#nextId++;
		const answer = new Promise<unknown>((resolve, reject) => {
			if (this.#gone) {
				reject(new LabGone());
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
			waiting.reject(new LabGone());
		}
		this.#waiting.clear();
	}
}
