import {createHash} from 'node:crypto';
import type {Outcome, Refusal} from '../run/outcome.js';
import type {Trace} from '../run/state.js';
import type {HostName} from '../runbook/runbook.js';
import type {OutputSink} from './ports.js';

/** One try of a part. */
export type Try = {
	/** From 1. */
	readonly number: number;
	/** Until the part's patience is over; undefined: no such limit. */
	readonly remainingMs: number | undefined;
	readonly sink: OutputSink;
	readonly cancel: AbortSignal;
};

/** What a part does in one place. */
export type PreparedPlace = {
	readonly host: HostName;
	/** How the host encodes its output, as a WHATWG label. */
	readonly encoding: string;
	perform(attempt: Try): Promise<Outcome>;
};

/** A part whose every byte is settled before its intent is written down; or why it cannot be done. */
export type Prepared =
	| {
			readonly ok: true;
			/** SHA-256 in hex of what is sent, secrets left out. */
			readonly hash: string;
			/** All of them must succeed, in this order; the first that does not tells. Never empty. */
			readonly places: readonly PreparedPlace[];
			/** Of a file step: the hash of the file that it replaces, null where there is none. */
			readonly replaces?: string | null;
			/** How its one host can be asked later what came of it; absent: it cannot. */
			readonly trace?: Trace;
	  }
	| {readonly ok: false; readonly because: string; readonly refused?: Refusal};

/** Or, where a secret has to be asked for first, what asks and waits for it. */
export type Preparation = Prepared | (() => Promise<Prepared>);

export function notPrepared(because: string, refused?: Refusal): Extract<Prepared, {ok: false}> {
	return {ok: false, because, ...(refused === undefined ? {} : {refused})};
}

export function noValueFor(missing: readonly string[]): Prepared {
	return notPrepared(`there is no value for ${missing.join(', ')}`);
}

export function sha256(sent: string | Uint8Array): string {
	return createHash('sha256').update(sent).digest('hex');
}
