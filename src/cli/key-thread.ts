import {Worker} from 'node:worker_threads';
import * as z from 'zod';
import type {KeyReader} from '../transport/transport.js';

const Bytes = z.custom<Uint8Array>(value => value instanceof Uint8Array);

/** What the keys' thread is asked. Passphrases and keys stay in the memory of this program. */
export const KeyCall = z.discriminatedUnion('call', [
	z.object({id: z.int(), call: z.literal('read'), text: z.string(), passphrase: z.string().optional()}),
	z.object({
		id: z.int(),
		call: z.literal('sign'),
		key: z.int(),
		data: Bytes,
		hash: z.enum(['sha1', 'sha256', 'sha512']).optional(),
	}),
]);
export type KeyCall = z.infer<typeof KeyCall>;

/** What it answers: the number and the public half of a key that it holds now, a signature, or what went wrong. */
export const KeyReply = z.discriminatedUnion('kind', [
	z.object({id: z.int(), kind: z.literal('key'), key: z.int(), publicKey: Bytes}),
	z.object({id: z.int(), kind: z.literal('unreadable'), problem: z.string()}),
	z.object({id: z.int(), kind: z.literal('signature'), signature: Bytes}),
	z.object({id: z.int(), kind: z.literal('failed'), because: z.string()}),
]);
export type KeyReply = z.infer<typeof KeyReply>;

type KeyThread = {readonly read: KeyReader; close(): Promise<void>};

/** `KeyCall` without its number. */
type Question = KeyCall extends infer One ? (One extends KeyCall ? Omit<One, 'id'> : never) : never;

const hasFailed = 'the thread that reads keys has failed';

/**
Reads encrypted private keys in a thread of its own, which also keeps them and signs: to decrypt one takes up to a second
of a thread, and longer where its owner wanted it so. The thread is made when the first key is to be read.
*/
export function openKeyThread(file = new URL('./keys.js', import.meta.url)): KeyThread {
	const waiting = new Map<number, PromiseWithResolvers<KeyReply>>();
	let worker: Worker | undefined;
	let lastId = 0;

	const start = () => {
		const started = new Worker(file);
		started.unref();
		started.on('message', message => {
			const reply = KeyReply.parse(message);
			waiting.get(reply.id)?.resolve(reply);
			waiting.delete(reply.id);
		});
		started.on('error', () => {}); // `exit` follows
		started.on('exit', () => {
			for (const [id, {resolve}] of waiting) {
				resolve({id, kind: 'failed', because: hasFailed});
			}

			waiting.clear();
			worker = undefined;
		});
		return started;
	};
	const ask = (question: Question): Promise<KeyReply> => {
		lastId += 1;
		const reply = Promise.withResolvers<KeyReply>();
		waiting.set(lastId, reply);
		worker ??= start();
		worker.postMessage({id: lastId, ...question});
		return reply.promise;
	};
	return {
		read: async (text, passphrase) => {
			const reply = await ask({call: 'read', text, ...(passphrase === undefined ? {} : {passphrase})});
			if (reply.kind !== 'key') {
				return {ok: false, problem: reply.kind === 'unreadable' ? reply.problem : hasFailed};
			}

			return {
				ok: true,
				key: {
					publicKey: Buffer.from(reply.publicKey),
					sign: async (data, hash) => {
						const signed = await ask({
							call: 'sign',
							key: reply.key,
							data,
							...(hash === undefined ? {} : {hash}),
						});
						if (signed.kind !== 'signature') {
							throw new Error(signed.kind === 'failed' ? signed.because : hasFailed);
						}

						return Buffer.from(signed.signature);
					},
				},
			};
		},
		close: async () => {
			await worker?.terminate();
		},
	};
}
