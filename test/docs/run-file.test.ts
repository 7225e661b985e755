import {execFileSync, spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import type {RunEvent} from '../../src/run/event.js';
import {CHAIN_START, chainHash} from '../../src/store/chain.js';
import {openDeviceKey} from '../../src/store/device-key.js';
import {createRunFile, openRunFile} from '../../src/store/run-file.js';
import {signedText} from '../../src/store/signature.js';
import {FILE_VERSION} from '../../src/store/tables.js';
import {verifyRun} from '../../src/store/verify.js';
import {started} from '../run/given.js';

const page = readFileSync(new URL('../../docs/run-file.md', import.meta.url), 'utf8');

/** The text of each fence of this language, in order. */
const fences = (language: string) =>
	[...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, text = '']) => text);

const [chainSteps = '', signatureSteps = ''] = fences('sh');

let folder = '';
let path = '';
let fingerprint = '';
beforeAll(async () => {
	folder = mkdtempSync(join(tmpdir(), 'fieldbook-docs-'));
	path = join(folder, 'run.fieldbook');
	const key = openDeviceKey(folder);
	({fingerprint} = key);
	const run = createRunFile(path, {runId: 'r1'}, [], key);
	const by = 'ana "日本語" \\ \u007f\t';
	await run.append([started({by, deviceKey: fingerprint}), note('one\ntwo\u0001 日本語')], Date.UTC(2026, 10, 20));
	await run.close();
	const again = openRunFile(path, key);
	const resumed = {type: 'RunResumed', by, device: 'laptop', deviceKey: fingerprint, version: '1', signed: 2} as const;
	await again.append([resumed, note("it's a 'quote'")], Date.UTC(2026, 10, 21));
	await again.close();
});
afterAll(() => rmSync(folder, {recursive: true, force: true}));

function note(text: string): RunEvent {
	return {type: 'NoteTaken', step: null, text, by: 'ana'};
}

describe('docs/run-file.md', () => {
	test('shows the tables of a new file', () => {
		const db = new DatabaseSync(path);
		const tables = db.prepare('SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid').all();
		db.close();
		const shown = (fences('sql')[0] ?? '').split(';').map(plain);
		expect(shown.filter(sql => sql !== '')).toEqual(tables.map(({sql}) => plain(String(sql))));
	});

	test('says the version that is written, and tells of each one', () => {
		expect(page).toContain(`now **${FILE_VERSION}**`);
		const told = [...page.matchAll(/^\| (\d) \|[^|]*\|$/gm)].map(([, version]) => Number(version));
		expect(told).toEqual(Array.from({length: FILE_VERSION}, (_, index) => index + 1));
	});

	test('names every type of event, and no other', () => {
		const source = readFileSync(new URL('../../src/run/event.ts', import.meta.url), 'utf8');
		const types = [...source.matchAll(/readonly type: '(\w+)'/g)].map(([, type]) => type);
		const table = page.slice(page.indexOf('| about | types |'), page.indexOf('### The chain'));
		const named = [...table.matchAll(/`(\w+)`/g)].map(([, type]) => type);
		expect(named.toSorted()).toEqual([...new Set(types)].toSorted());
	});

	test('shows a chain that adds up', () => {
		const rows = [...page.matchAll(/^\| (\d) \| (\S+Z) \| `(.*)` \| `([\da-f]{64})` \|$/gm)];
		expect(rows).toHaveLength(2);
		let hash = CHAIN_START;
		for (const [, seq, at = '', json = '', shown] of rows) {
			hash = chainHash(hash, Number(seq), at, json);
			expect(shown).toBe(hash);
		}

		expect(page).toContain(CHAIN_START);
	});

	test('shows the text that is signed', () => {
		const shown = (fences('json')[0] ?? '').trim();
		expect(signedText(JSON.parse(shown))).toBe(shown);
	});

	describe.skipIf(!isThere('sqlite3') || !isThere('openssl') || !isThere('sha256sum'))('its commands', () => {
		test('find the head and the signatures that verify finds', () => {
			const {head, signed} = verifyRun(path);
			expect(sh(chainSteps, path)).toBe(`head ${head}\n`);
			const found = sh(signatureSteps, path).match(/^events .*$/gm);
			expect(found).toEqual(signed.map(({seq}) => `events 1 to ${seq}: ${fingerprint}`));
		});

		test.for([
			['an event', chainSteps, `UPDATE event SET json = replace(json, 'one', 'two') WHERE seq = 2`],
			['a hash', chainSteps, `UPDATE event SET hash = 'x' WHERE seq = 4`],
			['a head', signatureSteps, `UPDATE signature SET head = 'x' WHERE seq = 4`],
			['a signature', signatureSteps, 'UPDATE signature SET signature = zeroblob(64) WHERE seq = 2'],
		] as const)('fail where %s was changed', ([, steps, tamper]) => {
			const copy = join(folder, 'tampered.fieldbook');
			rmSync(copy, {force: true});
			const db = new DatabaseSync(path);
			db.prepare('VACUUM INTO ?').run(copy);
			db.close();
			const tampered = new DatabaseSync(copy);
			tampered.exec(tamper);
			tampered.close();
			expect(() => sh(steps, copy)).toThrow();
		});
	});
});

/** As a customer would: in a folder of his own, one failing command ends it. */
function sh(steps: string, run: string): string {
	return execFileSync('sh', ['-eu', '-c', steps], {
		cwd: folder,
		encoding: 'utf8',
		env: {PATH: process.env['PATH'], RUN: run},
		stdio: ['ignore', 'pipe', 'ignore'],
	});
}

function isThere(program: string): boolean {
	return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
}

function plain(sql: string): string {
	return sql.replaceAll(/\s+/g, ' ').trim();
}
