import {connect} from 'node:net';
import type {Duplex} from 'node:stream';
import ssh2, {
	type AnyAuthMethod,
	type ClientChannel,
	type IdentityCallback,
	type KexAlgorithm,
	type ParsedKey,
	type ServerHostKeyAlgorithm,
	type SignCallback,
	type SigningRequestOptions,
} from 'ssh2';
import {sanitiseLine} from '../text/sanitise.js';
import {identitiesOf} from './agent.js';
import {keyTypeOf} from './fingerprint.js';
import {oldAlgorithms} from './old-algorithms.js';
import {Patience} from './patience.js';
import type {Listener, Session} from './session.js';
import type {Timing} from './timing.js';

// The only file that knows the SSH library, and with it what that library does when nobody looks: every error of a
// connection has a listener for life, both streams of a command are always read, the host's key is always judged.

/** One logged-in connection. */
export type Link = {
	readonly hostKey: Buffer;
	/** Why it is gone; undefined as long as it is there. */
	readonly gone: string | undefined;
	/** Resolves once it is gone. */
	readonly closed: Promise<void>;
	start(line: string, listener: Listener): Promise<LinkStart>;
	/** A connection from there to another host, to reach that through this one. */
	forward(address: string, port: number): Promise<Forwarded>;
	/** Says goodbye; what runs on it is lost. */
	end(): void;
	/** The same without a word: the other side does not answer. */
	cut(): void;
};

/** `busy`, `declined` and `gone` prove that nothing was sent. */
export type LinkStart =
	| {readonly kind: 'started'; readonly session: Session}
	/** The host has as many sessions as it allows (reason 2), or has not noticed yet that one has ended. */
	| {readonly kind: 'busy'}
	| {readonly kind: 'declined'; readonly because: string}
	| {readonly kind: 'gone'; readonly because: string}
	| {readonly kind: 'lost'; readonly evidence: string};

/** `forbidden`: this host never forwards. `failed`: it could not connect to the other one. */
type Forwarded =
	| {readonly kind: 'forwarded'; readonly stream: Duplex}
	| {readonly kind: 'forbidden' | 'failed' | 'gone'; readonly because: string};

export type LinkRequest = {
	readonly way:
		| {readonly kind: 'straight'; readonly address: string; readonly port: number}
		/** `lost` says why the connection that it goes through is gone; undefined as long as it is there. */
		| {readonly kind: 'through'; readonly stream: Duplex; lost(): string | undefined};
	readonly user: string;
	/** Algorithms of old servers that are offered as well, behind the others. */
	readonly oldAlgorithms: readonly string[];
	/** Hears which algorithms the server offers; it costs time, so only where something is to be explained. */
	readonly onOffer?: (kind: string, algorithms: readonly string[]) => void;
	/** Key types as they stand in known_hosts: those are asked for first, else a known host looks unknown. */
	readonly knownKeyTypes: readonly string[];
	/** Judges the host's key. Until it says true nothing of ours is sent. */
	isTrusted(key: Buffer): Promise<boolean>;
	/** `accepted`: the methods that the server takes, undefined before it was asked. Undefined: no further attempt. */
	nextAttempt(accepted: readonly string[] | undefined, wasPartial: boolean): Promise<LoginAttempt | undefined>;
	readonly timing: Timing;
	/** So many signs of life may be missed. */
	readonly missedSigns: number;
};

export type LoginAttempt =
	/** Asks the server which methods it takes. */
	| {readonly kind: 'none'}
	| {readonly kind: 'key'; readonly key: OfferedKey}
	| {readonly kind: 'password'; readonly password: string}
	/** keyboard-interactive. Undefined: nobody answers, give up. */
	| {readonly kind: 'questions'; answer(questions: readonly Question[]): Promise<readonly string[] | undefined>};

/** `text` is remote. */
export type Question = {readonly text: string; readonly echo: boolean};

/** A key that signs when asked, wherever its private half is. */
export type OfferedKey = {
	/** In the wire format of RFC 4253, section 6.6. */
	readonly publicKey: Buffer;
	/** For messages: `agent`, `~/.ssh/id_rsa`. */
	readonly from: string;
	/** Rejects where the key cannot be had after all. */
	sign(data: Buffer, hash: SigningHash): Promise<Buffer>;
};

/** Set for RSA only. */
type SigningHash = SigningRequestOptions['hash'] | undefined;

export type Opened = {readonly ok: true; readonly link: Link} | {readonly ok: false; readonly failure: OpenFailure};

export type OpenFailure =
	| {readonly kind: 'hostKey'}
	/** `said`: what the server gave as its reason to hang up; empty if it gave none. */
	| {readonly kind: 'login'; readonly said: string}
	| {readonly kind: 'network'; readonly because: string; readonly worthRetry: boolean};

/** Group exchange comes last: it costs seconds, and its place in the library's own order is before the cheap groups. */
const keyExchanges: KexAlgorithm[] = [
	'curve25519-sha256',
	'curve25519-sha256@libssh.org',
	'ecdh-sha2-nistp256',
	'ecdh-sha2-nistp384',
	'ecdh-sha2-nistp521',
	'diffie-hellman-group14-sha256',
	'diffie-hellman-group16-sha512',
	'diffie-hellman-group15-sha512',
	'diffie-hellman-group17-sha512',
	'diffie-hellman-group18-sha512',
	'diffie-hellman-group-exchange-sha256',
];

const hostKeyAlgorithms: ServerHostKeyAlgorithm[] = [
	'ssh-ed25519',
	'ecdsa-sha2-nistp256',
	'ecdsa-sha2-nistp384',
	'ecdsa-sha2-nistp521',
	'rsa-sha2-512',
	'rsa-sha2-256',
];

/** A server with too many connections says so in one short line before it closes (OpenSSH: `Exceeded MaxStartups`). */
const GREETING_BYTES = 200;

/** Connects and logs in, once. Never rejects. */
export function openLink(request: LinkRequest): Promise<Opened> {
	return new Opening(request).opened;
}

class Opening {
	readonly opened: Promise<Opened>;
	readonly #request: LinkRequest;
	readonly #resolve: (opened: Opened) => void;
	readonly #client = new ssh2.Client();
	readonly #socket: Duplex;
	readonly #patience: Patience;
	#phase: 'handshake' | 'login' = 'handshake';
	/** What the host said in place of its name, or before it. */
	#greeting = '';
	#hostKey: Buffer = Buffer.alloc(0);
	#failure: OpenFailure | undefined;

	constructor(request: LinkRequest) {
		this.#request = request;
		({promise: this.opened, resolve: this.#resolve} = Promise.withResolvers<Opened>());
		const {way, timing, oldAlgorithms: allowed} = request;
		// Without delay from the first packet on: Nagle costs 40 ms per command, and as much in the handshake
		this.#socket = way.kind === 'through' ? way.stream : connect({host: way.address, port: way.port, noDelay: true});
		this.#patience = new Patience(timing.tcp, () => this.#runOutOfPatience());
		this.#listen();
		this.#client.connect({
			sock: this.#socket,
			username: request.user,
			readyTimeout: 0, // It would count a person's time
			keepaliveInterval: timing.keepAlive,
			keepaliveCountMax: request.missedSigns,
			algorithms: {
				kex: [...keyExchanges, ...among(oldAlgorithms.kex, allowed)],
				serverHostKey: knownFirst(
					[...hostKeyAlgorithms, ...among(oldAlgorithms.serverHostKey, allowed)],
					request.knownKeyTypes,
				),
				cipher: {append: among(oldAlgorithms.cipher, allowed), prepend: [], remove: []},
				hmac: {append: among(oldAlgorithms.hmac, allowed), prepend: [], remove: []},
				compress: ['none'],
			},
			...(request.onOffer === undefined ? {} : {debug: offersIn(request.onOffer)}),
			hostVerifier: (key: Buffer, verify: (isTrusted: boolean) => void) => this.#judgeHostKey(key, verify),
			authHandler: (methods, wasPartial, next) => {
				this.#attemptLogin(methods, wasPartial, next).catch(error => this.#breakOff(error));
			},
		});
		leaveOtherHostKeys(this.#client);
	}

	#listen(): void {
		const keepsError = (error: Error & {level?: string; code?: unknown}) => {
			if (error.level !== 'agent') {
				this.#failure ??= this.#explain(error);
			}
		};
		this.#socket.once('data', (bytes: Buffer) => {
			const [line = ''] = bytes.toString('latin1', 0, GREETING_BYTES).split(/\r?\n/, 1);
			this.#greeting = line.startsWith('SSH-') ? '' : sanitiseLine(line);
		});
		this.#client
			.on('error', keepsError)
			.on('connect', () => this.#patience.restart(this.#request.timing.handshake))
			.on('handshake', () => {
				this.#phase = 'login';
				this.#patience.restart(this.#request.timing.login);
			})
			.on('ready', () => {
				this.#patience.end();
				this.#resolve({ok: true, link: new SshLink(this.#client, this.#hostKey, this.#request.way)});
			})
			.on('close', () => {
				this.#patience.end();
				this.#resolve({
					ok: false,
					failure: this.#failure ?? this.#explain(new Error('the host closed the connection')),
				});
			});
	}

	#explain(error: Error & {level?: string; code?: unknown}): OpenFailure {
		if (this.#phase === 'login') {
			// A server that hangs up on purpose says so in a message of its own, which has no level
			return error.level === undefined && error.code !== undefined
				? {kind: 'login', said: error.message}
				: {kind: 'network', because: error.message, worthRetry: false};
		}

		const worthRetry =
			error.level === 'client-socket'
				? ['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE'].includes(String(error.code))
				: error.level !== 'handshake';
		const because = this.#greeting === '' ? error.message : `it said "${this.#greeting}" and closed the connection`;
		return {kind: 'network', because, worthRetry};
	}

	#runOutOfPatience(): void {
		const because = this.#phase === 'login' ? 'it did not answer while we logged in' : 'it did not answer in time';
		this.#failure ??= {kind: 'network', because, worthRetry: this.#phase === 'handshake'};
		this.#socket.destroy();
	}

	#judgeHostKey(key: Buffer, verify: (isTrusted: boolean) => void): void {
		this.#hostKey = Buffer.from(key);
		this.#request
			.isTrusted(this.#hostKey)
			.then(isTrusted => {
				if (!isTrusted) {
					this.#failure ??= {kind: 'hostKey'};
				}

				verify(isTrusted);
			})
			.catch(error => this.#breakOff(error));
	}

	async #attemptLogin(
		methods: readonly string[] | null,
		wasPartial: boolean | null,
		next: (method: AnyAuthMethod) => void,
	): Promise<void> {
		const attempt = await this.#patience.without(this.#request.nextAttempt(methods ?? undefined, wasPartial === true));
		if (attempt === undefined) {
			this.#giveUp();
		} else {
			next(this.#methodFor(attempt));
		}
	}

	#giveUp(): void {
		this.#failure ??= {kind: 'login', said: ''};
		this.#client.end();
	}

	/** Whoever was asked threw: no fault of the host, and nothing to try again. */
	#breakOff(error: unknown): void {
		this.#failure ??= {kind: 'network', because: String(error), worthRetry: false};
		this.#socket.destroy();
	}

	#methodFor(attempt: LoginAttempt): AnyAuthMethod {
		const username = this.#request.user;
		switch (attempt.kind) {
			case 'none':
				return {type: 'none', username};
			case 'key':
				return {type: 'agent', username, agent: new OneKey(attempt.key, this.#patience)};
			case 'password':
				return {type: 'password', username, password: attempt.password};
			case 'questions':
				return {
					type: 'keyboard-interactive',
					username,
					prompt: (_name, _instructions, _language, prompts, finish) => {
						const questions = prompts.map(({prompt, echo}) => ({text: prompt, echo: echo === true}));
						this.#patience
							.without(attempt.answer(questions))
							.then(answers => (answers === undefined ? this.#giveUp() : finish([...answers])))
							.catch(error => this.#breakOff(error));
					},
				};
		}
	}
}

/**
A server may name all its keys after the login (hostkeys-00@openssh.com). The library has each of them proved, a signature
on both sides, for an event that nobody hears; and one of a type that it does not know ends the connection. Such a
message wants no answer, so it is left alone.
*/
function leaveOtherHostKeys(client: ssh2.Client): void {
	const handlers = Reflect.get(Object(Reflect.get(client, '_protocol')), '_handlers');
	const answer = Reflect.get(Object(handlers), 'GLOBAL_REQUEST');
	if (typeof answer === 'function') {
		Reflect.set(handlers, 'GLOBAL_REQUEST', (protocol: unknown, name: string, ...rest: unknown[]) =>
			name === 'hostkeys-00@openssh.com' ? undefined : answer(protocol, name, ...rest),
		);
	}
}

/** Types of a host's keys as known_hosts names them, then the rest. An RSA key signs in three ways. */
function knownFirst(algorithms: readonly ServerHostKeyAlgorithm[], types: readonly string[]): ServerHostKeyAlgorithm[] {
	const isKnown = (algorithm: string) => types.includes(algorithm.startsWith('rsa-') ? 'ssh-rsa' : algorithm);
	return [...algorithms.filter(isKnown), ...algorithms.filter(algorithm => !isKnown(algorithm))];
}

function among<Name extends string>(names: readonly Name[], allowed: readonly string[]): Name[] {
	return names.filter(name => allowed.includes(name));
}

/**
> | Handshake: (remote) KEX method: curve25519-sha256,ecdh-sha2-nistp256
                        ^~~~~~~~~~  ^~~~~~~~~~~~~~~~~ the library tells what a server offers in its debug lines only
*/
function offersIn(hear: NonNullable<LinkRequest['onOffer']>): (line: string) => void {
	return line => {
		const [, kind, names] = /^Handshake: \(remote\) ([^:]+): (\S+)$/.exec(line) ?? [];
		if (kind !== undefined && names !== undefined) {
			hear(
				kind,
				names.split(',').filter(name => !/^(?:ext-info|kex-strict)-/.test(name)),
			);
		}
	};
}

/**
One key in the shape of an agent.

So the private half is needed only after the server has said that it takes the public one, and signing may wait for a
passphrase; the library's own way wants the private key, parsed, before it offers anything.
*/
class OneKey extends ssh2.BaseAgent {
	readonly #key: OfferedKey;
	readonly #patience: Patience;

	constructor(key: OfferedKey, patience: Patience) {
		super();
		this.#key = key;
		this.#patience = patience;
	}

	getIdentities(callback: IdentityCallback): void {
		callback(undefined, [this.#key.publicKey]);
	}

	sign(
		_publicKey: string | Buffer | ParsedKey,
		data: Buffer,
		options: SigningRequestOptions | SignCallback,
		callback?: SignCallback,
	): void {
		const [hash, done] = typeof options === 'function' ? [undefined, options] : [options.hash, callback];
		this.#patience
			.without(this.#key.sign(Buffer.from(data), hash))
			.then(signature => done?.(undefined, signature))
			.catch((error: Error) => done?.(error));
	}
}

class SshLink implements Link {
	readonly hostKey: Buffer;
	readonly closed: Promise<void>;
	gone: string | undefined;
	readonly #client: ssh2.Client;
	#lastError: Error | undefined;

	constructor(client: ssh2.Client, hostKey: Buffer, way: LinkRequest['way']) {
		this.#client = client;
		this.hostKey = hostKey;
		client.on('error', error => {
			this.#lastError = error; // Several may come, and after an end of ours as well
		});
		this.closed = new Promise(resolve => {
			client.on('close', () => {
				const lost = way.kind === 'through' ? way.lost() : undefined;
				this.gone ??= lost ?? this.#lastError?.message ?? 'the host closed the connection';
				resolve();
			});
		});
	}

	start(line: string, listener: Listener): Promise<LinkStart> {
		return new Promise(resolve => {
			try {
				this.#client.exec(line, (error: (Error & {reason?: unknown}) | undefined, channel) => {
					resolve(
						error === undefined
							? {kind: 'started', session: new SshSession(channel, listener, () => this.gone)}
							: this.#explain(error),
					);
				});
			} catch (error) {
				// The library throws at once where the connection is known to be gone
				resolve({kind: 'gone', because: this.gone ?? String(error)});
			}
		});
	}

	forward(address: string, port: number): Promise<Forwarded> {
		return new Promise(resolve => {
			try {
				this.#client.forwardOut('127.0.0.1', 0, address, port, (error, stream) => {
					resolve(error === undefined ? {kind: 'forwarded', stream} : this.#whyNotForwarded(error));
				});
			} catch (error) {
				resolve({kind: 'gone', because: this.gone ?? String(error)});
			}
		});
	}

	/** Reasons of RFC 4254, section 5.1: 1 is prohibited, 2 is connect failed. */
	#whyNotForwarded(error: Error & {reason?: unknown}): Forwarded {
		switch (error.reason) {
			case undefined:
				return {kind: 'gone', because: this.gone ?? error.message};
			case 2:
				return {kind: 'failed', because: error.message.replace(/^\(SSH\) Channel open failure: /, '')};
			default:
				return {kind: 'forbidden', because: error.message.replace(/^\(SSH\) Channel open failure: /, '')};
		}
	}

	end(): void {
		this.gone ??= 'fieldbook closed the connection';
		this.#client.end();
	}

	cut(): void {
		this.gone ??= 'the host did not answer';
		this.#client.destroy();
	}

	/** Only an error of the channel's opening proves that nothing was sent; after it the command itself is on its way. */
	#explain(error: Error & {reason?: unknown}): LinkStart {
		if (error.reason !== undefined) {
			return error.reason === 2 ? {kind: 'busy'} : {kind: 'declined', because: error.message};
		}

		return error.message === 'No response from server'
			? {kind: 'gone', because: this.gone ?? error.message}
			: {kind: 'lost', evidence: this.gone ?? 'the channel was closed before the host said that the command began'};
	}
}

class SshSession implements Session {
	readonly #channel: ClientChannel;
	readonly #writes = new Set<() => void>();
	#isClosed = false;

	constructor(channel: ClientChannel, listener: Listener, linkLost: () => string | undefined) {
		this.#channel = channel;
		const streams = [channel, channel.stderr];
		let open = streams.length;
		for (const stream of streams) {
			stream.on('error', ignore);
			stream.on('close', () => {
				open -= 1;
				if (open === 0) {
					this.#endWrites();
					listener.close(linkLost());
				}
			});
		}

		channel.on('exit', (code: number | null, signal?: string) =>
			listener.exit(code === null ? {kind: 'signaled', signal: signal ?? 'SIG'} : {kind: 'exited', code}),
		);
		channel.on('data', (bytes: Buffer) => listener.output('out', bytes));
		channel.stderr.on('data', (bytes: Buffer) => listener.output('err', bytes));
	}

	write(bytes: Uint8Array): Promise<void> {
		return new Promise(resolve => {
			if (this.#isClosed) {
				resolve();
				return;
			}

			const done = () => {
				this.#writes.delete(done);
				resolve();
			};
			this.#writes.add(done); // The library never answers a write to a command that ended without reading
			this.#channel.write(bytes, done);
		});
	}

	end(): void {
		this.#channel.end();
	}

	signal(name: string): void {
		this.#channel.signal(name);
	}

	close(): void {
		this.#channel.close();
	}

	release(): void {
		// The connection keeps it until it needs the channel
	}

	#endWrites(): void {
		this.#isClosed = true;
		for (const done of this.#writes) {
			done();
		}
	}
}

function ignore(): void {
	// The channel's 'close' says all that matters
}

/** The private half may be in another thread. */
export type PrivateKey = {readonly publicKey: Buffer; sign(data: Buffer, hash: SigningHash): Promise<Buffer>};

export type ReadKey = {readonly ok: true; readonly key: PrivateKey} | {readonly ok: false; readonly problem: string};

/** Reads a private key. Slow where it is encrypted: 0.3 to 0.9 s of this thread. The problem is in the library's words. */
export function parsePrivateKey(text: string, passphrase: string | undefined): ReadKey {
	const parsed = ssh2.utils.parseKey(text, passphrase);
	if (parsed instanceof Error) {
		return {ok: false, problem: parsed.message};
	}

	if (!parsed.isPrivateKey()) {
		return {ok: false, problem: 'there is no private key in it'};
	}

	return {
		ok: true,
		key: {
			publicKey: parsed.getPublicSSH(),
			sign: async (data, hash) => throwError(hash === undefined ? parsed.sign(data) : parsed.sign(data, hash)),
		},
	};
}

/** The wire format of a public key line; undefined if it is none. */
export function parsePublicKey(text: string): Buffer | undefined {
	const [type = '', base64 = ''] = text.trimStart().split(/\s+/, 2);
	const key = Buffer.from(base64, 'base64');
	return type !== '' && keyTypeOf(key) === type ? key : undefined;
}

/** Can we use a key of this type? Hardware keys and certificates we cannot. */
export function isUsableKeyType(publicKey: Buffer): boolean {
	const type = keyTypeOf(publicKey);
	return type === 'ssh-rsa' || hostKeyAlgorithms.some(algorithm => algorithm === type);
}

/** What an agent holds, in its order: keys to offer, and those of types that we cannot use. */
export type AgentKeys = {readonly usable: readonly OfferedKey[]; readonly others: readonly Buffer[]};

/** Asks an agent for its keys. Rejects where it does not answer in time. */
export function agentKeys(socketPath: string, patienceMs: number): Promise<AgentKeys> {
	return new Promise((resolve, reject) => {
		const timer = setTimeout(() => reject(new Error('It did not answer in time.')), patienceMs);
		const agent = ssh2.createAgent(socketPath);
		const ask = async (stream: Duplex) => {
			const keys = (await identitiesOf(stream)).map(({publicKey}) => publicKey);
			return {
				usable: keys.filter(isUsableKeyType).flatMap(key => agentKey(agent, key)),
				others: keys.filter(key => !isUsableKeyType(key)),
			};
		};
		agent.getStream?.((error, stream) => {
			const asking = stream === undefined ? Promise.reject(error) : ask(stream);
			asking.then(resolve, reject).finally(() => clearTimeout(timer));
		});
	});
}

function agentKey(agent: ssh2.BaseAgent, publicKey: Buffer): readonly OfferedKey[] {
	const parsed = ssh2.utils.parseKey(publicKey);
	if (parsed instanceof Error) {
		return [];
	}

	return [
		{
			publicKey,
			from: 'the agent',
			sign: (data, hash) =>
				new Promise((resolve, reject) => {
					const done: SignCallback = (error, signature) =>
						signature === undefined ? reject(error ?? new Error('The agent did not sign.')) : resolve(signature);
					agent.sign(parsed, data, hash === undefined ? {} : {hash}, done);
				}),
		},
	];
}

function throwError(signature: Buffer | Error): Buffer {
	if (signature instanceof Error) {
		throw signature;
	}

	return signature;
}
