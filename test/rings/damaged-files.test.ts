import {
	appendFileSync,
	copyFileSync,
	existsSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	statSync,
	truncateSync,
	writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {afterAll, beforeAll, expect, test} from 'vitest';
import type {OutputKey} from '../../src/engine/ports.js';
import type {RunEvent} from '../../src/run/event.js';
import {openDeviceKey} from '../../src/store/device-key.js';
import {keptFacts} from '../../src/store/kept-files.js';
import {lookAtRun, type SeenRun} from '../../src/store/look.js';
import {createRunFile, openRunFile} from '../../src/store/run-file.js';
import {salvageRun} from '../../src/store/salvage.js';
import {verifyRun} from '../../src/store/verify.js';
import {UserError} from '../../src/text/user-error.js';
import {cases, tell} from '../ring.js';
import {begun, contacted, ended, exited, intended, started} from '../run/given.js';
import {Chance} from '../simulation/chance.js';

/**
A sound, signed run file is damaged at random. Whatever of it fieldbook reads must be found changed; nothing may crash; and what
stands before the damage must come back byte for byte.
*/
let work = '';
let sound = '';
let events: SeenRun['events'] = [];
let rows = '';
beforeAll(async () => {
	work = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'fieldbook-damage-'));
	sound = join(work, 'sound.fieldbook');
	await makeRun(sound);
	expect(verifyRun(sound)).toMatchObject({problems: [], signed: [{}]});
	events = lookAtRun(sound).events;
	rows = rowsOf(sound) ?? '';
});
afterAll(() => rmSync(work, {recursive: true, force: true}));

const meta = {runId: 'r', title: 'Yokohama'};
const blobs = [
	{name: 'runbook.md', bytes: Buffer.from('# Base\n'.repeat(300))},
	{name: 'file:a.sh', bytes: Buffer.alloc(9000, 'echo a\n')},
];

async function makeRun(path: string): Promise<void> {
	const key = openDeviceKey(work);
	const run = createRunFile(path, meta, blobs, key);
	const first = started();
	const begins: readonly RunEvent[] =
		first.type === 'RunStarted'
			? [{...first, kept: keptFacts(meta, blobs), deviceKey: key.fingerprint}, contacted('web-1'), begun]
			: [];
	await run.append(begins, 0);
	for (let index = 0; index < 40; index++) {
		const step = `step-${index}`;
		const output: OutputKey = {step, host: 'web-1', attempt: 1, part: 'run'};
		await run.append([intended({step})], index);
		run.writeOutput(output, 'out', Buffer.alloc(index % 7 === 0 ? 90_000 : 200, `${step}\n`));
		run.writeOutput(output, 'err', Buffer.from('a warning\n'));
		const end = ended({step}, 'done', exited(0));
		await run.append([{...end, ...{output: run.endOutput(output)}} as RunEvent], index);
	}

	await run.close();
}

/** All that the file says, in words that change with any of it; undefined where SQLite cannot read it. */
function rowsOf(path: string): string | undefined {
	const db = new DatabaseSync(path, {readOnly: true});
	try {
		const tables = ['meta', 'event', 'chunk', 'blob', 'signature'];
		const header = ['application_id', 'user_version'].map(name =>
			Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {}),
		);
		const all = tables.map(table =>
			db
				.prepare(`SELECT * FROM ${table}`)
				.all()
				.map(row => Object.values(row).map(plain)),
		);
		return JSON.stringify([header, all, db.prepare('PRAGMA integrity_check').all()]);
	} catch {
		return undefined;
	} finally {
		db.close();
	}
}

function plain(value: unknown): unknown {
	return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
}

type Damage = (path: string, chance: Chance) => void;

const inBytes =
	(change: (bytes: Buffer, chance: Chance) => void): Damage =>
	(path, chance) => {
		const bytes = readFileSync(path);
		change(bytes, chance);
		writeFileSync(path, bytes);
	};
const inRows =
	(sql: (chance: Chance) => string): Damage =>
	(path, chance) => {
		const db = new DatabaseSync(path);
		db.exec(sql(chance));
		db.close();
	};
const flip = (bytes: Buffer, chance: Chance) => {
	const at = chance.below(bytes.length);
	bytes[at] = (bytes[at] ?? 0) ^ (1 << chance.below(8));
};
const page = (bytes: Buffer, chance: Chance) =>
	bytes.subarray(...range(chance.below(bytes.length / 4096) * 4096, 4096));
const range = (from: number, length: number) => [from, from + length] as const;
const someRow = (chance: Chance, table: string) =>
	`rowid = (SELECT rowid FROM ${table} ORDER BY rowid LIMIT 1 OFFSET ${chance.below(40)} % (SELECT count(*) FROM ${table}))`;
const textColumns = [
	'event.at',
	'event.type',
	'event.json',
	'event.hash',
	'chunk.step',
	'chunk.host',
	'chunk.part',
	'chunk.stream',
	'chunk.times',
	'blob.sha256',
	'blob.name',
	'signature.head',
	'signature.by',
	'signature.device',
	'signature.key',
];
const numberColumns = ['event.version', 'chunk.attempt', 'chunk.seq', 'chunk.start', 'signature.epoch'];
const byteColumns = ['chunk.bytes', 'blob.bytes', 'signature.signature'];
const update = (chance: Chance, columns: readonly string[], value: (column: string) => string) => {
	const [table = '', column = ''] = chance.pick(columns).split('.');
	return `UPDATE OR IGNORE ${table} SET ${column} = ${value(column)} WHERE ${someRow(chance, table)}`;
};

const damages: Readonly<Record<string, Damage>> = {
	'a flipped bit': inBytes(flip),
	'some flipped bits': inBytes((bytes, chance) => {
		for (let left = chance.between(2, 20); left > 0; left--) {
			flip(bytes, chance);
		}
	}),
	'a bit of the head': inBytes((bytes, chance) => flip(bytes.subarray(0, 100), chance)),
	'a zeroed page': inBytes((bytes, chance) => page(bytes, chance).fill(0)),
	'a page of junk': inBytes((bytes, chance) => {
		const junk = page(bytes, chance);
		for (let at = 0; at < junk.length; at++) {
			junk[at] = chance.below(256);
		}
	}),
	'a page in the place of another': inBytes((bytes, chance) => page(bytes, chance).copy(page(bytes, chance))),
	'an end that is cut off': (path, chance) => truncateSync(path, chance.below(statSync(path).size)),
	'junk at the end': (path, chance) => appendFileSync(path, Buffer.alloc(chance.between(1, 9000), 'junk')),
	'changed text': inRows(chance =>
		update(chance, textColumns, column => `substr(${column}, 2) || '${chance.below(10)}x'`),
	),
	'a changed number': inRows(chance => update(chance, numberColumns, column => `${column} + ${chance.between(1, 9)}`)),
	'changed bytes': inRows(chance => update(chance, byteColumns, column => `CAST(substr(${column}, 2) || 'x' AS BLOB)`)),
	'a changed word on itself': inRows(
		chance => `UPDATE meta SET value = value || 'x' WHERE key = '${chance.pick(Object.keys(meta))}'`,
	),
	'a lost row': inRows(chance => {
		const table = chance.pick(['event', 'chunk', 'blob', 'signature']);
		return `DELETE FROM ${table} WHERE ${someRow(chance, table)}`;
	}),
	'a lost end': inRows(chance => `DELETE FROM event WHERE seq > ${chance.between(1, 80)}`),
	'two events in each other’s place': inRows(chance => {
		const one = chance.between(1, 80);
		const other = one + chance.between(1, 3);
		return `UPDATE event SET seq = -seq WHERE seq IN (${one}, ${other});
			UPDATE event SET seq = CASE seq WHEN -${one} THEN ${other} ELSE ${one} END WHERE seq < 0`;
	}),
	'an event put in': inRows(
		chance =>
			`INSERT OR REPLACE INTO event SELECT ${chance.between(1, 90)}, at, type, version, json, hash FROM event WHERE seq = ${chance.between(1, 83)}`,
	),
	'output put in': inRows(
		chance =>
			`INSERT INTO chunk VALUES ('${chance.pick(['step-1', 'other'])}', 'web-1', ${chance.between(1, 2)}, 'run', 9, 0, 'out', X'00', '[]')`,
	),
	'a lost table': inRows(chance => `DROP TABLE ${chance.pick(['event', 'chunk', 'blob', 'meta', 'signature'])}`),
};

type Came = {readonly isUsed: boolean; readonly isFound: boolean; readonly salvaged: number};

async function damaged(damage: Damage, seed: number): Promise<Came> {
	const path = join(work, 'damaged.fieldbook');
	const salvaged = join(work, 'salvaged.fieldbook');
	for (const file of [path, salvaged]) {
		for (const end of ['', '-wal', '-journal', '-shm', '-reserve']) {
			rmSync(file + end, {force: true});
		}
	}

	copyFileSync(sound, path);
	damage(path, new Chance(seed));
	const before = readFileSync(path);
	const isUsed = rowsOf(path) !== rows;
	const isVerified = orTold(() => verifyRun(path).problems.length === 0) ?? false;
	const seen = orTold(() => lookAtRun(path).events) ?? [];
	expect(seen).toEqual(events.slice(0, seen.length));
	const last = await orToldLater(salvageRun(path, salvaged, {by: 'ana', device: 'desk'}, 0));
	expect(readFileSync(path).equals(before)).toBe(true);
	if (last !== undefined) {
		expect(verifyRun(salvaged).problems).toEqual([]);
		expect(lookAtRun(salvaged).events.slice(0, -1)).toEqual(events.slice(0, last.last.seq));
		expect(last.last.seq).toBeGreaterThanOrEqual(seen.length);
	}

	const isOpened = (await orToldLater(opened(path))) ?? false;
	return {isUsed, isFound: !isVerified || !isOpened, salvaged: last?.last.seq ?? 0};
}

async function opened(path: string): Promise<true> {
	await openRunFile(path).close();
	return true;
}

/** Undefined where a person is told that it cannot be. Everything else is our bug. */
function orTold<T>(look: () => T): T | undefined {
	try {
		return look();
	} catch (error) {
		if (error instanceof UserError) {
			return undefined;
		}

		throw error;
	}
}

async function orToldLater<T>(promise: Promise<T>): Promise<T | undefined> {
	return promise.catch(error =>
		orTold(() => {
			throw error;
		}),
	);
}

test('whatever is changed of what a file says is found, and what stands before it is salvaged', async () => {
	const kinds = Object.entries(damages);
	const found = {used: 0, found: 0, unused: 0, salvaged: 0};
	const missed: string[] = [];
	for (let seed = 1; seed <= cases(300, 3000); seed++) {
		const [kind, damage] = kinds[seed % kinds.length] ?? [];
		if (damage !== undefined) {
			const came = await damaged(damage, seed).catch(error => {
				throw new Error(`${kind}, seed ${seed}: ${error}`, {cause: error});
			});
			found.used += came.isUsed ? 1 : 0;
			found.unused += came.isUsed ? 0 : 1;
			found.found += came.isUsed && came.isFound ? 1 : 0;
			found.salvaged += came.salvaged > 0 ? 1 : 0;
			missed.push(...(came.isUsed && !came.isFound ? [`${kind}, seed ${seed}`] : []));
		}
	}

	tell('damaged-files', {
		mutations: found.used + found.unused,
		'of unused bytes': found.unused,
		'of used bytes': found.used,
		'of those found': found.found,
		salvaged: found.salvaged,
	});
	expect(missed).toEqual([]);
	expect(found.used).toBeGreaterThan(cases(200, 2000));
});

test('the structure alone, as SQLite checks it, misses most flipped bits', () => {
	const path = join(work, 'flipped.fieldbook');
	const count = cases(100, 1000);
	let [used, missed] = [0, 0];
	for (let seed = 1; seed <= count; seed++) {
		copyFileSync(sound, path);
		inBytes(flip)(path, new Chance(seed));
		const said = rowsOf(path);
		used += said === rows ? 0 : 1;
		missed += said !== rows && said?.endsWith('[{"integrity_check":"ok"}]]') === true ? 1 : 0;
	}

	tell('damaged-files, control (integrity_check alone)', {
		'bits flipped': count,
		'in used bytes': used,
		'missed of those': missed,
	});
	expect(missed).toBeGreaterThan(used / 2);
});
