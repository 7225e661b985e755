import {spawnSync} from 'node:child_process';
import {existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {Fieldbook} from './fieldbook.js';

let fieldbook: Fieldbook;
beforeEach(() => {
	fieldbook = new Fieldbook();
});
afterEach(() => fieldbook.remove());

const steps = (middle: string) =>
	`---\nfieldbook: 1\ntitle: Local\n---\n\n# Steps\n<!-- on=local -->\n${['one', 'two', 'three']
		.map(id => `\n## ${id}\n\n\`\`\`sh id=${id}\necho ${id} >> log\n${id === 'two' ? middle : 'true'}\n\`\`\`\n`)
		.join('')}`;

/** The bytes of a text in the file, one bit of them another. */
function flip(path: string, text: string): void {
	const bytes = readFileSync(path);
	const at = bytes.indexOf(text);
	expect(at).toBeGreaterThan(0);
	bytes[at + text.length - 1] = (bytes[at + text.length - 1] ?? 0) ^ 1;
	writeFileSync(path, bytes);
}

describe('a file in which one bit was flipped', () => {
	let file = '';
	beforeEach(async () => {
		file = join(fieldbook.folder, 'a.fieldbook');
		const {status, out} = await fieldbook.run(
			'run',
			fieldbook.write('a.md', steps('true')),
			'--plain',
			'--run-file',
			file,
		);
		expect(out).toMatch(/finished/);
		expect(status).toBe(0);
		expect((await fieldbook.run('verify', file)).status).toBe(0);
		// In the end of step two
		flip(file, '"settles":"done","step":"two');
	});

	test('is found: the event is named, and the status is 5', async () => {
		const {status, err} = await fieldbook.run('verify', file);
		expect(err).toMatch(/Event \d+ \(PartEnded\) does not follow from the one before/);
		expect(err).toMatch(/--salvage NEW/);
		expect(status).toBe(5);
	});

	test('is shown as far as it can be read, listed as damaged, and not gone on with', async () => {
		const {status, out, err} = await fieldbook.run('show', file);
		expect(out).toMatch(/one/);
		expect(err).toMatch(/a\.fieldbook is damaged. Event \d+ is not as it was written/);
		expect(status).toBe(0);

		const resumed = await fieldbook.run('resume', file, '--plain');
		expect(resumed.err).toMatch(/is damaged/);
		expect(resumed.status).toBe(5);
		fieldbook.env['FIELDBOOK_HOME'] = fieldbook.folder;
		const {out: listed} = await fieldbook.run('runs');
		expect(listed).not.toMatch(/done, Local/);
	});

	test('goes on in a new file, where what was begun behind the damage is asked about', async () => {
		const salvaged = join(fieldbook.folder, 'b.fieldbook');
		const {status, out} = await fieldbook.run('verify', file, '--salvage', salvaged);
		expect(out).toMatch(/Kept in .*b\.fieldbook: events 1 to \d+, the last one PartIntended/);
		expect(out).toMatch(/Lost: \d+ events behind it/);
		expect(out).toMatch(/Begun behind it, and unknown now: three on local/);
		expect(status).toBe(0);

		const {status: resumed, out: told} = await fieldbook.run('resume', salvaged, '--plain');
		expect(told).toMatch(/two.*unknown/);
		expect(resumed).toBe(3);
		expect(readFileSync(join(fieldbook.folder, 'log'), 'utf8')).toBe('one\ntwo\nthree\n');
		expect((await fieldbook.run('verify', salvaged)).status).toBe(0);
	});
});

const canMount = spawnSync('unshare', ['--map-root-user', '--mount', 'true']).status === 0;

test.skipIf(!canMount)('what a killed process has left is read where nothing can be written', async () => {
	const medium = join(fieldbook.folder, 'medium');
	const file = join(medium, 'killed.fieldbook');
	const running = fieldbook.start(['run', fieldbook.write('a.md', steps('sleep 60')), '--plain', '--run-file', file]);
	await running.prints(/one.*done/);
	running.process.kill('SIGKILL');
	await running.ended;
	expect(existsSync(`${file}-wal`)).toBe(true);
	const left = readdirSync(medium);

	const {out, status} = await fieldbook.start(
		['show', file],
		[
			'unshare',
			'--map-root-user',
			'--mount',
			'sh',
			'-c',
			`mount --bind ${medium} ${medium} && mount -o remount,bind,ro ${medium} && exec "$@"`,
			'sh',
		],
	).ended;
	expect(out).toMatch(/one/);
	expect(status).toBe(0);
	expect((await fieldbook.run('verify', file)).status).toBe(0);
	expect(readdirSync(medium)).toEqual(left);
});
