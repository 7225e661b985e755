import {spawnSync} from 'node:child_process';
import {mkdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {Fieldbook, root} from './fieldbook.js';

let fieldbook: Fieldbook;
beforeEach(() => {
	fieldbook = new Fieldbook();
});
afterEach(() => fieldbook.remove());

/** Each step writes a line into a file outside of the small disk, so that what ran can be told from what was recorded. */
const runbook = (log: string) =>
	`---\nfieldbook: 1\ntitle: Many\n---\n\n# Steps\n<!-- on=local -->\n${Array.from(
		{length: 60},
		(_, index) => `\nStep ${index}.\n\n\`\`\`sh id=step-${index}\necho ${index} >> ${log}\nseq 1 2000\n\`\`\`\n`,
	).join('')}`;

/** A small disk of its own needs a mount, which needs root or a user namespace. */
const canMount = spawnSync('unshare', ['--map-root-user', '--mount', 'true']).status === 0;

test.skipIf(!canMount)(
	'a full disk ends with 5, nothing is sent that is not recorded, and with room again the run goes on',
	async () => {
		const log = join(fieldbook.folder, 'log');
		const disk = join(fieldbook.folder, 'disk');
		const run = join(disk, 'many.fieldbook');
		const book = fieldbook.write('many.md', runbook(log));
		mkdirSync(disk);
		const program = `${process.execPath} ${join(root, 'bin/fieldbook.js')}`;
		const script = `
		mount -t tmpfs -o size=400k none ${disk} || exit 99
		${program} run ${book} --plain --run-file ${run}; echo "first: $?"
		wc -l < ${log}
		mount -o remount,size=20m ${disk}
		${program} resume ${run} --plain; echo "second: $?"
		${program} verify ${run}; echo "verified: $?"
		echo "shown:"; ${program} show ${run} --json
	`;
		const {out, err} = await fieldbook.start([], ['unshare', '--map-root-user', '--mount', 'sh', '-c', script]).ended;
		expect(err).toMatch(/The disk of .* is full/);
		expect(out).toMatch(/first: 5/);
		expect(out).toMatch(/verified: 0/);

		// The disk fills under an intent, and the run goes on by itself; or under an outcome, and that step is unknown.
		const {steps}: {steps: readonly {id: string; state: string}[]} = JSON.parse(out.slice(out.indexOf('shown:') + 6));
		const unknown = steps.filter(({state}) => state === 'unknown').length;
		expect(out).toMatch(unknown === 0 ? /second: 0/ : /second: 3/);
		const ran = readFileSync(log, 'utf8').trim().split('\n');
		expect(ran).toEqual(ran.map((_, index) => String(index)));
		expect(steps.filter(({state}) => state === 'done').length + unknown).toBe(ran.length);
	},
);

test.skipIf(process.platform !== 'linux')(
	'a folder that cannot be written to ends with 5, and nothing runs',
	async () => {
		const log = join(fieldbook.folder, 'log');
		const book = fieldbook.write('many.md', runbook(log));
		const {status, err} = await fieldbook.run('run', book, '--plain', '--run-file', '/sys/many.fieldbook');
		expect(err).toMatch(/cannot be written/);
		expect(err).toMatch(/--run-file/);
		expect(status).toBe(5);
	},
);
