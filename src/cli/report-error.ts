import {redactText} from '../run/redaction.js';
import {secretsHeld} from '../text/secret.js';
import {UserError} from '../text/user-error.js';

/**
The last word of a command that failed, for standard error, and its exit status (design section 8).

A UserError says what happened and what to do; anything else is our bug, and shows where it broke. Secrets that this
thread has held are taken out.
*/
export function reportError(error: unknown): {readonly text: string; readonly status: number} {
	const {text, status} = told(error);
	return {text: redactText(text, secretsHeld()), status};
}

function told(error: unknown): {readonly text: string; readonly status: number} {
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
