import {parentPort, workerData} from 'node:worker_threads';
import type {RunHandle} from '../engine/handle.js';
import {sealed} from '../text/secret.js';
import {openSession, type SessionSpec} from './session.js';
import {heedingStrays, withinPatience} from './stray.js';
import {Call, type Message, troubleOf} from './thread-messages.js';

/**
The engine's thread: opens the session that the drawing thread describes, and answers its calls.

A terminal that stops reading blocks the thread that writes to it; nothing here writes to one.
*/
const port = parentPort;
if (port === null) {
	throw new Error('engine-thread.ts runs as a worker of fieldbook only');
}

const post = (message: Message) => port.postMessage(message);
const closed = Promise.withResolvers<void>();
let open: RunHandle | undefined;
try {
	await heedingStrays(async () => {
		// The session's description was made by this same program, a moment ago: see `openInThread`.
		const spec: SessionSpec = workerData;
		const handle = await openSession({...spec, secrets: sealed(spec.secrets)});
		open = handle;
		handle.subscribe(() => post({kind: 'changed'}));
		handle.ended.then(
			() => post({kind: 'ended'}),
			() => {},
		);
		handle.died.catch(error => post({kind: 'ended', trouble: troubleOf(error)}));
		port.on('message', message => void answer(handle, Call.parse(message)));
		post({kind: 'opened'});
		await closed.promise;
	});
} catch (error) {
	post({kind: 'broke', trouble: troubleOf(error)});
	await withinPatience(open?.close()).catch(() => {});
} finally {
	port.close();
}

async function answer(handle: RunHandle, call: Call): Promise<void> {
	try {
		post({kind: 'reply', id: call.id, value: await perform(handle, call)});
	} catch (error) {
		post({kind: 'failed', id: call.id, trouble: troubleOf(error)});
	}

	if (call.call === 'close') {
		closed.resolve();
	}
}

async function perform(handle: RunHandle, call: Call) {
	switch (call.call) {
		case 'pull':
			return handle.pull(call.want);
		case 'request':
			return handle.request(call.request);
		case 'read':
			return handle.read(call.read);
		case 'search':
			return handle.search(call.search);
		case 'tell':
			await handle.tell(call.prompt, call.value);
			return undefined;
		case 'close':
			await handle.close();
			return undefined;
	}
}
