import type {DatabaseSync} from 'node:sqlite';
import {UserError} from '../text/user-error.js';
import {CHAIN_START, chainHash} from './chain.js';
import {fileProblems} from './kept-files.js';
import {looking} from './look.js';
import {checkSignatures, type Signatures} from './signature.js';
import {pragma} from './sqlite.js';
import {everyPlace, type StoredEvent} from './stored-events.js';
import {outputProblems} from './stored-output.js';

/**
`problems` is empty for a sound file, else each is a sentence. `events`: so many can be read; `head` is the last one's
hash.
*/
export type Verification = {
	readonly events: number;
	readonly head: string;
	readonly problems: readonly string[];
	/** Oldest first; empty where a signature is wrong. */
	readonly signed: Signatures['signed'];
};

/** More say nothing new. */
const MOST_PROBLEMS = 20;

/**
Checks everything that can be checked on the file alone: SQLite's own structure, the chain over all events, the kept
files, and every stretch of output that an event tells of. Changes nothing, and leaves nothing beside the file.

What it finds is told, never thrown, however damaged the file is. Throws a UserError (status 5) if there is no such file,
another process holds it, or a newer fieldbook wrote it.
*/
export function verifyRun(path: string): Verification {
	try {
		return looking(path, verified);
	} catch (error) {
		if (error instanceof UserError && (error.code === 'run-damaged' || error.code === 'not-a-run')) {
			return {events: 0, head: CHAIN_START, problems: [error.message], signed: []};
		}

		throw error;
	}
}

function verified(db: DatabaseSync): Verification {
	const chain = checkedChain(db);
	const {events} = chain;
	let signed: Signatures['signed'] = [];
	const signatureProblems = readable('The signatures', () => {
		const signatures = checkSignatures(db);
		signed = signatures.signed;
		return signatures.problems;
	});
	const problems = [
		...structureProblems(db),
		...chain.problems,
		...signatureProblems,
		...readable('The kept files', () => fileProblems(db, events)),
		...readable('The output', () => outputProblems(db, events)),
	];
	const more = problems.length - MOST_PROBLEMS;
	return {
		events: events.length,
		head: events.at(-1)?.hash ?? CHAIN_START,
		problems: more > 0 ? [...problems.slice(0, MOST_PROBLEMS), `… and ${more} more.`] : problems,
		signed,
	};
}

/** SQLite says itself when it has had enough, and in many lines. */
function structureProblems(db: DatabaseSync): readonly string[] {
	return readable('The structure', () => {
		const found = String(pragma(db, 'integrity_check'));
		return found === 'ok' ? [] : [`SQLite finds the file damaged: ${found.split('\n').slice(0, 3).join('; ')}.`];
	});
}

/** What cannot be read is a problem like any other. */
function readable(what: string, look: () => readonly string[]): readonly string[] {
	try {
		return look();
	} catch (error) {
		return [`${what} cannot be read: ${error instanceof Error ? error.message : String(error)}.`];
	}
}

type Chain = {readonly events: readonly StoredEvent[]; readonly problems: readonly string[]};

/**
Each event by its own: after one that was changed, the chain is taken up again at the next. A change of a hash alone
would otherwise look like two.
*/
function checkedChain(db: DatabaseSync): Chain {
	const events: StoredEvent[] = [];
	const problems: string[] = [];
	/** What the next hash may be over; empty: nobody can say. */
	let before: readonly string[] = [CHAIN_START];
	let gapFrom: number | undefined;
	let seq = 0;
	for (const place of everyPlace(db)) {
		seq += 1;
		if (place.kind !== 'missing' && gapFrom !== undefined) {
			problems.push(missing(gapFrom, seq - 1));
			gapFrom = undefined;
		}

		switch (place.kind) {
			case 'missing':
				gapFrom ??= seq;
				before = [];
				break;
			case 'unreadable':
				problems.push(`Event ${seq} cannot be read.`);
				before = [];
				break;
			case 'strange':
				problems.push(`Event ${seq} is none that fieldbook wrote, or was changed.`);
				before = place.hash === undefined ? [] : [place.hash];
				break;
			case 'stored': {
				const {event, at, json, hash} = place.event;
				const computed = before.map(one => chainHash(one, seq, at, json));
				const isSound = computed.length === 0 || computed.includes(hash);
				if (!isSound) {
					problems.push(`Event ${seq} (${event.type}) does not follow from the one before: it was changed or moved.`);
				}

				events.push(place.event);
				before = isSound ? [hash] : [hash, ...computed];
				break;
			}
		}
	}

	return {events, problems: gapFrom === undefined ? problems : [...problems, missing(gapFrom, seq)]};
}

function missing(from: number, to: number): string {
	return from === to ? `Event ${from} is missing.` : `Events ${from} to ${to} are missing.`;
}
