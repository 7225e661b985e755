import {existsSync, readdirSync, statSync} from 'node:fs';
import {hostname} from 'node:os';
import {basename, join, resolve} from 'node:path';
import type {StepGraph} from '../graph/graph.js';
import {evolve, IllegalEvent, newRun} from '../run/evolve.js';
import {exitStatusOf} from '../run/exit-status.js';
import {isOwn} from '../run/lease.js';
import type {Lease, RunState} from '../run/state.js';
import {sameNames} from '../runbook/run-names.js';
import type {StepId} from '../runbook/runbook.js';
import {knownDeviceKey} from '../store/device-key.js';
import type {Holder} from '../store/holder-messages.js';
import {lookAtRun, type SeenRun} from '../store/look.js';
import type {Blob} from '../store/tables.js';
import {quotePosix} from '../text/quote.js';
import {sanitiseLine} from '../text/sanitise.js';
import {UserError} from '../text/user-error.js';
import {type Copy, copyOf, copyWords, isLetGo} from './copies.js';
import {holderWords, seeRun} from './held-run.js';
import {type OpenedFile, openRunbookText, underRunNames, withRows} from './open-runbook.js';
import {runsFolder, stateFolder} from './places.js';

/** A run as far as it can be told from its file alone. */
export type ListedRun = {
	readonly file: string;
	/** The file's name without its folder and ending. */
	readonly name: string;
	/** When something was last written, in milliseconds since 1970. */
	readonly changedAt: number;
	/** Undefined: another fieldbook holds it, or it cannot be read; `trouble` says which. */
	readonly run: FoldedRun | undefined;
	/** Of a damaged file of which something can be read, what is wrong with it; empty: nothing. */
	readonly trouble: string;
	/** Which other device has it and has not let go of it; undefined where it may be gone on with here. */
	readonly heldBy: Lease | undefined;
	/** The process that has it open now. */
	readonly holder: Holder | undefined;
	/** The other files of the same run. */
	readonly copies: readonly Copy[];
};

export type FoldedRun = {
	readonly seen: SeenRun;
	readonly opened: OpenedFile;
	readonly graph: StepGraph;
	readonly state: RunState;
	readonly exitStatus: number;
};

/** The blob that holds the runbook as it was; the files that it links to or includes are `file:` and their path. */
const RUNBOOK_BLOB = 'runbook.md';
const LINKED_BLOB = 'file:';

/** The name in the run file: `copy` is null for what a run was started with, and for an adopted runbook the hash of all its files. */
export function blobName(copy: string | null, name: string): string {
	return copy === null ? name : `${copy}/${name}`;
}

/** What belongs to a runbook: its text, and the files that it includes or links to. */
export function runbookFiles({source, linkedFiles, included}: OpenedFile): readonly Blob[] {
	return [
		{name: RUNBOOK_BLOB, bytes: Buffer.from(source)},
		...[...linkedFiles].map(([url, bytes]) => ({name: LINKED_BLOB + url, bytes})),
		...[...included].map(([path, text]) => ({name: LINKED_BLOB + path, bytes: Buffer.from(text)})),
	];
}

/** The runs of the state folder, newest first. Never throws because of one bad file. */
export async function listRuns(
	environment: Readonly<Record<string, string | undefined>>,
): Promise<readonly ListedRun[]> {
	const folder = runsFolder(environment);
	const files = existsSync(folder) ? readdirSync(folder).filter(name => name.endsWith('.fieldbook')) : [];
	const listed = await Promise.all(files.map(name => listedRun(join(folder, name))));
	return listed.map(run => ({...run, copies: copiesAmong(listed, run)})).toSorted((a, b) => b.changedAt - a.changedAt);
}

function copiesAmong(all: readonly ListedRun[], {file, run}: ListedRun): readonly Copy[] {
	const runId = run?.state.started?.runId;
	return all.flatMap(other =>
		run !== undefined && runId !== undefined && other.file !== file && other.run?.state.started?.runId === runId
			? [copyOf(run.seen.events, other.name, other.run.seen.events)]
			: [],
	);
}

/** What a person types to go on with a run, harmless and for a POSIX shell: by its name alone if it is in the state folder. */
export function resumeCommand(runFile: string): string {
	const name = basename(runFile, '.fieldbook');
	const isListed = join(runsFolder(process.env), `${name}.fieldbook`) === resolve(runFile);
	const word = sanitiseLine(isListed ? name : runFile);
	return `fieldbook resume ${/^[\w./:@%+,-]+$/.test(word) ? word : quotePosix(word)}`;
}

/** A run file by its path, or a run of the state folder by its name. Throws a UserError (status 5) if there is none. */
export function findRunFile(run: string, environment: Readonly<Record<string, string | undefined>>): string {
	const named = join(runsFolder(environment), run.endsWith('.fieldbook') ? run : `${run}.fieldbook`);
	const found = [run, named].find(path => existsSync(path) && statSync(path).isFile());
	if (found === undefined) {
		throw new UserError(
			'run-not-found',
			`There is no run ${run}.`,
			'`fieldbook runs` lists the runs on this laptop.',
			5,
		);
	}

	return found;
}

/** Reads and folds a run file that nobody holds, a damaged one as far as it can be read. Throws a UserError (status 5). */
export function foldRun(file: string): FoldedRun {
	return foldSeen(file, lookAtRun(file));
}

/** Folds what was seen of a run file. Throws a UserError (status 5) where it makes no sense. */
export function foldSeen(file: string, seen: SeenRun): FoldedRun {
	const state = foldEvents(file, seen);
	const {runbook, copy = null, calls = sameNames} = state.executes ?? {};
	const kept = openKeptRunbook(file, runbook?.file ?? RUNBOOK_BLOB, name => seen.blobs.get(blobName(copy, name)));
	const opened = underRunNames(withRows(kept, state.started?.tables ?? {}), calls);
	return {
		seen,
		opened,
		graph: opened.graph,
		state,
		exitStatus: exitStatusOf(opened.graph, state),
	};
}

/** The runbook that a run keeps, compiled again under its own name. `blob` gives a kept file by its name. */
function openKeptRunbook(runFile: string, file: string, blob: (name: string) => Uint8Array | undefined): OpenedFile {
	const source = blob(RUNBOOK_BLOB);
	if (source === undefined) {
		throw new UserError('run-damaged', `${runFile} has lost its runbook.`, 'Go on from an intact copy.', 5);
	}

	return openRunbookText(
		file,
		Buffer.from(source).toString('utf8'),
		url => blob(LINKED_BLOB + url) ?? `The run keeps no file ${url}.`,
	);
}

function foldEvents(file: string, {events}: SeenRun): RunState {
	try {
		return events.reduce(evolve, newRun);
	} catch (error) {
		if (error instanceof IllegalEvent) {
			throw new UserError(
				'run-damaged',
				`${file} tells a story that cannot be: ${error.message}`,
				'Do not go on with it; go on from an intact copy.',
				5,
			);
		}

		throw error;
	}
}

async function listedRun(file: string): Promise<ListedRun> {
	const named = {file, name: basename(file, '.fieldbook'), changedAt: statSync(file).mtimeMs};
	const unread = {...named, run: undefined, heldBy: undefined, holder: undefined, copies: []};
	try {
		const {seen, holder} = await seeRun(file);
		const run = foldSeen(file, seen);
		const trouble = seen.damage === undefined ? '' : `damaged: ${seen.damage}`;
		const changedAt = lastEventAt(run) ?? named.changedAt;
		return {
			...named,
			changedAt,
			run,
			trouble,
			heldBy: holder === undefined ? holderOf(run) : undefined,
			holder,
			copies: [],
		};
	} catch (error) {
		if (error instanceof UserError) {
			return {
				...unread,
				trouble: error.code === 'run-locked' ? 'open in another fieldbook' : error.message,
			};
		}

		throw error;
	}
}

/** A copy is as old as what was done last in it, not as its file. Undefined for a rehearsal, whose times are the lab's. */
function lastEventAt({seen, state}: FoldedRun): number | undefined {
	const last = seen.events.at(-1);
	return last === undefined || state.started?.mode !== 'real' ? undefined : Date.parse(last.at);
}

function holderOf({seen, state}: FoldedRun): Lease | undefined {
	const own = knownDeviceKey(stateFolder(process.env))?.fingerprint ?? '';
	const isHeld = state.status !== 'finished' && state.lease !== undefined && !isLetGo(seen);
	return isHeld && !isOwn(state.lease, {device: hostname(), deviceKey: own}) ? state.lease : undefined;
}

/** `2026-11-20 14:02` by this laptop's clock. A rehearsal's own times are the lab's, which say nothing here. */
export function localTime(ms: number): string {
	const date = new Date(ms);
	const two = (part: number) => String(part).padStart(2, '0');
	return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** Whose the run is, and which other files of it there are, for a list; empty where there is nothing to say. */
export function whoseWords({
	heldBy,
	holder,
	copies,
}: Pick<ListedRun, 'heldBy' | 'holder' | 'copies'>): readonly string[] {
	const held = heldBy === undefined ? [] : [`held by ${heldBy.by} on ${heldBy.device}`];
	const open = holder === undefined ? [] : [`open now ${holderWords(holder)}`];
	return [...open, ...held, ...copies.map(copyWords)];
}

/** In one word, as `runs` and the home screen say it. */
export function statusWord({state, exitStatus}: FoldedRun): 'done' | 'unknown' | 'failed' | 'open' {
	if (state.status === 'finished' && exitStatus === 0) {
		return 'done';
	}

	if (exitStatus === 3) {
		return 'unknown';
	}

	// A run that is over has failed where a test has, though no step did
	const hasFailed = [...state.progress.values()].some(progress => progress.state === 'failed');
	return hasFailed || state.status === 'finished' ? 'failed' : 'open';
}

/** Throws a UserError (status 2) for a `--step` that the run has not; undefined was not given. */
export function requireStep(step: StepId | undefined, {nodes}: StepGraph): void {
	if (step !== undefined && !nodes.some(node => node.step.id === step)) {
		throw new UserError(
			'unknown-step',
			`--step ${sanitiseLine(step)}: the run has no step of that id.`,
			'`fieldbook show RUN --json` lists its steps with their ids.',
			2,
		);
	}
}
