import {spawnSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {build, type Plugin} from 'esbuild';
import {afterAll, beforeAll, expect, test} from 'vitest';
import * as z from 'zod';
import {cases, tell} from '../ring.js';

/** The engine and the store on a disk that fills at each of the first writes: see disk-full/story.ts. */
let folder = '';
beforeAll(() => {
	folder = mkdtempSync(join(tmpdir(), 'fieldbook-disk-full-'));
});
afterAll(() => rmSync(folder, {recursive: true, force: true}));

const Found = z.object({
	cases: z.int(),
	paused: z.int(),
	notBegun: z.int(),
	ended: z.int(),
	unintended: z.int(),
	lost: z.int(),
	ranTwice: z.int(),
	refusedWhileFull: z.int(),
	unknown: z.int(),
});

/** In a mount namespace of its own, with a disk of 24 MB. */
async function storiesOf(first: number, count: number, plugins: readonly Plugin[] = []) {
	const story = join(folder, 'story.mjs');
	const disk = join(folder, 'disk');
	mkdirSync(disk, {recursive: true});
	await build({
		entryPoints: [join(import.meta.dirname, 'disk-full/story.ts')],
		...{outfile: story, bundle: true, platform: 'node', format: 'esm', logLevel: 'error', plugins: [...plugins]},
		banner: {js: "import {createRequire} from 'node:module'; const require = createRequire(import.meta.url);"},
	});
	const script = `mount -t tmpfs -o size=24m none ${disk} && exec ${process.execPath} ${story} ${disk} ${first} ${count}`;
	return spawnSync('unshare', ['--map-root-user', '--mount', 'sh', '-c', script], {encoding: 'utf8'});
}

test('a disk that is full at any write pauses the run, loses nothing, runs nothing unseen, and goes on with room', async () => {
	const {status, stdout, stderr} = await storiesOf(1, cases(60, 500));
	expect(stderr).toBe('');
	expect(status).toBe(0);
	const found = Found.parse(JSON.parse(stdout));
	tell('disk-full', {
		'full disks': found.cases,
		'not begun until there was room': found.notBegun,
		'pauses that went on in the same program': found.paused,
		'ends with status 5 that were resumed': found.ended,
		'commands without a durable intent': found.unintended,
		'acknowledged events lost': found.lost,
		'steps run twice': found.ranTwice,
	});
	expect(found).toMatchObject({cases: cases(60, 500), unintended: 0, lost: 0, ranTwice: 0});
	expect(found.paused).toBeGreaterThan(found.cases / 2);
	expect(found.ended).toBeGreaterThan(0);
	expect(found.refusedWhileFull).toBe(found.paused);
});

test('without the reserve a full disk ends the program', async () => {
	const none: Plugin = {
		name: 'no reserve',
		setup: ({onLoad}) => {
			onLoad({filter: /store\/room\.ts$/}, ({path}) => ({
				contents: readFileSync(path, 'utf8').replace('const wasHeld = this.#isHeld;', 'const wasHeld = false;'),
				loader: 'ts',
			}));
		},
	};
	const {status, stdout, stderr} = await storiesOf(5, 10, [none]);
	expect(stderr).toBe('');
	expect(status).toBe(0);
	const {ended, paused} = Found.parse(JSON.parse(stdout));
	tell('disk-full, control (no reserve)', {'full disks': ended + paused, 'that ended the program': ended});
	expect(ended).toBeGreaterThan(5);
});
