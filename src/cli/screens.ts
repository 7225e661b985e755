import type {RunHandle} from '../engine/handle.js';
import type {Pace} from '../run/event.js';
import {exitStatusOf} from '../run/exit-status.js';
import {sanitiseLine} from '../text/sanitise.js';
import type {UiOptions} from '../ui/app.js';
import type {Workbench} from '../ui/workbench.js';
import type {LabChoice} from './lab-options.js';
import {say} from './output.js';
import {RunEndedBy} from './report-error.js';
import type {SessionSpec} from './session.js';
import {heedingStrays} from './stray.js';
import {hasAscii, hasColor, isIncremental} from './terminal.js';
import type {WorkbenchOptions} from './workbench.js';

/** With a screen to watch, a minute of the lab takes some seconds: time enough to see it, none to be bored. */
export const WATCHED_SPEED = 20;

/** Where nothing was said about the lab. */
export const noLab: LabChoice = {fault: undefined, seed: undefined, speed: WATCHED_SPEED, world: undefined};

/**
The full screen; then, on the normal one, where the run is and how to go on. Resolves with the exit status.

Nothing but the screens themselves is loaded before they stand: what reads runbooks comes when it is first asked.
*/
export async function screens(
	first: UiOptions['first'],
	options: Omit<WorkbenchOptions, 'open'>,
	pace: Pace | undefined,
	ascii: boolean,
): Promise<number> {
	if (first.screen === 'home') {
		(await import('./listing-thread.js')).listHomeSoon();
	}

	const {runUi} = await import('../ui/app.js');
	const {stdin, stdout} = process;
	const {
		how,
		run: left,
		runFile,
		error,
	} = await runUi(lateWorkbench({...options, open: inThread}), {
		first,
		pace: pace ?? 'step',
		glyphs: hasAscii(ascii) ? 'ascii' : 'unicode',
		color: hasColor(),
		incremental: isIncremental(),
		pager: async lines => (await import('./lent-terminal.js')).page(lines),
		editor: async (file, line) => (await import('./lent-terminal.js')).edit(file, line),
		heedingStrays,
		stdin,
		stdout,
	});
	await (await import('./listing-thread.js')).stopListing();
	const {resumeCommand} = await import('./run-list.js');
	if (error !== undefined) {
		throw runFile === undefined ? error : new RunEndedBy(error, resumeCommand(runFile));
	}

	if (left === undefined) {
		return how === 'interrupted' ? 130 : 0;
	}

	const {summaryWords, summaryOf} = await import('../view/summary.js');
	const {open, state} = left;
	const status = exitStatusOf(open.graph, state);
	const next = status === 0 ? `It is kept in ${sanitiseLine(open.file)}` : `Go on with: ${resumeCommand(open.file)}`;
	const summary = summaryOf(open.graph, state);
	await say(`${summary.title}\n${summaryWords(summary)}\n${next}`);
	return how === 'interrupted' ? 130 : status;
}

function lateWorkbench(options: WorkbenchOptions): Workbench {
	const workbench = async () => (await import('./workbench.js')).createWorkbench(options);
	return {
		home: async tell => (await import('./listing-thread.js')).listHome(tell),
		open: async file => (await workbench()).open(file),
		edited: async runFile => (await workbench()).edited(runFile),
		resume: async runFile => (await workbench()).resume(runFile),
		review: async runFile => (await workbench()).review(runFile),
		report: async runFile => (await workbench()).report(runFile),
	};
}

async function inThread(spec: SessionSpec): Promise<RunHandle> {
	const {openInThread} = await import('./thread-handle.js');
	return openInThread(spec);
}
