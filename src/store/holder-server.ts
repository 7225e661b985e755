import {chmodSync, rmSync} from 'node:fs';
import {createServer, type Socket} from 'node:net';
import * as z from 'zod';
import {holderAddress, isAddressSafe} from './holder-address.js';
import {
	type Holder,
	HolderRequest,
	MAX_ANSWERED_BYTES,
	MAX_ANSWERED_EVENTS,
	MAX_REQUEST_BYTES,
} from './holder-messages.js';
import type {RunFile} from './writer.js';

/** More who ask at once wait until one of these has gone. */
const MOST_CLIENTS = 8;

/** Who neither asks nor reads for so long is hung up on. */
const PATIENCE_MS = 30_000;

/**
Answers, for the holder of a run file, what others would read in it if it were not held: its events, output, kept files,
and a copy. Nobody can change anything here. A client has one answer under way at most, so that who never reads costs
one answer's memory.

Undefined where there is no safe place for a socket: then others are told by the lock alone.
*/
export async function serveHolder(
	path: string,
	file: RunFile,
	holder: Holder,
): Promise<{readonly close: () => Promise<void>} | undefined> {
	const address = holderAddress(path);
	if (!isAddressSafe(address)) {
		return undefined;
	}

	// We hold the file, so whoever left a socket here is dead.
	if (process.platform !== 'win32') {
		rmSync(address, {force: true});
	}

	const clients = new Set<Socket>();
	const server = createServer(socket => {
		clients.add(socket);
		socket.on('close', () => clients.delete(socket));
		void serve(socket, {file, holder});
	});
	server.maxConnections = MOST_CLIENTS;
	const listening = await new Promise<boolean>(resolve => {
		server.once('error', () => resolve(false));
		server.listen(address, () => resolve(true));
	});
	if (!listening) {
		return undefined;
	}

	// A client that could not be accepted is no trouble of the run.
	server.on('error', () => {});
	server.unref();
	if (process.platform !== 'win32') {
		chmodSync(address, 0o600);
	}

	return {
		close: async () => {
			for (const client of clients) {
				client.destroy();
			}

			await new Promise(resolve => server.close(resolve));
		},
	};
}

type Served = {readonly file: RunFile; readonly holder: Holder};

/** One request after the other. What is no request ends the conversation. */
async function serve(socket: Socket, served: Served): Promise<void> {
	socket.setTimeout(PATIENCE_MS, () => socket.destroy());
	// He went away: `close` follows.
	socket.on('error', () => {});
	try {
		for await (const line of requestLines(socket)) {
			const request = HolderRequest.parse(JSON.parse(line));
			await send(socket, `${JSON.stringify(await answer(request, served))}\n`);
		}
	} catch {
		// No request of ours, or he went away while he was answered.
	} finally {
		socket.destroy();
	}
}

async function* requestLines(socket: Socket): AsyncGenerator<string> {
	let rest = '';
	for await (const data of socket.setEncoding('utf8')) {
		rest += z.string().parse(data);
		for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
			yield rest.slice(0, end);
			rest = rest.slice(end + 1);
		}

		if (rest.length > MAX_REQUEST_BYTES) {
			throw new Error('A request is not that long');
		}
	}
}

/** Resolves when it has left us; rejects if the client is gone. */
async function send(socket: Socket, text: string): Promise<void> {
	const {promise, resolve, reject} = Promise.withResolvers<void>();
	const gone = () => reject(new Error('The client is gone'));
	socket.once('close', gone);
	socket.write(text, error => (error ? reject(error) : resolve()));
	await promise.finally(() => socket.off('close', gone));
}

async function answer(request: HolderRequest, served: Served): Promise<{value: unknown} | {trouble: string}> {
	try {
		return {value: await answered(request, served)};
	} catch (error) {
		return {trouble: error instanceof Error ? error.message : String(error)};
	}
}

async function answered(request: HolderRequest, {file, holder}: Served): Promise<unknown> {
	switch (request.ask) {
		case 'who':
			return holder;
		case 'run':
			return file.outline();
		case 'events':
			return Iterator.from(file.seen(request.after)).take(MAX_ANSWERED_EVENTS).toArray();
		case 'blob': {
			const blob = file.blob(request.name) ?? new Uint8Array();
			return {bytes: base64(blob.subarray(request.start, request.start + MAX_ANSWERED_BYTES)), total: blob.length};
		}

		case 'output': {
			const window = file.outputFrom(request.key, request.start, MAX_ANSWERED_BYTES);
			return {...window, bytes: base64(window.bytes)};
		}

		case 'copy':
			await file.copyTo(request.to);
			return {};
	}
}

function base64(bytes: Uint8Array): string {
	return Buffer.from(bytes).toString('base64');
}
