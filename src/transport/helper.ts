import {randomBytes} from 'node:crypto';
import type {Outcome} from '../run/outcome.js';
import {haveNul, helperLine} from './posix.js';
import type {Place, StartOptions} from './session.js';
import {atMost, type Timing} from './timing.js';
import {Watch} from './watch.js';

const replyKept = 256 * 1024;

/** For the wait only: a bad mobile link. */
const slowestBytesPerMs = 32;

/** What a small script of ours printed; or why there is no answer. */
export type Reply =
	| {readonly kind: 'replied'; readonly code: number; readonly out: string; readonly err: string}
	| Extract<Outcome, {readonly kind: 'notStarted' | 'lost'}>;

/** A script of ours: `args` are `$1` and so on, `input` its standard input to the end. */
export type Helper = StartOptions & {
	readonly script: string;
	readonly args: readonly string[];
	readonly input?: Uint8Array;
};

/** Runs a small script of ours and collects what it prints. After `timing.helper`, and more for a long input, the answer is `lost`. */
export async function ask(place: Place, helper: Helper, timing: Timing): Promise<Reply> {
	if (haveNul(helper.args)) {
		return {kind: 'notStarted', reason: 'There is a NUL character in it, which no command can carry.'};
	}

	const token = newToken();
	const printed = {out: '', err: ''};
	const watch = new Watch(
		place.name,
		token,
		(stream, bytes) => {
			if (printed[stream].length < replyKept) {
				printed[stream] += Buffer.from(bytes).toString('utf8');
			}
		},
		timing.heldOpen,
	);
	const started = await place.start(helperLine(helper.script, helper.args, token), watch, helper);
	if (started.kind !== 'started') {
		return started;
	}

	const {session} = started;
	watch.attach(session);
	const fed = feed(helper.input);
	await atMost(timing.helper + (helper.input?.length ?? 0) / slowestBytesPerMs, watch.ended, helper.cancel);
	if (!watch.isOver) {
		session.close();
	}

	const outcome = watch.outcome();
	await fed;
	switch (outcome.kind) {
		case 'exited':
			return {kind: 'replied', code: outcome.code, ...printed};
		case 'signaled':
			return {kind: 'lost', evidence: `${place.name} ended our helper with ${outcome.signal}.`};
		case 'timedOut':
			return {kind: 'lost', evidence: `${place.name} did not answer in time.`};
		case 'notStarted':
		case 'lost':
			return outcome;
	}

	async function feed(input: Uint8Array | undefined): Promise<void> {
		if (input !== undefined) {
			await session.write(input);
		}

		session.end();
	}
}

/** A word that no start-up file prints. */
export function newToken(): string {
	return `fieldbook:${randomBytes(8).toString('hex')}`;
}
