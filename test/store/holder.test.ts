import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {connect, type Socket} from 'node:net';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import type {OutputKey} from '../../src/engine/ports.js';
import type {RunEvent} from '../../src/run/event.js';
import {openDeviceKey} from '../../src/store/device-key.js';
import {holderAddress} from '../../src/store/holder-address.js';
import {type HolderLink, reachHolder} from '../../src/store/holder-link.js';
import {MAX_ANSWERED_BYTES, MAX_REQUEST_BYTES} from '../../src/store/holder-messages.js';
import {serveHolder} from '../../src/store/holder-server.js';
import {lookAtOutput, lookAtRun} from '../../src/store/look.js';
import {createRunFile, openRunFile} from '../../src/store/run-file.js';
import {verifyRun} from '../../src/store/verify.js';
import type {RunFile} from '../../src/store/writer.js';
import {intended, started} from '../run/given.js';

const at = Date.UTC(2026, 10, 20, 14, 2, 11);
const key: OutputKey = {step: 'flood', host: 'esxi1', attempt: 1, part: 'run'};
const note = (text: string): RunEvent => ({type: 'NoteTaken', step: null, text, by: 'ana'});
const ana = {by: 'ana', device: 'laptop', since: '2026-11-20T14:02:11.000Z', pid: 4711};

let folder = '';
let path = '';
let run: RunFile;
let server: Awaited<ReturnType<typeof serveHolder>>;
let link: HolderLink;
beforeEach(async () => {
	folder = mkdtempSync(join(tmpdir(), 'fieldbook-holder-'));
	path = join(folder, 'a.fieldbook');
	const deviceKey = openDeviceKey(folder);
	run = createRunFile(
		path,
		{runId: 'r1', title: 'Yokohama'},
		[{name: 'runbook.md', bytes: Buffer.alloc(MAX_ANSWERED_BYTES + 5, '# Base\n')}],
		deviceKey,
	);
	await run.append([started({deviceKey: deviceKey.fingerprint}), note('1')], at);
	server = await serveHolder(path, run, ana);
	link = await reached();
});
afterEach(async () => {
	link.close();
	await server?.close();
	await run.close().catch(() => {});
	rmSync(folder, {recursive: true, force: true});
});

async function reached(): Promise<HolderLink> {
	const found = await reachHolder(path);
	if (found === undefined) {
		throw new Error('Nobody answers');
	}

	return found;
}

describe('the holder of a run file', () => {
	test('says who he is and since when', async () => {
		expect(await link.who()).toEqual(ana);
	});

	test('gives all that the file would, more events than one answer holds and long files too', async () => {
		for (let seq = 3; seq <= 1203; seq++) {
			await run.append([note(String(seq))], at);
		}

		const seen = await link.seen();
		expect(await link.eventsAfter(1201)).toHaveLength(2);
		link.close();
		await server?.close();
		await run.close();
		const {events, blobs, meta} = lookAtRun(path);
		expect(events).toMatchObject(seen.events);
		expect(events).toHaveLength(seen.events.length);
		expect([...seen.blobs].map(([name, bytes]) => [name, Buffer.from(bytes)])).toEqual(
			[...blobs].map(([name, bytes]) => [name, Buffer.from(bytes)]),
		);
		expect(seen.meta.get('title')).toBe(meta.get('title'));
		expect(seen.signed).toBeUndefined();
	});

	test('gives output while it comes, a piece at a time', async () => {
		run.writeOutput(key, 'out', Buffer.alloc(MAX_ANSWERED_BYTES, 'a'));
		run.writeOutput(key, 'out', Buffer.from('end'));
		const first = await link.outputFrom(key, 0);
		expect(first.bytes).toHaveLength(MAX_ANSWERED_BYTES);
		expect(first.total).toBe(MAX_ANSWERED_BYTES + 3);
		const second = await link.outputFrom(key, first.bytes.length);
		expect(Buffer.from(second.bytes).toString()).toBe('end');
	});

	test('gives a copy of what is recorded now, which opens, verifies and goes on elsewhere, while he goes on', async () => {
		await run.append([intended(key)], at);
		run.writeOutput(key, 'out', Buffer.from('so far'));
		const to = join(folder, 'copy.fieldbook');
		writeFileSync(to, '', {mode: 0o600});
		const copying = link.copyTo(to);
		await run.append([note('meanwhile')], at);
		await copying;
		await run.append([note('afterwards')], at);

		expect(verifyRun(to).problems).toEqual([]);
		expect(existsSync(`${to}-wal`)).toBe(false);
		expect(Buffer.from(lookAtOutput(to, key, 0, 100).bytes).toString()).toBe('so far');
		const copied = lookAtRun(to).events;
		expect([3, 4]).toContain(copied.length);
		expect(copied).toMatchObject([...run.read(0)].slice(0, copied.length));
		const again = openRunFile(to);
		await again.append([note('elsewhere')], at);
		await again.close();
		expect(verifyRun(to).problems).toEqual([]);
	});

	test('cannot be asked to change anything', async () => {
		const before = [...run.read(0)];
		const socket = await connected();
		socket.write('{"ask":"append","event":{"type":"RunFinished"}}\n');
		await ended(socket);
		expect([...run.read(0)]).toEqual(before);
	});
});

describe('a hostile client is hung up on, and the run and others go on', () => {
	const words: ReadonlyArray<readonly [string, string | Buffer]> = [
		['garbage', Buffer.from([0, 255, 254, 10, 13, 27])],
		['no JSON', 'hello\n'],
		['JSON of another kind', '[1]\n'],
		['a request that asks for more', '{"ask":"who","and":1}\n'],
		['a line without end', 'x'.repeat(MAX_REQUEST_BYTES + 1)],
		['a start below zero', '{"ask":"events","after":-1}\n'],
	];

	test.for(words)('that sends %s', async ([, sent]) => {
		const socket = await connected();
		socket.write(sent);
		await ended(socket);
		expect(await link.who()).toEqual(ana);
	});

	test('that sends half a request and stays', async () => {
		const socket = await connected();
		socket.write('{"ask":"wh');
		expect(await link.who()).toEqual(ana);
		socket.destroy();
	});

	test('that asks for ever and never reads costs one answer', async () => {
		run.writeOutput(key, 'out', Buffer.alloc(4 * 1024 * 1024, 'a'));
		const socket = await connected();
		socket.pause();
		const request = `${JSON.stringify({ask: 'output', key, start: 0})}\n`;
		const before = process.memoryUsage().arrayBuffers;
		for (let count = 0; count < 200; count++) {
			socket.write(request);
		}

		expect(await link.who()).toEqual(ana);
		await run.append([note('goes on')], at);
		expect((await link.eventsAfter(2)).map(({seq}) => seq)).toEqual([3]);
		expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024);
		socket.destroy();
	});

	test.for([
		['no file', () => join(folder, 'no', 'such', 'file')],
		['a file with something in it', () => join(folder, 'device-key.pem')],
		['the run itself', () => path],
	] as const)('that asks for a copy into %s is told, and nothing is written', async ([, target]) => {
		const to = target();
		const before = existsSync(to) ? readFileSync(to) : undefined;
		await expect(link.copyTo(to)).rejects.toThrow();
		expect(existsSync(to) ? readFileSync(to) : undefined).toEqual(before);
		await run.append([note('goes on')], at);
		expect(await link.who()).toEqual(ana);
	});
});

describe('the address', () => {
	test.skipIf(process.platform === 'win32')('is for its user alone', () => {
		const address = holderAddress(path);
		expect(statSync(address).mode & 0o777).toBe(0o600);
		expect(statSync(dirname(address)).mode & 0o777).toBe(0o700);
	});

	test('is short enough for every system, however deep the run file lies', () => {
		const deep = join(folder, ...Array.from({length: 20}, () => 'a-rather-long-name'));
		mkdirSync(deep, {recursive: true});
		const file = join(deep, 'a.fieldbook');
		writeFileSync(file, '');
		expect(Buffer.byteLength(holderAddress(file))).toBeLessThan(104);
	});

	test('that a killed process left is taken by the next holder', async () => {
		const other = join(folder, 'other.fieldbook');
		const left = createRunFile(other, {}, []);
		const dead = holderAddress(other);
		writeFileSync(dead, '');
		expect(await reachHolder(other)).toBeUndefined();
		const next = await serveHolder(other, left, ana);
		const asked = await reachHolder(other);
		expect(await asked?.who()).toEqual(ana);
		asked?.close();
		await next?.close();
		await left.close();
		expect(existsSync(dead)).toBe(false);
	});

	test('of a file that nobody holds answers nothing', async () => {
		await server?.close();
		expect(await reachHolder(path)).toBeUndefined();
	});
});

async function connected(): Promise<Socket> {
	const socket = connect(holderAddress(path));
	// A server that hangs up may do so while we write.
	socket.on('error', () => {});
	await new Promise(resolve => socket.once('connect', resolve));
	return socket;
}

async function ended(socket: Socket): Promise<void> {
	socket.resume();
	await new Promise(resolve => socket.once('close', resolve));
}
