import {readdirSync, rmSync, writeFileSync} from 'node:fs';
import {join, relative} from 'node:path';
import {fileURLToPath} from 'node:url';
import {formatProblems} from '../document/format-problem.js';
import type {Problem} from '../document/problem.js';
import type {RunHandle} from '../engine/handle.js';
import {keyOfField} from '../runbook/bind.js';
import type {SheetField, Values} from '../runbook/site.js';
import {writeSite} from '../runbook/write-site.js';
import {sanitiseLine} from '../text/sanitise.js';
import {UserError} from '../text/user-error.js';
import type {
	EditedRunbook,
	HomeListing,
	Mode,
	OpenedRunbook,
	OpenRun,
	ProblemText,
	RunbookListing,
	RunListing,
	Sheet,
	SheetEdit,
	Workbench,
} from '../ui/workbench.js';
import {runTitle} from '../view/titles.js';
import {type Decided, findEdited} from './edited-runbook.js';
import {tellingHolder} from './held-run.js';
import {labFileOf} from './lab-options.js';
import {type OpenedFile, openRunbookFile} from './open-runbook.js';
import {reviewRun} from './review.js';
import {foldRun, type ListedRun, listRuns, localTime, statusWord, whoseWords} from './run-list.js';
import type {SessionSpec} from './session.js';
import {bindSheet, countSteps, countStepsBeside, type OpenedSheet, openSheet, stepWords} from './sheet.js';
import {type ResumeChoices, type StartChoices, specOfNewRun, specOfResumedRun} from './start-run.js';

/** What the command line said, for whatever is opened at this workbench. */
export type WorkbenchOptions = Pick<StartChoices, 'selection' | 'runFile' | 'hostKeys' | 'lab' | 'set' | 'detach'> & {
	readonly site: string | undefined;
	/** The run file that `--take-over` was said of. */
	readonly takeOver: string | undefined;
	/** The edited runbook of a run that is resumed; undefined: the file that it was started from. */
	readonly runbook: string | undefined;
	/** In a thread of its own, or in this one. */
	readonly open: (spec: SessionSpec) => Promise<RunHandle>;
	/** Told of each run file that is opened, so that the program can name it at its end. */
	readonly opened: (runFile: string) => void;
};

/** The program behind the screens: reads files, lists runs, opens sessions. */
export function createWorkbench(options: WorkbenchOptions): Workbench {
	return {
		home: homeListing,
		open: async file => openedRunbook(file, options),
		edited: async runFile => editedRunbook(runFile, options),
		resume: async runFile => goOn(runFile, options),
		review: async runFile => reviewRun(runFile),
	};
}

/** Opens a session and puts beside it what screens show of it. Rejects with a UserError. */
export async function openRun(
	spec: SessionSpec,
	{open, opened}: Pick<WorkbenchOptions, 'open' | 'opened'>,
): Promise<OpenRun> {
	const handle = await open(spec);
	opened(spec.runFile.path);
	const {runbook, graph, hosts} = spec.plan;
	return {handle, runbook, graph, file: spec.runFile.path, encodingOf: host => hosts[host]?.encoding ?? 'utf-8'};
}

async function goOn(runFile: string, options: WorkbenchOptions, decided?: Decided): Promise<OpenRun> {
	return tellingHolder(runFile, async () => {
		const {spec} = await specOfResumedRun(runFile, resumeChoices(runFile, options, decided));
		return openRun(spec, options);
	});
}

function resumeChoices(runFile: string, {detach, lab, takeOver}: WorkbenchOptions, decided?: Decided): ResumeChoices {
	return {pace: undefined, detach, speed: lab.speed, takeOver: runFile === takeOver, decided};
}

/** Rejects as `resume` would: nobody decides about a run that he may not go on with. */
async function editedRunbook(runFile: string, options: WorkbenchOptions): Promise<EditedRunbook | undefined> {
	await tellingHolder(runFile, () => specOfResumedRun(runFile, resumeChoices(runFile, options)));
	const found = findEdited(foldRun(runFile), options);
	if (found === undefined || found.kind === 'told') {
		return found;
	}

	const {view, adopt, keep} = found;
	return view.isOnlyWords
		? {kind: 'told', words: `${view.headline} The run keeps its own.`}
		: {
				kind: 'asked',
				view,
				adopt: adopt && (() => goOn(runFile, options, adopt)),
				keep: () => goOn(runFile, options, adopt === undefined ? undefined : keep),
			};
}

async function homeListing(): Promise<HomeListing> {
	const runs = await listRuns(process.env);
	const listings = runs.map(runListing);
	return {
		unfinished: listings.filter(({state}) => state !== 'done'),
		runbooks: runbookListings(),
		finished: listings.filter(({state}) => state === 'done'),
	};
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
		word === 'done'
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

/** The runbooks that came with fieldbook, then those of the folder that we are in. */
function runbookListings(): readonly RunbookListing[] {
	const own = fileURLToPath(new URL('../runbooks', import.meta.url));
	return [...markdownIn(own, true), ...markdownIn(process.cwd(), false)].flatMap(file => {
		try {
			const opened = openRunbookFile(file);
			const {runbook, problems} = opened;
			if (runbook.plain) {
				return [];
			}

			const errors = problems.filter(({severity}) => severity === 'error').length;
			const note =
				errors === 0 ? stepWords(countStepsBeside(opened)) : `${errors} ${errors === 1 ? 'error' : 'errors'}`;
			return [{file: shortest(file), title: sanitiseLine(runbook.title), note}];
		} catch (error) {
			if (error instanceof UserError) {
				return [];
			}

			throw error;
		}
	});
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

function shortest(file: string): string {
	const fromHere = relative(process.cwd(), file);
	return fromHere.length < file.length ? fromHere : file;
}

function openedRunbook(file: string, options: WorkbenchOptions): OpenedRunbook {
	const opened = openRunbookFile(file);
	const sheets: Partial<Record<Mode, OpenedSheet>> = {};
	const sheetOf = (mode: Mode): OpenedSheet => {
		const sheet = sheets[mode] ?? openSheet(file, options.site, mode);
		sheets[mode] = sheet;
		return sheet;
	};

	return {
		file,
		title: opened.runbook.title,
		problems: opened.problems.map(problem => problemText(problem, opened.sources)),
		siteFile: openSheet(file, options.site, 'real').file,
		noRehearsal: labFileOf(file) === undefined ? 'no lab.yaml stands beside it' : '',
		sheet: (mode, edits) => sheetWith(opened, sheetOf(mode), options.set, edits),
		writeSite: async edits => {
			const {file: target, text} = openSheet(file, options.site, 'real');
			writeFileSync(target, writeSite(text, setOf(withoutSecrets(opened, edits))));
			delete sheets.real;
			delete sheets.rehearsal;
		},
		start: async ({mode, edits, pace}) => {
			const spec = specOfNewRun({
				...options,
				opened,
				sheet: sheetOf(mode),
				set: {...options.set, ...setOf(withoutSecrets(opened, edits))},
				secrets: secretsIn(opened, edits),
				mode,
				pace,
			});
			const run = await openRun(spec, options);
			return {...run, discard: () => discard(run, spec)};
		},
	};
}

/** The lab ends before its world is removed: it would write it once more. */
async function discard({handle, file}: OpenRun, {world}: SessionSpec): Promise<void> {
	await handle.close();
	rmSync(file, {force: true});
	if (world.kind === 'lab') {
		const {openLab} = await import('../lab/start.js');
		const lab = await openLab(world.lab);
		await lab.stop();
		rmSync(lab.worldFile, {force: true});
	}
}

function sheetWith(
	opened: OpenedFile,
	sheet: OpenedSheet,
	set: Readonly<Record<string, string>>,
	edits: readonly SheetEdit[],
): Sheet {
	const {fields, problems, tables} = bindSheet(opened, sheet, {...set, ...setOf(withoutSecrets(opened, edits))});
	const errors = problems.filter(({severity}) => severity === 'error');
	const belongsToNoField = errors.filter(({code}) => !FIELD_PROBLEMS.includes(code));
	return {
		fields,
		problems: belongsToNoField.map(problem =>
			problemText(problem, new Map([...opened.sources, [sheet.file, sheet.text]])),
		),
		steps: stepWords(countSteps(opened, tables)),
		ready: errors.length === 0 && fields.every(({problem}) => problem === ''),
	};
}

/** Told at the field itself. */
const FIELD_PROBLEMS: readonly string[] = ['no-value', 'bad-value', 'same-value', 'no-address'];

function setOf(edits: readonly SheetEdit[]): Readonly<Record<string, string>> {
	return Object.fromEntries(edits.map(({param, host, text}) => [keyOfEdit({param, host}), text]));
}

/** `host.port` of `esxi1` is `esxi1.port`, as for `--set`. */
function keyOfEdit({param, host}: Pick<SheetField, 'param' | 'host'>): string {
	const field = /^host\.(\w+)$/.exec(param)?.[1];
	return field === undefined ? keyOfField({param, host}) : `${host ?? ''}.${field}`;
}

function isSecret({runbook}: OpenedFile, {param}: SheetEdit): boolean {
	return runbook.params.some(({name, type}) => name === param && type === 'secret');
}

function withoutSecrets(opened: OpenedFile, edits: readonly SheetEdit[]): readonly SheetEdit[] {
	return edits.filter(edit => !isSecret(opened, edit));
}

function secretsIn(opened: OpenedFile, edits: readonly SheetEdit[]): Values {
	const secrets: Record<string, Record<string, string>> = {};
	for (const {param, host, text} of edits.filter(edit => isSecret(opened, edit) && edit.text !== '')) {
		secrets[param] = {...secrets[param], [host ?? '*']: text};
	}

	return secrets;
}

function problemText(problem: Problem, source: ReadonlyMap<string, string>): ProblemText {
	return {severity: problem.severity, text: formatProblems([problem], source)};
}
