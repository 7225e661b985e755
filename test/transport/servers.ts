import {generateKeyPairSync} from 'node:crypto';
import {connect, createServer, type Server, type Socket} from 'node:net';
import ssh2, {type ServerChannel} from 'ssh2';

/** Something that listens on loopback, for one test. */
export type Listening = {
	readonly port: number;
	/** How often somebody connected. */
	readonly connections: () => number;
	stop(): Promise<void>;
};

/** A cable to a server, which can be cut. */
export type Cable = Listening & {
	/** Ends every connection; `reset`: with RST instead of FIN. */
	cut(how: 'close' | 'reset'): void;
	/** Nothing gets through any more, and nobody is told. */
	freeze(): void;
};

export async function cableTo(target: number): Promise<Cable> {
	const sockets = new Set<Socket>();
	const listening = await listen(client => {
		const server = connect({host: '127.0.0.1', port: target, noDelay: true});
		client.setNoDelay(true);
		for (const [from, to] of [
			[client, server],
			[server, client],
		] as const) {
			sockets.add(from);
			from.on('error', () => to.destroy());
			from.pipe(to);
		}
	});
	return {
		...listening,
		cut: how => {
			for (const socket of sockets) {
				if (how === 'reset') {
					socket.resetAndDestroy();
				} else {
					socket.destroy();
				}
			}
		},
		freeze: () => {
			for (const socket of sockets) {
				socket.unpipe();
				socket.pause();
			}
		},
	};
}

/** Calls `greet` for each connection. */
export async function listen(greet: (socket: Socket) => void): Promise<Listening> {
	const sockets = new Set<Socket>();
	let connections = 0;
	const server = createServer(socket => {
		connections += 1;
		sockets.add(socket);
		socket.on('error', () => socket.destroy());
		greet(socket);
	});
	await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
	return {
		port: portOf(server),
		connections: () => connections,
		stop: async () => {
			for (const socket of sockets) {
				socket.destroy();
			}

			await new Promise(resolve => server.close(resolve));
		},
	};
}

/** An SSH server that lets anybody in and forwards to a port of this machine, whatever the address. */
export function jumpServer(): Promise<Listening> {
	return serve(client => {
		client.on('tcpip', (accept, _reject, {destPort}) => {
			const stream = accept();
			const socket = connect({host: '127.0.0.1', port: destPort});
			socket.on('error', () => stream.end());
			stream.on('error', () => socket.destroy());
			stream.pipe(socket).pipe(stream);
		});
	});
}

/** An SSH server that lets anybody in and does with a command what `perform` says. */
export function sshServer(perform: (channel: ServerChannel, line: string) => void): Promise<Listening> {
	return serve(client => {
		client.on('session', accept => {
			accept().on('exec', (acceptExec, _reject, {command}) => perform(acceptExec(), command));
		});
	});
}

async function serve(attend: (client: ssh2.Connection) => void): Promise<Listening> {
	const {privateKey} = generateKeyPairSync('rsa', {modulusLength: 2048});
	let connections = 0;
	const clients = new Set<ssh2.Connection>();
	const server = new ssh2.Server({hostKeys: [privateKey.export({type: 'pkcs1', format: 'pem'})]}, client => {
		connections += 1;
		clients.add(client);
		client.on('error', () => client.end());
		client.on('authentication', context => context.accept());
		attend(client);
	});
	await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
	return {
		port: portOf(server),
		connections: () => connections,
		stop: async () => {
			for (const client of clients) {
				client.end();
			}

			await new Promise(resolve => server.close(resolve));
		},
	};
}

function portOf(server: Pick<Server, 'address'>): number {
	const address = server.address();
	if (address === null || typeof address === 'string') {
		throw new Error('It does not listen on a port.');
	}

	return address.port;
}
