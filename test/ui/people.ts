import type {Runbook} from '../../src/runbook/runbook.js';
import {type Desk, type DeskOptions, deskAt} from './desk.js';
import {type Cast, type FakeRun, fakeRun} from './fake-run.js';
import {type FakeProgram, fakeWorkbench} from './fake-workbench.js';
import {graphOf} from './fixtures.js';

export type Sitting = {readonly desk: Desk; readonly run: FakeRun; readonly program: FakeProgram};

/** Somebody in front of the preflight of a run. */
export async function atPreflight(book: Runbook, cast: Cast = {}, options: DeskOptions = {}): Promise<Sitting> {
	const run = fakeRun(book, graphOf(book), cast);
	const program = fakeWorkbench(() => run);
	const desk = await deskAt(program.workbench, {kind: 'resume', runFile: run.file}, () => run, options);
	return {desk, run, program};
}

/** The same with the run begun. */
export async function atRun(book: Runbook, cast: Cast = {}, options: DeskOptions = {}): Promise<Sitting> {
	const sitting = await atPreflight(book, cast, options);
	await sitting.desk.press('enter');
	return sitting;
}

export async function atHome(
	options: DeskOptions = {},
	run?: FakeRun,
): Promise<{readonly desk: Desk; readonly program: FakeProgram}> {
	const program = fakeWorkbench(() => {
		if (run === undefined) {
			throw new Error('no run is played here');
		}
		return run;
	});
	return {desk: await deskAt(program.workbench, {kind: 'list-home'}, () => run, options), program};
}

export async function atSheet(
	options: DeskOptions = {},
	file = '/books/esxi.md',
): Promise<{readonly desk: Desk; readonly program: FakeProgram}> {
	const program = fakeWorkbench(() => {
		throw new Error('no run is played here');
	});
	const desk = await deskAt(
		program.workbench,
		{kind: 'open', file, mode: options.mode ?? 'real'},
		() => undefined,
		options,
	);
	return {desk, program};
}
