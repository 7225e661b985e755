import {isMark, isPictograph, isVariationSelector, maxMarks, visibleForm} from './unsafe.js';
import {isAscii} from './width.js';

export {OutputInterpreter, toScreenLines} from './interpreter.js';

/**
Text from outside as one harmless line: host names, file names, runbook text, errors, banners.

Nothing is interpreted, because overwriting must not disguise what somebody approves: control characters stand there as
pictures (`␛`, `␍`), what is invisible or turns the writing direction as `<U+202E>`. A tab is four blanks. Of more than
eight marks on one character the rest is dropped, and a mark that has no character before it gets a blank.
*/
export function sanitiseLine(text: string): string {
	return isAscii(text) ? text : [...visibleParts(text)].join('');
}

/** The same for text of several lines; CR LF counts as one line end. */
export function sanitiseText(text: string): string[] {
	return text.split(/\r?\n/).map(sanitiseLine);
}

function* visibleParts(text: string): Generator<string> {
	let first = true;
	let marks = 0;
	let pictograph = false;
	for (const character of text) {
		if (isVariationSelector(character) && pictograph) {
			continue;
		}

		const visible = character === '\t' ? '    ' : visibleForm(character);
		if (first && isMark(character)) {
			yield ' ';
		}

		first = false;
		marks = visible === undefined && isMark(character) ? marks + 1 : 0;
		pictograph = isPictograph(character);
		if (marks <= maxMarks) {
			yield visible ?? character;
		}
	}
}
