import {chmodSync, rmSync} from 'node:fs';
import {connect, createServer, type Server, type Socket} from 'node:net';
import {couldListen} from '../could-listen.js';
import type {Room} from '../room.js';
import {type ControlAnswer, ControlRequest, type Hello, Lines} from './protocol.js';

export type ControlServerOptions = {
	readonly room: Room;
	/** A unix socket, or a named pipe on Windows. */
	readonly address: string;
	readonly hello: () => Hello;
	readonly stop: () => void;
	readonly log: (text: string) => void;
};

/** Somebody else serves this address, and lives. */
export class AddressTaken extends Error {}

export class ControlServer {
	readonly #server: Server;
	readonly #sockets = new Set<Socket>();

	/** Rejects with `AddressTaken` if another lab answers there; a dead one's socket is replaced. */
	static async listen(options: ControlServerOptions): Promise<ControlServer> {
		const server = new ControlServer(options);
		if (!(await couldListen(server.#server, {path: options.address}))) {
			if (await somebodyAnswers(options.address)) {
				throw new AddressTaken(options.address);
			}
			rmSync(options.address, {force: true});
			if (!(await couldListen(server.#server, {path: options.address}))) {
				throw new AddressTaken(options.address);
			}
		}
		if (process.platform !== 'win32') {
			chmodSync(options.address, 0o600);
		}
		return server;
	}

	private constructor(options: ControlServerOptions) {
		this.#server = createServer(socket => {
			this.#sockets.add(socket);
			socket.on('close', () => this.#sockets.delete(socket));
			serve(socket, options);
		});
	}

	get inUse(): boolean {
		return this.#sockets.size > 0;
	}

	close(): void {
		this.#server.close();
		for (const socket of this.#sockets) {
			socket.destroy();
		}
	}
}

function serve(socket: Socket, options: ControlServerOptions): void {
	const lines = new Lines();
	const client = new ControlledClient(options, answer => {
		if (socket.writable) {
			socket.write(`${JSON.stringify(answer)}\n`);
		}
	});
	socket.setEncoding('utf8');
	socket.on('error', () => {}); // It went away; `close` follows
	socket.on('close', () => client.left());
	socket.on('data', (text: string) => {
		for (const line of lines.push(text)) {
			client.hear(line);
		}
	});
}

/** Where a client is whom a sleep has woken; no host has this name. */
const awake = '';

/** One user of the lab: what he sleeps for and which exchanges he has begun ends with him. */
class ControlledClient {
	readonly #options: ControlServerOptions;
	readonly #answer: (answer: ControlAnswer) => void;
	readonly #sleeps = new Map<number, AbortController>();
	readonly #exchanges = new Map<string, number>();
	#gone = false;

	constructor(options: ControlServerOptions, answer: (answer: ControlAnswer) => void) {
		this.#options = options;
		this.#answer = answer;
	}

	hear(line: string): void {
		const request = ControlRequest.safeParse(parsed(line));
		if (!request.success) {
			// Not the line itself: it may hold secrets
			this.#options.log(`control: a line of ${line.length} characters was not understood`);
			return;
		}
		this.#obey(request.data);
	}

	left(): void {
		this.#gone = true;
		for (const sleep of this.#sleeps.values()) {
			sleep.abort();
		}
		this.#options.room.forgetExchanges(this.#exchanges);
	}

	#obey(request: ControlRequest): void {
		const {room, hello, stop} = this.#options;
		switch (request.do) {
			case 'hello':
				this.#answer({id: request.id, value: hello()});
				return;
			case 'now':
				this.#answer({id: request.id, value: room.clock.now()});
				return;
			case 'sleep':
				void this.#sleep(request.id, request.ms);
				return;
			case 'wake':
				this.#sleeps.get(request.sleep)?.abort();
				return;
			case 'perform':
				void this.#answerWith(request.id, room.perform(request.words));
				return;
			case 'secrets':
				void this.#answerWith(request.id, room.learn(request.secrets));
				return;
			case 'exchange':
				this.#exchange(request.host, request.change);
				return;
			case 'rest':
				this.#exchange(awake, -1);
				return;
			case 'stop':
				this.#answer({id: request.id, value: null});
				stop();
		}
	}

	#exchange(host: string, change: 1 | -1): void {
		this.#exchanges.set(host, (this.#exchanges.get(host) ?? 0) + change);
		this.#options.room.exchange(host, change);
	}

	async #sleep(id: number, ms: number): Promise<void> {
		const alarm = new AbortController();
		this.#sleeps.set(id, alarm);
		await this.#options.room.clock.sleep(ms, alarm.signal);
		this.#sleeps.delete(id);
		if (this.#gone) {
			return;
		}
		this.#exchange(awake, 1);
		this.#answer({id, value: this.#options.room.clock.now()});
	}

	async #answerWith(id: number, work: Promise<unknown>): Promise<void> {
		try {
			this.#answer({id, value: (await work) ?? null});
		} catch (error) {
			this.#answer({id, error: error instanceof Error ? error.message : String(error)});
		}
	}
}

function parsed(line: string): unknown {
	try {
		return JSON.parse(line);
	} catch {
		return undefined;
	}
}

function somebodyAnswers(address: string): Promise<boolean> {
	return new Promise(resolve => {
		const socket = connect(address);
		socket.once('connect', () => {
			socket.destroy();
			resolve(true);
		});
		socket.once('error', () => resolve(false));
	});
}
