import {createHmac} from 'node:crypto';
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

export type HostAddress = {readonly address: string; readonly port: number};

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

/** The line to append, without its end: as ssh writes it, the name in the clear. */
export function knownHostLine(host: HostAddress, key: Buffer): string {
	return `${nameOf(host)} ${keyTypeOf(key)} ${key.toString('base64')}`;
}

/** The name under which ssh keeps a host: `10.0.0.5`, or `[10.0.0.5]:2222` on another port than 22. */
export function nameOf({address, port}: HostAddress): string {
	return port === 22 ? address.toLowerCase() : `[${address.toLowerCase()}]:${port}`;
}

function linesFor(known: readonly KnownHost[], host: HostAddress): readonly KnownHost[] {
	const name = nameOf(host);
	return known.filter(({names}) => (names.startsWith('|') ? isHashOf(names, name) : matchesAny(names, name)));
}

/**
> | |1|PMrYxDYEXgEMiTnSPXnGeRkYGcA=|Nrc0pKjNUKa7pEGJlFVDyMM3SiA=
       ^~~~~~~~~~~~~~~~~~~~~~~~~~~~ ^~~~~~~~~~~~~~~~~~~~~~~~~~~~
       salt                         HMAC-SHA1 of the name, keyed with the salt
*/
function isHashOf(hashed: string, name: string): boolean {
	const [, version, salt = '', hash = ''] = hashed.split('|');
	return version === '1' && createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
}

/** One negated pattern that matches takes the whole line away. */
function matchesAny(patterns: string, name: string): boolean {
	const all = patterns.toLowerCase().split(',');
	const isRefused = all.some(pattern => pattern.startsWith('!') && matches(pattern.slice(1), name));
	return !isRefused && all.some(pattern => matches(pattern, name));
}

/** `*` stands for any characters, `?` for one; in linear time, since the file may be anybody's. */
function matches(pattern: string, name: string): boolean {
	let [p, n, star, mark] = [0, 0, -1, 0];
	while (n < name.length) {
		if (pattern[p] === '*') {
			star = p;
			mark = n;
			p += 1;
		} else if (pattern[p] === '?' || pattern[p] === name[n]) {
			p += 1;
			n += 1;
		} else if (star >= 0) {
			mark += 1;
			p = star + 1;
			n = mark;
		} else {
			return false;
		}
	}

	return [...pattern.slice(p)].every(character => character === '*');
}
