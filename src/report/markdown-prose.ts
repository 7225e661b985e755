import type {Nodes} from 'mdast';
import {sanitiseText} from '../text/sanitise.js';
import {markdownTree} from '../view/markdown-tree.js';

/**
The document's own Markdown with values in the places of its placeholders. What the author wrote stays Markdown; a value is
text wherever it comes to stand: it can make no link, no tag, and end no code. Places in addresses stay as they are.
*/
export function filledMarkdown(markdown: string, fill: (text: string) => string): string {
	const edits = markdown.includes('{{') ? editsIn(markdownTree(markdown), markdown, fill) : [];
	let [text, end] = ['', 0];
	for (const {from, to, words} of edits) {
		text += markdown.slice(end, from) + words;
		end = to;
	}

	return sanitiseText(text + markdown.slice(end)).join('\n');
}

type Edit = {readonly from: number; readonly to: number; readonly words: string};

function editsIn(node: Nodes, markdown: string, fill: (text: string) => string): readonly Edit[] {
	if ('children' in node) {
		return node.children.flatMap(child => editsIn(child, markdown, fill));
	}

	const from = node.position?.start.offset ?? 0;
	const to = node.position?.end.offset ?? 0;
	const written = markdown.slice(from, to);
	if (!written.includes('{{')) {
		return [];
	}

	switch (node.type) {
		case 'text':
			return [{from, to, words: plainMarkdown(fill(node.value))}];
		case 'inlineCode':
		case 'code':
			return [{from, to, words: written.replaceAll(/\{\{[^{}]*\}\}/g, place => fill(place).replaceAll('`', "'"))}];
		default:
			return [];
	}
}

/** Text in which nothing is Markdown or HTML. Source: CommonMark 0.31, 2.4: any ASCII punctuation may be escaped. */
export function plainMarkdown(text: string): string {
	return text.replaceAll(/[\\`*_{}[\]<>#|~&!]/g, sign => `\\${sign}`);
}
