import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {afterEach, beforeAll, describe, expect, test} from 'vitest';
import {startInTerminal, type TerminalProgram} from '../terminal.js';
import {bundleProgram} from './bundle.js';

/**
What a person sees, as pictures to look at: `golden/pictures/*.svg`. A frame that changes fails here until somebody has looked
at the new one (`FIELDBOOK_GOLDEN=write` draws them anew).
*/

let program: string;
let terminal: TerminalProgram | undefined;

beforeAll(async () => {
	program = await bundleProgram();
});
afterEach(() => terminal?.stop());

type Scene = {
	readonly name: string;
	readonly size: readonly [columns: number, rows: number];
	readonly start: readonly string[];
	readonly env?: Readonly<Record<string, string>>;
	/** Pressed in turn, each until the next text is there. */
	readonly walk: ReadonlyArray<readonly [until: string | RegExp, key?: string]>;
};

const toRun: Scene['walk'] = [['ESXi 7', 'Enter'], ['run on both']];

const scenes: readonly Scene[] = [
	{name: 'home', size: [80, 24], start: [], walk: [['1 unfinished']]},
	{name: 'home-60x15', size: [60, 15], start: [], walk: [['1 unfinished']]},
	{name: 'sheet', size: [120, 40], start: ['--first', 'sheet'], walk: [['iSCSI address']]},
	{name: 'first-contact', size: [80, 24], start: ['--first', 'run', '--scene', 'first'], walk: [['SHA256:9aPq']]},
	{name: 'step-80x24', size: [80, 24], start: ['--first', 'run'], walk: toRun},
	{name: 'step-120x40', size: [120, 40], start: ['--first', 'run'], walk: toRun},
	{name: 'step-160x45', size: [160, 45], start: ['--first', 'run', '--mode', 'rehearsal'], walk: toRun},
	{name: 'step-60x15', size: [60, 15], start: ['--first', 'run'], walk: toRun},
	{name: 'japanese', size: [120, 40], start: ['--first', 'run', '--scene', 'japanese'], walk: toRun},
	{name: 'ascii', size: [100, 30], start: ['--first', 'run', '--ascii'], walk: toRun},
	{name: 'no-colour', size: [100, 30], start: ['--first', 'run', '--plain'], walk: toRun},
	{
		name: 'search',
		size: [100, 30],
		start: ['--first', 'run'],
		walk: [...toRun.slice(0, 1), ['run on both', '/'], ['Search all output']],
	},
	{
		name: 'help',
		size: [120, 40],
		start: ['--first', 'run'],
		walk: [...toRun.slice(0, 1), ['run on both', '?'], ['─ Keys ─']],
	},
];

describe('a picture of', () => {
	test.each(scenes)('$name', async ({name, size: [columns, rows], start, env = {}, walk}) => {
		const at = startInTerminal([process.execPath, program, ...start], {columns, rows, env: {TZ: 'UTC', ...env}});
		terminal = at;
		for (const [index, [text, key]] of walk.entries()) {
			const next = walk[index + 1]?.[0];
			await at.waitFor(text);
			if (key !== undefined && next !== undefined) {
				await insist(at, key, next);
			}
		}

		const file = fileURLToPath(new URL(`golden/pictures/${name}.svg`, import.meta.url));
		if (process.env['FIELDBOOK_GOLDEN'] === 'write') {
			mkdirSync(fileURLToPath(new URL('golden/pictures/', import.meta.url)), {recursive: true});
			writeFileSync(file, at.svg());
		}

		const golden = readFileSync(file, 'utf8');
		await at.waitFor(() => at.svg() === golden).catch(() => expect(at.svg()).toBe(golden));
	});
});

/** For 300 ms after something came up no key confirms, so Enter is pressed again, but never on what came of it. */
async function insist(at: TerminalProgram, key: string, until: string | RegExp): Promise<void> {
	at.press(key);
	const pressing =
		key === 'Enter' ? setInterval(() => at.screen().includes('Preflight') && at.press(key), 500) : undefined;
	try {
		await at.waitFor(until);
	} finally {
		clearInterval(pressing);
	}
}
