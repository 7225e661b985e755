import {execFileSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {topologyIn} from './linux/linux-lab.js';
import {type LoneMachine, loneMachine} from './lone-machine.js';

/**
Many small scripts, of the kinds that runbooks are made of, on a host of each family.

What they print was written down by real tools: busybox for ESXi, bash with GNU's for Linux. `FIELDBOOK_GOLDEN=write` asks
those again, where they are installed.
*/
const folder = join(import.meta.dirname, 'shell');
const busybox = '/usr/bin/busybox';
const scripts = readFileSync(join(folder, 'small-scripts.txt'), 'utf8').split(/^%%\n/m);

const families = [
	{family: 'busybox', host: '{ platform: esxi, address: 172.31.255.2 }', lacks: /\b(tr|comm)\b/},
	{family: 'gnu', host: '{ platform: linux, address: 172.31.255.11 }', lacks: /^$/},
] as const;

describe.each(families)('as $family', ({family, host, lacks}) => {
	const golden = join(folder, `small-scripts.${family}.txt`);
	const known = scripts.filter(script => !lacks.test(script));
	let lone: LoneMachine;
	let answers: readonly string[];
	beforeAll(async () => {
		if (process.env['FIELDBOOK_GOLDEN'] === 'write') {
			writeFileSync(golden, known.map(script => `${script}--\n${realAnswer(family, script)}`).join('%%\n'));
		}

		answers = readFileSync(golden, 'utf8').split(/^%%\n/m);
		lone = await loneMachine(topologyIn(`topology: { hosts: { one: ${host} } }`), 'one');
	}, 600_000);
	afterAll(() => lone?.stop());

	test.each(known.map((script, index) => ({script, index})))('$script', async ({script, index}) => {
		const {out, status} = await lone.run(`mkdir /tmp/${index}; cd /tmp/${index}\n${script}`);

		expect(`${script}--\n${out}exit ${status}\n`).toBe(answers[index]);
	});
});

/** In an empty folder, with no other programs than those of the family. */
function realAnswer(family: 'busybox' | 'gnu', script: string): string {
	const place = mkdtempSync(join(tmpdir(), 'small-scripts-'));
	const bin = join(place, 'bin');
	const work = join(place, 'work');
	mkdirSync(bin);
	mkdirSync(work);
	try {
		if (family === 'busybox') {
			for (const applet of execFileSync(busybox, ['--list'], {encoding: 'utf8'}).trim().split('\n')) {
				symlinkSync(busybox, join(bin, applet));
			}
		}

		const shell = family === 'busybox' ? `${bin}/ash` : '/usr/bin/bash';
		return execFileSync('/bin/sh', ['-c', '"$1" -c "$0"; echo "exit $?"', script, shell], {
			encoding: 'utf8',
			env: {PATH: family === 'busybox' ? bin : '/usr/bin:/bin', HOME: '/', LC_ALL: 'C.UTF-8'},
			cwd: work,
			stdio: ['ignore', 'pipe', 'ignore'],
		});
	} finally {
		rmSync(place, {recursive: true, force: true});
	}
}
