import {createHash} from 'node:crypto';
import {copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {afterAll, beforeAll, expect, test} from 'vitest';
import * as z from 'zod';
import {foldRun} from '../../src/cli/run-list.js';
import {graphHash} from '../../src/run/graph-hash.js';
import {openRunFile} from '../../src/store/run-file.js';
import {FILE_VERSION} from '../../src/store/tables.js';
import {verifyRun} from '../../src/store/verify.js';
import {canonicalJson} from '../../src/text/canonical-json.js';
import {showJson} from '../../src/view/show.js';
import {tell} from '../ring.js';

/** Run files of every version, made by the program of that time: test/histories/README.md. */
const histories = join(import.meta.dirname, '../histories');
const recorded = join(histories, 'hashes.json');
const files = readdirSync(histories, {recursive: true, encoding: 'utf8'})
	.filter(name => name.endsWith('.fieldbook'))
	.toSorted();

let folder = '';
beforeAll(() => {
	folder = mkdtempSync(join(tmpdir(), 'fieldbook-histories-'));
});
afterAll(() => rmSync(folder, {recursive: true, force: true}));

/** What a person would see of the run, and whether it can be gone on with as it was begun. */
function stateHash(file: string): string {
	const {graph, state, exitStatus, seen} = foldRun(file);
	expect(seen.damage).toBeUndefined();
	expect(graphHash(graph)).toBe(state.started?.graphHash);
	// By name: what `show --json` tells besides one day is not what these runs were
	const {steps, measurements, tests} = showJson(graph, state, {run: ''});
	const told = {
		...{status: state.status, exitStatus, values: state.values, pace: state.pace, events: seen.events.length},
		...{startedAt: state.startedAt, finishedAt: state.finishedAt, pauses: state.pauses},
		steps: steps.map(({id, host, state: now, attempts, outcome, startedAt, finishedAt}) => {
			return {id, host, now, attempts, outcome, startedAt, finishedAt};
		}),
		measurements: measurements.map(({name, step, host, seconds, verdict}) => ({name, step, host, seconds, verdict})),
		tests: tests.map(({id, verdict}) => ({id, verdict})),
	};
	return createHash('sha256').update(canonicalJson(told)).digest('hex');
}

function versionOf(file: string): unknown {
	const db = new DatabaseSync(file, {readOnly: true});
	try {
		return db.prepare('PRAGMA user_version').get()?.['user_version'];
	} finally {
		db.close();
	}
}

test('there is a history of every version of the run file', () => {
	const versions = new Set(files.map(name => versionOf(join(histories, name))));
	expect([...versions].toSorted()).toEqual(Array.from({length: FILE_VERSION}, (_, index) => index + 1));
	tell('histories', {'run files of old': files.length, versions: versions.size});
});

test.for(files)('%s is sound, folds to the state it had, and is gone on with', async name => {
	const file = join(folder, 'old.fieldbook');
	copyFileSync(join(histories, name), file);
	expect(verifyRun(file).problems).toEqual([]);
	const hash = stateHash(file);
	const known = z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(recorded, 'utf8')));
	if (process.env['FIELDBOOK_GOLDEN'] === 'write' && known[name] === undefined) {
		// One that is there already is never changed: it is what the run was
		writeFileSync(recorded, `${JSON.stringify({...known, [name]: hash}, undefined, '\t')}\n`);
	} else {
		expect(hash).toBe(known[name]);
	}

	const run = openRunFile(file);
	await run.append([{type: 'NoteTaken', step: null, text: 'opened again', by: 'ana'}], 0);
	await run.close();
	expect(versionOf(file)).toBe(FILE_VERSION);
	expect(verifyRun(file).problems).toEqual([]);
});

test('one changed word in a history is another state', async () => {
	const [name = ''] = files;
	const file = join(folder, 'changed.fieldbook');
	copyFileSync(join(histories, name), file);
	const before = stateHash(file);
	const run = openRunFile(file);
	await run.append([{type: 'PaceSet', pace: 'phase', by: 'ana'}], 0);
	await run.close();
	expect(stateHash(file)).not.toBe(before);
});
