import {describe, expect, test} from 'vitest';
import {proved, twoWays, undoable} from './fixtures.js';
import {atRun} from './people.js';

const wide = {size: {columns: 120, rows: 40}};

describe('undo', () => {
	test('of a phase names the steps backwards, with what is sent, and Enter is a no', async () => {
		const {desk, run} = await atRun(undoable, {}, wide);
		await desk.press('enter', 'enter', 'enter', 'home', 'u');
		expect(desk.screen()).toMatch(
			/2 steps are taken back, the last one first:[\s\S]*Add the NIC on esxi1[\s\S]*vmknic --del[\s\S]*Add the switches on esxi1, esxi2[\s\S]*vswitch --delete/,
		);
		await desk.press('enter');
		expect(run.events().some(({type}) => type === 'UndoAsked')).toBe(false);
	});

	test('is asked for with y', async () => {
		const {desk, run} = await atRun(undoable, {}, wide);
		await desk.press('enter', 'enter', 'enter', 'home', 'u', 'y');
		expect(run.events().filter(({type}) => type === 'UndoAsked')).toHaveLength(3);
	});

	test('of a step at the row of one host is about that host', async () => {
		const {desk, run} = await atRun(undoable, {}, wide);
		await desk.press('enter', 'home', 'down', ' ', 'down', 'down', 'u');
		expect(desk.screen()).toMatch(/This is taken back:[\s\S]*Add the switches on esxi2/);
		await desk.press('y');
		expect(run.events().filter(({type}) => type === 'UndoAsked')).toEqual([expect.objectContaining({host: 'esxi2'})]);
	});

	test('says why not where the runbook has none', async () => {
		const {desk} = await atRun(undoable, {}, wide);
		await desk.press('enter', 'enter', 'home', 'down', 'down', 'u');
		expect(desk.screen()).toContain('Nothing in the runbook says how to undo look.');
	});

	test('its scripts are read to the end before y takes anything back', async () => {
		const {desk, run} = await atRun(undoable, {}, {size: {columns: 60, rows: 15}});
		await desk.press('enter', 'enter', 'enter', '1', 'home', 'u', 'y');
		expect(run.events().some(({type}) => type === 'UndoAsked')).toBe(false);
		await desk.press('y', 'y', 'y');
		expect(run.events().some(({type}) => type === 'UndoAsked')).toBe(true);
	});
});

test('of several ways one is chosen, and nothing runs before', async () => {
	const {desk, run} = await atRun(twoWays, {}, wide);
	expect(desk.screen()).toMatch(/Which way\?[\s\S]*1 {2}With a script[\s\S]*2 {2}In the host client/);
	await desk.press('enter');
	expect(run.events().some(({type}) => type === 'WayChosen')).toBe(false);
	await desk.press('enter', '2');
	expect(run.events()).toContainEqual(expect.objectContaining({type: 'WayChosen', way: 'click'}));
	expect(desk.screen()).toContain('↵ done');
});

describe('evidence', () => {
	test('is wanted before the step counts as done, as text or as a file', async () => {
		const {desk, run} = await atRun(proved, {}, wide);
		await desk.press('enter', 'enter');
		expect(run.state().status).toBe('running');
		expect(desk.screen()).toContain('give the photo');
		await desk.press('enter', ...'@rack.jpg');
		expect(desk.screen()).toContain('↵ keep the file');
		await desk.press('enter');
		expect(run.events()).toContainEqual(
			expect.objectContaining({type: 'EvidenceTaken', blob: expect.objectContaining({name: 'rack.jpg'})}),
		);
		expect(run.state().status).toBe('finished');
	});
});
