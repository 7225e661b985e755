import type {Listener, Session, StartOptions} from './session.js';
import type {Link, LinkStart} from './ssh-client.js';
import {atMost, pause, type Timing} from './timing.js';

/** Above four sessions at once sshd begins to refuse some that its own limit would allow (measured with 300 commands). */
const mostAtOnce = 4;

/** sshd frees a session a little after we have closed it. */
const backOffMs = [5, 20, 100, 400];

export type ChannelStart = LinkStart | {readonly kind: 'cancelled'};

/** How many sessions one host bears at once; learned from its refusals and kept when the connection is renewed. */
export type Capacity = {sessions: number};

export const fullCapacity: Capacity = {sessions: mostAtOnce};

/** A command on a channel. Held open: it has ended, but a child of it keeps its output open. */
type Occupant = {session: Session | undefined; isHeldOpen: boolean};

/** The commands on one connection: so many at once, the others wait in order. */
export class Channels {
	readonly link: Link;
	readonly #capacity: Capacity;
	readonly #timing: Timing;
	#waiting: Array<() => void> = [];
	readonly #heldOpen = new Set<Occupant>();
	#inFlight = 0;
	#lastUsed = performance.now();
	readonly #openedAt = performance.now();
	#commands = 0;
	#isRetired = false;

	constructor(link: Link, capacity: Capacity, timing: Timing) {
		this.link = link;
		this.#capacity = capacity;
		this.#timing = timing;
	}

	/** Starts a command when it is its turn; an urgent one at once. `busy` where none of our own commands is in the way. */
	async start(line: string, listener: Listener, {urgent, cancel}: StartOptions): Promise<ChannelStart> {
		if (urgent === true) {
			return this.#openPatiently(line, listener, ignore);
		}

		for (;;) {
			if (!(await this.#takeTurn(cancel))) {
				return {kind: 'cancelled'};
			}

			const started = await this.#openPatiently(line, listener, () => this.#giveTurn());
			if (started.kind === 'started') {
				return started;
			}

			const others = this.#inFlight - 1;
			this.#giveTurn();
			if (started.kind !== 'busy' || others === 0) {
				return started;
			}

			this.#capacity.sessions = others; // The host bears no more: wait until one of them ends
		}
	}

	/** Enough was done on this connection, for a host whose sshd does not bear more. */
	get isWorn(): boolean {
		const {commands, ms} = this.#timing.worn;
		return this.#commands >= commands || performance.now() - this.#openedAt > ms;
	}

	/** Ends the connection once its last command has ended. Whoever retires it sends no more. */
	retire(): void {
		this.#isRetired = true;
		this.#endIfRetired();
	}

	#endIfRetired(): void {
		if (this.#isRetired && this.#inFlight === 0) {
			this.link.end();
		}
	}

	async #openPatiently(line: string, listener: Listener, over: () => void): Promise<LinkStart> {
		let started = await this.#open(line, listener, over);
		for (const ms of backOffMs) {
			if (started.kind !== 'busy') {
				break;
			}

			this.#closeOldestHeldOpen();
			await pause(ms);
			started = await this.#open(line, listener, over);
		}

		return started;
	}

	async #open(line: string, listener: Listener, over: () => void): Promise<LinkStart> {
		this.#commands += 1;
		const occupant: Occupant = {session: undefined, isHeldOpen: false};
		const starting = this.link.start(line, {
			output: (stream, bytes) => listener.output(stream, bytes),
			exit: ending => listener.exit(ending),
			close: linkLost => {
				if (!this.#heldOpen.delete(occupant)) {
					over();
				}

				listener.close(linkLost);
			},
		});
		const started = await this.#cutIfSilent(starting);
		if (started.kind !== 'started') {
			return started;
		}

		const {session} = started;
		occupant.session = session;
		const release = () => {
			this.#heldOpen.add(occupant);
			over();
		};
		return {
			kind: 'started',
			session: {
				write: bytes => session.write(bytes),
				end: () => session.end(),
				signal: name => session.signal(name),
				close: () => session.close(),
				release,
			},
		};
	}

	/** After a long silence, perhaps the laptop slept, the connection may be dead and nobody has noticed yet. */
	async #cutIfSilent(starting: Promise<LinkStart>): Promise<LinkStart> {
		const isDoubtful = performance.now() - this.#lastUsed > this.#timing.keepAlive && this.#inFlight <= 1;
		if (isDoubtful) {
			let isSilent = true;
			const answered = starting.then(() => {
				isSilent = false;
			});
			await atMost(this.#timing.channel, answered);
			if (isSilent) {
				this.link.cut();
			}
		}

		const started = await starting;
		this.#lastUsed = performance.now();
		return started;
	}

	#closeOldestHeldOpen(): void {
		const [oldest] = this.#heldOpen;
		oldest?.session?.close();
	}

	/** True when it is our turn, false if `cancel` came first. */
	async #takeTurn(cancel: AbortSignal | undefined): Promise<boolean> {
		while (this.#inFlight >= this.#capacity.sessions && cancel?.aborted !== true) {
			const {promise, resolve} = Promise.withResolvers<void>();
			this.#waiting.push(resolve);
			await atMost(Number.POSITIVE_INFINITY, promise, cancel);
			this.#waiting = this.#waiting.filter(other => other !== resolve);
		}

		if (cancel?.aborted === true) {
			this.#wakeNext(); // We may have been woken as well
			return false;
		}

		this.#inFlight += 1;
		return true;
	}

	#giveTurn(): void {
		this.#inFlight -= 1;
		this.#wakeNext();
		this.#endIfRetired();
	}

	#wakeNext(): void {
		this.#waiting.shift()?.();
	}
}

function ignore(): void {
	// An urgent command has taken no turn
}
