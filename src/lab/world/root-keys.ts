import {createECDH, createHash, createPrivateKey} from 'node:crypto';
import type {DescribedFile} from './described-files.js';

/**
The key of root of a host, the same in every rehearsal: made of the host's name. It protects nothing.

It is an ECDSA key, whatever runbooks ask `ssh-keygen` for: a pair of that kind can be made of any 32 bytes.
*/
export function rootKeyFiles(host: string): Readonly<Record<string, DescribedFile>> {
	const curve = createECDH('prime256v1');
	curve.setPrivateKey(secretOf(host));
	const point = curve.getPublicKey();
	const jwk = {
		kty: 'EC',
		crv: 'P-256',
		d: curve.getPrivateKey().toString('base64url'),
		x: point.subarray(1, 33).toString('base64url'),
		y: point.subarray(33).toString('base64url'),
	};
	const pem = createPrivateKey({key: jwk, format: 'jwk'}).export({type: 'sec1', format: 'pem'}).toString();
	return {
		'/root/.ssh/': {text: '', mode: 0o700, owner: 'root'},
		'/root/.ssh/id_rsa': {text: pem, mode: 0o600, owner: 'root'},
		'/root/.ssh/id_rsa.pub': {text: `${publicLine(host, point)}\n`, mode: 0o644, owner: 'root'},
	};
}

/** What lets root of this host in elsewhere. */
export function rootKeyLine(host: string): string {
	const curve = createECDH('prime256v1');
	curve.setPrivateKey(secretOf(host));
	return publicLine(host, curve.getPublicKey());
}

function secretOf(host: string): Buffer {
	return createHash('sha256').update(`root of ${host}`).digest();
}

/** Source: RFC 5656, section 3.1. */
function publicLine(host: string, point: Buffer): string {
	const parts = [Buffer.from('ecdsa-sha2-nistp256'), Buffer.from('nistp256'), point];
	const blob = Buffer.concat(parts.flatMap(part => [lengthOf(part), part]));
	return `ecdsa-sha2-nistp256 ${blob.toString('base64')} root@${host}`;
}

function lengthOf(part: Buffer): Buffer {
	const length = Buffer.alloc(4);
	length.writeUInt32BE(part.length);
	return length;
}
