import {describe, expect, test} from 'vitest';
import type {Size} from '../../src/ui/model.js';
import type {EditedRunbook} from '../../src/ui/workbench.js';
import type {DriftRow, DriftView} from '../../src/view/drift.js';
import {type Desk, deskAt} from './desk.js';
import {type FakeRun, fakeRun} from './fake-run.js';
import {fakeWorkbench} from './fake-workbench.js';
import {graphOf, setUp} from './fixtures.js';

function row(number: number, more: Partial<DriftRow> = {}): DriftRow {
	return {
		...{sign: '~', title: `Step ${number}`, where: ' on esxi1', tone: 'plain'},
		...{what: 'changed: script', means: 'done: it is not run again'},
		...more,
	};
}

function viewOf(rows: number, obstacles: readonly string[] = []): DriftView {
	return {
		headline: `book.md is not what this run executes: ${rows} steps differ.`,
		rows: Array.from({length: rows}, (_, index) => row(index + 1)),
		notes: [],
		obstacles,
		isOnlyWords: false,
	};
}

/** Somebody who resumes a run from the home screen. */
async function atResume(edited: (run: FakeRun) => EditedRunbook, size: Size = {columns: 80, rows: 24}) {
	const run = fakeRun(setUp, graphOf(setUp), {});
	const {workbench} = fakeWorkbench(() => run);
	const desk = await deskAt({...workbench, edited: async () => edited(run)}, {kind: 'list-home'}, () => run, {size});
	await desk.press('enter');
	return {desk};
}

/** `said` is what he decides, in order. */
function asking(view: DriftView, said: string[], canAdopt = true) {
	return (run: FakeRun): EditedRunbook => {
		const decide = (word: string) => async () => {
			said.push(word);
			return run;
		};
		return {kind: 'asked', view, adopt: canAdopt ? decide('adopt') : undefined, keep: decide('keep')};
	};
}

const isAsked = ({screen}: Desk) => screen().includes('The runbook was edited');

describe('an edited runbook at resume', () => {
	test('a adopts it', async () => {
		const said: string[] = [];
		const {desk} = await atResume(asking(viewOf(2), said));
		expect(isAsked(desk)).toBe(true);
		await desk.press('a');
		expect([said, isAsked(desk), desk.model().screen.kind]).toEqual([['adopt'], false, 'run']);
	});

	test('Enter keeps what the run has', async () => {
		const said: string[] = [];
		const {desk} = await atResume(asking(viewOf(2), said));
		await desk.press('enter');
		expect([said, desk.model().screen.kind]).toEqual([['keep'], 'run']);
	});

	test('Esc opens nothing, and leads back', async () => {
		const said: string[] = [];
		const {desk} = await atResume(asking(viewOf(2), said));
		await desk.press('esc');
		expect([said, desk.model().screen.kind, desk.model().modal]).toEqual([[], 'home', undefined]);
	});

	test('what does not fit must have been read to its end before it is adopted', async () => {
		const said: string[] = [];
		const {desk} = await atResume(asking(viewOf(12), said), {columns: 60, rows: 15});
		expect(desk.screen()).toContain('a read on');
		for (let pages = 0; pages < 20 && said.length === 0; pages++) {
			expect(desk.screen().includes('a adopt it')).toBe(desk.screen().includes('Step 12'));
			await desk.press('a');
		}
		expect(said).toEqual(['adopt']);
	});

	test('where something stands in the way it is named, and there is no key to adopt it', async () => {
		const said: string[] = [];
		const {desk} = await atResume(asking(viewOf(1, ['Step 1: nobody knows its end yet.']), said, false));
		expect(desk.screen()).toContain('It cannot be adopted now. Step 1: nobody knows its end yet.');
		expect(desk.screen()).not.toContain('adopt it ');
		await desk.press('a');
		expect([said, isAsked(desk)]).toEqual([[], true]);
	});

	test('what is only told is told on the screen of the run', async () => {
		const {desk} = await atResume(() => ({kind: 'told', words: 'book.md has other words now.'}));
		expect(desk.model().screen.kind).toBe('run');
		expect(desk.screen()).toContain('book.md has other words now.');
	});

	test('nothing is decided by a key that was pressed before it came up', async () => {
		const said: string[] = [];
		const {desk} = await atResume(asking(viewOf(1), said));
		await desk.pressAt('enter', desk.clock() + 100);
		expect([said, isAsked(desk)]).toEqual([[], true]);
	});
});
