import {createHash, generateKeyPair} from 'node:crypto';
import {promisify} from 'node:util';
import ssh2 from 'ssh2';
import * as z from 'zod';

const makeKeyPair = promisify(generateKeyPair);

/** Private keys of one host as PEM. Made once for a lab and kept with its world. They protect nothing. */
export const HostKeys = z.object({rsa: z.string(), ecdsa: z.string()});
export type HostKeys = z.infer<typeof HostKeys>;

export async function makeHostKeys(): Promise<HostKeys> {
	const [rsa, ecdsa] = await Promise.all([
		makeKeyPair('rsa', {
			modulusLength: 2048,
			publicKeyEncoding: {type: 'pkcs1', format: 'pem'},
			privateKeyEncoding: {type: 'pkcs1', format: 'pem'},
		}),
		makeKeyPair('ec', {
			namedCurve: 'prime256v1',
			publicKeyEncoding: {type: 'spki', format: 'pem'},
			privateKeyEncoding: {type: 'sec1', format: 'pem'},
		}),
	]);
	return {rsa: rsa.privateKey, ecdsa: ecdsa.privateKey};
}

export type PublicKey = {
	/** `ecdsa-sha2-nistp256`. */
	readonly type: string;
	/** As known_hosts and authorized_keys have it. */
	readonly base64: string;
	/** `SHA256:…`, as `ssh` prints it. */
	readonly fingerprint: string;
};

export function publicKeyOf(pem: string): PublicKey {
	const parsed = ssh2.utils.parseKey(pem);
	if (parsed instanceof Error) {
		throw parsed;
	}
	const blob = parsed.getPublicSSH();
	const digest = createHash('sha256').update(blob).digest('base64').replace(/=+$/, '');
	return {type: parsed.type, base64: blob.toString('base64'), fingerprint: `SHA256:${digest}`};
}

/** Whether a user's `authorized_keys` file has this key. */
export function isAuthorized(file: string, blob: Uint8Array): boolean {
	const wanted = Buffer.from(blob).toString('base64');
	return file.split('\n').some(line => !line.startsWith('#') && line.split(/\s+/).includes(wanted));
}
