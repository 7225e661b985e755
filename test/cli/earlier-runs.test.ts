import {copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {estimatesFor} from '../../src/cli/earlier-runs.js';
import {root} from './fieldbook.js';

const alike = {title: 'Failover when ESXi#1 loses power', mode: 'rehearsal'} as const;
const finished = join(root, 'test/report/recorded/finished.fieldbook');

let home: string;
let environment: {readonly FIELDBOOK_HOME: string};
beforeEach(() => {
	home = mkdtempSync(join(tmpdir(), 'fieldbook-earlier-'));
	environment = {FIELDBOOK_HOME: home};
	mkdirSync(join(home, 'runs'));
});
afterEach(() => rmSync(home, {recursive: true}));

test('a run is estimated by those of its runbook, and a file that is none says nothing', async () => {
	copyFileSync(finished, join(home, 'runs/one.fieldbook'));
	writeFileSync(join(home, 'runs/broken.fieldbook'), 'nonsense');
	const estimates = await estimatesFor(alike, join(home, 'runs/now.fieldbook'), environment);
	expect(estimates.get('power-on')).toBe(241_000);
	expect(estimates.has('tidy')).toBe(false);
});

test('neither another runbook, nor a real run, nor the run itself counts', async () => {
	copyFileSync(finished, join(home, 'runs/one.fieldbook'));
	const own = join(home, 'runs/one.fieldbook');
	expect((await estimatesFor(alike, own, environment)).size).toBe(0);
	expect((await estimatesFor({...alike, title: 'Another'}, '', environment)).size).toBe(0);
	expect((await estimatesFor({...alike, mode: 'real'}, '', environment)).size).toBe(0);
});

test('without any run there is nothing to go by', async () => {
	rmSync(join(home, 'runs'), {recursive: true});
	expect((await estimatesFor(alike, '', environment)).size).toBe(0);
});
