import {createHmac} from 'node:crypto';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {judgeKey, knownHostLine, knownKeyTypes, parseKnownHosts} from '../../src/transport/known-hosts.js';
import {KnownHostsFiles} from '../../src/transport/known-hosts-file.js';

const host = {address: 'Web-1.example', port: 22};
const key = keyOf('ssh-ed25519', 'right');
const line = (names: string, which = key, marker = '') =>
	`${marker}${names} ssh-ed25519 ${which.toString('base64')} comment`;
const judge = (text: string, where = host) => judgeKey(parseKnownHosts('kh', text), where, key).kind;

describe('which lines of known_hosts stand for a host', () => {
	test.each([
		['its name, whatever the case', 'WEB-1.example', 'known'],
		['one of several names', 'a,web-1.example,b', 'known'],
		['a star', '*.example', 'known'],
		['a star for nothing', 'web-1.example*', 'known'],
		['a question mark', 'web-?.example', 'known'],
		['a question mark is one character', 'web-??.example', 'unknown'],
		['a negated name takes the line away', '*.example,!web-1.example', 'unknown'],
		['a part of the name', 'web-1', 'unknown'],
		['a name with another port', '[web-1.example]:2222', 'unknown'],
		['a hashed name', hashed('web-1.example'), 'known'],
		['the hash of another name', hashed('web-2.example'), 'unknown'],
	])('%s', (_, names, verdict) => {
		expect(judge(`${line(names)}\n`)).toBe(verdict);
	});

	test.each([
		['its name and port', '[web-1.example]:2222', 'known'],
		['its hashed name and port', hashed('[web-1.example]:2222'), 'known'],
		['the same key without a port', 'web-1.example', 'known'],
		['brackets are no pattern of their own', '[web-1.example]:*', 'known'],
	])('on another port: %s', (_, names, verdict) => {
		expect(judge(line(names), {...host, port: 2222})).toBe(verdict);
	});
});

describe('what they say of its key', () => {
	const changed = keyOf('ssh-ed25519', 'wrong');

	test('another key of the same type: changed', () => {
		expect(judge(line('web-1.example', changed))).toBe('changed');
	});

	test('one right key among several is enough', () => {
		expect(judge(`${line('web-1.example', changed)}\n${line('*', key)}`)).toBe('known');
	});

	test('on another port, a key without a port belongs to another server', () => {
		expect(judge(line('web-1.example', changed), {...host, port: 2222})).toBe('unknown');
	});

	test('revoked is stronger than known', () => {
		expect(judge(`${line('web-1.example')}\n${line('*', key, '@revoked ')}`)).toBe('revoked');
		expect(judge(line('web-1.example', changed, '@revoked '))).toBe('unknown');
	});

	test('comments, empty lines and lines we cannot read mean nothing', () => {
		expect(judge('# web-1.example ssh-ed25519 AAAA\n\nweb-1.example\n@marker\n')).toBe('unknown');
	});

	test('a line keeps its number', () => {
		expect(parseKnownHosts('kh', `#\n\n${line('web-1.example')}\r\n`)).toMatchObject([{line: 3, key}]);
	});

	test('the types of its keys, each once', () => {
		const text = [line('web-1.example'), line('*'), 'web-1.example ssh-rsa AAAA', 'web-2.example ssh-dss AAAA'].join(
			'\n',
		);

		expect(knownKeyTypes(parseKnownHosts('kh', text), host)).toEqual(['ssh-ed25519', 'ssh-rsa']);
	});

	test('what we write is read again', () => {
		for (const [port, isHashed] of [
			[22, false],
			[2222, false],
			[22, true],
			[2222, true],
		] as const) {
			expect(judge(knownHostLine({...host, port}, key, isHashed), {...host, port})).toBe('known');
		}
	});
});

describe('the lines of a host', () => {
	test('come in the order of the file, be they names, patterns or hashes', () => {
		const other = 'web-1.example ssh-rsa AAAA';
		const names = ['*.example', 'web-1.example', hashed('web-1.example'), 'a,WEB-1.example'];
		const text = [...names.map((name, number) => line(name, keyOf('ssh-ed25519', `${number}`))), other].join('\n');
		const verdict = judgeKey(parseKnownHosts('kh', text), host, key);

		expect(verdict).toMatchObject({kind: 'changed', expected: {line: 1}});
		expect(knownKeyTypes(parseKnownHosts('kh', text), host)).toEqual(['ssh-ed25519', 'ssh-rsa']);
	});

	test('a line that names it twice stands for it once', () => {
		const verdict = judgeKey(
			parseKnownHosts('kh', `web-1.example,WEB-1.example ssh-rsa ${wire('ssh-rsa')}`),
			host,
			key,
		);

		expect(verdict).toMatchObject({kind: 'unknown', others: {length: 1}});
	});
});

describe('files', () => {
	test('are read once for all who ask in the same moment, and again once they were changed', async () => {
		const folder = mkdtempSync(join(tmpdir(), 'fieldbook-known-'));
		const file = join(folder, 'known_hosts');
		const files = new KnownHostsFiles();
		writeFileSync(file, `${line('web-1.example')}\n`);
		const [one, ...others] = await Promise.all(Array.from({length: 20}, () => files.read([file])));
		writeFileSync(file, `${line('web-1.example')}\n${line('web-2.example')}\n`);
		const later = await files.read([file]);
		rmSync(folder, {recursive: true});

		expect(one).toHaveLength(1);
		expect(others.every(known => known === one)).toBe(true);
		expect(later).toHaveLength(2);
	});

	test('that could not be read are tried again', async () => {
		const folder = mkdtempSync(join(tmpdir(), 'fieldbook-known-'));
		const files = new KnownHostsFiles();
		await expect(files.read([folder])).rejects.toThrow(/EISDIR/);
		await expect(files.read([folder])).rejects.toThrow(/EISDIR/);
		rmSync(folder, {recursive: true});
	});
});

function wire(type: string): string {
	return keyOf(type, 'another').toString('base64');
}

function keyOf(type: string, body: string): Buffer {
	const length = Buffer.alloc(4);
	length.writeUInt32BE(type.length);
	return Buffer.concat([length, Buffer.from(type + body)]);
}

function hashed(name: string): string {
	const salt = Buffer.from('a salt of twenty b..');
	return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
}
