import type {RunEvent} from './event.js';

/** `because` is a sentence for the person who asked. */
export type Decision =
	| {readonly accepted: true; readonly events: readonly RunEvent[]}
	| {readonly accepted: false; readonly because: string};

export function accept(...events: readonly RunEvent[]): Decision {
	return {accepted: true, events};
}

export function refuse(because: string): Decision {
	return {accepted: false, because};
}
