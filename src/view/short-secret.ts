import {MIN_ENCODED_CHARACTERS, MIN_SECRET_CHARACTERS} from '../run/needles.js';

/** What to tell whoever has typed a secret that is too short to be taken out of everything; empty if it is not. */
export function shortSecret(value: string): string {
	if (value === '' || value.length >= MIN_ENCODED_CHARACTERS) {
		return '';
	}

	return value.length < MIN_SECRET_CHARACTERS
		? `With fewer than ${MIN_SECRET_CHARACTERS} characters it is not taken out of output: it would be found everywhere.`
		: `With fewer than ${MIN_ENCODED_CHARACTERS} characters only itself is taken out of output, not its encoded forms.`;
}
