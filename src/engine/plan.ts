import type {StepGraph} from '../graph/graph.js';
import type {Pace, RunEvent} from '../run/event.js';
import type {HostName, Runbook} from '../runbook/runbook.js';
import type {HostAccess} from './ports.js';

/** What is to be run, and how it is opened. */
export type RunPlan = {
	/** For a resumed run: as it was stored, not as the file is now. */
	readonly runbook: Runbook;
	readonly graph: StepGraph;
	readonly hosts: Readonly<Record<HostName, HostAccess>>;
	/** The files that file steps link to, by the link's URL. */
	readonly linkedFiles: ReadonlyMap<string, Uint8Array>;
	/** `always`: whatever changes something is left to its host, not only what the runbook says. */
	readonly detach: 'auto' | 'always';
	readonly open: StartRun | ResumeRun;
};

/** A new run, into an empty store. What it says stands in `RunStarted`. */
export type StartRun = {readonly kind: 'start'} & Omit<
	Extract<RunEvent, {type: 'RunStarted'}>,
	'type' | 'title' | 'hosts' | 'graphHash'
>;

/** Goes on with what the store holds. `pace` undefined: as before. */
export type ResumeRun = {
	readonly kind: 'resume';
	readonly pace: Pace | undefined;
	/** What somebody said about a runbook that was edited meanwhile; absent: nobody was asked. */
	readonly edited?: EditedRunbook;
} & Omit<Extract<RunEvent, {type: 'RunResumed'}>, 'type'>;

/** With `RunbookAdopted` the plan is that of the edited runbook, and `files` go with it into the run file. */
export type EditedRunbook = {
	readonly event: Extract<RunEvent, {type: 'RunbookAdopted' | 'RunbookKept'}>;
	readonly files: ReadonlyArray<{readonly name: string; readonly bytes: Uint8Array}>;
};
