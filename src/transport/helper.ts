import {randomBytes} from 'node:crypto';
import type {Stream} from '../engine/ports.js';
import type {Outcome} from '../run/outcome.js';
import {haveNul, helperLine} from './posix.js';
import type {Place, StartOptions} from './session.js';
import {atMost, type Timing} from './timing.js';
import {Watch} from './watch.js';

/** What is read of a file, and a line that says so. */
const replyKept = 256 * 1024 + 64;

/** For the wait only: a bad mobile link. */
const slowestBytesPerMs = 32;

/** What a small script of ours printed; or why there is no answer. */
export type Reply =
	| {
			readonly kind: 'replied';
			readonly code: number;
			readonly out: string;
			readonly err: string;
			/** What `out` was read from. */
			readonly bytes: Uint8Array;
	  }
	| Extract<Outcome, {readonly kind: 'notStarted' | 'lost'}>;

/** A script of ours: `args` are `$1` and so on, `input` its standard input to the end. */
export type Helper = StartOptions & {
	readonly script: string;
	readonly args: readonly string[];
	readonly input?: Uint8Array;
	/** How long to wait for all of it; undefined: `timing.helper`, and more for a long input. */
	readonly timeoutMs?: number | undefined;
};

/** Runs a small script of ours and collects what it prints, at most 256 KiB and a bit. After its time limit the answer is `lost`. */
export async function ask(place: Place, helper: Helper, timing: Timing): Promise<Reply> {
	if (haveNul(helper.args)) {
		return {kind: 'notStarted', reason: 'There is a NUL character in it, which no command can carry.'};
	}

	const token = newToken();
	return collect(place, helperLine(helper.script, helper.args, token), token, helper, timing);
}

/** Sends `line`, which says `TOKEN ok` first, feeds it its input, and collects what it prints. */
export async function collect(
	place: Place,
	line: string,
	token: string,
	{input, timeoutMs, ...how}: Omit<Helper, 'script' | 'args'>,
	timing: Timing,
): Promise<Reply> {
	const printed: Record<Stream, Uint8Array[]> = {out: [], err: []};
	const kept = {out: 0, err: 0};
	const watch = new Watch(
		place.name,
		token,
		(stream, bytes) => {
			if (kept[stream] < replyKept) {
				printed[stream].push(bytes.slice());
				kept[stream] += bytes.length;
			}
		},
		timing.heldOpen,
	);
	const started = await place.start(line, watch, how);
	if (started.kind !== 'started') {
		return started;
	}

	const {session} = started;
	watch.attach(session);
	const fed = feed();
	const patienceMs = timeoutMs ?? timing.helper + (input?.length ?? 0) / slowestBytesPerMs;
	await atMost(patienceMs, watch.ended, how.cancel);
	if (!watch.isOver) {
		session.close();
	}

	const outcome = watch.outcome();
	await fed;
	switch (outcome.kind) {
		case 'exited':
			return {kind: 'replied', code: outcome.code, ...texts()};
		case 'signaled':
			return {kind: 'lost', evidence: `${place.name} ended our helper with ${outcome.signal}.`};
		case 'timedOut':
			return {kind: 'lost', evidence: `${place.name} did not answer in time.`};
		case 'notStarted':
		case 'lost':
			return outcome;
	}

	function texts() {
		const bytes = Buffer.concat(printed.out);
		return {bytes, out: bytes.toString('utf8'), err: Buffer.concat(printed.err).toString('utf8')};
	}

	async function feed(): Promise<void> {
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
