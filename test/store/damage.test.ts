import {
	copyFileSync,
	existsSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	truncateSync,
	writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import type {OutputKey} from '../../src/engine/ports.js';
import type {RunEvent} from '../../src/run/event.js';
import {evolve, newRun} from '../../src/run/evolve.js';
import {keptFacts} from '../../src/store/kept-files.js';
import {lookAtRun} from '../../src/store/look.js';
import {createRunFile, openRunFile} from '../../src/store/run-file.js';
import {salvageRun} from '../../src/store/salvage.js';
import {verifyRun} from '../../src/store/verify.js';
import {begun, contacted, ended, exited, intended, started} from '../run/given.js';

let folder = '';
let path = '';
let salvaged = '';
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), 'fieldbook-damage-'));
	path = join(folder, 'a.fieldbook');
	salvaged = join(folder, 'b.fieldbook');
});
afterEach(() => rmSync(folder, {recursive: true, force: true}));

const at = Date.UTC(2026, 10, 20, 14, 2, 11);
const who = {by: 'ana', device: 'desk'};
const meta = {title: 'Yokohama'};
const blobs = [
	{name: 'runbook.md', bytes: Buffer.from('# Base\n')},
	{name: 'file:a.sh', bytes: Buffer.alloc(20_000, 'a')},
];
const keyOf = (step: string): OutputKey => ({step, host: 'web-1', attempt: 1, part: 'run'});

/** Ten steps with output, one after another, as a run of them would record them; events 1 to 3 begin the run. */
async function makeRun(steps = 10): Promise<void> {
	const run = createRunFile(path, meta, blobs);
	const first = started();
	const opening: readonly RunEvent[] = [
		first.type === 'RunStarted' ? {...first, kept: keptFacts(meta, blobs)} : first,
		contacted('web-1'),
		begun,
	];
	await run.append(opening, at);
	for (let index = 0; index < steps; index++) {
		const step = `step-${index}`;
		await run.append([intended({step})], at);
		run.writeOutput(keyOf(step), 'out', Buffer.alloc(3000, step));
		const output = run.endOutput(keyOf(step));
		const end = ended({step}, 'done', exited(0));
		await run.append([end.type === 'PartEnded' ? {...end, output} : end], at);
	}

	await run.close();
}

function change(sql: string): void {
	const db = new DatabaseSync(path);
	db.exec(sql);
	db.close();
}

/** Overwrites the page that holds this text, as a dying disk does. */
function trashPageWith(text: string): void {
	const bytes = readFileSync(path);
	const found = bytes.indexOf(text);
	expect(found).toBeGreaterThan(0);
	bytes.fill(0xa5, found - (found % 4096), found - (found % 4096) + 4096);
	writeFileSync(path, bytes);
}

describe('a damaged file', () => {
	test('is shown up to the damage, and says so', async () => {
		await makeRun();
		change(`UPDATE event SET json = replace(json, 'step-3', 'step-4') WHERE seq = 11`);
		const {events, damage} = lookAtRun(path);
		expect(events).toHaveLength(10);
		expect(damage).toMatch(/Event 11/);
	});

	test('goes on in a new file, with all that its chain proves, and what was begun behind it is unknown', async () => {
		await makeRun();
		change(`UPDATE event SET json = replace(json, 'step-3', 'step-4') WHERE seq = 11`);
		const before = readFileSync(path);
		const salvage = await salvageRun(path, salvaged, who, at);
		expect(salvage).toMatchObject({last: {seq: 10}, lost: 13, without: {output: [], files: []}});
		expect(readFileSync(path).equals(before)).toBe(true);

		expect(verifyRun(salvaged)).toMatchObject({events: 11, problems: []});
		const run = openRunFile(salvaged);
		expect(Buffer.from(run.blob('file:a.sh') ?? []).equals(Buffer.alloc(20_000, 'a'))).toBe(true);
		expect([...run.readOutput(keyOf('step-2'))].map(({bytes}) => bytes.length)).toEqual([3000]);
		const state = [...run.read(0)].reduce(evolve, newRun);
		expect(state).toMatchObject({pace: 'step', salvagedFrom: 10});
		expect(state.progress.get('step-2@web-1')?.state).toBe('done');
		expect(state.progress.get('step-4@web-1')).toMatchObject({state: 'unknown', attempt: 1, newest: 1});
		expect(state.progress.get('step-9@web-1')?.state).toBe('unknown');
		await run.close();
	});

	test('of which a page is gone is read up to there', async () => {
		await makeRun(200);
		trashPageWith('"step":"step-100"');
		const {problems} = verifyRun(path);
		expect(problems.join('\n')).toMatch(/SQLite finds the file damaged/);
		expect(problems.join('\n')).toMatch(/Event \d+ cannot be read/);
		const {events, damage} = lookAtRun(path);
		expect(damage).toMatch(/cannot be read/);
		expect(events.length).toBeGreaterThan(100);

		const {last, begun: behind} = await salvageRun(path, salvaged, who, at);
		expect(last.seq).toBe(events.length);
		expect(behind.map(({step}) => step)).toContain('step-199');
		expect(verifyRun(salvaged).problems).toEqual([]);
	});

	test('that lost output or a kept file keeps its events, and the new file says what is missing', async () => {
		await makeRun();
		change(`UPDATE chunk SET bytes = X'00' WHERE step = 'step-2'; DELETE FROM blob WHERE name = 'file:a.sh'`);
		const salvage = await salvageRun(path, salvaged, who, at);
		expect(salvage).toMatchObject({lost: 0, without: {output: [keyOf('step-2')], files: ['file:a.sh']}});
		expect(lookAtRun(salvaged).events.at(-1)?.event).toMatchObject({type: 'RunSalvaged', ...who, lost: 0});
		expect(verifyRun(salvaged).problems).toEqual([]);
	});

	test('never overwrites another one', async () => {
		await makeRun();
		change('DELETE FROM event WHERE seq = 5');
		writeFileSync(salvaged, 'mine');
		await expect(salvageRun(path, salvaged, who, at)).rejects.toMatchObject({code: 'run-exists'});
		expect(readFileSync(salvaged, 'utf8')).toBe('mine');
	});

	test('of which nothing can be proved is refused in words, and no new file is left', async () => {
		await makeRun();
		change(`UPDATE event SET at = '' WHERE seq = 1`);
		await expect(salvageRun(path, salvaged, who, at)).rejects.toMatchObject({code: 'run-damaged', status: 5});
		expect(existsSync(salvaged)).toBe(false);
	});

	test.for([
		['a changed kept file', `UPDATE blob SET bytes = X'00' WHERE name = 'file:a.sh'`],
		['a kept file of another name', `UPDATE blob SET name = 'file:b.sh' WHERE name = 'file:a.sh'`],
		['a changed word on itself', `UPDATE meta SET value = 'Osaka'`],
	] as const)('with %s is not gone on with', async ([, sql]) => {
		await makeRun();
		change(sql);
		expect(verifyRun(path).problems).not.toEqual([]);
		expect(lookAtRun(path).damage).toBeDefined();
		expect(() => openRunFile(path)).toThrowError(expect.objectContaining({code: 'run-damaged', status: 5}));
	});

	test.for([
		['nothing', () => writeFileSync(path, '')],
		['noise', () => writeFileSync(path, 'x'.repeat(9000))],
		['another database', () => change('CREATE TABLE t (a)')],
	] as const)('that is %s is a problem, no error', ([, make]) => {
		make();
		expect(verifyRun(path)).toMatchObject({events: 0, problems: [expect.any(String)]});
	});

	test('that was cut anywhere is found, read and salvaged, or refused in words', async () => {
		await makeRun(40);
		const size = statSync(path).size;
		for (let keep = size - 4096; keep > 0; keep -= 4096) {
			truncateSync(path, keep);
			expect(verifyRun(path).problems).not.toEqual([]);
			rmSync(salvaged, {force: true});
			const kept = await salvageRun(path, salvaged, who, at).catch(error => error.code);
			if (kept !== 'run-damaged') {
				expect(verifyRun(salvaged).problems).toEqual([]);
			}
		}
	});
});

describe('looking', () => {
	const leaveOpen = async () => {
		const run = createRunFile(path, meta, blobs);
		await run.append([started()], at);
		await run.append([contacted('web-1'), begun], at);
		// As a killed process leaves it: the log beside the file holds all of it
		for (const end of ['', '-wal']) {
			copyFileSync(path + end, join(folder, `killed.fieldbook${end}`));
		}

		await run.close();
		rmSync(path);
		path = join(folder, 'killed.fieldbook');
	};

	test('takes in what a killed process has left, and leaves nothing beside the file', async () => {
		await leaveOpen();
		const before = readFileSync(path);
		expect(lookAtRun(path).events).toHaveLength(3);
		expect(verifyRun(path)).toMatchObject({events: 3, problems: []});
		expect(readdirSync(folder)).toEqual(['killed.fieldbook', 'killed.fieldbook-wal']);
		expect(readFileSync(path).equals(before)).toBe(true);
	});
});
