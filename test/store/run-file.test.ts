import {createHash} from 'node:crypto';
import {mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import type {OutputKey} from '../../src/engine/ports.js';
import type {RunEvent} from '../../src/run/event.js';
import {lookAtKeptOutput, lookAtOutput, lookAtRun} from '../../src/store/look.js';
import {createMemoryStore, createRunFile, openRunFile} from '../../src/store/run-file.js';
import {HEAD_BYTES, TAIL_BYTES} from '../../src/store/stretch.js';
import {verifyRun} from '../../src/store/verify.js';

let folder = '';
let path = '';
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), 'fieldbook-store-'));
	path = join(folder, 'a.fieldbook');
});
afterEach(() => rmSync(folder, {recursive: true, force: true}));

const key: OutputKey = {step: 'flood', host: 'esxi1', attempt: 1, part: 'run'};
const intended = (attempt: number): RunEvent => ({
	type: 'PartIntended',
	...{...key, attempt, job: `r.flood.esxi1.${attempt}.run`, scriptHash: '00', changes: true},
});
const note = (text: string): RunEvent => ({type: 'NoteTaken', step: null, text, by: 'Ana'});
const at = Date.UTC(2026, 10, 20, 14, 2, 11);
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('a run file', () => {
	test('gives back events as they were, numbered from 1, also to a later process', async () => {
		const run = createRunFile(path, {title: 'Yokohama'}, [{name: 'runbook.md', bytes: Buffer.from('# Base\n')}]);
		await run.append([note('one'), note('two')], at);
		await run.append([note('three')], at + 1500);
		await run.close();

		const again = openRunFile(path);
		expect([...again.read(1)]).toMatchObject([
			{seq: 2, at: '2026-11-20T14:02:11.000Z', event: note('two')},
			{seq: 3, at: '2026-11-20T14:02:12.500Z', event: note('three')},
		]);
		expect(Buffer.from(again.blob('runbook.md') ?? []).toString()).toBe('# Base\n');
		expect(again.meta('title')).toBe('Yokohama');
		await again.append([note('four')], at + 2000);
		await again.close();
		expect(verifyRun(path)).toMatchObject({events: 4, problems: []});
	});

	test('reads on from any event, those before it was opened and those of long ago too', async () => {
		const earlier = createRunFile(path, {}, []);
		await earlier.append([note('1'), note('2')], at);
		await earlier.close();
		const run = openRunFile(path);
		for (let seq = 3; seq <= 2500; seq++) {
			await run.append([note(String(seq))], at);
		}

		for (const afterSeq of [0, 1, 2, 3, 1499, 1500, 1501, 2499, 2500, Number.MAX_SAFE_INTEGER]) {
			const read = [...run.read(afterSeq)];
			expect(read).toHaveLength(Math.max(0, 2500 - afterSeq));
			expect(
				read.every(
					({seq, event}, index) => seq === afterSeq + 1 + index && 'text' in event && event.text === String(seq),
				),
			).toBe(true);
		}

		await run.close();
	});

	test('holds each event once: no byte of an event is one that nobody reads', async () => {
		const run = createRunFile(path, {}, []);
		for (let number = 0; number < 300; number++) {
			await run.append([note(`note ${number} ${'x'.repeat(number)};`)], at);
		}

		await run.close();
		const file = readFileSync(path).toString('latin1');
		expect(Array.from({length: 300}, (_, number) => file.split(`note ${number} `).length - 1)).toEqual(
			Array.from({length: 300}, () => 1),
		);
	});

	test('is one plain file after a clean close, readable by its owner alone', async () => {
		const run = createRunFile(path, {}, []);
		await run.append([note('one')], at);
		run.writeOutput(key, 'out', Buffer.from('hello'));
		await run.close();
		expect(readdirSync(folder)).toEqual(['a.fieldbook']);
		expect(statSync(path).mode & 0o777).toBe(0o600);
	});

	test('is refused to a second opener, who is told why; a looker too', async () => {
		const run = createRunFile(path, {}, []);
		await run.append([note('one')], at);
		expect(() => openRunFile(path)).toThrowError(expect.objectContaining({code: 'run-locked', status: 5}));
		expect(() => lookAtRun(path)).toThrowError(expect.objectContaining({code: 'run-locked', status: 5}));
		await run.close();
		expect(lookAtRun(path).events).toHaveLength(1);
	});

	test.for([
		['not a database', () => writeFileSync(path, 'x'.repeat(5000)), 'run-damaged'],
		[
			'another database',
			() => new DatabaseSync(path).exec('CREATE TABLE t (a); INSERT INTO t VALUES (1)'),
			'not-a-run',
		],
		['missing', () => {}, 'not-a-run'],
	] as const)('a file that is %s is refused in words', ([, make, code]) => {
		make();
		expect(() => openRunFile(path)).toThrowError(expect.objectContaining({code, status: 5}));
	});

	test('a new run never overwrites a file', () => {
		writeFileSync(path, 'mine');
		expect(() => createRunFile(path, {}, [])).toThrowError(expect.objectContaining({code: 'run-exists', status: 5}));
		expect(readFileSync(path, 'utf8')).toBe('mine');
	});
});

describe('the hash chain', () => {
	const changed2 = 'Event 2 (NoteTaken) does not follow from the one before: it was changed or moved.';
	const output = 'The output of flood on esxi1 (attempt 1, run), which event 4 tells of, is';
	const changes: ReadonlyArray<readonly [string, string, ...(readonly string[])]> = [
		['changed text', `UPDATE event SET json = replace(json, 'two', 'TWO') WHERE seq = 2`, changed2],
		['changed time', `UPDATE event SET at = '2026-11-20T14:02:11.001Z' WHERE seq = 2`, changed2],
		['changed hash', `UPDATE event SET hash = replace(hash, '1', '2') WHERE seq = 2`, changed2],
		[
			'changed kind',
			`UPDATE event SET type = 'RunPaused' WHERE seq = 2`,
			'Event 2 is none that fieldbook wrote, or was changed.',
		],
		[
			'text that is none',
			`UPDATE event SET json = '{"type":' WHERE seq = 2`,
			'Event 2 is none that fieldbook wrote, or was changed.',
		],
		['removed event', 'DELETE FROM event WHERE seq = 2', 'Event 2 is missing.'],
		['removed stretch of events', 'DELETE FROM event WHERE seq IN (2, 3)', 'Events 2 to 3 are missing.'],
		[
			'changed order',
			'UPDATE event SET seq = CASE seq WHEN 1 THEN -2 ELSE -1 END WHERE seq < 3; UPDATE event SET seq = -seq WHERE seq < 0',
			'Event 1 (NoteTaken) does not follow from the one before: it was changed or moved.',
			changed2,
			'Event 3 (PartIntended) does not follow from the one before: it was changed or moved.',
		],
		['changed output', `UPDATE chunk SET bytes = X'00'`, `${output} not what was recorded.`],
		['changed time of output', `UPDATE chunk SET times = '[[0,7]]'`, `${output} not what was recorded.`],
		['changed stream', `UPDATE chunk SET stream = 'err'`, `${output} not what was recorded.`],
		['lost output', 'DELETE FROM chunk', `${output} gone.`],
		[
			'foreign output',
			`INSERT INTO chunk VALUES ('other', 'esxi1', 1, 'run', 0, 0, 'out', X'00', '[]')`,
			'The file keeps a stretch of output that no event tells of.',
		],
		['changed runbook', `UPDATE blob SET bytes = X'00'`, 'The kept file runbook.md is not what was recorded.'],
	];

	test.for(changes)('shows a %s', async ([, sql, ...problems]) => {
		const run = createRunFile(path, {}, [{name: 'runbook.md', bytes: Buffer.from('# Base\n')}]);
		run.writeOutput(key, 'out', Buffer.from('hello'));
		const output = run.endOutput(key);
		const ended: RunEvent = {
			type: 'PartEnded',
			...key,
			outcome: {kind: 'exited', code: 0},
			output,
			tries: 1,
			because: '',
			settles: 'done',
			captured: {},
		};
		await run.append([note('one'), note('two'), intended(1), ended], at);
		await run.close();
		expect(verifyRun(path).problems).toEqual([]);

		const db = new DatabaseSync(path);
		db.exec(sql);
		db.close();
		expect(verifyRun(path).problems).toEqual(problems);
	});

	test('a changed event stops a resume before anything is written', async () => {
		const run = createRunFile(path, {}, []);
		await run.append([note('one'), note('two')], at);
		await run.close();
		const db = new DatabaseSync(path);
		db.exec(`UPDATE event SET json = replace(json, 'one', 'ONE')`);
		db.close();
		const before = readFileSync(path);
		expect(() => openRunFile(path)).toThrowError(expect.objectContaining({code: 'run-damaged', status: 5}));
		expect(readFileSync(path).equals(before)).toBe(true);
	});

	test('a file cut short is refused, never read as a shorter run', async () => {
		const run = createRunFile(path, {}, []);
		for (let index = 0; index < 200; index++) {
			await run.append([note(`event ${index} ${'x'.repeat(300)}`)], at);
		}

		await run.close();
		truncateSync(path, Math.floor(statSync(path).size / 2 / 4096) * 4096);
		expect(() => openRunFile(path)).toThrowError(expect.objectContaining({status: 5}));
	});
});

describe('output', () => {
	test('is counted and hashed whole; both streams come back in order of arrival', async () => {
		const run = createMemoryStore();
		run.writeOutput(key, 'out', Buffer.from('a'));
		run.writeOutput(key, 'err', Buffer.from('b'));
		run.writeOutput(key, 'out', Buffer.from('c'));
		expect(run.tail(key, 2)).toMatchObject({bytes: Buffer.from('bc'), total: 3});
		expect(run.endOutput(key)).toMatchObject({bytes: 3, kept: 3, sha256: sha256(Buffer.from('abc'))});
		const chunks = [...run.readOutput(key)].map(({stream, bytes}) => [stream, Buffer.from(bytes).toString()]);
		expect(chunks).toEqual([
			['out', 'a'],
			['err', 'b'],
			['out', 'c'],
		]);
		expect(run.tail(key, 2)).toMatchObject({bytes: Buffer.from('bc'), total: 3});
		await run.close();
	});

	test('beyond the cap keeps head and tail byte for byte, and the hash over all of it', async () => {
		const run = createRunFile(path, {}, []);
		const all = Buffer.alloc(HEAD_BYTES + 3 * TAIL_BYTES + 12_345);
		for (let index = 0; index < all.length; index += 4) {
			all.writeUInt32LE(index, Math.min(index, all.length - 4));
		}

		for (let from = 0; from < all.length; from += 32_768) {
			run.writeOutput(key, 'out', all.subarray(from, from + 32_768));
		}

		const facts = run.endOutput(key);
		await run.append([note('end')], at);
		const kept = Buffer.concat([...run.readOutput(key)].map(({bytes}) => bytes));
		expect(facts).toMatchObject({bytes: all.length, kept: kept.length, sha256: sha256(all)});
		expect(kept.length).toBeLessThan(HEAD_BYTES + TAIL_BYTES + 200_000);
		expect(kept.subarray(0, HEAD_BYTES).equals(all.subarray(0, HEAD_BYTES))).toBe(true);
		expect(kept.subarray(-TAIL_BYTES).equals(all.subarray(-TAIL_BYTES))).toBe(true);
		expect(run.tail(key, 1000).bytes).toEqual(all.subarray(-1000));
		await run.close();
	});

	test('is read from any byte on that was kept, while it grows and later, and nothing stands in for what was not', async () => {
		const run = createRunFile(path, {}, []);
		const all = Buffer.alloc(HEAD_BYTES + 2 * TAIL_BYTES, 'abcdefghi\n');
		run.writeOutput(key, 'out', all.subarray(0, 100_000));
		expect(run.outputFrom(key, 65_530, 20)).toMatchObject({
			bytes: Buffer.from(all.subarray(65_530, 65_550)),
			start: 65_530,
			total: 100_000,
		});
		run.writeOutput(key, 'out', all.subarray(100_000, HEAD_BYTES));
		await run.append([note('so far')], at);
		run.writeOutput(key, 'out', all.subarray(HEAD_BYTES));
		run.endOutput(key);
		await run.append([note('end')], at);
		const {bytes} = run.outputFrom(key, HEAD_BYTES - 10, 1_000_000);
		expect(bytes.length).toBeLessThan(100_000);
		expect(all.subarray(HEAD_BYTES - 10, HEAD_BYTES - 10 + bytes.length).equals(bytes)).toBe(true);
		const behindGap = run.outputFrom(key, HEAD_BYTES + TAIL_BYTES / 2, 10);
		expect(behindGap.start).toBeGreaterThan(HEAD_BYTES + TAIL_BYTES / 2);
		expect(behindGap.bytes).toEqual(Buffer.from(all.subarray(behindGap.start, behindGap.start + 10)));
		await run.close();
		expect(lookAtOutput(path, key, all.length - 10, 100).bytes).toEqual(Buffer.from(all.subarray(-10)));
	});

	test('has the time of its bytes, to the second', async () => {
		vi.useFakeTimers({now: 1_000_000, toFake: ['Date']});
		const run = createRunFile(path, {}, []);
		run.writeOutput(key, 'out', Buffer.from('one\n'));
		vi.setSystemTime(1_000_400);
		run.writeOutput(key, 'out', Buffer.from('two\n'));
		vi.setSystemTime(1_002_000);
		run.writeOutput(key, 'out', Buffer.from('three\n'));
		vi.useRealTimers();
		const times = [
			{offset: 0, at: 1_000_000},
			{offset: 8, at: 1_002_000},
		];
		expect(run.tail(key, 100).times).toEqual(times);
		run.endOutput(key);
		await run.append([note('end')], at);
		expect(run.tail(key, 100).times).toEqual(times);
		expect(run.outputFrom(key, 8, 100)).toMatchObject({bytes: Buffer.from('three\n'), times});
		await run.close();
	});

	test('of a file of version 1, which noted no times, is read and goes on', async () => {
		const run = createRunFile(path, {}, []);
		run.writeOutput(key, 'out', Buffer.from('old\n'));
		run.endOutput(key);
		await run.append([intended(1)], at);
		await run.close();
		const db = new DatabaseSync(path);
		db.exec('DROP TABLE signature; ALTER TABLE chunk DROP COLUMN times; PRAGMA user_version = 1');
		db.close();

		expect(lookAtOutput(path, key, undefined, 100)).toMatchObject({bytes: Buffer.from('old\n'), times: []});
		const again = openRunFile(path);
		again.writeOutput({...key, attempt: 2}, 'out', Buffer.from('new\n'));
		await again.append([intended(2)], at);
		expect(again.tail(key, 100)).toMatchObject({bytes: Buffer.from('old\n'), times: []});
		await again.close();
		expect(lookAtOutput(path, {...key, attempt: 2}, undefined, 100).times.length).toBe(1);
		expect(verifyRun(path).problems).toEqual([]);
	});

	test('that changes its stream with every byte stays bounded too', async () => {
		const run = createMemoryStore();
		for (let index = 0; index < 30_000; index++) {
			run.writeOutput(key, index % 2 === 0 ? 'out' : 'err', Buffer.from([index & 0xff]));
		}

		const facts = run.endOutput(key);
		expect(facts.bytes).toBe(30_000);
		await run.append([note('end')], at);
		expect([...run.readOutput(key)].length).toBeLessThan(11_000);
		await run.close();
	});

	test('without a cap is what the hash in the event says, in a file opened again', async () => {
		const run = createRunFile(path, {}, []);
		run.writeOutput(key, 'out', Buffer.from('日本語\u001b[31m'));
		const {sha256: hash} = run.endOutput(key);
		await run.append([note('end')], at);
		await run.close();
		const again = openRunFile(path);
		expect(sha256(Buffer.concat([...again.readOutput(key)].map(({bytes}) => bytes)))).toBe(hash);
		await again.close();
	});
});

describe('output that is fetched anew', () => {
	const began = Buffer.from('copying 1 of 9\ncopying 2 of 9\n');
	const whole = Buffer.from('copying 1 of 9\ncopying 2 of 9\ndone\n');
	const kept = (pieces: Iterable<{readonly bytes: Uint8Array}>) =>
		Buffer.concat([...pieces].map(({bytes}) => bytes)).toString();

	test('takes the place of what came before the crash, with its first byte and not before', async () => {
		const run = createRunFile(path, {}, []);
		run.writeOutput(key, 'out', began);
		await run.append([note('it runs')], at);
		await run.close();

		const again = openRunFile(path);
		await again.append([note('looked up')], at);
		expect(kept(again.readOutput(key))).toBe(began.toString());
		again.writeOutput(key, 'out', whole.subarray(0, 8));
		again.writeOutput(key, 'out', whole.subarray(8));
		expect(kept(again.readOutput(key))).toBe(whole.toString());
		expect(again.outputFrom(key, 0, 1000).total).toBe(whole.length);
		expect(again.endOutput(key)).toMatchObject({bytes: whole.length, kept: whole.length, sha256: sha256(whole)});
		await again.close();
		expect(kept(lookAtKeptOutput(path, key))).toBe(whole.toString());
	});

	test('does so too where it ended a moment ago', async () => {
		const run = createRunFile(path, {}, []);
		run.writeOutput(key, 'out', began);
		run.endOutput(key);
		run.writeOutput(key, 'out', whole);
		expect(run.endOutput(key).bytes).toBe(whole.length);
		await run.close();
		expect(kept(lookAtKeptOutput(path, key))).toBe(whole.toString());
	});
});

test.skipIf(process.platform !== 'linux')('a folder that cannot be written to is told', () => {
	// Refused to root too.
	expect(() => createRunFile('/sys/a.fieldbook', {}, [])).toThrowError(
		expect.objectContaining({code: 'run-read-only', status: 5}),
	);
});
