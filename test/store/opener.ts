import {DatabaseSync} from 'node:sqlite';
import {leaseAfter} from '../../src/run/lease.js';
import type {Lease} from '../../src/run/state.js';
import {reachHolder} from '../../src/store/holder-link.js';
import {serveHolder} from '../../src/store/holder-server.js';
import {boundless} from '../../src/store/room.js';
import {openRunFile} from '../../src/store/run-file.js';
import {requireSoundChain} from '../../src/store/stored-events.js';
import {type RunFile, SqliteRunFile} from '../../src/store/writer.js';
import {UserError} from '../../src/text/user-error.js';

/** What an opener's process is told; see `test/rings/two-openers.test.ts`. */
export type Order =
	| {readonly do: 'open'; readonly path: string; readonly afterMs: number; readonly locks: boolean}
	| {readonly do: 'close'};

/** What it tells. `acknowledged`: an event is durable, says its store. `holder`: who was said to have the run. */
export type Told =
	| {readonly told: 'opened'}
	| {readonly told: 'acknowledged'; readonly seq: number}
	| {readonly told: 'refused'; readonly code: string; readonly holder: string}
	| {readonly told: 'failed'; readonly because: string}
	| {readonly told: 'closed'};

const device = process.argv[2] ?? '';
const at = Date.UTC(2026, 10, 20, 14, 2, 11);
let close: (() => Promise<void>) | undefined;

process.on('message', (order: Order) => void obey(order));
process.on('disconnect', () => process.exit());

async function obey(order: Order): Promise<void> {
	switch (order.do) {
		case 'open':
			// Finer than a timer, which counts in whole milliseconds
			for (const until = performance.now() + order.afterMs; performance.now() < until; );
			return open(order.path, order.locks);
		case 'close':
			await close?.().catch(error => tell({told: 'failed', because: String(error)}));
			tell({told: 'closed'});
	}
}

async function open(path: string, locks: boolean): Promise<void> {
	let file: RunFile;
	try {
		file = locks ? openRunFile(path) : openWithoutLock(path);
	} catch (error) {
		const code = error instanceof UserError ? error.code : String(error);
		tell({told: 'refused', code, holder: code === 'run-locked' ? await holderOf(path) : ''});
		return;
	}

	const server = locks ? await serveHolder(path, file, {by: 'ana', device, since: '', pid: process.pid}) : undefined;
	tell({told: 'opened'});
	let isClosing = false;
	const writing = writeOn(file, () => isClosing);
	close = async () => {
		isClosing = true;
		await writing;
		await server?.close();
		await file.close();
	};
}

/** Event after event, the first of which says whose the run is now. */
async function writeOn(file: RunFile, isOver: () => boolean): Promise<void> {
	try {
		let lease: Lease | undefined;
		for (const {event, at: time} of file.read(0)) {
			lease = event.type === 'RunStarted' || event.type === 'RunResumed' ? leaseAfter(lease, event, time) : lease;
		}

		const resumed = {type: 'RunResumed', by: 'ana', device, version: '1', epoch: (lease?.epoch ?? 0) + 1} as const;
		await acknowledge(file.append([resumed], at));
		while (!isOver()) {
			await acknowledge(file.append([{type: 'NoteTaken', step: null, text: device, by: 'ana'}], at));
			await new Promise(resolve => setImmediate(resolve));
		}
	} catch (error) {
		tell({told: 'failed', because: String(error)});
	}
}

async function acknowledge(appended: ReturnType<RunFile['append']>): Promise<void> {
	for (const {seq} of await appended) {
		tell({told: 'acknowledged', seq});
	}
}

/** Everything that `openRunFile` does, but for keeping others out. */
function openWithoutLock(path: string): RunFile {
	const db = new DatabaseSync(path);
	db.exec('PRAGMA journal_mode = WAL; PRAGMA busy_timeout = 1000');
	const events = requireSoundChain(db, path);
	const {hash = '', seq = 0} = events.at(-1) ?? {};
	return new SqliteRunFile(db, path, boundless, {hash, seq});
}

/** The holder has the lock a moment before it answers. */
async function holderOf(path: string): Promise<string> {
	for (let tries = 0; tries < 200; tries++) {
		const link = await reachHolder(path);
		const holder = await link?.who();
		link?.close();
		if (holder !== undefined) {
			return holder.device;
		}

		await new Promise(resolve => setTimeout(resolve, 10));
	}

	return '';
}

function tell(told: Told): void {
	process.send?.(told);
}
