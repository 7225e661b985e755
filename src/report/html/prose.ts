import type {Nodes, PhrasingContent, RootContent} from 'mdast';
import {sanitiseLine} from '../../text/sanitise.js';
import {MAX_DEPTH, markdownTree} from '../../view/markdown-tree.js';
import {html, type Markup} from '../markup.js';

/**
What a document says, as HTML: paragraphs, lists, tables, code. Markup in it is text, links lead to `http`, `https` and
`mailto` alone, pictures are named and not fetched. `fill` says what stands for a piece of text.
*/
export function proseHtml(markdown: string, fill: (text: string) => string): readonly Markup[] {
	return new Prose(markdown, fill).blocks(markdownTree(markdown).children, 0);
}

class Prose {
	readonly #source: string;
	readonly #fill: (text: string) => string;

	constructor(source: string, fill: (text: string) => string) {
		this.#source = source;
		this.#fill = fill;
	}

	blocks(nodes: readonly RootContent[], depth: number): readonly Markup[] {
		return nodes.map(node => (depth > MAX_DEPTH ? this.#written(node) : this.#block(node, depth)));
	}

	#block(node: RootContent, depth: number): Markup {
		switch (node.type) {
			case 'paragraph':
				return html`<p>${this.#phrases(node.children, depth)}</p>`;
			case 'heading':
				return html`<p><strong>${this.#phrases(node.children, depth)}</strong></p>`;
			case 'code':
				return html`<pre>${this.#text(node.value)}</pre>`;
			case 'blockquote':
				return html`<blockquote>${this.blocks(node.children, depth + 1)}</blockquote>`;
			case 'list': {
				const items = node.children.map(
					({checked, children}) =>
						html`<li>${typeof checked === 'boolean' ? (checked ? '[x] ' : '[ ] ') : undefined}${this.blocks(children, depth + 1)}</li>`,
				);
				return node.ordered === true ? html`<ol start="${node.start ?? 1}">${items}</ol>` : html`<ul>${items}</ul>`;
			}

			case 'table': {
				const [head, ...rows] = node.children;
				const names = head?.children.map(({children}) => html`<th scope="col">${this.#phrases(children, depth)}</th>`);
				const cells = rows.map(
					row => html`<tr>${row.children.map(({children}) => html`<td>${this.#phrases(children, depth)}</td>`)}</tr>`,
				);
				return html`<div class="wide"><table><thead><tr>${names}</tr></thead><tbody>${cells}</tbody></table></div>`;
			}

			case 'thematicBreak':
				return html`<hr>`;
			case 'html':
				return html`<pre>${this.#text(node.value)}</pre>`;
			default:
				return this.#written(node);
		}
	}

	#phrases(nodes: readonly PhrasingContent[], depth: number): readonly Markup[] {
		return nodes.map(node => this.#phrase(node, depth + 1));
	}

	#phrase(node: PhrasingContent, depth: number): Markup {
		if (depth > MAX_DEPTH) {
			return html`${this.#text(this.#source.slice(...rangeOf(node)))}`;
		}

		switch (node.type) {
			case 'text':
				return html`${this.#text(node.value)}`;
			case 'inlineCode':
				return html`<code>${this.#text(node.value)}</code>`;
			case 'strong':
				return html`<strong>${this.#phrases(node.children, depth)}</strong>`;
			case 'emphasis':
				return html`<em>${this.#phrases(node.children, depth)}</em>`;
			case 'delete':
				return html`<del>${this.#phrases(node.children, depth)}</del>`;
			case 'link': {
				const words = this.#phrases(node.children, depth);
				const url = this.#text(node.url);
				return /^(https?:|mailto:)/i.test(url) ? html`<a href="${url}">${words}</a>` : html`${words} (${url})`;
			}

			case 'image':
				return html`[${this.#text(node.alt ?? '') || 'picture'}: ${this.#text(node.url)}]`;
			case 'break':
				return html`<br>`;
			default:
				return html`${this.#text(this.#source.slice(...rangeOf(node)))}`;
		}
	}

	#text(text: string): string {
		return text
			.split('\n')
			.map(line => sanitiseLine(this.#fill(line)))
			.join('\n');
	}

	#written(node: Nodes): Markup {
		return html`<pre>${this.#text(this.#source.slice(...rangeOf(node)))}</pre>`;
	}
}

function rangeOf({position}: Nodes): readonly [number, number] {
	return [position?.start.offset ?? 0, position?.end.offset ?? 0];
}
