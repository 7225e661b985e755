import {describe, expect, test} from 'vitest';
import type {OutputWindow} from '../../src/engine/ports.js';
import {textOf} from '../../src/text/output-line.js';
import {highlighted, keptLines, linesOf} from '../../src/ui/log/lines.js';
import type {OpenRun} from '../../src/ui/workbench.js';
import {setUp, single} from './fixtures.js';
import {atRun} from './people.js';

const numbered = (count: number) =>
	Array.from({length: count}, (_, index) => `line ${index}${index % 100 === 7 ? ' has an error' : ''}\n`).join('');

function windowOf(text: string, start = 0, times: OutputWindow['times'] = []): OutputWindow {
	const bytes = Buffer.from(text);
	return {bytes, start, total: start + bytes.length, times, lastAt: 0};
}

describe('a search in the log', () => {
	test('finds a line in the output of any step, and reads around it', async () => {
		const {desk} = await atRun(setUp, {
			plays: {
				'ssh-service@esxi1': {output: 'all fine\n'},
				'ssh-service@esxi2': {output: 'one\ntwo\nan Error was here\nthree\n'},
			},
		});
		await desk.press('enter', '/', 'e', 'r', 'r', 'o', 'r', 'enter');
		expect(desk.screen()).toContain('1 line, newest last');
		expect(desk.screen()).toMatch(/esxi2 {2}an Error was here/);
		await desk.press('enter');
		expect(desk.screen()).toMatch(/one\n.*two\n▌.*an Error was here\n.*three/);
		await desk.press('esc');
		expect(desk.screen()).toContain('1 line, newest last');
		await desk.press('esc');
		expect(desk.screen()).toContain('Outline');
	});

	test('goes from one line to the next, over the edge of what was read', async () => {
		const {desk} = await atRun(single, {plays: {flood: {output: numbered(30_000)}}});
		await desk.press('enter', '/', 'e', 'r', 'r', 'o', 'r', 'enter');
		expect(desk.screen()).toContain('300 lines, newest last');
		await desk.press('home', 'enter');
		expect(desk.screen()).toContain('line 7 has an error');
		await desk.press(...Array<string>(200).fill('n'));
		expect(desk.screen()).toContain('line 20007 has an error');
		await desk.press('N');
		expect(desk.screen()).toMatch(/▌.*line 19907 has an error/);
	});

	test('says so where nothing has the text', async () => {
		const {desk} = await atRun(single, {plays: {flood: {output: 'fine\n'}}});
		await desk.press('enter', '/', 'x', 'enter');
		expect(desk.screen()).toContain('nothing has "x"');
	});

	test('does not take letters for keys while the text is typed', async () => {
		const {desk} = await atRun(single);
		await desk.press('/', 'q', 's', 'd');
		expect(desk.left()).toBeUndefined();
		expect(desk.screen()).toContain('qsd');
	});
});

describe('output read whole', () => {
	test('is scrolled from its first line to its last, however long it is, and back', async () => {
		const {desk} = await atRun(single, {plays: {flood: {output: numbered(60_000), hangs: true}}});
		await desk.press('enter', '3', 'v');
		expect(desk.screen()).toMatch(/line 0\n/);
		await desk.press('G');
		expect(desk.screen()).toContain('line 59999');
		await desk.press('g');
		const seen = new Set<string>();
		const note = () => {
			for (const [, number = ''] of desk.screen().matchAll(/^ +line (\d+)/gm)) {
				seen.add(number);
			}
		};
		for (let pages = 0; pages < 3000 && !seen.has('59999'); pages++) {
			note();
			await desk.press('page-down');
		}

		note();
		expect(seen.size).toBe(60_000);
		await desk.press(...Array<string>(400).fill('page-up'));
		expect(desk.screen()).toMatch(/line \d{5}/);
	}, 60_000);

	test('shows times on request, and copies what is seen', async () => {
		const {desk} = await atRun(single, {plays: {flood: {output: 'one\ntwo\n', hangs: true}}});
		await desk.press('enter', '3', 'v', 't');
		expect(desk.screen()).toMatch(/\d\d:\d\d:\d\d one\n/);
		await desk.press('t', 'y');
		expect(desk.clipboard).toEqual(['one\ntwo']);
		expect(desk.screen()).toContain('Copied: 2 lines.');
	});

	test('that stands in the pane has times too', async () => {
		const {desk} = await atRun(single, {plays: {flood: {output: 'one\ntwo\n', hangs: true}}});
		await desk.press('enter', '3', 't');
		expect(desk.screen()).toMatch(/\d\d:\d\d:\d\d one/);
	});
});

describe('lines of a window', () => {
	test('have the place and the time of their first byte', () => {
		const {lines} = linesOf(
			windowOf('a\nbb\nccc', 10, [
				{offset: 0, at: 5},
				{offset: 12, at: 9},
			]),
			'utf-8',
			true,
		);
		expect(lines.map(({line, offset, at}) => [textOf(line), offset, at])).toEqual([
			['a', 10, 5],
			['bb', 12, 9],
			['ccc', 15, 9],
		]);
	});

	test('begin behind the rest of a line, unless one begins there', () => {
		expect(linesOf(windowOf('rest\nwhole\n', 10), 'utf-8', false).lines.map(({line}) => textOf(line))).toEqual([
			'whole',
		]);
		expect(linesOf(windowOf('rest\nwhole\n', 0), 'utf-8', false).lines.length).toBe(2);
	});

	test('are harmless', () => {
		const {lines} = linesOf(windowOf('\u001B]52;c;eA==\u0007\u001B[2Jx\n'), 'utf-8', true);
		expect(lines.map(({line}) => textOf(line))).toEqual(['x']);
	});
});

describe('what was looked for', () => {
	const plain = (text: string) => [{text, sgr: ''}];

	test('stands out wherever it is, across looks too', () => {
		expect(
			highlighted(
				[
					{text: 'an er', sgr: '31'},
					{text: 'ror, Error', sgr: ''},
				],
				'error',
			),
		).toEqual([
			{text: 'an ', sgr: '31'},
			{text: 'er', sgr: '31;7'},
			{text: 'ror', sgr: '7'},
			{text: ', ', sgr: ''},
			{text: 'Error', sgr: '7'},
		]);
	});

	test('counts capitals where it has some', () => {
		expect(highlighted(plain('error'), 'Error')).toEqual(plain('error'));
	});
});

test('a pager gets every kept line once, and hears of what was not kept', async () => {
	const text = numbered(150_000);
	const bytes = Buffer.from(text);
	const gap = {from: 900_000, to: 1_200_000};
	const handle = {
		async read({start, maxBytes}: {readonly start: number; readonly maxBytes: number}): Promise<OutputWindow> {
			const first = start >= gap.from && start < gap.to ? gap.to : start;
			const end = Math.min(first + maxBytes, first < gap.from ? gap.from : bytes.length);
			return {bytes: bytes.subarray(first, end), start: first, total: bytes.length, times: [], lastAt: 0};
		},
	};
	let paged = '';
	const run = {handle, encodingOf: () => 'utf-8'} as unknown as OpenRun;
	for await (const lines of keptLines(run, {step: 'a', host: 'b', attempt: 1, part: 'run'})) {
		paged += lines;
	}

	const before = bytes.subarray(0, gap.from).toString();
	const after = bytes.subarray(gap.to).toString();
	expect(paged === `${before}${before.endsWith('\n') ? '' : '\n'}... 300000 bytes were not kept ...\n${after}`).toBe(
		true,
	);
});
