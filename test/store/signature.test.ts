import {generateKeyPairSync} from 'node:crypto';
import {copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import * as z from 'zod';
import type {RunEvent} from '../../src/run/event.js';
import {CHAIN_START, chainHash} from '../../src/store/chain.js';
import {type DeviceKey, knownDeviceKey, openDeviceKey} from '../../src/store/device-key.js';
import {lookAtRun} from '../../src/store/look.js';
import {createRunFile, openRunFile} from '../../src/store/run-file.js';
import {type SignedHead, signedText} from '../../src/store/signature.js';
import {verifyRun} from '../../src/store/verify.js';
import {started} from '../run/given.js';

let folder = '';
let path = '';
let ana: DeviceKey;
let ben: DeviceKey;
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), 'fieldbook-signature-'));
	path = join(folder, 'a.fieldbook');
	ana = openDeviceKey(join(folder, 'ana'));
	ben = openDeviceKey(join(folder, 'ben'));
});
afterEach(() => rmSync(folder, {recursive: true, force: true}));

const at = Date.UTC(2026, 10, 20, 14, 2, 11);
const note = (text: string): RunEvent => ({type: 'NoteTaken', step: null, text, by: 'ana'});
const resumedBy = (by: string, key: DeviceKey, more: object): RunEvent => ({
	type: 'RunResumed',
	...{by, device: `${by}'s laptop`, deviceKey: key.fingerprint, version: '1', epoch: 2, ...more},
});

/** Begun and closed by Ana: 3 events, signed. */
async function begun(): Promise<void> {
	const run = createRunFile(path, {}, [], ana);
	await run.append([started({device: "ana's laptop", deviceKey: ana.fingerprint}), note('1'), note('2')], at);
	await run.close();
}

/** Gone on with by Ben: 5 events, signed twice. */
async function resumed(): Promise<void> {
	await begun();
	const run = openRunFile(path, ben);
	await run.append([resumedBy('ben', ben, {signed: 3}), note('4')], at);
	await run.close();
}

function tamper(sql: string): void {
	const db = new DatabaseSync(path);
	db.exec(sql);
	db.close();
}

/** Every hash again, as somebody would who knows how the chain is made. */
function chainAgain(): void {
	const db = new DatabaseSync(path);
	let hash = CHAIN_START;
	for (const {seq, at: time, json} of db.prepare('SELECT seq, at, json FROM event ORDER BY seq').all()) {
		hash = chainHash(hash, Number(seq), String(time), String(json));
		db.prepare('UPDATE event SET hash = ? WHERE seq = ?').run(hash, seq ?? 0);
	}

	db.close();
}

describe('the key of a device', () => {
	test('is made once, and readable by its owner alone', () => {
		const [name = '', ...others] = readdirSync(join(folder, 'ana'));
		expect(others).toEqual([]);
		expect(statSync(join(folder, 'ana', name)).mode & 0o777).toBe(0o600);
		expect(readFileSync(join(folder, 'ana', name), 'utf8')).toMatch(/^-----BEGIN PRIVATE KEY-----/);
		expect(openDeviceKey(join(folder, 'ana'))).toMatchObject({
			fingerprint: ana.fingerprint,
			publicKey: ana.publicKey,
		});
		expect(ben.fingerprint).not.toBe(ana.fingerprint);
		expect(ana.fingerprint).toMatch(/^SHA256:[\w+/]{43}$/);
	});

	test('is not made by who only compares', () => {
		expect(knownDeviceKey(join(folder, 'nobody'))).toBeUndefined();
		expect(readdirSync(folder).toSorted()).toEqual(['ana', 'ben']);
	});

	test.for([
		['no key at all', 'hello'],
		[
			'a key of another kind',
			generateKeyPairSync('ec', {namedCurve: 'P-256'}).privateKey.export({type: 'pkcs8', format: 'pem'}),
		],
	])('that is %s is refused, not replaced', ([, text]) => {
		const file = join(folder, 'ana', 'device-key.pem');
		writeFileSync(file, text ?? '');
		expect(() => openDeviceKey(join(folder, 'ana'))).toThrowError(
			expect.objectContaining({code: 'device-key-wrong', status: 5}),
		);
		expect(readFileSync(file, 'utf8')).toBe(text);
	});
});

describe('a run file', () => {
	test('is signed at each clean close by who held it, up to its last event', async () => {
		await resumed();
		const {problems, signed} = verifyRun(path);
		expect(problems).toEqual([]);
		expect(signed).toMatchObject([
			{seq: 3, by: 'ana', device: "ana's laptop", epoch: 1, fingerprint: ana.fingerprint},
			{seq: 5, by: 'ben', device: "ben's laptop", epoch: 2, fingerprint: ben.fingerprint},
		]);
		const {events, signed: last} = lookAtRun(path);
		expect(last).toEqual({seq: 5, head: events.at(-1)?.hash});
	});

	test('that ended without a close is signed by nobody since', async () => {
		await begun();
		const run = openRunFile(path, ben);
		await run.append([resumedBy('ben', ben, {signed: 3})], at);
		copyFileSync(path, `${path}-copy`);
		copyFileSync(`${path}-wal`, `${path}-copy-wal`);
		expect(verifyRun(`${path}-copy`)).toMatchObject({events: 4, problems: [], signed: [{seq: 3}]});
		await run.close();
	});

	test('that somebody opened and left as it was is not signed by him', async () => {
		await begun();
		await openRunFile(path, ben).close();
		expect(verifyRun(path)).toMatchObject({problems: [], signed: [{fingerprint: ana.fingerprint}]});
	});

	test('of version 2 is signed from its next close on', async () => {
		await begun();
		tamper('DROP TABLE signature; DELETE FROM meta; PRAGMA user_version = 2');
		expect(verifyRun(path)).toMatchObject({problems: [], signed: []});
		expect(lookAtRun(path).signed).toBeUndefined();
		const run = openRunFile(path, ben);
		await run.append([resumedBy('ben', ben, {signed: 0})], at);
		await run.close();
		expect(verifyRun(path)).toMatchObject({problems: [], signed: [{seq: 4, fingerprint: ben.fingerprint}]});
	});
});

describe('verify finds', () => {
	const forgeries: ReadonlyArray<readonly [string, () => void, RegExp]> = [
		[
			'an event that was changed, with every hash made again',
			() => {
				tamper(`UPDATE event SET json = replace(json, '"2"', '"3"') WHERE seq = 3`);
				chainAgain();
			},
			/events 1 to 3 is over other events/,
		],
		[
			'a signed end that was cut off',
			() => tamper('DELETE FROM event WHERE seq = 5'),
			/no event 5: its end was cut off/,
		],
		[
			'another head that was put in with its event',
			() => {
				tamper(`UPDATE event SET at = '2026-11-20T14:02:12.000Z' WHERE seq = 5`);
				chainAgain();
				tamper('UPDATE signature SET head = (SELECT hash FROM event WHERE seq = 5) WHERE seq = 5');
			},
			/events 1 to 5 is wrong/,
		],
		[
			'a signature that was changed',
			() => tamper('UPDATE signature SET signature = zeroblob(64) WHERE seq = 3'),
			/wrong/,
		],
		['a time of signing that was changed', () => tamper("UPDATE signature SET at = '' WHERE seq = 3"), /wrong/],
		['a name that was put in', () => tamper("UPDATE signature SET by = 'eve' WHERE seq = 3"), /wrong/],
		['a key that is none', () => tamper("UPDATE signature SET key = 'x' WHERE seq = 3"), /wrong/],
		['the last signature taken away', () => tamper('DELETE FROM signature WHERE seq = 5'), /1 to 5 was taken away/],
		['an earlier signature taken away', () => tamper('DELETE FROM signature WHERE seq = 3'), /1 to 3 was taken away/],
		[
			'all signatures taken away, and the note of the last one',
			() => tamper('DELETE FROM signature; DELETE FROM meta'),
			/1 to 3 was taken away/,
		],
	];

	test.for(forgeries)('%s', async ([, forge, words]) => {
		await resumed();
		forge();
		const {problems, signed} = verifyRun(path);
		expect(problems.join('\n')).toMatch(words);
		expect(signed).toEqual([]);
	});

	test('a good signature by somebody who did not hold the run', async () => {
		await resumed();
		const eve = openDeviceKey(join(folder, 'eve'));
		const db = new DatabaseSync(path);
		const [row] = db.prepare('SELECT seq, head, at, by, device, epoch FROM signature WHERE seq = 5').all();
		const text = signedText(z.custom<SignedHead>().parse(row));
		db.prepare('UPDATE signature SET key = ?, signature = ? WHERE seq = 5').run(
			eve.publicKey,
			eve.sign(Buffer.from(text)),
		);
		db.close();
		expect(verifyRun(path).problems).toEqual([expect.stringMatching(/1 to 5 is not by the device that held the run/)]);
	});
});
