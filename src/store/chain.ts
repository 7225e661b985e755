import {createHash} from 'node:crypto';

/** What the first event's hash is over, in place of a hash before it. */
export const CHAIN_START = 'fieldbook run, chain 1';

/**
The hash of one event: SHA-256 in hex over the hash before it, its number, its time and its canonical JSON.

A change, a removal or another order anywhere before changes every hash after it.
*/
export function chainHash(before: string, seq: number, at: string, json: string): string {
	return createHash('sha256').update(`${before}\n${seq}\n${at}\n${json}`).digest('hex');
}
