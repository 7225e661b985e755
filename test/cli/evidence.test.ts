import {chmodSync, copyFileSync, existsSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test, vi} from 'vitest';
import {writeReport} from '../../src/cli/report.js';
import {reviewRun} from '../../src/cli/review.js';
import {lookAtRun} from '../../src/store/look.js';
import {startInTerminal} from '../terminal.js';
import {Fieldbook, root} from './fieldbook.js';

const book = [
	...['---', 'fieldbook: 1', '---', '', '# Proof', '', '- [ ] Take a picture. <!-- id=picture needs=photo -->'],
	...['', 'Count.', '', '```sh on=local id=count readonly', 'seq 1 40', '```', ''],
].join('\n');
const png = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1]);
const entry = join(root, 'dist/main.js');
const nobody = async () => false;

let fieldbook: Fieldbook;
let finished: string;
beforeAll(async () => {
	fieldbook = new Fieldbook();
	fieldbook.write('lab.yaml', 'topology: vmware-host-clustering\nstart: esxi-ready\n');
	fieldbook.write('site.yaml', '');
	fieldbook.write('rack.png', png);
	finished = join(fieldbook.folder, 'proof.fieldbook');
	const words = ['rehearse', fieldbook.write('proof.md', book), '--run-file', finished, '--plain', '--yes'];
	expect(await fieldbook.run(...words)).toMatchObject({status: 0});
});
afterAll(() => fieldbook.remove());

/** A finished run of its own for a test to write to. */
function copyOf(name: string): string {
	const copy = join(fieldbook.folder, `${name}.fieldbook`);
	copyFileSync(finished, copy);
	return copy;
}

describe('fieldbook evidence', () => {
	test('adds to a run that is over, signs it anew, and the report says that it came later', async () => {
		const run = copyOf('later');
		const before = lookAtRun(run).events.length;
		const added = await fieldbook.run('evidence', run, 'count', '--file', 'rack.png', '--note', 'It was dark.');
		expect(added).toMatchObject({status: 0, err: ''});
		const {events, signed} = lookAtRun(run);
		expect(events.slice(before).map(({event}) => event.type)).toEqual(['RunResumed', 'EvidenceTaken', 'NoteTaken']);
		expect(signed?.seq).toBe(events.length);
		expect((await fieldbook.run('verify', run)).out).toContain(`events ${before + 1} to ${before + 3} signed by`);
		expect((await fieldbook.run('show', run)).out).toMatch(/Count +done +\(with photo\)/);
		const {out: html} = await fieldbook.run('export', run, '--format', 'html');
		expect(html).toMatch(
			/<figure><img src="data:image\/png;[\s\S]*rack\.png, 9 bytes, by \S+, [^<]*, after the end of the run/,
		);
		expect(html).toMatch(/It was dark\. <span[^>]*>note by [^<]*after the end of the run/);
		const {out: json} = await fieldbook.run('export', run, '--format', 'json');
		const steps = JSON.parse(json).steps as ReadonlyArray<{evidence: ReadonlyArray<{kind: string; afterEnd: boolean}>}>;
		expect(steps.flatMap(({evidence}) => evidence)).toMatchObject([
			{kind: 'photo', afterEnd: false},
			{kind: 'photo', afterEnd: true},
		]);
	});

	test('writes all that it was given, or nothing, and never goes on with the run', async () => {
		const run = copyOf('refused');
		const before = readFileSync(run);
		for (const words of [
			['nowhere', '--text', 'x'],
			['count', '--host', 'esxi9', '--text', 'x'],
			['count', '--file', 'nothing.png'],
			['count', '--text', 'x', '--note', ' '],
			['count'],
		]) {
			expect(await fieldbook.run('evidence', run, ...words)).toMatchObject({status: 2, out: ''});
		}
		const {events} = lookAtRun(run);
		expect(events.at(-1)?.event.type).toBe('RunFinished');
		expect(readFileSync(run).length).toBe(before.length);
		expect(await fieldbook.run('resume', run, '--plain')).toMatchObject({status: 5});
	});
});

describe('a run that is looked at again', () => {
	test('takes evidence and notes, shows them at once, and refuses everything else', async () => {
		const run = copyOf('review');
		process.env['FIELDBOOK_HOME'] = join(fieldbook.folder, 'home');
		const {handle} = reviewRun(run);
		const {events} = await handle.pull({afterSeq: 0, output: undefined});
		const evidence = {kind: 'evidence', step: 'count', text: 'all forty', file: null} as const;
		const [answer, pulled] = await Promise.all([
			handle.request(evidence),
			handle.pull({
				afterSeq: events.length,
				output: {step: 'count', host: 'local', attempt: 1, part: 'run', maxBytes: 100},
			}),
		]);
		expect(answer).toEqual({accepted: true});
		expect(pulled.events.map(({event}) => event.type)).toEqual(['RunResumed', 'EvidenceTaken']);
		expect(await handle.request({kind: 'begin'})).toEqual({accepted: false, because: 'This run is over.'});
		await handle.close();
		delete process.env['FIELDBOOK_HOME'];
	});
});

describe('the report from the screen', () => {
	test('lies beside the run, and an earlier one of the same run is replaced', async () => {
		const run = copyOf('report');
		const {file, isOpened} = await writeReport(run, {entry, open: nobody});
		expect({file, isOpened}).toEqual({file: run.replace(/fieldbook$/, 'html'), isOpened: false});
		const first = readFileSync(file, 'utf8');
		expect(first).toContain('<h1');
		expect((await writeReport(run, {entry, open: nobody})).file).toBe(file);
		expect(readFileSync(file, 'utf8')).toBe(first);
	});

	test.each([
		['a page of somebody', (file: string) => writeFileSync(file, '<!doctype html>mine')],
		[
			'the report of another run',
			(file: string) => writeFileSync(file, '<meta name="generator" content="fieldbook, run x">'),
		],
		['a link', (file: string) => symlinkSync(join(fieldbook.folder, 'target'), file)],
	] as const)('never goes over %s', async (what, make) => {
		const run = copyOf(what.replaceAll(' ', '-'));
		const taken = run.replace(/fieldbook$/, 'html');
		make(taken);
		const {file} = await writeReport(run, {entry, open: nobody});
		expect(file).toBe(run.replace(/\.fieldbook$/, '-2.html'));
		expect(existsSync(join(fieldbook.folder, 'target'))).toBe(false);
	});

	test('is opened where there is a display, and not where there is none, or nothing to open it with', async () => {
		const run = copyOf('opened');
		const opener = fieldbook.write('xdg-open', `#!/bin/sh\nprintf '%s' "$*" >'${join(fieldbook.folder, 'opened')}'\n`);
		chmodSync(opener, 0o700);
		const openedWith = async (environment: Readonly<Record<string, string | undefined>>) => {
			for (const [name, value] of Object.entries({SSH_CONNECTION: undefined, ...environment})) {
				vi.stubEnv(name, value);
			}

			try {
				return await writeReport(run, {entry});
			} finally {
				vi.unstubAllEnvs();
			}
		};
		const noDisplay = {DISPLAY: undefined, WAYLAND_DISPLAY: undefined};
		expect(await openedWith({...noDisplay, PATH: fieldbook.folder})).toMatchObject({isOpened: false});
		expect(await openedWith({DISPLAY: ':0', PATH: join(fieldbook.folder, 'none')})).toMatchObject({isOpened: false});
		expect(existsSync(join(fieldbook.folder, 'opened'))).toBe(false);

		const {file, isOpened} = await openedWith({DISPLAY: ':0', PATH: `${fieldbook.folder}:${process.env['PATH']}`});
		expect(isOpened).toBe(true);
		await vi.waitFor(() => expect(readFileSync(join(fieldbook.folder, 'opened'), 'utf8')).toBe(file), 20_000);
	});

	test('of a damaged run is refused with what is wrong, and leaves nothing behind', async () => {
		const run = copyOf('damaged');
		const bytes = readFileSync(run);
		bytes.write('QuickTime', bytes.indexOf('Take a picture'));
		writeFileSync(run, bytes);
		chmodSync(run, 0o600);
		await expect(writeReport(run, {entry, open: nobody})).rejects.toThrow(/not as fieldbook wrote it/);
		expect(existsSync(run.replace(/fieldbook$/, 'html'))).toBe(false);
	});
});

test('in a terminal: a finished run is walked, gets a file, and its report is written', {timeout: 60_000}, async () => {
	const home = join(fieldbook.folder, 'home');
	await fieldbook.run('rehearse', join(fieldbook.folder, 'proof.md'), '--plain', '--yes');
	const program = startInTerminal([process.execPath, join(root, 'bin/fieldbook.js')], {
		columns: 100,
		rows: 30,
		env: {...fieldbook.env, FIELDBOOK_HOME: home},
		cwd: fieldbook.folder,
	});
	await program.waitFor('Finished');
	program.press('End');
	await program.waitFor('look at it');
	program.press('Enter');
	await program.waitFor('All done');
	program.press('Enter');
	await program.waitFor('next step');
	program.press('Enter');
	await program.waitFor(/39\n.*40\n/);
	program.press('A');
	await program.waitFor('path of a file');
	program.press('@rack.png');
	await program.waitFor('keep the file');
	// What has just come up takes no Enter yet; once it has, there is nothing more to keep
	await vi.waitUntil(
		() => {
			const isHeard = !program.screen().includes('keep the file');
			if (!isHeard) {
				program.press('Enter');
			}

			return isHeard;
		},
		{timeout: 20_000, interval: 350},
	);
	await program.waitFor(/kept +photo .*rack\.png \(9 bytes\)/);
	program.press('W');
	await program.waitFor('.html is written beside the run file.');
	program.press('q');
	expect((await program.exited).status).toBe(0);
});
