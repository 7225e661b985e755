import {mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import type {RunEvent} from '../../src/run/event.js';
import {lookAtRun} from '../../src/store/look.js';
import {createRunFile} from '../../src/store/run-file.js';
import {verifyRun} from '../../src/store/verify.js';

let folder = '';
let path = '';
beforeEach(() => {
	folder = join(mkdtempSync(join(tmpdir(), 'fieldbook-presence-')), 'runs');
	mkdirSync(folder);
	path = join(folder, 'a.fieldbook');
});
afterEach(() => rmSync(dirname(folder), {recursive: true, force: true}));

const note = (text: string): RunEvent => ({type: 'NoteTaken', step: null, text, by: 'Ana'});
const notesIn = (file: string) =>
	lookAtRun(file).events.map(({event}) => (event.type === 'NoteTaken' ? event.text : event.type));

describe.skipIf(process.platform === 'win32')('a run file that is taken away while it is open', () => {
	test.for([
		['removed', () => rmSync(path), 'a.fieldbook'],
		['removed with its folder', () => rmSync(folder, {recursive: true}), 'a.fieldbook'],
		['renamed', () => renameSync(path, join(folder, 'b.fieldbook')), 'a.fieldbook'],
		[
			'replaced',
			() => {
				rmSync(path);
				writeFileSync(path, 'another');
			},
			'a-rescued.fieldbook',
		],
	] as const)('%s: the next event is refused, and all before it stands in a new file', async ([, takeAway, kept]) => {
		const run = createRunFile(path, {}, []);
		await run.append([note('one'), note('two')], 0);
		takeAway();
		await expect(run.append([note('three')], 1)).rejects.toMatchObject({code: 'run-file-gone', status: 5});
		await run.close();

		const rescued = join(folder, kept);
		expect(notesIn(rescued)).toEqual(['one', 'two']);
		expect(verifyRun(rescued).problems).toEqual([]);
		expect(statSync(rescued).mode & 0o777).toBe(0o600);
		expect(readdirSync(folder).filter(name => /-(?:wal|shm|reserve)$/.test(name))).toEqual([]);
	});

	test('is found missing at the latest when it is closed', async () => {
		const run = createRunFile(path, {}, []);
		await run.append([note('one')], 0);
		rmSync(path);
		await expect(run.close()).rejects.toMatchObject({code: 'run-file-gone'});
		expect(notesIn(path)).toEqual(['one']);
	});
});
