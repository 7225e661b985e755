import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {copyHash} from '../../src/store/kept-files.js';
import {createRunFile, openRunFile} from '../../src/store/run-file.js';
import {salvageRun} from '../../src/store/salvage.js';
import {sha256} from '../../src/store/tables.js';
import {verifyRun} from '../../src/store/verify.js';
import {started} from '../run/given.js';

let folder = '';
let path = '';
beforeEach(async () => {
	folder = mkdtempSync(join(tmpdir(), 'fieldbook-adopted-'));
	path = join(folder, 'a.fieldbook');
	const files = [
		{name: 'runbook.md', bytes: Buffer.from('# Edited\n')},
		{name: 'file:a.sh', bytes: Buffer.from('true\n')},
	];
	const copy = copyHash(files.map(({name, bytes}) => ({name, sha256: sha256(bytes)})));
	const run = createRunFile(path, {}, []);
	for (const {name, bytes} of files) {
		run.keepFile(`${copy}/${name}`, bytes);
	}

	await run.append(
		[
			started(),
			{
				type: 'RunbookAdopted',
				...{by: 'ana', runbook: {file: 'a.md', sha256: '00'}, copy, before: null, graphHash: '22'},
				...{calls: {steps: {}, phases: {}}, changed: [], reworded: [], moved: [], added: [], removed: [], values: {}},
			},
		],
		Date.UTC(2026, 10, 20),
	);
	await run.close();
});
afterEach(() => rmSync(folder, {recursive: true, force: true}));

const forged = sha256(Buffer.from('rm -rf /\n'));

test('an adopted runbook is bound by its event', () => {
	expect(verifyRun(path).problems).toEqual([]);
});

test.for([
	[
		'changed, with its hash',
		`UPDATE blob SET bytes = CAST('rm -rf /\n' AS BLOB), sha256 = '${forged}' WHERE name LIKE '%a.sh'`,
	],
	['taken away', `DELETE FROM blob WHERE name LIKE '%a.sh'`],
	[
		'put in',
		`INSERT INTO blob SELECT '${forged}', replace(name, 'a.sh', 'b.sh'), CAST('rm -rf /\n' AS BLOB) FROM blob WHERE name LIKE '%a.sh'`,
	],
])('a file of it that was %s is found, and the run is not gone on with', async ([, sql]) => {
	const db = new DatabaseSync(path);
	db.exec(sql ?? '');
	db.close();
	expect(verifyRun(path).problems).toContain('The edited runbook that event 2 adopted is not there as it was.');
	expect(() => openRunFile(path)).toThrowError(expect.objectContaining({code: 'run-damaged'}));
	const salvaged = join(folder, 'salvaged.fieldbook');
	await salvageRun(path, salvaged, {by: 'ana', device: 'laptop'}, Date.UTC(2026, 10, 21));
	expect(verifyRun(salvaged).problems).toEqual([]);
});
