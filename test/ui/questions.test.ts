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

	test('is added to any step with A: at its row to all its hosts, at the row of a host to that one', async () => {
		const {desk, run} = await atRun(undoable, {}, wide);
		await desk.press('home', 'down', 'A');
		expect(desk.screen()).toMatch(/Add the switches on esxi1, esxi2/);
		await desk.press(...'seen', 'enter', ' ', 'down', 'down', 'A', ...'@rack.jpg', 'enter');
		expect(run.events().filter(({type}) => type === 'EvidenceTaken')).toEqual([
			expect.objectContaining({host: 'esxi1', kind: 'text', text: 'seen', blob: null}),
			expect.objectContaining({host: 'esxi2', kind: 'text', text: 'seen', blob: null}),
			expect.objectContaining({host: 'esxi2', kind: 'file', blob: expect.objectContaining({name: 'rack.jpg'})}),
		]);
		expect(desk.screen()).toContain('The run file keeps it.');
		expect(desk.screen()).toMatch(/kept {2}text on esxi1, esxi2: seen, by[\s\S]*kept {2}file on esxi2: rack\.jpg/);
	});

	test('of several lines keeps them, and takes a word about them', async () => {
		const {desk, run} = await atRun(undoable, {}, wide);
		await desk.press('home', 'down', 'A');
		await desk.send({kind: 'pasted', text: 'one\r\ntwo\rthree\r'});
		expect(desk.screen()).toContain('3 lines pasted; more about them:');
		await desk.press(...'@the console', 'enter');
		expect(run.events()).toContainEqual(expect.objectContaining({text: '@the console\none\ntwo\nthree', blob: null}));
	});

	test('is counted in what came of it, and still taken then', async () => {
		const {desk, run} = await atRun(proved, {}, wide);
		await desk.press('enter', 'enter', 'enter', ...'a word', 'enter');
		expect(desk.screen()).toContain('1 of 1 piece of evidence');
		await desk.press('enter', 'A', ...'one more', 'enter');
		expect(run.events().at(-1)).toMatchObject({type: 'EvidenceTaken', text: 'one more'});
		expect(run.state().status).toBe('finished');
	});
});

describe('a run that is over', () => {
	const atEnd = async () => {
		const sitting = await atRun(undoable, {pace: 'auto'}, wide);
		await sitting.desk.look();
		return sitting;
	};

	test('is walked step by step with Enter, back with Backspace, and ends at the summary', async () => {
		const {desk, run} = await atEnd();
		expect(run.state().status).toBe('finished');
		await desk.press('enter');
		const first = desk.screen();
		expect(first).toMatch(/▌ .*Add the switches[\s\S]*↵ next step/);
		await desk.press('enter', 'enter', 'enter');
		expect(desk.screen()).toMatch(/▌ .*The last one[\s\S]*↵ summary/);
		await desk.press('backspace', 'backspace', 'backspace');
		expect(desk.screen()).toBe(first);
		await desk.press('enter', 'enter', 'enter', 'enter');
		expect(desk.screen()).toContain('All done');
	});

	test('has its report written with W, which says where it lies', async () => {
		const {desk, run} = await atEnd();
		await desk.press('W');
		const file = run.file.replace(/fieldbook$/, 'html');
		expect(desk.screen()).toContain(`${file.slice(file.lastIndexOf('/') + 1)} is written beside the run file.`);
		expect(desk.screen()).toContain(`Report in ${file}`);
	});
});
