import {redactText} from '../run/redaction.js';
import {sanitiseText} from '../text/sanitise.js';
import {secretsHeld} from '../text/secret.js';
import {UserError} from '../text/user-error.js';

/** What ended a run that was open, with what a person types to go on with it. */
export class RunEndedBy extends Error {
	readonly error: unknown;
	/** As `resumeCommand` gives it. */
	readonly resume: string;

	constructor(error: unknown, resume: string) {
		super('A run was ended by an error');
		this.error = error;
		this.resume = resume;
	}
}

/**
The last word of a command that failed, for standard error, and its exit status (design section 8).

A UserError says what happened and what to do; anything else is our bug, and shows where it broke. Secrets that this
thread has held are taken out.
*/
export function reportError(error: unknown): {readonly text: string; readonly status: number} {
	const {text, status} = told(error);
	return {text: sanitiseText(redactText(text, secretsHeld())).join('\n'), status};
}

function told(error: unknown): {readonly text: string; readonly status: number} {
	if (error instanceof RunEndedBy) {
		const {text, status} = told(error.error);
		return {text: `${text}\nTo go on: ${error.resume}`, status};
	}

	if (error instanceof UserError) {
		const next = error.next === '' ? '' : `\n    Next: ${error.next}`;
		return {text: `${error.message}${next}  [${error.code}]`, status: error.status};
	}

	const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
	return {
		text: `fieldbook broke. This is our mistake, not yours; what was recorded is safe.\n${stack}\n    Next: \`fieldbook resume\` goes on from the run file. Please send us the lines above.  [bug]`,
		status: 70,
	};
}
