import {connect} from 'node:net';
import type {HostAccess, Secrets} from '../engine/ports.js';
import type {Refusal} from '../run/outcome.js';
import {sanitiseLine} from '../text/sanitise.js';
import {answers} from './answers.js';
import {type Capacity, Channels, fullCapacity} from './channels.js';
import {fingerprintOf} from './fingerprint.js';
import {type Hop, nameFor, placeOf, wayTo} from './hop.js';
import {decideHostKey, type HostKeyDecision, type HostKeyPolicy} from './host-key.js';
import {KeyFiles, type KeyReader} from './key-files.js';
import {type HostAddress, type KnownHost, knownKeyTypes, nameOf} from './known-hosts.js';
import {appendKnownHost, KnownHostsFiles} from './known-hosts-file.js';
import {Login} from './login.js';
import {needsSystemSsh} from './needs-system-ssh.js';
import {allOldAlgorithms} from './old-algorithms.js';
import {fitsOneLine} from './posix.js';
import type {Listener, LoginShell, Place, Started, StartOptions} from './session.js';
import {Slots} from './slots.js';
import {type Link, type LinkRequest, type Opened, type OpenFailure, openLink} from './ssh-client.js';
import {atMost, pause, type Timing} from './timing.js';
import {accessOf, isNoWay, type WayOptions, Ways} from './ways.js';

export type ConnectionOptions = Omit<WayOptions, 'knownHostsFiles'> & {
	readonly secrets: Secrets;
	/** Without files: those that ssh would read. New keys are appended to the first of them. */
	readonly knownHosts: {readonly files?: readonly [string, ...string[]] | undefined; readonly policy: HostKeyPolicy};
	/** Undefined: no agent, unless the ssh configuration names one. */
	readonly agentSocket: string | undefined;
	readonly keyReader: KeyReader;
	readonly timing: Timing;
};

export type Reached =
	/** `way`: the hosts that it goes through; `note`: what to know of how it was found. Empty where there is nothing. */
	| {readonly kind: 'reached'; readonly channels: Channels; readonly way: string; readonly note: string}
	/** `place`: whose key it is; it may be a host on the way. `about`: what to know besides, or empty. */
	| {
			readonly kind: 'firstContact';
			readonly keyType: string;
			readonly fingerprint: string;
			readonly place: string;
			readonly about: string;
	  }
	| {
			readonly kind: 'refused';
			readonly refusal: Refusal | 'unreachable';
			readonly reason: string;
			readonly next: string;
	  };

type NotReached = Exclude<Reached, {kind: 'reached'}>;

type Connection = {
	readonly access: string;
	readonly reached: Promise<Reached>;
	/** Undefined while it is being made, and after it is gone. */
	link: Link | undefined;
	isOver: boolean;
};

/** What was learned of a host and holds for its next connection too. */
type Experience = {readonly capacity: Capacity; readonly shell: LoginShell};

/** sshd begins to drop connections at its tenth handshake (MaxStartups), a jump host too; many at once stall this thread. */
const handshakesAtOnce = {perServer: 8, inAll: 50};

const connectRetries = 3;

/** One connection per host, made when it is needed and used by all its commands; renewed when it is gone. */
export class Connections {
	readonly #options: ConnectionOptions;
	readonly #ways: Ways;
	readonly #keyFiles: KeyFiles;
	readonly #knownHosts = new KnownHostsFiles();
	readonly #connections = new Map<string, Connection>();
	readonly #experience = new Map<string, Experience>();
	readonly #handshakes = new Slots(handshakesAtOnce.inAll);
	readonly #handshakesOf = new Map<string, Slots>();
	readonly #quickened = new WeakSet<Link>();
	/** The connection that another one goes through. */
	readonly #outerOf = new WeakMap<Link, Link>();
	/** Of connections that get no further commands, and end with their last one. */
	readonly #retired = new Set<Link>();
	/** Confirmed by a person in this run: known_hosts may be read-only. By the host's name there. */
	readonly #trusted = new Map<string, string>();
	#isClosed = false;

	constructor(options: ConnectionOptions) {
		this.#options = options;
		this.#ways = new Ways({...options, knownHostsFiles: options.knownHosts.files});
		this.#keyFiles = new KeyFiles(options.home, options.secrets, options.keyReader);
	}

	/** The host as a place where commands run. */
	place(host: HostAccess): Place {
		return {
			name: nameFor(host),
			shell: this.#experienceWith(host.name).shell,
			fits: fitsOneLine,
			start: (line, listener, how) => this.#start(host, line, listener, how),
		};
	}

	/** The host's connection, made if there is none. `trusted`: a fingerprint that a person has confirmed. */
	async reach(host: HostAccess, trusted: string | undefined): Promise<Reached> {
		return this.#shared(host.name, accessOf(host), trusted, () => this.#connectTo(host, trusted));
	}

	/** Does an SSH server greet us there right now? Looks once; the way there is made if there is none. */
	async answers(host: HostAccess): Promise<boolean> {
		const {answer} = this.#options.timing;
		const look = async () => {
			const hop = await this.#ways.to(host);
			if (isNoWay(hop)) {
				return false;
			}

			const {hostName, port} = hop.settings;
			if (hop.via === undefined) {
				return answers(connect({host: hostName, port}), answer);
			}

			const outer = await this.#reachHop(hop.via, undefined);
			const forwarded = outer.kind === 'reached' ? await outer.channels.link.forward(hostName, port) : undefined;
			return forwarded?.kind === 'forwarded' && answers(forwarded.stream, answer);
		};
		const looking = look();
		let isThere = false;
		await atMost(
			answer,
			looking.then(found => {
				isThere = found;
			}),
		);
		return isThere;
	}

	/** Says goodbye on every connection, and waits a second at most for the answers. */
	async close(): Promise<void> {
		this.#isClosed = true;
		const current = [...this.#connections.values()].flatMap(({link}) => (link === undefined ? [] : [link]));
		const links = [...current, ...this.#retired];
		const byDepth = Map.groupBy(links, link => this.#depthOf(link));
		for (const depth of [...byDepth.keys()].toSorted((a, b) => b - a)) {
			await Promise.all((byDepth.get(depth) ?? []).map(endLink)); // First those that go through others
		}

		this.#connections.clear();
	}

	#depthOf(link: Link): number {
		const outer = this.#outerOf.get(link);
		return outer === undefined ? 0 : 1 + this.#depthOf(outer);
	}

	async #shared(
		id: string,
		access: string,
		trusted: string | undefined,
		connect: () => Promise<Reached>,
	): Promise<Reached> {
		const there = this.#connections.get(id);
		if (there !== undefined && there.access === access && !there.isOver) {
			const reached = await there.reached;
			if (reached.kind !== 'firstContact' || reached.fingerprint !== trusted) {
				return reached;
			}
		}

		there?.link?.end(); // The sheet was changed
		const connection: Connection = {access, reached: connect(), link: undefined, isOver: false};
		this.#connections.set(id, connection);
		return this.#follow(connection);
	}

	#reachHop(hop: Hop, trusted: string | undefined): Promise<Reached> {
		return this.#shared(hop.id, hop.access, trusted, () => this.#connect(hop, trusted));
	}

	/** What is in the way is said together with the way. */
	async #connectTo(host: HostAccess, trusted: string | undefined): Promise<Reached> {
		const hop = await this.#ways.to(host);
		if (isNoWay(hop)) {
			const {reason, next} = hop;
			return {kind: 'refused', refusal: 'unreachable', reason, next};
		}

		const reached = await this.#connect(hop, trusted);
		const notes = [hop.via === undefined ? '' : `The way to ${placeOf(hop)} leads through ${wayTo(hop)}.`, hop.note];
		const said = notes.filter(note => note !== '').map(sanitiseLine);
		switch (reached.kind) {
			case 'reached':
				return reached;
			case 'firstContact':
				return {...reached, about: [aboutOther(reached.place, hop), reached.about, ...said].filter(Boolean).join(' ')};
			case 'refused':
				return {...reached, reason: [reached.reason, ...said].join(' ')};
		}
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
				return notReached(reached);
			}

			if (host.platform === 'windows' && how.urgent !== true && reached.channels.isWorn) {
				this.#retire(host.name, reached.channels);
				attempt -= 1;
				continue;
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

	#retire(id: string, channels: Channels): void {
		const {link} = channels;
		if (this.#connections.get(id)?.link === link) {
			this.#connections.delete(id);
			this.#retired.add(link);
			void link.closed.then(() => this.#retired.delete(link));
			channels.retire();
		}
	}

	/** Where a host allows one session only, and that is the one to be ended. */
	async #startOnOwnConnection(host: HostAccess, line: string, listener: Listener): Promise<Started> {
		const place = nameFor(host);
		const reached = await this.#connectTo(host, undefined);
		if (reached.kind !== 'reached') {
			return notReached(reached);
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

	async #connect(hop: Hop, trusted: string | undefined): Promise<Reached> {
		const known = await this.#knownHosts.read(hop.settings.knownHostsFiles).catch(asError);
		if (known instanceof Error) {
			return {
				kind: 'refused',
				refusal: 'host-key-unknown',
				reason: `The host key of ${placeOf(hop)} cannot be checked: ${known.message}. Nothing was sent.`,
				next: 'Make the known_hosts file readable.',
			};
		}

		let patienceMs = Math.max(this.#options.timing.connect, hop.settings.connectTimeout ?? 0);
		for (let attempt = 0; ; attempt += 1) {
			const outer = hop.via === undefined ? undefined : await this.#reachHop(hop.via, trusted);
			if (outer !== undefined && outer.kind !== 'reached') {
				return outer;
			}

			if (outer !== undefined && !this.#quickened.has(outer.channels.link)) {
				this.#quickened.add(outer.channels.link);
				quicken(outer.channels.link);
			}

			const attempted = await this.#attempt(hop, outer?.channels.link, known, trusted);
			if (attempted.kind === 'opened') {
				return this.#keep(hop, attempted.link);
			}

			const waitMs = this.#options.timing.retry * 2 ** attempt * (0.5 + Math.random());
			patienceMs -= attempted.tookMs + waitMs;
			const isLast = attempt === connectRetries || patienceMs < 0 || this.#isClosed;
			if (!attempted.worthRetry || isLast) {
				return attempted.refusal;
			}

			await pause(waitMs);
		}
	}

	#keep(hop: Hop, link: Link): Reached {
		if (this.#isClosed) {
			link.end();
		}

		const {capacity} = this.#experienceWith(hop.id);
		return {
			kind: 'reached',
			way: wayTo(hop),
			note: sanitiseLine(hop.note),
			channels: new Channels(link, capacity, this.#options.timing),
		};
	}

	#experienceWith(id: string): Experience {
		const experience = this.#experience.get(id) ?? {capacity: {...fullCapacity}, shell: {isPosix: false}};
		this.#experience.set(id, experience);
		return experience;
	}

	/**
	One try, through `outer` if the way leads there; what came of it, and how to tell a person if it is the last. `tookMs`: without
	the wait for its turn.
	*/
	async #attempt(
		hop: Hop,
		outer: Link | undefined,
		known: readonly KnownHost[],
		trusted: string | undefined,
	): Promise<
		| {readonly kind: 'opened'; readonly link: Link}
		| {readonly kind: 'failed'; readonly refusal: NotReached; readonly worthRetry: boolean; readonly tookMs: number}
	> {
		const {secrets, agentSocket} = this.#options;
		const login = new Login({hop, secrets, agentSocket, keyFiles: this.#keyFiles});
		let decision: HostKeyDecision | undefined;
		const judge: LinkRequest['isTrusted'] = async key => {
			decision = await this.#decide(hop, key, known, trusted);
			return decision.kind === 'trusted';
		};
		const request = this.#requestFor(hop, known, judge, (accepted, wasPartial) => login.next(accepted, wasPartial));
		let begunAt = 0;
		const opened = await this.#inTurn(hop, () => {
			begunAt = performance.now();
			return openThrough(hop, outer, request);
		});
		if (opened.ok) {
			if (outer !== undefined) {
				this.#outerOf.set(opened.link, outer);
			}

			return {kind: 'opened', link: opened.link};
		}

		const tookMs = performance.now() - begunAt;
		const {failure} = opened;
		const offers = failure.kind === 'network' && isNoMatch(failure.because) ? await offersOf(hop, outer, request) : [];
		return {
			kind: 'failed',
			refusal: refusalOf(failure, decision, login, hop, offers),
			worthRetry: failure.kind === 'network' && failure.worthRetry,
			tookMs,
		};
	}

	#requestFor(
		{settings, legacy}: Hop,
		known: readonly KnownHost[],
		isTrusted: LinkRequest['isTrusted'],
		nextAttempt: LinkRequest['nextAttempt'],
	): Omit<LinkRequest, 'way'> {
		const {timing} = this.#options;
		const {connectTimeout, serverAliveInterval, serverAliveCountMax} = settings;
		return {
			user: settings.user,
			oldAlgorithms: legacy ? allOldAlgorithms : settings.oldAlgorithms,
			knownKeyTypes: knownKeyTypes(known, inKnownHosts(settings)),
			isTrusted,
			nextAttempt,
			timing: {
				...timing,
				tcp: connectTimeout ?? timing.tcp,
				handshake: connectTimeout ?? timing.handshake,
				keepAlive: serverAliveInterval ?? timing.keepAlive,
			},
			missedSigns: serverAliveCountMax,
		};
	}

	async #decide(
		hop: Hop,
		key: Buffer,
		known: readonly KnownHost[],
		trusted: string | undefined,
	): Promise<HostKeyDecision> {
		const {newKeysFile, hashKnownHosts, strictHostKeyChecking} = hop.settings;
		const host = inKnownHosts(hop.settings);
		const name = nameOf(host);
		const decision = decideHostKey({
			place: placeOf(hop),
			...host,
			key,
			known,
			policy: policyFor(this.#options.knownHosts.policy, strictHostKeyChecking),
			trusted: trusted ?? this.#trusted.get(name),
		});
		if (decision.kind === 'trusted' && decision.isNew && this.#trusted.get(name) !== fingerprintOf(key)) {
			this.#trusted.set(name, fingerprintOf(key));
			if (newKeysFile !== undefined) {
				// A read-only home: trusted in this run only
				await appendKnownHost(newKeysFile, host, key, hashKnownHosts).catch(asError);
			}
		}

		return decision;
	}

	/** Who waits for a turn at a jump host has that one's connection already, so nobody waits for each other. */
	#inTurn<T>({settings: {hostName, port}, via}: Hop, work: () => Promise<T>): Promise<T> {
		const atServer = () =>
			this.#slotsOf(`${via?.id ?? ''} ${hostName} ${port}`).during(() => this.#handshakes.during(work));
		return via === undefined ? atServer() : this.#slotsOf(`through ${via.id}`).during(atServer);
	}

	#slotsOf(server: string): Slots {
		const slots = this.#handshakesOf.get(server) ?? new Slots(handshakesAtOnce.perServer);
		this.#handshakesOf.set(server, slots);
		return slots;
	}
}

/** Where fieldbook would ask, the ssh configuration may have answered; what the run was told otherwise stands. */
function policyFor(ofRun: HostKeyPolicy, configured: Hop['settings']['strictHostKeyChecking']): HostKeyPolicy {
	if (ofRun !== 'ask') {
		return ofRun;
	}

	return configured === 'yes' ? 'strict' : configured;
}

function inKnownHosts({hostName, port, hostKeyAlias}: Hop['settings']): HostAddress {
	return {address: hostName, port, alias: hostKeyAlias};
}

/** Straight there, or through the jump host's connection. */
async function openThrough(hop: Hop, outer: Link | undefined, request: Omit<LinkRequest, 'way'>): Promise<Opened> {
	const {hostName: address, port} = hop.settings;
	if (outer === undefined || hop.via === undefined) {
		return openLink({...request, way: {kind: 'straight', address, port}});
	}

	const jump = placeOf(hop.via);
	const forwarded = await outer.forward(address, port);
	switch (forwarded.kind) {
		case 'forwarded': {
			const lost = () => (outer.gone === undefined ? undefined : `the way through ${jump} was lost: ${outer.gone}`);
			return openLink({...request, way: {kind: 'through', stream: forwarded.stream, lost}});
		}

		case 'failed':
			return failedOnTheWay(`${jump} could not connect to it: ${forwarded.because}`, true);
		case 'gone':
			return failedOnTheWay(`the way through ${jump} was lost: ${forwarded.because}`, true);
		case 'forbidden':
			return failedOnTheWay(`${jump} ${forwardsNothing}: ${forwarded.because}`, false);
	}
}

const forwardsNothing = 'forwards no connections';

function failedOnTheWay(because: string, worthRetry: boolean): Opened {
	return {ok: false, failure: {kind: 'network', because, worthRetry}};
}

/** Connects once more, to hear what a server offers with which we have nothing in common. */
async function offersOf(
	hop: Hop,
	outer: Link | undefined,
	request: Omit<LinkRequest, 'way'>,
): Promise<readonly string[]> {
	let offers: readonly string[] = [];
	const opened = await openThrough(hop, outer, {
		...request,
		onOffer: (_kind, algorithms) => {
			offers = algorithms; // The last that is heard is the one that did not match
		},
	});
	if (opened.ok) {
		opened.link.end();
	}

	return offers;
}

/**
Lets a jump host's answers come at once.

sshd sends without delay only on a connection on which a command was started; on one that merely forwards, each command
behind it takes 44 ms instead of 7 (measured). `exit` means the same to every shell and does nothing; a host that
refuses it forwards all the same. Not waited for: it goes ahead of what is forwarded.
*/
function quicken(link: Link): void {
	void link.start('exit', {output: ignore, exit: ignore, close: ignore});
}

function ignore(): void {
	// What it says does not matter
}

const cancelled: Started = {kind: 'notStarted', reason: 'It was cancelled before anything was sent.'};

function refusalOf(
	failure: OpenFailure,
	decision: HostKeyDecision | undefined,
	login: Login,
	hop: Hop,
	offers: readonly string[],
): NotReached {
	if (failure.kind === 'login') {
		return {kind: 'refused', refusal: 'auth', ...login.refusal(failure.said)};
	}

	if (decision !== undefined && decision.kind !== 'trusted') {
		return decision.kind === 'firstContact' ? {...decision, place: placeOf(hop)} : decision;
	}

	const because = failure.kind === 'network' ? failure.because : 'the connection was closed';
	const theirs = offers.length === 0 ? '' : ` It offers ${offers.join(', ')}.`;
	return {
		kind: 'refused',
		refusal: 'unreachable',
		reason: sanitiseLine(`Could not reach ${placeOf(hop)}: ${because}.${theirs}`),
		next: nextMoveAfter(because, hop, offers),
	};
}

function nextMoveAfter(because: string, {name, legacy, via}: Hop, offers: readonly string[]): string {
	if (isNoMatch(because)) {
		const systemSsh = needsSystemSsh({offers});
		if (systemSsh !== undefined) {
			return `It has no algorithm in common with fieldbook, ${systemSsh}: write \`transport: system\` for ${name} into the sheet, and this laptop's own ssh reaches it.`;
		}

		return !legacy && offers.some(offered => allOldAlgorithms.includes(offered))
			? `Its SSH server is very old: write \`legacy: true\` for ${name} into the sheet if you accept its weak algorithms.`
			: 'Its SSH server and fieldbook have no algorithm in common: it is very old, or allows only the newest.';
	}

	if (because.includes(forwardsNothing)) {
		return `Allow it there (AllowTcpForwarding of sshd), or take another way: ESXi never forwards.`;
	}

	if (via !== undefined && /could not connect|was lost/.test(because)) {
		return `Check that the host is on, and its address and port as ${via.name} sees them.`;
	}

	if (/ENOTFOUND|EAI_AGAIN/.test(because)) {
		return 'Check the name in the sheet, or write the IP address.';
	}

	return /ECONNREFUSED/.test(because)
		? 'The machine is there, but no SSH server answers on this port: start it, or correct the port in the sheet.'
		: 'Check that the host is on, the cable and the address in the sheet.';
}

function isNoMatch(because: string): boolean {
	return /no matching/i.test(because);
}

/** A key on the way is another host's. */
function aboutOther(place: string, hop: Hop): string {
	return place === placeOf(hop) ? '' : `It is the key of ${place}, which the way leads through.`;
}

function notReached(reached: NotReached): Started {
	if (reached.kind === 'firstContact') {
		return {
			kind: 'notStarted',
			reason: `The host key of ${reached.place}, ${reached.fingerprint}, has not been confirmed. Nothing was sent.`,
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
