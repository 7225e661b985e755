/**
A line of an ssh configuration.

> | HostName = "gate %h"  # a comment
    ^~~~~~~~   ^~~~~~~~~
    keyword    words: one here, without its quotes
*/
export type ConfigLine = {
	/** In lower case. */
	readonly keyword: string;
	readonly words: readonly string[];
	/** All behind the keyword as written, for the keywords that hold a command. */
	readonly rest: string;
};

/** Every line that says something. Source: ssh_config(5) and, for quotes and comments, `ssh -G` (OpenSSH 9.2). */
export function readConfigLines(text: string): readonly ConfigLine[] {
	return text.split('\n').flatMap(line => {
		const [, keyword, rest = ''] = /^\s*"?([^\s="#][^\s="]*)"?(?:\s*=\s*|\s+)(.*?)\s*$/.exec(line) ?? [];
		return keyword === undefined ? [] : [{keyword: keyword.toLowerCase(), words: splitWords(rest), rest}];
	});
}

/** Blanks part words unless they stand between quotes or behind a backslash; `#` where a word would begin is a comment. */
function splitWords(text: string): readonly string[] {
	const words: string[] = [];
	let word: string | undefined;
	let quote = '';
	for (let at = 0; at < text.length; at += 1) {
		const character = text[at] ?? '';
		const next = text[at + 1] ?? '';
		if (character === '\\' && (next === '"' || next === "'" || next === '\\' || (quote === '' && next === ' '))) {
			word = (word ?? '') + next;
			at += 1;
		} else if (quote === '' && (character === '"' || character === "'")) {
			quote = character;
			word ??= '';
		} else if (character === quote) {
			quote = '';
		} else if (quote === '' && /\s/.test(character)) {
			words.push(...(word === undefined ? [] : [word]));
			word = undefined;
		} else if (quote === '' && word === undefined && character === '#') {
			break;
		} else {
			word = (word ?? '') + character;
		}
	}

	return word === undefined ? words : [...words, word];
}
