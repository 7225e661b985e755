/** Longer ones are cut: a title stands on one line of the outline. */
const MAX_LENGTH = 100;

/**
The first sentence of a text, without the mark at its end; empty if the text is.

> | Add the virtual switches. Each gets its own uplink.
    ^~~~~~~~~~~~~~~~~~~~~~~~
*/
export function titleOf(text: string): string {
	const line = text
		.replaceAll(/\s+/g, ' ')
		.trim()
		.slice(0, MAX_LENGTH * 10);
	const end =
		[...line.matchAll(/(?<!\b(?:e\.g|i\.e|etc|cf|vs|no|approx))(?:[.!?:](?=\s|$)|[。！？：])/giu)][0]?.index ??
		line.length;
	const sentence = line.slice(0, end).trim();
	if (sentence.length <= MAX_LENGTH) {
		return sentence;
	}

	return `${sentence.slice(0, MAX_LENGTH - 1).replace(/\s+\S*$/, '')}…`;
}
