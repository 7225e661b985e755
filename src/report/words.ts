import type {Outcome} from '../run/outcome.js';
import {sanitiseLine} from '../text/sanitise.js';
import {spokenDuration} from '../view/time.js';
import type {Deviation} from './record.js';

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
