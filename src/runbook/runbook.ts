import type {Place, Problem} from '../document/problem.js';

/**
The meaning of a document: what to do, where, in which phases, behind which gates.

Every construct of the dialect has its place here.
*/
export type Runbook = {
	readonly file: string;
	readonly title: string;
	/** True for a document without our front matter: a guided check list whose script steps ask for their host. */
	readonly plain: boolean;
	readonly hosts: readonly HostDeclaration[];
	readonly roles: readonly RoleDeclaration[];
	readonly params: readonly Param[];
	/** In document order; a phase's parent stands before it. */
	readonly phases: readonly Phase[];
	/** In document order. */
	readonly steps: readonly Step[];
	/** Alerts, prose, tables and listings behind the last step of a phase, by phase id: shown, never run. */
	readonly closing: Readonly<Record<PhaseId, readonly Context[]>>;
};

export type StepId = string;
export type PhaseId = string;
export type HostName = string;
export type ParamName = string;

export type Platform = 'esxi' | 'linux' | 'windows' | 'esx4';

export type HostDeclaration = {
	readonly name: HostName;
	readonly group: string | undefined;
	readonly platform: Platform;
	readonly label: string;
	readonly runsOn: HostName | undefined;
	readonly at: Place;
};

export type RoleDeclaration = {readonly name: string; readonly of: string; readonly by: string; readonly at: Place};

export type ParamType =
	| 'text'
	| 'name'
	| 'ip'
	| 'cidr'
	| 'netmask'
	| 'host'
	| 'port'
	| 'url'
	| 'path'
	| 'mac'
	| 'iqn'
	| 'number'
	| 'duration'
	| 'boolean'
	| 'choice'
	| 'secret'
	| 'table';

export type Param = {
	readonly name: ParamName;
	readonly type: ParamType;
	readonly label: string;
	readonly default: string | undefined;
	/** One value per host of this group, or of this one host. */
	readonly each: string | undefined;
	/** The words of a `choice`; empty for other types. */
	readonly of: readonly string[];
	/** The columns of a `table` in order; empty for other types. */
	readonly columns: readonly {readonly name: string; readonly type: ParamType}[];
	/** Values that a parameter table in the document gives, by host name, or by `*` where it is one for all. */
	readonly given: Readonly<Record<string, string>>;
	readonly at: Place;
};

export type Phase = {
	readonly id: PhaseId;
	/** What the document calls it now, where the run goes on calling it `id`. */
	readonly written?: PhaseId;
	readonly title: string;
	/** From 1: of its heading, and in an included document of the heading under which that stands too. */
	readonly depth: number;
	readonly parent: PhaseId | undefined;
	readonly at: Place;
	readonly on: Target | undefined;
	readonly when: Condition | undefined;
	readonly serial: boolean;
	/** `each="vm in vms"`. */
	readonly each: {readonly variable: string; readonly of: string} | undefined;
	readonly kind: 'plain' | 'test' | 'require' | 'restore' | 'ways' | 'way';
	/** Of `ways`: what stands under its heading serves all of them. */
	readonly satellites?: {
		readonly check: Satellite | undefined;
		readonly verify: Verify | undefined;
		readonly undo: Satellite | undefined;
	};
};

/** Where a step runs. Groups and roles are resolved later, by the graph and the engine. */
export type Target =
	| {readonly kind: 'host'; readonly host: HostName}
	/** `each`: the variable of a phase that is repeated over the group's hosts, one of them at a time. */
	| {readonly kind: 'group'; readonly group: string; readonly each?: string}
	| {readonly kind: 'role'; readonly role: string}
	| {readonly kind: 'runsOn'; readonly role: string}
	| {readonly kind: 'local'}
	/** A plain document does not say: the engineer is asked at the step. */
	| {readonly kind: 'asked'};

/** A CEL expression, already parsed once without error. Source: https://cel.dev. */
export type Condition = {
	readonly source: string;
	readonly at: Place;
	/** The params and captured values that it names. A name that is not here is text. */
	readonly types?: Readonly<Record<ParamName, ParamType>>;
	/** What the variables of `each` mean in it, by variable. */
	readonly rows?: Readonly<Record<string, ConditionRow>>;
};

/** The columns of a row, or of a host, that a condition may ask for; its values, once the phase is repeated. */
export type ConditionRow = {
	readonly types: Readonly<Record<string, ParamType>>;
	readonly values?: Readonly<Record<string, string>>;
};

/** Something shown with a step and never run. `markdown` has its comments taken out. */
export type Context = {
	readonly kind: 'prose' | 'note' | 'table' | 'listing';
	readonly markdown: string;
	readonly at: Place;
};

export type Gate = {
	readonly kind: 'warning' | 'danger';
	readonly text: string;
	/** What must be typed where there is no host to name itself: `type="{{vm_name}}"`. */
	readonly type: Template | undefined;
	readonly at: Place;
};

export type Step = {
	readonly id: StepId;
	/** What the document calls it now, where the run goes on calling it `id`. */
	readonly written?: StepId;
	/** False: made from heading path and ordinal. */
	readonly idIsExplicit: boolean;
	readonly title: string;
	readonly phase: PhaseId | undefined;
	/** Shown with the step, in order; its instruction for a manual step. */
	readonly context: readonly Context[];
	readonly gates: readonly Gate[];
	readonly action: Action;
	/** Its own, else that of the headings around. `undefined`: a manual step that names no host. */
	readonly on: Target | undefined;
	readonly as: string | undefined;
	/** `undefined`: document order. */
	readonly after: readonly StepId[] | undefined;
	readonly when: Condition | undefined;
	/** Its own, or that of a heading around it. */
	readonly serial: boolean;
	/** Of one attempt; of a wait or probe, of one try. `undefined`: no limit. Scripts get 10 minutes by default. */
	readonly timeoutMs: number | undefined;
	readonly readonly: boolean;
	readonly check: Satellite | undefined;
	readonly verify: Verify | undefined;
	readonly undo: Satellite | undefined;
	/** Lines that must appear, in order, in the output of the step's own script. */
	readonly expect: readonly ExpectedLine[];
	/** `capture=` of a script, `answer=` of a manual step. */
	readonly captures: Capture | undefined;
	/** Values that are read once for each row: by the name that the document uses, the name that they have in the run. */
	readonly ofRow?: Readonly<Record<ParamName, ParamName>>;
	readonly unknown: 'ask' | 'check' | 'rerun';
	readonly measure: Measure | undefined;
	/** `needs="note photo"`. */
	readonly needs: readonly string[];
	readonly optional: boolean;
	/** Made by the graph of what stands under a heading with `ways`: its `check`, or its `verify` with the `undo` of the whole. */
	readonly serves?: 'check' | 'verify';
	readonly at: Place;
};

export type Action =
	| {
			readonly kind: 'script';
			readonly script: Script;
			/** `exit=0,1`; `fails` is every code but 0. */
			readonly accepts: {readonly codes: readonly number[]} | 'any-but-zero';
			readonly long: boolean;
			readonly reboot: {readonly forMs: number} | undefined;
			readonly cut: {readonly forMs: number} | undefined;
	  }
	| {readonly kind: 'wait'; readonly script: Script; readonly everyMs: number; readonly forMs: number}
	| {readonly kind: 'probe'; readonly script: Script; readonly everyMs: number}
	| {
			readonly kind: 'file';
			readonly path: Template;
			readonly content:
				| {readonly kind: 'inline'; readonly text: Template}
				| {readonly kind: 'linked'; readonly url: string};
			/** Octal, as written: `0755`. */
			readonly mode: string | undefined;
			readonly owner: string | undefined;
			readonly lines: boolean;
			readonly set: ReadonlyArray<{readonly name: string; readonly value: Template}>;
	  }
	| {
			readonly kind: 'manual';
			/** The instruction as Markdown, without the box; placeholders are filled when shown. */
			readonly instruction: Template;
			/** Watchers complete the step when the host goes or comes. */
			readonly expects: 'down' | 'up' | undefined;
			/** One tick for all hosts. */
			readonly once: boolean;
	  };

export type Shell = 'sh' | 'bash' | 'powershell';

export type Script = {
	readonly shell: Shell;
	/** From line 1 of the code, as Linux reads it: `#!/bin/sh -eux` is `['/bin/sh', '-eux']`. */
	readonly shebang: readonly [string, ...string[]] | undefined;
	readonly template: Template;
	/** Of a plain document: what looks as if somebody was meant to fill it in, such as `%%VMX%%`; each once. */
	readonly unfilled?: readonly string[];
	readonly at: Place;
};

/** Text with placeholders: what stands between them, and they, in order. */
export type Template = {readonly source: string; readonly parts: ReadonlyArray<string | Placeholder>};

export type Placeholder = {
	/** `name`, `vm.name`, `host.address`, `esxi1.address`. */
	readonly name: string;
	/** `{{name@esxi2}}`. */
	readonly host: HostName | undefined;
	/** `{{id.path}}`: the path of that file step. */
	readonly path?: Template;
	/** `{{vm.name}}` in a phase that is repeated: what stands in the row. It is still quoted for its place. */
	readonly value?: string;
	readonly at: Place;
};

export type Satellite = {
	readonly script: Script;
	readonly on: Target | undefined;
	readonly as: string | undefined;
	/** 60 s unless written. */
	readonly timeoutMs: number;
	readonly expect: readonly ExpectedLine[];
	readonly at: Place;
};

/** `every` and `for` are 0 where it is tried once. */
export type Verify = Satellite & {readonly everyMs: number; readonly forMs: number};

export type ExpectedLine = {
	readonly text: string;
	readonly match: 'exact' | 'glob' | 're' | 'absent';
	readonly at: Place;
};

export type Capture = {readonly name: ParamName; readonly type: ParamType; readonly optional: boolean};

type Measure = {readonly name: string; readonly from: string | undefined; readonly maxMs: number | undefined};

/** What compiling gives: always a runbook, with the documents that it includes in their places, and every problem met. */
export type CompiledRunbook = {
	readonly runbook: Runbook;
	/** Of the document itself first, then of each that is included. */
	readonly problems: readonly Problem[];
	/** Every document that is included, also by one that is included: by its path from the folder of the outermost one. */
	readonly included: ReadonlyArray<{readonly path: string; readonly file: string; readonly source: string}>;
};
