import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {SecretPrompt, Secrets} from '../engine/ports.js';
import {isUsableKeyType, type OfferedKey, type PrivateKey, parsePrivateKey, parsePublicKey} from './ssh-client.js';

/** What a key file gives: a key to offer, a reason why it cannot be used, or nothing because there is no file. */
export type KeyFile =
	| {readonly kind: 'key'; readonly key: OfferedKey}
	| {readonly kind: 'unusable'; readonly because: string}
	| {readonly kind: 'missing'};

/** Where `ssh` looks, those types that we can use. Relative to the user's home. */
const defaultKeys = ['.ssh/id_ed25519', '.ssh/id_ecdsa', '.ssh/id_rsa'];

const passphraseTries = 3;

/**
The private key files of one user.

A passphrase is asked for only when a server wants the key, and decrypting it, which stalls this thread for up to a
second, is done once for all hosts.
*/
export class KeyFiles {
	readonly #home: string;
	readonly #secrets: Secrets;
	readonly #unlocked = new Map<string, Promise<PrivateKey>>();

	constructor(home: string, secrets: Secrets) {
		this.#home = home;
		this.#secrets = secrets;
	}

	/** The key that the sheet names, or the user's own. Read anew each time: they may have been put there meanwhile. */
	async find(named: string | undefined, host: string): Promise<readonly KeyFile[]> {
		const files = named === undefined ? defaultKeys.map(file => join(this.#home, file)) : [this.#expand(named)];
		return Promise.all(files.map(file => this.#read(file, host)));
	}

	async #read(file: string, host: string): Promise<KeyFile> {
		const from = this.#shorten(file);
		const text = await readText(file);
		if (typeof text !== 'string') {
			return text.code === 'ENOENT' ? {kind: 'missing'} : {kind: 'unusable', because: `${from}: ${text.message}`};
		}

		const publicKey = publicHalf(text) ?? (await this.#publicFile(file));
		if (publicKey !== undefined && !isUsableKeyType(publicKey)) {
			return {kind: 'unusable', because: `${from}: fieldbook cannot use keys on security tokens.`};
		}

		const plain = parsePrivateKey(text, undefined);
		if (plain.ok) {
			const {key} = plain;
			return {kind: 'key', key: {publicKey: key.publicKey, from, sign: async (data, hash) => key.sign(data, hash)}};
		}

		const remedy = whatToDoWith(text, from);
		if (remedy !== undefined || !isEncrypted(text)) {
			return {kind: 'unusable', because: `${from}: ${remedy ?? plain.problem}`};
		}

		const unlock = () => this.#unlock(file, text, host);
		const sign: OfferedKey['sign'] = async (data, hash) => (await unlock()).sign(data, hash);
		if (publicKey !== undefined) {
			return {kind: 'key', key: {publicKey, from, sign}};
		}

		return unlock().then(
			key => ({kind: 'key', key: {publicKey: key.publicKey, from, sign}}),
			(error: Error) => ({kind: 'unusable', because: error.message}),
		);
	}

	#unlock(file: string, text: string, host: string): Promise<PrivateKey> {
		const unlocked = this.#unlocked.get(file) ?? this.#askPassphrase(file, text, host);
		this.#unlocked.set(file, unlocked);
		unlocked.catch(() => this.#unlocked.delete(file));
		return unlocked;
	}

	async #askPassphrase(file: string, text: string, host: string): Promise<PrivateKey> {
		const from = this.#shorten(file);
		const prompt: SecretPrompt = {name: 'passphrase', host, text: `Passphrase for ${from}`, echo: false};
		for (let attempt = 1; attempt <= passphraseTries; attempt += 1) {
			const passphrase = await this.#secrets.obtain(prompt);
			if (passphrase === undefined) {
				throw new Error(`Nobody gave the passphrase of ${from}.`);
			}

			const parsed = parsePrivateKey(text, passphrase);
			if (parsed.ok) {
				return parsed.key;
			}

			this.#secrets.refused?.(prompt);
		}

		throw new Error(`The passphrase of ${from} was wrong ${passphraseTries} times.`);
	}

	async #publicFile(file: string): Promise<Buffer | undefined> {
		const text = await readText(`${file}.pub`);
		return typeof text === 'string' ? parsePublicKey(text) : undefined;
	}

	#expand(file: string): string {
		return file === '~' || file.startsWith('~/') ? join(this.#home, file.slice(1)) : file;
	}

	#shorten(file: string): string {
		return file.startsWith(`${this.#home}/`) ? `~${file.slice(this.#home.length)}` : file;
	}
}

async function readText(file: string): Promise<string | {readonly code: string; readonly message: string}> {
	try {
		return await readFile(file, 'utf8');
	} catch (error) {
		return {
			code: error instanceof Error && 'code' in error ? String(error.code) : '',
			message: error instanceof Error ? error.message : String(error),
		};
	}
}

/**
The public key in OpenSSH's own format, which stands there in the clear even where the private one is encrypted.

> | openssh-key-v1␀ cipher kdf options count PUBLIC encrypted…       each a length in four bytes, then the bytes

Source: PROTOCOL.key of OpenSSH.
*/
function publicHalf(text: string): Buffer | undefined {
	const bytes = openSshBody(text);
	if (bytes === undefined) {
		return undefined;
	}

	const afterCipher = skip(bytes, magic.length);
	const afterKdf = skip(bytes, afterCipher);
	const start = skip(bytes, afterKdf) + 4; // Behind the options and the count of keys, which is 1
	return bytes.subarray(start + 4, skip(bytes, start));
}

const magic = 'openssh-key-v1\0';

function openSshBody(text: string): Buffer | undefined {
	const body = /-----BEGIN OPENSSH PRIVATE KEY-----([^-]*)-----END/.exec(text)?.[1];
	const bytes = body === undefined ? undefined : Buffer.from(body, 'base64');
	return bytes?.toString('latin1', 0, magic.length) === magic ? bytes : undefined;
}

function skip(bytes: Buffer, at: number): number {
	return at + 4 + (at + 4 <= bytes.length ? bytes.readUInt32BE(at) : 0);
}

function cipherOf(text: string): string {
	const bytes = openSshBody(text);
	return bytes === undefined ? '' : bytes.toString('latin1', magic.length + 4, skip(bytes, magic.length));
}

function isEncrypted(text: string): boolean {
	const cipher = cipherOf(text);
	return cipher === '' ? /^(Proc-Type: 4,ENCRYPTED|Encryption: (?!none))/m.test(text) : cipher !== 'none';
}

/** For the formats that we cannot read: the command that makes one that we can. */
function whatToDoWith(text: string, from: string): string | undefined {
	if (text.startsWith('PuTTY-User-Key-File-3')) {
		return `this PuTTY format cannot be read. Convert it: puttygen ${from} -O private-openssh-new -o NEW`;
	}

	if (/-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/.test(text)) {
		return `PKCS#8 keys cannot be read. Convert it: ssh-keygen -p -f ${from}`;
	}

	return cipherOf(text).startsWith('chacha20')
		? `its cipher cannot be read. Convert it: ssh-keygen -p -Z aes256-ctr -f ${from}`
		: undefined;
}
