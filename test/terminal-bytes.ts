/**
What stands among the characters that a program has written to its terminal and that neither Ink nor fieldbook has a reason to
write: control characters, sequences of other forms, what is invisible or turns the writing direction. `tainted`: words
that no sequence may carry, because they come from outside. Empty for a harmless program.
*/
export function foreignIn(written: string, tainted: readonly string[] = []): string[] {
	const sequences = written.match(sequence) ?? [];
	const foreign = sequences.filter(found => !isOurs(found) || tainted.some(word => found.includes(word)));
	const text = written.replaceAll(sequence, '');
	return [...foreign, ...(text.match(harm) ?? [])];
}

/** Everything that begins with an escape character, string sequences with all that they hold. */
const sequence =
	// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is looked for
	/\x1b(?:\[[\x30-\x3f]*[\x20-\x2f]*[\x40-\x7e]|[\]PX^_][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c|$)|[^[\]PX^_]|$)/g;

/** Of a pty: CR and LF are its line ends, and JSON has TABs; everything else of the control characters has no business there. */
const harm = /(?![\r\n\t])[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\p{Cs}]|\p{M}{9}/gu;

/**
Cursor movement by at most three digits, erasing to an end, looks; then the modes: line wrap (7), cursor (25), alternate screen (1049),
pasting (2004), synchronised output (2026); the query for the keyboard protocol; a copy to the clipboard.
*/
const ours: readonly RegExp[] = [
	// biome-ignore-start lint/suspicious/noControlCharactersInRegex: escape sequences are what is looked for
	/^\x1b\[\d{0,3}[ABCDEFGK]$/,
	/^\x1b\[(?:\d{1,3};\d{1,3})?H$/,
	/^\x1b\[0?J$/,
	/^\x1b\[\?(?:7|25|1049|2004|2026)[hl]$/,
	/^\x1b\[\?u$/,
	/^\x1b\]52;c;[\w+/=]*\x07$/,
	// biome-ignore-end lint/suspicious/noControlCharactersInRegex: the same
];

function isOurs(found: string): boolean {
	return ours.some(form => form.test(found)) || isLook(found);
}

/** SGR without blinking (5, 6), conceal (8) and other fonts (10 to 20). */
function isLook(found: string): boolean {
	// biome-ignore lint/suspicious/noControlCharactersInRegex: the same
	const parameters = /^\x1b\[([\d;]*)m$/
		.exec(found)?.[1]
		?.replaceAll(/[34]8;(?:5;\d{1,3}|2;\d{1,3};\d{1,3};\d{1,3})/g, '0');
	const codes = parameters?.split(';') ?? ['not a look'];
	return codes.every(code => /^(?:|[0-479]|2[1-9]|3[0-79]|4[0-79]|9[0-7]|10[0-7])$/.test(code));
}
