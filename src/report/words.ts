import type {Outcome} from '../run/outcome.js';
import {sanitiseLine} from '../text/sanitise.js';
import {dateAndTime, spokenDuration} from '../view/time.js';
import type {Deviation, NoteRecord} from './record.js';

/** How a try ended, in words; empty for one that did not. */
export function outcomeWords(outcome: Outcome | undefined): string {
	switch (outcome?.kind) {
		case undefined:
			return '';
		case 'exited':
			return `exit ${outcome.code}`;
		case 'signaled':
			return `ended by ${sanitiseLine(outcome.signal)}`;
		case 'timedOut':
			return `ended after ${spokenDuration(outcome.afterMs)}`;
		case 'notStarted':
			return `not started: ${sanitiseLine(outcome.reason)}`;
		case 'lost':
			return `not seen: ${sanitiseLine(outcome.evidence)}`;
	}
}

/** Whose word a note or a piece of evidence is: `ana, 2026-11-20 14:02, after the end of the run`. */
export function takenWords(
	{by, at, afterEnd}: Pick<NoteRecord, 'by' | 'at' | 'afterEnd'>,
	timeZone: string | undefined,
): string {
	return `${by}, ${dateAndTime(at, timeZone)}${afterEnd ? ', after the end of the run' : ''}`;
}

/** For where a text has one line only. */
export function onOneLine(text: string): string {
	return text.replaceAll('\n', ' / ');
}

const kinds: Readonly<Record<Deviation['kind'], string>> = {
	skipped: 'skipped',
	marked: 'settled by a person',
	'not-as-described': 'not as described',
	cannot: 'could not be done',
	'given-up': 'given up',
	undone: 'taken back',
	edited: 'runbook edited',
	'taken-over': 'taken over',
	salvaged: 'saved from a damaged file',
};

export function deviationWords(kind: Deviation['kind']): string {
	return kinds[kind];
}
