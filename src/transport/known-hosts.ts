import {createHmac, randomBytes} from 'node:crypto';
import {matchesPatterns} from './config/patterns.js';
import {keyTypeOf} from './fingerprint.js';

/**
A line of a known_hosts file that we can read (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT").

> | @revoked [10.0.0.5]:2222,*.example ssh-ed25519 AAAAC3… a comment
    ^~~~~~~~ ^~~~~~~~~~~~~~~~~~~~~~~~~ ^~~~~~~~~~~ ^~~~~~~
    marker   names                     key type    key
*/
export type KnownHost = {
	readonly file: string;
	/** From 1. */
	readonly line: number;
	readonly marker: '' | '@revoked' | '@cert-authority';
	/** Patterns between commas, or one hashed name. */
	readonly names: string;
	readonly keyType: string;
	/** In the wire format. */
	readonly key: Buffer;
};

/** `alias`: the name under which its keys stand, whatever its address and port are. */
export type HostAddress = {readonly address: string; readonly port: number; readonly alias?: string | undefined};

export type KeyVerdict =
	| {readonly kind: 'known'}
	/** `others`: keys of other types, and certificate authorities, that stand there for this host. */
	| {readonly kind: 'unknown'; readonly others: readonly KnownHost[]}
	| {readonly kind: 'changed'; readonly expected: KnownHost}
	| {readonly kind: 'revoked'; readonly by: KnownHost};

/** Every line that means something to us; others are left alone. */
export function parseKnownHosts(file: string, text: string): readonly KnownHost[] {
	return text.split('\n').flatMap((line, index) => {
		const words = line.trim().split(/\s+/);
		const marker = markerOf(words[0]);
		const [names, keyType, key] = marker === '' ? words : words.slice(1);
		if (names === undefined || names.startsWith('#') || keyType === undefined || key === undefined) {
			return [];
		}

		return [{file, line: index + 1, marker, names, keyType, key: Buffer.from(key, 'base64')}];
	});
}

function markerOf(word: string | undefined): KnownHost['marker'] {
	return word === '@revoked' || word === '@cert-authority' ? word : '';
}

/** What the files say of the key that a host has shown. A changed or revoked key is never anything else. */
export function judgeKey(known: readonly KnownHost[], host: HostAddress, key: Buffer): KeyVerdict {
	const own = linesFor(known, host);
	const revoked = [...own, ...linesFor(known, {...host, port: 22})].find(
		line => line.marker === '@revoked' && line.key.equals(key),
	);
	if (revoked !== undefined) {
		return {kind: 'revoked', by: revoked};
	}

	const keys = own.filter(line => line.marker === '');
	if (keys.some(line => line.key.equals(key))) {
		return {kind: 'known'};
	}

	const expected = keys.find(line => line.keyType === keyTypeOf(key));
	if (expected !== undefined) {
		return {kind: 'changed', expected};
	}

	// As ssh does: the same key without a port vouches for the host, another one there is another server's
	const onAnyPort = linesFor(known, {...host, port: 22}).some(line => line.marker === '' && line.key.equals(key));
	return onAnyPort ? {kind: 'known'} : {kind: 'unknown', others: own.filter(line => line.marker !== '@revoked')};
}

/** Of the keys that may be shown by this host, in the order of the files. */
export function knownKeyTypes(known: readonly KnownHost[], host: HostAddress): readonly string[] {
	const lines = [...linesFor(known, host), ...linesFor(known, {...host, port: 22})];
	return [...new Set(lines.filter(line => line.marker === '').map(line => line.keyType))];
}

/** The line to append, without its end; as ssh writes it, the name in the clear unless it is to be hashed. */
export function knownHostLine(host: HostAddress, key: Buffer, isHashed: boolean): string {
	const name = isHashed ? hashed(nameOf(host)) : nameOf(host);
	return `${name} ${keyTypeOf(key)} ${key.toString('base64')}`;
}

/** The name under which ssh keeps a host: its alias, `10.0.0.5`, or `[10.0.0.5]:2222` on another port than 22. */
export function nameOf({address, port, alias}: HostAddress): string {
	if (alias !== undefined) {
		return alias.toLowerCase();
	}

	return port === 22 ? address.toLowerCase() : `[${address.toLowerCase()}]:${port}`;
}

/** Where to look for a host among the lines. Numbers count them from 0. */
type Index = {
	/** Lines of plain names only, by each of them: most files of a thousand hosts hold nothing else. */
	readonly plain: ReadonlyMap<string, readonly number[]>;
	/** Lines with a hash or a pattern, which must be tried for each name. */
	readonly others: readonly number[];
	/** Lines that were found, by the name that was looked for. */
	readonly found: Map<string, readonly KnownHost[]>;
};

const indexes = new WeakMap<readonly KnownHost[], Index>();

function linesFor(known: readonly KnownHost[], host: HostAddress): readonly KnownHost[] {
	const name = nameOf(host);
	const index = indexes.get(known) ?? indexOf(known);
	indexes.set(known, index);
	const lines = index.found.get(name) ?? linesOf(known, index, name);
	index.found.set(name, lines);
	return lines;
}

function indexOf(known: readonly KnownHost[]): Index {
	const plain = new Map<string, number[]>();
	const others: number[] = [];
	for (const [number, {names}] of known.entries()) {
		if (/^\||[*?!]/.test(names)) {
			others.push(number);
			continue;
		}

		for (const name of new Set(names.toLowerCase().split(','))) {
			plain.set(name, [...(plain.get(name) ?? []), number]);
		}
	}

	return {plain, others, found: new Map()};
}

function linesOf(known: readonly KnownHost[], {plain, others}: Index, name: string): readonly KnownHost[] {
	const isMeant = ({names}: KnownHost) =>
		names.startsWith('|') ? isHashOf(names, name) : matchesPatterns(names.toLowerCase().split(','), name);
	const numbers = [
		...(plain.get(name) ?? []),
		...others.filter(number => known[number] !== undefined && isMeant(known[number])),
	];
	return numbers.toSorted((a, b) => a - b).flatMap(number => known[number] ?? []);
}

/**
> | |1|PMrYxDYEXgEMiTnSPXnGeRkYGcA=|Nrc0pKjNUKa7pEGJlFVDyMM3SiA=
       ^~~~~~~~~~~~~~~~~~~~~~~~~~~~ ^~~~~~~~~~~~~~~~~~~~~~~~~~~~
       salt                         HMAC-SHA1 of the name, keyed with the salt
*/
function isHashOf(hashed: string, name: string): boolean {
	const [, version, salt = '', hash = ''] = hashed.split('|');
	return version === '1' && hashOf(name, Buffer.from(salt, 'base64')) === hash;
}

function hashed(name: string): string {
	const salt = randomBytes(20);
	return `|1|${salt.toString('base64')}|${hashOf(name, salt)}`;
}

function hashOf(name: string, salt: Buffer): string {
	return createHmac('sha1', salt).update(name).digest('base64');
}
