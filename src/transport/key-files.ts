import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {SecretPrompt, Secrets} from '../engine/ports.js';
import {underHome} from './config/tokens.js';
import {keyTypeOf} from './fingerprint.js';
import {Fresh} from './fresh.js';
import {
	isUsableKeyType,
	type OfferedKey,
	type PrivateKey,
	parsePrivateKey,
	parsePublicKey,
	type ReadKey,
} from './ssh-client.js';

/** What a key file gives: a key to offer, a reason why it cannot be used, or nothing because there is no file. */
export type KeyFile =
	| {readonly kind: 'key'; readonly key: OfferedKey}
	/** Only the public half: the private one may be in the agent. */
	| {readonly kind: 'public'; readonly publicKey: Buffer}
	/** `type`: of a key that only the system's ssh can use. */
	| {readonly kind: 'unusable'; readonly because: string; readonly type?: string; readonly from: string}
	| {readonly kind: 'missing'; readonly from: string};

/** Reads a private key, in another thread where that takes long. */
export type KeyReader = (text: string, passphrase: string | undefined) => Promise<ReadKey>;

export type Certificate = {readonly type: string; readonly from: string};

/** Where `ssh` looks, those types that we can use. Relative to the user's home. */
const defaultKeys = ['.ssh/id_ed25519', '.ssh/id_ecdsa', '.ssh/id_rsa'];

const passphraseTries = 3;

/**
The private key files of one user.

A passphrase is asked for only when a server wants the key, and decrypting it is done once for all hosts.
*/
export class KeyFiles {
	readonly #home: string;
	readonly #secrets: Secrets;
	readonly #readKey: KeyReader;
	readonly #unlocked = new Map<string, Promise<PrivateKey>>();
	readonly #texts = new Fresh<Text>();
	/** Those that are not encrypted, by their text. */
	readonly #plain = new Map<string, ReadKey>();

	constructor(home: string, secrets: Secrets, read: KeyReader) {
		this.#home = home;
		this.#secrets = secrets;
		this.#readKey = read;
	}

	/** The keys in these files; where none are named, the user's own. They may have been put there meanwhile, so the files are read anew after a moment. */
	async find(named: readonly string[], host: string): Promise<readonly KeyFile[]> {
		const files =
			named.length === 0 ? defaultKeys.map(file => join(this.#home, file)) : named.map(underOwn(this.#home));
		return Promise.all(files.map(file => this.#read(file, host)));
	}

	/** The certificates of these files, which only the system's ssh can use: those that are named, and `KEY-cert.pub`. */
	async certificates(named: readonly string[], keys: readonly string[]): Promise<readonly Certificate[]> {
		const keyFiles =
			keys.length === 0 ? defaultKeys.map(file => join(this.#home, file)) : keys.map(underOwn(this.#home));
		const found = await Promise.all(
			[...named, ...keyFiles.map(file => `${file}-cert.pub`)].map(async file => {
				const publicKey = await this.#publicKeyIn(file);
				return publicKey === undefined ? [] : [{type: keyTypeOf(publicKey), from: this.#shorten(file)}];
			}),
		);
		return found.flat();
	}

	async #read(file: string, host: string): Promise<KeyFile> {
		const from = this.#shorten(file);
		const text = await this.#text(file);
		const publicKey = typeof text === 'string' ? publicHalf(text) : undefined;
		const known = publicKey ?? (await this.#publicKeyIn(`${file}.pub`));
		if (known !== undefined && !isUsableKeyType(known)) {
			return tokenKey(from, keyTypeOf(known));
		}

		if (typeof text !== 'string') {
			if (text.code !== 'ENOENT') {
				return {kind: 'unusable', because: `${from}: ${text.message}`, from};
			}

			return known === undefined ? {kind: 'missing', from} : {kind: 'public', publicKey: known};
		}

		const own = parsePublicKey(text); // `ssh` takes a .pub file too, for a key in the agent
		if (own !== undefined) {
			return isUsableKeyType(own) ? {kind: 'public', publicKey: own} : tokenKey(from, keyTypeOf(own));
		}

		return this.#keyIn(file, text, known, host);
	}

	async #keyIn(file: string, text: string, publicKey: Buffer | undefined, host: string): Promise<KeyFile> {
		const from = this.#shorten(file);
		const plain = isEncrypted(text) ? undefined : this.#readPlain(text);
		if (plain?.ok === true) {
			const {key} = plain;
			return {kind: 'key', key: {publicKey: key.publicKey, from, sign: (data, hash) => key.sign(data, hash)}};
		}

		const remedy = whatToDoWith(text, from);
		if (remedy !== undefined || plain !== undefined) {
			return {kind: 'unusable', because: `${from}: ${remedy ?? plain?.problem ?? ''}`, from};
		}

		const unlock = () => this.#unlock(file, text, host);
		const sign: OfferedKey['sign'] = async (data, hash) => (await unlock()).sign(data, hash);
		if (publicKey !== undefined) {
			return {kind: 'key', key: {publicKey, from, sign}};
		}

		return unlock().then(
			key => ({kind: 'key', key: {publicKey: key.publicKey, from, sign}}),
			(error: Error) => ({kind: 'unusable', because: error.message, from}),
		);
	}

	#text(file: string): Promise<Text> {
		return this.#texts.get(file, () => readText(file));
	}

	#readPlain(text: string): ReadKey {
		const plain = this.#plain.get(text) ?? parsePrivateKey(text, undefined);
		this.#plain.set(text, plain);
		return plain;
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

			const parsed = await this.#readKey(text, passphrase);
			if (parsed.ok) {
				return parsed.key;
			}

			this.#secrets.refused?.(prompt);
		}

		throw new Error(`The passphrase of ${from} was wrong ${passphraseTries} times.`);
	}

	async #publicKeyIn(file: string): Promise<Buffer | undefined> {
		const text = await this.#text(file);
		return typeof text === 'string' ? parsePublicKey(text) : undefined;
	}

	#shorten(file: string): string {
		return file.startsWith(`${this.#home}/`) ? `~${file.slice(this.#home.length)}` : file;
	}
}

/** A file as the sheet names it. */
function underOwn(home: string): (file: string) => string {
	return file => underHome(file, home);
}

function tokenKey(from: string, type: string): KeyFile {
	return {kind: 'unusable', because: `${from}: fieldbook cannot use keys on security tokens.`, type, from};
}

/** Of a file, or why it cannot be read. */
type Text = string | {readonly code: string; readonly message: string};

async function readText(file: string): Promise<Text> {
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
	const [, version, type = ''] = /^PuTTY-User-Key-File-(\d): (\S+)/.exec(text) ?? [];
	if (version !== undefined && (version !== '2' || !/^ssh-(?:rsa|dss)$/.test(type))) {
		return `this PuTTY format cannot be read. Convert it: puttygen ${from} -O private-openssh-new -o NEW`;
	}

	if (/-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/.test(text)) {
		return `PKCS#8 keys cannot be read. Convert it: ssh-keygen -p -f ${from}`;
	}

	if (/^---- BEGIN SSH2 /m.test(text)) {
		return `this format of other SSH clients cannot be read. Convert it: ssh-keygen -i -f ${from} > NEW`;
	}

	return cipherOf(text).startsWith('chacha20')
		? `its cipher cannot be read. Convert it: ssh-keygen -p -Z aes256-ctr -f ${from}`
		: undefined;
}
