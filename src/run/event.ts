import type {RunNames} from '../runbook/run-names.js';
import type {HostName, ParamName, PhaseId, StepId} from '../runbook/runbook.js';
import type {Tables, Values} from '../runbook/site.js';
import type {JobSeen, Outcome, Refusal} from './outcome.js';

/**
What happened in a run: past tense, appended once, never changed.

The zod schema of the same shape stands in `run/schema.ts`, the border at which events are read from disk.
*/
export type RunEvent =
	| {
			readonly type: 'RunStarted';
			readonly runId: string;
			readonly title: string;
			readonly runbook: RunbookFile;
			readonly mode: 'real' | 'rehearsal';
			readonly pace: Pace;
			/** The values that are no secrets, frozen here. */
			readonly values: Values;
			/** The rows that phases with `each` were repeated for, frozen here; absent where the runbook has no table. */
			readonly tables?: Tables;
			/** Each host's address, port and user, as the sheet had them. */
			readonly hosts: Readonly<
				Record<HostName, {readonly address: string; readonly port: number; readonly user: string}>
			>;
			readonly selection: Selection;
			readonly by: string;
			readonly device: string;
			/** The fingerprint of the device's key: who signs what follows. Absent in runs of fieldbook 0.1. */
			readonly deviceKey?: string;
			/** Of fieldbook. */
			readonly version: string;
			/** SHA-256 of each file that the run file keeps from its start, by name, and of its `meta`; absent in files of old. */
			readonly kept?: {readonly files: Readonly<Record<string, string>>; readonly meta: string};
			/** Where the step graph must agree on resume: SHA-256 over its steps' ids and hashes. */
			readonly graphHash: string;
	  }
	/** Somebody opened the run again. Attempts that were under way end here: `unknown` if they change something. */
	| {
			readonly type: 'RunResumed';
			readonly by: string;
			readonly device: string;
			readonly deviceKey?: string;
			readonly version: string;
			/** Above that of the lease before; absent: one above. */
			readonly epoch?: number;
			/** Another device held the run and had not let go of it, and somebody said that this one takes over. */
			readonly takenFrom?: {readonly by: string; readonly device: string; readonly epoch: number};
			/** Up to which event a signature stood in the file then; 0: none did. */
			readonly signed?: number;
	  }
	/**
	The run goes on with its runbook as somebody has edited it. What it executed before stays in the run file; a step that is
	done is not done again, whatever it says now.
	*/
	| {
			readonly type: 'RunbookAdopted';
			readonly by: string;
			readonly runbook: RunbookFile;
			/** SHA-256 over the runbook and the files that go with it: names them in the run file. */
			readonly copy: string;
			/** The same of what was executed before; null: what the run was started with. */
			readonly before: string | null;
			readonly graphHash: string;
			readonly calls: RunNames;
			/** Those that do something else now, done ones among them. */
			readonly changed: readonly StepId[];
			/** Those of which only the words around them are others. */
			readonly reworded: readonly StepId[];
			readonly moved: readonly StepId[];
			readonly added: readonly StepId[];
			readonly removed: ReadonlyArray<{readonly step: StepId; readonly title: string}>;
			/** Of parameters that are new, frozen here. */
			readonly values: Values;
	  }
	/** The edited runbook that `copy` names was declined: it is not asked about again. */
	| {readonly type: 'RunbookKept'; readonly by: string; readonly copy: string}
	/** Preflight is over; steps may begin. */
	| {readonly type: 'RunBegun'; readonly by: string}
	| {readonly type: 'RunPaused'; readonly by: string; readonly reason: string}
	| {readonly type: 'RunFinished'}
	/**
	The beginning of a damaged file went into a new one: what happened behind it is lost. `lost`: how many events that is;
	null: nobody can say. `begun`: what they say was begun since, and changes something.
	*/
	| {
			readonly type: 'RunSalvaged';
			readonly by: string;
			readonly device: string;
			readonly lost: number | null;
			readonly begun: ReadonlyArray<{
				readonly step: StepId;
				readonly host: HostName;
				readonly attempt: number;
				readonly part: 'run' | 'undo';
			}>;
			/** Output and kept files, told of by events that were kept, that were lost all the same. */
			readonly without: {
				readonly output: ReadonlyArray<{
					readonly step: StepId;
					readonly host: HostName;
					readonly attempt: number;
					readonly part: Part;
				}>;
				readonly files: readonly string[];
			};
	  }
	| {readonly type: 'PaceSet'; readonly pace: Pace; readonly by: string}
	| {readonly type: 'HostContacted'; readonly host: HostName; readonly facts: HostFacts}
	/**
	First contact: the key is not known, and nothing was sent. `about` says what else is to be known of it: it may be
	that of a host on the way.
	*/
	| {
			readonly type: 'HostKeyMet';
			readonly host: HostName;
			readonly keyType: string;
			readonly fingerprint: string;
			readonly about?: string;
	  }
	| {readonly type: 'HostKeyTrusted'; readonly host: HostName; readonly fingerprint: string; readonly by: string}
	| {
			readonly type: 'HostRefused';
			readonly host: HostName;
			readonly refusal: Refusal | 'unreachable';
			readonly reason: string;
			readonly next: string;
	  }
	/** `contact-again` was asked for: what is known of the host is out of date. */
	| {
			readonly type: 'HostContactAsked';
			readonly host: HostName;
			readonly by: string;
			/** The attempt at a step that is due on it; the host has not answered so far. */
			readonly before?: {readonly step: StepId; readonly attempt: number};
	  }
	/** The engineer read script and hosts and pressed Enter (pace `step`), or let the next phase begin (pace `phase`). */
	| {readonly type: 'StepConfirmed'; readonly step: StepId; readonly by: string}
	/** `typed`: the host names as typed at a danger gate, in the order of the hosts. */
	| {readonly type: 'GatePassed'; readonly step: StepId; readonly typed: readonly string[]; readonly by: string}
	/** A plain document's step got its host; `none`: done by hand. */
	| {readonly type: 'HostChosen'; readonly step: StepId; readonly host: HostName | 'none'; readonly by: string}
	/** The step's role was looked up, and `host` is where the step runs. `because`: who said so, in the host's words. */
	| {readonly type: 'RoleFound'; readonly step: StepId; readonly host: HostName; readonly because: string}
	/**
	Durable before a byte goes to the host. `scriptHash` is the SHA-256 of what is sent, secrets left out.
	`changes` is false for a check, verify, wait and for `readonly` steps. `on`: where a satellite runs that does not run on
	its step's host. `replaces`: the SHA-256 of the file that a file step is about to replace, null where there was none.
	`detached`: it is left to the host, which can be asked for it by `job`. `reboots`: it makes the host restart. Of both,
	`boot` is the host's boot identity then, absent if it names none.
	*/
	| {
			readonly type: 'PartIntended';
			readonly step: StepId;
			readonly host: HostName;
			readonly attempt: number;
			readonly part: Part;
			readonly job: string;
			readonly scriptHash: string;
			readonly changes: boolean;
			readonly on?: readonly HostName[];
			readonly replaces?: string | null;
			readonly detached?: true;
			readonly reboots?: true;
			readonly boot?: string;
	  }
	/**
	A host was asked about an outcome that got lost on the way. `unasked`: it was not, because of what `seen` says: nobody
	gave a secret that would stand in the output.
	*/
	| {
			readonly type: 'JobLookedUp';
			readonly step: StepId;
			readonly host: HostName;
			readonly attempt: number;
			readonly part: Part;
			readonly seen: JobSeen;
			readonly unasked?: true;
	  }
	/** `settles` is the step's state from here on, or null where another part follows or an undo left it as it was. */
	| {
			readonly type: 'PartEnded';
			readonly step: StepId;
			readonly host: HostName;
			readonly attempt: number;
			readonly part: Part;
			readonly outcome: Outcome;
			/** Of the stored bytes, both streams; how many tries a wait or verify took. */
			readonly output: OutputFacts;
			readonly tries: number;
			/** In the words the screen shows: `exit 1, accepted: 0`; empty where there is nothing to say. */
			readonly because: string;
			readonly settles: 'satisfied' | 'done' | 'failed' | 'unknown' | 'undone' | null;
			readonly captured: Readonly<Record<ParamName, string>>;
	  }
	/** A watcher of a manual step saw the host go or come. `since`: when it was last (or first) heard, ISO 8601. */
	| {
			readonly type: 'HostSeen';
			readonly step: StepId;
			readonly host: HostName;
			readonly what: 'down' | 'up';
			readonly since: string;
			/** The step's verify is still to come. */
			readonly follows?: 'verify';
	  }
	| {
			readonly type: 'ManualAnswered';
			readonly step: StepId;
			readonly host: HostName;
			readonly choice: ManualChoice;
			readonly note: string;
			readonly captured: Readonly<Record<ParamName, string>>;
			readonly by: string;
			readonly follows?: 'verify';
	  }
	/** In a rehearsal: the lab is to do what the step asks of a person. */
	| {readonly type: 'HandAsked'; readonly step: StepId; readonly host: HostName; readonly by: string}
	/** `did`: in the lab's words; `watched`: the watchers complete the step, otherwise it is done. */
	| {
			readonly type: 'HandDone';
			readonly step: StepId;
			readonly host: HostName;
			readonly did: string;
			readonly watched: boolean;
			readonly captured: Readonly<Record<ParamName, string>>;
			readonly follows?: 'verify';
	  }
	| {
			readonly type: 'StepSkipped';
			readonly step: StepId;
			readonly host: HostName;
			readonly reason: string;
			readonly by: string;
	  }
	| {
			readonly type: 'StepMarked';
			readonly step: StepId;
			readonly host: HostName;
			/** `satisfied`: the check that serves all ways of a phase found everything there. `undone`: nobody saw how its undo ended. */
			readonly as: 'done' | 'failed' | 'satisfied' | 'undone';
			readonly reason: string;
			readonly by: string;
	  }
	/** The next attempt may begin. */
	| {readonly type: 'RetryAsked'; readonly step: StepId; readonly host: HostName; readonly by: string}
	/** The step's check is to say what an unknown outcome was. */
	| {readonly type: 'CheckAsked'; readonly step: StepId; readonly host: HostName; readonly by: string}
	/** The host is to be asked about it again, now. */
	| {readonly type: 'LookAsked'; readonly step: StepId; readonly host: HostName; readonly by: string}
	| {readonly type: 'CancelAsked'; readonly step: StepId; readonly host: HostName; readonly by: string}
	/** A test or a `require` is not gone on with: what is open in it is skipped, and what failed holds up nothing. */
	| {readonly type: 'PhaseGivenUp'; readonly phase: PhaseId; readonly reason: string; readonly by: string}
	/** `way` is the child of the phase `ways` whose steps are done; those of the others are skipped. */
	| {readonly type: 'WayChosen'; readonly phase: PhaseId; readonly way: PhaseId; readonly by: string}
	/** Durable before the first try. A probe changes nothing and runs beside the other steps of its phase. */
	| {
			readonly type: 'ProbeBegan';
			readonly step: StepId;
			readonly host: HostName;
			readonly attempt: number;
			readonly job: string;
			readonly scriptHash: string;
	  }
	/** `settles` null: the run was paused; another attempt follows. */
	| {
			readonly type: 'ProbeEnded';
			readonly step: StepId;
			readonly host: HostName;
			readonly attempt: number;
			readonly longestGapMs: number;
			/** The longest ones, oldest first. */
			readonly gaps: readonly Gap[];
			readonly tries: number;
			readonly because: string;
			readonly settles: 'done' | 'failed' | null;
	  }
	/** What the step did on this host is to be taken back, once everything behind it that was asked for is. */
	| {readonly type: 'UndoAsked'; readonly step: StepId; readonly host: HostName; readonly by: string}
	/** One piece of evidence of one kind that the step `needs`. `blob`: a file that the run file keeps; `bytes` is its length. */
	| {
			readonly type: 'EvidenceTaken';
			readonly step: StepId;
			readonly host: HostName;
			readonly kind: string;
			readonly text: string;
			readonly blob: {readonly sha256: string; readonly name: string; readonly bytes: number} | null;
			readonly by: string;
	  }
	| {readonly type: 'NoteTaken'; readonly step: StepId | null; readonly text: string; readonly by: string};

/** `path`: where it lay on the laptop that read it, absolute; absent in runs of earlier versions. */
export type RunbookFile = {readonly file: string; readonly sha256: string; readonly path?: string};

/** An event as the store gives it back. `seq` counts from 1; `at` is ISO 8601 in UTC with milliseconds. */
export type RecordedEvent = {readonly seq: number; readonly at: string; readonly event: RunEvent};

export type Pace = 'step' | 'phase' | 'auto';

/** What an attempt is made of, in this order; `run` is the step's own script, wait or file. An `undo` is an attempt of its own. */
export type Part = 'check' | 'run' | 'verify' | 'undo';

/** From the last try that succeeded to the next one, ISO 8601. */
export type Gap = {readonly from: string; readonly to: string};

export type ManualChoice = 'done' | 'not-as-described' | 'cannot';

/** `--start-at` and `--only`; null where not given. */
export type Selection = {readonly startAt: StepId | null; readonly only: StepId | null};

/** What a host said of itself at preflight. Everything is remote text: sanitise before showing. */
export type HostFacts = {
	/** What `hostname` prints: what a danger gate asks to be typed. */
	readonly name: string;
	/** `VMware ESXi 7.0.3 build-20036589`, `Linux 6.1.0`; empty if unknown. */
	readonly version: string;
	readonly keyType: string;
	/** `SHA256:…`, without padding. */
	readonly fingerprint: string;
	/** The host's clock less ours, in milliseconds; null if it did not say. */
	readonly clockSkewMs: number | null;
	/** Seconds since it booted; null if it did not say. */
	readonly uptimeSeconds: number | null;
	/** Another one after every boot: compare with `isSameBoot`. Null: it does not say; undefined: nobody asked. */
	readonly bootId?: string | null;
	/** The hosts that the way there leads through, the nearest first: `ops@gate, esxi1`; absent where it leads through none. */
	readonly way?: string;
	/** What to know of how it was reached, in a sentence; absent where all is plain. */
	readonly note?: string;
};

/**
`bytes` came from the host, `kept` are in the run file; `sha256` is over all of them, in hex. `rows` is over the rows that
keep them, with their times; absent where some found no room on the disk, and in files of old.
*/
export type OutputFacts = {
	readonly bytes: number;
	readonly kept: number;
	readonly sha256: string;
	readonly rows?: string;
};
