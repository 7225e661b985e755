import {setFlagsFromString} from 'node:v8';
import {UserError} from '../text/user-error.js';
import type {Mode} from '../ui/workbench.js';
import {type Decided, type FoundEdited, findEdited} from './edited-runbook.js';
import {tellingHolder} from './held-run.js';
import type {LabChoice} from './lab-options.js';
import {openRunbookFile, requireNoErrors} from './open-runbook.js';
import {say} from './output.js';
import type {RehearseOptions, ResumeOptions, RunOptions} from './program.js';
import {RunEndedBy} from './report-error.js';
import {findRunFile, foldRun, listRuns, resumeCommand} from './run-list.js';
import {noLab, screens, WATCHED_SPEED} from './screens.js';
import type {SessionSpec} from './session.js';
import {openSheet, readSet} from './sheet.js';
import {specOfNewRun, specOfResumedRun} from './start-run.js';
import {heedingStrays, withinPatience} from './stray.js';
import {hasAscii, isAttended, isTerminal} from './terminal.js';
import {openRun, type WorkbenchOptions} from './workbench.js';

/** `fieldbook run FILE`. */
export async function run(file: string, options: RunOptions): Promise<number> {
	if (options.yes) {
		throw new UserError(
			'yes-on-real-hosts',
			'--yes answers gates and manual steps, and is for rehearsals only.',
			'Leave it out; or try the runbook with `fieldbook rehearse`.',
			2,
		);
	}

	return begin(file, 'real', options, noLab);
}

/** `fieldbook rehearse FILE`. Where nobody sits at a terminal it runs to its end by itself. */
export async function rehearse(file: string, options: RehearseOptions): Promise<number> {
	const lab: LabChoice = {
		fault: options.fault,
		seed: options.seed,
		speed: options.speed ?? speedFor(isAttended() && !options.yes),
		world: options.world === undefined ? undefined : findRunFile(options.world, process.env),
	};
	return begin(file, 'rehearsal', {...options, yes: options.yes || !process.stdin.isTTY}, lab);
}

/** `fieldbook resume [RUN]`. */
export async function resume(named: string | undefined, options: ResumeOptions): Promise<number> {
	const file = named === undefined ? await newestUnfinished() : findRunFile(named, process.env);
	return tellingHolder(file, () => resumeFile(file, options));
}

async function resumeFile(file: string, options: ResumeOptions): Promise<number> {
	const isWatched = isTerminal(options.plain);
	const choices = {
		pace: options.pace,
		detach: options.detach,
		speed: speedFor(isAttended() && !options.yes),
		takeOver: options.takeOver,
	};
	const {spec} = await specOfResumedRun(file, choices);
	const isRehearsal = spec.world.kind === 'lab';
	if (options.yes && !isRehearsal) {
		throw new UserError(
			'yes-on-real-hosts',
			'--yes answers gates and manual steps, and is for rehearsals only.',
			'Leave it out; this run is on real hosts.',
			2,
		);
	}

	if (isWatched) {
		return screens(
			{screen: 'resume', runFile: file},
			{
				...workbenchOptions(options, noLab),
				takeOver: options.takeOver ? file : undefined,
				runbook: options.runbook,
			},
			options.pace,
			options.ascii,
		);
	}

	const edited = findEdited(foldRun(file), {...options, set: readSet(options.set)});
	const decided = await decideLineByLine(edited, isAttended() && !options.yes);
	if (decided === 'leave') {
		return 1;
	}

	const resumed = await specOfResumedRun(file, {...choices, decided});
	return plain(resumed.spec, {...options, yes: isRehearsal && (options.yes || !process.stdin.isTTY)}, resumed.lastSeq);
}

/** Undefined: the run keeps its own runbook, and nobody has said so. */
async function decideLineByLine(
	edited: FoundEdited | undefined,
	isAttended: boolean,
): Promise<Decided | 'leave' | undefined> {
	if (edited === undefined) {
		return undefined;
	}

	const {askAboutEdited, tellOfEdited} = await import('./ask-about-edited.js');
	const {createLineInput} = await import('./line-input.js');
	if (!isAttended || edited.kind === 'told' || edited.view.isOnlyWords) {
		await say(tellOfEdited(edited));
		return undefined;
	}

	const input = createLineInput(process.stdin, say);
	try {
		return await askAboutEdited(edited, input);
	} finally {
		input.close();
	}
}

function speedFor(isWatched: boolean): number {
	return isWatched ? WATCHED_SPEED : Number.POSITIVE_INFINITY;
}

async function begin(file: string, mode: Mode, options: RunOptions, lab: LabChoice): Promise<number> {
	if (!isTerminal(options.plain)) {
		keepYoungObjectsFew();
	}

	const opened = openRunbookFile(file);
	requireNoErrors(opened);
	const workbench = workbenchOptions(options, lab);
	if (isTerminal(options.plain)) {
		return screens({screen: 'sheet', file, mode}, workbench, options.pace, options.ascii);
	}

	const sheet = openSheet(file, options.site, mode);
	const spec = await specOfNewRun({
		...workbench,
		opened,
		sheet,
		secrets: {},
		mode,
		pace: options.pace ?? (isAttended() && !options.yes ? 'step' : 'auto'),
		hostKeys: options.hostKeys ?? 'strict',
	});
	return plain(spec, options, 0);
}

function workbenchOptions(options: RunOptions, lab: LabChoice): Omit<WorkbenchOptions, 'open'> {
	return {
		site: options.site,
		set: readSet(options.set),
		selection: {startAt: options.startAt ?? null, only: options.only ?? null},
		runFile: options.runFile,
		hostKeys: options.hostKeys ?? 'ask',
		detach: options.detach,
		lab,
		takeOver: undefined,
		runbook: undefined,
		opened: () => {},
	};
}

async function newestUnfinished(): Promise<string> {
	const listed = await listRuns(process.env);
	const found = listed.find(
		({run, holder}) => run !== undefined && holder === undefined && run.state.status !== 'finished',
	);
	if (found === undefined) {
		throw new UserError(
			'nothing-to-resume',
			'No run on this laptop is unfinished.',
			'`fieldbook runs` lists the runs there are.',
			2,
		);
	}

	return found.file;
}

/**
Otherwise V8 lets the short-lived objects of many handshakes and of fast output take 100 MB before it looks at them;
collecting them early costs no measurable time. Has to come before there are any.
*/
function keepYoungObjectsFew(): void {
	setFlagsFromString('--semi-space-growth-factor=1');
}

/**
One line per event. Ctrl-C, or a terminal or reader that is gone, lets what is under way end, pauses the run, and ends with 130.
*/
async function plain(spec: SessionSpec, options: RunOptions, toldUpTo: number): Promise<number> {
	const {runPlain} = await import('./plain.js');
	const {createLineInput} = await import('./line-input.js');
	const {openSession} = await import('./session.js');
	const input = isAttended() ? createLineInput(process.stdin, say) : undefined;
	const interrupt = new AbortController();
	const onInterrupt = () => interrupt.abort();
	process.on('SIGINT', onInterrupt).on('SIGTERM', onInterrupt).on('SIGHUP', onInterrupt);
	process.stdout.on('error', onInterrupt);
	try {
		const {handle, graph, file, encodingOf} = await openRun(spec, {open: openSession, opened: () => {}});
		const resume = resumeCommand(file);
		try {
			return await heedingStrays(() =>
				runPlain(handle, graph, {
					resume,
					input,
					print: input === undefined ? say : text => input.print(text),
					yes: options.yes,
					encodingOf,
					ascii: hasAscii(options.ascii),
					toldUpTo,
					interrupt: interrupt.signal,
				}),
			);
		} catch (error) {
			throw new RunEndedBy(error, resume);
		} finally {
			input?.close();
			await withinPatience(handle.close());
		}
	} finally {
		process.off('SIGINT', onInterrupt).off('SIGTERM', onInterrupt).off('SIGHUP', onInterrupt);
	}
}
