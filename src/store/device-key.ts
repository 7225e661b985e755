import {
	createHash,
	createPrivateKey,
	createPublicKey,
	generateKeyPairSync,
	type KeyObject,
	randomUUID,
	sign,
} from 'node:crypto';
import {linkSync, mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import * as z from 'zod';
import {UserError} from '../text/user-error.js';
import {withClearErrors} from './clear-errors.js';

/** What this device signs run files with. The private half never leaves its file and this object. */
export type DeviceKey = {
	/** `SHA256:…`, as `fingerprintOf` writes it. */
	readonly fingerprint: string;
	/** SPKI in PEM. */
	readonly publicKey: string;
	/** Ed25519, 64 bytes. */
	readonly sign: (message: Uint8Array) => Uint8Array;
};

/**
The key of this device, Ed25519 in PKCS#8, in the state folder; made at its first use, readable by its owner alone.

Throws a UserError (status 5) if the folder cannot be written to, or the file holds another kind of key.
*/
export function openDeviceKey(stateFolder: string): DeviceKey {
	const path = keyFile(stateFolder);
	return withClearErrors(path, () => deviceKey(readKey(path) ?? makeKey(stateFolder, path)));
}

/** The same for who only compares: undefined where this device has not made one yet. */
export function knownDeviceKey(stateFolder: string): DeviceKey | undefined {
	const path = keyFile(stateFolder);
	return withClearErrors(path, () => {
		const key = readKey(path);
		return key && deviceKey(key);
	});
}

function keyFile(stateFolder: string): string {
	return join(stateFolder, 'device-key.pem');
}

function deviceKey(key: KeyObject): DeviceKey {
	const publicKey = createPublicKey(key).export({type: 'spki', format: 'pem'}).toString();
	return {fingerprint: fingerprintOf(publicKey), publicKey, sign: message => sign(null, message, key)};
}

/**
What people compare: SHA-256 in base64 over the public key's SPKI in DER, without padding, behind `SHA256:`.

Throws where `publicKey` is no public key in PEM.
*/
export function fingerprintOf(publicKey: string): string {
	const der = createPublicKey(publicKey).export({type: 'spki', format: 'der'});
	return `SHA256:${createHash('sha256').update(der).digest('base64').replace(/=+$/, '')}`;
}

function readKey(path: string): KeyObject | undefined {
	const pem = textOf(path);
	if (pem === undefined) {
		return undefined;
	}

	try {
		const key = createPrivateKey(pem);
		if (key.asymmetricKeyType === 'ed25519') {
			return key;
		}
	} catch {
		// Told below, as any other file that is no such key
	}

	throw new UserError(
		'device-key-wrong',
		`${path} holds no Ed25519 key.`,
		'Put the file aside: a new key is made, under which this device is another one for its runs.',
		5,
	);
}

function textOf(path: string): string | undefined {
	try {
		return readFileSync(path, 'utf8');
	} catch (error) {
		if (isCoded(error, 'ENOENT')) {
			return undefined;
		}

		throw error;
	}
}

/** A link is made or refused at once: of two programs that begin together, one makes the key and the other reads it. */
function makeKey(folder: string, path: string): KeyObject {
	const {privateKey} = generateKeyPairSync('ed25519');
	const draft = join(folder, `device-key-${randomUUID()}.pem`);
	mkdirSync(folder, {recursive: true, mode: 0o700});
	writeFileSync(draft, privateKey.export({type: 'pkcs8', format: 'pem'}), {flag: 'wx', mode: 0o600});
	try {
		linkSync(draft, path);
		return privateKey;
	} catch (error) {
		const winner = isCoded(error, 'EEXIST') ? readKey(path) : undefined;
		if (winner === undefined) {
			throw error;
		}

		return winner;
	} finally {
		rmSync(draft);
	}
}

function isCoded(error: unknown, code: string): boolean {
	return z.object({code: z.literal(code)}).safeParse(error).success;
}
