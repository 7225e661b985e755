import type {Outcome} from '../run/outcome.js';
import {sanitiseLine} from '../text/sanitise.js';
import {spokenDuration} from '../view/time.js';

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
