import type {Root} from 'mdast';
import {fromMarkdown} from 'mdast-util-from-markdown';
import {gfmFromMarkdown} from 'mdast-util-gfm';
import {gfm} from 'micromark-extension-gfm';

/** Deeper than anybody nests: below it the source is shown as it is. */
export const MAX_DEPTH = 12;

/** GitHub's Markdown, as a tree. */
export function markdownTree(markdown: string): Root {
	return fromMarkdown(markdown, {extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()]});
}
