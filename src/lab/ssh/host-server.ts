import {createServer, type Server, type Socket} from 'node:net';
import ssh2, {type AuthContext, type Connection} from 'ssh2';
import {couldListen} from '../could-listen.js';
import type {FaultWatch} from '../faults.js';
import type {LabHost, SshAlgorithms} from '../host.js';
import type {Machine} from '../machine/machine.js';
import type {Process} from '../process/process.js';
import type {HostKeys} from './host-keys.js';
import {isAuthorized, pemsOf} from './host-keys.js';
import {serveSession} from './session.js';

export type HostServerOptions = {
	readonly name: string;
	/** The host's files and processes. They come to life when somebody knocks. */
	readonly machine: () => Promise<Machine>;
	readonly view: () => LabHost;
	readonly keys: HostKeys;
	/** Shown when the fault `changed-host-key` is on. */
	readonly otherKeys: HostKeys | undefined;
	readonly faults: FaultWatch;
	readonly address: string;
	/** The first port to try; the next free one is taken. */
	readonly firstPort: number;
	/** Whether a port belongs to another host of the lab, which may be off and not listen. */
	readonly isGiven: (port: number) => boolean;
	readonly save: () => Promise<void>;
	/** Whether a client only looks who answers: the world stands until he knows. */
	readonly isLookedAt: () => boolean;
	/** A connection came or went, a session began or ended: somebody uses the lab, and time may now move or not. */
	readonly activity: () => void;
	readonly log: (text: string) => void;
};

/** Connections that may wait for their login at once; sshd itself turns some away from the tenth on. */
const MAX_STARTUPS = 100;
/** What sshd sends before it closes one that is too many. */
const TOO_MANY = 'Exceeded MaxStartups\r\n';

/** More than the hosts of the largest lab: another one may have the ports around. */
const portsToTry = 2000;

/** As ESXi 8 offers them (facts: one published sshd configuration). */
const algorithmsOfToday: SshAlgorithms = {
	kex: [
		'ecdh-sha2-nistp256',
		'ecdh-sha2-nistp384',
		'ecdh-sha2-nistp521',
		'diffie-hellman-group16-sha512',
		'diffie-hellman-group14-sha256',
	],
	cipher: ['aes256-gcm@openssh.com', 'aes128-gcm@openssh.com', 'aes256-ctr', 'aes128-ctr'],
	hmac: ['hmac-sha2-256', 'hmac-sha2-512'],
};

/** The SSH server of one host. It follows the host: without power nobody listens, behind a cut link nobody answers. */
export class HostServer {
	readonly #options: HostServerOptions;
	/** Made when somebody knocks. */
	#ssh: ssh2.Server | undefined;
	/** There once somebody has been let in. */
	#machine: Machine | undefined;
	readonly #sockets = new Set<Socket>();
	/** Those whose login is not over. */
	readonly #knocking = new Set<Socket>();
	readonly #sessions = new Set<Process>();
	readonly #muted = new WeakSet<Socket>();
	/** They came while the link was cut: nothing has been said on them. */
	readonly #unheard = new Set<Socket>();
	#listener: Server | undefined;
	#port: number;
	#following: Promise<void> = Promise.resolve();
	/** Power and service as they were when it last followed. */
	#followed = '';
	/** Before it has a port it follows nothing, and after it was closed neither: it would listen a second time, or for ever. */
	#isServing = false;

	constructor(options: HostServerOptions) {
		this.#options = options;
		this.#port = options.firstPort;
	}

	/** 0 until it has listened once. */
	get port(): number {
		return this.#port;
	}

	/** Through which something can still come: a muted one never learns that its other end has gone. */
	get connections(): number {
		return [...this.#sockets].filter(socket => !this.#muted.has(socket)).length;
	}

	/** How many sessions only wait for world time; all there could ever be if nothing comes through the link. */
	sessionsAtRest(): number {
		const {power, ssh} = this.#options.view();
		if (power.kind === 'on' && ssh === 'silent') {
			return Number.POSITIVE_INFINITY;
		}
		const atRest = (leader: Process) =>
			this.#machine?.processesOf(leader.session).some(process => process.resting) === true;
		return [...this.#sessions].filter(atRest).length;
	}

	/** Finds its port, so that a host that is off has one too. */
	async begin(): Promise<void> {
		await this.#listen();
		this.#isServing = true;
		await this.follow();
	}

	/** To be called whenever power, service or link may have changed. */
	follow(): Promise<void> {
		const {power, ssh} = this.#options.view();
		const state = `${power.kind} ${ssh}`;
		if (this.#isServing && state !== this.#followed) {
			this.#followed = state;
			this.#following = this.#following.then(() => this.#follow());
		}
		return this.#following;
	}

	async #follow(): Promise<void> {
		const {power, ssh} = this.#options.view();
		const on = power.kind === 'on';
		if (!on) {
			this.#destroyAll();
		}
		if (on && ssh === 'silent') {
			for (const socket of this.#sockets) {
				this.#mute(socket);
			}
		} else {
			this.#endSilence(on && ssh === 'answers');
		}
		if (on && ssh !== 'refuses') {
			await this.#listen();
		} else {
			this.#stopListening();
		}
	}

	async close(): Promise<void> {
		this.#isServing = false;
		await this.#following;
		this.#destroyAll();
		this.#stopListening();
	}

	/** The cord is out: what was sent is lost, what will be sent too, and neither side is told. */
	#mute(socket: Socket): void {
		this.#muted.add(socket);
		socket.pause();
		socket.write = () => true;
	}

	/**
	The cord is in again. Whoever tried to connect meanwhile gets through, as when TCP tries once more; what was said on older
	connections is lost, so they are reset: their other ends would wait for it for as long as a laptop is patient.
	*/
	#endSilence(answers: boolean): void {
		for (const socket of this.#sockets) {
			if (!this.#muted.delete(socket)) {
				continue;
			}
			if (this.#unheard.delete(socket) && answers) {
				this.#greet(socket);
			} else {
				socket.resetAndDestroy();
			}
		}
	}

	#destroyAll(): void {
		for (const socket of this.#sockets) {
			socket.destroy();
		}
	}

	async #listen(): Promise<void> {
		if (this.#listener !== undefined) {
			return;
		}
		const listener = createServer(socket => this.#accept(socket));
		const {address, isGiven} = this.#options;
		for (
			let tried = 0;
			isGiven(this.#port) || !(await couldListen(listener, {port: this.#port, host: address}));
			tried += 1
		) {
			if (tried === portsToTry) {
				throw new Error(`No free port near ${this.#options.firstPort} on ${address}.`);
			}
			this.#port += 1;
		}
		this.#listener = listener;
	}

	#stopListening(): void {
		this.#listener?.close(); // Its callback waits for connections that may live on: that nobody listens is true at once
		this.#listener = undefined;
	}

	#accept(socket: Socket): void {
		socket.setNoDelay(true);
		socket.on('error', () => {}); // Whoever is gone needs no answer
		this.#sockets.add(socket);
		socket.on('close', () => {
			this.#sockets.delete(socket);
			this.#knocking.delete(socket);
			this.#unheard.delete(socket);
			this.#options.activity();
		});
		this.#options.activity();
		const {name, faults} = this.#options;
		switch (faults.connection(name) ?? (this.#knocking.size >= MAX_STARTUPS ? 'closed' : undefined)) {
			case 'refused':
				socket.resetAndDestroy();
				return;
			case 'closed':
				socket.end(TOO_MANY);
				return;
			case undefined:
		}
		if (this.#options.view().ssh === 'silent') {
			this.#leaveUnheard(socket);
			return;
		}
		this.#greet(socket);
	}

	/** The kernel has shaken hands; no byte follows while the cord is out. Nobody needs to wait for that who only looks. */
	#leaveUnheard(socket: Socket): void {
		this.#muted.add(socket);
		this.#unheard.add(socket);
		setImmediate(() => {
			// A turn later, because word of the look may come behind the connection
			if (this.#unheard.has(socket) && this.#options.isLookedAt()) {
				socket.destroy();
			}
		});
	}

	#greet(socket: Socket): void {
		const {name, faults, keys, otherKeys} = this.#options;
		this.#ssh ??= this.#serverWith(faults.hasOtherKey(name) ? (otherKeys ?? keys) : keys);
		this.#knocking.add(socket);
		this.#ssh.injectSocket(socket);
	}

	#serverWith(keys: HostKeys): ssh2.Server {
		const {name, log, view} = this.#options;
		const {hostKeys, ident, algorithms = algorithmsOfToday} = view().platform.ssh;
		const config = {
			hostKeys: [...pemsOf(keys, hostKeys)],
			ident,
			algorithms: {
				kex: [...algorithms.kex],
				cipher: [...algorithms.cipher],
				hmac: [...algorithms.hmac],
				...(algorithms.serverHostKey === undefined ? {} : {serverHostKey: [...algorithms.serverHostKey]}),
				compress: ['none' as const],
			},
		};
		const server = new ssh2.Server(config, (connection, {port}) => this.#serve(connection, port));
		server.on('error', (error: Error) => log(`${name}: ${error.message}`));
		return server;
	}

	#serve(connection: Connection, remotePort: number): void {
		let user = '';
		const socket = [...this.#sockets].find(each => each.remotePort === remotePort);
		connection.on('error', () => {}); // A client that leaves without a word is a client that left
		connection.on('ready', () => socket && this.#knocking.delete(socket));
		connection.on('authentication', context => {
			user = context.username;
			void this.#authenticate(context);
		});
		connection.on('session', accept => {
			const {name, faults, activity} = this.#options;
			const machine = this.#machine;
			if (machine === undefined) {
				return; // Nobody has been let in
			}
			serveSession(accept(), {
				machine,
				user,
				strike: () => faults.command(name),
				dropConnection: () => socket?.destroy(),
				save: () => this.#options.save(),
				opened: leader => {
					this.#sessions.add(leader);
					activity();
				},
				closed: leader => {
					this.#sessions.delete(leader);
					activity();
				},
			});
		});
	}

	async #authenticate(context: AuthContext): Promise<void> {
		this.#machine ??= await this.#options.machine();
		const {files} = this.#machine;
		const {methods, userKeys, authorizedKeys} = this.#machine.platform.ssh;
		const left = [...methods];
		const password = this.#options.view().users[context.username];
		const decide = (right: boolean) => {
			if (right && !this.#options.faults.login(this.#options.name)) {
				context.accept();
			} else {
				context.reject(left);
			}
		};
		if (context.method === 'keyboard-interactive' && methods.includes('keyboard-interactive')) {
			context.prompt([{prompt: 'Password: ', echo: false}], answers => {
				decide(password !== undefined && Array.isArray(answers) && answers[0] === password);
			});
		} else if (context.method === 'password' && methods.includes('password')) {
			decide(password !== undefined && context.password === password);
		} else if (context.method === 'publickey' && methods.includes('publickey') && userKeys.includes(context.key.algo)) {
			const path = authorizedKeys(context.username);
			const file = (await files.exists(path)) ? await files.readFile(path) : '';
			if (isAuthorized(file, context.key.data) && isSignedRightly(context)) {
				context.accept();
			} else {
				context.reject(left);
			}
		} else {
			context.reject(left);
		}
	}
}

/** Without a signature the client only asks whether the key would do. */
function isSignedRightly(context: Extract<AuthContext, {method: 'publickey'}>): boolean {
	if (context.signature === undefined || context.blob === undefined) {
		return true;
	}
	const key = ssh2.utils.parseKey(Buffer.from(`${context.key.algo} ${context.key.data.toString('base64')}`));
	return !(key instanceof Error) && key.verify(context.blob, context.signature, context.hashAlgo) === true;
}
