import {unsafe} from './unsafe.js';

/**
A value as JSON that a terminal may show: what may not reach a screen stands as `\u202E`, which any reader of JSON
takes for the same character.
*/
export function printableJson(value: unknown, indent?: string): string {
	return JSON.stringify(value, undefined, indent).replaceAll(unsafeInJson, character =>
		character
			.split('')
			.map(unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
			.join(''),
	);
}

/** JSON has line ends and tabs between its values, and no control characters of ASCII inside of them. */
const unsafeInJson = new RegExp(`(?![\\n\\t])${unsafe.source}`, 'gu');
