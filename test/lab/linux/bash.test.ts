import {execFileSync} from 'node:child_process';
import {existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {type LoneMachine, loneMachine} from '../lone-machine.js';
import {topologyIn} from './linux-lab.js';

/** Scripts whose golden files were written by a real bash: `FIELDBOOK_GOLDEN=write` asks it again. */
const folder = join(import.meta.dirname, 'bash');
const names = readdirSync(folder).filter(name => name.endsWith('.sh'));

let lone: LoneMachine;
beforeAll(async () => {
	lone = await loneMachine(topologyIn('topology:\n  hosts:\n    web: { platform: linux, address: 10.0.0.1 }\n'), 'web');
});
afterAll(() => lone.stop());

test.each(names)('%s does what it does under bash', async name => {
	const script = readFileSync(join(folder, name), 'utf8');
	const golden = join(folder, name.replace(/\.sh$/, '.golden.txt'));
	if (process.env['FIELDBOOK_GOLDEN'] === 'write' && existsSync('/bin/bash')) {
		writeFileSync(golden, execFileSync('/bin/bash', ['-c', script], {encoding: 'utf8'}));
	}

	expect((await lone.run(script)).out).toBe(readFileSync(golden, 'utf8'));
});
