import {parentPort} from 'node:worker_threads';
import {homeListings} from './home-listing.js';

/** The thread that reads what the home screen shows. */
const port = parentPort;
if (port === null) {
	throw new Error('listing.ts runs as a worker of fieldbook only');
}

for await (const listing of homeListings(process.env)) {
	port.postMessage(listing);
}
