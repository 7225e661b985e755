import {connect, type Socket} from 'node:net';
import * as z from 'zod';
import type {OutputKey, OutputWindow} from '../engine/ports.js';
import {holderAddress, isAddressSafe} from './holder-address.js';
import {type Holder, HolderAnswer, type HolderRequest, holderAnswers} from './holder-messages.js';
import type {SeenEvent, SeenRun} from './look.js';

/** A holder that is alive answers at once; a copy takes as long as the disk does. */
const PATIENCE_MS = 5000;
const COPY_PATIENCE_MS = 600_000;

/** A conversation with the process that holds a run file. Each call rejects if it does not answer, or hangs up. */
export type HolderLink = {
	who(): Promise<Holder>;
	/** All that `lookAtRun` would give. */
	seen(): Promise<SeenRun>;
	/** From after `afterSeq` on, all there are now. */
	eventsAfter(afterSeq: number): Promise<readonly SeenEvent[]>;
	/** From the first kept byte at or behind `start` on, a piece at a time. */
	outputFrom(key: OutputKey, start: number): Promise<OutputWindow>;
	/** A consistent copy of all that is recorded now; `to` is there and empty. */
	copyTo(to: string): Promise<void>;
	close(): void;
};

/** Undefined: nobody answers for this file. */
export async function reachHolder(runFile: string): Promise<HolderLink | undefined> {
	const address = holderAddress(runFile);
	if (!isAddressSafe(address)) {
		return undefined;
	}

	const socket = connect(address);
	const isThere = await new Promise<boolean>(resolve => {
		socket.once('connect', () => resolve(true));
		socket.on('error', () => resolve(false));
	});
	return isThere ? new Link(socket) : undefined;
}

class Link implements HolderLink {
	readonly #socket: Socket;
	readonly #lines: AsyncIterator<string>;

	constructor(socket: Socket) {
		this.#socket = socket;
		this.#lines = linesOf(socket);
		socket.on('timeout', () => socket.destroy());
	}

	async who(): Promise<Holder> {
		return this.#ask({ask: 'who'}, holderAnswers.who);
	}

	async seen(): Promise<SeenRun> {
		const {meta, blobs, signed} = await this.#ask({ask: 'run'}, holderAnswers.run);
		const kept = new Map<string, Uint8Array>();
		for (const name of blobs) {
			kept.set(name, await this.#blob(name));
		}

		return {
			events: await this.eventsAfter(0),
			blobs: kept,
			meta: new Map(Object.entries(meta)),
			signed: signed ?? undefined,
			damage: undefined,
		};
	}

	async eventsAfter(afterSeq: number): Promise<readonly SeenEvent[]> {
		const events: SeenEvent[] = [];
		for (;;) {
			const more = await this.#ask({ask: 'events', after: events.at(-1)?.seq ?? afterSeq}, holderAnswers.events);
			if (more.length === 0) {
				return events;
			}

			events.push(...more);
		}
	}

	async outputFrom(key: OutputKey, start: number): Promise<OutputWindow> {
		return this.#ask({ask: 'output', key, start}, holderAnswers.output);
	}

	async copyTo(to: string): Promise<void> {
		await this.#ask({ask: 'copy', to}, holderAnswers.copy, COPY_PATIENCE_MS);
	}

	close(): void {
		this.#socket.destroy();
	}

	async #blob(name: string): Promise<Uint8Array> {
		const pieces: Uint8Array[] = [];
		let length = 0;
		for (;;) {
			const {bytes, total} = await this.#ask({ask: 'blob', name, start: length}, holderAnswers.blob);
			pieces.push(bytes);
			length += bytes.length;
			if (length >= total || bytes.length === 0) {
				return Buffer.concat(pieces);
			}
		}
	}

	async #ask<Value>(request: HolderRequest, answers: z.ZodType<Value>, patienceMs = PATIENCE_MS): Promise<Value> {
		this.#socket.setTimeout(patienceMs);
		this.#socket.write(`${JSON.stringify(request)}\n`);
		const line = await this.#lines.next();
		this.#socket.setTimeout(0);
		if (line.done === true) {
			throw new Error('Whoever holds the run has hung up');
		}

		const answer = HolderAnswer.parse(JSON.parse(line.value));
		if ('trouble' in answer) {
			throw new Error(answer.trouble);
		}

		return answers.parse(answer.value);
	}
}

async function* linesOf(socket: Socket): AsyncGenerator<string> {
	let rest = '';
	for await (const data of socket.setEncoding('utf8')) {
		const lines = (rest + z.string().parse(data)).split('\n');
		rest = lines.pop() ?? '';
		yield* lines;
	}
}
