import {parentPort} from 'node:worker_threads';
import {type PrivateKey, parsePrivateKey} from '../transport/transport.js';
import {KeyCall, type KeyReply} from './key-thread.js';

/** The thread that reads encrypted private keys and keeps them: their private halves never leave it. */
const port = parentPort;
if (port === null) {
	throw new Error('keys.ts runs as a worker of fieldbook only');
}

const keys: PrivateKey[] = [];

port.on('message', async message => {
	const call = KeyCall.parse(message);
	const reply: KeyReply = call.call === 'read' ? read(call) : await sign(call);
	port.postMessage(reply);
});

function read({id, text, passphrase}: Extract<KeyCall, {call: 'read'}>): KeyReply {
	const parsed = parsePrivateKey(text, passphrase);
	if (!parsed.ok) {
		return {id, kind: 'unreadable', problem: parsed.problem};
	}

	const key = keys.push(parsed.key) - 1;
	return {id, kind: 'key', key, publicKey: parsed.key.publicKey};
}

async function sign({id, key, data, hash}: Extract<KeyCall, {call: 'sign'}>): Promise<KeyReply> {
	try {
		const signature = await keys[key]?.sign(Buffer.from(data), hash);
		return signature === undefined
			? {id, kind: 'failed', because: 'There is no such key.'}
			: {id, kind: 'signature', signature};
	} catch (error) {
		return {id, kind: 'failed', because: error instanceof Error ? error.message : String(error)};
	}
}
