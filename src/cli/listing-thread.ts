import {Worker} from 'node:worker_threads';
import type {HomeListing} from '../ui/workbench.js';

type Reading = {
	readonly worker: Worker;
	newest: HomeListing | undefined;
	tell: (listing: HomeListing) => void;
	readonly over: Promise<void>;
};

/** Begun before anybody asked. */
let early: Reading | undefined;
/** Whoever asks anew needs nothing more of it. */
let current: Reading | undefined;

/** Begins to read what the home screen shows: while the screens are being loaded, another processor is free for it. */
export function listHomeSoon(): void {
	early = beginReading();
}

/**
Reads what the home screen shows in a thread of its own, so that keys are heard meanwhile. `tell` hears each fuller listing;
resolves after the last one, or when somebody asks anew. Rejects with what ended the thread.
*/
export async function listHome(tell: (listing: HomeListing) => void): Promise<void> {
	void current?.worker.terminate();
	const reading = early ?? beginReading();
	early = undefined;
	current = reading;
	if (reading.newest !== undefined) {
		tell(reading.newest);
	}
	reading.tell = listing => {
		if (current === reading) {
			tell(listing);
		}
	};
	return reading.over;
}

/** Ends what is still being read: nobody looks any more. */
export async function stopListing(): Promise<void> {
	await Promise.all([early, current].map(async reading => reading?.worker.terminate()));
}

function beginReading(): Reading {
	const worker = new Worker(new URL('./listing.js', import.meta.url));
	worker.unref();
	const {promise: over, resolve, reject} = Promise.withResolvers<void>();
	over.catch(() => {}); // Told to whoever asks
	const reading: Reading = {worker, newest: undefined, tell: () => {}, over};
	worker.on('message', async message => {
		// Not before the screens stand: what checks messages takes a while to load
		const {ListingMessage} = await import('./listing-message.js');
		const {runbooks, ...rest} = ListingMessage.parse(message);
		reading.newest = {...rest, runbooks: runbooks.map(runbook => ({...runbook, partOf: runbook.partOf}))};
		reading.tell(reading.newest);
	});
	worker.on('error', reject);
	worker.on('exit', () => resolve());
	return reading;
}
