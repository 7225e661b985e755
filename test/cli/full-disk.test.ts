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
		(_, index) => `\nStep ${index}.\n\n\`\`\`sh id=step-${index}\necho ${index} >> ${log}\nseq 1 60000\n\`\`\`\n`,
	).join('')}`;

/** A small disk of its own needs a mount, which needs root or a user namespace. */
const canMount = spawnSync('unshare', ['--map-root-user', '--mount', 'true']).status === 0;

test.skipIf(!canMount)(
	'a full disk pauses the run with every outcome kept, ends with 5, and with room again it goes on to the end',
	async () => {
		const log = join(fieldbook.folder, 'log');
		const disk = join(fieldbook.folder, 'disk');
		const run = join(disk, 'many.fieldbook');
		const book = fieldbook.write('many.md', runbook(log));
		mkdirSync(disk);
		const program = `${process.execPath} ${join(root, 'bin/fieldbook.js')}`;
		const script = `
		mount -t tmpfs -o size=14m none ${disk} || exit 99
		${program} run ${book} --plain --run-file ${run}; echo "first: $?"
		ls ${disk}; ${program} verify ${run}; echo "verified: $?"
		head -c 20m /dev/zero > ${disk}/other 2>&-
		${program} resume ${run} --plain; echo "full: $?"
		rm ${disk}/other
		mount -o remount,size=80m ${disk}
		${program} resume ${run} --plain; echo "second: $?"
		${program} verify ${run}; echo "verified again: $?"
		ls ${disk}; echo "shown:"; ${program} show ${run} --json
	`;
		const {out, err} = await fieldbook.start([], ['unshare', '--map-root-user', '--mount', 'sh', '-c', script]).ended;
		expect(out).toMatch(/The run is paused: the disk is full/);
		expect(out).toMatch(/Free some space on it, then go on/);
		expect(out).toMatch(/first: 5\nmany.fieldbook\n.*chain complete.*\n( .*\n)*verified: 0/);
		expect(err).toMatch(/The disk of .* is full: 0.0 MB free, 8.0 MB wanted/);
		expect(out).toMatch(/full: 5/);
		expect(out).toMatch(/second: 0/);
		expect(out).toMatch(/verified again: 0\nmany.fieldbook\nshown:/);
		const {steps}: {steps: readonly {state: string}[]} = JSON.parse(out.slice(out.indexOf('shown:') + 6));
		expect(steps.filter(({state}) => state === 'done')).toHaveLength(60);
		const ran = readFileSync(log, 'utf8').trim().split('\n');
		expect(ran).toEqual(Array.from({length: 60}, (_, index) => String(index)));
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
