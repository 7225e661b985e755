import type {Problem} from '../document/problem.js';
import type {RunHandle} from '../engine/handle.js';
import type {StepGraph} from '../graph/graph.js';
import type {Pace} from '../run/event.js';
import type {HostName, ParamName, Runbook} from '../runbook/runbook.js';
import type {SheetField} from '../runbook/site.js';
import type {DriftView} from '../view/drift.js';
import type {Estimates} from '../view/estimates.js';

/**
What screens may ask of the program before and around a run. If it is not here, no screen can do it.

Every promise rejects with a UserError where the person at the keyboard can put it right; the screen shows
its message and what to do next, and stays where it was.
*/
export type Workbench = {
	/**
	What the state folder and the runbook folders hold now; read again each time the home screen comes up. `tell` hears what is known
	at once, and then each fuller listing; resolves after the last one.
	*/
	home(tell: (listing: HomeListing) => void): Promise<void>;
	/** Reads and compiles a runbook with the site file that goes with it. Problems in it are no rejection. */
	open(file: string): Promise<OpenedRunbook>;
	/** What somebody has made of the runbook of this run meanwhile; undefined: nothing that he was not asked about before. */
	edited(runFile: string): Promise<EditedRunbook | undefined>;
	/** Goes on with the run in this run file, with the runbook that it has. */
	resume(runFile: string): Promise<OpenRun>;
	/** Opens a run that is over, to be looked at: it takes notes and evidence, and nothing else. */
	review(runFile: string): Promise<OpenRun>;
	/** Writes the report of a run beside its file, over no other file, and opens it where there is a desktop. */
	report(runFile: string): Promise<WrittenReport>;
};

export type WrittenReport = {readonly file: string; readonly isOpened: boolean};

export type Mode = 'real' | 'rehearsal';

export type HomeListing = {
	/** Newest first. */
	readonly unfinished: readonly RunListing[];
	/** The parts of one right behind it. */
	readonly runbooks: readonly RunbookListing[];
	/** Newest first. */
	readonly finished: readonly RunListing[];
	/** False: there may be runs that are not listed yet. */
	readonly areRunsRead: boolean;
};

export type RunListing = {
	/** The run file. */
	readonly file: string;
	readonly title: string;
	readonly mode: Mode;
	readonly state: 'open' | 'unknown' | 'failed' | 'done';
	/** One line: when it stopped, how far it came. */
	readonly note: string;
};

export type RunbookListing = {
	readonly file: string;
	readonly title: string;
	/** The folder that it lies in, by name; empty: where we are. */
	readonly folder: string;
	/** The file of the runbook of this list that includes it; undefined: it stands for itself. */
	readonly partOf: string | undefined;
	/** One line: how many steps, in which parts; or what is wrong with it. Empty: it has not been read yet. */
	readonly note: string;
};

export type OpenedRunbook = {
	readonly file: string;
	readonly title: string;
	/** In file order. With an error among them it cannot be started. */
	readonly problems: readonly ProblemText[];
	/** Where `writeSite` writes. */
	readonly siteFile: string;
	/** Why it cannot be rehearsed; empty if it can. */
	readonly noRehearsal: string;
	/** The parameter sheet with these edits over what the site file says. Pure and quick: called at every key. */
	sheet(mode: Mode, edits: readonly SheetEdit[]): Sheet;
	/** Writes the edits into the site file, secrets left out. Resolves once they are on disk. */
	writeSite(edits: readonly SheetEdit[]): Promise<void>;
	/** Makes the run file and opens the run in preflight. Refused while the sheet is not `ready`. */
	start(choice: StartChoice): Promise<OpenRun>;
};

/** A problem as `fieldbook check` prints it: place, the line with a caret, help. May have several lines. */
export type ProblemText = {readonly severity: Problem['severity']; readonly text: string};

/**
A value as typed. `param` is a parameter's name, or `host.address`, `host.port`, `host.user` for the line of a host.
`host` is undefined where one value holds for all. The newest edit of a field wins.
*/
export type SheetEdit = {readonly param: ParamName; readonly host: HostName | undefined; readonly text: string};

export type Sheet = {
	/** The hosts' own lines first (`host.address`, …), then the parameters, in runbook order. A secret's value is never here. */
	readonly fields: readonly SheetField[];
	/** What is wrong and belongs to no field. */
	readonly problems: readonly ProblemText[];
	/** How many steps a run with these rows has: `14 steps`. */
	readonly steps: string;
	/** Nothing is missing or wrong. */
	readonly ready: boolean;
};

type StartChoice = {readonly mode: Mode; readonly edits: readonly SheetEdit[]; readonly pace: Pace};

/** A runbook that is not what its run executes any more. */
export type EditedRunbook =
	/** There is nothing to decide: the run keeps its own. */
	| {readonly kind: 'told'; readonly words: string}
	| {
			readonly kind: 'asked';
			readonly view: DriftView;
			/** Goes on with the edited runbook; undefined: that cannot be now, for what the view says. */
			readonly adopt: (() => Promise<OpenRun>) | undefined;
			/** Goes on with what the run has. */
			readonly keep: () => Promise<OpenRun>;
	  };

/** A run under way, new or resumed. Whoever opened it closes its handle. */
export type OpenRun = {
	readonly handle: RunHandle;
	readonly runbook: Runbook;
	readonly graph: StepGraph;
	/** The run file. */
	readonly file: string;
	/** How a host encodes what it prints: a WHATWG label, `utf-8` where the sheet says nothing. */
	encodingOf(host: HostName): string;
	/** How long its steps are likely to take, by earlier runs. Never rejects. */
	estimates(): Promise<Estimates>;
	/**
	Closes it and removes what was kept of it. Only where going back costs nothing: a run that was just started, and of
	which nothing was begun. Undefined: it is no such run.
	*/
	readonly discard?: () => Promise<void>;
};
