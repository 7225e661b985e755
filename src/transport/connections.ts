import type {HostAccess, Secrets} from '../engine/ports.js';
import type {Refusal} from '../run/outcome.js';
import {sanitiseLine} from '../text/sanitise.js';
import {type Capacity, Channels, fullCapacity} from './channels.js';
import {fingerprintOf} from './fingerprint.js';
import {decideHostKey, type HostKeyDecision, type HostKeyPolicy} from './host-key.js';
import {KeyFiles} from './key-files.js';
import {type KnownHost, knownKeyTypes, nameOf} from './known-hosts.js';
import {appendKnownHost, readKnownHosts} from './known-hosts-file.js';
import {Login} from './login.js';
import {fitsOneLine} from './posix.js';
import type {Listener, LoginShell, Place, Started, StartOptions} from './session.js';
import {Slots} from './slots.js';
import {type Link, type Opened, openLink} from './ssh-client.js';
import {atMost, pause, type Timing} from './timing.js';

export type ConnectionOptions = {
	readonly secrets: Secrets;
	/** New keys are appended to the first of the files. */
	readonly knownHosts: {readonly files: readonly [string, ...string[]]; readonly policy: HostKeyPolicy};
	/** Undefined: no agent. */
	readonly agentSocket: string | undefined;
	readonly home: string;
	/** Who logs in where the sheet names nobody. */
	readonly localUser: string;
	readonly timing: Timing;
};

export type Reached =
	| {readonly kind: 'reached'; readonly channels: Channels}
	| {readonly kind: 'firstContact'; readonly keyType: string; readonly fingerprint: string}
	| {
			readonly kind: 'refused';
			readonly refusal: Refusal | 'unreachable';
			readonly reason: string;
			readonly next: string;
	  };

type Connection = {
	readonly access: string;
	readonly reached: Promise<Reached>;
	/** Undefined while it is being made, and after it is gone. */
	link: Link | undefined;
	isOver: boolean;
};

/** What was learned of a host and holds for its next connection too. */
type Experience = {readonly capacity: Capacity; readonly shell: LoginShell};

/** sshd begins to drop connections at its tenth handshake (MaxStartups); many at once stall this thread. */
const handshakesAtOnce = {perServer: 8, inAll: 50};

const connectRetries = 3;

/** One connection per host, made when it is needed and used by all its commands; renewed when it is gone. */
export class Connections {
	readonly #options: ConnectionOptions;
	readonly #keyFiles: KeyFiles;
	readonly #connections = new Map<string, Connection>();
	readonly #experience = new Map<string, Experience>();
	readonly #handshakes = new Slots(handshakesAtOnce.inAll);
	readonly #handshakesOf = new Map<string, Slots>();
	/** Confirmed by a person in this run: known_hosts may be read-only. By the host's name there. */
	readonly #trusted = new Map<string, string>();
	#isClosed = false;

	constructor(options: ConnectionOptions) {
		this.#options = options;
		this.#keyFiles = new KeyFiles(options.home, options.secrets);
	}

	/** The host as a place where commands run. */
	place(host: HostAccess): Place {
		return {
			name: nameFor(host),
			shell: this.#experienceWith(host).shell,
			fits: fitsOneLine,
			start: (line, listener, how) => this.#start(host, line, listener, how),
		};
	}

	/** The host's connection, made if there is none. `trusted`: a fingerprint that a person has confirmed. */
	async reach(host: HostAccess, trusted: string | undefined): Promise<Reached> {
		const access = JSON.stringify([host.address, host.port, host.user, host.auth, host.key]);
		const there = this.#connections.get(host.name);
		if (there !== undefined && there.access === access && !there.isOver) {
			const reached = await there.reached;
			if (reached.kind !== 'firstContact' || reached.fingerprint !== trusted) {
				return reached;
			}
		}

		there?.link?.end(); // The sheet was changed
		const connection: Connection = {access, reached: this.#connect(host, trusted), link: undefined, isOver: false};
		this.#connections.set(host.name, connection);
		return this.#follow(connection);
	}

	/** Says goodbye on every connection, and waits a second at most for the answers. */
	async close(): Promise<void> {
		this.#isClosed = true;
		const links = [...this.#connections.values()].flatMap(({link}) => (link === undefined ? [] : [link]));
		await Promise.all(links.map(endLink));
		this.#connections.clear();
	}

	/** Notes when a connection is over: who asks again then gets a new one. */
	async #follow(connection: Connection): Promise<Reached> {
		const reached = await connection.reached;
		if (reached.kind === 'reached') {
			const {link} = reached.channels;
			connection.link = link;
			void link.closed.then(() => {
				connection.link = undefined;
				connection.isOver = true;
			});
		} else {
			connection.isOver = true;
		}

		return reached;
	}

	async #start(host: HostAccess, line: string, listener: Listener, how: StartOptions): Promise<Started> {
		const place = nameFor(host);
		for (let attempt = 1; attempt <= connectRetries && !isAborted(how.cancel); attempt += 1) {
			const reaching = this.reach(host, undefined);
			await atMost(Number.POSITIVE_INFINITY, reaching, how.cancel);
			if (isAborted(how.cancel)) {
				return cancelled;
			}

			const reached = await reaching;
			if (reached.kind !== 'reached') {
				return notReached(place, reached);
			}

			const started = await reached.channels.start(line, listener, how);
			switch (started.kind) {
				case 'started':
					return started;
				case 'cancelled':
					return cancelled;
				case 'busy':
					return how.urgent === true
						? this.#startOnOwnConnection(host, line, listener)
						: {kind: 'notStarted', reason: `${place} allows no further session; nothing was sent.`};
				case 'declined':
					return {kind: 'notStarted', reason: `${place} opened no session: ${sanitiseLine(started.because)}.`};
				case 'lost':
					return {
						kind: 'lost',
						evidence: `While the command was being sent to ${place}: ${sanitiseLine(started.evidence)}.`,
					};
				case 'gone':
					await reached.channels.link.closed; // Nothing was sent: safe to do again on a new connection
			}
		}

		return isAborted(how.cancel)
			? cancelled
			: {kind: 'notStarted', reason: `The connection to ${place} was lost again and again; nothing was sent.`};
	}

	/** Where a host allows one session only, and that is the one to be ended. */
	async #startOnOwnConnection(host: HostAccess, line: string, listener: Listener): Promise<Started> {
		const place = nameFor(host);
		const reached = await this.#connect(host, undefined);
		if (reached.kind !== 'reached') {
			return notReached(place, reached);
		}

		const {link} = reached.channels;
		const started = await link.start(line, {
			...listener,
			output: (stream, bytes) => listener.output(stream, bytes),
			exit: ending => listener.exit(ending),
			close: linkLost => {
				listener.close(linkLost);
				link.end();
			},
		});
		if (started.kind === 'started') {
			return started;
		}

		link.end();
		return {kind: 'notStarted', reason: `${place} opened no session beside the one that is to be ended.`};
	}

	async #connect(host: HostAccess, trusted: string | undefined): Promise<Reached> {
		const place = nameFor(host);
		if (host.address === '') {
			return {
				kind: 'refused',
				refusal: 'unreachable',
				reason: `${host.name} has no address in the sheet.`,
				next: `Set "address" for ${host.name}.`,
			};
		}

		const known = await readKnownHosts(this.#options.knownHosts.files).catch(asError);
		if (known instanceof Error) {
			return {
				kind: 'refused',
				refusal: 'host-key-unknown',
				reason: `The host key of ${place} cannot be checked: ${known.message}. Nothing was sent.`,
				next: 'Make the known_hosts file readable.',
			};
		}

		const deadline = performance.now() + this.#options.timing.connect;
		for (let attempt = 0; ; attempt += 1) {
			const {opened, refusal} = await this.#open(host, known, trusted);
			if (opened.ok) {
				return this.#keep(host, opened);
			}

			const {failure} = opened;
			const waitMs = 250 * 2 ** attempt * (0.5 + Math.random());
			const isLast = attempt === connectRetries || performance.now() + waitMs > deadline || this.#isClosed;
			if (failure.kind !== 'network' || !failure.worthRetry || isLast) {
				return refusal;
			}

			await pause(waitMs);
		}
	}

	#keep(host: HostAccess, {link}: Extract<Opened, {ok: true}>): Reached {
		if (this.#isClosed) {
			link.end();
		}

		const {capacity} = this.#experienceWith(host);
		return {kind: 'reached', channels: new Channels(link, capacity, this.#options.timing)};
	}

	#experienceWith({name}: HostAccess): Experience {
		const experience = this.#experience.get(name) ?? {capacity: {...fullCapacity}, shell: {isPosix: false}};
		this.#experience.set(name, experience);
		return experience;
	}

	/** One try: what came of it, and how to tell a person if it is the last. */
	async #open(
		host: HostAccess,
		known: readonly KnownHost[],
		trusted: string | undefined,
	): Promise<{readonly opened: Opened; readonly refusal: Exclude<Reached, {kind: 'reached'}>}> {
		const {secrets, agentSocket, localUser, timing} = this.#options;
		const place = nameFor(host);
		const user = host.user ?? localUser;
		const login = new Login({host, user, place, secrets, agentSocket, keyFiles: this.#keyFiles});
		let decision: HostKeyDecision | undefined;
		const opened = await this.#inTurn(host, () =>
			openLink({
				address: host.address,
				port: host.port,
				user,
				knownKeyTypes: knownKeyTypes(known, host),
				isTrusted: async key => {
					decision = await this.#decide(host, key, known, trusted);
					return decision.kind === 'trusted';
				},
				nextAttempt: (accepted, wasPartial) => login.next(accepted, wasPartial),
				timing,
			}),
		);
		return {opened, refusal: refusalOf(opened, decision, login, place)};
	}

	async #decide(
		host: HostAccess,
		key: Buffer,
		known: readonly KnownHost[],
		trusted: string | undefined,
	): Promise<HostKeyDecision> {
		const {files, policy} = this.#options.knownHosts;
		const {address, port} = host;
		const name = nameOf(host);
		const decision = decideHostKey({
			place: nameFor(host),
			address,
			port,
			key,
			known,
			policy,
			trusted: trusted ?? this.#trusted.get(name),
		});
		if (decision.kind === 'trusted' && decision.isNew && this.#trusted.get(name) !== fingerprintOf(key)) {
			this.#trusted.set(name, fingerprintOf(key));
			await appendKnownHost(files[0], host, key).catch(asError); // A read-only home: trusted in this run only
		}

		return decision;
	}

	#inTurn<T>({address, port}: HostAccess, work: () => Promise<T>): Promise<T> {
		const server = `${address} ${port}`;
		const ofServer = this.#handshakesOf.get(server) ?? new Slots(handshakesAtOnce.perServer);
		this.#handshakesOf.set(server, ofServer);
		return ofServer.during(() => this.#handshakes.during(work));
	}
}

/** For messages: the host as the sheet names it, and where that is. */
export function nameFor({name, address, port}: HostAccess): string {
	return `${name} (${address}:${port})`;
}

const cancelled: Started = {kind: 'notStarted', reason: 'It was cancelled before anything was sent.'};

function refusalOf(
	opened: Opened,
	decision: HostKeyDecision | undefined,
	login: Login,
	place: string,
): Exclude<Reached, {kind: 'reached'}> {
	const failure = opened.ok ? undefined : opened.failure;
	if (failure?.kind === 'login') {
		return {kind: 'refused', refusal: 'auth', ...login.refusal(failure.said)};
	}

	if (decision !== undefined && decision.kind !== 'trusted') {
		return decision;
	}

	const because = failure?.kind === 'network' ? failure.because : 'the connection was closed';
	return {
		kind: 'refused',
		refusal: 'unreachable',
		reason: `Could not reach ${place}: ${sanitiseLine(because)}.`,
		next: nextMoveAfter(because),
	};
}

function nextMoveAfter(because: string): string {
	if (/no matching/i.test(because)) {
		return 'Its SSH server and fieldbook have no algorithm in common: it is very old, or allows only the newest.';
	}

	if (/ENOTFOUND|EAI_AGAIN/.test(because)) {
		return 'Check the name in the sheet, or write the IP address.';
	}

	return /ECONNREFUSED/.test(because)
		? 'The machine is there, but no SSH server answers on this port: start it, or correct the port in the sheet.'
		: 'Check that the host is on, the cable and the address in the sheet.';
}

function notReached(place: string, reached: Exclude<Reached, {kind: 'reached'}>): Started {
	if (reached.kind === 'firstContact') {
		return {
			kind: 'notStarted',
			reason: `The host key of ${place}, ${reached.fingerprint}, has not been confirmed. Nothing was sent.`,
			refused: 'host-key-unknown',
		};
	}

	const reason = `${reached.reason} ${reached.next}`;
	return reached.refusal === 'unreachable'
		? {kind: 'notStarted', reason}
		: {kind: 'notStarted', reason, refused: reached.refusal};
}

function isAborted(signal: AbortSignal | undefined): boolean {
	return signal?.aborted === true;
}

async function endLink(link: Link): Promise<void> {
	link.end();
	await atMost(1000, link.closed);
	link.cut();
}

function asError(error: unknown): Error {
	return error instanceof Error ? error : new Error(String(error));
}
