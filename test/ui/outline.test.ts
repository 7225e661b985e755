import {describe, expect, test} from 'vitest';
import {long, powerTest, setUp} from './fixtures.js';
import {atRun} from './people.js';

const wide = {size: {columns: 120, rows: 32}};
const failing = {outcome: {kind: 'exited', code: 1}} as const;

/** The rows of the outline beside the step, without the divider. */
function outlineOf(screen: string): string[] {
	return screen
		.split('\n')
		.slice(3, -2)
		.map(row => row.split(/[│├]/)[0]?.trimEnd() ?? '')
		.filter(row => row !== '');
}

describe('phases fold', () => {
	test('a folded one shows what is in it, and how much of that is settled', async () => {
		const {desk} = await atRun(setUp, {plays: {'ssh-service@esxi2': failing}}, wide);
		await desk.press('enter', 'esc', 'up', ' ');
		expect(outlineOf(desk.screen()).slice(0, 2)).toEqual([
			expect.stringMatching(/^ ▌ ✘ Base +0\/2›$/),
			expect.stringContaining('Network'),
		]);
		await desk.press(' ');
		expect(outlineOf(desk.screen())[1]).toContain('✘ SSH and the ESXi');
	});

	test('and stays folded while the run goes on in another', async () => {
		const {desk} = await atRun(setUp, {}, wide);
		await desk.press('end', 'left', 'left');
		expect(outlineOf(desk.screen()).at(-1)).toMatch(/▌ · Acceptance +0\/2›/);
		await desk.press('.', 'enter', 'enter');
		expect(outlineOf(desk.screen()).at(-1)).toMatch(/ · Acceptance +0\/2›/);
	});

	test('but what the run is at is never hidden', async () => {
		const {desk} = await atRun(setUp, {}, wide);
		await desk.press('-');
		expect(outlineOf(desk.screen())).toHaveLength(4);
		await desk.press('.');
		expect(desk.screen()).toMatch(/▌ +! SSH and the ESXi/);
		await desk.press('+');
		expect(outlineOf(desk.screen())).toHaveLength(12);
	});

	test('the arrows lead in and out', async () => {
		const {desk} = await atRun(setUp, {}, wide);
		await desk.press('left');
		expect(desk.screen()).toMatch(/▌ ! Base/);
		await desk.press('left');
		expect(desk.screen()).toMatch(/▌ ! Base +0\/2›/);
		await desk.press('right', 'right');
		expect(desk.screen()).toMatch(/▌ +! SSH and/);
	});

	test('of three hundred steps only the phase of the run is open, until somebody opens another', async () => {
		const {desk} = await atRun(long, {}, wide);
		expect(desk.screen()).toContain('Step number 20');
		expect(desk.screen()).not.toContain('Step number 21');
		await desk.press('end', 'right');
		expect(desk.screen()).toMatch(/Step number 281/);
		await desk.press('.', 'end');
		expect(desk.screen()).toMatch(/▌ +· Step number 300/);
	});
});

describe('the hosts of a step', () => {
	test('have rows of their own on request, each with what it is at', async () => {
		const {desk} = await atRun(setUp, {plays: {'ssh-service@esxi2': failing}}, wide);
		await desk.press('enter', 'esc', ' ');
		expect(outlineOf(desk.screen()).slice(1, 4)).toEqual([
			expect.stringMatching(/▌ +✘ SSH and/),
			expect.stringMatching(/✔ esxi1/),
			expect.stringMatching(/✘ esxi2/),
		]);
		await desk.press('down', 'down');
		expect(outlineOf(desk.screen())[3]).toMatch(/▌ +✘ esxi2/);
	});

	test('what is done at the row of one is done there alone', async () => {
		const {desk, run} = await atRun(setUp, {}, wide);
		await desk.press(' ', 'down', 'down', 's', ...'no cable', 'enter');
		expect(run.events().filter(({type}) => type === 'StepSkipped')).toEqual([
			expect.objectContaining({host: 'esxi2', reason: 'no cable'}),
		]);
	});
});

describe('the filter', () => {
	test('narrows to what is typed, with the phases around it; Esc ends it', async () => {
		const {desk} = await atRun(setUp, {}, wide);
		await desk.press('f', ...'esxi2 asks');
		expect(desk.screen()).toMatch(/\/ esxi2 asks +1 of 8/);
		expect(outlineOf(desk.screen())).toEqual([
			expect.stringContaining('Base'),
			expect.stringContaining('SSH and the ESXi'),
		]);
		await desk.press('esc');
		expect(outlineOf(desk.screen())).toHaveLength(12);
	});

	test('Enter keeps it and gives the letters back to the keys', async () => {
		const {desk} = await atRun(setUp, {}, wide);
		await desk.press('f', ...'vm ans', 'enter', 'j');
		expect(desk.screen()).toMatch(/\/ vm ans +1 of 8/);
		expect(desk.screen()).toMatch(/▌ +· The protected VM answers/);
		await desk.press('esc');
		expect(desk.screen()).toContain('8 of 8');
	});

	test('nothing comes up under the fingers of somebody who types', async () => {
		const {desk, run} = await atRun(setUp, {plays: {'ssh-service': {hangs: true, ...failing}}}, wide);
		await desk.press('enter', 'f', 's');
		run.end('ssh-service.run');
		await desk.look();
		expect(desk.model().modal).toBeUndefined();
		await desk.press('s', 'h', 'enter');
		expect(desk.model().modal?.kind).toBe('question');
	});
});

describe('jumps', () => {
	test('lead to the next failure, round the end, and say when there is none', async () => {
		const {desk} = await atRun(setUp, {plays: {'ssh-service': failing}}, wide);
		await desk.press('enter', 'esc', 'end', 'e');
		expect(desk.screen()).toMatch(/▌ +✘ SSH and/);
		await desk.press('esc', 'e');
		expect(desk.screen()).toContain('nothing else failed or is unknown');
	});

	test('lead to what a person has to do, out of folded phases too', async () => {
		const {desk} = await atRun(setUp, {}, wide);
		await desk.press('-', 'm', 'm');
		expect(desk.screen()).toMatch(/▌ +· Read the name/);
		await desk.press('m');
		expect(desk.screen()).toMatch(/▌ +· Look at the cabling/);
		await desk.press('M');
		expect(desk.screen()).toMatch(/▌ +· Read the name/);
	});
});

describe('a phase as a whole', () => {
	test('a test says why it failed, and T leads to it from its steps', async () => {
		const {desk} = await atRun(powerTest, {}, {size: {columns: 80, rows: 24}});
		await desk.press('x', ...'no such cord', 'enter', 's', ...'later', 'enter', 'T');
		expect(desk.screen()).toMatch(/✘ failed\n +power-off on esxi1 skipped: later: no such cord/);
		await desk.press('enter');
		expect(desk.screen()).toContain('wait every 5 s on esxi2');
	});

	test('is shown with its steps and what came of each', async () => {
		const {desk} = await atRun(setUp, {}, wide);
		await desk.press('enter', 'left');
		expect(desk.screen()).toMatch(/phase · 1 of 2 steps settled/);
		expect(desk.screen()).toMatch(/✔ SSH and the ESXi shell start with the host +esxi1, esxi2: done 14:00:12/);
	});

	test('a test shows what is measured against its limit, and who is heard', async () => {
		const {desk, run} = await atRun(powerTest, {plays: {group: {hangs: true}}}, wide);
		run.append({type: 'HostSeen', step: 'power-off', host: 'esxi1', what: 'down', since: '2026-11-20T14:00:05.000Z'});
		await desk.look();
		await desk.press('enter', '.', 'left');
		expect(desk.screen()).toMatch(/test · 1 of 3 steps settled · 0:00:/);
		expect(desk.screen()).toMatch(/failover \d+(\.\d)? s, limit 120 s/);
		expect(desk.screen()).toMatch(/esxi1 ▁+ +esxi2 ▇+/);
		expect(desk.screen()).toContain('no verdict yet');
	});
});

test('a step that is still to come says how long it took in earlier runs; one that is over in no time says nothing', async () => {
	const {desk, run} = await atRun(powerTest, {}, wide);
	await desk.send({
		kind: 'estimated',
		open: run,
		estimates: new Map([
			['group', 240_000],
			['power-off', 1000],
		]),
	});
	expect(outlineOf(desk.screen()).filter(row => row.includes('~'))).toEqual([expect.stringMatching(/~4 min$/)]);
	await desk.send({kind: 'estimated', open: {...run}, estimates: new Map()});
	expect(desk.screen()).toContain('~4 min');
});
