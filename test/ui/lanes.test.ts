import {describe, expect, test} from 'vitest';
import {fleet, setUp} from './fixtures.js';
import {atRun} from './people.js';

const failing = {outcome: {kind: 'exited', code: 1}, because: 'exit 1, accepted: 0'} as const;
const wide = {size: {columns: 160, rows: 45}};
const low = {size: {columns: 80, rows: 24}};
const smallest = {size: {columns: 60, rows: 15}};
const printing = {
	'ssh-service@esxi1': {output: 'here\nsame\n', hangs: true},
	'ssh-service@esxi2': {output: 'there\nsame\n', hangs: true},
};

describe('the hosts of a step', () => {
	test('stand side by side where there is room, each with its state and what it printed', async () => {
		const {desk} = await atRun(setUp, {plays: printing}, wide);
		await desk.press('enter');
		expect(desk.screen()).toMatch(/▶ esxi1 {2}running.*▶ esxi2 {2}running/);
		expect(desk.screen()).toMatch(/│ here +│ there/);
	});

	test('are tabs where there is not, with a sign each', async () => {
		const {desk} = await atRun(setUp, {plays: printing}, smallest);
		await desk.press('enter');
		expect(desk.screen()).toMatch(/▶ \[esxi1\] {2}▶ esxi2 ─/);
		expect(desk.screen()).not.toContain('there');
		await desk.press('right');
		expect(desk.screen()).toMatch(/▶ esxi1 {2}▶ \[esxi2\]/);
		expect(desk.screen()).toContain('there');
	});

	test('one of them is enlarged and made small again', async () => {
		const {desk} = await atRun(setUp, {plays: printing}, wide);
		await desk.press('enter', '3', 'right', 'z');
		expect(desk.screen()).toMatch(/▶ esxi1 {2}▶ \[esxi2\]/);
		await desk.press('esc');
		expect(desk.screen()).toMatch(/│ here +│ there/);
	});

	test('what is done in the lane of one is done there alone', async () => {
		const {desk, run} = await atRun(setUp, {plays: {'ssh-service': {...failing, output: 'no\n'}}}, wide);
		await desk.press('enter', 'esc', '3', 'right');
		expect(desk.screen()).toContain('r run again on esxi2');
		await desk.press('r');
		expect(run.events().filter(({type}) => type === 'RetryAsked')).toEqual([expect.objectContaining({host: 'esxi2'})]);
	});

	test('an interrupt from a lane is about that host', async () => {
		const {desk, run} = await atRun(setUp, {plays: printing}, wide);
		await desk.press('enter', '3', 'i', 'y');
		expect(run.events().filter(({type}) => type === 'CancelAsked')).toEqual([expect.objectContaining({host: 'esxi1'})]);
	});
});

describe('many hosts', () => {
	const plays = {
		patch: {output: 'patched\n'},
		'patch@web0060': {...failing, output: 'no space left\n'},
		'patch@web0090': failing,
		...Object.fromEntries(
			Array.from({length: 48}, (_, index) => [
				`patch@web${String(index + 1).padStart(4, '0')}`,
				{output: 'at it\n', hangs: true},
			]),
		),
	};

	test('are counted by what they are at, those first that need somebody', async () => {
		const {desk} = await atRun(fleet(100), {plays}, wide);
		await desk.press('enter', 'esc', '3');
		expect(desk.screen()).toContain('100 hosts  ✘ 2 failed  ▶ 48 running  ✔ 50 done');
		const rows = desk.screen().split('\n');
		const first = rows.findIndex(row => row.includes('100 hosts'));
		expect(rows[first + 1]).toMatch(/✘ web0060 +failed, exit 1/);
		expect(rows[first + 2]).toMatch(/✘ web0090 +failed, exit 1/);
		expect(rows[first + 3]).toMatch(/▶ web0001 +running/);
		expect(rows[0]).toContain('● 100 reached');
	});

	test('the output of the chosen one stands beside the list, and alone on request', async () => {
		const {desk} = await atRun(fleet(100), {plays}, wide);
		await desk.press('enter', 'esc', '3', 'home');
		expect(desk.screen()).toMatch(/▌ ✘ web0060/);
		expect(desk.screen()).toContain('no space left');
		await desk.press('end', 'z');
		expect(desk.screen()).toContain('─ web0100 ─');
		expect(desk.screen()).not.toContain('web0060');
		await desk.press('esc');
		expect(desk.screen()).toMatch(/▌ ✔ web0100/);
	});

	test('fit into a low terminal', async () => {
		const {desk} = await atRun(fleet(100), {plays}, low);
		await desk.press('enter', 'esc');
		expect(desk.screen()).toContain('100 hosts  ✘ 2 failed  ▶ 48 running  ✔ 50 done');
	});

	test('before anything runs they are named in a few rows', async () => {
		const {desk} = await atRun(fleet(100), {}, low);
		expect(desk.screen()).toContain('! 100 asks you');
		expect(desk.screen()).toContain('↵ run on all 100');
	});
});

describe('what two hosts printed is held against each other', () => {
	test('at once where there are two, line by line', async () => {
		const {desk} = await atRun(setUp, {plays: printing}, wide);
		await desk.press('enter', '3', 'D');
		expect(desk.screen()).toContain('esxi1 and esxi2');
		expect(desk.screen()).toContain('2 lines on one side alone');
		expect(desk.screen()).toMatch(/^ < here$/m);
		expect(desk.screen()).toMatch(/^ > there$/m);
		expect(desk.screen()).toMatch(/^ {3}same$/m);
		await desk.press('esc');
		expect(desk.screen()).toMatch(/│ here +│ there/);
	});

	test('of more hosts the other one is chosen', async () => {
		const {desk} = await atRun(
			fleet(6),
			{plays: {patch: {output: 'patched\n'}, 'patch@web0006': {output: 'no\n', ...failing}}},
			wide,
		);
		await desk.press('enter', 'esc', '3', 'home', 'D');
		expect(desk.screen()).toContain('Compare web0006 with');
		await desk.press('down', 'enter');
		expect(desk.screen()).toContain('web0006 and web0002');
		expect(desk.screen()).toMatch(/^ < no$/m);
	});

	test('not before another one has printed something', async () => {
		const {desk} = await atRun(
			setUp,
			{plays: {'ssh-service@esxi1': {output: 'here\n', hangs: true}, 'ssh-service': {hangs: true}}},
			wide,
		);
		await desk.press('enter', '3', 'D');
		expect(desk.screen()).toMatch(/esxi1 and esxi2|no other host has printed anything/);
	});
});
