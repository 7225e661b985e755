import type {RecordedEvent} from '../run/event.js';
import type {StepId} from '../runbook/runbook.js';
import {sanitiseLine} from '../text/sanitise.js';
import {clockTime} from './time.js';

/** What somebody wrote down beside the run's own facts. `step` null: about the run. */
export type Note = {readonly step: StepId | null; readonly text: string; readonly by: string; readonly at: string};

/** In the order in which they were taken. */
export function notesAfter(notes: readonly Note[], {at, event}: RecordedEvent): readonly Note[] {
	return event.type === 'NoteTaken' ? [...notes, {step: event.step, text: event.text, by: event.by, at}] : notes;
}

/** `14:31:07 ada: the left cable was loose`. `timeZone`: an IANA name; undefined: the laptop's. */
export function noteWords({text, by, at}: Note, timeZone?: string | undefined): string {
	return `${clockTime(at, timeZone)} ${sanitiseLine(by)}: ${sanitiseLine(text)}`;
}
