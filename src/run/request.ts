import type {HostName, PhaseId, StepId} from '../runbook/runbook.js';
import type {ManualChoice, Pace} from './event.js';

/**
What somebody at a screen asks of the run, in the imperative. It may be refused.

`host` undefined: every host of the step for which it makes sense.
*/
export type Request =
	| {readonly kind: 'begin'}
	/** Pace `step` and `phase`: run what is shown. */
	| {readonly kind: 'go'; readonly step: StepId}
	/** `typed` empty is a plain yes; a danger gate wants one name for each host. */
	| {readonly kind: 'pass-gate'; readonly step: StepId; readonly typed: readonly string[]}
	| {readonly kind: 'choose-host'; readonly step: StepId; readonly host: HostName | 'none'}
	| {
			readonly kind: 'answer';
			readonly step: StepId;
			readonly host?: HostName;
			readonly choice: ManualChoice;
			readonly note: string;
			readonly value: string;
	  }
	/** Rehearsal only: the lab does what the step asks of a person. */
	| {readonly kind: 'hand'; readonly step: StepId; readonly host?: HostName}
	| {readonly kind: 'retry'; readonly step: StepId; readonly host?: HostName}
	| {readonly kind: 'check'; readonly step: StepId; readonly host?: HostName}
	/** Ask the host again, now, what came of it. */
	| {readonly kind: 'look'; readonly step: StepId; readonly host?: HostName}
	| {readonly kind: 'skip'; readonly step: StepId; readonly host?: HostName; readonly reason: string}
	| {
			readonly kind: 'mark';
			readonly step: StepId;
			readonly host?: HostName;
			readonly as: 'done' | 'failed' | 'undone';
			readonly reason: string;
	  }
	/** A test or a `require` is not gone on with; its `restore` still runs. */
	| {readonly kind: 'give-up'; readonly phase: PhaseId; readonly reason: string}
	| {readonly kind: 'choose-way'; readonly phase: PhaseId; readonly way: PhaseId}
	| {readonly kind: 'cancel'; readonly step: StepId; readonly host?: HostName}
	| {readonly kind: 'undo'; readonly step: StepId; readonly host?: HostName}
	/** Everything in the phase that can be undone, backwards. */
	| {readonly kind: 'undo-phase'; readonly phase: PhaseId}
	/**
	A piece of evidence: text, a file, or both; at any step and at any time, also after the end. `evidence` is its kind,
	absent: what its bytes are. `name` is the file's own.
	*/
	| {
			readonly kind: 'evidence';
			readonly step: StepId;
			readonly host?: HostName;
			readonly evidence?: string;
			readonly text: string;
			readonly file: {readonly name: string; readonly bytes: Uint8Array} | null;
	  }
	| {readonly kind: 'trust'; readonly host: HostName; readonly fingerprint: string}
	| {readonly kind: 'contact-again'; readonly host: HostName}
	| {readonly kind: 'set-pace'; readonly pace: Pace}
	| {readonly kind: 'note'; readonly step: StepId | null; readonly text: string}
	/** What is under way ends first; nothing new begins. */
	| {readonly kind: 'pause'; readonly reason: string};

/** `because` is a sentence for the person who asked. */
export type Answer = {readonly accepted: true} | {readonly accepted: false; readonly because: string};
