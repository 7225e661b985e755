import {copyFileSync, mkdirSync, utimesSync} from 'node:fs';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {listRuns} from '../../src/cli/run-list.js';
import {lookAtRun} from '../../src/store/look.js';
import {Fieldbook, root} from './fieldbook.js';

let fieldbook: Fieldbook;
let runs: string;
beforeEach(() => {
	fieldbook = new Fieldbook();
	runs = join(fieldbook.env['FIELDBOOK_HOME'] ?? '', 'runs');
	mkdirSync(runs, {recursive: true});
});
afterEach(() => fieldbook.remove());

const saved = new Date('2031-02-03T04:05:06Z');

test('a run that came by mail is as old as what was done last in it, not as its file', async () => {
	const book = fieldbook.write('one.md', '---\nfieldbook: 1\n---\n\n```sh on=local\ntrue\n```\n');
	const file = join(runs, 'one.fieldbook');
	expect(await fieldbook.run('run', book, '--plain', '--run-file', file)).toMatchObject({status: 0});
	utimesSync(file, saved, saved);

	const [listed] = await listRuns(fieldbook.env);
	expect(listed?.changedAt).toBe(Date.parse(lookAtRun(file).events.at(-1)?.at ?? ''));
});

test("a rehearsal is as old as its file: its own times are the lab's", async () => {
	const file = join(runs, 'finished.fieldbook');
	copyFileSync(join(root, 'test/report/recorded/finished.fieldbook'), file);
	utimesSync(file, saved, saved);

	const [listed] = await listRuns(fieldbook.env);
	expect(listed?.changedAt).toBe(saved.getTime());
});
