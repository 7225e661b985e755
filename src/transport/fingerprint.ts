import {createHash} from 'node:crypto';

/** As `ssh-keygen -l` prints it: `SHA256:` and 43 characters. `key` is in the wire format. */
export function fingerprintOf(key: Uint8Array): string {
	return `SHA256:${createHash('sha256').update(key).digest('base64').replaceAll('=', '')}`;
}

/** The name in front of a key's wire format: `ssh-ed25519`; empty if there is none. */
export function keyTypeOf(key: Buffer): string {
	const length = key.length < 4 ? 0 : key.readUInt32BE(0);
	return key.toString('latin1', 4, 4 + Math.min(length, 64));
}
