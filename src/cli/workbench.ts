import {rmSync, writeFileSync} from 'node:fs';
import {formatProblems} from '../document/format-problem.js';
import type {Problem} from '../document/problem.js';
import type {RunHandle} from '../engine/handle.js';
import {keyOfField} from '../runbook/bind.js';
import type {SheetField, Values} from '../runbook/site.js';
import {writeSite} from '../runbook/write-site.js';
import type {
	EditedRunbook,
	Mode,
	OpenedRunbook,
	OpenRun,
	ProblemText,
	Sheet,
	SheetEdit,
	Workbench,
} from '../ui/workbench.js';
import {estimatesFor} from './earlier-runs.js';
import {type Decided, findEdited} from './edited-runbook.js';
import {tellingHolder} from './held-run.js';
import {type OpenedFile, openRunbookFile} from './open-runbook.js';
import {labFileOf} from './places.js';
import {reviewRun} from './review.js';
import {foldRun} from './run-list.js';
import type {SessionSpec} from './session.js';
import {bindSheet, countSteps, type OpenedSheet, openSheet, stepWords} from './sheet.js';
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

/** The program behind the screens, but for the home screen's lists: reads files, opens sessions. */
export function createWorkbench(options: WorkbenchOptions): Omit<Workbench, 'home'> {
	return {
		open: async file => openedRunbook(file, options),
		edited: async runFile => editedRunbook(runFile, options),
		resume: async runFile => goOn(runFile, options),
		review: async runFile => reviewRun(runFile),
		report: async runFile => (await import('./report.js')).writeReport(runFile),
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
	const {path} = spec.runFile;
	return {
		handle,
		runbook,
		graph,
		file: path,
		encodingOf: host => hosts[host]?.encoding ?? 'utf-8',
		estimates: () =>
			estimatesFor({title: graph.title, mode: spec.world.kind === 'real' ? 'real' : 'rehearsal'}, path, process.env),
	};
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
			const spec = await specOfNewRun({
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
