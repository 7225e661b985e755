import {readdirSync} from 'node:fs';
import {basename, dirname, join, relative} from 'node:path';
import {fileURLToPath} from 'node:url';
import {sanitiseLine} from '../text/sanitise.js';
import {UserError} from '../text/user-error.js';
import type {HomeListing, RunbookListing, RunListing} from '../ui/workbench.js';
import {runTitle} from '../view/titles.js';
import {glanceAtRunbook, openRunbookFile} from './open-runbook.js';
import {type ListedRun, listRuns, localTime, statusWord, whoseWords} from './run-list.js';
import {countStepsBeside, type StepCount, stepWords} from './sheet.js';

/**
What the home screen shows, fuller each time: first the runbooks by their titles, then the runs, then one runbook after the other
with its steps. Reading what 24 runbooks mean takes seconds; reading what they are called, none.

`folders`: those that came with fieldbook, and the one that we are in.
*/
export async function* homeListings(
	environment: Readonly<Record<string, string | undefined>>,
	folders: HomeFolders = usualFolders(),
): AsyncGenerator<HomeListing> {
	const runbooks = glancedAt(folders);
	let listing: HomeListing = {unfinished: [], runbooks: listed(runbooks), finished: [], areRunsRead: false};
	yield listing;
	const runs = await listRuns(environment);
	listing = {
		...listing,
		unfinished: runs.filter(run => !isOver(run)).map(runListing),
		finished: runs.filter(isOver).map(runListing),
		areRunsRead: true,
	};
	yield listing;
	// Those that stand for themselves are seen first
	for (const runbook of runbooks.toSorted((a, b) => Number(a.partOf !== undefined) - Number(b.partOf !== undefined))) {
		runbook.found = whatIsIn(runbook.path);
		listing = {...listing, runbooks: listed(runbooks)};
		yield listing;
	}
}

export type HomeFolders = {readonly own: string; readonly here: string};

function usualFolders(): HomeFolders {
	return {own: fileURLToPath(new URL('../runbooks', import.meta.url)), here: process.cwd()};
}

type Glanced = Omit<RunbookListing, 'note'> & {
	readonly path: string;
	/** Undefined: it has not been read yet. */
	found: StepCount | {readonly errors: number} | undefined;
};

/** Folder by folder; in each first the runbooks that others are parts of, each with its parts in its order behind it. */
function glancedAt({own, here}: HomeFolders): readonly Glanced[] {
	const files = [...new Set([...markdownIn(own, true), ...markdownIn(here, false)])];
	const glances = files.flatMap(file => {
		const glance = orNothing(() => glanceAtRunbook(file));
		return glance === undefined ? [] : [{...glance, file, folder: folderWord(file, here)}];
	});
	const wholeOf = new Map(
		glances.flatMap(({file, includes}) => includes.map(path => [join(dirname(file), path), file] as const)),
	);
	return glances
		.filter(({file}) => !wholeOf.has(file))
		.flatMap(whole => [whole, ...partsOf(whole)])
		.map(({file, folder, title}) => ({
			...{path: file, file: shortest(file, here), folder, title: sanitiseLine(title), found: undefined},
			partOf: shortestOrNone(wholeOf.get(file), here),
		}));

	function partsOf({file, includes}: (typeof glances)[number]): typeof glances {
		return includes.flatMap(path => glances.filter(part => part.file === join(dirname(file), path)));
	}
}

/** Empty for what lies where we are. */
function folderWord(file: string, here: string): string {
	return dirname(file) === here ? '' : sanitiseLine(basename(dirname(file)));
}

function listed(runbooks: readonly Glanced[]): readonly RunbookListing[] {
	return runbooks.map(({found, path, ...runbook}) => ({...runbook, note: noteOf(runbook.file, found, runbooks)}));
}

/** `219 steps: esxi 35 · tests 84`, once its parts have been counted; or how many errors it has. */
function noteOf(file: string, found: Glanced['found'], all: readonly Glanced[]): string {
	if (found === undefined) {
		return '';
	}

	if ('errors' in found) {
		return found.errors === 1 ? '1 error' : `${found.errors} errors`;
	}

	const parts = all
		.filter(({partOf}) => partOf === file)
		.map(({file: part, found: own}) =>
			own === undefined || 'errors' in own ? undefined : `${sanitiseLine(basename(part, '.md'))} ${own.steps}`,
		);
	const areCounted = parts.length > 0 && parts.every(part => part !== undefined);
	return areCounted ? `${stepWords(found)}: ${parts.join(' · ')}` : stepWords(found);
}

function whatIsIn(file: string): Glanced['found'] {
	return orNothing(() => {
		const opened = openRunbookFile(file);
		const errors = opened.problems.filter(({severity}) => severity === 'error').length;
		return errors > 0 ? {errors} : countStepsBeside(opened);
	});
}

/** A file that cannot be read is no runbook to offer. */
function orNothing<Found>(read: () => Found): Found | undefined {
	try {
		return read();
	} catch (error) {
		if (error instanceof UserError) {
			return undefined;
		}

		throw error;
	}
}

function markdownIn(folder: string, recursive: boolean): readonly string[] {
	try {
		return readdirSync(folder, {recursive, encoding: 'utf8'})
			.filter(name => name.endsWith('.md') && !/readme\.md$/i.test(name))
			.toSorted()
			.map(name => join(folder, name));
	} catch {
		// No such folder: nothing to list.
		return [];
	}
}

function shortest(file: string, here: string): string {
	const fromHere = relative(here, file);
	return fromHere.length < file.length ? fromHere : file;
}

function shortestOrNone(file: string | undefined, here: string): string | undefined {
	return file === undefined ? undefined : shortest(file, here);
}

/** Nothing more can be run in it, however its tests came out. */
function isOver({run}: ListedRun): boolean {
	return run?.state.status === 'finished';
}

function runListing({file, name, changedAt, run, trouble, ...whose}: ListedRun): RunListing {
	if (run === undefined) {
		return {file, title: sanitiseLine(name), mode: 'real', state: 'open', note: sanitiseLine(trouble)};
	}

	const {state, graph} = run;
	const settled = graph.nodes.filter(({step, hosts}) =>
		hosts.every(host => isSettled(state.progress.get(`${step.id}@${host}`)?.state)),
	).length;
	const word = statusWord(run);
	const when = localTime(changedAt);
	const note =
		state.status === 'finished'
			? `finished ${when}`
			: `stopped ${when}, step ${Math.min(settled + 1, graph.nodes.length)} of ${graph.nodes.length}`;
	return {
		file,
		title: state.started === undefined ? sanitiseLine(name) : runTitle(graph, state),
		mode: state.started?.mode ?? 'real',
		state: word,
		note: [note, ...whoseWords(whose).map(sanitiseLine)].join(', '),
	};
}

function isSettled(state: string | undefined): boolean {
	return state === 'done' || state === 'satisfied' || state === 'skipped';
}
