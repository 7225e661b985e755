import type {Pulled} from '../../engine/handle.js';
import type {ManualChoice, Pace} from '../../run/event.js';
import type {Request} from '../../run/request.js';
import type {Question} from '../../run/state.js';
import type {HostName, StepId} from '../../runbook/runbook.js';
import type {TextField} from '../text-field.js';
import type {EditedRunbook, Mode} from '../workbench.js';

/** What lies over the screen and has every key to itself. */
export type Modal =
	| (Opened & {readonly kind: 'help'; readonly top: number})
	| MessageModal
	| (Opened & {readonly kind: 'open-file'; readonly field: TextField; readonly mode: Mode})
	| QuestionModal
	| DangerModal
	| ChooseHostModal
	| ManualModal
	| ReasonModal
	| EvidenceModal
	| (Opened & {readonly kind: 'note'; readonly step: StepId; readonly field: TextField})
	| SecretModal
	/** `chosen`: a pace, or the setting under it. */
	| (Opened & {readonly kind: 'settings'; readonly chosen: Pace | 'goes-along'})
	| (Opened & {readonly kind: 'interrupt'; readonly step: StepId; readonly host?: HostName})
	/** How to stop safely: what is under way, and what becomes of it. */
	| (Opened & {readonly kind: 'stop'})
	| UndoModal
	| EditedModal
	/** With which host's output the shown one is to be compared: an index into those that have one. */
	| (Opened & {readonly kind: 'difference'; readonly chosen: number});

/** When it came up. Until `guardMs` later nothing in it confirms. */
type Opened = {readonly openedAt: number};

type Scrolled = {
	/** How many rows of what it says are scrolled out at the top. */
	readonly top: number;
	/** Its last row has been on the screen. */
	readonly wasRead: boolean;
};

export type Prompt = Pulled['prompts'][number];

export type QuestionOf<Kind extends Question['kind']> = Extract<Question, {kind: Kind}>;

/** A question that is answered with a key: a warning, a failure, an unknown outcome. */
export type QuestionModal = Opened &
	Scrolled & {
		readonly kind: 'question';
		readonly question: QuestionOf<'gate' | 'failed' | 'undone' | 'unknown' | 'choose-way' | 'trust'>;
	};

export type DangerModal = Opened &
	Scrolled & {
		readonly kind: 'danger';
		readonly question: QuestionOf<'gate'>;
		/** The names that were typed right so far, in the order of the question's. */
		readonly typed: readonly string[];
		readonly field: TextField;
		/** Why the last Enter did nothing; empty if there was none. */
		readonly problem: string;
	};

export type ChooseHostModal = Opened & {
	readonly kind: 'choose-host';
	/** While one of the others is asked, another host may still be chosen. */
	readonly question: QuestionOf<'choose-host' | 'go' | 'manual' | 'failed'>;
	/** Index into the hosts of the run; behind them stands `none`. `undefined`: the one that is offered. */
	readonly chosen: number | undefined;
};

export type ManualModal = Opened & {
	readonly kind: 'manual';
	readonly question: QuestionOf<'manual'>;
	readonly choice: ManualChoice;
	readonly value: TextField;
	readonly note: TextField;
	readonly focus: ManualField;
	readonly problem: string;
};

export type ManualField = 'choice' | 'value' | 'note';

type MessageModal = Opened & {
	readonly kind: 'message';
	readonly title: string;
	readonly text: string;
	/** What comes back behind it. */
	readonly under: Modal | undefined;
};

type SecretModal = Opened & {
	readonly kind: 'secret';
	readonly prompt: Prompt;
	/** It was answered before, and the answer was not taken. */
	readonly isAgain: boolean;
	readonly field: TextField;
};

/** What is asked of the run only with a reason. */
export type ReasonedRequest = Extract<Request, {kind: 'skip' | 'mark' | 'give-up'}>;

/** Names what would be taken back, with the scripts, before it is. */
export type UndoModal = Opened &
	Scrolled & {
		readonly kind: 'undo';
		readonly request: Extract<Request, {kind: 'undo' | 'undo-phase'}>;
	};

/** The runbook of a run that is to be resumed was edited: adopt it, or keep what the run has. */
export type EditedModal = Opened &
	Scrolled & {
		readonly kind: 'edited';
		readonly edited: Extract<EditedRunbook, {kind: 'asked'}>;
	};

/** A piece of evidence as text. */
export type EvidenceModal = Opened & {
	readonly kind: 'evidence';
	/** What asks for it; undefined: somebody adds it unasked. */
	readonly question: QuestionOf<'evidence'> | undefined;
	/** Its text is still to be filled in. */
	readonly request: Extract<Request, {kind: 'evidence'}>;
	readonly field: TextField;
	/** Several lines that were pasted; empty: none. */
	readonly pasted: string;
	/** Its file is being read: once is enough. */
	readonly isSent: boolean;
};

export type ReasonModal = Opened & {
	readonly kind: 'reason';
	/** The same for each host that it is about; the reason is still to be filled in. */
	readonly requests: readonly [ReasonedRequest, ...ReasonedRequest[]];
	readonly field: TextField;
	readonly problem: string;
	/** Where Esc leads back to. */
	readonly under: Modal | undefined;
};

/** Until so long after something came up, no key confirms it: it was meant for what stood there before. */
export const guardMs = 300;
