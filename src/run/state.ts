import type {RunNames} from '../runbook/run-names.js';
import type {HostName, ParamName, PhaseId, StepId} from '../runbook/runbook.js';
import type {Values} from '../runbook/site.js';
import type {Gap, HostFacts, ManualChoice, OutputFacts, Pace, Part, RunbookFile, RunEvent, Selection} from './event.js';
import type {JobSeen, Outcome, Refusal} from './outcome.js';

/** What all events so far amount to. Knows no graph: what waits for what is asked of `run/next.ts`. */
export type RunState = {
	/** `new` before RunStarted; `preflight` until RunBegun. */
	readonly status: 'new' | 'preflight' | 'running' | 'paused' | 'finished';
	readonly started: Extract<RunEvent, {type: 'RunStarted'}> | undefined;
	/** What it executes. */
	readonly executes: Executed | undefined;
	/** Edited runbooks that were declined: their copies' hashes. */
	readonly declined: ReadonlySet<string>;
	/** Steps that were done, satisfied or skipped before the runbook was adopted in which they say something else. */
	readonly changedSince: ReadonlySet<StepId>;
	/** Steps that say something else since they were tried last, and that nobody has let run since. */
	readonly unread: ReadonlySet<StepId>;
	/** What happened to steps that the runbook has no more; those to which nothing had happened are not here. */
	readonly left: ReadonlyMap<StepKey, {readonly title: string; readonly progress: Progress}>;
	readonly startedAt: string;
	readonly finishedAt: string;
	readonly pace: Pace;
	readonly selection: Selection;
	/** Whose the run is since it was opened last; undefined before RunStarted. */
	readonly lease: Lease | undefined;
	readonly takeOvers: readonly TakeOver[];
	/** Who worked on the run, in order of appearance. */
	readonly engineers: readonly string[];
	readonly pauses: number;
	/** Why it was paused last, in the words of who did. */
	readonly pausedBecause: string;
	readonly hosts: ReadonlyMap<HostName, HostState>;
	/** By `stepKey`; absent: nothing happened to it yet. */
	readonly progress: ReadonlyMap<StepKey, Progress>;
	/** How many of a step's gates were passed, in their order; absent: none. */
	readonly gatesPassed: ReadonlyMap<StepId, number>;
	readonly confirmed: ReadonlySet<StepId>;
	/** The last answer stands last. */
	readonly hostsChosen: ReadonlyMap<StepId, HostName | 'none'>;
	/** Tests and requires that are not gone on with, and why. */
	readonly givenUp: ReadonlyMap<PhaseId, string>;
	/** The way that was chosen of each phase `ways`. */
	readonly waysChosen: ReadonlyMap<PhaseId, PhaseId>;
	/** Of steps whose host is a role: where each runs, as far as it was looked up. */
	readonly rolesFound: ReadonlyMap<StepId, HostName>;
	/** Steps that somebody took a note on since they were last begun anew. */
	readonly noted: ReadonlySet<StepId>;
	/** Frozen at the start, then added to by captures: by name, then host, `*` for all. */
	readonly values: Values;
	/** The last event before the part of the file that was lost to damage; undefined: nothing was. */
	readonly salvagedFrom: number | undefined;
	readonly lastSeq: number;
};

/** Who may go on with a run: whoever opened it last. */
export type Lease = {
	readonly by: string;
	readonly device: string;
	/** Undefined: fieldbook 0.1 opened it, whose devices had no keys. */
	readonly deviceKey: string | undefined;
	/** From 1, higher at each opening: a host that saw a higher one refuses whoever was taken over from. */
	readonly epoch: number;
	/** ISO 8601, by the run's clock. */
	readonly since: string;
};

/** A lease that was not let go of by the one before, whoever that was. */
export type TakeOver = Lease & {readonly from: {readonly by: string; readonly device: string; readonly epoch: number}};

/** The runbook of a run: where it came from, and which of the copies that the run keeps it is. */
type Executed = {
	readonly runbook: RunbookFile;
	/** Null: what the run was started with. */
	readonly copy: string | null;
	readonly calls: RunNames;
	readonly graphHash: string;
};

export type HostState =
	/** `before`: the attempts at steps for which a host that had not answered was contacted again, as `stepKey#attempt`. */
	| {readonly kind: 'unknown'; readonly before?: readonly string[]}
	| {readonly kind: 'reached'; readonly facts: HostFacts}
	| {readonly kind: 'firstContact'; readonly keyType: string; readonly fingerprint: string; readonly about?: string}
	| {readonly kind: 'trusted'; readonly fingerprint: string}
	| {
			readonly kind: 'refused';
			readonly refusal: Refusal | 'unreachable';
			readonly reason: string;
			readonly next: string;
			readonly before?: readonly string[];
	  };

/** `step@host`; `step@` where there is no host. */
export type StepKey = string;

/** One step on one host. */
export type Progress = {
	/** `open`: none of the others; whether it waits, is ready or asks is derived from the graph. */
	readonly state: 'open' | 'running' | 'satisfied' | 'done' | 'failed' | 'unknown' | 'skipped' | 'undone';
	/** The newest attempt, from 1, or an older one that was found on its host again; 0 before the first. */
	readonly attempt: number;
	/** The highest number of an attempt so far. */
	readonly newest: number;
	/** Under way if `state` is `running` or `open` with a check under way; else the last one that ended. */
	readonly part: Part | undefined;
	readonly underWay: boolean;
	/** The newest try of the step itself or of its undo, whatever was looked at since; `undefined` before the first. */
	readonly sent: Sent | undefined;
	/** What the host said of what was sent; undefined: it was not asked since the outcome got lost. */
	readonly looked: Looked | undefined;
	/** How often its host was asked about an outcome. */
	readonly looks: number;
	/** How often the outcome of what was sent got lost. */
	readonly losses: number;
	/** How often the host proved that nothing ran, since somebody last asked for it. */
	readonly restarts: number;
	/** The file that a file step has put there, and the one that stood there before; hashes. `before` null: there was none. */
	readonly replaced: {readonly by: string; readonly before: string | null} | undefined;
	/** What the check of this attempt said; `undefined` before it ended. */
	readonly checkSaid: 'there' | 'not-there' | undefined;
	readonly outcome: Outcome | undefined;
	readonly output: OutputFacts | undefined;
	readonly tries: number;
	/** How often it was run again by itself since somebody last asked for it. */
	readonly reruns: number;
	/** Why it is in this state, for the screen. */
	readonly because: string;
	/** Asked for and not yet taken up by the engine. */
	readonly asked: 'retry' | 'check' | 'look' | 'cancel' | 'hand' | 'undo' | undefined;
	/** A hand was done and the watchers have still to see it. */
	readonly handDone: boolean;
	readonly startedAt: string;
	readonly finishedAt: string;
	readonly job: string;
	readonly changes: boolean;
	readonly captured: Readonly<Record<ParamName, string>>;
	/** What a person said of a manual step last; `undefined` before that. */
	readonly choice: ManualChoice | undefined;
	/** When the watchers last heard the host, or first heard it again; empty if they did not see it. */
	readonly seenAt: string;
	/** Of a probe, over all its attempts; `undefined` before the first one ended. */
	readonly probed: {readonly longestGapMs: number; readonly gaps: readonly Gap[]} | undefined;
	readonly note: string;
	/** Of this attempt, oldest first. */
	readonly evidence: ReadonlyArray<Omit<Extract<RunEvent, {type: 'EvidenceTaken'}>, 'type' | 'step' | 'host'>>;
	readonly by: string;
};

export type Sent = {
	readonly part: 'run' | 'undo';
	readonly attempt: number;
	readonly at: string;
	/** How its host can be asked what came of it; undefined: it cannot, because nothing of it is kept there. */
	readonly trace: Trace | undefined;
};

/** A job is asked for by its name, a restart by the host's boot identity. `boot`: that of before, undefined if it had none. */
export type Trace = {readonly kind: 'job' | 'restart'; readonly job: string; readonly boot: string | undefined};

export type Looked = {
	readonly seen: JobSeen;
	/** It was not asked at all, for want of a secret. */
	readonly unasked: boolean;
	readonly at: string;
	/** Of look-ups in a row without an answer: when the first one was, and how many; 0 if this one was answered. */
	readonly silentSince: string;
	readonly silentTimes: number;
};

/** What a person sees of one step on one host: `dialect.md`, section 6. */
export type StepStatus =
	| 'waiting'
	| 'ready'
	| 'asking'
	| 'running'
	| 'satisfied'
	| 'done'
	| 'failed'
	| 'unknown'
	| 'skipped'
	| 'undone';

/** What the run waits for a person to do; the first one is what a screen puts in front. */
export type Question =
	| {readonly kind: 'begin'; readonly problems: readonly HostName[]}
	| {
			readonly kind: 'trust';
			readonly host: HostName;
			readonly keyType: string;
			readonly fingerprint: string;
			/** The step that waits for it; undefined: the run has not begun. */
			readonly step?: StepId;
	  }
	| {readonly kind: 'choose-host'; readonly step: StepId}
	| {readonly kind: 'go'; readonly step: StepId; readonly hosts: readonly HostName[]}
	| {
			readonly kind: 'gate';
			readonly step: StepId;
			/** Which of the step's gates, from 0: each is asked in turn. */
			readonly gate: number;
			readonly hosts: readonly HostName[];
			readonly danger: boolean;
			/** What must be typed, in this order; empty: a plain yes. */
			readonly names: readonly string[];
	  }
	| {readonly kind: 'manual'; readonly step: StepId; readonly host: HostName}
	/** The step is done, but for these kinds of evidence. */
	| {readonly kind: 'evidence'; readonly step: StepId; readonly host: HostName; readonly missing: readonly string[]}
	| {readonly kind: 'failed'; readonly step: StepId; readonly hosts: readonly HostName[]}
	/** It was taken back: now it is done again, skipped, or done in another way. */
	| {readonly kind: 'undone'; readonly step: StepId; readonly hosts: readonly HostName[]}
	| {readonly kind: 'unknown'; readonly step: StepId; readonly hosts: readonly HostName[]}
	/** `step`: the first one that is ready; `ways`: those that are open here, in document order. */
	| {
			readonly kind: 'choose-way';
			readonly step: StepId;
			readonly phase: PhaseId;
			readonly ways: readonly PhaseId[];
	  }
	| {readonly kind: 'resume'; readonly reason: string};
