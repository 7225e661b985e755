import {createHash, generateKeyPair} from 'node:crypto';
import {promisify} from 'node:util';
import ssh2 from 'ssh2';
import * as z from 'zod';

const makeKeyPair = promisify(generateKeyPair);

/** Private keys of one host as PEM, of the kinds that it has. Made once for a lab and kept with its world. They protect nothing. */
export const HostKeys = z.object({rsa: z.string().optional(), ecdsa: z.string().optional()});
export type HostKeys = z.infer<typeof HostKeys>;

/** An RSA key costs a hundred times what the other does: only those are made that are asked for. */
export async function makeHostKeys(kinds: readonly string[]): Promise<HostKeys> {
	const [rsa, ecdsa] = await Promise.all([
		kinds.includes('rsa')
			? makeKeyPair('rsa', {
					modulusLength: 2048,
					publicKeyEncoding: {type: 'pkcs1', format: 'pem'},
					privateKeyEncoding: {type: 'pkcs1', format: 'pem'},
				})
			: undefined,
		kinds.includes('ecdsa')
			? makeKeyPair('ec', {
					namedCurve: 'prime256v1',
					publicKeyEncoding: {type: 'spki', format: 'pem'},
					privateKeyEncoding: {type: 'sec1', format: 'pem'},
				})
			: undefined,
	]);
	return {
		...(rsa === undefined ? {} : {rsa: rsa.privateKey}),
		...(ecdsa === undefined ? {} : {ecdsa: ecdsa.privateKey}),
	};
}

/** In the order of `kinds`; those that the host has. */
export function pemsOf(keys: HostKeys, kinds: readonly string[]): readonly string[] {
	return kinds.flatMap(kind => (kind === 'rsa' ? (keys.rsa ?? []) : kind === 'ecdsa' ? (keys.ecdsa ?? []) : []));
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
