import type {Step} from '../runbook/runbook.js';
import {pictureType} from '../text/picture.js';
import type {Progress} from './state.js';

/**
The kinds of evidence that a step still `needs` on a host; empty unless it is done there: what was there already or is left
out proves nothing. `isNoted`: somebody has taken a note on the step, which counts as one.
*/
export function missingEvidence({needs}: Step, {state, evidence, note}: Progress, isNoted: boolean): readonly string[] {
	return state === 'done'
		? needs.filter(
				need => !evidence.some(({kind}) => kind === need) && !(need === 'note' && (isNoted || note.trim() !== '')),
			)
		: [];
}

/** What a piece of evidence is where nobody says it. */
export function kindOfEvidence(file: Uint8Array | undefined): 'text' | 'photo' | 'file' {
	return file === undefined ? 'text' : pictureType(file) === undefined ? 'file' : 'photo';
}
