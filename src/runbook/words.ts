import type {Place} from '../document/problem.js';

/** One word of an info string or comment: `serial`, `on=esxi1` or `when="a == 'b'"`. */
export type Word = {
	readonly name: string;
	/** Without its quotes; `undefined` if there is no `=`. */
	readonly value: string | undefined;
	/** The whole word. */
	readonly at: Place;
	/** The value without its quotes; where there is none, the whole word. */
	readonly valueAt: Place;
};

type WordFault = {readonly at: Place; readonly message: string; readonly help: string};

export type ReadWords = {readonly words: readonly Word[]; readonly faults: readonly WordFault[]};

/**
Takes an info string or the text of a comment apart. Knows the form of words and none of them.

> | on=esxi1 serial when="ec_os == 'linux'"
    ^~~~~~~~ ^~~~~~ ^~~~~~~~~~~~~~~~~~~~~~~ values with blanks take double quotes; there is no escaping in them

`start` is where the text begins; it may span lines.
*/
export function readWords(text: string, start: Place): ReadWords {
	const words: Word[] = [];
	const faults: WordFault[] = [];
	for (const [index, line] of text.split('\n').entries()) {
		const firstColumn = index === 0 ? start.column : 1;
		const place = (offset: number, length: number): Place => ({
			line: start.line + index,
			column: firstColumn + offset,
			length: Math.max(1, length),
		});
		for (const found of line.matchAll(wordPattern)) {
			const [whole, name = '', equals, quoted, closing, bare, rest = ''] = found;
			if (whole === '') {
				continue;
			}

			const offset = found.index;
			const at = place(offset, whole.length);
			const value = quoted ?? bare;
			if (quoted !== undefined && closing === '') {
				faults.push({
					at,
					message: `The quotes of ${name}= are never closed.`,
					help: 'Close them with `"` on the same line.',
				});
			} else if (rest !== '' || name === '') {
				faults.push({
					at,
					message: `${whole} is neither a word nor key=value.`,
					help: 'A value with blanks takes double quotes, and holds none.',
				});
			} else if (equals !== undefined && value === '') {
				faults.push({at, message: `${name}= has no value.`, help: `Write ${name}=… without blanks around \`=\`.`});
			} else {
				const valueOffset = offset + name.length + (quoted === undefined ? 1 : 2);
				words.push({name, value, at, valueAt: value === undefined ? at : place(valueOffset, value.length)});
			}
		}
	}

	return {words, faults};
}

const wordPattern = /([^\s="]*)(?:(=)(?:"([^"]*)("?)|([^\s"]*)))?(\S*)/g;
