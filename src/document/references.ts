import type {Nodes} from 'mdast';
import type {Page} from './page.js';

/** URLs by the identifier of their definition. */
export type Definitions = Map<string, string>;

/**
Adds the definitions that a tree holds, unless an earlier one has the same identifier, and gives all of its own identifiers.

> | [manual]: https://example.invalid/manual
*/
export function collectDefinitions(node: Nodes, definitions: Definitions): readonly string[] {
	const own: string[] = [];
	const visit = (child: Nodes): void => {
		switch (child.type) {
			case 'definition':
				own.push(child.identifier);
				if (!definitions.has(child.identifier)) {
					definitions.set(child.identifier, child.url);
				}
				return;
			case 'root':
			case 'blockquote':
			case 'list':
			case 'listItem':
			case 'footnoteDefinition':
				child.children.forEach(visit);
				return;
			default:
		}
	};

	visit(node);
	return own;
}

/** The definitions that some lines seem to refer to and do not hold themselves. */
export function missingDefinitions(
	{source, lines}: Page,
	firstLine: number,
	endLine: number,
	own: readonly string[],
	definitions: ReadonlyMap<string, string>,
): ReadonlySet<string> {
	if (definitions.size === 0) {
		return new Set();
	}

	const text = source.slice(lines.startOf(firstLine), lines.startOf(endLine));
	const labels = [...text.matchAll(/\[((?:[^[\]\\]|\\.)+)\]/gs)].map(match => identifierOf(match[1] ?? ''));
	return new Set(labels.filter(label => definitions.has(label) && !own.includes(label)));
}

/** As micromark makes it: CommonMark 0.31, section 4.7, on matching labels. */
function identifierOf(label: string): string {
	return label
		.replace(/[\t\n ]+/g, ' ')
		.replace(/^ | $/g, '')
		.toLowerCase()
		.toUpperCase()
		.toLowerCase();
}
